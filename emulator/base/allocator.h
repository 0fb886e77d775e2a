/* allocator.h - where the engine's memory comes from.
 *
 * An engine takes all memory from the allocator in its configuration, so that a test can
 * count what has not been given back, or let the nth allocation fail. */
#ifndef CMQ_BASE_ALLOCATOR_H
#define CMQ_BASE_ALLOCATOR_H

#include <stddef.h>

struct allocator {
    void *(*take)(void *context, size_t size);        /* NULL when there is none left */
    void *(*take_zeroed)(void *context, size_t size); /* the same, all bytes 0 */
    void (*give)(void *context, void *memory);        /* NULL is allowed and does nothing */
    void *context;
};

/* The C library's heap. */
struct allocator allocator_heap(void);

static inline void *allocator_take(const struct allocator *a, size_t size)
{
    return a->take(a->context, size);
}

/* Cheaper than clearing a large array afterwards: fresh pages are zero already. */
static inline void *allocator_take_zeroed(const struct allocator *a, size_t size)
{
    return a->take_zeroed(a->context, size);
}

static inline void allocator_give(const struct allocator *a, void *memory)
{
    a->give(a->context, memory);
}

#endif
