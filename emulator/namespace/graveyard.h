/* graveyard.h - engines and sinks that are no longer needed, on their way to be freed.
 *
 * An engine may have a million messages, and freeing them at once would block the loop. So a
 * reset, or dropping a namespace, only buries it with the sinks, and the loop frees them in slices
 * between its other work. */
#ifndef CMQ_NAMESPACE_GRAVEYARD_H
#define CMQ_NAMESPACE_GRAVEYARD_H

#include "base/list.h"
#include "engine/engine.h"
#include "namespace/sink.h"

struct graveyard {
    struct list_node graves;
};

void graveyard_init(struct graveyard *g);

/* Take e over. No poll of e may be parked. Its pushes in flight are abandoned: their tickets
 * are void. Without memory for the grave e is freed at once. */
void graveyard_bury(struct graveyard *g, struct engine *e);

/* The same of sinks; NULL is allowed and does nothing. */
void graveyard_bury_sinks(struct graveyard *g, struct sinks *sinks);

static inline bool graveyard_is_empty(const struct graveyard *g)
{
    return list_empty(&g->graves);
}

/* Free about that many things of what was buried first, see engine_free_some(), sinks_free_some(). */
void graveyard_reap(struct graveyard *g, size_t things);

/* What is buried still counts in the budget of the engines. Free as much of it as is needed for that
 * many bytes, in a slice that is long enough for any message. */
void graveyard_make_room(struct graveyard *g, const struct budget *budget, size_t bytes);

#endif
