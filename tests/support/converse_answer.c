#include "converse_answer.h"
#include "complaints.h"

#include <cjson/cJSON.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_MAX = 200 };

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

/* What the members of an answer are looked up in. */
static const cJSON *root_of(const struct answer *a, const cJSON *json)
{
    return a->dialect == DIALECT_V3 ? cJSON_GetObjectItemCaseSensitive(json, "Response") : json;
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
        if (strcmp(part, "#") == 0)
            from = *made = cJSON_CreateNumber(cJSON_GetArraySize(from));
        else if (!cJSON_IsArray(from))
            from = cJSON_GetObjectItemCaseSensitive(from, part);
        else
            from = cJSON_GetArrayItem(from, (int)strtol(part, NULL, 10));
    }
    return from;
}

static bool contains(struct bytes text, struct bytes part)
{
    return part.len == 0 || memmem(text.data, text.len, part.data, part.len) != NULL;
}

/* Whether all of the text is described by the extended regular expression. */
static bool matches(struct bytes text, struct bytes expression)
{
    char pattern[256], subject[1024];
    regex_t compiled;
    snprintf(pattern, sizeof pattern, "^(%.*s)$", (int)expression.len, expression.data);
    snprintf(subject, sizeof subject, "%.*s", (int)text.len, text.data);
    if (text.len >= sizeof subject || regcomp(&compiled, pattern, REG_EXTENDED) != 0)
        return false;
    bool well = regexec(&compiled, subject, 0, NULL, 0) == 0;
    regfree(&compiled);
    return well;
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
    case WORD_MATCHES:
        return kind == w->kind && matches(found, value);
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
                                        [WORD_MATCHES] = "matching",
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

/* Against '[...]' or '{...}': members of an object may stand in any order. */
static void compare_json(const struct word *w, const cJSON *item, struct bytes found,
                         struct buffer *complaints)
{
    cJSON *wanted = cJSON_ParseWithLength(w->value.data, w->value.len);
    if (!cJSON_Compare(wanted, item, true))
        complain(complaints, "expected %.*s = %.*s, got %.*s", (int)w->name.len, w->name.data,
                 (int)w->value.len, w->value.data,
                 (int)(found.len < SHOWN_MAX ? found.len : SHOWN_MAX), found.data);
    cJSON_Delete(wanted);
}

static void save(const struct word *w, struct variables *v, struct bytes found,
                 enum value_kind kind, struct buffer *complaints)
{
    struct bytes to = buffer_bytes(&w->value);
    if (to.len < 2 || to.data[0] != '$' ||
        !variables_set(v, (struct bytes){to.data + 1, to.len - 1}, found, kind))
        complain(complaints, "cannot save as %.*s", (int)to.len, to.data);
}

static void match_item(const cJSON *item, const struct word *w, struct variables *v,
                       struct buffer *complaints)
{
    struct buffer found = {0};
    bool is_container = cJSON_IsArray(item) || cJSON_IsObject(item);
    write_value(item, &found);
    if (w->operator== WORD_SAVE)
        save(w, v, buffer_bytes(&found), kind_of(item), complaints);
    else if (w->operator== WORD_EQUAL && w->is_json && is_container)
        compare_json(w, item, buffer_bytes(&found), complaints);
    else
        compare(w, buffer_bytes(&found), kind_of(item), complaints);
    buffer_free(&found);
}

static void match_member(const cJSON *root, const struct word *w, struct variables *v,
                         struct buffer *complaints)
{
    cJSON *made;
    struct bytes name = buffer_bytes(&w->name);
    const cJSON *item = find(root, name, &made);
    if (item != NULL)
        match_item(item, w, v, complaints);
    else
        complain(complaints, "expected a member %.*s, there is none", (int)name.len, name.data);
    cJSON_Delete(made);
}

/* error=4440/10100 stands for code=4440 and a message that begins with (10100). */
static void match_v2_error(const cJSON *json, const struct word *w, struct buffer *complaints)
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

/* The names that an error of API 3.0 goes by: error=ResourceInUse.Queue message~"existed". */
static const cJSON *find_v3_error(const struct answer *a, const cJSON *root, struct bytes name)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "Error");
    if (a->dialect != DIALECT_V3 || error == NULL)
        return NULL;
    if (bytes_equal(name, bytes_of("error")))
        return cJSON_GetObjectItemCaseSensitive(error, "Code");
    if (bytes_equal(name, bytes_of("message")))
        return cJSON_GetObjectItemCaseSensitive(error, "Message");
    return NULL;
}

static void match_word(const struct answer *a, const cJSON *json, const struct word *w,
                       struct variables *v, struct buffer *complaints)
{
    struct bytes name = buffer_bytes(&w->name);
    const cJSON *of_error = find_v3_error(a, json, name);
    if (w->operator== WORD_ALONE)
        match_absent(json, w, complaints);
    else if (bytes_equal(name, bytes_of("status")))
        match_status(a, w, complaints);
    else if (bytes_equal(name, bytes_of("allow")))
        compare(w, bytes_of(a->allow), VALUE_STRING, complaints);
    else if (bytes_equal(name, bytes_of("retryAfter")))
        compare(w, bytes_of(a->retry_after), VALUE_STRING, complaints);
    else if (bytes_equal(name, bytes_of("*")))
        compare(w, buffer_bytes(&a->text), VALUE_STRING, complaints);
    else if (of_error != NULL)
        match_item(of_error, w, v, complaints);
    else if (a->dialect == DIALECT_V2 && bytes_equal(name, bytes_of("error")))
        match_v2_error(json, w, complaints);
    else
        match_member(json, w, v, complaints);
}

void answer_match(const struct answer *a, const struct line *expected, struct variables *v,
                  struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    for (size_t i = 0; i < expected->count; i++)
        match_word(a, root_of(a, json), &expected->words[i], v, complaints);
    cJSON_Delete(json);
}

/* ---- what holds of every answer ---- */

static bool is_id_of_v2(const cJSON *item)
{
    enum { ID_DIGITS_MAX = 19 };
    if (!cJSON_IsString(item))
        return false;
    size_t len = strlen(item->valuestring);
    return len >= 1 && len <= ID_DIGITS_MAX && strspn(item->valuestring, "0123456789") == len;
}

static void check_v2(const cJSON *json, struct buffer *complaints)
{
    if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, "code")) ||
        !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(json, "message")) ||
        !is_id_of_v2(cJSON_GetObjectItemCaseSensitive(json, "requestId")))
        complain(complaints, "code is not a number, message not a string, or requestId not a "
                             "string of at most 19 digits");
}

/* Whether a number of the text has a fraction or an exponent. */
static bool has_fraction(struct bytes text)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\\' && in_string)
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && i > 0 && strchr(".eE", c) != NULL && c != '\0' &&
                 text.data[i - 1] >= '0' && text.data[i - 1] <= '9')
            return true;
    }
    return false;
}

static bool is_uuid_4(const cJSON *item)
{
    static const char form[] =
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    return cJSON_IsString(item) && matches(bytes_of(item->valuestring), bytes_of(form));
}

static void check_v3(const struct answer *a, const cJSON *json, struct buffer *complaints)
{
    const cJSON *response = cJSON_GetObjectItemCaseSensitive(json, "Response");
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(response, "Error");
    if (a->status != 200 || strcmp(a->content_type, "application/json") != 0 ||
        a->coding[0] != '\0')
        complain(complaints, "status %d is not 200, %s not application/json, or it is encoded",
                 a->status, a->content_type);
    if (!cJSON_IsObject(response) || cJSON_GetArraySize(json) != 1)
        complain(complaints, "the root does not have Response as its only member");
    if (!is_uuid_4(cJSON_GetObjectItemCaseSensitive(response, "RequestId")))
        complain(complaints, "RequestId is no UUID of version 4 in lower case");
    if (error != NULL && (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "Code")) ||
                          !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "Message")) ||
                          cJSON_GetArraySize(error) != 2 || cJSON_GetArraySize(response) != 2))
        complain(complaints, "an error is the strings Code and Message, beside a RequestId");
    if (has_fraction(buffer_bytes(&a->text)))
        complain(complaints, "a number has a fraction or an exponent");
}

void answer_check_envelope(const struct answer *a, struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    if (json == NULL)
        complain(complaints, "the answer is no JSON");
    else if (a->dialect == DIALECT_V3)
        check_v3(a, json, complaints);
    else
        check_v2(json, complaints);
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

/* Whether the answer says that the call has failed. */
static bool is_failure(const struct answer *a, const cJSON *json)
{
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");
    switch (a->dialect) {
    case DIALECT_V2:
        return !cJSON_IsNumber(code) || code->valueint != 0;
    case DIALECT_V3:
        return cJSON_GetObjectItemCaseSensitive(root_of(a, json), "Error") != NULL;
    case DIALECT_ADMIN:
        break;
    }
    return false;
}

void answer_check_dropped(const struct answer *a, struct buffer *complaints)
{
    if (!a->dropped)
        complain(complaints, "expected the connection to be closed, but there is an answer");
}

void answer_check_success(const struct answer *a, struct buffer *complaints)
{
    cJSON *json = cJSON_ParseWithLength(a->text.data, a->text.len);
    if (a->dropped)
        complain(complaints, "the connection was closed without an answer");
    else if (a->status != 200 || is_failure(a, json))
        complain(complaints, "expected success, since no line says otherwise");
    cJSON_Delete(json);
}
