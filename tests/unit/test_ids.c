#include "engine/ids.h"

#include "tests/support/engine_expect.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 20000 };

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int compare_resources(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* queue-api 3.3: decimal strings of at most 19 digits that fit a signed 64-bit integer */
static void test_numbers_are_in_range_and_never_repeat(void **state)
{
    (void)state;
    static uint64_t numbers[MANY];
    for (int kind = 0; kind < ID_KINDS; kind++) {
        struct ids ids;
        ids_init(&ids, 1);
        for (size_t i = 0; i < MANY; i++)
            numbers[i] = ids_number(&ids, (enum id_kind)kind);
        qsort(numbers, MANY, sizeof numbers[0], compare_numbers);
        assert_true(numbers[0] > 0);
        assert_true(numbers[MANY - 1] < (uint64_t)1 << 62);
        for (size_t i = 1; i < MANY; i++)
            assert_true(numbers[i - 1] != numbers[i]);
    }
}

static void test_numbers_do_not_look_counted(void **state)
{
    (void)state;
    struct ids ids;
    ids_init(&ids, 1);
    size_t rises = 0;
    uint64_t last = 0;
    for (size_t i = 0; i < MANY; i++) {
        uint64_t id = ids_number(&ids, ID_HANDLE);
        rises += id > last;
        last = id;
    }
    assert_in_range(rises, MANY * 45 / 100, MANY * 55 / 100);
}

static void test_resource_ids_are_well_formed_and_never_repeat(void **state)
{
    (void)state;
    static char made[MANY][RESOURCE_ID_SIZE];
    struct ids ids;
    ids_init(&ids, 1);
    for (size_t i = 0; i < MANY; i++) {
        ids_resource(&ids, ID_QUEUE, "queue-", made[i]);
        assert_int_equal(strlen(made[i]), 14);
        assert_memory_equal(made[i], "queue-", 6);
        assert_int_equal(strspn(made[i] + 6, "abcdefghijklmnopqrstuvwxyz0123456789"), 8);
    }
    qsort(made, MANY, sizeof made[0], compare_resources);
    for (size_t i = 1; i < MANY; i++)
        assert_string_not_equal(made[i - 1], made[i]);
}

static void test_long_ids_have_four_more(void **state)
{
    (void)state;
    struct ids ids, same;
    ids_init(&ids, 1);
    ids_init(&same, 1);
    for (size_t i = 0; i < 100; i++) {
        char id[RESOURCE_ID_SIZE], other[RESOURCE_ID_SIZE];
        ids_resource_long(&ids, ID_QUEUE, "cmqq-", id);
        ids_resource(&same, ID_QUEUE, "cmqq-", other);
        assert_int_equal(strlen(id), 5 + 12);
        assert_int_equal(strspn(id + 5, "abcdefghijklmnopqrstuvwxyz0123456789"), 12);
        assert_memory_equal(id, other, 5 + 8); /* one counter, so none comes twice */
    }
}

static void test_longest_prefix_fits(void **state)
{
    (void)state;
    struct ids ids;
    ids_init(&ids, 1);
    char id[RESOURCE_ID_SIZE];
    ids_resource_long(&ids, ID_QUEUE, "subscrip-3-", id);
    assert_int_equal(strlen(id), RESOURCE_ID_SIZE - 1);
}

static void test_equal_seeds_give_equal_ids_however_interleaved(void **state)
{
    (void)state;
    struct ids a, b;
    ids_init(&a, 7);
    ids_init(&b, 7);
    for (size_t i = 0; i < 100; i++)
        ids_number(&b, ID_REQUEST);
    for (size_t i = 0; i < 100; i++) {
        char of_a[RESOURCE_ID_SIZE], of_b[RESOURCE_ID_SIZE];
        assert_true(ids_number(&a, ID_MESSAGE) == ids_number(&b, ID_MESSAGE));
        ids_number(&b, ID_HANDLE);
        ids_resource(&a, ID_QUEUE, "queue-", of_a);
        ids_resource(&b, ID_QUEUE, "queue-", of_b);
        assert_string_equal(of_a, of_b);
    }
}

static void test_other_seeds_and_kinds_give_other_ids(void **state)
{
    (void)state;
    enum { SEEDS = 8, FIRST = SEEDS * ID_KINDS };
    uint64_t first[FIRST];
    size_t count = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct ids ids;
        ids_init(&ids, seed);
        for (int kind = 0; kind < ID_KINDS; kind++)
            first[count++] = ids_number(&ids, (enum id_kind)kind);
    }
    qsort(first, FIRST, sizeof first[0], compare_numbers);
    for (size_t i = 1; i < FIRST; i++)
        assert_true(first[i - 1] != first[i]);
}

/* Whoever goes on behind some ids meets none of them, in whatever order they were told. */
static void test_numbers_in_use_are_passed(void **state)
{
    enum { USED = 50 };
    uint64_t used[USED];
    struct ids from, ids;
    (void)state;
    ids_init(&from, 7);
    ids_init(&ids, 7);
    for (size_t i = 0; i < USED; i++)
        used[i] = ids_number(&from, ID_HANDLE);
    for (size_t i = USED; i-- > 0;) {
        ids_pass_number(&ids, ID_HANDLE, used[i]);
        assert_int_equal(ids.count[ID_HANDLE], from.count[ID_HANDLE]);
    }
    assert_int_equal(ids.count[ID_MESSAGE], 0);
    ids_init(&ids, 7);
    ids_pass_number(&ids, ID_HANDLE, used[9]);
    assert_int_equal(ids.count[ID_HANDLE], 10);
    assert_int_equal(ids_number(&ids, ID_HANDLE), used[10]);
}

/* Those of another seed, and what is no id of ours. */
static void test_numbers_from_elsewhere_change_nothing(void **state)
{
    struct ids from, ids;
    (void)state;
    ids_init(&from, 8);
    ids_init(&ids, 7);
    for (size_t i = 0; i < MANY; i++)
        ids_pass_number(&ids, ID_MESSAGE, ids_number(&from, ID_MESSAGE));
    ids_pass_number(&ids, ID_MESSAGE, UINT64_MAX);
    assert_int_equal(ids.count[ID_MESSAGE], 0);
}

static void test_resource_ids_in_use_are_passed(void **state)
{
    static const char *const others[] = {
        "", "queue", "queue-", "queue-aaaaaaa", "queue-aaaaaaaaa", "queue-AAAAAAAA"};
    struct ids from, ids;
    char id[RESOURCE_ID_SIZE];
    (void)state;
    ids_init(&from, 7);
    ids_init(&ids, 7);
    for (size_t i = 0; i < MANY; i++) {
        if (i % 2 == 0)
            ids_resource(&from, ID_QUEUE, "queue-", id);
        else
            ids_resource_long(&from, ID_QUEUE, "cmqq-", id);
        ids_pass_resource(&ids, ID_QUEUE, id);
        assert_int_equal(ids.count[ID_QUEUE], from.count[ID_QUEUE]);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        ids_pass_resource(&ids, ID_TOPIC, others[i]);
    assert_int_equal(ids.count[ID_TOPIC], 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_in_range_and_never_repeat),
        cmocka_unit_test(test_numbers_do_not_look_counted),
        cmocka_unit_test(test_resource_ids_are_well_formed_and_never_repeat),
        cmocka_unit_test(test_long_ids_have_four_more),
        cmocka_unit_test(test_longest_prefix_fits),
        cmocka_unit_test(test_numbers_in_use_are_passed),
        cmocka_unit_test(test_numbers_from_elsewhere_change_nothing),
        cmocka_unit_test(test_resource_ids_in_use_are_passed),
        cmocka_unit_test(test_equal_seeds_give_equal_ids_however_interleaved),
        cmocka_unit_test(test_other_seeds_and_kinds_give_other_ids),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
