/* endpoint.h - an HTTP endpoint that pushes go to, played by the test itself.
 *
 * It listens on a free port of this machine, and does nothing by itself: the test takes the
 * next request, looks at it, and answers with whatever bytes it likes, or not at all. Waiting
 * is for bytes, with a limit far above what any push takes. Whatever cannot be done fails the
 * test. */
#ifndef CMQ_TESTS_ENDPOINT_H
#define CMQ_TESTS_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

enum { ENDPOINT_CONNECTIONS_MAX = 64 };

struct endpoint {
    int port;
    int listener;
    int connections[ENDPOINT_CONNECTIONS_MAX];
    size_t connection_count; /* that are open */
    size_t accepted;         /* since it was opened */
};

struct pushed {
    int fd;     /* the connection that it came on */
    char *head; /* the request line and the headers, with a NUL */
    char *body; /* with a NUL behind it */
    size_t body_len;
};

/* Listen on 127.0.0.1, or on ::1. The latter is false where there is no IPv6. */
void endpoint_open(struct endpoint *e);
bool endpoint_open_v6(struct endpoint *e);

/* Take a port, but refuse all connections. */
void endpoint_open_refusing(struct endpoint *e);

/* Cut what is open, and stop listening. */
void endpoint_close(struct endpoint *e);

/* Wait for the next request, on whichever connection, and read it whole; pushed_free() it. */
void endpoint_take(struct endpoint *e, struct pushed *p);
void pushed_free(struct pushed *p);

/* At this moment nobody wants to connect, and no request has come. Connections that the other
 * side has closed are no noise. */
bool endpoint_is_quiet(struct endpoint *e);

/* Send bytes; if the other side does not want them any more, so be it. */
void endpoint_answer(int fd, const char *text);

/* Send so many bytes, or until the other side has had enough. True if that was the case. */
bool endpoint_pour(int fd, char c, size_t count);

/* Close a connection, by a reset if wanted. */
void endpoint_hang_up(struct endpoint *e, int fd);
void endpoint_reset(struct endpoint *e, int fd);

#endif
