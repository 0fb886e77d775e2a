/* service.h - everything behind HTTP: a request goes in, an answer comes out, now or later.
 *
 * The service knows no sockets and reads no clock, so tests can drive it as the network does.
 * Real time is a parameter, in milliseconds since the epoch; it never goes back.
 *
 * An exchange is one request with its answer. service_handle() either answers it or parks it; a
 * parked one is answered later and is then returned by service_take_finished(), in the order in
 * which answers were written. exchange_reset() tells that the answer has been sent.
 *
 * A push is the reverse: a request that the service wants to be made. service_take_push()
 * returns it, service_end_push() reports how it went.
 *
 * Memory  exchanges are the caller's, pushes the service's: service_end_push() frees them.
 * Errors  without memory for an answer the exchange is answered with status 500. */
#ifndef CMQ_SERVICE_SERVICE_H
#define CMQ_SERVICE_SERVICE_H

#include "admin/call.h"
#include "api/push.h"
#include "api/v2/call.h"
#include "service/gate.h"
#include "service/metrics.h"
#include "service/once.h"

struct service_config {
    struct registry_config registry;
    struct gate gate;
    const char *address; /* where the program listens, "host:port" */
    enum unknown_parameters unknown_parameters;
    bool refuse_unknown_ids; /* secret ids that are nobody's */
};

struct service {
    struct service_config config;
    struct registry registry;
    struct once unknown_ids; /* secret ids that a warning has named */
    cmq_ms started_real_ms;
    struct list_node finished; /* exchanges that were parked and have their answer */
    struct list_node delayed;  /* exchanges whose answer is written, and sent after a delay */
    struct list_node pushes;   /* to be made */
    struct metrics metrics;
};

enum exchange_kind { EXCHANGE_OTHER, EXCHANGE_CMQ, EXCHANGE_V3, EXCHANGE_ADMIN };

enum exchange_state { EXCHANGE_ANSWERED, EXCHANGE_PARKED };

/* What a parked exchange waits for. */
enum waits_for {
    FOR_NOTHING,
    FOR_MESSAGE,   /* a parked poll: the engine ends it */
    FOR_CONDITION, /* an await: the namespace ends it, see namespace/wait.h */
    FOR_TURN,      /* another call moves time: likewise */
    FOR_MOVE,      /* its own move waits for pushes: likewise */
    FOR_MOMENT,    /* its answer is written, and sent after a delay */
};

/* A push to be made. push_request_write() writes the request from the delivery of its ticket,
 * but only when it is begun: until then a push is small, however many wait. */
struct push {
    struct push_ticket ticket;
    struct namespace *namespace;
    struct list_node link; /* in service->pushes; then the taker's */
};

struct exchange {
    /* Set by the caller; must live until the exchange is answered. */
    struct bytes method;
    struct head head;
    struct buffer target;  /* path and query as received; is decoded in place */
    struct buffer body;    /* is decoded in place */
    struct buffer headers; /* lines "Name: value\n", if the target is a sink */
    bool too_large;        /* the body was longer than --max-body, and was not kept */

    /* The answer. */
    bool after_all;           /* send it only when all exchanges finished before it are sent */
    char allow[64];           /* value of the Allow header; "" for none */
    int status;               /* of HTTP */
    int code;                 /* of CMQ, or the HTTP status */
    enum waits_for waits_for; /* while parked */
    struct buffer answer;
    const char *content_type;
    cmq_ms at_ms; /* virtual time of the answer */

    /* For the log, see record.h. */
    enum exchange_kind kind;
    size_t path_len;        /* of the target, decoded */
    struct bytes v3_action; /* EXCHANGE_V3 */
    struct buffer message;
    struct warnings warnings;

    /* While parked: the longest wait in real time, after which the caller is to call
     * service_end_wait(); CMQ_NEVER: no limit. A parked poll ends by virtual time, too. */
    cmq_ms wait_ms;

    /* Private to the service. */
    struct call call;
    struct service *service;
    struct namespace *namespace; /* NULL until it is known; the exchange is open in it */
    struct parked_poll *poll;    /* FOR_MESSAGE */
    struct wait wait;            /* FOR_CONDITION, FOR_TURN, FOR_MOVE */
    cmq_ms parked_real_ms;       /* when it was parked */
    struct list_node link;       /* in service->finished or ->delayed, or unlinked */

    struct admin_call admin; /* during an admin call; the last member, see exchange_reset() */
};

/* Whether the caller is to fill in x->headers for this target. */
bool service_wants_headers(struct bytes target);

/* The texts of the config outlive the service. False when there is no memory. */
bool service_init(struct service *s, const struct service_config *config, cmq_ms real_now_ms);

/* No exchange may be parked, or finished and not taken, no push taken and not ended; and all
 * exchanges must have been reset. */
void service_fini(struct service *s);

/* The answer of x has been sent, or never will be: make x ready for another request, keeping
 * its buffers; or free the buffers, too. x must be zeroed before its first use. */
void exchange_reset(struct exchange *x);
void exchange_free(struct exchange *x);

/* Virtual time where nothing else is known: that of "default", as it was last entered. */
cmq_ms service_now_ms(const struct service *s);

/* Handle a request that has been read completely. ANSWERED: the answer is in x. PARKED: x must
 * stay where it is until service_take_finished() returns it. */
enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* Let running clocks come to real_now_ms. */
void service_tick(struct service *s, cmq_ms real_now_ms);

/* When service_tick() next has work, in real time: perhaps too early, never too late; CMQ_NEVER
 * if there is none. */
cmq_ms service_wake_ms(const struct service *s);

/* Whether an automatic clock may jump. Only the caller knows whether a request is being
 * read. */
bool service_may_jump(const struct service *s);

/* Let the automatic clocks that may jump do so. */
void service_jump(struct service *s, cmq_ms real_now_ms);

/* Whether there is work that is done in slices (freeing engines); and do one slice of it, a
 * small one if the loop is busy. */
bool service_has_idle_work(const struct service *s);
void service_idle_work(struct service *s, bool busy);

/* Take the next push to make, which must be given back with service_end_push(); NULL for
 * none. */
struct push *service_take_push(struct service *s);

bool service_has_pushes(const struct service *s);

/* Whether the outcome of a push is not wanted any more: its delivery or its engine has gone. */
static inline bool push_is_orphan(const struct push *p)
{
    return p->ticket.flight == NULL;
}

/* Report the outcome of a push that was taken, and free it. Ignored if it is an orphan. */
void service_end_push(struct service *s, cmq_ms real_now_ms, struct push *p,
                      const struct push_outcome *outcome);

/* A parked exchange has waited for x->wait_ms: it is answered, a poll with NO_MESSAGE. */
void service_end_wait(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* The client of a parked exchange has gone: it is answered all the same, so that it is
 * finished. No time passes, so that nothing is handed to other clients that may have gone as
 * well and are reported next. */
void service_hang_up(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* The program stops: end all waits in this way. */
void service_end_all_waits(struct service *s, cmq_ms real_now_ms);

/* Take the next exchange that was parked and has its answer; NULL when there is none. */
struct exchange *service_take_finished(struct service *s);

/* Answer x with an error of the HTTP layer. */
void exchange_refuse(struct exchange *x, int status, const char *code, const char *message);

#endif
