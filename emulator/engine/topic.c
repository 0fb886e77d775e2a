#include "engine/topic.h"

#include "engine/delivery.h"
#include "engine/message.h"
#include "engine/parked.h"
#include "engine/store.h"

struct topic *topic_new(struct store *store)
{
    struct topic *t = allocator_take_zeroed(&store->allocator, sizeof *t);
    if (t == NULL)
        return NULL;
    t->store = store;
    t->created_ms = t->modified_ms = store_now_ms(store);
    list_init(&t->subscriptions);
    list_init(&t->publications);
    return t;
}

size_t topic_purge_some(struct topic *t, size_t max)
{
    size_t dropped = 0;
    for (struct list_node *l; dropped < max && (l = list_first(&t->publications)) != NULL;) {
        struct publication *p = CONTAINER_OF(l, struct publication, link);
        dropped += 1 + p->delivery_count;
        publication_drop(p);
    }
    return dropped;
}

void topic_free(struct topic *t)
{
    topic_purge_some(t, SIZE_MAX);
    for (struct list_node *l; (l = list_first(&t->subscriptions)) != NULL;) {
        list_unlink(l);
        subscription_free(CONTAINER_OF(l, struct subscription, link));
    }
    allocator_give(&t->store->allocator, t);
}

/* ---- publishing ---- */

/* The subscriptions that take a message of this routing; returns how many. */
static size_t match(const struct topic *t, const struct routing *routing,
                    struct subscription **out)
{
    size_t count = 0;
    for (struct list_node *l = t->subscriptions.next; l != &t->subscriptions; l = l->next) {
        struct subscription *s = CONTAINER_OF(l, struct subscription, link);
        if (subscription_takes(s, routing))
            out[count++] = s;
    }
    return count;
}

static enum cmq_err make_publications(struct topic *t, const struct bytes *bodies, size_t count,
                                      const struct routing *routing, size_t deliveries,
                                      struct publication **out)
{
    const struct store *s = t->store;
    enum cmq_err err = CMQ_OK;
    size_t bytes = 0;
    size_t made = 0;
    for (; made < count && err == CMQ_OK; made++) {
        out[made] = publication_new(t, bodies[made], routing, deliveries);
        if (out[made] == NULL) {
            err = CMQ_INTERNAL;
            break;
        }
        bytes += publication_size(out[made]);
        if (bytes > s->limits.max_bytes || s->bytes > s->limits.max_bytes - bytes)
            err = CMQ_MEMORY_FULL;
    }
    while (err != CMQ_OK && made-- > 0)
        publication_discard(out[made]);
    return err;
}

static enum cmq_err publish(struct topic *t, const struct bytes *bodies, size_t count,
                            const struct routing *routing, struct subscription **matching,
                            uint64_t *ids)
{
    struct publication *made[BATCH_MAX];
    size_t matches = match(t, routing, matching);
    if (matches == 0)
        return CMQ_NO_MATCH;
    enum cmq_err err = make_publications(t, bodies, count, routing, matches, made);
    if (err != CMQ_OK)
        return err;
    for (size_t i = 0; i < count; i++) {
        ids[i] = ids_number(&t->store->ids, ID_MESSAGE);
        publication_publish(made[i], ids[i], matching);
    }
    rate_now(&t->published, store_now_ms(t->store))->count += (uint32_t)count;
    return CMQ_OK;
}

enum cmq_err topic_publish(struct topic *t, const struct bytes *bodies, size_t count,
                           const struct routing *routing, uint64_t *ids)
{
    struct store *s = t->store;
    assert(count >= 1 && count <= BATCH_MAX);
    uint32_t published = rate_now(&t->published, store_now_ms(s))->count;
    if (s->limits.send_rate > 0 && published + count > s->limits.send_rate)
        return CMQ_DATA_RATE;
    enum cmq_err err = message_check_bodies(bodies, count, t->max_msg_size);
    if (err != CMQ_OK)
        return err;
    if (t->filter_type == FILTER_BY_KEY && routing->word_count == 0)
        return CMQ_NO_ROUTING_KEY;
    if (t->subscription_count == 0)
        return CMQ_NO_SUBSCRIPTION;

    struct subscription **matching =
        allocator_take(&s->allocator, t->subscription_count * sizeof(struct subscription *));
    if (matching == NULL)
        return CMQ_INTERNAL;
    err = publish(t, bodies, count, routing, matching, ids);
    allocator_give(&s->allocator, matching);
    return err;
}

/* ---- checking ---- */

void topic_check(const struct topic *t)
{
    size_t subscriptions = 0;
    size_t publications = 0;
    size_t pending = 0;
    for (const struct list_node *l = t->subscriptions.next; l != &t->subscriptions;
         l = l->next, subscriptions++) {
        const struct subscription *s = CONTAINER_OF(l, const struct subscription, link);
        assert(s->topic == t);
        subscription_check(s);
        pending += s->pending_count;
    }
    for (const struct list_node *l = t->publications.next; l != &t->publications;
         l = l->next, publications++) {
        const struct publication *p = CONTAINER_OF(l, const struct publication, link);
        assert(p->topic == t);
        publication_check(p);
        pending -= p->pending_count;
    }
    assert(subscriptions == t->subscription_count);
    assert(publications == t->publication_count);
    assert(pending == 0);
}
