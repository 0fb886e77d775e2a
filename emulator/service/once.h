/* once.h - whether something is said for the first time.
 *
 * Texts are remembered by their hashes, ONCE_MAX of them; when there is no more room, nothing is
 * new any more, so that a client that keeps inventing texts does not fill the log. */
#ifndef CMQ_SERVICE_ONCE_H
#define CMQ_SERVICE_ONCE_H

#include "base/bytes.h"

#include <stdint.h>

enum { ONCE_MAX = 1000, ONCE_SLOTS = 2048 /* a power of two */ };

/* Zeroed, it remembers nothing. */
struct once {
    uint64_t slots[ONCE_SLOTS]; /* hashes; 0: free */
    size_t count;
};

bool once_is_new(struct once *o, struct bytes text);

#endif
