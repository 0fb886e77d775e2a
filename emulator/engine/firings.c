/* Entries, and the link between an entry and a flight.
 *
 * The link has two ends: firing->flight points at the flight, and flight->awaited points at
 * that very pointer. flight_silence() clears both, and everything that breaks a link goes
 * through it: the outcome is recorded (firing_land()), the record is given up (firings_fini()),
 * or the flight ends without an outcome (flight_end()). So the flight needs to know nothing
 * about firings, and no reference is ever left behind. */
#include "engine/firings.h"

void firings_init(struct firings *f)
{
    f->limit = f->fired = 0;
    memset(f->fired_by_kind, 0, sizeof f->fired_by_kind);
    f->count = 0;
}

static void unlink_flight(struct firing *firing)
{
    if (firing->flight != NULL)
        flight_silence(firing->flight); /* clears firing->flight, too */
}

void firings_fini(struct firings *f)
{
    for (size_t i = 0; i < f->count; i++)
        unlink_flight(&f->events[i]);
}

bool firings_full(const struct firings *f)
{
    return f != NULL && f->limit > 0 && f->fired >= f->limit;
}

struct firing *firings_add(struct firings *f, const struct event_view *v)
{
    if (f == NULL)
        return NULL;
    f->fired++;
    f->fired_by_kind[v->kind]++;
    if (f->count == FIRINGS_KEPT)
        return NULL;
    struct firing *firing = &f->events[f->count++];
    *firing = (struct firing){.landed = false};
    event_copy_take(&firing->event, v);
    return firing;
}

void firing_land(struct firing *firing, enum push_result result,
                 const struct push_outcome *outcome)
{
    if (firing == NULL)
        return;
    unlink_flight(firing);
    firing->landed = true;
    firing->result = result;
    firing->outcome = *outcome;
}

void firing_await(struct firing *firing, struct flight *flight)
{
    if (firing == NULL)
        return;
    assert(flight->awaited == NULL);
    firing->flight = flight;
    flight->awaited = &firing->flight;
}

void firings_note(struct flight *flight)
{
    assert(flight->state == FLIGHT_LANDED);
    if (flight->awaited != NULL)
        firing_land(CONTAINER_OF(flight->awaited, struct firing, flight),
                    delivery_result(delivery_of(flight), &flight->outcome), &flight->outcome);
}

void firings_note_landed(struct firings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct flight *flight = f->events[i].flight;
        if (flight != NULL && flight->state == FLIGHT_LANDED)
            firings_note(flight);
    }
}
