/* Moving time: the calls under /_emulator/clock, run and await. */
#include "control/calls.h"

#include "api/json.h"
#include "control/instant.h"

#include <assert.h>

/* ---- answers of moving calls ---- */

/* A move under way. */
struct move {
    struct journal journal;
    cmq_ms from_ms;
    size_t released;
};

/* A clock that runs stands from now on. */
static void move_begin(struct handling *h, struct move *m)
{
    struct namespace *ns = h->ns;
    *m = (struct move){.from_ms = engine_now_ms(ns->engine)};
    if (!clock_stands(&ns->clock))
        clock_stand(&ns->clock, CLOCK_FROZEN, m->from_ms);
}

static void move_to(struct handling *h, struct move *m, cmq_ms at_ms)
{
    m->journal.limit = 0;
    m->released += namespace_move(h->ns, at_ms, &m->journal);
}

/* Through the next event; false if there is none. */
static bool move_one_event(struct handling *h, struct move *m)
{
    struct event_view next;
    if (!engine_next_event(h->ns->engine, &next))
        return false;
    m->journal.limit = m->journal.fired + 1;
    m->released += namespace_move(h->ns, next.at_ms, &m->journal);
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
        write_event(b, &(struct event_view){.at_ms = j->events[i].at_ms,
                                            .kind = j->events[i].kind,
                                            .queue_name = j->events[i].name,
                                            .msg_id = j->events[i].msg_id});
    json_close(b, ']');
}

static void move_write(struct handling *h, const struct move *m)
{
    struct buffer *b = h->call->answer;
    write_clock(b, h->ns, h->call->real_now_ms);
    json_key_int(b, "fromMs", m->from_ms);
    json_key_int(b, "toMs", engine_now_ms(h->ns->engine));
    json_key_int(b, "released", (int64_t)m->released);
    write_journal(b, &m->journal);
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

/* ---- the calls ---- */

static bool do_clock(struct handling *h)
{
    write_clock(h->call->answer, h->ns, h->call->real_now_ms);
    return true;
}

static const struct argument freeze_arguments[] = {{"at", ARGUMENT_INSTANT, NULL, 0, 0}};

static bool do_freeze(struct handling *h)
{
    struct engine *e = h->ns->engine;
    struct move m;
    cmq_ms now_ms = engine_now_ms(e);
    cmq_ms at_ms = h->values[0].given ? h->values[0].ms : now_ms;
    if (at_ms < now_ms && !engine_empty(e))
        return backwards(h, "at");
    if (at_ms < now_ms)
        engine_restart(e, at_ms);
    clock_stand(&h->ns->clock, CLOCK_FROZEN, engine_now_ms(e));
    move_begin(h, &m);
    move_to(h, &m, at_ms);
    move_write(h, &m);
    return true;
}

static const struct argument advance_arguments[] = {{"by", ARGUMENT_DURATION, NULL, 0, 0},
                                                    {"to", ARGUMENT_INSTANT, NULL, 0, 0}};

static bool do_advance(struct handling *h)
{
    const struct argument_value *by = &h->values[0];
    const struct argument_value *to = &h->values[1];
    struct move m;
    cmq_ms now_ms = engine_now_ms(h->ns->engine);
    if (by->given && to->given)
        return MISTAKE_INVALID(&h->mistake, "to", "give either by or to, not both");
    if (!by->given && !to->given)
        return mistake_set(&h->mistake, STATUS_BAD, "missing-argument", "by",
                           "say how far: by (a duration) or to (an instant)");
    if (by->given && by->ms > CMQ_LAST_MS - now_ms)
        return MISTAKE_INVALID(&h->mistake, "by",
                               "by leads behind the end of the timeline, the year 9999");
    cmq_ms at_ms = by->given ? now_ms + by->ms : to->ms;
    if (at_ms < now_ms)
        return mistake_set(&h->mistake, STATUS_CONFLICT, "time-backwards", "to",
                           "to lies in the past: time moves forwards");
    move_begin(h, &m);
    move_to(h, &m, at_ms);
    move_write(h, &m);
    return true;
}

static const struct argument step_arguments[] = {{"events", ARGUMENT_NUMBER, NULL, 1, 1000000}};

static bool do_step(struct handling *h)
{
    struct move m;
    int64_t events = h->values[0].given ? h->values[0].number : 1;
    move_begin(h, &m);
    while (events-- > 0 && move_one_event(h, &m))
        ;
    move_write(h, &m);
    return true;
}

/* ---- run ---- */

/* How often each kind of event has fired in each queue, for a run that does not end: of the
 * first few such pairs. */
enum { REPEATS_MAX = 32 };
struct repeat {
    char queue_name[QUEUE_NAME_MAX + 1];
    enum event_kind kind;
    uint64_t count;
};

static void count_repeat(struct repeat *repeats, const struct event_view *v)
{
    for (int i = 0; i < REPEATS_MAX; i++) {
        struct repeat *r = &repeats[i];
        if (r->count == 0) {
            memcpy(r->queue_name, v->queue_name, strlen(v->queue_name) + 1);
            r->kind = v->kind;
        }
        if (r->kind == v->kind && strcmp(r->queue_name, v->queue_name) == 0) {
            r->count++;
            return;
        }
    }
}

static void write_most_frequent(struct buffer *b, const struct repeat *repeats)
{
    const struct repeat *most = repeats;
    for (int i = 1; i < REPEATS_MAX; i++)
        if (repeats[i].count > most->count)
            most = &repeats[i];
    json_key(b, "repeats");
    json_open(b, '{');
    json_key_text(b, "kind", event_kind_name(most->kind));
    json_key_text(b, "queue", most->queue_name);
    json_key_int(b, "count", (int64_t)most->count);
    json_close(b, '}');
}

static const struct argument run_arguments[] = {{"until", ARGUMENT_CONDITION, NULL, 0, 0},
                                                {"limit", ARGUMENT_NUMBER, NULL, 0, 10000000},
                                                {"span", ARGUMENT_DURATION, NULL, 0, 0}};

/* One event after the other until something ends the run; returns what did. */
static const char *run(struct handling *h, struct move *m, uint64_t limit, cmq_ms last_ms,
                       struct repeat *repeats)
{
    struct engine *e = h->ns->engine;
    for (;;) {
        struct event_view next;
        if (condition_holds(h->values[0].condition, e))
            return "condition";
        if (!engine_next_event(e, &next))
            return "agenda-empty";
        if (m->journal.fired >= limit)
            return "limit";
        if (next.at_ms > last_ms) {
            move_to(h, m, last_ms);
            return "span";
        }
        count_repeat(repeats, &next);
        move_one_event(h, m);
    }
}

static bool do_run(struct handling *h)
{
    enum { LIMIT = 10000 };
    struct buffer *b = h->call->answer;
    struct repeat repeats[REPEATS_MAX] = {{.count = 0}};
    struct move m;
    cmq_ms now_ms = engine_now_ms(h->ns->engine);
    cmq_ms last_ms = CMQ_LAST_MS;
    if (!h->values[0].given)
        return mistake_set(&h->mistake, STATUS_BAD, "missing-argument", "until",
                           "say until when: until (a condition)");
    if (!condition_names_queues(h->values[0].condition, h->ns->engine, &h->mistake))
        return false;
    if (h->values[2].given && h->values[2].ms < CMQ_LAST_MS - now_ms)
        last_ms = now_ms + h->values[2].ms;

    move_begin(h, &m);
    uint64_t limit = h->values[1].given ? (uint64_t)h->values[1].number : LIMIT;
    const char *stopped = run(h, &m, limit, last_ms, repeats);
    move_write(h, &m);
    json_key_text(b, "stopped", stopped);
    json_key(b, "actual");
    condition_write_actual(h->values[0].condition, h->ns->engine, b);
    if (strcmp(stopped, "limit") == 0 && repeats[0].count > 0)
        write_most_frequent(b, repeats);
    return true;
}

/* ---- modes ---- */

static bool do_auto(struct handling *h)
{
    h->call->world->has_auto = true;
    clock_stand(&h->ns->clock, CLOCK_AUTO, engine_now_ms(h->ns->engine));
    return do_clock(h);
}

static bool do_resume(struct handling *h)
{
    clock_resume(&h->ns->clock, h->call->real_now_ms);
    return do_clock(h);
}

static bool do_hold(struct handling *h)
{
    uint64_t id = namespace_hold(h->ns);
    if (id == 0)
        return mistake_set(&h->mistake, STATUS_INTERNAL, "no-memory", "",
                           "no memory for a hold");
    json_key_int(h->call->answer, "hold", (int64_t)id);
    return do_clock(h);
}

static bool do_release_hold(struct handling *h)
{
    const struct argument number = {"hold", ARGUMENT_NUMBER, NULL, 1, INT64_MAX};
    int64_t id;
    if (!parse_int(h->name, &id) || id < number.min ||
        !namespace_release_hold(h->ns, (uint64_t)id))
        return mistake_set(&h->mistake, STATUS_NOT_FOUND, "no-such-hold", "",
                           "there is no hold %.*s in namespace %s", (int)h->name.len,
                           h->name.data, h->ns->name);
    json_key_int(h->call->answer, "released", id);
    return do_clock(h);
}

/* ---- reset ---- */

/* Back to the wall clock. What falls due until then fires. */
static bool return_to_wall_clock(struct handling *h, const char *argument, struct move *m)
{
    struct namespace *ns = h->ns;
    cmq_ms real_ms = h->call->real_now_ms;
    if (real_ms < engine_now_ms(ns->engine)) {
        if (!engine_empty(ns->engine))
            return backwards(h, argument);
        engine_restart(ns->engine, real_ms);
    }
    *m = (struct move){.from_ms = engine_now_ms(ns->engine)};
    ns->clock = (struct clock){.mode = CLOCK_REAL};
    move_to(h, m, real_ms);
    return true;
}

static bool do_clock_reset(struct handling *h)
{
    struct move m = {.released = 0};
    if (!return_to_wall_clock(h, "", &m))
        return false;
    move_write(h, &m);
    return true;
}

enum { RESET_ALL, RESET_MESSAGES, RESET_CLOCK };
static const char *const reset_words[] = {"all", "messages", "clock", NULL};
static const struct argument reset_arguments[] = {{"what", ARGUMENT_WORD, reset_words, 0, 0}};

static void purge_all(struct engine *e)
{
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        engine_purge_queue(e, q);
}

static bool do_reset(struct handling *h)
{
    size_t what = h->values[0].given ? h->values[0].word : RESET_ALL;
    struct move m = {.released = 0};
    if (what == RESET_ALL && !namespace_reset(h->ns, h->call->real_now_ms, &m.released))
        return mistake_set(&h->mistake, STATUS_INTERNAL, "no-memory", "",
                           "no memory for a new engine");
    if (what == RESET_MESSAGES)
        purge_all(h->ns->engine);
    if (what == RESET_CLOCK && !return_to_wall_clock(h, "what", &m))
        return false;
    json_key_text(h->call->answer, "reset", reset_words[what]);
    json_key_int(h->call->answer, "released", (int64_t)m.released);
    return do_clock(h);
}

/* ---- agenda ---- */

static const char *const kind_words[] = {"delayed",        "visible",     "expired",
                                         "rewind-expired", "dead-letter", "poll-timeout",
                                         "name-free",      "push",        NULL};
_Static_assert(COUNT(kind_words) == EVENT_KINDS + 1, "a word for each kind of event");

static const struct argument agenda_arguments[] = {
    {"kind", ARGUMENT_WORD, kind_words, 0, 0},
    {"queue", ARGUMENT_NAME, NULL, 0, 0},
    {"limit", ARGUMENT_NUMBER, NULL, 0, 100000},
};

static bool is_asked_for(const struct handling *h, const struct event_view *v)
{
    const struct argument_value *kind = &h->values[0];
    const struct argument_value *queue = &h->values[1];
    return (!kind->given || kind->word == (size_t)v->kind) &&
           (!queue->given ||
            (v->queue_name != NULL && strcmp(queue->name, v->queue_name) == 0));
}

static bool do_agenda(struct handling *h)
{
    enum { LIMIT = 100 };
    struct buffer *b = h->call->answer;
    const struct engine *e = h->ns->engine;
    struct agenda_cursor cursor = {NULL};
    struct event_view v;
    bool filtered = h->values[0].given || h->values[1].given;
    int64_t limit = h->values[2].given ? h->values[2].number : LIMIT;
    int64_t total = 0;
    write_clock(b, h->ns, h->call->real_now_ms);
    json_key(b, "events");
    json_open(b, '[');
    while ((filtered || total < limit) && engine_walk_agenda(e, &cursor, &v)) {
        if (!is_asked_for(h, &v))
            continue;
        if (total++ < limit)
            write_event(b, &v);
    }
    json_close(b, ']');
    json_key_int(b, "total", filtered ? total : (int64_t)engine_pending_count(e));
    return true;
}

/* ---- await ---- */

static const struct argument await_arguments[] = {{"until", ARGUMENT_CONDITION, NULL, 0, 0},
                                                  {"timeout", ARGUMENT_DURATION, NULL, 0, 0}};

static bool do_await(struct handling *h)
{
    enum { TIMEOUT_MS = 10000, TIMEOUT_MAX_MS = 3600000 };
    cmq_ms timeout_ms = h->values[1].given ? h->values[1].ms : TIMEOUT_MS;
    if (!h->values[0].given)
        return mistake_set(&h->mistake, STATUS_BAD, "missing-argument", "until",
                           "say what to wait for: until (a condition)");
    if (timeout_ms > TIMEOUT_MAX_MS)
        return MISTAKE_INVALID(&h->mistake, "timeout", "timeout is 1h at the most");
    if (!condition_names_queues(h->values[0].condition, h->ns->engine, &h->mistake))
        return false;
    h->call->await = h->values[0].condition;
    h->call->await_ms = timeout_ms;
    h->values[0].condition = NULL; /* the call's now */
    return true;
}

void control_answer_await(struct buffer *answer, const struct namespace *ns,
                          const struct condition *condition, cmq_ms waited_ms)
{
    bool satisfied = condition_holds(condition, ns->engine);
    json_open(answer, '{');
    json_key(answer, "satisfied");
    json_literal(answer, satisfied ? "true" : "false");
    json_key_int(answer, "waitedMs", waited_ms);
    json_key(answer, "actual");
    condition_write_actual(condition, ns->engine, answer);
    write_time(answer, ns);
    json_close(answer, '}');
}

/* clang-format off */
const struct route clock_routes[] = {
    { "GET",    "/_emulator/clock",         NULL,              0,                        0,           do_clock },
    { "POST",   "/_emulator/clock/freeze",  freeze_arguments,  COUNT(freeze_arguments),  ROUTE_MOVES, do_freeze },
    { "POST",   "/_emulator/clock/advance", advance_arguments, COUNT(advance_arguments), ROUTE_MOVES, do_advance },
    { "POST",   "/_emulator/clock/step",    step_arguments,    COUNT(step_arguments),    ROUTE_MOVES, do_step },
    { "POST",   "/_emulator/clock/run",     run_arguments,     COUNT(run_arguments),     ROUTE_MOVES, do_run },
    { "POST",   "/_emulator/clock/auto",    NULL,              0,                        0,           do_auto },
    { "POST",   "/_emulator/clock/resume",  NULL,              0,                        0,           do_resume },
    { "POST",   "/_emulator/clock/reset",   NULL,              0,                        ROUTE_MOVES, do_clock_reset },
    { "GET",    "/_emulator/clock/agenda",  agenda_arguments,  COUNT(agenda_arguments),  0,           do_agenda },
    { "POST",   "/_emulator/clock/holds",   NULL,              0,                        0,           do_hold },
    { "DELETE", "/_emulator/clock/holds/*", NULL,              0,                        0,           do_release_hold },
    { "POST",   "/_emulator/reset",         reset_arguments,   COUNT(reset_arguments),   ROUTE_MOVES, do_reset },
    { "POST",   "/_emulator/await",         await_arguments,   COUNT(await_arguments),   0,           do_await },
    { NULL,     NULL,                       NULL,              0,                        0,           NULL },
};
/* clang-format on */
