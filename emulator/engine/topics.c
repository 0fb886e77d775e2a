/* The part of engine.h that is about topics and subscriptions.
 *
 * Names of subscriptions are in the same table as those of queues and topics, in a scope of
 * their topic's own (scope_of_topic()): two topics may have subscriptions of the same name.
 * Serials are never used again, so neither is a scope. Dropping goes from the inside out:
 * publications with their deliveries, then subscriptions, then the topic. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

/* ---- topics ---- */

struct topic *engine_find_topic(const struct engine *e, struct bytes name)
{
    struct name *n = names_find(&e->names, SCOPE_TOPICS, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct topic, by_name);
}

size_t engine_topic_count(const struct engine *e)
{
    return e->topic_count;
}

struct topic *engine_next_topic(const struct engine *e, const struct topic *t)
{
    const struct list_node *next = t == NULL ? e->topics.next : t->by_created.next;
    return next == &e->topics ? NULL : CONTAINER_OF(next, struct topic, by_created);
}

struct topic *engine_find_topic_nocase(const struct engine *e, struct bytes name)
{
    struct name *n = names_find_nocase(&e->names, SCOPE_TOPICS, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct topic, by_name);
}

void engine_add_topic(struct engine *e, struct topic *t)
{
    names_add(&e->names, &t->by_name, SCOPE_TOPICS, t->name);
    list_append(&e->topics, &t->by_created);
    e->topic_count++;
}

void engine_add_subscription(struct engine *e, struct subscription *s)
{
    names_add(&e->names, &s->by_name, scope_of_topic(s->topic), s->name);
    list_append(&s->topic->subscriptions, &s->link);
    s->topic->subscription_count++;
}

/* ---- tasks ---- */

/* Leave something to be done with all that is pending in t, or for s; and do it, as far as the effort
 * goes. */
static void set_task(struct engine *e, struct topic *t, enum topic_task task,
                     struct subscription *subject)
{
    topic_set_task(t, task, subject);
    (void)engine_do_tasks(e);
}

void topic_set_task(struct topic *t, enum topic_task task, struct subscription *subject)
{
    t->tasks.due |= 1U << task;
    t->tasks.subject = subject;
    if (!list_linked(&t->tasks.link))
        list_append(&t->store->tasked_topics, &t->tasks.link);
}

static bool purge(struct topic *t)
{
    struct effort *effort = t->store->effort;
    while (t->publication_count > 0) {
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, engine_purge_some(t, 1));
    }
    return true;
}

static bool do_task(struct topic *t, enum topic_task task)
{
    struct topic_tasks *tasks = &t->tasks;
    switch (task) {
    case TOPIC_TASK_PURGE:
        return purge(t);
    case TOPIC_TASK_ARM:
        return publications_arm_expiry(t, &tasks->at);
    case TOPIC_TASK_DROP:
        if (!deliveries_drop(tasks->subject))
            return false;
        subscription_free(tasks->subject);
        return true;
    case TOPIC_TASK_STRATEGY:
        return deliveries_adopt_strategy(tasks->subject, &tasks->at);
    case TOPIC_TASKS:
        break;
    }
    return true;
}

bool topic_do_tasks(struct topic *t)
{
    for (int task = 0; task < TOPIC_TASKS; task++) {
        if ((t->tasks.due >> task & 1) == 0)
            continue;
        if (!do_task(t, (enum topic_task)task))
            return false;
        t->tasks.due &= ~(1U << task);
        t->tasks.at = NULL;
    }
    return true;
}

/* ---- attributes ---- */

static void put_attributes(struct topic *t, const struct topic_request *request)
{
    t->max_msg_size = request->max_msg_size;
    t->retention_ms = request->retention_ms > 0 ? request->retention_ms : TOPIC_RETENTION_MS;
    t->trace = request->trace;
}

enum cmq_err engine_create_topic(struct engine *e, struct bytes name,
                                 const struct topic_request *request, struct topic **out)
{
    struct store *s = &e->store;
    if (names_find_nocase(&e->names, SCOPE_TOPICS, name) != NULL)
        return CMQ_TOPIC_EXISTS;
    if (cooling_has(&e->cooling, SCOPE_TOPICS, name))
        return CMQ_TOPIC_NAME_COOLING;
    if (e->topic_count >= s->limits.max_topics)
        return CMQ_TOO_MANY_TOPICS;
    if (!store_admits_other(s, sizeof(struct topic)))
        return CMQ_TOO_MANY_TOPICS;
    struct topic *t = topic_new(s);
    if (t == NULL)
        return CMQ_INTERNAL;

    name_copy(t->name, name);
    if (request->of_tdmq)
        ids_resource_long(&s->ids, ID_TOPIC, "cmqt-", t->id);
    else
        ids_resource(&s->ids, ID_TOPIC, "topic-", t->id);
    t->filter_type = request->filter_type;
    put_attributes(t, request);
    t->serial = ++e->last_serial;
    engine_add_topic(e, t);
    *out = t;
    return CMQ_OK;
}

void engine_set_topic(struct engine *e, struct topic *t, const struct topic_request *request)
{
    cmq_ms before_ms = t->retention_ms;
    put_attributes(t, request);
    t->modified_ms = engine_now_ms(e);
    if (t->retention_ms != before_ms)
        set_task(e, t, TOPIC_TASK_ARM, NULL);
}

void engine_tag_topic(struct engine *e, struct topic *t, struct tags *tags)
{
    engine_free_tags(e, t->tags);
    t->tags = tags;
}

/* Nobody finds s any more. */
static void take_out_subscription(struct engine *e, struct subscription *s)
{
    names_remove(&e->names, &s->by_name);
    list_unlink(&s->link);
    s->topic->subscription_count--;
    watch_detach(&s->watch);
}

void engine_drop_subscription(struct engine *e, struct subscription *s)
{
    assert(s->pending_count == 0);
    take_out_subscription(e, s);
    subscription_free(s);
}

void engine_drop_topic(struct engine *e, struct topic *t)
{
    engine_purge_some(t, SIZE_MAX);
    if (t->tasks.due >> TOPIC_TASK_DROP & 1)
        subscription_free(t->tasks.subject);
    if (list_linked(&t->tasks.link))
        list_unlink(&t->tasks.link);
    for (struct subscription *s; (s = engine_next_subscription(t, NULL)) != NULL;)
        engine_drop_subscription(e, s);
    names_remove(&e->names, &t->by_name);
    list_unlink(&t->by_created);
    e->topic_count--;
    topic_free(t);
}

enum cmq_err engine_delete_topic(struct engine *e, struct topic *t)
{
    if (t->subscription_count > 0)
        return CMQ_TOPIC_IN_USE;
    if (!cooling_add(&e->cooling, SCOPE_TOPICS, t->name))
        return CMQ_INTERNAL;
    engine_drop_topic(e, t);
    return CMQ_OK;
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
    if (!store_admits_other(s, SUBSCRIPTION_BYTES))
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
    engine_add_subscription(e, made);
    engine_attach_subscription(e, made);
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
    bool other_strategy = request->strategy != s->strategy;
    s->strategy = request->strategy;
    s->modified_ms = engine_now_ms(e);
    if (other_strategy)
        set_task(e, s->topic, TOPIC_TASK_STRATEGY, s);
    return CMQ_OK;
}

void engine_clear_filter_tags(struct engine *e, struct subscription *s)
{
    filter_clear_tags(s->filter);
    s->modified_ms = engine_now_ms(e);
}

void engine_unsubscribe(struct engine *e, struct subscription *s)
{
    take_out_subscription(e, s);
    set_task(e, s->topic, TOPIC_TASK_DROP, s);
}

/* ---- checking ---- */

void engine_check_topic(const struct topic *t)
{
    size_t subscriptions = 0;
    size_t publications = 0;
    size_t pending = 0;
    for (const struct list_node *l = t->subscriptions.next; l != &t->subscriptions;
         l = l->next, subscriptions++) {
        const struct subscription *s = CONTAINER_OF(l, const struct subscription, link);
        assert(s->topic == t);
        if (t->tasks.due >> TOPIC_TASK_STRATEGY == 0)
            deliveries_check(s);
        pending += s->pending_count;
    }
    if (t->tasks.due >> TOPIC_TASK_DROP & 1)
        pending += t->tasks.subject->pending_count;
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
