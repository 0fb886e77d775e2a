/* What is in each answer: just the members of the tables of api3, in their order, each of its
 * type. */
#include "api/v3/actions.h"

#include "tests/support/fixture.h"
#include "tests/support/v3_client.h"

#include <stdlib.h>

/* ---- shapes ---- */

/* A shape is a list of "Name:type", in order. Types: s a text, i an unsigned whole number, b a
 * truth value, n null, S a list of texts, @ a list, o an object; two letters: either. */
static bool fits(const cJSON *item, char type)
{
    switch (type) {
    case 's':
        return cJSON_IsString(item);
    case 'i':
        return cJSON_IsNumber(item) && item->valuedouble >= 0 &&
               (double)(int64_t)item->valuedouble == item->valuedouble;
    case 'b':
        return cJSON_IsBool(item);
    case 'n':
        return cJSON_IsNull(item);
    case 'S':
        for (const cJSON *i = item->child; i != NULL; i = i->next)
            if (!cJSON_IsString(i))
                return false;
        return cJSON_IsArray(item);
    case '@':
        return cJSON_IsArray(item);
    case 'o':
        return cJSON_IsObject(item);
    default:
        return false;
    }
}

static void expect_shape(const cJSON *object, const char *shape)
{
    const cJSON *item = object->child;
    const char *at = shape;
    while (*at != '\0') {
        size_t name = strcspn(at, ":");
        size_t types = strcspn(at + name + 1, " ");
        if (item == NULL || strlen(item->string) != name ||
            strncmp(item->string, at, name) != 0) {
            fail_msg("%.*s expected, not %s", (int)name, at,
                     item != NULL ? item->string : "the end");
            return;
        }
        bool good = false;
        for (size_t i = 0; i < types; i++)
            good = good || fits(item, at[name + 1 + i]);
        if (!good)
            fail_msg("%s is of another type", item->string);
        at += name + 1 + types;
        at += *at == ' ';
        item = item->next;
    }
    if (item != NULL)
        fail_msg("%s is too much", item->string);
}

/* api3 7.17 */
static const char queue_set[] =
    "QueueId:s QueueName:s CreateUin:i Qps:i Bps:i MaxDelaySeconds:i MaxMsgHeapNum:i "
    "PollingWaitSeconds:i MsgRetentionSeconds:i VisibilityTimeout:i MaxMsgSize:i "
    "RewindSeconds:i CreateTime:i LastModifyTime:i ActiveMsgNum:i InactiveMsgNum:i "
    "DelayMsgNum:i RewindMsgNum:i MinMsgTime:i Transaction:n DeadLetterSource:@ "
    "DeadLetterPolicy:on TransactionPolicy:n Tags:@ Trace:b Migrate:i";
static const char topic_set[] =
    "TopicId:s TopicName:s CreateUin:i MsgRetentionSeconds:i MaxMsgSize:i Qps:i FilterType:i "
    "CreateTime:i LastModifyTime:i MsgCount:i Tags:@ Trace:b Migrate:i";
static const char subscription[] =
    "SubscriptionName:s SubscriptionId:s TopicOwner:i MsgCount:i LastModifyTime:i CreateTime:i "
    "BindingKey:Sn Endpoint:s FilterTags:S Protocol:s NotifyStrategy:s NotifyContentFormat:s";
/* api3 8.17 */
static const char cmq_queue[] =
    "QueueId:s QueueName:s Qps:i Bps:i MaxDelaySeconds:i MaxMsgHeapNum:i PollingWaitSeconds:i "
    "MsgRetentionSeconds:i VisibilityTimeout:i MaxMsgSize:i RewindSeconds:i CreateTime:i "
    "LastModifyTime:i ActiveMsgNum:i InactiveMsgNum:i DelayMsgNum:i RewindMsgNum:in "
    "MinMsgTime:in Transaction:n DeadLetterSource:@n DeadLetterPolicy:on TransactionPolicy:n "
    "CreateUin:in Tags:@n Trace:bn TenantId:s NamespaceName:s Status:i MaxUnackedMsgNum:i "
    "MaxMsgBacklogSize:i RetentionSizeInMB:i";
static const char cmq_topic[] =
    "TopicId:s TopicName:s MsgRetentionSeconds:i MaxMsgSize:i Qps:i FilterType:i CreateTime:i "
    "LastModifyTime:i MsgCount:i CreateUin:in Tags:@n Trace:bn TenantId:s NamespaceName:s "
    "Status:i BrokerType:i SubscriptionCount:i";
static const char cmq_subscription[] =
    "SubscriptionName:s SubscriptionId:s TopicOwner:i MsgCount:i LastModifyTime:i CreateTime:i "
    "BindingKey:Sn Endpoint:s FilterTags:S Protocol:s NotifyStrategy:s NotifyContentFormat:s "
    "TopicName:s";

/* ---- each Action ---- */

/* The steps of a life, in which each Action succeeds once; path and shape of what is within the
 * response. */
static const struct step {
    enum v3_product product;
    const char *action, *json, *response, *path, *shape;
} steps[] = {
    {V3_CMQ, "CreateQueue", "{\"QueueName\":\"dead\"}", "QueueId:s RequestId:s", NULL, NULL},
    {V3_CMQ, "CreateQueue",
     "{\"QueueName\":\"q\",\"DeadLetterQueueName\":\"dead\",\"Policy\":0,\"MaxReceiveCount\":3,"
     "\"RewindSeconds\":60}",
     "QueueId:s RequestId:s", NULL, NULL},
    {V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"q\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0", queue_set},
    {V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"q\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0.DeadLetterPolicy",
     "DeadLetterQueue:s DeadLetterQueueName:s Policy:i MaxReceiveCount:i MaxTimeToLive:n"},
    {V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"dead\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0.DeadLetterSource.0",
     "QueueId:s QueueName:s"},
    {V3_CMQ, "DescribeDeadLetterSourceQueues", "{\"DeadLetterQueueName\":\"dead\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0", "QueueId:s QueueName:s"},
    {V3_CMQ, "ModifyQueueAttribute", "{\"QueueName\":\"q\",\"Policy\":1,\"MaxTimeToLive\":300}",
     "RequestId:s", NULL, NULL},
    {V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"q\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0.DeadLetterPolicy",
     "DeadLetterQueue:s DeadLetterQueueName:s Policy:i MaxReceiveCount:i MaxTimeToLive:i"},
    {V3_CMQ, "RewindQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1500000000}",
     "RequestId:s", NULL, NULL},
    {V3_CMQ, "ClearQueue", "{\"QueueName\":\"q\"}", "RequestId:s", NULL, NULL},
    {V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"dead\"}",
     "QueueDescribe:o RequestId:s", "QueueDescribe.DeadLetterSource.0",
     "QueueId:s QueueName:s"},
    {V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}", "QueueDescribe:o RequestId:s",
     "QueueDescribe.DeadLetterPolicy",
     "DeadLetterQueue:s Policy:i MaxTimeToLive:i MaxReceiveCount:i"},
    {V3_TDMQ, "DescribeCmqDeadLetterSourceQueues", "{\"DeadLetterQueueName\":\"dead\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0", "QueueId:s QueueName:s"},
    {V3_CMQ, "UnbindDeadLetter", "{\"QueueName\":\"q\"}", "RequestId:s", NULL, NULL},
    {V3_TDMQ, "CreateCmqQueue",
     "{\"QueueName\":\"t\",\"DeadLetterQueueName\":\"dead\",\"Policy\":0,\"MaxReceiveCount\":3,"
     "\"RewindSeconds\":60,\"Tags\":[{\"TagKey\":\"k\",\"TagValue\":\"v\"}]}",
     "QueueId:s RequestId:s", NULL, NULL},
    {V3_TDMQ, "SendCmqMsg", "{\"QueueName\":\"t\",\"MsgContent\":\"m\",\"DelaySeconds\":0}",
     "Result:b MsgId:s RequestId:s", NULL, NULL},
    {V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"t\"}", "QueueDescribe:o RequestId:s",
     "QueueDescribe", cmq_queue},
    {V3_TDMQ, "DescribeCmqQueues", "{}", "TotalCount:i QueueList:@ RequestId:s", "QueueList.1",
     cmq_queue},
    {V3_TDMQ, "DescribeCmqQueues", "{}", "TotalCount:i QueueList:@ RequestId:s",
     "QueueList.2.Tags.0", "TagKey:s TagValue:s"},
    {V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"t\"}",
     "TotalCount:i QueueSet:@ RequestId:s", "QueueSet.0.Tags.0", "TagKey:s TagValue:s"},
    {V3_TDMQ, "ModifyCmqQueueAttribute", "{\"QueueName\":\"t\",\"Trace\":false}", "RequestId:s",
     NULL, NULL},
    {V3_TDMQ, "RewindCmqQueue", "{\"QueueName\":\"t\",\"StartConsumeTime\":1500000000000}",
     "RequestId:s", NULL, NULL},
    {V3_TDMQ, "ClearCmqQueue", "{\"QueueName\":\"t\"}", "RequestId:s", NULL, NULL},
    {V3_TDMQ, "UnbindCmqDeadLetter", "{\"SourceQueueName\":\"t\"}", "RequestId:s", NULL, NULL},
    {V3_TDMQ, "DeleteCmqQueue", "{\"QueueName\":\"t\"}", "RequestId:s", NULL, NULL},
    {V3_CMQ, "DeleteQueue", "{\"QueueName\":\"q\"}", "RequestId:s", NULL, NULL},

    {V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}", "TopicId:s RequestId:s", NULL, NULL},
    {V3_TDMQ, "CreateCmqTopic",
     "{\"TopicName\":\"u\",\"Tags\":[{\"TagKey\":\"k\"}],\"Trace\":true,\"FilterType\":2}",
     "TopicId:s RequestId:s", NULL, NULL},
    {V3_CMQ, "CreateSubscribe",
     "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
     "\"dead\",\"FilterTag\":[\"a\"]}",
     "SubscriptionId:s RequestId:s", NULL, NULL},
    {V3_TDMQ, "CreateCmqSubscribe",
     "{\"TopicName\":\"u\",\"SubscriptionName\":\"s\",\"Protocol\":\"http\",\"Endpoint\":"
     "\"http://a/\",\"BindingKey\":[\"a.#\"]}",
     "SubscriptionId:s RequestId:s", NULL, NULL},
    {V3_TDMQ, "PublishCmqMsg",
     "{\"TopicName\":\"u\",\"MsgContent\":\"m\",\"MsgTag\":[\"a.b\"]}",
     "Result:b MsgId:s RequestId:s", NULL, NULL},
    {V3_CMQ, "DescribeTopicDetail", "{}", "TotalCount:i TopicSet:@ RequestId:s", "TopicSet.0",
     topic_set},
    {V3_CMQ, "DescribeTopicDetail", "{}", "TotalCount:i TopicSet:@ RequestId:s", "TopicSet.1",
     topic_set},
    {V3_TDMQ, "DescribeCmqTopics", "{}", "TopicList:@ TotalCount:i RequestId:s", "TopicList.0",
     cmq_topic},
    {V3_TDMQ, "DescribeCmqTopicDetail", "{\"TopicName\":\"u\"}", "TopicDescribe:o RequestId:s",
     "TopicDescribe", cmq_topic},
    {V3_CMQ, "ModifyTopicAttribute", "{\"TopicName\":\"t\",\"MaxMsgSize\":1024}", "RequestId:s",
     NULL, NULL},
    {V3_TDMQ, "ModifyCmqTopicAttribute", "{\"TopicName\":\"t\",\"MaxMsgSize\":1048576}",
     "RequestId:s", NULL, NULL},
    {V3_CMQ, "DescribeSubscriptionDetail", "{\"TopicName\":\"t\"}",
     "TotalCount:i SubscriptionSet:@ RequestId:s", "SubscriptionSet.0", subscription},
    {V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"TopicName\":\"u\"}",
     "TotalCount:i SubscriptionSet:@ RequestId:s", "SubscriptionSet.0", cmq_subscription},
    {V3_TDMQ, "DescribeCmqSubscriptionDetail",
     "{\"QueryType\":\"queue\",\"QueueName\":\"dead\"}",
     "TotalCount:i SubscriptionSet:@ RequestId:s", "SubscriptionSet.0", cmq_subscription},
    {V3_CMQ, "ModifySubscriptionAttribute",
     "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"FilterTags\":[\"b\"]}", "RequestId:s",
     NULL, NULL},
    {V3_TDMQ, "ModifyCmqSubscriptionAttribute",
     "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"FilterTags\":[\"b\"]}", "RequestId:s",
     NULL, NULL},
    {V3_CMQ, "ClearSubscriptionFilterTags", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}",
     "RequestId:s", NULL, NULL},
    {V3_TDMQ, "ClearCmqSubscriptionFilterTags",
     "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}", "RequestId:s", NULL, NULL},
    {V3_CMQ, "DeleteSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}",
     "RequestId:s", NULL, NULL},
    {V3_TDMQ, "DeleteCmqSubscribe", "{\"TopicName\":\"u\",\"SubscriptionName\":\"s\"}",
     "RequestId:s", NULL, NULL},
    {V3_CMQ, "DeleteTopic", "{\"TopicName\":\"t\"}", "RequestId:s", NULL, NULL},
    {V3_TDMQ, "DeleteCmqTopic", "{\"TopicName\":\"u\"}", "RequestId:s", NULL, NULL},
};

static void answers_have_just_the_members_of_the_tables(void **state)
{
    struct engine *e = ((struct fixture *)*state)->engine;
    for (size_t i = 0; i < COUNT(steps); i++) {
        const struct step *s = &steps[i];
        const cJSON *r = v3_get(e, s->product, s->action, s->json);
        expect_shape(r, s->response);
        if (s->path != NULL)
            expect_shape(v3_member(r, s->path), s->shape);
        engine_check(e);
    }
}

static void the_steps_try_every_action(void **state)
{
    (void)state;
    for (int product = V3_CMQ; product <= V3_TDMQ; product++)
        for (size_t i = 0; i < v3_action_count((enum v3_product)product); i++) {
            const char *name = v3_action_at((enum v3_product)product, i)->name;
            size_t at = 0;
            while (at < COUNT(steps) && strcmp(steps[at].action, name) != 0)
                at++;
            if (at == COUNT(steps))
                fail_msg("no step for %s", name);
        }
}

/* ---- out of memory ---- */

/* Whether an answer is there or not, nothing is left over, and the engine is consistent. */
static void live_in_scarcity(struct engine *e)
{
    for (size_t i = 0; i < COUNT(steps); i++) {
        v3_of(e, steps[i].product, steps[i].action, steps[i].json);
        engine_check(e);
    }
    v3_forget();
}

static void survives_without_memory(void **state)
{
    (void)state;
    assert_true(fixture_starve(live_in_scarcity, false) > 10);
    fixture_starve(live_in_scarcity, true);
}

/* ---- values ---- */

static void times_are_seconds_in_cmq_and_milliseconds_in_tdmq(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\"}");
    v3_get(e, V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}");
    v3_get(
        e, V3_CMQ, "CreateSubscribe",
        "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
        "\"q\"}");
    fixture_pass(w, 1500);
    v3_get(e, V3_CMQ, "ModifyQueueAttribute", "{\"QueueName\":\"q\",\"PollingWaitSeconds\":1}");
    v3_get(e, V3_TDMQ, "SendCmqMsg",
           "{\"QueueName\":\"q\",\"MsgContent\":\"m\",\"DelaySeconds\":0}");
    const cJSON *r = v3_get(e, V3_CMQ, "DescribeQueueDetail", "{}");
    assert_int_equal(v3_number(r, "QueueSet.0.CreateTime"), 1500000000);
    assert_int_equal(v3_number(r, "QueueSet.0.LastModifyTime"), 1500000001);
    assert_int_equal(v3_number(r, "QueueSet.0.MinMsgTime"), 1500000001);
    r = v3_get(e, V3_TDMQ, "DescribeCmqQueues", "{}");
    assert_int_equal(v3_number(r, "QueueList.0.CreateTime"), 1500000000250);
    assert_int_equal(v3_number(r, "QueueList.0.LastModifyTime"), 1500000001750);
    assert_int_equal(v3_number(r, "QueueList.0.MinMsgTime"), 1500000001750);
    r = v3_get(e, V3_CMQ, "DescribeTopicDetail", "{}");
    assert_int_equal(v3_number(r, "TopicSet.0.CreateTime"), 1500000000);
    r = v3_get(e, V3_TDMQ, "DescribeCmqTopics", "{}");
    assert_int_equal(v3_number(r, "TopicList.0.CreateTime"), 1500000000250);
    r = v3_get(e, V3_CMQ, "DescribeSubscriptionDetail", "{\"TopicName\":\"t\"}");
    assert_int_equal(v3_number(r, "SubscriptionSet.0.CreateTime"), 1500000000);
    r = v3_get(e, V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"TopicName\":\"t\"}");
    assert_int_equal(v3_number(r, "SubscriptionSet.0.CreateTime"), 1500000000250);
}

static void numbers_of_the_service_are_as_in_its_samples(void **state)
{
    struct engine *e = ((struct fixture *)*state)->engine;
    v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}");
    v3_get(e, V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\"}");
    const cJSON *q = v3_member(v3_get(e, V3_TDMQ, "DescribeCmqQueues", "{}"), "QueueList.0");
    assert_int_equal(v3_number(q, "Qps"), 5000);
    assert_int_equal(v3_number(q, "Bps"), 52428800);
    assert_int_equal(v3_number(q, "MaxDelaySeconds"), 3600);
    assert_int_equal(v3_number(q, "Status"), 1);
    assert_int_equal(v3_number(q, "MaxUnackedMsgNum"), 100000);
    assert_int_equal(v3_number(q, "MaxMsgBacklogSize"), 10737418240);
    static const char *const nulls[] = {"RewindMsgNum",
                                        "MinMsgTime",
                                        "Transaction",
                                        "DeadLetterSource",
                                        "DeadLetterPolicy",
                                        "CreateUin",
                                        "TransactionPolicy",
                                        "Tags",
                                        "Trace"};
    for (size_t i = 0; i < COUNT(nulls); i++)
        if (!cJSON_IsNull(v3_member(q, nulls[i])))
            fail_msg("%s is not null", nulls[i]);
    const cJSON *t = v3_member(v3_get(e, V3_TDMQ, "DescribeCmqTopics", "{}"), "TopicList.0");
    assert_int_equal(v3_number(t, "MsgRetentionSeconds"), 86400);
    assert_int_equal(v3_number(t, "MaxMsgSize"), 1048576);
    assert_int_equal(v3_number(t, "SubscriptionCount"), 0);
    assert_string_equal(v3_text(t, "NamespaceName"), "CMQ_TOPIC-t");
    assert_memory_equal(v3_text(t, "TopicId"), "cmqt-", 5);
    q = v3_member(v3_get(e, V3_CMQ, "DescribeQueueDetail", "{}"), "QueueSet.0");
    assert_int_equal(v3_number(q, "CreateUin"), 100000000001);
    assert_int_equal(v3_number(q, "Migrate"), 4);
    assert_true(cJSON_IsFalse(v3_member(q, "Trace")));
    assert_int_equal(cJSON_GetArraySize(v3_member(q, "Tags")), 0);
    assert_int_equal(cJSON_GetArraySize(v3_member(q, "DeadLetterSource")), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        CASE(answers_have_just_the_members_of_the_tables),
        cmocka_unit_test(the_steps_try_every_action),
        cmocka_unit_test(survives_without_memory),
        CASE(times_are_seconds_in_cmq_and_milliseconds_in_tdmq),
        CASE(numbers_of_the_service_are_as_in_its_samples),
    };
    int failed = cmocka_run_group_tests_name("v3_writer", tests, NULL, NULL);
    v3_forget();
    return failed;
}
