#include "namespace/graveyard.h"

#include <stdlib.h>

struct grave {
    struct list_node link; /* in graveyard->engines */
    struct engine *engine;
};

void graveyard_init(struct graveyard *g)
{
    list_init(&g->engines);
    g->count = 0;
}

void graveyard_bury(struct graveyard *g, struct engine *e)
{
    struct grave *grave = calloc(1, sizeof *grave);
    assert(engine_parked_count(e) == 0);
    engine_abandon_pushes(e);
    if (grave == NULL) {
        engine_free(e);
        return;
    }
    grave->engine = e;
    list_append(&g->engines, &grave->link);
    g->count++;
}

void graveyard_reap(struct graveyard *g, size_t things)
{
    struct list_node *l = list_first(&g->engines);
    if (l == NULL)
        return;
    struct grave *grave = CONTAINER_OF(l, struct grave, link);
    if (!engine_free_some(grave->engine, things))
        return;
    list_unlink(l);
    free(grave);
    g->count--;
}

/* Messages without bodies are the worst case: 16 Ki of them have more than 3 MiB. */
void graveyard_make_room(struct graveyard *g, const struct budget *budget, size_t bytes)
{
    enum { STEP = 256, STEPS = 64 };
    for (int i = 0; i < STEPS && !graveyard_is_empty(g) && !budget_has(budget, bytes); i++)
        graveyard_reap(g, STEP);
}
