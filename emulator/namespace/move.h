/* move.h - a move: the plan of a call that moves time, and a record of what has happened.
 *
 * A move knows where it is to go: to an instant, through a number of events, or until a
 * condition is true. It moves nothing itself. namespace_leave() asks move_next() how far the
 * next leg leads, moves the engine that far, and asks again, until there is no further leg: the
 * move has arrived, and its owner is told.
 *
 *   begun ------> under way ------> arrived: owner->end(WAIT_SATISFIED), freed
 *                  |     ^    \
 *                  v     |     `--> cut short by a reset, a drop, a client that has gone
 *            waits for pushes
 *
 * Virtual time does not pass a push in flight (admin 8), so a move may stop anywhere and go on
 * in a later bracket, when the push has landed; meanwhile other calls are served at the instant
 * where time stands. A leg may also be gone through in slices (namespace.h). A namespace has one move at a time; calls that would begin another one
 * wait for their turn.
 *
 * What fires while a move is under way is recorded in it, whatever caused it. */
#ifndef CMQ_NAMESPACE_MOVE_H
#define CMQ_NAMESPACE_MOVE_H

#include "engine/firings.h"
#include "namespace/wait.h"

enum move_kind {
    MOVE_TO,    /* to to_ms, through all of that instant */
    MOVE_STEPS, /* through the next events, perhaps ending between two of one instant */
    MOVE_RUN,   /* until the condition is true; at most to to_ms, and through events */
};

/* How often each kind of event fired for each queue or topic, to explain why a run did not end.
 * Pairs beyond the first REPEATS_MAX are not counted. */
enum { REPEATS_MAX = 32 };
struct repeat {
    char name[NAME_MAX_LENGTH + 1];
    bool of_topic;
    enum event_kind kind;
    uint64_t count;
};

typedef bool move_condition(const void *context, const struct engine *e);

struct move {
    struct wait *owner; /* ended when the move has arrived or is cut short */

    /* The plan; set by whoever begins it. */
    enum move_kind kind;
    cmq_ms to_ms;          /* CMQ_LAST_MS unless set */
    uint64_t events;       /* MOVE_STEPS, MOVE_RUN */
    move_condition *until; /* MOVE_RUN */
    const void *until_context;
    size_t judging;     /* MOVE_RUN: the effort that the condition takes */
    bool to_wall_clock; /* on arrival the clock returns to the wall clock */

    /* The leg that is under way; namespace.c's. */
    bool in_leg;
    cmq_ms leg_ms; /* where it leads */

    /* What has happened. */
    cmq_ms from_ms;
    uint64_t delivered_before; /* polls, when it began */
    uint64_t released;         /* polls meanwhile; set when it has arrived */
    const char *stopped;       /* MOVE_RUN: "condition", "agenda-empty", "limit", "span" */
    struct firings firings;
    struct repeat repeats[REPEATS_MAX];
};

/* A move that begins at e's present instant; NULL when there is no memory. */
struct move *move_new(enum move_kind kind, const struct engine *e, struct wait *owner);

/* NULL is allowed. */
void move_free(struct move *m);

/* How far the next leg leads: the caller moves e to *until_ms, or until the firings are full.
 * False when there is no further leg. Must be called after outcomes of pushes have been
 * applied: what follows from them is part of the move. */
bool move_next(struct move *m, const struct engine *e, cmq_ms *until_ms);

/* The leg has ended: remove its limit of firings, so that calls which are served before the
 * next leg are not stopped by it. */
void move_leg_over(struct move *m);

#endif
