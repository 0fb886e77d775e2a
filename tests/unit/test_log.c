/* What a line of the log says (decisions 41). */
#include "server/log.h"

#include "tests/support/ask_service.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct log log_lines;

static int start(void **state)
{
    (void)state;
    start_service(10);
    service.config.unknown_parameters = UNKNOWN_WARN;
    expect("POST", "/_emulator/clock/freeze", "", 200, "frozen");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    buffer_free(&log_lines.lines);
    log_lines = (struct log){.format = LOG_TEXT};
    return 0;
}

/* The line of what was asked last, without the time and the duration. */
static const char *line(struct exchange *x, enum log_format format)
{
    struct log_entry entry = {.real_ms = 0, .virtual_ms = x->at_ms, .took_us = 7};
    buffer_clear(&log_lines.lines);
    log_lines.format = format;
    record_of(x, &entry.record);
    log_request(&log_lines, &entry);
    buffer_append_char(&log_lines.lines, '\0');
    return log_lines.lines.data;
}

static const char *ask(const char *method, const char *target, const char *body,
                       enum log_format format)
{
    assert_int_equal(ask_service(&exchange, method, target, body), EXCHANGE_ANSWERED);
    return line(&exchange, format);
}

#define BEGINNING "1970-01-01T00:00:00.000Z virtual=2030-01-01T00:00:00.000Z namespace=default "

static void tells_what_was_asked_and_answered(void **state)
{
    static const struct {
        const char *method, *target, *body, *line;
    } rows[] = {
        {"POST", "/", "Action=createqueue&queueName=orders",
         "POST CreateQueue queue=orders code=0 us=7\n"},
        {"POST", "/", "Action=DeleteMessage&queueName=orders&receiptHandle=1",
         "POST DeleteMessage queue=orders code=4430 message=\"(10260)receipt handle is "
         "invalid\" us=7\n"},
        {"GET", "/v2/index.php?Action=SendMessage&queueName=none&msgBody=x&SecretId=AKIDx", "",
         "GET SendMessage queue=none code=4440 message=\"(10100)queue is not existed, or "
         "deleted\" secretId=AKIDx us=7 warning=\"the secret id AKIDx belongs to no namespace, "
         "so its calls go to default\"\n"},
        {"GET", "/v2/index.php?Action=SendMessage&queueName=none&msgBody=x&SecretId=AKIDx", "",
         "GET SendMessage queue=none code=4440 message=\"(10100)queue is not existed, or "
         "deleted\" secretId=AKIDx us=7\n"},
        {"POST", "/", "Action=ListQueue&SecretId=AKIDx", "POST ListQueue code=0 us=7\n"},
        {"POST", "/",
         "Action=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=q",
         "POST Subscribe topic=t subscription=s code=4440 message=\"(10600)topic is not "
         "existed, or deleted\" us=7\n"},
        {"POST", "/x/v2/index.php", "Action=Nonsense",
         "POST /x/v2/index.php code=4000 message=\"(10430)action name Nonsense is not "
         "existed\" "
         "us=7 warning=\"Nonsense is no Action of the API v2\"\n"},
        {"POST", "/", "Action=DeleteTopic&TopicName=t",
         "POST DeleteTopic topic=t code=4440 message=\"(10600)topic is not existed, or "
         "deleted\" us=7\n"},
        {"POST", "/", "Action=ReceiveMessage&queueName=or%20ders%0A%22",
         "POST ReceiveMessage queue=\"or ders\\n\\\"\" code=4000 message=\"(10020)queue name "
         "format error\" us=7\n"},
        {"GET", "/_emulator/queues?state=active", "",
         "GET /_emulator/queues code=400 message=\"this call takes no argument state; known "
         "are offset, limit, search\" us=7\n"},
        {"GET", "/_emulator/clock", "", "GET /_emulator/clock code=200 us=7\n"},
        {"DELETE", "/_emulator/clock", "",
         "DELETE /_emulator/clock code=405 message=\"/_emulator/clock takes GET, HEAD, not "
         "DELETE\" "
         "us=7\n"},
        {"GET", "/favicon.ico?x", "",
         "GET /favicon.ico code=404 message=\"CMQ calls go to /v2/index.php or /, the admin "
         "interface is /_emulator/...\" us=7\n"},
        {"POST", "/", "Action=SendCmqMsg&Version=2020-02-17",
         "POST SendCmqMsg code=MissingParameter message=\"The request is missing a required "
         "parameter `Timestamp`.\" us=7\n"},
        {"POST", "/?Action=ListQueue",
         "Action=CreateCmqTopic&Version=2020-02-17&Timestamp=1&TopicName=news",
         "POST CreateCmqTopic topic=news code=0 us=7\n"},
        {"POST", "/",
         "Action=DescribeCmqQueues&Version=2020-02-17&Timestamp=1&SecretId=AKIDx&Limit=a",
         "POST DescribeCmqQueues code=InvalidParameter message=\"The value type of parameter "
         "`Limit` is not valid\" secretId=AKIDx us=7\n"},
        {"POST", "/?Action=ListQueue", "Action=DeleteQueue&queueName=orders",
         "POST DeleteQueue queue=orders code=0 us=7 warning=\"both the query and the body have "
         "an Action; a POST is served from its body, the query is ignored\"\n"},
        {"GET", "/?Action=ListQueue", "Action=DeleteQueue&queueName=orders",
         "GET ListQueue code=0 us=7 warning=\"both the query and the body have an Action; a "
         "GET is served from its query, the body is ignored\"\n"},
        {"POST", "/", "Action=SendMesage",
         "POST / code=4000 message=\"(10430)action name SendMesage is not existed\" us=7 "
         "warning=\"SendMesage is no Action of the API v2; did you mean SendMessage?\"\n"},
        {"POST", "/", "Action=CreateCmqQueue",
         "POST / code=4000 message=\"(10430)action name CreateCmqQueue is not existed\" us=7 "
         "warning=\"CreateCmqQueue is an Action of API 3.0: its calls go to / with the Version "
         "2020-02-17\"\n"},
        {"GET", "/metrics", "", "GET /metrics code=200 us=7\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *came = ask(rows[i].method, rows[i].target, rows[i].body, LOG_TEXT);
        assert_memory_equal(came, BEGINNING, strlen(BEGINNING));
        assert_string_equal(came + strlen(BEGINNING), rows[i].line);
    }
}

static void the_code_is_the_one_on_the_wire(void **state)
{
    (void)state;
    service.registry.home->config.limits.gateway_errors = true;
    post("/_emulator/reset", "", "all");
    expect("POST", "/_emulator/clock/freeze", "", 200, "frozen");
    (void)ask("POST", "/", "Action=CreateQueue&queueName=q", LOG_TEXT);
    assert_non_null(strstr(ask("POST", "/", "Action=CreateQueue&queueName=q", LOG_TEXT),
                           "code=4000 message=\"(4460) (10210)queue is already existed\""));
    assert_non_null(strstr(ask("POST", "/", "Action=CreateQueue&queueName=q", LOG_JSON),
                           "\"code\":4000,\"module\":10210,\"message\":\"(4460) (10210)queue"));
}

static void writes_json(void **state)
{
    (void)state;
    (void)ask("POST", "/", "Action=CreateQueue&queueName=q", LOG_JSON);
    assert_string_equal(ask("POST", "/", "Action=SendMessage&queueName=q&msgBody=x", LOG_JSON),
                        "{\"time\":\"1970-01-01T00:00:00.000Z\","
                        "\"virtual\":\"2030-01-01T00:00:00.000Z\",\"namespace\":\"default\","
                        "\"method\":\"POST\",\"api\":\"v2\",\"action\":\"SendMessage\","
                        "\"path\":\"/\","
                        "\"queue\":\"q\",\"code\":0,\"us\":7}\n");
    assert_non_null(strstr(
        ask("POST", "/", "Action=SendMessage&queueName=q&msgBody=x&delaySecond=1&b=2",
            LOG_JSON),
        "\"code\":0,\"warnings\":[\"the parameter delaySecond is not used by SendMessage; did "
        "you mean delaySeconds?\",\"the parameter b is not used by SendMessage\"],\"us\":7}"));
    assert_non_null(
        strstr(ask("GET", "/_emulator/nothing", "", LOG_JSON),
               "\"path\":\"/_emulator/nothing\",\"code\":404,\"message\":\"the admin"));
}

/* Containers ask for the health every few seconds. /metrics counts it all the same. */
static void leaves_out_health_checks_that_pass(void **state)
{
    static const struct {
        const char *method, *target;
        bool told;
    } rows[] = {
        {"GET", "/_emulator/health", false}, {"GET", "/_emulator/health?x=1", true},
        {"POST", "/_emulator/health", true}, {"GET", "/_emulator/healthy", true},
        {"GET", "/_emulator/clock", true},
    };
    (void)state;
    uint64_t before = service.metrics.admin[200];
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool in_text = ask(rows[i].method, rows[i].target, "", LOG_TEXT)[0] != '\0';
        bool in_json = ask(rows[i].method, rows[i].target, "", LOG_JSON)[0] != '\0';
        if (in_text != rows[i].told || in_json != rows[i].told)
            fail_msg("%s %s", rows[i].method, rows[i].target);
    }
    assert_int_equal(service.metrics.admin[200] - before, 4);
}

/* However long and odd what a client sends. */
static void lines_stay_short(void **state)
{
    static char target[20000];
    (void)state;
    strcpy(target, "/?Action=ReceiveMessage&queueName=");
    memset(target + strlen(target), 'q', 10000);
    assert_true(strlen(ask("GET", target, "", LOG_TEXT)) < 1000);
    memset(target, 'x', sizeof target - 1);
    target[0] = '/';
    assert_true(strlen(ask("GET", target, "", LOG_TEXT)) < 1000);
    assert_null(strchr(ask("GET", "/\n\x01", "", LOG_TEXT), '\x01'));
}

/* A warning has a part of a client's name for something, and a line at the most. */
static void warnings_stay_short(void **state)
{
    char body[2000] = "Action=ListQueue";
    (void)state;
    assert_non_null(strstr(ask("POST", "/", "Action=ListQueue&a%0Ab=1", LOG_JSON),
                           "\"warnings\":[\"the parameter a?b is not used by ListQueue\"]"));
    memset(body + strlen(body), 'x', 1000);
    body[strlen("Action=ListQueue")] = '&';
    assert_true(strlen(ask("POST", "/", body, LOG_JSON)) < 400);
    strcpy(body, "Action=ListQueue");
    for (int i = 10; i < 99; i++)
        snprintf(body + strlen(body), 16, "&%d=1", i);
    assert_null(strstr(ask("POST", "/", body, LOG_TEXT), "parameter 18"));
    assert_non_null(strstr(ask("POST", "/", body, LOG_TEXT), "parameter 17"));
}

/* What would make a terminal do something, or show something else. */
static void control_characters_are_escaped(void **state)
{
    static const struct {
        const char *name, *shown;
    } rows[] = {
        {"a%1B%5B31m", "queue=\"a\\u001b[31m\" "},
        {"a%C2%9B31m", "queue=\"a\\u009b31m\" "},
        {"a%7F", "queue=\"a\\u007f\" "},
        {"a%E2%80%AEb", "queue=\"a\\u202eb\" "},
        {"a%E2%81%A6b", "queue=\"a\\u2066b\" "},
        {"a%E2%80%A8b", "queue=\"a\\u2028b\" "},
        {"a%E2%80%A9b", "queue=\"a\\u2029b\" "},
        {"a%E2%80%8Eb", "queue=\"a\\u200eb\" "},
        {"a%D8%9Cb", "queue=\"a\\u061cb\" "},
        {"a%E2%81%AFb", "queue=\"a\\u206fb\" "},
        {"a%EF%BF%BBb", "queue=\"a\\ufffbb\" "},
        {"a%C2%80b%C2%9F", "queue=\"a\\u0080b\\u009f\" "},
        {"a%C2%A0b", "queue=\"a\xc2\xa0"
                     "b\" "},
        {"%D8%9B%D8%9D", "queue=\"\xd8\x9b\xd8\x9d\" "},
        {"%E2%80%A7%E2%80%AF", "queue=\"\xe2\x80\xa7\xe2\x80\xaf\" "},
        {"%F0%9F%98%80", "queue=\"\xf0\x9f\x98\x80\" "},
        {"%E2%82%AC", "queue=\"\xe2\x82\xac\" "}, /* no control: the euro sign */
        {"%C3%A9", "queue=\"\xc3\xa9\" "},
        {"a%FFb", "queue=\"a\xef\xbf\xbd"
                  "b\" "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char target[100];
        snprintf(target, sizeof target, "/?Action=ReceiveMessage&queueName=%s", rows[i].name);
        const char *came = ask("GET", target, "", LOG_TEXT);
        if (strstr(came, rows[i].shown) == NULL)
            fail_msg("%s: %s", rows[i].name, came);
        assert_null(strpbrk(ask("GET", target, "", LOG_JSON), "\x1b\x7f"));
    }
}

/* What the reader of a pipe does not take is dropped by whole lines. */
static void lines_are_dropped_as_a_whole(void **state)
{
    int fds[2];
    char text[PIPE_BUF + 1];
    (void)state;
    assert_int_equal(pipe(fds), 0);
    struct log l = {.format = LOG_TEXT, .fd = fds[1]};
    for (int i = 0; i < 2000; i++)
        log_note(&l, i, "a line whose length is no divisor of what is written at once");
    log_flush(&l);
    size_t lines = 0;
    close(fds[1]);
    FILE *reader = fdopen(fds[0], "r");
    for (; fgets(text, sizeof text, reader) != NULL; lines++) {
        assert_memory_equal(text, "1970-01-01T", 11);
        assert_int_equal(text[strlen(text) - 1], '\n');
    }
    assert_true(lines > 10 && lines < 2000);
    fclose(reader);
    buffer_free(&l.lines);
}

static void says_why_a_poll_ended(void **state)
{
    (void)state;
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q&pollingWaitSeconds=3", FOR_MESSAGE);
    service_end_wait(&service, real_ms + 3000, &parked[0]);
    expect_answered(0, 200, "(10200)no message");
    assert_non_null(strstr(line(&parked[0], LOG_TEXT),
                           "message=\"(10200)no message\" us=7 warning=\"the clock stands, so "
                           "this long poll ended after the same wait in real time; "
                           "--poll-time virtual turns that off\""));
}

/* Time that runs has ended the poll itself; and an await that gives up is no poll. */
static void warns_of_no_other_end_of_a_wait(void **state)
{
    (void)state;
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    park(1, "POST", "/_emulator/await", "{\"until\":{\"polls\":{\"ge\":1}}}", FOR_CONDITION);
    service_end_wait(&service, real_ms, &parked[1]);
    expect_answered(1, 200, "\"satisfied\":false");
    assert_int_equal(parked[1].warnings.count, 0);
    post("/_emulator/clock/resume", "", "real");
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q&pollingWaitSeconds=3", FOR_MESSAGE);
    service_end_wait(&service, real_ms + 3000, &parked[0]);
    expect_answered(0, 200, "(10200)no message");
    assert_int_equal(parked[0].warnings.count, 0);
}

static void notes_what_is_no_request(void **state)
{
    (void)state;
    log_lines.format = LOG_TEXT;
    log_note(&log_lines, 1000, "a \"note\"\n");
    log_lines.format = LOG_JSON;
    log_note(&log_lines, 1000, "a \"note\"\n");
    buffer_append_char(&log_lines.lines, '\0');
    assert_string_equal(
        log_lines.lines.data,
        "1970-01-01T00:00:01.000Z a \\\"note\\\"\\n\n"
        "{\"time\":\"1970-01-01T00:00:01.000Z\",\"note\":\"a \\\"note\\\"\\n\"}\n");
}

/* A note may quote what a client of TLS has sent. */
static void notes_have_no_control_characters(void **state)
{
    (void)state;
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        buffer_clear(&log_lines.lines);
        log_lines.format = (enum log_format)format;
        log_note(&log_lines, 1000, "a\x1b\x7f\xc2\x9b\xe2\x80\xae\xd8\x9c\xff");
        buffer_append_char(&log_lines.lines, '\0');
        if (strstr(log_lines.lines.data, "a\\u001b\\u007f\\u009b\\u202e\\u061c\xef\xbf\xbd") ==
            NULL)
            fail_msg("%s", log_lines.lines.data);
    }
}

static void says_nothing_when_it_is_off(void **state)
{
    (void)state;
    log_lines.format = LOG_OFF;
    log_note(&log_lines, 1000, "a note");
    assert_int_equal(log_lines.lines.len, 0);
    assert_string_equal(ask("GET", "/_emulator/clock", "", LOG_OFF), "");
}

/* Without a reader a pipe is full at some time: the rest is dropped, since waiting would stop
 * the emulator. */
static void drops_what_is_not_read(void **state)
{
    static char text[4 * PIPE_BUF];
    int ends[2];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(pipe(ends), 0);
    int room = fcntl(ends[1], F_GETPIPE_SZ);
    log_lines.fd = ends[1];
    alarm(10); /* should it wait all the same */
    for (int at = 0; at < 2 * room; at += (int)sizeof text) {
        log_note(&log_lines, 0, text);
        log_flush(&log_lines);
        assert_int_equal(log_lines.lines.len, 0);
    }
    alarm(0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_what_was_asked_and_answered, start, finish),
        cmocka_unit_test_setup_teardown(the_code_is_the_one_on_the_wire, start, finish),
        cmocka_unit_test_setup_teardown(writes_json, start, finish),
        cmocka_unit_test_setup_teardown(leaves_out_health_checks_that_pass, start, finish),
        cmocka_unit_test_setup_teardown(lines_stay_short, start, finish),
        cmocka_unit_test_setup_teardown(warnings_stay_short, start, finish),
        cmocka_unit_test_setup_teardown(control_characters_are_escaped, start, finish),
        cmocka_unit_test_setup_teardown(lines_are_dropped_as_a_whole, start, finish),
        cmocka_unit_test_setup_teardown(says_why_a_poll_ended, start, finish),
        cmocka_unit_test_setup_teardown(warns_of_no_other_end_of_a_wait, start, finish),
        cmocka_unit_test_setup_teardown(notes_what_is_no_request, start, finish),
        cmocka_unit_test_setup_teardown(notes_have_no_control_characters, start, finish),
        cmocka_unit_test_setup_teardown(says_nothing_when_it_is_off, start, finish),
        cmocka_unit_test_setup_teardown(drops_what_is_not_read, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
