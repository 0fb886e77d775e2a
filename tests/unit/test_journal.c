/* The journal alone: what an entry keeps, how many there are, what becomes of them without memory. */
#include "namespace/journal.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_heap.h"

#include <stdio.h>

static struct engine_heap heap;
static struct budget budget;
static struct watches watches;
static struct journal journal;

static int start(void **state)
{
    (void)state;
    heap = (struct engine_heap){.held = 0};
    budget = (struct budget){.most = SIZE_MAX};
    const struct allocator a = engine_heap_allocator(&heap);
    assert_true(watches_init(&watches, allocator_heap()));
    journal_init(&journal, &a, &budget, &watches);
    journal_set_bound(&journal, 100);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    journal_fini(&journal);
    watches_fini(&watches);
    return budget.used == 0 && heap.held == 0 ? 0 : -1;
}

static uint64_t add(const char *action)
{
    struct journal_note note = {.api = "v2"};
    note.texts[JOURNAL_ACTION] = bytes_of(action);
    uint64_t number = journal_add(&journal, &note);
    journal_check(&journal);
    return number;
}

/* The numbers that are kept, as a text: "3 4 6". */
static const char *numbers(void)
{
    static char text[1024];
    size_t len = 0;
    text[0] = '\0';
    for (const struct journal_entry *e = NULL;
         (e = journal_after(&journal, e != NULL ? e->number : 0)) != NULL;)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d", len > 0 ? " " : "",
                                (int)e->number);
    return text;
}

static void assert_text(struct bytes text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void test_an_entry_has_what_the_note_said(void **state)
{
    const uint64_t ids[] = {7, 8};
    char request[] = "Action=SendMessage&queueName=q&msgBody=a%20b&empty=&Nonce=5";
    struct form form = {.count = 0};
    (void)state;
    assert_true(form_parse(&form, request, strlen(request)));
    struct journal_note note = {.api = "v2",
                                .at_ms = 5,
                                .real_ms = 6,
                                .code = 4440,
                                .msg_ids = ids,
                                .msg_id_count = 2,
                                .form = &form};
    note.texts[JOURNAL_ACTION] = bytes_of("SendMessage");
    note.texts[JOURNAL_QUEUE] = bytes_of("q");
    note.texts[JOURNAL_USER_AGENT] = bytes_of("agent");
    assert_int_equal(journal_add(&journal, &note), 1);
    form_free(&form);
    memset(request, 'x', sizeof request);

    const struct journal_entry *e = journal_find(&journal, 1);
    assert_non_null(e);
    assert_string_equal(e->api, "v2");
    assert_int_equal(e->at_ms, 5);
    assert_int_equal(e->real_ms, 6);
    assert_int_equal(e->code, 4440);
    assert_int_equal(e->msg_id_count, 2);
    assert_int_equal(e->msg_ids[1], 8);
    assert_text(journal_text(e, JOURNAL_ACTION), "SendMessage");
    assert_text(journal_text(e, JOURNAL_QUEUE), "q");
    assert_text(journal_text(e, JOURNAL_TOPIC), "");
    assert_text(journal_text(e, JOURNAL_USER_AGENT), "agent");

    static const char *const arguments[][2] = {{"Action", "SendMessage"},
                                               {"queueName", "q"},
                                               {"msgBody", "a b"},
                                               {"empty", ""},
                                               {"Nonce", "5"}};
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    for (size_t i = 0; i < COUNT(arguments); i++) {
        assert_true(journal_next_argument(e, &at, &a));
        assert_text(a.name, arguments[i][0]);
        assert_text(a.value, arguments[i][1]);
        assert_int_equal(a.value_length, a.value.len);
    }
    assert_false(journal_next_argument(e, &at, &a));
    assert_int_equal(e->left_out, 0);
}

static void test_secrets_are_not_kept(void **state)
{
    char request[] = "Signature=s&SecretId=id&SecretKey=k&Token=t&signature=u&Tokens=v";
    struct form form = {.count = 0};
    struct journal_cursor at = {0, NULL};
    struct journal_argument a;
    (void)state;
    assert_true(form_parse(&form, request, strlen(request)));
    journal_add(&journal, &(struct journal_note){.api = "v2", .form = &form});
    form_free(&form);
    const struct journal_entry *e = journal_find(&journal, 1);
    assert_int_equal(e->argument_count, 2);
    assert_true(journal_next_argument(e, &at, &a));
    assert_text(a.name, "SecretId");
    assert_true(journal_next_argument(e, &at, &a));
    assert_text(a.name, "Tokens");
    assert_int_equal(e->left_out, 0);
}

/* Not within a character of UTF-8, and nowhere in what is none. */
static void test_long_texts_are_cut(void **state)
{
    static const struct {
        const char *what, *unit;
        size_t length;
    } rows[] = {
        {"ASCII", "x", 1024},
        {"two bytes each", "\xc3\xa4", 1024},
        {"three", "\xe2\x82\xac", 1023},
        {"four", "\xf0\x9f\x98\x80", 1024},
        {"no UTF-8", "\x80", 1024},
    };
    char text[3000];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = 0, unit = strlen(rows[i].unit);
        for (; len + unit <= sizeof text; len += unit)
            memcpy(text + len, rows[i].unit, unit);
        struct pair pair = {.name = bytes_of("msgBody"), .value = {text, len}};
        struct form form = {.pairs = &pair, .count = 1};
        struct journal_note note = {.api = "v2", .form = &form};
        note.texts[JOURNAL_MESSAGE] = (struct bytes){text, len};
        const struct journal_entry *e = journal_find(&journal, journal_add(&journal, &note));
        struct journal_cursor at = {0, NULL};
        struct journal_argument a;
        assert_true(journal_next_argument(e, &at, &a));
        if (a.value.len != rows[i].length || e->lengths[JOURNAL_MESSAGE] != rows[i].length)
            fail_msg("%s: %zu, not %zu", rows[i].what, a.value.len, rows[i].length);
        assert_int_equal(a.value_length, len);
        journal_check(&journal);
    }
}

/* So that the last of very many requests do not take more than their share. */
static void test_of_many_arguments_the_first_are_kept(void **state)
{
    static char value[JOURNAL_TEXT_MAX];
    struct pair pairs[100];
    struct form form = {.pairs = pairs, .count = COUNT(pairs)};
    struct journal_note note = {.api = "v2", .form = &form};
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        pairs[i] = (struct pair){.name = bytes_of("a"), .value = bytes_of("b")};
    const struct journal_entry *e = journal_find(&journal, journal_add(&journal, &note));
    assert_int_equal(e->argument_count, JOURNAL_ARGUMENTS_MAX);
    assert_int_equal(e->left_out, COUNT(pairs) - JOURNAL_ARGUMENTS_MAX);
    for (size_t i = 0; i < COUNT(pairs); i++)
        pairs[i].value = (struct bytes){value, sizeof value};
    e = journal_find(&journal, journal_add(&journal, &note));
    assert_int_equal(e->argument_count, 19);
    assert_int_equal(e->left_out, COUNT(pairs) - 19);
    journal_check(&journal);
}

static void test_the_oldest_go_first(void **state)
{
    (void)state;
    journal_set_bound(&journal, 3);
    assert_string_equal(numbers(), "");
    add("a");
    add("b");
    assert_string_equal(numbers(), "1 2");
    for (int i = 3; i <= 300; i++)
        assert_int_equal(add("c"), i);
    assert_string_equal(numbers(), "298 299 300");
    assert_null(journal_find(&journal, 297));
    assert_null(journal_find(&journal, 301));
    assert_null(journal_find(&journal, 0));
    journal_set_bound(&journal, 2);
    assert_string_equal(numbers(), "299 300");
    journal_set_bound(&journal, 5);
    add("d");
    assert_string_equal(numbers(), "299 300 301");
}

static void test_without_a_bound_requests_are_only_counted(void **state)
{
    (void)state;
    journal_set_bound(&journal, 0);
    assert_int_equal(add("a"), 1);
    assert_int_equal(add("a"), 2);
    assert_string_equal(numbers(), "");
    assert_int_equal(heap.asked, 0);
    journal_set_bound(&journal, 1);
    add("a");
    assert_string_equal(numbers(), "3");
    journal_set_bound(&journal, 0);
    assert_int_equal(budget.used, 0);
}

static void test_forgets(void **state)
{
    (void)state;
    add("a");
    add("b");
    journal_forget(&journal);
    journal_check(&journal);
    assert_string_equal(numbers(), "");
    assert_int_equal(budget.used, 0);
    add("c");
    assert_string_equal(numbers(), "3");
    journal_begin_anew(&journal);
    add("d");
    assert_string_equal(numbers(), "1");
}

static void test_knows_how_long_a_request_took(void **state)
{
    (void)state;
    uint64_t number = journal_add(&journal, &(struct journal_note){.maker = &heap});
    assert_int_equal(journal_find(&journal, number)->took_us, -1);
    journal_note_took(&journal, number, &heap, 250);
    journal_note_code(&journal, number, &heap, 503);
    assert_int_equal(journal_find(&journal, number)->took_us, 250);
    assert_int_equal(journal_find(&journal, number)->code, 503);
    journal_begin_anew(&journal);
    journal_note_took(&journal, number, &heap, 300);
    assert_null(journal_find(&journal, number));
    assert_int_equal(add("a"), number);
    journal_note_took(&journal, number, &heap, 300);
    journal_note_code(&journal, number, &heap, 503);
    assert_int_equal(journal_find(&journal, number)->took_us, -1);
    assert_int_equal(journal_find(&journal, number)->code, 0);
}

/* A full budget takes the oldest, and then the entry itself, which has had its number. */
static void test_a_full_budget_makes_gaps(void **state)
{
    static char text[JOURNAL_TEXT_MAX];
    struct journal_note note = {.api = "v2"};
    (void)state;
    journal_set_bound(&journal, 10000);
    for (int i = 0; i < JOURNAL_TEXTS; i++)
        note.texts[i] = (struct bytes){text, sizeof text};
    budget.most = 60000;
    for (int i = 0; i < 100; i++) {
        journal_add(&journal, &note);
        journal_check(&journal);
        assert_true(budget.used <= budget.most);
    }
    assert_non_null(journal_find(&journal, 100));
    assert_null(journal_find(&journal, 1));
    assert_int_equal(budget.refused, 0);

    size_t own = budget.used;
    budget.used = budget.most + own; /* others have taken all of it */
    for (int i = 0; i < 20; i++)
        journal_add(&journal, &note);
    assert_string_equal(numbers(), "");
    assert_int_equal(journal.last, 120);
    assert_true(budget.refused > 0);
    budget.used -= budget.most;
    journal_forget(&journal);
    assert_int_equal(budget.used, 0);
    add("c");
    assert_string_equal(numbers(), "121");
}

/* Whatever request for memory fails. */
static void test_without_memory_there_are_gaps(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        journal_begin_anew(&journal);
        heap.asked = 0;
        heap.fail_first = n;
        heap.fail_last = n;
        for (int i = 0; i < 300; i++)
            add("an action");
        assert_int_equal(journal.last, 300);
        assert_non_null(journal_find(&journal, 300));
        if (heap.asked < n)
            break;
    }
    heap.fail_first = 1;
    heap.fail_last = SIZE_MAX;
    journal_forget(&journal);
    add("none");
    add("none");
    assert_string_equal(numbers(), "");
    heap.fail_last = 0;
    heap.fail_first = 0;
    add("one");
    assert_string_equal(numbers(), "303");
}

/* Few requests take little, and as many as are kept no more than a few chunks. */
static void test_memory_grows_with_what_is_kept(void **state)
{
    (void)state;
    journal_set_bound(&journal, 10000);
    add("a");
    assert_true(budget.used < 5000);
    for (int i = 0; i < 10000; i++)
        journal_add(&journal, &(struct journal_note){.api = "v2"});
    size_t full = budget.used;
    for (int i = 0; i < 50000; i++)
        journal_add(&journal, &(struct journal_note){.api = "v2"});
    assert_true(budget.used <= full + 2 * 65600);
    assert_true(heap.held < 40);
}

/* Begun, it has counted what is there; then it counts as entries come, and whoever watches is told. */
static void test_a_tally_counts_without_walking(void **state)
{
    struct journal_tally sends = {.count = 0}, later = {.behind = 2}, idle = {.count = 0};
    struct watcher watcher = {.watch = NULL};
    (void)state;
    assert_true(pattern_set(&sends.pattern, PATTERN_ACTION, bytes_of("Send")));
    assert_true(pattern_set(&later.pattern, PATTERN_ACTION, bytes_of("Send")));
    tally_end(&idle);
    journal_set_bound(&journal, 2);
    add("Send");
    add("Receive");
    tally_begin(&sends, &journal);
    tally_begin(&later, &journal);
    watcher_begin_whole(&watcher, &journal.watch);
    assert_int_equal(sends.count, 1);
    assert_int_equal(later.count, 0);
    add("Receive");
    assert_null(watches_take_changed(&watches));
    add("Send");
    assert_ptr_equal(watches_take_changed(&watches), &journal.watch);
    assert_int_equal(sends.count, 2);
    assert_int_equal(later.count, 1);
    add("Receive");
    add("Receive");
    assert_int_equal(sends.count, 2); /* also when they have gone */
    journal_forget(&journal);
    assert_ptr_equal(watches_take_changed(&watches), &journal.watch);
    assert_int_equal(sends.count, 0);
    add("Send");
    assert_int_equal(sends.count, 1);
    watcher_end(&watcher);
    tally_end(&sends);
    tally_end(&later);
    (void)watches_take_changed(&watches);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(test_an_entry_has_what_the_note_said),
        TEST(test_secrets_are_not_kept),
        TEST(test_long_texts_are_cut),
        TEST(test_of_many_arguments_the_first_are_kept),
        TEST(test_the_oldest_go_first),
        TEST(test_without_a_bound_requests_are_only_counted),
        TEST(test_forgets),
        TEST(test_knows_how_long_a_request_took),
        TEST(test_a_full_budget_makes_gaps),
        TEST(test_without_memory_there_are_gaps),
        TEST(test_memory_grows_with_what_is_kept),
        TEST(test_a_tally_counts_without_walking),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
