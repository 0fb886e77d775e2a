/* The part of engine.h that is about publishing.
 *
 * A message is matched when it is published, against the subscriptions of that moment. All that
 * can fail comes first: the rate, the bodies, the match, then memory for all publications of
 * the call, each with a delivery for every subscription that takes it. Only then are ids drawn
 * and deliveries armed, which cannot fail: so a batch is published as a whole or not at all,
 * and a call that fails uses up no ids. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

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

static bool has_room(struct store *s, const struct bytes *bodies, size_t count,
                     const struct routing *routing, size_t deliveries)
{
    size_t bytes = 0;
    size_t blobs = 0; /* what they take beside the bodies in them */
    for (size_t i = 0; i < count; i++) {
        bytes += publication_needs(bodies[i], routing, deliveries);
        if (bodies[i].len >= BODY_SHARED_FROM)
            blobs += sizeof(struct blob);
    }
    return store_admits(s, bytes, bytes + blobs);
}

static enum cmq_err make_publications(struct topic *t, const struct bytes *bodies, size_t count,
                                      const struct routing *routing, size_t deliveries,
                                      struct publication **out)
{
    if (!has_room(t->store, bodies, count, routing, deliveries))
        return CMQ_MEMORY_FULL;
    for (size_t made = 0; made < count; made++) {
        out[made] = publication_new(t, bodies[made], routing, deliveries);
        if (out[made] != NULL)
            continue;
        while (made-- > 0)
            publication_discard(out[made]);
        return CMQ_INTERNAL;
    }
    return CMQ_OK;
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

enum cmq_err engine_publish(struct engine *e, struct topic *t, const struct bytes *bodies,
                            size_t count, const struct routing *routing, uint64_t *ids)
{
    struct store *s = &e->store;
    assert(count >= 1 && count <= BATCH_MAX);
    uint32_t published = rate_now(&t->published, store_now_ms(s))->count;
    if (s->limits.send_rate > 0 && published + count > s->limits.send_rate)
        return CMQ_DATA_RATE;
    enum cmq_err err = message_check_bodies(bodies, count, t->max_msg_size);
    if (err != CMQ_OK)
        return err;
    if (t->filter_type == FILTER_BY_KEY && !routing->has_key)
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

/* ---- purging ---- */

size_t engine_purge_some(struct topic *t, size_t max)
{
    size_t dropped = 0;
    for (struct list_node *l; dropped < max && (l = list_first(&t->publications)) != NULL;) {
        struct publication *p = CONTAINER_OF(l, struct publication, link);
        dropped += freeing_effort(p->body.len) + p->delivery_count;
        publication_drop(p, HAPPENED_PURGED);
    }
    return dropped;
}

void engine_purge(struct engine *e)
{
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        queue_set_task(q, TASK_PURGE);
    for (struct topic *t = NULL; (t = engine_next_topic(e, t)) != NULL;)
        topic_set_task(t, TOPIC_TASK_PURGE, NULL);
    (void)engine_do_tasks(e);
}

size_t engine_purge_topic(struct engine *e, struct topic *t)
{
    size_t purged = t->publication_count;
    topic_set_task(t, TOPIC_TASK_PURGE, NULL);
    (void)engine_do_tasks(e);
    return purged;
}
