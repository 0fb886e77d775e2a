#include "base/wheel.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

/* ---- a naive agenda beside the wheel: an array, searched from end to end ---- */

enum { NODES = 48 };

struct timer {
    struct wheel_node node;
    uint64_t armed_as; /* how many were armed before it, and one; 0 while idle */
    cmq_ms due_ms;
};

struct fixture {
    struct engine_heap heap;
    struct allocator allocator;
    struct wheel *wheel;
    struct timer timers[NODES];
    uint64_t armings;
    cmq_ms now_ms;
};

static struct fixture *fixture_of(void **state, unsigned levels, unsigned bits, cmq_ms now_ms)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < NODES && f->wheel != NULL; i++)
        wheel_disarm(f->wheel, &f->timers[i].node);
    wheel_free(f->wheel);
    f->wheel = wheel_new(&f->allocator, levels, bits, now_ms);
    assert_non_null(f->wheel);
    f->now_ms = now_ms;
    f->armings = 0;
    for (size_t i = 0; i < NODES; i++)
        f->timers[i].armed_as = 0;
    return f;
}

static void arm(struct fixture *f, size_t i, cmq_ms due_ms)
{
    wheel_arm(f->wheel, &f->timers[i].node, due_ms);
    f->timers[i].armed_as = ++f->armings;
    f->timers[i].due_ms = due_ms < f->now_ms ? f->now_ms : due_ms;
}

static void disarm(struct fixture *f, size_t i)
{
    wheel_disarm(f->wheel, &f->timers[i].node);
    f->timers[i].armed_as = 0;
}

static bool fires_before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->armed_as < b->armed_as;
}

/* The first armed timer that fires after the given one; NULL begins, NULL ends. */
static struct timer *naive_after(struct fixture *f, const struct timer *last)
{
    struct timer *best = NULL;
    for (struct timer *t = f->timers; t < f->timers + NODES; t++)
        if (t->armed_as != 0 && (last == NULL || fires_before(last, t)) &&
            (best == NULL || fires_before(t, best)))
            best = t;
    return best;
}

/* Take from both; true if something was due. */
static bool take(struct fixture *f, cmq_ms until_ms)
{
    struct timer *want = naive_after(f, NULL);
    if (want != NULL && want->due_ms > until_ms)
        want = NULL;
    struct wheel_node *got = wheel_take(f->wheel, until_ms);
    assert_ptr_equal(got, want == NULL ? NULL : &want->node);
    f->now_ms = want == NULL ? until_ms : want->due_ms;
    assert_true(wheel_now_ms(f->wheel) == f->now_ms);
    if (want == NULL)
        return false;
    assert_true(got->due_ms == want->due_ms);
    assert_false(wheel_node_armed(got));
    want->armed_as = 0;
    return true;
}

static void take_all(struct fixture *f, cmq_ms until_ms)
{
    while (take(f, until_ms))
        wheel_check(f->wheel);
}

/* Walking shows the order of firing. */
static void expect_walk(struct fixture *f)
{
    struct wheel_node *n = wheel_first(f->wheel);
    for (struct timer *t = NULL; (t = naive_after(f, t)) != NULL;) {
        assert_ptr_equal(n, &t->node);
        n = wheel_after(f->wheel, n);
    }
    assert_null(n);
}

static void expect_whole(struct fixture *f)
{
    size_t armed = 0;
    for (size_t i = 0; i < NODES; i++) {
        assert_int_equal(wheel_node_armed(&f->timers[i].node), f->timers[i].armed_as != 0);
        armed += f->timers[i].armed_as != 0;
    }
    wheel_check(f->wheel);
    assert_int_equal(wheel_armed_count(f->wheel), armed);

    const struct timer *first = naive_after(f, NULL);
    cmq_ms wake_ms = wheel_wake_ms(f->wheel);
    if (first == NULL)
        assert_true(wake_ms == CMQ_NEVER);
    else
        assert_true(wake_ms >= f->now_ms && wake_ms <= first->due_ms);
}

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    f.allocator = engine_heap_allocator(&f.heap);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    wheel_free(f->wheel);
    return f->heap.held == 0 ? 0 : -1;
}

static const struct {
    const char *what;
    unsigned levels, bits;
} small_wheels[] = {
    {"two levels of two slots", 2, 1},
    {"three levels of two slots", 3, 1},
    {"two levels of four slots", 2, 2},
    {"three levels of four slots", 3, 2},
};

static cmq_ms span_of(size_t i)
{
    return (cmq_ms)1 << (small_wheels[i].levels * small_wheels[i].bits);
}

/* ---- one node: every instant, every deadline, every target ---- */

#define FARTHEST_MS (((cmq_ms)1 << (WHEEL_LEVELS * WHEEL_BITS)) - 1)

static const struct {
    const char *what;
    cmq_ms now, due, advance_to;
    bool fires;
} meetings[] = {
    {"a tick early", 0, 10, 9, false},
    {"on time", 0, 10, 10, true},
    {"late", 0, 10, 11, true},
    {"at once", 7, 7, 7, true},
    {"in the past", 7, 3, 7, true},
    {"across a level, early", 63, 65, 64, false},
    {"across a level", 63, 65, 65, true},
    {"across two levels, early", 4095, 4097, 4096, false},
    {"across two levels", 4095, 4097, 4097, true},
    {"the instant enters the slot of a later deadline", 0, 127, 64, false},
    {"far ahead, early", 0, (cmq_ms)1 << 47, ((cmq_ms)1 << 47) - 1, false},
    {"far ahead", 0, (cmq_ms)1 << 47, (cmq_ms)1 << 47, true},
    {"the last instant of an engine", 0, CMQ_LAST_MS, CMQ_LAST_MS, true},
    {"the farthest deadline", CMQ_LAST_MS, FARTHEST_MS, FARTHEST_MS, true},
};

static void test_meetings(void **state)
{
    for (size_t i = 0; i < COUNT(meetings); i++) {
        struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, meetings[i].now);
        wheel_arm(f->wheel, &f->timers[0].node, meetings[i].due);
        const struct wheel_node *n = wheel_take(f->wheel, meetings[i].advance_to);
        EXPECT_EQ(meetings[i].what, n != NULL, meetings[i].fires);
    }
}

static void expect_firing(void **state, size_t i, cmq_ms now_ms, cmq_ms due_ms)
{
    struct fixture *f;
    for (cmq_ms until_ms = now_ms; until_ms < span_of(i); until_ms++) {
        f = fixture_of(state, small_wheels[i].levels, small_wheels[i].bits, now_ms);
        arm(f, 0, due_ms);
        expect_whole(f);
        take_all(f, until_ms);
        EXPECT_EQ(small_wheels[i].what, f->timers[0].armed_as != 0, until_ms < due_ms);
    }
}

static void test_every_slot(void **state)
{
    for (size_t i = 0; i < COUNT(small_wheels); i++)
        for (cmq_ms now_ms = 0; now_ms < span_of(i); now_ms++)
            for (cmq_ms due_ms = 0; due_ms < span_of(i); due_ms++)
                expect_firing(state, i, now_ms, due_ms);
}

/* ---- several nodes ---- */

/* Three deadlines in every arrangement, equal ones included, in one stretch of time or two. */
static void test_every_three_deadlines_fire_in_order(void **state)
{
    enum { SPAN = 16, ARRANGEMENTS = SPAN * SPAN * SPAN };
    for (int arrangement = 0; arrangement < ARRANGEMENTS; arrangement++) {
        for (cmq_ms pause_ms = 0; pause_ms < SPAN; pause_ms += 5) {
            struct fixture *f = fixture_of(state, 4, 1, 0);
            arm(f, 0, arrangement % SPAN);
            arm(f, 1, arrangement / SPAN % SPAN);
            take_all(f, pause_ms);
            arm(f, 2, arrangement / SPAN / SPAN);
            expect_whole(f);
            expect_walk(f);
            take_all(f, SPAN - 1);
            assert_int_equal(wheel_armed_count(f->wheel), 0);
        }
    }
}

/* One is armed from afar, the other when the deadline is near; the first armed fires first. */
static void test_equal_deadlines_keep_arming_order_across_levels(void **state)
{
    for (cmq_ms second_at = 0; second_at < 4100; second_at++) {
        struct fixture *f = fixture_of(state, 3, 6, 0);
        arm(f, 1, 4100);
        take_all(f, second_at);
        arm(f, 0, 4100);
        assert_true(take(f, 5000));
        assert_true(take(f, 5000));
        assert_false(take(f, 5000));
    }
}

static void test_arming_again_counts_anew(void **state)
{
    struct fixture *f = fixture_of(state, 3, 2, 0);
    arm(f, 0, 30);
    arm(f, 1, 30);
    arm(f, 0, 30);
    expect_whole(f);
    expect_walk(f);
    take_all(f, 63);
}

static void test_disarming_an_idle_node_does_nothing(void **state)
{
    struct fixture *f = fixture_of(state, 3, 2, 5);
    disarm(f, 0);
    expect_whole(f);
    arm(f, 0, 9);
    disarm(f, 0);
    disarm(f, 0);
    expect_whole(f);
    assert_false(take(f, 63));
}

/* What is armed by the one who takes fires in the same sweep if it falls due in it. */
static void test_births_while_taking(void **state)
{
    struct fixture *f = fixture_of(state, 3, 2, 0);
    arm(f, 0, 10);
    arm(f, 1, 10);
    assert_true(take(f, 40)); /* node 0 */
    arm(f, 2, 10);            /* due now: behind node 1 */
    arm(f, 3, 0);             /* in the past, so due now, too */
    arm(f, 4, 40);
    arm(f, 5, 41);
    expect_walk(f);
    take_all(f, 40);
    expect_whole(f);
    assert_true(f->timers[5].armed_as != 0);
    assert_int_equal(wheel_armed_count(f->wheel), 1);
    disarm(f, 5);
}

/* A walk must not change what fires, although it may sort slots on its way. */
static void test_walking_does_not_change_firing(void **state)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct engine_random r = {seed};
        struct fixture *f = fixture_of(state, 3, 2, 0);
        for (size_t i = 0; i < NODES; i++) {
            arm(f, i, (cmq_ms)random_below(&r, 64));
            if (random_once_in(&r, 8))
                expect_walk(f);
        }
        expect_walk(f);
        expect_whole(f);
        take_all(f, 63);
    }
}

static cmq_ms random_until(struct fixture *f, struct engine_random *r, cmq_ms last_ms)
{
    cmq_ms until_ms = f->now_ms + (cmq_ms)random_below(r, random_once_in(r, 5) ? 200 : 6);
    return until_ms > last_ms ? last_ms : until_ms;
}

/* A slice of the way to until_ms: nothing that is due is passed. */
static bool seek(struct fixture *f, cmq_ms until_ms, size_t units)
{
    struct effort effort;
    effort_begin(&effort, units);
    bool there = wheel_seek(f->wheel, until_ms, &effort);
    const struct timer *first = naive_after(f, NULL);
    cmq_ms now_ms = wheel_now_ms(f->wheel);
    assert_true(now_ms >= f->now_ms && now_ms <= until_ms);
    assert_true(first == NULL || now_ms <= first->due_ms);
    assert_true(effort.spent <= units);
    f->now_ms = now_ms;
    return there;
}

/* A slice of sorting: the first is the same, however far it has got. */
static bool sort_some(struct fixture *f, size_t count, size_t units)
{
    struct effort effort;
    effort_begin(&effort, units);
    bool done = wheel_sort(f->wheel, count, &effort);
    const struct timer *first = naive_after(f, NULL);
    assert_ptr_equal(wheel_first(f->wheel), first == NULL ? NULL : &first->node);
    assert_true(effort.spent <= units);
    return done;
}

/* A survey comes by each armed node once, in slices of so many, and nothing changes by it. */
static void expect_survey(struct fixture *f, size_t units)
{
    bool seen[NODES] = {false};
    size_t count = 0;
    bool over = false;
    wheel_begin_survey(f->wheel);
    while (!over) {
        struct effort effort;
        const struct wheel_node *n;
        effort_begin(&effort, units);
        while ((n = wheel_survey(f->wheel, &effort, &over)) != NULL) {
            size_t i = (size_t)(CONTAINER_OF(n, struct timer, node) - f->timers);
            assert_true(f->timers[i].armed_as != 0 && !seen[i]);
            seen[i] = true;
            count++;
        }
        assert_true(over || effort_is_used_up(&effort));
    }
    assert_int_equal(count, wheel_armed_count(f->wheel));
}

static void random_step(struct fixture *f, struct engine_random *r, cmq_ms last_ms)
{
    size_t i = random_below(r, NODES);
    switch (random_below(r, 11)) {
    case 0:
    case 1:
    case 2:
    case 3: /* sometimes in the past, often equal */
        arm(f, i, random_until(f, r, last_ms) - (cmq_ms)random_below(r, 3));
        break;
    case 4:
        disarm(f, i);
        break;
    case 5:
        expect_walk(f);
        break;
    case 6:
        take(f, random_until(f, r, last_ms));
        break;
    case 7:
        seek(f, random_until(f, r, last_ms), 1 + random_below(r, 4));
        break;
    case 8:
        expect_survey(f, 1 + random_below(r, NODES));
        break;
    case 9:
        sort_some(f, 1 + random_below(r, NODES), 1 + random_below(r, 40));
        break;
    default:
        take_all(f, random_until(f, r, last_ms));
        break;
    }
    expect_whole(f);
}

static void test_random_steps_agree_with_an_array(void **state)
{
    static const struct {
        unsigned levels, bits;
    } sizes[] = {{3, 2}, {5, 2}, {9, 1}, {2, 4}, {2, 6}, {WHEEL_LEVELS, WHEEL_BITS}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        cmq_ms last_ms = ((cmq_ms)1 << (sizes[i].levels * sizes[i].bits)) - 1;
        for (uint64_t seed = 0; seed < 60; seed++) {
            struct engine_random r = {seed};
            struct fixture *f = fixture_of(state, sizes[i].levels, sizes[i].bits, 0);
            for (int step = 0; step < 250; step++)
                random_step(f, &r, last_ms);
            take_all(f, last_ms);
            expect_whole(f);
        }
    }
}

/* ---- far jumps ---- */

static void test_far_jumps(void **state)
{
    static const cmq_ms due[] = {1, 63, 64, 4096, 262144, (cmq_ms)15 * 86400000, CMQ_LAST_MS};
    struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, 0);
    for (size_t i = 0; i < COUNT(due); i++)
        arm(f, COUNT(due) - 1 - i, due[i]);
    expect_walk(f);
    take_all(f, CMQ_LAST_MS);
    assert_int_equal(wheel_armed_count(f->wheel), 0);
    assert_true(wheel_now_ms(f->wheel) == CMQ_LAST_MS);
}

/* Waking when the wheel asks for it leads to a deadline in a few steps, and never past it. */
static void test_following_wake_reaches_a_far_deadline(void **state)
{
    struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, 12345);
    cmq_ms due_ms = CMQ_LAST_MS - 987654321;
    arm(f, 0, due_ms);
    unsigned wakes = 0;
    for (; f->timers[0].armed_as != 0; wakes++) {
        cmq_ms wake_ms = wheel_wake_ms(f->wheel);
        assert_true(wake_ms <= due_ms);
        take(f, wake_ms);
    }
    assert_true(f->now_ms == due_ms);
    assert_in_range(wakes, 1, WHEEL_LEVELS + 1);
}

static void test_many_in_one_slot_are_sorted_stably(void **state)
{
    (void)state;
    enum { MANY = 20000, DUES = 100 };
    static struct wheel_node nodes[MANY];
    struct allocator heap = allocator_heap();
    struct wheel *w = wheel_new(&heap, WHEEL_LEVELS, WHEEL_BITS, 0);
    for (size_t i = 0; i < MANY; i++)
        wheel_arm(w, &nodes[i], 262144 + (cmq_ms)(i * 7919 % DUES));
    wheel_check(w);

    size_t count = 1;
    const struct wheel_node *last = wheel_first(w);
    for (struct wheel_node *n = wheel_first(w); (n = wheel_after(w, n)) != NULL; count++) {
        assert_true(last->due_ms < n->due_ms || (last->due_ms == n->due_ms && last < n));
        last = n;
    }
    assert_int_equal(count, MANY);
    for (struct wheel_node *n = wheel_first(w); n != NULL; n = wheel_first(w))
        assert_ptr_equal(wheel_take(w, CMQ_LAST_MS), n);
    wheel_check(w);
    wheel_free(w);
}

/* ---- staging ---- */

/* Staged in another order: 7919 has no factor in common with STAGED. */
enum { STAGED = 3000, STAGED_DUES = 50 };
static const size_t slices_of_staging[] = {0, 1, 7, 100000};

static void stage_many(struct wheel *w, struct wheel_staging *s, struct wheel_node *nodes)
{
    wheel_begin_staging(s);
    for (size_t i = 0; i < STAGED; i++) {
        size_t n = i * 7919 % STAGED;
        nodes[n] = (struct wheel_node){.due_ms = 0};
        wheel_stage(w, s, &nodes[n], 1000 + (cmq_ms)(n % STAGED_DUES * 977), 1 + n * 131);
    }
}

static void test_staged_nodes_are_armed_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    static struct wheel_node nodes[STAGED];
    struct allocator heap = allocator_heap();
    for (size_t i = 0; i < COUNT(slices_of_staging); i++) {
        struct wheel *w = wheel_new(&heap, WHEEL_LEVELS, WHEEL_BITS, 900);
        struct wheel_staging s;
        struct effort effort;
        const struct wheel_node *last = NULL;
        size_t taken = 0;
        stage_many(w, &s, nodes);
        assert_int_equal(wheel_armed_count(w), STAGED);
        do
            effort_begin(&effort, slices_of_staging[i]);
        while (!wheel_arm_staged(w, &s, &effort));
        wheel_check(w);
        assert_int_equal(wheel_last_armed(w), STAGED);
        for (struct wheel_node *n; (n = wheel_take(w, CMQ_LAST_MS)) != NULL; taken++, last = n)
            assert_true(last == NULL || last->due_ms < n->due_ms ||
                        (last->due_ms == n->due_ms && last < n));
        assert_int_equal(taken, STAGED);
        wheel_free(w);
    }
}

/* Wherever it has stopped. */
static void test_staged_nodes_can_be_disarmed(void **state)
{
    (void)state;
    static struct wheel_node nodes[STAGED];
    struct allocator heap = allocator_heap();
    for (size_t units = 0; units < 12000; units += 401) {
        struct wheel *w = wheel_new(&heap, WHEEL_LEVELS, WHEEL_BITS, 900);
        struct wheel_staging s;
        struct effort effort;
        stage_many(w, &s, nodes);
        effort_begin(&effort, 1 + units);
        (void)wheel_arm_staged(w, &s, &effort);
        wheel_end_staging(w, &s);
        for (size_t n = 0; n < STAGED; n++)
            wheel_disarm(w, &nodes[n]);
        assert_int_equal(wheel_armed_count(w), 0);
        assert_true(wheel_wake_ms(w) == CMQ_NEVER);
        wheel_check(w);
        wheel_free(w);
    }
}

/* However many nodes a slot has, a slice moves no more of them than it may. */
static void test_many_of_one_slot_fall_in_slices(void **state)
{
    enum { SLICE = 7, LEVELS_BELOW = 2 };
    struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, 0);
    cmq_ms begin_ms = 2 * 4096;
    for (size_t i = 0; i < NODES; i++)
        arm(f, i, begin_ms + (cmq_ms)(i * 97 % 4000));
    size_t slices = 1;
    for (; !seek(f, begin_ms + 5000, SLICE); slices++)
        wheel_check(f->wheel);
    assert_in_range(slices, NODES / SLICE, LEVELS_BELOW * (NODES / SLICE + 1));
    expect_whole(f);
    expect_walk(f);
    take_all(f, begin_ms + 5000);
    assert_int_equal(wheel_armed_count(f->wheel), 0);
}

/* Whatever changes the wheel meanwhile gives it up, and loses nothing. */
static void test_a_slot_is_sorted_in_slices(void **state)
{
    enum { SLICE = 10, LATER = NODES - 1 };
    for (size_t stop = 1; stop < 60; stop++) {
        struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, 0);
        for (size_t i = 0; i < LATER; i++)
            arm(f, i, 2 * 4096 + (cmq_ms)(i * 31 % 40 * 64));
        size_t slices = 1;
        for (; !sort_some(f, 1, SLICE); slices++) {
            wheel_check(f->wheel);
            if (slices == stop)
                break;
        }
        assert_true(slices == stop || slices >= LATER / SLICE);
        if (stop % 3 == 0)
            arm(f, LATER, 2 * 4096 + 64);
        if (stop % 3 == 1)
            disarm(f, stop % LATER);
        expect_whole(f);
        expect_walk(f);
        take_all(f, 3 * 4096);
    }
}

/* Those that are disarmed meanwhile are missing if their turn had not come, and no other is. What was
 * half sorted, or kept apart, or falls, is looked at as well. */
static void test_nodes_are_disarmed_during_a_survey(void **state)
{
    enum { SLICE = 5 };
    for (size_t stop = 0; stop < NODES; stop++) {
        struct fixture *f = fixture_of(state, WHEEL_LEVELS, WHEEL_BITS, 0);
        bool seen[NODES] = {false}, over = false;
        for (size_t i = 0; i < NODES; i++)
            arm(f, i, 2 * 4096 + (cmq_ms)(i * 31 % 40 * (i % 7 == 0 ? 5000 : 64)));
        if (stop % 3 == 1)
            sort_some(f, 1, 1 + stop);
        if (stop % 3 == 2)
            seek(f, 3 * 4096, 1 + stop);
        wheel_begin_survey(f->wheel);
        for (size_t slices = 0; !over; slices++) {
            struct effort effort;
            const struct wheel_node *n;
            effort_begin(&effort, SLICE);
            while ((n = wheel_survey(f->wheel, &effort, &over)) != NULL)
                seen[CONTAINER_OF(n, struct timer, node) - f->timers] = true;
            for (size_t i = slices; slices < 3 && i < NODES; i += 3 + stop % 5)
                disarm(f, i);
            wheel_check(f->wheel);
        }
        for (size_t i = 0; i < NODES; i++)
            assert_true(seen[i] || f->timers[i].armed_as == 0);
        expect_whole(f);
        take_all(f, 1 << 20);
    }
}

/* ---- life of the wheel itself ---- */

static void test_restart_may_go_back(void **state)
{
    struct fixture *f = fixture_of(state, 3, 2, 0);
    arm(f, 0, 20);
    take_all(f, 50);
    wheel_restart(f->wheel, 3);
    f->now_ms = 3;
    assert_true(wheel_wake_ms(f->wheel) == CMQ_NEVER);
    arm(f, 0, 9);
    arm(f, 1, 5);
    expect_whole(f);
    take_all(f, 63);
}

static void test_no_memory_for_a_wheel(void **state)
{
    struct fixture *f = *state;
    f->heap.fail_first = f->heap.fail_last = 1;
    assert_null(wheel_new(&f->allocator, WHEEL_LEVELS, WHEEL_BITS, 0));
    wheel_free(NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_meetings),
        TEST(test_every_slot),
        TEST(test_every_three_deadlines_fire_in_order),
        TEST(test_equal_deadlines_keep_arming_order_across_levels),
        TEST(test_arming_again_counts_anew),
        TEST(test_disarming_an_idle_node_does_nothing),
        TEST(test_births_while_taking),
        TEST(test_walking_does_not_change_firing),
        TEST(test_random_steps_agree_with_an_array),
        TEST(test_far_jumps),
        TEST(test_following_wake_reaches_a_far_deadline),
        TEST(test_many_in_one_slot_are_sorted_stably),
        TEST(test_staged_nodes_are_armed_in_the_order_of_their_numbers),
        TEST(test_staged_nodes_can_be_disarmed),
        TEST(test_many_of_one_slot_fall_in_slices),
        TEST(test_a_slot_is_sorted_in_slices),
        TEST(test_nodes_are_disarmed_during_a_survey),
        TEST(test_restart_may_go_back),
        TEST(test_no_memory_for_a_wheel),
    };
    return cmocka_run_group_tests_name("wheel", tests, NULL, NULL);
}
