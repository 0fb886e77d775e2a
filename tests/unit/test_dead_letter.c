/* Dead letters: which queues may be bound, when a message moves, what it is then (queue-api 4).
 */
#include "engine/queue.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>

static int setup_eager(void **state)
{
    static struct fixture w;
    struct engine_limits limits = engine_limits_relaxed();
    limits.eager_dead_letter = true;
    fixture_open(&w, limits);
    *state = &w;
    return 0;
}

/* A queue named "q" bound to one named "dead". */
static struct queue *bound_queue(struct fixture *w, struct dead_letter_request policy)
{
    struct queue *q = fixture_queue(w, "q");
    fixture_queue(w, "dead");
    assert_int_equal(fixture_bind(w, q, policy), CMQ_OK);
    return q;
}

static struct queue *find(struct fixture *w, const char *name)
{
    return engine_find_queue(w->engine, bytes_of(name));
}

static void receive_and_let_go(struct fixture *w, struct queue *q)
{
    assert_non_null(fixture_receive(w, q));
    fixture_pass(w, q->attributes.visibility_ms);
}

/* ---- which queues may be bound ---- */

/* There are: plain; target, with a source "source" and a bound sibling; full, with six. */
static const struct {
    const char *what, *queue, *target;
    cmq_ms max_age_ms; /* 0: by receives */
    enum cmq_err err;
} bindings[] = {
    {"to a plain queue", "other", "plain", 0, CMQ_OK},
    {"to a target", "other", "target", 0, CMQ_OK},
    {"to the same target again", "source", "target", 0, CMQ_OK},
    {"to another target", "source", "plain", 0, CMQ_OK},
    {"to none", "other", "nowhere", 0, CMQ_NO_DEAD_LETTER_QUEUE},
    {"letters matter", "other", "Plain", 0, CMQ_NO_DEAD_LETTER_QUEUE},
    {"to itself", "other", "other", 0, CMQ_DEAD_LETTER_NEST},
    {"to a source", "other", "source", 0, CMQ_DEAD_LETTER_NEST},
    {"a target itself", "target", "plain", 0, CMQ_DEAD_LETTER_NEST},
    {"a seventh source", "other", "full", 0, CMQ_DEAD_LETTER_SOURCES},
    {"the sixth source again", "full-6", "full", 0, CMQ_OK},
    {"age below retention", "other", "plain", 345599999, CMQ_OK},
    {"age as retention", "other", "plain", 345600000, CMQ_POLICY_PARAMS},
    {"age before target", "other", "nowhere", 345600000, CMQ_POLICY_PARAMS},
};

static void make_bindings(struct fixture *w)
{
    fixture_queue(w, "plain");
    fixture_queue(w, "other");
    fixture_queue(w, "target");
    fixture_queue(w, "full");
    assert_int_equal(
        fixture_bind(w, fixture_queue(w, "source"), fixture_by_receives("target", 1)), CMQ_OK);
    for (int i = 1; i <= DEAD_LETTER_SOURCES_MAX; i++) {
        char name[24];
        snprintf(name, sizeof name, "full-%d", i);
        assert_int_equal(
            fixture_bind(w, fixture_queue(w, name), fixture_by_receives("full", 1)), CMQ_OK);
    }
}

static void test_bindings(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(bindings); i++) {
        assert_true(fixture_close(w));
        fixture_open(w, engine_limits_relaxed());
        make_bindings(w);
        struct queue *q = find(w, bindings[i].queue);
        struct dead_letter_policy before = q->dead_letter;
        struct dead_letter_request request =
            bindings[i].max_age_ms > 0
                ? fixture_by_age(bindings[i].target, bindings[i].max_age_ms)
                : fixture_by_receives(bindings[i].target, 1);
        enum cmq_err err = fixture_bind(w, q, request);
        EXPECT_EQ(bindings[i].what, err, bindings[i].err);
        const struct queue *target =
            err == CMQ_OK ? find(w, bindings[i].target) : before.target;
        EXPECT_EQ(bindings[i].what, q->dead_letter.target == target, true);
    }
}

static void test_policy_at_creation(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    struct dead_letter_request policy = fixture_by_age("dead", 300000);
    struct queue *q = NULL;
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, &policy, &q),
                     CMQ_NO_DEAD_LETTER_QUEUE);
    assert_null(find(w, "q"));
    struct queue *dead = fixture_queue(w, "dead");
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, &policy, &q), CMQ_OK);
    assert_ptr_equal(q->dead_letter.target, dead);
    assert_int_equal(q->dead_letter.kind, DEAD_LETTER_BY_AGE);
    assert_int_equal(q->dead_letter.max_age_ms, 300000);
    assert_int_equal(dead->source_count, 1);
}

/* What is wrong with the policy in itself comes after the check of rewindSeconds, and before
 * all that asks for other queues. */
static void test_refused_policy(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 3));
    struct dead_letter_request bad_policy = {.refusal = CMQ_POLICY_NO_QUEUE};
    struct queue_attributes a = q->attributes;
    struct queue *other = NULL;
    a.visibility_ms = 1;
    assert_int_equal(engine_set_queue(w->engine, q, &a, &bad_policy), CMQ_POLICY_NO_QUEUE);
    assert_int_equal(q->attributes.visibility_ms, 30000);
    assert_int_equal(q->dead_letter.max_receives, 3);
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, &bad_policy, &other),
                     CMQ_POLICY_NO_QUEUE);
    a.rewind_ms = a.retention_ms + 1;
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, &bad_policy, &other),
                     CMQ_REWIND_ABOVE_RETENTION);
}

/* The rule holds as well when the retention comes to the age. */
static void test_retention_must_stay_above_the_age(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_age("dead", 300000));
    struct queue_attributes a = q->attributes;
    a.retention_ms = 300000;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_POLICY_PARAMS);
    assert_int_equal(q->attributes.retention_ms, 345600000);
    struct dead_letter_request by_receives = fixture_by_receives("dead", 3);
    assert_int_equal(engine_set_queue(w->engine, q, &a, &by_receives), CMQ_OK);
}

static void test_target_cannot_be_deleted_while_bound(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    struct queue *dead = find(w, "dead");
    assert_int_equal(engine_delete_queue(w->engine, dead), CMQ_DEAD_LETTER_IN_USE);
    assert_int_equal(engine_unbind_dead_letter(w->engine, q), CMQ_OK);
    assert_int_equal(engine_unbind_dead_letter(w->engine, q), CMQ_NO_DEAD_LETTER_QUEUE);
    assert_int_equal(engine_delete_queue(w->engine, dead), CMQ_OK);
}

static void test_deleting_the_source_frees_the_target(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    assert_int_equal(find(w, "dead")->source_count, 0);
    assert_int_equal(engine_delete_queue(w->engine, find(w, "dead")), CMQ_OK);
    assert_true(engine_empty(w->engine));
}

static void test_sources_are_in_order_of_creation(void **state)
{
    struct fixture *w = *state;
    struct queue *dead = fixture_queue(w, "dead");
    struct queue *a = fixture_queue(w, "a");
    struct queue *b = fixture_queue(w, "b");
    struct queue *c = fixture_queue(w, "c");
    assert_int_equal(fixture_bind(w, b, fixture_by_receives("dead", 1)), CMQ_OK);
    assert_int_equal(fixture_bind(w, c, fixture_by_receives("dead", 1)), CMQ_OK);
    assert_int_equal(fixture_bind(w, a, fixture_by_receives("dead", 1)), CMQ_OK);
    assert_int_equal(fixture_bind(w, b, fixture_by_receives("dead", 2)), CMQ_OK);
    const struct queue *const want[] = {a, b, c};
    const struct list_node *l = dead->sources.next;
    for (size_t i = 0; i < COUNT(want); i++, l = l->next)
        assert_ptr_equal(CONTAINER_OF(l, struct queue, source_link), want[i]);
    assert_ptr_equal(l, &dead->sources);
}

/* ---- lazily: when a receive looks at the queue ---- */

static void test_received_too_often(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 2));
    fixture_send(w, q, "bad", 0);
    receive_and_let_go(w, q);
    receive_and_let_go(w, q);
    EXPECT_COUNTS("nothing moves without a receive", q, 1, 0, 0, 0);
    assert_null(fixture_receive(w, q));
    EXPECT_COUNTS("moved", q, 0, 0, 0, 0);
    EXPECT_COUNTS("moved", find(w, "dead"), 1, 0, 0, 0);
}

static void test_receive_goes_on_to_the_next_message(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    fixture_send(w, q, "bad", 0);
    receive_and_let_go(w, q);
    fixture_send(w, q, "good", 0);
    assert_string_equal(fixture_receive_body(w, q), "good");
    assert_string_equal(fixture_receive_body(w, find(w, "dead")), "bad");
}

static void test_too_old(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_age("dead", 300000));
    fixture_send(w, q, "old", 0);
    fixture_pass(w, 290000);
    uint64_t handle = fixture_receive(w, q)->handle;
    fixture_pass(w, 20000);
    fixture_receive(w, q);
    EXPECT_COUNTS("inactive is left alone", q, 0, 1, 0, 0);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);

    fixture_send(w, q, "older", 0);
    fixture_pass(w, 299999);
    receive_and_let_go(w, q); /* does not reset the age */
    EXPECT_COUNTS("not yet looked at", q, 1, 0, 0, 0);
    assert_null(fixture_receive(w, q));
    EXPECT_COUNTS("moved", find(w, "dead"), 1, 0, 0, 0);
}

static void test_age_is_met_on_time(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_age("dead", 300000));
    fixture_send(w, q, "a", 0);
    fixture_pass(w, 299999);
    assert_string_equal(fixture_receive_body(w, q), "a");
    fixture_send(w, q, "b", 0);
    fixture_pass(w, 300000);
    assert_string_equal(fixture_receive_body(w, q), "");
    EXPECT_COUNTS("both", find(w, "dead"), 2, 0, 0, 0);
}

/* queue-api 4.3: a parked poll counts as a consumer */
static void test_parked_poll_moves_too(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    fixture_send(w, q, "bad", 0);
    assert_non_null(fixture_receive(w, q));
    fixture_park(w, q, 1, 1, 60000);
    fixture_park(w, find(w, "dead"), 2, 1, 60000);
    fixture_pass(w, 60000);
    struct release dead = fixture_next_release(w);
    assert_int_equal(dead.owner, 2);
    assert_int_equal(dead.outcome, CMQ_OK);
    assert_int_equal(dead.at_ms, FIXTURE_START_MS + 30000);
    assert_int_equal(fixture_next_release(w).outcome, CMQ_NO_MESSAGE);
}

/* 4.4 */
static void test_moved_message_begins_anew(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    struct queue *dead = find(w, "dead");
    struct queue_attributes a = q->attributes;
    a.max_msg_size = 1;
    a.max_heap = 0;
    a.retention_ms = 60000;
    a.visibility_ms = 7000;
    assert_int_equal(engine_set_queue(w->engine, dead, &a, NULL), CMQ_OK);

    uint64_t id = fixture_send(w, q, "long body", 0);
    receive_and_let_go(w, q);
    fixture_pass(w, 5000);
    fixture_receive(w, q);
    fixture_pass(w, 1000);
    const struct message *m = fixture_receive(w, dead);
    assert_true(m->id == id);
    assert_true(bytes_equal(message_body(m), bytes_of("long body")));
    assert_int_equal(m->sent_ms, FIXTURE_START_MS + 35000);
    assert_int_equal(m->first_dequeue_ms, FIXTURE_START_MS + 36000);
    assert_int_equal(m->dequeue_count, 1);
    fixture_pass(w, 7000);
    EXPECT_COUNTS("visible by the target's time", dead, 1, 0, 0, 0);
    fixture_pass(w, 51999);
    EXPECT_COUNTS("kept by the target's time", dead, 1, 0, 0, 0);
    fixture_pass(w, 1);
    EXPECT_COUNTS("gone by the target's time", dead, 0, 0, 0, 0);
}

/* Behind what the target holds, however many turns the source had given before. */
static void test_moved_message_goes_to_the_end(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    struct queue *dead = find(w, "dead");
    fixture_send(w, q, "bad", 0);
    fixture_send(w, dead, "old", 0);
    fixture_send(w, dead, "older", 0);
    receive_and_let_go(w, q);
    assert_null(fixture_receive(w, q));
    fixture_send(w, dead, "new", 0);
    static const char *const order[] = {"old", "older", "bad", "new", ""};
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(fixture_receive_body(w, dead), order[i]);
}

static void test_old_handle_is_void_after_the_move(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    fixture_send(w, q, "bad", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    fixture_pass(w, 30000);
    fixture_receive(w, q);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, find(w, "dead"), handle),
                     CMQ_HANDLE_INVALID);
}

static void test_unbound_queue_keeps_its_messages(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    fixture_send(w, q, "bad", 0);
    receive_and_let_go(w, q);
    assert_int_equal(engine_unbind_dead_letter(w->engine, q), CMQ_OK);
    assert_string_equal(fixture_receive_body(w, q), "bad");
}

/* ---- eagerly: by timer, without any receive on the source ---- */

static void test_eager_received_too_often(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 2));
    fixture_send(w, q, "bad", 0);
    receive_and_let_go(w, q);
    EXPECT_COUNTS("once", q, 1, 0, 0, 0);
    receive_and_let_go(w, q);
    EXPECT_COUNTS("twice", q, 0, 0, 0, 0);
    EXPECT_COUNTS("twice", find(w, "dead"), 1, 0, 0, 0);
}

static void test_eager_too_old(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_age("dead", 300000));
    fixture_send(w, q, "active", 0);
    fixture_send(w, q, "delayed", 310000);
    fixture_park(w, find(w, "dead"), 1, BATCH_MAX, 400000);
    fixture_pass(w, 299999);
    EXPECT_COUNTS("a tick early", q, 1, 0, 1, 0);
    fixture_pass(w, 1);
    EXPECT_COUNTS("on time", q, 0, 0, 1, 0);
    struct release r = fixture_next_release(w);
    assert_int_equal(r.owner, 1);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.at_ms, FIXTURE_START_MS + 300000);
    fixture_pass(w, 10000);
    EXPECT_COUNTS("when its delay ends", find(w, "dead"), 1, 1, 0, 0);
}

/* A message that comes back too often must not be handed to a poll first. */
static void test_eager_move_wins_over_a_parked_poll(void **state)
{
    struct fixture *w = *state;
    struct queue *q = bound_queue(w, fixture_by_receives("dead", 1));
    fixture_send(w, q, "bad", 0);
    assert_non_null(fixture_receive(w, q));
    fixture_park(w, q, 1, 1, 40000);
    fixture_pass(w, 40000);
    assert_int_equal(fixture_next_release(w).outcome, CMQ_NO_MESSAGE);
    EXPECT_COUNTS("moved", find(w, "dead"), 1, 0, 0, 0);
}

static void test_eager_policy_reaches_stored_messages(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct queue *dead = fixture_queue(w, "dead");
    fixture_send(w, q, "a", 0);
    fixture_pass(w, 400000);
    fixture_send(w, q, "b", 0);
    assert_int_equal(fixture_bind(w, q, fixture_by_age("dead", 300000)), CMQ_OK);
    fixture_pass(w, 0);
    EXPECT_COUNTS("too old already", dead, 1, 0, 0, 0);
    EXPECT_COUNTS("still young", q, 1, 0, 0, 0);
    assert_int_equal(engine_unbind_dead_letter(w->engine, q), CMQ_OK);
    fixture_pass(w, 400000);
    EXPECT_COUNTS("unbound", q, 1, 0, 0, 0);
}

int main(void)
{
#define TEST(f)  cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
#define EAGER(f) cmocka_unit_test_setup_teardown(f, setup_eager, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_bindings),
        TEST(test_policy_at_creation),
        TEST(test_refused_policy),
        TEST(test_retention_must_stay_above_the_age),
        TEST(test_target_cannot_be_deleted_while_bound),
        TEST(test_deleting_the_source_frees_the_target),
        TEST(test_sources_are_in_order_of_creation),
        TEST(test_received_too_often),
        TEST(test_receive_goes_on_to_the_next_message),
        TEST(test_too_old),
        TEST(test_age_is_met_on_time),
        TEST(test_parked_poll_moves_too),
        TEST(test_moved_message_begins_anew),
        TEST(test_moved_message_goes_to_the_end),
        TEST(test_old_handle_is_void_after_the_move),
        TEST(test_unbound_queue_keeps_its_messages),
        EAGER(test_eager_received_too_often),
        EAGER(test_eager_too_old),
        EAGER(test_eager_move_wins_over_a_parked_poll),
        EAGER(test_eager_policy_reaches_stored_messages),
    };
    return cmocka_run_group_tests_name("dead letters", tests, NULL, NULL);
}
