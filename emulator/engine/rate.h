/* rate.h - how many things happened in the present second of virtual time (decisions 19).
 *
 * Seconds are those of the clock, not a sliding window. A zeroed struct has counted nothing. */
#ifndef CMQ_ENGINE_RATE_H
#define CMQ_ENGINE_RATE_H

#include "base/time.h"

struct rate {
    cmq_ms second;
    uint32_t count;
};

/* The counter of the present second, to be read or increased. */
static inline struct rate *rate_now(struct rate *r, cmq_ms now_ms)
{
    if (r->second != now_ms / 1000)
        *r = (struct rate){.second = now_ms / 1000};
    return r;
}

#endif
