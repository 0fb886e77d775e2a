/* One queue: sending, handing out, attributes, dead letters, parked polls.
 *
 * States   queue_states.c moves messages between their states. The functions here decide which
 *          message goes where, and make all checks first: after the first move nothing can
 *          fail any more.
 * Checks   rates, then bodies, then room: the order of queue-api 1.6.
 * Polls    a change that may give a parked poll something (a message becomes active, or one
 *          less is inactive or delayed) puts the queue on store->unsettled: queue_unsettle().
 *          Polls are not served at that moment, since more may follow at the same instant,
 *          but at the end of the command or of the instant: queue_settle(), called by
 *          engine_settle(). A poll that gets nothing keeps its position in the line,
 *          but for one that would get a message if the rate allowed it: it ends with
 *          DATA_RATE, as a call of that instant would (decisions 19).
 * Letters  with lazy checks, a message that meets the dead-letter policy is moved when it is
 *          next to be handed out, and the receiver gets the one after it. With eager checks
 *          it has a timer. Moving it may unsettle the target, which is then settled in the
 *          same round. Dead-letter queues do not nest (queue-api 4.2), so a message moves
 *          once at most. */
#include "engine/queue.h"

#include "base/random.h"
#include "engine/delivery.h"
#include "engine/store.h"

struct queue *queue_new(struct store *store)
{
    struct queue *q = allocator_take_zeroed(&store->allocator, sizeof *q);
    if (q == NULL)
        return NULL;
    q->store = store;
    store_charge_other(store, sizeof *q);
    q->created_ms = q->modified_ms = store_now_ms(store);
    list_init(&q->sources);
    list_init(&q->polls);
    return q;
}

size_t queue_purge_some(struct queue *q, size_t max)
{
    struct order *const sets[] = {&q->delayed, &q->unconsumed, &q->deleted};
    size_t freed = 0;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        while (freed < max && sets[i]->count > 0) {
            struct message *m = CONTAINER_OF(order_first(sets[i]), struct message, age);
            freed += freeing_effort(m->body_len);
            queue_free_message(m, HAPPENED_PURGED);
        }
    return freed;
}

struct message_cursor queue_walk(const struct queue *q, enum message_state state)
{
    const struct order *const sets[MESSAGE_STATES] = {
        [MESSAGE_DELAYED] = &q->delayed,
        [MESSAGE_ACTIVE] = &q->active,
        [MESSAGE_INACTIVE] = &q->inactive,
        [MESSAGE_DELETED] = &q->deleted,
    };
    assert(state < MESSAGE_STATES);
    return (struct message_cursor){state, sets[state], order_up(sets[state])};
}

struct message_cursor queue_walk_from(struct queue *q, enum message_state state, size_t skip)
{
    struct order *const sets[MESSAGE_STATES] = {
        [MESSAGE_DELAYED] = &q->delayed,
        [MESSAGE_ACTIVE] = &q->active,
        [MESSAGE_INACTIVE] = &q->inactive,
        [MESSAGE_DELETED] = &q->deleted,
    };
    assert(state < MESSAGE_STATES);
    order_seek(sets[state], &q->seen, skip, SIZE_MAX);
    return (struct message_cursor){state, sets[state], q->seen.at};
}

const struct message *queue_walk_next(struct message_cursor *c)
{
    struct order_node *n = order_next_up(c->set, &c->at);
    if (n == NULL)
        return NULL;
    return c->state == MESSAGE_ACTIVE || c->state == MESSAGE_INACTIVE
               ? CONTAINER_OF(n, const struct message, place)
               : CONTAINER_OF(n, const struct message, age);
}

void queue_free(struct queue *q)
{
    assert(list_empty(&q->polls));
    assert(list_empty(&q->sources));
    assert(q->dead_letter.target == NULL);
    (void)queue_purge_some(q, SIZE_MAX);
    if (list_linked(&q->tasks.link))
        list_unlink(&q->tasks.link);
    if (list_linked(&q->unsettled_link))
        list_unlink(&q->unsettled_link);
    store_free_tags(q->store, q->tags);
    store_release_other(q->store, sizeof *q);
    allocator_give(&q->store->allocator, q);
}

size_t queue_count(const struct queue *q, enum message_state state)
{
    switch (state) {
    case MESSAGE_DELAYED:
        return q->delayed.count;
    case MESSAGE_ACTIVE:
        return q->active.count;
    case MESSAGE_INACTIVE:
        return q->inactive.count;
    case MESSAGE_DELETED:
        return q->deleted.count;
    case MESSAGE_OUTSIDE:
        break;
    }
    return 0;
}

cmq_ms queue_backlog_start_ms(const struct queue *q)
{
    const struct order_node *oldest = order_first(&q->unconsumed);
    return oldest == NULL ? store_now_ms(q->store)
                          : CONTAINER_OF(oldest, const struct message, age)->sent_ms;
}

/* ---- sending ---- */

static enum cmq_err check_room(const struct queue *q, const struct bytes *bodies,
                               const struct blob *blob, size_t count)
{
    struct store *s = q->store;
    size_t heap = q->delayed.count + q->unconsumed.count;
    size_t max_heap = s->limits.max_heap > 0 ? s->limits.max_heap : q->attributes.max_heap;
    if (heap + count > max_heap)
        return CMQ_HEAP_FULL;

    size_t bytes = count * sizeof(struct message);
    size_t shared = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += bodies[i].len;
        shared += message_head_size(bodies[i].len);
        if (blob == NULL)
            shared += message_blob_size(bodies[i].len);
    }
    return store_admits(s, bytes, shared) ? CMQ_OK : CMQ_MEMORY_FULL;
}

static bool make_messages(struct store *s, const struct bytes *bodies, struct blob *blob,
                          size_t count, struct message **out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = message_new(s, bodies[i], blob);
        if (out[i] == NULL) {
            while (i-- > 0)
                message_free(s, out[i]);
            return false;
        }
    }
    return true;
}

static void tell_sent(const struct message *m, const struct delivery *from)
{
    struct store *s = m->queue->store;
    store_tell(s, (struct telling){.what = HAPPENED_SENT, .message = m, .delivery = from});
    if (m->state == MESSAGE_DELAYED)
        store_tell(s, (struct telling){.what = HAPPENED_DELAYED, .message = m});
}

static enum cmq_err send(struct queue *q, const struct bytes *bodies,
                         const struct delivery *from, size_t count, cmq_ms delay_ms,
                         uint64_t *ids)
{
    struct store *s = q->store;
    struct blob *blob = from != NULL ? from->publication->blob : NULL;
    struct message *made[BATCH_MAX];
    assert(count >= 1 && count <= BATCH_MAX);

    struct rate *sent = rate_now(&q->sent, store_now_ms(s));
    if (s->limits.send_rate > 0 && sent->count + count > s->limits.send_rate)
        return CMQ_DATA_RATE;
    enum cmq_err err = message_check_bodies(bodies, count, q->attributes.max_msg_size);
    if (err == CMQ_OK)
        err = check_room(q, bodies, blob, count);
    if (err != CMQ_OK)
        return err;
    if (!make_messages(s, bodies, blob, count, made))
        return CMQ_INTERNAL;

    sent->count += (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        struct message *m = made[i];
        m->queue = q;
        m->id = ids[i] = ids_number(&s->ids, ID_MESSAGE);
        m->serial = ++q->last_serial;
        m->sent_ms = store_now_ms(s);
        queue_enter(m, delay_ms > 0 ? MESSAGE_DELAYED : MESSAGE_ACTIVE, m->sent_ms + delay_ms);
        if (store_is_heard(s))
            tell_sent(m, from);
    }
    return CMQ_OK;
}

enum cmq_err queue_send(struct queue *q, const struct bytes *bodies, size_t count,
                        cmq_ms delay_ms, uint64_t *ids)
{
    return send(q, bodies, NULL, count, delay_ms, ids);
}

enum cmq_err queue_send_copy(struct queue *q, const struct delivery *d, uint64_t *id)
{
    return send(q, &d->publication->body, d, 1, 0, id);
}

/* ---- receiving and deleting ---- */

static bool choked_with(const struct queue *q, size_t more)
{
    const struct engine_limits *l = &q->store->limits;
    return q->delayed.count > l->max_delayed ||
           (l->max_inactive > 0 && q->inactive.count + more >= l->max_inactive);
}

bool queue_choked(const struct queue *q)
{
    return choked_with(q, 0);
}

/* How many more messages the limit allows to be handed out in this second. */
static size_t receives_left(struct queue *q)
{
    uint32_t limit = q->store->limits.receive_rate;
    uint32_t count = rate_now(&q->received, store_now_ms(q->store))->count;
    if (limit == 0)
        return SIZE_MAX;
    return count < limit ? limit - count : 0;
}

bool queue_receive_throttled(struct queue *q)
{
    return receives_left(q) == 0;
}

static bool meets_policy(const struct queue *q, const struct message *m)
{
    return queue_dead_letter_ms(q, m) <= store_now_ms(q->store);
}

/* Where there are more to be moved before than the effort allows, nothing is handed out yet. */
struct preview queue_preview(const struct queue *q, size_t max)
{
    struct preview p = {0, 0};
    size_t passed = 0, most = effort_left(q->store->effort);
    for (struct order_cursor c = order_up(&q->active); p.count < max;) {
        const struct order_node *n = order_next_up(&q->active, &c);
        if (n == NULL)
            break;
        const struct message *m = CONTAINER_OF(n, const struct message, place);
        if (meets_policy(q, m)) {
            if (passed++ == most)
                break;
            continue;
        }
        p.count++;
        p.bytes += message_blob(m) == NULL ? m->body_len : 0;
    }
    return p;
}

/* One that has expired is not handed out (queue-api 3.2), where the event is still to fire at this
 * instant; the queue is settled again after that. */
static bool has_expired(const struct message *m)
{
    return queue_expire_ms(m) <= store_now_ms(m->queue->store);
}

/* One of the first active messages: the nth choice of the receipt. */
static struct message *choose(struct queue *q, const struct odd_receipt *odd, size_t nth)
{
    enum { PASSED = 16 }; /* in the time of one thing that is done */
    size_t among = odd->among < q->active.count ? odd->among : q->active.count;
    size_t skip = (size_t)(mix64(odd->draw + nth) % among);
    effort_spend(q->store->effort, skip / PASSED);
    struct order_cursor c = order_up(&q->active);
    struct order_node *n = order_next_up(&q->active, &c);
    while (skip-- > 0)
        n = order_next_up(&q->active, &c);
    return CONTAINER_OF(n, struct message, place);
}

/* The next one to be handed out, if there is one that may be. */
static struct message *next_message(struct queue *q, const struct odd_receipt *odd, size_t nth)
{
    if (q->active.count == 0 || queue_choked(q))
        return NULL;
    struct message *first = CONTAINER_OF(order_first(&q->active), struct message, place);
    struct message *m = odd->among > 1 ? choose(q, odd, nth) : first;
    if (has_expired(m))
        m = first;
    return has_expired(m) ? NULL : m;
}

/* False when there is no room, or no memory. */
static bool leave_copy(struct message *m, uint64_t turn)
{
    struct queue *q = m->queue;
    struct store *s = q->store;
    if (!store_admits(s, message_size(m), message_head_size(m->body_len)))
        return false;
    struct message *copy = message_copy(s, m);
    if (copy == NULL)
        return false;
    effort_spend(s->effort, 1);
    copy->queue = q;
    copy->handle = 0;
    copy->serial = ++q->last_serial;
    copy->turn = turn;
    copy->sent_ms = store_now_ms(s);
    copy->doubled = m->doubled = true;
    queue_enter(copy, MESSAGE_ACTIVE, 0);
    if (store_is_heard(s))
        store_tell(s, (struct telling){.what = HAPPENED_DUPLICATED, .message = copy});
    return true;
}

static void leave_copies(struct message *m, uint32_t copies)
{
    if (m->doubled || !leave_copy(m, m->turn))
        return;
    m->turn = ++m->queue->last_turn;
    while (--copies > 0 && leave_copy(m, 0))
        continue;
}

/* As far as queue_hand_out() would come: it finds none to move then. */
bool queue_shed(struct queue *q, size_t max)
{
    struct effort *effort = q->store->effort;
    struct order_cursor c = order_up(&q->active);
    size_t kept = 0, left = receives_left(q);
    while (kept < max && !choked_with(q, kept)) {
        struct order_node *n = order_next_up(&q->active, &c);
        struct message *m = n != NULL ? CONTAINER_OF(n, struct message, place) : NULL;
        if (m == NULL || has_expired(m))
            break;
        if (!meets_policy(q, m)) {
            if (kept++ == left)
                break;
            continue;
        }
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, 1);
        queue_move_dead_letter(q, m);
    }
    return true;
}

enum cmq_err queue_hand_out(struct queue *q, size_t max, const struct odd_receipt *odd,
                            size_t *handed, const struct message **out)
{
    struct store *s = q->store;
    struct message *got[BATCH_MAX];
    enum cmq_err without = CMQ_NO_MESSAGE;
    size_t left = receives_left(q);
    size_t count = 0;
    assert(max <= BATCH_MAX);
    for (struct message *m; count < max && (m = next_message(q, odd, count)) != NULL;) {
        if (meets_policy(q, m)) {
            queue_move_dead_letter(q, m);
            continue;
        }
        if (count == left) {
            without = CMQ_DATA_RATE;
            break;
        }
        queue_enter(m, MESSAGE_INACTIVE, store_now_ms(s) + q->attributes.visibility_ms);
        got[count] = m;
        out[count++] = m;
    }
    for (size_t i = 0; i < count && odd->copies > 0;
         i++) /* not before: it would get them, too */
        leave_copies(got[i], odd->copies);
    rate_now(&q->received, store_now_ms(s))->count += (uint32_t)count;
    *handed = count;
    return count > 0 ? CMQ_OK : without;
}

enum cmq_err queue_count_deletes(struct queue *q, size_t count)
{
    uint32_t limit = q->store->limits.delete_rate;
    struct rate *deletes = rate_now(&q->deletes, store_now_ms(q->store));
    if (limit > 0 && deletes->count + count > limit)
        return CMQ_DATA_RATE;
    deletes->count += (uint32_t)count;
    return CMQ_OK;
}

static bool has_handle(const struct table_node *n, const void *key)
{
    return CONTAINER_OF(n, const struct message, by_handle)->handle == *(const uint64_t *)key;
}

struct message *store_find_handle(const struct store *s, uint64_t handle)
{
    struct table_node *n = table_find(&s->handles, handle, has_handle, &handle);
    return n != NULL ? CONTAINER_OF(n, struct message, by_handle) : NULL;
}

struct message *queue_find_handle(const struct queue *q, uint64_t handle)
{
    struct message *m = store_find_handle(q->store, handle);
    return m != NULL && m->queue == q ? m : NULL;
}

enum cmq_err queue_delete_message(struct queue *q, uint64_t handle)
{
    struct message *m = queue_find_handle(q, handle);
    if (m == NULL)
        return CMQ_HANDLE_INVALID;
    assert(m->state == MESSAGE_INACTIVE);

    if (q->attributes.rewind_ms > 0)
        queue_enter(m, MESSAGE_DELETED, 0);
    else
        queue_free_message(m, HAPPENED_DELETED);
    return CMQ_OK;
}

void queue_rewind(struct queue *q, cmq_ms from_ms)
{
    q->tasks.rewind_from_ms = from_ms;
    queue_set_task(q, TASK_REWIND);
}

/* ---- attributes ---- */

void queue_set_attributes(struct queue *q, const struct queue_attributes *attributes)
{
    bool other_retention = attributes->retention_ms != q->attributes.retention_ms;
    bool other_rewind = attributes->rewind_ms != q->attributes.rewind_ms;
    q->attributes = *attributes;
    q->modified_ms = store_now_ms(q->store);
    if (attributes->rewind_ms == 0)
        queue_set_task(q, TASK_FORGET_DELETED); /* queue-api 3.2, transition 10 */
    if (other_retention) {
        queue_set_task(q, TASK_ARM_DELAYED);
        queue_set_task(q, TASK_ARM_UNCONSUMED);
    }
    if (other_retention || other_rewind)
        queue_set_task(q, TASK_ARM_DELETED);
}

/* ---- dead letters ---- */

/* Apply a changed policy to the stored messages. */
static void policy_changed(struct queue *q)
{
    if (q->store->limits.eager_dead_letter)
        queue_set_task(q, TASK_ARM_DEAD_LETTERS);
}

void queue_bind(struct queue *q, struct dead_letter_policy policy)
{
    queue_unbind(q);
    queue_adopt_policy(q, policy);
    policy_changed(q);
}

void queue_adopt_policy(struct queue *q, struct dead_letter_policy policy)
{
    assert(q->dead_letter.target == NULL);
    q->dead_letter = policy;
    /* In order of creation, as ListDeadLetterSourceQueues lists them. */
    struct list_node *next = policy.target->sources.next;
    while (next != &policy.target->sources &&
           CONTAINER_OF(next, struct queue, source_link)->serial < q->serial)
        next = next->next;
    list_insert(next, &q->source_link);
    policy.target->source_count++;
}

void queue_unbind(struct queue *q)
{
    if (q->dead_letter.target == NULL)
        return;
    list_unlink(&q->source_link);
    q->dead_letter.target->source_count--;
    q->dead_letter = (struct dead_letter_policy){.kind = DEAD_LETTER_NONE};
    policy_changed(q);
}

cmq_ms queue_dead_letter_ms(const struct queue *q, const struct message *m)
{
    switch (q->dead_letter.kind) {
    case DEAD_LETTER_BY_RECEIVES:
        return m->dequeue_count >= q->dead_letter.max_receives ? store_now_ms(q->store)
                                                               : CMQ_NEVER;
    case DEAD_LETTER_BY_AGE:
        return m->sent_ms + q->dead_letter.max_age_ms;
    case DEAD_LETTER_NONE:
        break;
    }
    return CMQ_NEVER;
}

/* The message keeps body and id; all else is set as if it were sent to the target now. The
 * target's limits of size and number are not applied (queue-api 4.4). */
void queue_move_dead_letter(struct queue *q, struct message *m)
{
    struct queue *target = q->dead_letter.target;
    queue_withdraw(m);
    m->queue = target;
    m->serial = ++target->last_serial;
    m->turn = 0;
    m->sent_ms = store_now_ms(q->store);
    m->dequeue_count = 0;
    m->first_dequeue_ms = 0;
    queue_enter(m, MESSAGE_ACTIVE, 0);
    if (store_is_heard(q->store))
        store_tell(q->store,
                   (struct telling){.what = HAPPENED_DEAD_LETTERED, .message = m, .source = q});
}

/* ---- parked polls ---- */

void queue_unsettle(struct queue *q)
{
    if (!list_empty(&q->polls) && !list_linked(&q->unsettled_link))
        list_append(&q->store->unsettled, &q->unsettled_link);
}

/* The first of them gets what there is; false if there is nothing, or no poll. */
static bool serve_poll(struct queue *q)
{
    if (list_empty(&q->polls))
        return false;
    struct parked_poll *p = CONTAINER_OF(list_first(&q->polls), struct parked_poll, link);
    enum cmq_err err = queue_hand_out(q, p->max, &p->odd, &p->count, p->messages);
    if (err == CMQ_NO_MESSAGE)
        return false;
    effort_spend(q->store->effort, 1 + p->count);
    queue_release(p, err);
    return true;
}

static void is_settled(struct queue *q)
{
    if (list_linked(&q->unsettled_link))
        list_unlink(&q->unsettled_link);
}

void queue_settle(struct queue *q)
{
    while (serve_poll(q))
        continue;
    is_settled(q);
}

static bool shed_for_poll(struct queue *q)
{
    struct list_node *first = list_first(&q->polls);
    return first == NULL || queue_shed(q, CONTAINER_OF(first, struct parked_poll, link)->max);
}

bool queue_settle_some(struct queue *q)
{
    do {
        if (effort_is_used_up(q->store->effort) || !shed_for_poll(q))
            return false;
    } while (serve_poll(q));
    is_settled(q);
    return true;
}

void queue_park(struct queue *q, struct parked_poll *p, cmq_ms until_ms)
{
    p->queue = q;
    watch_note(q->watch);
    list_append(&q->polls, &p->link);
    q->poll_count++;
    q->store->polls++;
    budget_charge(q->store->shared_polls, 1);
    event_arm(q->store->agenda, &p->timeout, EVENT_POLL_TIMEOUT, until_ms);
}

void queue_release(struct parked_poll *p, enum cmq_err outcome)
{
    struct queue *q = p->queue;
    struct store *s = q->store;
    watch_note(q->watch);
    list_unlink(&p->link);
    q->poll_count--;
    s->polls--;
    budget_give(s->shared_polls, 1);
    event_disarm(s->agenda, &p->timeout);
    p->queue = NULL;
    p->outcome = outcome;
    list_append(&s->released, &p->link);
}

void queue_release_all(struct queue *q, enum cmq_err outcome)
{
    while (!list_empty(&q->polls))
        queue_release(CONTAINER_OF(list_first(&q->polls), struct parked_poll, link), outcome);
}

/* ---- checking ---- */

static void check_ages(const struct queue *q, const struct order *set, bool (*fits)(int state))
{
    order_check(set);
    cmq_ms sent_ms = 0;
    for (struct order_cursor c = order_up(set);;) {
        struct order_node *n = order_next_up(set, &c);
        if (n == NULL)
            return;
        const struct message *m = CONTAINER_OF(n, const struct message, age);
        assert(m->queue == q);
        assert(fits((int)m->state));
        assert(m->sent_ms >= sent_ms);
        sent_ms = m->sent_ms;
        queue_check_message(m);
    }
}

static bool is_delayed(int state)
{
    return state == MESSAGE_DELAYED;
}

static bool is_unconsumed(int state)
{
    return state == MESSAGE_ACTIVE || state == MESSAGE_INACTIVE;
}

static bool is_deleted(int state)
{
    return state == MESSAGE_DELETED;
}

void queue_check(const struct queue *q)
{
    check_ages(q, &q->delayed, is_delayed);
    check_ages(q, &q->unconsumed, is_unconsumed);
    check_ages(q, &q->deleted, is_deleted);
    order_check(&q->active);
    order_check(&q->inactive);
    assert(q->active.count + q->inactive.count == q->unconsumed.count);
    assert((q->dead_letter.target != NULL) == list_linked(&q->source_link));
    assert(q->source_count <= DEAD_LETTER_SOURCES_MAX);

    size_t polls = 0;
    for (const struct list_node *l = q->polls.next; l != &q->polls; l = l->next)
        polls++;
    assert(polls == q->poll_count);
}
