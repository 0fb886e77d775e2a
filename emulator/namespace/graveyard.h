/* graveyard.h - engines that are no longer needed, on their way to be freed.
 *
 * An engine may hold a million messages, and freeing them at once would keep everybody waiting.
 * So a reset and the end of a namespace only bury it, and the loop frees it in slices when it
 * has nothing better to do. */
#ifndef CMQ_NAMESPACE_GRAVEYARD_H
#define CMQ_NAMESPACE_GRAVEYARD_H

#include "base/list.h"
#include "engine/engine.h"

struct graveyard {
    struct list_node engines;
};

void graveyard_init(struct graveyard *g);

/* No poll of e may be parked. Its pushes in flight are abandoned: their tickets are empty. */
void graveyard_bury(struct graveyard *g, struct engine *e);

static inline bool graveyard_is_empty(const struct graveyard *g)
{
    return list_empty(&g->engines);
}

/* Free so many messages at the most, of the engine that was buried first. */
void graveyard_reap(struct graveyard *g, size_t messages);

#endif
