/* move.h - time being moved by a admin call: to an instant, by so many events, or until a
 * condition holds.
 *
 * A move goes on until it is there, or as far as a push in flight lets it: virtual time does
 * not pass an attempt (design 2.3). A namespace has one move at a time; the calls that would
 * begin another wait for their turn. */
#ifndef CMQ_NAMESPACE_MOVE_H
#define CMQ_NAMESPACE_MOVE_H

#include "admin/condition.h"
#include "namespace/namespace.h"

enum move_kind {
    MOVE_TO,    /* to to_ms */
    MOVE_STEPS, /* through the next so many events */
    MOVE_RUN, /* until the condition holds; to to_ms, and through so many events, at the most */
};

/* How often each kind of event has come with each name, for a run that does not end: of the
 * first few such pairs. */
enum { REPEATS_MAX = 32 };
struct repeat {
    char name[NAME_MAX_LENGTH + 1];
    bool of_topic;
    enum event_kind kind;
    uint64_t count;
};

struct move {
    struct namespace *ns;
    void *owner; /* whoever waits for the answer; NULL for nobody */

    /* What is asked for. */
    enum move_kind kind;
    cmq_ms to_ms;
    uint64_t
        events; /* MOVE_STEPS, MOVE_RUN: all that fire meanwhile count, whoever caused them */
    struct condition *until; /* MOVE_RUN; owned */
    bool to_wall_clock;      /* when it is there, the clock is the wall clock */
    const char *reset;       /* the answer is that of a reset of this */

    /* What happened. */
    cmq_ms from_ms;
    uint64_t released;   /* polls */
    const char *stopped; /* MOVE_RUN: by what */
    struct journal journal;
    struct repeat repeats[REPEATS_MAX];
};

/* Begin a move of ns, which has none; NULL when there is no memory. A clock that runs stands
 * from now on. */
struct move *move_new(struct namespace *ns, enum move_kind kind);

/* As far as it goes; true when it is there. */
bool move_go_on(struct move *m);

/* The move has been answered, or is given up: its namespace has none any more. */
void move_free(struct move *m);

/* NULL for NULL. */
static inline struct journal *move_journal(struct move *m)
{
    return m != NULL ? &m->journal : NULL;
}

#endif
