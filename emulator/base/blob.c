#include "base/blob.h"

struct blob *blob_new(const struct allocator *a, struct budget *budget, struct bytes bytes)
{
    struct escape_count count = {.seen = 0};
    struct blob *b = blob_new_counted(a, budget, bytes, &count);
    if (b != NULL) {
        escape_count_more(&count, bytes, true);
        b->escaped_len = count.len;
        b->utf8 = !count.broken;
    }
    return b;
}

struct blob *blob_new_counted(const struct allocator *a, struct budget *budget,
                              struct bytes bytes, const struct escape_count *count)
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
    b->escaped_len = count->len;
    b->utf8 = !count->broken;
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
