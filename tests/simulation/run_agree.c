#include "tests/simulation/run.h"

#include <assert.h>
#include <string.h>

void run_see(struct run *r, uint64_t observed)
{
    r->trace = (r->trace ^ observed) * UINT64_C(0x100000001b3);
    r->trace ^= r->trace >> 29;
}

void run_agree_on_error(struct run *r, enum cmq_err got, enum cmq_err want)
{
    AGREE(got, want);
    met.errors[got]++;
    run_see(r, got);
}

static void agree_on_outcome(const struct push_outcome *got, const struct push_outcome *want)
{
    AGREE(got->delivered, want->delivered);
    AGREE(got->status, want->status);
    AGREE(got->err, want->err);
    engine_agree_on_names(got->error, want->error);
}

static void agree_on_view(struct run *r, const struct event_view *got,
                          const struct event_view *want)
{
    AGREE(got->at_ms, want->at_ms);
    AGREE(got->kind, want->kind);
    AGREE(got->msg_id, want->msg_id);
    AGREE(got->attempt, want->attempt);
    engine_agree_on_names(got->queue_name, want->queue_name);
    engine_agree_on_names(got->topic_name, want->topic_name);
    engine_agree_on_names(got->subscription_name, want->subscription_name);
    run_see(r, (uint64_t)got->at_ms);
    run_see(r, got->msg_id);
}

static void agree_on_next_event(struct run *r)
{
    struct event_view got, want;
    cmq_ms wake_ms = engine_wake_ms(r->engine);
    bool any = engine_next_event(r->engine, &got);
    AGREE(any, model_next_event(&r->model, &want));
    if (!any) {
        AGREE(wake_ms, CMQ_NEVER);
        return;
    }
    agree_on_view(r, &got, &want);
    AGREE(wake_ms >= engine_now_ms(r->engine) && wake_ms <= got.at_ms, true);
}

static void agree_on_agenda(struct run *r)
{
    size_t count = model_agenda(&r->model);
    struct agenda_cursor c = {NULL};
    struct event_view got;
    AGREE(engine_pending_count(r->engine), count);
    for (size_t i = 0; i < count; i++) {
        struct event_view want = model_view(&r->model.agenda[i]);
        AGREE(engine_walk_agenda(r->engine, &c, &got), true);
        agree_on_view(r, &got, &want);
    }
    AGREE(engine_walk_agenda(r->engine, &c, &got), false);
}

/* ---- messages, polls, queues ---- */

static struct seen_message seen_of(const struct message *m)
{
    struct seen_message seen = {
        .id = m->id,
        .handle = m->handle,
        .sent_ms = m->sent_ms,
        .first_dequeue_ms = m->dequeue_count > 0 ? m->first_dequeue_ms : 0,
        .visible_ms = m->state == MESSAGE_INACTIVE ? m->wake.node.due_ms : 0,
        .dequeue_count = m->dequeue_count,
        .body_len = m->body_len,
    };
    AGREE(m->body_len <= sizeof seen.body, true);
    memcpy(seen.body, m->body, m->body_len);
    return seen;
}

/* Messages that were handed out. At the age of its queue's retention one is gone
 * (queue-api 3.2), whatever else happens at that instant. */
struct seen_messages run_seen_all(struct run *r, const struct message *const *messages,
                                  size_t count)
{
    struct seen_messages all = {.count = count};
    for (size_t i = 0; i < count; i++) {
        const struct message *m = messages[i];
        AGREE(engine_now_ms(r->engine) - m->sent_ms < m->queue->attributes.retention_ms, true);
        all.messages[i] = seen_of(m);
    }
    return all;
}

static void agree_on_message(struct run *r, struct seen_message got, struct seen_message want)
{
    AGREE(got.id, want.id);
    AGREE(got.handle, want.handle);
    AGREE(got.sent_ms, want.sent_ms);
    AGREE(got.first_dequeue_ms, want.first_dequeue_ms);
    AGREE(got.visible_ms, want.visible_ms);
    AGREE(got.dequeue_count, want.dequeue_count);
    AGREE(got.body_len, want.body_len);
    AGREE(memcmp(got.body, want.body, got.body_len), 0);
    run_see(r, got.id);
    run_see(r, got.handle);
    run_see(r, (uint64_t)got.sent_ms);
    run_see(r, (uint64_t)got.first_dequeue_ms);
    run_see(r, (uint64_t)got.visible_ms);
    run_see(r, got.dequeue_count);
}

static void remember(struct run *r, uint64_t handle)
{
    r->handles[r->handle_count++ % HANDLES] = handle;
}

void run_agree_on_messages(struct run *r, const struct seen_messages *got,
                           const struct seen_messages *want)
{
    AGREE(got->count, want->count);
    for (size_t i = 0; i < got->count; i++) {
        agree_on_message(r, got->messages[i], want->messages[i]);
        remember(r, got->messages[i].handle);
    }
}

void run_agree_on_releases(struct run *r)
{
    AGREE(r->release_count, r->model.release_count);
    for (size_t i = 0; i < r->release_count; i++) {
        const struct seen_release *got = &r->releases[i];
        const struct seen_release *want = &r->model.releases[i];
        AGREE(got->owner, want->owner);
        AGREE(got->at_ms, want->at_ms);
        AGREE(got->outcome, want->outcome);
        met.errors[got->outcome]++;
        run_agree_on_messages(r, &got->got, &want->got);
        run_see(r, (uint64_t)got->owner);
        run_see(r, (uint64_t)got->at_ms);
        run_see(r, got->outcome);
    }
    r->release_count = r->model.release_count = 0;
}

/* The messages of one age set, as someone who looks without consuming sees them. */
static void agree_on_set(struct run *r, const struct order *set, const struct model_queue *want,
                         enum message_state state)
{
    struct order_cursor c = order_up(set);
    size_t index = 0;
    for (struct order_node *n; (n = order_next_up(set, &c)) != NULL;) {
        const struct message *m = CONTAINER_OF(n, const struct message, age);
        if (m->state != state)
            continue;
        const struct model_message *w = model_message_at(&r->model, want, state, index++);
        assert(w != NULL);
        struct seen_message seen = w->seen;
        seen.visible_ms = state == MESSAGE_INACTIVE ? w->wake.due_ms : 0;
        agree_on_message(r, seen_of(m), seen);
    }
    AGREE(index, model_count(&r->model, want, state));
}

/* Active messages in the order of hand-out. */
static void agree_on_turns(struct run *r, const struct queue *q, const struct model_queue *want)
{
    struct message_cursor c = queue_walk(q, MESSAGE_ACTIVE);
    size_t index = 0;
    for (const struct message *m; (m = queue_walk_next(&c)) != NULL;) {
        const struct model_message *w = model_active_at(&r->model, want, index++);
        assert(w != NULL);
        AGREE(m->id, w->seen.id);
        run_see(r, m->id);
    }
    AGREE(model_active_at(&r->model, want, index) == NULL, true);
}

static void agree_on_queue(struct run *r, const struct queue *q, const struct model_queue *want,
                           bool in_full)
{
    engine_agree_on_names(q->name, want->name);
    engine_agree_on_names(q->id, want->id);
    for (int s = 0; s < MESSAGE_STATES; s++) {
        size_t count = queue_count(q, (enum message_state)s);
        AGREE(count, model_count(&r->model, want, (enum message_state)s));
        met.messages[s] += count;
        run_see(r, count);
    }
    AGREE(queue_backlog_start_ms(q), model_backlog_start_ms(&r->model, want));
    engine_agree_on_names(q->dead_letter.target == NULL ? "" : q->dead_letter.target->name,
                          want->target == NULL ? "" : want->target->name);
    if (!in_full)
        return;
    agree_on_turns(r, q, want);
    agree_on_set(r, &q->delayed, want, MESSAGE_DELAYED);
    agree_on_set(r, &q->unconsumed, want, MESSAGE_ACTIVE);
    agree_on_set(r, &q->unconsumed, want, MESSAGE_INACTIVE);
    agree_on_set(r, &q->deleted, want, MESSAGE_DELETED);
}

/* ---- deliveries, topics ---- */

static void agree_on_delivery(struct run *r, const struct delivery *got,
                              const struct model_delivery *want)
{
    AGREE(got->state, want->state);
    AGREE(got->flight.state, want->flight);
    AGREE(got->attempts, want->attempts);
    AGREE(got->request_id, want->request_id);
    if (got->state == DELIVERY_SCHEDULED)
        AGREE(got->next.node.due_ms, want->next.due_ms);
    agree_on_outcome(delivery_last(got), &want->last);
    met.states[got->state]++;
    met.flights[got->flight.state]++;
    met.failures[delivery_last(got)->err]++;
    met.attempts = got->attempts > met.attempts ? got->attempts : met.attempts;
    run_see(r, got->publication->id);
    run_see(r, got->state);
    run_see(r, got->flight.state);
    run_see(r, got->attempts);
    run_see(r, got->request_id);
    run_see(r, got->state == DELIVERY_SCHEDULED ? (uint64_t)got->next.node.due_ms : 0);
}

static void agree_on_subscription(struct run *r, const struct subscription *got,
                                  const struct model_subscription *want, bool in_full)
{
    engine_agree_on_names(got->name, want->name);
    AGREE(got->strategy, want->request.strategy);
    AGREE(got->format, want->request.format);
    AGREE(got->pending_count, model_pending_of(want));
    run_see(r, got->pending_count);
    if (!in_full)
        return;
    uint64_t published_as = 0;
    for (const struct list_node *l = got->pending.next; l != &got->pending; l = l->next) {
        const struct delivery *d = CONTAINER_OF(l, const struct delivery, link);
        const struct model_delivery *p = model_pending(want, d->publication->id);
        assert(p != NULL);
        AGREE(p->published_as > published_as, true);
        published_as = p->published_as;
        agree_on_delivery(r, d, p);
    }
}

static void agree_on_topic(struct run *r, const struct topic *got, struct model_topic *want,
                           bool in_full)
{
    engine_agree_on_names(got->name, want->name);
    AGREE(got->max_msg_size, want->request.max_msg_size);
    AGREE(got->publication_count, model_publication_count(&r->model, want));
    run_see(r, got->publication_count);
    struct model_subscription *p;
    struct subscription *s = engine_next_subscription(got, NULL);
    for (size_t i = 0; (p = model_subscription_at(want, i)) != NULL; i++) {
        assert(s != NULL);
        agree_on_subscription(r, s, p, in_full);
        s = engine_next_subscription(got, s);
    }
    AGREE(s == NULL, true);
}

static void agree_on_things(struct run *r, bool in_full)
{
    struct model_topic *t;
    struct model_queue *q;
    struct topic *got_t = engine_next_topic(r->engine, NULL);
    struct queue *got_q = engine_next_queue(r->engine, NULL);
    for (size_t i = 0; (t = model_topic_at(&r->model, i)) != NULL; i++) {
        assert(got_t != NULL);
        AGREE(got_t->store->bytes, model_bytes(&r->model));
        agree_on_topic(r, got_t, t, in_full);
        got_t = engine_next_topic(r->engine, got_t);
    }
    AGREE(got_t == NULL, true);
    for (size_t i = 0; (q = model_queue_at(&r->model, i)) != NULL; i++) {
        assert(got_q != NULL);
        AGREE(got_q->store->bytes, model_bytes(&r->model));
        agree_on_queue(r, got_q, q, in_full);
        got_q = engine_next_queue(r->engine, got_q);
    }
    AGREE(got_q == NULL, true);
}

void run_agree_on_all(struct run *r)
{
    engine_check(r->engine);
    AGREE(engine_now_ms(r->engine), r->model.now_ms);
    AGREE(engine_parked_count(r->engine), model_parked_count(&r->model));
    AGREE(engine_flight_count(r->engine), model_flight_count(&r->model));
    for (int i = 0; i < PUSH_RESULTS; i++)
        AGREE(engine_push_count(r->engine, (enum push_result)i), r->model.pushed[i]);
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (r->attempts[i].used)
            AGREE(r->attempts[i].ticket.flight != NULL,
                  model_has_ticket(&r->model, (int)i + 1));
    bool in_full = r->command % 8 == 0;
    agree_on_things(r, in_full);
    agree_on_next_event(r);
    if (in_full)
        agree_on_agenda(r);
}

static void agree_on_event(struct run *r, const struct firing *got, const struct firing *want)
{
    AGREE(got->event.at_ms, want->event.at_ms);
    AGREE(got->event.kind, want->event.kind);
    AGREE(got->event.of_topic, want->event.of_topic);
    AGREE(got->event.msg_id, want->event.msg_id);
    AGREE(got->event.attempt, want->event.attempt);
    AGREE(got->landed, want->landed);
    engine_agree_on_names(got->event.name, want->event.name);
    engine_agree_on_names(got->event.subscription_name, want->event.subscription_name);
    run_see(r, (uint64_t)got->event.at_ms);
    run_see(r, got->event.msg_id);
    run_see(r, got->landed);
    if (!got->landed)
        return;
    AGREE(got->result, want->result);
    agree_on_outcome(&got->outcome, &want->outcome);
    met.results[got->result]++;
    met.failures[got->outcome.err]++;
    run_see(r, got->result);
}

void run_agree_on_firings(struct run *r)
{
    const struct firings *got = &r->firings;
    const struct firings *want = &r->model.firings;
    AGREE(got->count, want->count);
    for (size_t i = 0; i < got->count; i++)
        agree_on_event(r, &got->events[i], &want->events[i]);
    AGREE(got->fired, want->fired);
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        AGREE(got->fired_by_kind[kind], want->fired_by_kind[kind]);
        met.events[kind] += got->fired_by_kind[kind];
    }
    run_see(r, got->fired);
}

/* Begin anew; outcomes of what is in flight are not entered any more. */
void run_forget_firings(struct run *r)
{
    firings_fini(&r->firings);
    firings_init(&r->firings);
    firings_init(&r->model.firings);
    model_forget_firings(&r->model);
}

void run_agree_on_ids(const uint64_t *got, const uint64_t *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        AGREE(got[i], want[i]);
}
