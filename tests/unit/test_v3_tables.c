/* The tables of API 3.0, against a second writing of api3 1, 7 and 8. */
#include "api/v3/actions.h"

#include "tests/support/fixture.h"
#include "tests/support/v3_client.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- which Actions and parameters there are ---- */

/* "!" follows what is required; the type is Int unless it says otherwise: "$" Str, "?" Bool, "*"
 * [Str], "%" [Filter], "#" [Tag]. */
static const struct {
    enum v3_product product;
    const char *action, *params;
} tables[] = {
    {V3_CMQ, "CreateQueue",
     "QueueName$! MaxMsgHeapNum PollingWaitSeconds VisibilityTimeout MaxMsgSize "
     "MsgRetentionSeconds RewindSeconds Transaction FirstQueryInterval MaxQueryCount "
     "DeadLetterQueueName$ Policy MaxReceiveCount MaxTimeToLive Trace?"},
    {V3_CMQ, "ModifyQueueAttribute",
     "QueueName$! MaxMsgHeapNum PollingWaitSeconds VisibilityTimeout MaxMsgSize "
     "MsgRetentionSeconds RewindSeconds FirstQueryInterval MaxQueryCount DeadLetterQueueName$ "
     "MaxTimeToLive MaxReceiveCount Policy Trace?"},
    {V3_CMQ, "DescribeQueueDetail", "Offset Limit Filters% TagKey$ QueueName$"},
    {V3_CMQ, "DeleteQueue", "QueueName$!"},
    {V3_CMQ, "ClearQueue", "QueueName$!"},
    {V3_CMQ, "RewindQueue", "QueueName$! StartConsumeTime!"},
    {V3_CMQ, "UnbindDeadLetter", "QueueName$!"},
    {V3_CMQ, "DescribeDeadLetterSourceQueues", "DeadLetterQueueName$! Offset Limit Filters%"},
    {V3_CMQ, "CreateTopic", "TopicName$! MaxMsgSize FilterType MsgRetentionSeconds Trace?"},
    {V3_CMQ, "ModifyTopicAttribute", "TopicName$! MaxMsgSize MsgRetentionSeconds Trace?"},
    {V3_CMQ, "DescribeTopicDetail", "Offset Limit Filters% TagKey$ TopicName$"},
    {V3_CMQ, "DeleteTopic", "TopicName$!"},
    {V3_CMQ, "CreateSubscribe",
     "TopicName$! SubscriptionName$! Protocol$! Endpoint$! NotifyStrategy$ FilterTag* "
     "BindingKey* NotifyContentFormat$"},
    {V3_CMQ, "ModifySubscriptionAttribute",
     "TopicName$! SubscriptionName$! NotifyStrategy$ NotifyContentFormat$ FilterTags* "
     "BindingKey*"},
    {V3_CMQ, "DescribeSubscriptionDetail", "TopicName$! Offset Limit Filters%"},
    {V3_CMQ, "ClearSubscriptionFilterTags", "TopicName$! SubscriptionName$!"},
    {V3_CMQ, "DeleteSubscribe", "TopicName$! SubscriptionName$!"},

    {V3_TDMQ, "CreateCmqQueue",
     "QueueName$! MaxMsgHeapNum PollingWaitSeconds VisibilityTimeout MaxMsgSize "
     "MsgRetentionSeconds RewindSeconds Transaction FirstQueryInterval MaxQueryCount "
     "DeadLetterQueueName$ Policy MaxReceiveCount MaxTimeToLive Trace? Tags# "
     "RetentionSizeInMB"},
    {V3_TDMQ, "ModifyCmqQueueAttribute",
     "QueueName$! MaxMsgHeapNum PollingWaitSeconds VisibilityTimeout MaxMsgSize "
     "MsgRetentionSeconds RewindSeconds FirstQueryInterval MaxQueryCount DeadLetterQueueName$ "
     "MaxTimeToLive MaxReceiveCount Policy Trace? Transaction RetentionSizeInMB"},
    {V3_TDMQ, "DescribeCmqQueueDetail", "QueueName$!"},
    {V3_TDMQ, "DescribeCmqQueues",
     "Offset Limit QueueName$ QueueNameList* IsTagFilter? Filters%"},
    {V3_TDMQ, "DeleteCmqQueue", "QueueName$!"},
    {V3_TDMQ, "ClearCmqQueue", "QueueName$!"},
    {V3_TDMQ, "RewindCmqQueue", "QueueName$! StartConsumeTime!"},
    {V3_TDMQ, "UnbindCmqDeadLetter", "SourceQueueName$!"},
    {V3_TDMQ, "DescribeCmqDeadLetterSourceQueues",
     "DeadLetterQueueName$! Limit Offset SourceQueueName$"},
    {V3_TDMQ, "CreateCmqTopic",
     "TopicName$! MaxMsgSize FilterType MsgRetentionSeconds Trace? Tags#"},
    {V3_TDMQ, "ModifyCmqTopicAttribute", "TopicName$! MaxMsgSize MsgRetentionSeconds Trace?"},
    {V3_TDMQ, "DescribeCmqTopicDetail", "TopicName$"},
    {V3_TDMQ, "DescribeCmqTopics",
     "Offset Limit TopicName$ TopicNameList* IsTagFilter? Filters%"},
    {V3_TDMQ, "DeleteCmqTopic", "TopicName$!"},
    {V3_TDMQ, "CreateCmqSubscribe",
     "TopicName$! SubscriptionName$! Protocol$! Endpoint$! NotifyStrategy$ FilterTag* "
     "BindingKey* NotifyContentFormat$"},
    {V3_TDMQ, "ModifyCmqSubscriptionAttribute",
     "TopicName$! SubscriptionName$! NotifyStrategy$ NotifyContentFormat$ FilterTags* "
     "BindingKey*"},
    {V3_TDMQ, "DeleteCmqSubscribe", "TopicName$! SubscriptionName$!"},
    {V3_TDMQ, "ClearCmqSubscriptionFilterTags", "TopicName$! SubscriptionName$!"},
    {V3_TDMQ, "DescribeCmqSubscriptionDetail",
     "TopicName$ Offset Limit SubscriptionName$ QueueName$ QueryType$"},
    {V3_TDMQ, "SendCmqMsg", "QueueName$! MsgContent$! DelaySeconds!"},
    {V3_TDMQ, "PublishCmqMsg", "TopicName$! MsgContent$! MsgTag*"},
};

/* As the table above has it. */
static const char *shape_of(const struct v3_param *p)
{
    static const char *const marks[] = {"", "$", "?", "*", "%", "#"};
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s", p->name, marks[p->type], p->required ? "!" : "");
    return text;
}

static const struct v3_param *find_param(const struct v3_action *a, struct bytes shape)
{
    for (size_t i = 0; i < a->param_count; i++)
        if (bytes_equal(bytes_of(shape_of(&a->params[i])), shape))
            return &a->params[i];
    return NULL;
}

static void has_every_action_with_every_parameter(void **state)
{
    (void)state;
    assert_int_equal(v3_action_count(V3_CMQ), 17);
    assert_int_equal(v3_action_count(V3_TDMQ), 21);
    assert_int_equal(COUNT(tables), 17 + 21);
    for (size_t i = 0; i < COUNT(tables); i++) {
        const struct v3_action *a =
            v3_action_find(tables[i].product, bytes_of(tables[i].action));
        size_t count = 0;
        if (a == NULL) {
            fail_msg("no Action %s", tables[i].action);
            return;
        }
        for (const char *at = tables[i].params; at != NULL; count++) {
            const char *blank = strchr(at, ' ');
            size_t len = blank != NULL ? (size_t)(blank - at) : strlen(at);
            if (find_param(a, (struct bytes){at, len}) == NULL)
                fail_msg("%s lacks %.*s", a->name, (int)len, at);
            at = blank != NULL ? blank + 1 : NULL;
        }
        EXPECT_EQ(a->name, a->param_count, count);
        EXPECT_EQ(a->name, a->param_count <= V3_PARAMS_MAX, true);
    }
}

static void actions_are_found_by_exact_name(void **state)
{
    (void)state;
    assert_null(v3_action_find(V3_CMQ, bytes_of("createQueue")));
    assert_null(v3_action_find(V3_CMQ, bytes_of("CreateCmqQueue")));
    assert_null(v3_action_find(V3_TDMQ, bytes_of("CreateQueue")));
    assert_null(v3_action_find(V3_TDMQ, (struct bytes){NULL, 0}));
}

/* ---- ranges ---- */

static const struct {
    const char *product; /* "cmq", "tdmq"; NULL: both */
    const char *about;   /* the Actions that contain this word; NULL: all */
    const char *param;
    int64_t least, greatest;
} ranges[] = {
    {NULL, NULL, "MaxMsgHeapNum", 1000000, 1000000000},
    {NULL, NULL, "PollingWaitSeconds", 0, 30},
    {NULL, NULL, "VisibilityTimeout", 1, 43200},
    {"cmq", NULL, "MaxMsgSize", 1024, 65536},
    {"tdmq", NULL, "MaxMsgSize", 1024, 1048576},
    {"cmq", "Queue", "MsgRetentionSeconds", 60, 1296000},
    {"tdmq", "Queue", "MsgRetentionSeconds", 30, 1296000},
    {NULL, "Topic", "MsgRetentionSeconds", 60, 86400},
    {NULL, NULL, "RewindSeconds", 0, 1296000},
    {NULL, NULL, "Policy", 0, 1},
    {NULL, NULL, "MaxReceiveCount", 1, 1000},
    {NULL, NULL, "MaxTimeToLive", 300, 43200},
    {NULL, NULL, "FirstQueryInterval", 0, INT32_MAX},
    {NULL, NULL, "MaxQueryCount", 0, INT32_MAX},
    {NULL, NULL, "FilterType", 1, 2},
    {NULL, NULL, "Offset", 0, INT32_MAX},
    {NULL, NULL, "Limit", 0, 50},
    {NULL, NULL, "RetentionSizeInMB", 10240, 512000},
    {NULL, NULL, "DelaySeconds", 0, INT32_MAX},
};

/* The outcome of judging this Action with one Int, and with its texts in the first place. */
static int judge(const struct v3_action *a, const struct v3_param *number, int64_t n)
{
    static struct v3_inputs in;
    static const struct engine_limits limits = {.max_delay_ms = 3600000};
    struct bytes culprit, value;
    memset(&in.values, 0, sizeof in.values);
    for (size_t i = 0; i < a->param_count; i++) {
        struct v3_value *v = &in.values.of[i];
        bool is_protocol = strcmp(a->params[i].name, "Protocol") == 0;
        v->given = a->params[i].required || &a->params[i] == number;
        v->text = bytes_of(is_protocol ? "queue" : "a");
        v->number = n;
    }
    return v3_inputs_judge(&in, a->params, a->param_count, &limits, &culprit, &value);
}

static bool contains(const char *text, const char *word)
{
    return word == NULL || strstr(text, word) != NULL;
}

static void try_range(enum v3_product product, size_t row)
{
    const char *name = product == V3_CMQ ? "cmq" : "tdmq";
    for (size_t i = 0; i < v3_action_count(product); i++) {
        const struct v3_action *a = v3_action_at(product, i);
        for (size_t j = 0; j < a->param_count; j++) {
            const struct v3_param *p = &a->params[j];
            if (strcmp(p->name, ranges[row].param) != 0 ||
                !contains(a->name, ranges[row].about))
                continue;
            EXPECT_EQ(name, p->type, V3_INT);
            EXPECT_EQ(a->name, judge(a, p, ranges[row].least), CMQ_OK);
            EXPECT_EQ(a->name, judge(a, p, ranges[row].greatest), CMQ_OK);
            EXPECT_EQ(a->name, judge(a, p, ranges[row].least - 1) != CMQ_OK, true);
            EXPECT_EQ(a->name, judge(a, p, ranges[row].greatest + 1) != CMQ_OK, true);
            EXPECT_EQ(a->name, judge(a, p, INT64_MAX) != CMQ_OK, true);
            EXPECT_EQ(a->name, judge(a, p, -INT64_MAX) != CMQ_OK, true);
        }
    }
}

static void judges_each_bound(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(ranges); row++) {
        const char *of = ranges[row].product;
        if (of == NULL || strcmp(of, "cmq") == 0)
            try_range(V3_CMQ, row);
        if (of == NULL || strcmp(of, "tdmq") == 0)
            try_range(V3_TDMQ, row);
    }
}

static bool has_range(const char *product, const char *action, const char *param)
{
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (strcmp(ranges[i].param, param) == 0 && contains(action, ranges[i].about) &&
            (ranges[i].product == NULL || strcmp(ranges[i].product, product) == 0))
            return true;
    /* Any instant will do; and Transaction has a failure of its own. */
    return strcmp(param, "StartConsumeTime") == 0 || strcmp(param, "Transaction") == 0;
}

static void tries_every_int(void **state)
{
    (void)state;
    for (int product = V3_CMQ; product <= V3_TDMQ; product++)
        for (size_t i = 0; i < v3_action_count((enum v3_product)product); i++) {
            const struct v3_action *a = v3_action_at((enum v3_product)product, i);
            for (size_t j = 0; j < a->param_count; j++)
                if (a->params[j].type == V3_INT &&
                    !has_range(product == V3_CMQ ? "cmq" : "tdmq", a->name, a->params[j].name))
                    fail_msg("no range for %s of %s", a->params[j].name, a->name);
        }
}

/* ---- what is required, and types ---- */

/* A value of another type than the row's. */
static const char *wrong_value(enum v3_type type)
{
    switch (type) {
    case V3_INT:
        return "1.5";
    case V3_STR:
        return "7";
    case V3_BOOL:
        return "\"true\"";
    case V3_STRS:
        return "[1]";
    case V3_FILTERS:
        return "[{\"Name\":7}]";
    case V3_TAG_SET:
        return "[\"k\"]";
    }
    return "";
}

/* A value of the right type, which need not be a good one. */
static const char *some_value(enum v3_type type)
{
    switch (type) {
    case V3_INT:
        return "1";
    case V3_STR:
        return "\"a\"";
    case V3_BOOL:
        return "true";
    case V3_STRS:
    case V3_FILTERS:
    case V3_TAG_SET:
        return "[]";
    }
    return "";
}

/* An object with all that is required but the parameter left out, and with value for another. */
static const char *object_of(const struct v3_action *a, const struct v3_param *left_out,
                             const struct v3_param *special, const char *value)
{
    static char text[2048];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < a->param_count; i++) {
        const struct v3_param *p = &a->params[i];
        if ((!p->required && p != special) || p == left_out)
            continue;
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s\"%s\":%s", len > 0 ? "," : "{",
                             p->name, p == special ? value : some_value(p->type));
    }
    snprintf(text + len, sizeof text - len, "%s}", len > 0 ? "" : "{");
    return text;
}

static void expect_message(const struct v3_got *g, const char *action, const char *code,
                           const char *message)
{
    if (strcmp(g->code, code) != 0 || strcmp(g->message, message) != 0)
        fail_msg("%s: %s %s, and not %s %s", action, g->code, g->message, code, message);
}

static void reports_each_that_is_missing_or_of_a_wrong_type(void **state)
{
    struct engine *e = ((struct fixture *)*state)->engine;
    char message[160];
    for (int product = V3_CMQ; product <= V3_TDMQ; product++)
        for (size_t i = 0; i < v3_action_count((enum v3_product)product); i++) {
            const struct v3_action *a = v3_action_at((enum v3_product)product, i);
            for (size_t j = 0; j < a->param_count; j++) {
                const struct v3_param *p = &a->params[j];
                snprintf(message, sizeof message,
                         "The value type of parameter `%s` is not valid", p->name);
                expect_message(v3_of(e, (enum v3_product)product, a->name,
                                     object_of(a, NULL, p, wrong_value(p->type))),
                               a->name, "InvalidParameter", message);
                snprintf(message, sizeof message,
                         "The request is missing a required parameter `%s`.", p->name);
                if (!p->required)
                    continue;
                expect_message(
                    v3_of(e, (enum v3_product)product, a->name, object_of(a, p, NULL, NULL)),
                    a->name, "MissingParameter", message);
                expect_message(
                    v3_of(e, (enum v3_product)product, a->name, object_of(a, NULL, p, "null")),
                    a->name, "MissingParameter", message);
            }
        }
    assert_true(engine_empty(e));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_action_with_every_parameter),
        cmocka_unit_test(actions_are_found_by_exact_name),
        cmocka_unit_test(judges_each_bound),
        cmocka_unit_test(tries_every_int),
        cmocka_unit_test_setup_teardown(reports_each_that_is_missing_or_of_a_wrong_type,
                                        fixture_setup, fixture_teardown),
    };
    int failed = cmocka_run_group_tests_name("v3_tables", tests, NULL, NULL);
    v3_forget();
    return failed;
}
