/* Long polls: who is served, when, with what, and how else they end (queue-api 3.5). */
#include "engine/parked.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

static void expect_release(struct fixture *w, const char *what, int owner, enum cmq_err outcome,
                           size_t count)
{
    struct release r = fixture_next_release(w);
    EXPECT_EQ(what, r.owner, owner);
    EXPECT_EQ(what, r.outcome, outcome);
    EXPECT_EQ(what, r.count, count);
}

static void expect_no_release(struct fixture *w, const char *what)
{
    EXPECT_EQ(what, fixture_next_release(w).owner, 0);
}

/* ---- what satisfies a poll ---- */

static void test_send_satisfies(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 5000);
    assert_int_equal(engine_parked_count(w->engine), 1);
    fixture_pass(w, 2000);
    uint64_t id = fixture_send(w, q, "m", 0);

    struct release r = fixture_next_release(w);
    assert_int_equal(r.owner, 1);
    assert_int_equal(r.outcome, CMQ_OK);
    assert_true(r.ids[0] == id);
    assert_int_equal(engine_parked_count(w->engine), 0);
    EXPECT_COUNTS("handed out", q, 0, 1, 0, 0);
    fixture_pass(w, 5000);
    expect_no_release(w, "its deadline is gone with it");
}

static void test_end_of_delay_satisfies(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 5000);
    fixture_park(w, q, 1, 1, 10000);
    fixture_pass(w, 4999);
    expect_no_release(w, "a tick early");
    fixture_pass(w, 10000);
    expect_release(w, "on time", 1, CMQ_OK, 1);
    assert_int_equal(w->releases[0].at_ms, FIXTURE_START_MS + 5000);
}

static void test_end_of_visibility_satisfies(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 0);
    fixture_receive(w, q);
    fixture_park(w, q, 1, 1, 30001);
    fixture_pass(w, 40000);
    expect_release(w, "visible again", 1, CMQ_OK, 1);
    assert_int_equal(w->releases[0].at_ms, FIXTURE_START_MS + 30000);
}

static void test_rewind_satisfies(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.rewind_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    fixture_send(w, q, "m", 0);
    fixture_consume(w, q);
    fixture_park(w, q, 1, 1, 5000);
    assert_int_equal(engine_rewind(w->engine, q, FIXTURE_START_MS / 1000), CMQ_OK);
    expect_release(w, "rewound", 1, CMQ_OK, 1);
}

static void test_dead_letter_satisfies(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct queue *dead = fixture_queue(w, "dead");
    assert_int_equal(fixture_bind(w, q, fixture_by_receives("dead", 1)), CMQ_OK);
    fixture_send(w, q, "m", 0);
    fixture_receive(w, q);
    fixture_pass(w, 30000);
    fixture_park(w, dead, 1, 1, 5000);
    assert_null(fixture_receive(w, q));
    expect_release(w, "moved", 1, CMQ_OK, 1);
    EXPECT_COUNTS("handed out", dead, 0, 1, 0, 0);
}

static void test_other_queue_does_not_satisfy(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 5000);
    fixture_send(w, fixture_queue(w, "other"), "m", 0);
    expect_no_release(w, "sent elsewhere");
}

/* ---- order and share ---- */

static void test_order_of_arrival(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 9000);
    fixture_park(w, q, 2, 1, 3000); /* its deadline is nearer, its turn is not */
    fixture_park(w, q, 3, 1, 6000);
    fixture_send(w, q, "a", 0);
    expect_release(w, "first", 1, CMQ_OK, 1);
    expect_no_release(w, "one message, one poll");
    fixture_send(w, q, "b", 0);
    expect_release(w, "second", 2, CMQ_OK, 1);
    fixture_send(w, q, "c", 0);
    expect_release(w, "third", 3, CMQ_OK, 1);
}

/* A batch poll gets everything at hand when it is woken, up to its number. */
static void test_batch_polls_share_a_batch(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 2, 9000);
    fixture_park(w, q, 2, BATCH_MAX, 9000);
    fixture_park(w, q, 3, 1, 9000);
    struct bytes bodies[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}};
    uint64_t ids[COUNT(bodies)];
    assert_int_equal(engine_send(w->engine, q, bodies, COUNT(bodies), 0, ids), CMQ_OK);
    expect_release(w, "its number", 1, CMQ_OK, 2);
    expect_release(w, "all the rest", 2, CMQ_OK, 3);
    expect_no_release(w, "nothing is left");
    assert_true(w->releases[0].ids[0] == ids[0]);
    assert_true(w->releases[1].ids[2] == ids[4]);
}

/* queue-api 3.2, transition 3: three with equal delay arrive in one batch */
static void test_what_matures_together_goes_out_together(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, BATCH_MAX, 9000);
    for (int i = 0; i < 3; i++)
        fixture_send(w, q, "m", 5000);
    fixture_pass(w, 9000);
    expect_release(w, "in one batch", 1, CMQ_OK, 3);
}

static void test_receive_without_waiting_takes_nothing_from_a_poll(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 5000);
    assert_null(fixture_receive(w, q));
    fixture_send(w, q, "m", 0);
    assert_null(fixture_receive(w, q));
    expect_release(w, "the poll", 1, CMQ_OK, 1);
}

/* ---- deadlines ---- */

static void test_deadline(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 3000);
    fixture_pass(w, 2999);
    expect_no_release(w, "a tick early");
    fixture_pass(w, 1);
    expect_release(w, "on time", 1, CMQ_NO_MESSAGE, 0);
    fixture_send(w, q, "m", 0);
    EXPECT_COUNTS("no poll swallowed it", q, 1, 0, 0, 0);
}

static const struct {
    const char *what;
    bool poll_first; /* parked before the message was sent */
    cmq_ms delay_ms;
    enum cmq_err outcome;
} ties[] = {
    {"message a tick before the deadline", true, 4999, CMQ_OK},
    {"message armed first, at the deadline", false, 5000, CMQ_OK},
    {"message a tick after the deadline", false, 5001, CMQ_NO_MESSAGE},
};

static void test_message_near_the_deadline(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(ties); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct queue *q = fixture_queue(w, "q");
        if (ties[i].poll_first)
            fixture_park(w, q, 1, 1, 5000);
        fixture_send(w, q, "m", ties[i].delay_ms);
        if (!ties[i].poll_first)
            fixture_park(w, q, 1, 1, 5000);
        fixture_pass(w, 6000);
        EXPECT_EQ(ties[i].what, w->release_count, 1);
        EXPECT_EQ(ties[i].what, w->releases[0].outcome, ties[i].outcome);
    }
}

/* Time stops where a poll is released, so that the caller sees its own instant. */
static void test_advance_stops_at_each_release(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 3000);
    fixture_park(w, q, 2, 1, 2000);
    fixture_park(w, q, 3, 1, 2000);
    fixture_pass(w, 10000);
    static const struct {
        int owner;
        cmq_ms after_ms;
    } want[] = {{2, 2000}, {3, 2000}, {1, 3000}};
    assert_int_equal(w->release_count, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(w->releases[i].owner, want[i].owner);
        assert_int_equal(w->releases[i].at_ms, FIXTURE_START_MS + want[i].after_ms);
    }
}

static void test_advance_waits_until_releases_are_taken(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 2000);
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 9000, NULL));
    assert_false(engine_advance(w->engine, FIXTURE_START_MS + 9000, NULL));
    assert_int_equal(engine_now_ms(w->engine), FIXTURE_START_MS + 2000);
    expect_release(w, "timed out", 1, CMQ_NO_MESSAGE, 0);
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 9000, NULL));
}

/* At one instant: a message for queue b, the end of a poll on queue a, a second message for b.
 * The engine is whole also where it stopped in between. */
static void test_engine_is_whole_at_each_stop(void **state)
{
    struct fixture *w = *state;
    struct queue *a = fixture_queue(w, "a");
    struct queue *b = fixture_queue(w, "b");
    fixture_send(w, b, "first", 5000);
    fixture_park(w, a, 1, 1, 5000);
    fixture_send(w, b, "second", 5000);
    fixture_park(w, b, 2, BATCH_MAX, 9000);
    while (!engine_advance(w->engine, FIXTURE_START_MS + 5000, NULL)) {
        engine_check(w->engine);
        fixture_collect(w);
    }
    expect_release(w, "timed out", 1, CMQ_NO_MESSAGE, 0);
    expect_release(w, "both messages", 2, CMQ_OK, 2);
}

/* ---- other ends ---- */

static void test_end_of_the_queue(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 5000);
    fixture_park(w, q, 2, 1, 5000);
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    expect_release(w, "in order", 1, CMQ_NO_QUEUE, 0);
    expect_release(w, "of arrival", 2, CMQ_NO_QUEUE, 0);
    fixture_pass(w, 10000);
    expect_no_release(w, "no deadline is left");
}

static void test_client_that_left_loses_its_place(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct parked_poll *gone = fixture_park(w, q, 1, 1, 5000);
    fixture_park(w, q, 2, 1, 5000);
    engine_end_poll(w->engine, gone, CMQ_INTERNAL);
    expect_release(w, "ended", 1, CMQ_INTERNAL, 0);
    fixture_send(w, q, "m", 0);
    expect_release(w, "the next in line", 2, CMQ_OK, 1);
}

/* A step ends between the two events of an instant: the message is there, and the end of the first
 * poll is still to come. When that client leaves, the instant is over, and the message is the
 * other one's. */
static void test_client_that_leaves_within_an_instant(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct firings step = {.limit = 1};
    fixture_send(w, q, "m", 5000);
    struct parked_poll *gone = fixture_park(w, q, 1, 1, 5000);
    fixture_park(w, q, 2, 1, 9000);
    cmq_ms until_ms = FIXTURE_START_MS + 5000;
    assert_false(engine_advance(w->engine, until_ms, &step));
    engine_end_poll(w->engine, gone, CMQ_INTERNAL);
    expect_release(w, "ended", 1, CMQ_INTERNAL, 0);
    engine_check(w->engine);
    assert_true(engine_wake_ms(w->engine) == until_ms);
    assert_false(engine_advance(w->engine, until_ms, NULL));
    expect_release(w, "the other one", 2, CMQ_OK, 1);
    firings_fini(&step);
}

static void test_end_all(void **state)
{
    struct fixture *w = *state;
    struct queue *a = fixture_queue(w, "a");
    struct queue *b = fixture_queue(w, "b");
    fixture_park(w, b, 1, 1, 5000);
    fixture_park(w, a, 2, 1, 5000);
    fixture_park(w, b, 3, 1, 5000);
    engine_end_all_polls(w->engine, CMQ_NO_MESSAGE);
    assert_int_equal(engine_parked_count(w->engine), 0);
    fixture_collect(w);
    assert_int_equal(w->release_count, 3);
    engine_check(w->engine);
}

static void test_polls_still_parked_are_freed_with_the_engine(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 5000);
    fixture_park(w, q, 2, 1, 5000);
    engine_end_poll(w->engine, fixture_park(w, q, 3, 1, 5000), CMQ_NO_MESSAGE);
    /* the teardown sees what is left */
}

/* ---- bounds ---- */

static void test_too_many_polls(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_polls = 2;
    fixture_reopen(w, limits);
    struct queue *a = fixture_queue(w, "a");
    struct queue *b = fixture_queue(w, "b");
    struct received got;
    fixture_park(w, a, 1, 1, 5000);
    fixture_park(w, b, 2, 1, 5000);
    assert_int_equal(engine_receive(w->engine, b, 1, 5000, NULL, &got), CMQ_POLLS_FULL);
    fixture_send(w, a, "m", 0);
    expect_release(w, "room again", 1, CMQ_OK, 1);
    fixture_park(w, b, 3, 1, 5000);
}

/* ---- answers that come late ---- */

static struct parked_poll *put_off(struct fixture *w, int owner, cmq_ms delay_ms)
{
    const struct late_answer late = {.delay_ms = delay_ms, .about = bytes_of("q")};
    struct parked_poll *p;
    w->owners[owner] = owner;
    assert_int_equal(engine_put_off_answer(w->engine, &late, &w->owners[owner], &p),
                     CMQ_WAITING);
    return p;
}

static void test_late_answers_come_in_order(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct event_view next;
    put_off(w, 1, 2000);
    fixture_park(w, q, 2, 1, 1000);
    put_off(w, 3, 1000);
    assert_int_equal(engine_parked_count(w->engine), 3);
    fixture_pass(w, 999);
    expect_no_release(w, "not yet");
    fixture_pass(w, 1);
    expect_release(w, "a poll, armed first", 2, CMQ_NO_MESSAGE, 0);
    expect_release(w, "an answer", 3, CMQ_OK, 0);
    assert_true(engine_next_event(w->engine, &next));
    assert_int_equal(next.kind, EVENT_ANSWER);
    assert_string_equal(next.queue_name, "q");
    fixture_send(w, q, "m", 0);
    expect_no_release(w, "it does not wait for messages");
    fixture_pass(w, 1000);
    expect_release(w, "the last", 1, CMQ_OK, 0);
    assert_int_equal(engine_parked_count(w->engine), 0);
}

static void test_late_answers_end_early(void **state)
{
    struct fixture *w = *state;
    struct parked_poll *p = put_off(w, 1, 2000);
    put_off(w, 2, 1000);
    engine_end_poll(w->engine, p, CMQ_NO_QUEUE);
    engine_end_poll(w->engine, p, CMQ_NO_QUEUE);
    expect_release(w, "with its own outcome", 1, CMQ_OK, 0);
    engine_end_all_polls(w->engine, CMQ_NO_QUEUE);
    expect_release(w, "likewise", 2, CMQ_OK, 0);
    put_off(w, 3, 1000); /* freed with the engine */
}

static void test_late_answers_count_among_the_polls(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    const struct late_answer late = {.delay_ms = 1};
    struct parked_poll *p;
    limits.max_polls = 1;
    fixture_reopen(w, limits);
    put_off(w, 1, 1000);
    assert_int_equal(engine_put_off_answer(w->engine, &late, NULL, &p), CMQ_POLLS_FULL);
}

/* A poll parked before the queue was choked is served as soon as it is not. */
static void test_choked_queue_serves_its_polls_later(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_delayed = 1;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 10000);
    fixture_send(w, q, "delayed", 5000);
    fixture_send(w, q, "delayed", 6000);
    fixture_send(w, q, "active", 0);
    expect_no_release(w, "choked");
    struct received got;
    assert_int_equal(engine_receive(w->engine, q, 1, 9000, NULL, &got), CMQ_TOO_MANY_UNACKED);
    fixture_pass(w, 5000);
    expect_release(w, "one delayed message is few enough", 1, CMQ_OK, 1);
}

/* Two polls, two messages, but one at a time may be out. */
static struct queue *choke_with_two_polls(struct fixture *w)
{
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_inactive = 1;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 10000);
    fixture_park(w, q, 2, 1, 10000);
    fixture_send(w, q, "a", 0);
    fixture_send(w, q, "b", 0);
    EXPECT_COUNTS("choked", q, 1, 1, 0, 0);
    return q;
}

static void test_delete_lets_a_choked_queue_breathe(void **state)
{
    struct fixture *w = *state;
    struct queue *q = choke_with_two_polls(w);
    struct parked_poll *first = engine_take_released(w->engine);
    assert_null(engine_take_released(w->engine));
    uint64_t handle = first->messages[0]->handle;
    engine_free_poll(w->engine, first);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);
    expect_release(w, "the second", 2, CMQ_OK, 1);
}

static void test_purge_lets_a_choked_queue_breathe(void **state)
{
    struct fixture *w = *state;
    struct queue *q = choke_with_two_polls(w);
    expect_release(w, "the first", 1, CMQ_OK, 1);
    engine_purge_queue(w->engine, q);
    expect_no_release(w, "nothing is left");
    fixture_send(w, q, "c", 0);
    expect_release(w, "the second", 2, CMQ_OK, 1);
}

/* The queue is no longer choked when a delayed message leaves, for whatever reason. */
static void test_expiry_lets_a_choked_queue_breathe(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_delayed = 0;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 1, 30000);
    fixture_send(w, q, "delayed", 3600000);
    fixture_pass(w, 10000);
    fixture_send(w, q, "active", 0);
    struct queue_attributes a = q->attributes;
    a.retention_ms = 20000;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    expect_no_release(w, "choked");
    fixture_pass(w, 10000);
    expect_release(w, "on expiry", 1, CMQ_OK, 1);
    assert_int_equal(w->releases[0].at_ms, FIXTURE_START_MS + 20000);
}

/* All at 60 s, armed in this order: the delay of "fresh" ends, which lets the queue breathe;
 * the poll ends; "stale" reaches the age of retention. The poll may get "fresh", but not
 * "stale". */
static void test_poll_is_not_served_what_expires(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_delayed = 1;
    fixture_reopen(w, limits);
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = a.rewind_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    uint64_t stale = fixture_send(w, q, "stale", 0);
    fixture_consume(w, q);
    fixture_pass(w, 40000);
    fixture_send(w, q, "fresh", 20000);
    fixture_park(w, q, 1, BATCH_MAX, 20000);
    fixture_send(w, q, "choking", 3600000);
    assert_int_equal(engine_rewind(w->engine, q, FIXTURE_START_MS / 1000), CMQ_OK);
    EXPECT_COUNTS("choked", q, 1, 0, 2, 0);

    fixture_pass(w, 20000);
    struct release r = fixture_next_release(w);
    assert_int_equal(r.owner, 1);
    for (size_t i = 0; i < r.count; i++)
        assert_true(r.ids[i] != stale);
    EXPECT_COUNTS("stale is gone", q, 1 - r.count, r.count, 1, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_send_satisfies),
        TEST(test_end_of_delay_satisfies),
        TEST(test_end_of_visibility_satisfies),
        TEST(test_rewind_satisfies),
        TEST(test_dead_letter_satisfies),
        TEST(test_other_queue_does_not_satisfy),
        TEST(test_order_of_arrival),
        TEST(test_batch_polls_share_a_batch),
        TEST(test_what_matures_together_goes_out_together),
        TEST(test_receive_without_waiting_takes_nothing_from_a_poll),
        TEST(test_deadline),
        TEST(test_message_near_the_deadline),
        TEST(test_advance_stops_at_each_release),
        TEST(test_advance_waits_until_releases_are_taken),
        TEST(test_engine_is_whole_at_each_stop),
        TEST(test_end_of_the_queue),
        TEST(test_client_that_left_loses_its_place),
        TEST(test_client_that_leaves_within_an_instant),
        TEST(test_end_all),
        TEST(test_polls_still_parked_are_freed_with_the_engine),
        TEST(test_too_many_polls),
        TEST(test_late_answers_come_in_order),
        TEST(test_late_answers_end_early),
        TEST(test_late_answers_count_among_the_polls),
        TEST(test_choked_queue_serves_its_polls_later),
        TEST(test_delete_lets_a_choked_queue_breathe),
        TEST(test_purge_lets_a_choked_queue_breathe),
        TEST(test_expiry_lets_a_choked_queue_breathe),
        TEST(test_poll_is_not_served_what_expires),
    };
    return cmocka_run_group_tests_name("parked polls", tests, NULL, NULL);
}
