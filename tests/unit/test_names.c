#include "engine/names.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

#include <stdio.h>

struct fixture {
    struct engine_heap heap;
    struct names names;
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    *state = &f;
    return names_init(&f.names, engine_heap_allocator(&f.heap), 1) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    names_fini(&f->names);
    return f->heap.held == 0 ? 0 : -1;
}

/* ---- tests ---- */

static void finds_by_spelling_and_case(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what;
        struct bytes text;
        bool exact, nocase;
    } cases[] = {
        {"the same", {"Orders-Feed_9", 13}, true, true},
        {"lower case", {"orders-feed_9", 13}, false, true},
        {"upper case", {"ORDERS-FEED_9", 13}, false, true},
        {"one letter", {"orders-Feed_9", 13}, false, true},
        {"shorter", {"Orders-Feed_9", 12}, false, false},
        {"longer", {"Orders-Feed_99", 14}, false, false},
        {"longer by a NUL", {"Orders-Feed_9\0", 14}, false, false},
        {"another", {"Orders-Feed_8", 13}, false, false},
        /* "-" and CR, "_" and DEL differ in the very bit that tells "A" from "a" */
        {"not the same letter", {"Orders\rFeed_9", 13}, false, false},
        {"not a letter",
         {"Orders-Feed\x7f"
          "9",
          13},
         false,
         false},
        {"nothing", {"", 0}, false, false},
        {"no text at all", {NULL, 0}, false, false},
    };
    struct name name;
    names_add(&f->names, &name, 7, "Orders-Feed_9");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct name *exact = names_find(&f->names, 7, cases[i].text);
        const struct name *nocase = names_find_nocase(&f->names, 7, cases[i].text);
        EXPECT_EQ(cases[i].what, exact == &name, cases[i].exact);
        EXPECT_EQ(cases[i].what, nocase == &name, cases[i].nocase);
        EXPECT_EQ(cases[i].what, exact != NULL, cases[i].exact);
        EXPECT_EQ(cases[i].what, nocase != NULL, cases[i].nocase);
    }
    names_remove(&f->names, &name);
    assert_null(names_find(&f->names, 7, bytes_of("Orders-Feed_9")));
    assert_null(names_find_nocase(&f->names, 7, bytes_of("Orders-Feed_9")));
}

/* Case means that of ASCII: the bytes of other letters are taken as they are. */
static void leaves_other_letters_alone(void **state)
{
    struct fixture *f = *state;
    struct name name;
    names_add(&f->names, &name, 0, "a\xc3\xa4");
    assert_ptr_equal(names_find_nocase(&f->names, 0, bytes_of("A\xc3\xa4")), &name);
    assert_null(names_find_nocase(&f->names, 0, bytes_of("a\xc3\x84")));
    names_remove(&f->names, &name);
}

static void keeps_scopes_apart(void **state)
{
    struct fixture *f = *state;
    static const uint64_t scopes[] = {0, 1, 2, 3, UINT64_C(1) << 32, UINT64_MAX};
    struct name names[COUNT(scopes)];
    for (size_t i = 0; i < COUNT(scopes); i++) {
        assert_null(names_find_nocase(&f->names, scopes[i], bytes_of("same")));
        names_add(&f->names, &names[i], scopes[i], "same");
    }
    for (size_t i = 0; i < COUNT(scopes); i++) {
        assert_ptr_equal(names_find(&f->names, scopes[i], bytes_of("same")), &names[i]);
        assert_ptr_equal(names_find_nocase(&f->names, scopes[i], bytes_of("SAME")), &names[i]);
        assert_null(names_find(&f->names, scopes[i], bytes_of("SAME")));
    }
    assert_null(names_find_nocase(&f->names, 4, bytes_of("same")));

    names_remove(&f->names, &names[2]);
    for (size_t i = 0; i < COUNT(scopes); i++) {
        struct name *want = i == 2 ? NULL : &names[i];
        assert_ptr_equal(names_find(&f->names, scopes[i], bytes_of("same")), want);
        if (want != NULL)
            names_remove(&f->names, want);
    }
}

/* Scopes with numbers as near to each other as letters are, as topics have them. */
static void keeps_short_names_of_many_scopes_apart(void **state)
{
    enum { NUMBERS = 64, LETTERS = 26 };
    struct fixture *f = *state;
    static struct name names[NUMBERS][LETTERS];
    static char texts[LETTERS][2];
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t j = 0; j < LETTERS; j++) {
            texts[j][0] = (char)('a' + j);
            names_add(&f->names, &names[i][j], i, texts[j]);
        }
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t j = 0; j < LETTERS; j++) {
            const char upper[] = {(char)('A' + j), '\0'};
            assert_ptr_equal(names_find(&f->names, i, bytes_of(texts[j])), &names[i][j]);
            assert_ptr_equal(names_find_nocase(&f->names, i, bytes_of(upper)), &names[i][j]);
        }
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t j = 0; j < LETTERS; j++)
            names_remove(&f->names, &names[i][j]);
    assert_null(names_find_nocase(&f->names, 0, bytes_of("a")));
}

/* A name that has left may come again, as itself or in another case. */
static void takes_a_name_again(void **state)
{
    struct fixture *f = *state;
    struct name first;
    struct name second;
    names_add(&f->names, &first, 1, "jobs");
    names_remove(&f->names, &first);
    names_add(&f->names, &second, 1, "JOBS");
    assert_null(names_find(&f->names, 1, bytes_of("jobs")));
    assert_ptr_equal(names_find_nocase(&f->names, 1, bytes_of("jobs")), &second);
    names_add(&f->names, &first, 2, "jobs"); /* the same node, elsewhere */
    assert_ptr_equal(names_find(&f->names, 2, bytes_of("jobs")), &first);
    names_remove(&f->names, &second);
    names_remove(&f->names, &first);
}

/* ---- many ---- */

enum { MANY = 6000, SCOPES = 3 };

/* Each text stands in each scope. */
struct many {
    struct name names[MANY];
    char texts[MANY][16];
    bool in[MANY];
};

static void expect_whole(const struct fixture *f, const struct many *m)
{
    table_check(&f->names.table);
    for (size_t i = 0; i < MANY; i++) {
        const struct name *want = m->in[i] ? &m->names[i] : NULL;
        struct bytes text = bytes_of(m->texts[i]);
        assert_ptr_equal(names_find(&f->names, i % SCOPES, text), want);
        assert_ptr_equal(names_find_nocase(&f->names, i % SCOPES, text), want);
        assert_null(names_find(&f->names, SCOPES, text));
    }
}

static void turn_over(struct fixture *f, struct many *m, size_t i)
{
    if (m->in[i])
        names_remove(&f->names, &m->names[i]);
    else
        names_add(&f->names, &m->names[i], i % SCOPES, m->texts[i]);
    m->in[i] = !m->in[i];
}

static void holds_many(void **state)
{
    struct fixture *f = *state;
    static struct many m;
    struct engine_random r = {.state = 1};
    for (size_t i = 0; i < MANY; i++) {
        snprintf(m.texts[i], sizeof m.texts[i], "%s-%zu", i % 2 == 0 ? "Topic" : "topic",
                 i / SCOPES);
        turn_over(f, &m, i);
    }
    expect_whole(f, &m);
    for (size_t i = 0; i < MANY / 2; i++)
        turn_over(f, &m, random_below(&r, MANY));
    expect_whole(f, &m);
    for (size_t i = 0; i < MANY; i++)
        if (m.in[i])
            turn_over(f, &m, i);
    expect_whole(f, &m);
}

/* A table goes on without memory to grow, so that to add a name never fails. */
static void holds_many_without_memory(void **state)
{
    struct fixture *f = *state;
    static struct many m;
    f->heap.fail_first = f->heap.asked + 1;
    f->heap.fail_last = SIZE_MAX;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(m.texts[i], sizeof m.texts[i], "n%zu", i);
        turn_over(f, &m, i);
    }
    expect_whole(f, &m);
    for (size_t i = 0; i < MANY; i++)
        turn_over(f, &m, i);
    expect_whole(f, &m);
}

static void tells_when_there_is_no_memory(void **state)
{
    struct engine_heap heap = {.fail_first = 1, .fail_last = SIZE_MAX};
    struct names names;
    (void)state;
    assert_false(names_init(&names, engine_heap_allocator(&heap), 1));
    names_fini(&names);
    assert_int_equal(heap.held, 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(finds_by_spelling_and_case), TEST(leaves_other_letters_alone),
        TEST(keeps_scopes_apart),         TEST(keeps_short_names_of_many_scopes_apart),
        TEST(takes_a_name_again),         TEST(holds_many),
        TEST(holds_many_without_memory),  TEST(tells_when_there_is_no_memory),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
