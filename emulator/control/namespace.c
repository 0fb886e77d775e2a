#include "control/namespace.h"

#include <assert.h>

static struct engine *new_engine(const struct engine_config *config, cmq_ms now_ms)
{
    struct engine_config c = *config;
    c.now_ms = now_ms;
    return engine_new(&c);
}

bool namespace_init(struct namespace *ns, const char *name, const struct engine_config *config,
                    cmq_ms real_now_ms, namespace_deliver_fn *deliver, void *deliver_context)
{
    *ns = (struct namespace){
        .name = name,
        .config = *config,
        .engine = new_engine(config, real_now_ms),
        .deliver = deliver,
        .deliver_context = deliver_context,
    };
    return ns->engine != NULL;
}

void namespace_fini(struct namespace *ns)
{
    assert(ns->engine == NULL || engine_parked_count(ns->engine) == 0);
    engine_free(ns->engine);
    ns->engine = NULL;
}

size_t namespace_deliver(struct namespace *ns)
{
    size_t count = 0;
    for (struct parked_poll *p; (p = engine_take_released(ns->engine)) != NULL; count++)
        ns->deliver(ns->deliver_context, ns, p);
    return count;
}

size_t namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal)
{
    size_t released = 0;
    while (!engine_advance(ns->engine, at_ms, journal))
        released += namespace_deliver(ns);
    return released;
}

void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms)
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
    struct engine *fresh = new_engine(&ns->config, real_now_ms);
    if (fresh == NULL)
        return false;
    *released = namespace_end_polls(ns, CMQ_NO_QUEUE);
    engine_free(ns->engine);
    ns->engine = fresh;
    ns->clock = (struct clock){.mode = CLOCK_REAL};
    ns->control_calls = (struct rate){0};
    return true;
}

cmq_ms namespace_wake_real_ms(const struct namespace *ns)
{
    cmq_ms wake_ms = engine_wake_ms(ns->engine);
    if (ns->clock.mode == CLOCK_FROZEN || wake_ms == CMQ_NEVER)
        return CMQ_NEVER;
    return wake_ms - ns->clock.offset_ms;
}
