/* Applying the file is a few calls of spec.h. Most of this file finds the line and column of a
 * mistake: a tree of JSON has no positions. So a mistake names its member by a path ("namespaces[1].limits.maxQueues"), and
 * locate() follows that path through the text once more. By then the text is known to be well
 * formed, so skipping values can be simple; if a path cannot be followed to its end, the
 * position reached is reported. */
#include "admin/config.h"

#include "admin/spec.h"
#include "base/json_read.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- positions in a JSON text that is known to be well formed ---- */

static const char *skip_blanks(const char *at)
{
    while (byte_is_blank(*at))
        at++;
    return at;
}

/* The position after a string that begins at the quote. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : at;
}

static const char *skip_word(const char *at)
{
    while (*at != '\0' && !byte_is_blank(*at) && strchr(",:]}", *at) == NULL)
        at++;
    return at;
}

/* The position after a value: brackets are counted, strings are skipped as a whole. */
static const char *skip_value(const char *at)
{
    int depth = 0;
    do {
        at = skip_blanks(at);
        if (*at == '{' || *at == '[')
            depth++;
        if (*at == '}' || *at == ']')
            depth--;
        if (*at == '"')
            at = skip_string(at);
        else if (*at != '\0' && strchr("{}[],:", *at) != NULL)
            at++;
        else
            at = skip_word(at);
    } while (depth > 0 && *at != '\0');
    return at;
}

/* The value of a member of the object at `at`, with *key at its key; NULL if there is none. */
static const char *find_member(const char *at, const char *name, size_t len, const char **key)
{
    for (at = skip_blanks(at + 1); *at == '"'; at = skip_blanks(at)) {
        const char *value = skip_blanks(skip_string(at));
        value = skip_blanks(value + 1); /* after the colon */
        if (strncmp(at + 1, name, len) == 0 && at[1 + len] == '"') {
            *key = at;
            return value;
        }
        at = skip_blanks(skip_value(value));
        if (*at == ',')
            at = skip_blanks(at + 1);
    }
    return NULL;
}

/* The item of the list at `at` with this index, or the last one. */
static const char *find_item(const char *at, unsigned long index)
{
    at = skip_blanks(at + 1);
    while (index-- > 0) {
        const char *behind = skip_blanks(skip_value(at));
        if (*behind != ',')
            break;
        at = skip_blanks(behind + 1);
    }
    return at;
}

/* The position of the member or item with this path, or as near to it as can be found. A
 * member's name may itself contain "." and "[", so the whole rest of the path is tried as one
 * name first. */
static const char *locate(const char *text, const char *path)
{
    const char *value = skip_blanks(text);
    const char *found = value;
    while (*path != '\0') {
        size_t len = strcspn(path, ".[");
        if (*value == '{' && find_member(value, path, strlen(path), &found) != NULL)
            return found;
        if (*value == '{' && len > 0) {
            value = find_member(value, path, len, &found);
            path += len;
        } else if (*value == '[' && *path == '[') {
            char *end;
            value = found = find_item(value, strtoul(path + 1, &end, 10));
            path = *end == ']' ? end + 1 : end;
        } else {
            return found;
        }
        if (value == NULL)
            return found;
        if (*path == '.')
            path++;
    }
    return found;
}

/* Put line and column of position before the message. */
static bool blame(struct mistake *m, const char *text, const char *position)
{
    char message[MISTAKE_SIZE];
    int line = 1;
    const char *line_start = text;
    for (const char *at = text; at < position; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    memcpy(message, m->message, sizeof message);
    snprintf(m->message, sizeof m->message, "%d:%d: %.280s", line,
             (int)(position - line_start) + 1, message);
    return false;
}

/* ---- applying ---- */

static bool make_namespace(struct registry *r, const cJSON *object, const char *path,
                           cmq_ms real_now_ms, struct mistake *m)
{
    struct namespace_spec spec = registry_spec(r);
    if (!spec_read(object, path, true, &spec, m))
        return false;
    if (spec.name[0] == '\0')
        return MISTAKE_INVALID(m, path, "%s needs a name", path);
    if (cJSON_GetObjectItemCaseSensitive(object, "namespaces") != NULL)
        return MISTAKE_INVALID(m, path, "%s: namespaces are not nested", path);
    struct namespace *ns;
    if (!spec_make(r, &spec, real_now_ms, &ns, m)) {
        snprintf(m->argument, sizeof m->argument, "%s", path);
        return false;
    }
    namespace_enter(ns, ENTER_STILL, real_now_ms);
    bool filled = spec_fill(object, path, r, ns, m);
    namespace_leave(ns);
    return filled;
}

/* The outermost object describes "default", which exists already and is made anew. */
static bool remake_home(struct registry *r, const cJSON *root, cmq_ms real_now_ms,
                        struct mistake *m)
{
    struct namespace_spec spec = registry_spec(r);
    if (!spec_read(root, "", true, &spec, m))
        return false;
    if (spec.name[0] != '\0' && strcmp(spec.name, r->home->name) != 0)
        return MISTAKE_INVALID(m, "name", "the first namespace is named default");
    namespace_enter(r->home, ENTER_STILL, real_now_ms);
    bool filled = namespace_respecify(r->home, &spec, real_now_ms)
                      ? spec_fill(root, "", r, r->home, m)
                      : mistake_set(m, 500, "no-memory", "", "no memory for the namespace");
    namespace_leave(r->home);
    return filled;
}

static bool apply(struct registry *r, const cJSON *root, cmq_ms real_now_ms, struct mistake *m)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "namespaces");
    const cJSON *item;
    int i = 0;
    if (!remake_home(r, root, real_now_ms, m))
        return false;
    if (list != NULL && !cJSON_IsArray(list))
        return MISTAKE_INVALID(m, "namespaces", "namespaces must be a list");
    cJSON_ArrayForEach (item, list) {
        char path[MISTAKE_ARGUMENT_SIZE];
        snprintf(path, sizeof path, "namespaces[%d]", i++);
        if (!make_namespace(r, item, path, real_now_ms, m))
            return false;
    }
    return true;
}

/* ---- reading ---- */

/* As many values as the file has room for: nobody waits for them. */
static const struct json_bounds bounds = {.values = SIZE_MAX, .levels = JSON_LEVELS_MAX};

/* Some editors put a byte order mark before a text. */
static const char *behind_mark(const char *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    return strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : text;
}

static bool blame_json(struct mistake *m, const char *text, const char *json,
                       enum json_fault fault)
{
    struct json_scan scan;
    if (fault == JSON_NO_MEMORY)
        return mistake_set(m, 500, "no-memory", "", "no memory for the file");
    json_scan_begin(&scan, &bounds);
    json_scan_add(&scan, bytes_of(json));
    MISTAKE_INVALID(m, "",
                    fault == JSON_NUL        ? "this is a NUL (\\u0000), which no text may have"
                    : fault == JSON_TOO_MUCH ? "this is too long a number, or too deep"
                                             : "this is no JSON");
    return blame(m, text, json + scan.at);
}

bool config_apply(struct registry *r, const char *text, cmq_ms real_now_ms, struct mistake *m)
{
    struct json json;
    const char *begin = behind_mark(text);
    enum json_fault fault = json_read(&json, bytes_of(begin), &bounds);
    if (fault != JSON_GOOD)
        return blame_json(m, text, begin, fault);
    bool applied = apply(r, json.root, real_now_ms, m);
    if (!applied)
        blame(m, text, locate(begin, m->argument));
    json_free(&json);
    return applied;
}
