/* A namespace is described in two steps, because what it contains can be made only when it
 * exists: spec_read() reads what it is made from, and only passes over the rest; spec_make()
 * makes it; spec_fill() reads the rest. So a mistake in the first part leaves nothing behind,
 * one in the second a namespace that is filled in part: the configuration file then ends the
 * program, and POST /_emulator/namespaces discards what it has made. */
#include "admin/spec.h"

#include "admin/call_arguments.h"
#include "admin/fault_rules.h"
#include "admin/items.h"
#include "admin/limits.h"
#include "admin/resources.h"
#include "admin/twins.h"
#include "namespace/registry.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PATH_SIZE = MISTAKE_ARGUMENT_SIZE };

/* ---- what it consists of ---- */

static const struct schema_member clock_members[] = {
    {"mode", TYPE_WORD, .flags = MEMBER_OPTIONAL, .help = "real if not given",
     .words = clock_mode_names},
    {"at", TYPE_INSTANT, .flags = MEMBER_OPTIONAL, .help = "now if not given"},
};
static const struct schema clock_schema =
    SCHEMA("ClockSetting", "How a clock begins.", clock_members);
static const struct schema_member credential_members[] = {
    {"secretId", TYPE_TEXT, .least = 1, .greatest = SECRET_ID_MAX},
    {"secretKey", TYPE_TEXT, .least = 1, .greatest = SECRET_KEY_MAX},
    {"token", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "of a temporary key", .least = 1,
     .greatest = SECRET_TOKEN_MAX},
};
static const struct schema credential_schema =
    SCHEMA("Credential", "Who may call.", credential_members);
static const struct schema_member members_of_spec[] = {
    {"name", TYPE_NAME, .flags = MEMBER_OPTIONAL, .help = "ns-1, ns-2, ... if not given"},
    {"from", TYPE_NAME, .flags = MEMBER_OPTIONAL,
     .help = "a snapshot to make it from; then there may be credentials and a name besides"},
    {"sloppy", TYPE_NUMBER, .flags = MEMBER_OPTIONAL | MEMBER_OR_TEXT,
     .help = "the seed of a ready set of faults; 0: none", .greatest = INT64_MAX},
    {"seed", TYPE_NUMBER, .flags = MEMBER_OPTIONAL | MEMBER_OR_TEXT, .help = "of its ids",
     .greatest = INT64_MAX},
    {"clock", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .of = &clock_schema},
    {"limits", TYPE_OBJECT, .flags = MEMBER_OPTIONAL,
     .help = "those of the program if not given", .of = &limits_schema},
    {"uin", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "the account that queues and topics belong to", .least = 1,
     .greatest = ACCOUNT_NUMBER_MAX},
    {"appId", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the application of that account",
     .least = 1, .greatest = ACCOUNT_NUMBER_MAX},
    {"credentials", TYPE_OBJECT, .flags = MEMBER_OPTIONAL | MEMBER_LIST,
     .help = "a new pair if there are none", .of = &credential_schema},
    {"queues", TYPE_OBJECT, .flags = MEMBER_OPTIONAL | MEMBER_LIST,
     .of = &queue_setting_schema},
    {"topics", TYPE_OBJECT, .flags = MEMBER_OPTIONAL | MEMBER_LIST,
     .of = &topic_setting_schema},
    {"faults", TYPE_OBJECT, .flags = MEMBER_OPTIONAL | MEMBER_LIST, .of = &fault_rule_schema},
};
const struct schema spec_schema =
    SCHEMA("NamespaceSetting", "A namespace, and what is in it.", members_of_spec);

/* ---- reading ---- */

static bool read_clock(const cJSON *json, const char *prefix, struct namespace_spec *spec,
                       struct mistake *m)
{
    static const struct argument members[] = {
        {"mode", ARGUMENT_WORD, .words = clock_mode_names},
        {"at", ARGUMENT_INSTANT, .help = NULL}};
    struct argument_value values[2];
    const cJSON *item;
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(m, prefix, "%s must be an object: {\"mode\",\"at\"}", prefix);
    memset(values, 0, sizeof values);
    cJSON_ArrayForEach (item, json) {
        char path[PATH_SIZE];
        size_t i = 0;
        mistake_path(path, prefix, item->string);
        while (i < 2 && strcmp(item->string, members[i].name) != 0)
            i++;
        if (i == 2)
            return schema_refuse(&clock_schema, path, item->string, m);
        values[i].given = true;
        if (!call_argument_read(&members[i], path, item, &values[i], m))
            return false;
    }
    if (values[0].given)
        spec->mode = (enum clock_mode)values[0].word;
    spec->has_at = values[1].given;
    spec->at_ms = values[1].ms;
    return true;
}

static bool read_limits(const cJSON *json, const char *path, struct namespace_spec *spec,
                        struct mistake *m)
{
    return limits_read(json, path, &spec->limits, m);
}

static bool read_name(const cJSON *json, const char *path, struct namespace_spec *spec,
                      struct mistake *m)
{
    const struct argument name = {"name", ARGUMENT_NAME, .help = NULL};
    struct argument_value v = {.given = true};
    if (!call_argument_read(&name, path, json, &v, m))
        return false;
    memcpy(spec->name, v.name, sizeof spec->name);
    return true;
}

static bool read_seed(const cJSON *json, const char *path, struct namespace_spec *spec,
                      struct mistake *m)
{
    const struct argument seed = {"seed", ARGUMENT_NUMBER, .max = INT64_MAX};
    struct argument_value v = {.given = true};
    if (!call_argument_read(&seed, path, json, &v, m))
        return false;
    spec->seed = (uint64_t)v.number;
    return true;
}

static bool read_sloppy(const cJSON *json, const char *path, struct namespace_spec *spec,
                        struct mistake *m)
{
    const struct argument sloppy = {"sloppy", ARGUMENT_NUMBER, .max = INT64_MAX};
    struct argument_value v = {.given = true};
    if (!call_argument_read(&sloppy, path, json, &v, m))
        return false;
    spec->sloppy = (uint64_t)v.number;
    return true;
}

static bool read_account_number(const cJSON *json, const char *path, int64_t *out,
                                struct mistake *m)
{
    const struct argument number = {"", ARGUMENT_NUMBER, .min = 1, .max = ACCOUNT_NUMBER_MAX};
    struct argument_value v = {.given = true};
    if (!call_argument_read(&number, path, json, &v, m))
        return false;
    *out = v.number;
    return true;
}

static bool read_uin(const cJSON *json, const char *path, struct namespace_spec *spec,
                     struct mistake *m)
{
    return read_account_number(json, path, &spec->account.uin, m);
}

static bool read_app_id(const cJSON *json, const char *path, struct namespace_spec *spec,
                        struct mistake *m)
{
    return read_account_number(json, path, &spec->account.app_id, m);
}

static bool is_in(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool unknown(struct mistake *m, const char *path, const char *name, bool in_file)
{
    struct nearest nearest = nearest_to(bytes_of(name));
    schema_try_names(&spec_schema, &nearest);
    if (in_file)
        nearest_try(&nearest, "namespaces");
    return mistake_unknown(m, path, &nearest);
}

bool spec_read(const struct cJSON *object, const char *prefix, bool in_file,
               struct namespace_spec *spec, struct mistake *m)
{
    static const struct {
        const char *name;
        bool (*read)(const cJSON *json, const char *path, struct namespace_spec *spec,
                     struct mistake *m);
    } members[] = {{"name", read_name},     {"seed", read_seed}, {"clock", read_clock},
                   {"limits", read_limits}, {"uin", read_uin},   {"appId", read_app_id},
                   {"sloppy", read_sloppy}};
    static const char *const of_what_is_in_it[] = {"credentials", "queues", "topics", "faults",
                                                   NULL};
    static const char *const of_the_file[] = {"namespaces", NULL};
    const cJSON *item;
    if (!cJSON_IsObject(object))
        return MISTAKE_INVALID(m, prefix, "%s must be a JSON object",
                               prefix[0] != '\0' ? prefix : "this");
    if (!twins_none(object, prefix, m))
        return false;
    cJSON_ArrayForEach (item, object) {
        char path[PATH_SIZE];
        size_t i = 0;
        mistake_path(path, prefix, item->string);
        while (i < COUNT(members) && strcmp(item->string, members[i].name) != 0)
            i++;
        if (i < COUNT(members)) {
            if (!members[i].read(item, path, spec, m))
                return false;
        } else if (!is_in(item->string, of_what_is_in_it) &&
                   !(in_file && is_in(item->string, of_the_file))) {
            return unknown(m, path, item->string, in_file);
        }
    }
    return true;
}

size_t spec_things(const cJSON *object)
{
    static const char *const lists[] = {"credentials", "queues", "topics", "faults"};
    size_t count = 0;
    const cJSON *topic;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        count += (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(object, lists[i]));
    cJSON_ArrayForEach (topic, cJSON_GetObjectItemCaseSensitive(object, "topics"))
        count += (size_t)cJSON_GetArraySize(
            cJSON_GetObjectItemCaseSensitive(topic, "subscriptions"));
    return count;
}

bool spec_make(struct registry *r, const struct namespace_spec *spec, cmq_ms real_now_ms,
               struct namespace **out, struct mistake *m)
{
    switch (registry_create(r, spec, real_now_ms, out)) {
    case REGISTRY_OK:
        break;
    case REGISTRY_TAKEN:
        return mistake_set(m, 409, "namespace-exists", "name",
                           "there is a namespace %s already", spec->name);
    case REGISTRY_FULL:
        return mistake_set(m, 409, "too-many-namespaces", "",
                           "there are as many namespaces as --max-namespaces allows");
    case REGISTRY_NO_MEMORY:
        return mistake_set(m, 500, "no-memory", "", "no memory for another namespace");
    }
    return true;
}

/* ---- credentials, queues, topics and faults ---- */

/* The context of add_credential() and add_fault(). */
struct adding {
    struct registry *registry;
    struct namespace *ns;
};

static bool read_credential(const cJSON *json, const char *path, struct credential_texts *out,
                            struct mistake *m)
{
    const struct {
        const char *name;
        size_t max;
        struct bytes *to;
    } members[] = {{"secretId", SECRET_ID_MAX, &out->id},
                   {"secretKey", SECRET_KEY_MAX, &out->key},
                   {"token", SECRET_TOKEN_MAX, &out->token}};
    const cJSON *item;
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(
            m, path, "%s must be an object: {\"secretId\",\"secretKey\",\"token\"}", path);
    cJSON_ArrayForEach (item, json) {
        char member[PATH_SIZE];
        size_t i = 0;
        mistake_path(member, path, item->string);
        while (i < COUNT(members) && strcmp(item->string, members[i].name) != 0)
            i++;
        if (i == COUNT(members))
            return schema_refuse(&credential_schema, member, item->string, m);
        const char *text = cJSON_GetStringValue(item);
        if (text == NULL || text[0] == '\0' || strlen(text) > members[i].max)
            return MISTAKE_INVALID(m, member, "%s must be a text of 1 to %zu bytes", member,
                                   members[i].max);
        *members[i].to = bytes_of(text);
    }
    if (out->id.data == NULL || out->key.data == NULL)
        return MISTAKE_INVALID(m, path, "%s needs secretId and secretKey", path);
    return true;
}

static bool add_credential(const cJSON *json, const char *path, void *context,
                           struct mistake *m)
{
    const struct adding *to = context;
    struct credential_texts texts = {.id = {NULL, 0}};
    if (!read_credential(json, path, &texts, m))
        return false;
    switch (registry_add_credential(to->registry, to->ns, &texts)) {
    case REGISTRY_TAKEN:
        return mistake_set(m, 409, "credential-exists", path,
                           "the secret id %.*s belongs to a namespace already",
                           (int)texts.id.len, texts.id.data);
    case REGISTRY_NO_MEMORY:
        return mistake_set(m, 500, "no-memory", path, "no memory for a credential");
    case REGISTRY_FULL:
        return mistake_set(m, 409, "memory-full", path,
                           "what is stored takes as many bytes as --max-memory allows");
    case REGISTRY_OK:
        break;
    }
    return true;
}

static bool add_fault(const cJSON *json, const char *path, void *context, struct mistake *m)
{
    const struct adding *to = context;
    return fault_rule_make(json, path, to->ns, m) != NULL;
}

bool spec_fill(const struct cJSON *object, const char *prefix, struct registry *r,
               struct namespace *ns, struct mistake *m)
{
    struct adding to = {r, ns};
    assert(ns->depth > 0);
    return items_each(object, prefix, "credentials", add_credential, &to, m) &&
           resources_make(object, prefix, ns->engine, m) &&
           items_each(object, prefix, "faults", add_fault, &to, m);
}
