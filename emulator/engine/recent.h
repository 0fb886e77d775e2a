/* recent.h - the last events that have fired, for whoever begins to look.
 *
 * A ring of at most RECENT_KEPT, which begins small and grows with what fires. Each event has the number of
 * those that fired before it; numbers go on when the ring is forgotten.
 *
 * Cost    one entry is written for each event that fires: names are copied, since what they name may go.
 * Budget  the ring counts in a budget. Where that, or the memory, has no room for a larger one it stays as it
 *         is, and keeps less. */
#ifndef CMQ_ENGINE_RECENT_H
#define CMQ_ENGINE_RECENT_H

#include "base/allocator.h"
#include "base/budget.h"
#include "engine/event_copy.h"

enum { RECENT_KEPT = 1024 };

struct recent {
    struct allocator allocator;
    struct budget *budget;
    struct event_copy *events; /* a ring */
    size_t room;
    bool is_full;   /* it grows no more */
    uint64_t first; /* number of the first event since it was forgotten */
    uint64_t fired; /* all events so far */
};

void recent_init(struct recent *r, const struct allocator *a, struct budget *budget);
void recent_fini(struct recent *r);

/* r may be NULL. */
void recent_add(struct recent *r, const struct event_view *v);

void recent_forget(struct recent *r);

/* The number of the oldest event that is kept; recent->fired if none is. */
uint64_t recent_oldest(const struct recent *r);

/* One that is kept, as the engine would show it. */
struct event_view recent_view(const struct recent *r, uint64_t number);

#endif
