/* Deliveries on the engine alone: both strategies of retrying, changes under way, flights,
 * firings. */
#include "engine/delivery.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

/* ---- EXPONENTIAL_DECAY_RETRY ---- */

/* topic-api 4.3: 2^(k-1) s before retry k, at most 512. */
static cmq_ms decay_ms(uint32_t retry)
{
    cmq_ms interval_ms = 1000;
    while (--retry > 0 && interval_ms < 512000)
        interval_ms *= 2;
    return interval_ms;
}

static const struct {
    const char *what, *endpoint;
    enum push_protocol protocol;
} protocols[] = {
    {"over HTTP", "http://endpoint/", PROTOCOL_HTTP},
    {"to a queue that is missing", "missing", PROTOCOL_QUEUE},
};

static void test_all_attempts_of_decay(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(protocols); i++) {
        const char *what = protocols[i].what;
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription_request request = subscription_to_queue("s", protocols[i].endpoint);
        request.protocol = protocols[i].protocol;
        struct topic *t = fixture_topic(w, "t");
        struct subscription *s = fixture_subscribe(w, t, request);
        uint64_t id = fixture_publish(w, t, "m");
        cmq_ms after_ms = 0;
        for (uint32_t n = 1; n <= DECAY_ATTEMPTS; after_ms += decay_ms(n++)) {
            struct event_view next;
            assert_true(engine_next_event(w->engine, &next));
            EXPECT_EQ(what, next.kind, EVENT_PUSH);
            EXPECT_EQ(what, next.attempt, n);
            EXPECT_EQ(what, next.msg_id == id, true);
            EXPECT_EQ(what, fixture_since_start(next.at_ms), after_ms);
            EXPECT_EQ(what, s->pending_count, 1);
            fixture_play(w, after_ms - fixture_since_start_now(w), refused, NULL);
            EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH), n);
        }
        EXPECT_EQ("176 retries", fixture_since_start_now(w), 86015000);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, t->publication_count, 0);
        EXPECT_EQ(what, engine_pending_count(w->engine), 0);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_FAILED), DECAY_ATTEMPTS - 1);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DROPPED), 1);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DELIVERED), 0);
    }
}

/* The last one may still succeed. */
static void test_delivered_by_the_last_attempt(void **state)
{
    struct fixture *w = *state;
    for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription *s = fixture_http_subscription(w, (enum notify_strategy)strategy);
        uint32_t last = strategy == BACKOFF_RETRY ? BACKOFF_ATTEMPTS : DECAY_ATTEMPTS;
        fixture_publish(w, s->topic, "m");
        assert_false(fixture_end_instant(w));
        for (uint32_t n = 1; n < last; n++) {
            fixture_make_attempt(w, unheard);
            fixture_pass_to_offer(w, fixture_delivery_at(s, 0)->next.node.due_ms -
                                         engine_now_ms(w->engine));
        }
        fixture_make_attempt(w, delivered);
        assert_int_equal(s->pending_count, 0);
        assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), last - 1);
        assert_int_equal(engine_push_count(w->engine, PUSH_DELIVERED), 1);
        assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), 0);
    }
}

/* Intervals are counted from the end of an attempt. With fifteen seconds each, a day is over
 * before all are made. */
static void test_a_slow_endpoint(void **state)
{
    struct fixture *w = *state;
    enum { TAKES_MS = 15000 };
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_publish(w, s->topic, "m");
    uint32_t made = 0;
    cmq_ms due_ms = 0;
    while (due_ms < DAY_MS) {
        static struct push_ticket ticket;
        fixture_pass_to_offer(w, due_ms - fixture_since_start_now(w));
        const struct delivery *d = fixture_take_push(w, &ticket);
        assert_int_equal(d->attempts, ++made);
        if (due_ms + TAKES_MS >= DAY_MS)
            break;
        fixture_pass_quietly(w, TAKES_MS);
        fixture_land_push(w, &ticket, unheard);
        assert_int_equal(fixture_end_pushes(w), 1);
        due_ms += TAKES_MS + decay_ms(made);
    }
    assert_in_range(made, 160, DECAY_ATTEMPTS - 1);
    struct event_view last = {.queue_name = NULL};
    assert_true(engine_next_event(w->engine, &last));
    assert_int_equal(last.kind, EVENT_EXPIRED);
    assert_int_equal(fixture_since_start(last.at_ms), DAY_MS);
    fixture_pass_quietly(w, DAY_MS - 1 - fixture_since_start_now(w));
    assert_int_equal(s->pending_count, 1);
    fixture_pass_quietly(w, 1);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(s->topic->publication_count, 0);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_int_equal(engine_fired_count(w->engine, EVENT_EXPIRED), 1);
    assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), 0); /* no attempt dropped it */
}

/* The first attempt flies so long that its retry, a second later, is due at about the age of a
 * day. */
static const struct {
    const char *what;
    cmq_ms lands_after_ms;
    bool made;
} last_retries[] = {
    {"a millisecond before", DAY_MS - 1001, true},
    {"at the age of a day", DAY_MS - 1000, false},
    {"a millisecond after", DAY_MS - 999, false},
};

static void test_no_attempt_at_the_age_of_a_day(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(last_retries); i++) {
        const char *what = last_retries[i].what;
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        struct attempts seen = {.count = 0};
        static struct push_ticket ticket;
        fixture_publish(w, s->topic, "m");
        assert_false(fixture_end_instant(w));
        fixture_take_push(w, &ticket);
        fixture_pass_quietly(w, last_retries[i].lands_after_ms);
        fixture_land_push(w, &ticket, refused);
        fixture_end_pushes(w);
        fixture_play(w, 5000, refused, &seen);
        EXPECT_EQ(what, seen.count, last_retries[i].made ? 1 : 0);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_EXPIRED), 1);
    }
}

/* The day ends while an attempt is under way: its outcome is not wanted any more. */
static void test_a_day_ends_in_flight(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    static struct push_ticket ticket, next;
    fixture_publish(w, s->topic, "m");
    fixture_pass_to_offer(w, 0);
    fixture_take_push(w, &ticket);
    fixture_pass_quietly(w, 1);
    uint64_t ids[2];
    fixture_publish_all(w, s->topic, ids, 2); /* they wait for the first */
    fixture_pass_quietly(w, DAY_MS - 2);
    assert_int_equal(s->pending_count, 3);
    assert_int_equal(engine_flight_count(w->engine), 1);
    fixture_pass_to_offer(w, 1);
    assert_null(ticket.flight);
    assert_int_equal(s->pending_count, 2);
    assert_int_equal(engine_flight_count(w->engine), 1); /* the next one's turn */
    fixture_land_push(w, &ticket, delivered);
    assert_int_equal(fixture_end_pushes(w), 0);
    const struct delivery *d = fixture_take_push(w, &next);
    assert_true(d->publication->id == ids[0]);
    fixture_pass_quietly(w, 1);
    /* published together with the second, the third is too old when its turn comes */
    assert_null(next.flight);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(engine_fired_count(w->engine, EVENT_PUSH), 2);
    assert_int_equal(engine_fired_count(w->engine, EVENT_EXPIRED), 3);
}

/* ---- BACKOFF_RETRY ---- */

static void test_backoff_goes_one_by_one(void **state)
{
    struct fixture *w = *state;
    static struct attempts seen;
    enum { MESSAGES = 5 };
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[MESSAGES];
    seen = (struct attempts){.count = 0};
    fixture_publish_all(w, s->topic, ids, MESSAGES);
    assert_int_equal(fixture_delivery_at(s, 0)->state, DELIVERY_SCHEDULED);
    assert_int_equal(fixture_delivery_at(s, 1)->state, DELIVERY_WAITING);
    fixture_play(w, 3600000, refused, &seen);
    assert_int_equal(seen.count, MESSAGES * BACKOFF_ATTEMPTS);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), MESSAGES);
    for (size_t i = 0; i < seen.count; i++) {
        assert_true(seen.made[i].msg_id == ids[i / BACKOFF_ATTEMPTS]);
        assert_int_equal(seen.made[i].number, i % BACKOFF_ATTEMPTS + 1);
        cmq_ms gap_ms = seen.made[i].after_ms - (i > 0 ? seen.made[i - 1].after_ms : 0);
        if (i % BACKOFF_ATTEMPTS == 0)
            assert_int_equal(gap_ms, 0); /* as soon as the one before has ended */
        else
            assert_in_range(gap_ms, 10000, 20000);
    }
}

static void test_backoff_goes_on_when_one_is_delivered(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[2];
    fixture_publish_all(w, s->topic, ids, 2);
    assert_false(fixture_end_instant(w));
    fixture_make_attempt(w, refused);
    cmq_ms gap_ms = fixture_delivery_at(s, 0)->next.node.due_ms - engine_now_ms(w->engine);
    fixture_pass_to_offer(w, gap_ms);
    fixture_make_attempt(w, delivered);
    assert_int_equal(s->pending_count, 1);
    fixture_pass_to_offer(w, 0);
    static struct push_ticket ticket;
    assert_true(fixture_take_push(w, &ticket)->publication->id == ids[1]);
    fixture_land_push(w, &ticket, delivered);
    fixture_end_pushes(w);
    uint64_t third = fixture_publish(w, s->topic, "nobody before it");
    fixture_pass_to_offer(w, 0);
    assert_true(fixture_take_push(w, &ticket)->publication->id == third);
}

/* The gaps of many messages, with something else going on meanwhile or without. */
enum { GAP_MESSAGES = 100, GAPS = GAP_MESSAGES * (BACKOFF_ATTEMPTS - 1) };

static void make_noise(struct fixture *w, struct queue *q, struct topic *t)
{
    fixture_send(w, q, "m", 0);
    fixture_consume(w, q);
    fixture_publish(w, t, "noise");
    engine_request_id(w->engine);
}

static void record_gaps(struct fixture *w, uint64_t seed, bool noisy, cmq_ms gaps[GAPS])
{
    static struct attempts seen;
    seen = (struct attempts){.count = 0};
    fixture_reopen_with_seed(w, seed);
    struct queue *q = fixture_queue(w, "q");
    struct topic *other = fixture_topic(w, "other");
    fixture_subscribe(w, other, subscription_to_queue("s", "missing"));
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[GAP_MESSAGES];
    fixture_publish_all(w, s->topic, ids, GAP_MESSAGES);
    if (noisy)
        fixture_topic(w, "later");
    for (int i = 0; i < 200; i++) {
        if (noisy)
            make_noise(w, q, other);
        fixture_play(w, 36000, refused, &seen);
    }
    size_t count = 0;
    for (size_t i = 1; i < seen.count; i++)
        if (seen.made[i].number > 1)
            gaps[count++] = seen.made[i].after_ms - seen.made[i - 1].after_ms;
    assert_int_equal(count, GAPS);
}

static void test_gaps_are_drawn_from_the_seed_alone(void **state)
{
    struct fixture *w = *state;
    static cmq_ms quiet[GAPS], noisy[GAPS], other[GAPS];
    record_gaps(w, 5, false, quiet);
    record_gaps(w, 5, true, noisy);
    record_gaps(w, 6, false, other);
    assert_memory_equal(quiet, noisy, sizeof quiet);
    size_t same = 0, alike = 0, low = 0, high = 0;
    for (size_t i = 0; i < GAPS; i++) {
        assert_in_range(quiet[i], 10000, 20000);
        assert_in_range(other[i], 10000, 20000);
        same += quiet[i] == other[i];
        alike += i > 0 && quiet[i] == quiet[i - 1]; /* of one message */
        low += quiet[i] < 12500;
        high += quiet[i] > 17500;
    }
    assert_in_range(same, 0, 5);
    assert_in_range(alike, 0, 5);
    assert_in_range(low, GAPS / 6, GAPS / 3); /* a quarter of them */
    assert_in_range(high, GAPS / 6, GAPS / 3);
}

/* ---- several subscriptions ---- */

static void test_subscriptions_are_independent(void **state)
{
    struct fixture *w = *state;
    static struct attempts seen;
    seen = (struct attempts){.count = 0};
    struct topic *t = fixture_topic(w, "t");
    struct queue *q = fixture_queue(w, "q");
    const struct subscription *b1 =
        fixture_subscribe(w, t, subscription_to_http("b1", BACKOFF_RETRY));
    const struct subscription *b2 =
        fixture_subscribe(w, t, subscription_to_http("b2", BACKOFF_RETRY));
    const struct subscription *e =
        fixture_subscribe(w, t, subscription_to_http("e", EXPONENTIAL_DECAY_RETRY));
    const struct subscription *good =
        fixture_subscribe(w, t, subscription_to_queue("good", "q"));
    uint64_t ids[3];
    fixture_publish_all(w, t, ids, 3);
    fixture_play(w, 90000, refused, &seen);
    EXPECT_COUNTS("not blocked by the others", q, 3, 0, 0, 0);
    assert_int_equal(good->pending_count, 0);
    assert_int_equal(e->pending_count, 3);
    assert_int_equal(t->publication_count, 3); /* kept until its last delivery ends */
    size_t of_b1 = 0, of_b2 = 0, of_e = 0, apart = 0;
    cmq_ms at_b1[12] = {0}, at_b2[12] = {0};
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.made[i].subscription == b1 && of_b1 < 12)
            at_b1[of_b1++] = seen.made[i].after_ms;
        else if (seen.made[i].subscription == b2 && of_b2 < 12)
            at_b2[of_b2++] = seen.made[i].after_ms;
        else
            of_e += seen.made[i].subscription == e;
    }
    for (size_t i = 0; i < 4; i++)
        apart += at_b1[i] != at_b2[i];
    assert_int_equal(apart, 3);    /* each draws its own gaps */
    assert_int_equal(of_e, 3 * 7); /* after 0, 1, 3, 7, 15, 31, 63 s, each by itself */
    fixture_play(w, 3600000, refused, NULL);
    assert_int_equal(b1->pending_count, 0);
    assert_int_equal(b2->pending_count, 0);
    assert_int_equal(t->publication_count, 3);
    fixture_play(w, DAY_MS, refused, NULL);
    assert_int_equal(t->publication_count, 0);
}

/* Messages of EXPONENTIAL_DECAY_RETRY do not wait for each other. */
static void test_decay_messages_are_independent(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_publish(w, s->topic, "first");
    fixture_pass_to_offer(w, 0);
    fixture_make_attempt(w, refused);
    fixture_pass_to_offer(w, 1000);
    fixture_make_attempt(w, refused);
    fixture_pass_quietly(w, 500);
    uint64_t second = fixture_publish(w, s->topic, "second");
    fixture_pass_to_offer(w, 0);
    static struct push_ticket ticket;
    assert_true(fixture_take_push(w, &ticket)->publication->id == second);
    fixture_land_push(w, &ticket, delivered);
    fixture_end_pushes(w);
    assert_int_equal(s->pending_count, 1);
    fixture_pass_to_offer(w, 1500);
}

/* ---- changes while something is under way (topic-api D30) ---- */

enum { UNDER_WAY = 3 };

/* NONE: scheduled for a retry. */
static const enum flight_state states[] = {FLIGHT_NONE, FLIGHT_OFFERED, FLIGHT_IN_FLIGHT,
                                           FLIGHT_LANDED};

/* Messages on their way to s, each that is not waiting in this state: scheduled for a retry,
 * or in the first attempt. Returns how many these are. */
static size_t bring_under_way(struct fixture *w, struct subscription *s,
                              enum flight_state state, struct push_ticket *tickets,
                              uint64_t *ids)
{
    fixture_publish_all(w, s->topic, ids, UNDER_WAY);
    assert_false(fixture_end_instant(w));
    size_t begun = engine_flight_count(w->engine);
    for (size_t i = 0; i < begun && state != FLIGHT_OFFERED; i++) {
        fixture_take_push(w, &tickets[i]);
        if (state != FLIGHT_IN_FLIGHT)
            fixture_land_push(w, &tickets[i], refused);
    }
    if (state == FLIGHT_NONE)
        fixture_end_pushes(w);
    for (size_t i = 0; i < begun; i++)
        EXPECT_EQ(flight_state_name(state), fixture_delivery_at(s, i)->flight.state, state);
    for (size_t i = 0; i < begun; i++)
        EXPECT_EQ(flight_state_name(state), fixture_delivery_at(s, i)->state,
                  state == FLIGHT_NONE ? DELIVERY_SCHEDULED : DELIVERY_UNDER_WAY);
    return begun;
}

/* Nothing is left of what was under way, and nobody waits for these outcomes. */
static void expect_none_under_way(struct fixture *w, const char *what, const struct topic *t,
                                  struct push_ticket *tickets, struct push_outcome outcome)
{
    engine_check(w->engine);
    EXPECT_EQ(what, t->publication_count, 0);
    EXPECT_EQ(what, t->store->bytes, 0);
    EXPECT_EQ(what, engine_pending_count(w->engine), 0);
    EXPECT_EQ(what, engine_flight_count(w->engine), 0);
    EXPECT_EQ(what, engine_has_offered(w->engine), false);
    for (size_t n = 0; n < UNDER_WAY; n++) {
        EXPECT_EQ(what, tickets[n].flight == NULL, true);
        fixture_land_push(w, &tickets[n], outcome);
    }
    EXPECT_EQ(what, fixture_end_pushes(w), 0);
}

static void test_unsubscribe_under_way(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            const char *what = flight_state_name(states[i]);
            fixture_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s =
                fixture_http_subscription(w, (enum notify_strategy)strategy);
            struct topic *t = s->topic;
            size_t begun = bring_under_way(w, s, states[i], tickets, ids);
            EXPECT_EQ(what, begun, strategy == BACKOFF_RETRY ? 1 : UNDER_WAY);
            EXPECT_EQ(what, engine_flight_count(w->engine),
                      states[i] == FLIGHT_OFFERED || states[i] == FLIGHT_IN_FLIGHT ? begun : 0);
            engine_unsubscribe(w->engine, s);
            expect_none_under_way(w, what, t, tickets, delivered);
            fixture_pass_quietly(w, DAY_MS);
            EXPECT_EQ(what, engine_delete_topic(w->engine, t), CMQ_OK);
        }
    }
}

/* The others keep what they have. */
static void test_unsubscribe_leaves_the_others(void **state)
{
    struct fixture *w = *state;
    struct subscription *gone = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct topic *t = gone->topic;
    struct subscription *stays =
        fixture_subscribe(w, t, subscription_to_http("stays", EXPONENTIAL_DECAY_RETRY));
    static struct push_ticket tickets[4];
    uint64_t ids[2];
    fixture_publish_all(w, t, ids, 2);
    assert_false(fixture_end_instant(w));
    for (size_t i = 0; i < COUNT(tickets); i++)
        fixture_take_push(w, &tickets[i]);
    engine_unsubscribe(w->engine, gone);
    engine_check(w->engine);
    assert_int_equal(engine_flight_count(w->engine), 2);
    assert_int_equal(t->publication_count, 2);
    assert_null(tickets[0].flight);
    assert_non_null(tickets[1].flight);
    for (size_t i = 0; i < COUNT(tickets); i++)
        fixture_land_push(w, &tickets[i], i == 1 ? delivered : refused);
    assert_int_equal(fixture_end_pushes(w), 2);
    assert_int_equal(stays->pending_count, 1);
    assert_true(fixture_delivery_at(stays, 0)->publication->id == ids[1]);
    assert_int_equal(t->publication_count, 1);
    fixture_pass_to_offer(w, 1000);
}

/* Fail what is in the given state, at once or when its instant has come. */
static void fail_all(struct fixture *w, enum flight_state state, struct push_ticket *tickets,
                     size_t begun)
{
    if (state == FLIGHT_NONE || state == FLIGHT_OFFERED)
        for (begun = 0; engine_has_offered(w->engine); begun++) {
            fixture_take_push(w, &tickets[begun]);
            fixture_end_instant(w); /* may offer the next */
        }
    for (size_t i = 0; i < begun; i++)
        fixture_land_push(w, &tickets[i], unheard);
    EXPECT_EQ(flight_state_name(state), fixture_end_pushes(w), begun);
}

/* BACKOFF_RETRY becomes EXPONENTIAL_DECAY_RETRY: those that waited go at once, and the first
 * goes on where it is. */
static void test_from_backoff_to_decay(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        const char *what = flight_state_name(states[i]);
        fixture_reopen(w, engine_limits_relaxed());
        static struct push_ticket tickets[UNDER_WAY + 1];
        uint64_t ids[UNDER_WAY];
        struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
        size_t begun = bring_under_way(w, s, states[i], tickets, ids);
        const struct delivery *first = fixture_delivery_at(s, 0);
        cmq_ms due_ms = first->next.node.due_ms;
        fixture_set_strategy(w, s, EXPONENTIAL_DECAY_RETRY);
        EXPECT_EQ(what, first->flight.state, states[i]);
        for (size_t n = 1; n < UNDER_WAY; n++) {
            EXPECT_EQ(what, fixture_delivery_at(s, n)->state, DELIVERY_SCHEDULED);
            EXPECT_EQ(what, fixture_since_start(fixture_delivery_at(s, n)->next.node.due_ms),
                      0);
        }
        if (states[i] == FLIGHT_NONE) {
            EXPECT_EQ(what, first->next.node.due_ms, due_ms);
            fixture_play(w, due_ms - engine_now_ms(w->engine) - 1, delivered, NULL);
            EXPECT_EQ(what, s->pending_count, 1);
            fixture_pass_to_offer(w, 1);
        } else {
            fixture_end_instant(w); /* outcomes wait until the instant is over */
        }
        fail_all(w, states[i], tickets, begun);
        uint32_t attempts = states[i] == FLIGHT_NONE ? 2 : 1;
        EXPECT_EQ(what, first->attempts, attempts);
        EXPECT_EQ(what, first->next.node.due_ms - engine_now_ms(w->engine), decay_ms(attempts));
        static struct attempts seen;
        seen = (struct attempts){.count = 0};
        fixture_play(w, DAY_MS, refused, &seen);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH),
                  states[i] == FLIGHT_NONE ? DECAY_ATTEMPTS + 2 : DECAY_ATTEMPTS * UNDER_WAY);
    }
}

/* The other way round: what flies, flies; all else waits for the first. */
static void test_from_decay_to_backoff(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        const char *what = flight_state_name(states[i]);
        fixture_reopen(w, engine_limits_relaxed());
        static struct push_ticket tickets[UNDER_WAY];
        uint64_t ids[UNDER_WAY];
        struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        size_t begun = bring_under_way(w, s, states[i], tickets, ids);
        fixture_set_strategy(w, s, BACKOFF_RETRY);
        const struct delivery *first = fixture_delivery_at(s, 0);
        EXPECT_EQ(what, first->flight.state, states[i]);
        for (size_t n = 1; n < UNDER_WAY; n++) {
            EXPECT_EQ(what, fixture_delivery_at(s, n)->flight.state, states[i]);
            EXPECT_EQ(what, fixture_delivery_at(s, n)->state,
                      states[i] == FLIGHT_NONE ? DELIVERY_WAITING : DELIVERY_UNDER_WAY);
        }
        if (states[i] == FLIGHT_NONE)
            fixture_pass_to_offer(w, 1000); /* keeps its instant */
        fail_all(w, states[i], tickets, begun);
        EXPECT_EQ(what, first->state, DELIVERY_SCHEDULED);
        assert_in_range(first->next.node.due_ms - engine_now_ms(w->engine), 10000, 20000);
        for (size_t n = 1; n < UNDER_WAY; n++)
            EXPECT_EQ(what, fixture_delivery_at(s, n)->state, DELIVERY_WAITING);
        static struct attempts seen;
        seen = (struct attempts){.count = 0};
        fixture_play(w, DAY_MS, refused, &seen);
        /* each has four attempts, those of the time before included; and in turn */
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH),
                  BACKOFF_ATTEMPTS * UNDER_WAY);
        for (size_t n = 1; n < seen.count; n++)
            EXPECT_EQ(what, seen.made[n].msg_id == seen.made[n - 1].msg_id,
                      seen.made[n].number == seen.made[n - 1].number + 1);
        EXPECT_EQ(what, s->pending_count, 0);
    }
}

/* The turn goes on when one that flies ends before the first, or the first before it. */
static void test_turns_of_what_was_in_flight(void **state)
{
    struct fixture *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, FLIGHT_IN_FLIGHT, tickets, ids);
    fixture_set_strategy(w, s, BACKOFF_RETRY);
    fixture_land_push(w, &tickets[1], delivered);
    assert_int_equal(fixture_end_pushes(w), 1);
    assert_int_equal(fixture_delivery_at(s, 0)->flight.state, FLIGHT_IN_FLIGHT);
    fixture_land_push(w, &tickets[2], refused);
    assert_int_equal(fixture_end_pushes(w), 1);
    assert_true(fixture_delivery_at(s, 1)->publication->id == ids[2]);
    assert_int_equal(fixture_delivery_at(s, 1)->state, DELIVERY_WAITING);
    fixture_pass_quietly(w, 5000);
    assert_int_equal(engine_fired_count(w->engine, EVENT_PUSH), 3);
    fixture_land_push(w, &tickets[0], delivered);
    assert_int_equal(fixture_end_pushes(w), 1);
    fixture_pass_to_offer(w, 0); /* and no interval before its turn */
    assert_int_equal(fixture_delivery_at(s, 0)->attempts, 2);
}

/* Attempts so far, all failed; then the strategy changes while it is scheduled or flies. */
static const struct {
    const char *what;
    enum notify_strategy from;
    uint32_t attempts;
    bool in_flight;           /* in the last of them */
    cmq_ms least_ms, most_ms; /* until the retry; 0: dropped */
} switches[] = {
    {"a third of decay flies", EXPONENTIAL_DECAY_RETRY, 3, true, 10000, 20000},
    {"a fourth is the last of backoff", EXPONENTIAL_DECAY_RETRY, 4, true, 0, 0},
    {"a fifth is beyond", EXPONENTIAL_DECAY_RETRY, 5, true, 0, 0},
    {"a third of decay comes", EXPONENTIAL_DECAY_RETRY, 2, false, 10000, 20000},
    {"a fourth of decay comes", EXPONENTIAL_DECAY_RETRY, 3, false, 0, 0},
    {"a fifth is still made", EXPONENTIAL_DECAY_RETRY, 4, false, 0, 0},
    {"a first of backoff flies", BACKOFF_RETRY, 1, true, 1000, 1000},
    {"a third of backoff flies", BACKOFF_RETRY, 3, true, 4000, 4000},
    {"its last flies", BACKOFF_RETRY, 4, true, 8000, 8000},
    {"its last comes", BACKOFF_RETRY, 3, false, 8000, 8000},
};

static void test_attempts_count_for_the_other_strategy(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(switches); i++) {
        const char *what = switches[i].what;
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription *s = fixture_http_subscription(w, switches[i].from);
        static struct push_ticket ticket;
        fixture_publish(w, s->topic, "m");
        const struct delivery *d = fixture_delivery_at(s, 0);
        for (uint32_t n = 1; n <= switches[i].attempts; n++) {
            fixture_pass_to_offer(w, d->next.node.due_ms - engine_now_ms(w->engine));
            fixture_take_push(w, &ticket);
            if (n < switches[i].attempts || !switches[i].in_flight) {
                fixture_land_push(w, &ticket, refused);
                fixture_end_pushes(w);
            }
        }
        cmq_ms due_ms = d->next.node.due_ms;
        fixture_set_strategy(
            w, s, switches[i].from == BACKOFF_RETRY ? EXPONENTIAL_DECAY_RETRY : BACKOFF_RETRY);
        if (!switches[i].in_flight) {
            EXPECT_EQ(what, d->state, DELIVERY_SCHEDULED);
            fixture_pass_to_offer(w, due_ms - engine_now_ms(w->engine));
            fixture_take_push(w, &ticket);
        }
        fixture_land_push(w, &ticket, refused);
        fixture_end_pushes(w);
        EXPECT_EQ(what, s->pending_count, switches[i].most_ms > 0 ? 1 : 0);
        if (switches[i].most_ms > 0)
            assert_in_range(d->next.node.due_ms - engine_now_ms(w->engine),
                            switches[i].least_ms, switches[i].most_ms);
    }
}

static void test_the_same_strategy_changes_nothing(void **state)
{
    struct fixture *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    bring_under_way(w, s, FLIGHT_NONE, tickets, ids);
    cmq_ms due_ms = fixture_delivery_at(s, 0)->next.node.due_ms;
    fixture_pass_quietly(w, 1000);
    fixture_set_strategy(w, s, BACKOFF_RETRY);
    assert_true(fixture_delivery_at(s, 0)->next.node.due_ms == due_ms);
    assert_int_equal(fixture_delivery_at(s, 1)->state, DELIVERY_WAITING);
    /* there and back: the first keeps its instant all the same */
    fixture_set_strategy(w, s, EXPONENTIAL_DECAY_RETRY);
    fixture_set_strategy(w, s, BACKOFF_RETRY);
    assert_true(fixture_delivery_at(s, 0)->next.node.due_ms == due_ms);
    assert_int_equal(fixture_delivery_at(s, 1)->state, DELIVERY_WAITING);
    assert_int_equal(fixture_delivery_at(s, 2)->state, DELIVERY_WAITING);
}

static void test_format_applies_from_the_next_attempt(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_publish(w, s->topic, "m");
    fixture_pass_to_offer(w, 0);
    fixture_make_attempt(w, refused);
    struct subscription_request request = {.strategy = s->strategy,
                                           .format = FORMAT_SIMPLIFIED};
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    fixture_pass_to_offer(w, 1000); /* the schedule stays */
    static struct push_ticket ticket;
    assert_int_equal(fixture_take_push(w, &ticket)->subscription->format, FORMAT_SIMPLIFIED);
}

static void test_filter_applies_to_what_is_published_later(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct subscription_request request = {
        .strategy = s->strategy,
        .format = s->format,
        .filter = {.tag_count = 1, .tags = {bytes_of("tag")}},
    };
    uint64_t id;
    fixture_publish(w, s->topic, "before");
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    assert_int_equal(fixture_try_publish(w, s->topic, "m", &plain, &id), CMQ_NO_MATCH);
    assert_int_equal(s->pending_count, 1);
    fixture_pass_to_offer(w, 0);
    fixture_make_attempt(w, refused);
    fixture_pass_to_offer(w, 1000);
    fixture_make_attempt(w, delivered);
    engine_clear_filter_tags(w->engine, s);
    fixture_publish(w, s->topic, "after");
    assert_int_equal(s->pending_count, 1);
}

static void test_purge_under_way(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            const char *what = flight_state_name(states[i]);
            fixture_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s =
                fixture_http_subscription(w, (enum notify_strategy)strategy);
            bring_under_way(w, s, states[i], tickets, ids);
            EXPECT_EQ(what, engine_purge_topic(w->engine, s->topic), UNDER_WAY);
            EXPECT_EQ(what, engine_purge_topic(w->engine, s->topic), 0);
            EXPECT_EQ(what, s->pending_count, 0);
            expect_none_under_way(w, what, s->topic, tickets, refused);
            uint64_t id = fixture_publish(w, s->topic, "goes at once");
            fixture_pass_to_offer(w, 0);
            EXPECT_EQ(what, fixture_take_push(w, &tickets[0])->publication->id == id, true);
        }
    }
}

/* ---- tickets ---- */

static void test_the_way_of_an_attempt(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    assert_null(engine_take_push(w->engine, &ticket));
    fixture_publish(w, s->topic, "m");
    const struct delivery *d = fixture_delivery_at(s, 0);
    assert_int_equal(d->state, DELIVERY_SCHEDULED);
    assert_int_equal(d->attempts, 0);
    assert_int_equal(d->request_id, 0);
    assert_false(fixture_end_instant(w));
    assert_int_equal(d->flight.state, FLIGHT_OFFERED);
    assert_int_equal(d->attempts, 1);
    assert_true(d->request_id != 0);
    assert_int_equal(engine_flight_count(w->engine), 1);
    assert_false(fixture_end_instant(w)); /* as long as it is not taken */
    assert_false(engine_advance(w->engine, engine_now_ms(w->engine) + 1000, NULL));
    assert_int_equal(fixture_since_start_now(w), 0);
    uint64_t request_id = d->request_id;
    assert_ptr_equal(fixture_take_push(w, &ticket), d);
    assert_int_equal(d->flight.state, FLIGHT_IN_FLIGHT);
    assert_false(engine_has_offered(w->engine));
    assert_int_equal(engine_flight_count(w->engine), 1);
    fixture_pass_quietly(w, 5000); /* pushes in flight do not stop time */
    fixture_land_push(w, &ticket, unheard);
    assert_int_equal(d->flight.state, FLIGHT_LANDED);
    assert_null(ticket.flight);
    assert_int_equal(engine_flight_count(w->engine), 0);
    assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), 0);
    fixture_pass_quietly(w, 5000); /* not applied yet */
    assert_int_equal(d->flight.state, FLIGHT_LANDED);
    assert_int_equal(fixture_end_pushes(w), 1);
    assert_int_equal(d->state, DELIVERY_SCHEDULED);
    assert_string_equal(delivery_last(d)->error, "no answer");
    assert_int_equal(fixture_since_start(d->next.node.due_ms), 11000);
    assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), 1);
    assert_int_equal(fixture_end_pushes(w), 0);
    fixture_pass_to_offer(w, 1000);
    assert_true(d->request_id != request_id); /* another one for each attempt */
}

static void test_a_ticket_lands_once(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    fixture_publish(w, s->topic, "m");
    fixture_pass_to_offer(w, 0);
    fixture_take_push(w, &ticket);
    fixture_land_push(w, &ticket, refused);
    fixture_land_push(w, &ticket, delivered);
    assert_int_equal(fixture_end_pushes(w), 1);
    fixture_land_push(w, &ticket, delivered);
    assert_int_equal(fixture_end_pushes(w), 0);
    assert_int_equal(s->pending_count, 1);
    assert_int_equal(delivery_last(fixture_delivery_at(s, 0))->status, refused.status);
}

static void test_some_land_and_some_fly_on(void **state)
{
    struct fixture *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, FLIGHT_IN_FLIGHT, tickets, ids);
    fixture_land_push(w, &tickets[1], delivered);
    assert_int_equal(engine_flight_count(w->engine), 2);
    assert_int_equal(fixture_end_pushes(w), 1);
    assert_int_equal(s->pending_count, 2);
    fixture_pass_quietly(w, 700);
    fixture_land_push(w, &tickets[0], refused);
    fixture_land_push(w, &tickets[2], delivered);
    assert_int_equal(fixture_end_pushes(w), 2);
    assert_int_equal(s->pending_count, 1);
    assert_true(fixture_delivery_at(s, 0)->publication->id == ids[0]);
    fixture_pass_to_offer(w, 1000);
}

static void test_abandoned_pushes_fail(void **state)
{
    struct fixture *w = *state;
    static struct push_ticket tickets[UNDER_WAY], last;
    uint64_t ids[UNDER_WAY];
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, FLIGHT_IN_FLIGHT, tickets, ids);
    fixture_publish(w, s->topic, "only offered");
    static struct firings f, before;
    f = (struct firings){.fired = 0};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS, &f));
    assert_int_equal(f.count, 1);
    fixture_land_push(w, &tickets[1], delivered);
    engine_abandon_pushes(w->engine);
    assert_false(f.events[0].landed);
    memcpy(&before, &f, sizeof f);
    engine_check(w->engine);
    for (size_t i = 0; i < UNDER_WAY; i++) {
        assert_null(tickets[i].flight);
        fixture_land_push(w, &tickets[i], delivered); /* too late */
    }
    assert_int_equal(engine_flight_count(w->engine), 1);
    engine_abandon_pushes(w->engine);
    assert_int_equal(engine_end_pushes(w->engine), UNDER_WAY);
    assert_int_equal(s->pending_count, 3); /* the one that had landed is delivered */
    assert_string_equal(delivery_last(fixture_delivery_at(s, 0))->error, "abandoned");
    fixture_take_push(w, &last);
    fixture_land_push(w, &last, delivered);
    assert_int_equal(engine_end_pushes(w->engine), 1);
    assert_memory_equal(&f, &before, sizeof f);
}

static void test_tickets_outlive_the_engine(void **state)
{
    struct fixture *w = *state;
    static struct push_ticket tickets[UNDER_WAY + 1];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, FLIGHT_IN_FLIGHT, tickets, ids);
    fixture_publish(w, s->topic, "offered");
    assert_false(fixture_end_instant(w));
    fixture_land_push(w, &tickets[2], refused);
    fixture_reopen(w, engine_limits_relaxed());
    for (size_t i = 0; i < UNDER_WAY; i++) {
        assert_null(tickets[i].flight);
        engine_land_push(&tickets[i], &delivered);
    }
}

/* ---- in the order of taking off ---- */

static uint64_t fold(uint64_t trace, uint64_t number)
{
    trace = (trace ^ number) * UINT64_C(0x100000001b3);
    return trace ^ trace >> 29;
}

static uint64_t fold_agenda(struct fixture *w, uint64_t trace)
{
    struct agenda_cursor c = {NULL};
    struct event_view v;
    while (engine_walk_agenda(w->engine, &c, &v))
        trace = fold(fold(fold(fold(trace, (uint64_t)v.at_ms), v.kind), v.msg_id), v.attempt);
    return trace;
}

enum { TOGETHER = 4 };
static const struct {
    const char *what;
    int landing[TOGETHER];
} orders[] = {
    {"as they took off", {0, 1, 2, 3}}, {"the other way round", {3, 2, 1, 0}},
    {"the last first", {3, 0, 1, 2}},   {"the first last", {1, 2, 3, 0}},
    {"in pairs", {2, 3, 0, 1}},         {"crosswise", {1, 0, 3, 2}},
};

/* Which way the present attempt of a message goes: the same in whichever order it is asked. */
static struct push_outcome outcome_of(const struct delivery *d)
{
    return (d->publication->id + d->attempts) % 3 == 0 ? delivered : refused;
}

/* All attempts of an instant land in the given order, and a queue is told at the same instants;
 * returns all that can be seen, in one number. */
static uint64_t trace_of_order(struct fixture *w, const int *landing)
{
    fixture_reopen(w, engine_limits_relaxed());
    struct topic *t = fixture_topic(w, "t");
    struct queue *q = fixture_queue(w, "q");
    fixture_subscribe(w, t, subscription_to_http("a", EXPONENTIAL_DECAY_RETRY));
    fixture_subscribe(w, t, subscription_to_http("b", BACKOFF_RETRY));
    fixture_subscribe(w, t, subscription_to_queue("c", "q"));
    fixture_subscribe(w, t, subscription_to_http("d", EXPONENTIAL_DECAY_RETRY));
    uint64_t ids[3], trace = 0;
    fixture_publish_all(w, t, ids, 3);
    while (!engine_advance(w->engine, FIXTURE_START_MS + 600000, NULL)) {
        static struct push_ticket tickets[16];
        size_t taken = 0;
        while (engine_has_offered(w->engine)) {
            trace = fold(trace, fixture_take_push(w, &tickets[taken++])->request_id);
            assert_in_range(taken, 1, COUNT(tickets));
        }
        for (size_t base = 0; base < COUNT(tickets); base += TOGETHER)
            for (size_t i = 0; i < TOGETHER; i++) {
                struct push_ticket *ticket = &tickets[base + (size_t)landing[i]];
                if (ticket->flight != NULL)
                    fixture_land_push(w, ticket, outcome_of(delivery_of_ticket(ticket)));
            }
        assert_int_equal(fixture_end_pushes(w), taken);
        trace = fold_agenda(w, fold(trace, (uint64_t)fixture_since_start_now(w)));
    }
    while (queue_count(q, MESSAGE_ACTIVE) > 0)
        trace = fold(trace, fixture_receive(w, q)->id);
    return fold(trace, fixture_publish(w, t, "one more"));
}

static void test_outcomes_in_the_order_of_taking_off(void **state)
{
    struct fixture *w = *state;
    uint64_t want = trace_of_order(w, orders[0].landing);
    for (size_t i = 1; i < COUNT(orders); i++)
        EXPECT_EQ(orders[i].what, trace_of_order(w, orders[i].landing) == want, true);
}

/* Of one subscription that goes by turns: the order of its attempts shows who was first. */
static void test_retries_keep_the_order_of_taking_off(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        static struct push_ticket tickets[TOGETHER];
        uint64_t ids[TOGETHER];
        fixture_publish_all(w, s->topic, ids, TOGETHER);
        assert_false(fixture_end_instant(w));
        for (int n = 0; n < TOGETHER; n++)
            fixture_take_push(w, &tickets[n]);
        for (int n = 0; n < TOGETHER; n++)
            fixture_land_push(w, &tickets[orders[i].landing[n]], refused);
        fixture_end_pushes(w);
        fixture_pass_to_offer(w, 1000);
        for (int n = 0; n < TOGETHER; n++)
            EXPECT_EQ(orders[i].what,
                      fixture_take_push(w, &tickets[n])->publication->id == ids[n], true);
    }
}

/* ---- firings ---- */

static const struct firing *event_at(const struct firings *f, size_t n)
{
    assert_in_range(n, 0, f->count - 1);
    return &f->events[n];
}

static void test_firings_of_pushes_to_queues(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    struct queue *q = fixture_queue(w, "q");
    fixture_subscribe(w, t, subscription_to_queue("good", "q"));
    fixture_subscribe(w, t, subscription_to_queue("bad", "missing"));
    uint64_t id = fixture_publish(w, t, "m");
    static struct firings f;
    f = (struct firings){.fired = 0};
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 1000, &f));
    assert_int_equal(f.fired, 3);
    assert_int_equal(f.fired_by_kind[EVENT_PUSH], 3);
    static const struct {
        const char *what, *subscription;
        cmq_ms after_ms;
        uint32_t attempt;
        enum push_result result;
        enum cmq_err err;
    } want[] = {
        {"delivered", "good", 0, 1, PUSH_DELIVERED, CMQ_OK},
        {"failed", "bad", 0, 1, PUSH_FAILED, CMQ_NO_QUEUE},
        {"failed again", "bad", 1000, 2, PUSH_FAILED, CMQ_NO_QUEUE},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct firing *firing = event_at(&f, i);
        EXPECT_EQ(want[i].what, firing->event.kind, EVENT_PUSH);
        EXPECT_EQ(want[i].what, firing->event.of_topic, true);
        EXPECT_EQ(want[i].what, firing->landed, true);
        EXPECT_EQ(want[i].what, fixture_since_start(firing->event.at_ms), want[i].after_ms);
        EXPECT_EQ(want[i].what, firing->event.msg_id == id, true);
        EXPECT_EQ(want[i].what, firing->event.attempt, want[i].attempt);
        EXPECT_EQ(want[i].what, firing->result, want[i].result);
        EXPECT_EQ(want[i].what, firing->outcome.err, want[i].err);
        assert_string_equal(firing->event.name, "t");
        assert_string_equal(firing->event.subscription_name, want[i].subscription);
    }
    EXPECT_COUNTS("delivered", q, 1, 0, 0, 0);
}

static void test_firings_of_pushes_over_http(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[2];
    static struct push_ticket ticket;
    fixture_publish_all(w, s->topic, ids, 2);
    static struct firings f;
    f = (struct firings){.fired = 0};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 500000, &f));
    assert_int_equal(f.count, 1);
    assert_false(event_at(&f, 0)->landed); /* offered */
    fixture_take_push(w, &ticket);
    fixture_land_push(w, &ticket, unheard);
    assert_false(event_at(&f, 0)->landed); /* not applied */
    assert_int_equal(engine_end_pushes(w->engine), 1);
    assert_true(event_at(&f, 0)->landed);
    assert_int_equal(event_at(&f, 0)->result, PUSH_FAILED);
    assert_string_equal(event_at(&f, 0)->outcome.error, "no answer");
    assert_string_equal(event_at(&f, 0)->event.subscription_name, "s");
    while (!engine_advance(w->engine, FIXTURE_START_MS + 500000, &f)) {
        const struct delivery *d = fixture_take_push(w, &ticket);
        fixture_land_push(w, &ticket, d->publication->id == ids[0] ? refused : delivered);
        engine_end_pushes(w->engine);
    }
    assert_int_equal(f.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        const struct firing *firing = event_at(&f, i);
        assert_true(firing->landed);
        assert_true(firing->event.msg_id == ids[i / 4]);
        assert_int_equal(firing->event.attempt, i % 4 + 1);
        assert_int_equal(firing->result,
                         i == 4 ? PUSH_DELIVERED : (i == 3 ? PUSH_DROPPED : PUSH_FAILED));
    }
    assert_int_equal(event_at(&f, 3)->outcome.status, refused.status);
    assert_int_equal(event_at(&f, 4)->outcome.status, delivered.status);
}

/* Each outcome goes to the event of its own attempt, whichever lands first. */
static void test_outcomes_go_to_their_attempts(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    fixture_subscribe(w, t, subscription_to_http("a", EXPONENTIAL_DECAY_RETRY));
    fixture_subscribe(w, t, subscription_to_queue("b", "missing"));
    fixture_subscribe(w, t, subscription_to_http("c", EXPONENTIAL_DECAY_RETRY));
    static struct push_ticket a, c;
    fixture_publish(w, t, "m");
    static struct firings f;
    f = (struct firings){.fired = 0};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS, &f));
    fixture_take_push(w, &a);
    fixture_take_push(w, &c);
    fixture_land_push(w, &c, delivered);
    assert_int_equal(engine_end_pushes(w->engine), 1);
    assert_false(event_at(&f, 0)->landed);
    assert_int_equal(event_at(&f, 1)->result, PUSH_FAILED);
    assert_int_equal(event_at(&f, 2)->result, PUSH_DELIVERED);
    fixture_land_push(w, &a, refused);
    assert_int_equal(engine_end_pushes(w->engine), 1);
    assert_true(event_at(&f, 0)->landed);
    assert_int_equal(event_at(&f, 0)->result, PUSH_FAILED);
    assert_int_equal(event_at(&f, 0)->outcome.status, refused.status);
    assert_int_equal(event_at(&f, 2)->outcome.status, delivered.status);
}

static void test_more_fire_than_are_kept(void **state)
{
    struct fixture *w = *state;
    enum { EVENTS = FIRINGS_KEPT + 20 };
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket tickets[EVENTS];
    uint64_t ids[EVENTS];
    fixture_publish_all(w, s->topic, ids, EVENTS);
    static struct {
        struct firings firings;
        unsigned char behind[sizeof(struct firing)];
    } f, untouched;
    memset(&f, 0, sizeof f);
    memset(f.behind, 0xA5, sizeof f.behind);
    untouched = f;
    assert_false(engine_advance(w->engine, FIXTURE_START_MS, &f.firings));
    for (size_t i = 0; i < EVENTS; i++)
        fixture_take_push(w, &tickets[i]);
    for (size_t i = EVENTS; i-- > 0;)
        fixture_land_push(w, &tickets[i], i % 2 == 0 ? delivered : refused);
    assert_int_equal(engine_end_pushes(w->engine), EVENTS);
    assert_int_equal(f.firings.fired, EVENTS);
    assert_int_equal(f.firings.fired_by_kind[EVENT_PUSH], EVENTS);
    assert_int_equal(f.firings.count, FIRINGS_KEPT);
    for (size_t i = 0; i < FIRINGS_KEPT; i++) {
        assert_true(event_at(&f.firings, i)->event.msg_id == ids[i]);
        assert_true(event_at(&f.firings, i)->landed);
        assert_int_equal(event_at(&f.firings, i)->result,
                         i % 2 == 0 ? PUSH_DELIVERED : PUSH_FAILED);
    }
    assert_memory_equal(f.behind, untouched.behind, sizeof f.behind);
    assert_int_equal(s->pending_count, EVENTS / 2);
}

/* Offered, in flight, landed: none is written any more. */
static void test_firings_that_are_gone(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket tickets[3];
    uint64_t ids[3];
    fixture_publish_all(w, s->topic, ids, 3);
    static struct firings f, before;
    f = (struct firings){.fired = 0};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS, &f));
    fixture_take_push(w, &tickets[0]);
    fixture_take_push(w, &tickets[1]);
    fixture_land_push(w, &tickets[0], delivered);
    firings_fini(&f);
    memcpy(&before, &f, sizeof f);
    firings_note_landed(&f);
    fixture_land_push(w, &tickets[1], delivered);
    fixture_take_push(w, &tickets[2]);
    fixture_land_push(w, &tickets[2], delivered);
    assert_int_equal(engine_end_pushes(w->engine), 3);
    assert_memory_equal(&f, &before, sizeof f);
    assert_int_equal(s->pending_count, 0);
}

/* An attempt whose message goes meanwhile never lands; the event stands without outcome. */
static void test_firings_of_what_never_lands(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    uint64_t id = fixture_publish(w, s->topic, "m");
    static struct firings f;
    f = (struct firings){.fired = 0};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 2 * (cmq_ms)DAY_MS, &f));
    fixture_take_push(w, &ticket);
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 2 * (cmq_ms)DAY_MS, &f));
    fixture_land_push(w, &ticket, delivered);
    assert_int_equal(engine_end_pushes(w->engine), 0);
    assert_int_equal(f.count, 2);
    assert_false(event_at(&f, 0)->landed);
    assert_int_equal(event_at(&f, 1)->event.kind, EVENT_EXPIRED);
    assert_true(event_at(&f, 1)->event.of_topic);
    assert_string_equal(event_at(&f, 1)->event.name, "t");
    assert_string_equal(event_at(&f, 1)->event.subscription_name, "");
    assert_true(event_at(&f, 1)->event.msg_id == id);
    assert_int_equal(event_at(&f, 1)->event.attempt, 0);
    assert_int_equal(fixture_since_start(event_at(&f, 1)->event.at_ms), DAY_MS);
}

static void test_firings_limit(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    struct queue *q = fixture_queue(w, "q");
    fixture_subscribe(w, t, subscription_to_queue("a", "q"));
    fixture_subscribe(w, t, subscription_to_queue("b", "q"));
    fixture_park(w, q, 1, 16, 30000);
    fixture_publish(w, t, "m");
    static struct firings f;
    f = (struct firings){.limit = 1};
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 1000, &f));
    engine_check(w->engine);
    assert_int_equal(f.fired, 1);
    EXPECT_COUNTS("in the middle of an instant", q, 1, 0, 0, 0);
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 1000, &f)); /* full */
    assert_int_equal(f.fired, 1);
    f.limit = 2;
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 1000, &f));
    fixture_collect(w);
    EXPECT_EQ("one poll", fixture_next_release(w).count, 2);
}

/* ---- agenda ---- */

static const struct {
    const char *what;
    enum event_kind kind;
    cmq_ms after_ms;
    const char *queue, *topic, *subscription;
    int message; /* which one; 0: none */
    uint32_t attempt;
} agenda[] = {
    {"a first attempt", EVENT_PUSH, 999, NULL, "u", "c", 2, 1},
    {"a retry", EVENT_PUSH, 1000, NULL, "t", "a", 1, 2},
    {"a poll", EVENT_POLL_TIMEOUT, 3000, "q", NULL, NULL, 0, 0},
    {"a topic's name", EVENT_NAME_FREE, 30000, NULL, "gone", NULL, 0, 0},
    {"a queue's name", EVENT_NAME_FREE, 30000, "gone", NULL, NULL, 0, 0},
    {"a day", EVENT_EXPIRED, DAY_MS, NULL, "t", NULL, 1, 0},
    {"another day", EVENT_EXPIRED, DAY_MS + 999, NULL, "u", NULL, 2, 0},
};

static void expect_text(const char *what, const char *got, const char *want)
{
    EXPECT_EQ(what, got == NULL, want == NULL);
    if (want != NULL)
        assert_string_equal(got, want);
}

static void expect_view(size_t row, const struct event_view *v, const uint64_t *ids)
{
    const char *what = agenda[row].what;
    EXPECT_EQ(what, v->kind, agenda[row].kind);
    EXPECT_EQ(what, fixture_since_start(v->at_ms), agenda[row].after_ms);
    EXPECT_EQ(what, v->attempt, agenda[row].attempt);
    EXPECT_EQ(what, v->msg_id == ids[agenda[row].message], true);
    expect_text(what, v->queue_name, agenda[row].queue);
    expect_text(what, v->topic_name, agenda[row].topic);
    expect_text(what, v->subscription_name, agenda[row].subscription);
}

static void test_agenda(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    struct topic *t = fixture_topic(w, "t"), *u = fixture_topic(w, "u");
    fixture_subscribe(w, t, subscription_to_queue("a", "missing"));
    fixture_subscribe(w, u, subscription_to_http("c", BACKOFF_RETRY));
    assert_int_equal(engine_delete_topic(w->engine, fixture_topic(w, "gone")), CMQ_OK);
    assert_int_equal(engine_delete_queue(w->engine, fixture_queue(w, "gone")), CMQ_OK);
    fixture_park(w, fixture_queue(w, "q"), 1, 1, 3000);
    uint64_t ids[3] = {0};
    ids[1] = fixture_publish(w, t, "m");
    fixture_pass_quietly(w, 999);
    ids[2] = fixture_publish(w, u, "m");

    struct agenda_cursor c = {NULL};
    struct event_view v;
    for (size_t i = 0; i < COUNT(agenda); i++) {
        assert_true(engine_walk_agenda(w->engine, &c, &v));
        expect_view(i, &v, ids);
    }
    assert_false(engine_walk_agenda(w->engine, &c, &v));
    assert_int_equal(engine_pending_count(w->engine), COUNT(agenda));
    assert_true(engine_next_event(w->engine, &v));
    expect_view(0, &v, ids);
    assert_true(engine_wake_ms(w->engine) == v.at_ms);
}

/* Neither what waits for its turn nor what is under way is an event to come. */
static void test_what_is_not_on_the_agenda(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            fixture_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s =
                fixture_http_subscription(w, (enum notify_strategy)strategy);
            size_t begun = bring_under_way(w, s, states[i], tickets, ids);
            size_t attempts = states[i] == FLIGHT_NONE ? begun : 0;
            EXPECT_EQ(flight_state_name(states[i]), engine_pending_count(w->engine),
                      UNDER_WAY + attempts); /* each message's end, too */
        }
    }
}

static void test_names_of_states_and_results(void **state)
{
    (void)state;
    static const struct {
        struct delivery delivery;
        const char *name;
    } rows[] = {
        {{.state = DELIVERY_ENDED}, "ended"},
        {{.state = DELIVERY_WAITING}, "waiting"},
        {{.state = DELIVERY_SCHEDULED}, "scheduled"},
        {{.state = DELIVERY_UNDER_WAY, .flight.state = FLIGHT_OFFERED}, "offered"},
        {{.state = DELIVERY_UNDER_WAY, .flight.state = FLIGHT_IN_FLIGHT}, "in-flight"},
        {{.state = DELIVERY_UNDER_WAY, .flight.state = FLIGHT_LANDED}, "landed"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(delivery_state_name(&rows[i].delivery), rows[i].name);
    assert_string_equal(push_result_name(PUSH_DELIVERED), "delivered");
    assert_string_equal(push_result_name(PUSH_FAILED), "failed");
    assert_string_equal(push_result_name(PUSH_DROPPED), "dropped");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_all_attempts_of_decay),
        TEST(test_delivered_by_the_last_attempt),
        TEST(test_a_slow_endpoint),
        TEST(test_no_attempt_at_the_age_of_a_day),
        TEST(test_a_day_ends_in_flight),
        TEST(test_backoff_goes_one_by_one),
        TEST(test_backoff_goes_on_when_one_is_delivered),
        TEST(test_gaps_are_drawn_from_the_seed_alone),
        TEST(test_subscriptions_are_independent),
        TEST(test_decay_messages_are_independent),
        TEST(test_unsubscribe_under_way),
        TEST(test_unsubscribe_leaves_the_others),
        TEST(test_from_backoff_to_decay),
        TEST(test_from_decay_to_backoff),
        TEST(test_turns_of_what_was_in_flight),
        TEST(test_attempts_count_for_the_other_strategy),
        TEST(test_the_same_strategy_changes_nothing),
        TEST(test_format_applies_from_the_next_attempt),
        TEST(test_filter_applies_to_what_is_published_later),
        TEST(test_purge_under_way),
        TEST(test_the_way_of_an_attempt),
        TEST(test_a_ticket_lands_once),
        TEST(test_some_land_and_some_fly_on),
        TEST(test_abandoned_pushes_fail),
        TEST(test_tickets_outlive_the_engine),
        TEST(test_outcomes_in_the_order_of_taking_off),
        TEST(test_retries_keep_the_order_of_taking_off),
        TEST(test_firings_of_pushes_to_queues),
        TEST(test_firings_of_pushes_over_http),
        TEST(test_outcomes_go_to_their_attempts),
        TEST(test_more_fire_than_are_kept),
        TEST(test_firings_that_are_gone),
        TEST(test_firings_of_what_never_lands),
        TEST(test_firings_limit),
        TEST(test_agenda),
        TEST(test_what_is_not_on_the_agenda),
        TEST(test_names_of_states_and_results),
    };
    return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
