/* budgets.h - what all namespaces and connections of a process share: one budget for each thing
 * that clients can make it keep.
 *
 * Bytes, unless it says otherwise. An admin call, /metrics and errors name them by these words. */
#ifndef CMQ_NAMESPACE_BUDGETS_H
#define CMQ_NAMESPACE_BUDGETS_H

#include "base/budget.h"

struct budgets {
    struct budget messages; /* of all namespaces: bodies and bookkeeping */
    struct budget requests; /* those being read */
    struct budget answers;  /* those being sent */
    struct budget polls;    /* parked: their number */
    struct budget awaits;   /* calls that wait for a condition: the parts of their conditions */
    struct budget journal;  /* what the journals of all namespaces keep */
};

static inline void budgets_init(struct budgets *b)
{
    const struct budget unbounded = {.most = SIZE_MAX};
    *b = (struct budgets){unbounded, unbounded, unbounded, unbounded, unbounded, unbounded};
}

#endif
