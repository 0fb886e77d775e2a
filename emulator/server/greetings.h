/* greetings.h - TLS connections whose first request has not come: shaking hands, most of the time.
 *
 * libmicrohttpd (0.9.75) cannot end a handshake that takes too long: when its time limit is over
 * it closes the connection again and again, at full speed and in vain. So these connections have
 * a limit of our own, which has to be over first: their sockets are shut down, and the handshake
 * fails. Time is real time. */
#ifndef CMQ_SERVER_GREETINGS_H
#define CMQ_SERVER_GREETINGS_H

#include "base/list.h"
#include "base/time.h"

#include <stdbool.h>

struct greetings {
    struct list_node list; /* the longest first */
    cmq_ms patience_ms;
};

struct greeting {
    struct list_node link; /* unlinked when it is over */
    int fd;
    cmq_ms since_ms;
};

void greetings_init(struct greetings *g, cmq_ms patience_ms);

/* Of a new connection; free() it when it has closed. NULL when there is no memory: then it is
 * shut down. */
struct greeting *greetings_begin(struct greetings *g, int fd, cmq_ms now_ms);

/* A request has come, or the connection closes. */
void greetings_end(struct greeting *one);

/* Shut down those that take too long. */
void greetings_limit(struct greetings *g, cmq_ms now_ms);

/* When to call greetings_limit() at the latest. */
cmq_ms greetings_wake_ms(const struct greetings *g);

#endif
