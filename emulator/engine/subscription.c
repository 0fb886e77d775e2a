#include "engine/subscription.h"

#include "engine/delivery.h"
#include "engine/store.h"

struct subscription *subscription_new(struct topic *t)
{
    struct subscription *s = allocator_take_zeroed(&t->store->allocator, sizeof *s);
    if (s == NULL)
        return NULL;
    s->topic = t;
    s->created_ms = s->modified_ms = store_now_ms(t->store);
    list_init(&s->pending);
    return s;
}

void subscription_free(struct subscription *s)
{
    const struct allocator *a = &s->topic->store->allocator;
    for (struct list_node *l; (l = list_first(&s->pending)) != NULL;)
        delivery_drop(CONTAINER_OF(l, struct delivery, link));
    allocator_give(a, s->filter);
    allocator_give(a, s);
}

bool subscription_takes(const struct subscription *s, const struct routing *routing)
{
    return s->topic->filter_type == FILTER_BY_TAG ? filter_takes_tags(s->filter, routing)
                                                  : filter_takes_key(s->filter, routing);
}

static void wait_for_turn(struct subscription *s, struct delivery *d)
{
    if (d->state != DELIVERY_SCHEDULED)
        return;
    event_disarm(s->topic->store->agenda, &d->next);
    d->state = DELIVERY_WAITING;
}

/* The first keeps its instant; those behind it wait for their turn, or need no turn any more.
 */
void subscription_set_strategy(struct subscription *s, enum notify_strategy strategy)
{
    if (s->strategy == strategy)
        return;
    s->strategy = strategy;
    for (struct list_node *l = s->pending.next; l != &s->pending; l = l->next) {
        struct delivery *d = CONTAINER_OF(l, struct delivery, link);
        if (strategy == EXPONENTIAL_DECAY_RETRY)
            delivery_wake(d);
        else if (l->prev != &s->pending)
            wait_for_turn(s, d);
    }
}

void subscription_check(const struct subscription *s)
{
    size_t count = 0;
    for (const struct list_node *l = s->pending.next; l != &s->pending; l = l->next, count++) {
        const struct delivery *d = CONTAINER_OF(l, const struct delivery, link);
        bool first = l->prev == &s->pending;
        assert(d->subscription == s);
        assert(d->state != DELIVERY_ENDED);
        assert(d->state != DELIVERY_WAITING || (s->strategy == BACKOFF_RETRY && !first));
        assert(d->state != DELIVERY_SCHEDULED || s->strategy != BACKOFF_RETRY || first);
    }
    assert(count == s->pending_count);
}
