/* engine_random.h - numbers for random tests; the same seed gives the same numbers anywhere. */
#ifndef CMQ_TESTS_ENGINE_RANDOM_H
#define CMQ_TESTS_ENGINE_RANDOM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine_random {
    uint64_t state;
};

/* SplitMix64. */
static inline uint64_t random_next(struct engine_random *r)
{
    uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* 0 .. bound - 1, near enough to evenly for a small bound. */
static inline size_t random_below(struct engine_random *r, size_t bound)
{
    assert(bound > 0);
    return (size_t)(random_next(r) % bound);
}

/* True once in n times. */
static inline bool random_once_in(struct engine_random *r, size_t n)
{
    return random_below(r, n) == 0;
}

#endif
