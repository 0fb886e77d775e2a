/* Long answers and their budget. */
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { QUEUES = 400, MESSAGES = 400 };

static struct budget *answers;

static int begin(void **state)
{
    (void)state;
    start_service(10);
    answers = &service.registry.host.budgets.answers;
    for (int i = 0; i < QUEUES; i++) {
        char target[64];
        snprintf(target, sizeof target, "/?Action=CreateQueue&queueName=q%d", i);
        get(target, "\"code\":0");
    }
    for (int i = 0; i < MESSAGES; i++)
        get("/?Action=SendMessage&queueName=q0&msgBody=body", "\"code\":0");
    assert_int_equal(answers->used, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

static const char *const long_ones[] = {
    "/_emulator/queues",
    "/_emulator/queues/q0/messages?limit=400",
};

static void counts_long_answers_until_they_are_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask_service(&parked[0], "GET", long_ones[i], ""), EXCHANGE_ANSWERED);
        size_t one = answers->used;
        assert_true(one > (size_t)64 * 1024 && one >= parked[0].answer.len);
        assert_int_equal(ask_service(&parked[1], "GET", long_ones[i], ""), EXCHANGE_ANSWERED);
        assert_int_equal(answers->used, 2 * one);
        exchange_reset(&parked[0]);
        exchange_reset(&parked[1]);
        assert_int_equal(answers->used, 0);
    }
}

static void refuses_more_than_there_may_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        answers->most = SIZE_MAX;
        assert_int_equal(ask_service(&parked[0], "GET", long_ones[i], ""), EXCHANGE_ANSWERED);
        answers->most = answers->used + 1000;
        answers->refused = 0;
        expect("GET", long_ones[i], "", 503, "\"answers-full\"");
        assert_non_null(strstr(answer_text(), "--max-answer-memory"));
        assert_int_equal(exchange.retry_after_s, 1);
        assert_int_equal(answers->refused, 1);

        get("/_emulator/queues/q0/messages?limit=10", "\"total\":400"); /* a short one */
        assert_int_equal(exchange.retry_after_s, 0);
        exchange_reset(&parked[0]);
        get(long_ones[i], "\"total\":400");
        exchange_reset(&exchange);
        assert_int_equal(answers->used, 0);
    }
}

/* Nothing of it follows the error: neither a document's end, nor what is kept for it. */
static void refuses_what_has_not_been_written_yet(void **state)
{
    (void)state;
    post("/_emulator/snapshots", "{\"name\":\"s\"}", "\"queues\":400");
    answers->most = 1000;
    expect("GET", "/_emulator/snapshots/s", "", 503, "\"answers-full\"");
    answers->most = SIZE_MAX;
    assert_int_equal(ask_service(&exchange, "GET", "/_emulator/snapshots/s", ""),
                     EXCHANGE_ANSWERED);
    assert_non_null(exchange.more);
    check_exchange("the document", &exchange, 200, "\"queueName\":\"q399\"");
}

/* Sixteen of the longest bodies that are not lent, each byte escaped to six. */
static void receives_take_nothing(void **state)
{
    static char form[4096] = "Action=SendMessage&queueName=q1&msgBody=";
    (void)state;
    answers->most = 0;
    for (size_t i = strlen(form), n = 0; n < BODY_SHARED_FROM - 1; i += 3, n++)
        memcpy(form + i, "%01", 4);
    for (int i = 0; i < BATCH_MAX; i++)
        post("/", form, "\"code\":0");
    get("/?Action=BatchReceiveMessage&queueName=q1&numOfMsg=16", "\\u0001\\u0001");
    assert_true(exchange.answer.len > (size_t)(BODY_SHARED_FROM - 1) * 6 * BATCH_MAX);
    assert_int_equal(answers->used, 0);
}

/* Its answer repeats what the client sent: it is sent in any case, for the message is. */
static void never_refuses_what_has_changed_something(void **state)
{
    static char form[100000] = "Action=SendMessage&queueName=q0&msgBody=x&clientRequestId=";
    (void)state;
    answers->most = 0;
    memset(form + strlen(form), 'x', 90000);
    post("/", form, "\"code\":0");
    assert_true(answers->used > 90000);
    exchange_reset(&exchange);
    assert_int_equal(answers->used, 0);
}

/* A namespace with so many queues, whose names are as long as they may be. */
static void make_namespace(const char *name, int queues)
{
    struct buffer body = {0};
    char text[256];
    snprintf(text, sizeof text, "{\"name\":\"%s\",\"queues\":[", name);
    buffer_append(&body, bytes_of(text));
    for (int i = 0; i < queues; i++) {
        snprintf(text, sizeof text, "%s{\"queueName\":\"q%063d\"}", i > 0 ? "," : "", i);
        buffer_append(&body, bytes_of(text));
    }
    buffer_append(&body, (struct bytes){"]}", sizeof "]}"});
    post("/_emulator/namespaces", body.data, "\"namespace\"");
    buffer_free(&body);
}

static void metrics_end_somewhere(void **state)
{
    (void)state;
    make_namespace("first", 999);
    get("/metrics", "\"} 400\n"); /* active messages of q0 */
    assert_non_null(strstr(answer_text(), "cmq_metrics_cut{metric=\"cmq_messages\"} 0\n"));
    make_namespace("second", 999);
    get("/metrics", "cmq_metrics_cut{metric=\"cmq_messages\"} 1\n");
    assert_non_null(strstr(answer_text(), "cmq_metrics_cut{metric=\"cmq_parked_polls\"} 0\n"));
    assert_non_null(strstr(answer_text(), "cmq_parked_polls{namespace=\"second\"} 0\n"));
    assert_true(exchange.answer.len < 2 << 20);
}

/* Each metric of very many namespaces has place, but not all of them. */
static void all_metrics_end_somewhere(void **state)
{
    enum { NAMESPACES = 1100 };
    char name[65];
    (void)state;
    stop_service();
    start_service(NAMESPACES + 1);
    for (int i = 0; i < NAMESPACES; i++) {
        snprintf(name, sizeof name, "n%063d", i);
        make_namespace(name, i < 2 ? 999 : 1);
    }
    get("/metrics", "cmq_metrics_cut{metric=\"cmq_parked_polls\"} 0\n");
    assert_non_null(strstr(answer_text(), "cmq_metrics_cut{metric=\"cmq_pushes_total\"} 1\n"));
    assert_true(exchange.answer.len < (2 << 20) + 65536);
}

/* All but what may belong to a character that is not whole. */
static void counts_bodies_for_sinks_while_they_come(void **state)
{
    struct exchange x = {.method = bytes_of("POST")};
    (void)state;
    buffer_append(&x.target, bytes_of("/_emulator/sink/inbox"));
    buffer_append(&x.body, bytes_of("0123456789"));
    service_follow_body(&service, &x);
    assert_int_equal(x.escapes.seen, 7);
    exchange_free(&x);
}

/* Bodies of 511 bytes 01 are 3 KiB each in an answer: whatever the limit is, a page ends. */
static void pages_end_somewhere(void **state)
{
    static char form[4096] = "Action=SendMessage&queueName=q1&msgBody=";
    (void)state;
    for (size_t i = strlen(form), n = 0; n < BODY_SHARED_FROM - 1; i += 3, n++)
        memcpy(form + i, "%01", 4);
    for (int i = 0; i < 2000; i++)
        post("/", form, "\"code\":0");
    get("/_emulator/queues/q1/messages?limit=10000", "\"total\":2000");
    assert_true(exchange.answer.len > 4 << 20 && exchange.answer.len < 5 << 20);
    const char *next = strstr(answer_text(), "\"next\":");
    assert_non_null(next);
    char rest[80];
    snprintf(rest, sizeof rest, "/_emulator/queues/q1/messages?limit=10000&offset=%ld",
             strtol(next + strlen("\"next\":"), NULL, 10));
    get(rest, "\"total\":2000");
    assert_null(strstr(answer_text(), "\"next\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_long_answers_until_they_are_sent, begin, end),
        cmocka_unit_test_setup_teardown(refuses_more_than_there_may_be, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_has_not_been_written_yet, begin, end),
        cmocka_unit_test_setup_teardown(receives_take_nothing, begin, end),
        cmocka_unit_test_setup_teardown(never_refuses_what_has_changed_something, begin, end),
        cmocka_unit_test_setup_teardown(metrics_end_somewhere, begin, end),
        cmocka_unit_test_setup_teardown(all_metrics_end_somewhere, begin, end),
        cmocka_unit_test_setup_teardown(counts_bodies_for_sinks_while_they_come, begin, end),
        cmocka_unit_test_setup_teardown(pages_end_somewhere, begin, end),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
