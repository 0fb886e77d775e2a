#include "tests/support/admin_schema.h"

#include "admin/handling.h"
#include "base/form.h"
#include "base/instant.h"
#include "engine/names.h"
#include "tests/support/complaints.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = 256 };

/* ---- values ---- */

static bool is_word(const struct schema_member *m, const char *text)
{
    size_t len = strlen(text);
    for (const char *const *word = m->words; word != NULL && *word != NULL; word++)
        if (strcmp(*word, text) == 0)
            return true;
    for (const char *word = m->choices; word != NULL;) {
        size_t word_len = strcspn(word, "|");
        if (len == word_len && memcmp(word, text, len) == 0)
            return true;
        word = word[word_len] != '\0' ? word + word_len + 1 : NULL;
    }
    return false;
}

static bool is_id(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 19 && text[0] != '0' && strspn(text, "0123456789") == len;
}

static bool is_path(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash != NULL && is_name((struct bytes){text, (size_t)(slash - text)}) &&
           is_name(bytes_of(slash + 1));
}

static bool is_whole(const cJSON *json)
{
    return cJSON_IsNumber(json) && json->valuedouble == (double)(int64_t)json->valuedouble;
}

static bool is_within(const struct schema_member *m, double n)
{
    return (m->least == 0 && m->greatest == 0) ||
           (n >= (double)m->least && n <= (double)m->greatest);
}

static bool has_only(const cJSON *object, bool (*is)(const cJSON *json))
{
    const cJSON *item;
    cJSON_ArrayForEach (item, object)
        if (!is(item))
            return false;
    return cJSON_IsObject(object);
}

static bool is_text(const cJSON *json)
{
    return cJSON_IsString(json) != 0;
}

static bool is_text_of(const struct schema_member *m, const char *text)
{
    cmq_ms ms;
    switch ((int)m->type) {
    case TYPE_WORD:
        return is_word(m, text);
    case TYPE_NAME:
        return is_name(bytes_of(text));
    case TYPE_PATH:
        return is_path(text);
    case TYPE_ID:
        return is_id(text);
    case TYPE_MSG_ID:
        return is_id(text) || strlen(text) == 32;
    case TYPE_TIME:
        return instant_parse(bytes_of(text), &ms);
    case TYPE_DURATION:
        return duration_parse(bytes_of(text), &ms);
    case TYPE_INSTANT:
        return instant_parse(bytes_of(text), &ms);
    case TYPE_INSTANTS:
        return strspn(text, "0123456789,") == strlen(text);
    default:
        return m->type == TYPE_TEXT || m->type == TYPE_BASE64 || m->type == TYPE_BYTES;
    }
}

/* Of all types but TYPE_OBJECT. */
static bool is_of_type(const struct schema_member *m, const cJSON *json)
{
    switch ((int)m->type) {
    case TYPE_NUMBER:
        return is_whole(json) && is_within(m, json->valuedouble);
    case TYPE_FRACTION:
        return cJSON_IsNumber(json) && is_within(m, json->valuedouble);
    case TYPE_MS:
        return is_whole(json);
    case TYPE_FLAG:
        return cJSON_IsBool(json);
    case TYPE_NUMBERS:
        return has_only(json, is_whole);
    case TYPE_TEXTS:
        return has_only(json, is_text);
    case TYPE_ANY:
        return true;
    case TYPE_DURATION:
    case TYPE_INSTANT:
    case TYPE_BYTES:
        if (cJSON_IsNumber(json))
            return true;
        break;
    default:
        break;
    }
    return cJSON_IsString(json) && is_text_of(m, json->valuestring);
}

static void check_value(const struct schema_member *m, const cJSON *json, const char *path,
                        struct buffer *complaints)
{
    struct schema_member one = *m;
    const cJSON *item;
    int i = 0;
    if ((m->flags & MEMBER_OR_NULL && cJSON_IsNull(json)) ||
        (m->flags & MEMBER_OR_TEXT && cJSON_IsString(json)))
        return;
    if ((m->flags & MEMBER_LIST) == 0) {
        if (m->type == TYPE_OBJECT)
            schema_check(m->of, json, path, complaints);
        else if (!is_of_type(m, json))
            complain(complaints, "%s is not as described", path);
        return;
    }
    one.flags = 0;
    one.least = one.greatest = 0;
    if (!cJSON_IsArray(json) || !is_within(m, cJSON_GetArraySize(json)))
        complain(complaints, "%s is not the list that is described", path);
    cJSON_ArrayForEach (item, json) {
        char item_path[PATH_SIZE];
        snprintf(item_path, sizeof item_path, "%.200s[%d]", path, i++);
        check_value(&one, item, item_path, complaints);
    }
}

/* ---- objects ---- */

static void check_missing(const struct schema *s, const cJSON *object, const char *path,
                          struct buffer *complaints)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        if (m.type == TYPE_INCLUDED)
            check_missing(m.of, object, path, complaints);
        else if ((m.flags & MEMBER_OPTIONAL) == 0 &&
                 cJSON_GetObjectItemCaseSensitive(object, m.name) == NULL)
            complain(complaints, "%s has no %s, which %s needs", path, m.name, s->name);
    }
}

static void check_choice(const struct schema *s, const cJSON *json, const char *path,
                         struct buffer *complaints)
{
    struct schema_member m;
    for (size_t i = 0; schema_row(s, i, &m); i++) {
        struct buffer wrong = {0};
        check_value(&m, json, path, &wrong);
        bool good = wrong.len == 0;
        buffer_free(&wrong);
        if (good)
            return;
    }
    complain(complaints, "%s is none of the forms of %s", path, s->name);
}

void schema_check(const struct schema *s, const cJSON *json, const char *path,
                  struct buffer *complaints)
{
    const cJSON *item;
    if (s->choice) {
        check_choice(s, json, path, complaints);
        return;
    }
    if (!cJSON_IsObject(json)) {
        complain(complaints, "%s is no object, as %s is", path, s->name);
        return;
    }
    cJSON_ArrayForEach (item, json) {
        char member_path[PATH_SIZE];
        struct schema_member m;
        snprintf(member_path, sizeof member_path, "%.150s.%.100s", path, item->string);
        if (schema_find(s, item->string, &m))
            check_value(&m, item, member_path, complaints);
        else
            complain(complaints, "%s is no member that %s has", member_path, s->name);
    }
    check_missing(s, json, path, complaints);
}

/* ---- answers ---- */

static bool lists(const struct route *r, const char *code)
{
    for (size_t i = 0; r != NULL && i < COUNT(r->mistakes) && r->mistakes[i] != NULL; i++)
        if (strcmp(r->mistakes[i], code) == 0)
            return true;
    return false;
}

/* Those of paths and methods that have no route. */
static bool is_of_no_route(const char *code)
{
    static const char *const codes[] = {"not-found", "method-not-allowed", "no-authority"};
    for (size_t i = 0; i < COUNT(codes); i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

static void check_error(const struct route *r, int status, const cJSON *json,
                        struct buffer *complaints)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "code"));
    const struct mistake_row *row = mistake_rows;
    schema_check(&error_schema, json, "the answer", complaints);
    if (code == NULL)
        return;
    while (row->code != NULL && strcmp(row->code, code) != 0)
        row++;
    if (row->code == NULL)
        complain(complaints, "%s is no mistake of mistake_rows", code);
    else if (row->status != status)
        complain(complaints, "%s has status %d, not %d", code, row->status, status);
    else if (!row->common && !lists(r, code) && !(r == NULL && is_of_no_route(code)))
        complain(complaints, "%s is no mistake that this call lists", code);
}

void admin_schema_check(struct bytes method, struct bytes path, int status, struct bytes text,
                        struct buffer *complaints)
{
    struct bytes name;
    if (text.len == 0 || !bytes_begin(path, "/_emulator") ||
        bytes_equal(path, bytes_of("/_emulator/ca.pem")))
        return;
    const struct route *r = route_of(method, path, &name);
    cJSON *json = cJSON_ParseWithLength(text.data, text.len);
    bool refused = cJSON_GetObjectItemCaseSensitive(json, "error") != NULL;
    if (json == NULL)
        complain(complaints, "the answer is no JSON");
    else if (refused || r == NULL)
        check_error(r, status, json, complaints);
    else
        schema_check(r->answer, json, "the answer", complaints);
    if (json != NULL && !refused && status != STATUS_OK && r != NULL &&
        ((r->flags & ROUTE_RAW) == 0 || r->takes != NULL))
        complain(complaints, "status %d without an error", status);
    cJSON_Delete(json);
}

void admin_schema_check_target(struct bytes method, struct bytes target, int status,
                               struct bytes text, struct buffer *complaints)
{
    const char *query = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    size_t len = query != NULL ? (size_t)(query - target.data) : target.len;
    char *path = malloc(len + 1);
    if (path == NULL)
        abort();
    if (len > 0)
        memcpy(path, target.data, len);
    struct bytes decoded = {path, form_decode(path, len)};
    admin_schema_check(method, decoded, status, text, complaints);
    free(path);
}
