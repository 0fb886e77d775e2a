/* holds.h - what keeps an automatic clock from jumping: as long as there is one of them it does not (admin 2.4).
 *
 * Numbers  from 1 on, and none twice until somebody sets last to 0. */
#ifndef CMQ_NAMESPACE_HOLDS_H
#define CMQ_NAMESPACE_HOLDS_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOLDS_MAX = 1000 };

struct holds {
    struct list_node all;
    size_t count; /* at most HOLDS_MAX */
    uint64_t last;
};

void holds_init(struct holds *h);

/* The number of another one; 0 when there are HOLDS_MAX, or no memory. */
uint64_t holds_add(struct holds *h);

/* False if there is none of this number. */
bool holds_release(struct holds *h, uint64_t number);

/* Release all; the next one has the number after the last. */
void holds_release_all(struct holds *h);

#endif
