#include "tests/failing/prepared.h"

#include "tests/support/ask_service.h"
#include "tests/support/sign.h"

#include <stdio.h>
#include <string.h>

#define OK "\"code\":0"

static char handle[32];

static void receive(void)
{
    static const char key[] = "\"receiptHandle\":\"";
    get("/?Action=ReceiveMessage&queueName=q", OK);
    const char *text = strstr(answer_text(), key) + sizeof key - 1;
    snprintf(handle, sizeof handle, "%.*s", (int)strcspn(text, "\""), text);
}

static void delete_one(void)
{
    char target[128];
    receive();
    snprintf(target, sizeof target, "/?Action=DeleteMessage&queueName=q&receiptHandle=%s",
             handle);
    get(target, OK);
}

static void fill_queues(void)
{
    char longer[1024];
    get("/?Action=CreateQueue&queueName=q&rewindSeconds=1000", OK);
    get("/?Action=CreateQueue&queueName=dl", OK);
    get("/?Action=CreateQueue&queueName=empty", OK);
    get("/?Action=CreateQueue&queueName=src&deadLetterPolicy={\"deadLetterQueue\":\"dl\","
        "\"policy\":0,\"maxReceiveCount\":3}",
        OK);
    get("/?Action=SendMessage&queueName=q&msgBody=deleted", OK);
    delete_one();
    get("/?Action=SendMessage&queueName=q&msgBody=received", OK);
    receive();
    get("/?Action=SendMessage&queueName=q&msgBody=short", OK);
    snprintf(longer, sizeof longer, "/?Action=SendMessage&queueName=q&msgBody=%0800d", 0);
    get(longer, OK);
    get("/?Action=SendMessage&queueName=q&msgBody=later&delaySeconds=60", OK);
}

static void fill_topics(void)
{
    get("/?Action=CreateTopic&topicName=t", OK);
    get("/?Action=CreateTopic&topicName=k&filterType=2", OK);
    get("/?Action=CreateTopic&topicName=bare", OK);
    get("/?Action=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=q"
        "&notifyContentFormat=SIMPLIFIED&filterTag.1=a&filterTag.2=b",
        OK);
    get("/?Action=Subscribe&topicName=k&subscriptionName=s&protocol=queue&endpoint=q"
        "&notifyContentFormat=SIMPLIFIED&bindingKey.1=a.*",
        OK);
}

void prepare(void)
{
    post("/_emulator/clock/freeze", "{\"at\":\"2030-01-02T00:00:00Z\"}", "frozen");
    fill_queues();
    fill_topics();
    post("/_emulator/sink/s", "{\"body\":1}", "\"total\":1");
    post("/_emulator/clock/holds", "", "\"hold\":1");
    post("/_emulator/namespaces",
         "{\"name\":\"other\",\"clock\":{\"mode\":\"frozen\",\"at\":\"2030-01-01T00:00:00Z\"},"
         "\"credentials\":[{\"secretId\":\"" SIGN_ID "\",\"secretKey\":\"" SIGN_KEY "\"}],"
         "\"queues\":[{\"queueName\":\"q\"}]}",
         "\"other\"");
}

const char *prepared_handle(void)
{
    return handle;
}
