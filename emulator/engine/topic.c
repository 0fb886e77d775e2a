#include "engine/topic.h"

#include "engine/store.h"

struct topic *topic_new(struct store *store)
{
    struct topic *t = allocator_take_zeroed(&store->allocator, sizeof *t);
    if (t == NULL)
        return NULL;
    t->store = store;
    store_charge_other(store, sizeof *t);
    t->created_ms = t->modified_ms = store_now_ms(store);
    list_init(&t->subscriptions);
    list_init(&t->publications);
    return t;
}

void topic_free(struct topic *t)
{
    assert(list_empty(&t->subscriptions));
    assert(list_empty(&t->publications));
    store_free_tags(t->store, t->tags);
    store_release_other(t->store, sizeof *t);
    allocator_give(&t->store->allocator, t);
}
