#include "control/control.h"

#include "api/json.h"
#include "control/calls.h"
#include "control/instant.h"

#include <stdio.h>

/* ---- what answers have in common ---- */

void write_time(struct buffer *b, const struct namespace *ns)
{
    char text[INSTANT_TEXT_SIZE];
    cmq_ms now_ms = engine_now_ms(ns->engine);
    instant_format(now_ms, text);
    json_key_text(b, "namespace", ns->name);
    json_key_int(b, "nowMs", now_ms);
    json_key_text(b, "now", text);
}

void write_event(struct buffer *b, const struct event_view *v)
{
    json_open(b, '{');
    json_key_int(b, "atMs", v->at_ms);
    json_key_text(b, "kind", event_kind_name(v->kind));
    if (v->queue_name != NULL)
        json_key_text(b, "queue", v->queue_name);
    if (v->topic_name != NULL)
        json_key_text(b, "topic", v->topic_name);
    if (v->subscription_name != NULL)
        json_key_text(b, "subscription", v->subscription_name);
    if (v->msg_id != 0)
        json_key_id(b, "msgId", v->msg_id);
    json_close(b, '}');
}

void write_clock(struct buffer *b, const struct namespace *ns, cmq_ms real_now_ms)
{
    const struct engine *e = ns->engine;
    struct event_view next;
    write_time(b, ns);
    json_key_text(b, "mode", clock_mode_names[ns->clock.mode]);
    json_key_int(b, "realNowMs", real_now_ms);
    json_key_int(b, "offsetMs", engine_now_ms(e) - real_now_ms);
    json_key_int(b, "pendingEvents", (int64_t)engine_pending_count(e));
    json_key_int(b, "parkedPolls", (int64_t)engine_parked_count(e));
    json_key(b, "next");
    if (engine_next_event(e, &next))
        write_event(b, &next);
    else
        json_literal(b, "null");
}

/* ---- routes ---- */

static const struct route *const route_tables[] = {clock_routes, queue_routes,
                                                   namespace_routes};

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

/* The row for method and path; if there is none, a mistake. */
static const struct route *find_route(struct handling *h)
{
    struct control_call *c = h->call;
    struct bytes path = {c->path, c->path_len};
    for (size_t i = 0; i < COUNT(route_tables); i++) {
        for (const struct route *r = route_tables[i]; r->method != NULL; r++) {
            if (!path_matches(r->path, path, &h->name))
                continue;
            if (bytes_equal(c->method, bytes_of(r->method)))
                return r;
            size_t len = strlen(c->allow);
            snprintf(c->allow + len, sizeof c->allow - len, "%s%s", len > 0 ? ", " : "",
                     r->method);
        }
    }
    if (c->allow[0] == '\0') {
        mistake_set(&h->mistake, STATUS_NOT_FOUND, "not-found", "",
                    "the control interface has no path %.*s", (int)path.len, path.data);
    } else {
        mistake_set(&h->mistake, STATUS_METHOD, "method-not-allowed", "",
                    "%.*s takes %s, not %.*s", (int)path.len, path.data, c->allow,
                    (int)c->method.len, c->method.data);
    }
    return NULL;
}

static void write_error(struct buffer *b, const char *code, const char *message,
                        const char *argument)
{
    json_key(b, "error");
    json_open(b, '{');
    json_key_text(b, "code", code);
    json_key_text(b, "message", message);
    if (argument[0] != '\0')
        json_key_text(b, "argument", argument);
    json_close(b, '}');
}

void control_answer_dropped(struct buffer *answer, const struct namespace *home)
{
    json_open(answer, '{');
    write_error(answer, "no-such-namespace", "the namespace was dropped meanwhile", "");
    write_time(answer, home);
    json_close(answer, '}');
}

void control_write_error(struct buffer *answer, const char *code, const char *message)
{
    json_open(answer, '{');
    write_error(answer, code, message, "");
    json_close(answer, '}');
}

static void write_mistake(const struct handling *h)
{
    const struct mistake *m = &h->mistake;
    write_error(h->call->answer, m->code, m->message, m->argument);
    write_time(h->call->answer, h->ns);
}

static bool select_namespace(struct handling *h, const struct form *query)
{
    const struct bytes *name = form_find(query, bytes_of("namespace"));
    struct namespace *ns = h->ns;
    if (name != NULL)
        ns = world_find(h->call->world, *name);
    if (name != NULL && ns == NULL)
        return mistake_set(&h->mistake, STATUS_NOT_FOUND, "no-such-namespace", "namespace",
                           "there is no namespace %.*s", (int)(name->len < 64 ? name->len : 64),
                           name->data);
    h->ns = h->call->namespace = ns;
    namespace_catch_up(ns, h->call->real_now_ms);
    return true;
}

static bool run_route(struct handling *h, const struct route *r, const struct form *query)
{
    cJSON *object = arguments_merge(query, h->call->body, &h->mistake);
    size_t count = r->flags & ROUTE_OWN_ARGUMENTS ? 0 : r->argument_count;
    if (object == NULL)
        return false;
    h->object = object;
    bool done = (r->flags & ROUTE_OWN_ARGUMENTS ||
                 arguments_read(r->arguments, count, object, h->values, &h->mistake)) &&
                r->run(h);
    arguments_free(h->values, count);
    cJSON_Delete(object);
    return done;
}

static bool run(struct handling *h, const struct form *query)
{
    const struct route *r = find_route(h);
    if (r != NULL && h->call->too_large)
        return mistake_set(&h->mistake, STATUS_TOO_LARGE, "too-large", "",
                           "the body is longer than --max-body allows");
    if (r == NULL || !select_namespace(h, query))
        return false;
    h->call->moves = (r->flags & ROUTE_MOVES) != 0;
    bool done = run_route(h, r, query);
    if (!h->ns->dropped)
        world_rearm(h->ns);
    return done;
}

void control_run(struct control_call *c)
{
    struct form query = {NULL, 0, 0, 0};
    struct handling h = {.call = c, .ns = c->world->home};
    bool readable = form_parse(&query, c->query, c->query_len);
    c->path_len = form_decode(c->path, c->path_len);
    c->namespace = c->world->home;
    c->status = STATUS_OK;
    c->allow[0] = '\0';
    c->moves = false;
    c->await = NULL;
    namespace_catch_up(c->namespace, c->real_now_ms);

    json_open(c->answer, '{');
    if (!readable)
        mistake_set(&h.mistake, STATUS_BAD, "invalid-query", "", "too many arguments");
    if (!readable || !run(&h, &query)) {
        c->status = h.mistake.status;
        write_mistake(&h);
    }
    json_close(c->answer, '}');
    if (c->await != NULL)
        buffer_clear(c->answer);
    form_free(&query);
}
