/* buffer.h - bytes that grow at their end.
 *
 * Memory  the buffer's own, from the C library; buffer_free() releases it. A zeroed struct is
 *         an empty buffer.
 * Errors  running out of memory sets failed. Callers append without checking and look at
 *         failed once, at the end; what the buffer contains then is incomplete. */
#ifndef CMQ_BASE_BUFFER_H
#define CMQ_BASE_BUFFER_H

#include "base/bytes.h"

#include <stdint.h>

struct buffer {
    char *data;
    size_t len, room;
    bool failed;
};

void buffer_free(struct buffer *b);

/* Make it empty, and not failed, but keep its memory. */
void buffer_clear(struct buffer *b);

/* Make room for n more bytes; false, and failed set, when there is no memory. */
bool buffer_reserve(struct buffer *b, size_t n);

void buffer_append_int(struct buffer *b, int64_t n);
void buffer_append_uint(struct buffer *b, uint64_t n);

static inline void buffer_append(struct buffer *b, struct bytes bytes)
{
    if (bytes.len == 0 || (b->room - b->len < bytes.len && !buffer_reserve(b, bytes.len)))
        return;
    memcpy(b->data + b->len, bytes.data, bytes.len);
    b->len += bytes.len;
}

static inline void buffer_append_char(struct buffer *b, char c)
{
    if (b->len < b->room || buffer_reserve(b, 1))
        b->data[b->len++] = c;
}

static inline struct bytes buffer_bytes(const struct buffer *b)
{
    return (struct bytes){b->data, b->len};
}

#endif
