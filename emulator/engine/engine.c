#include "engine/engine.h"

#include "engine/engine_inside.h"

/* The name of a deleted queue or topic that cannot be used again yet. */
struct cooling_name {
    struct name name;      /* in engine->cooling */
    struct list_node link; /* in engine->cooling_names */
    struct event free;     /* armed as long as this exists */
    char text[NAME_MAX_LENGTH + 1];
};

struct queue_attributes queue_attributes_default(void)
{
    return (struct queue_attributes){
        .max_heap = 100000000,
        .max_msg_size = 65536,
        .polling_wait_ms = 0,
        .visibility_ms = (cmq_ms)30 * 1000,
        .retention_ms = (cmq_ms)345600 * 1000,
        .rewind_ms = 0,
    };
}

struct engine *engine_new(const struct engine_config *config)
{
    struct engine *e = allocator_take_zeroed(&config->allocator, sizeof *e);
    if (e == NULL)
        return NULL;
    struct store *s = &e->store;
    s->allocator = config->allocator;
    s->limits = config->limits;
    e->seed = config->seed;
    ids_init(&s->ids, config->seed);
    list_init(&s->unsettled);
    list_init(&s->released);
    flights_init(&s->flights);
    list_init(&e->queues);
    list_init(&e->topics);
    list_init(&e->cooling_names);
    s->agenda = wheel_new(&s->allocator, WHEEL_LEVELS, WHEEL_BITS, config->now_ms);
    bool ready = s->agenda != NULL;
    ready = table_init(&s->handles, s->allocator) && ready;
    ready = names_init(&e->names, s->allocator, e->seed) && ready;
    ready = names_init(&e->cooling, s->allocator, e->seed) && ready;
    if (ready)
        return e;
    engine_free(e);
    return NULL;
}

/* ---- names ---- */

struct queue *engine_find_queue(const struct engine *e, struct bytes name)
{
    struct name *n = names_find(&e->names, SCOPE_QUEUES, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct queue, by_name);
}

bool engine_cool_name(struct engine *e, enum name_scope scope, const char *text)
{
    struct store *s = &e->store;
    if (s->limits.name_cooling_ms == 0)
        return true;
    struct cooling_name *c = allocator_take_zeroed(&s->allocator, sizeof *c);
    if (c == NULL)
        return false;
    name_copy(c->text, bytes_of(text));
    names_add(&e->cooling, &c->name, scope, c->text);
    list_append(&e->cooling_names, &c->link);
    event_arm(s->agenda, &c->free, EVENT_NAME_FREE,
              store_now_ms(s) + s->limits.name_cooling_ms);
    return true;
}

static void cooling_free(struct engine *e, struct cooling_name *c)
{
    event_disarm(e->store.agenda, &c->free);
    names_remove(&e->cooling, &c->name);
    list_unlink(&c->link);
    allocator_give(&e->store.allocator, c);
}

static void cooling_free_all(struct engine *e)
{
    for (struct list_node *l; (l = list_first(&e->cooling_names)) != NULL;)
        cooling_free(e, CONTAINER_OF(l, struct cooling_name, link));
}

/* ---- time ---- */

cmq_ms engine_now_ms(const struct engine *e)
{
    return store_now_ms(&e->store);
}

const struct engine_limits *engine_limits_of(const struct engine *e)
{
    return &e->store.limits;
}

enum cmq_err engine_count_control(struct engine *e)
{
    uint32_t limit = e->store.limits.control_rate;
    if (limit == 0)
        return CMQ_OK;
    return rate_now(&e->control, engine_now_ms(e))->count++ < limit ? CMQ_OK : CMQ_CONTROL_RATE;
}

bool engine_empty(const struct engine *e)
{
    return list_empty(&e->queues) && list_empty(&e->topics);
}

void engine_restart(struct engine *e, cmq_ms now_ms)
{
    assert(engine_empty(e));
    cooling_free_all(e);
    wheel_restart(e->store.agenda, now_ms);
}

cmq_ms engine_wake_ms(const struct engine *e)
{
    return wheel_wake_ms(e->store.agenda);
}

size_t engine_pending_count(const struct engine *e)
{
    return wheel_armed_count(e->store.agenda);
}

/* The message that the event lies in; NULL for the other kinds. */
static struct message *message_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
        return CONTAINER_OF(event, struct message, wake);
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        return CONTAINER_OF(event, struct message, expiry);
    case EVENT_POLL_TIMEOUT:
    case EVENT_NAME_FREE:
    case EVENT_PUSH:
    case EVENT_PUBLICATION_EXPIRED:
        break;
    }
    return NULL;
}

/* A message of age msgRetentionSeconds is gone even if it would become active at that same
 * instant (queue-api 3.2). */
static bool wakes_too_late(const struct event *event)
{
    return (event->kind == EVENT_DELAYED || event->kind == EVENT_VISIBLE) &&
           queue_expire_ms(message_of(event)) <= event->node.due_ms;
}

static void view_message(const struct event *event, struct event_view *v)
{
    const struct message *m = message_of(event);
    v->queue_name = m->queue->name;
    v->msg_id = m->id;
    if (wakes_too_late(event))
        v->kind = EVENT_EXPIRED;
}

static void view_name(const struct event *event, struct event_view *v)
{
    const struct cooling_name *c = CONTAINER_OF(event, const struct cooling_name, free);
    if (c->name.scope == SCOPE_QUEUES)
        v->queue_name = c->text;
    else
        v->topic_name = c->text;
}

static void view_push(const struct event *event, struct event_view *v)
{
    const struct delivery *d = CONTAINER_OF(event, const struct delivery, next);
    v->topic_name = d->publication->topic->name;
    v->subscription_name = d->subscription->name;
    v->msg_id = d->publication->id;
    v->attempt = d->attempts + 1;
}

/* What the event will do: its kind, or EVENT_EXPIRED. */
static struct event_view view_of(const struct event *event)
{
    struct event_view v = {.at_ms = event->node.due_ms, .kind = event->kind};
    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        view_message(event, &v);
        break;
    case EVENT_POLL_TIMEOUT:
        v.queue_name = CONTAINER_OF(event, struct parked_poll, timeout)->queue->name;
        break;
    case EVENT_NAME_FREE:
        view_name(event, &v);
        break;
    case EVENT_PUSH:
        view_push(event, &v);
        break;
    case EVENT_PUBLICATION_EXPIRED: {
        const struct publication *p = CONTAINER_OF(event, const struct publication, expiry);
        v.kind = EVENT_EXPIRED;
        v.topic_name = p->topic->name;
        v.msg_id = p->id;
        break;
    }
    }
    return v;
}

bool engine_next_event(const struct engine *e, struct event_view *out)
{
    const struct wheel_node *n = wheel_first(e->store.agenda);
    if (n == NULL)
        return false;
    *out = view_of(CONTAINER_OF(n, const struct event, node));
    return true;
}

bool engine_walk_agenda(const struct engine *e, struct agenda_cursor *c, struct event_view *out)
{
    struct wheel *w = e->store.agenda;
    c->last = c->last == NULL ? wheel_first(w) : wheel_after(w, c->last);
    if (c->last == NULL)
        return false;
    *out = view_of(CONTAINER_OF(c->last, const struct event, node));
    return true;
}

uint64_t engine_fired_count(const struct engine *e, enum event_kind kind)
{
    return e->fired[kind];
}

/* A message that came at this very instant, but earlier, still goes to the poll. */
static void time_out(struct parked_poll *p)
{
    queue_settle(p->queue);
    if (p->queue != NULL)
        queue_release(p, CMQ_NO_MESSAGE);
}

/* What is to happen to it, as people see it. */
static void fire_message(struct message *m, enum event_kind kind)
{
    if (kind == EVENT_DELAYED || kind == EVENT_VISIBLE)
        queue_enter(m, MESSAGE_ACTIVE, 0);
    else if (kind == EVENT_DEAD_LETTER)
        queue_move_dead_letter(m->queue, m);
    else
        queue_free_message(m);
}

static void fire(struct engine *e, struct event *event, struct firings *firings)
{
    struct event_view view = view_of(event);
    struct firing *firing = firings_add(firings, &view);
    e->fired[view.kind]++;

    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        fire_message(message_of(event), view.kind);
        break;
    case EVENT_POLL_TIMEOUT:
        time_out(CONTAINER_OF(event, struct parked_poll, timeout));
        break;
    case EVENT_NAME_FREE:
        cooling_free(e, CONTAINER_OF(event, struct cooling_name, free));
        break;
    case EVENT_PUSH:
        engine_push(e, CONTAINER_OF(event, struct delivery, next), firing);
        break;
    case EVENT_PUBLICATION_EXPIRED:
        publication_drop(CONTAINER_OF(event, struct publication, expiry));
        break;
    }
}

/* Serve parked polls. A queue can be a dead-letter queue for another, so that settling one
 * unsettles the next. */
void engine_settle(struct engine *e)
{
    for (struct list_node *l; (l = list_first(&e->store.unsettled)) != NULL;)
        queue_settle(CONTAINER_OF(l, struct queue, unsettled_link));
}

/* The shell has something to take. */
static bool is_waited_for(const struct store *s)
{
    return !list_empty(&s->released) || !list_empty(&s->flights.offered);
}

/* Polls are served when nothing more falls due at this instant: a batch then gets all that
 * became active at it. What is handed out stays until time moves on: see queue_hand_out(). */
bool engine_advance(struct engine *e, cmq_ms until_ms, struct firings *firings)
{
    struct store *s = &e->store;
    bool stop = is_waited_for(s) || firings_full(firings);
    while (!stop) {
        struct wheel_node *n = wheel_take(s->agenda, until_ms);
        if (n == NULL)
            return true;
        fire(e, CONTAINER_OF(n, struct event, node), firings);
        stop = firings_full(firings);
        if (wheel_wake_ms(s->agenda) == store_now_ms(s))
            continue;
        engine_settle(e);
        stop = stop || is_waited_for(s);
    }
    return false;
}

/* ---- queues ---- */

/* The policy as it would be for q, which may be NULL (not made yet), with these attributes:
 * checked in the order of queue-api 4.2. */
static enum cmq_err resolve_policy(const struct engine *e, const struct queue *q,
                                   const struct queue_attributes *attributes,
                                   const struct dead_letter_request *request,
                                   struct dead_letter_policy *out)
{
    if (request->refusal != CMQ_OK)
        return request->refusal;
    if (request->kind == DEAD_LETTER_BY_AGE && request->max_age_ms >= attributes->retention_ms)
        return CMQ_POLICY_PARAMS;
    struct queue *target = engine_find_queue(e, request->target_name);
    if (target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    if (target->dead_letter.target != NULL || target == q || (q != NULL && q->source_count > 0))
        return CMQ_DEAD_LETTER_NEST;
    bool bound = q != NULL && q->dead_letter.target == target;
    if (!bound && target->source_count >= DEAD_LETTER_SOURCES_MAX)
        return CMQ_DEAD_LETTER_SOURCES;
    *out = (struct dead_letter_policy){request->kind, target, request->max_receives,
                                       request->max_age_ms};
    return CMQ_OK;
}

enum cmq_err engine_create_queue(struct engine *e, struct bytes name,
                                 const struct queue_attributes *attributes,
                                 const struct dead_letter_request *policy, struct queue **out)
{
    struct store *s = &e->store;
    struct dead_letter_policy bound = {.kind = DEAD_LETTER_NONE};

    if (attributes->rewind_ms > attributes->retention_ms)
        return CMQ_REWIND_ABOVE_RETENTION;
    if (policy != NULL) {
        enum cmq_err err = resolve_policy(e, NULL, attributes, policy, &bound);
        if (err != CMQ_OK)
            return err;
    }
    if (names_find_nocase(&e->names, SCOPE_QUEUES, name) != NULL)
        return CMQ_QUEUE_EXISTS;
    if (names_find_nocase(&e->cooling, SCOPE_QUEUES, name) != NULL)
        return CMQ_NAME_COOLING;
    if (e->queue_count >= s->limits.max_queues)
        return CMQ_TOO_MANY_QUEUES;
    struct queue *q = queue_new(s);
    if (q == NULL)
        return CMQ_INTERNAL;

    name_copy(q->name, name);
    ids_resource(&s->ids, ID_QUEUE, "queue-", q->id);
    q->attributes = *attributes;
    q->serial = ++e->last_serial;
    names_add(&e->names, &q->by_name, SCOPE_QUEUES, q->name);
    list_append(&e->queues, &q->by_created);
    e->queue_count++;
    if (bound.target != NULL)
        queue_bind(q, bound);
    *out = q;
    return CMQ_OK;
}

enum cmq_err engine_set_queue(struct engine *e, struct queue *q,
                              const struct queue_attributes *attributes,
                              const struct dead_letter_request *policy)
{
    struct dead_letter_policy bound = {.kind = DEAD_LETTER_NONE};
    if (attributes->rewind_ms > attributes->retention_ms)
        return CMQ_REWIND_ABOVE_RETENTION;
    if (policy != NULL) {
        enum cmq_err err = resolve_policy(e, q, attributes, policy, &bound);
        if (err != CMQ_OK)
            return err;
    } else if (q->dead_letter.kind == DEAD_LETTER_BY_AGE &&
               q->dead_letter.max_age_ms >= attributes->retention_ms) {
        return CMQ_POLICY_PARAMS;
    }

    queue_set_attributes(q, attributes);
    if (bound.target != NULL)
        queue_bind(q, bound);
    engine_settle(e);
    return CMQ_OK;
}

static void drop_queue(struct engine *e, struct queue *q)
{
    queue_unbind(q);
    queue_release_all(q, CMQ_NO_QUEUE);
    names_remove(&e->names, &q->by_name);
    list_unlink(&q->by_created);
    e->queue_count--;
    queue_free(q);
}

enum cmq_err engine_delete_queue(struct engine *e, struct queue *q)
{
    if (q->source_count > 0)
        return CMQ_DEAD_LETTER_IN_USE;
    if (!engine_cool_name(e, SCOPE_QUEUES, q->name))
        return CMQ_INTERNAL;
    drop_queue(e, q);
    return CMQ_OK;
}

enum cmq_err engine_unbind_dead_letter(struct engine *e, struct queue *q)
{
    (void)e;
    if (q->dead_letter.target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    queue_unbind(q);
    return CMQ_OK;
}

/* Whole seconds are compared, as a client sees them: enqueueTime and minMsgTime are truncated,
 * too. Both bounds belong to the range. */
enum cmq_err engine_rewind(struct engine *e, struct queue *q, int64_t from_s)
{
    int64_t now_s = engine_now_ms(e) / 1000;
    if (q->attributes.rewind_ms == 0)
        return CMQ_REWIND_OFF;
    int64_t latest_s = e->store.limits.strict ? queue_backlog_start_ms(q) / 1000 : now_s;
    if (from_s < now_s - q->attributes.rewind_ms / 1000 || from_s > latest_s)
        return CMQ_REWIND_TIME;

    queue_rewind(q, from_s * 1000);
    engine_settle(e);
    return CMQ_OK;
}

void engine_purge_queue(struct engine *e, struct queue *q)
{
    queue_purge(q);
    engine_settle(e);
}

struct queue *engine_next_queue(const struct engine *e, const struct queue *q)
{
    const struct list_node *next = q == NULL ? e->queues.next : q->by_created.next;
    return next == &e->queues ? NULL : CONTAINER_OF(next, struct queue, by_created);
}

/* ---- messages ---- */

enum cmq_err engine_send(struct engine *e, struct queue *q, const struct bytes *bodies,
                         size_t count, cmq_ms delay_ms, uint64_t *ids)
{
    enum cmq_err err = queue_send(q, bodies, count, delay_ms, ids);
    engine_settle(e);
    return err;
}

static enum cmq_err park(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                         void *owner, struct parked_poll **out)
{
    struct store *s = &e->store;
    if (s->polls >= s->limits.max_polls)
        return CMQ_POLLS_FULL;
    struct parked_poll *p = allocator_take_zeroed(&s->allocator, sizeof *p);
    if (p == NULL)
        return CMQ_INTERNAL;
    p->owner = owner;
    p->max = max;
    queue_park(q, p, engine_now_ms(e) + wait_ms);
    *out = p;
    return CMQ_WAITING;
}

enum cmq_err engine_receive(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                            void *owner, struct received *out)
{
    assert(max >= 1 && max <= BATCH_MAX);
    if (queue_receive_throttled(q))
        return CMQ_DATA_RATE;
    if (queue_choked(q))
        return CMQ_TOO_MANY_UNACKED;

    out->count = queue_hand_out(q, max, out->messages);
    engine_settle(e); /* a dead-letter queue may have got something */
    if (out->count > 0)
        return CMQ_OK;
    return wait_ms == 0 ? CMQ_NO_MESSAGE : park(e, q, max, wait_ms, owner, &out->poll);
}

enum cmq_err engine_delete_message(struct engine *e, struct queue *q, uint64_t handle)
{
    enum cmq_err err = queue_delete_message(q, handle);
    engine_settle(e); /* a queue that was choked may breathe again */
    return err;
}

/* ---- parked polls ---- */

size_t engine_parked_count(const struct engine *e)
{
    return e->store.polls;
}

struct parked_poll *engine_take_released(struct engine *e)
{
    struct list_node *l = list_first(&e->store.released);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct parked_poll, link);
}

void engine_free_poll(struct engine *e, struct parked_poll *p)
{
    assert(!list_linked(&p->link));
    allocator_give(&e->store.allocator, p);
}

void engine_end_poll(struct engine *e, struct parked_poll *p, enum cmq_err outcome)
{
    (void)e;
    queue_release(p, outcome);
}

void engine_end_all_polls(struct engine *e, enum cmq_err outcome)
{
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        queue_release_all(q, outcome);
}

/* ---- the whole ---- */

uint64_t engine_request_id(struct engine *e)
{
    return ids_number(&e->store.ids, ID_REQUEST);
}

/* So many things at the most, and those of one topic more. */
static size_t free_topics_some(struct engine *e, size_t max)
{
    size_t freed = 0;
    for (struct topic *t; freed < max && (t = engine_next_topic(e, NULL)) != NULL;) {
        freed += engine_purge_some(t, max - freed);
        if (t->publication_count > 0)
            break;
        freed += 1 + t->subscription_count;
        engine_drop_topic(e, t);
    }
    return freed;
}

bool engine_free_some(struct engine *e, size_t messages)
{
    for (struct queue *q = NULL; messages > 0 && (q = engine_next_queue(e, q)) != NULL;)
        messages -= queue_purge_some(q, messages);
    if (messages == 0 || free_topics_some(e, messages) >= messages)
        return false;
    engine_free(e);
    return true;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    struct store *s = &e->store;
    for (struct topic *t; (t = engine_next_topic(e, NULL)) != NULL;)
        engine_drop_topic(e, t);
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        queue_unbind(q);
    for (struct queue *q; (q = engine_next_queue(e, NULL)) != NULL;)
        drop_queue(e, q);
    for (struct parked_poll *p; (p = engine_take_released(e)) != NULL;)
        engine_free_poll(e, p);
    cooling_free_all(e);
    table_fini(&s->handles);
    names_fini(&e->names);
    names_fini(&e->cooling);
    wheel_free(s->agenda);
    struct allocator a = s->allocator;
    allocator_give(&a, e);
}

static void check_queues(const struct engine *e)
{
    const struct store *s = &e->store;
    size_t inactive = 0;
    size_t polls = 0;
    size_t queues = 0;
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL; queues++) {
        queue_check(q);
        inactive += q->inactive.count;
        polls += q->poll_count;
    }
    assert(s->handles.count == inactive);
    assert(s->polls == polls);
    assert(e->queue_count == queues);
    /* only a limit of firings stops time within an instant */
    assert(list_empty(&s->unsettled) || wheel_wake_ms(s->agenda) == store_now_ms(s));
}

static void check_topics(const struct engine *e)
{
    size_t topics = 0;
    size_t subscriptions = 0;
    for (struct topic *t = NULL; (t = engine_next_topic(e, t)) != NULL; topics++) {
        engine_check_topic(t);
        subscriptions += t->subscription_count;
    }
    assert(e->topic_count == topics);
    assert(e->names.table.count == e->queue_count + topics + subscriptions);
}

void engine_check(const struct engine *e)
{
    check_queues(e);
    check_topics(e);
    flights_check(&e->store.flights);
    table_check(&e->store.handles);
    table_check(&e->names.table);
    table_check(&e->cooling.table);
    wheel_check(e->store.agenda);
}
