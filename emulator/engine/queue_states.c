/* The part of queue.h that is about the states of messages.
 *
 * A message is in one state, from which its sets and timers follow:
 *
 *              in order of sending   further set   timer wake
 *   DELAYED    queue->delayed        none          end of the delay
 *   ACTIVE     queue->unconsumed     active        dead-letter check, when checks are eager
 *   INACTIVE   queue->unconsumed     inactive      end of visibility
 *   DELETED    queue->deleted        none          none
 *
 * In all of them the timer expiry is armed: for the end of retention, or, if that comes first,
 * for the moment at which a deleted message leaves the rewind window.
 *
 * queue_enter() and queue_withdraw() are the only functions that change a state, and
 * queue_check_message() asserts the table above. They allocate nothing, so a command that has
 * got this far cannot fail any more. They call queue_unsettle() when parked polls may get
 * something; the polls are served at the end of the command or the instant: queue_settle(). */
#include "engine/queue.h"

#include "engine/store.h"

/* The set of a state in the order of sending; NULL for OUTSIDE. */
static struct order *age_set(struct queue *q, enum message_state state)
{
    switch (state) {
    case MESSAGE_DELAYED:
        return &q->delayed;
    case MESSAGE_ACTIVE:
    case MESSAGE_INACTIVE:
        return &q->unconsumed;
    case MESSAGE_DELETED:
        return &q->deleted;
    case MESSAGE_OUTSIDE:
        break;
    }
    return NULL;
}

/* The further set of a state, in an order of its own; NULL if it has none. */
static struct order *place_set(struct queue *q, enum message_state state)
{
    switch (state) {
    case MESSAGE_ACTIVE:
        return &q->active;
    case MESSAGE_INACTIVE:
        return &q->inactive;
    case MESSAGE_DELAYED:
    case MESSAGE_DELETED:
    case MESSAGE_OUTSIDE:
        break;
    }
    return NULL;
}

/* Undo what belongs to the present state alone. A set that next has, too, is not left, so that
 * a message which is received and comes back keeps its node in unconsumed. */
static void leave(struct message *m, enum message_state next)
{
    struct queue *q = m->queue;
    struct store *s = q->store;
    watch_note(q->watch);
    if (m->state == MESSAGE_OUTSIDE) {
        store_charge(s, message_size(m), message_head_size(m->body_len));
        return;
    }
    if (age_set(q, m->state) != age_set(q, next))
        order_remove(age_set(q, m->state), &m->age);
    if (place_set(q, m->state) != NULL)
        order_remove(place_set(q, m->state), &m->place);
    if (m->state == MESSAGE_INACTIVE) {
        table_remove(&s->handles, &m->by_handle);
        m->handle = 0;
    }
    event_disarm(s->agenda, &m->wake);
    queue_unsettle(q);
}

static void receive(struct message *m)
{
    struct store *s = m->queue->store;
    if (m->dequeue_count++ == 0)
        m->first_dequeue_ms = store_now_ms(s);
    m->handle = ids_number(&s->ids, ID_HANDLE);
    table_add(&s->handles, &m->by_handle, m->handle);
}

cmq_ms queue_expire_ms(const struct message *m)
{
    const struct queue_attributes *a = &m->queue->attributes;
    cmq_ms kept_ms = a->retention_ms;
    /* A message of age rewindSeconds can still be rewound (queue-api 3.6), one of age
     * msgRetentionSeconds is gone (3.2): hence the one millisecond. */
    if (m->state == MESSAGE_DELETED && a->rewind_ms < kept_ms)
        kept_ms = a->rewind_ms + 1;
    return m->sent_ms + kept_ms;
}

enum event_kind queue_expiry_kind(const struct message *m)
{
    const struct queue_attributes *a = &m->queue->attributes;
    bool by_window = m->state == MESSAGE_DELETED && a->rewind_ms < a->retention_ms;
    return by_window ? EVENT_REWIND_EXPIRED : EVENT_EXPIRED;
}

void queue_arm_expiry(struct message *m)
{
    event_arm(m->queue->store->agenda, &m->expiry, queue_expiry_kind(m), queue_expire_ms(m));
}

void queue_put(struct message *m, enum message_state state, uint64_t place)
{
    struct queue *q = m->queue;
    struct store *s = q->store;
    assert(m->state == MESSAGE_OUTSIDE && state < MESSAGE_STATES);
    store_charge(s, message_size(m), message_head_size(m->body_len));
    m->state = state;
    order_add(age_set(q, state), &m->age, m->serial);
    if (place_set(q, state) != NULL)
        order_add(place_set(q, state), &m->place, place);
    if (state == MESSAGE_INACTIVE)
        table_add(&s->handles, &m->by_handle, m->handle);
}

void queue_arm_dead_letter(struct message *m)
{
    struct store *s = m->queue->store;
    assert(m->state == MESSAGE_ACTIVE);
    event_disarm(s->agenda, &m->wake);
    if (!s->limits.eager_dead_letter)
        return;
    cmq_ms due_ms = queue_dead_letter_ms(m->queue, m);
    if (due_ms != CMQ_NEVER)
        event_arm(s->agenda, &m->wake, EVENT_DEAD_LETTER, due_ms);
}

/* A message that enters from OUTSIDE does so for different reasons: those are told where they are
 * known. */
static void tell_entered(const struct message *m, enum message_state last)
{
    static const enum happening to_active[MESSAGE_STATES] = {
        [MESSAGE_DELAYED] = HAPPENED_AVAILABLE,
        [MESSAGE_INACTIVE] = HAPPENED_RETURNED,
        [MESSAGE_DELETED] = HAPPENED_REWOUND,
    };
    struct telling t = {.message = m};
    if (last == MESSAGE_OUTSIDE)
        return;
    if (m->state == MESSAGE_ACTIVE)
        t.what = to_active[last];
    else
        t.what = m->state == MESSAGE_INACTIVE ? HAPPENED_RECEIVED : HAPPENED_DELETED;
    store_tell(m->queue->store, t);
}

void queue_enter(struct message *m, enum message_state state, cmq_ms wake_ms)
{
    struct queue *q = m->queue;
    struct store *s = q->store;
    enum message_state last = m->state;
    assert(state < MESSAGE_STATES);

    leave(m, state);
    m->state = state;
    if (last == MESSAGE_OUTSIDE || age_set(q, last) != age_set(q, state))
        order_add(age_set(q, state), &m->age, m->serial);

    switch (state) {
    case MESSAGE_DELAYED:
        event_arm(s->agenda, &m->wake, EVENT_DELAYED, wake_ms);
        break;
    case MESSAGE_ACTIVE:
        if (m->turn == 0)
            m->turn = ++q->last_turn;
        order_add(&q->active, &m->place, m->turn);
        queue_arm_dead_letter(m);
        queue_unsettle(q);
        break;
    case MESSAGE_INACTIVE:
        receive(m);
        order_add(&q->inactive, &m->place, ++q->last_receipt);
        event_arm(s->agenda, &m->wake, EVENT_VISIBLE, wake_ms);
        break;
    case MESSAGE_DELETED:
    case MESSAGE_OUTSIDE:
        break;
    }
    /* Only DELETED has another expiry than the other states: between those the timer stays as
     * it is armed. */
    if (last == MESSAGE_OUTSIDE || (last == MESSAGE_DELETED) != (state == MESSAGE_DELETED))
        queue_arm_expiry(m);
    if (store_is_heard(s))
        tell_entered(m, last);
}

void queue_withdraw(struct message *m)
{
    struct store *s = m->queue->store;
    if (m->state == MESSAGE_OUTSIDE)
        return;
    leave(m, MESSAGE_OUTSIDE);
    event_disarm(s->agenda, &m->expiry);
    store_release(s, message_size(m), message_head_size(m->body_len));
    m->state = MESSAGE_OUTSIDE;
}

void queue_free_message(struct message *m, enum happening why)
{
    struct store *s = m->queue->store;
    if (store_is_heard(s))
        store_tell(s, (struct telling){.what = why, .is_last = true, .message = m});
    queue_withdraw(m);
    message_free(s, m);
}

void queue_check_message(const struct message *m)
{
    const struct queue *q = m->queue;
    bool eager = q->store->limits.eager_dead_letter;
    assert(m->state < MESSAGE_STATES);
    assert(event_armed(&m->expiry));
    assert(m->expiry.node.due_ms == queue_expire_ms(m) ||
           queue_expire_ms(m) <= store_now_ms(q->store) || q->tasks.due != 0);
    assert((m->handle != 0) == (m->state == MESSAGE_INACTIVE));
    assert(m->state != MESSAGE_DELAYED || m->wake.kind == EVENT_DELAYED);
    assert(m->state != MESSAGE_INACTIVE || m->wake.kind == EVENT_VISIBLE);
    assert(order_rank(&m->age) == m->serial);
    assert(m->state != MESSAGE_ACTIVE || order_rank(&m->place) == m->turn);
    bool timed = m->state == MESSAGE_DELAYED || m->state == MESSAGE_INACTIVE;
    bool watched =
        m->state == MESSAGE_ACTIVE && eager && queue_dead_letter_ms(q, m) != CMQ_NEVER;
    assert(event_armed(&m->wake) == (timed || watched) || q->tasks.due != 0);
}
