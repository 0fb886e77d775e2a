/* limits.h - the limits of an engine, from limits.def; the bounds of single parameters are in
 * operations/fields.def.
 *
 * "Relaxed" is for most tests, "strict" is the cloud at its pickiest (decisions 1). Four limits
 * are stored here for others to apply: callers ask engine_count_control() about the rate of the
 * control plane and engine_count_deletes() about that of deletes, and wire protocols look at
 * gateway_errors. The journal is the namespace's. */
#ifndef CMQ_ENGINE_LIMITS_H
#define CMQ_ENGINE_LIMITS_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>

/* The type of a member, by the kind of its row. */
#define LIMIT_TYPE_COUNT    size_t
#define LIMIT_TYPE_BYTES    uint64_t
#define LIMIT_TYPE_RATE     uint32_t
#define LIMIT_TYPE_DURATION cmq_ms
#define LIMIT_TYPE_CHOICE   bool

struct engine_limits {
    bool strict; /* the preset; decides what has no row of its own (decisions 1) */
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    LIMIT_TYPE_##kind member;
#include "engine/limits.def"
#undef LIMIT
};

struct engine_limits engine_limits_relaxed(void);
struct engine_limits engine_limits_strict(void);

#endif
