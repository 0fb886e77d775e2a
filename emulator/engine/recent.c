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
    struct recent_event *events = NULL;
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

static struct recent_event *place_of(const struct recent *r, uint64_t number)
{
    return &r->events[(number - r->first) % r->room];
}

/* Not by a copy of a whole entry: most of it is room for names. */
void recent_add(struct recent *r, const struct event_view *v)
{
    if (r == NULL)
        return;
    if (!r->is_full && r->fired - r->first == r->room)
        grow(r);
    if (r->room > 0) {
        const char *name = v->topic_name != NULL ? v->topic_name : v->queue_name;
        struct recent_event *e = place_of(r, r->fired);
        e->at_ms = v->at_ms;
        e->msg_id = v->msg_id;
        e->attempt = v->attempt;
        e->kind = v->kind;
        e->of_topic = v->topic_name != NULL;
        name_copy(e->name, bytes_of(name));
        e->subscription[0] = '\0';
        if (v->subscription_name != NULL)
            name_copy(e->subscription, bytes_of(v->subscription_name));
    }
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
    const struct recent_event *e = place_of(r, number);
    return (struct event_view){
        .at_ms = e->at_ms,
        .kind = e->kind,
        .queue_name = e->of_topic ? NULL : e->name,
        .topic_name = e->of_topic ? e->name : NULL,
        .subscription_name = e->subscription[0] != '\0' ? e->subscription : NULL,
        .msg_id = e->msg_id,
        .attempt = e->attempt,
    };
}
