/* Codes of failures by product, and by Action where the documents have one for it. */
#include "api/v3/actions.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>
#include <stdlib.h>

/* Those that api3 6, 7.18 and 8.18 name, written once more. */
static const struct {
    int outcome;
    const char *cmq, *tdmq;
} named[] = {
    {V3_METHOD, "UnsupportedProtocol", "UnsupportedProtocol"},
    {V3_NOT_JSON, "InvalidParameter", "InvalidParameter"},
    {V3_MISSING, "MissingParameter", "MissingParameter"},
    {V3_INVALID_AUTHORIZATION, "AuthFailure.InvalidAuthorization",
     "AuthFailure.InvalidAuthorization"},
    {V3_INVALID_SECRET_ID, "AuthFailure.InvalidSecretId", "AuthFailure.InvalidSecretId"},
    {V3_SECRET_ID_NOT_FOUND, "AuthFailure.SecretIdNotFound", "AuthFailure.SecretIdNotFound"},
    {V3_SIGNATURE_EXPIRE, "AuthFailure.SignatureExpire", "AuthFailure.SignatureExpire"},
    {V3_SIGNATURE_FAILURE, "AuthFailure.SignatureFailure", "AuthFailure.SignatureFailure"},
    {V3_SIGNATURE_SIZE, "AuthFailure.SignatureFailure", "AuthFailure.SignatureFailure"},
    {V3_TOKEN_FAILURE, "AuthFailure.TokenFailure", "AuthFailure.TokenFailure"},
    {V3_NO_SUCH_VERSION, "NoSuchVersion", "NoSuchVersion"},
    {V3_INVALID_ACTION, "InvalidAction", "InvalidAction"},
    {V3_UNKNOWN_PARAMETER, "UnknownParameter", "UnknownParameter"},
    {V3_TYPE, "InvalidParameter", "InvalidParameter"},
    {V3_VALUE, "InvalidParameter", "InvalidParameterValue"},
    {V3_TRANSACTION, "UnsupportedOperation", "UnsupportedOperation"},
    {CMQ_QUEUE_EXISTS, "InvalidParameter", "ResourceInUse.Queue"},
    {CMQ_TOPIC_EXISTS, "ResourceInUse", "ResourceInUse.Topic"},
    {CMQ_SUBSCRIPTION_EXISTS, "ResourceInUse", "ResourceInUse.Subscription"},
    {CMQ_NO_QUEUE, "ResourceNotFound", "ResourceNotFound"},
    {CMQ_NO_TOPIC, "ResourceNotFound", "ResourceNotFound.Topic"},
    {CMQ_NO_SUCH_SUBSCRIPTION, "ResourceNotFound", "FailedOperation"},
    {CMQ_NO_DEAD_LETTER_QUEUE, "ResourceNotFound", "FailedOperation"},
    {CMQ_TOPIC_IN_USE, "ResourceInUse", "FailedOperation"},
    {CMQ_DEAD_LETTER_IN_USE, "ResourceInUse", "FailedOperation"},
    {CMQ_NAME_COOLING, "FailedOperation.TryLater", "FailedOperation.OperateLater"},
    {CMQ_TOPIC_NAME_COOLING, "FailedOperation.TryLater", "FailedOperation.OperateLater"},
    {CMQ_TOO_MANY_QUEUES, "LimitExceeded", "LimitExceeded"},
    {CMQ_TOO_MANY_TOPICS, "LimitExceeded", "LimitExceeded.Topics"},
    {CMQ_TOO_MANY_SUBSCRIPTIONS, "LimitExceeded", "LimitExceeded.Subscriptions"},
    {CMQ_TOO_MANY_FILTER_TAGS, "LimitExceeded", "LimitExceeded"},
    {CMQ_QUEUE_NAME_FORMAT, "InvalidParameter", "InvalidParameterValue"},
    {CMQ_PARAM_RANGE, "InvalidParameter", "InvalidParameterValue"},
    {CMQ_REWIND_OFF, "FailedOperation", "FailedOperation"},
    {CMQ_CONTROL_RATE, "RequestLimitExceeded", "RequestLimitExceeded"},
    {CMQ_INTERNAL, "InternalError", "InternalError"},
};

static void has_the_codes_of_both_products(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(named); i++) {
        assert_string_equal(v3_failure_code(named[i].outcome, V3_CMQ), named[i].cmq);
        assert_string_equal(v3_failure_code(named[i].outcome, V3_TDMQ), named[i].tdmq);
    }
}

/* The codes that the documents list for the products (api3 6, 7.18, 8.18): no other may come. */
static const char *const documented[] = {
    "AuthFailure.InvalidAuthorization",
    "AuthFailure.InvalidSecretId",
    "AuthFailure.SecretIdNotFound",
    "AuthFailure.SignatureExpire",
    "AuthFailure.SignatureFailure",
    "AuthFailure.TokenFailure",
    "FailedOperation",
    "InternalError",
    "InvalidAction",
    "InvalidParameter",
    "LimitExceeded",
    "MissingParameter",
    "NoSuchVersion",
    "RequestLimitExceeded",
    "ResourceInUse",
    "ResourceNotFound",
    "UnknownParameter",
    "UnsupportedOperation",
    "UnsupportedProtocol",
};
static const char *const of_cmq[] = {"FailedOperation.TryLater"};
static const char *const of_tdmq[] = {
    "InvalidParameterValue",       "FailedOperation.OperateLater", "LimitExceeded.Topics",
    "LimitExceeded.Subscriptions", "ResourceInUse.Queue",          "ResourceInUse.Topic",
    "ResourceInUse.Subscription",  "ResourceNotFound.Topic",
};

static bool is_among(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

static void answers_documented_codes_alone(void **state)
{
    (void)state;
    for (int outcome = CMQ_OK + 1; outcome < V3_OUTCOMES; outcome++) {
        if (outcome == CMQ_WAITING)
            continue;
        const char *cmq = v3_failure_code(outcome, V3_CMQ);
        const char *tdmq = v3_failure_code(outcome, V3_TDMQ);
        if (!is_among(cmq, documented, COUNT(documented)) &&
            !is_among(cmq, of_cmq, COUNT(of_cmq)))
            fail_msg("outcome %d: %s in cmq", outcome, cmq);
        if (!is_among(tdmq, documented, COUNT(documented)) &&
            !is_among(tdmq, of_tdmq, COUNT(of_tdmq)))
            fail_msg("outcome %d: %s in tdmq", outcome, tdmq);
        EXPECT_EQ(cmq, v3_failure_text(outcome) == NULL, outcome < CMQ_WAITING);
    }
}

static const char *code_of(enum v3_product product, const char *action, int outcome)
{
    return v3_action_code(v3_action_find(product, bytes_of(action)), outcome, product);
}

static void some_actions_have_codes_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(code_of(V3_TDMQ, "RewindCmqQueue", CMQ_NO_QUEUE),
                        "ResourceUnavailable");
    assert_string_equal(code_of(V3_TDMQ, "UnbindCmqDeadLetter", CMQ_NO_QUEUE),
                        "FailedOperation");
    assert_string_equal(code_of(V3_TDMQ, "ClearCmqQueue", CMQ_NO_QUEUE), "ResourceNotFound");
    assert_string_equal(code_of(V3_TDMQ, "DescribeCmqDeadLetterSourceQueues", CMQ_NO_QUEUE),
                        "ResourceNotFound.Cluster");
    assert_string_equal(code_of(V3_TDMQ, "DeleteCmqSubscribe", CMQ_NO_SUCH_SUBSCRIPTION),
                        "ResourceNotFound");
    assert_string_equal(
        code_of(V3_TDMQ, "ClearCmqSubscriptionFilterTags", CMQ_NO_SUCH_SUBSCRIPTION),
        "FailedOperation");
    assert_string_equal(code_of(V3_CMQ, "RewindQueue", CMQ_NO_QUEUE), "ResourceNotFound");
    assert_string_equal(v3_action_code(NULL, V3_INVALID_ACTION, V3_TDMQ), "InvalidAction");
}

static const char *text_of(const char *text, const char *name, const char *value)
{
    static char shown[256];
    struct buffer b = {0};
    v3_append_text(&b, text, bytes_of(name), bytes_of(value));
    snprintf(shown, sizeof shown, "%.*s", (int)b.len, b.data);
    buffer_free(&b);
    return shown;
}

static void puts_name_and_value_into_texts(void **state)
{
    (void)state;
    assert_string_equal(text_of("a", "N", "V"), "a");
    assert_string_equal(text_of("%s", "N%v", "V"), "N%v");
    assert_string_equal(text_of("a %v in %s.", "N", "V%s"), "a V%s in N.");
}

static const char *hint_for(enum v3_product product, const char *name)
{
    static char shown[256];
    struct buffer b = {0};
    v3_append_hint(&b, product, bytes_of(name));
    snprintf(shown, sizeof shown, "%s%.*s", name, (int)b.len, b.data);
    buffer_free(&b);
    return shown;
}

static void hints_at_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        enum v3_product product;
        const char *name, *hint;
    } rows[] = {
        {V3_TDMQ, "CreateQueue",
         "CreateQueue is an Action of cmq; tdmq calls it CreateCmqQueue"},
        {V3_CMQ, "SendCmqMsg", "SendCmqMsg is an Action of tdmq; cmq has none like it"},
        {V3_CMQ, "DescribeCmqQueueDetail",
         "DescribeCmqQueueDetail is an Action of tdmq; cmq calls it DescribeQueueDetail"},
        {V3_TDMQ, "SendMessage",
         "SendMessage is an Action of the API v2; tdmq calls it SendCmqMsg"},
        {V3_TDMQ, "receiveMessage",
         "receiveMessage is an Action of the API v2; tdmq has none like it"},
        {V3_CMQ, "GetTopicAttributes",
         "GetTopicAttributes is an Action of the API v2; cmq calls it DescribeTopicDetail"},
        {V3_CMQ, "ListSubscriptionByTopic",
         "ListSubscriptionByTopic is an Action of the API v2; cmq calls it "
         "DescribeSubscriptionDetail"},
        {V3_TDMQ, "CreateCmqQuue",
         "CreateCmqQuue is no Action of tdmq; did you mean CreateCmqQueue?"},
        {V3_CMQ, "deletequeue", "deletequeue is no Action of cmq; did you mean DeleteQueue?"},
        {V3_CMQ, "DescribeInstances", "DescribeInstances is no Action of cmq"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(hint_for(rows[i].product, rows[i].name), rows[i].hint);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_codes_of_both_products),
        cmocka_unit_test(answers_documented_codes_alone),
        cmocka_unit_test(some_actions_have_codes_of_their_own),
        cmocka_unit_test(puts_name_and_value_into_texts),
        cmocka_unit_test(hints_at_what_was_meant),
    };
    return cmocka_run_group_tests_name("v3_failure", tests, NULL, NULL);
}
