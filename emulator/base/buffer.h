/* buffer.h - bytes that grow at their end.
 *
 * Loans   long bodies are not copied into a text: it has a loan at that place, which refers to
 *         a blob. What is in data and len is the text without its loans; pieces.h reads both.
 * Memory  the buffer's own, from the C library; buffer_free() releases it, and the loans. A
 *         zeroed struct is an empty buffer.
 * Errors  running out of memory sets failed. Callers append without checking and look at
 *         failed once, at the end; what the buffer contains then is incomplete. */
#ifndef CMQ_BASE_BUFFER_H
#define CMQ_BASE_BUFFER_H

#include "base/blob.h"
#include "base/bytes.h"

#include <stdint.h>

/* In which form a lent blob is part of the text. */
enum loan_form {
    LOAN_ESCAPED, /* the content of a JSON string */
    LOAN_BASE64,
};

struct loan {
    size_t at; /* in the text, before the byte at this place */
    struct blob *blob;
    enum loan_form form;
};

struct loans {
    size_t count, room;
    struct loan items[]; /* in the order of their places */
};

struct buffer {
    char *data;
    size_t len, room;
    bool failed;
    struct loans *loans; /* NULL until there is one */
};

void buffer_free(struct buffer *b);

/* Make it empty, and not failed; but keep its memory. */
void buffer_clear(struct buffer *b);

/* Make room for n more bytes; false, and failed set, when there is no memory. */
bool buffer_reserve(struct buffer *b, size_t n);

/* The same, until it has just that much room in all, or more if it has that already. */
bool buffer_reserve_exactly(struct buffer *b, size_t room);

/* The same for n more loans. */
bool buffer_reserve_loans(struct buffer *b, size_t n);

/* Lend a blob to the end of the text: a reference of the buffer's own, until it is cleared or
 * freed. */
void buffer_lend(struct buffer *b, struct blob *blob, enum loan_form form);

static inline size_t buffer_loan_count(const struct buffer *b)
{
    return b->loans != NULL ? b->loans->count : 0;
}

/* Bytes of memory that it keeps, without the blobs that were lent to it. */
size_t buffer_size(const struct buffer *b);

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

/* Without its loans. */
static inline struct bytes buffer_bytes(const struct buffer *b)
{
    return (struct bytes){b->data, b->len};
}

#endif
