#include "base/wheel.h"

#include <stdlib.h>

#include "tests/support/engine_expect.h"
#include "tests/support/engine_random.h"

/* Many nodes in one slot, beside an array that is sorted whenever their order is asked for. */

enum {
    MANY = 6000,
    FEW = 2048,
    SLOT_MS = 64 * 64 * 64,
    SLOT_BITS = 18,
    PASSES = SLOT_BITS / 3
};

struct timer {
    struct wheel_node node;
    uint64_t armed_as; /* 0 while idle */
    cmq_ms due_ms;
};

struct fixture {
    struct allocator heap;
    struct wheel *wheel;
    struct timer timers[2 * MANY];
    const struct timer *order[2 * MANY]; /* those that are armed, as they are to fire */
    size_t armed;
    uint64_t armings;
    struct engine_random random;
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.heap = allocator_heap(), .random = {1}};
    f.wheel = wheel_new(&f.heap, WHEEL_LEVELS, WHEEL_BITS, 0);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    wheel_free(f->wheel);
    return 0;
}

static void arm(struct fixture *f, size_t i, cmq_ms due_ms)
{
    wheel_arm(f->wheel, &f->timers[i].node, due_ms);
    f->timers[i].armed_as = ++f->armings;
    f->timers[i].due_ms = due_ms;
}

static void disarm(struct fixture *f, size_t i)
{
    wheel_disarm(f->wheel, &f->timers[i].node);
    f->timers[i].armed_as = 0;
}

static int compare(const void *left, const void *right)
{
    const struct timer *a = *(const struct timer *const *)left;
    const struct timer *b = *(const struct timer *const *)right;
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms ? -1 : 1;
    return a->armed_as < b->armed_as ? -1 : 1;
}

static void find_order(struct fixture *f)
{
    f->armed = 0;
    for (size_t i = 0; i < COUNT(f->timers); i++)
        if (f->timers[i].armed_as != 0)
            f->order[f->armed++] = &f->timers[i];
    qsort(f->order, f->armed, sizeof(const struct timer *), compare);
}

/* To so many of the nodes. */
static void expect_walk(struct fixture *f, size_t count)
{
    find_order(f);
    struct wheel_node *n = wheel_first(f->wheel);
    for (size_t i = 0; i < count && i < f->armed; i++) {
        assert_ptr_equal(n, &f->order[i]->node);
        n = wheel_after(f->wheel, n);
    }
    assert_true(count < f->armed || n == NULL);
    wheel_check(f->wheel);
    assert_int_equal(wheel_armed_count(f->wheel), f->armed);
}

static void expect_firing(struct fixture *f)
{
    find_order(f);
    for (size_t i = 0; i < f->armed; i++)
        assert_ptr_equal(wheel_take(f->wheel, CMQ_LAST_MS), &f->order[i]->node);
    assert_null(wheel_take(f->wheel, CMQ_LAST_MS));
    wheel_check(f->wheel);
}

/* Return what it takes to know the first, which is then the first of all. */
static size_t look(struct fixture *f)
{
    struct effort effort = {0};
    assert_true(wheel_sort(f->wheel, 1, &effort));
    find_order(f);
    assert_ptr_equal(wheel_first(f->wheel), &f->order[0]->node);
    wheel_check(f->wheel);
    return effort.spent;
}

/* Due in no order in the second half of the slot, on each even millisecond at the most, and sorted. */
static void fill(struct fixture *f, size_t many)
{
    for (size_t i = 0; i < many; i++)
        arm(f, i, SLOT_MS + SLOT_MS / 2 + (cmq_ms)(i * 7919 % many * 2));
    assert_int_equal(look(f), many * PASSES);
    assert_int_equal(look(f), 0);
}

static void test_what_comes_before_all_others_in_order_needs_no_sorting(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < MANY; i++) {
        arm(f, MANY + i, SLOT_MS + (cmq_ms)(i / 3));
        if (i % 100 == 0)
            assert_int_equal(look(f), 0);
    }
    assert_int_equal(look(f), 0);
    expect_walk(f, 2 * MANY);
    expect_firing(f);
}

/* Such as messages with two delays. */
static void test_what_comes_behind_all_others_leaves_those_before_them_in_order(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < MANY / 2; i++) {
        arm(f, MANY + 2 * i, SLOT_MS + (cmq_ms)i);
        arm(f, MANY + 2 * i + 1, SLOT_MS + SLOT_MS / 2 + MANY * 2 + (cmq_ms)i);
        if (i % 100 == 0)
            assert_int_equal(look(f), 0);
    }
    assert_int_equal(look(f), 0);
    expect_walk(f, 2 * MANY);
    expect_firing(f);
}

/* Their order is found without that of the others, until they are many. */
static void test_what_comes_in_no_order_is_sorted_by_itself(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    size_t late = 0;
    for (; late < FEW - 1; late++) {
        arm(f, MANY + late, SLOT_MS + (cmq_ms)random_below(&f->random, SLOT_MS / 2));
        if (late % 50 == 49 || late == FEW - 2)
            assert_in_range(look(f), 1, (late + 1) * PASSES);
    }
    arm(f, MANY + late++, SLOT_MS);
    assert_int_equal(look(f), (MANY + late) * PASSES);
    arm(f, MANY + late, SLOT_MS);
    assert_int_equal(look(f), 0);
    expect_walk(f, 2 * MANY);
    expect_firing(f);
}

static void test_few_are_sorted_all_at_once(void **state)
{
    struct fixture *f = *state;
    fill(f, FEW - 1);
    arm(f, FEW - 1, SLOT_MS);
    assert_int_equal(look(f), FEW * PASSES);
    arm(f, FEW, SLOT_MS);
    assert_int_equal(look(f), 0);
    expect_walk(f, MANY);
}

/* A page of the agenda, after each message that comes. */
static void test_a_walk_to_some_finds_each_in_its_place(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < 300; i++) {
        cmq_ms first_ms = SLOT_MS + SLOT_MS / 2;
        arm(f, MANY + i, first_ms - 20 + (cmq_ms)random_below(&f->random, 90));
        expect_walk(f, 1 + random_below(&f->random, 100));
        if (i % 3 == 0)
            disarm(f, MANY + random_below(&f->random, i + 1));
    }
    expect_walk(f, MANY / 2);
    expect_firing(f);
}

static void expect_after(void **state, size_t late, size_t at)
{
    (void)teardown(state);
    (void)setup(state);
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < late; i++)
        arm(f, MANY + i, SLOT_MS + SLOT_MS / 2 + 1000 + (cmq_ms)(7 * i % 5));
    find_order(f);
    assert_ptr_equal(wheel_after(f->wheel, &f->timers[f->order[at] - f->timers].node),
                     &f->order[at + 1]->node);
    expect_walk(f, MANY + late);
}

/* It may as well begin at any node. */
static void test_what_comes_after_any_node(void **state)
{
    for (size_t late = 1; late < 5; late++)
        for (size_t at = 497; at < 510; at++)
            expect_after(state, late, at);
}

static void test_a_walk_within_a_slot_leaves_the_next_one_alone(void **state)
{
    struct fixture *f = *state;
    struct effort effort = {0};
    fill(f, MANY);
    for (size_t i = 0; i < MANY; i++)
        arm(f, MANY + i, 3 * SLOT_MS - 1 - (cmq_ms)i);
    arm(f, 2 * MANY - 1, SLOT_MS + 1);
    assert_true(wheel_sort(f->wheel, MANY + 1, &effort));
    assert_int_equal(effort.spent, 0);
    assert_true(wheel_sort(f->wheel, MANY + 2, &effort));
    assert_int_equal(effort.spent, (MANY - 1) * PASSES);
}

static void test_what_came_later_is_left_when_the_others_are_disarmed(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < 50; i++)
        arm(f, MANY + i, SLOT_MS + SLOT_MS - (cmq_ms)(i * 3 % 10));
    (void)look(f);
    for (size_t i = 0; i < MANY; i++)
        disarm(f, i);
    expect_walk(f, MANY);
    arm(f, 0, SLOT_MS + 5);
    expect_walk(f, MANY);
    for (size_t i = 0; i < 50; i++)
        disarm(f, MANY + i);
    disarm(f, 0);
    assert_true(wheel_wake_ms(f->wheel) == CMQ_NEVER);
    wheel_check(f->wheel);
}

static void test_the_others_are_left_when_what_came_later_is_disarmed(void **state)
{
    struct fixture *f = *state;
    fill(f, MANY);
    for (size_t i = 0; i < 50; i++)
        arm(f, MANY + i, SLOT_MS + (cmq_ms)(i * 3 % 10));
    for (size_t i = 0; i < 50; i++)
        disarm(f, MANY + i);
    assert_int_equal(look(f), 0);
    assert_true(wheel_wake_ms(f->wheel) == SLOT_MS);
    expect_walk(f, MANY);
    expect_firing(f);
}

/* Those that were behind the first of them are not armed any more; another one may hide it. */
static void expect_equals(struct fixture *f, bool hides, bool walks)
{
    enum { LAST = 10 };
    cmq_ms last_ms = SLOT_MS + SLOT_MS - 1;
    fill(f, MANY);
    for (size_t i = 0; i < LAST; i++)
        arm(f, MANY + i, last_ms);
    arm(f, MANY + LAST, last_ms - 1);
    if (hides)
        arm(f, MANY + LAST + 1, SLOT_MS);
    for (size_t i = 0; i < LAST; i++)
        disarm(f, MANY + i);
    for (size_t i = 0; i < LAST; i++)
        arm(f, MANY + i, last_ms - 1);
    if (walks)
        expect_walk(f, 2 * MANY);
    expect_firing(f);
}

static void test_equal_deadlines_fire_in_the_order_of_arming(void **state)
{
    for (unsigned way = 0; way < 4; way++) {
        (void)teardown(state);
        (void)setup(state);
        expect_equals(*state, (way & 1) != 0, (way & 2) != 0);
    }
}

/* One slot after the other, as a walk comes by. */
static void test_two_slots_of_many(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 2 * MANY - 100; i++)
        arm(f, i, SLOT_MS + (cmq_ms)(i * 7919 % (2 * SLOT_MS)));
    expect_walk(f, 2 * MANY);
    for (size_t i = 2 * MANY - 100; i < 2 * MANY; i++) {
        arm(f, i, SLOT_MS + (cmq_ms)random_below(&f->random, 2 * SLOT_MS));
        (void)look(f);
        if (i % 20 == 0)
            expect_walk(f, 2 * MANY);
    }
    expect_firing(f);
}

/* ---- anything ---- */

static void sort_some(struct fixture *f)
{
    struct effort effort;
    effort_begin(&effort, 1 + random_below(&f->random, 20000));
    (void)wheel_sort(f->wheel, 1 + random_below(&f->random, MANY), &effort);
    wheel_check(f->wheel);
    find_order(f);
    assert_ptr_equal(wheel_first(f->wheel), f->armed > 0 ? &f->order[0]->node : NULL);
}

static void take_some(struct fixture *f, size_t count)
{
    find_order(f);
    for (size_t i = 0; i < count && i < f->armed; i++) {
        assert_ptr_equal(wheel_take(f->wheel, CMQ_LAST_MS), &f->order[i]->node);
        f->timers[f->order[i] - f->timers].armed_as = 0;
    }
}

static void change_some(struct fixture *f, cmq_ms from_ms, cmq_ms span_ms)
{
    size_t count = random_below(&f->random, random_once_in(&f->random, 4) ? 3000 : 40);
    bool disarms = random_once_in(&f->random, 3);
    for (size_t i = 0; i < count; i++) {
        size_t n = random_below(&f->random, 2 * MANY);
        cmq_ms due_ms = from_ms + (cmq_ms)random_below(&f->random, (uint64_t)span_ms);
        if (disarms)
            disarm(f, n);
        else
            arm(f, n, due_ms < wheel_now_ms(f->wheel) ? wheel_now_ms(f->wheel) : due_ms);
    }
}

static void random_step(struct fixture *f, cmq_ms span_ms)
{
    switch (random_below(&f->random, 6)) {
    case 0:
        expect_walk(f, random_below(&f->random, 200));
        break;
    case 1:
        expect_walk(f, random_below(&f->random, 2 * MANY + 1));
        break;
    case 2:
        sort_some(f);
        break;
    case 3:
        take_some(f, random_below(&f->random, 10));
        break;
    default:
        change_some(f, SLOT_MS, span_ms);
        break;
    }
}

static void test_random_steps_agree_with_an_array(void **state)
{
    static const cmq_ms spans_ms[] = {200, SLOT_MS, 2 * SLOT_MS, (cmq_ms)64 * SLOT_MS};
    for (uint64_t seed = 0; seed < 12; seed++) {
        (void)teardown(state);
        (void)setup(state);
        struct fixture *f = *state;
        f->random = (struct engine_random){seed};
        for (size_t i = 0; i < MANY; i++)
            arm(f, i, SLOT_MS + (cmq_ms)random_below(&f->random, (uint64_t)spans_ms[seed % 4]));
        for (int step = 0; step < 60; step++)
            random_step(f, spans_ms[seed % 4]);
        expect_walk(f, 2 * MANY);
        expect_firing(f);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_what_comes_before_all_others_in_order_needs_no_sorting),
        TEST(test_what_comes_behind_all_others_leaves_those_before_them_in_order),
        TEST(test_what_comes_in_no_order_is_sorted_by_itself),
        TEST(test_few_are_sorted_all_at_once),
        TEST(test_a_walk_to_some_finds_each_in_its_place),
        TEST(test_what_comes_after_any_node),
        TEST(test_a_walk_within_a_slot_leaves_the_next_one_alone),
        TEST(test_what_came_later_is_left_when_the_others_are_disarmed),
        TEST(test_the_others_are_left_when_what_came_later_is_disarmed),
        TEST(test_equal_deadlines_fire_in_the_order_of_arming),
        TEST(test_two_slots_of_many),
        TEST(test_random_steps_agree_with_an_array),
    };
    return cmocka_run_group_tests_name("wheel kept", tests, NULL, NULL);
}
