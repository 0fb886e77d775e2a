/* Things come out as they went in, wherever chunks begin and end. */
#include "base/fifo.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"

#include <string.h>

struct bench {
    struct engine_heap heap;
    struct budget budget;
    struct fifo fifo;
};

static int setup(void **state)
{
    static struct bench b;
    b = (struct bench){.budget = {.most = SIZE_MAX}};
    struct allocator a = engine_heap_allocator(&b.heap);
    fifo_init(&b.fifo, &a, &b.budget);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    fifo_drop_all(&b->fifo);
    return b->heap.held == 0 && b->budget.used == 0 ? 0 : -1;
}

static bool add(struct bench *b, char letter, size_t size)
{
    char *thing = fifo_add(&b->fifo, size);
    if (thing == NULL)
        return false;
    assert_int_equal((uintptr_t)thing % 8, 0);
    memset(thing, letter, size);
    return true;
}

static void expect_first(struct bench *b, char letter, size_t size)
{
    const char *thing = fifo_first(&b->fifo);
    assert_non_null(thing);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(thing[i], letter);
}

/* Between two and a hundred things of many lengths, for a long time. */
static void test_order(void **state)
{
    struct bench *b = *state;
    static const size_t sizes[] = {1, 8, 9, 100, 4000, 5000, FIFO_THING_MAX, 0, 64};
    size_t added = 0;
    size_t dropped = 0;
    for (size_t round = 0; round < 2000; round++) {
        size_t most = round % 500 < 250 ? 100 : 2;
        assert_true(add(b, (char)('a' + added % 26), sizes[added % COUNT(sizes)]));
        added++;
        while (added - dropped > most) {
            expect_first(b, (char)('a' + dropped % 26), sizes[dropped % COUNT(sizes)]);
            fifo_drop_first(&b->fifo);
            dropped++;
        }
    }
    while (dropped < added) {
        expect_first(b, (char)('a' + dropped % 26), sizes[dropped % COUNT(sizes)]);
        fifo_drop_first(&b->fifo);
        dropped++;
    }
    assert_null(fifo_first(&b->fifo));
    assert_int_equal(b->budget.used, 0);
}

/* A fifo of few things stays small, however many pass through it. */
static void test_few_things(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < 10000; i++) {
        assert_true(add(b, 'x', 100));
        if (i >= 10)
            fifo_drop_first(&b->fifo);
        assert_true(b->budget.used < 10000);
    }
}

static void test_allocations_are_few(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < 10000; i++)
        assert_true(add(b, 'x', 100));
    assert_true(b->heap.asked < 30);
    assert_true(b->budget.used < 1200000);
}

static void test_bounds(void **state)
{
    struct bench *b = *state;
    b->budget.most = 9000;
    size_t count = 0;
    while (add(b, 'x', 1000))
        count++;
    assert_int_equal(count, 8);
    assert_false(add(b, 'x', 1000));
    for (size_t i = 0; i < 4; i++)
        fifo_drop_first(&b->fifo);
    assert_true(add(b, 'y', 1000)); /* the first chunk has gone */
    fifo_drop_all(&b->fifo);
    assert_null(fifo_first(&b->fifo));
    assert_int_equal(b->budget.used, 0);
}

static void test_no_memory(void **state)
{
    struct bench *b = *state;
    b->heap.fail_first = 1;
    b->heap.fail_last = SIZE_MAX;
    assert_false(add(b, 'x', 10));
    b->heap.fail_last = 0;
    assert_true(add(b, 'x', 10));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_order),  TEST(test_few_things), TEST(test_allocations_are_few),
        TEST(test_bounds), TEST(test_no_memory),
    };
    return cmocka_run_group_tests_name("fifo", tests, NULL, NULL);
}
