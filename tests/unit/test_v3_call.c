/* Calls of API 3.0 from what is sent to the answer: the order of checks, and what each Action
 * does. */
#include "api/v2/writer.h"
#include "api/v3/actions.h"

#include "tests/support/fixture.h"
#include "tests/support/v3_client.h"

#include <stdio.h>
#include <stdlib.h>

static struct engine *engine_of(void **state)
{
    return ((struct fixture *)*state)->engine;
}

/* ---- the request: api3 6 ---- */

static void reports_the_first_of_several_mistakes(void **state)
{
    struct engine *e = engine_of(state);
    static const struct {
        const char *what;
        struct v3_sent sent;
        const char *code, *message;
    } rows[] = {
        {"method",
         {.method = "PUT", .body = {"{", 1}, .timestamp = "", .refusal = V3_SIGNATURE_FAILURE},
         "UnsupportedProtocol",
         "The HTTP method `PUT` is not supported, only GET and POST are."},
        {"syntax",
         {.body = {"{", 1}, .timestamp = "", .refusal = V3_SIGNATURE_FAILURE},
         "InvalidParameter",
         "The body must be a JSON object: with X-TC-Action, parameters of a POST are JSON."},
        {"timestamp",
         {.action = "", .timestamp = "", .refusal = V3_SIGNATURE_FAILURE},
         "MissingParameter",
         "The request is missing a required parameter `Timestamp`."},
        {"action",
         {.version = "x", .refusal = V3_SIGNATURE_FAILURE},
         "MissingParameter",
         "The request is missing a required parameter `Action`."},
        {"version",
         {.action = "x", .refusal = V3_SIGNATURE_FAILURE},
         "MissingParameter",
         "The request is missing a required parameter `Version`."},
        {"type of the timestamp",
         {.action = "x", .version = "y", .timestamp = "today", .refusal = V3_SIGNATURE_FAILURE},
         "InvalidParameter",
         "Parameter `Timestamp` type error."},
        {"signature",
         {.action = "x", .version = "y", .refusal = V3_SIGNATURE_FAILURE},
         "AuthFailure.SignatureFailure",
         "The provided credentials could not be validated. Please check your signature is "
         "correct."},
        {"unknown version",
         {.action = "x", .version = "y"},
         "NoSuchVersion",
         "The request `Version` is invalid or not found."},
        {"unknown action",
         {.action = "x", .version = "2019-03-04", .body = {"{\"Z\":1}", 7}},
         "InvalidAction",
         "The request `Action` is invalid or not found."},
        {"unknown parameter",
         {.action = "DeleteQueue", .version = "2019-03-04", .body = {"{\"Z\":1}", 7}},
         "UnknownParameter",
         "The parameter `Z` is not recognized."},
        {"missing",
         {.action = "RewindQueue",
          .version = "2019-03-04",
          .body = {"{\"StartConsumeTime\":\"x\"}", 24}},
         "MissingParameter",
         "The request is missing a required parameter `QueueName`."},
        {"type",
         {.action = "RewindQueue",
          .version = "2019-03-04",
          .body = {"{\"QueueName\":\"-\",\"StartConsumeTime\":\"x\"}", 40}},
         "InvalidParameter",
         "The value type of parameter `StartConsumeTime` is not valid"},
        {"value",
         {.action = "DeleteQueue",
          .version = "2019-03-04",
          .body = {"{\"QueueName\":\"-\"}", 17}},
         "InvalidParameter",
         "(10020)queue name format error"},
        {"too large",
         {.action = "DeleteQueue", .version = "2019-03-04", .too_large = true},
         "InvalidParameter",
         "The request is larger than --max-body allows."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct v3_got *g = v3_send(e, &rows[i].sent);
        if (strcmp(g->code, rows[i].code) != 0 || strcmp(g->message, rows[i].message) != 0)
            fail_msg("%s: %s %s", rows[i].what, g->code, g->message);
    }
}

/* A name of 300 bytes is shown to its 256th one, or to the character before. */
static void shortens_what_it_shows(void **state)
{
    static const struct {
        const char *what, *character;
        int shown;
    } rows[] = {{"letters", "x", 256}, {"of three bytes", "\xe4\xbd\xa0", 255}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[301] = "", json[320], message[400];
        size_t len = strlen(rows[i].character);
        for (size_t at = 0; at < 300; at += len)
            memcpy(name + at, rows[i].character, len);
        snprintf(json, sizeof json, "{\"%s\":1}", name);
        snprintf(message, sizeof message, "The parameter `%.*s` is not recognized.",
                 rows[i].shown, name);
        const struct v3_got *g = v3_tdmq(engine_of(state), "CreateCmqQueue", json);
        if (strcmp(g->message, message) != 0)
            fail_msg("%s: %s", rows[i].what, g->message);
    }
}

/* ---- queues ---- */

static void creates_shows_and_deletes_a_queue(void **state)
{
    struct engine *e = engine_of(state);
    const cJSON *r = v3_get(e, V3_CMQ, "CreateQueue",
                            "{\"QueueName\":\"q\",\"VisibilityTimeout\":5,\"Trace\":true}");
    assert_memory_equal(v3_text(r, "QueueId"), "queue-", 6);
    r = v3_get(e, V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"q\"}");
    assert_int_equal(v3_number(r, "TotalCount"), 1);
    assert_int_equal(v3_number(r, "QueueSet.0.VisibilityTimeout"), 5);
    assert_int_equal(v3_number(r, "QueueSet.0.MsgRetentionSeconds"), 345600);
    assert_true(cJSON_IsTrue(v3_member(r, "QueueSet.0.Trace")));
    v3_expect(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"Q\"}", "InvalidParameter");
    v3_get(e, V3_CMQ, "DeleteQueue", "{\"QueueName\":\"q\"}");
    v3_expect(e, V3_CMQ, "DeleteQueue", "{\"QueueName\":\"q\"}", "ResourceNotFound");
}

static void queues_of_tdmq_have_its_defaults(void **state)
{
    struct engine *e = engine_of(state);
    const cJSON *r = v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}");
    assert_memory_equal(v3_text(r, "QueueId"), "cmqq-", 5);
    assert_int_equal(strlen(v3_text(r, "QueueId")), 5 + 12);
    r = v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"Q\"}");
    assert_int_equal(v3_number(r, "QueueDescribe.MsgRetentionSeconds"), 3600);
    assert_int_equal(v3_number(r, "QueueDescribe.MaxMsgSize"), 1048576);
    assert_int_equal(v3_number(r, "QueueDescribe.CreateTime"), FIXTURE_START_MS);
    assert_string_equal(v3_text(r, "QueueDescribe.TenantId"), "cmq-1250000000");
    assert_string_equal(v3_text(r, "QueueDescribe.NamespaceName"), "CMQ_QUEUE-q");
    assert_true(cJSON_IsNull(v3_member(r, "QueueDescribe.Trace")));
    assert_true(cJSON_IsNull(v3_member(r, "QueueDescribe.Tags")));
    v3_expect(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}", "ResourceInUse.Queue");
}

/* ---- warnings, names for the log ---- */

static void warns_of_unknown_names(void **state)
{
    struct engine *e = engine_of(state);
    const struct v3_got *g = v3_tdmq(e, "CreateQueue", "{}");
    assert_string_equal(g->warnings,
                        "CreateQueue is an Action of cmq; tdmq calls it CreateCmqQueue\n");
    assert_int_equal(g->warning_kinds[WARNING_UNKNOWN_ACTION], 1);
    assert_string_equal(g->action, "CreateQueue");
    g = v3_tdmq(e, "CreateCmqQueue", "{\"QueueNam\":\"q\"}");
    assert_string_equal(g->warnings,
                        "the parameter QueueNam is not used by CreateCmqQueue; did "
                        "you mean QueueName?\n");
    assert_int_equal(g->warning_kinds[WARNING_UNKNOWN_PARAMETER], 1);
    v3_get(e, V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}");
    g = v3_cmq(e, "CreateSubscribe",
               "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\","
               "\"Endpoint\":\"none\"}");
    assert_int_equal(g->warning_kinds[WARNING_NO_SUCH_QUEUE], 1);
}

/* A queue of tdmq keeps messages for an hour unless told otherwise. */
static void warns_of_messages_that_nobody_will_see(void **state)
{
    struct engine *e = engine_of(state);
    const struct v3_got *g;
    v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}");
    g = v3_tdmq(e, "SendCmqMsg",
                "{\"QueueName\":\"q\",\"MsgContent\":\"a\",\"DelaySeconds\":3599}");
    assert_int_equal(g->warning_kinds[WARNING_UNSEEN], 0);
    g = v3_tdmq(e, "SendCmqMsg",
                "{\"QueueName\":\"q\",\"MsgContent\":\"a\",\"DelaySeconds\":3600}");
    assert_int_equal(g->warning_kinds[WARNING_UNSEEN], 1);
    assert_string_equal(g->code, "");
}

static void tells_the_names_for_the_log(void **state)
{
    struct engine *e = engine_of(state);
    const struct v3_got *g = v3_cmq(e, "DeleteQueue", "{\"QueueName\":\"q\"}");
    assert_string_equal(g->queue, "q");
    assert_string_equal(g->action, "DeleteQueue");
    g = v3_tdmq(e, "UnbindCmqDeadLetter", "{\"SourceQueueName\":\"r\"}");
    assert_string_equal(g->queue, "r");
    g = v3_cmq(e, "DeleteSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}");
    assert_string_equal(g->topic, "t");
    assert_string_equal(g->subscription, "s");
    g = v3_cmq(e, "DescribeQueueDetail", "{\"QueueName\":\"q\",\"Limit\":99}");
    assert_string_equal(g->queue, "q"); /* also of a call that fails */
}

/* ---- what Actions do ---- */

/* Rows of calls, each with the code that it is to get. */
struct row {
    enum v3_product product;
    const char *action, *json, *code;
};

static void play(struct engine *e, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        v3_expect(e, rows[i].product, rows[i].action, rows[i].json, rows[i].code);
        engine_check(e);
    }
}
#define PLAY(state, rows) play(engine_of(state), rows, COUNT(rows))

static void answers_the_codes_of_state(void **state)
{
    static const struct row rows[] = {
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\"}", ""},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\"}", "InvalidParameter"},
        {V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}", "ResourceInUse.Queue"},
        {V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}", ""},
        {V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}", "ResourceInUse"},
        {V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\"}", "ResourceInUse.Topic"},
        {V3_CMQ, "CreateSubscribe",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\"}",
         ""},
        {V3_CMQ, "CreateSubscribe",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\"}",
         "ResourceInUse"},
        {V3_TDMQ, "CreateCmqSubscribe",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\"}",
         "ResourceInUse.Subscription"},
        {V3_CMQ, "DeleteTopic", "{\"TopicName\":\"t\"}", "ResourceInUse"},
        {V3_TDMQ, "DeleteCmqTopic", "{\"TopicName\":\"t\"}", "FailedOperation"},
        {V3_CMQ, "RewindQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1}",
         "FailedOperation"},
        {V3_TDMQ, "RewindCmqQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1}",
         "FailedOperation"},
        {V3_TDMQ, "RewindCmqQueue", "{\"QueueName\":\"none\",\"StartConsumeTime\":1}",
         "ResourceUnavailable"},
        {V3_TDMQ, "UnbindCmqDeadLetter", "{\"SourceQueueName\":\"none\"}", "FailedOperation"},
        {V3_TDMQ, "ClearCmqQueue", "{\"QueueName\":\"none\"}", "ResourceNotFound"},
        {V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"none\"}", "ResourceNotFound"},
        {V3_TDMQ, "SendCmqMsg",
         "{\"QueueName\":\"none\",\"MsgContent\":\"m\",\"DelaySeconds\":0}",
         "ResourceNotFound"},
        {V3_TDMQ, "DescribeCmqTopicDetail", "{\"TopicName\":\"none\"}",
         "ResourceNotFound.Topic"},
        {V3_TDMQ, "DescribeCmqTopicDetail", "{}", "ResourceNotFound.Topic"},
        {V3_TDMQ, "DescribeCmqSubscriptionDetail", "{}", "ResourceNotFound.Topic"},
        {V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"QueryType\":\"queue\"}",
         "MissingParameter"},
        {V3_TDMQ, "DescribeCmqSubscriptionDetail", "{\"QueryType\":\"other\"}",
         "InvalidParameterValue"},
        {V3_CMQ, "DescribeSubscriptionDetail", "{\"TopicName\":\"none\"}", "ResourceNotFound"},
        {V3_TDMQ, "DeleteCmqSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"none\"}",
         "ResourceNotFound"},
        {V3_CMQ, "DeleteSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"none\"}",
         "ResourceNotFound"},
        {V3_TDMQ, "ModifyCmqSubscriptionAttribute",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"none\"}", "FailedOperation"},
        {V3_TDMQ, "CreateCmqQueue",
         "{\"QueueName\":\"d\",\"DeadLetterQueueName\":\"none\",\"Policy\":0,"
         "\"MaxReceiveCount\":1}",
         "FailedOperation"},
        {V3_CMQ, "CreateQueue",
         "{\"QueueName\":\"d\",\"DeadLetterQueueName\":\"none\",\"Policy\":0,"
         "\"MaxReceiveCount\":1}",
         "ResourceNotFound"},
        {V3_CMQ, "CreateQueue",
         "{\"QueueName\":\"d\",\"DeadLetterQueueName\":\"q\",\"Policy\":1}",
         "MissingParameter"},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"d\",\"Policy\":0,\"MaxReceiveCount\":1}",
         "InvalidParameter"},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"d\",\"DeadLetterQueueName\":\"q\"}",
         "InvalidParameter"},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"d\",\"Transaction\":1}",
         "UnsupportedOperation"},
        {V3_CMQ, "CreateQueue",
         "{\"QueueName\":\"d\",\"Transaction\":0,\"FirstQueryInterval\":5,\"MaxQueryCount\":5}",
         ""},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"e\",\"Transaction\":2}", "InvalidParameter"},
        {V3_CMQ, "CreateQueue",
         "{\"QueueName\":\"e\",\"MsgRetentionSeconds\":60,\"RewindSeconds\":61}",
         "InvalidParameter"},
        {V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"e\",\"RewindSeconds\":1296000}", ""},
        {V3_TDMQ, "ModifyCmqQueueAttribute", "{\"QueueName\":\"d\",\"RewindSeconds\":345601}",
         ""},
        {V3_CMQ, "ModifyTopicAttribute", "{\"TopicName\":\"t\",\"Qps\":1}", "UnknownParameter"},
        {V3_CMQ, "CreateSubscribe",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"u\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\",\"FilterTag\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]}",
         "LimitExceeded"},
        {V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"none\",\"MsgContent\":\"m\"}",
         "ResourceNotFound"},
        {V3_TDMQ, "SendCmqMsg", "{\"QueueName\":\"q\",\"MsgContent\":\"\",\"DelaySeconds\":0}",
         "InvalidParameterValue"},
    };
    PLAY(state, rows);
}

static void limits_are_reported(void **state)
{
    struct engine_limits limits = engine_limits_strict();
    limits.max_queues = limits.max_topics = limits.max_subscriptions = 1;
    limits.control_rate = 8;
    fixture_reopen(*state, limits);
    static const struct row rows[] = {
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\"}", ""},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"r\"}", "LimitExceeded"},
        {V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\"}", ""},
        {V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"u\"}", "LimitExceeded.Topics"},
        {V3_CMQ, "DeleteQueue", "{\"QueueName\":\"q\"}", ""},
        {V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\"}", "FailedOperation.TryLater"},
        {V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}", "FailedOperation.OperateLater"},
        {V3_CMQ, "DescribeQueueDetail", "{\"Limit\":51}", "InvalidParameter"}, /* not counted */
        {V3_CMQ, "DescribeQueueDetail", "{}", ""},
        {V3_CMQ, "DescribeQueueDetail", "{}", "RequestLimitExceeded"},
    };
    PLAY(state, rows);
}

static void clearing_drops_messages_of_all_states(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\",\"RewindSeconds\":60}");
    struct queue *q = engine_find_queue(e, bytes_of("q"));
    fixture_send(w, q, "delayed", 5000);
    for (int i = 0; i < 3; i++)
        fixture_send(w, q, "m", 0);
    fixture_consume(w, q);
    assert_non_null(fixture_receive(w, q));
    EXPECT_COUNTS("before", q, 1, 1, 1, 1);
    v3_get(e, V3_CMQ, "ClearQueue", "{\"QueueName\":\"q\"}");
    EXPECT_COUNTS("after", q, 0, 0, 0, 0);
    fixture_park(w, q, 1, 1, 10000);
    v3_get(e, V3_TDMQ, "ClearCmqQueue", "{\"QueueName\":\"q\"}");
    assert_int_equal(q->poll_count, 1); /* goes on waiting */
    fixture_send(w, q, "m", 0);
    fixture_pass(w, 0);
    assert_int_equal(fixture_next_release(w).outcome, CMQ_OK);
}

static void parts_of_a_policy_can_be_changed(void **state)
{
    struct engine *e = engine_of(state);
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"dead\"}");
    v3_get(e, V3_CMQ, "CreateQueue",
           "{\"QueueName\":\"q\",\"DeadLetterQueueName\":\"dead\",\"MaxReceiveCount\":3}");
    v3_get(e, V3_CMQ, "ModifyQueueAttribute", "{\"QueueName\":\"q\",\"MaxReceiveCount\":4}");
    const cJSON *r = v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}");
    assert_string_equal(v3_text(r, "QueueDescribe.DeadLetterPolicy.DeadLetterQueue"), "dead");
    assert_int_equal(v3_number(r, "QueueDescribe.DeadLetterPolicy.MaxReceiveCount"), 4);
    assert_int_equal(v3_number(r, "QueueDescribe.DeadLetterPolicy.MaxTimeToLive"), 0);
    v3_expect(e, V3_CMQ, "ModifyQueueAttribute", "{\"QueueName\":\"q\",\"Policy\":1}",
              "InvalidParameter");
    v3_get(e, V3_CMQ, "ModifyQueueAttribute",
           "{\"QueueName\":\"q\",\"Policy\":1,\"MaxTimeToLive\":300}");
    r = v3_get(e, V3_CMQ, "DescribeQueueDetail", "{\"QueueName\":\"q\"}");
    assert_string_equal(v3_text(r, "QueueSet.0.DeadLetterPolicy.DeadLetterQueueName"), "dead");
    assert_memory_equal(v3_text(r, "QueueSet.0.DeadLetterPolicy.DeadLetterQueue"), "queue-", 6);
    assert_int_equal(v3_number(r, "QueueSet.0.DeadLetterPolicy.MaxTimeToLive"), 300);
    assert_int_equal(v3_number(r, "QueueSet.0.DeadLetterPolicy.Policy"), 1);
    v3_expect(e, V3_CMQ, "DeleteQueue", "{\"QueueName\":\"dead\"}", "ResourceInUse");
    v3_get(e, V3_TDMQ, "UnbindCmqDeadLetter", "{\"SourceQueueName\":\"q\"}");
    v3_expect(e, V3_CMQ, "UnbindDeadLetter", "{\"QueueName\":\"q\"}", "ResourceNotFound");
    v3_get(e, V3_CMQ, "DeleteQueue", "{\"QueueName\":\"dead\"}");
}

/* The names on the page, in order. */
static void expect_names(const cJSON *response, const char *list, const char *key,
                         const char *names)
{
    char text[256] = "";
    size_t len = 0;
    const cJSON *item;
    cJSON_ArrayForEach (item, v3_member(response, list))
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "",
                                v3_text(item, key));
    assert_string_equal(text, names);
}

static void lists_what_is_selected(void **state)
{
    struct engine *e = engine_of(state);
    v3_get(e, V3_TDMQ, "CreateCmqQueue",
           "{\"QueueName\":\"Orders-1\",\"Tags\":[{\"TagKey\":\"team\",\"TagValue\":\"a\"}]}");
    v3_get(e, V3_TDMQ, "CreateCmqQueue",
           "{\"QueueName\":\"orders-2\",\"Tags\":[{\"TagKey\":\"team\",\"TagValue\":\"b\"},"
           "{\"TagKey\":\"x\"}]}");
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"jobs\"}");
    static const struct {
        enum v3_product product;
        int total;
        const char *json, *names;
    } rows[] = {
        {V3_CMQ, 3, "{}", "Orders-1 orders-2 jobs"},
        {V3_CMQ, 0, "{\"QueueName\":\"orders\"}", ""},
        {V3_CMQ, 0, "{\"QueueName\":\"orders-1\"}", ""},
        {V3_CMQ, 1, "{\"QueueName\":\"jobs\"}", "jobs"},
        {V3_CMQ, 1, "{\"Filters\":[{\"Name\":\"QueueName\",\"Values\":[\"jobs\"]}]}", "jobs"},
        {V3_CMQ, 0,
         "{\"QueueName\":\"x\",\"Filters\":[{\"Name\":\"QueueName\",\"Values\":[\"jobs\"]}]}",
         ""},
        {V3_CMQ, 2, "{\"TagKey\":\"team\"}", "Orders-1 orders-2"},
        {V3_CMQ, 1, "{\"TagKey\":\"x\"}", "orders-2"},
        {V3_CMQ, 3, "{\"Limit\":1,\"Offset\":1}", "orders-2"},
        {V3_CMQ, 3, "{\"Limit\":0}", ""},
        {V3_CMQ, 3, "{\"Offset\":1}", "orders-2 jobs"},
        {V3_TDMQ, 2, "{\"QueueName\":\"ORDERS\"}", "Orders-1 orders-2"},
        {V3_TDMQ, 2, "{\"QueueNameList\":[\"jobs\",\"Orders-1\",\"none\"]}", "Orders-1 jobs"},
        {V3_TDMQ, 3,
         "{\"QueueNameList\":[\"orders-2\",\"jobs\",\"orders-2\",\"Orders-1\",\"jobs\"]}",
         "Orders-1 orders-2 jobs"},
        {V3_TDMQ, 2, "{\"Limit\":1,\"Offset\":1,\"QueueNameList\":[\"jobs\",\"orders-2\"]}",
         "jobs"},
        {V3_TDMQ, 1,
         "{\"IsTagFilter\":true,\"Filters\":[{\"Name\":\"tag:team\",\"Values\":[\"b\",\"c\"]}]"
         "}",
         "orders-2"},
        {V3_TDMQ, 2, "{\"IsTagFilter\":true,\"Filters\":[{\"Name\":\"tag:team\"}]}",
         "Orders-1 orders-2"},
        {V3_TDMQ, 1,
         "{\"IsTagFilter\":true,\"Filters\":[{\"Name\":\"tag:team\"},{\"Name\":\"tag:x\"}]}",
         "orders-2"},
        {V3_TDMQ, 3, "{\"IsTagFilter\":false,\"Filters\":[{\"Name\":\"tag:none\"}]}",
         "Orders-1 orders-2 jobs"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool cmq = rows[i].product == V3_CMQ;
        const cJSON *r =
            v3_get(e, rows[i].product, cmq ? "DescribeQueueDetail" : "DescribeCmqQueues",
                   rows[i].json);
        expect_names(r, cmq ? "QueueSet" : "QueueList", "QueueName", rows[i].names);
        EXPECT_EQ(rows[i].json, v3_number(r, "TotalCount"), rows[i].total);
    }
}

static void lists_subscriptions_by_topic_and_by_queue(void **state)
{
    struct engine *e = engine_of(state);
    char json[256];
    static const char *const made[][3] = {
        {"t", "Alpha", "q"}, {"t", "beta", "r"}, {"u", "gamma", "q"}};
    v3_get(e, V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\"}");
    v3_get(e, V3_CMQ, "CreateTopic", "{\"TopicName\":\"u\"}");
    for (size_t i = 0; i < COUNT(made); i++) {
        snprintf(json, sizeof json,
                 "{\"TopicName\":\"%s\",\"SubscriptionName\":\"%s\",\"Protocol\":\"queue\","
                 "\"Endpoint\":\"%s\"}",
                 made[i][0], made[i][1], made[i][2]);
        v3_get(e, V3_CMQ, "CreateSubscribe", json);
    }
    static const char action[] = "DescribeCmqSubscriptionDetail";
    const cJSON *r = v3_get(e, V3_TDMQ, "DescribeCmqTopics",
                            "{\"TopicNameList\":[\"u\",\"t\",\"u\",\"none\"]}");
    expect_names(r, "TopicList", "TopicName", "t u");
    r = v3_get(e, V3_TDMQ, action, "{\"TopicName\":\"t\"}");
    expect_names(r, "SubscriptionSet", "SubscriptionName", "Alpha beta");
    r = v3_get(e, V3_TDMQ, action, "{\"TopicName\":\"t\",\"SubscriptionName\":\"ALPH\"}");
    expect_names(r, "SubscriptionSet", "SubscriptionName", "Alpha");
    r = v3_get(e, V3_TDMQ, action, "{\"QueryType\":\"queue\",\"QueueName\":\"q\"}");
    expect_names(r, "SubscriptionSet", "SubscriptionName", "Alpha gamma");
    assert_string_equal(v3_text(r, "SubscriptionSet.1.TopicName"), "u");
    r = v3_get(e, V3_TDMQ, action, "{\"QueryType\":\"queue\",\"QueueName\":\"none\"}");
    expect_names(r, "SubscriptionSet", "SubscriptionName", "");
    r = v3_get(e, V3_CMQ, "DescribeSubscriptionDetail",
               "{\"TopicName\":\"t\",\"Filters\":[{\"Name\":\"SubscriptionName\",\"Values\":["
               "\"beta\"]}]}");
    expect_names(r, "SubscriptionSet", "SubscriptionName", "beta");
    v3_expect(e, V3_CMQ, "DescribeSubscriptionDetail",
              "{\"TopicName\":\"t\",\"Filters\":[{\"Name\":\"TopicName\",\"Values\":[\"t\"]}]}",
              "InvalidParameter");
}

/* ---- messages ---- */

static void sends_with_the_id_that_others_show(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}");
    const cJSON *r = v3_get(e, V3_TDMQ, "SendCmqMsg",
                            "{\"QueueName\":\"q\",\"MsgContent\":\"\xc3\xa9\\n\","
                            "\"DelaySeconds\":0}");
    const char *id = v3_text(r, "MsgId");
    assert_int_equal(strlen(id), 32);
    assert_int_equal(strspn(id, "0123456789ABCDEF"), 32);
    assert_true(cJSON_IsTrue(v3_member(r, "Result")));
    const struct message *m = fixture_receive(w, engine_find_queue(e, bytes_of("q")));
    assert_true(strtoull(id, NULL, 16) == m->id);
    assert_true(bytes_equal(message_body(m), bytes_of("\xc3\xa9\n")));
}

static void delays_up_to_the_retention(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\",\"MsgRetentionSeconds\":7200}");
    struct queue *q = engine_find_queue(e, bytes_of("q"));
    v3_expect(e, V3_TDMQ, "SendCmqMsg",
              "{\"QueueName\":\"q\",\"MsgContent\":\"m\",\"DelaySeconds\":7201}",
              "InvalidParameterValue");
    v3_expect(e, V3_TDMQ, "SendCmqMsg",
              "{\"QueueName\":\"q\",\"MsgContent\":\"m\",\"DelaySeconds\":-1}",
              "InvalidParameterValue");
    v3_get(e, V3_TDMQ, "SendCmqMsg",
           "{\"QueueName\":\"q\",\"MsgContent\":\"m\",\"DelaySeconds\":7199}");
    fixture_pass(w, 7198999);
    assert_null(fixture_receive(w, q));
    fixture_pass(w, 1);
    assert_non_null(fixture_receive(w, q));
}

static void publishes_with_tags_or_one_key(void **state)
{
    static const struct row rows[] = {
        {V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\"}", ""},
        {V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"t\",\"MsgContent\":\"m\"}",
         "FailedOperation"}, /* nobody subscribes */
        {V3_TDMQ, "CreateCmqSubscribe",
         "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\",\"FilterTag\":[\"a\"]}",
         ""},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"t\",\"MsgContent\":\"m\",\"MsgTag\":[\"b\"]}",
         "FailedOperation"}, /* nobody wants it */
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"t\",\"MsgContent\":\"m\",\"MsgTag\":[\"b\",\"a\"]}", ""},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"t\",\"MsgContent\":\"m\",\"MsgTag\":[\"a\","
         "\"1234567890123456789012345678901234567890123456789012345678901234\"]}",
         ""},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"t\",\"MsgContent\":\"m\",\"MsgTag\":[\"a\","
         "\"12345678901234567890123456789012345678901234567890123456789012345\"]}",
         "InvalidParameterValue"},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"t\",\"MsgContent\":\"m\",\"MsgTag\":[\"1\",\"2\",\"3\",\"4\",\"5\","
         "\"6\"]}",
         "LimitExceeded"},
        {V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"k\",\"FilterType\":2}", ""},
        {V3_TDMQ, "CreateCmqSubscribe",
         "{\"TopicName\":\"k\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\"}",
         "InvalidParameterValue"}, /* no BindingKey */
        {V3_TDMQ, "CreateCmqSubscribe",
         "{\"TopicName\":\"k\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
         "\"q\",\"BindingKey\":[\"a.*\"]}",
         ""},
        {V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"k\",\"MsgContent\":\"m\"}",
         "InvalidParameterValue"},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"k\",\"MsgContent\":\"m\",\"MsgTag\":[\"a.b\"]}", ""},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"k\",\"MsgContent\":\"m\",\"MsgTag\":[\"b.b\"]}", "FailedOperation"},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"k\",\"MsgContent\":\"m\",\"MsgTag\":[\"a.b\",\"a.c\"]}",
         "LimitExceeded"},
        {V3_TDMQ, "PublishCmqMsg",
         "{\"TopicName\":\"k\",\"MsgContent\":\"m\",\"MsgTag\":[\"................\"]}",
         "InvalidParameterValue"},
    };
    PLAY(state, rows);
}

static void rewinds_to_seconds_and_to_milliseconds(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    static const char *const times[] = {"1500000000", "1500000000999"};
    v3_get(e, V3_CMQ, "CreateQueue", "{\"QueueName\":\"q\",\"RewindSeconds\":60}");
    struct queue *q = engine_find_queue(e, bytes_of("q"));
    fixture_send(w, q, "m", 0);
    for (size_t i = 0; i < COUNT(times); i++) {
        char json[128];
        fixture_consume(w, q);
        snprintf(json, sizeof json, "{\"QueueName\":\"q\",\"StartConsumeTime\":%s}", times[i]);
        v3_get(e, i == 0 ? V3_CMQ : V3_TDMQ, i == 0 ? "RewindQueue" : "RewindCmqQueue", json);
        EXPECT_COUNTS(times[i], q, 1, 0, 0, 0);
    }
    v3_expect(e, V3_CMQ, "RewindQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1}",
              "InvalidParameter");
    v3_expect(e, V3_CMQ, "RewindQueue",
              "{\"QueueName\":\"q\",\"StartConsumeTime\":99999999999}", "InvalidParameter");
}

/* What is pending is dropped when the retention that its topic has now is over. */
static void topics_keep_messages_as_long_as_they_say(void **state)
{
    struct fixture *w = *state;
    struct engine *e = w->engine;
    v3_get(e, V3_CMQ, "CreateTopic", "{\"TopicName\":\"t\",\"MsgRetentionSeconds\":3600}");
    v3_get(
        e, V3_CMQ, "CreateSubscribe",
        "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":\"queue\",\"Endpoint\":"
        "\"none\"}");
    struct topic *t = engine_find_topic(e, bytes_of("t"));
    v3_get(e, V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"t\",\"MsgContent\":\"m\"}");
    fixture_pass(w, 3599999);
    assert_int_equal(t->publication_count, 1);
    fixture_pass(w, 1);
    assert_int_equal(t->publication_count, 0);
    v3_get(e, V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"t\",\"MsgContent\":\"m\"}");
    fixture_pass(w, 90000);
    v3_get(e, V3_TDMQ, "ModifyCmqTopicAttribute",
           "{\"TopicName\":\"t\",\"MsgRetentionSeconds\":100}");
    fixture_pass(w, 9999);
    assert_int_equal(t->publication_count, 1);
    fixture_pass(w, 1);
    assert_int_equal(t->publication_count, 0);
    v3_get(e, V3_TDMQ, "PublishCmqMsg", "{\"TopicName\":\"t\",\"MsgContent\":\"m\"}");
    fixture_pass(w, 90000);
    v3_get(e, V3_CMQ, "ModifyTopicAttribute",
           "{\"TopicName\":\"t\",\"MsgRetentionSeconds\":60}"); /* it is older already */
    fixture_pass(w, 0);
    assert_int_equal(t->publication_count, 0);
}

/* decisions 42 */
static void the_api_v2_shows_tags(void **state)
{
    struct engine *e = engine_of(state);
    struct buffer out = {0};
    struct answer a = {.out = &out, .engine = e};
    v3_get(e, V3_TDMQ, "CreateCmqQueue",
           "{\"QueueName\":\"q\",\"Tags\":[{\"TagKey\":\"k\",\"TagValue\":\"v\"}]}");
    v3_get(e, V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"t\",\"Tags\":[{\"TagKey\":\"l\"}]}");
    struct result r = {.kind = RESULT_QUEUE, .queue = engine_find_queue(e, bytes_of("q"))};
    write_queue(&a, &r);
    r = (struct result){.kind = RESULT_TOPIC, .topic = engine_find_topic(e, bytes_of("t"))};
    write_topic(&a, &r);
    buffer_append_char(&out, '\0');
    assert_non_null(strstr(out.data, "\"tags\":[{\"tagKey\":\"k\",\"tagValue\":\"v\"}]"));
    assert_non_null(strstr(out.data, "\"tags\":[{\"tagKey\":\"l\",\"tagValue\":\"\"}]"));
    buffer_free(&out);
}

static void tdmq_finds_names_in_any_case(void **state)
{
    struct engine *e = engine_of(state);
    v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"Orders\"}");
    v3_get(e, V3_TDMQ, "CreateCmqTopic", "{\"TopicName\":\"News\"}");
    v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"oRDERS\"}");
    v3_get(e, V3_TDMQ, "DescribeCmqTopicDetail", "{\"TopicName\":\"NEWS\"}");
    v3_expect(e, V3_CMQ, "ClearQueue", "{\"QueueName\":\"orders\"}", "ResourceNotFound");
}

/* An account that was chosen is told in TDMQ, too (api3 9). */
static void tdmq_tells_an_account_that_was_chosen(void **state)
{
    (void)state;
    struct engine_config config = {.allocator = allocator_heap(),
                                   .limits = engine_limits_relaxed(),
                                   .seed = 1,
                                   .now_ms = FIXTURE_START_MS,
                                   .account = {.uin = 7, .app_id = 8}};
    struct engine *e = engine_new(&config);
    assert_non_null(e);
    v3_get(e, V3_TDMQ, "CreateCmqQueue", "{\"QueueName\":\"q\"}");
    const cJSON *r = v3_get(e, V3_TDMQ, "DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}");
    assert_int_equal(v3_number(r, "QueueDescribe.CreateUin"), 7);
    assert_string_equal(v3_text(r, "QueueDescribe.TenantId"), "cmq-8");
    engine_free(e);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        CASE(reports_the_first_of_several_mistakes),
        CASE(shortens_what_it_shows),
        CASE(creates_shows_and_deletes_a_queue),
        CASE(queues_of_tdmq_have_its_defaults),
        CASE(warns_of_unknown_names),
        CASE(warns_of_messages_that_nobody_will_see),
        CASE(tells_the_names_for_the_log),
        CASE(answers_the_codes_of_state),
        CASE(limits_are_reported),
        CASE(clearing_drops_messages_of_all_states),
        CASE(parts_of_a_policy_can_be_changed),
        CASE(lists_what_is_selected),
        CASE(lists_subscriptions_by_topic_and_by_queue),
        CASE(sends_with_the_id_that_others_show),
        CASE(delays_up_to_the_retention),
        CASE(publishes_with_tags_or_one_key),
        CASE(rewinds_to_seconds_and_to_milliseconds),
        CASE(topics_keep_messages_as_long_as_they_say),
        CASE(the_api_v2_shows_tags),
        CASE(tdmq_finds_names_in_any_case),
        cmocka_unit_test(tdmq_tells_an_account_that_was_chosen),
    };
    int failed = cmocka_run_group_tests_name("v3_call", tests, NULL, NULL);
    v3_forget();
    return failed;
}
