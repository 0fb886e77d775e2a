#include "namespace/namespace.h"

#include "namespace/move.h"
#include "namespace/registry.h"
#include "namespace/sink.h"

#include <stdlib.h>

void namespace_deliver(struct namespace *ns)
{
    for (struct parked_poll *p; (p = engine_take_released(ns->engine)) != NULL; ns->delivered++)
        ns->registry->deliver(ns->registry->context, ns, p);
}

/* Time must not pass what is in flight. */
static bool is_held_up(const struct namespace *ns)
{
    return clock_stands(&ns->clock) && engine_flight_count(ns->engine) > 0;
}

static size_t end_pushes(struct namespace *ns)
{
    return is_held_up(ns) ? 0 : engine_end_pushes(ns->engine, move_journal(ns->move));
}

bool namespace_settle(struct namespace *ns)
{
    end_pushes(ns);
    return !is_held_up(ns);
}

/* As far as it goes; see namespace_move(). */
static void move(struct namespace *ns, cmq_ms at_ms, struct journal *journal)
{
    struct engine *e = ns->engine;
    bool arrived = false;
    end_pushes(ns);
    while (!arrived && !journal_is_full(journal) &&
           !(is_held_up(ns) && engine_now_ms(e) < at_ms)) {
        arrived = engine_advance(e, at_ms, journal);
        namespace_deliver(ns);
        if (engine_has_offered(e))
            ns->registry->push(ns->registry->context, ns);
        arrived = end_pushes(ns) == 0 && arrived;
    }
}

bool namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal)
{
    move(ns, at_ms, journal);
    if (clock_stands(&ns->clock))
        ns->clock.stands_ms = engine_now_ms(ns->engine);
    return namespace_settle(ns);
}

void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms)
{
    if (!clock_stands(&ns->clock))
        namespace_complete_instant(ns, real_now_ms);
}

/* What fires meanwhile belongs to the move that is under way, if one is. */
void namespace_complete_instant(struct namespace *ns, cmq_ms real_now_ms)
{
    cmq_ms now_ms = clock_now_ms(&ns->clock, real_now_ms);
    cmq_ms engine_ms = engine_now_ms(ns->engine);
    namespace_move(ns, now_ms > engine_ms ? now_ms : engine_ms, move_journal(ns->move));
}

void namespace_land(struct namespace *ns, cmq_ms real_now_ms, struct push_ticket *ticket,
                    const struct push_outcome *outcome)
{
    namespace_catch_up(ns, real_now_ms);
    engine_land_push(ticket, outcome);
    if (ns->move == NULL)
        namespace_complete_instant(ns, real_now_ms);
}

void namespace_end_instant(struct namespace *ns, cmq_ms real_now_ms)
{
    if (engine_landed_count(ns->engine) > 0 && !is_held_up(ns))
        namespace_complete_instant(ns, real_now_ms);
}

void namespace_end_polls(struct namespace *ns, enum cmq_err outcome)
{
    engine_end_all_polls(ns->engine, outcome);
    namespace_deliver(ns);
}

bool namespace_reset(struct namespace *ns, cmq_ms real_now_ms)
{
    struct engine_config config = ns->config;
    config.now_ms = real_now_ms;
    struct engine *fresh = engine_new(&config);
    if (fresh == NULL)
        return false;
    namespace_end_polls(ns, CMQ_NO_QUEUE);
    registry_bury(ns->registry, ns->engine);
    ns->engine = fresh;
    ns->clock = (struct clock){.mode = CLOCK_REAL};
    namespace_release_all_holds(ns);
    ns->last_hold = 0;
    sinks_clear(ns->sinks);
    return true;
}

cmq_ms namespace_wake_real_ms(const struct namespace *ns)
{
    cmq_ms wake_ms = engine_wake_ms(ns->engine);
    if (clock_stands(&ns->clock) || wake_ms == CMQ_NEVER)
        return CMQ_NEVER;
    return wake_ms - ns->clock.offset_ms;
}

bool namespace_may_jump(const struct namespace *ns)
{
    size_t parked = engine_parked_count(ns->engine);
    return ns->clock.mode == CLOCK_AUTO && list_empty(&ns->holds) && ns->move == NULL &&
           !is_held_up(ns) && parked > 0 && ns->open == parked + ns->awaiting;
}

void namespace_jump(struct namespace *ns)
{
    struct event_view next;
    if (engine_next_event(ns->engine, &next))
        namespace_move(ns, next.at_ms, NULL);
}

uint64_t namespace_hold(struct namespace *ns)
{
    struct hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL)
        return 0;
    hold->id = ++ns->last_hold;
    list_append(&ns->holds, &hold->link);
    return hold->id;
}

bool namespace_release_hold(struct namespace *ns, uint64_t id)
{
    for (struct list_node *l = ns->holds.next; l != &ns->holds; l = l->next) {
        struct hold *hold = CONTAINER_OF(l, struct hold, link);
        if (hold->id == id) {
            list_unlink(l);
            free(hold);
            return true;
        }
    }
    return false;
}

void namespace_release_all_holds(struct namespace *ns)
{
    for (struct list_node *l; (l = list_first(&ns->holds)) != NULL;) {
        list_unlink(l);
        free(CONTAINER_OF(l, struct hold, link));
    }
}
