#include "engine/subscription.h"

#include "engine/store.h"

struct subscription *subscription_new(struct topic *t)
{
    struct subscription *s = allocator_take_zeroed(&t->store->allocator, sizeof *s);
    if (s == NULL)
        return NULL;
    s->topic = t;
    store_charge_other(t->store, SUBSCRIPTION_BYTES);
    s->created_ms = s->modified_ms = store_now_ms(t->store);
    list_init(&s->pending);
    return s;
}

void subscription_free(struct subscription *s)
{
    struct store *store = s->topic->store;
    assert(list_empty(&s->pending));
    store_release_other(store, SUBSCRIPTION_BYTES);
    allocator_give(&store->allocator, s->filter);
    allocator_give(&store->allocator, s);
}

bool subscription_takes(const struct subscription *s, const struct routing *routing)
{
    return s->topic->filter_type == FILTER_BY_TAG ? filter_takes_tags(s->filter, routing)
                                                  : filter_takes_key(s->filter, routing);
}

bool subscription_delivers_to(const struct subscription *s, struct bytes queue)
{
    return s->protocol == PROTOCOL_QUEUE && bytes_equal(bytes_of(s->endpoint), queue);
}
