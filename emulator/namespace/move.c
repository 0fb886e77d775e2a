/* The legs of a move.
 *
 *   MOVE_TO      one leg, and more while pushes that land make more due at its last instant
 *   MOVE_STEPS   a leg for each event, limited to that one firing
 *   MOVE_RUN     the same, but the condition is judged before each; and a last leg through
 * empty time when the span ends after the last event within it
 *
 * A leg may end early, at pushes that are in flight; so nothing here assumes that a leg went as
 * far as it was told. The next leg is found from where the engine stands and from what has
 * fired, which is why all of the state of a move is in its record. */
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

/* Also while something is due at to_ms itself: pushes that have landed may have caused it. */
static bool next_to_instant(const struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    *until_ms = m->to_ms;
    return engine_now_ms(e) < m->to_ms || engine_wake_ms(e) <= m->to_ms;
}

/* A leg of one event: to its instant, and until one more has fired. */
static void go_through(struct move *m, const struct event_view *event, cmq_ms *until_ms)
{
    m->firings.limit = m->firings.fired + 1;
    *until_ms = event->at_ms;
}

static bool next_step(struct move *m, const struct engine *e, cmq_ms *until_ms)
{
    struct event_view next;
    if (m->firings.fired >= m->events || !engine_next_event(e, &next) ||
        next.at_ms > CMQ_LAST_MS)
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

/* Why the run ends before the next event, in the order of admin 2.3; NULL if it goes on. */
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

/* The condition is judged before each event, so between two events of one instant, too. */
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
    m->in_leg = false;
    m->firings.limit = 0;
}
