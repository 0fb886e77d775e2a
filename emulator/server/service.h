/* service.h - everything behind HTTP: a request goes in, an answer comes out, now or later.
 *
 * The service knows no sockets and reads no clock, so the tests drive it as the network does.
 * Real time is a parameter; it never goes back.
 *
 * An exchange is one request with its answer. service_handle() either answers it or parks it;
 * a parked one is answered later and then found with service_take_finished(), in the order in
 * which the polls were released. */
#ifndef CMQ_SERVER_SERVICE_H
#define CMQ_SERVER_SERVICE_H

#include "api/call.h"
#include "control/control.h"

struct service_config {
    struct engine_config engine; /* now_ms is of no use */
    struct call_rules rules;
};

struct service {
    struct service_config config;
    struct namespace namespace; /* "default" */
    cmq_ms started_real_ms;
    struct list_node finished; /* exchanges that were parked and have their answer */
};

enum exchange_state { EXCHANGE_ANSWERED, EXCHANGE_PARKED };

struct exchange {
    /* Set by the caller; lives until the exchange is answered. */
    struct bytes method, host;
    struct buffer target; /* path and query as received; is decoded in place */
    struct buffer body;   /* is decoded in place */
    bool too_large;       /* the body was longer than is accepted, and is left out */

    /* The answer. */
    int status; /* of HTTP */
    struct buffer answer;
    char allow[64];   /* value of the Allow header; "" for none */
    bool after_all;   /* to be sent when all exchanges finished so far have been sent */
    cmq_ms at_ms;     /* virtual time of the answer */
    const char *name; /* of the Action or "control", for the log */
    int code;         /* of CMQ, or the HTTP status */

    /* The service's own. */
    struct call call;
    struct namespace *namespace;
    struct parked_poll *poll; /* while parked */
    cmq_ms wait_ms;           /* while parked: how long it may wait at the most */
    struct list_node link;    /* in service->finished, or unlinked */
};

/* False when there is no memory. */
bool service_init(struct service *s, const struct service_config *config, cmq_ms real_now_ms);

/* No exchange may be parked or finished and not taken. */
void service_fini(struct service *s);

/* Make x ready for another request; its memory is kept. x is zeroed before the first time. */
void exchange_reset(struct exchange *x);
void exchange_free(struct exchange *x);

enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* Let time pass. */
void service_tick(struct service *s, cmq_ms real_now_ms);

/* When service_tick() next has work, in real time: perhaps early, never late; or CMQ_NEVER. */
cmq_ms service_wake_ms(const struct service *s);

/* End the wait of a parked exchange with "no message": its time is up, or its client gone. */
void service_end_wait(struct exchange *x);

/* End all waits likewise. */
void service_end_all_waits(struct service *s);

/* The next parked exchange that has its answer; NULL when there is none. */
struct exchange *service_take_finished(struct service *s);

/* Answer x with an error that belongs to HTTP alone. */
void exchange_refuse(struct exchange *x, int status, const char *code, const char *message);

#endif
