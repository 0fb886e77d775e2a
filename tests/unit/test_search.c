/* A message is found by its id wherever it is, in slices or at once. */
#include "engine/search.h"

#include "engine/engine_inside.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

/* Returns how many slices it took. */
static size_t search(struct fixture *w, uint64_t id, size_t slice, struct search *s)
{
    struct effort effort;
    size_t slices = 0;
    bool is_over;
    w->engine->store.effort = &effort;
    engine_begin_search(w->engine, s, id);
    do {
        effort_begin(&effort, slice);
        is_over = engine_search(w->engine, s);
        slices++;
    } while (!is_over);
    w->engine->store.effort = NULL;
    return slices;
}

static void expect_message(struct fixture *w, uint64_t id, enum message_state state)
{
    for (size_t slice = 0; slice < 5; slice++) {
        struct search s;
        search(w, id, slice, &s);
        assert_non_null(s.message);
        assert_null(s.publication);
        assert_true(s.message->id == id);
        assert_int_equal(s.message->state, state);
    }
}

static void expect_nothing(struct fixture *w, uint64_t id)
{
    struct search s;
    search(w, id, 0, &s);
    assert_null(s.message);
    assert_null(s.publication);
}

static void test_nothing(void **state)
{
    struct fixture *w = *state;
    expect_nothing(w, 1);
    fixture_queue(w, "q");
    fixture_topic(w, "t");
    expect_nothing(w, 1);
}

static void test_every_state(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.rewind_ms = 60000;
    fixture_queue(w, "before");
    struct queue *q = fixture_queue_with(w, "q", a);
    fixture_queue(w, "behind");
    uint64_t deleted = fixture_send(w, q, "a", 0);
    fixture_consume(w, q);
    uint64_t inactive = fixture_send(w, q, "b", 0);
    fixture_receive(w, q);
    uint64_t active = fixture_send(w, q, "c", 0);
    uint64_t delayed = fixture_send(w, q, "d", 1000);
    expect_message(w, deleted, MESSAGE_DELETED);
    expect_message(w, inactive, MESSAGE_INACTIVE);
    expect_message(w, active, MESSAGE_ACTIVE);
    expect_message(w, delayed, MESSAGE_DELAYED);
    expect_nothing(w, 1);
    engine_purge_queue(w->engine, q);
    expect_nothing(w, active);
}

static void test_publications(void **state)
{
    struct fixture *w = *state;
    struct search s;
    fixture_topic(w, "empty");
    struct subscription *http = fixture_http_subscription(w, BACKOFF_RETRY);
    uint64_t first = fixture_publish(w, http->topic, "x");
    uint64_t second = fixture_publish(w, http->topic, "y");
    for (size_t slice = 0; slice < 5; slice++) {
        search(w, first, slice, &s);
        assert_true(s.publication->id == first);
        search(w, second, slice, &s);
        assert_true(s.publication->id == second);
        assert_null(s.message);
    }
    expect_nothing(w, 1);
}

static void test_slices(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct search s;
    for (int i = 0; i < 1000; i++)
        fixture_send(w, q, "a", 0);
    assert_in_range(search(w, 1, 100, &s), 10, 12);
    assert_int_equal(search(w, 1, 0, &s), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_every_state),
        TEST(test_publications),
        TEST(test_slices),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
