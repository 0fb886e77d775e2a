/* The engine as a whole: making and freeing it, time and what fires, checking.
 *
 * An instant has three parts, and the order of the first two is what makes a run independent of
 * the steps by which time is moved:
 *
 *   1. All events due at it fire, in the order in which they were armed, including those that
 *      are armed meanwhile: fire().
 *   2. When nothing more is due, the polls of queues that have changed are served, in the order
 *      in which the queues changed: engine_settle(). So sixteen messages that become active at
 *      one instant go to one poll of sixteen, and not to sixteen polls.
 *   3. The caller takes released polls and offered pushes: engine_advance() returns. A poll
 *      points at its messages, and these may change as soon as time goes on.
 *
 * A poll that times out settles its queue first, so a message that arrived at the same instant
 * wins over the deadline. Commands settle at their end, too: they take place between instants
 * or, with a limit of firings, between two events of one.
 *
 * The other files that are parts of engine.h: agenda.c (events to come), queues.c, topics.c,
 * publishing.c, pushes.c and watching.c. engine_inside.h is what they share. */
#include "engine/engine.h"

#include "engine/engine_inside.h"
#include "engine/recent.h"

struct engine *engine_new(const struct engine_config *config)
{
    struct engine *e = allocator_take_zeroed(&config->allocator, sizeof *e);
    if (e == NULL)
        return NULL;
    struct store *s = &e->store;
    s->allocator = config->allocator;
    s->limits = config->limits;
    s->account = config->account;
    s->shared_bytes = config->messages;
    s->shared_polls = config->polls;
    s->watches = config->watches;
    s->recent = config->recent;
    s->effort = config->effort;
    s->chronicler = config->chronicler;
    e->seed = config->seed;
    ids_init(&s->ids, config->seed);
    /* Lists first: engine_free() walks them, also when there was no memory for the rest. */
    list_init(&s->unsettled);
    list_init(&s->tasked);
    list_init(&s->tasked_topics);
    list_init(&s->late);
    list_init(&s->released);
    flights_init(&s->flights);
    list_init(&e->queues);
    list_init(&e->topics);
    s->agenda = wheel_new(&s->allocator, WHEEL_LEVELS, WHEEL_BITS, config->now_ms);
    bool ready = s->agenda != NULL;
    ready = table_init(&s->handles, s->allocator) && ready;
    ready = names_init(&e->names, s->allocator, e->seed) && ready;
    ready = cooling_init(&e->cooling, s, e->seed) && ready;
    if (ready)
        return e;
    engine_free(e);
    return NULL;
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

struct account engine_account_of(const struct engine *e)
{
    return e->store.account;
}

uint64_t engine_seed_of(const struct engine *e)
{
    return e->seed;
}

struct engine_counters engine_counters_of(const struct engine *e)
{
    struct engine_counters c = {.last_serial = e->last_serial};
    memcpy(c.ids, e->store.ids.count, sizeof c.ids);
    if (e->control.second == engine_now_ms(e) / 1000)
        c.control = e->control.count;
    memcpy(c.fired, e->fired, sizeof c.fired);
    memcpy(c.pushed, e->pushed, sizeof c.pushed);
    return c;
}

bool engine_walk_cooling(const struct engine *e, struct names_cursor *c,
                         struct cooling_view *out)
{
    const struct list_node *list = &e->cooling.list;
    const struct list_node *next = c->last == NULL ? list->next : c->last->next;
    if (next == list)
        return false;
    c->last = next;
    const struct cooling_name *n = CONTAINER_OF(next, const struct cooling_name, link);
    *out = (struct cooling_view){n->name.scope == SCOPE_TOPICS, n->text, &n->free};
    return true;
}

size_t engine_bytes(const struct engine *e)
{
    return e->store.bytes;
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
    cooling_free_all(&e->cooling);
    wheel_restart(e->store.agenda, now_ms);
}

cmq_ms engine_wake_ms(const struct engine *e)
{
    const struct store *s = &e->store;
    return list_empty(&s->unsettled) ? wheel_wake_ms(s->agenda) : store_now_ms(s);
}

uint64_t engine_fired_count(const struct engine *e, enum event_kind kind)
{
    return e->fired[kind];
}

/* A message that became active earlier at this same instant still goes to the poll. */
static void time_out(struct parked_poll *p)
{
    queue_settle(p->queue);
    if (p->queue != NULL)
        queue_release(p, CMQ_NO_MESSAGE);
}

/* kind is that of the event's view: EVENT_EXPIRED for a message that wakes too late. */
static void fire_message(struct message *m, enum event_kind kind)
{
    if (kind == EVENT_DELAYED || kind == EVENT_VISIBLE)
        queue_enter(m, MESSAGE_ACTIVE, 0);
    else if (kind == EVENT_DEAD_LETTER)
        queue_move_dead_letter(m->queue, m);
    else
        queue_free_message(m, HAPPENED_EXPIRED);
}

static void fire(struct engine *e, struct event *event, struct firings *firings)
{
    struct event_view view = event_view_of(event);
    struct firing *firing = firings_add(firings, &view);
    e->fired[view.kind]++;
    recent_add(e->store.recent, &view);

    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        fire_message(event_message(event), view.kind);
        break;
    case EVENT_POLL_TIMEOUT:
        time_out(CONTAINER_OF(event, struct parked_poll, timeout));
        break;
    case EVENT_ANSWER: {
        struct parked_poll *p = CONTAINER_OF(event, struct parked_poll, timeout);
        engine_end_poll(e, p, p->outcome);
        break;
    }
    case EVENT_NAME_FREE:
        cooling_free(&e->cooling, CONTAINER_OF(event, struct cooling_name, free));
        break;
    case EVENT_PUSH:
        engine_push(e, CONTAINER_OF(event, struct delivery, next), firing);
        break;
    case EVENT_PUBLICATION_EXPIRED:
        publication_drop(CONTAINER_OF(event, struct publication, expiry), HAPPENED_EXPIRED);
        break;
    }
}

/* A queue can be the dead-letter queue of another, so that settling one unsettles the next:
 * hence the loop until none is left. */
void engine_settle(struct engine *e)
{
    for (struct list_node *l; (l = list_first(&e->store.unsettled)) != NULL;)
        queue_settle(CONTAINER_OF(l, struct queue, unsettled_link));
}

bool engine_settle_some(struct engine *e)
{
    e->settling = false;
    for (struct list_node *l; (l = list_first(&e->store.unsettled)) != NULL && !e->settling;)
        e->settling = !queue_settle_some(CONTAINER_OF(l, struct queue, unsettled_link));
    return !e->settling;
}

/* Whether the caller of engine_advance() has something to take before time goes on. */
static bool is_waited_for(const struct store *s)
{
    bool instant_is_over = wheel_wake_ms(s->agenda) > store_now_ms(s);
    return instant_is_over && (!list_empty(&s->released) || !list_empty(&s->flights.offered));
}

/* A poll that has gone may have been the last event of an instant that a limit had stopped within.
 * False when the effort is used up. */
static bool settle_what_is_over(struct engine *e)
{
    const struct store *s = &e->store;
    return wheel_wake_ms(s->agenda) == store_now_ms(s) || engine_settle_some(e);
}

/* wheel_wake_ms() is exact for the wheel's own instant (level 0), so the instant is over when
 * it returns another one. Only a limit, of firings or of the effort, stops within an instant: the
 * next call continues there, and queues stay unsettled until the instant is over. */
bool engine_advance(struct engine *e, cmq_ms until_ms, struct firings *firings)
{
    struct store *s = &e->store;
    bool stop = !engine_finish(e) || !settle_what_is_over(e) || is_waited_for(s) ||
                firings_full(firings);
    while (!stop && wheel_seek(s->agenda, until_ms, s->effort)) {
        struct wheel_node *n = wheel_take(s->agenda, until_ms);
        if (n == NULL)
            return true;
        fire(e, CONTAINER_OF(n, struct event, node), firings);
        effort_spend(s->effort, 1);
        stop = firings_full(firings) || effort_is_used_up(s->effort);
        if (wheel_wake_ms(s->agenda) == store_now_ms(s))
            continue;
        stop = !engine_settle_some(e) || stop || is_waited_for(s);
    }
    return false;
}

/* ---- tasks ---- */

bool engine_do_tasks(struct engine *e)
{
    for (struct list_node *l; (l = list_first(&e->store.tasked)) != NULL;) {
        struct queue *q = CONTAINER_OF(l, struct queue, tasks.link);
        if (!queue_do_tasks(q))
            return false;
        effort_spend(e->store.effort, 1);
        list_unlink(l);
        if (q->gone)
            queue_free(q);
    }
    for (struct list_node *l; (l = list_first(&e->store.tasked_topics)) != NULL;) {
        if (!topic_do_tasks(CONTAINER_OF(l, struct topic, tasks.link)))
            return false;
        effort_spend(e->store.effort, 1);
        list_unlink(l);
    }
    return engine_settle_some(e);
}

bool engine_has_tasks(const struct engine *e)
{
    const struct store *s = &e->store;
    return e->settling || !list_empty(&s->tasked) || !list_empty(&s->tasked_topics);
}

bool engine_finish(struct engine *e)
{
    return !engine_has_tasks(e) || engine_do_tasks(e);
}

/* ---- the whole ---- */

uint64_t engine_request_id(struct engine *e)
{
    return ids_number(&e->store.ids, ID_REQUEST);
}

/* Each of these frees up to about max things of its kind, and returns how many. Large ones count as
 * several: freeing_effort(). */

/* Those that have been deleted and not emptied, with the tasks of all. */
static size_t free_tasked_some(struct engine *e, size_t max)
{
    size_t freed = 0;
    for (struct list_node *l; freed < max && (l = list_first(&e->store.tasked)) != NULL;) {
        struct queue *q = CONTAINER_OF(l, struct queue, tasks.link);
        if (q->gone)
            freed += queue_purge_some(q, max - freed);
        if (freed >= max)
            break;
        list_unlink(l);
        freed++;
        if (q->gone)
            queue_free(q);
    }
    return freed;
}

/* Messages, and queues that have none. A queue that is the dead-letter queue of others goes after
 * them; such queues do not nest. */
static size_t free_queues_some(struct engine *e, size_t max)
{
    size_t freed = 0;
    for (struct queue *q; freed < max && (q = engine_next_queue(e, NULL)) != NULL;) {
        if (!list_empty(&q->sources))
            q = CONTAINER_OF(list_first(&q->sources), struct queue, source_link);
        freed += queue_purge_some(q, max - freed);
        if (freed >= max)
            break;
        engine_drop_queue(e, q);
        freed++;
    }
    return freed;
}

/* Publications with their deliveries, then the subscriptions of their topic, and the topic. Exceeds
 * max by the deliveries of one publication at most. */
static size_t free_topics_some(struct engine *e, size_t max)
{
    size_t freed = 0;
    for (struct topic *t; freed < max && (t = engine_next_topic(e, NULL)) != NULL;) {
        freed += engine_purge_some(t, max - freed);
        for (struct subscription *s;
             freed < max && (s = engine_next_subscription(t, NULL)) != NULL; freed++)
            engine_drop_subscription(e, s);
        if (freed >= max)
            break;
        engine_drop_topic(e, t);
        freed++;
    }
    return freed;
}

static size_t free_names_some(struct engine *e, size_t max)
{
    size_t freed = 0;
    for (struct list_node *l; freed < max && (l = list_first(&e->cooling.list)) != NULL;
         freed++)
        cooling_free(&e->cooling, CONTAINER_OF(l, struct cooling_name, link));
    return freed;
}

/* From now on the chronicler is told nothing. */
static void silence(struct engine *e)
{
    e->store.chronicler = (struct chronicler){.hear = NULL};
}

bool engine_free_some(struct engine *e, size_t things)
{
    silence(e);
    size_t freed = free_tasked_some(e, things);
    if (freed < things)
        freed += free_queues_some(e, things - freed);
    if (freed < things)
        freed += free_topics_some(e, things - freed);
    if (freed < things)
        freed += free_names_some(e, things - freed);
    if (freed >= things)
        return false;
    engine_free(e);
    return true;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    struct store *s = &e->store;
    silence(e);
    for (struct topic *t; (t = engine_next_topic(e, NULL)) != NULL;)
        engine_drop_topic(e, t);
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        queue_unbind(q);
    for (struct list_node *l; (l = list_first(&s->tasked)) != NULL;) {
        struct queue *q = CONTAINER_OF(l, struct queue, tasks.link);
        list_unlink(l);
        if (q->gone)
            queue_free(q);
    }
    for (struct queue *q; (q = engine_next_queue(e, NULL)) != NULL;)
        engine_drop_queue(e, q);
    engine_end_all_polls(e, CMQ_NO_QUEUE);
    for (struct parked_poll *p; (p = engine_take_released(e)) != NULL;)
        engine_free_poll(e, p);
    table_fini(&s->handles);
    names_fini(&e->names);
    cooling_fini(&e->cooling);
    wheel_free(s->agenda);
    struct allocator a = s->allocator;
    allocator_give(&a, e);
}

enum cmq_err engine_make_tags(struct engine *e, const struct tag *items, size_t count,
                              struct tags **out)
{
    struct store *s = &e->store;
    struct tags *tags = tags_new(&s->allocator, items, count);
    if (tags == NULL)
        return CMQ_INTERNAL;
    if (!store_admits_other(s, tags->bytes)) {
        allocator_give(&s->allocator, tags);
        return CMQ_MEMORY_FULL;
    }
    store_charge_other(s, tags->bytes);
    *out = tags;
    return CMQ_OK;
}

void engine_free_tags(struct engine *e, struct tags *tags)
{
    store_free_tags(&e->store, tags);
}

/* Of queues that are gone and not freed yet. */
static size_t check_gone(const struct store *s)
{
    size_t inactive = 0;
    for (const struct list_node *l = s->tasked.next; l != &s->tasked; l = l->next) {
        const struct queue *q = CONTAINER_OF(l, const struct queue, tasks.link);
        assert(q->tasks.due != 0);
        if (q->gone)
            queue_check(q);
        inactive += q->gone ? q->inactive.count : 0;
    }
    return inactive;
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
    for (const struct list_node *l = s->late.next; l != &s->late; l = l->next)
        polls++;
    assert(s->handles.count == inactive + check_gone(s));
    assert(s->polls == polls);
    assert(s->shared_polls == NULL || s->shared_polls->used >= s->polls);
    assert(e->queue_count == queues);
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
    table_check(&e->cooling.names.table);
    wheel_check(e->store.agenda);
}
