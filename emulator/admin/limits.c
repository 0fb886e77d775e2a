/* The table of limits, expanded from limits.def with what people see; and access to a limit by
 * its number. The members of struct engine_limits differ in type, while options and JSON deal
 * with int64_t, so limit_get() and limit_set() convert, by a switch with a case for each row:
 * no offsets and no casts of pointers. A value fits its member, since the row's bounds were
 * applied before. */
#include "admin/limits.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>

/* The kind of setting for each kind of limit. */
#define KIND_COUNT    SETTING_NUMBER
#define KIND_BYTES    SETTING_BYTES
#define KIND_RATE     SETTING_NUMBER
#define KIND_DURATION SETTING_DURATION
#define KIND_CHOICE   SETTING_WORD

const struct limit limit_rows[LIMITS] = {
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    {{option, KIND_##kind, least, greatest, words, help}, json, relaxed, strict},
#include "engine/limits.def"
#undef LIMIT
};

#define STORE_COUNT    (size_t)
#define STORE_BYTES    (uint64_t)
#define STORE_RATE     (uint32_t)
#define STORE_DURATION (cmq_ms)
#define STORE_CHOICE   (bool)

int64_t limit_get(const struct engine_limits *l, size_t number)
{
    switch (number) {
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    case LIMIT_##member:                                                                       \
        return (int64_t)l->member;
#include "engine/limits.def"
#undef LIMIT
    default:
        break;
    }
    assert(number < LIMITS);
    return 0;
}

void limit_set(struct engine_limits *l, size_t number, int64_t value)
{
    assert(number < LIMITS);
    switch (number) {
#define LIMIT(member, kind, least, greatest, relaxed, strict, option, json, words, help)       \
    case LIMIT_##member:                                                                       \
        l->member = STORE_##kind value;                                                        \
        break;
#include "engine/limits.def"
#undef LIMIT
    default:
        break;
    }
}

void limits_preset(struct engine_limits *l, bool strict)
{
    l->strict = strict;
    for (size_t i = 0; i < LIMITS; i++)
        if (limit_rows[i].relaxed != limit_rows[i].strict)
            limit_set(l, i, strict ? limit_rows[i].strict : limit_rows[i].relaxed);
}

/* ---- JSON ---- */

static const struct setting preset = {.name = "preset",
                                      .kind = SETTING_WORD,
                                      .words = "relaxed|strict",
                                      .help = "what single limits begin from"};

static bool limit_member(size_t i, struct schema_member *out)
{
    static const enum schema_type types[] = {
        [SETTING_NUMBER] = TYPE_NUMBER,
        [SETTING_BYTES] = TYPE_BYTES,
        [SETTING_DURATION] = TYPE_DURATION,
        [SETTING_WORD] = TYPE_WORD,
    };
    if (i > LIMITS)
        return false;
    const struct setting *s = i == 0 ? &preset : &limit_rows[i - 1].setting;
    *out = (struct schema_member){
        .name = i == 0 ? preset.name : limit_rows[i - 1].json,
        .type = types[s->kind],
        .flags = MEMBER_OPTIONAL,
        .help = s->help,
        .choices = s->kind == SETTING_WORD ? s->words : NULL,
        .least = s->min,
        .greatest = s->max,
    };
    return true;
}
static const struct schema single_limits_schema = {
    .name = "LimitsOfNamespace", .help = "A preset, and single limits.", .row = limit_member};
static const struct schema_member limits_members[] = {
    {"", TYPE_WORD, .choices = "relaxed|strict"},
    {"", TYPE_OBJECT, .of = &single_limits_schema},
};
const struct schema limits_schema = SCHEMA_CHOICE(
    "Limits", "The bounds of a namespace. Those that all namespaces share can only be lowered.",
    limits_members);

static bool read_value(const struct setting *s, const cJSON *json, const char *path,
                       int64_t *out, struct mistake *m)
{
    char expected[SETTING_EXPECTED_SIZE];
    if (cJSON_IsNumber(json) && setting_take(s, json->valuedouble, out))
        return true;
    if (cJSON_IsString(json) && setting_parse(s, bytes_of(json->valuestring), out))
        return true;
    setting_expected(s, expected);
    return MISTAKE_INVALID(m, path, "%s must be %s", path, expected);
}

static bool read_preset(const cJSON *json, const char *path, struct engine_limits *l,
                        struct mistake *m)
{
    int64_t strict = 0;
    if (!read_value(&preset, json, path, &strict, m))
        return false;
    limits_preset(l, strict != 0);
    return true;
}

/* Bounds of the process, which a namespace may be given a part of. */
static bool is_shared(size_t number)
{
    return number == LIMIT_max_bytes || number == LIMIT_max_polls;
}

static bool above(struct mistake *m, const char *path, size_t number, int64_t bound)
{
    const struct setting *s = &limit_rows[number].setting;
    char text[SETTING_VALUE_SIZE];
    setting_write(s, bound, text);
    return MISTAKE_INVALID(m, path, "%s is above --%s, which is %s for all namespaces together",
                           path, s->name, text);
}

/* bounds: the limits of the process. */
static bool read_limit(const cJSON *item, const char *path, const struct engine_limits *bounds,
                       struct engine_limits *l, struct mistake *m)
{
    size_t i = 0;
    int64_t value = 0;
    if (strcmp(item->string, preset.name) == 0)
        return true; /* was read first, since the others overwrite parts of it */
    while (i < LIMITS && strcmp(item->string, limit_rows[i].json) != 0)
        i++;
    if (i == LIMITS)
        return schema_refuse(&single_limits_schema, path, item->string, m);
    if (!read_value(&limit_rows[i].setting, item, path, &value, m))
        return false;
    if (is_shared(i) && value > limit_get(bounds, i))
        return above(m, path, i, limit_get(bounds, i));
    limit_set(l, i, value);
    return true;
}

bool limits_read(const cJSON *json, const char *prefix, struct engine_limits *l,
                 struct mistake *m)
{
    char path[MISTAKE_ARGUMENT_SIZE];
    const struct engine_limits bounds = *l;
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(json, preset.name);
    const cJSON *item;
    if (!cJSON_IsObject(json))
        return read_preset(json, prefix, l, m);
    mistake_path(path, prefix, preset.name);
    if (chosen != NULL && !read_preset(chosen, path, l, m))
        return false;
    cJSON_ArrayForEach (item, json) {
        mistake_path(path, prefix, item->string);
        if (!read_limit(item, path, &bounds, l, m))
            return false;
    }
    return true;
}
