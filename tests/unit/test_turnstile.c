#include "server/turnstile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 1000 };

struct member {
    struct list_node node;
    int number;
};

static struct turnstile turnstile;
static struct member members[3 * MANY];
static int groups[3];
static int takes_left; /* how often memory may still be taken */

static void *take(void *context, size_t size)
{
    (void)context;
    return takes_left > 0 && takes_left-- > 0 ? malloc(size) : NULL;
}

static void *take_zeroed(void *context, size_t size)
{
    (void)context;
    return calloc(1, size);
}

static void give(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static int start(void **state)
{
    const struct allocator a = {take, take_zeroed, give, NULL};
    (void)state;
    takes_left = MANY;
    for (int i = 0; i < 3 * MANY; i++)
        members[i] = (struct member){.number = i};
    return turnstile_init(&turnstile, a) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    turnstile_fini(&turnstile);
    return 0;
}

/* -1: nobody. */
static int next(void)
{
    struct list_node *l = turnstile_next(&turnstile);
    return l != NULL ? CONTAINER_OF(l, struct member, node)->number : -1;
}

static void join(int group, int number)
{
    turnstile_join(&turnstile, &groups[group], &members[number].node);
}

static void lets_a_group_through_in_order(void **state)
{
    (void)state;
    assert_int_equal(next(), -1);
    for (int i = 0; i < MANY; i++)
        join(0, i);
    assert_int_equal(turnstile.count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(next(), i);
    assert_int_equal(next(), -1);
    assert_int_equal(turnstile.lines.count, 0);
}

static void gives_groups_turns(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        join(0, i);
    join(1, 100);
    join(1, 101);
    join(2, 200);
    const int expected[] = {0, 100, 200, 1, 101, 2, 3};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(next(), expected[i]);
    join(1, 102); /* its line has gone meanwhile */
    const int after[] = {4, 102, 5, 6, 7, 8, 9, -1};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        assert_int_equal(next(), after[i]);
}

static void needs_no_memory(void **state)
{
    (void)state;
    takes_left = 1;
    join(0, 0);
    join(1, 100);
    join(2, 200);
    join(0, 1);
    join(1, 101);
    const int expected[] = {0, 100, 1, 200, 101, -1};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(next(), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_a_group_through_in_order, start, finish),
        cmocka_unit_test_setup_teardown(gives_groups_turns, start, finish),
        cmocka_unit_test_setup_teardown(needs_no_memory, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
