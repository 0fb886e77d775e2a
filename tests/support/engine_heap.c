#include "tests/support/engine_heap.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool dry(struct engine_heap *h)
{
    h->asked++;
    return h->asked >= h->fail_first && h->asked <= h->fail_last;
}

static void *heap_take(void *context, size_t size)
{
    enum { JUNK = 0xA5 };
    struct engine_heap *h = context;
    void *memory = dry(h) ? NULL : malloc(size);
    if (memory == NULL)
        return NULL;
    h->held++;
    return memset(memory, JUNK, size);
}

static void *heap_take_zeroed(void *context, size_t size)
{
    struct engine_heap *h = context;
    void *memory = dry(h) ? NULL : calloc(1, size);
    if (memory != NULL)
        h->held++;
    return memory;
}

static void heap_give(void *context, void *memory)
{
    struct engine_heap *h = context;
    if (memory == NULL)
        return;
    assert(h->held > 0);
    h->held--;
    free(memory);
}

struct allocator engine_heap_allocator(struct engine_heap *h)
{
    return (struct allocator){heap_take, heap_take_zeroed, heap_give, h};
}
