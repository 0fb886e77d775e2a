#include "server/slabs.h"

#include "tests/support/resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
// cmocka.h needs those above
#include <cmocka.h>

enum { MIB = 1 << 20, CHUNK = 256 << 10 };

static struct slabs *slabs;
static struct allocator a;

static int begin(void **state)
{
    (void)state;
    slabs = slabs_new();
    assert_non_null(slabs);
    a = slabs_allocator(slabs);
    return 0;
}

/* Which fails when something has not been given back. */
static int end(void **state)
{
    (void)state;
    slabs_free(slabs);
    return 0;
}

/* Sizes at and around all bounds of classes, and of what is mapped by itself. */
static void pieces_are_aligned_and_apart(void **state)
{
    static const int around[] = {-24, -9, -8, -7, -1, 0, 1, 8};
    enum { MAX = 24 * 8 };
    unsigned char *pieces[MAX];
    size_t sizes[MAX], count = 0;
    (void)state;
    for (size_t base = 32; base <= 512 << 10; base = base < 512 ? base * 2 : base * 3 / 2)
        for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
            size_t size = (size_t)((long)base + around[i]);
            unsigned char *piece =
                count % 2 == 0 ? allocator_take(&a, size) : allocator_take_zeroed(&a, size);
            assert_non_null(piece);
            assert_int_equal((uintptr_t)piece % 16, 0);
            if (count % 2 != 0)
                for (size_t at = 0; at < size; at++)
                    assert_int_equal(piece[at], 0);
            memset(piece, (int)count, size);
            assert_true(count < MAX);
            pieces[count] = piece;
            sizes[count++] = size;
        }
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], i);
        allocator_give(&a, pieces[i]);
    }
    allocator_give(&a, NULL);
}

static void what_was_used_before_is_zeroed(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char *piece = allocator_take_zeroed(&a, 1000);
        for (int at = 0; at < 1000; at++)
            assert_int_equal(piece[at], 0);
        memset(piece, 1, 1000);
        allocator_give(&a, piece);
    }
}

enum { COUNT = 40000 };
static void *pieces[COUNT];

static void take_all(size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        pieces[i] = allocator_take(&a, size);
        assert_non_null(pieces[i]);
        memset(pieces[i], 1, size);
    }
}

/* Whatever the order in which pieces go: a chunk of each class is all that stays. */
static void what_is_freed_goes_back_at_once(void **state)
{
    static const struct {
        const char *what;
        size_t count, size, stays;
    } rows[] = {
        {"the smallest", 40000, 1, CHUNK},
        {"messages", 40000, 300, CHUNK},
        {"the largest in small chunks", 8000, 4088, CHUNK},
        {"more than that", 4000, 4089, MIB},
        {"bodies", 400, 65536, MIB},
        {"the largest in chunks", 200, (128 << 10) - 8, MIB},
        {"by themselves", 200, (128 << 10) - 7, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t stride = 1; stride < 1000; stride += 331) {
            size_t before = slabs_mapped(slabs), n = rows[i].count;
            take_all(n, rows[i].size);
            if (slabs_mapped(slabs) < before + n * rows[i].size)
                fail_msg("%s: less is mapped than is used", rows[i].what);
            for (size_t k = 0, at = 0; k < n; k++, at = (at + stride) % n)
                for (; pieces[at] != NULL; pieces[at] = NULL)
                    allocator_give(&a, pieces[at]);
            for (size_t k = 0; k < n; k++)
                allocator_give(&a, pieces[k]);
            if (slabs_mapped(slabs) > before + rows[i].stays)
                fail_msg("%s: %zu bytes stay mapped", rows[i].what, slabs_mapped(slabs));
        }
}

/* Behind a piece that is used, all else goes. */
static void pages_go_back_as_well(void **state)
{
    (void)state;
    size_t before = resident();
    take_all(COUNT, 1000);
    void *other = allocator_take(&a, 1000);
    assert_true(resident() >= before + (size_t)COUNT * 1000);
    for (size_t i = 0; i < COUNT; i++)
        allocator_give(&a, pieces[i]);
    assert_true(resident() < before + MIB);
    allocator_give(&a, other);
}

/* Of each class a chunk is kept for what comes next, but not all its pages. */
static void little_stays_of_an_empty_chunk(void **state)
{
    static const size_t sizes[] = {40000, 50000, 60000, 70000};
    (void)state;
    size_t before = resident();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        take_all(13, sizes[i]);
        for (size_t k = 0; k < 13; k++)
            allocator_give(&a, pieces[k]);
    }
    assert_true(slabs_mapped(slabs) == 4 * MIB);
    assert_true(resident() < before + MIB / 2);
}

/* A class with very little in it does not take the memory of a chunk. */
static void few_pieces_take_few_pages(void **state)
{
    enum { SIZES = 500 };
    void *few[SIZES];
    (void)state;
    size_t before = resident();
    for (size_t i = 0; i < SIZES; i++)
        few[i] = allocator_take(&a, 40000 + i);
    assert_true(resident() < before + 20 * (size_t)CHUNK);
    for (size_t i = 0; i < SIZES; i++)
        allocator_give(&a, few[i]);
}

/* One that comes and goes makes no calls of the system, and neither does one at the edge of
 * a chunk. */
/* Likewise of small ones: only where there are more are pages made ahead. */
static void few_small_pieces_take_few_pages(void **state)
{
    enum { SIZES = 4080 / 16 };
    void *few[SIZES];
    (void)state;
    size_t before = resident();
    for (size_t i = 0; i < SIZES; i++) {
        few[i] = allocator_take(&a, 1 + 16 * i);
        memset(few[i], 1, 1 + 16 * i);
    }
    assert_true(resident() < before + MIB + MIB / 2);
    for (size_t i = 0; i < SIZES; i++)
        allocator_give(&a, few[i]);
}

/* And where there are many it is never more than 64 KiB. */
static void no_more_is_made_ahead(void **state)
{
    enum { SIZE = 300, SLOT = 320, AHEAD = 64 << 10, READING = 8 << 10 };
    size_t readings = 0; /* they take memory themselves: where sanitizers keep what is freed */
    (void)state;
    size_t before = resident();
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = allocator_take(&a, SIZE);
        memset(pieces[i], 1, SIZE);
        if ((i & (i + 1)) != 0) /* 1, 2, 4, 8 of them */
            continue;
        readings++;
        assert_true(resident() < before + (i + 1) * SLOT + AHEAD + readings * READING);
    }
    for (size_t i = 0; i < COUNT; i++)
        allocator_give(&a, pieces[i]);
}

static void a_piece_may_come_and_go(void **state)
{
    (void)state;
    for (size_t standing = 0; standing < 1000; standing++) {
        size_t mapped = 0;
        pieces[standing] = allocator_take(&a, 500);
        for (int i = 0; i < 3; i++) {
            void *piece = allocator_take(&a, 500);
            assert_true(mapped == 0 || slabs_mapped(slabs) == mapped);
            mapped = slabs_mapped(slabs);
            allocator_give(&a, piece);
            assert_int_equal(slabs_mapped(slabs), mapped);
        }
    }
    for (size_t i = 0; i < 1000; i++)
        allocator_give(&a, pieces[i]);
}

/* Pieces of many sizes, in any order, do not touch each other. */
static void any_order_will_do(void **state)
{
    enum { LIVE = 500 };
    static struct {
        unsigned char *piece;
        size_t size;
    } live[LIVE];
    uint64_t chance = 1;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        chance = chance * 6364136223846793005U + 1442695040888963407U;
        size_t at = (size_t)(chance >> 33) % LIVE;
        if (live[at].piece != NULL) {
            assert_int_equal(live[at].piece[0], (unsigned char)at);
            assert_int_equal(live[at].piece[live[at].size - 1], (unsigned char)at);
            allocator_give(&a, live[at].piece);
        }
        live[at].size = 1 + ((size_t)(chance >> 20) & (((size_t)16 << (chance >> 61) * 2) - 1));
        live[at].piece = allocator_take(&a, live[at].size);
        live[at].piece[0] = live[at].piece[live[at].size - 1] = (unsigned char)at;
    }
    for (size_t at = 0; at < LIVE; at++)
        allocator_give(&a, live[at].piece);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    assert_null(allocator_take(&a, SIZE_MAX));
    assert_null(allocator_take(&a, SIZE_MAX - 5000));
    assert_null(allocator_take_zeroed(&a, SIZE_MAX / 2));

    struct rlimit limit, none;
    getrlimit(RLIMIT_AS, &limit);
    none = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    void *small = allocator_take(&a, 100), *large = allocator_take(&a, MIB);
    setrlimit(RLIMIT_AS, &limit);
    assert_null(small);
    assert_null(large);
    void *piece = allocator_take(&a, 100);
    assert_non_null(piece);
    allocator_give(&a, piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_are_aligned_and_apart, begin, end),
        cmocka_unit_test_setup_teardown(what_was_used_before_is_zeroed, begin, end),
        cmocka_unit_test_setup_teardown(what_is_freed_goes_back_at_once, begin, end),
        cmocka_unit_test_setup_teardown(pages_go_back_as_well, begin, end),
        cmocka_unit_test_setup_teardown(little_stays_of_an_empty_chunk, begin, end),
        cmocka_unit_test_setup_teardown(few_pieces_take_few_pages, begin, end),
        cmocka_unit_test_setup_teardown(few_small_pieces_take_few_pages, begin, end),
        cmocka_unit_test_setup_teardown(no_more_is_made_ahead, begin, end),
        cmocka_unit_test_setup_teardown(a_piece_may_come_and_go, begin, end),
        cmocka_unit_test_setup_teardown(any_order_will_do, begin, end),
        cmocka_unit_test_setup_teardown(no_memory_is_said, begin, end),
    };
    return cmocka_run_group_tests_name("slabs", tests, NULL, NULL);
}
