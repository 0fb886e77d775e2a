#include "tests/simulation/model_inside.h"

#include "base/random.h"

/* ---- what can be asked ---- */

static bool has_name_nocase(const struct model_queue *q, const char *name)
{
    return q->name[0] != '\0' && strcasecmp(q->name, name) == 0;
}

struct model_queue *model_find_queue(struct model *m, const char *name)
{
    for (EACH(struct model_queue, q, m->queues))
        if (q->name[0] != '\0' && strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

size_t model_count(const struct model *m, const struct model_queue *q, enum message_state state)
{
    size_t count = 0;
    for (EACH(const struct model_message, msg, m->messages))
        count += msg->queue == q && msg->state == state;
    return count;
}

struct model_queue *model_queue_at(struct model *m, size_t index)
{
    for (EACH(struct model_queue, q, m->queues)) {
        size_t before = 0;
        COUNT_BEFORE(struct model_queue, m->queues, q->serial, before);
        if (q->name[0] != '\0' && before == index)
            return q;
    }
    return NULL;
}

const struct model_message *model_active_at(const struct model *m, const struct model_queue *q,
                                            size_t index)
{
    for (EACH(const struct model_message, msg, m->messages)) {
        if (msg->queue != q || msg->state != MESSAGE_ACTIVE)
            continue;
        size_t before = 0;
        for (EACH(const struct model_message, other, m->messages))
            before +=
                other->queue == q && other->state == MESSAGE_ACTIVE && other->turn < msg->turn;
        if (before == index)
            return msg;
    }
    return NULL;
}

const struct model_message *model_message_at(const struct model *m, const struct model_queue *q,
                                             enum message_state state, size_t index)
{
    for (EACH(const struct model_message, msg, m->messages)) {
        if (msg->queue != q || msg->state != state)
            continue;
        size_t before = 0;
        for (EACH(const struct model_message, other, m->messages))
            before += other->queue == q && other->state == state && other->serial < msg->serial;
        if (before == index)
            return msg;
    }
    return NULL;
}

cmq_ms model_backlog_start_ms(const struct model *m, const struct model_queue *q)
{
    cmq_ms oldest_ms = m->now_ms;
    for (EACH(const struct model_message, msg, m->messages))
        if (msg->queue == q &&
            (msg->state == MESSAGE_ACTIVE || msg->state == MESSAGE_INACTIVE) &&
            msg->seen.sent_ms < oldest_ms)
            oldest_ms = msg->seen.sent_ms;
    return oldest_ms;
}

static size_t polls_of(const struct model *m, const struct model_queue *q)
{
    size_t count = 0;
    for (EACH(const struct model_poll, p, m->polls))
        count += p->queue != NULL && (q == NULL || p->queue == q);
    return count;
}

size_t model_parked_count(const struct model *m)
{
    size_t count = polls_of(m, NULL);
    for (EACH(const struct model_late, l, m->late))
        count += l->owner != 0;
    return count;
}

static size_t sources_of(const struct model *m, const struct model_queue *target)
{
    size_t count = 0;
    for (EACH(const struct model_queue, q, m->queues))
        count += q->name[0] != '\0' && q->target == target;
    return count;
}

static bool choked(const struct model *m, const struct model_queue *q)
{
    return model_count(m, q, MESSAGE_DELAYED) > m->limits.max_delayed ||
           (m->limits.max_inactive > 0 &&
            model_count(m, q, MESSAGE_INACTIVE) >= m->limits.max_inactive);
}

/* ---- messages change state ---- */

/* Something about q's messages has changed; its polls are looked at after the present event. */
static void touch(struct model *m, struct model_queue *q)
{
    if (q->touched_as == 0 && polls_of(m, q) > 0)
        q->touched_as = ++m->touches;
}

static bool in_window(const struct model_message *msg)
{
    const struct queue_attributes *a = &msg->queue->attributes;
    return msg->state == MESSAGE_DELETED && a->rewind_ms < a->retention_ms;
}

cmq_ms model_expire_ms(const struct model_message *msg)
{
    const struct queue_attributes *a = &msg->queue->attributes;
    return msg->seen.sent_ms + (in_window(msg) ? a->rewind_ms + 1 : a->retention_ms);
}

static void arm_expiry(struct model *m, struct model_message *msg)
{
    model_arm(m, &msg->expiry, in_window(msg) ? EVENT_REWIND_EXPIRED : EVENT_EXPIRED,
              model_expire_ms(msg));
}

static void leave(struct model *m, struct model_message *msg)
{
    msg->wake.armed_as = 0;
    msg->seen.handle = 0;
    touch(m, msg->queue);
}

static void make_active(struct model *m, struct model_message *msg)
{
    bool was_deleted = msg->state == MESSAGE_DELETED;
    msg->state = MESSAGE_ACTIVE;
    if (msg->turn == 0)
        msg->turn = ++msg->queue->turns;
    touch(m, msg->queue);
    if (was_deleted)
        arm_expiry(m, msg);
}

static void make_inactive(struct model *m, struct model_message *msg)
{
    leave(m, msg);
    msg->state = MESSAGE_INACTIVE;
    if (msg->seen.dequeue_count++ == 0)
        msg->seen.first_dequeue_ms = m->now_ms;
    msg->seen.handle = ids_number(&m->ids, ID_HANDLE);
    model_arm(m, &msg->wake, EVENT_VISIBLE, m->now_ms + msg->queue->attributes.visibility_ms);
}

static void make_gone(struct model *m, struct model_message *msg)
{
    leave(m, msg);
    *msg = (struct model_message){.queue = NULL};
}

static void move_dead_letter(struct model *m, struct model_message *msg)
{
    leave(m, msg);
    struct model_queue *target = msg->queue->target;
    m->dead_letters[msg->queue->policy]++;
    struct seen_message seen = msg->seen;
    *msg = (struct model_message){
        .queue = target,
        .state = MESSAGE_ACTIVE,
        .doubled = msg->doubled,
        .serial = ++target->serials,
        .turn = ++target->turns,
        .seen = {.id = msg->seen.id, .body_len = msg->seen.body_len, .sent_ms = m->now_ms},
    };
    memcpy(msg->seen.body, seen.body, sizeof seen.body);
    touch(m, target);
    arm_expiry(m, msg);
}

/* ---- handing out ---- */

static bool meets_policy(const struct model *m, const struct model_message *msg)
{
    const struct model_queue *q = msg->queue;
    if (q->policy == DEAD_LETTER_BY_RECEIVES)
        return msg->seen.dequeue_count >= q->max_receives;
    return q->policy == DEAD_LETTER_BY_AGE && m->now_ms - msg->seen.sent_ms >= q->max_age_ms;
}

static struct model_message *next_active(struct model *m, const struct model_queue *q)
{
    struct model_message *best = NULL;
    for (EACH(struct model_message, msg, m->messages))
        if (msg->queue == q && msg->state == MESSAGE_ACTIVE &&
            (best == NULL || msg->turn < best->turn))
            best = msg;
    return best;
}

/* Whether as many messages were handed out in this second as may be. */
static bool spent(struct model *m, struct model_queue *q)
{
    return m->limits.receive_rate > 0 &&
           *model_rate_now(m, &q->received) >= m->limits.receive_rate;
}

/* One of the first: the nth choice of the receipt. */
static struct model_message *choose(struct model *m, const struct model_queue *q,
                                    const struct odd_receipt *odd, size_t nth)
{
    size_t count = model_count(m, q, MESSAGE_ACTIVE);
    size_t among = odd->among < count ? odd->among : count;
    const struct model_message *chosen =
        among > 1 ? model_active_at(m, q, mix64(odd->draw + nth) % among) : NULL;
    if (chosen == NULL || model_expire_ms(chosen) <= m->now_ms)
        return next_active(m, q);
    return &m->messages[chosen - m->messages];
}

static bool leave_copy(struct model *m, struct model_queue *q, struct model_message *msg,
                       uint64_t turn)
{
    struct model_message *copy = m->messages;
    assert(q != NULL && msg->queue == q);
    if (model_bytes(m) + sizeof(struct message) + msg->seen.body_len > m->limits.max_bytes)
        return false;
    while (copy->queue != NULL)
        copy++;
    *copy = *msg;
    copy->doubled = msg->doubled = true;
    copy->state = MESSAGE_OUTSIDE;
    copy->serial = ++q->serials;
    copy->turn = turn;
    copy->seen.handle = 0;
    copy->seen.sent_ms = m->now_ms;
    copy->wake = copy->expiry = (struct model_event){.armed_as = 0};
    make_active(m, copy);
    arm_expiry(m, copy);
    return true;
}

/* What was just handed out leaves copies behind. */
static void leave_copies(struct model *m, struct model_queue *q, uint32_t copies,
                         const struct seen_messages *out)
{
    for (size_t i = 0; i < out->count && copies > 0; i++) {
        struct model_message *msg = m->messages;
        while (msg->queue != q || msg->seen.handle != out->messages[i].handle)
            msg++;
        if (msg->doubled || !leave_copy(m, q, msg, msg->turn))
            continue;
        msg->turn = ++q->turns;
        for (uint32_t n = 1; n < copies && leave_copy(m, q, msg, 0); n++)
            ;
    }
}

/* True when it is the rate that keeps a message back. */
static bool hand_out(struct model *m, struct model_queue *q, size_t max,
                     const struct odd_receipt *odd, struct seen_messages *out)
{
    out->count = 0;
    while (out->count < max && !choked(m, q)) {
        struct model_message *msg = choose(m, q, odd, out->count);
        if (msg == NULL || model_expire_ms(msg) <= m->now_ms)
            break; /* in the latter case its expiry is still to fire at this instant */
        if (meets_policy(m, msg)) {
            move_dead_letter(m, msg);
            continue;
        }
        if (spent(m, q))
            return true;
        make_inactive(m, msg);
        ++*model_rate_now(m, &q->received);
        out->messages[out->count] = msg->seen;
        out->messages[out->count++].visible_ms = msg->wake.due_ms;
    }
    return false;
}

/* ---- polls ---- */

static void release(struct model *m, struct model_poll *p, enum cmq_err outcome,
                    const struct seen_messages *got)
{
    assert(m->release_count < MODEL_RELEASES);
    struct seen_release *r = &m->releases[m->release_count++];
    *r = (struct seen_release){.owner = p->owner, .at_ms = m->now_ms, .outcome = outcome};
    if (got != NULL)
        r->got = *got;
    *p = (struct model_poll){.queue = NULL};
}

static struct model_poll *first_poll(struct model *m, const struct model_queue *q)
{
    struct model_poll *best = NULL;
    for (EACH(struct model_poll, p, m->polls))
        if (p->queue == q && (best == NULL || p->arrival < best->arrival))
            best = p;
    return best;
}

static void release_all(struct model *m, struct model_queue *q, enum cmq_err outcome)
{
    for (struct model_poll *p; (p = first_poll(m, q)) != NULL;)
        release(m, p, outcome, NULL);
}

static void serve_polls(struct model *m, struct model_queue *q)
{
    for (struct model_poll *p; (p = first_poll(m, q)) != NULL;) {
        struct seen_messages got;
        const struct odd_receipt odd = {.copies = p->copies};
        bool held_back = hand_out(m, q, p->max, &odd, &got);
        if (got.count == 0 && !held_back)
            break;
        leave_copies(m, q, p->copies, &got);
        release(m, p, got.count > 0 ? CMQ_OK : CMQ_DATA_RATE, &got);
    }
    q->touched_as = 0;
}

void model_serve_all(struct model *m)
{
    for (;;) {
        struct model_queue *next = NULL;
        for (EACH(struct model_queue, q, m->queues))
            if (q->touched_as != 0 && (next == NULL || q->touched_as < next->touched_as))
                next = q;
        if (next == NULL)
            return;
        serve_polls(m, next);
    }
}

/* It keeps its own outcome. */
void model_fire_late(struct model *m, struct model_late *l)
{
    assert(m->release_count < MODEL_RELEASES);
    m->releases[m->release_count++] =
        (struct seen_release){.owner = l->owner, .at_ms = m->now_ms, .outcome = CMQ_NO_MESSAGE};
    *l = (struct model_late){.owner = 0};
}

static struct model_late *first_late(struct model *m)
{
    struct model_late *best = NULL;
    for (EACH(struct model_late, l, m->late))
        if (l->owner != 0 && (best == NULL || l->arrival < best->arrival))
            best = l;
    return best;
}

void model_end_poll(struct model *m, int owner, enum cmq_err outcome)
{
    for (EACH(struct model_late, l, m->late))
        if (l->owner == owner)
            model_fire_late(m, l);
    for (EACH(struct model_poll, p, m->polls))
        if (p->queue != NULL && p->owner == owner)
            release(m, p, outcome, NULL);
}

static struct model_queue *created_after(struct model *m, uint64_t serial)
{
    struct model_queue *best = NULL;
    for (EACH(struct model_queue, q, m->queues))
        if (q->serial > serial && (best == NULL || q->serial < best->serial))
            best = q;
    return best;
}

void model_end_all_polls(struct model *m, enum cmq_err outcome)
{
    uint64_t last = 0;
    for (struct model_late *l; (l = first_late(m)) != NULL;)
        model_fire_late(m, l);
    for (struct model_queue *q; (q = created_after(m, last)) != NULL; last = q->serial)
        release_all(m, q, outcome);
}

/* ---- events ---- */

void model_fire_message(struct model *m, struct model_message *msg, enum event_kind kind)
{
    if (kind == EVENT_EXPIRED || kind == EVENT_REWIND_EXPIRED) {
        make_gone(m, msg);
        return;
    }
    leave(m, msg);
    make_active(m, msg);
}

void model_fire_poll(struct model *m, struct model_poll *p)
{
    serve_polls(m, p->queue);
    if (p->queue != NULL)
        release(m, p, CMQ_NO_MESSAGE, NULL);
}

/* ---- commands on queues ---- */

static enum cmq_err check_policy(struct model *m, const struct model_queue *q,
                                 const struct queue_attributes *a,
                                 const struct dead_letter_request *request)
{
    if (request->refusal != CMQ_OK)
        return request->refusal;
    if (request->kind == DEAD_LETTER_BY_AGE && request->max_age_ms >= a->retention_ms)
        return CMQ_POLICY_PARAMS;
    const struct model_queue *target = model_find_queue(m, request->target_name.data);
    if (target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    if (target->target != NULL || target == q || (q != NULL && sources_of(m, q) > 0))
        return CMQ_DEAD_LETTER_NEST;
    if ((q == NULL || q->target != target) && sources_of(m, target) >= DEAD_LETTER_SOURCES_MAX)
        return CMQ_DEAD_LETTER_SOURCES;
    return CMQ_OK;
}

static void bind_policy(struct model *m, struct model_queue *q,
                        const struct dead_letter_request *request)
{
    if (request == NULL)
        return;
    q->policy = request->kind;
    q->target = model_find_queue(m, request->target_name.data);
    q->max_receives = request->max_receives;
    q->max_age_ms = request->max_age_ms;
}

static enum cmq_err check_name(struct model *m, const char *name)
{
    size_t count = 0;
    for (EACH(const struct model_queue, q, m->queues)) {
        if (has_name_nocase(q, name))
            return CMQ_QUEUE_EXISTS;
        count += q->name[0] != '\0';
    }
    if (model_cools(m, name, false))
        return CMQ_NAME_COOLING;
    return count >= m->limits.max_queues ? CMQ_TOO_MANY_QUEUES : CMQ_OK;
}

enum cmq_err model_create_queue(struct model *m, const char *name,
                                const struct queue_attributes *a,
                                const struct dead_letter_request *policy)
{
    if (a->rewind_ms > a->retention_ms)
        return CMQ_REWIND_ABOVE_RETENTION;
    enum cmq_err err = policy == NULL ? CMQ_OK : check_policy(m, NULL, a, policy);
    if (err == CMQ_OK)
        err = check_name(m, name);
    if (err != CMQ_OK)
        return err;
    struct model_queue *q = m->queues;
    while (q->name[0] != '\0')
        q++;
    *q = (struct model_queue){.serial = ++m->serials, .attributes = *a};
    model_copy_name(q->name, name);
    ids_resource(&m->ids, ID_QUEUE, "queue-", q->id);
    bind_policy(m, q, policy);
    return CMQ_OK;
}

/* Arm the expiries of the messages in these states (bits) anew, by order of sending. */
static void arm_expiries(struct model *m, struct model_queue *q, unsigned states)
{
    for (uint64_t serial = 1; serial <= q->serials; serial++)
        for (EACH(struct model_message, msg, m->messages))
            if (msg->queue == q && msg->serial == serial && (states >> msg->state & 1))
                arm_expiry(m, msg);
}

/* What is armed anew, and in which order, shows when events fall on one instant. */
static void set_attributes(struct model *m, struct model_queue *q,
                           const struct queue_attributes *a)
{
    bool other_retention = a->retention_ms != q->attributes.retention_ms;
    bool other_rewind = a->rewind_ms != q->attributes.rewind_ms;
    q->attributes = *a;
    for (EACH(struct model_message, msg, m->messages))
        if (msg->queue == q && msg->state == MESSAGE_DELETED && a->rewind_ms == 0)
            make_gone(m, msg);
    if (other_retention) {
        arm_expiries(m, q, 1U << MESSAGE_DELAYED);
        arm_expiries(m, q, 1U << MESSAGE_ACTIVE | 1U << MESSAGE_INACTIVE);
    }
    if (other_retention || other_rewind)
        arm_expiries(m, q, 1U << MESSAGE_DELETED);
}

enum cmq_err model_set_queue(struct model *m, struct model_queue *q,
                             const struct queue_attributes *a,
                             const struct dead_letter_request *policy)
{
    if (a->rewind_ms > a->retention_ms)
        return CMQ_REWIND_ABOVE_RETENTION;
    enum cmq_err err = policy == NULL ? CMQ_OK : check_policy(m, q, a, policy);
    if (err != CMQ_OK)
        return err;
    if (policy == NULL && q->policy == DEAD_LETTER_BY_AGE && q->max_age_ms >= a->retention_ms)
        return CMQ_POLICY_PARAMS;
    set_attributes(m, q, a);
    bind_policy(m, q, policy);
    model_serve_all(m);
    return CMQ_OK;
}

static void drop_messages(struct model *m, struct model_queue *q)
{
    for (EACH(struct model_message, msg, m->messages))
        if (msg->queue == q)
            make_gone(m, msg);
}

enum cmq_err model_delete_queue(struct model *m, struct model_queue *q)
{
    if (sources_of(m, q) > 0)
        return CMQ_DEAD_LETTER_IN_USE;
    model_cool(m, q->name, false);
    release_all(m, q, CMQ_NO_QUEUE);
    drop_messages(m, q);
    *q = (struct model_queue){.name = ""};
    return CMQ_OK;
}

enum cmq_err model_unbind(struct model *m, struct model_queue *q)
{
    (void)m;
    if (q->target == NULL)
        return CMQ_NO_DEAD_LETTER_QUEUE;
    q->target = NULL;
    q->policy = DEAD_LETTER_NONE;
    return CMQ_OK;
}

void model_purge_queue(struct model *m, struct model_queue *q)
{
    drop_messages(m, q);
    model_serve_all(m);
}

/* Newest first, as the engine does it: this is the order in which they are armed. */
enum cmq_err model_rewind(struct model *m, struct model_queue *q, int64_t from_s)
{
    if (q->attributes.rewind_ms == 0)
        return CMQ_REWIND_OFF;
    int64_t now_s = m->now_ms / 1000;
    int64_t latest_s = m->limits.strict ? model_backlog_start_ms(m, q) / 1000 : now_s;
    if (from_s < now_s - q->attributes.rewind_ms / 1000 || from_s > latest_s)
        return CMQ_REWIND_TIME;
    for (uint64_t serial = q->serials; serial > 0; serial--) {
        for (EACH(struct model_message, msg, m->messages)) {
            if (msg->queue != q || msg->serial != serial || msg->state != MESSAGE_DELETED ||
                msg->seen.sent_ms < from_s * 1000)
                continue;
            leave(m, msg);
            make_active(m, msg);
        }
    }
    model_serve_all(m);
    return CMQ_OK;
}

/* ---- commands on messages ---- */

/* The order of checks is that of queue-api 1.6: rates, then bodies, then what is stored. */
static enum cmq_err check_send(struct model *m, struct model_queue *q,
                               const struct bytes *bodies, size_t count)
{
    if (m->limits.send_rate > 0 && *model_rate_now(m, &q->sent) + count > m->limits.send_rate)
        return CMQ_DATA_RATE;
    size_t bytes = model_bytes(m);
    for (size_t i = 0; i < count; i++) {
        if (bodies[i].len > q->attributes.max_msg_size)
            return CMQ_BODY_TOO_LONG;
        bytes += sizeof(struct message) + bodies[i].len;
    }
    size_t heap = count;
    for (EACH(const struct model_message, msg, m->messages))
        heap += msg->queue == q && msg->state != MESSAGE_DELETED;
    if (heap > (m->limits.max_heap > 0 ? m->limits.max_heap : q->attributes.max_heap))
        return CMQ_HEAP_FULL;
    return bytes > m->limits.max_bytes ? CMQ_MEMORY_FULL : CMQ_OK;
}

static void store(struct model *m, struct model_queue *q, struct bytes body, cmq_ms delay_ms,
                  uint64_t id)
{
    struct model_message *msg = m->messages;
    while (msg->queue != NULL)
        msg++;
    *msg = (struct model_message){
        .queue = q,
        .state = MESSAGE_DELAYED,
        .serial = ++q->serials,
        .seen = {.id = id, .sent_ms = m->now_ms, .body_len = body.len},
    };
    memcpy(msg->seen.body, body.data, body.len);
    if (delay_ms > 0)
        model_arm(m, &msg->wake, EVENT_DELAYED, m->now_ms + delay_ms);
    else
        make_active(m, msg);
    arm_expiry(m, msg);
}

enum cmq_err model_deliver(struct model *m, struct model_queue *q, const struct bytes *bodies,
                           size_t count, cmq_ms delay_ms, uint64_t *ids)
{
    enum cmq_err err = check_send(m, q, bodies, count);
    if (err != CMQ_OK)
        return err;
    *model_rate_now(m, &q->sent) += count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = ids_number(&m->ids, ID_MESSAGE);
        store(m, q, bodies[i], delay_ms, ids[i]);
    }
    return CMQ_OK;
}

enum cmq_err model_send(struct model *m, struct model_queue *q, const struct bytes *bodies,
                        size_t count, cmq_ms delay_ms, uint64_t *ids)
{
    enum cmq_err err = model_deliver(m, q, bodies, count, delay_ms, ids);
    model_serve_all(m);
    return err;
}

static enum cmq_err receive_nothing(struct model *m, const struct model_queue *q,
                                    cmq_ms wait_ms, int owner)
{
    struct model_late *l = m->late;
    if (wait_ms == 0)
        return CMQ_NO_MESSAGE;
    if (model_parked_count(m) >= m->limits.max_polls)
        return CMQ_POLLS_FULL;
    while (l->owner != 0)
        l++;
    *l = (struct model_late){.owner = owner, .arrival = ++m->arrivals};
    model_copy_name(l->about, q->name);
    model_arm(m, &l->due, EVENT_ANSWER, m->now_ms + wait_ms);
    return CMQ_WAITING;
}

enum cmq_err model_receive(struct model *m, struct model_queue *q, size_t max, cmq_ms wait_ms,
                           const struct odd_receipt *odd, int owner, struct seen_messages *out)
{
    if (spent(m, q))
        return CMQ_DATA_RATE;
    if (choked(m, q))
        return CMQ_TOO_MANY_UNACKED;
    if (odd->empty)
        return receive_nothing(m, q, wait_ms, owner);
    hand_out(m, q, max, odd, out);
    leave_copies(m, q, odd->copies, out);
    model_serve_all(m);
    if (out->count > 0)
        return CMQ_OK;
    if (wait_ms == 0)
        return CMQ_NO_MESSAGE;
    if (model_parked_count(m) >= m->limits.max_polls)
        return CMQ_POLLS_FULL;
    struct model_poll *p = m->polls;
    while (p->queue != NULL)
        p++;
    *p = (struct model_poll){.queue = q,
                             .arrival = ++m->arrivals,
                             .owner = owner,
                             .max = max,
                             .copies = odd->copies};
    model_arm(m, &p->timeout, EVENT_POLL_TIMEOUT, m->now_ms + wait_ms);
    return CMQ_WAITING;
}

enum cmq_err model_count_deletes(struct model *m, struct model_queue *q, size_t count)
{
    size_t *deletes = model_rate_now(m, &q->deletes);
    if (m->limits.delete_rate > 0 && *deletes + count > m->limits.delete_rate)
        return CMQ_DATA_RATE;
    *deletes += count;
    return CMQ_OK;
}

enum cmq_err model_delete_message(struct model *m, struct model_queue *q, uint64_t handle)
{
    enum cmq_err err = CMQ_HANDLE_INVALID;
    for (EACH(struct model_message, msg, m->messages)) {
        if (msg->queue != q || msg->state != MESSAGE_INACTIVE || msg->seen.handle != handle)
            continue;
        err = CMQ_OK;
        if (q->attributes.rewind_ms == 0) {
            make_gone(m, msg);
            continue;
        }
        leave(m, msg);
        msg->state = MESSAGE_DELETED;
        arm_expiry(m, msg);
    }
    model_serve_all(m);
    return err;
}
