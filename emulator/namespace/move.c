#include "namespace/move.h"

#include <assert.h>
#include <stdlib.h>

struct move *move_new(struct namespace *ns, enum move_kind kind)
{
    assert(ns->move == NULL);
    struct move *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->ns = ns;
    m->kind = kind;
    m->from_ms = engine_now_ms(ns->engine);
    m->released = ns->delivered;
    m->to_ms = CMQ_LAST_MS;
    ns->move = m;
    if (!clock_stands(&ns->clock))
        clock_stand(&ns->clock, CLOCK_FROZEN, m->from_ms);
    return m;
}

void move_free(struct move *m)
{
    engine_forget_journal(m->ns->engine);
    m->ns->move = NULL;
    condition_free(m->until);
    free(m);
}

static void count_repeat(struct repeat *repeats, const struct event_view *v)
{
    bool of_topic = v->topic_name != NULL;
    const char *name = of_topic ? v->topic_name : v->queue_name;
    for (int i = 0; i < REPEATS_MAX; i++) {
        struct repeat *r = &repeats[i];
        if (r->count == 0) {
            memcpy(r->name, name, strlen(name) + 1);
            r->of_topic = of_topic;
            r->kind = v->kind;
        }
        if (r->kind == v->kind && r->of_topic == of_topic && strcmp(r->name, name) == 0) {
            r->count++;
            return;
        }
    }
}

/* Through one event, and not beyond. */
static void move_one_event(struct move *m, const struct event_view *event)
{
    m->journal.limit = m->journal.fired + 1;
    namespace_move(m->ns, event->at_ms, &m->journal);
    m->journal.limit = 0;
}

static bool go_steps(struct move *m)
{
    struct event_view next;
    while (namespace_settle(m->ns)) {
        if (m->journal.fired >= m->events || !engine_next_event(m->ns->engine, &next))
            return true;
        move_one_event(m, &next);
    }
    return false;
}

/* Why the run ends here, before this event; NULL when it does not. */
static const char *why_stop(const struct move *m, const struct event_view *next, bool has_next)
{
    if (condition_holds(m->until, m->ns->engine))
        return "condition";
    if (!has_next)
        return "agenda-empty";
    if (m->journal.fired >= m->events)
        return "limit";
    return next->at_ms > m->to_ms ? "span" : NULL;
}

static bool go_run(struct move *m)
{
    while (namespace_settle(m->ns)) {
        struct event_view next;
        bool has_next = engine_next_event(m->ns->engine, &next);
        m->stopped = why_stop(m, &next, has_next);
        if (m->stopped == NULL) {
            count_repeat(m->repeats, &next);
            move_one_event(m, &next);
            continue;
        }
        if (strcmp(m->stopped, "span") == 0)
            namespace_move(m->ns, m->to_ms, &m->journal);
        return true;
    }
    return false;
}

static bool go(struct move *m)
{
    switch (m->kind) {
    case MOVE_TO:
        return namespace_move(m->ns, m->to_ms, &m->journal);
    case MOVE_STEPS:
        return go_steps(m);
    case MOVE_RUN:
        return go_run(m);
    }
    return true;
}

bool move_go_on(struct move *m)
{
    if (!go(m))
        return false;
    engine_note_pushes(m->ns->engine, &m->journal);
    m->released = m->ns->delivered - m->released;
    if (m->to_wall_clock)
        m->ns->clock = (struct clock){.mode = CLOCK_REAL};
    return true;
}
