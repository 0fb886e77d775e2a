/* listeners.h - the sockets that the emulator listens on: one for each port of --port, and that of
 * --tls-port.
 *
 * All are alike, but for the one that is for TLS alone. The first one is what the port
 * file, --health and the ready line go by. */
#ifndef CMQ_SERVER_LISTENERS_H
#define CMQ_SERVER_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { LISTENERS_MAX = 17 };

struct listener {
    int fd;
    bool tls_alone;
    int port; /* also when any free one was asked for */
};

/* A zeroed one has none. */
struct listeners {
    size_t count;
    struct listener all[LISTENERS_MAX];
};

/* Listen on one more port; 0 takes a free one. False: a message has been written to errors. */
bool listeners_add(struct listeners *l, const char *address, int port, bool tls_alone,
                   FILE *errors);

void listeners_close(struct listeners *l);

#endif
