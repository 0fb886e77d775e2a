/* Moving time, resetting, awaiting: the calls of admin 2 and 9.4.
 *
 * A handler that moves time moves nothing itself. It checks everything, begins a move, sets its
 * plan, and returns; the move is carried out in namespace_leave(), and admin_answer_move()
 * writes the answer from its record when it has arrived, mostly in that same bracket. All such
 * calls, also those that only change the mode of the clock, take turns (ROUTE_IN_TURN): while
 * one move waits for pushes the next call waits for its turn. A reset of all or of the messages
 * does not: it is the way out of a move that waits for an endpoint that hangs. */
#include "admin/admin.h"
#include "admin/handling.h"
#include "base/instant.h"
#include "base/json.h"
#include "base/number.h"

/* ---- answers of moving calls ---- */

static const struct schema_member firing_members[] = {
    {"", TYPE_INCLUDED, .of = &event_schema},
    {"outcome", TYPE_WORD, .flags = MEMBER_OPTIONAL, .help = "of a push that was made",
     .choices = "delivered|failed|dropped"},
    {"error", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "why it was not delivered"},
};
static const struct schema firing_schema =
    SCHEMA("FiredEvent", "An event that has fired.", firing_members);
static const struct schema_member moved_members[] = {
    {"", TYPE_INCLUDED, .of = &clock_schema},
    {"fromMs", TYPE_MS, .help = "where time stood before"},
    {"toMs", TYPE_MS, .help = "where it stands now"},
    {"released", TYPE_NUMBER, .help = "long polls that were answered on the way"},
    {"fired", TYPE_NUMBER, .help = "events that have fired"},
    {"firedByKind", TYPE_NUMBERS, .help = "the same by kind"},
    {"events", TYPE_OBJECT, .flags = MEMBER_LIST, .help = "the first 100 of them",
     .of = &firing_schema},
};
static const struct schema moved_answer = SCHEMA("Moved", "Time was moved.", moved_members);
static const struct schema_member repeats_members[] = {
    {"kind", TYPE_WORD, .words = event_kind_names},
    {"queue", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"topic", TYPE_NAME, .flags = MEMBER_OPTIONAL},
    {"count", TYPE_NUMBER, .help = "how often"},
};
static const struct schema repeats_schema =
    SCHEMA("RepeatedEvent", "An event that fires again and again.", repeats_members);
static const struct schema_member run_members[] = {
    {"", TYPE_INCLUDED, .of = &moved_answer},
    {"stopped", TYPE_WORD, .help = "what ended the run",
     .choices = "condition|agenda-empty|limit|span"},
    {"actual", TYPE_OBJECT, .flags = MEMBER_LIST,
     .help = "what each part of the condition found", .of = &found_schema},
    {"repeats", TYPE_OBJECT, .flags = MEMBER_OPTIONAL,
     .help = "at a limit: the event that fired most often", .of = &repeats_schema},
};
static const struct schema run_answer = SCHEMA(
    "Run", "Time was moved until a condition held, or something else ended that.", run_members);

static void write_firing(const struct admin_call *c, const struct firing *e)
{
    struct buffer *b = c->answer;
    struct event_view view = event_copy_view(&e->event);
    json_open(b, '{');
    write_event_members(b, &view);
    if (e->landed) {
        json_key_text(b, "outcome", push_result_name(e->result));
        write_push_error(b, "error", &e->outcome, c->name_error);
    }
    json_close(b, '}');
}

static void write_firings(const struct admin_call *c, const struct firings *f)
{
    struct buffer *b = c->answer;
    json_key_int(b, "fired", (int64_t)f->fired);
    json_key(b, "firedByKind");
    json_open(b, '{');
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (f->fired_by_kind[kind] > 0)
            json_key_int(b, event_kind_name((enum event_kind)kind),
                         (int64_t)f->fired_by_kind[kind]);
    json_close(b, '}');
    json_key(b, "events");
    json_open(b, '[');
    for (size_t i = 0; i < f->count; i++)
        write_firing(c, &f->events[i]);
    json_close(b, ']');
}

/* The event that fired most often, to explain why a run reached its limit. */
static void write_most_frequent(struct buffer *b, const struct repeat *repeats)
{
    const struct repeat *most = repeats;
    for (int i = 1; i < REPEATS_MAX; i++)
        if (repeats[i].count > most->count)
            most = &repeats[i];
    json_key(b, "repeats");
    json_open(b, '{');
    json_key_text(b, "kind", event_kind_name(most->kind));
    if (most->name[0] != '\0')
        json_key_text(b, most->of_topic ? "topic" : "queue", most->name);
    json_key_int(b, "count", (int64_t)most->count);
    json_close(b, '}');
}

static void write_run(struct buffer *b, const struct admin_call *c, const struct move *m)
{
    json_key_text(b, "stopped", m->stopped);
    json_key(b, "actual");
    condition_write_actual(c->condition, c->namespace->engine, b);
    if (strcmp(m->stopped, "limit") == 0 && m->repeats[0].count > 0)
        write_most_frequent(b, m->repeats);
}

static void write_move(struct buffer *b, const struct admin_call *c, const struct move *m)
{
    json_key_int(b, "fromMs", m->from_ms);
    json_key_int(b, "toMs", engine_now_ms(c->namespace->engine));
    json_key_int(b, "released", (int64_t)m->released);
    write_firings(c, &m->firings);
    if (m->kind == MOVE_RUN)
        write_run(b, c, m);
}

void admin_answer_move(struct admin_call *c)
{
    struct buffer *b = c->answer;
    const struct move *m = c->namespace->move;
    assert(m != NULL);
    json_open(b, '{');
    if (c->reset != NULL) {
        json_key_text(b, "reset", c->reset);
        json_key_int(b, "released", (int64_t)m->released);
    }
    write_clock(b, c->namespace);
    if (c->reset == NULL)
        write_move(b, c, m);
    json_close(b, '}');
}

/* Begin a move for this call, which is then answered when the move has arrived. NULL, with the
 * mistake set, when there is no memory, or the move could never arrive. */
static struct move *begin(struct handling *h, enum move_kind kind)
{
    /* Room for the answer: it must not fail when time has moved. */
    enum { FIRING = 512, REST = 4096 };
    if (is_own_push(h->call)) {
        mistake_own_push(&h->call->mistake);
        return NULL;
    }
    struct move *m = NULL;
    if (buffer_reserve(h->call->answer, FIRINGS_KEPT * FIRING + REST))
        m = namespace_begin_move(h->ns, kind, h->call->wait);
    if (m == NULL)
        mistake_no_memory(&h->call->mistake, "to move time");
    else
        h->call->result = ADMIN_MOVES;
    return m;
}

/* The mistake of going back while there are queues or topics (decisions 35). */
static bool backwards(struct handling *h, const char *argument)
{
    char now[INSTANT_TEXT_SIZE];
    instant_format(engine_now_ms(h->ns->engine), now);
    return mistake_set(&h->call->mistake, STATUS_CONFLICT, "time-backwards", argument,
                       "time stands at %s and cannot go back while the namespace holds queues "
                       "or topics; POST /_emulator/reset empties it",
                       now);
}

/* ---- the calls ---- */

static bool do_clock(struct handling *h)
{
    write_clock(h->call->answer, h->ns);
    return true;
}

static const struct argument freeze_arguments[] = {
    {"at", ARGUMENT_INSTANT, .help = "where time is to stand; where it is, if not given"}};

static bool do_freeze(struct handling *h)
{
    struct engine *e = h->ns->engine;
    cmq_ms now_ms = engine_now_ms(e);
    cmq_ms at_ms = h->values[0].given ? h->values[0].ms : now_ms;
    if (at_ms < now_ms && !engine_empty(e))
        return backwards(h, "at");
    struct move *m = begin(h, MOVE_TO);
    if (m == NULL)
        return false;
    if (at_ms < now_ms)
        namespace_restart(h->ns, at_ms);
    namespace_stand(h->ns, CLOCK_FROZEN);
    m->from_ms = engine_now_ms(e);
    m->to_ms = at_ms;
    return true;
}

static const struct argument advance_arguments[] = {
    {"by", ARGUMENT_DURATION, .help = "how far; either this or to"},
    {"to", ARGUMENT_INSTANT, .help = "where to; either this or by"}};

static bool do_advance(struct handling *h)
{
    const struct argument_value *by = &h->values[0];
    const struct argument_value *to = &h->values[1];
    cmq_ms now_ms = engine_now_ms(h->ns->engine);
    if (by->given && to->given)
        return MISTAKE_INVALID(&h->call->mistake, "to", "give either by or to, not both");
    if (!by->given && !to->given)
        return mistake_set(&h->call->mistake, STATUS_BAD, "missing-argument", "by",
                           "say how far: by (a duration) or to (an instant)");
    if (by->given && by->ms > CMQ_LAST_MS - now_ms)
        return MISTAKE_INVALID(&h->call->mistake, "by",
                               "by leads behind the end of the timeline, the year 9999");
    cmq_ms at_ms = by->given ? now_ms + by->ms : to->ms;
    if (at_ms < now_ms)
        return mistake_set(&h->call->mistake, STATUS_CONFLICT, "time-backwards", "to",
                           "to lies in the past: time moves forwards");
    struct move *m = begin(h, MOVE_TO);
    if (m == NULL)
        return false;
    m->to_ms = at_ms;
    return true;
}

static const struct argument step_arguments[] = {{"events", ARGUMENT_NUMBER, .min = 1,
                                                  .max = 1000000, .otherwise = "1",
                                                  .help = "how many events are to fire"}};

static bool do_step(struct handling *h)
{
    struct move *m = begin(h, MOVE_STEPS);
    if (m == NULL)
        return false;
    m->events = (uint64_t)h->values[0].number;
    return true;
}

/* ---- run ---- */

static const struct argument run_arguments[] = {
    {"until", ARGUMENT_CONDITION, .help = "what is to hold", .needed = true},
    {"limit", ARGUMENT_NUMBER, .min = 0, .max = 10000000, .otherwise = "10000",
     .help = "how many events may fire"},
    {"span", ARGUMENT_DURATION, .help = "how far time may move; any if not given"}};

/* Move the ownership of the condition from the arguments to the call. */
static void keep_condition(struct handling *h)
{
    h->call->condition = h->values[0].condition;
    h->values[0].condition = NULL;
}

static bool is_met(const void *condition, const struct engine *e)
{
    return condition_holds(condition, e);
}

static bool do_run(struct handling *h)
{
    cmq_ms now_ms = engine_now_ms(h->ns->engine);
    if (!h->values[0].given)
        return mistake_set(&h->call->mistake, STATUS_BAD, "missing-argument", "until",
                           "say until when: until (a condition)");
    if (!condition_names_known(h->values[0].condition, h->ns->engine, &h->call->mistake) ||
        (condition_counts(h->values[0].condition) && !has_journal(h, "until")))
        return false;
    struct move *m = begin(h, MOVE_RUN);
    if (m == NULL)
        return false;
    keep_condition(h);
    condition_begin(h->call->condition, &h->ns->journal);
    m->until = is_met;
    m->until_context = h->call->condition;
    m->judging = condition_parts(h->call->condition);
    m->events = (uint64_t)h->values[1].number;
    if (h->values[2].given && h->values[2].ms < CMQ_LAST_MS - now_ms)
        m->to_ms = now_ms + h->values[2].ms;
    return true;
}

/* ---- modes ---- */

static bool do_auto(struct handling *h)
{
    namespace_stand(h->ns, CLOCK_AUTO);
    return do_clock(h);
}

static bool do_resume(struct handling *h)
{
    namespace_resume(h->ns);
    return do_clock(h);
}

static const struct argument hold_argument = {"hold", ARGUMENT_NUMBER, .min = 1,
                                              .max = INT64_MAX, .help = "the number of a hold"};
static const struct schema_member hold_members[] = {
    {"hold", TYPE_NUMBER, .help = "its number"},
    {"", TYPE_INCLUDED, .of = &clock_schema},
};
static const struct schema hold_answer =
    SCHEMA("Hold", "A hold that keeps an automatic clock from jumping.", hold_members);
static const struct schema_member released_members[] = {
    {"released", TYPE_NUMBER, .help = "the number that the hold had"},
    {"", TYPE_INCLUDED, .of = &clock_schema},
};
static const struct schema released_answer =
    SCHEMA("ReleasedHold", "A hold that was released.", released_members);

static bool do_hold(struct handling *h)
{
    uint64_t id = holds_add(&h->ns->holds);
    if (id == 0 && h->ns->holds.count == HOLDS_MAX)
        return mistake_set(&h->call->mistake, STATUS_CONFLICT, "too-many-holds", "",
                           "a namespace has at most %d holds", HOLDS_MAX);
    if (id == 0)
        return mistake_set(&h->call->mistake, STATUS_INTERNAL, "no-memory", "",
                           "no memory for a hold");
    json_key_int(h->call->answer, "hold", (int64_t)id);
    return do_clock(h);
}

static bool do_release_hold(struct handling *h)
{
    int64_t id;
    if (!parse_int(h->name, &id) || id < hold_argument.min ||
        !holds_release(&h->ns->holds, (uint64_t)id))
        return mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-hold", "",
                           "there is no hold %.*s in namespace %s", (int)h->name.len,
                           h->name.data, h->ns->name);
    json_key_int(h->call->answer, "released", id);
    return do_clock(h);
}

/* ---- reset ---- */

/* Return to the wall clock. What falls due until then fires. */
static bool return_to_wall_clock(struct handling *h, const char *argument, const char *reset)
{
    struct engine *e = h->ns->engine;
    cmq_ms wall_ms = namespace_wall_ms(h->ns);
    if (wall_ms < engine_now_ms(e) && !engine_empty(e))
        return backwards(h, argument);
    struct move *m = begin(h, MOVE_TO);
    if (m == NULL)
        return false;
    if (wall_ms < engine_now_ms(e))
        namespace_restart(h->ns, wall_ms);
    m->from_ms = engine_now_ms(e);
    m->to_ms = wall_ms;
    m->to_wall_clock = true;
    h->call->reset = reset;
    return true;
}

static bool do_clock_reset(struct handling *h)
{
    return return_to_wall_clock(h, "", NULL);
}

enum { RESET_ALL, RESET_MESSAGES, RESET_CLOCK };
static const char *const reset_words[] = {"all", "messages", "clock", NULL};
static const struct argument reset_arguments[] = {{"what", ARGUMENT_WORD, .words = reset_words,
                                                   .otherwise = "all",
                                                   .help = "what is to be emptied"}};
static const struct schema_member reset_members[] = {
    {"reset", TYPE_WORD, .help = "what was", .words = reset_words},
    {"released", TYPE_NUMBER, .help = "long polls that waited"},
    {"", TYPE_INCLUDED, .of = &clock_schema},
};
static const struct schema reset_answer =
    SCHEMA("Reset", "A namespace that was emptied, or a part of it.", reset_members);

/* It has no move. */
static bool write_reset(struct admin_call *c)
{
    uint64_t released = c->namespace->delivered - c->delivered_before;
    json_key_text(c->answer, "reset", c->reset);
    json_key_int(c->answer, "released", (int64_t)released);
    write_clock(c->answer, c->namespace);
    return true;
}

static bool do_reset(struct handling *h)
{
    struct admin_call *c = h->call;
    size_t what = h->values[0].word;
    c->delivered_before = h->ns->delivered;
    if (what == RESET_CLOCK && h->ns->move != NULL)
        return mistake_set(&c->mistake, STATUS_CONFLICT, "time-is-moving", "what",
                           "another call moves the time of this namespace");
    if (what == RESET_CLOCK)
        return return_to_wall_clock(h, "what", reset_words[what]);
    if (what == RESET_ALL && !namespace_reset(h->ns))
        return mistake_set(&c->mistake, STATUS_INTERNAL, "no-memory", "",
                           "no memory for a new engine");
    if (what == RESET_ALL && h->ns == c->registry->home)
        registry_forget_retired(c->registry);
    if (what == RESET_MESSAGES) {
        engine_purge(h->ns->engine);
        journal_forget(&h->ns->journal);
    }
    c->reset = reset_words[what];
    c->rest = write_reset;
    if (!namespace_is_being_reset(h->ns) && !engine_has_tasks(h->ns->engine))
        return write_reset(c);
    c->result = ADMIN_PUT_OFF;
    return true;
}

/* ---- agenda ---- */

enum {
    AGENDA_KIND,
    AGENDA_QUEUE,
    AGENDA_TOPIC,
    AGENDA_LIMIT,
    AGENDA_FROM,
    AGENDA_TO,
    AGENDA_EDGES,
    EDGES_MAX = 513,
    SURVEYED_MAX = 1000, /* that are told of a survey */
};
static const struct argument agenda_arguments[] = {
    {"kind", ARGUMENT_WORD, .words = event_kind_names, .help = "only events of this kind"},
    {"queue", ARGUMENT_NAME, .help = "only events of this queue"},
    {"topic", ARGUMENT_NAME, .help = "only events of this topic"},
    {"limit", ARGUMENT_NUMBER, .min = 0, .max = 100000, .otherwise = "100",
     .help = "how many are shown at the most; with from, to or edges 1000"},
    {"from", ARGUMENT_INSTANT, .help = "only events from here on, of all that are pending"},
    {"to", ARGUMENT_INSTANT, .help = "and up to here"},
    {"edges", ARGUMENT_INSTANTS, .min = 2, .max = EDGES_MAX,
     .help = "count all events in the spans between these instants, which rise"},
};
static const struct schema_member cluster_members[] = {
    {"fromMs", TYPE_MS, .help = "where the span begins"},
    {"toMs", TYPE_MS, .help = "where it ends: behind its last millisecond"},
    {"count", TYPE_NUMBER, .help = "events in it"},
    {"byKind", TYPE_NUMBERS, .help = "the same by kind"},
};
static const struct schema cluster_schema =
    SCHEMA("Cluster", "The events in a span of time.", cluster_members);
static const struct schema_member agenda_members[] = {
    {"", TYPE_INCLUDED, .of = &clock_schema},
    {"events", TYPE_OBJECT, .flags = MEMBER_LIST, .help = "in the order in which they fire",
     .of = &event_schema},
    {"clusters", TYPE_OBJECT, .flags = MEMBER_LIST | MEMBER_OPTIONAL,
     .help = "with edges: of each span that has events, in order", .of = &cluster_schema},
    {"lastMs", TYPE_MS, .flags = MEMBER_OPTIONAL | MEMBER_OR_NULL,
     .help = "with from, to or edges: when the last of all pending events is due"},
    {"looked", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "at how many events, where these are not all"},
    {"total", TYPE_NUMBER, .help = "all there are, of those that are asked for"},
};
static const struct schema agenda_answer =
    SCHEMA("Agenda", "What will happen by itself.", agenda_members);

static struct event_filter filter_of(const struct argument_value *values)
{
    struct event_filter f = {.has_kind = values[AGENDA_KIND].given,
                             .has_queue = values[AGENDA_QUEUE].given,
                             .has_topic = values[AGENDA_TOPIC].given,
                             .kind = (enum event_kind)values[AGENDA_KIND].word};
    memcpy(f.queue, values[AGENDA_QUEUE].name, sizeof f.queue);
    memcpy(f.topic, values[AGENDA_TOPIC].name, sizeof f.topic);
    return f;
}

/* Those that are asked for, among the first of the agenda; returns how many there are, which may
 * be more than are written. With a filter all that are looked at count. */
static int64_t write_agenda(struct handling *h, bool filtered, int64_t limit, int64_t looks)
{
    struct buffer *b = h->call->answer;
    struct event_filter filter = filter_of(h->values);
    struct agenda_cursor cursor = {NULL};
    struct event_view v;
    int64_t total = 0;
    while ((filtered || total < limit) && looks-- > 0 &&
           engine_walk_agenda(h->ns->engine, &cursor, &v)) {
        if (!event_filter_fits(&filter, &v))
            continue;
        if (total++ >= limit)
            continue;
        json_open(b, '{');
        write_event_members(b, &v);
        json_close(b, '}');
    }
    return total;
}

/* ---- all of the agenda, by spans of time ---- */

bool agenda_is_surveyed(const struct admin_call *c)
{
    static const char *const names[] = {"from", "to", "edges"};
    bool is_given = c->survey != NULL;
    for (size_t i = 0; i < COUNT(names); i++)
        is_given =
            is_given || cJSON_GetObjectItemCaseSensitive(c->given.object, names[i]) != NULL;
    return is_given;
}

static void write_cluster(struct buffer *b, const struct survey *s, size_t span)
{
    const uint64_t *counts = &s->counts[span * EVENT_KINDS];
    uint64_t all = 0;
    for (size_t kind = 0; kind < EVENT_KINDS; kind++)
        all += counts[kind];
    if (all == 0)
        return;
    json_open(b, '{');
    json_key_int(b, "fromMs", s->edges[span]);
    json_key_int(b, "toMs", s->edges[span + 1]);
    json_key_int(b, "count", (int64_t)all);
    json_key(b, "byKind");
    json_open(b, '{');
    for (size_t kind = 0; kind < EVENT_KINDS; kind++)
        if (counts[kind] > 0)
            json_key_int(b, event_kind_names[kind], (int64_t)counts[kind]);
    json_close(b, '}');
    json_close(b, '}');
}

static void write_clusters(struct buffer *b, const struct survey *s)
{
    json_key(b, "clusters");
    json_open(b, '[');
    for (size_t span = 0; span + 1 < s->of.edges; span++)
        write_cluster(b, s, span);
    json_close(b, ']');
}

static bool answer_survey(struct admin_call *c)
{
    struct survey *s = c->survey;
    struct buffer *b = c->answer;
    survey_end(s);
    write_clock(b, c->namespace);
    json_key(b, "events");
    json_open(b, '[');
    for (size_t i = 0; i < s->told; i++) {
        struct event_view v = event_copy_view(&s->events[i].event);
        json_open(b, '{');
        write_event_members(b, &v);
        json_close(b, '}');
    }
    json_close(b, ']');
    if (s->of.edges > 0)
        write_clusters(b, s);
    write_ms_or_null(b, "lastMs", s->last_ms >= 0, s->last_ms);
    json_key_int(b, "total", (int64_t)s->total);
    return true;
}

/* What is asked of the survey; false, with the mistake, if it cannot be told. */
static bool take_question(struct handling *h, struct survey_of *of)
{
    const struct argument_value *values = h->values;
    struct mistake *m = &h->call->mistake;
    *of =
        (struct survey_of){.from_ms = values[AGENDA_FROM].given ? values[AGENDA_FROM].ms : 0,
                           .to_ms = values[AGENDA_TO].given ? values[AGENDA_TO].ms : CMQ_NEVER,
                           .most = (size_t)values[AGENDA_LIMIT].number,
                           .filter = filter_of(values)};
    cmq_ms ms;
    if (values[AGENDA_EDGES].given)
        for (const char *rest = values[AGENDA_EDGES].list;
             call_argument_next_instant(&rest, &ms);)
            of->edges++;
    if (of->most > SURVEYED_MAX)
        return MISTAKE_INVALID(m, "limit", "limit is at most %d with from, to or edges",
                               SURVEYED_MAX);
    return of->from_ms <= of->to_ms || MISTAKE_INVALID(m, "to", "to is before from");
}

static bool survey_agenda(struct handling *h)
{
    struct admin_call *c = h->call;
    struct budget *answers = &c->registry->host.budgets.answers;
    struct survey_of of;
    cmq_ms ms;
    size_t n = 0;
    if (!take_question(h, &of))
        return false;
    if (!budget_admits(answers, survey_size(&of)))
        return mistake_answers_full(&c->mistake);
    c->survey = survey_new(&of, answers);
    if (c->survey == NULL)
        return mistake_no_memory(&c->mistake, "for the survey");
    if (of.edges > 0)
        for (const char *rest = h->values[AGENDA_EDGES].list;
             call_argument_next_instant(&rest, &ms);)
            c->survey->edges[n++] = ms;
    c->rest = answer_survey;
    if (namespace_survey(h->ns, c->survey))
        return answer_survey(c);
    c->result = ADMIN_PUT_OFF;
    return true;
}

static bool do_agenda(struct handling *h)
{
    struct buffer *b = h->call->answer;
    if (agenda_is_surveyed(h->call))
        return survey_agenda(h);
    bool filtered = h->values[AGENDA_KIND].given || h->values[AGENDA_QUEUE].given ||
                    h->values[AGENDA_TOPIC].given;
    int64_t limit = h->values[AGENDA_LIMIT].number;
    int64_t pending = (int64_t)engine_pending_count(h->ns->engine);
    write_clock(b, h->ns);
    json_key(b, "events");
    json_open(b, '[');
    int64_t total = write_agenda(h, filtered, limit, AGENDA_LOOKS_MAX);
    json_close(b, ']');
    if (pending > AGENDA_LOOKS_MAX && (filtered || limit > AGENDA_LOOKS_MAX))
        json_key_int(b, "looked", AGENDA_LOOKS_MAX);
    json_key_int(b, "total", filtered ? total : pending);
    return true;
}

/* ---- await ---- */

static const struct argument await_arguments[] = {
    {"until", ARGUMENT_CONDITION, .help = "what is to hold", .needed = true},
    {"timeout", ARGUMENT_DURATION, .otherwise = "10s",
     .help = "how long to wait at the most, in real time; 1h at the most"}};
static const struct schema_member await_members[] = {
    {"satisfied", TYPE_FLAG, .help = "whether the condition holds"},
    {"waitedMs", TYPE_NUMBER, .help = "of real time"},
    {"actual", TYPE_OBJECT, .flags = MEMBER_LIST,
     .help = "what each part of the condition found", .of = &found_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema await_answer =
    SCHEMA("Await", "A condition that was waited for.", await_members);

bool admin_await(struct handling *h, struct condition *condition, cmq_ms timeout_ms,
                 write_awaited_fn *write)
{
    struct admin_call *c = h->call;
    size_t parts = condition_parts(condition);
    if (!budget_take(&c->registry->host.budgets.awaits, parts)) {
        condition_free(condition);
        return mistake_full(&c->mistake, "awaits-full",
                            "as many parts of conditions are awaited as --max-awaits allows");
    }
    c->awaited = parts;
    c->condition = condition;
    condition_begin(condition, &h->ns->journal);
    if (!condition_watch(condition, h->ns->engine, c->wait))
        return mistake_set(&c->mistake, STATUS_INTERNAL, "no-memory", "", "no memory to wait");
    c->write_awaited = write;
    c->await_ms = timeout_ms;
    c->result = ADMIN_AWAITS;
    return true;
}

static void write_awaited(struct admin_call *c, cmq_ms waited_ms)
{
    struct buffer *b = c->answer;
    const struct engine *e = c->namespace->engine;
    json_key(b, "satisfied");
    json_literal(b, condition_holds(c->condition, e) ? "true" : "false");
    json_key_int(b, "waitedMs", waited_ms);
    json_key(b, "actual");
    condition_write_actual(c->condition, e, b);
    write_time(b, c->namespace);
}

static bool do_await(struct handling *h)
{
    struct condition *condition = h->values[0].condition;
    cmq_ms timeout_ms = h->values[1].ms;
    if (!h->values[0].given)
        return mistake_set(&h->call->mistake, STATUS_BAD, "missing-argument", "until",
                           "say what to wait for: until (a condition)");
    if (timeout_ms > AWAIT_MAX_MS)
        return MISTAKE_INVALID(&h->call->mistake, "timeout", "timeout is 1h at the most");
    if (!condition_names_known(condition, h->ns->engine, &h->call->mistake) ||
        (condition_counts(condition) && !has_journal(h, "until")))
        return false;
    h->values[0].condition = NULL; /* it is the call's now */
    return admin_await(h, condition, timeout_ms, write_awaited);
}

/* clang-format off */
const struct route clock_routes[] = {
    { "GET",    "/_emulator/clock",         NULL,              0,                        0,           do_clock, "tells the time and what is pending", .answer = &clock_schema },
    { "POST",   "/_emulator/clock/freeze",  freeze_arguments,  COUNT(freeze_arguments),  ROUTE_MOVES | ROUTE_IN_TURN, do_freeze, "stops time, now or at an instant", .answer = &moved_answer, .mistakes = {"time-backwards", "own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/advance", advance_arguments, COUNT(advance_arguments), ROUTE_MOVES | ROUTE_IN_TURN, do_advance, "moves time by a duration or to an instant", .answer = &moved_answer, .mistakes = {"missing-argument", "time-backwards", "own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/step",    step_arguments,    COUNT(step_arguments),    ROUTE_MOVES | ROUTE_IN_TURN, do_step, "moves to, and through, the next events", .answer = &moved_answer, .mistakes = {"own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/run",     run_arguments,     COUNT(run_arguments),     ROUTE_MOVES | ROUTE_IN_TURN, do_run, "moves until a condition holds", .answer = &run_answer, .mistakes = {"no-journal", "missing-argument", "no-such-queue", "no-such-subscription", "own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/auto",    NULL,              0,                        ROUTE_IN_TURN, do_auto, "lets time jump whenever all clients wait", .answer = &clock_schema, .mistakes = {"own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/resume",  NULL,              0,                        ROUTE_IN_TURN | ROUTE_ACTS, do_resume, "lets time run on from where it stands", .answer = &clock_schema, .mistakes = {"own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/clock/reset",   NULL,              0,                        ROUTE_MOVES | ROUTE_IN_TURN, do_clock_reset, "returns to the wall clock", .answer = &moved_answer, .mistakes = {"time-backwards", "own-push", "reset-meanwhile"} },
    { "GET",    "/_emulator/clock/agenda",  agenda_arguments,  COUNT(agenda_arguments),  ROUTE_AGENDA, do_agenda, "lists pending events in firing order", .answer = &agenda_answer },
    { "POST",   "/_emulator/clock/holds",   NULL,              0,                        0,           do_hold, "keeps automatic time from jumping", .answer = &hold_answer, .mistakes = {"too-many-holds"} },
    { "DELETE", "/_emulator/clock/holds/*", NULL,              0,                        0,           do_release_hold, "releases a hold", .answer = &released_answer, .mistakes = {"no-such-hold"}, .named = &hold_argument },
    { "POST",   "/_emulator/reset",         reset_arguments,   COUNT(reset_arguments),   ROUTE_MOVES, do_reset, "empties the namespace, or a part of it", .answer = &reset_answer, .mistakes = {"time-is-moving", "time-backwards", "own-push", "reset-meanwhile"} },
    { "POST",   "/_emulator/await",         await_arguments,   COUNT(await_arguments),   0,           do_await, "waits, in real time, for a condition", .answer = &await_answer, .mistakes = {"missing-argument", "no-such-queue", "no-such-subscription", "no-journal", "awaits-full"} },
    { .method = NULL },
};
/* clang-format on */
