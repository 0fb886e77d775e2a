/* limits.h - limits as people write them: options, environment variables, JSON members.
 *
 * All rows of engine/limits.def, with their names and bounds. However a limit is given, it is
 * read by the same function (setting.h), and so accepted or refused alike. */
#ifndef CMQ_ADMIN_LIMITS_H
#define CMQ_ADMIN_LIMITS_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "admin/setting.h"
#include "engine/limits.h"

struct cJSON;

/* As limits_read() takes them. */
extern const struct schema limits_schema;

struct limit {
    struct setting setting; /* its name is that of the option, without dashes */
    const char *json;
    int64_t relaxed, strict;
};

enum {
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    LIMIT_##member,
#include "engine/limits.def"
#undef LIMIT
    LIMITS
};
extern const struct limit limit_rows[LIMITS];

int64_t limit_get(const struct engine_limits *l, size_t number);
void limit_set(struct engine_limits *l, size_t number, int64_t value);

/* Apply a preset. Only limits that differ between the presets change; others keep what an
 * option may have set. */
void limits_preset(struct engine_limits *l, bool strict);

/* Apply a JSON value to *l, the limits of the process: "relaxed", "strict", or an object with a
 * "preset" of these and single limits. Bounds that all namespaces share can only be lowered. On false *m names the member by its path below prefix. */
bool limits_read(const struct cJSON *json, const char *prefix, struct engine_limits *l,
                 struct mistake *m);

#endif
