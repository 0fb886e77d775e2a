/* Holds: numbers that are not used twice, and at most HOLDS_MAX of them. */
#include "namespace/holds.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct holds holds;

static int start(void **state)
{
    (void)state;
    holds_init(&holds);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    holds_release_all(&holds);
    return 0;
}

static void numbers_rise(void **state)
{
    (void)state;
    assert_int_equal(holds_add(&holds), 1);
    assert_int_equal(holds_add(&holds), 2);
    assert_true(holds_release(&holds, 2));
    assert_int_equal(holds_add(&holds), 3);
    assert_int_equal(holds.count, 2);
}

static void each_is_released_once(void **state)
{
    (void)state;
    assert_false(holds_release(&holds, 1));
    (void)holds_add(&holds);
    (void)holds_add(&holds);
    assert_true(holds_release(&holds, 1));
    assert_false(holds_release(&holds, 1));
    assert_false(holds_release(&holds, 0));
    assert_int_equal(holds.count, 1);
}

static void there_is_a_bound(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= HOLDS_MAX; i++)
        assert_int_equal(holds_add(&holds), i);
    assert_int_equal(holds_add(&holds), 0);
    assert_true(holds_release(&holds, 500));
    assert_int_equal(holds_add(&holds), HOLDS_MAX + 1);
    holds_release_all(&holds);
    assert_int_equal(holds.count, 0);
    assert_int_equal(holds_add(&holds), HOLDS_MAX + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_rise),
        TEST(each_is_released_once),
        TEST(there_is_a_bound),
    };
    return cmocka_run_group_tests_name("holds", tests, NULL, NULL);
}
