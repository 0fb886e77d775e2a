/* What clients read of failures, those about topics spelled after topic-api 6. */
#include "api/v2/failure.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>
#include <string.h>

struct wording {
    int outcome;
    int code;
    const char *message; /* about the name NAME */
};

/* Those that the queues have as well, and those of topics alone. */
static const struct wording wordings[] = {
    {CMQ_EMPTY_BODY, 4000, "(10120)message body can't be empty"},
    {V2_NO_ACTION, 4000, "(10280)action is not existed"},
    {V2_PARAM_KEY_FORMAT, 4000, "(10310)error: parameter NAME key format error"},
    {V2_PARAM_NOT_REPEATABLE, 4000, "(10330)parameter NAME is NOT a repeatable parameter"},
    {CMQ_PARAM_RANGE, 4000, "(10350)parameter NAME value or length is out of range"},
    {CMQ_PARAM_TYPE, 4000, "(10360)parameter NAME error type"},
    {CMQ_BATCH_SIZE, 4000, "(10370)NAME parameter batch size is out of range"},
    {V2_PARAM_GAP, 4000, "(10380)NAME parameter is not consequent"},
    {CMQ_PARAM_MISSING, 4000, "(10390)lacked of required parameter NAME"},
    {V2_METHOD, 4000, "(10410)unexpected http NAME only GET or POST is supported"},
    {V2_REQUEST_PARSE, 4000, "(10420)cannot parse NAME, or request size is more than 1MB"},
    {V2_UNKNOWN_ACTION, 4000, "(10430)action name NAME is not existed"},
    {CMQ_BODY_TOO_LONG, 4400, "(10230)exceed maximum message size"},
    {CMQ_DATA_RATE, 4420, "(10250)qps throttling"},
    {CMQ_BATCH_TOO_LONG, 4470, "(10300)total message size exceed 1MB"},
    {CMQ_CONTROL_RATE, 4480, "(10460)exceed interface frequency limit, please slow down"},
    {CMQ_INTERNAL, 6000, "(10050)server internal error"},

    {CMQ_TOO_MANY_FILTER_TAGS, 4000, "(10490)number of filterTag exceed limit"},
    {CMQ_ENDPOINT_FORMAT, 4000, "(10500)endpoint format error"},
    {CMQ_PROTOCOL, 4000, "(10510)undefined protocol"},
    {CMQ_NOTIFY_STRATEGY, 4000, "(10520)undefined notify retry stragety"},
    {CMQ_NOTIFY_FORMAT, 4000, "(10530)undefined notify content format"},
    {CMQ_TOPIC_IN_USE, 4000,
     "(10540)there exists subscriptions under this topic, please unsubscribe all of them "
     "before DeleteTopic"},
    {CMQ_NO_SUCH_SUBSCRIPTION, 4000, "(10560)subscription is not existed"},
    {CMQ_SUBSCRIPTION_NAME_FORMAT, 4000, "(10580)subscription name format error"},
    {CMQ_TOPIC_NAME_FORMAT, 4000, "(10590)topic name format error"},
    {CMQ_ENDPOINT_QUEUE, 4000, "(10630)illegal endpoint"},
    {CMQ_QUEUE_NOT_SIMPLIFIED, 4000,
     "(10640)notifyContentFormat of protocol queue must be SIMPLIFIED"},
    {CMQ_TOO_MANY_BINDING_KEYS, 4000, "(10680)too many bindingKey"},
    {CMQ_TOO_MANY_WORDS, 4000, "(10691)too many delimeters"},
    {CMQ_NO_ROUTING_KEY, 4000, "(10700)parameters lack of routingKey"},
    {CMQ_NO_BINDING_KEY, 4000, "(10710)parameters lack of bindingKey"},
    {CMQ_TOO_MANY_MSG_TAGS, 4000, "(10720)too many msgTag"},
    {CMQ_NO_TOPIC, 4440, "(10600)topic is not existed, or deleted"},
    {CMQ_TOO_MANY_TOPICS, 4450, "(10610)number of topics has reached the limit"},
    {CMQ_TOPIC_EXISTS, 4460, "(10550)topic is already existed"},
    {CMQ_SUBSCRIPTION_EXISTS, 4490, "(10470)subscribtion is already existed"},
    {CMQ_TOO_MANY_SUBSCRIPTIONS, 4500, "(10480)number of subscription has reached the limit"},
    {CMQ_BLANK_IN_URL, 4510, "(10570)url connot contain any blank characters"},
    {CMQ_NO_SUBSCRIPTION, 6030,
     "(10650)topic has no subscription, please create a subscription before publishing "
     "message"},
    {CMQ_NO_MATCH, 6030, "(10730)no bindingKey or filterTag matches the routingKey or msgTag"},
    {CMQ_TOPIC_NAME_COOLING, 6040,
     "(10660)It will take some time to release resources of previous topic before you can "
     "create a new topic with the same name. Please try later."},
};

static void words_failures_of_topics(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wordings); i++) {
        struct buffer text = {0};
        EXPECT_EQ(wordings[i].message, failure_of(wordings[i].outcome)->code, wordings[i].code);
        failure_append_message(&text, wordings[i].outcome, bytes_of("NAME"));
        if (!bytes_equal(buffer_bytes(&text), bytes_of(wordings[i].message)))
            fail_msg("%.*s, not %s", (int)text.len, text.data, wordings[i].message);
        buffer_free(&text);
    }
}

/* Of several codes for one mistake the service's pages name more than are answered here
 * (topic-api D20). */
static void never_answers_the_other_codes(void **state)
{
    static const struct {
        const char *what;
        int code, module;
    } others[] = {
        {"number of filter tags", 4000, 10670},
        {"number of filter tags or binding keys", 6050, 10740},
        {"subscription's name", 4000, 10620},
    };
    (void)state;
    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        if (outcome == CMQ_WAITING)
            continue;
        const struct failure *f = failure_of(outcome);
        for (size_t i = 0; i < COUNT(others); i++)
            if (f->code == others[i].code && f->module == others[i].module)
                fail_msg("%s: %d (%d)%s", others[i].what, f->code, f->module, f->text);
    }
}

/* By code and module together: one of them alone would not do. */
static void tells_failures_of_topics_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wordings); i++)
        for (size_t j = 0; j < i; j++) {
            const struct failure *a = failure_of(wordings[i].outcome);
            const struct failure *b = failure_of(wordings[j].outcome);
            if (a->code == b->code && a->module == b->module)
                fail_msg("%s and %s", a->text, b->text);
        }
}

static void puts_names_into_messages(void **state)
{
    static const struct {
        int outcome;
        const char *name, *message;
    } cases[] = {
        {CMQ_OK, "", ""},
        {CMQ_NO_MESSAGE, "x", "(10200)no message"},
        {V2_UNKNOWN_ACTION, "CreateTopic", "(10430)action name CreateTopic is not existed"},
        {V2_PARAM_GAP, "msgBody", "(10380)msgBody parameter is not consequent"},
        {V2_EXPIRED, "x", "request is expired"},
        {V2_METHOD, "%s%n", "(10410)unexpected http %s%n only GET or POST is supported"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer b = {0};
        failure_append_message(&b, cases[i].outcome, bytes_of(cases[i].name));
        buffer_append_char(&b, '\0');
        assert_string_equal(b.data, cases[i].message);
        buffer_free(&b);
    }
}

/* Codes and modules as the service has them: four and five digits; codes of the gateway have no
 * module. A module may mean one thing for queues and another for topics. */
static void lists_failures_in_order(void **state)
{
    static const int rows[] = {
#define FAILURE(failure, code, module, text) failure,
#include "api/v2/failures.def"
#undef FAILURE
    };
    (void)state;
    assert_int_equal(rows[0], CMQ_OK);
    assert_int_equal(failure_of(CMQ_OK)->code, 0);
    for (size_t i = 1; i < COUNT(rows); i++) {
        const struct failure *f = failure_of(rows[i]);
        const struct failure *before = failure_of(rows[i - 1]);
        assert_in_range(f->code, 4000, 7000);
        assert_true(f->module == 0 || (f->module >= 10000 && f->module <= 10999));
        assert_true(f->code > before->code || f->module >= before->module);
        assert_true(f->text[0] != '\0');
    }
}

static void explains_every_error_in_words_of_its_own(void **state)
{
    (void)state;
    for (int err = 0; err < CMQ_ERR_COUNT; err++) {
        const char *text = cmq_err_text((enum cmq_err)err);
        assert_true(text[0] >= 'a' && text[0] <= 'z');
        assert_null(strstr(text, "%"));
        for (int other = 0; other < err; other++)
            assert_string_not_equal(text, cmq_err_text((enum cmq_err)other));
    }
}

static void every_error_has_its_row(void **state)
{
    (void)state;
    for (int outcome = 0; outcome < OUTCOMES; outcome++)
        if (outcome != CMQ_WAITING)
            assert_non_null(failure_of(outcome)->text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_failures_of_topics),
        cmocka_unit_test(never_answers_the_other_codes),
        cmocka_unit_test(tells_failures_of_topics_apart),
        cmocka_unit_test(puts_names_into_messages),
        cmocka_unit_test(lists_failures_in_order),
        cmocka_unit_test(every_error_has_its_row),
        cmocka_unit_test(explains_every_error_in_words_of_its_own),
    };
    return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
