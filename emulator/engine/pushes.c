/* The part of engine.h that is about pushes.
 *
 * An attempt begins when its event fires: engine_push(). To a queue of this engine it is made
 * at once, and so is its outcome applied. Over HTTP it becomes a flight: flight.h explains the
 * further steps, and why the outcome is applied later, by engine_end_pushes().
 *
 * Applying an outcome may free the delivery and with it the flight, so whatever is needed
 * afterwards is copied before. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

/* An ordinary send of the body alone, at this instant (topic-api 4.1, D27). */
static struct push_outcome push_to_queue(struct engine *e, const struct delivery *d,
                                         uint64_t *copy_id)
{
    enum { SEND = 3 };
    struct queue *q = engine_find_queue(e, bytes_of(d->subscription->endpoint));
    enum cmq_err err = CMQ_NO_QUEUE;
    effort_spend(e->store.effort, SEND);
    if (q != NULL)
        err = queue_send_copy(q, d, copy_id);
    return (struct push_outcome){.delivered = err == CMQ_OK, .err = err};
}

void engine_push(struct engine *e, struct delivery *d, struct firing *firing)
{
    delivery_begin(d);
    if (d->subscription->protocol == PROTOCOL_HTTP) {
        delivery_offer(d);
        firing_await(firing, &d->flight);
        return;
    }
    uint64_t copy_id = 0;
    struct push_outcome outcome = push_to_queue(e, d, &copy_id);
    firing_land(firing, delivery_result(d, &outcome), &outcome);
    e->pushed[delivery_end(d, &outcome, copy_id)]++;
}

const struct delivery *engine_take_push(struct engine *e, struct push_ticket *ticket)
{
    struct flight *f = flights_take(&e->store.flights, ticket);
    return f == NULL ? NULL : delivery_of(f);
}

void engine_land_push(struct push_ticket *ticket, const struct push_outcome *outcome)
{
    if (ticket->flight != NULL)
        delivery_land(delivery_of(ticket->flight), outcome);
}

void engine_put_off_push(struct engine *e, struct push_ticket *ticket, cmq_ms delay_ms,
                         uint32_t cause)
{
    assert(ticket->flight != NULL);
    delivery_put_off(delivery_of(ticket->flight), engine_now_ms(e) + delay_ms, cause);
}

/* Whether more is due at the present instant: a limit of firings stopped time within it. */
static bool in_instant(const struct engine *e)
{
    return engine_wake_ms(e) <= engine_now_ms(e);
}

static void end_push(struct engine *e, struct flight *f)
{
    struct push_outcome outcome = f->outcome; /* delivery_end() may free f */
    struct delivery *d = delivery_of(f);
    firings_note(f);
    e->pushed[delivery_end(d, &outcome, 0)]++;
}

static size_t end_quiet_pushes(struct engine *e)
{
    struct flights *flights = &e->store.flights;
    struct order_cursor c = flights_walk_landed(flights);
    size_t ended = 0;
    for (struct flight *f; (f = flights_next_landed(flights, &c)) != NULL;) {
        if (!delivery_ends_quietly(delivery_of(f), &f->outcome))
            continue;
        end_push(e, f);
        ended++;
    }
    return ended;
}

/* What follows from the first of them may be due at this instant, and does not fire before all are
 * applied. */
size_t engine_end_pushes(struct engine *e)
{
    enum { END = 4 };
    struct flights *flights = &e->store.flights;
    struct effort *effort = e->store.effort;
    size_t ended = 0;
    if (!e->ending && in_instant(e))
        return end_quiet_pushes(e);
    struct order_cursor c = flights_walk_landed(flights);
    e->ending = flights->landed.count > 0;
    while (e->ending && !effort_is_used_up(effort)) {
        end_push(e, flights_next_landed(flights, &c));
        ended++;
        effort_spend(effort, END);
        e->ending = flights->landed.count > 0;
    }
    return ended;
}

bool engine_is_ending_pushes(const struct engine *e)
{
    return e->ending && e->store.flights.landed.count > 0;
}

bool engine_has_offered(const struct engine *e)
{
    return !list_empty(&e->store.flights.offered);
}

size_t engine_flight_count(const struct engine *e)
{
    return e->store.flights.pending_count;
}

size_t engine_landed_count(const struct engine *e)
{
    return e->store.flights.landed.count;
}

void engine_abandon_pushes(struct engine *e)
{
    flights_abandon(&e->store.flights, &(struct push_outcome){.error = "abandoned"});
}

uint64_t engine_push_count(const struct engine *e, enum push_result result)
{
    return e->pushed[result];
}
