/* Pushes on the wire: what an endpoint gets byte for byte, what odd endpoints bring about, and
 * that none of them keeps the others from going on.
 *
 * The test is the endpoint as well as the client. A call that waits for a push is sent, then
 * the push is taken and answered, then the call's answer is read. */
#include "tests/support/endpoint.h"
#include "tests/support/program.h"

#include <ctype.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define OK_ANSWER    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define SORRY        "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n"
#define ADVANCE      "/_emulator/clock/advance"

static struct program program;
static struct endpoint endpoint;

static const char *const standard[] = {NULL};
static const char *const impatient[] = {"--push-timeout", "100ms", NULL};
static const char *const in_turn[] = {"--push-concurrency", "1", NULL};
static const char *const by_two[] = {"--push-concurrency", "2", NULL};
static const char *const local[] = {"--push", "local", NULL};
static const char *const off[] = {"--push", "off", NULL};

static void call(const char *method, const char *target, const char *body, const char *part)
{
    check_answer(ask_once(&program, method, target, body), part);
}

/* A frozen clock, and topic t. */
static void begin(void)
{
    endpoint_open(&endpoint);
    call("POST", "/_emulator/reset", NULL, "\"reset\"");
    call("POST", "/_emulator/clock/freeze?at=2030-01-01T00:00:00Z", NULL, "\"frozen\"");
    call("POST", "/", "Action=CreateTopic&topicName=t&maxMsgSize=1048576", "\"code\":0");
}

/* state: the options of the program. */
static int start(void **state)
{
    program_start(&program, *state);
    begin();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    endpoint_close(&endpoint);
    return program_stop(&program);
}

/* For the next row of a table. */
static void restart(void)
{
    endpoint_close(&endpoint);
    begin();
}

/* ---- topics ---- */

static void append_escaped(char *text, size_t size, const char *value)
{
    for (; *value != '\0'; value++) {
        size_t len = strlen(text);
        snprintf(text + len, size - len, isalnum((unsigned char)*value) ? "%c" : "%%%02X",
                 (unsigned char)*value);
    }
}

/* Subscribe a URL; further parameters begin with "&". */
static void subscribe(const char *name, const char *url, const char *further)
{
    char body[2048];
    snprintf(body, sizeof body,
             "Action=Subscribe&topicName=t&subscriptionName=%s&protocol=http%s&endpoint=", name,
             further);
    append_escaped(body, sizeof body, url);
    call("POST", "/", body, "\"code\":0");
}

static void subscribe_endpoint(const char *name, const struct endpoint *e, const char *further)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hook", e->port);
    subscribe(name, url, further);
}

static void publish(const char *text)
{
    char body[128];
    snprintf(body, sizeof body, "Action=PublishMessage&topicName=t&msgBody=%s", text);
    call("POST", "/", body, "\"code\":0");
}

/* The answer to a call that has a connection of its own. */
static void expect_answer(const char *what, int fd, int status, const char *part)
{
    expect_response(what, fd, status, part);
    close(fd);
}

static void expect_topic(const char *what, const char *part)
{
    int fd = program_connect(&program);
    send_request(fd, "GET", "/_emulator/topics/t", NULL);
    expect_answer(what, fd, 200, part);
}

/* Wait until all pushes in flight have ended. */
static void settle(void)
{
    call("POST", ADVANCE "?by=0", NULL, "\"pushesInFlight\":0");
}

/* A round of the program's loop or two: what it is about to send has been sent. */
static void let_it_run(void)
{
    for (int i = 0; i < 5; i++)
        call("GET", "/_emulator/clock", NULL, "\"nowMs\"");
}

/* ---- calls that wait ---- */

static int send_call(const char *target)
{
    int fd = program_connect(&program);
    send_request(fd, "POST", target, NULL);
    return fd;
}

/* The next push gets this answer. */
static void serve(const char *answer)
{
    struct pushed p;
    endpoint_take(&endpoint, &p);
    endpoint_answer(p.fd, answer);
    pushed_free(&p);
}

/* ---- what an endpoint gets ---- */

/* The head has these lines, in any order, and no others. One that ends with ": " is followed
 * by a number. */
static void check_lines(const char *head, const char *const *lines, size_t count)
{
    size_t found = 0;
    const char *end;
    for (const char *line = head; (end = strstr(line, "\r\n")) != line; line = end + 2) {
        size_t len = (size_t)(end - line);
        for (size_t i = 0; i < count; i++) {
            size_t begin_len = strlen(lines[i]);
            if (strncmp(line, lines[i], begin_len) != 0)
                continue;
            bool open = lines[i][begin_len - 1] == ' ';
            size_t digits = strspn(line + begin_len, "0123456789");
            if (begin_len + (open ? digits : 0) == len)
                found |= (size_t)1 << i;
        }
    }
    size_t line_count = 0;
    for (const char *at = head; (at = strstr(at, "\r\n")) != NULL; at += 2)
        line_count++;
    if (found != ((size_t)1 << count) - 1 || line_count != count + 1)
        fail_msg("unexpected: %s", head);
}

static void sends_what_the_service_sends(void **state)
{
    char host[64], request_line[] = "POST /a/b?x=1&y=%2F HTTP/1.1", url[96], body[256];
    struct pushed p;
    (void)state;
    snprintf(host, sizeof host, "Host: 127.0.0.1:%d", endpoint.port);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/a/b?x=1&y=%%2F", endpoint.port);
    subscribe("s", url, "");
    char *answer = ask_once(&program, "POST", "/",
                            "Action=PublishMessage&topicName=t&msgBody=say+%22hi%22"
                            "&msgTag.1=paid&msgTag.2=eu");
    const char *id = strstr(answer, "\"msgId\":\"");
    assert_non_null(id);
    id += strlen("\"msgId\":\"");
    int id_len = (int)strspn(id, "0123456789");
    char id_line[64];
    snprintf(id_line, sizeof id_line, "x-cmq-message-id: %.*s", id_len, id);
    snprintf(body, sizeof body,
             "{\"TopicOwner\":1250000000,\"topicName\":\"t\",\"subscriptionName\":\"s\","
             "\"msgId\":\"%.*s\",\"msgBody\":\"say \\\"hi\\\"\",\"publishTime\":1893456000}",
             id_len, id);
    free(answer);

    char length[48];
    snprintf(length, sizeof length, "Content-Length: %zu", strlen(body));
    const char *const lines[] = {request_line,
                                 host,
                                 length,
                                 "Content-Type: text/plain",
                                 "User-Agent: Qcloud Notification Service Agent",
                                 "x-cmq-request-id: ",
                                 id_line,
                                 "x-cmq-message-tag: paid, eu"};
    endpoint_take(&endpoint, &p);
    check_lines(p.head, lines, COUNT(lines));
    assert_string_equal(p.body, body);
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    settle();
}

static void sends_the_message_alone(void **state)
{
    static const char bytes[] = "\0\r\n\xff\"x";
    char host[64];
    struct pushed p;
    (void)state;
    snprintf(host, sizeof host, "Host: 127.0.0.1:%d", endpoint.port);
    subscribe_endpoint("s", &endpoint, "&notifyContentFormat=SIMPLIFIED");
    publish("%00%0D%0A%FF%22x");
    endpoint_take(&endpoint, &p);
    const char *const lines[] = {"POST /hook HTTP/1.1",
                                 host,
                                 "Content-Length: 6",
                                 "Content-Type: text/plain",
                                 "User-Agent: Qcloud Notification Service Agent",
                                 "x-cmq-request-id: ",
                                 "x-cmq-message-id: "};
    check_lines(p.head, lines, COUNT(lines));
    assert_int_equal(p.body_len, sizeof bytes - 1);
    assert_memory_equal(p.body, bytes, sizeof bytes - 1);
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    settle();
}

static void sends_path_and_query_as_they_are(void **state)
{
    static const struct {
        const char *what, *behind, *line;
    } cases[] = {
        {"no path", "", "POST / HTTP/1.1\r\n"},
        {"root", "/", "POST / HTTP/1.1\r\n"},
        {"path", "/a/b.c/", "POST /a/b.c/ HTTP/1.1\r\n"},
        {"query alone", "?x=1", "POST /?x=1 HTTP/1.1\r\n"},
        {"empty query", "/a?", "POST /a? HTTP/1.1\r\n"},
        {"empty query alone", "?", "POST /? HTTP/1.1\r\n"},
        {"dots", "/a/../b/./c?../d", "POST /a/../b/./c?../d HTTP/1.1\r\n"},
        {"two questions", "/a?b?c", "POST /a?b?c HTTP/1.1\r\n"},
        {"escapes", "/%7e%41%2f?q=%20+%26", "POST /%7e%41%2f?q=%20+%26 HTTP/1.1\r\n"},
        {"brackets", "/a[1]{2}?b[]=3", "POST /a[1]{2}?b[]=3 HTTP/1.1\r\n"},
        {"fragment, which is not sent", "/a?b#c", "POST /a?b HTTP/1.1\r\n"},
        {"fragment alone", "#/a?b", "POST / HTTP/1.1\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char url[128];
        struct pushed p;
        snprintf(url, sizeof url, "http://127.0.0.1:%d%s", endpoint.port, cases[i].behind);
        subscribe("s", url, "");
        publish("x");
        endpoint_take(&endpoint, &p);
        if (strncmp(p.head, cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("%s: %s", cases[i].what, p.head);
        endpoint_answer(p.fd, OK_ANSWER);
        pushed_free(&p);
        settle();
        restart();
    }
}

/* The largest message there is, in both formats, without asking before. */
static void sends_a_mebibyte(void **state)
{
    enum { SIZE = 1 << 20 };
    static const char before[] = "Action=PublishMessage&topicName=t&msgBody=";
    static const char *const formats[] = {"&notifyContentFormat=SIMPLIFIED",
                                          "&notifyContentFormat=JSON"};
    char *body = malloc(sizeof before + SIZE);
    (void)state;
    assert_non_null(body);
    memcpy(body, before, sizeof before);
    memset(body + sizeof before - 1, 'x', SIZE);
    body[sizeof before - 1 + SIZE] = '\0';
    const char *text = body + sizeof before - 1;
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct pushed p;
        subscribe_endpoint("s", &endpoint, formats[i]);
        call("POST", "/", body, "\"code\":0");
        endpoint_take(&endpoint, &p);
        assert_null(strcasestr(p.head, "\r\nExpect:"));
        assert_null(strcasestr(p.head, "\r\nTransfer-Encoding:"));
        assert_true(p.body_len >= SIZE);
        assert_non_null(strstr(p.body, text));
        endpoint_answer(p.fd, OK_ANSWER);
        pushed_free(&p);
        settle();
        expect_topic(formats[i], "\"messages\":0");
        restart();
    }
    free(body);
}

static void copy_header(char *out, size_t size, const char *head, const char *name)
{
    const char *at = strstr(head, name);
    assert_non_null(at);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r"), at);
}

static void retries_tell_the_message_and_another_request(void **state)
{
    char ids[2][64], requests[2][64];
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    for (int i = 0; i < 2; i++) {
        struct pushed p;
        int fd = i == 0 ? -1 : send_call(ADVANCE "?by=1s");
        endpoint_take(&endpoint, &p);
        copy_header(ids[i], sizeof ids[i], p.head, "x-cmq-message-id: ");
        copy_header(requests[i], sizeof requests[i], p.head, "x-cmq-request-id: ");
        endpoint_answer(p.fd, i == 0 ? SORRY : OK_ANSWER);
        pushed_free(&p);
        if (i > 0)
            expect_answer("retry", fd, 200, "\"attempt\":2,\"outcome\":\"delivered\"");
    }
    assert_string_equal(ids[0], ids[1]);
    assert_string_not_equal(requests[0], requests[1]);
}

/* ---- connections ---- */

static void keeps_connections(void **state)
{
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    for (int i = 0; i < 5; i++) {
        publish("x");
        serve(i % 2 == 0 ? OK_ANSWER : "HTTP/1.1 204 No Content\r\n\r\n");
        settle();
    }
    expect_topic("five", "\"messages\":0");
    assert_int_equal(endpoint.accepted, 1);
}

static void endpoint_may_close_kept_connections(void **state)
{
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    for (size_t i = 1; i <= 5; i++) {
        struct pushed p;
        publish("x");
        endpoint_take(&endpoint, &p);
        endpoint_answer(p.fd, OK_ANSWER);
        settle();
        if (i % 2 == 0)
            endpoint_reset(&endpoint, p.fd);
        else
            endpoint_hang_up(&endpoint, p.fd);
        pushed_free(&p);
        expect_topic("delivered", "\"messages\":0");
        assert_int_equal(endpoint.accepted, i);
    }
}

/* ---- odd endpoints ---- */

enum then { KEEP, CLOSE, RESET };

/* A second attempt, on a fresh connection, is answered like this: what does the advance tell
 * that set it off? */
static void check_attempt(const char *what, const char *answer, enum then then,
                          const char *outcome)
{
    struct pushed p;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    serve("HTTP/1.1 500 Sorry\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    settle();
    int fd = send_call(ADVANCE "?by=1s");
    endpoint_take(&endpoint, &p);
    endpoint_answer(p.fd, answer);
    if (then == CLOSE)
        endpoint_hang_up(&endpoint, p.fd);
    else if (then == RESET)
        endpoint_reset(&endpoint, p.fd);
    pushed_free(&p);
    expect_answer(what, fd, 200, outcome);
}

#define DELIVERED "\"attempt\":2,\"outcome\":\"delivered\"}"
#define FAILED    "\"attempt\":2,\"outcome\":\"failed\",\"error\":\""

static void judges_by_the_status(void **state)
{
    static const struct {
        const char *what, *answer;
        enum then then;
        const char *outcome;
    } cases[] = {
        {"200", OK_ANSWER, KEEP, DELIVERED},
        {"200 without a body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", KEEP, DELIVERED},
        {"200 until the end", "HTTP/1.1 200 OK\r\n\r\nok", CLOSE, DELIVERED},
        {"200 of HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok", CLOSE, DELIVERED},
        {"200 and nothing behind", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", KEEP,
         DELIVERED},
        {"200 in lines without CR", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", KEEP, DELIVERED},
        {"200 in chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", KEEP,
         DELIVERED},
        {"200 in chunks, with a header behind them",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
         "2\r\nok\r\n0\r\nX: y\r\n\r\n",
         KEEP, DELIVERED},
        {"500 in chunks, with a header behind them",
         "HTTP/1.1 500 Sorry\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", KEEP,
         FAILED "HTTP 500\""},
        {"201", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n", KEEP,
         DELIVERED},
        {"202", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", KEEP, DELIVERED},
        {"204", "HTTP/1.1 204 No Content\r\n\r\n", KEEP, DELIVERED},
        {"299", "HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", KEEP, DELIVERED},
        {"100, then 200", "HTTP/1.1 100 Continue\r\n\r\n" OK_ANSWER, KEEP, DELIVERED},
        {"102 twice, then 204",
         "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n", KEEP,
         DELIVERED},
        {"a coding nobody knows",
         "HTTP/1.1 200 OK\r\nContent-Encoding: x-y\r\nContent-Length: 2\r\n\r\nok", KEEP,
         DELIVERED},
        {"300", "HTTP/1.1 300 Choose\r\nContent-Length: 0\r\n\r\n", KEEP, FAILED "HTTP 300\""},
        {"304", "HTTP/1.1 304 Same\r\n\r\n", KEEP, FAILED "HTTP 304\""},
        {"400", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", KEEP, FAILED "HTTP 400\""},
        {"401", "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
         KEEP, FAILED "HTTP 401\""},
        {"404", "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", KEEP, FAILED "HTTP 404\""},
        {"407", "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", KEEP, FAILED "HTTP 407\""},
        {"417", "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", KEEP, FAILED "HTTP 417\""},
        {"500", SORRY, KEEP, FAILED "HTTP 500\""},
        {"503", "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", CLOSE,
         FAILED "HTTP 503\""},
        {"no HTTP", "hello\r\n\r\n", CLOSE, FAILED},
        {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", CLOSE, FAILED},
        {"HTML alone", "<html><body>200 OK</body></html>\r\n", CLOSE, FAILED},
        {"bytes", "\x15\x03\x01\x02\x02\x16", CLOSE, FAILED},
        {"a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", CLOSE, FAILED},
        {"100 and nothing more", "HTTP/1.1 100 Continue\r\n\r\n", CLOSE, FAILED},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Len", CLOSE, FAILED},
        {"a head without its end", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", RESET, FAILED},
        {"nothing", "", RESET, FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_attempt(cases[i].what, cases[i].answer, cases[i].then, cases[i].outcome);
        restart();
    }
}

/* Any 2xx status: the body is ignored (topic-api 4.2), so it may as well be none. */
static void ignores_bodies(void **state)
{
    static const struct {
        const char *what, *answer;
        enum then then;
    } cases[] = {
        {"a body that is cut short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", CLOSE},
        {"a body that is cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", RESET},
        {"a chunk that is none",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n", CLOSE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_attempt(cases[i].what, cases[i].answer, cases[i].then, DELIVERED);
        restart();
    }
}

/* It closes the connection without an answer. */
static void fails_when_nothing_is_answered(void **state)
{
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    endpoint_take(&endpoint, &p);
    endpoint_hang_up(&endpoint, p.fd);
    pushed_free(&p);
    settle();
    expect_topic("closed", "\"attempts\":1,\"nextMs\":1893456001000");
    expect_topic("closed", "\"lastError\":\"");
    assert_true(endpoint_is_quiet(&endpoint));
}

/* Nor does libcurl send it again when the connection had been kept alive: an attempt is one
 * request. */
static void sends_an_attempt_once(void **state)
{
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    serve(SORRY);
    settle();
    int fd = send_call(ADVANCE "?by=1s");
    endpoint_take(&endpoint, &p);
    assert_int_equal(endpoint.accepted, 1);
    endpoint_hang_up(&endpoint, p.fd);
    pushed_free(&p);
    let_it_run();
    assert_true(endpoint_is_quiet(&endpoint));
    expect_answer("closed", fd, 200, FAILED);
}

static void follows_no_redirect(void **state)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        char answer[160], outcome[96];
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %d There\r\nLocation: http://127.0.0.1:%d/there\r\n"
                 "Content-Length: 0\r\n\r\n",
                 statuses[i], endpoint.port);
        snprintf(outcome, sizeof outcome, FAILED "HTTP %d\"", statuses[i]);
        check_attempt("redirect", answer, KEEP, outcome);
        let_it_run();
        assert_true(endpoint_is_quiet(&endpoint));
        restart();
    }
}

static void does_not_read_endless_answers(void **state)
{
    static const char *const heads[] = {
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct pushed p;
        subscribe_endpoint("s", &endpoint, "");
        publish("x");
        endpoint_take(&endpoint, &p);
        endpoint_answer(p.fd, heads[i]);
        assert_true(endpoint_pour(p.fd, 'x', (size_t)256 << 20));
        pushed_free(&p);
        settle();
        expect_topic(heads[i], "\"messages\":0");
        restart();
    }
}

static void bears_long_headers(void **state)
{
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    endpoint_take(&endpoint, &p);
    endpoint_answer(p.fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ");
    assert_false(endpoint_pour(p.fd, 'x', 60000));
    endpoint_answer(p.fd, "\r\n\r\n");
    pushed_free(&p);
    settle();
    expect_topic("60 KB", "\"messages\":0");

    publish("x");
    endpoint_take(&endpoint, &p);
    endpoint_answer(p.fd, "HTTP/1.1 200 OK\r\nX: ");
    assert_true(endpoint_pour(p.fd, 'x', (size_t)256 << 20));
    pushed_free(&p);
    settle();
    expect_topic("a line without end", "\"attempts\":1,\"nextMs\":1893456001000");
}

/* ---- endpoints that take their time ---- */

/* With a limit of 100 ms. It does not matter whether the machine is slower than that. */
static void waits_no_longer_than_it_is_told(void **state)
{
    static const struct {
        const char *what, *answer;
    } cases[] = {
        {"silent", ""},
        {"half a status line", "HTTP/1.1 2"},
        {"half a head", "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n"},
        {"100 and no more", "HTTP/1.1 100 Continue\r\n\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pushed p;
        subscribe_endpoint("s", &endpoint, "");
        publish("x");
        endpoint_take(&endpoint, &p);
        endpoint_answer(p.fd, cases[i].answer);
        settle();
        expect_topic(cases[i].what, "\"attempts\":1,\"nextMs\":1893456001000");
        expect_topic(cases[i].what, "\"lastError\":\"");
        assert_true(is_closed(p.fd));
        pushed_free(&p);
        restart();
    }
}

/* The connection is made by the system, but never accepted. */
static void waits_no_longer_for_those_who_do_not_accept(void **state)
{
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    settle();
    expect_topic("not accepted", "\"attempts\":1,\"nextMs\":1893456001000");
}

/* The status has come; what follows it is ignored. On a machine so slow that not even
 * the status comes in time, another attempt is due. */
static void takes_a_status_whose_body_does_not_come(void **state)
{
    enum { ATTEMPTS = 20 };
    bool delivered = false;
    (void)state;
    for (int i = 0; !delivered && i < ATTEMPTS; i++) {
        subscribe_endpoint("s", &endpoint, "");
        publish("x");
        serve("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
        settle();
        char *topic = ask_once(&program, "GET", "/_emulator/topics/t", NULL);
        delivered = strstr(topic, "\"messages\":0") != NULL;
        free(topic);
        restart();
    }
    assert_true(delivered);
}

/* More messages than are sent to one endpoint at a time. */
static void one_that_hangs_delays_no_other(void **state)
{
    enum { MESSAGES = 40 };
    struct endpoint silent;
    (void)state;
    endpoint_open(&silent);
    subscribe_endpoint("silent", &silent, "");
    subscribe_endpoint("s", &endpoint, "");
    for (int i = 0; i < MESSAGES; i++)
        publish("x");
    for (int i = 0; i < MESSAGES; i++)
        serve(OK_ANSWER);
    let_it_run();
    call("GET", "/_emulator/clock", NULL, "\"pushesInFlight\":40");
    endpoint_close(&silent);
}

/* Nor when it is on the same server. */
static void one_path_that_hangs_delays_no_other(void **state)
{
    enum { MESSAGES = 40 };
    char url[64];
    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/silent", endpoint.port);
    subscribe("silent", url, "");
    subscribe_endpoint("s", &endpoint, "");
    for (int i = 0; i < MESSAGES; i++)
        publish("x");
    for (int i = 0; i < MESSAGES;) {
        struct pushed p;
        endpoint_take(&endpoint, &p);
        if (strncmp(p.head, "POST /hook ", strlen("POST /hook ")) == 0) {
            endpoint_answer(p.fd, OK_ANSWER);
            i++;
        }
        pushed_free(&p);
    }
    let_it_run();
    call("GET", "/_emulator/clock", NULL, "\"pushesInFlight\":40");
}

/* ---- endpoints that do not listen ---- */

static void fails_at_once_where_nothing_listens(void **state)
{
    struct endpoint refusing;
    char url[160];
    (void)state;
    endpoint_open_refusing(&refusing);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", refusing.port);
    subscribe("refused", url, "");
    /* a label of 64 letters: no server is asked for that */
    subscribe(
        "unknown",
        "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid/", "");
    snprintf(url, sizeof url, "http://127.0.0.1:1@127.0.0.1:%d/", refusing.port);
    subscribe("s", url, "");
    publish("x");
    settle();
    char *answer = ask_once(&program, "GET", "/_emulator/topics/t", NULL);
    size_t failed = 0;
    for (const char *at = answer;
         (at = strstr(at, "\"attempts\":1,\"nextMs\":1893456001000")) != NULL; at++)
        failed++;
    free(answer);
    assert_int_equal(failed, 3);
    endpoint_close(&refusing);
}

/* An hour is one call, and each attempt of it is made; the whole schedule is the conversation's
 * matter (retry-decay-to-the-end). */
static void tries_all_the_same_again_and_again(void **state)
{
    struct endpoint refusing;
    (void)state;
    endpoint_open_refusing(&refusing);
    subscribe_endpoint("s", &refusing, "&notifyStrategy=EXPONENTIAL_DECAY_RETRY");
    publish("x");
    call("POST", ADVANCE "?by=1h", NULL, "\"fired\":15,\"firedByKind\":{\"push\":15}");
    expect_topic("goes on", "\"attempts\":16,\"nextMs\":1893460095000");
    call("GET", "/metrics", NULL, "failed\"} 16\n");
    call("DELETE", "/_emulator/topics/t/messages", NULL, "\"purged\":1");
    call("POST", ADVANCE "?by=7d", NULL, "\"fired\":0");
    endpoint_close(&refusing);
}

/* ---- so many at a time ---- */

static void publish_numbered(int count)
{
    for (int i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        publish(text);
    }
}

static void sends_two_at_a_time(void **state)
{
    enum { MESSAGES = 10 };
    unsigned seen = 0;
    struct pushed flying[2];
    (void)state;
    subscribe_endpoint("s", &endpoint, "&notifyContentFormat=SIMPLIFIED");
    publish_numbered(MESSAGES);
    endpoint_take(&endpoint, &flying[0]);
    for (int i = 1; i <= MESSAGES; i++) {
        if (i < MESSAGES)
            endpoint_take(&endpoint, &flying[1]);
        let_it_run();
        assert_true(endpoint_is_quiet(&endpoint));
        seen |= 1U << strtoul(flying[0].body, NULL, 10);
        endpoint_answer(flying[0].fd, i % 3 == 0 ? SORRY : OK_ANSWER);
        pushed_free(&flying[0]);
        flying[0] = flying[1];
    }
    assert_int_equal(seen, (1U << MESSAGES) - 1);
    assert_int_equal(endpoint.accepted, 2);
    settle();
    expect_topic("three of ten failed", "\"messages\":3");
}

static void sends_in_order_of_publishing(void **state)
{
    enum { MESSAGES = 10 };
    (void)state;
    subscribe_endpoint("s", &endpoint, "&notifyContentFormat=SIMPLIFIED");
    publish_numbered(MESSAGES);
    for (unsigned long i = 0; i < MESSAGES; i++) {
        struct pushed p;
        endpoint_take(&endpoint, &p);
        assert_int_equal(strtoul(p.body, NULL, 10), i);
        endpoint_answer(p.fd, OK_ANSWER);
        pushed_free(&p);
    }
    settle();
}

/* A push that waits to be sent is not sent when its outcome is not wanted any more. */
static void drops_what_waits_with_its_subscription(void **state)
{
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish_numbered(3);
    endpoint_take(&endpoint, &p);
    call("POST", "/", "Action=Unsubscribe&topicName=t&subscriptionName=s", "\"code\":0");
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    settle();
    let_it_run();
    assert_true(endpoint_is_quiet(&endpoint));
}

/* Two thousand fall due at one instant, all for one endpoint, which is the program itself. */
static void bears_many_at_once(void **state)
{
    enum { BATCHES = 125 };
    char url[96], batch[512] = "Action=BatchPublishMessage&topicName=t";
    (void)state;
    for (int i = 0; i < 16; i++) {
        size_t len = strlen(batch);
        snprintf(batch + len, sizeof batch - len, "&msgBody.%d=x", i);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d/_emulator/sink/s", program.port);
    subscribe("s", url, "");
    call("PUT", "/_emulator/sink/s?status=503&times=2000", NULL, "\"times\":2000");
    int fd = program_connect(&program);
    for (int i = 0; i < BATCHES; i++)
        check_answer(ask(fd, "POST", "/", batch), "\"code\":0");
    check_answer(ask(fd, "POST", ADVANCE "?by=0", NULL), "\"pushesInFlight\":0");
    check_answer(ask(fd, "GET", "/_emulator/sink/s?limit=0", NULL), "\"total\":2000");
    check_answer(ask(fd, "POST", ADVANCE "?by=1s", NULL),
                 "\"fired\":2000,\"firedByKind\":{\"push\":2000}");
    check_answer(ask(fd, "GET", "/_emulator/sink/s?limit=0", NULL), "\"total\":4000");
    expect_topic("all of them", "\"messages\":0");
    close(fd);
}

/* ---- where pushes may go ---- */

static void local_is_this_machine(void **state)
{
    static const struct {
        const char *what, *url;
    } refused[] = {
        {"elsewhere", "http://192.0.2.1/"},
        {"elsewhere, with a port", "http://198.51.100.7:8080/hook"},
        {"as a number", "http://3221225985/"},
        {"in hexadecimal digits", "http://0xc0000201/"},
        {"behind a local name", "http://127.0.0.1@192.0.2.1/"},
        {"just outside 172.16/12", "http://172.32.0.1/"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        subscribe("s", refused[i].url, "");
        publish("x");
        settle();
        expect_topic(refused[i].what,
                     "\"lastError\":\"the address is not local (--push local)\"");
        restart();
    }
    static const char *const hosts[] = {"127.0.0.1", "localhost", "0x7f000001", "2130706433"};
    for (size_t i = 0; i < COUNT(hosts); i++) {
        char url[64];
        snprintf(url, sizeof url, "http://%s:%d/", hosts[i], endpoint.port);
        subscribe("s", url, "");
        publish("x");
        serve(OK_ANSWER);
        settle();
        expect_topic(hosts[i], "\"messages\":0");
        restart();
    }
}

static void local_is_so_in_ipv6(void **state)
{
    static const char *const refused[] = {"http://[2001:db8::1]/", "http://[::ffff:192.0.2.1]/",
                                          "http://[fe00::1]/"};
    struct endpoint other;
    char url[64];
    (void)state;
    if (!endpoint_open_v6(&other))
        skip();
    endpoint_close(&endpoint);
    endpoint = other;
    snprintf(url, sizeof url, "http://[::1]:%d/", other.port);
    subscribe("s", url, "");
    publish("x");
    serve(OK_ANSWER);
    settle();
    expect_topic("[::1]", "\"messages\":0");
    restart();
    for (size_t i = 0; i < COUNT(refused); i++) {
        subscribe("s", refused[i], "");
        publish("x");
        settle();
        expect_topic(refused[i], "\"lastError\":\"the address is not local (--push local)\"");
        restart();
    }
}

static void off_makes_none(void **state)
{
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    settle();
    expect_topic("off", "\"attempts\":1,\"nextMs\":1893456001000");
    expect_topic("off", "\"lastError\":\"no push is made (--push off)\"");
    call("POST", ADVANCE "?by=1s", NULL, "\"outcome\":\"failed\"");
    assert_true(endpoint_is_quiet(&endpoint));
}

/* Proxies in the environment are for other programs. */
static void asks_no_proxy(void **state)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
    struct endpoint proxy;
    char url[64];
    endpoint_open(&proxy);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", proxy.port);
    assert_int_equal(finish(state), 0);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(setenv(names[i], url, 1), 0);
    program_start(&program, standard);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(unsetenv(names[i]), 0);
    begin();
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    serve(OK_ANSWER);
    settle();
    expect_topic("past the proxy", "\"messages\":0");
    assert_true(endpoint_is_quiet(&proxy));
    endpoint_close(&proxy);
}

/* ---- while a move waits ---- */

/* A message whose second attempt will be due in a second. */
static void make_due_in_a_second(void)
{
    subscribe_endpoint("s", &endpoint, "");
    publish("x");
    serve(SORRY);
    settle();
}

/* An endpoint that calls the emulator for each message. */
static void endpoint_may_call_back(void **state)
{
    struct pushed p;
    (void)state;
    call("POST", "/", "Action=CreateQueue&queueName=q", "\"code\":0");
    make_due_in_a_second();
    int fd = send_call(ADVANCE "?by=10s");
    endpoint_take(&endpoint, &p);
    call("POST", "/", "Action=SendMessage&queueName=q&msgBody=again&delaySeconds=2",
         "\"code\":0");
    call("POST", "/", "Action=SendMessage&queueName=q&msgBody=hello", "\"code\":0");
    char *answer = ask_once(&program, "POST", "/", "Action=ReceiveMessage&queueName=q");
    const char *handle = strstr(answer, "\"receiptHandle\":\"");
    assert_non_null(strstr(answer, "\"enqueueTime\":1893456001"));
    assert_non_null(handle);
    handle += strlen("\"receiptHandle\":\"");
    char body[128];
    snprintf(body, sizeof body, "Action=DeleteMessage&queueName=q&receiptHandle=%.*s",
             (int)strspn(handle, "0123456789"), handle);
    free(answer);
    call("POST", "/", body, "\"code\":0");
    assert_false(is_readable(fd));
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    expect_answer("advance", fd, 200, "\"firedByKind\":{\"delayed\":1,\"push\":1}");
    call("GET", "/_emulator/queues/q", NULL, "\"active\":1");
}

/* Such a push waits for the move, and the move for the push. */
static void a_push_does_not_move_its_own_time(void **state)
{
    static const struct {
        const char *what, *path, *message;
        int status;
    } rows[] = {
        {"advance", "clock/advance", "by%3D1s", 409},
        {"by name", "clock/advance?namespace=default", "by%3D1s", 409},
        {"step", "clock/step", "events%3D2", 409},
        {"run", "clock/run", "{\"until\":{\"polls\":{\"ge\":5}}}", 409},
        {"freeze", "clock/freeze", "+", 409},
        {"back to the wall clock", "clock/reset", "+", 409},
        {"the same", "reset", "what%3Dclock", 409},
        {"a look", "clock/nothing", "x", 404},
        {"no move", "clock/holds", "+", 200},
        {"time of another namespace", "clock/advance?namespace=other", "by%3D1s", 200},
    };
    (void)state;
    call("POST", "/_emulator/namespaces",
         "{\"name\":\"other\",\"clock\":{\"mode\":\"frozen\"}}", "\"namespace\":\"other\"");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char url[128];
        char status[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%d/_emulator/%s", program.port,
                 rows[i].path);
        subscribe("s", url, "&notifyContentFormat=SIMPLIFIED");
        publish(rows[i].message);
        settle();
        snprintf(status, sizeof status, "lastError\":\"HTTP %d", rows[i].status);
        expect_topic(rows[i].what, rows[i].status == 200 ? "\"messages\":0" : status);
        restart();
    }
}

/* An endpoint that publishes to the topic that is being delivered. */
static void endpoint_may_publish_again(void **state)
{
    struct pushed p;
    (void)state;
    make_due_in_a_second();
    int fd = send_call(ADVANCE "?by=10s");
    for (int i = 0; i < 3; i++) {
        endpoint_take(&endpoint, &p);
        if (i < 2)
            publish("again");
        endpoint_answer(p.fd, OK_ANSWER);
        pushed_free(&p);
    }
    expect_answer("advance", fd, 200, "\"nowMs\":1893456010000");
    expect_topic("all three", "\"messages\":0");
}

static void client_may_vanish_meanwhile(void **state)
{
    struct pushed p;
    (void)state;
    make_due_in_a_second();
    int gone = send_call(ADVANCE "?by=1h");
    endpoint_take(&endpoint, &p);
    close(gone);
    int fd = send_call(ADVANCE "?by=5s");
    let_it_run();
    assert_false(is_readable(fd));
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    expect_answer("the next", fd, 200, "\"nowMs\":1893456006000");
}

/* They are answered in order, whatever they are. */
static void calls_wait_for_their_turn(void **state)
{
    static const char *const parts[] = {"\"nowMs\":1893456010000", "\"nowMs\":1893456020000",
                                        "\"nowMs\":1893456030000"};
    int fds[COUNT(parts)];
    struct pushed p;
    (void)state;
    make_due_in_a_second();
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = send_call(ADVANCE "?by=10s");
        let_it_run();
    }
    endpoint_take(&endpoint, &p);
    call("GET", "/_emulator/clock", NULL, "\"nowMs\":1893456001000");
    for (size_t i = 0; i < COUNT(fds); i++)
        assert_false(is_readable(fds[i]));
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    for (size_t i = 0; i < COUNT(fds); i++)
        expect_answer("in turn", fds[i], 200, parts[i]);
}

static void reset_ends_a_move(void **state)
{
    struct pushed p;
    (void)state;
    make_due_in_a_second();
    int fd = send_call(ADVANCE "?by=10s");
    endpoint_take(&endpoint, &p);
    call("POST", "/_emulator/reset", NULL, "\"mode\":\"real\"");
    expect_answer("the move", fd, 409, "\"reset-meanwhile\"");
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    let_it_run();
    call("GET", "/_emulator/topics", NULL, "\"total\":0");
}

static void await_is_answered_by_a_landing(void **state)
{
    static const char until[] = "{\"until\":{\"subscription\":\"t/s\",\"pending\":{\"eq\":0}}}";
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    call("POST", "/_emulator/await", until, "\"satisfied\":true");
    publish("x");
    int fd = program_connect(&program);
    send_request(fd, "POST", "/_emulator/await", until);
    endpoint_take(&endpoint, &p);
    let_it_run();
    assert_false(is_readable(fd));
    endpoint_answer(p.fd, OK_ANSWER);
    pushed_free(&p);
    expect_answer("await", fd, 200, "\"satisfied\":true");
}

/* ---- the end ---- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The program has been told to stop: it does so soon, with exit code 0. */
static void expect_stop(double since_s)
{
    const double soon_s = 8; /* far less than a push may take */
    int status;
    assert_int_equal(waitpid(program.pid, &status, 0), program.pid);
    double took_s = seconds() - since_s;
    program_start(&program, standard); /* for the teardown */
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("it ends with %x", (unsigned)status);
    if (took_s > soon_s)
        fail_msg("it took %.1f s to stop", took_s);
}

static void stops_with_a_push_in_flight(void **state)
{
    struct pushed p;
    (void)state;
    make_due_in_a_second();
    int moving = send_call(ADVANCE "?by=1h");
    endpoint_take(&endpoint, &p);
    int behind = send_call(ADVANCE "?by=1h");
    let_it_run();
    double begun_s = seconds();
    assert_int_equal(kill(program.pid, SIGTERM), 0);
    expect_answer("the move", moving, 503, "\"stopping\"");
    expect_answer("the one behind", behind, 503, "\"stopping\"");
    expect_stop(begun_s);
    assert_true(is_closed(p.fd));
    pushed_free(&p);
}

/* Pushes in flight get a second. Calls made in that second must not wait. */
static void answers_what_comes_while_it_stops(void **state)
{
    static const char *const targets[] = {
        "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=20", ADVANCE "?by=1h",
        "/_emulator/await?timeout=1h&until=%7B%22polls%22%3A%7B%22ge%22%3A9%7D%7D"};
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct pushed p;
        call("POST", "/", "Action=CreateQueue&queueName=q", "\"code\":0");
        make_due_in_a_second();
        int moving = send_call(ADVANCE "?by=1h");
        endpoint_take(&endpoint, &p);
        int late = program_connect(&program);
        check_answer(ask(late, "GET", "/_emulator/clock", NULL), "\"frozen\"");
        double begun_s = seconds();
        assert_int_equal(kill(program.pid, SIGTERM), 0);
        expect_answer("the move", moving, 503, "\"stopping\"");
        send_request(late, "POST", targets[i], NULL);
        call("GET", "/_emulator/clock", NULL, "\"frozen\""); /* it has been read */
        endpoint_answer(p.fd, OK_ANSWER);
        expect_stop(begun_s);
        close(late);
        pushed_free(&p);
        restart();
    }
}

/* What waits for its turn to be sent is not waited for. */
static void stops_with_many_pushes_waiting(void **state)
{
    (void)state;
    subscribe_endpoint("s", &endpoint, "");
    publish_numbered(100);
    double begun_s = seconds();
    assert_int_equal(kill(program.pid, SIGTERM), 0);
    expect_stop(begun_s);
}

/* The last attempt ends with the program, and sets off the next message's first. */
static void stops_with_pushes_that_follow(void **state)
{
    struct pushed p;
    (void)state;
    subscribe_endpoint("s", &endpoint, "&notifyStrategy=BACKOFF_RETRY");
    publish("x");
    publish("y");
    serve(SORRY);
    settle();
    int fd = send_call(ADVANCE "?by=80s"); /* three retries, each after 10 to 20 s */
    serve(SORRY);
    serve(SORRY);
    endpoint_take(&endpoint, &p);
    double begun_s = seconds();
    assert_int_equal(kill(program.pid, SIGTERM), 0);
    expect_answer("the move", fd, 503, "\"stopping\"");
    expect_stop(begun_s);
    pushed_free(&p);
}

#define CASE(name, options)                                                                    \
    {                                                                                          \
#name, name, start, finish, (void *)(uintptr_t)(options)                               \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sends_what_the_service_sends, standard),
        CASE(sends_the_message_alone, standard),
        CASE(sends_path_and_query_as_they_are, standard),
        CASE(sends_a_mebibyte, standard),
        CASE(retries_tell_the_message_and_another_request, standard),
        CASE(keeps_connections, standard),
        CASE(endpoint_may_close_kept_connections, standard),
        CASE(judges_by_the_status, standard),
        CASE(ignores_bodies, standard),
        CASE(fails_when_nothing_is_answered, standard),
        CASE(sends_an_attempt_once, standard),
        CASE(follows_no_redirect, standard),
        CASE(does_not_read_endless_answers, standard),
        CASE(bears_long_headers, standard),
        CASE(waits_no_longer_than_it_is_told, impatient),
        CASE(waits_no_longer_for_those_who_do_not_accept, impatient),
        CASE(takes_a_status_whose_body_does_not_come, impatient),
        CASE(one_that_hangs_delays_no_other, standard),
        CASE(one_path_that_hangs_delays_no_other, standard),
        CASE(fails_at_once_where_nothing_listens, standard),
        CASE(tries_all_the_same_again_and_again, standard),
        CASE(sends_two_at_a_time, by_two),
        CASE(sends_in_order_of_publishing, in_turn),
        CASE(drops_what_waits_with_its_subscription, in_turn),
        CASE(bears_many_at_once, standard),
        CASE(local_is_this_machine, local),
        CASE(local_is_so_in_ipv6, local),
        CASE(off_makes_none, off),
        CASE(asks_no_proxy, standard),
        CASE(endpoint_may_call_back, standard),
        CASE(a_push_does_not_move_its_own_time, standard),
        CASE(endpoint_may_publish_again, standard),
        CASE(client_may_vanish_meanwhile, standard),
        CASE(calls_wait_for_their_turn, standard),
        CASE(reset_ends_a_move, standard),
        CASE(await_is_answered_by_a_landing, standard),
        CASE(stops_with_a_push_in_flight, standard),
        CASE(answers_what_comes_while_it_stops, standard),
        CASE(stops_with_many_pushes_waiting, standard),
        CASE(stops_with_pushes_that_follow, standard),
    };
    return cmocka_run_group_tests_name("pushes", tests, NULL, NULL);
}
