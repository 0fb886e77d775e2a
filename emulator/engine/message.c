#include "engine/message.h"

#include "engine/queue.h"
#include "engine/store.h"

static const char *const state_names[MESSAGE_STATES] = {
    [MESSAGE_DELAYED] = "delayed",
    [MESSAGE_ACTIVE] = "active",
    [MESSAGE_INACTIVE] = "inactive",
    [MESSAGE_DELETED] = "deleted",
};

const char *message_state_name(enum message_state state)
{
    assert(state < MESSAGE_STATES);
    return state_names[state];
}

static size_t footprint(const struct message *m)
{
    return sizeof *m + m->body_len;
}

enum cmq_err message_check_bodies(const struct bytes *bodies, size_t count, size_t max_msg_size)
{
    enum { BATCH_BYTES_MAX = 1048576 }; /* queue-api 7, row 7; topic-api D32 */
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        assert(bodies[i].len > 0);
        if (bodies[i].len > max_msg_size)
            return CMQ_BODY_TOO_LONG;
        total += bodies[i].len;
    }
    return count > 1 && total > BATCH_BYTES_MAX ? CMQ_BATCH_TOO_LONG : CMQ_OK;
}

struct message *message_new(struct store *store, struct bytes body, uint64_t id)
{
    assert(body.len <= UINT32_MAX);
    struct message *m = allocator_take(&store->allocator, sizeof *m + body.len);
    if (m == NULL)
        return NULL;
    *m = (struct message){.state = MESSAGE_OUTSIDE, .body_len = (uint32_t)body.len, .id = id};
    memcpy(m->body, body.data, body.len);
    return m;
}

/* The set that holds the messages of a state in the order in which they were sent. */
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

/* The further set of a state, in an order of its own; NULL where there is none. */
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

static void leave(struct message *m, enum message_state next)
{
    struct queue *q = m->queue;
    struct store *s = q->store;
    if (m->state == MESSAGE_OUTSIDE) {
        s->bytes += footprint(m);
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

cmq_ms message_expire_ms(const struct message *m)
{
    const struct queue_attributes *a = &m->queue->attributes;
    cmq_ms kept_ms = a->retention_ms;
    /* A message of age rewindSeconds can still be rewound (queue-api 3.6), one of age
     * msgRetentionSeconds is gone (3.2): hence the one millisecond. */
    if (m->state == MESSAGE_DELETED && a->rewind_ms < kept_ms)
        kept_ms = a->rewind_ms + 1;
    return m->sent_ms + kept_ms;
}

void message_arm_expiry(struct message *m)
{
    const struct queue_attributes *a = &m->queue->attributes;
    bool by_window = m->state == MESSAGE_DELETED && a->rewind_ms < a->retention_ms;
    event_arm(m->queue->store->agenda, &m->expiry,
              by_window ? EVENT_REWIND_EXPIRED : EVENT_EXPIRED, message_expire_ms(m));
}

/* With eager checks an active message that meets the policy, or will, has a timer for it. */
void message_arm_dead_letter(struct message *m)
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

void message_enter(struct message *m, enum message_state state, cmq_ms wake_ms)
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
        message_arm_dead_letter(m);
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
    /* Only a deleted message has a window of its own: between the other states the end of
     * retention stays as it was armed. */
    if (last == MESSAGE_OUTSIDE || (last == MESSAGE_DELETED) != (state == MESSAGE_DELETED))
        message_arm_expiry(m);
}

void message_withdraw(struct message *m)
{
    struct store *s = m->queue->store;
    if (m->state == MESSAGE_OUTSIDE)
        return;
    leave(m, MESSAGE_OUTSIDE);
    event_disarm(s->agenda, &m->expiry);
    s->bytes -= footprint(m);
    m->state = MESSAGE_OUTSIDE;
}

void message_free(struct message *m)
{
    struct store *s = m->queue->store;
    message_withdraw(m);
    allocator_give(&s->allocator, m);
}

void message_check(const struct message *m)
{
    const struct queue *q = m->queue;
    bool eager = q->store->limits.eager_dead_letter;
    assert(m->state < MESSAGE_STATES);
    assert(event_armed(&m->expiry));
    assert(m->expiry.node.due_ms == message_expire_ms(m) ||
           message_expire_ms(m) <= store_now_ms(q->store));
    assert((m->handle != 0) == (m->state == MESSAGE_INACTIVE));
    assert(m->state != MESSAGE_DELAYED || m->wake.kind == EVENT_DELAYED);
    assert(m->state != MESSAGE_INACTIVE || m->wake.kind == EVENT_VISIBLE);
    assert(order_rank(&m->age) == m->serial);
    assert(m->state != MESSAGE_ACTIVE || order_rank(&m->place) == m->turn);
    bool timed = m->state == MESSAGE_DELAYED || m->state == MESSAGE_INACTIVE;
    bool watched =
        m->state == MESSAGE_ACTIVE && eager && queue_dead_letter_ms(q, m) != CMQ_NEVER;
    assert(event_armed(&m->wake) == (timed || watched));
}
