/* Sinks: endpoints inside the emulator, the requests they recorded, and their scripts (admin
 * 10).
 *
 * POST is the endpoint itself, and the only route that reads query and body as they are: any
 * request is accepted and answered by the script, perhaps later (ADMIN_DELAYED). */
#include "admin/handling.h"

#include "admin/listing.h"
#include "base/json.h"
#include "engine/names.h"
#include "namespace/sink.h"

static bool bad_name(struct handling *h)
{
    return mistake_set(
        &h->call->mistake, STATUS_BAD, "invalid-argument", "",
        "a sink's name has 1 to 64 letters, digits, - and _, the first a letter");
}

/* The sink that the path names; NULL, with the mistake set, when it cannot be made. */
static struct sink *get_sink(struct handling *h)
{
    if (!is_name(h->name)) {
        bad_name(h);
        return NULL;
    }
    struct sink *s = sinks_get(h->ns->sinks, h->name);
    if (s == NULL && sinks_have_room(h->ns->sinks))
        mistake_no_memory(&h->call->mistake, "for another sink");
    else if (s == NULL)
        mistake_set(&h->call->mistake, STATUS_CONFLICT, "too-many-sinks", "",
                    "a namespace has at most %d sinks, and what is stored in all of them "
                    "has at most the bytes that --max-memory allows",
                    SINKS_MAX);
    return s;
}

/* lines are "Name: value\n" each, as server/http.c writes them. */
static void write_headers(struct buffer *b, struct bytes lines)
{
    json_key(b, "headers");
    json_open(b, '{');
    while (lines.len > 0) {
        const char *end = memchr(lines.data, '\n', lines.len);
        const char *mark = memchr(lines.data, ':', lines.len);
        struct bytes name = {lines.data, (size_t)(mark - lines.data)};
        json_string(b, name);
        buffer_append_char(b, ':');
        json_string(b, (struct bytes){mark + 2, (size_t)(end - mark) - 2});
        lines.len -= (size_t)(end - lines.data) + 1;
        lines.data = end + 1;
    }
    json_close(b, '}');
}

static void write_record(struct buffer *b, const struct sink_record *r)
{
    json_open(b, '{');
    json_key_int(b, "atMs", r->at_ms);
    json_key_int(b, "status", r->status);
    write_headers(b, r->headers);
    write_body(b, "body", "bodyBase64", r->body, r->blob);
    json_close(b, '}');
}

static void write_script(struct buffer *b, const struct sink_script *script)
{
    json_key(b, "answers");
    json_open(b, '{');
    json_key_int(b, "status", script->status);
    json_key_int(b, "delayMs", script->delay_ms);
    if (script->times > 0)
        json_key_int(b, "times", script->times);
    json_close(b, '}');
}

static void write_page(struct listing *page, const struct sink *s)
{
    for (const struct list_node *l = s->records.next; l != &s->records; l = l->next) {
        if (listing_is_full(page))
            return;
        if (listing_takes(page))
            write_record(page->out, CONTAINER_OF(l, const struct sink_record, link));
    }
}

static const struct argument list_arguments[] = {LISTING_OFFSET,
                                                 LISTING_LIMIT(SINKS_RECORDS_MAX)};

static bool do_list(struct handling *h)
{
    enum { LIMIT = 100 };
    struct buffer *b = h->call->answer;
    struct listing page;
    if (!is_name(h->name))
        return bad_name(h);
    const struct sink *s = sinks_find(h->ns->sinks, h->name);
    json_key_string(b, "sink", h->name);
    json_key_int(b, "total", s != NULL ? (int64_t)s->total : 0);
    json_key_int(b, "dropped", s != NULL ? (int64_t)(s->total - s->count) : 0);
    if (s != NULL)
        write_script(b, &s->script);
    listing_begin(&page, b, "requests", h->values, LIMIT);
    if (s != NULL)
        write_page(&page, s);
    listing_end(&page, s != NULL ? (int64_t)s->count : 0);
    write_time(b, h->ns);
    return true;
}

static const struct argument script_arguments[] = {
    {"status", ARGUMENT_NUMBER, NULL, 200, 599},
    {"times", ARGUMENT_NUMBER, NULL, 1, 1000000000},
    {"delay", ARGUMENT_DURATION, NULL, 0, 0},
};

static bool do_script(struct handling *h)
{
    enum { DELAY_MAX_MS = 3600000 };
    struct buffer *b = h->call->answer;
    const struct argument_value *status = &h->values[0];
    const struct argument_value *times = &h->values[1];
    const struct argument_value *delay = &h->values[2];
    if (delay->given && delay->ms > DELAY_MAX_MS)
        return MISTAKE_INVALID(&h->call->mistake, "delay", "delay is 1h at the most");
    struct sink *s = get_sink(h);
    if (s == NULL)
        return false;
    s->script = (struct sink_script){.status = status->given ? (int)status->number : STATUS_OK,
                                     .delay_ms = delay->given ? delay->ms : 0,
                                     .times = times->given ? times->number : -1};
    json_key_text(b, "sink", s->name);
    write_script(b, &s->script);
    write_time(b, h->ns);
    return true;
}

static bool do_forget(struct handling *h)
{
    struct buffer *b = h->call->answer;
    if (!is_name(h->name))
        return bad_name(h);
    struct sink *s = sinks_find(h->ns->sinks, h->name);
    json_key_string(b, "sink", h->name);
    json_key_int(b, "cleared", s != NULL ? (int64_t)s->total : 0);
    if (s != NULL)
        graveyard_bury_sinks(&h->ns->host->graveyard, sink_take_out(s));
    write_time(b, h->ns);
    return true;
}

/* What has been left behind goes before a record does. */
static void make_room(struct handling *h)
{
    enum { BESIDE = 4096 };
    struct namespace_host *host = h->ns->host;
    if (!graveyard_is_empty(&host->graveyard))
        graveyard_make_room(&host->graveyard, &host->budgets.messages,
                            h->call->headers.len + h->call->body.len + BESIDE);
}

static bool do_take(struct handling *h)
{
    struct admin_call *c = h->call;
    make_room(h);
    bool is_new = sinks_find(h->ns->sinks, h->name) == NULL;
    struct sink *s = get_sink(h);
    struct sink_script script;
    if (s == NULL)
        return false;
    escape_count_more(c->escapes, c->body, true);
    if (!sink_take(s, engine_now_ms(h->ns->engine), c->headers, c->body, c->escapes, &script)) {
        if (is_new)
            sink_free(s);
        return mistake_no_memory(&c->mistake, "for the request");
    }
    c->status = script.status;
    c->delay_ms = script.delay_ms;
    c->result = script.delay_ms > 0 ? ADMIN_DELAYED : ADMIN_ANSWERED;
    json_key_text(c->answer, "sink", s->name);
    json_key_int(c->answer, "total", (int64_t)s->total);
    write_time(c->answer, h->ns);
    return true;
}

/* clang-format off */
const struct route sink_routes[] = {
    { "POST",   "/_emulator/sink/*", NULL,             0,                       ROUTE_RAW, do_take, "is an endpoint for pushes: records the request and answers by its script" },
    { "GET",    "/_emulator/sink/*", list_arguments,   COUNT(list_arguments),   0,         do_list, "shows the requests that a sink got" },
    { "PUT",    "/_emulator/sink/*", script_arguments, COUNT(script_arguments), 0,         do_script, "sets what a sink answers" },
    { "DELETE", "/_emulator/sink/*", NULL,             0,                       0,         do_forget, "clears a sink" },
    { NULL,     NULL,                NULL,             0,                       0,         NULL, NULL },
};
/* clang-format on */
