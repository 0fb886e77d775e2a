#include "control/namespace.h"

#include "control/world.h"

#include <assert.h>
#include <stdlib.h>

size_t namespace_deliver(struct namespace *ns)
{
    size_t count = 0;
    for (struct parked_poll *p; (p = engine_take_released(ns->engine)) != NULL; count++)
        ns->world->deliver(ns->world->deliver_context, ns, p);
    return count;
}

size_t namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal)
{
    size_t released = 0;
    bool arrived = false;
    while (!arrived) {
        arrived = engine_advance(ns->engine, at_ms, journal);
        released += namespace_deliver(ns);
        arrived = arrived || journal_is_full(journal);
    }
    if (clock_stands(&ns->clock))
        ns->clock.stands_ms = engine_now_ms(ns->engine);
    return released;
}

void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms)
{
    if (!clock_stands(&ns->clock))
        namespace_complete_instant(ns, real_now_ms);
}

void namespace_complete_instant(struct namespace *ns, cmq_ms real_now_ms)
{
    cmq_ms now_ms = clock_now_ms(&ns->clock, real_now_ms);
    cmq_ms engine_ms = engine_now_ms(ns->engine);
    namespace_move(ns, now_ms > engine_ms ? now_ms : engine_ms, NULL);
}

size_t namespace_end_polls(struct namespace *ns, enum cmq_err outcome)
{
    engine_end_all_polls(ns->engine, outcome);
    return namespace_deliver(ns);
}

bool namespace_reset(struct namespace *ns, cmq_ms real_now_ms, size_t *released)
{
    struct engine_config config = ns->config;
    config.now_ms = real_now_ms;
    struct engine *fresh = engine_new(&config);
    if (fresh == NULL)
        return false;
    *released = namespace_end_polls(ns, CMQ_NO_QUEUE);
    world_bury(ns->world, ns->engine);
    ns->engine = fresh;
    ns->clock = (struct clock){.mode = CLOCK_REAL};
    ns->control_calls = (struct rate){0};
    namespace_release_all_holds(ns);
    ns->last_hold = 0;
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
    return ns->clock.mode == CLOCK_AUTO && list_empty(&ns->holds) && parked > 0 &&
           ns->open == parked + ns->awaiting;
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
