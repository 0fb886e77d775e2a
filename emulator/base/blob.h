/* blob.h - bytes that do not change, shared by all who refer to them.
 *
 * For     bodies of messages: a body that was published once may be in hundreds of queues, in
 *         pushes and in answers that are being sent, and is one blob in all of them.
 * Memory  from the allocator it was made with, given back with the last reference; an answer
 *         may outlive the engine that the message was in.
 * Budget  it counts there from its making until the last reference has gone. */
#ifndef CMQ_BASE_BLOB_H
#define CMQ_BASE_BLOB_H

#include "base/allocator.h"
#include "base/budget.h"
#include "base/bytes.h"
#include "base/escape.h"

struct blob {
    size_t references;
    struct allocator allocator;
    struct budget *budget; /* NULL: none */
    size_t len;
    size_t escaped_len; /* as the content of a JSON string (escape.h) */
    bool utf8;          /* it is valid UTF-8 */
    char data[];
};

/* A copy of the bytes, with one reference; NULL when there is no memory, or the budget has not
 * enough left. */
struct blob *blob_new(const struct allocator *a, struct budget *budget, struct bytes bytes);

/* The same, of bytes that have been counted. */
struct blob *blob_new_counted(const struct allocator *a, struct budget *budget,
                              struct bytes bytes, const struct escape_count *count);

/* One reference more; returns the blob. */
struct blob *blob_take(struct blob *b);

/* One reference less. NULL is allowed and does nothing. */
void blob_give(struct blob *b);

/* Bytes of memory that it takes from its budget. */
static inline size_t blob_size(const struct blob *b)
{
    return sizeof *b + b->len;
}

/* How much work it is to free so many bytes that are kept together, where a short piece is 1: their
 * pages go back to the system one by one. */
static inline size_t freeing_effort(size_t len)
{
    enum { PAGES = 8192 };
    return 1 + len / PAGES;
}

static inline struct bytes blob_bytes(const struct blob *b)
{
    return (struct bytes){b->data, b->len};
}

#endif
