/* The messages of a queue wait until all are told, since the order in which they are handed out, and in
 * which they were received, is another one than that of sending: see making_end_queue(). Policies wait until
 * all queues are there, and timers are staged (wheel.h) until all is. */
#include "engine/making.h"

#include "engine/engine_inside.h"

/* Timers without a number are armed after all that have one. */
enum { NUMBERS_GIVEN_BITS = 53 };

struct waiting_message {
    struct message *message;
    size_t place; /* in the order of sending */
    enum message_state state;
    cmq_ms wake_ms;
    uint64_t turn, receipt; /* 0: not given */
    uint64_t wake_armed, expiry_armed;
};

struct waiting_policy {
    struct queue *queue;
    size_t place; /* of the queue, among all */
    struct dead_letter_policy policy;
    char target[NAME_MAX_LENGTH + 1];
};

struct making {
    struct engine *engine;
    struct wheel_staging staging;
    uint64_t last_armed;
    struct queue *queue; /* whose messages are being told */
    struct topic *topic;
    struct waiting_message *messages; /* of the queue */
    size_t message_count, message_room;
    /* Of making_end_queue(): */
    size_t step, put; /* which of its steps; how many messages are put */
    size_t run;       /* while they are sorted, the length of sorted runs; else 0 */
    struct waiting_message *spare; /* likewise, as many as messages */
    struct waiting_policy *policies;
    size_t policy_count, policy_room;
    size_t adopted;           /* of the policies */
    uint64_t last_serials[2]; /* of queues, of topics */
};

static struct store *store_of(struct making *m)
{
    return &m->engine->store;
}

static cmq_ms now_ms(const struct making *m)
{
    return engine_now_ms(m->engine);
}

struct making *making_begin(const struct engine_config *config,
                            const struct engine_counters *counters)
{
    struct making *m = allocator_take_zeroed(&config->allocator, sizeof *m);
    if (m == NULL)
        return NULL;
    m->engine = engine_new(config);
    if (m->engine == NULL) {
        allocator_give(&config->allocator, m);
        return NULL;
    }
    struct engine *e = m->engine;
    wheel_begin_staging(&m->staging);
    m->last_armed = UINT64_C(1) << NUMBERS_GIVEN_BITS;
    memcpy(e->store.ids.count, counters->ids, sizeof counters->ids);
    e->last_serial = counters->last_serial;
    e->control = (struct rate){engine_now_ms(e) / 1000, counters->control};
    memcpy(e->fired, counters->fired, sizeof e->fired);
    memcpy(e->pushed, counters->pushed, sizeof e->pushed);
    return m;
}

const struct engine *making_engine(const struct making *m)
{
    return m->engine;
}

static uint64_t armed_as(struct making *m, uint64_t given)
{
    return given > 0 ? given : ++m->last_armed;
}

static void stage(struct making *m, struct event *e, enum event_kind kind, cmq_ms due_ms,
                  uint64_t given)
{
    e->kind = kind;
    wheel_stage(store_of(m)->agenda, &m->staging, &e->node, due_ms, armed_as(m, given));
}

static struct rate rate_of(const struct making *m, uint32_t count)
{
    return (struct rate){count > 0 ? now_ms(m) / 1000 : 0, count};
}

/* The next serial, or the given one, which must be above the last; 0 if it is not. */
static uint64_t take_serial(struct making *m, uint64_t *last, uint64_t given)
{
    uint64_t serial = given > 0 ? given : *last + 1;
    if (serial <= *last)
        return 0;
    *last = serial;
    if (serial > m->engine->last_serial)
        m->engine->last_serial = serial;
    return serial;
}

static void give_id(struct making *m, struct bytes given, enum id_kind kind, const char *prefix,
                    bool is_long, char out[RESOURCE_ID_SIZE])
{
    assert(given.len < RESOURCE_ID_SIZE);
    struct ids *ids = &store_of(m)->ids;
    if (given.len > 0) {
        memcpy(out, given.data, given.len);
        ids_pass_resource(ids, kind, out);
    } else if (is_long) {
        ids_resource_long(ids, kind, prefix, out);
    } else {
        ids_resource(ids, kind, prefix, out);
    }
}

/* What queues and topics begin with: a serial, tags, and room for so many bytes besides. */
static enum cmq_err begin_resource(struct making *m, const struct resource_part *part,
                                   uint64_t *last_serial, size_t bytes, uint64_t *serial,
                                   struct tags **tags)
{
    *tags = NULL;
    *serial = take_serial(m, last_serial, part->serial);
    if (*serial == 0)
        return CMQ_PARAM_RANGE;
    enum cmq_err err = part->tag_count > 0
                           ? engine_make_tags(m->engine, part->tags, part->tag_count, tags)
                           : CMQ_OK;
    if (err != CMQ_OK || store_admits_other(store_of(m), bytes))
        return err;
    engine_free_tags(m->engine, *tags);
    return CMQ_MEMORY_FULL;
}

static void *take_room(struct making *m, size_t bytes)
{
    return allocator_take(&store_of(m)->allocator, bytes);
}

static void give_room(struct making *m, void *room)
{
    allocator_give(&store_of(m)->allocator, room);
}

/* Items with room for one more; NULL when there is no memory: then they are what they were. */
static void *with_room(struct making *m, void *items, size_t *room, size_t count, size_t size)
{
    if (items != NULL && count < *room)
        return items;
    size_t more = *room > 0 ? *room * 2 : 64;
    void *wider = take_room(m, more * size);
    if (wider == NULL)
        return NULL;
    if (items != NULL)
        memcpy(wider, items, count * size);
    give_room(m, items);
    *room = more;
    return wider;
}

/* ---- the messages of a queue ---- */

typedef uint64_t key_of(const struct waiting_message *w);

/* What is not given comes last. */
static uint64_t turn_of(const struct waiting_message *w)
{
    return w->turn - 1;
}

static uint64_t receipt_of(const struct waiting_message *w)
{
    return w->receipt - 1;
}

static uint64_t place_of(const struct waiting_message *w)
{
    return w->place;
}

/* Two sorted runs, one behind the other, as one; those of equal keys stay in their order. */
static void merge(const struct waiting_message *from, size_t middle, size_t count, key_of *key,
                  struct waiting_message *to)
{
    size_t left = 0;
    size_t right = middle;
    for (size_t i = 0; i < count; i++) {
        bool take_left =
            right == count || (left < middle && key(&from[left]) <= key(&from[right]));
        to[i] = from[take_left ? left++ : right++];
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_sorted(const struct making *m, key_of *key)
{
    for (size_t i = 1; i < m->message_count; i++)
        if (key(&m->messages[i - 1]) > key(&m->messages[i]))
            return false;
    return true;
}

/* Runs of twice the length, in the other list. */
static void merge_runs(struct making *m, key_of *key)
{
    size_t count = m->message_count;
    struct waiting_message *from = m->messages;
    for (size_t at = 0; at < count; at += 2 * m->run)
        merge(from + at, least(m->run, count - at), least(2 * m->run, count - at), key,
              m->spare + at);
    m->messages = m->spare;
    m->spare = from;
    m->run *= 2;
}

/* By merging, from short runs to long ones; WAITING when the effort is used up. */
static enum cmq_err sort_messages(struct making *m, key_of *key)
{
    enum { MERGED_OF_A_UNIT = 4 };
    struct effort *effort = store_of(m)->effort;
    if (m->run == 0 && is_sorted(m, key))
        return CMQ_OK;
    if (m->run == 0) {
        m->spare = take_room(m, m->message_room * sizeof *m->spare);
        if (m->spare == NULL)
            return CMQ_INTERNAL;
        m->run = 1;
    }
    while (m->run < m->message_count) {
        if (effort_is_used_up(effort))
            return CMQ_WAITING;
        effort_spend(effort, 1 + m->message_count / MERGED_OF_A_UNIT);
        merge_runs(m, key);
    }
    give_room(m, m->spare);
    m->spare = NULL;
    m->run = 0;
    return CMQ_OK;
}

static enum cmq_err sort_by_turn(struct making *m)
{
    return sort_messages(m, turn_of);
}

static enum cmq_err sort_by_receipt(struct making *m)
{
    return sort_messages(m, receipt_of);
}

static enum cmq_err sort_by_place(struct making *m)
{
    return sort_messages(m, place_of);
}

/* Above the last one, and the given one if it is. */
static uint64_t rise(uint64_t *last, uint64_t given)
{
    *last = given > *last ? given : *last + 1;
    return *last;
}

static enum cmq_err number_turns(struct making *m)
{
    struct queue *q = m->queue;
    uint64_t last = 0;
    for (size_t i = 0; i < m->message_count; i++)
        if (m->messages[i].state != MESSAGE_DELAYED)
            m->messages[i].turn = rise(&last, m->messages[i].turn);
    q->last_turn = last > q->last_turn ? last : q->last_turn;
    return CMQ_OK;
}

static enum cmq_err number_receipts(struct making *m)
{
    struct queue *q = m->queue;
    uint64_t last = 0;
    for (size_t i = 0; i < m->message_count; i++)
        if (m->messages[i].state == MESSAGE_INACTIVE)
            m->messages[i].receipt = rise(&last, m->messages[i].receipt);
    q->last_receipt = last > q->last_receipt ? last : q->last_receipt;
    return CMQ_OK;
}

/* An active message has a timer when dead letters are checked by timer. */
static cmq_ms wake_ms_of(struct making *m, const struct waiting_message *w)
{
    struct queue *q = m->queue;
    if (w->state == MESSAGE_ACTIVE && (!store_of(m)->limits.eager_dead_letter ||
                                       queue_dead_letter_ms(q, w->message) == CMQ_NEVER))
        return CMQ_NEVER; /* whatever is given: its queue has no policy by now, or none for it */
    if (w->wake_ms != CMQ_NEVER)
        return w->wake_ms;
    if (w->state == MESSAGE_INACTIVE)
        return now_ms(m) + q->attributes.visibility_ms;
    return w->state == MESSAGE_DELAYED ? now_ms(m) : queue_dead_letter_ms(q, w->message);
}

static void draw_numbers(struct making *m, struct message *message, enum message_state state)
{
    struct ids *ids = &store_of(m)->ids;
    if (message->id == 0)
        message->id = ids_number(ids, ID_MESSAGE);
    if (message->handle == 0 && state == MESSAGE_INACTIVE)
        message->handle = ids_number(ids, ID_HANDLE);
}

static void put_message(struct making *m, const struct waiting_message *w)
{
    static const enum event_kind kinds[MESSAGE_STATES] = {[MESSAGE_DELAYED] = EVENT_DELAYED,
                                                          [MESSAGE_ACTIVE] = EVENT_DEAD_LETTER,
                                                          [MESSAGE_INACTIVE] = EVENT_VISIBLE};
    struct message *message = w->message;
    draw_numbers(m, message, w->state);
    message->serial = ++m->queue->last_serial;
    message->turn = w->turn;
    queue_put(message, w->state, w->state == MESSAGE_ACTIVE ? w->turn : w->receipt);
    cmq_ms wake_ms = w->state == MESSAGE_DELETED ? CMQ_NEVER : wake_ms_of(m, w);
    if (wake_ms != CMQ_NEVER)
        stage(m, &message->wake, kinds[w->state], wake_ms, w->wake_armed);
    stage(m, &message->expiry, queue_expiry_kind(message), queue_expire_ms(message),
          w->expiry_armed);
}

static enum cmq_err put_messages(struct making *m)
{
    enum { PUT = 3 };
    struct effort *effort = store_of(m)->effort;
    for (; m->put < m->message_count; m->put++) {
        struct waiting_message *w = &m->messages[m->put];
        if (effort_is_used_up(effort))
            return CMQ_WAITING;
        if (w->message->handle > 0 && engine_find_handle(m->engine, w->message->handle) != NULL)
            return CMQ_HANDLE_INVALID;
        effort_spend(effort, PUT);
        put_message(m, w);
        w->message = NULL;
    }
    return CMQ_OK;
}

enum cmq_err making_end_queue(struct making *m, size_t *at)
{
    static enum cmq_err (*const steps[])(struct making * m) = {sort_by_turn,    number_turns,
                                                               sort_by_receipt, number_receipts,
                                                               sort_by_place,   put_messages};
    enum { LOOKED_AT_OF_A_UNIT = 16 };
    assert(m->queue != NULL);
    for (; m->step < sizeof steps / sizeof steps[0]; m->step++) {
        enum cmq_err err = steps[m->step](m);
        *at = m->put;
        if (err != CMQ_OK)
            return err;
        effort_spend(store_of(m)->effort, m->message_count / LOOKED_AT_OF_A_UNIT);
    }
    m->step = m->put = m->message_count = 0;
    m->queue = NULL;
    return CMQ_OK;
}

/* ---- queues ---- */

static enum cmq_err keep_policy(struct making *m, const struct queue_part *part)
{
    if (part->policy == DEAD_LETTER_NONE)
        return CMQ_OK;
    struct waiting_policy *policies =
        with_room(m, m->policies, &m->policy_room, m->policy_count, sizeof *policies);
    if (policies == NULL)
        return CMQ_INTERNAL;
    m->policies = policies;
    struct waiting_policy *p = &m->policies[m->policy_count++];
    *p = (struct waiting_policy){
        .queue = m->queue,
        .place = m->engine->queue_count - 1,
        .policy = {part->policy, NULL, part->max_receives, part->max_age_ms}};
    name_copy(p->target, part->target);
    m->queue->dead_letter = p->policy; /* without a target: for wake_ms_of() */
    return CMQ_OK;
}

enum cmq_err making_queue(struct making *m, const struct queue_part *part)
{
    struct engine *e = m->engine;
    const struct resource_part *resource = &part->resource;
    struct tags *tags;
    uint64_t serial;
    assert(m->queue == NULL);
    if (engine_find_queue_nocase(e, resource->name) != NULL)
        return CMQ_QUEUE_EXISTS;
    enum cmq_err err =
        begin_resource(m, resource, &m->last_serials[0], sizeof(struct queue), &serial, &tags);
    if (err != CMQ_OK)
        return err;
    struct queue *q = queue_new(store_of(m));
    if (q == NULL) {
        engine_free_tags(e, tags);
        return CMQ_INTERNAL;
    }
    q->tags = tags;
    name_copy(q->name, resource->name);
    bool is_long = part->attributes.of_tdmq;
    give_id(m, resource->id, ID_QUEUE, is_long ? "cmqq-" : "queue-", is_long, q->id);
    q->attributes = part->attributes;
    q->created_ms = resource->created_ms;
    q->modified_ms = resource->modified_ms;
    q->serial = serial;
    q->last_turn = part->last_turn;
    q->last_receipt = part->last_receipt;
    q->sent = rate_of(m, part->sent);
    q->received = rate_of(m, part->received);
    q->deletes = rate_of(m, part->deletes);
    engine_add_queue(e, q);
    m->queue = q;
    return keep_policy(m, part);
}

/* Those that are drawn come behind all that are given in this queue: see put_message(). */
static void give_numbers(struct making *m, const struct message_part *part,
                         struct message *made)
{
    struct ids *ids = &store_of(m)->ids;
    made->id = part->id;
    if (part->id > 0)
        ids_pass_number(ids, ID_MESSAGE, part->id);
    made->handle = part->state == MESSAGE_INACTIVE ? part->handle : 0;
    if (made->handle > 0)
        ids_pass_number(ids, ID_HANDLE, part->handle);
}

enum cmq_err making_message(struct making *m, const struct message_part *part)
{
    struct store *s = store_of(m);
    assert(m->queue != NULL);
    size_t size = message_head_size(part->body.len) + message_blob_size(part->body.len);
    const struct waiting_message *last =
        m->message_count > 0 ? &m->messages[m->message_count - 1] : NULL;
    if (last != NULL && last->message->sent_ms > part->sent_ms)
        return CMQ_PARAM_RANGE;
    if (!store_admits_other(s, size))
        return CMQ_MEMORY_FULL;
    struct waiting_message *messages =
        with_room(m, m->messages, &m->message_room, m->message_count, sizeof *messages);
    if (messages == NULL)
        return CMQ_INTERNAL;
    m->messages = messages;
    struct message *made = message_new(s, part->body, NULL);
    if (made == NULL)
        return CMQ_INTERNAL;
    made->queue = m->queue;
    give_numbers(m, part, made);
    made->sent_ms = part->sent_ms;
    made->first_dequeue_ms = part->first_dequeue_ms;
    made->dequeue_count = part->dequeue_count;
    made->doubled = part->doubled;
    messages[m->message_count] = (struct waiting_message){
        .message = made,
        .place = m->message_count,
        .state = part->state,
        .wake_ms = part->wake_ms,
        .turn = part->state == MESSAGE_DELAYED ? 0 : part->turn,
        .receipt = part->receipt,
        .wake_armed = part->wake_armed,
        .expiry_armed = part->expiry_armed,
    };
    m->message_count++;
    return CMQ_OK;
}

/* ---- topics ---- */

enum cmq_err making_topic(struct making *m, const struct topic_part *part)
{
    struct engine *e = m->engine;
    const struct resource_part *resource = &part->resource;
    struct tags *tags;
    uint64_t serial;
    assert(m->queue == NULL);
    if (names_find_nocase(&e->names, SCOPE_TOPICS, resource->name) != NULL)
        return CMQ_TOPIC_EXISTS;
    enum cmq_err err =
        begin_resource(m, resource, &m->last_serials[1], sizeof(struct topic), &serial, &tags);
    if (err != CMQ_OK)
        return err;
    struct topic *t = topic_new(store_of(m));
    if (t == NULL) {
        engine_free_tags(e, tags);
        return CMQ_INTERNAL;
    }
    t->tags = tags;
    name_copy(t->name, resource->name);
    bool is_long = part->request.of_tdmq;
    give_id(m, resource->id, ID_TOPIC, is_long ? "cmqt-" : "topic-", is_long, t->id);
    t->filter_type = part->request.filter_type;
    t->max_msg_size = part->request.max_msg_size;
    t->retention_ms = part->request.retention_ms;
    t->trace = part->request.trace;
    t->created_ms = resource->created_ms;
    t->modified_ms = resource->modified_ms;
    t->serial = serial;
    t->published = rate_of(m, part->published);
    engine_add_topic(e, t);
    m->topic = t;
    return CMQ_OK;
}

static uint64_t last_serial_of(const struct topic *t)
{
    const struct list_node *last = t->subscriptions.prev;
    return last != &t->subscriptions
               ? CONTAINER_OF(last, const struct subscription, link)->serial
               : 0;
}

enum cmq_err making_subscription(struct making *m, const struct subscription_part *part)
{
    struct engine *e = m->engine;
    struct topic *t = m->topic;
    const struct subscription_request *r = &part->request;
    uint64_t last = last_serial_of(t);
    assert(r->endpoint.len <= ENDPOINT_LENGTH_MAX);
    if (t->filter_type == FILTER_BY_KEY && r->filter.key_count == 0)
        return CMQ_NO_BINDING_KEY;
    if (names_find_nocase(&e->names, scope_of_topic(t), r->name) != NULL)
        return CMQ_SUBSCRIPTION_EXISTS;
    uint64_t serial = take_serial(m, &last, part->serial);
    if (serial == 0)
        return CMQ_PARAM_RANGE;
    if (!store_admits_other(store_of(m), SUBSCRIPTION_BYTES))
        return CMQ_MEMORY_FULL;
    struct subscription *s = subscription_new(t);
    if (s == NULL)
        return CMQ_INTERNAL;
    s->filter = filter_new(&store_of(m)->allocator, &r->filter);
    if (s->filter == NULL) {
        subscription_free(s);
        return CMQ_INTERNAL;
    }
    name_copy(s->name, r->name);
    give_id(m, part->id, ID_SUBSCRIPTION, "subsc-", false, s->id);
    memcpy(s->endpoint, r->endpoint.data, r->endpoint.len);
    s->protocol = r->protocol;
    s->strategy = r->strategy;
    s->format = r->format;
    s->created_ms = part->created_ms;
    s->modified_ms = part->modified_ms;
    s->serial = serial;
    engine_add_subscription(e, s);
    return CMQ_OK;
}

/* One message at a time with BACKOFF_RETRY: whose turn it is follows from the order. */
static void put_delivery(struct making *m, struct publication *p, struct delivery *d,
                         const struct delivery_part *part)
{
    struct subscription *s = part->subscription;
    delivery_put(d, p, s);
    delivery_resume(d, part->attempts, &part->last);
    d->put_off_by = part->put_off_by;
    if (s->strategy == BACKOFF_RETRY && s->pending_count > 1) {
        d->state = DELIVERY_WAITING;
        return;
    }
    d->state = DELIVERY_SCHEDULED;
    stage(m, &d->next, EVENT_PUSH, part->next_ms != CMQ_NEVER ? part->next_ms : now_ms(m),
          part->next_armed);
}

struct subscription *making_find_subscription(struct making *m, struct bytes name)
{
    return engine_find_subscription(m->engine, m->topic, name);
}

/* Its deliveries are put one right after the other, so one that is put is the last of its subscription. */
static bool has_one_of(const struct subscription *s, const struct publication *p)
{
    const struct list_node *last = s->pending.prev;
    return last != &s->pending &&
           CONTAINER_OF(last, const struct delivery, link)->publication == p;
}

enum cmq_err making_publication(struct making *m, const struct publication_part *part)
{
    static const struct routing none = {.tag_count = 0};
    struct store *s = store_of(m);
    struct blob *blob = NULL;
    assert(part->delivery_count > 0 && part->subscribers >= part->delivery_count);
    if (!store_admits_other(s, publication_needs(part->body, &none, part->subscribers) +
                                   part->tags.len + sizeof *blob))
        return CMQ_MEMORY_FULL;
    if (part->body.len >= BODY_SHARED_FROM) {
        blob = blob_new(&s->allocator, s->shared_bytes, part->body);
        if (blob == NULL)
            return CMQ_INTERNAL;
    }
    struct publication *p =
        publication_again(m->topic, part->body, blob, part->tags, part->subscribers);
    blob_give(blob); /* p has a reference of its own */
    if (p == NULL)
        return CMQ_INTERNAL;
    if (part->id > 0)
        ids_pass_number(&s->ids, ID_MESSAGE, part->id);
    publication_put(p, part->id > 0 ? part->id : ids_number(&s->ids, ID_MESSAGE),
                    part->published_ms);
    stage(m, &p->expiry, EVENT_PUBLICATION_EXPIRED, part->published_ms + m->topic->retention_ms,
          part->expiry_armed);
    for (size_t i = 0; i < p->delivery_count; i++)
        p->deliveries[i].publication = p;
    for (size_t i = 0; i < part->delivery_count; i++) {
        if (has_one_of(part->deliveries[i].subscription, p))
            return CMQ_SUBSCRIPTION_EXISTS;
        put_delivery(m, p, &p->deliveries[i], &part->deliveries[i]);
    }
    return CMQ_OK;
}

/* ---- names, the end ---- */

enum cmq_err making_name(struct making *m, const struct name_part *part)
{
    struct engine *e = m->engine;
    uint64_t scope = part->of_topic ? SCOPE_TOPICS : SCOPE_QUEUES;
    if (names_find_nocase(&e->names, scope, part->text) != NULL ||
        cooling_has(&e->cooling, scope, part->text))
        return CMQ_NAME_COOLING;
    if (!store_admits_other(store_of(m), sizeof(struct cooling_name)))
        return CMQ_MEMORY_FULL;
    char text[NAME_MAX_LENGTH + 1];
    name_copy(text, part->text);
    struct cooling_name *n = cooling_put(&e->cooling, scope, text);
    if (n == NULL)
        return CMQ_INTERNAL;
    stage(m, &n->free, EVENT_NAME_FREE, part->free_ms, part->free_armed);
    return CMQ_OK;
}

static enum cmq_err adopt(struct making *m, struct waiting_policy *p)
{
    struct queue *target = engine_find_queue(m->engine, bytes_of(p->target));
    if (target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    if (target->dead_letter.kind != DEAD_LETTER_NONE)
        return CMQ_DEAD_LETTER_NEST;
    if (target->source_count >= DEAD_LETTER_SOURCES_MAX)
        return CMQ_DEAD_LETTER_SOURCES;
    p->policy.target = target;
    queue_adopt_policy(p->queue, p->policy);
    return CMQ_OK;
}

/* Leaves the engine. */
static void free_making(struct making *m)
{
    struct allocator a = store_of(m)->allocator;
    give_room(m, m->messages);
    give_room(m, m->spare);
    give_room(m, m->policies);
    allocator_give(&a, m);
}

enum cmq_err making_end(struct making *m, struct engine **out, size_t *at)
{
    struct effort *effort = store_of(m)->effort;
    assert(m->queue == NULL);
    for (; m->adopted < m->policy_count; m->adopted++) {
        *at = m->policies[m->adopted].place;
        if (effort_is_used_up(effort))
            return CMQ_WAITING;
        effort_spend(effort, 1);
        enum cmq_err err = adopt(m, &m->policies[m->adopted]);
        if (err != CMQ_OK)
            return err;
    }
    if (!wheel_arm_staged(store_of(m)->agenda, &m->staging, effort))
        return CMQ_WAITING;
    *out = m->engine;
    free_making(m);
    return CMQ_OK;
}

/* Queues have policies without a target as long as it is not ended. */
struct engine *making_give_up(struct making *m)
{
    for (size_t i = 0; i < m->message_count; i++)
        if (m->messages[i].message != NULL)
            message_free(store_of(m), m->messages[i].message);
    for (size_t i = m->adopted; i < m->policy_count; i++)
        m->policies[i].queue->dead_letter.kind = DEAD_LETTER_NONE;
    wheel_end_staging(store_of(m)->agenda, &m->staging);
    struct engine *made = m->engine;
    free_making(m);
    return made;
}
