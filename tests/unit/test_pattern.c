/* Patterns: which entries somebody means, and which ones miss by how much. */
#include "namespace/pattern.h"

#include "namespace/journal.h"
#include "tests/support/engine_expect.h"

static struct budget budget = {.most = SIZE_MAX};
static struct watches watches;
static struct journal journal;

static int start(void **state)
{
    const struct allocator heap = allocator_heap();
    (void)state;
    assert_true(watches_init(&watches, allocator_heap()));
    journal_init(&journal, &heap, &budget, &watches);
    journal_set_bound(&journal, 10);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    journal_fini(&journal);
    watches_fini(&watches);
    return budget.used == 0 ? 0 : -1;
}

/* A SendMessage of API v2 to the queue jobs that has succeeded, unless said otherwise. */
static const struct journal_entry *entry(const char *api, int code, const char *v3_code)
{
    static const uint64_t ids[] = {7, UINT64_C(2130901665357630340)};
    struct journal_note n = {.api = strcmp(api, "push") == 0 ? journal_api_push : api,
                             .code = code,
                             .msg_ids = ids,
                             .msg_id_count = 2};
    n.texts[JOURNAL_ACTION] = bytes_of("SendMessage");
    n.texts[JOURNAL_QUEUE] = bytes_of("jobs");
    n.texts[JOURNAL_CODE] = bytes_of(v3_code);
    return journal_find(&journal, journal_add(&journal, &n));
}

static void test_each_member_is_compared(void **state)
{
    static const struct {
        const char *wanted;
        enum pattern_member member;
        bool fits;
    } rows[] = {
        {"v2", PATTERN_API, true},
        {"cmq", PATTERN_API, false},
        {"SendMessage", PATTERN_ACTION, true},
        {"sendmessage", PATTERN_ACTION, true},
        {"SendMessages", PATTERN_ACTION, false},
        {"jobs", PATTERN_QUEUE, true},
        {"Jobs", PATTERN_QUEUE, false},
        {"job", PATTERN_QUEUE, false},
        {"jobs", PATTERN_TOPIC, false},
        {"jobs", PATTERN_SUBSCRIPTION, false},
        {"0", PATTERN_CODE, true},
        {"4440", PATTERN_CODE, false},
        {"OK", PATTERN_CODE, false},
        {"7", PATTERN_MSG_ID, true},
        {"8", PATTERN_MSG_ID, false},
        {"2130901665357630340", PATTERN_MSG_ID, true},
        {"00000000000000001D927BC64EEE0B84", PATTERN_MSG_ID, true},
        {"00000000000000001d927bc64eee0b85", PATTERN_MSG_ID, false},
        {"delivered", PATTERN_OUTCOME, false},
    };
    const struct journal_entry *e = entry("v2", 0, "");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern p = {.code = 0};
        enum pattern_member which = PATTERN_MEMBERS;
        assert_true(pattern_fits(&p, e));
        assert_true(pattern_set(&p, rows[i].member, bytes_of(rows[i].wanted)));
        if (pattern_fits(&p, e) != rows[i].fits)
            fail_msg("%s=%s", pattern_member_names[rows[i].member], rows[i].wanted);
        assert_int_equal(pattern_misses(&p, e, &which), rows[i].fits ? 0 : 1);
        assert_int_equal(which, rows[i].fits ? PATTERN_MEMBERS : rows[i].member);
    }
}

/* A success is 0 for every API; an error is what was answered; a push has no code. */
static void test_codes(void **state)
{
    static const struct {
        const char *api, *v3_code, *wanted;
        int code;
        bool fits;
    } rows[] = {
        {"v2", "", "4440", 4440, true},
        {"v2", "", "0", 4440, false},
        {"tdmq", "", "0", 0, true},
        {"tdmq", "FailedOperation", "0", 0, false},
        {"tdmq", "FailedOperation", "FailedOperation", 0, true},
        {"tdmq", "FailedOperation", "failedoperation", 0, false},
        {"push", "", "0", 0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern p = {.code = 0};
        assert_true(pattern_set(&p, PATTERN_CODE, bytes_of(rows[i].wanted)));
        if (pattern_fits(&p, entry(rows[i].api, rows[i].code, rows[i].v3_code)) != rows[i].fits)
            fail_msg("row %zu", i);
    }
}

static void test_no_more_than_two_misses_count(void **state)
{
    struct pattern p = {.code = 0};
    enum pattern_member which;
    const struct journal_entry *e = entry("v2", 0, "");
    (void)state;
    assert_true(pattern_set(&p, PATTERN_QUEUE, bytes_of("other")));
    assert_true(pattern_set(&p, PATTERN_ACTION, bytes_of("SendMessage")));
    assert_int_equal(pattern_misses(&p, e, &which), 1);
    assert_int_equal(which, PATTERN_QUEUE);
    assert_true(pattern_set(&p, PATTERN_CODE, bytes_of("1")));
    assert_int_equal(pattern_misses(&p, e, &which), 2);
    assert_int_equal(which, PATTERN_QUEUE);
    assert_true(pattern_set(&p, PATTERN_API, bytes_of("cmq")));
    assert_int_equal(pattern_misses(&p, e, &which), 2);
    assert_int_equal(which, PATTERN_API);
}

static void test_refuses_what_cannot_be(void **state)
{
    static const char with_nul[] = "a\0b";
    char text[PATTERN_TEXT_MAX + 1];
    struct pattern p = {.code = 0};
    (void)state;
    memset(text, 'x', sizeof text);
    assert_false(pattern_set(&p, PATTERN_QUEUE, bytes_of("")));
    assert_false(pattern_set(&p, PATTERN_QUEUE, (struct bytes){text, sizeof text}));
    assert_false(pattern_set(&p, PATTERN_QUEUE, (struct bytes){with_nul, 3}));
    assert_true(pattern_set(&p, PATTERN_QUEUE, (struct bytes){text, sizeof text - 1}));
    static const char *const ids[] = {"x",
                                      "0",
                                      "-1",
                                      "1.5",

                                      "0000000000000000000000000000000g",
                                      "00000000000000000000000000000000",
                                      "10000000000000000000000000000000"};
    for (size_t i = 0; i < COUNT(ids); i++)
        if (pattern_set(&p, PATTERN_MSG_ID, bytes_of(ids[i])))
            fail_msg("%s", ids[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(test_each_member_is_compared),
        TEST(test_codes),
        TEST(test_no_more_than_two_misses_count),
        TEST(test_refuses_what_cannot_be),
    };
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
