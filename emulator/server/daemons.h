/* daemons.h - several daemons of libmicrohttpd, run by one loop.
 *
 * When a suspended connection is resumed, libmicrohttpd walks all suspended ones of that
 * daemon. So connections are dealt out to several daemons: few at a time fill the first one, for
 * a turn of the loop costs least when one daemon has all the work; many are spread evenly. A
 * daemon is run when its sockets have something, when a connection of its own was added or
 * resumed, or when a time limit of libmicrohttpd is over: the others cost nothing.
 *
 * Connections that speak TLS have a daemon of their own. Time is real time. */
#ifndef CMQ_SERVER_DAEMONS_H
#define CMQ_SERVER_DAEMONS_H

#include "base/time.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

enum { DAEMONS_MAX = 32 };

struct daemon {
    struct MHD_Daemon *mhd;
    int epoll_fd; /* readable: due */
    bool tls;
    bool due;       /* has work that does not wait for a socket */
    cmq_ms wake_ms; /* next time limit; CMQ_NEVER: none */
};

/* A zeroed one is empty. */
struct daemons {
    struct daemon list[DAEMONS_MAX];
    size_t count;
};

/* Take a daemon, whose sockets epoll_fd is to watch from now on (data.fd). It must have been
 * started with MHD_USE_EPOLL, for an external loop. If that fails it is stopped; false. NULL
 * fails, too. */
bool daemons_take(struct daemons *d, struct MHD_Daemon *mhd, bool tls, int epoll_fd);
void daemons_stop(struct daemons *d);

bool daemons_speak_tls(const struct daemons *d);

/* Give a socket to one of those that speak TLS, or to one that does not. It is theirs, and
 * closed if that fails. */
void daemons_connect(struct daemons *d, bool tls, int fd, const struct sockaddr *address,
                     socklen_t len);

bool daemons_is_tls(const struct daemons *d, struct MHD_Connection *connection);

/* Resume a suspended connection, at the next daemons_run(). */
void daemons_resume(struct daemons *d, struct MHD_Connection *connection);

/* epoll has reported fd: one of theirs, or anything else. */
void daemons_report(struct daemons *d, int fd);
void daemons_report_all(struct daemons *d);

/* A connection may need its daemon to be run. */
void daemons_report_of(struct daemons *d, struct MHD_Connection *connection);

/* Run those that have work. */
void daemons_run(struct daemons *d, cmq_ms now_ms);

/* Whether one has work that no socket will report. */
bool daemons_are_busy(const struct daemons *d);

/* When to call daemons_run() at the latest, apart from that. */
cmq_ms daemons_wake_ms(const struct daemons *d);

#endif
