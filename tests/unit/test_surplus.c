#include "server/surplus.h"

#include "tests/support/resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_given_back_a_step_below_the_highest(void **state)
{
    static const struct {
        const char *what;
        size_t used;
        bool gives_back;
    } rows[] = {
        {"some is used", 1000, false},
        {"more, and far more", 5 * (size_t)SURPLUS_STEP, false},
        {"less by little", 4 * (size_t)SURPLUS_STEP + 1, false},
        {"less by a step", 4 * (size_t)SURPLUS_STEP, true},
        {"from here it takes another step", 3 * (size_t)SURPLUS_STEP + 1, false},
        {"up again", 4 * (size_t)SURPLUS_STEP + 7, false},
        {"what counts is the highest since", 3 * (size_t)SURPLUS_STEP + 8, false},
        {"a step below that", 3 * (size_t)SURPLUS_STEP + 7, true},
        {"all of it", 0, true},
        {"nothing is left", 0, false},
    };
    struct surplus s = {0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (surplus_note(&s, rows[i].used) != rows[i].gives_back)
            fail_msg("%s", rows[i].what);
}

/* Where the heap is GNU's own, and not that of a sanitizer. */
static void pages_behind_which_something_is_used_are_given_back(void **state)
{
    enum { COUNT = 200000, SIZE = 200 };
    static void *blocks[COUNT];
    (void)state;
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
    skip();
#endif
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(SIZE);
        assert_non_null(blocks[i]);
        memset(blocks[i], 1, SIZE);
    }
    void *last = malloc(SIZE);
    size_t before = resident();
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
    struct surplus s = {.high = (size_t)COUNT * SIZE};
    assert_true(surplus_note(&s, 0));
    assert_true(resident() < before - (size_t)COUNT * SIZE / 2);
    free(last);
}

int main(void)
{
    surplus_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_given_back_a_step_below_the_highest),
        cmocka_unit_test(pages_behind_which_something_is_used_are_given_back),
    };
    return cmocka_run_group_tests_name("surplus", tests, NULL, NULL);
}
