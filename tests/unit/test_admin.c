/* The admin interface: arguments of every call, moving time, waiting, sight, reset. The
 * service is driven without sockets; real time is a variable. */
#include "tests/support/ask_service.h"

#include "base/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int start(void **state)
{
    (void)state;
    start_service(1000);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

static void cmq(const char *query, const char *part)
{
    char target[256];
    snprintf(target, sizeof target, "/?%s", query);
    get(target, part);
}

/* ---- arguments ---- */

static void names_the_argument_that_is_wrong(void **state)
{
    static const struct {
        const char *target, *body, *argument;
    } cases[] = {
        {"/_emulator/clock/advance", "", "by"},
        {"/_emulator/clock/advance?by=", "", "by"},
        {"/_emulator/clock/advance?by=soon", "", "by"},
        {"/_emulator/clock/advance?by=-1", "", "by"},
        {"/_emulator/clock/advance?by=-1s", "", "by"},
        {"/_emulator/clock/advance?by=999999999d", "", "by"},
        {"/_emulator/clock/advance?by=1&by=1", "", "by"},
        {"/_emulator/clock/advance?by=1&to=1", "", "to"},
        {"/_emulator/clock/advance?to=tomorrow", "", "to"},
        {"/_emulator/clock/advance?to=-1", "", "to"},
        {"/_emulator/clock/advance?to=253402300800000", "", "to"},
        {"/_emulator/clock/advance?by=1&until=2", "", "until"},
        {"/_emulator/clock/advance?By=1", "", "By"},
        {"/_emulator/clock/advance", "{\"by\":-1}", "by"},
        {"/_emulator/clock/advance", "{\"by\":true}", "by"},
        {"/_emulator/clock/advance", "{\"by\":null}", "by"},
        {"/_emulator/clock/advance", "{\"by\":[1]}", "by"},
        {"/_emulator/clock/advance", "{\"by\":{}}", "by"},
        {"/_emulator/clock/advance", "{\"by\":1e300}", "by"},
        {"/_emulator/clock/advance", "{\"by\":\"x\"}", "by"},
        {"/_emulator/clock/advance", "{\"to\":1.5}", "to"},
        {"/_emulator/clock/advance", "{\"to\":1e15}", "to"},
        {"/_emulator/clock/advance", "{\"by\":1,\"by\":1}", "by"},
        {"/_emulator/clock/advance?by=1", "{\"by\":1}", "by"},
        {"/_emulator/clock/advance", "{\"far\":1}", "far"},
        {"/_emulator/clock/freeze?at=", "", "at"},
        {"/_emulator/clock/freeze?at=x", "", "at"},
        {"/_emulator/clock/freeze?at=-5", "", "at"},
        {"/_emulator/clock/freeze?at=99999999999999999999", "", "at"},
        {"/_emulator/clock/freeze?by=1", "", "by"},
        {"/_emulator/clock/resume?at=1", "", "at"},
        {"/_emulator/reset?what=everything", "", "what"},
        {"/_emulator/reset?what=", "", "what"},
        {"/_emulator/reset", "{\"what\":1}", "what"},
        {"/_emulator/reset?why=1", "", "why"},
        {"/_emulator/clock/step?events=", "", "events"},
        {"/_emulator/clock/step?events=0", "", "events"},
        {"/_emulator/clock/step?events=-1", "", "events"},
        {"/_emulator/clock/step?events=1000001", "", "events"},
        {"/_emulator/clock/step?events=99999999999999999999", "", "events"},
        {"/_emulator/clock/step?events=one", "", "events"},
        {"/_emulator/clock/step?events=1.5", "", "events"},
        {"/_emulator/clock/step", "{\"events\":1.5}", "events"},
        {"/_emulator/clock/step", "{\"events\":1e300}", "events"},
        {"/_emulator/clock/step", "{\"events\":true}", "events"},
        {"/_emulator/clock/step?by=1", "", "by"},
        {"/_emulator/clock/run", "", "until"},
        {"/_emulator/clock/run?limit=1", "", "until"},
        {"/_emulator/clock/run?until=", "", "until"},
        {"/_emulator/clock/run?until=agenda", "", "until"},
        {"/_emulator/clock/run", "{\"until\":1}", "until"},
        {"/_emulator/clock/run", "{\"until\":[]}", "until"},
        {"/_emulator/clock/run", "{\"until\":{}}", "until"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"full\"}}", "until"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"limit\":-1}", "limit"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"limit\":10000001}",
         "limit"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"limit\":\"x\"}", "limit"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"span\":-1}", "span"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"span\":\"long\"}",
         "span"},
        {"/_emulator/clock/run", "{\"until\":{\"agenda\":\"empty\"},\"events\":1}", "events"},
        {"/_emulator/clock/auto?at=1", "", "at"},
        {"/_emulator/clock/auto", "{\"mode\":\"auto\"}", "mode"},
        {"/_emulator/clock/reset?what=clock", "", "what"},
        {"/_emulator/clock/holds?id=1", "", "id"},
        {"/_emulator/await", "", "until"},
        {"/_emulator/await?timeout=1", "", "until"},
        {"/_emulator/await?until=%7B", "", "until"},
        {"/_emulator/await?until=%7B%22agenda%22:%22empty%22%7Dx", "", "until"},
        {"/_emulator/await", "{\"until\":\"soon\"}", "until"},
        {"/_emulator/await", "{\"until\":{\"agenda\":\"empty\"},\"timeout\":-1}", "timeout"},
        {"/_emulator/await", "{\"until\":{\"agenda\":\"empty\"},\"timeout\":\"x\"}", "timeout"},
        {"/_emulator/await", "{\"until\":{\"agenda\":\"empty\"},\"timeout\":3600.001}",
         "timeout"},
        {"/_emulator/await", "{\"until\":{\"agenda\":\"empty\"},\"timeout\":1e300}", "timeout"},
        {"/_emulator/await", "{\"until\":{\"agenda\":\"empty\"},\"limit\":1}", "limit"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char part[64];
        snprintf(part, sizeof part, "\"argument\":\"%s\"", cases[i].argument);
        expect("POST", cases[i].target, cases[i].body, 400, part);
        assert_true(engine_now_ms(service.registry.home->engine) == BEGUN_MS);
        assert_int_equal(service.registry.home->clock.mode, CLOCK_REAL);
    }
}

static void names_the_argument_of_a_look_that_is_wrong(void **state)
{
    static const struct {
        const char *method, *target, *argument;
    } cases[] = {
        {"GET", "/_emulator/clock?x=1", "x"},
        {"GET", "/_emulator/clock/agenda?kind=", "kind"},
        {"GET", "/_emulator/clock/agenda?kind=pushes", "kind"},
        {"GET", "/_emulator/clock/agenda?kind=Delayed", "kind"},
        {"GET", "/_emulator/clock/agenda?queue=", "queue"},
        {"GET", "/_emulator/clock/agenda?queue=1", "queue"},
        {"GET", "/_emulator/clock/agenda?topic=", "topic"},
        {"GET", "/_emulator/clock/agenda?topic=t/s", "topic"},
        {"GET", "/_emulator/clock/agenda?subscription=s", "subscription"},
        {"GET", "/_emulator/clock/agenda?limit=-1", "limit"},
        {"GET", "/_emulator/clock/agenda?limit=100001", "limit"},
        {"GET", "/_emulator/clock/agenda?limit=all", "limit"},
        {"GET", "/_emulator/clock/agenda?offset=1", "offset"},
        {"GET", "/_emulator/queues?limit=1001", "limit"},
        {"GET", "/_emulator/queues/q?state=active", "state"},
        {"GET", "/_emulator/queues/q/messages?state=", "state"},
        {"GET", "/_emulator/queues/q/messages?state=asleep", "state"},
        {"GET", "/_emulator/queues/q/messages?offset=-1", "offset"},
        {"GET", "/_emulator/queues/q/messages?offset=2147483648", "offset"},
        {"GET", "/_emulator/queues/q/messages?offset=", "offset"},
        {"GET", "/_emulator/queues/q/messages?limit=-1", "limit"},
        {"GET", "/_emulator/queues/q/messages?limit=10001", "limit"},
        {"GET", "/_emulator/queues/q/messages?limit=1&limit=2", "limit"},
        {"GET", "/_emulator/queues/q/messages?cut=-1", "cut"},
        {"GET", "/_emulator/queues/q/messages?cut=65537", "cut"},
        {"GET", "/_emulator/sink/s?cut=65537", "cut"},
        {"GET", "/_emulator/queues/q/messages?kind=1", "kind"},
        {"DELETE", "/_emulator/queues/q/messages?state=active", "state"},
        {"GET", "/_emulator/topics?limit=1001", "limit"},
        {"GET", "/_emulator/topics/t?limit=-1", "limit"},
        {"GET", "/_emulator/topics/t?limit=10001", "limit"},
        {"GET", "/_emulator/topics/t?limit=all", "limit"},
        {"GET", "/_emulator/topics/t?offset=-1", "offset"},
        {"DELETE", "/_emulator/topics/t/messages?subscription=s", "subscription"},
        {"GET", "/_emulator/sink/s?offset=-1", "offset"},
        {"GET", "/_emulator/sink/s?limit=10001", "limit"},
        {"GET", "/_emulator/sink/s?status=503", "status"},
        {"PUT", "/_emulator/sink/s?status=199", "status"},
        {"PUT", "/_emulator/sink/s?status=600", "status"},
        {"PUT", "/_emulator/sink/s?times=0", "times"},
        {"PUT", "/_emulator/sink/s?times=1000000001", "times"},
        {"PUT", "/_emulator/sink/s?delay=soon", "delay"},
        {"PUT", "/_emulator/sink/s?delay=3600001ms", "delay"},
        {"PUT", "/_emulator/sink/s?body=x", "body"},
        {"DELETE", "/_emulator/sink/s?limit=1", "limit"},
        {"DELETE", "/_emulator/clock/holds/1?all=1", "all"},
    };
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
    cmq("Action=CreateTopic&topicName=t", "\"code\":0");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char part[64];
        snprintf(part, sizeof part, "\"argument\":\"%s\"", cases[i].argument);
        expect(cases[i].method, cases[i].target, "", 400, part);
    }
    get("/_emulator/queues/q/messages", "\"total\":1,");
}

static void refuses_bodies_that_are_no_object(void **state)
{
    static const char *const bodies[] = {
        "x",      "[]",   "1",           "\"by\"",       "{\"by\":1",
        "{by:1}", "null", "{\"by\":1}x", "{\"by\":1}{}", "{\"by\":1}}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        expect("POST", "/_emulator/clock/advance", bodies[i], 400, "invalid-body");
}

static void refuses_what_is_not_there(void **state)
{
    static const struct {
        const char *method, *target;
        int status;
        const char *part;
    } cases[] = {
        {"GET", "/_emulators", 404, "CMQ calls go to"},
        {"GET", "/_emulator/clock/", 404, "not-found"},
        {"GET", "/_emulator/clocks", 404, "not-found"},
        {"POST", "/_emulator/clock", 405, "takes GET, HEAD, not POST"},
        {"GET", "/_emulator/clock/advance", 405, "takes POST"},
        {"GET", "/_emulator/reset", 405, "takes POST"},
        {"HEAD", "/_emulator/health", 200, "\"status\":\"ok\""},
        {"HEAD", "/_emulator", 200, "\"calls\""},
        {"HEAD", "/_emulator/queues/q", 404, "no-such-queue"},
        {"HEAD", "/_emulator/reset", 405, "takes POST, not HEAD"},
        {"HEAD", "/_emulator/ca.pem", 404, "--tls-self-signed DIR would make one"},
        {"GET", "/_emulator/ca.pem", 404, "--tls-self-signed DIR would make one"},
        {"POST", "/_emulator/ca.pem", 405, "ca.pem takes GET, HEAD"},
        {"GET", "/_emulator/queues/q/messages", 404, "no-such-queue"},
        {"GET", "/_emulator/queues/q", 404, "no-such-queue"},
        {"POST", "/_emulator/queues/q/messages", 405, "takes GET, HEAD, DELETE, not POST"},
        {"DELETE", "/_emulator/queues/q", 405, "takes GET"},
        {"GET", "/_emulator/clock/step", 405, "takes POST"},
        {"GET", "/_emulator/await", 405, "takes POST"},
        {"GET", "/_emulator/clock/holds", 405, "takes POST"},
        {"POST", "/_emulator/clock/holds/1", 405, "takes DELETE"},
        {"DELETE", "/_emulator/clock/holds/1", 404, "no-such-hold"},
        {"DELETE", "/_emulator/clock/holds/x", 404, "no-such-hold"},
        {"DELETE", "/_emulator/clock/holds/-1", 404, "no-such-hold"},
        {"DELETE", "/_emulator/clock/holds/99999999999999999999", 404, "no-such-hold"},
        {"DELETE", "/_emulator/queues/q/messages", 404, "no-such-queue"},
        {"DELETE", "/_emulator/queues//messages", 404, "not-found"},
        {"DELETE", "/_emulator/queues/a/b/messages", 404, "not-found"},
        {"GET", "/_emulator/topics/t", 404, "no-such-topic"},
        {"DELETE", "/_emulator/topics/t", 405, "takes GET, HEAD, not DELETE"},
        {"POST", "/_emulator/topics", 405, "takes GET, HEAD, not POST"},
        {"DELETE", "/_emulator/topics/t/messages", 404, "no-such-topic"},
        {"GET", "/_emulator/topics/t/messages", 405, "takes DELETE, not GET"},
        {"GET", "/_emulator/topics/t/s", 404, "not-found"},
        {"PATCH", "/_emulator/sink/s", 405, "takes POST, GET, HEAD, PUT, DELETE, not PATCH"},
        {"GET", "/_emulator/sink/", 404, "not-found"},
        {"GET", "/_emulator/sink/1", 400, "a sink's name has"},
        {"POST", "/_emulator/sink/1", 400, "a sink's name has"},
        {"PUT", "/_emulator/sink/1", 400, "a sink's name has"},
        {"DELETE", "/_emulator/sink/1", 400, "a sink's name has"},
        {"GET", "/_emulator/clock?namespace=other", 404, "no-such-namespace"},
        {"GET", "/_emulator/clock?by=1", 400, "\"argument\":\"by\""},
        {"GET", "/_emulator/health?x=1", 400, "\"argument\":\"x\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(cases[i].method, cases[i].target, "", cases[i].status, cases[i].part);
    get("/_emulator/clock?namespace=default", "\"mode\":\"real\"");
}

/* Of all calls of the index that have this path: what Allow ought to say. */
static void methods_of(const cJSON *calls, const char *path, char out[128])
{
    const cJSON *call;
    out[0] = '\0';
    cJSON_ArrayForEach (call, calls) {
        const char *method = cJSON_GetObjectItem(call, "method")->valuestring;
        size_t len = strlen(out);
        if (strcmp(cJSON_GetObjectItem(call, "path")->valuestring, path) == 0)
            snprintf(out + len, 128 - len, "%s%s%s", len > 0 ? ", " : "", method,
                     strcmp(method, "GET") == 0 ? ", HEAD" : "");
    }
}

/* "{name}" may stay in the path: it is a name like others, of nothing that there is. */
static void tells_the_methods_of_each_path_and_of_no_other(void **state)
{
    (void)state;
    get("/_emulator", "\"calls\"");
    cJSON *index = cJSON_Parse(answer_text());
    const cJSON *calls = cJSON_GetObjectItem(index, "calls");
    const cJSON *call;
    assert_true(cJSON_GetArraySize(calls) > 30);
    cJSON_ArrayForEach (call, calls) {
        char allowed[128];
        const char *path = cJSON_GetObjectItem(call, "path")->valuestring;
        methods_of(calls, path, allowed);
        expect("PATCH", path, "", 405, "\"code\":\"method-not-allowed\"");
        assert_string_equal(exchange.allow, allowed);
        if (strstr(path, "await") == NULL)
            ask_service(&exchange, cJSON_GetObjectItem(call, "method")->valuestring, path, "");
        assert_string_equal(exchange.allow, strstr(path, "await") == NULL ? "" : allowed);
    }
    cJSON_Delete(index);
    static const char *const others[] = {"/metrics", "/_emulator/ca.pem",
                                         "/_emulator/dashboard/index.html"};
    for (size_t i = 0; i < COUNT(others); i++) {
        expect("POST", others[i], "", 405, "takes GET, HEAD");
        assert_string_equal(exchange.allow, "GET, HEAD");
        ask_service(&exchange, "HEAD", others[i], "");
        assert_string_equal(exchange.allow, "");
    }
    get("/_emulator/sink/s", "\"sink\":\"s\"");
    assert_string_equal(exchange.allow, "");
}

static void takes_arguments_from_either_place(void **state)
{
    static const struct {
        const char *target, *body;
        cmq_ms at_ms;
    } cases[] = {
        {"/_emulator/clock/advance?by=1500ms", "", 1500},
        {"/_emulator/clock/advance", "{\"by\":\"1s\"}", 2500},
        {"/_emulator/clock/advance", "{\"by\":0.25}", 2750},
        {"/_emulator/clock/advance?by=0", "", 2750},
        {"/_emulator/clock/advance?to=1893456003000", "{}", 3000},
        {"/_emulator/clock/advance", "{\"to\":1893456004000}", 4000},
        {"/_emulator/clock/advance?to=2030-01-01T00:00:05Z", "", 5000},
        {"/_emulator/clock/advance?to=2030-01-01T08:00:06%2B08:00", "", 6000},
        {"/_emulator/clock/freeze", "{\"at\":\"2030-01-01T00:00:07Z\"}", 7000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char part[64];
        cmq_ms to_ms = BEGUN_MS + cases[i].at_ms;
        snprintf(part, sizeof part, "\"toMs\":%lld", (long long)to_ms);
        post(cases[i].target, cases[i].body, part);
    }
}

/* ---- time ---- */

static void real_time_runs_and_frozen_time_stands(void **state)
{
    (void)state;
    real_ms += 250;
    get("/_emulator/clock", "\"nowMs\":1893456000250,");
    post("/_emulator/clock/freeze", "", "\"mode\":\"frozen\"");
    real_ms += 5000;
    get("/_emulator/clock", "\"nowMs\":1893456000250,");
    assert_non_null(strstr(answer_text(), "\"realNowMs\":1893456005250,\"offsetMs\":-5000,"));
    post("/_emulator/clock/advance?by=15d", "", "\"nowMs\":1894752000250,");
    post("/_emulator/clock/resume", "", "\"mode\":\"real\"");
    real_ms += 1;
    get("/_emulator/clock", "\"nowMs\":1894752000251,");
    assert_true(service_wake_ms(&service) == CMQ_NEVER);
}

static void time_goes_back_only_while_nothing_is_there(void **state)
{
    (void)state;
    post("/_emulator/clock/freeze?at=2017-03-05T13:01:02Z", "", "\"nowMs\":1488718862000,");
    post("/_emulator/clock/freeze?at=0", "", "\"nowMs\":0,");
    post("/_emulator/clock/freeze?at=1000", "", "\"nowMs\":1000,");
    expect("POST", "/_emulator/clock/advance?to=999", "", 409, "time-backwards");
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/freeze?at=999", "", 409, "time-backwards");
    post("/_emulator/clock/freeze?at=1000", "", "\"nowMs\":1000,");
    cmq("Action=DeleteQueue&queueName=q", "\"code\":0");
    post("/_emulator/clock/freeze?at=999", "", "\"nowMs\":999,");
    cmq("Action=CreateTopic&topicName=t", "\"code\":0");
    expect("POST", "/_emulator/clock/freeze?at=998", "", 409, "holds queues or topics");
    cmq("Action=DeleteTopic&topicName=t", "\"code\":0");
    post("/_emulator/clock/freeze?at=998", "", "\"nowMs\":998,");
}

static void tells_what_fired(void **state)
{
    (void)state;
    post("/_emulator/clock/freeze", "", "\"next\":null");
    cmq("Action=CreateQueue&queueName=q&msgRetentionSeconds=60&visibilityTimeout=10",
        "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=5", "\"code\":0");
    get("/_emulator/clock", "\"pendingEvents\":2,\"parkedPolls\":0,\"pushesInFlight\":0,"
                            "\"next\":{\"atMs\":1893456005000,"
                            "\"kind\":\"delayed\",\"queue\":\"q\",\"msgId\":\"");
    post("/_emulator/clock/advance?by=5", "",
         "\"fired\":1,\"firedByKind\":{\"delayed\":1},\"events\":[{\"atMs\":1893456005000,"
         "\"kind\":\"delayed\",\"queue\":\"q\",\"msgId\":\"");
    cmq("Action=ReceiveMessage&queueName=q", "\"code\":0");
    post("/_emulator/clock/advance?by=1h", "",
         "\"fired\":2,\"firedByKind\":{\"visible\":1,\"expired\":1},");
    assert_non_null(strstr(answer_text(), "\"pendingEvents\":0,\"parkedPolls\":0,"
                                          "\"pushesInFlight\":0,\"next\":null"));
}

static void lists_the_first_hundred_events(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    post("/_emulator/clock/freeze", "", "frozen");
    for (int i = 0; i < 101; i++)
        cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=1", "\"code\":0");
    post("/_emulator/clock/advance?by=1", "", "\"fired\":101,");
    int events = 0;
    for (const char *at = answer_text(); (at = strstr(at, "{\"atMs\"")) != NULL; at++)
        events++;
    assert_int_equal(events, 1 + 100); /* "next", and those that fired */
}

/* ---- step and run ---- */

/* Frozen; messages that become active after 5, 5 and 9 seconds, and expire after 60. */
static void prepare_events(void)
{
    post("/_emulator/clock/freeze", "", "frozen");
    cmq("Action=CreateQueue&queueName=q&msgRetentionSeconds=60", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=5", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=b&delaySeconds=5", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=c&delaySeconds=9", "\"code\":0");
}

static void steps_through_events(void **state)
{
    static const struct {
        const char *what, *target, *now, *fired;
    } steps[] = {
        {"two at one instant", "/_emulator/clock/step?events=2", "\"nowMs\":1893456005000,",
         "\"fired\":2,\"firedByKind\":{\"delayed\":2},"},
        {"the next", "/_emulator/clock/step", "\"nowMs\":1893456009000,",
         "\"fired\":1,\"firedByKind\":{\"delayed\":1},"},
        {"more than there are", "/_emulator/clock/step?events=9", "\"nowMs\":1893456060000,",
         "\"fired\":3,\"firedByKind\":{\"expired\":3},"},
        {"none left", "/_emulator/clock/step", "\"nowMs\":1893456060000,",
         "\"fired\":0,\"firedByKind\":{},\"events\":[]"},
    };
    (void)state;
    prepare_events();
    for (size_t i = 0; i < COUNT(steps); i++) {
        post(steps[i].target, "", steps[i].now);
        if (strstr(answer_text(), steps[i].fired) == NULL)
            fail_msg("%s: %s", steps[i].what, answer_text());
    }
}

/* Every event is told of, even when a step ends between two of one instant. */
static void looking_between_steps_fires_nothing(void **state)
{
    (void)state;
    prepare_events();
    post("/_emulator/clock/step", "", "\"fired\":1,");
    get("/_emulator/clock", "\"pendingEvents\":5,");
    get("/_emulator/clock/agenda?kind=delayed", "\"total\":2}");
    post("/_emulator/clock/step", "", "\"nowMs\":1893456005000,");
    assert_non_null(strstr(answer_text(), "\"fired\":1,\"firedByKind\":{\"delayed\":1},"));
}

static void freezes_a_running_clock(void **state)
{
    static const char *const moves[] = {
        "/_emulator/clock/advance?by=0", "/_emulator/clock/step",
        "/_emulator/clock/run?until=%7B%22agenda%22:%22empty%22%7D", "/_emulator/clock/freeze"};
    (void)state;
    for (size_t i = 0; i < COUNT(moves); i++) {
        post("/_emulator/reset", "", "\"mode\":\"real\"");
        post(moves[i], "", "\"mode\":\"frozen\"");
    }
    for (size_t i = 0; i + 1 < COUNT(moves); i++) {
        post("/_emulator/clock/auto", "", "\"mode\":\"auto\"");
        post(moves[i], "", "\"mode\":\"auto\"");
    }
    post(moves[3], "", "\"mode\":\"frozen\"");
}

static void run_stops_for_a_reason(void **state)
{
    static const struct {
        const char *what, *body;
        const char *parts[4];
    } runs[] = {
        {"it holds at once",
         "{\"until\":{\"queue\":\"q\",\"state\":\"delayed\",\"count\":{\"eq\":3}}}",
         {"\"nowMs\":1893456000000,", "\"fired\":0,", "\"stopped\":\"condition\"",
          "\"actual\":[{\"queue\":\"q\",\"state\":\"delayed\",\"count\":3}]"}},
        {"it comes to hold",
         "{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":3}}}",
         {"\"nowMs\":1893456009000,", "\"fired\":3,", "\"stopped\":\"condition\"",
          "\"count\":3}]"}},
        {"it never holds",
         "{\"until\":{\"polls\":{\"ge\":1}}}",
         {"\"nowMs\":1893456060000,", "\"fired\":6,", "\"stopped\":\"agenda-empty\"",
          "\"actual\":[{\"polls\":0}]"}},
        {"the agenda as a condition",
         "{\"until\":{\"agenda\":\"empty\"}}",
         {"\"nowMs\":1893456060000,", "\"fired\":6,", "\"stopped\":\"condition\"",
          "\"actual\":[{\"agenda\":0}]"}},
        {"so many events",
         "{\"until\":{\"agenda\":\"empty\"},\"limit\":2}",
         {"\"nowMs\":1893456005000,", "\"fired\":2,", "\"stopped\":\"limit\"",
          "\"repeats\":{\"kind\":\"delayed\",\"queue\":\"q\",\"count\":2}"}},
        {"the most frequent",
         "{\"until\":{\"polls\":{\"ge\":1}},\"limit\":5}",
         {"\"nowMs\":1893456060000,", "\"fired\":5,", "\"stopped\":\"limit\"",
          "\"repeats\":{\"kind\":\"delayed\",\"queue\":\"q\",\"count\":3}"}},
        {"no events",
         "{\"until\":{\"agenda\":\"empty\"},\"limit\":0}",
         {"\"nowMs\":1893456000000,", "\"fired\":0,", "\"stopped\":\"limit\"",
          "\"actual\":[{\"agenda\":6}]"}},
        {"so far",
         "{\"until\":{\"agenda\":\"empty\"},\"span\":\"5999ms\"}",
         {"\"nowMs\":1893456005999,", "\"fired\":2,", "\"stopped\":\"span\"",
          "\"actual\":[{\"agenda\":4}]"}},
        {"an event at the end",
         "{\"until\":{\"agenda\":\"empty\"},\"span\":9}",
         {"\"nowMs\":1893456009000,", "\"fired\":3,", "\"stopped\":\"span\"",
          "\"toMs\":1893456009000,"}},
        {"no way at all",
         "{\"until\":{\"agenda\":\"empty\"},\"span\":0}",
         {"\"nowMs\":1893456000000,", "\"fired\":0,", "\"stopped\":\"span\"", ""}},
        {"farther than the timeline",
         "{\"until\":{\"agenda\":\"empty\"},\"span\":\"99999999d\"}",
         {"\"nowMs\":1893456060000,", "\"fired\":6,", "\"stopped\":\"condition\"", ""}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(runs); i++) {
        post("/_emulator/reset", "", "\"mode\":\"real\"");
        prepare_events();
        post("/_emulator/clock/run", runs[i].body, "\"fromMs\":1893456000000,");
        for (int part = 0; part < 4; part++)
            if (strstr(answer_text(), runs[i].parts[part]) == NULL)
                fail_msg("%s: expected %s, got %s", runs[i].what, runs[i].parts[part],
                         answer_text());
    }
}

static void run_needs_its_queues_and_subscriptions(void **state)
{
    (void)state;
    cmq("Action=CreateTopic&topicName=t", "\"code\":0");
    expect("POST", "/_emulator/clock/run",
           "{\"until\":{\"subscription\":\"t/s\",\"pending\":{\"eq\":0}}}", 404,
           "no-such-subscription");
    expect("POST", "/_emulator/await",
           "{\"until\":{\"subscription\":\"t/s\",\"pending\":{\"eq\":0}}}", 404,
           "no-such-subscription");
    expect("POST", "/_emulator/clock/run",
           "{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":1}}}", 404,
           "no-such-queue");
    expect("POST", "/_emulator/await", "{\"until\":{\"polls\":{\"ge\":1},\"queue\":\"q\"}}",
           404, "no-such-queue");
    get("/_emulator/clock", "\"mode\":\"real\"");
}

static void filters_the_agenda(void **state)
{
    static const struct {
        const char *query;
        int total, shown;
    } cases[] = {
        {"", 9, 9},
        {"?limit=2", 9, 2},
        {"?limit=0", 9, 0},
        {"?kind=delayed", 3, 3},
        {"?kind=expired", 5, 5}, /* also the message that is published to t */
        {"?kind=visible", 0, 0},
        {"?queue=p", 1, 1},
        {"?queue=nowhere", 0, 0},
        {"?queue=q&kind=expired&limit=1", 3, 1},
        {"?kind=delayed&limit=0", 3, 0},
        {"?kind=push", 1, 1},
        {"?topic=t", 2, 2},
        {"?topic=t&kind=push", 1, 1},
        {"?topic=t&kind=delayed", 0, 0},
        {"?topic=t&limit=1", 2, 1},
        {"?topic=T", 0, 0},
        {"?topic=q", 0, 0},
        {"?queue=t", 0, 0},
        {"?topic=t&queue=q", 0, 0},
    };
    (void)state;
    prepare_events();
    cmq("Action=CreateQueue&queueName=p", "\"code\":0");
    cmq("Action=SendMessage&queueName=p&msgBody=a", "\"code\":0");
    cmq("Action=CreateTopic&topicName=t", "\"code\":0");
    cmq("Action=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=nowhere",
        "\"code\":0");
    cmq("Action=PublishMessage&topicName=t&msgBody=a", "\"code\":0"); /* fails, is retried */
    for (size_t i = 0; i < COUNT(cases); i++) {
        char target[128], total[32];
        int shown = 0;
        snprintf(target, sizeof target, "/_emulator/clock/agenda%s", cases[i].query);
        snprintf(total, sizeof total, "\"total\":%d}", cases[i].total);
        get(target, total);
        const char *at = strstr(answer_text(), "\"events\":");
        while (at != NULL && (at = strstr(at, "{\"atMs\"")) != NULL) {
            shown++;
            at++;
        }
        if (shown != cases[i].shown)
            fail_msg("%s: %d events: %s", target, shown, answer_text());
    }
}

/* ---- waiting ---- */

static const char one_active[] = "{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{"
                                 "\"ge\":1}},\"timeout\":\"5s\"}";

static void await_answers_at_once_what_holds(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    post("/_emulator/await", "{\"until\":{\"agenda\":\"empty\"}}",
         "{\"satisfied\":true,\"waitedMs\":0,\"actual\":[{\"agenda\":0}],");
    post("/_emulator/await?timeout=1h",
         "{\"until\":\"{\\\"queue\\\":\\\"q\\\",\\\"polls\\\":{\\\"eq\\\":0}}\"}",
         "\"satisfied\":true");
}

static void await_ends_with_its_condition(void **state)
{
    (void)state;
    post("/_emulator/clock/freeze", "", "frozen");
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    assert_true(parked[0].wait_ms == 5000);
    real_ms += 1200;
    cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
    expect_answered(0, 200,
                    "{\"satisfied\":true,\"waitedMs\":1200,\"actual\":[{\"queue\":\"q\","
                    "\"state\":\"active\",\"count\":1}],\"namespace\":\"default\","
                    "\"nowMs\":1893456000000,");
}

static void await_sees_time_moved_and_time_that_runs(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q&visibilityTimeout=3", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=3", "\"code\":0");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    real_ms += 3000;
    service_tick(&service, real_ms);
    expect_answered(0, 200, "{\"satisfied\":true,\"waitedMs\":3000,");
    cmq("Action=ReceiveMessage&queueName=q", "\"msgBody\":\"a\"");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    post("/_emulator/clock/advance?by=1h", "", "\"fired\":1,");
    expect_answered(0, 200, "{\"satisfied\":true,\"waitedMs\":0,");
}

static void await_gives_up(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    real_ms += 5000;
    service_tick(&service, real_ms);
    expect_none_answered();
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 200,
                    "{\"satisfied\":false,\"waitedMs\":5000,\"actual\":[{\"queue\":\"q\","
                    "\"state\":\"active\",\"count\":0}],\"namespace\":\"default\","
                    "\"nowMs\":1893456005000,");
}

static void await_survives_the_queue_and_a_reset(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    cmq("Action=DeleteQueue&queueName=q", "\"code\":0");
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    expect_none_answered();
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
    expect_answered(0, 200, "\"satisfied\":true,");
}

static const char poll[] = "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9";

static void automatic_time_jumps_when_all_that_is_open_waits(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    post("/_emulator/clock/auto", "", "\"mode\":\"auto\"");
    exchange_reset(&exchange);
    assert_false(service_may_jump(&service)); /* no poll is parked */
    park(0, "GET", poll, "", FOR_MESSAGE);
    assert_true(service_may_jump(&service));
    get("/_emulator/clock", "\"parkedPolls\":1,");
    assert_false(service_may_jump(&service)); /* an answer is under way */
    exchange_reset(&exchange);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(0, 200, "(10200)no message");
    assert_false(service_may_jump(&service)); /* likewise */
    get("/_emulator/clock", "\"nowMs\":1893456009000,");
}

static void automatic_time_jumps_through_all_of_an_instant(void **state)
{
    (void)state;
    prepare_events();
    post("/_emulator/clock/auto", "", "\"mode\":\"auto\"");
    park(0, "GET", "/?Action=BatchReceiveMessage&queueName=q&numOfMsg=9&pollingWaitSeconds=30",
         "", FOR_MESSAGE);
    exchange_reset(&exchange);
    service_jump(&service, real_ms);
    expect_answered(0, 200, "\"msgBody\":\"a\"");
    assert_non_null(strstr(parked[0].answer.data, "\"msgBody\":\"b\""));
    assert_null(strstr(parked[0].answer.data, "\"msgBody\":\"c\""));
}

static void holds_keep_automatic_time_from_jumping(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    post("/_emulator/clock/auto", "", "\"mode\":\"auto\"");
    post("/_emulator/clock/holds", "", "{\"hold\":1,");
    post("/_emulator/clock/holds", "", "{\"hold\":2,");
    park(0, "GET", poll, "", FOR_MESSAGE);
    exchange_reset(&exchange);
    assert_false(service_may_jump(&service));
    expect("DELETE", "/_emulator/clock/holds/1", "", 200, "{\"released\":1,");
    expect("DELETE", "/_emulator/clock/holds/1", "", 404, "no-such-hold");
    exchange_reset(&exchange);
    assert_false(service_may_jump(&service));
    expect("DELETE", "/_emulator/clock/holds/2", "", 200, "{\"released\":2,");
    exchange_reset(&exchange);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(0, 200, "(10200)no message");
    post("/_emulator/clock/holds", "", "{\"hold\":3,");
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    expect("DELETE", "/_emulator/clock/holds/3", "", 404, "no-such-hold");
    post("/_emulator/clock/holds", "", "{\"hold\":1,");
}

static void an_await_counts_as_waiting(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=3", "\"code\":0");
    post("/_emulator/clock/auto", "", "\"mode\":\"auto\"");
    park(0, "POST", "/_emulator/await", one_active, FOR_CONDITION);
    exchange_reset(&exchange);
    assert_false(service_may_jump(&service)); /* alone it makes nothing jump */
    park(1, "GET", poll, "", FOR_MESSAGE);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(1, 200, "");
    expect_none_answered(); /* the poll was served first */
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 200, "\"satisfied\":false,");
}

/* ---- sight ---- */

/* Six messages: a, b inactive; c, d active; e, f delayed. g is deleted. */
static void prepare_messages(void)
{
    char receipt[64];
    post("/_emulator/clock/freeze", "", "frozen");
    cmq("Action=CreateQueue&queueName=q&rewindSeconds=60&visibilityTimeout=10", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=g", "\"code\":0");
    cmq("Action=ReceiveMessage&queueName=q", "\"code\":0");
    const char *at =
        strstr(answer_text(), "\"receiptHandle\":\"") + strlen("\"receiptHandle\":\"");
    snprintf(receipt, sizeof receipt, "%.*s", (int)strspn(at, "0123456789"), at);
    char query[160];
    snprintf(query, sizeof query, "Action=DeleteMessage&queueName=q&receiptHandle=%s", receipt);
    cmq(query, "\"code\":0");
    cmq("Action=BatchSendMessage&queueName=q&msgBody.1=a&msgBody.2=b&msgBody.3=c&msgBody.4=d",
        "\"code\":0");
    cmq("Action=BatchReceiveMessage&queueName=q&numOfMsg=2", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=e&delaySeconds=5", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=f&delaySeconds=6", "\"code\":0");
}

/* The bodies of an answer's messages, one letter each. */
static void bodies_in(const char *answer, char *out)
{
    static const char key[] = "\"msgBody\":\"";
    for (; (answer = strstr(answer, key)) != NULL; answer++)
        *out++ = answer[strlen(key)];
    *out = '\0';
}

static void pages_through_messages(void **state)
{
    static const struct {
        const char *query, *bodies;
        int total;
    } cases[] = {
        {"", "cdabefg", 7},
        {"?limit=3", "cda", 7},
        {"?offset=3&limit=2", "be", 7},
        {"?offset=2&limit=2", "ab", 7},
        {"?offset=6", "g", 7},
        {"?offset=7", "", 7},
        {"?offset=2147483647", "", 7},
        {"?limit=0", "", 7},
        {"?limit=10000", "cdabefg", 7},
        {"?state=active", "cd", 2},
        {"?state=inactive", "ab", 2},
        {"?state=delayed", "ef", 2},
        {"?state=deleted", "g", 1},
        {"?state=delayed&offset=1", "f", 2},
        {"?state=delayed&offset=1&limit=0", "", 2},
        {"?state=deleted&offset=1", "", 1},
    };
    (void)state;
    prepare_messages();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char target[128], total[32], bodies[16];
        snprintf(target, sizeof target, "/_emulator/queues/q/messages%s", cases[i].query);
        snprintf(total, sizeof total, "\"total\":%d,", cases[i].total);
        get(target, total);
        bodies_in(answer_text(), bodies);
        if (strcmp(bodies, cases[i].bodies) != 0)
            fail_msg("%s: expected %s, got %s", target, cases[i].bodies, bodies);
    }
}

static void looking_consumes_nothing(void **state)
{
    (void)state;
    prepare_messages();
    for (int i = 0; i < 2; i++) {
        get("/_emulator/queues/q/messages?state=active",
            "\"dequeueCount\":0,\"receiptHandle\":null");
        get("/_emulator/queues/q",
            "\"counts\":{\"delayed\":2,\"active\":2,\"inactive\":2,\"deleted\":1}");
    }
    cmq("Action=ReceiveMessage&queueName=q", "\"msgBody\":\"c\"");
    assert_non_null(strstr(answer_text(), "\"dequeueCount\":1"));
}

/* The rewind window includes its first instant: a deleted message goes a millisecond later. */
static void shows_the_times_of_messages(void **state)
{
    static const struct {
        const char *state, *part;
    } cases[] = {
        {"active", "\"enqueueMs\":1893456000000,\"firstDequeueMs\":null,\"visibleMs\":null,"},
        {"inactive", "\"enqueueMs\":1893456000000,\"firstDequeueMs\":1893456000000,"
                     "\"visibleMs\":1893456010000,\"expireMs\":1893801600000,"
                     "\"dequeueCount\":1,\"receiptHandle\":\""},
        {"delayed", "\"firstDequeueMs\":null,\"visibleMs\":1893456005000,"
                    "\"expireMs\":1893801600000,\"dequeueCount\":0,\"receiptHandle\":null}"},
        {"deleted", "\"visibleMs\":null,\"expireMs\":1893456060001,\"dequeueCount\":1,"
                    "\"receiptHandle\":null}"},
    };
    (void)state;
    prepare_messages();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char target[96];
        snprintf(target, sizeof target, "/_emulator/queues/q/messages?state=%s",
                 cases[i].state);
        get(target, cases[i].part);
    }
}

static void shows_bodies_that_are_no_text(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=%C3%A4%00", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a%FFb", "\"code\":0");
    get("/_emulator/queues/q/messages?limit=1",
        "\"msgBody\":\"\xC3\xA4\\u0000\",\"enqueueMs\"");
    get("/_emulator/queues/q/messages?offset=1", "\"msgBody\":\"a\xEF\xBF\xBD"
                                                 "b\",\"msgBodyBase64\":\"Yf9i\",");
}

/* A front ends between two characters, and tells how long the whole is. */
static void shows_fronts_of_bodies(void **state)
{
    static const struct {
        const char *query, *part;
    } cases[] = {
        {"limit=1&cut=5", "\"msgBody\":\"a\xC3\xA4\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=4", "\"msgBody\":\"a\xC3\xA4\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=3", "\"msgBody\":\"a\xC3\xA4\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=2", "\"msgBody\":\"a\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=1", "\"msgBody\":\"a\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=0", "\"msgBody\":\"\",\"cut\":6,\"enqueueMs\""},
        {"limit=1&cut=6", "\"msgBody\":\"a\xC3\xA4\xE2\x82\xAC\",\"enqueueMs\""},
        {"offset=1&cut=1", "\"msgBody\":\"a\",\"cut\":3,\"enqueueMs\""},
        {"offset=1&cut=2", "\"msgBodyBase64\":\"Yf8=\",\"cut\":3,\"enqueueMs\""},
        {"offset=1&cut=65536", "\"msgBodyBase64\":\"Yf9i\",\"enqueueMs\""},
    };
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a%C3%A4%E2%82%AC", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a%FFb", "\"code\":0");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char target[96];
        snprintf(target, sizeof target, "/_emulator/queues/q/messages?%s", cases[i].query);
        get(target, cases[i].part);
    }
    expect("POST", "/_emulator/sink/s", "hello", 200, "\"total\":1,");
    get("/_emulator/sink/s?cut=2", "\"body\":\"he\",\"cut\":5}");
    get("/_emulator/sink/s?cut=5", "\"body\":\"hello\"}");
}

static void lists_queues_in_order(void **state)
{
    (void)state;
    get("/_emulator/queues", "{\"queues\":[],\"total\":0,");
    cmq("Action=CreateQueue&queueName=z", "\"code\":0");
    cmq("Action=CreateQueue&queueName=a", "\"code\":0");
    get("/_emulator/queues", "\"total\":2,");
    assert_true(strstr(answer_text(), "\"queueName\":\"z\"") <
                strstr(answer_text(), "\"queueName\":\"a\""));
    expect("GET", "/_emulator/queues/A", "", 404, "no-such-queue");
}

/* ---- reset and purge ---- */

static void reset_brings_the_same_ids_again(void **state)
{
    char first[4096] = "";
    (void)state;
    for (int i = 0; i < 2; i++) {
        cmq("Action=CreateQueue&queueName=q", "\"code\":0");
        cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
        post("/_emulator/clock/advance?by=1h", "", "frozen");
        cmq("Action=ReceiveMessage&queueName=q", "\"code\":0");
        if (i == 0)
            snprintf(first, sizeof first, "%s", answer_text());
        else
            assert_string_equal(answer_text(), first);
        post("/_emulator/reset", "", "\"mode\":\"real\"");
    }
    cmq("Action=GetQueueAttributes&queueName=q", "(10100)");
}

static void reset_can_keep_the_queues(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
    post("/_emulator/clock/advance?by=1h", "", "frozen");
    post("/_emulator/reset?what=messages", "", "\"mode\":\"frozen\"");
    cmq("Action=GetQueueAttributes&queueName=q", "\"activeMsgNum\":0");
}

static void reset_of_the_clock_does_not_go_back(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    post("/_emulator/clock/advance?by=1h", "", "frozen");
    expect("POST", "/_emulator/reset?what=clock", "", 409, "time-backwards");
    get("/_emulator/clock", "\"mode\":\"frozen\"");
    real_ms += 3600000;
    post("/_emulator/reset?what=clock", "", "\"mode\":\"real\"");
    assert_non_null(strstr(answer_text(), "\"offsetMs\":0,"));
}

static void purges_every_state(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q-1&rewindSeconds=60", "\"code\":0");
    cmq("Action=BatchSendMessage&queueName=q-1&msgBody.1=a&msgBody.2=b", "\"code\":0");
    cmq("Action=SendMessage&queueName=q-1&msgBody=c&delaySeconds=9", "\"code\":0");
    cmq("Action=ReceiveMessage&queueName=q-1", "\"code\":0");
    cmq("Action=SendMessage&queueName=q-1&msgBody=d", "\"code\":0");
    char handle[128];
    cmq("Action=ReceiveMessage&queueName=q-1", "receiptHandle");
    snprintf(handle, sizeof handle, "Action=DeleteMessage&queueName=q-1&receiptHandle=%.*s",
             (int)strspn(strstr(answer_text(), "receiptHandle") + 16, "0123456789"),
             strstr(answer_text(), "receiptHandle") + 16);
    cmq(handle, "\"code\":0");
    cmq("Action=GetQueueAttributes&queueName=q-1",
        "\"activeMsgNum\":1,\"inactiveMsgNum\":1,\"delayMsgNum\":1,\"rewindMsgNum\":1,");
    expect("DELETE", "/_emulator/queues/q%2D1/messages", "", 200, "\"purged\":4,");
    cmq("Action=GetQueueAttributes&queueName=q-1",
        "\"activeMsgNum\":0,\"inactiveMsgNum\":0,\"delayMsgNum\":0,\"rewindMsgNum\":0,");
    get("/_emulator/clock", "\"pendingEvents\":0,");
}

static void tells_that_it_is_well(void **state)
{
    (void)state;
    real_ms += 1234;
    char answer[256];
    snprintf(answer, sizeof answer,
             "{\"status\":\"ok\",\"version\":\"%s\",\"uptimeMs\":1234,"
             "\"namespaces\":1,\"namespace\":\"default\",\"nowMs\":1893456001234,"
             "\"now\":\"2030-01-01T00:00:01.234Z\"}",
             cmq_version());
    get("/_emulator/health", answer);
}

/* test_gate has the rules. */
static void lets_in_who_may_call(void **state)
{
    (void)state;
    post("/_emulator/clock/freeze", "", "frozen");
    service.config.gate = (struct gate){.admin_token = "s3cret"};
    expect("GET", "/_emulator/clock", "", 401,
           "{\"error\":{\"code\":\"unauthorized\",\"message\":\"this needs the header "
           "Authorization: Bearer TOKEN, with the token of --admin-token\"},"
           "\"namespace\":\"default\",\"nowMs\":1893456000000,");
    assert_true(exchange.at_ms == BEGUN_MS);
    expect("GET", "/metrics", "", 401, "unauthorized");
    get("/_emulator/health", "ok");
    service.config.authority = "-----BEGIN";
    get("/_emulator/ca.pem", "-----BEGIN");
    cmq("Action=ListQueue", "\"code\":0");
    service.config.gate = (struct gate){.admin_off = true};
    expect("GET", "/_emulator", "", 404, "not-found");
    get("/metrics", "cmq_");
    get("/_emulator/health", "ok");
    get("/_emulator/ca.pem", "-----BEGIN");
    service.config.authority = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_the_argument_that_is_wrong),
        TEST(names_the_argument_of_a_look_that_is_wrong),
        TEST(refuses_bodies_that_are_no_object),
        TEST(refuses_what_is_not_there),
        TEST(tells_the_methods_of_each_path_and_of_no_other),
        TEST(takes_arguments_from_either_place),
        TEST(real_time_runs_and_frozen_time_stands),
        TEST(time_goes_back_only_while_nothing_is_there),
        TEST(tells_what_fired),
        TEST(lists_the_first_hundred_events),
        TEST(steps_through_events),
        TEST(looking_between_steps_fires_nothing),
        TEST(freezes_a_running_clock),
        TEST(run_stops_for_a_reason),
        TEST(run_needs_its_queues_and_subscriptions),
        TEST(filters_the_agenda),
        TEST(await_answers_at_once_what_holds),
        TEST(await_ends_with_its_condition),
        TEST(await_sees_time_moved_and_time_that_runs),
        TEST(await_gives_up),
        TEST(await_survives_the_queue_and_a_reset),
        TEST(automatic_time_jumps_when_all_that_is_open_waits),
        TEST(automatic_time_jumps_through_all_of_an_instant),
        TEST(holds_keep_automatic_time_from_jumping),
        TEST(an_await_counts_as_waiting),
        TEST(pages_through_messages),
        TEST(looking_consumes_nothing),
        TEST(shows_the_times_of_messages),
        TEST(shows_bodies_that_are_no_text),
        TEST(shows_fronts_of_bodies),
        TEST(lists_queues_in_order),
        TEST(reset_brings_the_same_ids_again),
        TEST(reset_can_keep_the_queues),
        TEST(reset_of_the_clock_does_not_go_back),
        TEST(purges_every_state),
        TEST(tells_that_it_is_well),
        TEST(lets_in_who_may_call),
    };
    return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
