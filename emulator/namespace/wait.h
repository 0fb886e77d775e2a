/* wait.h - a request that waits, in real time, for something in a namespace.
 *
 * A struct wait is a member of its owner, a request that has no answer yet. It waits for one of
 *
 *   a condition   namespace_await(): until it is true. It is judged at once, and then whenever a
 *                 watch has changed of which the wait owns a watcher (engine/watch.h)
 *   its turn      namespace_queue_up(): until no other call moves the time of the namespace
 *   its own move  move.owner: until the move has arrived
 *
 * and ends in namespace_leave(), or when the namespace is reset or dropped, or when its owner
 * gives it up with namespace_forget_wait(). (A parked poll is none of these: it waits in
 * virtual time, and the engine ends it.)
 *
 * end() is called once, within the bracket of the namespace. The wait is over by then, and
 * end() may begin another: a call whose turn has come may begin a move, and wait for that. */
#ifndef CMQ_NAMESPACE_WAIT_H
#define CMQ_NAMESPACE_WAIT_H

#include "base/list.h"
#include "engine/engine.h"

#include <stdbool.h>

enum wait_end {
    WAIT_SATISFIED, /* the condition is true; the turn has come; the move has arrived */
    WAIT_RESET,     /* the namespace was reset, and its move is over */
    WAIT_DROPPED,   /* the namespace is gone */
    WAIT_STOPPING,  /* the program stops, or the client has gone */
};

struct wait;

typedef bool wait_condition(const struct wait *w, const struct engine *e);
typedef void wait_end_fn(struct wait *w, enum wait_end how);

struct wait {
    struct list_node link;    /* in conditions->waits or namespace->turns, else unlinked */
    struct list_node suspect; /* in conditions->suspects, else unlinked */
    wait_condition *is_met;   /* while in conditions->waits, else NULL */
    wait_end_fn *end;         /* set by the owner */
};

#endif
