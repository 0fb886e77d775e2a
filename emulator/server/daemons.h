/* daemons.h - several daemons of libmicrohttpd, run by one loop.
 *
 * libmicrohttpd serves all sockets of a daemon that have something in one go, and walks all
 * suspended connections of a daemon to resume one. So a daemon gets DAEMON_FEW connections, and
 * others are started when those there are have so many. They are filled from the first one on, for
 * a turn of the loop costs least when one daemon has all the work. DAEMONS_KEPT are always there,
 * so that hundreds of connections cost the descriptors of their sockets alone; the rest are
 * stopped when their last connection has gone.
 *
 * A daemon is due when its sockets have something, when a connection of its own was added or
 * resumed, or when a time limit of libmicrohttpd is over: the others cost nothing. Those that are
 * due are run in the order in which they became so, as long as there is time.
 *
 * Connections that speak TLS have daemons of their own. Time is real time.
 * Memory  a daemon exists at least as long as it has connections.
 * Errors  without memory, or descriptors, for another daemon those there are get more
 *         connections. */
#ifndef CMQ_SERVER_DAEMONS_H
#define CMQ_SERVER_DAEMONS_H

#include "base/list.h"
#include "base/time.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DAEMONS_MAX = 1024, DAEMONS_KEPT = 16, DAEMON_FEW = 64 };

struct daemons;

struct daemon {
    struct daemons *all;
    struct MHD_Daemon *mhd;
    size_t place; /* in all->list */
    bool tls;
    size_t connections;
    uint64_t runs;        /* how often it was run */
    struct list_node due; /* in all->due, or unlinked */
    cmq_ms wake_ms;       /* next time limit; CMQ_NEVER: none */
};

/* Start the one of libmicrohttpd: with MHD_USE_EPOLL, for an external loop; NULL when that fails.
 * It has to tell of its connections by daemon_gained() and daemon_lost(). */
typedef struct MHD_Daemon *daemons_start_fn(void *context, struct daemon *one, bool tls);

struct daemons {
    daemons_start_fn *start;
    void *context;
    int epoll_fd;                     /* watches their sockets */
    struct daemon *list[DAEMONS_MAX]; /* NULL: a free place */
    size_t used;                      /* places from there on are free */
    size_t kept;                      /* those in the places before that are never stopped */
    size_t room[2];                   /* plain, TLS: none before that place has room */
    bool speak_tls;
    struct list_node due;
    cmq_ms wake_ms; /* not later than that of any */
};

/* With DAEMONS_KEPT for plain connections, and one for TLS if that is spoken. False when that fails;
 * daemons_stop() is due in any case. */
bool daemons_start(struct daemons *d, bool tls, int epoll_fd, daemons_start_fn *start,
                   void *context);
void daemons_stop(struct daemons *d);

bool daemons_speak_tls(const struct daemons *d);

/* Give a socket to one of those that speak TLS, or to one that does not. It is theirs, and
 * closed if that fails. */
void daemons_connect(struct daemons *d, bool tls, int fd, const struct sockaddr *address,
                     socklen_t len);

/* A connection of one has begun, or ended. */
void daemon_gained(struct daemon *one);
void daemon_lost(struct daemon *one);

/* Resume a suspended connection of one, when it is next run. */
void daemon_resume(struct daemon *one, struct MHD_Connection *connection);

/* It is due: a connection may need it. */
void daemon_report(struct daemon *one);

/* What epoll has reported: data.u64 of one of theirs, or of a descriptor, which is not negative. */
void daemons_report(struct daemons *d, uint64_t reported);
void daemons_report_all(struct daemons *d);

/* Run those that are due, each once, until it is until_ns on the monotonic clock, but at least
 * one. */
void daemons_run(struct daemons *d, cmq_ms now_ms, int64_t until_ns);

/* Whether one is due. */
bool daemons_are_busy(const struct daemons *d);

/* When to call daemons_run() at the latest, apart from that; perhaps too early. */
cmq_ms daemons_wake_ms(const struct daemons *d);

#endif
