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

static const struct argument sink_argument = {"sink", ARGUMENT_NAME,
                                              .help = "the name of a sink; it need not exist"};
static const struct schema_member script_members[] = {
    {"status", TYPE_NUMBER, .help = "of HTTP"},
    {"delayMs", TYPE_NUMBER, .help = "of real time"},
    {"times", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "how many more requests are answered so"},
};
static const struct schema script_schema =
    SCHEMA("Script", "What a sink answers.", script_members);
static const struct schema_member record_members[] = {
    {"atMs", TYPE_MS, .help = "when it came"},
    {"status", TYPE_NUMBER, .help = "that was answered"},
    {"headers", TYPE_TEXTS, .help = "as they came"},
    {"body", TYPE_TEXT, .help = "invalid UTF-8 is replaced"},
    {"bodyBase64", TYPE_BASE64, .flags = MEMBER_OPTIONAL,
     .help = "the body where it is no UTF-8"},
    BODY_CUT_MEMBER,
};
static const struct schema record_schema =
    SCHEMA("SinkRequest", "A request that a sink got.", record_members);

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

static void write_record(struct buffer *b, const struct sink_record *r, size_t body_max)
{
    json_open(b, '{');
    json_key_int(b, "atMs", r->at_ms);
    json_key_int(b, "status", r->status);
    write_headers(b, r->headers);
    write_body(b, "body", "bodyBase64", r->body, r->blob, body_max);
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

static void write_page(struct listing *page, const struct sink *s, size_t body_max)
{
    for (const struct list_node *l = s->records.next; l != &s->records; l = l->next) {
        if (listing_is_full(page))
            return;
        if (listing_takes(page))
            write_record(page->out, CONTAINER_OF(l, const struct sink_record, link), body_max);
    }
}

static const struct argument list_arguments[] = {
    LISTING_OFFSET, LISTING_LIMIT(SINKS_RECORDS_MAX, "100"), LISTING_CUT};

static const struct schema_member list_members[] = {
    {"sink", TYPE_NAME, .help = "its name"},
    {"total", TYPE_NUMBER, .help = "requests that it got"},
    {"dropped", TYPE_NUMBER, .help = "of these, which are not kept any more"},
    {"answers", TYPE_OBJECT, .flags = MEMBER_OPTIONAL, .help = "there when the sink exists",
     .of = &script_schema},
    {"requests", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &record_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema list_answer =
    SCHEMA("SinkRequests", "A page of the requests that a sink got.", list_members);

static bool do_list(struct handling *h)
{
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
    listing_begin(&page, b, "requests", h->values);
    if (s != NULL)
        write_page(&page, s, listing_body_max(&h->values[2]));
    listing_end(&page, s != NULL ? (int64_t)s->count : 0);
    write_time(b, h->ns);
    return true;
}

/* ---- all of them ---- */

static const struct schema_member sink_members[] = {
    {"sink", TYPE_NAME, .help = "its name"},
    {"total", TYPE_NUMBER, .help = "requests that it got"},
    {"dropped", TYPE_NUMBER, .help = "of these, which are not kept any more"},
    {"answers", TYPE_OBJECT, .of = &script_schema},
};
static const struct schema sink_schema =
    SCHEMA("Sink", "An endpoint inside the emulator.", sink_members);
static const struct schema_member sinks_members[] = {
    {"sinks", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &sink_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"total", TYPE_NUMBER, .help = "all there are"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema sinks_answer = SCHEMA("Sinks", "A page of sinks.", sinks_members);
static const struct argument sinks_arguments[] = {LISTING_OFFSET,
                                                  LISTING_LIMIT(SINKS_MAX, "1000")};

static bool do_sinks(struct handling *h)
{
    struct buffer *b = h->call->answer;
    const struct sinks *sinks = h->ns->sinks;
    struct listing page;
    listing_begin(&page, b, "sinks", h->values);
    for (const struct sink *s = NULL;
         !listing_is_full(&page) && (s = sinks_next(sinks, s)) != NULL;) {
        if (!listing_takes(&page))
            continue;
        json_open(b, '{');
        json_key_text(b, "sink", s->name);
        json_key_int(b, "total", (int64_t)s->total);
        json_key_int(b, "dropped", (int64_t)(s->total - s->count));
        write_script(b, &s->script);
        json_close(b, '}');
    }
    listing_end(&page, (int64_t)sinks_count(sinks));
    json_key_int(b, "total", (int64_t)sinks_count(sinks));
    write_time(b, h->ns);
    return true;
}

static const struct argument script_arguments[] = {
    {"status", ARGUMENT_NUMBER, .min = 200, .max = 599, .otherwise = "200",
     .help = "the status of HTTP"},
    {"times", ARGUMENT_NUMBER, .min = 1, .max = 1000000000,
     .help = "how many requests are answered so, and later ones by 200; all if not given"},
    {"delay", ARGUMENT_DURATION, .otherwise = "0",
     .help = "of real time, before the answer; 1h at the most"},
};
static const struct schema_member scripted_members[] = {
    {"sink", TYPE_NAME, .help = "its name"},
    {"answers", TYPE_OBJECT, .of = &script_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema scripted_answer =
    SCHEMA("ScriptedSink", "What a sink answers from now on.", scripted_members);

static bool do_script(struct handling *h)
{
    enum { DELAY_MAX_MS = 3600000 };
    struct buffer *b = h->call->answer;
    const struct argument_value *status = &h->values[0];
    const struct argument_value *times = &h->values[1];
    const struct argument_value *delay = &h->values[2];
    if (delay->ms > DELAY_MAX_MS)
        return MISTAKE_INVALID(&h->call->mistake, "delay", "delay is 1h at the most");
    struct sink *s = get_sink(h);
    if (s == NULL)
        return false;
    s->script = (struct sink_script){.status = (int)status->number,
                                     .delay_ms = delay->ms,
                                     .times = times->given ? times->number : -1};
    json_key_text(b, "sink", s->name);
    write_script(b, &s->script);
    write_time(b, h->ns);
    return true;
}

static const struct schema_member cleared_members[] = {
    {"sink", TYPE_NAME, .help = "its name"},
    {"cleared", TYPE_NUMBER, .help = "requests that it got"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema cleared_answer =
    SCHEMA("ClearedSink", "A sink that was cleared.", cleared_members);

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

static const struct schema_member taken_members[] = {
    {"sink", TYPE_NAME, .help = "its name"},
    {"total", TYPE_NUMBER, .help = "requests that it got, this one included"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema taken_answer =
    SCHEMA("TakenRequest", "A request that a sink took.", taken_members);

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
    { "GET",    "/_emulator/sinks",  sinks_arguments,  COUNT(sinks_arguments),  0,         do_sinks, "lists the sinks of a namespace", .answer = &sinks_answer },
    { "POST",   "/_emulator/sink/*", NULL,             0,                       ROUTE_RAW, do_take, "is an endpoint for pushes: records the request and answers by its script", .answer = &taken_answer, .mistakes = {"too-many-sinks"}, .named = &sink_argument },
    { "GET",    "/_emulator/sink/*", list_arguments,   COUNT(list_arguments),   0,         do_list, "shows the requests that a sink got", .answer = &list_answer, .named = &sink_argument },
    { "PUT",    "/_emulator/sink/*", script_arguments, COUNT(script_arguments), 0,         do_script, "sets what a sink answers", .answer = &scripted_answer, .mistakes = {"too-many-sinks"}, .named = &sink_argument },
    { "DELETE", "/_emulator/sink/*", NULL,             0,                       0,         do_forget, "clears a sink", .answer = &cleared_answer, .named = &sink_argument },
    { .method = NULL },
};
/* clang-format on */
