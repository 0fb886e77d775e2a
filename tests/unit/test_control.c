/* The control interface: arguments of every call, moving time, reset. The service is driven
 * without sockets; real time is a variable. */
#include "server/options.h"
#include "server/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const cmq_ms begun_ms = 1893456000000; /* 2030-01-01T00:00:00Z */

static struct service service;
static struct exchange exchange;
static cmq_ms real_ms;

static int start(void **state)
{
    static char name[] = "cmq-emulator";
    static char *argv[] = {name, NULL};
    struct options o;
    (void)state;
    assert_int_equal(options_read(&o, 1, argv, stderr), OPTIONS_RUN);
    struct service_config config = options_service_config(&o, "127.0.0.1:9267");
    real_ms = begun_ms;
    return service_init(&service, &config, real_ms) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    service_fini(&service);
    exchange_free(&exchange);
    memset(&exchange, 0, sizeof exchange);
    return 0;
}

/* One call; returns the HTTP status, the answer is then in text(). */
static int call(const char *method, const char *target, const char *body)
{
    exchange_reset(&exchange);
    exchange.method = bytes_of(method);
    buffer_append(&exchange.target, bytes_of(target));
    buffer_append(&exchange.body, bytes_of(body));
    assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
    buffer_append_char(&exchange.answer, '\0');
    return exchange.status;
}

static const char *text(void)
{
    return exchange.answer.data;
}

static void expect(const char *method, const char *target, const char *body, int status,
                   const char *part)
{
    int got = call(method, target, body);
    if (got != status || strstr(text(), part) == NULL)
        fail_msg("%s %s %s: expected %d and %s, got %d %s", method, target, body, status, part,
                 got, text());
}

static void cmq(const char *query, const char *part)
{
    char target[256];
    snprintf(target, sizeof target, "/?%s", query);
    expect("GET", target, "", 200, part);
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
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char part[64];
        snprintf(part, sizeof part, "\"argument\":\"%s\"", cases[i].argument);
        expect("POST", cases[i].target, cases[i].body, 400, part);
        assert_true(engine_now_ms(service.namespace.engine) == begun_ms);
        assert_int_equal(service.namespace.clock.mode, CLOCK_REAL);
    }
}

static void refuses_bodies_that_are_no_object(void **state)
{
    static const char *const bodies[] = {"x",         "[]",     "1",   "\"by\"",
                                         "{\"by\":1", "{by:1}", "null"};
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
        {"GET", "/_emulator", 404, "not-found"},
        {"GET", "/_emulator/", 404, "not-found"},
        {"GET", "/_emulator/clock/", 404, "not-found"},
        {"GET", "/_emulator/clocks", 404, "not-found"},
        {"POST", "/_emulator/clock", 405, "takes GET, not POST"},
        {"GET", "/_emulator/clock/advance", 405, "takes POST"},
        {"GET", "/_emulator/reset", 405, "takes POST"},
        {"HEAD", "/_emulator/health", 405, "takes GET"},
        {"GET", "/_emulator/queues/q/messages", 405, "takes DELETE"},
        {"DELETE", "/_emulator/queues/q/messages", 404, "no-such-queue"},
        {"DELETE", "/_emulator/queues//messages", 404, "not-found"},
        {"DELETE", "/_emulator/queues/a/b/messages", 404, "not-found"},
        {"GET", "/_emulator/clock?namespace=other", 404, "no-such-namespace"},
        {"GET", "/_emulator/clock?by=1", 400, "\"argument\":\"by\""},
        {"GET", "/_emulator/health?x=1", 400, "\"argument\":\"x\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(cases[i].method, cases[i].target, "", cases[i].status, cases[i].part);
    expect("GET", "/_emulator/clock?namespace=default", "", 200, "\"mode\":\"real\"");
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
        cmq_ms to_ms = begun_ms + cases[i].at_ms;
        snprintf(part, sizeof part, "\"toMs\":%lld", (long long)to_ms);
        expect("POST", cases[i].target, cases[i].body, 200, part);
    }
}

/* ---- time ---- */

static void real_time_runs_and_frozen_time_stands(void **state)
{
    (void)state;
    real_ms += 250;
    expect("GET", "/_emulator/clock", "", 200, "\"nowMs\":1893456000250,");
    expect("POST", "/_emulator/clock/freeze", "", 200, "\"mode\":\"frozen\"");
    real_ms += 5000;
    expect("GET", "/_emulator/clock", "", 200, "\"nowMs\":1893456000250,");
    assert_non_null(strstr(text(), "\"realNowMs\":1893456005250,\"offsetMs\":-5000,"));
    expect("POST", "/_emulator/clock/advance?by=15d", "", 200, "\"nowMs\":1894752000250,");
    expect("POST", "/_emulator/clock/resume", "", 200, "\"mode\":\"real\"");
    real_ms += 1;
    expect("GET", "/_emulator/clock", "", 200, "\"nowMs\":1894752000251,");
    assert_true(service_wake_ms(&service) == CMQ_NEVER);
}

static void time_goes_back_only_while_nothing_is_there(void **state)
{
    (void)state;
    expect("POST", "/_emulator/clock/freeze?at=2017-03-05T13:01:02Z", "", 200,
           "\"nowMs\":1488718862000,");
    expect("POST", "/_emulator/clock/freeze?at=0", "", 200, "\"nowMs\":0,");
    expect("POST", "/_emulator/clock/freeze?at=1000", "", 200, "\"nowMs\":1000,");
    expect("POST", "/_emulator/clock/advance?to=999", "", 409, "time-backwards");
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/freeze?at=999", "", 409, "time-backwards");
    expect("POST", "/_emulator/clock/freeze?at=1000", "", 200, "\"nowMs\":1000,");
    cmq("Action=DeleteQueue&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/freeze?at=999", "", 200, "\"nowMs\":999,");
}

static void tells_what_fired(void **state)
{
    (void)state;
    expect("POST", "/_emulator/clock/freeze", "", 200, "\"next\":null");
    cmq("Action=CreateQueue&queueName=q&msgRetentionSeconds=60&visibilityTimeout=10",
        "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=5", "\"code\":0");
    expect("GET", "/_emulator/clock", "", 200,
           "\"pendingEvents\":2,\"parkedPolls\":0,\"next\":{\"atMs\":1893456005000,"
           "\"kind\":\"delayed\",\"queue\":\"q\",\"msgId\":\"");
    expect("POST", "/_emulator/clock/advance?by=5", "", 200,
           "\"fired\":1,\"firedByKind\":{\"delayed\":1},\"events\":[{\"atMs\":1893456005000,"
           "\"kind\":\"delayed\",\"queue\":\"q\",\"msgId\":\"");
    cmq("Action=ReceiveMessage&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/advance?by=1h", "", 200,
           "\"fired\":2,\"firedByKind\":{\"visible\":1,\"expired\":1},");
    assert_non_null(strstr(text(), "\"pendingEvents\":0,\"parkedPolls\":0,\"next\":null"));
}

static void lists_the_first_hundred_events(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/freeze", "", 200, "frozen");
    for (int i = 0; i < 101; i++)
        cmq("Action=SendMessage&queueName=q&msgBody=a&delaySeconds=1", "\"code\":0");
    expect("POST", "/_emulator/clock/advance?by=1", "", 200, "\"fired\":101,");
    int events = 0;
    for (const char *at = text(); (at = strstr(at, "{\"atMs\"")) != NULL; at++)
        events++;
    assert_int_equal(events, 1 + 100); /* "next", and those that fired */
}

/* ---- reset and purge ---- */

static void reset_brings_the_same_ids_again(void **state)
{
    char first[4096] = "";
    (void)state;
    for (int i = 0; i < 2; i++) {
        cmq("Action=CreateQueue&queueName=q", "\"code\":0");
        cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
        expect("POST", "/_emulator/clock/advance?by=1h", "", 200, "frozen");
        cmq("Action=ReceiveMessage&queueName=q", "\"code\":0");
        if (i == 0)
            snprintf(first, sizeof first, "%s", text());
        else
            assert_string_equal(text(), first);
        expect("POST", "/_emulator/reset", "", 200, "\"mode\":\"real\"");
    }
    cmq("Action=GetQueueAttributes&queueName=q", "(10100)");
}

static void reset_can_keep_the_queues(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("Action=SendMessage&queueName=q&msgBody=a", "\"code\":0");
    expect("POST", "/_emulator/clock/advance?by=1h", "", 200, "frozen");
    expect("POST", "/_emulator/reset?what=messages", "", 200, "\"mode\":\"frozen\"");
    cmq("Action=GetQueueAttributes&queueName=q", "\"activeMsgNum\":0");
}

static void reset_of_the_clock_does_not_go_back(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q", "\"code\":0");
    expect("POST", "/_emulator/clock/advance?by=1h", "", 200, "frozen");
    expect("POST", "/_emulator/reset?what=clock", "", 409, "time-backwards");
    expect("GET", "/_emulator/clock", "", 200, "\"mode\":\"frozen\"");
    real_ms += 3600000;
    expect("POST", "/_emulator/reset?what=clock", "", 200, "\"mode\":\"real\"");
    assert_non_null(strstr(text(), "\"offsetMs\":0,"));
}

static void purges_every_state(void **state)
{
    (void)state;
    cmq("Action=CreateQueue&queueName=q-1&rewindSeconds=60", "\"code\":0");
    cmq("Action=BatchSendMessage&queueName=q-1&msgBody.1=a&msgBody.2=b", "\"code\":0");
    cmq("Action=SendMessage&queueName=q-1&msgBody=c&delaySeconds=9", "\"code\":0");
    cmq("Action=ReceiveMessage&queueName=q-1", "\"code\":0");
    expect("DELETE", "/_emulator/queues/q%2D1/messages", "", 200, "\"purged\":3,");
    cmq("Action=GetQueueAttributes&queueName=q-1",
        "\"activeMsgNum\":0,\"inactiveMsgNum\":0,\"delayMsgNum\":0,\"rewindMsgNum\":0,");
    expect("GET", "/_emulator/clock", "", 200, "\"pendingEvents\":0,");
}

static void tells_that_it_is_well(void **state)
{
    (void)state;
    real_ms += 1234;
    expect("GET", "/_emulator/health", "", 200,
           "{\"status\":\"ok\",\"version\":\"" CMQ_VERSION "\",\"uptimeMs\":1234,"
           "\"namespaces\":1,\"namespace\":\"default\",\"nowMs\":1893456001234,"
           "\"now\":\"2030-01-01T00:00:01.234Z\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_the_argument_that_is_wrong),
        TEST(refuses_bodies_that_are_no_object),
        TEST(refuses_what_is_not_there),
        TEST(takes_arguments_from_either_place),
        TEST(real_time_runs_and_frozen_time_stands),
        TEST(time_goes_back_only_while_nothing_is_there),
        TEST(tells_what_fired),
        TEST(lists_the_first_hundred_events),
        TEST(reset_brings_the_same_ids_again),
        TEST(reset_can_keep_the_queues),
        TEST(reset_of_the_clock_does_not_go_back),
        TEST(purges_every_state),
        TEST(tells_that_it_is_well),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
