#include "control/control.h"

#include "api/json.h"
#include "control/arguments.h"
#include "control/instant.h"

#include <assert.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    STATUS_OK = 200,
    STATUS_BAD = 400,
    STATUS_NOT_FOUND = 404,
    STATUS_METHOD = 405,
    STATUS_CONFLICT = 409,
    STATUS_TOO_LARGE = 413,
    STATUS_INTERNAL = 500,
};

/* A handler reads its arguments in the order of its row's table, and the part of the path that
 * stands at the row's "*". It either writes its members into the open answer object and
 * returns true, or sets the mistake, has changed nothing and written nothing, and returns
 * false. */
struct handling {
    struct control_call *call;
    struct namespace *ns;
    struct bytes name;
    struct argument_value values[ARGUMENTS_MAX];
    struct mistake mistake;
};

/* ---- what answers have in common ---- */

static void write_instant(struct buffer *b, const char *key, cmq_ms at_ms)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(at_ms, text);
    json_key_text(b, key, text);
}

static void write_time(struct buffer *b, const struct namespace *ns)
{
    cmq_ms now_ms = engine_now_ms(ns->engine);
    json_key_text(b, "namespace", ns->name);
    json_key_int(b, "nowMs", now_ms);
    write_instant(b, "now", now_ms);
}

static void write_event(struct buffer *b, cmq_ms at_ms, enum event_kind kind,
                        const char *queue_name, uint64_t msg_id)
{
    json_open(b, '{');
    json_key_int(b, "atMs", at_ms);
    json_key_text(b, "kind", event_kind_name(kind));
    json_key_text(b, "queue", queue_name);
    if (msg_id != 0)
        json_key_id(b, "msgId", msg_id);
    json_close(b, '}');
}

/* The members of the clock object (design 4.6). */
static void write_clock(const struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct engine *e = h->ns->engine;
    struct event_view next;
    write_time(b, h->ns);
    json_key_text(b, "mode", clock_mode_name(h->ns->clock.mode));
    json_key_int(b, "realNowMs", h->call->real_now_ms);
    json_key_int(b, "offsetMs", engine_now_ms(e) - h->call->real_now_ms);
    json_key_int(b, "pendingEvents", (int64_t)engine_pending_count(e));
    json_key_int(b, "parkedPolls", (int64_t)engine_parked_count(e));
    json_key(b, "next");
    if (engine_next_event(e, &next))
        write_event(b, next.at_ms, next.kind, next.queue_name, next.msg_id);
    else
        json_literal(b, "null");
}

/* ---- the clock ---- */

static bool do_clock(struct handling *h)
{
    write_clock(h);
    return true;
}

static void write_journal(struct buffer *b, const struct journal *j)
{
    json_key_int(b, "fired", (int64_t)j->fired);
    json_key(b, "firedByKind");
    json_open(b, '{');
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (j->fired_by_kind[kind] > 0)
            json_key_int(b, event_kind_name((enum event_kind)kind),
                         (int64_t)j->fired_by_kind[kind]);
    json_close(b, '}');
    json_key(b, "events");
    json_open(b, '[');
    for (size_t i = 0; i < j->count; i++)
        write_event(b, j->events[i].at_ms, j->events[i].kind, j->events[i].queue_name,
                    j->events[i].msg_id);
    json_close(b, ']');
}

/* Freeze the clock and move to at_ms: the body of all calls that move time. */
static void move_frozen(struct handling *h, cmq_ms at_ms)
{
    struct buffer *b = h->call->answer;
    struct journal journal = {.fired = 0};
    cmq_ms from_ms = engine_now_ms(h->ns->engine);
    assert(at_ms >= from_ms);
    clock_freeze(&h->ns->clock, at_ms);
    h->call->released = namespace_move(h->ns, at_ms, &journal);
    write_clock(h);
    json_key_int(b, "fromMs", from_ms);
    json_key_int(b, "toMs", at_ms);
    json_key_int(b, "released", (int64_t)h->call->released);
    write_journal(b, &journal);
}

static bool backwards(struct handling *h, const char *argument)
{
    char now[INSTANT_TEXT_SIZE];
    instant_format(engine_now_ms(h->ns->engine), now);
    return mistake_set(&h->mistake, STATUS_CONFLICT, "time-backwards", argument,
                       "time stands at %s and cannot go back while the namespace holds queues; "
                       "POST /_emulator/reset empties it",
                       now);
}

static const struct argument freeze_arguments[] = {{"at", ARGUMENT_INSTANT, NULL}};

static bool do_freeze(struct handling *h)
{
    struct engine *e = h->ns->engine;
    cmq_ms now_ms = engine_now_ms(e);
    cmq_ms at_ms = h->values[0].given ? h->values[0].ms : now_ms;
    if (at_ms < now_ms && !engine_empty(e))
        return backwards(h, "at");
    if (at_ms < now_ms)
        engine_restart(e, at_ms);
    move_frozen(h, at_ms);
    return true;
}

static const struct argument advance_arguments[] = {{"by", ARGUMENT_DURATION, NULL},
                                                    {"to", ARGUMENT_INSTANT, NULL}};

static bool do_advance(struct handling *h)
{
    const struct argument_value *by = &h->values[0];
    const struct argument_value *to = &h->values[1];
    cmq_ms now_ms = engine_now_ms(h->ns->engine);
    if (by->given && to->given)
        return mistake_set(&h->mistake, STATUS_BAD, "invalid-argument", "to",
                           "give either by or to, not both");
    if (!by->given && !to->given)
        return mistake_set(&h->mistake, STATUS_BAD, "missing-argument", "by",
                           "say how far: by (a duration) or to (an instant)");
    if (by->given && by->ms > CMQ_LAST_MS - now_ms)
        return mistake_set(&h->mistake, STATUS_BAD, "invalid-argument", "by",
                           "by leads behind the end of the timeline, the year 9999");
    cmq_ms at_ms = by->given ? now_ms + by->ms : to->ms;
    if (at_ms < now_ms)
        return mistake_set(&h->mistake, STATUS_CONFLICT, "time-backwards", "to",
                           "to lies in the past: time moves forwards");
    move_frozen(h, at_ms);
    return true;
}

static bool do_resume(struct handling *h)
{
    clock_resume(&h->ns->clock, h->call->real_now_ms);
    write_clock(h);
    return true;
}

/* ---- the rest ---- */

static bool do_health(struct handling *h)
{
    struct buffer *b = h->call->answer;
    json_key_text(b, "status", "ok");
    json_key_text(b, "version", CMQ_VERSION);
    json_key_int(b, "uptimeMs", h->call->real_now_ms - h->call->started_real_ms);
    json_key_int(b, "namespaces", 1);
    write_time(b, h->ns);
    return true;
}

enum { RESET_ALL, RESET_MESSAGES, RESET_CLOCK };
static const char *const reset_words[] = {"all", "messages", "clock", NULL};
static const struct argument reset_arguments[] = {{"what", ARGUMENT_WORD, reset_words}};

static void purge_all(struct engine *e)
{
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        engine_purge_queue(e, q);
}

/* Back to the wall clock. What falls due until then fires. */
static bool reset_clock(struct handling *h)
{
    struct namespace *ns = h->ns;
    cmq_ms real_ms = h->call->real_now_ms;
    if (real_ms < engine_now_ms(ns->engine)) {
        if (!engine_empty(ns->engine))
            return backwards(h, "what");
        engine_restart(ns->engine, real_ms);
    }
    ns->clock = (struct clock){.mode = CLOCK_REAL};
    h->call->released = namespace_move(ns, real_ms, NULL);
    return true;
}

static bool do_reset(struct handling *h)
{
    size_t what = h->values[0].given ? h->values[0].word : RESET_ALL;
    if (what == RESET_ALL && !namespace_reset(h->ns, h->call->real_now_ms, &h->call->released))
        return mistake_set(&h->mistake, STATUS_INTERNAL, "no-memory", "",
                           "no memory for a new engine");
    if (what == RESET_MESSAGES)
        purge_all(h->ns->engine);
    if (what == RESET_CLOCK && !reset_clock(h))
        return false;
    json_key_text(h->call->answer, "reset", reset_words[what]);
    json_key_int(h->call->answer, "released", (int64_t)h->call->released);
    write_clock(h);
    return true;
}

static bool do_purge(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct queue *q = engine_find_queue(h->ns->engine, h->name);
    if (q == NULL)
        return mistake_set(&h->mistake, STATUS_NOT_FOUND, "no-such-queue", "",
                           "there is no queue %.*s in namespace %s", (int)h->name.len,
                           h->name.data, h->ns->name);
    size_t purged = q->delayed.count + q->unconsumed.count + q->deleted.count;
    engine_purge_queue(h->ns->engine, q);
    json_key_text(b, "queueName", q->name);
    json_key_int(b, "purged", (int64_t)purged);
    write_time(b, h->ns);
    return true;
}

/* ---- routes ---- */

struct route {
    const char *method;
    const char *path; /* a "*" stands for one part that is not empty */
    const struct argument *arguments;
    size_t argument_count;
    bool moves;
    bool (*run)(struct handling *h);
};

/* clang-format off */
static const struct route routes[] = {
    { "GET",    "/_emulator/health",            NULL,              0,                        false, do_health },
    { "GET",    "/_emulator/clock",             NULL,              0,                        false, do_clock },
    { "POST",   "/_emulator/clock/freeze",      freeze_arguments,  COUNT(freeze_arguments),  true,  do_freeze },
    { "POST",   "/_emulator/clock/advance",     advance_arguments, COUNT(advance_arguments), true,  do_advance },
    { "POST",   "/_emulator/clock/resume",      NULL,              0,                        false, do_resume },
    { "POST",   "/_emulator/reset",             reset_arguments,   COUNT(reset_arguments),   true,  do_reset },
    { "DELETE", "/_emulator/queues/*/messages", NULL,              0,                        false, do_purge },
};
/* clang-format on */

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
    for (size_t i = 0; i < COUNT(routes); i++) {
        if (!path_matches(routes[i].path, path, &h->name))
            continue;
        if (bytes_equal(c->method, bytes_of(routes[i].method)))
            return &routes[i];
        size_t len = strlen(c->allow);
        snprintf(c->allow + len, sizeof c->allow - len, "%s%s", len > 0 ? ", " : "",
                 routes[i].method);
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

void control_write_error(struct buffer *answer, const char *code, const char *message)
{
    json_open(answer, '{');
    json_key(answer, "error");
    json_open(answer, '{');
    json_key_text(answer, "code", code);
    json_key_text(answer, "message", message);
    json_close(answer, '}');
    json_close(answer, '}');
}

static void write_mistake(const struct handling *h)
{
    struct buffer *b = h->call->answer;
    json_key(b, "error");
    json_open(b, '{');
    json_key_text(b, "code", h->mistake.code);
    json_key_text(b, "message", h->mistake.message);
    if (h->mistake.argument[0] != '\0')
        json_key_text(b, "argument", h->mistake.argument);
    json_close(b, '}');
    write_time(b, h->ns);
}

static bool select_namespace(struct handling *h, const struct form *query)
{
    const struct bytes *name = form_find(query, bytes_of("namespace"));
    h->ns = h->call->namespace;
    return name == NULL || bytes_equal(*name, bytes_of(h->ns->name)) ||
           mistake_set(&h->mistake, STATUS_NOT_FOUND, "no-such-namespace", "namespace",
                       "there is no namespace %.*s", (int)(name->len < 64 ? name->len : 64),
                       name->data);
}

static bool run(struct handling *h, const struct form *query)
{
    const struct route *r = find_route(h);
    if (r != NULL && h->call->too_large)
        return mistake_set(&h->mistake, STATUS_TOO_LARGE, "too-large", "",
                           "the body is longer than --max-body allows");
    if (r == NULL || !select_namespace(h, query) ||
        !arguments_read(r->arguments, r->argument_count, query, h->call->body, h->values,
                        &h->mistake))
        return false;
    h->call->moves = r->moves;
    return r->run(h);
}

void control_run(struct control_call *c)
{
    struct form query = {NULL, 0, 0, 0};
    struct handling h = {.call = c, .ns = c->namespace};
    bool readable = form_parse(&query, c->query, c->query_len);
    c->path_len = form_decode(c->path, c->path_len);
    c->status = STATUS_OK;
    c->allow[0] = '\0';
    c->released = 0;
    c->moves = false;
    namespace_catch_up(c->namespace, c->real_now_ms);

    json_open(c->answer, '{');
    if (!readable)
        mistake_set(&h.mistake, STATUS_BAD, "invalid-query", "", "too many arguments");
    if (!readable || !run(&h, &query)) {
        c->status = h.mistake.status;
        write_mistake(&h);
    }
    json_close(c->answer, '}');
    form_free(&query);
}
