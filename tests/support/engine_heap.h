/* engine_heap.h - memory for an engine under test: counted, and scarce on demand.
 *
 * Fresh memory that was not asked to be zeroed is filled with junk, so that a read before a
 * write is found out. */
#ifndef CMQ_TESTS_ENGINE_HEAP_H
#define CMQ_TESTS_ENGINE_HEAP_H

#include "base/allocator.h"

/* A zeroed one is ready. */
struct engine_heap {
    size_t held;                  /* pieces that are out */
    size_t asked;                 /* how often memory was asked for, with or without success */
    size_t fail_first, fail_last; /* these requests, counted from 1, get nothing; 0: none */
};

/* The heap must outlive all that takes memory from it. */
struct allocator engine_heap_allocator(struct engine_heap *h);

#endif
