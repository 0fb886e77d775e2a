#include "tests/failing/action_calls.h"

#include "api/v2/actions.h"
#include "api/v3/actions.h"
#include "tests/failing/prepared.h"

#include <stdio.h>
#include <string.h>

const char *const queries_of_v2[] = {
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
    NULL,
};

void make_target_of_v2(char *target, size_t size, const char *query)
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

const struct call_of_v3 calls_of_cmq[] = {
    {"CreateQueue", "{\"QueueName\":\"new\",\"VisibilityTimeout\":5}"},
    {"CreateQueue", "{\"QueueName\":\"new\",\"DeadLetterQueueName\":\"dl\",\"Policy\":0,"
                    "\"MaxReceiveCount\":3}"},
    {"CreateQueue", "{\"QueueName\":\"q\"}"},
    {"DescribeQueueDetail", "{\"Limit\":10}"},
    {"DescribeQueueDetail", "{\"Filters\":[{\"Name\":\"QueueName\",\"Values\":[\"q\"]}]}"},
    {"ModifyQueueAttribute", "{\"QueueName\":\"q\",\"MsgRetentionSeconds\":7000}"},
    {"DeleteQueue", "{\"QueueName\":\"q\"}"},
    {"ClearQueue", "{\"QueueName\":\"q\"}"},
    {"RewindQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1893542400}"},
    {"UnbindDeadLetter", "{\"QueueName\":\"src\"}"},
    {"DescribeDeadLetterSourceQueues", "{\"DeadLetterQueueName\":\"dl\"}"},
    {"CreateTopic", "{\"TopicName\":\"new\",\"FilterType\":2}"},
    {"DescribeTopicDetail", "{}"},
    {"ModifyTopicAttribute", "{\"TopicName\":\"t\",\"MaxMsgSize\":1024}"},
    {"DeleteTopic", "{\"TopicName\":\"bare\"}"},
    {"CreateSubscribe",
     "{\"TopicName\":\"t\",\"SubscriptionName\":\"new\",\"Protocol\":\"http\","
     "\"Endpoint\":\"http://h/\",\"FilterTag\":[\"a\",\"b\"]}"},
    {"DescribeSubscriptionDetail", "{\"TopicName\":\"t\"}"},
    {"ModifySubscriptionAttribute", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\","
                                    "\"FilterTags\":[\"c\"]}"},
    {"ClearSubscriptionFilterTags", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}"},
    {"DeleteSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}"},
    {"CreateQueue", "{\"QueueName\":\"new\",\"Odd\":[1,{\"a\":null}]}"},
    {"CreateQueue", "{\"QueueName\":"},
    {"SendMessage", "{\"QueueName\":\"q\"}"},
    {NULL, NULL},
};

const struct call_of_v3 calls_of_tdmq[] = {
    {"CreateCmqQueue",
     "{\"QueueName\":\"new\",\"Tags\":[{\"TagKey\":\"a\",\"TagValue\":\"b\"}],"
     "\"RetentionSizeInMB\":10240,\"Trace\":true}"},
    {"DescribeCmqQueues", "{\"QueueName\":\"q\"}"},
    {"DescribeCmqQueues", "{\"QueueNameList\":[\"q\",\"dl\"],\"IsTagFilter\":false}"},
    {"DescribeCmqQueueDetail", "{\"QueueName\":\"q\"}"},
    {"ModifyCmqQueueAttribute", "{\"QueueName\":\"q\",\"MsgRetentionSeconds\":7000}"},
    {"DeleteCmqQueue", "{\"QueueName\":\"q\"}"},
    {"ClearCmqQueue", "{\"QueueName\":\"q\"}"},
    {"RewindCmqQueue", "{\"QueueName\":\"q\",\"StartConsumeTime\":1893542400}"},
    {"UnbindCmqDeadLetter", "{\"SourceQueueName\":\"src\"}"},
    {"DescribeCmqDeadLetterSourceQueues", "{\"DeadLetterQueueName\":\"dl\"}"},
    {"CreateCmqTopic",
     "{\"TopicName\":\"new\",\"Tags\":[{\"TagKey\":\"a\",\"TagValue\":\"b\"}]}"},
    {"DescribeCmqTopics", "{\"Limit\":2}"},
    {"DescribeCmqTopicDetail", "{\"TopicName\":\"t\"}"},
    {"ModifyCmqTopicAttribute", "{\"TopicName\":\"t\",\"MsgRetentionSeconds\":600}"},
    {"DeleteCmqTopic", "{\"TopicName\":\"bare\"}"},
    {"CreateCmqSubscribe",
     "{\"TopicName\":\"k\",\"SubscriptionName\":\"new\","
     "\"Protocol\":\"queue\",\"Endpoint\":\"none\",\"BindingKey\":[\"a.#\"],"
     "\"NotifyContentFormat\":\"SIMPLIFIED\"}"},
    {"DescribeCmqSubscriptionDetail", "{\"TopicName\":\"t\"}"},
    {"DescribeCmqSubscriptionDetail", "{\"QueueName\":\"q\",\"QueryType\":\"queue\","
                                      "\"TopicName\":\"t\"}"},
    {"ModifyCmqSubscriptionAttribute", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\","
                                       "\"NotifyStrategy\":\"BACKOFF_RETRY\"}"},
    {"ClearCmqSubscriptionFilterTags", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}"},
    {"DeleteCmqSubscribe", "{\"TopicName\":\"t\",\"SubscriptionName\":\"s\"}"},
    {"SendCmqMsg", "{\"QueueName\":\"q\",\"MsgContent\":\"x\",\"DelaySeconds\":0}"},
    {"SendCmqMsg", "{\"QueueName\":\"q\",\"MsgContent\":\"x\\u4e2d\",\"DelaySeconds\":100}"},
    {"PublishCmqMsg", "{\"TopicName\":\"t\",\"MsgContent\":\"x\",\"MsgTag\":[\"a\"]}"},
    {"PublishCmqMsg", "{\"TopicName\":\"k\",\"MsgContent\":\"x\",\"MsgTag\":[\"a.b\"]}"},
    {NULL, NULL},
};

/* ---- one after the other ---- */

const char *const action_call_apis[ACTION_CALL_APIS] = {"v2", "cmq", "tdmq"};

static bool make_v2(size_t i, struct action_call *c)
{
    const char *query = queries_of_v2[i];
    if (query == NULL)
        return false;
    snprintf(c->action, sizeof c->action, "%.*s", (int)strcspn(query, "&"), query);
    make_target_of_v2(c->target, sizeof c->target, query);
    c->is_known = action_find(bytes_of(c->action)) != NULL;
    return true;
}

static bool make_v3(size_t i, struct action_call *c)
{
    const struct call_of_v3 *of = c->api == OF_CMQ ? &calls_of_cmq[i] : &calls_of_tdmq[i];
    enum v3_product product = c->api == OF_CMQ ? V3_CMQ : V3_TDMQ;
    if (of->action == NULL)
        return false;
    snprintf(c->action, sizeof c->action, "%s", of->action);
    snprintf(c->target, sizeof c->target, "/");
    c->body = of->body;
    c->is_known =
        v3_action_find(product, bytes_of(c->action)) != NULL && strchr(c->body, '}') != NULL;
    return true;
}

bool action_call_make(enum action_call_api api, size_t i, struct action_call *out)
{
    *out = (struct action_call){.api = api};
    return api == OF_V2 ? make_v2(i, out) : make_v3(i, out);
}

void action_call_write(const struct action_call *c, struct exchange *x)
{
    exchange_reset(x);
    x->method = bytes_of(c->api == OF_V2 ? "GET" : "POST");
    if (c->api != OF_V2) {
        x->head.tc_action = bytes_of(c->action);
        x->head.tc_version = bytes_of(c->api == OF_CMQ ? "2019-03-04" : "2020-02-17");
        x->head.tc_timestamp = bytes_of("1893456000");
        buffer_append(&x->body, bytes_of(c->body));
    }
    buffer_append(&x->target, bytes_of(c->target));
}
