/* connections.h - what there is for each connection of libmicrohttpd's, from its beginning to its
 * end.
 *
 * libmicrohttpd tells of the end of a request only when its head has come. Of one whose connection
 * ends before that, or whose head libmicrohttpd refuses itself, it tells the end of the connection
 * alone: so a connection knows the request whose head is coming (begun). Time is real time. */
#ifndef CMQ_SERVER_CONNECTIONS_H
#define CMQ_SERVER_CONNECTIONS_H

#include "base/list.h"
#include "server/daemons.h"
#include "server/greetings.h"
#include "server/log.h"

struct request;

struct connection {
    struct MHD_Connection *mhd;
    struct greeting *greeting; /* of TLS alone, else NULL */
    struct request *begun;  /* one whose request line has come, and whose head has not; NULL */
    struct list_node fresh; /* in connections->fresh while there is one, or unlinked */
};

struct connections {
    struct daemons daemons;
    struct greetings greetings;
    cmq_ms idle_timeout_ms;
    size_t count;
    struct list_node fresh; /* those whose head has begun, until connections_run() */
    bool again;             /* one was resumed, or has left room: run them once more */
};

/* False, with errno set, when that fails. */
bool connections_init(struct connections *all, cmq_ms idle_timeout_ms);
void connections_fini(struct connections *all);

/* NULL when there is no memory; it counts all the same. */
struct connection *connection_new(struct connections *all, struct MHD_Connection *mhd,
                                  cmq_ms now_ms);

/* One that has ended, or NULL. Nobody knows its begun request any more. */
void connection_free(struct connections *all, struct connection *c, struct log *log,
                     cmq_ms now_ms);

/* NULL when there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *mhd);

int connection_fd(struct MHD_Connection *mhd);

/* The address of the client. */
const struct sockaddr *connection_peer(struct MHD_Connection *mhd);

/* A request line has come, and then the rest of the head, or the request has ended. */
void connection_begin(struct connections *all, struct connection *c, struct request *begun);
void connection_head_ended(struct connection *c);

/* Run the daemons that have work. Unless it is the last time, handshakes that have to wait are
 * suspended. */
void connections_run(struct connections *all, cmq_ms now_ms, bool last);

#endif
