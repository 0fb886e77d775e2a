/* service.h - everything behind HTTP: a request goes in, an answer comes out, now or later.
 *
 * The service knows no sockets and reads no clock, so tests can drive it as the network does.
 * Real time is a parameter, in milliseconds since the epoch; it never goes back.
 *
 * service_handle() either answers an exchange or parks it; a parked one is answered later and is
 * then returned by service_take_finished(), in the order in which answers were written.
 *
 * A push is the reverse: a request that the service wants to be made. service_take_push()
 * returns it, service_end_push() reports how it went.
 *
 * Memory  exchanges are the caller's, pushes the service's: service_end_push() frees them.
 * Errors  without memory for an answer the exchange is answered with status 500. */
#ifndef CMQ_SERVICE_SERVICE_H
#define CMQ_SERVICE_SERVICE_H

#include "api/push.h"
#include "service/exchange.h"
#include "service/inside.h"

/* A push to be made. push_request_write() writes the request from the delivery of its ticket,
 * but only when it is begun: until then a push is small, however many wait. */
struct push {
    struct push_ticket ticket;
    struct namespace *namespace;
    struct list_node link; /* in service->pushes; then the taker's */
};

/* Whether this is the target of a health check, which is answered whatever the load. */
bool service_is_health(struct bytes target);

/* Whether the caller is to fill in x->headers for a request with this target and head. */
bool service_wants_headers(struct bytes target, const struct head *head);

/* Whether the caller is to find out, for a request with this target, if it is one of the pushes
 * that are under way: x->pushed_by is the namespace of that push, else NULL. */
bool service_wants_origin(struct bytes target);

/* The texts of the config outlive the service. False when there is no memory. */
bool service_init(struct service *s, const struct service_config *config, cmq_ms real_now_ms);

/* No exchange may be parked, or finished and not taken, no push taken and not ended; and all
 * exchanges must have been reset. */
void service_fini(struct service *s);

/* Virtual time where nothing else is known: that of "default", as it was last entered. */
cmq_ms service_now_ms(const struct service *s);

/* More of the body of x has come; its method, target and head are known. To be called or not: it
 * leaves less to do for service_handle(), so that a long body makes nobody wait. */
void service_follow_body(struct service *s, struct exchange *x);

/* Handle a request that has been read completely. ANSWERED: the answer is in x. PARKED: x must
 * stay where it is until service_take_finished() returns it. */
enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x);

/* The answer of x, which has a number in the journal, leaves: so long after the request came. */
void service_note_took(struct exchange *x, int64_t took_us);

/* The wall clock is ahead of real time from now on; it is not until this is called. */
void service_set_wall(struct service *s, cmq_ms ahead_ms);

/* Let running clocks come to real_now_ms. */
void service_tick(struct service *s, cmq_ms real_now_ms);

/* When service_tick() next has work, in real time: perhaps too early, never too late; CMQ_NEVER
 * if there is none. */
cmq_ms service_wake_ms(const struct service *s);

/* Whether an automatic clock may jump. Only the caller knows whether a request is being
 * read. */
bool service_may_jump(const struct service *s);

/* A turn of the loop begins, in which so much may be done (base/effort.h). Without this there is
 * no bound, and nothing is ever done in slices. */
void service_begin_turn(struct service *s, size_t units);

/* Whether a namespace has more to do than there was effort for, or calls stand in line for that;
 * and go on with it, for this turn of the loop. */
bool service_is_busy(const struct service *s);
void service_carry_on(struct service *s, cmq_ms real_now_ms);

/* Let the automatic clocks that may jump do so. */
void service_jump(struct service *s, cmq_ms real_now_ms);

/* Whether there is work that is done in slices (freeing engines); and do one slice of it, a
 * small one if the loop is busy. */
bool service_has_idle_work(const struct service *s);
void service_idle_work(struct service *s, bool busy);

/* About how much memory is used for requests that are under way: what is stored comes from the
 * allocator of the engines. */
size_t service_passing_bytes(const struct service *s);

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

/* ---- answers without an end (admin/feed.h) ---- */

/* Whether there is nothing to tell at the moment: x is awake when there is. */
bool service_is_idle(const struct exchange *x);

/* The client of x has gone: its answer ends. */
void service_end_stream(struct exchange *x);

/* Tell those who read what has changed; and when there may be something to tell, in real time. */
void service_run_streams(struct service *s, cmq_ms real_now_ms);
cmq_ms service_streams_wake_ms(const struct service *s);

/* Take the next exchange that was idle, and has something to tell, or has come to its end; NULL when there is
 * none. */
struct exchange *service_take_awake(struct service *s);

/* The program stops: end all waits in this way. */
void service_end_all_waits(struct service *s, cmq_ms real_now_ms);

/* Take the next exchange that was parked and waits for something else now, with another wait_ms,
 * as of now; NULL when there is none. */
struct exchange *service_take_parked_anew(struct service *s);

/* Take the next exchange that was parked and has its answer; NULL when there is none. */
struct exchange *service_take_finished(struct service *s);

#endif
