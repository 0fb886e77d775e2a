/* Budgets: taking and giving, and engines that share them. */
#include "base/budget.h"
#include "engine/engine.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <string.h>

static void test_takes_up_to_its_bound(void **state)
{
    struct budget b = {.most = 10};
    (void)state;
    assert_true(budget_take(&b, 4));
    assert_true(budget_take(&b, 6));
    assert_false(budget_take(&b, 1));
    assert_int_equal(b.used, 10);
    assert_int_equal(b.refused, 1);
    budget_give(&b, 6);
    assert_false(budget_take(&b, 7));
    assert_true(budget_take(&b, 6));
    assert_false(budget_take(&b, SIZE_MAX));
    assert_int_equal(b.refused, 3);
}

static void test_one_that_is_overdrawn_admits_nothing(void **state)
{
    struct budget b = {.most = 10};
    (void)state;
    budget_charge(&b, 12);
    assert_false(budget_admits(&b, 0));
    assert_false(budget_admits(&b, 1));
    budget_give(&b, 3);
    assert_true(budget_admits(&b, 1));
    assert_int_equal(b.used, 9);
    assert_int_equal(b.refused, 2);
}

static void test_none_has_no_bound(void **state)
{
    (void)state;
    assert_true(budget_take(NULL, SIZE_MAX));
    assert_true(budget_admits(NULL, SIZE_MAX));
    budget_charge(NULL, 1);
    budget_give(NULL, 1);
}

/* ---- engines ---- */

/* The fixture's engine, and one beside it that has the same budgets. */
static struct engine *beside(struct fixture *w)
{
    struct engine *e = engine_new(&(struct engine_config){
        .allocator = engine_heap_allocator(&w->heap),
        .limits = engine_limits_relaxed(),
        .seed = 2,
        .now_ms = FIXTURE_START_MS,
        .account = account_default(),
        .messages = &w->messages,
        .polls = &w->polls,
    });
    assert_non_null(e);
    return e;
}

static struct queue *queue_in(struct engine *e, const char *name)
{
    struct queue_attributes a = queue_attributes_default();
    struct queue *q = NULL;
    assert_int_equal(engine_create_queue(e, bytes_of(name), &a, NULL, &q), CMQ_OK);
    return q;
}

static enum cmq_err send(struct engine *e, struct queue *q, const char *text)
{
    struct bytes body = bytes_of(text);
    uint64_t id;
    return engine_send(e, q, &body, 1, 0, &id);
}

static void test_messages_of_all_engines_share_a_bound(void **state)
{
    struct fixture *w = *state;
    struct engine *other = beside(w);
    struct queue *q = fixture_queue(w, "q");
    struct queue *p = queue_in(other, "q");
    w->messages.most = w->messages.used + 2 * (sizeof(struct message) + 5);
    assert_int_equal(send(w->engine, q, "12345"), CMQ_OK);
    assert_int_equal(send(other, p, "12345"), CMQ_OK);
    assert_int_equal(send(w->engine, q, "1"), CMQ_MEMORY_FULL);
    assert_int_equal(send(other, p, "1"), CMQ_MEMORY_FULL);
    assert_int_equal(w->messages.refused, 2);
    EXPECT_COUNTS("refused", q, 1, 0, 0, 0);
    engine_purge_queue(other, p);
    assert_int_equal(send(w->engine, q, "12345"), CMQ_OK);
    assert_int_equal(send(w->engine, q, "1"), CMQ_MEMORY_FULL);
    engine_free(other);
}

/* An engine that is freed bit by bit gives back bit by bit. */
static void test_what_is_being_freed_still_counts(void **state)
{
    struct fixture *w = *state;
    struct engine *other = beside(w);
    struct queue *p = queue_in(other, "q");
    for (int i = 0; i < 10; i++)
        assert_int_equal(send(other, p, "12345"), CMQ_OK);
    size_t full = w->messages.used;
    assert_false(engine_free_some(other, 4));
    assert_int_equal(w->messages.used, full - 4 * (sizeof(struct message) + 5));
    while (!engine_free_some(other, 4))
        assert_true(w->messages.used > 0);
    assert_int_equal(w->messages.used, 0);
}

static void test_own_bound_is_not_that_of_the_budget(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_bytes = sizeof(struct message) + 5;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    assert_int_equal(send(w->engine, q, "12345"), CMQ_OK);
    assert_int_equal(send(w->engine, q, "1"), CMQ_MEMORY_FULL);
    assert_int_equal(w->messages.refused, 0);
}

static void test_polls_of_all_engines_share_a_bound(void **state)
{
    struct fixture *w = *state;
    struct engine *other = beside(w);
    struct queue *q = fixture_queue(w, "q");
    struct queue *p = queue_in(other, "q");
    struct received got;
    w->polls.most = 2;
    struct parked_poll *first = fixture_park(w, q, 1, 1, 5000);
    assert_int_equal(engine_receive(other, p, 1, 5000, NULL, &got), CMQ_WAITING);
    assert_int_equal(engine_receive(other, p, 1, 5000, NULL, &got), CMQ_POLLS_FULL);
    assert_int_equal(engine_receive(w->engine, q, 1, 5000, NULL, &got), CMQ_POLLS_FULL);
    assert_int_equal(w->polls.refused, 2);
    engine_end_poll(w->engine, first, CMQ_NO_MESSAGE);
    assert_int_equal(engine_receive(other, p, 1, 5000, NULL, &got), CMQ_WAITING);
    engine_free(other);
    assert_int_equal(w->polls.used, 0);
}

/* ---- what else is kept ---- */

static enum cmq_err make_queue(struct fixture *w)
{
    struct queue_attributes a = queue_attributes_default();
    struct queue *q;
    return engine_create_queue(w->engine, bytes_of("one"), &a, NULL, &q);
}

static enum cmq_err make_topic(struct fixture *w)
{
    const struct topic_request request = {.filter_type = FILTER_BY_TAG, .max_msg_size = 1024};
    struct topic *t;
    return engine_create_topic(w->engine, bytes_of("one"), &request, &t);
}

static enum cmq_err make_subscription(struct fixture *w)
{
    const struct subscription_request request = {.name = bytes_of("one"),
                                                 .endpoint = bytes_of("http://a/")};
    struct topic *t = engine_find_topic(w->engine, bytes_of("there"));
    struct subscription *s;
    return engine_subscribe(w->engine, t, &request, &s);
}

static enum cmq_err make_tags(struct fixture *w)
{
    struct queue *q = engine_find_queue(w->engine, bytes_of("there"));
    const struct tag tag = {bytes_of("key"), bytes_of("value")};
    struct tags *tags;
    enum cmq_err err = engine_make_tags(w->engine, &tag, 1, &tags);
    if (err == CMQ_OK)
        engine_tag_queue(w->engine, q, tags);
    return err;
}

static const struct {
    const char *what;
    enum cmq_err (*make)(struct fixture *w);
    size_t bytes;
    enum cmq_err full;
} kept[] = {
    {"a queue", make_queue, sizeof(struct queue), CMQ_TOO_MANY_QUEUES},
    {"a topic", make_topic, sizeof(struct topic), CMQ_TOO_MANY_TOPICS},
    {"a subscription", make_subscription, SUBSCRIPTION_BYTES, CMQ_TOO_MANY_SUBSCRIPTIONS},
    {"tags", make_tags, sizeof(struct tags) + sizeof(struct tag) + 8, CMQ_MEMORY_FULL},
};

static void test_what_holds_messages_counts_as_well(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(kept); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        fixture_queue(w, "there");
        fixture_topic(w, "there");
        size_t before = w->messages.used;
        w->messages.most = before + kept[i].bytes - 1;
        EXPECT_EQ(kept[i].what, kept[i].make(w), kept[i].full);
        EXPECT_EQ(kept[i].what, w->messages.used, before);
        EXPECT_EQ(kept[i].what, w->messages.refused, 1);
        w->messages.most++;
        EXPECT_EQ(kept[i].what, kept[i].make(w), CMQ_OK);
        EXPECT_EQ(kept[i].what, w->messages.used, before + kept[i].bytes);
    }
}

/* A name that cools down counts, but no queue is kept for want of room for its name. */
static void test_names_that_cool_down_count(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.name_cooling_ms = 1000;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    w->messages.most = w->messages.used;
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    assert_true(w->messages.used > 0 && w->messages.used < w->messages.most);
    fixture_pass(w, 1000);
    assert_int_equal(w->messages.used, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_up_to_its_bound),
        cmocka_unit_test(test_one_that_is_overdrawn_admits_nothing),
        cmocka_unit_test(test_none_has_no_bound),
        TEST(test_messages_of_all_engines_share_a_bound),
        TEST(test_what_is_being_freed_still_counts),
        TEST(test_own_bound_is_not_that_of_the_budget),
        TEST(test_polls_of_all_engines_share_a_bound),
        TEST(test_what_holds_messages_counts_as_well),
        TEST(test_names_that_cool_down_count),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
