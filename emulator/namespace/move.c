#include "namespace/move.h"

#include <stdlib.h>

struct move *move_new(enum move_kind kind, const struct engine *e, struct wait *owner)
{
    struct move *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->owner = owner;
    m->kind = kind;
    m->from_ms = engine_now_ms(e);
    m->to_ms = CMQ_LAST_MS;
    firings_init(&m->firings);
    return m;
}

void move_free(struct move *m)
{
    if (m == NULL)
        return;
    firings_fini(&m->firings);
    free(m);
}

/* To to_ms, and through that instant: pushes that have just landed may have made more due at
 * it. */
static bool next_to_instant(const struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    *until_ms = m->to_ms;
    return engine_now_ms(e) < m->to_ms || engine_wake_ms(e) <= m->to_ms;
}

/* Through one event, and not beyond. */
static void go_through(struct move *m, const struct event_view *event, cmq_ms *until_ms)
{
    m->firings.limit = m->firings.fired + 1;
    *until_ms = event->at_ms;
}

static bool next_step(struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    struct event_view next;
    if (m->firings.fired >= m->events || !engine_next_event(e, &next))
        return false;
    go_through(m, &next, until_ms);
    return true;
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

/* Why the run ends here, before this event; NULL when it does not. */
static const char *why_stop(const struct move *m, const struct engine *e,
                            const struct event_view *next, bool has_next)
{
    if (m->until(m->until_context, e))
        return "condition";
    if (!has_next)
        return "agenda-empty";
    if (m->firings.fired >= m->events)
        return "limit";
    return next->at_ms > m->to_ms ? "span" : NULL;
}

/* A run judges its condition before each event, and so between two events of one instant, too.
 * A span that is not used up by events has a last leg, through empty time. */
static bool next_of_run(struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    struct event_view next;
    if (m->stopped != NULL)
        return false;
    bool has_next = engine_next_event(e, &next);
    m->stopped = why_stop(m, e, &next, has_next);
    if (m->stopped != NULL) {
        *until_ms = m->to_ms;
        return strcmp(m->stopped, "span") == 0;
    }
    count_repeat(m->repeats, &next);
    go_through(m, &next, until_ms);
    return true;
}

bool move_next(struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    switch (m->kind) {
    case MOVE_TO:
        return next_to_instant(m, e, until_ms);
    case MOVE_STEPS:
        return next_step(m, e, until_ms);
    case MOVE_RUN:
        return next_of_run(m, e, until_ms);
    }
    return false;
}

void move_leg_over(struct move *m)
{
    m->firings.limit = 0;
}
