#include "namespace/graveyard.h"

#include <stdlib.h>

struct grave {
    struct list_node link; /* in graveyard->graves */
    struct engine *engine; /* one of the two */
    struct sinks *sinks;
};

void graveyard_init(struct graveyard *g)
{
    list_init(&g->graves);
}

/* False when there is no memory. */
static bool dig(struct graveyard *g, struct engine *e, struct sinks *sinks)
{
    struct grave *grave = calloc(1, sizeof *grave);
    if (grave == NULL)
        return false;
    grave->engine = e;
    grave->sinks = sinks;
    list_append(&g->graves, &grave->link);
    return true;
}

void graveyard_bury(struct graveyard *g, struct engine *e)
{
    assert(engine_parked_count(e) == 0);
    engine_abandon_pushes(e);
    if (!dig(g, e, NULL))
        engine_free(e);
}

void graveyard_bury_sinks(struct graveyard *g, struct sinks *sinks)
{
    if (sinks != NULL && !sinks_free_some(sinks, 1) && !dig(g, NULL, sinks))
        sinks_free(sinks);
}

void graveyard_reap(struct graveyard *g, size_t things)
{
    struct list_node *l = list_first(&g->graves);
    if (l == NULL)
        return;
    struct grave *grave = CONTAINER_OF(l, struct grave, link);
    bool is_empty = grave->engine != NULL ? engine_free_some(grave->engine, things)
                                          : sinks_free_some(grave->sinks, things);
    if (!is_empty)
        return;
    list_unlink(l);
    free(grave);
}

/* Messages without bodies are the worst case: 16 Ki of them have more than 3 MiB. */
void graveyard_make_room(struct graveyard *g, const struct budget *budget, size_t bytes)
{
    enum { STEP = 256, STEPS = 64 };
    for (int i = 0; i < STEPS && !graveyard_is_empty(g) && !budget_has(budget, bytes); i++)
        graveyard_reap(g, STEP);
}
