/* service.h - everything behind HTTP: a request goes in, an answer comes out, now or later.
 *
 * The service knows no sockets and reads no clock, so the tests drive it as the network does.
 * Real time is a parameter; it never goes back.
 *
 * An exchange is one request with its answer. service_handle() either answers it or parks it;
 * a parked one is answered later and then found with service_take_finished(), in the order in
 * which the answers came about. exchange_reset() tells that the answer has been delivered.
 *
 * A push is the other way round: a request that the service wants made. service_take_push()
 * gives it, service_end_push() tells how it went. */
#ifndef CMQ_SERVICE_SERVICE_H
#define CMQ_SERVICE_SERVICE_H

#include "admin/call.h"
#include "api/push.h"
#include "api/v2/call.h"
#include "service/metrics.h"

struct service {
    struct registry registry;
    const char *address; /* "host:port" */
    cmq_ms started_real_ms;
    struct list_node finished; /* exchanges that were parked and have their answer */
    struct list_node delayed;  /* exchanges whose answer is ready, and to be sent later */
    struct list_node pushes;   /* to be made */
    struct metrics metrics;
};

enum exchange_state { EXCHANGE_ANSWERED, EXCHANGE_PARKED };

/* What a parked exchange waits for. */
enum waits_for {
    FOR_NOTHING,
    FOR_MESSAGE,   /* it is a long poll: the engine ends it */
    FOR_CONDITION, /* this and the next two: the namespace ends it, see namespace/wait.h */
    FOR_TURN,      /* another call moves time */
    FOR_MOVE,      /* its own move waits for pushes */
    FOR_MOMENT,    /* its answer is ready, and to be sent later */
};

/* A request to be made: push_request_write() tells what it consists of, from the delivery of
 * its ticket, when its turn has come. Until then it is small, however many wait. */
struct push {
    struct push_ticket ticket;
    struct namespace *namespace;
    struct list_node link; /* in service->pushes; then the taker's */
};

struct exchange {
    /* Set by the caller; lives until the exchange is answered. */
    struct bytes method, host;
    struct buffer target;  /* path and query as received; is decoded in place */
    struct buffer body;    /* is decoded in place */
    struct buffer headers; /* lines "Name: value\n", if the target is a sink */
    bool too_large;        /* the body was longer than is accepted, and is left out */

    /* The answer. */
    bool after_all;           /* to be sent when all exchanges finished so far have been sent */
    char allow[64];           /* value of the Allow header; "" for none */
    int status;               /* of HTTP */
    int code;                 /* of CMQ, or the HTTP status */
    enum waits_for waits_for; /* while parked */
    struct buffer answer;
    const char *content_type;
    cmq_ms at_ms;     /* virtual time of the answer */
    const char *name; /* of the Action or "admin", for the log */

    /* While parked: how long in real time at the most; CMQ_NEVER: no limit. A poll ends by
     * virtual time, too. */
    cmq_ms wait_ms;

    /* The service's own. */
    struct call call;
    struct service *service;
    struct namespace *namespace; /* NULL until it is known; the exchange is open in it */
    struct parked_poll *poll;    /* FOR_MESSAGE */
    struct wait wait;            /* FOR_CONDITION, FOR_TURN, FOR_MOVE */
    cmq_ms parked_real_ms;       /* since when */
    struct list_node link;       /* in service->finished or ->delayed, or unlinked */

    struct admin_call admin; /* during an admin call; the last member, see exchange_reset() */
};

/* The target is one whose headers are wanted. */
bool service_wants_headers(struct bytes target);

/* address is where the program listens, "host:port"; it outlives the service. False when there
 * is no memory. */
bool service_init(struct service *s, const struct registry_config *config, const char *address,
                  cmq_ms real_now_ms);

/* No exchange may be parked, or finished and not taken, and no push taken and not ended; all
 * exchanges have been reset. */
void service_fini(struct service *s);

/* The answer has been delivered, or never will be: make x ready for another request. Its memory
 * is kept. x is zeroed before the first time. */
void exchange_reset(struct exchange *x);
void exchange_free(struct exchange *x);

enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* Let time pass to real_now_ms. */
void service_tick(struct service *s, cmq_ms real_now_ms);

/* When service_tick() next has work, in real time: perhaps early, never late; or CMQ_NEVER. */
cmq_ms service_wake_ms(const struct service *s);

/* An automatic clock would jump, if no request is being read or about to come. */
bool service_may_jump(const struct service *s);

/* Let those clocks jump. */
void service_jump(struct service *s, cmq_ms real_now_ms);

/* Work is left that is done in slices; service_idle_work() does one, if there is any: a small
 * one while the loop is busy. */
bool service_has_idle_work(const struct service *s);
void service_idle_work(struct service *s, bool busy);

/* The next push to make, which is the caller's until service_end_push(); NULL for none. */
struct push *service_take_push(struct service *s);

bool service_has_pushes(const struct service *s);

/* Nobody waits for its outcome any more. */
static inline bool push_is_orphan(const struct push *p)
{
    return p->ticket.flight == NULL;
}

void service_end_push(struct service *s, cmq_ms real_now_ms, struct push *p,
                      const struct push_outcome *outcome);

/* The time of a parked exchange is up. A poll then hears that there is no message. */
void service_end_wait(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* The client of a parked exchange is gone. No time passes meanwhile, so that nothing is handed
 * to others who may be gone, too, and are told of next. */
void service_hang_up(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* End all waits likewise. */
void service_end_all_waits(struct service *s, cmq_ms real_now_ms);

/* The next parked exchange that has its answer; NULL when there is none. */
struct exchange *service_take_finished(struct service *s);

/* Answer x with an error that belongs to HTTP alone. */
void exchange_refuse(struct exchange *x, int status, const char *code, const char *message);

#endif
