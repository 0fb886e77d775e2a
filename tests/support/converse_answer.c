#include "converse_answer.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_MAX = 200 };

__attribute__((format(printf, 2, 3))) static void complain(struct buffer *to,
                                                           const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    buffer_append(to, bytes_of(to->len > 0 ? "; " : ""));
    buffer_append(to, bytes_of(text));
}

void answer_free(struct answer *a)
{
    buffer_free(&a->text);
}

/* ---- one value ---- */

static enum value_kind kind_of(const cJSON *item)
{
    if (cJSON_IsString(item))
        return VALUE_STRING;
    return cJSON_IsNumber(item) ? VALUE_NUMBER : VALUE_LITERAL;
}

/* The value as text, without the quotes of a string; objects and lists as JSON. */
static void write_value(const cJSON *item, struct buffer *to)
{
    char number[64];
    if (cJSON_IsString(item)) {
        buffer_append(to, bytes_of(item->valuestring));
    } else if (cJSON_IsNumber(item)) {
        snprintf(number, sizeof number, "%.0f", item->valuedouble);
        buffer_append(to, bytes_of(number));
    } else {
        char *text = cJSON_PrintUnformatted(item);
        buffer_append(to, bytes_of(text != NULL ? text : ""));
        cJSON_free(text);
    }
}

/* Follow a path such as msgInfoList.0.msgBody; the caller deletes what a "#" made. */
static const cJSON *find(const cJSON *from, struct bytes path, cJSON **made)
{
    *made = NULL;
    while (from != NULL && path.len > 0) {
        const char *dot = memchr(path.data, '.', path.len);
        size_t len = dot != NULL ? (size_t)(dot - path.data) : path.len;
        char part[128];
        snprintf(part, sizeof part, "%.*s", (int)len, path.data);
        path =
            dot != NULL ? (struct bytes){dot + 1, path.len - len - 1} : (struct bytes){"", 0};
        if (!cJSON_IsArray(from))
            from = cJSON_GetObjectItemCaseSensitive(from, part);
        else if (strcmp(part, "#") == 0)
            from = *made = cJSON_CreateNumber(cJSON_GetArraySize(from));
        else
            from = cJSON_GetArrayItem(from, (int)strtol(part, NULL, 10));
    }
    return from;
}

static bool contains(struct bytes text, struct bytes part)
{
    return part.len == 0 || memmem(text.data, text.len, part.data, part.len) != NULL;
}

static long long number_of(struct bytes text)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.data);
    return strtoll(digits, NULL, 10);
}

static bool holds(const struct word *w, struct bytes found, enum value_kind kind)
{
    struct bytes value = buffer_bytes(&w->value);
    switch (w->operator) {
    case WORD_EQUAL:
        return w->kind == VALUE_ANY || (w->kind == kind && bytes_equal(value, found));
    case WORD_UNEQUAL:
        return w->kind != kind || !bytes_equal(value, found);
    case WORD_CONTAINS:
        return contains(found, value);
    case WORD_AT_LEAST:
        return kind == VALUE_NUMBER && w->kind == VALUE_NUMBER &&
               number_of(found) >= number_of(value);
    case WORD_ALONE:
    case WORD_SAVE:
        break;
    }
    return true;
}

static const char *mark(enum value_kind kind)
{
    return kind == VALUE_STRING ? "\"" : "";
}

static void compare(const struct word *w, struct bytes found, enum value_kind kind,
                    struct buffer *complaints)
{
    static const char *const verbs[] = {[WORD_EQUAL] = "=",
                                        [WORD_UNEQUAL] = "other than",
                                        [WORD_CONTAINS] = "containing",
                                        [WORD_AT_LEAST] = "at least"};
    if (holds(w, found, kind))
        return;
    complain(complaints, "expected %.*s %s %s%.*s%s, got %s%.*s%s", (int)w->name.len,
             w->name.data, verbs[w->operator], mark(w->kind),
             (int)(w->value.len < SHOWN_MAX ? w->value.len : SHOWN_MAX), w->value.data,
             mark(w->kind), mark(kind), (int)(found.len < SHOWN_MAX ? found.len : SHOWN_MAX),
             found.data, mark(kind));
}

/* ---- words ---- */

static void match_member(const cJSON *json, const struct word *w, struct variables *v,
                         struct buffer *complaints)
{
    cJSON *made;
    struct buffer found = {NULL, 0, 0, false};
    struct bytes name = buffer_bytes(&w->name);
    const cJSON *item = find(json, name, &made);
    if (item == NULL) {
        complain(complaints, "expected a member %.*s, there is none", (int)name.len, name.data);
        return;
    }
    write_value(item, &found);
    if (w->operator!= WORD_SAVE) {
        compare(w, buffer_bytes(&found), kind_of(item), complaints);
    } else {
        struct bytes to = buffer_bytes(&w->value);
        if (to.len < 2 || to.data[0] != '$' ||
            !variables_set(v, (struct bytes){to.data + 1, to.len - 1}, buffer_bytes(&found),
                           kind_of(item)))
            complain(complaints, "cannot save as %.*s", (int)to.len, to.data);
    }
    buffer_free(&found);
    cJSON_Delete(made);
}

/* error=4440/10100 stands for code=4440 and a message that begins with (10100). */
static void match_error(const cJSON *json, const struct word *w, struct buffer *complaints)
{
    char expected[32];
    char begin[40];
    snprintf(expected, sizeof expected, "%.*s", (int)w->value.len, w->value.data);
    const char *slash = strchr(expected, '/');
    snprintf(begin, sizeof begin, "(%s)", slash != NULL ? slash + 1 : "");
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(json, "message");
    if (!cJSON_IsNumber(code) || code->valueint != strtol(expected, NULL, 10) ||
        !cJSON_IsString(message) || strncmp(message->valuestring, begin, strlen(begin)) != 0)
        complain(complaints, "expected error %s", expected);
}

static void match_absent(const cJSON *json, const struct word *w, struct buffer *complaints)
{
    cJSON *made;
    struct bytes name = buffer_bytes(&w->name);
    if (name.len < 2 || name.data[0] != '!')
        complain(complaints, "'%.*s' says nothing about an answer", (int)name.len, name.data);
    else if (find(json, (struct bytes){name.data + 1, name.len - 1}, &made) != NULL)
        complain(complaints, "expected no member %.*s", (int)name.len - 1, name.data + 1);
}

static void match_status(const struct answer *a, const struct word *w,
                         struct buffer *complaints)
{
    char status[16];
    snprintf(status, sizeof status, "%d", a->status);
    compare(w, bytes_of(status), VALUE_NUMBER, complaints);
}

static void match_word(const struct answer *a, const cJSON *json, const struct word *w,
                       struct variables *v, struct buffer *complaints)
{
    struct bytes name = buffer_bytes(&w->name);
    if (w->operator== WORD_ALONE)
        match_absent(json, w, complaints);
    else if (bytes_equal(name, bytes_of("status")))
        match_status(a, w, complaints);
    else if (bytes_equal(name, bytes_of("allow")))
        compare(w, bytes_of(a->allow), VALUE_STRING, complaints);
    else if (bytes_equal(name, bytes_of("*")))
        compare(w, buffer_bytes(&a->text), VALUE_STRING, complaints);
    else if (bytes_equal(name, bytes_of("error")) && w->kind == VALUE_STRING)
        match_error(json, w, complaints);
    else
        match_member(json, w, v, complaints);
}

void answer_match(const struct answer *a, const struct line *expected, struct variables *v,
                  struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    for (size_t i = 0; i < expected->count; i++)
        match_word(a, json, &expected->words[i], v, complaints);
    cJSON_Delete(json);
}

/* ---- what holds of every answer ---- */

static bool is_id(const cJSON *item)
{
    enum { ID_DIGITS_MAX = 19 };
    if (!cJSON_IsString(item))
        return false;
    size_t len = strlen(item->valuestring);
    return len >= 1 && len <= ID_DIGITS_MAX && strspn(item->valuestring, "0123456789") == len;
}

void answer_check_envelope(const struct answer *a, struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    if (json == NULL)
        complain(complaints, "the answer is no JSON");
    else if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, "code")) ||
             !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(json, "message")) ||
             !is_id(cJSON_GetObjectItemCaseSensitive(json, "requestId")))
        complain(complaints, "code is not a number, message not a string, or requestId not a "
                             "string of at most 19 digits");
    cJSON_Delete(json);
}

void answer_check_time(const struct answer *a, struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    const cJSON *clock = cJSON_GetObjectItemCaseSensitive(json, "clock");
    const cJSON *at = clock != NULL ? clock : json;
    if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(at, "nowMs")) ||
        !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(at, "now")))
        complain(complaints, "the answer does not tell the virtual time: nowMs and now");
    cJSON_Delete(json);
}

void answer_check_success(const struct answer *a, bool admin, struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");
    if (a->status != 200 || (!admin && (!cJSON_IsNumber(code) || code->valueint != 0)))
        complain(complaints, "expected success, since no line says otherwise");
    cJSON_Delete(json);
}
