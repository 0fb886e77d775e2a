/* Each Action of the API v2, short of memory. */
#include "tests/failing/every.h"
#include "tests/failing/prepared.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"
#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* HANDLE is that of a message that has been received, LONG a text of 800 characters. */
static const char *const queries[] = {
    "CreateQueue&queueName=new",
    ("CreateQueue&queueName=new&maxMsgHeapNum=1000000&pollingWaitSeconds=3&visibilityTimeout=5"
     "&maxMsgSize=1024&msgRetentionSeconds=600&rewindSeconds=60"
     "&deadLetterPolicy={\"deadLetterQueue\":\"dl\",\"policy\":1,\"maxTimeToLive\":500}"),
    "CreateQueue&queueName=q",
    "ListQueue",
    "ListQueue&searchWord=q&offset=0&limit=2",
    "GetQueueAttributes&queueName=src",
    "GetQueueAttributes&queueName=none",
    ("SetQueueAttributes&queueName=q&visibilityTimeout=7&msgRetentionSeconds=7000"
     "&deadLetterPolicy={\"deadLetterQueue\":\"dl\",\"policy\":0,\"maxReceiveCount\":2}"),
    "DeleteQueue&queueName=q",
    "DeleteQueue&queueName=dl",
    "RewindQueue&queueName=q&startConsumeTime=1893542400",
    "SendMessage&queueName=q&msgBody=x",
    "SendMessage&queueName=q&msgBody=x&delaySeconds=5&clientRequestId=1234567",
    "SendMessage&queueName=q&msgBody=LONG",
    "BatchSendMessage&queueName=q&msgBody.1=a&msgBody.2=b&msgBody.3=c",
    "BatchSendMessage&queueName=q&msgBody.1=a&msgBody.2=LONG&msgBody.3=c",
    "ReceiveMessage&queueName=q",
    "ReceiveMessage&queueName=empty",
    "ReceiveMessage&queueName=empty&pollingWaitSeconds=5",
    "BatchReceiveMessage&queueName=q&numOfMsg=16",
    "DeleteMessage&queueName=q&receiptHandle=HANDLE",
    "BatchDeleteMessage&queueName=q&receiptHandle.1=HANDLE&receiptHandle.2=17",
    "ListDeadLetterSourceQueues&deadLetterQueueName=dl",
    "UnbindDeadLetterQueue&queueName=src",
    "QueryQueueRoute&queueName=q",
    "CreateTopic&topicName=new&maxMsgSize=1024&filterType=2",
    "SetTopicAttributes&topicName=t&maxMsgSize=1024",
    "ListTopic",
    "GetTopicAttributes&topicName=t",
    "DeleteTopic&topicName=bare",
    "DeleteTopic&topicName=t",
    "PublishMessage&topicName=t&msgBody=x&msgTag.1=a",
    "PublishMessage&topicName=k&msgBody=LONG&routingKey=a.b",
    "PublishMessage&topicName=t&msgBody=x&msgTag.1=none",
    "BatchPublishMessage&topicName=t&msgBody.1=x&msgBody.2=LONG&msgTag.1=a",
    ("Subscribe&topicName=t&subscriptionName=new&protocol=http&endpoint=http://h/"
     "p&filterTag.1=a"),
    ("Subscribe&topicName=t&subscriptionName=new&protocol=queue&endpoint=none"
     "&notifyContentFormat=SIMPLIFIED"),
    "ListSubscriptionByTopic&topicName=t",
    ("SetSubscriptionAttributes&topicName=t&subscriptionName=s&notifyStrategy=BACKOFF_RETRY"
     "&filterTag.1=c"),
    "Unsubscribe&topicName=t&subscriptionName=s",
    "GetSubscriptionAttributes&topicName=t&subscriptionName=s",
    "ClearSubscriptionFilterTags&topicName=t&subscriptionName=s",
    "QueryTopicRoute&topicName=t",
    "NoSuchAction",
    "SendMessage&queueName=q&msgBody=x&msgBdoy=y",
    "SendMessage&queueName=q",
};

/* The query of a row, behind "/?Action=". */
static void make_target(char *target, size_t size, const char *query)
{
    const char *handle = strstr(query, "HANDLE");
    const char *longer = strstr(query, "LONG");
    const char *place = handle != NULL ? handle : longer;
    const char *behind = handle != NULL ? handle + 6 : longer != NULL ? longer + 4 : "";
    char text[801] = "";
    int before = place != NULL ? (int)(place - query) : (int)strlen(query);
    if (handle != NULL)
        snprintf(text, sizeof text, "%s", prepared_handle());
    else if (longer != NULL)
        memset(text, 'x', sizeof text - 1);
    snprintf(target, size, "/?Action=%.*s%s%s", before, query, text, behind);
}

/* Of a message that is published to a queue. */
static bool is_delivered(const char *query)
{
    return strstr(query, "PublishMessage") != NULL;
}

/* So that the handle is known. */
static void prepare_once(void)
{
    start_service(8);
    prepare();
    stop_service();
}

static void by_get(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        char target[2048];
        make_target(target, sizeof target, queries[i]);
        every_failure(prepare, &(struct sent_call){.method = "GET",
                                                   .target = target,
                                                   .is_tried_again = is_delivered(queries[i])});
    }
}

static void by_post(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        char target[2048];
        make_target(target, sizeof target, queries[i]);
        every_failure(prepare, &(struct sent_call){.method = "POST",
                                                   .target = "/v2/index.php",
                                                   .body = target + 2,
                                                   .is_tried_again = is_delivered(queries[i])});
    }
}

/* Signed rightly, and wrongly. */
static void signed_by_parameters(void **state)
{
    static const char params[] = "Action=SendMessage&Nonce=1&SecretId=" SIGN_ID
                                 "&Timestamp=1893456000&msgBody=x&queueName=";
    static const char *const queues[][3] = {
        {"q", "q", "\"code\":0,"},
        {"%71", "q", "\"code\":0,"},
        {"%71", "%71", "\"code\":0,"}, /* signed as it was sent */
        {"q", "r", "\"code\":4100,"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(queues); i++) {
        char text[512], sent[256], body[512];
        struct sent_form f;
        snprintf(text, sizeof text, "POSTcmq-queue-gz.api.qcloud.com/v2/index.php?%s%s", params,
                 queues[i][1]);
        snprintf(sent, sizeof sent, "%s%s", params, queues[i][0]);
        sent_form_make(&f, bytes_of(sent),
                       sign_text(DIGEST_SHA1, bytes_of(SIGN_KEY), bytes_of(text)));
        snprintf(body, sizeof body, "%.*s", (int)f.len, f.wire);
        every_failure(prepare, &(struct sent_call){.method = "POST",
                                                   .target = "/v2/index.php",
                                                   .body = body,
                                                   .part = queues[i][2],
                                                   .is_explained = true});
        sent_form_free(&f);
    }
}

static int start(void **state)
{
    (void)state;
    scarce_init();
    prepare_once();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_get),
        cmocka_unit_test(by_post),
        cmocka_unit_test(signed_by_parameters),
    };
    int failed = cmocka_run_group_tests_name("memory of API v2", tests, start, NULL);
    every_report("API v2");
    return failed;
}
