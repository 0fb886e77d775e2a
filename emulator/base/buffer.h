/* buffer.h - bytes that grow at their end.
 *
 * Running out of memory is remembered: from then on nothing is appended, and failed says so.
 * Whoever fills a buffer may thus check once, at the end. A zeroed struct is an empty buffer.
 */
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

/* Make it empty and keep its memory. */
void buffer_clear(struct buffer *b);

/* Make room for n more bytes; false, and failed, when there is none. */
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
