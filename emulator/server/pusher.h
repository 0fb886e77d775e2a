/* pusher.h - makes the pushes of the service: libcurl in the one loop.
 *
 * Each attempt is a POST with a time limit; redirects are not followed, no proxy is used, and
 * only the status of the answer matters (decisions 30). Connections are kept alive and reused.
 *
 * Bounds  --push-concurrency attempts at a time to one endpoint of a namespace, others wait in
 *         order; and a bound for all, with endpoints taking turns and room left for those that
 *         have none under way. The time limit does not include waiting. */
#ifndef CMQ_SERVER_PUSHER_H
#define CMQ_SERVER_PUSHER_H

#include "server/options.h"
#include "server/realclock.h"

struct pusher;

/* NULL when there is no memory, or no file descriptor. */
struct pusher *pusher_new(struct service *s, const struct options *o,
                          const struct realclock *clock);

/* Free the pusher; attempts that have not ended fail. NULL is allowed. */
void pusher_free(struct pusher *p);

/* Readable, in the sense of epoll, when pusher_run() has work. */
int pusher_fd(const struct pusher *p);

/* When pusher_run() has work even if pusher_fd() is not readable, in real time: perhaps too
 * early, never too late; or CMQ_NEVER. */
cmq_ms pusher_wake_ms(const struct pusher *p);

/* Begin the pushes that the service wants, continue those under way, report those that have
 * ended. Never waits. woken: pusher_fd() is readable. True if there is more to do at once; the
 * caller does its other work before it calls again. */
bool pusher_run(struct pusher *p, bool woken);

/* The namespace of the push whose connection ends here on the other side: so a request that came
 * from this address is that push. NULL if there is none. */
struct sockaddr;
const struct namespace *pusher_origin(const struct pusher *p, const struct sockaddr *peer);

/* Whether no push is under way or waits. */
bool pusher_is_idle(const struct pusher *p);

#endif
