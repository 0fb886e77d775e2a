/* limits.h - the bounds that an engine keeps, beside those that the protocol gives to each
 * parameter; from limits.def.
 *
 * "Relaxed" lets a test get on, "strict" is the cloud at its pickiest (decisions 1). A
 * few of them the engine only keeps, for those who ask it: the rate of the control plane is
 * counted by engine_count_control(), the form of errors is a wire protocol's matter. */
#ifndef CMQ_ENGINE_LIMITS_H
#define CMQ_ENGINE_LIMITS_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>

/* The type of a member, by the kind of its row. */
#define LIMIT_TYPE_COUNT    size_t
#define LIMIT_TYPE_BYTES    size_t
#define LIMIT_TYPE_RATE     uint32_t
#define LIMIT_TYPE_DURATION cmq_ms
#define LIMIT_TYPE_CHOICE   bool

struct engine_limits {
    bool
        strict; /* which of the two presets; judges by the letter what is left open otherwise */
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    LIMIT_TYPE_##kind member;
#include "engine/limits.def"
#undef LIMIT
};

struct engine_limits engine_limits_relaxed(void);
struct engine_limits engine_limits_strict(void);

#endif
