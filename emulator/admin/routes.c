/* All calls of the admin interface: which one a request is for, and the index of them. */
#include "admin/handling.h"

#include "base/json.h"

#include <stdio.h>

static const struct route *const tables[] = {index_routes, clock_routes,    queue_routes,
                                             topic_routes, sink_routes,     signature_routes,
                                             fault_routes, namespace_routes};

/* ---- finding ---- */

static bool path_matches(const char *pattern, struct bytes path, struct bytes *name)
{
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return bytes_equal(path, bytes_of(pattern));
    struct bytes before = {pattern, (size_t)(star - pattern)};
    struct bytes behind = bytes_of(star + 1);
    if (path.len <= before.len + behind.len ||
        memcmp(path.data, before.data, before.len) != 0 ||
        memcmp(path.data + path.len - behind.len, behind.data, behind.len) != 0)
        return false;
    *name = (struct bytes){path.data + before.len, path.len - before.len - behind.len};
    return memchr(name->data, '/', name->len) == NULL;
}

/* What can be had by GET can be asked for by HEAD. The network leaves out the body. */
static bool method_matches(const struct route *r, struct bytes method)
{
    return bytes_equal(method, bytes_of(r->method)) ||
           (bytes_equal(method, bytes_of("HEAD")) && strcmp(r->method, "GET") == 0);
}

static void allow(struct admin_call *c, const char *method)
{
    size_t len = strlen(c->allow);
    snprintf(c->allow + len, sizeof c->allow - len, "%s%s%s", len > 0 ? ", " : "", method,
             strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct route *route_find(struct admin_call *c)
{
    struct bytes path = {c->path, c->path_len};
    if (bytes_equal(path, bytes_of("/_emulator/")))
        path.len--;
    for (size_t i = 0; i < COUNT(tables); i++) {
        for (const struct route *r = tables[i]; r->method != NULL; r++) {
            if (!path_matches(r->path, path, &c->name))
                continue;
            if (method_matches(r, c->method)) {
                c->allow[0] = '\0';
                return r;
            }
            allow(c, r->method);
        }
    }
    if (c->allow[0] == '\0') {
        mistake_set(&c->mistake, STATUS_NOT_FOUND, "not-found", "",
                    "the admin interface has no path %.*s; GET /_emulator lists its calls",
                    (int)path.len, path.data);
    } else {
        mistake_set(&c->mistake, STATUS_METHOD, "method-not-allowed", "",
                    "%.*s takes %s, not %.*s", (int)path.len, path.data, c->allow,
                    (int)c->method.len, c->method.data);
    }
    return NULL;
}

/* ---- the index ---- */

static void write_words(struct buffer *b, const char *const *words)
{
    json_key(b, "values");
    json_open(b, '[');
    for (; *words != NULL; words++)
        json_string(b, bytes_of(*words));
    json_close(b, ']');
}

static void write_argument(struct buffer *b, const struct argument *a)
{
    static const char *const kinds[] = {
        [ARGUMENT_DURATION] = "duration", [ARGUMENT_INSTANT] = "instant",
        [ARGUMENT_NUMBER] = "number",     [ARGUMENT_WORD] = "word",
        [ARGUMENT_NAME] = "name",         [ARGUMENT_CONDITION] = "condition",
    };
    json_open(b, '{');
    json_key_text(b, "name", a->name);
    json_key_text(b, "type", kinds[a->kind]);
    if (a->kind == ARGUMENT_WORD)
        write_words(b, a->words);
    if (a->kind == ARGUMENT_NUMBER) {
        json_key_int(b, "min", a->min);
        json_key_int(b, "max", a->max);
    }
    json_close(b, '}');
}

static void write_path(struct buffer *b, const char *pattern)
{
    size_t before = strcspn(pattern, "*");
    char path[128];
    snprintf(path, sizeof path, "%.*s%s%s", (int)before, pattern,
             pattern[before] != '\0' ? "{name}" : "",
             pattern[before] != '\0' ? pattern + before + 1 : "");
    json_key_text(b, "path", path);
}

static void write_route(struct buffer *b, const struct route *r)
{
    json_open(b, '{');
    json_key_text(b, "method", r->method);
    write_path(b, r->path);
    json_key_text(b, "summary", r->summary);
    json_key(b, "arguments");
    json_open(b, '[');
    for (size_t i = 0; i < r->argument_count; i++)
        write_argument(b, &r->arguments[i]);
    json_close(b, ']');
    json_close(b, '}');
}

static bool do_index(struct handling *h)
{
    struct buffer *b = h->call->answer;
    json_key(b, "calls");
    json_open(b, '[');
    for (size_t i = 0; i < COUNT(tables); i++)
        for (const struct route *r = tables[i]; r->method != NULL; r++)
            write_route(b, r);
    json_close(b, ']');
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route index_routes[] = {
    { "GET", "/_emulator",  NULL, 0, ROUTE_ANY_TIME, do_index, "this list" },
    { NULL,  NULL,          NULL, 0, 0, NULL,     NULL },
};
/* clang-format on */
