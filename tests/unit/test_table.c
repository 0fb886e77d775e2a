#include "base/table.h"

#include "base/list.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

enum { KEYS = 2000 };

struct entry {
    struct table_node node;
    size_t key;
    bool in;
};

struct fixture {
    struct engine_heap heap;
    struct table table;
    struct entry entries[KEYS]; /* the entry of key k is entries[k] */
    size_t count;               /* of those that are in */
};

static bool has_key(const struct table_node *n, const void *key)
{
    return CONTAINER_OF(n, const struct entry, node)->key == *(const size_t *)key;
}

/* Poor on purpose: three keys share each hash. */
static uint64_t hash_of(size_t key)
{
    return (uint64_t)(key / 3) * 7;
}

static void add(struct fixture *f, size_t key)
{
    struct entry *n = &f->entries[key];
    n->key = key;
    n->in = true;
    f->count++;
    table_add(&f->table, &n->node, hash_of(key));
}

static void take_out(struct fixture *f, size_t key)
{
    f->entries[key].in = false;
    f->count--;
    table_remove(&f->table, &f->entries[key].node);
}

static void expect_key(struct fixture *f, size_t key)
{
    struct table_node *want = f->entries[key].in ? &f->entries[key].node : NULL;
    assert_ptr_equal(table_find(&f->table, hash_of(key), has_key, &key), want);
}

static void expect_whole(struct fixture *f)
{
    table_check(&f->table);
    assert_int_equal(f->table.count, f->count);
    for (size_t key = 0; key < KEYS; key++)
        expect_key(f, key);
}

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    *state = &f;
    return table_init(&f.table, engine_heap_allocator(&f.heap)) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    table_fini(&f->table);
    return f->heap.held == 0 ? 0 : -1;
}

/* ---- tests ---- */

static void test_empty_table(void **state)
{
    expect_whole(*state);
}

/* Growth takes several changes; all must be found at each moment of it. */
static void test_growth_loses_nothing(void **state)
{
    struct fixture *f = *state;
    for (size_t key = 0; key < KEYS; key++) {
        add(f, key);
        table_check(&f->table);
        expect_key(f, key);
        expect_key(f, key / 2);
        expect_key(f, KEYS - 1);
        if (key % 64 == 0)
            expect_whole(f);
    }
    expect_whole(f);
    assert_true(f->table.now.size >= KEYS);
}

static void test_removal_while_growing(void **state)
{
    struct fixture *f = *state;
    struct engine_random r = {1};
    size_t moments = 0;
    for (size_t key = 0; key < KEYS; key++) {
        add(f, key);
        /* one whose chain has moved, or has not yet */
        size_t victim = random_below(&r, key + 1);
        if (f->table.old.chains == NULL || !f->entries[victim].in)
            continue;
        moments++;
        take_out(f, victim);
        expect_key(f, victim);
        table_check(&f->table);
        if (key % 2 == 0)
            add(f, victim);
    }
    assert_true(moments > 100);
    expect_whole(f);
}

static void test_random_changes_agree_with_an_array(void **state)
{
    struct fixture *f = *state;
    struct engine_random r = {1};
    for (int step = 0; step < 60000; step++) {
        /* the range of keys widens and narrows, so that the table fills and drains */
        size_t key = random_below(&r, step % 20000 < 10000 ? KEYS : KEYS / 20);
        if (f->entries[key].in)
            take_out(f, key);
        else
            add(f, key);
        expect_key(f, key);
        if (step % 997 == 0)
            expect_whole(f);
    }
    expect_whole(f);
}

static void test_equal_hashes_are_told_apart(void **state)
{
    struct fixture *f = *state;
    add(f, 0);
    add(f, 1);
    expect_key(f, 0);
    expect_key(f, 1);
    expect_key(f, 2);
    take_out(f, 0);
    expect_key(f, 0);
    expect_key(f, 1);
}

/* Another hash in the same chain is not even compared. */
static void test_match_is_asked_for_equal_hashes_only(void **state)
{
    struct fixture *f = *state;
    add(f, 0);
    size_t key = 0;
    assert_null(table_find(&f->table, hash_of(0) + f->table.now.size, has_key, &key));
}

static void test_without_memory_to_grow_chains_get_longer(void **state)
{
    struct fixture *f = *state;
    size_t size = f->table.now.size;
    f->heap.fail_first = 1;
    f->heap.fail_last = SIZE_MAX;
    for (size_t key = 0; key < KEYS; key++)
        add(f, key);
    expect_whole(f);
    assert_int_equal(f->table.now.size, size);
    for (size_t key = 0; key < KEYS; key += 2)
        take_out(f, key);
    expect_whole(f);
}

static void test_grows_once_there_is_memory_again(void **state)
{
    struct fixture *f = *state;
    size_t size = f->table.now.size;
    f->heap.fail_first = 1;
    f->heap.fail_last = SIZE_MAX;
    for (size_t key = 0; key < KEYS / 2; key++)
        add(f, key);
    f->heap.fail_first = f->heap.fail_last = 0;
    for (size_t key = KEYS / 2; key < KEYS; key++)
        add(f, key);
    expect_whole(f);
    assert_true(f->table.now.size > size);
}

static void test_fini_in_the_midst_of_growing(void **state)
{
    struct fixture *f = *state;
    size_t key = 0;
    while (f->table.old.chains == NULL)
        add(f, key++);
    assert_int_equal(f->heap.held, 2); /* both arrays; the teardown sees both given back */
}

static void clear(struct fixture *f)
{
    for (size_t k = 0; k < KEYS; k++)
        f->entries[k].in = false;
    f->count = 0;
    table_clear(&f->table);
    expect_whole(f);
    for (size_t k = 0; k < KEYS; k++)
        expect_key(f, k);
}

/* In the midst of growing, too, and without memory for smaller buckets. */
static void test_cleared_table_is_empty(void **state)
{
    struct fixture *f = *state;
    size_t bytes = table_bytes(&f->table);
    for (size_t n = 1; n < KEYS; n += 97) {
        for (size_t k = 0; k < n; k++)
            add(f, k);
        clear(f);
        assert_int_equal(table_bytes(&f->table), bytes);
        add(f, 1);
        expect_key(f, 1);
        clear(f);
    }
    for (size_t k = 0; k < KEYS; k++)
        add(f, k);
    f->heap.fail_first = 1;
    f->heap.fail_last = SIZE_MAX;
    clear(f);
    assert_true(table_bytes(&f->table) > bytes);
    add(f, 1);
    expect_key(f, 1);
}

static void test_no_memory_for_the_first_buckets(void **state)
{
    (void)state;
    struct engine_heap heap = {.fail_first = 1, .fail_last = 1};
    struct table t;
    assert_false(table_init(&t, engine_heap_allocator(&heap)));
    table_fini(&t);
    assert_int_equal(heap.held, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_empty_table),
        TEST(test_growth_loses_nothing),
        TEST(test_removal_while_growing),
        TEST(test_random_changes_agree_with_an_array),
        TEST(test_equal_hashes_are_told_apart),
        TEST(test_match_is_asked_for_equal_hashes_only),
        TEST(test_without_memory_to_grow_chains_get_longer),
        TEST(test_grows_once_there_is_memory_again),
        TEST(test_fini_in_the_midst_of_growing),
        TEST(test_cleared_table_is_empty),
        TEST(test_no_memory_for_the_first_buckets),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
