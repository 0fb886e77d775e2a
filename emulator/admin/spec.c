#include "admin/spec.h"

#include "admin/arguments.h"
#include "admin/limits.h"
#include "api/v2/actions.h"
#include "namespace/registry.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = MISTAKE_ARGUMENT_SIZE };

static bool read_clock(const cJSON *json, const char *prefix, struct namespace_spec *spec,
                       struct mistake *m)
{
    static const struct argument members[] = {{"mode", ARGUMENT_WORD, clock_mode_names, 0, 0},
                                              {"at", ARGUMENT_INSTANT, NULL, 0, 0}};
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
            return mistake_unknown(m, path);
        values[i].given = true;
        if (!argument_read(&members[i], path, item, &values[i], m))
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
    const struct argument name = {"name", ARGUMENT_NAME, NULL, 0, 0};
    struct argument_value v = {.given = true};
    if (!argument_read(&name, path, json, &v, m))
        return false;
    memcpy(spec->name, v.name, sizeof spec->name);
    return true;
}

static bool read_seed(const cJSON *json, const char *path, struct namespace_spec *spec,
                      struct mistake *m)
{
    const struct argument seed = {"seed", ARGUMENT_NUMBER, NULL, 0, INT64_MAX};
    struct argument_value v = {.given = true};
    if (!argument_read(&seed, path, json, &v, m))
        return false;
    spec->seed = (uint64_t)v.number;
    return true;
}

static bool is_in(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* Nothing in it, however deep, is given twice. */
static bool has_no_twins(const cJSON *json, const char *prefix, struct mistake *m)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, json) {
        char path[PATH_SIZE];
        mistake_path(path, prefix, item->string != NULL ? item->string : "");
        if (item->string != NULL)
            for (const cJSON *other = item->next; other != NULL; other = other->next)
                if (strcmp(item->string, other->string) == 0)
                    return MISTAKE_INVALID(m, path, "%s is given twice", path);
        if (!has_no_twins(item, item->string != NULL ? path : prefix, m))
            return false;
    }
    return true;
}

bool spec_read(const struct cJSON *object, const char *prefix, bool in_file,
               struct namespace_spec *spec, struct mistake *m)
{
    static const struct {
        const char *name;
        bool (*read)(const cJSON *json, const char *path, struct namespace_spec *spec,
                     struct mistake *m);
    } members[] = {{"name", read_name},
                   {"seed", read_seed},
                   {"clock", read_clock},
                   {"limits", read_limits}};
    static const char *const of_the_file[] = {"credentials", "queues", "topics", "namespaces",
                                              NULL};
    const cJSON *item;
    if (!cJSON_IsObject(object))
        return MISTAKE_INVALID(m, prefix, "%s must be a JSON object",
                               prefix[0] != '\0' ? prefix : "this");
    if (!has_no_twins(object, prefix, m))
        return false;
    cJSON_ArrayForEach (item, object) {
        char path[PATH_SIZE];
        size_t i = 0;
        mistake_path(path, prefix, item->string);
        while (i < 4 && strcmp(item->string, members[i].name) != 0)
            i++;
        if (i < 4) {
            if (!members[i].read(item, path, spec, m))
                return false;
        } else if (!in_file || !is_in(item->string, of_the_file)) {
            return mistake_unknown(m, path);
        }
    }
    return true;
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

/* ---- credentials, queues and topics ---- */

/* Where the things of a file go. */
struct adding {
    struct registry *registry;
    struct namespace *ns;
    const char *topic_name; /* for subscriptions */
};

static bool add_credential(const cJSON *json, const char *path, const struct adding *to,
                           struct mistake *m)
{
    const char *texts[2] = {NULL, NULL};
    const char *const names[2] = {"secretId", "secretKey"};
    const cJSON *item;
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(m, path, "%s must be an object: {\"secretId\",\"secretKey\"}",
                               path);
    cJSON_ArrayForEach (item, json) {
        char member[PATH_SIZE];
        int i = strcmp(item->string, names[0]) == 0 ? 0 : 1;
        mistake_path(member, path, item->string);
        if (i == 1 && strcmp(item->string, names[1]) != 0)
            return mistake_unknown(m, member);
        texts[i] = cJSON_GetStringValue(item);
        if (texts[i] == NULL || texts[i][0] == '\0' || strlen(texts[i]) >= SECRET_SIZE)
            return MISTAKE_INVALID(m, member, "%s must be a text of 1 to %d bytes", member,
                                   SECRET_SIZE - 1);
    }
    if (texts[0] == NULL || texts[1] == NULL)
        return MISTAKE_INVALID(m, path, "%s needs secretId and secretKey", path);
    switch (registry_add_credential(to->registry, to->ns, texts[0], texts[1])) {
    case REGISTRY_TAKEN:
        return mistake_set(m, 409, "credential-exists", path,
                           "the secret id %s belongs to a namespace already", texts[0]);
    case REGISTRY_NO_MEMORY:
        return mistake_set(m, 500, "no-memory", path, "no memory for a credential");
    case REGISTRY_OK:
    case REGISTRY_FULL:
        break;
    }
    return true;
}

static void append_encoded(struct buffer *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        buffer_append_char(out, '%');
        buffer_append_char(out, digits[*c >> 4]);
        buffer_append_char(out, digits[*c & 15]);
    }
}

static bool append_pair(struct buffer *form, const char *name, const cJSON *item,
                        const char *path, struct mistake *m)
{
    char *text = cJSON_IsString(item)                           ? strdup(item->valuestring)
                 : cJSON_IsNumber(item) || cJSON_IsObject(item) ? cJSON_PrintUnformatted(item)
                                                                : NULL;
    if (text == NULL)
        return MISTAKE_INVALID(m, path, "%s must be a text or a number", path);
    buffer_append_char(form, '&');
    buffer_append(form, bytes_of(name));
    buffer_append_char(form, '=');
    append_encoded(form, text);
    free(text);
    return true;
}

/* A list becomes name.0, name.1, ... */
static bool append_parameter(struct buffer *form, const cJSON *item, const char *path,
                             struct mistake *m)
{
    const cJSON *element;
    int i = 0;
    if (!cJSON_IsArray(item))
        return append_pair(form, item->string, item, path, m);
    cJSON_ArrayForEach (element, item) {
        char name[PATH_SIZE];
        char element_path[PATH_SIZE + 16];
        snprintf(name, sizeof name, "%.64s.%d", item->string, i);
        snprintf(element_path, sizeof element_path, "%s[%d]", path, i++);
        if (cJSON_IsObject(element))
            return MISTAKE_INVALID(m, element_path, "%s must be a text or a number",
                                   element_path);
        if (!append_pair(form, name, element, element_path, m))
            return false;
    }
    return true;
}

static bool is_parameter(const struct action *a, const char *name)
{
    for (size_t i = 0; i < a->param_count; i++)
        if (strcmp(a->params[i].name, name) == 0)
            return true;
    return false;
}

/* What the object says, as a client would send it; but for one member, which may be NULL. */
static bool write_form(const cJSON *json, const char *path, const char *action, const char *but,
                       struct buffer *form, struct mistake *m)
{
    const struct action *a = action_find(bytes_of(action));
    const cJSON *item;
    if (!cJSON_IsObject(json))
        return MISTAKE_INVALID(m, path, "%s must be an object with the parameters of %s", path,
                               action);
    buffer_append(form, bytes_of("Action="));
    buffer_append(form, bytes_of(action));
    cJSON_ArrayForEach (item, json) {
        char member[PATH_SIZE];
        mistake_path(member, path, item->string);
        if (but != NULL && strcmp(item->string, but) == 0)
            continue;
        if (!is_parameter(a, item->string))
            return mistake_unknown(m, member);
        if (!append_parameter(form, item, member, m))
            return false;
    }
    return true;
}

/* By the Action itself, so that the file is judged as a client would be. */
static bool run_form(struct buffer *form, const char *path, const cJSON *json,
                     struct namespace *ns, struct mistake *m)
{
    struct buffer answer = {NULL, 0, 0, false};
    struct call call = {.method = bytes_of("POST"),
                        .body = form->data,
                        .body_len = form->len,
                        .answer = &answer,
                        .uncounted = true};
    call_read(&call);
    enum cmq_err err = call_run(&call, ns->engine, NULL);
    if (err != CMQ_OK) {
        char culprit[65];
        char member[PATH_SIZE];
        snprintf(culprit, sizeof culprit, "%.*s", (int)call.culprit.len, call.culprit.data);
        mistake_path(member, path, culprit);
        bool known = cJSON_GetObjectItemCaseSensitive(json, culprit) != NULL;
        MISTAKE_INVALID(m, known ? member : path, "%s: %.*s", path, (int)answer.len,
                        answer.data);
    }
    call_fini(&call);
    buffer_free(&answer);
    return err == CMQ_OK;
}

static bool add_queue(const cJSON *json, const char *path, const struct adding *to,
                      struct mistake *m)
{
    struct buffer form = {NULL, 0, 0, false};
    bool added = write_form(json, path, "CreateQueue", NULL, &form, m) &&
                 run_form(&form, path, json, to->ns, m);
    buffer_free(&form);
    return added;
}

static bool add_subscription(const cJSON *json, const char *path, const struct adding *to,
                             struct mistake *m)
{
    struct buffer form = {NULL, 0, 0, false};
    bool written = write_form(json, path, "Subscribe", NULL, &form, m);
    if (written && cJSON_GetObjectItemCaseSensitive(json, "topicName") != NULL)
        written = MISTAKE_INVALID(m, path, "%s stands below its topic: no topicName", path);
    buffer_append(&form, bytes_of("&topicName="));
    buffer_append(&form, bytes_of(to->topic_name));
    bool added = written && run_form(&form, path, json, to->ns, m);
    buffer_free(&form);
    return added;
}

typedef bool add_fn(const cJSON *json, const char *path, const struct adding *to,
                    struct mistake *m);

/* Add each item of the list that the object has under this name, if it has. */
static bool add_each(const cJSON *object, const char *prefix, const char *name, add_fn *add,
                     const struct adding *to, struct mistake *m)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);
    char path[PATH_SIZE];
    char item_path[PATH_SIZE];
    const cJSON *item;
    int i = 0;
    mistake_path(path, prefix, name);
    if (list == NULL)
        return true;
    if (!cJSON_IsArray(list))
        return MISTAKE_INVALID(m, path, "%s must be a list", path);
    cJSON_ArrayForEach (item, list) {
        if (snprintf(item_path, sizeof item_path, "%s[%d]", path, i++) >= PATH_SIZE)
            return MISTAKE_INVALID(m, path, "%s is too deep", path);
        if (!add(item, item_path, to, m))
            return false;
    }
    return true;
}

static bool add_topic(const cJSON *json, const char *path, const struct adding *to,
                      struct mistake *m)
{
    struct buffer form = {NULL, 0, 0, false};
    struct adding below = *to;
    bool added = write_form(json, path, "CreateTopic", "subscriptions", &form, m) &&
                 run_form(&form, path, json, to->ns, m);
    buffer_free(&form);
    if (!added)
        return false;
    below.topic_name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "topicName"));
    return add_each(json, path, "subscriptions", add_subscription, &below, m);
}

bool spec_fill(const struct cJSON *object, const char *prefix, struct registry *r,
               struct namespace *ns, struct mistake *m)
{
    const struct adding to = {.registry = r, .ns = ns};
    return add_each(object, prefix, "credentials", add_credential, &to, m) &&
           add_each(object, prefix, "queues", add_queue, &to, m) &&
           add_each(object, prefix, "topics", add_topic, &to, m);
}
