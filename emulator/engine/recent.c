/* The ring grows when it is full for the first time: then its events are in the order of their numbers, and
 * are copied as they lie. Once events have been overwritten it stays as it is. */
#include "engine/recent.h"

#include <assert.h>

void recent_init(struct recent *r, const struct allocator *a, struct budget *budget)
{
    *r = (struct recent){.allocator = *a, .budget = budget};
}

void recent_forget(struct recent *r)
{
    allocator_give(&r->allocator, r->events);
    budget_give(r->budget, r->room * sizeof *r->events);
    r->events = NULL;
    r->room = 0;
    r->is_full = false;
    r->first = r->fired;
}

void recent_fini(struct recent *r)
{
    recent_forget(r);
}

static void grow(struct recent *r)
{
    enum { LEAST = 16 };
    size_t room = r->room > 0 ? 2 * r->room : LEAST;
    size_t more = (room - r->room) * sizeof *r->events;
    struct event_copy *events = NULL;
    if (room <= RECENT_KEPT && budget_has(r->budget, more))
        events = allocator_take(&r->allocator, room * sizeof *events);
    r->is_full = events == NULL;
    if (events == NULL)
        return;
    if (r->room > 0)
        memcpy(events, r->events, r->room * sizeof *events);
    budget_charge(r->budget, more);
    allocator_give(&r->allocator, r->events);
    r->events = events;
    r->room = room;
}

static struct event_copy *place_of(const struct recent *r, uint64_t number)
{
    return &r->events[(number - r->first) % r->room];
}

void recent_add(struct recent *r, const struct event_view *v)
{
    if (r == NULL)
        return;
    if (!r->is_full && r->fired - r->first == r->room)
        grow(r);
    if (r->room > 0)
        event_copy_take(place_of(r, r->fired), v);
    r->fired++;
}

uint64_t recent_oldest(const struct recent *r)
{
    uint64_t since = r->fired - r->first;
    return r->fired - (since < r->room ? since : r->room);
}

struct event_view recent_view(const struct recent *r, uint64_t number)
{
    assert(number >= recent_oldest(r) && number < r->fired);
    return event_copy_view(place_of(r, number));
}
