/* cooling.h - the names of deleted queues and topics, which cannot be used again for a while
 * (decisions 4).
 *
 * Each name that cools down has an event on the agenda. When it fires, or when the timeline is
 * started again, the name is free. */
#ifndef CMQ_ENGINE_COOLING_H
#define CMQ_ENGINE_COOLING_H

#include "engine/event.h"
#include "engine/names.h"
#include "engine/store.h"

struct cooling_name {
    struct name name;      /* in cooling->names */
    struct list_node link; /* in cooling->list */
    struct event free;     /* armed as long as this exists */
    char text[NAME_MAX_LENGTH + 1];
};

struct cooling {
    struct store *store;
    struct names names;
    struct list_node list; /* in the order of deletion */
};

/* False when there is no memory; then cooling_fini() is still to be called. */
bool cooling_init(struct cooling *c, struct store *store, uint64_t seed);
void cooling_fini(struct cooling *c);

/* Let the name of something about to be deleted cool down; does nothing if the limits have no
 * cool-down. False when there is no memory. */
bool cooling_add(struct cooling *c, uint64_t scope, const char *text);

/* The same whatever the limits are, for a name whose event the caller arms. NULL: no memory. */
struct cooling_name *cooling_put(struct cooling *c, uint64_t scope, const char *text);

/* Whether this name, or one that differs from it only in case, is cooling down. */
bool cooling_has(const struct cooling *c, uint64_t scope, struct bytes text);

/* Make one name, or all of them, free for use again. */
void cooling_free(struct cooling *c, struct cooling_name *n);
void cooling_free_all(struct cooling *c);

#endif
