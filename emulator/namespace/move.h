/* move.h - a move: the plan of a call that moves time, and what has happened on the way.
 *
 * A move knows where it is to go: to an instant, through so many events, or until a condition
 * holds. It does not go there itself. namespace_leave() asks move_next() how far the next leg
 * leads, moves the engine so far, and asks again, until there is no further leg: the move has
 * arrived, and its owner is told.
 *
 *   begun ------> under way ------> arrived: owner->end(WAIT_SATISFIED), freed
 *                  |     ^    \
 *                  v     |     `--> cut short by a reset, a drop, a client that has gone
 *            waits for pushes
 *
 * Virtual time does not pass a push in flight (admin 8), so a move may stop anywhere and go on
 * in a later bracket, when the push has landed; meanwhile other calls are served at the instant
 * where time stands. A namespace has one move at a time; calls that would begin another one
 * wait for their turn.
 *
 * What fires while a move is under way belongs to it, whoever caused it. */
#ifndef CMQ_NAMESPACE_MOVE_H
#define CMQ_NAMESPACE_MOVE_H

#include "engine/firings.h"
#include "namespace/wait.h"

enum move_kind {
    MOVE_TO,    /* to to_ms, through all of that instant */
    MOVE_STEPS, /* through the next so many events, perhaps to between two of one instant */
    MOVE_RUN, /* until the condition holds; to to_ms, and through so many events, at the most */
};

/* How often each kind of event has come with each name, to tell why a run did not end: of the
 * first few such pairs. */
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
    bool to_wall_clock; /* when it has arrived, the clock is the wall clock again */

    /* What has happened. */
    cmq_ms from_ms;
    uint64_t released;   /* polls; while under way: those delivered before it began */
    const char *stopped; /* MOVE_RUN: "condition", "agenda-empty", "limit", "span" */
    struct firings firings;
    struct repeat repeats[REPEATS_MAX];
};

/* One that begins at e's present; NULL when there is no memory. */
struct move *move_new(enum move_kind kind, const struct engine *e, struct wait *owner);

/* NULL is allowed. */
void move_free(struct move *m);

/* How far the next leg leads: move e to *until_ms, or until the firings are full. False when
 * there is no further leg. All outcomes of pushes have been applied. */
bool move_next(struct move *m, const struct engine *e, cmq_ms *until_ms);

/* The leg is over. Its limit does not hold for what others set off before the next one. */
void move_leg_over(struct move *m);

#endif
