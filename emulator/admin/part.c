#include "admin/part.h"

#include "admin/twins.h"
#include "engine/names.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

bool part_begin(struct part *p, const cJSON *json, const char *path,
                const struct schema *schema, struct mistake *m)
{
    const cJSON *item;
    *p = (struct part){json, schema, path, m, false};
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(m, path, "%s must be an object", path);
    cJSON_ArrayForEach (item, json) {
        char member[MISTAKE_ARGUMENT_SIZE];
        struct schema_member row;
        if (schema_find(schema, item->string, &row))
            continue;
        mistake_path(member, path, item->string);
        return schema_refuse(schema, member, item->string, m);
    }
    p->ok = twins_none(json, path, m);
    return p->ok;
}

static struct schema_member row_of(const struct part *p, const char *name)
{
    struct schema_member row;
    bool is_there = schema_find(p->schema, name, &row);
    assert(is_there);
    (void)is_there;
    return row;
}

bool part_enter(struct part *p, struct part *outer, const char *name,
                char path[MISTAKE_ARGUMENT_SIZE])
{
    const cJSON *item = part_member(outer, name);
    if (item == NULL)
        return false;
    mistake_path(path, outer->path, name);
    outer->ok = part_begin(p, item, path, row_of(outer, name).of, outer->m);
    return outer->ok;
}

bool part_fail(struct part *p, const char *name, const char *must_be)
{
    char member[MISTAKE_ARGUMENT_SIZE];
    if (!p->ok)
        return false;
    mistake_path(member, p->path, name);
    p->ok = false;
    return MISTAKE_INVALID(p->m, member, "%s must be %s", member, must_be);
}

const cJSON *part_member(const struct part *p, const char *name)
{
    return p->ok ? cJSON_GetObjectItemCaseSensitive(p->json, name) : NULL;
}

static int64_t number(struct part *p, const char *name, int64_t least, int64_t greatest,
                      int64_t otherwise)
{
    const cJSON *item = part_member(p, name);
    char must_be[96];
    if (item == NULL)
        return otherwise;
    if (cJSON_IsNumber(item) && item->valuedouble >= (double)least &&
        item->valuedouble <= (double)greatest &&
        item->valuedouble == (double)(int64_t)item->valuedouble)
        return (int64_t)item->valuedouble;
    snprintf(must_be, sizeof must_be, "a whole number from %lld to %lld", (long long)least,
             (long long)greatest);
    part_fail(p, name, must_be);
    return otherwise;
}

int64_t part_number(struct part *p, const char *name, int64_t otherwise)
{
    if (part_member(p, name) == NULL)
        return otherwise;
    struct schema_member row = row_of(p, name);
    return number(p, name, row.least, row.greatest, otherwise);
}

uint64_t part_count(struct part *p, const char *name)
{
    return (uint64_t)part_number(p, name, 0);
}

uint64_t part_id(struct part *p, const char *name)
{
    const uint64_t most = UINT64_C(1) << 62;
    const cJSON *item = part_member(p, name);
    uint64_t id = 0;
    if (item == NULL)
        return 0;
    const char *at = cJSON_IsString(item) ? item->valuestring : "";
    while (*at >= '0' && *at <= '9' && id < most / 10)
        id = id * 10 + (uint64_t)(*at++ - '0');
    if (*at >= '0' && *at <= '9' && id == most / 10)
        id = id * 10 + (uint64_t)(*at++ - '0');
    if (*at == '\0' && id > 0 && id < most)
        return id;
    part_fail(p, name, "a text of digits, 1 to 4611686018427387903");
    return 0;
}

cmq_ms part_ms(struct part *p, const char *name, cmq_ms otherwise)
{
    return number(p, name, 0, CMQ_LAST_MS, otherwise);
}

struct bytes part_text(struct part *p, const char *name)
{
    const cJSON *item = part_member(p, name);
    char must_be[96];
    if (item == NULL)
        return (struct bytes){NULL, 0};
    struct schema_member row = row_of(p, name);
    struct bytes text = bytes_of(cJSON_IsString(item) ? item->valuestring : "");
    if (cJSON_IsString(item) && (int64_t)text.len >= row.least &&
        (int64_t)text.len <= row.greatest)
        return text;
    snprintf(must_be, sizeof must_be, "a text of %lld to %lld bytes", (long long)row.least,
             (long long)row.greatest);
    part_fail(p, name, must_be);
    return (struct bytes){NULL, 0};
}

struct bytes part_name(struct part *p, const char *name)
{
    const cJSON *item = part_member(p, name);
    if (item == NULL)
        return (struct bytes){NULL, 0};
    if (cJSON_IsString(item) && is_name(bytes_of(item->valuestring)))
        return bytes_of(item->valuestring);
    part_fail(p, name, "1 to 64 letters, digits, - and _, the first a letter");
    return (struct bytes){NULL, 0};
}

size_t part_word(struct part *p, const char *name, size_t otherwise)
{
    const cJSON *item = part_member(p, name);
    char must_be[192];
    size_t len = 0;
    if (item == NULL)
        return otherwise;
    const char *const *words = row_of(p, name).words;
    for (size_t i = 0; words[i] != NULL; i++)
        if (cJSON_IsString(item) && strcmp(words[i], item->valuestring) == 0)
            return i;
    for (size_t i = 0; words[i] != NULL && len < sizeof must_be; i++)
        len += (size_t)snprintf(must_be + len, sizeof must_be - len, "%s%s",
                                i > 0 ? ", " : "one of: ", words[i]);
    part_fail(p, name, must_be);
    return otherwise;
}

bool part_flag(struct part *p, const char *name, bool otherwise)
{
    const cJSON *item = part_member(p, name);
    if (item == NULL)
        return otherwise;
    if (!cJSON_IsBool(item))
        part_fail(p, name, "true or false");
    return cJSON_IsTrue(item);
}

const cJSON *part_list(struct part *p, const char *name)
{
    const cJSON *item = part_member(p, name);
    char must_be[64];
    if (item == NULL)
        return NULL;
    int64_t most = row_of(p, name).greatest;
    if (cJSON_IsArray(item) && cJSON_GetArraySize(item) <= most)
        return item;
    snprintf(must_be, sizeof must_be, "a list of at most %lld", (long long)most);
    part_fail(p, name, must_be);
    return NULL;
}

size_t part_texts(struct part *p, const char *name, struct bytes *out)
{
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach (item, part_list(p, name)) {
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0') {
            part_fail(p, name, "a list of texts");
            return 0;
        }
        out[count++] = bytes_of(item->valuestring);
    }
    return count;
}
