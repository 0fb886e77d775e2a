/* acceptor.h - takes connections from the listening sockets, and hands each on to who speaks
 * what it speaks (decisions 43).
 *
 * A connection is judged by its first bytes (opening.h), which are looked at without being read:
 * HTTP and TLS are handed on. CONNECT, for one of the names that the gate knows, is read and
 * answered: the emulator is the other end of the tunnel, whatever it is to, so what comes next
 * is judged in the same way. All that cannot be served is answered in plain HTTP, so that
 * clients say what is wrong rather than that the connection broke, and is named in the log.
 *
 * Use     acceptor_fd() is readable when acceptor_run() has work; acceptor_wake_ms() says when it
 *         has some without that. Time is real time.
 * Bounds  connections that have not been handed on yet count like others; the caller says how
 *         many there may be in all, and further ones wait in the kernel. They have one span of
 *         time for all that they say first. What they have said stays in the kernel. */
#ifndef CMQ_SERVER_ACCEPTOR_H
#define CMQ_SERVER_ACCEPTOR_H

#include "base/bytes.h"
#include "base/time.h"
#include "server/listeners.h"
#include "service/gate.h"

#include <sys/socket.h>

struct acceptor;

/* The socket is the callee's now. */
typedef void acceptor_hand_on_fn(void *context, bool tls, int fd,
                                 const struct sockaddr *address, socklen_t len);
typedef void acceptor_note_fn(void *context, const char *text);

struct acceptor_config {
    struct listeners listeners; /* closed by acceptor_free() */
    bool tls;                   /* TLS is handed on */
    cmq_ms patience_ms;         /* for the first bytes of a connection */
    const struct gate *gate;    /* which hosts may be asked for */
    acceptor_hand_on_fn *hand_on;
    acceptor_note_fn *note;
    void *context; /* of both */
};

/* NULL, with errno set, when that fails; the sockets are not closed then. */
struct acceptor *acceptor_new(const struct acceptor_config *config);
void acceptor_free(struct acceptor *a);

int acceptor_fd(const struct acceptor *a);

/* room: how many connections there may still be, those that were not handed on among them. */
void acceptor_run(struct acceptor *a, cmq_ms now_ms, size_t room);

/* Whether connections are left in the kernel, of which acceptor_fd() then says nothing: to be
 * run as soon as there is more room. */
bool acceptor_wants_room(const struct acceptor *a);

/* When to call acceptor_run() at the latest. */
cmq_ms acceptor_wake_ms(const struct acceptor *a);

#endif
