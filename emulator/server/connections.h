/* connections.h - what there is for each connection of libmicrohttpd's, from its beginning to its
 * end.
 *
 * Ends     libmicrohttpd does not notice each end. It watches sockets for changes alone, and takes
 *          one of which it read less than it had room for to be empty: where the client's last
 *          bytes and its FIN have come together, the FIN is never read. So an epoll set of our own
 *          (ends_fd) watches all connections for their ends. A connection that has ended, and is
 *          not being answered, is run once more after it was shut down for reading, which is a
 *          change of the socket: then libmicrohttpd reads on, and comes to the end.
 *          One whose buffer is full and holds nothing that it could go on with, such as a chunk whose
 *          size has no end, is not read any more: so a connection that has ended, or was cut, has a
 *          second without any progress, and then libmicrohttpd closes it.
 * Crowds   Closing a connection takes its time. So those that have ended are suspended before
 *          libmicrohttpd sees it, and CONNECTIONS_IN_A_TURN of them go on in a turn of the loop:
 *          few while daemons are behind, since they would queue up there before all others.
 * Silence  libmicrohttpd closes those that are idle, but any byte is something for it. So the first
 *          line of a request has to come in time: see connections_admit().
 * Requests libmicrohttpd tells of the end of a request only when its head has come. Of one whose
 *          connection ends before that, or whose head libmicrohttpd refuses itself, it may tell
 *          the end of the connection alone: so a connection knows its request. */
#ifndef CMQ_SERVER_CONNECTIONS_H
#define CMQ_SERVER_CONNECTIONS_H

#include "base/list.h"
#include "server/address.h"
#include "server/admission.h"
#include "server/daemons.h"
#include "server/greetings.h"
#include "server/log.h"

struct request;

enum { CONNECTIONS_IN_A_TURN = 16 };

struct connection {
    struct MHD_Connection *mhd;
    struct daemon *daemon; /* whose it is */
    int fd;
    struct greeting *greeting;      /* of TLS alone, else NULL */
    struct request *request;        /* from its first line to its end; NULL: none */
    char client[ADDRESS_TEXT_SIZE]; /* its address, for the journal */
    struct place place;
    struct list_node silent; /* in connections->silent while it has no request, or unlinked */
    cmq_ms silent_since_ms;
    uint64_t since_run;      /* of its daemon */
    uint64_t moved_run;      /* likewise: the last in which a request began or ended */
    bool answered;           /* its answer is ready, or has been sent */
    bool hung_up;            /* the client has closed its sending side, or all of it */
    unsigned patience_s;     /* that libmicrohttpd was told; 0: none, so it is --idle-timeout */
    struct list_node ending; /* in connections->ending, ->held or ->leaving, or unlinked */
};

struct connections {
    struct daemons daemons;
    struct greetings greetings;
    unsigned idle_timeout_s;
    int ends_fd; /* an epoll set: all connections, with data.ptr */
    size_t count;
    struct admission admission;
    struct list_node silent; /* the longest first */
    cmq_ms silence_ms;       /* how long it may take to the first line of a request */
    cmq_ms run_ms; /* when they were run, or last: near enough for what takes seconds */
    struct list_node ending;  /* those that have ended, and are still to be run on */
    struct list_node held;    /* the same, and suspended */
    struct list_node leaving; /* the same, and resumed: to be shut down when all is read */
    bool again;               /* one has left room: another turn is due */
    bool behind;              /* there was no time to run all daemons that were due */
};

/* False, with errno set, when that fails. */
bool connections_init(struct connections *all, cmq_ms idle_timeout_ms);
void connections_fini(struct connections *all);

/* Let in so many, or as many as there are descriptors for: when all others are open. Each may take
 * so long to the first line of a request, which is more than it may be idle. False, with errno set,
 * when there is none. */
bool connections_admit(struct connections *all, size_t most, cmq_ms silence_ms);

/* NULL when there is no memory: it is cut then, and counts all the same. */
struct connection *connection_new(struct connections *all, struct daemon *daemon,
                                  struct MHD_Connection *mhd, cmq_ms now_ms);

/* One that has ended, or NULL. Its request has been ended. */
void connection_free(struct connections *all, struct connection *c, struct log *log,
                     cmq_ms now_ms);

/* NULL when there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *mhd);

/* The client has hung up, and the connection is not being answered: libmicrohttpd is to come to its
 * end. To be said again when it has been answered. */
void connection_run_on(struct connections *all, struct connection *c);

/* The address of the client. */
const struct sockaddr *connection_peer(const struct connection *c);

/* A request has begun, by its first line, and one has ended. */
void connection_begins(struct connection *c, struct request *r);
void connection_rests(struct connections *all, struct connection *c, cmq_ms now_ms);

/* It will be answered, and is suspended until then. */
void connection_waits(struct connection *c);

/* It is being answered. */
void connection_answers(const struct connections *all, struct connection *c);

/* Close it, at the next connections_run(), whatever libmicrohttpd is doing with it. */
void connection_cut(struct connection *c);

/* Whether it is inside, or comes in now that it has something to say: see admission.h. */
bool connection_is_inside(struct connections *all, struct connection *c);

/* Whether some have ended, and have not been let go on. */
bool connections_are_held(const struct connections *all);

/* Run the daemons that have work, and cut those for which the reserve has no room, or that are
 * silent for too long. Unless it is the last time, handshakes that have to wait are suspended, and
 * those that have ended. */
void connections_run(struct connections *all, cmq_ms now_ms, bool last);

#endif
