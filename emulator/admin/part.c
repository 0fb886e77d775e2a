#include "admin/part.h"

#include "admin/twins.h"
#include "base/nearest.h"
#include "engine/names.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static bool is_known(const char *name, const char *const *members)
{
    for (; *members != NULL; members++)
        if (strcmp(*members, name) == 0)
            return true;
    return false;
}

static bool unknown(struct mistake *m, const char *path, const char *const *members,
                    const char *name)
{
    struct nearest nearest = nearest_to(bytes_of(name));
    for (; *members != NULL; members++)
        nearest_try(&nearest, *members);
    return mistake_unknown(m, path, nearest.name);
}

bool part_begin(struct part *p, const cJSON *json, const char *path, const char *const *members,
                struct mistake *m)
{
    char member[MISTAKE_ARGUMENT_SIZE];
    const cJSON *item;
    *p = (struct part){json, path, m, false};
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(m, path, "%s must be an object", path);
    cJSON_ArrayForEach (item, json) {
        if (is_known(item->string, members))
            continue;
        mistake_path(member, path, item->string);
        return unknown(m, member, members, item->string);
    }
    p->ok = twins_none(json, path, m);
    return p->ok;
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

int64_t part_number(struct part *p, const char *name, int64_t least, int64_t greatest,
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

uint64_t part_count(struct part *p, const char *name)
{
    const int64_t most = (INT64_C(1) << 53) - 1;
    return (uint64_t)part_number(p, name, 0, most, 0);
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
    return part_number(p, name, 0, CMQ_LAST_MS, otherwise);
}

struct bytes part_text(struct part *p, const char *name, size_t least, size_t most)
{
    const cJSON *item = part_member(p, name);
    char must_be[64];
    if (item == NULL)
        return (struct bytes){NULL, 0};
    struct bytes text = bytes_of(cJSON_IsString(item) ? item->valuestring : "");
    if (cJSON_IsString(item) && text.len >= least && text.len <= most)
        return text;
    snprintf(must_be, sizeof must_be, "a text of %zu to %zu bytes", least, most);
    part_fail(p, name, must_be);
    return (struct bytes){NULL, 0};
}

struct bytes part_name(struct part *p, const char *name)
{
    struct bytes text = part_text(p, name, 1, NAME_MAX_LENGTH);
    if (text.data == NULL || is_name(text))
        return text;
    part_fail(p, name, "1 to 64 letters, digits, - and _, the first a letter");
    return (struct bytes){NULL, 0};
}

size_t part_word(struct part *p, const char *name, const char *const *words, size_t otherwise)
{
    const cJSON *item = part_member(p, name);
    char must_be[192];
    size_t len = 0;
    if (item == NULL)
        return otherwise;
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

const cJSON *part_list(struct part *p, const char *name, size_t most)
{
    const cJSON *item = part_member(p, name);
    char must_be[64];
    if (item == NULL)
        return NULL;
    if (cJSON_IsArray(item) && (size_t)cJSON_GetArraySize(item) <= most)
        return item;
    snprintf(must_be, sizeof must_be, "a list of at most %zu", most);
    part_fail(p, name, must_be);
    return NULL;
}
