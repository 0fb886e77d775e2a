/* Each call of the admin interface, short of memory. */
#include "tests/failing/every.h"
#include "tests/failing/prepared.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define A "/_emulator"

#define NAMESPACE                                                                              \
    "{\"name\":\"new\",\"seed\":\"5\",\"clock\":{\"mode\":\"frozen\"},"                        \
    "\"limits\":{\"maxQueues\":7},\"credentials\":[{\"secretId\":\"AKIDnew\","                 \
    "\"secretKey\":\"k\",\"token\":\"t\"}],\"queues\":[{\"queueName\":\"a\","                  \
    "\"msgRetentionSeconds\":600},{\"queueName\":\"b\",\"deadLetterPolicy\":"                  \
    "{\"deadLetterQueue\":\"a\",\"policy\":0,\"maxReceiveCount\":3}}],"                        \
    "\"topics\":[{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\","         \
    "\"protocol\":\"http\",\"endpoint\":\"http://h/\",\"filterTag\":[\"x\",\"y\"]}]}]}"

static const struct sent_call calls[] = {
    {.method = "GET", .target = A},
    {.method = "GET", .target = A "/openapi.json"},
    {.method = "GET", .target = A "/health"},
    {.method = "GET", .target = "/metrics"},
    {.method = "GET", .target = A "/no-such-thing"},
    {.method = "PUT", .target = A "/clock"},
    {.method = "GET", .target = A "/namespaces"},
    {.method = "GET", .target = A "/namespaces/other"},
    {.method = "POST", .target = A "/namespaces"},
    {.method = "POST", .target = A "/namespaces", .body = NAMESPACE},
    {.method = "POST", .target = A "/namespaces", .body = "{\"name\":\"new\",\"queues\":[1]}"},
    {.method = "POST", .target = A "/namespaces?name=new&seed=7"},
    {.method = "DELETE", .target = A "/namespaces/other"},
    {.method = "GET", .target = A "/queues"},
    {.method = "GET", .target = A "/queues?offset=1&limit=2&namespace=default"},
    {.method = "GET", .target = A "/queues/q"},
    {.method = "GET", .target = A "/queues/none"},
    {.method = "GET", .target = A "/queues/q/messages"},
    {.method = "GET", .target = A "/queues/q/messages?state=inactive&limit=1"},
    {.method = "DELETE", .target = A "/queues/q/messages"},
    {.method = "GET", .target = A "/topics"},
    {.method = "GET", .target = A "/topics/t"},
    {.method = "DELETE", .target = A "/topics/t/messages"},
    {.method = "GET", .target = A "/clock"},
    {.method = "POST", .target = A "/clock/freeze"},
    {.method = "POST",
     .target = A "/clock/freeze",
     .body = "{\"at\":\"2030-01-02T00:05:00Z\"}"},
    {.method = "POST", .target = A "/clock/freeze", .body = "at=2031-01-01T00:00:00Z"},
    {.method = "POST", .target = A "/clock/advance", .body = "{\"by\":\"90s\"}"},
    {.method = "POST", .target = A "/clock/advance?by=30d"},
    {.method = "POST", .target = A "/clock/advance?by=-1"},
    {.method = "POST", .target = A "/clock/step?events=2"},
    {.method = "POST",
     .target = A "/clock/run",
     .body = "{\"until\":{\"any\":[{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":4}},"
             "{\"not\":"
             "{\"polls\":{\"eq\":0}}}]},\"limit\":100,\"span\":\"1h\"}"},
    {.method = "POST", .target = A "/clock/auto"},
    {.method = "POST", .target = A "/clock/resume"},
    {.method = "POST", .target = A "/clock/reset?namespace=other"},
    {.method = "GET", .target = A "/clock/agenda"},
    {.method = "GET", .target = A "/clock/agenda?kind=visible&queue=q&limit=3"},
    {.method = "GET", .target = A "/clock/agenda?from=0&edges=0,1,253402300799999"},
    {.method = "GET", .target = A "/events?for=0"},
    {.method = "POST", .target = A "/clock/holds"},
    {.method = "DELETE", .target = A "/clock/holds/1"},
    {.method = "POST",
     .target = A "/faults",
     .body = "{\"queue\":\"q\",\"fault\":{\"error\":\"10050\"}}"},
    {.method = "POST",
     .target = A "/faults",
     .body = "{\"topic\":\"t\",\"from\":1,\"until\":\"2031-01-01T00:00:00Z\",\"fault\":"
             "{\"push\":{\"delay\":\"1m\",\"error\":\"timeout\"}}}"},
    {.method = "GET", .target = A "/faults"},
    {.method = "GET", .target = A "/faults/1"},
    {.method = "DELETE", .target = A "/faults/1"},
    {.method = "DELETE", .target = A "/faults"},
    {.method = "POST", .target = A "/reset"},
    {.method = "POST", .target = A "/reset?what=messages"},
    {.method = "POST", .target = A "/reset?what=clock&namespace=other"},
    {.method = "POST", .target = A "/await", .body = "{\"until\":{\"polls\":{\"eq\":0}}}"},
    {.method = "POST",
     .target = A "/await",
     .body = "{\"until\":{\"all\":[{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":9}},"
             "{\"subscription\":\"t/s\",\"pending\":{\"eq\":0}}]},\"timeout\":\"5s\"}"},
    {.method = "GET", .target = A "/journal"},
    {.method = "GET", .target = A "/journal?msgId=363695013248766972"},
    {.method = "GET", .target = A "/messages/363695013248766972", .part = "\"received\""},
    {.method = "GET", .target = A "/journal?action=none&timeout=5s"},
    {.method = "POST",
     .target = A "/journal/verify",
     .body = "{\"where\":{\"action\":\"SendMesage\"},\"count\":{\"ge\":1}}"},
    {.method = "POST",
     .target = A "/await",
     .body = "{\"until\":{\"journal\":{\"where\":{\"queue\":\"q\"}},\"count\":{\"ge\":99}},"
             "\"timeout\":\"5s\"}"},
    {.method = "DELETE", .target = A "/journal"},
    {.method = "GET", .target = A "/signatures/last"},
    {.method = "POST", .target = A "/sink/s", .body = "{\"body\":2}"},
    {.method = "POST", .target = A "/sink/new", .body = "{\"body\":2}"},
    {.method = "GET", .target = A "/sink/s"},
    {.method = "PUT", .target = A "/sink/s", .body = "{\"status\":503,\"times\":2}"},
    {.method = "PUT", .target = A "/sink/new?status=503&delay=1s"},
    {.method = "DELETE", .target = A "/sink/s"},
};

static void each_route(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++)
        every_failure(prepare, &calls[i]);
}

static void prepare_snapshot(void)
{
    prepare();
    post(A "/faults", "{\"queue\":\"none\",\"fault\":{\"error\":\"10050\"}}", "\"id\":1");
    post(A "/snapshots?name=kept", "", "\"kept\"");
}

/* Something of everything, with bodies in and out of blobs. */
static const char document[] =
    "{\"clock\":{\"nowMs\":1893542400000},\"faults\":[{\"rule\":{\"fault\":{\"status\":503}}}],"
    "\"queues\":[{\"queueName\":\"d\"},{\"queueName\":\"q\",\"tags\":[{\"key\":\"k\",\"value\":"
    "\"v\"}],"
    "\"deadLetter\":{\"queue\":\"d\",\"maxReceiveCount\":2},\"messages\":[{\"msgBody\":\"a\"},"
    "{\"msgBodyBase64\":\"AGE=\",\"state\":\"inactive\"},{\"msgBody\":\"c\",\"state\":"
    "\"delayed\"}]}],"
    "\"topics\":[{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\","
    "\"protocol\":"
    "\"queue\",\"endpoint\":\"q\"}],\"messages\":[{\"msgBody\":\"p\",\"deliveries\":["
    "{\"subscription\":\"s\",\"attempts\":1,\"lastStatus\":503}]}]}],"
    "\"names\":[{\"queue\":\"gone\"}]}";

static const struct sent_call snapshot_calls[] = {
    {.method = "GET", .target = A "/snapshots"},
    {.method = "POST", .target = A "/snapshots?name=new"},
    {.method = "POST", .target = A "/snapshots?name=kept"},
    {.method = "POST", .target = A "/snapshots"},
    {.method = "GET", .target = A "/snapshots/kept"},
    {.method = "PUT", .target = A "/snapshots/new", .body = document},
    {.method = "PUT", .target = A "/snapshots/kept", .body = "{\"queues\":[{}]}"},
    {.method = "POST", .target = A "/snapshots/kept/restore"},
    {.method = "POST", .target = A "/snapshots/none/restore"},
    {.method = "DELETE", .target = A "/snapshots/kept"},
    {.method = "POST",
     .target = A "/namespaces",
     .body = "{\"from\":\"kept\",\"name\":\"new\"}"},
};

static void each_route_of_snapshots(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(snapshot_calls); i++)
        every_failure(prepare_snapshot, &snapshot_calls[i]);
}

/* A body that a sink keeps in a blob. */
static void long_bodies(void **state)
{
    char body[2001];
    (void)state;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    every_failure(prepare,
                  &(struct sent_call){.method = "POST", .target = A "/sink/s", .body = body});
    memcpy(body, "{\"name\":\"", 9);
    every_failure(prepare, &(struct sent_call){
                               .method = "POST", .target = A "/namespaces", .body = body});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route),
        cmocka_unit_test(each_route_of_snapshots),
        cmocka_unit_test(long_bodies),
    };
    int failed =
        cmocka_run_group_tests_name("memory of the admin interface", tests, every_begin, NULL);
    every_report("admin interface");
    return failed;
}
