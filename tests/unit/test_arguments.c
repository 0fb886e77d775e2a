/* Fields and their values by themselves: what each may be, with which error it is refused, and
 * that what is not given stays out. */
#include "operations/arguments.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>
#include <string.h>

static const struct engine_limits relaxed = {.strict = false, .max_delay_ms = 3600000};
static const struct engine_limits strict = {.strict = true, .max_delay_ms = 3600000};

/* Set or add one value to nothing. */
static enum cmq_err judge(enum field f, struct bytes text, const struct engine_limits *limits)
{
    struct arguments a;
    arguments_clear(&a);
    enum cmq_err err = field_is_list(f) ? argument_add_text(&a, f, text)
                                        : argument_set_text(&a, f, text, limits);
    EXPECT_EQ(field_rows[f].name, argument_given(&a, f),
              err == CMQ_OK && (text.len > 0 || !field_ignores_empty(f)));
    return err;
}

/* ---- the table ---- */

static void holds_the_bounds_of_the_documents(void **state)
{
    static const struct {
        enum field field;
        const char *name;
        int64_t least, greatest;
    } rows[] = {
        /* queue-api 2.1 */
        {FIELD_MAX_HEAP, "maxMsgHeapNum", 1000000, 1000000000},
        {FIELD_POLLING_WAIT, "pollingWaitSeconds", 0, 30},
        {FIELD_VISIBILITY, "visibilityTimeout", 1, 43200},
        {FIELD_MAX_MSG_SIZE, "maxMsgSize", 1024, 1048576},
        {FIELD_RETENTION, "msgRetentionSeconds", 60, 1296000},
        {FIELD_REWIND, "rewindSeconds", 0, 1296000},
        {FIELD_QUEUE_LIMIT, "limit", 1, 50},
        {FIELD_OFFSET, "offset", 0, INT32_MAX},
        {FIELD_RECEIVE_WAIT, "pollingWaitSeconds", 0, 30},
        {FIELD_RECEIVE_COUNT, "numOfMsg", 1, 16},
        {FIELD_DELAY, "delaySeconds", 0, 3600},
        /* topic-api 2, D6, D9 */
        {FIELD_FILTER_TYPE, "filterType", 0, 2},
        {FIELD_TOPIC_LIMIT, "limit", 0, 50},
        {FIELD_SUBSCRIPTION_LIMIT, "limit", 0, 100},
        {FIELD_SUBSCRIPTION_OFFSET, "offset", 0, 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct field_row *row = &field_rows[rows[i].field];
        assert_string_equal(row->name, rows[i].name);
        EXPECT_EQ(rows[i].name, row->least, rows[i].least);
        EXPECT_EQ(rows[i].name, row->greatest, rows[i].greatest);
    }
}

/* ---- numbers ---- */

static bool is_plain_number(enum field f)
{
    return field_is_number(f) && field_rows[f].kind != KIND_WORD;
}

static void expect_int(enum field f, int64_t n, const struct engine_limits *limits,
                       enum cmq_err expected, int64_t kept)
{
    char text[32];
    struct arguments a;
    arguments_clear(&a);
    EXPECT_EQ(field_rows[f].name, argument_set_int(&a, f, n, limits), expected);
    EXPECT_EQ(field_rows[f].name, argument_int(&a, f, -7), expected == CMQ_OK ? kept : -7);
    /* the same as text */
    snprintf(text, sizeof text, "%lld", (long long)n);
    arguments_clear(&a);
    EXPECT_EQ(field_rows[f].name, argument_set_text(&a, f, bytes_of(text), limits), expected);
    EXPECT_EQ(field_rows[f].name, argument_int(&a, f, -7), expected == CMQ_OK ? kept : -7);
}

static void judges_every_bound(void **state)
{
    (void)state;
    for (int i = 0; i < FIELDS; i++) {
        enum field f = (enum field)i;
        const struct field_row *row = &field_rows[f];
        if (!is_plain_number(f))
            continue;
        expect_int(f, row->least, &strict, CMQ_OK, row->least);
        expect_int(f, row->greatest, &strict, CMQ_OK, row->greatest);
        if (row->least > INT64_MIN + 1)
            expect_int(f, row->least - 1, &relaxed, row->refusal, 0);
        if (row->greatest == INT64_MAX)
            continue;
        expect_int(f, row->greatest + 1, &strict, row->refusal, 0);
        bool lowered = row->kind == KIND_WAIT;
        expect_int(f, row->greatest + 1, &relaxed, lowered ? CMQ_OK : row->refusal,
                   row->greatest);
    }
}

static void refuses_what_is_no_number(void **state)
{
    static const struct bytes odd[] = {
        {"x", 1}, {"1.0", 3}, {"+1", 2},  {" 1", 2},  {"1 ", 2},
        {"-", 1}, {"1e3", 3}, {"0x1", 3}, {"1\0", 2}, {"\xef\xbc\x91", 3},
    };
    (void)state;
    for (int f = 0; f < FIELDS; f++)
        for (size_t i = 0; is_plain_number((enum field)f) && i < COUNT(odd); i++)
            EXPECT_EQ(field_rows[f].name, judge((enum field)f, odd[i], &relaxed),
                      CMQ_PARAM_TYPE);
}

static void delays_are_bounded_by_the_limits(void **state)
{
    struct engine_limits limits = {.strict = true, .max_delay_ms = 6048000000};
    (void)state;
    assert_true(field_greatest(FIELD_DELAY, &limits) == 6048000);
    expect_int(FIELD_DELAY, 6048000, &limits, CMQ_OK, 6048000);
    expect_int(FIELD_DELAY, 6048001, &limits, CMQ_DELAY_RANGE, 0);
}

/* ---- words ---- */

static void knows_words(void **state)
{
    static const struct {
        enum field field;
        const char *word;
        enum cmq_err err;
        int value;
    } words[] = {
        {FIELD_PROTOCOL, "http", CMQ_OK, PROTOCOL_HTTP}, /* in any case: topic-api D16 */
        {FIELD_PROTOCOL, "HTTP", CMQ_OK, PROTOCOL_HTTP},
        {FIELD_PROTOCOL, "Queue", CMQ_OK, PROTOCOL_QUEUE},
        {FIELD_PROTOCOL, "https", CMQ_PROTOCOL, 0},
        {FIELD_PROTOCOL, "0", CMQ_PROTOCOL, 0},
        {FIELD_NOTIFY_STRATEGY, "BACKOFF_RETRY", CMQ_OK, BACKOFF_RETRY},
        {FIELD_NOTIFY_STRATEGY, "EXPONENTIAL_DECAY_RETRY", CMQ_OK, EXPONENTIAL_DECAY_RETRY},
        {FIELD_NOTIFY_STRATEGY, "backoff_retry", CMQ_NOTIFY_STRATEGY, 0},
        {FIELD_NOTIFY_FORMAT, "JSON", CMQ_OK, FORMAT_JSON},
        {FIELD_NOTIFY_FORMAT, "SIMPLIFIED", CMQ_OK, FORMAT_SIMPLIFIED},
        {FIELD_NOTIFY_FORMAT, "json", CMQ_NOTIFY_FORMAT, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct arguments a;
        arguments_clear(&a);
        EXPECT_EQ(words[i].word,
                  argument_set_text(&a, words[i].field, bytes_of(words[i].word), &relaxed),
                  words[i].err);
        EXPECT_EQ(words[i].word, argument_int(&a, words[i].field, 0), words[i].value);
    }
}

static void words_may_be_given_by_their_values(void **state)
{
    struct arguments a;
    (void)state;
    arguments_clear(&a);
    assert_int_equal(argument_set_int(&a, FIELD_PROTOCOL, PROTOCOL_QUEUE, &relaxed), CMQ_OK);
    assert_int_equal(argument_int(&a, FIELD_PROTOCOL, -1), PROTOCOL_QUEUE);
    assert_int_equal(argument_set_int(&a, FIELD_PROTOCOL, 2, &relaxed), CMQ_PROTOCOL);
    assert_int_equal(argument_int(&a, FIELD_PROTOCOL, -1), PROTOCOL_QUEUE);
}

static void names_words(void **state)
{
    (void)state;
    assert_string_equal(field_word(FIELD_PROTOCOL, PROTOCOL_HTTP), "http");
    assert_string_equal(field_word(FIELD_PROTOCOL, PROTOCOL_QUEUE), "queue");
    assert_string_equal(field_word(FIELD_NOTIFY_STRATEGY, BACKOFF_RETRY), "BACKOFF_RETRY");
    assert_string_equal(field_word(FIELD_NOTIFY_STRATEGY, EXPONENTIAL_DECAY_RETRY),
                        "EXPONENTIAL_DECAY_RETRY");
    assert_string_equal(field_word(FIELD_NOTIFY_FORMAT, FORMAT_JSON), "JSON");
    assert_string_equal(field_word(FIELD_NOTIFY_FORMAT, FORMAT_SIMPLIFIED), "SIMPLIFIED");
}

/* ---- texts ---- */

static void knows_names(void **state)
{
    char longest[66];
    memset(longest, 'a', sizeof longest);
    const struct {
        const char *what;
        struct bytes name;
        bool fits;
    } names[] = {
        {"one letter", {"a", 1}, true},
        {"all kinds", {"Zz-09_", 6}, true},
        {"64 letters", {longest, 64}, true},
        {"65 letters", {longest, 65}, false},
        {"nothing", {"", 0}, false},
        {"begins with a digit", {"1a", 2}, false},
        {"begins with a dash", {"-a", 2}, false},
        {"begins with an underscore", {"_a", 2}, false},
        {"dot", {"a.b", 3}, false},
        {"blank", {"a b", 3}, false},
        {"NUL", {"a\0b", 3}, false},
        {"not ASCII", {"a\xc3\xa4", 3}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        if (is_name(names[i].name) != names[i].fits)
            fail_msg("%s", names[i].what);
}

static void judges_names(void **state)
{
    static const struct {
        enum field field;
        enum cmq_err err;
    } names[] = {
        {FIELD_QUEUE_NAME, CMQ_QUEUE_NAME_FORMAT},
        {FIELD_TOPIC_NAME, CMQ_TOPIC_NAME_FORMAT},
        {FIELD_SUBSCRIPTION_NAME, CMQ_SUBSCRIPTION_NAME_FORMAT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        EXPECT_EQ("good", judge(names[i].field, bytes_of("superMan_1"), &relaxed), CMQ_OK);
        EXPECT_EQ("bad", judge(names[i].field, bytes_of("1a"), &relaxed), names[i].err);
        EXPECT_EQ("empty", judge(names[i].field, bytes_of(""), &relaxed), names[i].err);
    }
}

static void judges_lengths(void **state)
{
    char text[4097];
    (void)state;
    memset(text, 'a', sizeof text);
    for (int i = 0; i < FIELDS; i++) {
        enum field f = (enum field)i;
        size_t most = (size_t)field_rows[f].greatest;
        if (field_rows[f].kind != KIND_TEXT && field_rows[f].kind != KIND_POLICY)
            continue;
        EXPECT_EQ("one", judge(f, (struct bytes){text, 1}, &relaxed), CMQ_OK);
        EXPECT_EQ("most", judge(f, (struct bytes){text, most}, &relaxed), CMQ_OK);
        EXPECT_EQ("more", judge(f, (struct bytes){text, most + 1}, &relaxed), CMQ_PARAM_RANGE);
    }
}

static void judges_endpoints_by_the_protocol(void **state)
{
    static const struct {
        int64_t protocol;
        const char *endpoint;
        enum cmq_err err;
    } endpoints[] = {
        {PROTOCOL_HTTP, "http://a/", CMQ_OK},
        {PROTOCOL_HTTP, "jobs", CMQ_ENDPOINT_FORMAT},
        {PROTOCOL_HTTP, "http://a/ b", CMQ_BLANK_IN_URL},
        {PROTOCOL_QUEUE, "jobs", CMQ_OK},
        {PROTOCOL_QUEUE, "http://a/", CMQ_ENDPOINT_QUEUE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(endpoints); i++) {
        struct arguments a;
        arguments_clear(&a);
        argument_put_int(&a, FIELD_PROTOCOL, endpoints[i].protocol);
        struct bytes text = bytes_of(endpoints[i].endpoint);
        EXPECT_EQ(endpoints[i].endpoint, argument_set_text(&a, FIELD_ENDPOINT, text, &relaxed),
                  endpoints[i].err);
    }
}

static void keeps_what_is_wrong_with_a_policy_for_later(void **state)
{
    static const struct {
        const char *text;
        enum cmq_err refusal;
    } policies[] = {
        {"x", CMQ_POLICY_NOT_JSON},
        {"{}", CMQ_POLICY_NO_QUEUE},
        {"{\"deadLetterQueue\":\"d\"}", CMQ_POLICY_NO_POLICY},
        {"{\"deadLetterQueue\":\"d\",\"policy\":0}", CMQ_POLICY_PARAMS},
        {"{\"deadLetterQueue\":\"1\",\"policy\":0,\"maxReceiveCount\":1}",
         CMQ_NO_DEAD_LETTER_QUEUE},
        {"{\"deadLetterQueue\":\"d\",\"policy\":1,\"maxTimeToLive\":300}", CMQ_OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(policies); i++) {
        struct arguments a;
        arguments_clear(&a);
        assert_int_equal(argument_set_text(&a, FIELD_DEAD_LETTER_POLICY,
                                           bytes_of(policies[i].text), &relaxed),
                         CMQ_OK);
        EXPECT_EQ(policies[i].text, a.policy.refusal, policies[i].refusal);
        if (policies[i].refusal != CMQ_OK)
            continue;
        assert_int_equal(a.policy.kind, DEAD_LETTER_BY_AGE);
        assert_true(a.policy.max_age_ms == 300000);
        assert_true(bytes_equal(a.policy.target_name, bytes_of("d")));
    }
}

/* ---- lists ---- */

static void judges_members_of_lists(void **state)
{
    static const struct {
        enum field field;
        enum cmq_err err;
        struct bytes text;
    } members[] = {
        {FIELD_BODIES, CMQ_OK, {"a\0b", 3}},
        {FIELD_BODIES, CMQ_EMPTY_BODY, {"", 0}},
        {FIELD_HANDLES, CMQ_OK, {"", 0}}, /* the operation says what is wrong with it */
        {FIELD_HANDLES, CMQ_OK, {"?", 1}},
        {FIELD_MSG_TAGS, CMQ_OK, {"sixteen letters!", 16}},
        {FIELD_MSG_TAGS, CMQ_PARAM_RANGE, {"seventeen letters", 17}},
        {FIELD_MSG_TAGS, CMQ_PARAM_RANGE, {"a\nb", 3}},
        {FIELD_FILTER_TAGS, CMQ_PARAM_RANGE, {"\x7f", 1}},
        {FIELD_FILTER_TAGS, CMQ_OK, {"", 0}},
        {FIELD_BINDING_KEYS, CMQ_OK, {"...............", 15}},
        {FIELD_BINDING_KEYS, CMQ_TOO_MANY_WORDS, {"................", 16}},
        {FIELD_ROUTING_KEY, CMQ_TOO_MANY_WORDS, {"................", 16}},
        {FIELD_ROUTING_KEY, CMQ_OK, {"", 0}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(members); i++)
        EXPECT_EQ(members[i].text.data, judge(members[i].field, members[i].text, &relaxed),
                  members[i].err);
}

static void lists_end_at_their_greatest_size(void **state)
{
    static const enum field lists[] = {FIELD_BODIES, FIELD_HANDLES, FIELD_MSG_TAGS,
                                       FIELD_FILTER_TAGS, FIELD_BINDING_KEYS};
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct arguments a;
        const struct field_row *row = &field_rows[lists[i]];
        arguments_clear(&a);
        assert_int_equal(argument_list(&a, lists[i]).count, 0);
        for (int64_t n = 0; n < row->greatest; n++)
            EXPECT_EQ(row->name, argument_add_text(&a, lists[i], bytes_of("a")), CMQ_OK);
        EXPECT_EQ(row->name, argument_add_text(&a, lists[i], bytes_of("b")), row->refusal);
        struct texts texts = argument_list(&a, lists[i]);
        EXPECT_EQ(row->name, texts.count, row->greatest);
        assert_true(bytes_equal(texts.items[texts.count - 1], bytes_of("a")));
        arguments_clear(&a);
        assert_int_equal(argument_list(&a, lists[i]).count, 0);
    }
}

/* ---- what is said of them ---- */

static void tells_what_is_expected(void **state)
{
    static const struct {
        enum field field;
        const char *text;
    } expected[] = {
        {FIELD_VISIBILITY, "a whole number from 1 to 43200"},
        {FIELD_DELAY, "a whole number from 0 to 3600"},
        {FIELD_START_CONSUME_TIME, "a whole number"},
        {FIELD_PROTOCOL, "http or queue"},
        {FIELD_NOTIFY_FORMAT, "JSON or SIMPLIFIED"},
        {FIELD_SEARCH_WORD, "a text of 1 to 256 bytes"},
        {FIELD_FILTER_TAGS, "a list of at most 5 texts, each of at most 16 characters"},
    };
    char text[FIELD_EXPECTED_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        field_expected(expected[i].field, &relaxed, text);
        assert_string_equal(text, expected[i].text);
    }
    for (int f = 0; f < FIELDS; f++) {
        field_expected((enum field)f, &relaxed, text);
        assert_true(text[0] != '\0' && strlen(text) < FIELD_EXPECTED_SIZE - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_the_bounds_of_the_documents),
        cmocka_unit_test(judges_every_bound),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(delays_are_bounded_by_the_limits),
        cmocka_unit_test(knows_words),
        cmocka_unit_test(words_may_be_given_by_their_values),
        cmocka_unit_test(names_words),
        cmocka_unit_test(knows_names),
        cmocka_unit_test(judges_names),
        cmocka_unit_test(judges_lengths),
        cmocka_unit_test(judges_endpoints_by_the_protocol),
        cmocka_unit_test(keeps_what_is_wrong_with_a_policy_for_later),
        cmocka_unit_test(judges_members_of_lists),
        cmocka_unit_test(lists_end_at_their_greatest_size),
        cmocka_unit_test(tells_what_is_expected),
    };
    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
