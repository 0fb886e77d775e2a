/* The part of engine.h that is about queues, messages and parked polls.
 *
 * What concerns one queue is in queue.c; here is what involves several: names, the number of
 * queues, dead-letter queues and their sources. Each command first checks everything in the
 * order of queue-api 1.6 and 4.2, then changes. Whatever may have unsettled a queue ends with
 * engine_settle(): a command takes place between instants, so its polls are served at its
 * end. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

/* ---- queues ---- */

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

struct queue *engine_find_queue(const struct engine *e, struct bytes name)
{
    struct name *n = names_find(&e->names, SCOPE_QUEUES, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct queue, by_name);
}

struct queue *engine_find_queue_nocase(const struct engine *e, struct bytes name)
{
    struct name *n = names_find_nocase(&e->names, SCOPE_QUEUES, name);
    return n == NULL ? NULL : CONTAINER_OF(n, struct queue, by_name);
}

void engine_add_queue(struct engine *e, struct queue *q)
{
    names_add(&e->names, &q->by_name, SCOPE_QUEUES, q->name);
    list_append(&e->queues, &q->by_created);
    e->queue_count++;
}

static bool rewinds_too_far(const struct queue_attributes *a)
{
    return !a->of_tdmq && a->rewind_ms > a->retention_ms;
}

/* Turn the request into the policy of q, which is NULL if it is yet to be made and otherwise
 * gets these attributes. Checks in the order of queue-api 4.2. */
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

    if (rewinds_too_far(attributes))
        return CMQ_REWIND_ABOVE_RETENTION;
    if (policy != NULL) {
        enum cmq_err err = resolve_policy(e, NULL, attributes, policy, &bound);
        if (err != CMQ_OK)
            return err;
    }
    if (names_find_nocase(&e->names, SCOPE_QUEUES, name) != NULL)
        return CMQ_QUEUE_EXISTS;
    if (cooling_has(&e->cooling, SCOPE_QUEUES, name))
        return CMQ_NAME_COOLING;
    if (e->queue_count >= s->limits.max_queues)
        return CMQ_TOO_MANY_QUEUES;
    if (!store_admits_other(s, sizeof(struct queue)))
        return CMQ_TOO_MANY_QUEUES;
    struct queue *q = queue_new(s);
    if (q == NULL)
        return CMQ_INTERNAL;

    name_copy(q->name, name);
    if (attributes->of_tdmq)
        ids_resource_long(&s->ids, ID_QUEUE, "cmqq-", q->id);
    else
        ids_resource(&s->ids, ID_QUEUE, "queue-", q->id);
    q->attributes = *attributes;
    q->serial = ++e->last_serial;
    engine_add_queue(e, q);
    engine_attach_queue(e, q);
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
    if (rewinds_too_far(attributes))
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
    (void)engine_do_tasks(e);
    return CMQ_OK;
}

/* Nobody finds q any more. */
static void take_out_queue(struct engine *e, struct queue *q)
{
    queue_unbind(q);
    queue_release_all(q, CMQ_NO_QUEUE);
    names_remove(&e->names, &q->by_name);
    list_unlink(&q->by_created);
    e->queue_count--;
    watch_detach(&q->watch);
}

void engine_drop_queue(struct engine *e, struct queue *q)
{
    take_out_queue(e, q);
    queue_free(q);
}

enum cmq_err engine_delete_queue(struct engine *e, struct queue *q)
{
    if (q->source_count > 0)
        return CMQ_DEAD_LETTER_IN_USE;
    if (!cooling_add(&e->cooling, SCOPE_QUEUES, q->name))
        return CMQ_INTERNAL;
    take_out_queue(e, q);
    q->gone = true;
    queue_set_task(q, TASK_PURGE);
    (void)engine_do_tasks(e);
    return CMQ_OK;
}

enum cmq_err engine_unbind_dead_letter(struct engine *e, struct queue *q)
{
    if (q->dead_letter.target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    queue_unbind(q);
    (void)engine_do_tasks(e);
    return CMQ_OK;
}

/* Compares whole seconds, since that is what a client sees: enqueueTime and minMsgTime are
 * truncated, too. Both bounds are allowed (decisions 23). */
enum cmq_err engine_rewind(struct engine *e, struct queue *q, int64_t from_s)
{
    int64_t now_s = engine_now_ms(e) / 1000;
    if (q->attributes.rewind_ms == 0)
        return CMQ_REWIND_OFF;
    int64_t latest_s = e->store.limits.strict ? queue_backlog_start_ms(q) / 1000 : now_s;
    if (from_s < now_s - q->attributes.rewind_ms / 1000 || from_s > latest_s)
        return CMQ_REWIND_TIME;

    queue_rewind(q, from_s * 1000);
    (void)engine_do_tasks(e);
    return CMQ_OK;
}

void engine_tag_queue(struct engine *e, struct queue *q, struct tags *tags)
{
    engine_free_tags(e, q->tags);
    q->tags = tags;
}

void engine_purge_queue(struct engine *e, struct queue *q)
{
    queue_set_task(q, TASK_PURGE);
    (void)engine_do_tasks(e);
}

size_t engine_queue_count(const struct engine *e)
{
    return e->queue_count;
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

static enum cmq_err new_poll(struct engine *e, void *owner, struct parked_poll **out)
{
    struct store *s = &e->store;
    if (!budget_admits(s->shared_polls, 1) || s->polls >= s->limits.max_polls)
        return CMQ_POLLS_FULL;
    *out = allocator_take_zeroed(&s->allocator, sizeof **out);
    if (*out == NULL)
        return CMQ_INTERNAL;
    (*out)->owner = owner;
    return CMQ_WAITING;
}

static enum cmq_err park(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                         const struct odd_receipt *odd, void *owner, struct parked_poll **out)
{
    struct parked_poll *p;
    enum cmq_err err = new_poll(e, owner, &p);
    if (err != CMQ_WAITING)
        return err;
    p->max = max;
    p->odd = *odd;
    queue_park(q, p, engine_now_ms(e) + wait_ms);
    *out = p;
    return CMQ_WAITING;
}

/* It does not even see dead letters. */
static enum cmq_err receive_nothing(struct engine *e, const struct queue *q, cmq_ms wait_ms,
                                    void *owner, struct parked_poll **out)
{
    const struct late_answer late = {
        .delay_ms = wait_ms, .about = bytes_of(q->name), .outcome = CMQ_NO_MESSAGE};
    return wait_ms == 0 ? CMQ_NO_MESSAGE : engine_put_off_answer(e, &late, owner, out);
}

enum cmq_err engine_receive(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                            void *owner, struct received *out)
{
    static const struct odd_receipt usual;
    return engine_receive_oddly(e, q, max, wait_ms, &usual, owner, out);
}

enum cmq_err engine_receive_oddly(struct engine *e, struct queue *q, size_t max, cmq_ms wait_ms,
                                  const struct odd_receipt *odd, void *owner,
                                  struct received *out)
{
    assert(max >= 1 && max <= BATCH_MAX);
    if (queue_receive_throttled(q))
        return CMQ_DATA_RATE;
    if (queue_choked(q))
        return CMQ_TOO_MANY_UNACKED;

    out->poll = NULL;
    if (odd->empty)
        return receive_nothing(e, q, wait_ms, owner, &out->poll);
    if (!queue_shed(q, max)) {
        q->tasks.shed_for = max;
        queue_set_task(q, TASK_SHED);
        return CMQ_WAITING;
    }
    enum cmq_err err = queue_hand_out(q, max, odd, &out->count, out->messages);
    engine_settle(e); /* messages may have moved to a dead-letter queue */
    if (err != CMQ_NO_MESSAGE)
        return err;
    return wait_ms == 0 ? CMQ_NO_MESSAGE : park(e, q, max, wait_ms, odd, owner, &out->poll);
}

const struct message *engine_find_handle(const struct engine *e, uint64_t handle)
{
    return store_find_handle(&e->store, handle);
}

enum cmq_err engine_count_deletes(struct engine *e, struct queue *q, size_t count)
{
    (void)e;
    return queue_count_deletes(q, count);
}

enum cmq_err engine_delete_message(struct engine *e, struct queue *q, uint64_t handle)
{
    enum cmq_err err = queue_delete_message(q, handle);
    engine_settle(e); /* a queue may not be choked any more */
    return err;
}

/* ---- parked polls ---- */

size_t engine_parked_count(const struct engine *e)
{
    return e->store.polls;
}

bool engine_has_released(const struct engine *e)
{
    return !list_empty(&e->store.released);
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

enum cmq_err engine_put_off_answer(struct engine *e, const struct late_answer *answer,
                                   void *owner, struct parked_poll **out)
{
    struct store *s = &e->store;
    struct parked_poll *p;
    enum cmq_err err = new_poll(e, owner, &p);
    if (err != CMQ_WAITING)
        return err;
    p->late = true;
    p->outcome = answer->outcome;
    p->of_topic = answer->of_topic;
    if (is_name(answer->about))
        name_copy(p->about, answer->about);
    list_append(&s->late, &p->link);
    s->polls++;
    budget_charge(s->shared_polls, 1);
    event_arm(s->agenda, &p->timeout, EVENT_ANSWER, engine_now_ms(e) + answer->delay_ms);
    *out = p;
    return CMQ_WAITING;
}

static void release_late(struct store *s, struct parked_poll *p)
{
    list_unlink(&p->link);
    s->polls--;
    budget_give(s->shared_polls, 1);
    event_disarm(s->agenda, &p->timeout);
    p->late = false;
    list_append(&s->released, &p->link);
}

/* What comes late keeps the outcome that it has. */
void engine_end_poll(struct engine *e, struct parked_poll *p, enum cmq_err outcome)
{
    if (p->queue != NULL)
        queue_release(p, outcome);
    else if (p->late)
        release_late(&e->store, p);
}

void engine_end_all_polls(struct engine *e, enum cmq_err outcome)
{
    for (struct list_node *l; (l = list_first(&e->store.late)) != NULL;)
        release_late(&e->store, CONTAINER_OF(l, struct parked_poll, link));
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        queue_release_all(q, outcome);
}
