/* opening.h - what the first bytes of a connection say: HTTP, TLS, or a client that takes the
 * emulator for its proxy and asks for a tunnel.
 *
 * Of HTTP only CONNECT matters here; whether the rest makes sense is for libmicrohttpd to say. */
#ifndef CMQ_SERVER_OPENING_H
#define CMQ_SERVER_OPENING_H

#include "base/bytes.h"

enum {
    OPENING_MAX = 8 * 1024, /* the longest head of a CONNECT */
};

enum opening_kind {
    OPENING_MORE, /* more bytes have to come */
    OPENING_HTTP,
    OPENING_TLS,
    OPENING_CONNECT,  /* a whole head, and a host that may be one */
    OPENING_BAD,      /* a CONNECT that names no host */
    OPENING_TOO_LONG, /* a CONNECT whose head is longer than OPENING_MAX */
};

struct opening {
    enum opening_kind kind;
    /* Of OPENING_CONNECT: */
    struct bytes host; /* with its port, within the bytes that were read */
    size_t head_len;   /* up to and with the empty line; what is behind it is the tunnel's */
};

/* Judge the first bytes, of which there is at least one. */
struct opening opening_read(struct bytes first);

#endif
