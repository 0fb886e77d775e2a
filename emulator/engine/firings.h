/* firings.h - what fired while time was moved, for whoever moved it.
 *
 * engine_advance() enters each event that fires: all of them are counted, and the first ones
 * are kept in full. The names are copied, so an entry outlives what it tells of.
 *
 * Pushes   an attempt to a queue has its outcome at once. Over HTTP the outcome comes later,
 *          perhaps when the move is over. Until then the entry and the flight refer to each
 *          other, and whichever goes first lets the other know: firings_fini() looks at the
 *          entries alone and not at all that is in flight, and an attempt whose message has
 *          gone leaves an entry without an outcome.
 * Memory   the caller's, between firings_init() and firings_fini(). Entries do not move. */
#ifndef CMQ_ENGINE_FIRINGS_H
#define CMQ_ENGINE_FIRINGS_H

#include "engine/delivery.h"
#include "engine/event.h"
#include "engine/names.h"

/* One event that has fired. */
struct firing {
    cmq_ms at_ms;
    enum event_kind kind;
    bool of_topic; /* whose name is it? */
    char name[NAME_MAX_LENGTH + 1];
    char subscription_name[NAME_MAX_LENGTH + 1]; /* "" for none */
    uint64_t msg_id;                             /* 0 where there is none */
    /* EVENT_PUSH alone, from here on */
    uint32_t attempt;
    bool landed;                 /* the outcome is known: the next two are set */
    enum push_result result;     /* as it was when the outcome was entered */
    struct push_outcome outcome; /* of the attempt */
    struct flight *flight;       /* whose outcome is awaited, else NULL */
};

enum { FIRINGS_KEPT = 100 };

struct firings {
    uint64_t limit; /* set by the caller: stop when so many have fired; 0: no limit */
    uint64_t fired, fired_by_kind[EVENT_KINDS];
    size_t count; /* of events[], the first ones */
    struct firing events[FIRINGS_KEPT];
};

/* Nothing has fired, and there is no limit. A zeroed struct is the same. */
void firings_init(struct firings *f);

/* No outcome is entered any more. */
void firings_fini(struct firings *f);

/* As many have fired as the limit allows; false for NULL. */
bool firings_full(const struct firings *f);

/* Enter an event that fires. Returns its entry when it is kept in full, else NULL; f may be
 * NULL. */
struct firing *firings_add(struct firings *f, const struct event_view *v);

/* Enter the outcome of the attempt that the entry tells of; it may be NULL. */
void firing_land(struct firing *firing, enum push_result result,
                 const struct push_outcome *outcome);

/* The outcome of this flight goes to the entry, which may be NULL. */
void firing_await(struct firing *firing, struct flight *flight);

/* A flight that has landed is about to end: enter its outcome where it is awaited. */
void firings_note(struct flight *flight);

/* Enter the outcomes of attempts that have landed and are not applied yet, as they would be
 * applied now. */
void firings_note_landed(struct firings *f);

#endif
