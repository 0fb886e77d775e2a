/* Sinks alone: how many there may be, what they keep, what they are told to answer. */
#include "namespace/sink.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>
#include <stdlib.h>

static struct sinks *sinks;
static struct budget budget;

static int start(void **state)
{
    (void)state;
    budget = (struct budget){.most = SIZE_MAX};
    const struct allocator heap = allocator_heap();
    sinks = sinks_new(&heap, &budget);
    return sinks != NULL ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    sinks_free(sinks);
    return budget.used == 0 ? 0 : -1;
}

static struct sink *get(const char *name)
{
    struct sink *s = sinks_get(sinks, bytes_of(name));
    assert_non_null(s);
    return s;
}

static int take(struct sink *s, cmq_ms at_ms, struct bytes body)
{
    struct sink_script script;
    struct escape_count count = {.seen = 0};
    escape_count_more(&count, body, true);
    assert_true(sink_take(s, at_ms, bytes_of("A: b\n"), body, &count, &script));
    return script.status;
}

static const struct sink_record *oldest(const struct sink *s)
{
    return CONTAINER_OF(s->records.next, const struct sink_record, link);
}

static void test_a_sink_comes_into_being_when_spoken_of(void **state)
{
    (void)state;
    assert_null(sinks_find(sinks, bytes_of("a")));
    struct sink *a = get("a");
    assert_ptr_equal(get("a"), a);
    assert_ptr_equal(sinks_find(sinks, bytes_of("a")), a);
    assert_null(sinks_find(sinks, bytes_of("A")));
    assert_int_equal(take(a, 5, bytes_of("body")), 200);
    assert_int_equal(a->total, 1);
    assert_int_equal(oldest(a)->at_ms, 5);
    assert_true(bytes_equal(oldest(a)->headers, bytes_of("A: b\n")));
    assert_true(bytes_equal(oldest(a)->body, bytes_of("body")));
    sink_free(a);
    assert_null(sinks_find(sinks, bytes_of("a")));
    assert_int_equal(get("a")->total, 0);
}

static void test_there_are_so_many_sinks(void **state)
{
    char name[16];
    (void)state;
    for (int i = 0; i < SINKS_MAX; i++) {
        snprintf(name, sizeof name, "s%d", i);
        get(name);
    }
    assert_null(sinks_get(sinks, bytes_of("more")));
    get("s0");
    sink_free(get("s1"));
    get("more");
}

/* One that is taken out is no longer there, and neither are its records for the bounds of the
 * others; the budget has them until they have been freed, so many at a time. */
static void test_goes_in_slices(void **state)
{
    static char large[80000]; /* counts as ten */
    (void)state;
    struct sink *a = get("a"), *b = get("b");
    for (cmq_ms i = 0; i < SINKS_RECORDS_MAX; i++)
        take(i % 2 == 0 ? a : b, i, bytes_of("x"));
    size_t used = budget.used;
    struct sinks *out = sink_take_out(a);
    assert_non_null(out);
    assert_null(sinks_find(sinks, bytes_of("a")));
    assert_int_equal(budget.used, used);
    for (cmq_ms i = 0; i < SINKS_RECORDS_MAX / 2; i++)
        take(b, i, bytes_of("y"));
    assert_int_equal(b->count, SINKS_RECORDS_MAX);

    used = budget.used;
    int slices = 1;
    for (; !sinks_free_some(out, 1000); slices++, used = budget.used)
        assert_int_equal(used - budget.used, 1000 * (sizeof(struct sink_record) + 6));
    assert_int_equal(slices, 5);
    assert_int_equal(used - budget.used,
                     1000 * (sizeof(struct sink_record) + 6) + sizeof(struct sink));

    out = sink_take_out(b);
    while (!sinks_free_some(out, 10000))
        continue;
    assert_int_equal(budget.used, 0);
    a = get("a");
    for (int i = 0; i < 20; i++)
        take(a, i, (struct bytes){large, sizeof large});
    out = sink_take_out(a);
    for (slices = 1; !sinks_free_some(out, 20); slices++)
        continue;
    assert_int_equal(slices, 10);
}

/* The oldest one goes, whichever sink it belongs to. */
static void test_so_many_records_are_kept(void **state)
{
    (void)state;
    struct sink *a = get("a");
    struct sink *b = get("b");
    for (cmq_ms i = 0; i < SINKS_RECORDS_MAX; i++)
        take(i % 2 == 0 ? a : b, i, bytes_of("x"));
    assert_int_equal(a->count + b->count, SINKS_RECORDS_MAX);
    assert_int_equal(oldest(a)->at_ms, 0);
    take(b, SINKS_RECORDS_MAX, bytes_of("x"));
    assert_int_equal(a->count + b->count, SINKS_RECORDS_MAX);
    assert_int_equal(oldest(a)->at_ms, 2);
    assert_int_equal(oldest(b)->at_ms, 1);
    assert_int_equal(a->total + b->total, SINKS_RECORDS_MAX + 1);
}

/* What is kept of a record beside its texts counts, too. */
static void test_so_many_bytes_are_kept(void **state)
{
    enum { LEN = SINKS_BYTES_MAX / 4 };
    char *text = calloc(1, LEN);
    (void)state;
    assert_non_null(text);
    struct sink *a = get("a");
    for (cmq_ms i = 0; i < 4; i++)
        take(a, i, (struct bytes){text, LEN});
    assert_int_equal(a->count, 3);
    assert_int_equal(oldest(a)->at_ms, 1);
    take(a, 4, bytes_of("x"));
    assert_int_equal(a->count, 4);
    free(text);
}

/* Older records make room for newer ones, as long as it is they who take it. */
static void test_what_is_kept_is_on_a_budget(void **state)
{
    enum { LEN = 1000, ROOM = 3 * (LEN + 200) };
    char text[LEN] = "";
    const struct bytes body = {text, LEN};
    (void)state;
    struct sink *a = get("a");
    budget.most = budget.used + ROOM;
    for (cmq_ms i = 0; i < 5; i++)
        take(a, i, body);
    assert_in_range(a->count, 2, 3);
    assert_int_equal(oldest(a)->at_ms, (int)(5 - a->count));
    assert_int_equal(a->total, 5);
    assert_true(budget.used <= budget.most);
    size_t kept = a->count;
    budget_charge(&budget, ROOM);
    assert_int_equal(take(a, 5, body), 200);
    assert_int_equal(a->count, kept);
    assert_int_equal(oldest(a)->at_ms, (int)(5 - kept));
    assert_int_equal(a->total, 6);
    assert_null(sinks_get(sinks, bytes_of("b")));
    assert_int_equal(budget.refused, 2);
    budget_give(&budget, ROOM);
    budget.most += ROOM;
    get("b");
}

/* A body that an answer holds counts until that has been sent. */
static void test_a_body_counts_as_long_as_it_is_there(void **state)
{
    char text[1000] = "";
    (void)state;
    struct sink *a = get("a");
    take(a, 0, (struct bytes){text, sizeof text});
    struct blob *blob = blob_take(oldest(a)->blob);
    sink_free(a);
    assert_int_equal(budget.used, blob_size(blob));
    blob_give(blob);
    assert_int_equal(budget.used, 0);
}

static void test_a_script_is_for_so_many_requests(void **state)
{
    (void)state;
    struct sink *a = get("a");
    a->script = (struct sink_script){.status = 503, .times = 2};
    static const int statuses[] = {503, 503, 200, 200};
    for (size_t i = 0; i < COUNT(statuses); i++)
        assert_int_equal(take(a, 0, bytes_of("x")), statuses[i]);
    a->script = (struct sink_script){.status = 302, .times = -1};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(take(a, 0, bytes_of("x")), 302);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(test_a_sink_comes_into_being_when_spoken_of),
        TEST(test_there_are_so_many_sinks),
        TEST(test_goes_in_slices),
        TEST(test_so_many_records_are_kept),
        TEST(test_so_many_bytes_are_kept),
        TEST(test_what_is_kept_is_on_a_budget),
        TEST(test_a_body_counts_as_long_as_it_is_there),
        TEST(test_a_script_is_for_so_many_requests),
    };
    return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
