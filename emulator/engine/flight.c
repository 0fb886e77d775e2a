/* Moving flights between the lists that belong to their states.
 *
 *   state      on                  ticket   counted in pending_count
 *   NONE       -                   -        no
 *   OFFERED    all->offered        -        yes
 *   IN_FLIGHT  all->taken          set      yes
 *   LANDED     all->landed, a set  -        no
 *
 * Flights land in any order, so landed is an order by the number of take-off and not a list.
 * Nothing here allocates or fails. Who calls what, and when, is said in the header. */
#include "engine/flight.h"

static const char *const state_names[FLIGHT_STATES] = {
    [FLIGHT_NONE] = "none",
    [FLIGHT_OFFERED] = "offered",
    [FLIGHT_IN_FLIGHT] = "in-flight",
    [FLIGHT_LANDED] = "landed",
};

const char *flight_state_name(enum flight_state state)
{
    assert(state < FLIGHT_STATES);
    return state_names[state];
}

static struct flight *of_link(struct list_node *l)
{
    return CONTAINER_OF(l, struct flight, link);
}

void flights_init(struct flights *all)
{
    *all = (struct flights){.pending_count = 0};
    list_init(&all->offered);
    list_init(&all->taken);
}

void flight_offer(struct flights *all, struct flight *f)
{
    assert(f->state == FLIGHT_NONE);
    f->state = FLIGHT_OFFERED;
    list_append(&all->offered, &f->link);
    all->pending_count++;
}

struct flight *flights_take(struct flights *all, struct push_ticket *ticket)
{
    struct list_node *first = list_first(&all->offered);
    if (first == NULL)
        return NULL;
    struct flight *f = of_link(first);
    list_unlink(&f->link);
    list_append(&all->taken, &f->link);
    f->state = FLIGHT_IN_FLIGHT;
    f->number = ++all->last_number;
    f->ticket = ticket;
    ticket->flight = f;
    return f;
}

/* Take an OFFERED or IN_FLIGHT flight off its list, and void its ticket. */
static void leave_list(struct flights *all, struct flight *f)
{
    list_unlink(&f->link);
    all->pending_count--;
    if (f->ticket != NULL)
        f->ticket->flight = NULL;
    f->ticket = NULL;
}

void flight_land(struct flights *all, struct flight *f, const struct push_outcome *outcome)
{
    assert(f->state == FLIGHT_IN_FLIGHT);
    leave_list(all, f);
    f->state = FLIGHT_LANDED;
    f->outcome = *outcome;
    f->landed = (struct order_node){.tag = 0};
    order_add(&all->landed, &f->landed, f->number);
}

struct order_cursor flights_walk_landed(const struct flights *all)
{
    return order_up(&all->landed);
}

struct flight *flights_next_landed(const struct flights *all, struct order_cursor *c)
{
    struct order_node *n = order_next_up(&all->landed, c);
    return n == NULL ? NULL : CONTAINER_OF(n, struct flight, landed);
}

void flight_end(struct flights *all, struct flight *f)
{
    flight_silence(f);
    switch (f->state) {
    case FLIGHT_OFFERED:
    case FLIGHT_IN_FLIGHT:
        leave_list(all, f);
        break;
    case FLIGHT_LANDED:
        order_remove(&all->landed, &f->landed);
        f->link = (struct list_node){NULL, NULL};
        break;
    case FLIGHT_NONE:
    case FLIGHT_STATES:
        break;
    }
    f->state = FLIGHT_NONE;
}

void flight_silence(struct flight *f)
{
    if (f->awaited != NULL)
        *f->awaited = NULL;
    f->awaited = NULL;
}

void flights_abandon(struct flights *all, const struct push_outcome *outcome)
{
    struct order_cursor c = flights_walk_landed(all);
    for (struct flight *f; (f = flights_next_landed(all, &c)) != NULL;)
        flight_silence(f);
    for (struct list_node *l = all->offered.next; l != &all->offered; l = l->next)
        flight_silence(of_link(l));
    for (struct list_node *l; (l = list_first(&all->taken)) != NULL;) {
        flight_silence(of_link(l));
        flight_land(all, of_link(l), outcome);
    }
}

static size_t check_list(const struct list_node *list, enum flight_state state)
{
    size_t count = 0;
    uint64_t number = 0;
    for (const struct list_node *l = list->next; l != list; l = l->next, count++) {
        const struct flight *f = CONTAINER_OF(l, const struct flight, link);
        assert(f->state == state);
        assert((f->ticket != NULL) == (state == FLIGHT_IN_FLIGHT));
        assert(f->ticket == NULL || f->ticket->flight == f);
        assert(state == FLIGHT_OFFERED || f->number > number);
        number = f->number;
    }
    return count;
}

void flights_check(const struct flights *all)
{
    size_t pending = check_list(&all->offered, FLIGHT_OFFERED);
    pending += check_list(&all->taken, FLIGHT_IN_FLIGHT);
    assert(pending == all->pending_count);
    order_check(&all->landed);
    struct order_cursor c = flights_walk_landed(all);
    for (const struct flight *f; (f = flights_next_landed(all, &c)) != NULL;) {
        assert(f->state == FLIGHT_LANDED);
        assert(f->ticket == NULL);
        assert(order_rank(&f->landed) == f->number);
    }
}
