/* pusher.h - makes the pushes of the service: libcurl in the one loop.
 *
 * Each attempt is a POST with a time limit; redirects are not followed, no proxy is asked, and
 * of what an endpoint answers only the status counts. Connections are kept and used again.
 *
 * Bounds  so many attempts at a time to one endpoint of a namespace, the others wait in order;
 *         and so many in all, endpoints taking turns, with room left for those that have none
 *         under way. Waiting does not count as time taken. */
#ifndef CMQ_SERVER_PUSHER_H
#define CMQ_SERVER_PUSHER_H

#include "server/options.h"
#include "server/realclock.h"

struct pusher;

/* NULL when there is no memory, or no file to be had. */
struct pusher *pusher_new(struct service *s, const struct options *o,
                          const struct realclock *clock);

/* Attempts that have not ended fail. NULL is allowed. */
void pusher_free(struct pusher *p);

/* Readable, in the sense of epoll, when pusher_run() has work. */
int pusher_fd(const struct pusher *p);

/* When it has work anyway, in real time: perhaps early, never late; or CMQ_NEVER. */
cmq_ms pusher_wake_ms(const struct pusher *p);

/* Begin what the service wants pushed, go on with what is under way, tell what has ended. Never
 * waits. woken: pusher_fd() is readable. True when there is more to do at once: others are to
 * have their turn before that. */
bool pusher_run(struct pusher *p, bool woken);

/* Nothing is under way, nor waits. */
bool pusher_is_idle(const struct pusher *p);

/* An address of this machine or of a private network (--push local). */
struct sockaddr;
bool pusher_is_local(const struct sockaddr *address);

#endif
