/* The steps of a copy, in this order:
 *
 *   queues        without messages
 *   policies      when all queues are there, since any of them may be the target
 *   messages      those of each queue, from each of its three sets in the order of sending
 *   topics        with their subscriptions
 *   publications  those of each topic, with their deliveries
 *   names         that cool down
 *   agenda        whatever has a timer was staged meanwhile; all are armed, in the order in which
 *                 those of the first engine were
 *
 * The timers are not copied from the first agenda but with what they belong to: that is how the polls
 * of the first engine are left out, and may end while it is copied.
 *
 * Each step has a place in the first engine. It goes on behind what it was at, so a step that finds no
 * memory has not moved, and can be repeated. */
#include "engine/copy.h"

#include "engine/engine_inside.h"

enum { COPY_QUEUE = 8, COPY_MESSAGE = 3, COPY_DELIVERY = 3, COPY_NAME = 2 };

struct engine_copy {
    const struct engine *from;
    struct engine *to;
    size_t step;
    struct wheel_staging staging;
    uint64_t last_armed; /* in from; what is due again at once counts as armed after that */

    /* Where the present step is; zeroed at its begin. */
    struct {
        const struct queue
            *queue; /* copied last; while its messages are copied, the present one */
        struct queue *new_queue;
        unsigned set; /* of the queue's messages */
        bool in_set;
        struct order_cursor at;
        const struct topic *topic; /* likewise */
        struct topic *new_topic;
        const struct list_node
            *link; /* a subscription or publication of it, or a name: the last */
    } place;
};

static struct effort *effort_of(const struct engine_copy *c)
{
    return c->to->store.effort;
}

/* Whether the next thing, which takes so many bytes and so much effort, may be copied. */
static enum cmq_err admit(struct engine_copy *c, size_t bytes, size_t units)
{
    if (effort_is_used_up(effort_of(c)))
        return CMQ_WAITING;
    if (!store_admits_other(&c->to->store, bytes))
        return CMQ_MEMORY_FULL;
    effort_spend(effort_of(c), units);
    return CMQ_OK;
}

static void stage(struct engine_copy *c, struct event *e, const struct event *other)
{
    if (event_armed(other))
        event_stage(c->to->store.agenda, &c->staging, e, other);
}

static bool copy_tags(struct engine_copy *c, const struct tags *tags, struct tags **out)
{
    *out = NULL;
    return tags == NULL || engine_make_tags(c->to, tags->items, tags->count, out) == CMQ_OK;
}

/* ---- queues ---- */

static struct queue *copy_queue(struct engine_copy *c, const struct queue *q)
{
    struct queue *made = queue_new(&c->to->store);
    if (made == NULL)
        return NULL;
    if (!copy_tags(c, q->tags, &made->tags)) {
        queue_free(made);
        return NULL;
    }
    memcpy(made->name, q->name, sizeof made->name);
    memcpy(made->id, q->id, sizeof made->id);
    made->attributes = q->attributes;
    made->created_ms = q->created_ms;
    made->modified_ms = q->modified_ms;
    made->serial = q->serial;
    made->last_serial = q->last_serial;
    made->last_turn = q->last_turn;
    made->last_receipt = q->last_receipt;
    made->sent = q->sent;
    made->received = q->received;
    made->deletes = q->deletes;
    return made;
}

static size_t tags_size(const struct tags *tags)
{
    return tags != NULL ? tags->bytes : 0;
}

static enum cmq_err copy_queues(struct engine_copy *c)
{
    for (struct queue *q; (q = engine_next_queue(c->from, c->place.queue)) != NULL;) {
        enum cmq_err err = admit(c, sizeof *q + tags_size(q->tags), COPY_QUEUE);
        if (err != CMQ_OK)
            return err;
        struct queue *made = copy_queue(c, q);
        if (made == NULL)
            return CMQ_INTERNAL;
        engine_add_queue(c->to, made);
        c->place.queue = q;
    }
    return CMQ_OK;
}

/* The queues of both engines are in the same order. */
static bool next_queue(struct engine_copy *c)
{
    c->place.queue = engine_next_queue(c->from, c->place.queue);
    c->place.new_queue = engine_next_queue(c->to, c->place.new_queue);
    return c->place.queue != NULL;
}

static enum cmq_err copy_policies(struct engine_copy *c)
{
    while (!effort_is_used_up(effort_of(c))) {
        if (!next_queue(c))
            return CMQ_OK;
        struct dead_letter_policy policy = c->place.queue->dead_letter;
        effort_spend(effort_of(c), 1);
        if (policy.target == NULL)
            continue;
        policy.target = engine_find_queue(c->to, bytes_of(policy.target->name));
        queue_adopt_policy(c->place.new_queue, policy);
    }
    return CMQ_WAITING;
}

/* ---- messages ---- */

static enum cmq_err copy_message(struct engine_copy *c, const struct message *m)
{
    enum cmq_err err = admit(c, message_head_size(m->body_len), COPY_MESSAGE);
    if (err != CMQ_OK)
        return err;
    struct message *made = message_copy(&c->to->store, m);
    if (made == NULL)
        return CMQ_INTERNAL;
    made->queue = c->place.new_queue;
    queue_put(made, m->state, order_rank(&m->place));
    stage(c, &made->wake, &m->wake);
    stage(c, &made->expiry, &m->expiry);
    return CMQ_OK;
}

static enum cmq_err copy_set(struct engine_copy *c, const struct order *set)
{
    if (!c->place.in_set)
        c->place.at = order_up(set);
    c->place.in_set = true;
    for (;;) {
        struct order_cursor at = c->place.at;
        struct order_node *n = order_next_up(set, &at);
        if (n == NULL)
            break;
        enum cmq_err err = copy_message(c, CONTAINER_OF(n, const struct message, age));
        if (err != CMQ_OK)
            return err;
        c->place.at = at;
    }
    c->place.in_set = false;
    return CMQ_OK;
}

static enum cmq_err copy_messages(struct engine_copy *c)
{
    enum { SETS = 3 };
    if (c->place.queue == NULL && !next_queue(c))
        return CMQ_OK;
    do {
        const struct queue *q = c->place.queue;
        const struct order *const sets[SETS] = {&q->delayed, &q->unconsumed, &q->deleted};
        for (; c->place.set < SETS; c->place.set++) {
            enum cmq_err err = copy_set(c, sets[c->place.set]);
            if (err != CMQ_OK)
                return err;
        }
        effort_spend(effort_of(c), 1);
        c->place.set = 0;
    } while (next_queue(c));
    return CMQ_OK;
}

/* ---- topics ---- */

static struct topic *copy_topic(struct engine_copy *c, const struct topic *t)
{
    struct topic *made = topic_new(&c->to->store);
    if (made == NULL)
        return NULL;
    if (!copy_tags(c, t->tags, &made->tags)) {
        topic_free(made);
        return NULL;
    }
    memcpy(made->name, t->name, sizeof made->name);
    memcpy(made->id, t->id, sizeof made->id);
    made->filter_type = t->filter_type;
    made->max_msg_size = t->max_msg_size;
    made->retention_ms = t->retention_ms;
    made->trace = t->trace;
    made->created_ms = t->created_ms;
    made->modified_ms = t->modified_ms;
    made->serial = t->serial;
    made->published = t->published;
    return made;
}

static enum cmq_err copy_topics(struct engine_copy *c)
{
    for (struct topic *t; (t = engine_next_topic(c->from, c->place.topic)) != NULL;) {
        enum cmq_err err = admit(c, sizeof *t + tags_size(t->tags), COPY_QUEUE);
        if (err != CMQ_OK)
            return err;
        struct topic *made = copy_topic(c, t);
        if (made == NULL)
            return CMQ_INTERNAL;
        engine_add_topic(c->to, made);
        c->place.topic = t;
    }
    return CMQ_OK;
}

static struct subscription *copy_subscription(struct engine_copy *c,
                                              const struct subscription *s)
{
    struct subscription *made = subscription_new(c->place.new_topic);
    if (made == NULL)
        return NULL;
    made->filter = filter_new(&c->to->store.allocator, filter_texts(s->filter));
    if (made->filter == NULL) {
        subscription_free(made);
        return NULL;
    }
    memcpy(made->name, s->name, sizeof made->name);
    memcpy(made->id, s->id, sizeof made->id);
    memcpy(made->endpoint, s->endpoint, sizeof made->endpoint);
    made->protocol = s->protocol;
    made->strategy = s->strategy;
    made->format = s->format;
    made->created_ms = s->created_ms;
    made->modified_ms = s->modified_ms;
    made->serial = s->serial;
    return made;
}

/* One of a topic's list, subscription or publication, behind the place. */
typedef enum cmq_err copy_link_fn(struct engine_copy *c, const struct list_node *l);

static bool next_topic(struct engine_copy *c)
{
    c->place.topic = engine_next_topic(c->from, c->place.topic);
    c->place.new_topic = engine_next_topic(c->to, c->place.new_topic);
    c->place.link = NULL;
    return c->place.topic != NULL;
}

static enum cmq_err copy_list(struct engine_copy *c, const struct list_node *list,
                              copy_link_fn *copy)
{
    const struct list_node *last = c->place.link != NULL ? c->place.link : list;
    for (const struct list_node *l = last->next; l != list; l = l->next) {
        enum cmq_err err = copy(c, l);
        if (err != CMQ_OK)
            return err;
        c->place.link = l;
    }
    return CMQ_OK;
}

static enum cmq_err copy_one_subscription(struct engine_copy *c, const struct list_node *l)
{
    enum cmq_err err = admit(c, SUBSCRIPTION_BYTES, COPY_QUEUE);
    if (err != CMQ_OK)
        return err;
    struct subscription *made =
        copy_subscription(c, CONTAINER_OF(l, const struct subscription, link));
    if (made == NULL)
        return CMQ_INTERNAL;
    engine_add_subscription(c->to, made);
    return CMQ_OK;
}

static enum cmq_err copy_subscriptions(struct engine_copy *c)
{
    if (c->place.topic == NULL && !next_topic(c))
        return CMQ_OK;
    do {
        enum cmq_err err = copy_list(c, &c->place.topic->subscriptions, copy_one_subscription);
        if (err != CMQ_OK)
            return err;
        effort_spend(effort_of(c), 1);
    } while (next_topic(c));
    return CMQ_OK;
}

/* What is due again at once has no timer in the first engine. */
static void copy_delivery(struct engine_copy *c, const struct delivery *d,
                          struct delivery *made, struct publication *p)
{
    struct wheel *agenda = c->to->store.agenda;
    made->publication = p;
    if (d->state == DELIVERY_ENDED)
        return;
    delivery_put(
        made, p,
        engine_find_subscription(c->to, c->place.new_topic, bytes_of(d->subscription->name)));
    delivery_copy(made, d);
    stage(c, &made->next, &d->next);
    if (made->state != DELIVERY_SCHEDULED || event_armed(&d->next))
        return;
    made->next.kind = EVENT_PUSH;
    wheel_stage(agenda, &c->staging, &made->next.node, wheel_now_ms(agenda), ++c->last_armed);
}

static enum cmq_err copy_publication(struct engine_copy *c, const struct list_node *l)
{
    const struct publication *p = CONTAINER_OF(l, const struct publication, link);
    enum cmq_err err =
        admit(c, publication_head_size(p), COPY_MESSAGE + COPY_DELIVERY * p->delivery_count);
    if (err != CMQ_OK)
        return err;
    struct publication *made =
        publication_again(c->place.new_topic, p->body, p->blob, p->tags, p->delivery_count);
    if (made == NULL)
        return CMQ_INTERNAL;
    publication_put(made, p->id, p->published_ms);
    stage(c, &made->expiry, &p->expiry);
    for (size_t i = 0; i < p->delivery_count; i++)
        copy_delivery(c, &p->deliveries[i], &made->deliveries[i], made);
    return CMQ_OK;
}

static enum cmq_err copy_publications(struct engine_copy *c)
{
    if (c->place.topic == NULL && !next_topic(c))
        return CMQ_OK;
    do {
        enum cmq_err err = copy_list(c, &c->place.topic->publications, copy_publication);
        if (err != CMQ_OK)
            return err;
        effort_spend(effort_of(c), 1);
    } while (next_topic(c));
    return CMQ_OK;
}

/* ---- names, agenda ---- */

static enum cmq_err copy_name(struct engine_copy *c, const struct list_node *l)
{
    const struct cooling_name *n = CONTAINER_OF(l, const struct cooling_name, link);
    enum cmq_err err = admit(c, sizeof *n, COPY_NAME);
    if (err != CMQ_OK)
        return err;
    struct cooling_name *made = cooling_put(&c->to->cooling, n->name.scope, n->text);
    if (made == NULL)
        return CMQ_INTERNAL;
    stage(c, &made->free, &n->free);
    return CMQ_OK;
}

static enum cmq_err copy_names(struct engine_copy *c)
{
    return copy_list(c, &c->from->cooling.list, copy_name);
}

static enum cmq_err arm(struct engine_copy *c)
{
    return wheel_arm_staged(c->to->store.agenda, &c->staging, effort_of(c)) ? CMQ_OK
                                                                            : CMQ_WAITING;
}

static enum cmq_err (*const steps[])(struct engine_copy *c) = {
    copy_queues,        copy_policies,     copy_messages, copy_topics,
    copy_subscriptions, copy_publications, copy_names,    arm,
};
enum { STEPS = sizeof steps / sizeof steps[0] };

/* ---- the whole ---- */

struct engine_copy *engine_copy_begin(const struct engine *from,
                                      const struct engine_config *config)
{
    struct engine_config own = *config;
    assert(!engine_has_tasks(from) && !engine_is_ending_pushes(from));
    struct engine_copy *c = allocator_take_zeroed(&config->allocator, sizeof *c);
    if (c == NULL)
        return NULL;
    own.limits = from->store.limits;
    own.account = from->store.account;
    own.seed = from->seed;
    own.now_ms = engine_now_ms(from);
    own.watches = NULL;
    c->from = from;
    c->to = engine_new(&own);
    if (c->to == NULL) {
        allocator_give(&config->allocator, c);
        return NULL;
    }
    wheel_begin_staging(&c->staging);
    c->last_armed = wheel_last_armed(from->store.agenda);
    c->to->store.ids = from->store.ids;
    c->to->last_serial = from->last_serial;
    c->to->control = from->control;
    memcpy(c->to->fired, from->fired, sizeof c->to->fired);
    memcpy(c->to->pushed, from->pushed, sizeof c->to->pushed);
    return c;
}

enum cmq_err engine_copy_some(struct engine_copy *c)
{
    for (; c->step < STEPS; c->step++) {
        enum cmq_err err = steps[c->step](c);
        if (err != CMQ_OK)
            return err;
        memset(&c->place, 0, sizeof c->place);
    }
    return CMQ_OK;
}

struct engine *engine_copy_end(struct engine_copy *c)
{
    struct engine *made = c->to;
    struct allocator a = made->store.allocator;
    wheel_end_staging(made->store.agenda, &c->staging);
    allocator_give(&a, c);
    return made;
}
