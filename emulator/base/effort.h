/* effort.h - how much may be done at a time, so that long work is done in slices.
 *
 * For     a loop that must not be blocked. It begins an effort in each of its turns, and whatever
 *         may be long work spends of it, and stops when it is used up, to go on in a later turn.
 * Units   about what it takes to move one message from one state to another: 0.1 to 0.3 us. They
 *         are counted and not measured, so that the same calls stop at the same places.
 * Bounds  a zeroed effort has none, and neither has NULL: it is never used up. */
#ifndef CMQ_BASE_EFFORT_H
#define CMQ_BASE_EFFORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct effort {
    size_t bound; /* 0: none */
    size_t spent; /* may exceed the bound: what is begun is done */
};

static inline void effort_begin(struct effort *e, size_t bound)
{
    *e = (struct effort){.bound = bound};
}

static inline void effort_spend(struct effort *e, size_t units)
{
    if (e != NULL)
        e->spent += units;
}

static inline bool effort_is_used_up(const struct effort *e)
{
    return e != NULL && e->bound > 0 && e->spent >= e->bound;
}

static inline size_t effort_left(const struct effort *e)
{
    if (e == NULL || e->bound == 0)
        return SIZE_MAX;
    return e->spent < e->bound ? e->bound - e->spent : 0;
}

/* See to it that there are at least so many units left. */
static inline void effort_grant(struct effort *e, size_t units)
{
    if (e->bound > 0 && e->bound < e->spent + units)
        e->bound = e->spent + units;
}

#endif
