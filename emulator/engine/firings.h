/* firings.h - a record of what fired while time was moved, for the caller that moved it.
 *
 * engine_advance() adds each event that fires: all of them are counted, and the first
 * FIRINGS_KEPT are recorded in full. Names are copied, so an entry outlives what it is about.
 *
 * Pushes  an attempt to a queue has its outcome at once. Over HTTP the outcome comes later,
 *         perhaps after the move. Until then the entry and the flight refer to each other,
 *         and whichever ends first clears the other's reference. So firings_fini() visits
 *         the entries alone and not everything that is in flight, and an attempt whose
 *         message has gone leaves an entry without an outcome.
 * Memory  the caller's, between firings_init() and firings_fini(). Entries do not move. */
#ifndef CMQ_ENGINE_FIRINGS_H
#define CMQ_ENGINE_FIRINGS_H

#include "engine/delivery.h"
#include "engine/event_copy.h"

/* One event that has fired. */
struct firing {
    struct event_copy event;
    /* EVENT_PUSH alone, from here on */
    bool landed;                 /* the outcome is known: the next two are set */
    enum push_result result;     /* by the strategy at the moment when landed was set */
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

/* An empty record without a limit. A zeroed struct is one, too. */
void firings_init(struct firings *f);

/* Give up the outcomes that are still awaited. The counts and entries stay readable. */
void firings_fini(struct firings *f);

/* Whether as many events have fired as the limit allows; false for NULL. */
bool firings_full(const struct firings *f);

/* Add an event that fires. Returns its entry if it is recorded in full, else NULL; f may be
 * NULL. */
struct firing *firings_add(struct firings *f, const struct event_view *v);

/* Record the outcome of the attempt that the entry is about; firing may be NULL. */
void firing_land(struct firing *firing, enum push_result result,
                 const struct push_outcome *outcome);

/* Let the entry, which may be NULL, await the outcome of this flight. */
void firing_await(struct firing *firing, struct flight *flight);

/* A flight that has landed is about to end: record its outcome where it is awaited. */
void firings_note(struct flight *flight);

/* Record the outcomes of attempts that have landed and are not applied yet, as they would be
 * applied now: the answer of a move is about to be written. */
void firings_note_landed(struct firings *f);

#endif
