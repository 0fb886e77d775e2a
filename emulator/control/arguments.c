#include "control/arguments.h"

#include "control/instant.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

bool mistake_set(struct mistake *m, int status, const char *code, const char *argument,
                 const char *format, ...)
{
    va_list values;
    *m = (struct mistake){.status = status, .code = code};
    snprintf(m->argument, sizeof m->argument, "%s", argument);
    va_start(values, format);
    vsnprintf(m->message, sizeof m->message, format, values);
    va_end(values);
    return false;
}

static bool wrong(struct mistake *m, const struct argument *a)
{
    switch (a->kind) {
    case ARGUMENT_DURATION:
        return mistake_set(m, 400, "invalid-argument", a->name,
                           "%s must be a duration that is not negative: 250ms, 90s, 10m, 12h, "
                           "15d, a sum such as 1h30m, or a number of seconds",
                           a->name);
    case ARGUMENT_INSTANT:
        return mistake_set(
            m, 400, "invalid-argument", a->name,
            "%s must be an instant from 1970 to 9999: epoch milliseconds, or RFC "
            "3339 such as 2017-03-05T13:01:02Z",
            a->name);
    case ARGUMENT_WORD:
        break;
    }
    char words[128] = "";
    for (size_t i = 0; a->words[i] != NULL; i++) {
        size_t len = strlen(words);
        snprintf(words + len, sizeof words - len, "%s%s", i > 0 ? ", " : "", a->words[i]);
    }
    return mistake_set(m, 400, "invalid-argument", a->name, "%s must be one of: %s", a->name,
                       words);
}

static bool read_word(const struct argument *a, struct bytes text, size_t *word)
{
    for (size_t i = 0; a->words[i] != NULL; i++) {
        if (bytes_equal(text, bytes_of(a->words[i]))) {
            *word = i;
            return true;
        }
    }
    return false;
}

static bool read_text(const struct argument *a, struct bytes text, struct argument_value *v,
                      struct mistake *m)
{
    bool read = false;
    switch (a->kind) {
    case ARGUMENT_DURATION:
        read = duration_parse(text, &v->ms);
        break;
    case ARGUMENT_INSTANT:
        read = instant_parse(text, &v->ms);
        break;
    case ARGUMENT_WORD:
        read = read_word(a, text, &v->word);
        break;
    }
    return read || wrong(m, a);
}

/* A JSON number is a number of seconds as a duration, of milliseconds as an instant. */
static bool read_number(const struct argument *a, double number, struct argument_value *v,
                        struct mistake *m)
{
    if (a->kind == ARGUMENT_WORD || !(number >= 0))
        return wrong(m, a);
    double ms = a->kind == ARGUMENT_DURATION ? round(number * 1000) : number;
    if (a->kind == ARGUMENT_INSTANT && (ms > (double)CMQ_LAST_MS || ms != floor(ms)))
        return wrong(m, a);
    v->ms = ms > (double)CMQ_LAST_MS ? CMQ_LAST_MS : (cmq_ms)ms;
    return true;
}

/* The row of that name, marked as given; NULL if there is none or it was given before. */
static const struct argument *claim(const struct argument *table, size_t count,
                                    struct bytes name, struct argument_value *values,
                                    struct argument_value **value, struct mistake *m)
{
    char shown[sizeof m->argument];
    snprintf(shown, sizeof shown, "%.*s", (int)(name.len < 64 ? name.len : 64), name.data);
    for (size_t i = 0; i < count; i++) {
        if (!bytes_equal(name, bytes_of(table[i].name)))
            continue;
        if (values[i].given) {
            mistake_set(m, 400, "invalid-argument", shown, "%s is given twice", shown);
            return NULL;
        }
        values[i].given = true;
        *value = &values[i];
        return &table[i];
    }
    mistake_set(m, 400, "unknown-argument", shown, "this call takes no argument %s", shown);
    return NULL;
}

static bool read_query(const struct argument *table, size_t count, const struct form *query,
                       struct argument_value *values, struct mistake *m)
{
    for (size_t i = 0; i < query->count; i++) {
        struct argument_value *v;
        const struct pair *p = &query->pairs[i];
        if (bytes_equal(p->name, bytes_of("namespace")))
            continue;
        const struct argument *a = claim(table, count, p->name, values, &v, m);
        if (a == NULL || !read_text(a, p->value, v, m))
            return false;
    }
    return true;
}

static bool read_members(const struct argument *table, size_t count, const cJSON *object,
                         struct argument_value *values, struct mistake *m)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, object) {
        struct argument_value *v;
        const struct argument *a = claim(table, count, bytes_of(item->string), values, &v, m);
        if (a == NULL)
            return false;
        bool read = cJSON_IsNumber(item)   ? read_number(a, item->valuedouble, v, m)
                    : cJSON_IsString(item) ? read_text(a, bytes_of(item->valuestring), v, m)
                                           : wrong(m, a);
        if (!read)
            return false;
    }
    return true;
}

bool arguments_read(const struct argument *table, size_t count, const struct form *query,
                    struct bytes body, struct argument_value *values, struct mistake *m)
{
    assert(count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < count; i++)
        values[i] = (struct argument_value){.given = false};
    if (!read_query(table, count, query, values, m))
        return false;
    if (body.len == 0)
        return true;

    cJSON *json = cJSON_ParseWithLength(body.data, body.len);
    bool read = cJSON_IsObject(json) ? read_members(table, count, json, values, m)
                                     : mistake_set(m, 400, "invalid-body", "",
                                                   "the body must be a JSON object, or empty");
    cJSON_Delete(json);
    return read;
}
