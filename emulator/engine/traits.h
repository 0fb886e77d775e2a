/* traits.h - what clients note about a queue or a topic: tags, and whether to trace.
 *
 * For     being told again, and for listings by tag; the engine does nothing else with them
 *         (decisions 42).
 * Memory  tags are one allocation, with copies of their texts; their owner frees them. */
#ifndef CMQ_ENGINE_TRAITS_H
#define CMQ_ENGINE_TRAITS_H

#include "base/allocator.h"
#include "base/bytes.h"

enum { RESOURCE_TAGS_MAX = 50 };

enum trace { TRACE_UNSET, TRACE_OFF, TRACE_ON };

struct tag {
    struct bytes key, value;
};

struct tags {
    size_t count;
    size_t bytes; /* of memory, texts and all */
    struct tag items[];
};

/* At most RESOURCE_TAGS_MAX tags; NULL when there is no memory. Free them with
 * allocator_give(). */
struct tags *tags_new(const struct allocator *a, const struct tag *items, size_t count);

/* NULL, also of tags that are NULL, if there is none with this key. */
const struct tag *tags_find(const struct tags *tags, struct bytes key);

#endif
