/* Who is inside, who in the reserve, and who leaves it. */
#include "server/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { INSIDE = 2, RESERVE = 3, DESCRIPTORS = RESERVE * 8, ALL = 7 };

static struct admission admission;
static struct place places[ALL];

/* The first two are inside, the others in the reserve. */
static int enter_all(void **state)
{
    (void)state;
    admission_init(&admission, INSIDE, DESCRIPTORS);
    for (int i = 0; i < ALL; i++) {
        places[i] = (struct place){.inside = false};
        admission_enter(&admission, &places[i]);
    }
    return 0;
}

static void those_who_are_in_stay_in(void **state)
{
    (void)state;
    for (int i = 0; i < ALL; i++)
        assert_int_equal(admission_come_inside(&admission, &places[i]), i < INSIDE);
    assert_int_equal(admission.inside, INSIDE);
    assert_int_equal(admission.reserved, ALL - INSIDE);
}

static void the_longest_in_the_reserve_leave(void **state)
{
    (void)state;
    for (int i = 2; i < 4; i++) {
        assert_ptr_equal(admission_surplus(&admission), &places[i]);
        admission_leave(&admission, &places[i]);
    }
    assert_null(admission_surplus(&admission));
    assert_int_equal(admission.reserved, RESERVE);
}

static void one_comes_in_for_one_that_leaves(void **state)
{
    (void)state;
    admission_leave(&admission, &places[0]);
    assert_true(admission_come_inside(&admission, &places[5]));
    assert_true(admission_come_inside(&admission, &places[5]));
    assert_false(admission_come_inside(&admission, &places[6]));
    assert_int_equal(admission.inside, INSIDE);
    assert_int_equal(admission.reserved, ALL - INSIDE - 1);
}

/* It is on its way out, whatever it says. */
static void who_was_turned_out_does_not_come_in(void **state)
{
    (void)state;
    admission_leave(&admission, &places[2]);
    admission_leave(&admission, &places[0]);
    assert_false(admission_come_inside(&admission, &places[2]));
    assert_int_equal(admission.inside, INSIDE - 1);
}

static void nobody_is_left(void **state)
{
    (void)state;
    for (int i = ALL; i-- > 0;) {
        admission_leave(&admission, &places[i]);
        admission_leave(&admission, &places[i]); /* changes nothing */
    }
    assert_int_equal(admission.inside, 0);
    assert_int_equal(admission.reserved, 0);
    assert_true(list_empty(&admission.reserve));
}

/* An eighth of the descriptors is for the reserve, and another one for all else. */
static void descriptors_are_a_bound_as_well(void **state)
{
    static const struct {
        size_t most, descriptors, inside, reserve;
    } rows[] = {
        {20000, SIZE_MAX, 20000, RESERVE_MAX},
        {20000, 100, 76, 12},
        {20000, 1000, 811, 64},
        {10, 100, 10, 12},
        {20000, 7, 7, 0},
        {20000, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        admission_init(&admission, rows[i].most, rows[i].descriptors);
        assert_int_equal(admission.inside_max, rows[i].inside);
        assert_int_equal(admission.reserve_max, rows[i].reserve);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, enter_all)
    const struct CMUnitTest tests[] = {
        TEST(those_who_are_in_stay_in),
        TEST(the_longest_in_the_reserve_leave),
        TEST(one_comes_in_for_one_that_leaves),
        TEST(who_was_turned_out_does_not_come_in),
        TEST(nobody_is_left),
        TEST(descriptors_are_a_bound_as_well),
    };
    return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
