/* conditions.h - the conditions of a namespace for which requests wait.
 *
 * Each is judged when it begins, and whenever something has changed that it looks at; between the two it costs
 * nothing (engine/watch.h). Judging may have to go on in the next slice.
 *
 *     begun, suspect -- conditions_judge(): true --> over, WAIT_SATISFIED
 *          ^------ a watch has changed ------- false
 *
 * Bracket all of it happens within that of the namespace, judging at its end. */
#ifndef CMQ_NAMESPACE_CONDITIONS_H
#define CMQ_NAMESPACE_CONDITIONS_H

#include "base/effort.h"
#include "engine/watch.h"
#include "namespace/wait.h"

struct conditions {
    struct list_node waits;    /* those that wait, in the order in which they began */
    struct list_node suspects; /* those of them whose condition may have become true */
    struct watches watches;    /* of what the conditions look at */
    size_t count;
};

/* False when there is no memory; then they may still be given to conditions_fini(). */
bool conditions_init(struct conditions *c, struct allocator allocator);

/* Nobody may be waiting. */
void conditions_fini(struct conditions *c);

/* w->end must be set, and w be the owner of a watcher for all that the condition looks at. */
void conditions_add(struct conditions *c, struct wait *w, wait_condition *is_met);

/* w waits for a condition: it does so no longer. w->end() is not called. */
void conditions_remove(struct conditions *c, struct wait *w);

/* End the waits whose condition has become true. False when the effort is used up before all are judged. */
bool conditions_judge(struct conditions *c, struct engine *e, struct effort *effort);

/* End all of them. */
void conditions_end(struct conditions *c, enum wait_end how);

#endif
