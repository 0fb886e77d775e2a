/* rate.h - how many things happened in one second of virtual time. */
#ifndef CMQ_ENGINE_RATE_H
#define CMQ_ENGINE_RATE_H

#include "base/time.h"

struct rate {
    cmq_ms second;
    uint32_t count;
};

/* The count of the present second, to read or to raise. */
static inline struct rate *rate_now(struct rate *r, cmq_ms now_ms)
{
    if (r->second != now_ms / 1000)
        *r = (struct rate){.second = now_ms / 1000};
    return r;
}

#endif
