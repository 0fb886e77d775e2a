/* fifo.h - things of any length, added at one end and dropped at the other.
 *
 * For     a record of what happened last: the newest are added, the oldest go.
 * Cost    O(1); things lie one after the other in chunks, so that there is an allocation for many.
 *         The first chunk is small, and each further one as long as all that there are, up to a
 *         bound, so that a fifo of a few things does not take much.
 * Memory  things are aligned to 8 bytes, and stay where they are until they are dropped.
 * Budget  the chunks count in one, which may be shared with others. */
#ifndef CMQ_BASE_FIFO_H
#define CMQ_BASE_FIFO_H

#include "base/allocator.h"
#include "base/budget.h"
#include "base/list.h"

enum { FIFO_THING_MAX = 32768 };

struct fifo {
    struct allocator allocator;
    struct budget *budget;   /* NULL: unbounded */
    struct list_node chunks; /* the oldest first; none of them is empty */
    size_t size;             /* bytes of all chunks */
};

void fifo_init(struct fifo *f, const struct allocator *a, struct budget *budget);

/* Room for a thing of that many bytes, at most FIFO_THING_MAX, behind all others. NULL when neither
 * the last chunk nor the budget has any, or there is no memory. */
void *fifo_add(struct fifo *f, size_t size);

/* The oldest thing; NULL when there is none. */
void *fifo_first(const struct fifo *f);

/* Drop the oldest thing; or all of them, in as many steps as there are chunks. */
void fifo_drop_first(struct fifo *f);
void fifo_drop_all(struct fifo *f);

#endif
