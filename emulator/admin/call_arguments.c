/* Query and body are one JSON object (given.h), in which the parameters of the query are
 * strings. So each kind of argument is read from a string (as it is typed in a query) or from a
 * number, and a JSON body may use either. What a kind accepts is decided in read_text() and
 * read_number(), what is said when it does not in wrong(). */
#include "admin/call_arguments.h"

#include "base/instant.h"
#include "base/nearest.h"
#include "base/number.h"
#include "engine/names.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Doubles keep all whole numbers up to this one. */
#define WHOLE_MAX 9007199254740992.0

static bool wrong(const struct argument *a, const char *path, struct mistake *m)
{
    char words[128] = "";
    switch (a->kind) {
    case ARGUMENT_DURATION:
        return MISTAKE_INVALID(m, path,
                               "%s must be a duration that is not negative: 250ms, 90s, 10m, "
                               "12h, 15d, a sum such as 1h30m, or a number of seconds",
                               path);
    case ARGUMENT_INSTANT:
        return MISTAKE_INVALID(
            m, path,
            "%s must be an instant from 1970 to 9999: epoch milliseconds, or "
            "RFC 3339 such as 2017-03-05T13:01:02Z",
            path);
    case ARGUMENT_INSTANTS:
        return MISTAKE_INVALID(m, path,
                               "%s must be %d to %d rising instants in epoch milliseconds, "
                               "with commas between",
                               path, (int)a->min, (int)a->max);
    case ARGUMENT_NUMBER:
        return MISTAKE_INVALID(m, path, "%s must be a whole number from %lld to %lld", path,
                               (long long)a->min, (long long)a->max);
    case ARGUMENT_NAME:
        return MISTAKE_INVALID(m, path,
                               "%s must be a name: 1 to 64 letters, digits, - and _, the first "
                               "a letter",
                               path);
    case ARGUMENT_TEXT:
    case ARGUMENT_MSG_ID:
    case ARGUMENT_CODE:
        return MISTAKE_INVALID(m, path, "%s must be a %s of %d to %d bytes", path,
                               a->kind == ARGUMENT_CODE ? "number, or a text" : "text",
                               (int)a->min, (int)a->max);
    case ARGUMENT_OBJECT:
        return MISTAKE_INVALID(m, path, "%s must be a JSON object", path);
    case ARGUMENT_CONDITION:
        return MISTAKE_INVALID(m, path, "%s must be a condition, as a JSON object", path);
    case ARGUMENT_WORD:
        break;
    }
    for (size_t i = 0; a->words[i] != NULL; i++) {
        size_t len = strlen(words);
        snprintf(words + len, sizeof words - len, "%s%s", i > 0 ? ", " : "", a->words[i]);
    }
    return MISTAKE_INVALID(m, path, "%s must be one of: %s", path, words);
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

bool call_argument_next_instant(const char **rest, cmq_ms *ms)
{
    size_t len = strcspn(*rest, ",");
    int64_t n;
    if (len == 0 || !parse_int_exactly((struct bytes){*rest, len}, &n) || n < 0 ||
        n > CMQ_LAST_MS)
        return false;
    *ms = n;
    *rest += len;
    if (**rest == ',')
        ++*rest;
    return true;
}

/* Digits and single commas between them, and each is above the one before. */
static bool are_instants(const struct argument *a, struct bytes text)
{
    const char *rest = text.data;
    cmq_ms last_ms = -1, ms;
    int64_t count = 0;
    while (call_argument_next_instant(&rest, &ms)) {
        if (ms <= last_ms || ++count > a->max)
            return false;
        last_ms = ms;
    }
    return *rest == '\0' && count >= a->min && rest[-1] != ',';
}

/* condition_read() has set *m when this is false, or what is wrong with the JSON. */
static bool read_condition_text(struct bytes text, const char *path, struct argument_value *v,
                                struct mistake *m)
{
    struct json json;
    const char *what = given_fault(json_read(&json, text, &given_bounds));
    if (what != NULL)
        return MISTAKE_INVALID(m, path, "%s %s", path, what);
    v->condition = condition_read(json.root, path, m);
    json_free(&json);
    return v->condition != NULL;
}

static bool read_object_text(struct bytes text, const char *path, struct argument_value *v,
                             struct mistake *m)
{
    const char *what = given_fault(json_read(&v->text, text, &given_bounds));
    if (what != NULL)
        return MISTAKE_INVALID(m, path, "%s %s", path, what);
    v->object = v->text.root;
    return cJSON_IsObject(v->object) ||
           MISTAKE_INVALID(m, path, "%s must be a JSON object", path);
}

static bool read_text(const struct argument *a, const char *path, struct bytes text,
                      struct argument_value *v, struct mistake *m)
{
    bool read = false;
    switch (a->kind) {
    case ARGUMENT_DURATION:
        read = duration_parse(text, &v->ms);
        break;
    case ARGUMENT_INSTANT:
        read = instant_parse(text, &v->ms);
        break;
    case ARGUMENT_INSTANTS:
        read = are_instants(a, text);
        v->list = text.data; /* as cJSON has it, with a NUL */
        break;
    case ARGUMENT_NUMBER:
        read =
            parse_int_exactly(text, &v->number) && v->number >= a->min && v->number <= a->max;
        break;
    case ARGUMENT_WORD:
        read = read_word(a, text, &v->word);
        break;
    case ARGUMENT_NAME:
        read = is_name(text);
        if (read)
            snprintf(v->name, sizeof v->name, "%.*s", (int)text.len, text.data);
        break;
    case ARGUMENT_TEXT:
    case ARGUMENT_MSG_ID:
    case ARGUMENT_CODE:
        read = text.len >= (size_t)a->min && text.len <= (size_t)a->max;
        if (read)
            snprintf(v->name, sizeof v->name, "%.*s", (int)text.len, text.data);
        break;
    case ARGUMENT_OBJECT:
        return read_object_text(text, path, v, m);
    case ARGUMENT_CONDITION:
        return read_condition_text(text, path, v, m);
    }
    return read || wrong(a, path, m);
}

/* A double may not keep it: what was meant is not known any more. */
static bool altered(const struct argument *a, const char *path, struct mistake *m)
{
    return MISTAKE_INVALID(m, path,
                           "%s must be a whole number from %lld to %lld, and above "
                           "9007199254740991 a text: readers of JSON alter such a number",
                           path, (long long)a->min, (long long)a->max);
}

/* A JSON number is in seconds for a duration, in milliseconds for an instant (admin 1.3). */
static bool read_number(const struct argument *a, const char *path, double n,
                        struct argument_value *v, struct mistake *m)
{
    bool whole = n == floor(n);
    switch (a->kind) {
    case ARGUMENT_DURATION:
        if (!duration_of_seconds(n, &v->ms))
            break;
        return true;
    case ARGUMENT_INSTANT:
        if (!(n >= 0 && n <= (double)CMQ_LAST_MS && whole))
            break;
        v->ms = (cmq_ms)n;
        return true;
    case ARGUMENT_NUMBER:
        if (!(n >= (double)a->min && n <= (double)a->max && whole))
            break;
        if (n > 9007199254740991.0)
            return altered(a, path, m);
        v->number = (int64_t)n;
        return true;
    case ARGUMENT_CODE:
        if (!whole || fabs(n) > WHOLE_MAX)
            break;
        snprintf(v->name, sizeof v->name, "%.0f", n);
        return true;
    case ARGUMENT_WORD:
    case ARGUMENT_NAME:
    case ARGUMENT_TEXT:
    case ARGUMENT_MSG_ID:
    case ARGUMENT_INSTANTS:
    case ARGUMENT_OBJECT:
    case ARGUMENT_CONDITION:
        break;
    }
    return wrong(a, path, m);
}

bool call_argument_read(const struct argument *a, const char *path, const cJSON *json,
                        struct argument_value *v, struct mistake *m)
{
    if (a->kind == ARGUMENT_CONDITION && cJSON_IsObject(json)) {
        v->condition = condition_read(json, path, m);
        return v->condition != NULL;
    }
    if (a->kind == ARGUMENT_OBJECT && cJSON_IsObject(json)) {
        v->object = json;
        return true;
    }
    if (cJSON_IsNumber(json))
        return read_number(a, path, json->valuedouble, v, m);
    if (cJSON_IsString(json))
        return read_text(a, path, bytes_of(json->valuestring), v, m);
    return wrong(a, path, m);
}

static const struct argument *find(const struct argument *table, size_t count, const char *name,
                                   size_t *index)
{
    for (*index = 0; *index < count; (*index)++)
        if (strcmp(table[*index].name, name) == 0)
            return &table[*index];
    return NULL;
}

static bool unknown(const struct argument *table, size_t count, const char *name,
                    struct mistake *m)
{
    char choice[NEAREST_CHOICE_SIZE];
    struct nearest nearest = nearest_to(bytes_of(name));
    for (size_t i = 0; i < count; i++)
        nearest_try(&nearest, table[i].name);
    return mistake_set(m, 400, "unknown-argument", name, "this call takes no argument %.64s%s",
                       name, nearest_choice(&nearest, choice));
}

static void set_otherwise(const struct argument *a, struct argument_value *v)
{
    struct mistake m;
    *v = (struct argument_value){.given = false};
    bool can_be_read =
        a->otherwise == NULL || read_text(a, a->name, bytes_of(a->otherwise), v, &m);
    assert(can_be_read);
    (void)can_be_read;
}

bool call_arguments_read(const struct argument *table, size_t count, const cJSON *object,
                         struct argument_value *values, struct mistake *m)
{
    const cJSON *item;
    assert(count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < count; i++)
        set_otherwise(&table[i], &values[i]);
    cJSON_ArrayForEach (item, object) {
        size_t i;
        const struct argument *a = find(table, count, item->string, &i);
        if (a == NULL)
            return unknown(table, count, item->string, m);
        if (values[i].given)
            return MISTAKE_INVALID(m, a->name, "%s is given twice", a->name);
        values[i].given = true;
        if (!call_argument_read(a, a->name, item, &values[i], m))
            return false;
    }
    return true;
}

void call_arguments_free(struct argument_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        condition_free(values[i].condition);
        values[i].condition = NULL;
        json_free(&values[i].text);
    }
}
