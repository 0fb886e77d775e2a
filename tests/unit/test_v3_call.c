/* Calls of API 3.0 from what is sent to the answer: the order of checks, and what each Action
 * does. */
#include "api/v3/actions.h"

#include "tests/support/fixture.h"
#include "tests/support/v3_client.h"

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

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        CASE(reports_the_first_of_several_mistakes),
        CASE(creates_shows_and_deletes_a_queue),
        CASE(queues_of_tdmq_have_its_defaults),
    };
    int failed = cmocka_run_group_tests_name("v3_call", tests, NULL, NULL);
    v3_forget();
    return failed;
}
