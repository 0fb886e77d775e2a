/* The last events that have fired. */
#include "engine/recent.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"

#include <stdio.h>

struct fixture {
    struct engine_heap heap;
    struct allocator allocator;
    struct budget budget;
    struct recent recent;
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.budget = {.most = SIZE_MAX}};
    f.allocator = engine_heap_allocator(&f.heap);
    recent_init(&f.recent, &f.allocator, &f.budget);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    recent_fini(&f->recent);
    assert_int_equal(f->budget.used, 0);
    return f->heap.held == 0 ? 0 : -1;
}

static void fire(struct fixture *f, uint64_t id)
{
    char queue[NAME_MAX_LENGTH + 1];
    snprintf(queue, sizeof queue, "q%d", (int)id);
    recent_add(&f->recent, &(struct event_view){.at_ms = (cmq_ms)id,
                                                .kind = EVENT_VISIBLE,
                                                .queue_name = queue,
                                                .msg_id = id});
}

/* All that are kept are those that fired last, in order. */
static void expect_last(const struct fixture *f, uint64_t kept)
{
    const struct recent *r = &f->recent;
    assert_int_equal(r->fired - recent_oldest(r), kept);
    for (uint64_t n = recent_oldest(r); n < r->fired; n++) {
        char queue[NAME_MAX_LENGTH + 1];
        struct event_view v = recent_view(r, n);
        snprintf(queue, sizeof queue, "q%d", (int)n);
        assert_int_equal(v.msg_id, n);
        assert_string_equal(v.queue_name, queue);
        assert_null(v.topic_name);
        assert_null(v.subscription_name);
    }
}

static void keeps_the_last(void **state)
{
    struct fixture *f = *state;
    expect_last(f, 0);
    for (uint64_t n = 0; n < 3 * RECENT_KEPT; n++) {
        fire(f, n);
        expect_last(f, n < RECENT_KEPT ? n + 1 : RECENT_KEPT);
    }
    recent_forget(&f->recent);
    expect_last(f, 0);
    assert_int_equal(f->budget.used, 0);
    for (uint64_t n = 3 * RECENT_KEPT; n < 3 * RECENT_KEPT + 40; n++)
        fire(f, n);
    expect_last(f, 40);
}

static void tells_of_topics(void **state)
{
    struct fixture *f = *state;
    recent_add(&f->recent, &(struct event_view){.at_ms = 7,
                                                .kind = EVENT_PUSH,
                                                .topic_name = "t",
                                                .subscription_name = "s",
                                                .msg_id = 9,
                                                .attempt = 3});
    struct event_view v = recent_view(&f->recent, 0);
    assert_null(v.queue_name);
    assert_string_equal(v.topic_name, "t");
    assert_string_equal(v.subscription_name, "s");
    assert_int_equal(v.attempt, 3);
    assert_int_equal(v.kind, EVENT_PUSH);
}

static void keeps_less_without_room(void **state)
{
    struct fixture *f = *state;
    f->budget.most = 40 * sizeof(struct event_copy);
    for (uint64_t n = 0; n < 100; n++)
        fire(f, n);
    expect_last(f, 32);
    recent_forget(&f->recent);
    f->budget.most = 0;
    fire(f, 100);
    expect_last(f, 0);
    recent_forget(&f->recent);
    f->budget.most = SIZE_MAX;
    f->heap.fail_first = f->heap.fail_last = f->heap.asked + 1;
    fire(f, 101);
    expect_last(f, 0);
    recent_add(NULL, &(struct event_view){.at_ms = 1});
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(keeps_the_last),
        TEST(tells_of_topics),
        TEST(keeps_less_without_room),
    };
    return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
