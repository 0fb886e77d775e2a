#include "base/allocator.h"

#include <stdlib.h>

static void *heap_take(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void *heap_take_zeroed(void *context, size_t size)
{
    (void)context;
    return calloc(1, size);
}

static void heap_give(void *context, void *memory)
{
    (void)context;
    free(memory);
}

struct allocator allocator_heap(void)
{
    return (struct allocator){heap_take, heap_take_zeroed, heap_give, NULL};
}
