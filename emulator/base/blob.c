#include "base/blob.h"

#include "base/escape.h"

struct blob *blob_new(const struct allocator *a, struct budget *budget, struct bytes bytes)
{
    size_t size = sizeof(struct blob) + bytes.len;
    if (!budget_take(budget, size))
        return NULL;
    struct blob *b = allocator_take(a, size);
    if (b == NULL) {
        budget_give(budget, size);
        return NULL;
    }
    *b = (struct blob){.references = 1, .allocator = *a, .budget = budget, .len = bytes.len};
    if (bytes.len > 0)
        memcpy(b->data, bytes.data, bytes.len);
    b->escaped_len = escape_length(bytes, &b->utf8);
    return b;
}

struct blob *blob_take(struct blob *b)
{
    assert(b->references > 0);
    b->references++;
    return b;
}

void blob_give(struct blob *b)
{
    if (b == NULL)
        return;
    assert(b->references > 0);
    if (--b->references > 0)
        return;
    struct allocator allocator = b->allocator;
    budget_give(b->budget, blob_size(b));
    allocator_give(&allocator, b);
}
