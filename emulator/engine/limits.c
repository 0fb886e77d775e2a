#include "engine/limits.h"

struct engine_limits engine_limits_relaxed(void)
{
    return (struct engine_limits){
        .strict = false,
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    .member = (relaxed),
#include "engine/limits.def"
#undef LIMIT
    };
}

struct engine_limits engine_limits_strict(void)
{
    return (struct engine_limits){
        .strict = true,
#define LIMIT(member, kind, least, greatest, relaxed, strict_value, option, json, words, help) \
    .member = (strict_value),
#include "engine/limits.def"
#undef LIMIT
    };
}
