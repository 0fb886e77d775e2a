/* Short of memory while others wait: for messages, for conditions, for time to move; and as the
 * service starts and reads its configuration. */
#include "tests/failing/every.h"
#include "tests/failing/prepared.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"

#include "admin/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- those that wait ---- */

/* Two polls of a queue without messages, and somebody who waits for the second message. */
static void prepare_waits(void)
{
    static const char poll[] = "/?Action=ReceiveMessage&queueName=empty&pollingWaitSeconds=20";
    prepare();
    park(0, "GET", poll, "", FOR_MESSAGE);
    park(1, "GET", poll, "", FOR_MESSAGE);
    park(2, "POST", "/_emulator/await",
         "{\"until\":{\"queue\":\"empty\",\"state\":\"inactive\",\"count\":{\"ge\":2}},"
         "\"timeout\":\"9s\"}",
         FOR_CONDITION);
}

/* Each has its answer, or there was no memory to write it: then the message comes again, as after
 * an answer that was lost on its way. */
static void expect_released(const char *part)
{
    struct exchange *x = service_take_finished(&service);
    assert_non_null(x);
    assert_int_equal(x->waits_for, FOR_NOTHING);
    if (x->status != 500)
        check_exchange("a wait", x, 200, part);
}

static void all_are_released(bool failed)
{
    if (failed) {
        assert_null(service_take_finished(&service));
        return;
    }
    expect_released("\"msgBody\":\"a\"");
    expect_released("\"msgBody\":\"b\"");
    expect_released("\"satisfied\":true");
    assert_null(service_take_finished(&service));
}

static void all_are_told(bool failed)
{
    if (failed) {
        assert_null(service_take_finished(&service));
        return;
    }
    expect_released("(10100)");
    expect_released("(10100)");
    assert_null(service_take_finished(&service));
}

static void all_are_reset(bool failed)
{
    if (failed) {
        assert_null(service_take_finished(&service));
        return;
    }
    for (int i = 0; i < 2; i++)
        expect_released("(10100)");
    while (service_take_finished(&service) != NULL)
        continue;
}

/* So many events that their answer is a long one. */
static void prepare_many(void)
{
    prepare();
    for (int i = 0; i < 6; i++)
        get("/?Action=BatchSendMessage&queueName=empty&delaySeconds=9&msgBody.1=a&msgBody.2=b"
            "&msgBody.3=c&msgBody.4=d&msgBody.5=e&msgBody.6=f&msgBody.7=g&msgBody.8=h"
            "&msgBody.9=i&msgBody.10=j&msgBody.11=k&msgBody.12=l&msgBody.13=m&msgBody.14=n",
            "\"code\":0");
}

static void while_much_happens(void **state)
{
    (void)state;
    every_failure(prepare_many, &(struct sent_call){.method = "POST",
                                                    .target = "/_emulator/clock/advance?by=10s",
                                                    .part = "\"fired\":84"});
}

static void while_others_wait(void **state)
{
    static const struct sent_call calls[] = {
        {.method = "GET",
         .target = "/?Action=BatchSendMessage&queueName=empty&msgBody.1=a&msgBody.2=b",
         .check = all_are_released},
        {.method = "GET",
         .target = "/?Action=DeleteQueue&queueName=empty",
         .check = all_are_told},
        {.method = "POST", .target = "/_emulator/reset", .check = all_are_reset},
        {.method = "POST", .target = "/_emulator/clock/advance?by=1s"},
        {.method = "GET",
         .target = "/?Action=ReceiveMessage&queueName=empty&pollingWaitSeconds=9"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++)
        every_failure(prepare_waits, &calls[i]);
}

/* ---- pushes while time moves ---- */

/* Let all pushes that are taken end like this; returns how many that were. */
static size_t end_pushes(const struct push_outcome *outcome)
{
    size_t ended = 0;
    for (struct push *p; (p = service_take_push(&service)) != NULL; ended++)
        service_end_push(&service, real_ms, p, outcome);
    return ended;
}

/* A message whose first attempt has failed: the next one is due in a second. */
static void prepare_push(void)
{
    post("/_emulator/clock/freeze", "{\"at\":\"2030-01-02T00:00:00Z\"}", "frozen");
    get("/?Action=CreateTopic&topicName=t", "\"code\":0");
    get("/?Action=Subscribe&topicName=t&subscriptionName=s&protocol=http&endpoint=http://h/",
        "\"code\":0");
    get("/?Action=PublishMessage&topicName=t&msgBody=x", "\"code\":0");
    assert_int_equal(end_pushes(&(struct push_outcome){.status = 503}), 1);
}

/* The attempt without memory fails, and time goes on; a later one arrives. */
static bool move_with_pushes(size_t n, bool all)
{
    struct exchange x = {.method = bytes_of("POST")};
    start_service(8);
    prepare_push();
    size_t before = scarce_failed();
    buffer_append(&x.target, bytes_of("/_emulator/clock/advance?by=1h"));
    scarce_begin(n, all);
    enum exchange_state state = service_handle(&service, real_ms, &x);
    every_count(scarce_end());
    bool failed = scarce_failed() > before;
    if (state == EXCHANGE_ANSWERED && x.status == 500) {
        get("/_emulator/clock", "\"now\":\"2030-01-02T00:00:00.000Z\"");
    } else {
        end_pushes(&(struct push_outcome){.delivered = true, .status = 200});
        if (state == EXCHANGE_PARKED)
            assert_ptr_equal(service_take_finished(&service), &x);
        check_exchange("the move", &x, 200, "\"now\":\"2030-01-02T01:00:00.000Z\"");
    }
    exchange_free(&x);
    stop_service();
    return failed;
}

static void while_time_moves(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        size_t held = scarce_held();
        for (size_t n = 1; move_with_pushes(n, all != 0); n++)
            continue;
        assert_int_equal(scarce_held(), held);
    }
}

/* ---- the start ---- */

static const char configuration[] =
    "{\"limits\":{\"maxQueues\":9},\"clock\":{\"mode\":\"frozen\"},"
    "\"queues\":[{\"queueName\":\"a\",\"msgRetentionSeconds\":600},{\"queueName\":\"b\"}],"
    "\"namespaces\":[{\"name\":\"n\",\"seed\":3,\"credentials\":[{\"secretId\":\"AKIDn\","
    "\"secretKey\":\"k\"}],\"topics\":[{\"topicName\":\"t\",\"subscriptions\":"
    "[{\"subscriptionName\":\"s\",\"protocol\":\"http\",\"endpoint\":\"http://h/\"}]}]},"
    "{\"name\":\"m\",\"queues\":[{\"queueName\":\"c\"}]}]}";

/* Whether there was memory for the service and all that its file describes. */
static bool start_once(size_t n, bool all)
{
    struct service_config config = default_config();
    struct mistake m = {.status = 0};
    config.registry.max_namespaces = 8;
    scarce_begin(n, all);
    bool started = service_init(&service, &config, BEGUN_MS);
    bool configured = started && config_apply(&service.registry, configuration, BEGUN_MS, &m);
    every_count(scarce_end());
    if (started && !configured && (m.status != 500 || strcmp(m.code, "no-memory") != 0))
        fail_msg("with %zu: %d %s", n, m.status, m.message);
    if (configured) {
        assert_non_null(registry_find(&service.registry, bytes_of("m")));
        assert_non_null(registry_find(&service.registry, bytes_of("n")));
        assert_int_equal(engine_queue_count(service.registry.home->engine), 2);
    }
    service_fini(&service);
    return configured;
}

static void as_it_starts(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        size_t held = scarce_held();
        size_t before;
        size_t n = 0;
        do {
            before = scarce_failed();
            (void)start_once(++n, all != 0);
            if (scarce_held() != held)
                fail_msg("with %zu: %zu pieces are left", n, scarce_held() - held);
        } while (scarce_failed() > before);
        assert_true(start_once(0, false));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_others_wait),
        cmocka_unit_test(while_much_happens),
        cmocka_unit_test(while_time_moves),
        cmocka_unit_test(as_it_starts),
    };
    int failed =
        cmocka_run_group_tests_name("memory while others wait", tests, every_begin, NULL);
    every_report("waits, moves and the start");
    return failed;
}
