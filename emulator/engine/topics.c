/* The part of engine.h that is about topics, subscriptions and pushes. */
#include "engine/engine_inside.h"

/* ---- topics ---- */

struct topic *engine_find_topic(const struct engine *e, struct bytes name)
{
    struct name *n = names_find(&e->names, SCOPE_TOPICS, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct topic, by_name);
}

struct topic *engine_next_topic(const struct engine *e, const struct topic *t)
{
    const struct list_node *next = t == NULL ? e->topics.next : t->by_created.next;
    return next == &e->topics ? NULL : CONTAINER_OF(next, struct topic, by_created);
}

enum cmq_err engine_create_topic(struct engine *e, struct bytes name,
                                 const struct topic_request *request, struct topic **out)
{
    struct store *s = &e->store;
    if (names_find_nocase(&e->names, SCOPE_TOPICS, name) != NULL)
        return CMQ_TOPIC_EXISTS;
    if (names_find_nocase(&e->cooling, SCOPE_TOPICS, name) != NULL)
        return CMQ_TOPIC_NAME_COOLING;
    if (e->topic_count >= s->limits.max_topics)
        return CMQ_TOO_MANY_TOPICS;
    struct topic *t = topic_new(s);
    if (t == NULL)
        return CMQ_INTERNAL;

    name_copy(t->name, name);
    ids_resource(&s->ids, ID_TOPIC, "topic-", t->id);
    t->filter_type = request->filter_type;
    t->max_msg_size = request->max_msg_size;
    t->serial = ++e->last_serial;
    names_add(&e->names, &t->by_name, SCOPE_TOPICS, t->name);
    list_append(&e->topics, &t->by_created);
    e->topic_count++;
    *out = t;
    return CMQ_OK;
}

void engine_set_topic(struct engine *e, struct topic *t, size_t max_msg_size)
{
    t->max_msg_size = max_msg_size;
    t->modified_ms = engine_now_ms(e);
}

void engine_drop_topic(struct engine *e, struct topic *t)
{
    for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;)
        names_remove(&e->names, &s->by_name);
    names_remove(&e->names, &t->by_name);
    list_unlink(&t->by_created);
    e->topic_count--;
    topic_free(t);
}

enum cmq_err engine_delete_topic(struct engine *e, struct topic *t)
{
    if (t->subscription_count > 0)
        return CMQ_TOPIC_IN_USE;
    if (!engine_cool_name(e, SCOPE_TOPICS, t->name))
        return CMQ_INTERNAL;
    engine_drop_topic(e, t);
    return CMQ_OK;
}

size_t engine_purge_topic(struct engine *e, struct topic *t)
{
    (void)e;
    size_t purged = t->publication_count;
    topic_purge_some(t, SIZE_MAX);
    return purged;
}

enum cmq_err engine_publish(struct engine *e, struct topic *t, const struct bytes *bodies,
                            size_t count, const struct routing *routing, uint64_t *ids)
{
    (void)e;
    return topic_publish(t, bodies, count, routing, ids);
}

/* ---- subscriptions ---- */

struct subscription *engine_find_subscription(const struct engine *e, const struct topic *t,
                                              struct bytes name)
{
    struct name *n = names_find(&e->names, scope_of_topic(t), name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct subscription, by_name);
}

struct subscription *engine_next_subscription(const struct topic *t,
                                              const struct subscription *s)
{
    const struct list_node *next = s == NULL ? t->subscriptions.next : s->link.next;
    return next == &t->subscriptions ? NULL : CONTAINER_OF(next, struct subscription, link);
}

static bool lacks_binding_key(const struct topic *t, const struct filter_request *filter)
{
    return t->filter_type == FILTER_BY_KEY && filter->key_count == 0;
}

enum cmq_err engine_subscribe(struct engine *e, struct topic *t,
                              const struct subscription_request *request,
                              struct subscription **out)
{
    struct store *s = &e->store;
    if (lacks_binding_key(t, &request->filter))
        return CMQ_NO_BINDING_KEY;
    if (names_find_nocase(&e->names, scope_of_topic(t), request->name) != NULL)
        return CMQ_SUBSCRIPTION_EXISTS;
    if (t->subscription_count >= s->limits.max_subscriptions)
        return CMQ_TOO_MANY_SUBSCRIPTIONS;
    struct subscription *made = subscription_new(t);
    if (made == NULL)
        return CMQ_INTERNAL;
    made->filter = filter_new(&s->allocator, &request->filter);
    if (made->filter == NULL) {
        subscription_free(made);
        return CMQ_INTERNAL;
    }

    name_copy(made->name, request->name);
    ids_resource(&s->ids, ID_SUBSCRIPTION, "subsc-", made->id);
    assert(request->endpoint.len <= ENDPOINT_LENGTH_MAX);
    memcpy(made->endpoint, request->endpoint.data, request->endpoint.len);
    made->protocol = request->protocol;
    made->strategy = request->strategy;
    made->format = request->format;
    made->serial = ++e->last_serial;
    names_add(&e->names, &made->by_name, scope_of_topic(t), made->name);
    list_append(&t->subscriptions, &made->link);
    t->subscription_count++;
    *out = made;
    return CMQ_OK;
}

enum cmq_err engine_set_subscription(struct engine *e, struct subscription *s,
                                     const struct subscription_request *request)
{
    const struct allocator *a = &e->store.allocator;
    if (lacks_binding_key(s->topic, &request->filter))
        return CMQ_NO_BINDING_KEY;
    struct filter *filter = filter_new(a, &request->filter);
    if (filter == NULL)
        return CMQ_INTERNAL;
    allocator_give(a, s->filter);
    s->filter = filter;
    s->format = request->format;
    subscription_set_strategy(s, request->strategy);
    s->modified_ms = engine_now_ms(e);
    return CMQ_OK;
}

void engine_clear_filter_tags(struct engine *e, struct subscription *s)
{
    filter_clear_tags(s->filter);
    s->modified_ms = engine_now_ms(e);
}

void engine_unsubscribe(struct engine *e, struct subscription *s)
{
    names_remove(&e->names, &s->by_name);
    list_unlink(&s->link);
    s->topic->subscription_count--;
    subscription_free(s);
}

/* ---- pushes ---- */

static void end_push(struct engine *e, struct delivery *d, const struct push_outcome *outcome)
{
    firings_note(d, outcome);
    e->pushed[delivery_end(d, outcome)]++;
}

/* An ordinary send of the body alone, at this instant (topic-api 4.1, D27). */
static struct push_outcome push_to_queue(struct engine *e, const struct delivery *d)
{
    uint64_t id;
    struct queue *q = engine_find_queue(e, bytes_of(d->subscription->endpoint));
    enum cmq_err err = CMQ_NO_QUEUE;
    if (q != NULL)
        err = queue_send(q, &d->publication->body, 1, 0, &id);
    return (struct push_outcome){.delivered = err == CMQ_OK, .err = err};
}

void engine_push(struct engine *e, struct delivery *d, struct firing *firing)
{
    delivery_begin(d);
    firing_await(firing, d);
    if (d->subscription->protocol == PROTOCOL_HTTP) {
        delivery_offer(d);
        return;
    }
    struct push_outcome outcome = push_to_queue(e, d);
    end_push(e, d, &outcome);
}

const struct delivery *engine_take_push(struct engine *e, struct push_ticket *ticket)
{
    struct list_node *l = list_first(&e->store.offered);
    if (l == NULL)
        return NULL;
    struct delivery *d = CONTAINER_OF(l, struct delivery, push_link);
    delivery_take_off(d, ticket);
    return d;
}

void engine_land_push(struct push_ticket *ticket, const struct push_outcome *outcome)
{
    if (ticket->delivery != NULL)
        delivery_land(ticket->delivery, outcome);
}

/* More falls due at this very instant: a limit of firings stopped time within it. */
static bool in_instant(const struct engine *e)
{
    return engine_wake_ms(e) <= engine_now_ms(e);
}

size_t engine_end_pushes(struct engine *e)
{
    struct list_node *flying = &e->store.flying;
    size_t ended = 0;
    if (e->store.landed == 0)
        return 0;
    bool quietly = in_instant(e);
    /* Those that took off first mostly land first: it is not far to them. */
    for (struct list_node *l = flying->next; l != flying && e->store.landed > 0;) {
        struct delivery *d = CONTAINER_OF(l, struct delivery, push_link);
        l = l->next;
        if (d->state != DELIVERY_LANDED || (quietly && !delivery_ends_quietly(d, &d->last)))
            continue;
        struct push_outcome outcome = d->last;
        end_push(e, d, &outcome);
        ended++;
    }
    return ended;
}

bool engine_has_offered(const struct engine *e)
{
    return !list_empty(&e->store.offered);
}

size_t engine_flight_count(const struct engine *e)
{
    return e->store.flights;
}

size_t engine_landed_count(const struct engine *e)
{
    return e->store.landed;
}

/* Nobody is told the outcomes of these any more. */
static void silence(const struct list_node *list)
{
    for (struct list_node *l = list->next; l != list; l = l->next)
        delivery_silence(CONTAINER_OF(l, struct delivery, push_link));
}

void engine_abandon_pushes(struct engine *e)
{
    const struct push_outcome abandoned = {.error = "abandoned"};
    struct list_node *flying = &e->store.flying;
    silence(&e->store.offered);
    silence(flying);
    for (struct list_node *l = flying->next; l != flying; l = l->next) {
        struct delivery *d = CONTAINER_OF(l, struct delivery, push_link);
        if (d->state == DELIVERY_IN_FLIGHT)
            delivery_land(d, &abandoned);
    }
}

uint64_t engine_push_count(const struct engine *e, enum push_result result)
{
    return e->pushed[result];
}
