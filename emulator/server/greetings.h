/* greetings.h - TLS connections whose first request has not come: shaking hands, most of the time.
 *
 * libmicrohttpd (0.9.75, with epoll) does not wait for what a handshake needs: it tries again and
 * again, at full speed, until the client goes on; and it cannot end one whose time limit is over.
 * So these connections are suspended whenever they have been run, an epoll set of our own tells
 * when more has come, and the time limit is ours, too: the socket is shut down, and the handshake
 * fails. Time is real time. */
#ifndef CMQ_SERVER_GREETINGS_H
#define CMQ_SERVER_GREETINGS_H

#include "base/list.h"
#include "server/daemons.h"

struct greetings {
    int epoll_fd;            /* those that are suspended; to be watched by the caller */
    size_t suspended;        /* how many these are */
    struct list_node all;    /* the longest first */
    struct list_node active; /* those that are not suspended */
    cmq_ms patience_ms;
};

struct greeting;

/* False, with errno set, when that fails. */
bool greetings_init(struct greetings *g, cmq_ms patience_ms);
void greetings_fini(struct greetings *g);

/* Of a new connection. NULL when there is no memory: the connection is shut down. */
struct greeting *greetings_begin(struct greetings *g, struct daemon *daemon,
                                 struct MHD_Connection *connection, cmq_ms now_ms);

/* The first request has come. */
void greetings_end(struct greeting *one);

bool greetings_have_ended(const struct greeting *one);

/* What the client said against the certificate, of a connection that closes: "unknown
 * authority"; NULL: nothing. */
const char *greetings_complaint(const struct greeting *one);

/* The connection has closed. */
void greetings_free(struct greeting *one);

/* Before daemons_run(): resume some of those of which more has come, or whose time is over. */
void greetings_wake(struct greetings *g, cmq_ms now_ms);

/* Suspend those that have just come, and those that have to wait now that their daemon was run. */
void greetings_suspend(struct greetings *g);

/* Resume all: daemons can be stopped then. */
void greetings_resume_all(struct greetings *g);

/* When to call greetings_wake() at the latest. */
cmq_ms greetings_wake_ms(const struct greetings *g);

#endif
