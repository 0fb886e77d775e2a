/* All calls of the admin interface: which one a request is for, and the index of them. */
#include "admin/handling.h"

#include "admin/openapi.h"
#include "base/json.h"

#include <stdio.h>

static const struct route *const tables[] = {index_routes,   clock_routes,    queue_routes,
                                             topic_routes,   sink_routes,     signature_routes,
                                             fault_routes,   snapshot_routes, namespace_routes,
                                             journal_routes, message_routes,  event_routes};

const struct route *route_next(struct route_cursor *c)
{
    while (c->table < COUNT(tables)) {
        const struct route *r = &tables[c->table][c->row++];
        if (r->method != NULL)
            return r;
        c->table++;
        c->row = 0;
    }
    return NULL;
}

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

static struct bytes without_slash(struct bytes path)
{
    if (bytes_equal(path, bytes_of("/_emulator/")))
        path.len--;
    return path;
}

const struct route *route_of(struct bytes method, struct bytes path, struct bytes *name)
{
    struct route_cursor rows = {0, 0};
    path = without_slash(path);
    for (const struct route *r; (r = route_next(&rows)) != NULL;)
        if (path_matches(r->path, path, name) && method_matches(r, method))
            return r;
    return NULL;
}

const struct route *route_find(struct admin_call *c)
{
    struct bytes path = without_slash((struct bytes){c->path, c->path_len});
    const struct route *found = route_of(c->method, path, &c->name);
    if (found != NULL)
        return found;
    struct route_cursor rows = {0, 0};
    for (const struct route *r; (r = route_next(&rows)) != NULL;)
        if (path_matches(r->path, path, &c->name))
            allow(c, r->method);
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
        [ARGUMENT_DURATION] = "duration",   [ARGUMENT_INSTANT] = "instant",
        [ARGUMENT_NUMBER] = "number",       [ARGUMENT_WORD] = "word",
        [ARGUMENT_INSTANTS] = "instants",   [ARGUMENT_NAME] = "name",
        [ARGUMENT_TEXT] = "text",           [ARGUMENT_MSG_ID] = "id",
        [ARGUMENT_CODE] = "code",           [ARGUMENT_OBJECT] = "object",
        [ARGUMENT_CONDITION] = "condition",
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

void route_path(const char *path, char out[ROUTE_PATH_SIZE])
{
    size_t before = strcspn(path, "*");
    bool open = path[before] != '\0';
    snprintf(out, ROUTE_PATH_SIZE, "%.*s%s%s", (int)before, path, open ? "{name}" : "",
             open ? path + before + 1 : "");
}

static void write_route(struct buffer *b, const struct route *r)
{
    char path[ROUTE_PATH_SIZE];
    route_path(r->path, path);
    json_open(b, '{');
    json_key_text(b, "method", r->method);
    json_key_text(b, "path", path);
    json_key_text(b, "summary", r->summary);
    json_key(b, "arguments");
    json_open(b, '[');
    for (size_t i = 0; i < r->argument_count; i++)
        write_argument(b, &r->arguments[i]);
    json_close(b, ']');
    json_close(b, '}');
}

static const struct schema_member argument_members[] = {
    {"name", TYPE_TEXT, .help = "its name"},
    {"type", TYPE_WORD,
     .choices = "duration|instant|instants|number|word|name|text|id|code|object|condition"},
    {"values", TYPE_TEXT, .flags = MEMBER_LIST | MEMBER_OPTIONAL, .help = "of a word"},
    {"min", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of a number"},
    {"max", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "of a number"},
};
static const struct schema argument_schema =
    SCHEMA("Argument", "An argument of a call.", argument_members);
static const struct schema_member call_members[] = {
    {"method", TYPE_TEXT, .help = "of HTTP"},
    {"path", TYPE_TEXT, .help = "with {name} for what is left open"},
    {"summary", TYPE_TEXT, .help = "what it does"},
    {"arguments", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &argument_schema},
};
static const struct schema call_schema =
    SCHEMA("Call", "A call of the admin interface.", call_members);
static const struct schema_member index_members[] = {
    {"calls", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &call_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema index_answer =
    SCHEMA("Index", "All calls of the admin interface.", index_members);

static bool do_index(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct route_cursor rows = {0, 0};
    json_key(b, "calls");
    json_open(b, '[');
    for (const struct route *r; (r = route_next(&rows)) != NULL;)
        write_route(b, r);
    json_close(b, ']');
    write_time(b, h->ns);
    return true;
}

/* An OpenAPI document has its own members, and the same bytes at any time. */
static bool do_document(struct handling *h)
{
    openapi_write(h->call->answer);
    return true;
}

/* clang-format off */
const struct route index_routes[] = {
    { "GET", "/_emulator",              NULL, 0, ROUTE_ANY_TIME | ROUTE_PAGE, do_index, "this list", .answer = &index_answer },
    { "GET", "/_emulator/openapi.json", NULL, 0, ROUTE_ANY_TIME, do_document, "describes all calls as an OpenAPI document", .answer = &openapi_answer },
    { .method = NULL },
};
/* clang-format on */
