/* budget.h - how much of one thing there may be at once, and how much there is.
 *
 * For     what a process must not have too much of, whoever asks for it: bytes of messages,
 *         bytes of requests being read, parked polls. Those that share a budget point to it.
 * Units   whatever its owner counts.
 * Errors  budget_take() returns false when it would be exceeded: then nothing was taken.
 *
 * NULL is a budget without bounds. */
#ifndef CMQ_BASE_BUDGET_H
#define CMQ_BASE_BUDGET_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
    size_t most;
    size_t used;
    uint64_t refused; /* how often there was not enough left */
};

static inline bool budget_has(const struct budget *b, size_t n)
{
    return b == NULL || (b->used <= b->most && n <= b->most - b->used);
}

/* Whether something of n in all may begin, of which the parts are then charged: else it counts as
 * refused. */
static inline bool budget_admits(struct budget *b, size_t n)
{
    bool has = budget_has(b, n);
    if (!has)
        b->refused++;
    return has;
}

/* Count what has been admitted, or cannot be refused. */
static inline void budget_charge(struct budget *b, size_t n)
{
    if (b != NULL)
        b->used += n;
}

static inline bool budget_take(struct budget *b, size_t n)
{
    bool has = budget_admits(b, n);
    if (has)
        budget_charge(b, n);
    return has;
}

static inline void budget_give(struct budget *b, size_t n)
{
    if (b == NULL)
        return;
    assert(b->used >= n);
    b->used -= n;
}

#endif
