/* What happens on the wire: transport tolerances of sdk-compat 9, and clients that misbehave.
 */
#include "base/buffer.h"
#include "tests/support/program.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct program program;

static int start(void **state)
{
    static const char *const options[] = {"--max-connections", "40", "--max-body", "64k", NULL};
    (void)state;
    program_start(&program, options);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return program_stop(&program);
}

/* A frozen clock and one queue "q" that is empty. */
static int prepare(void **state)
{
    (void)state;
    free(ask_once(&program, "POST", "/_emulator/reset", NULL));
    free(ask_once(&program, "POST", "/_emulator/clock/freeze", NULL));
    free(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=q", NULL));
    return 0;
}

static void check_raw(const char *what, const char *request, int status, const char *part)
{
    int fd = program_connect(&program);
    send_text(fd, request);
    expect_response(what, fd, status, part);
    close(fd);
}

static void accepts_what_clients_send(void **state)
{
    static const struct {
        const char *what, *request;
    } cases[] = {
        {"form with its type", "POST / HTTP/1.1\r\nHost: h\r\n"
                               "Content-Type: application/x-www-form-urlencoded\r\n"
                               "Content-Length: 16\r\n\r\nAction=ListQueue"},
        {"no Content-Type", "POST /v2/index.php HTTP/1.1\r\nHost: h\r\n"
                            "Content-Length: 16\r\n\r\nAction=ListQueue"},
        {"type of okhttp", "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: */*;charset=utf-8\r\n"
                           "Content-Length: 16\r\n\r\nAction=ListQueue"},
        {"type of JSON", "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/json\r\n"
                         "Content-Length: 16\r\n\r\nAction=ListQueue"},
        {"GET", "GET /v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"GET with a form body", "GET /v2/index.php HTTP/1.1\r\nHost: h\r\n"
                                 "Content-Length: 16\r\n\r\nAction=ListQueue"},
        {"POST with a query", "POST /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n"
                              "Content-Length: 0\r\n\r\n"},
        {"doubled slash", "GET //v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"path twice",
         "GET /v2/index.php/v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"prefix", "GET /a/b/v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"chunked", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "7\r\nAction=\r\n9\r\nListQueue\r\n0\r\n\r\n"},
        {"codings nobody knows", "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n"
                                 "Accept-Encoding: UTF-8, br, x-y\r\n\r\n"},
        {"HTTP/1.0 without Host", "GET /?Action=ListQueue HTTP/1.0\r\n\r\n"},
        {"bytes of UTF-8 in the query",
         "GET /?x=\xe4\xbd\xa0&Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_raw(cases[i].what, cases[i].request, 200, "\"queueName\":\"q\"");
}

/* The heads of sdk-compat 1 to 3, and what a server could trip over in them. */
static const char *const client_heads[] = {
    /* Python */
    "Accept-Encoding: identity\r\nConnection: Keep-Alive\r\n",
    /* Java */
    "Content-Type: */*;charset=utf-8\r\nConnection: Keep-Alive\r\n"
    "Accept-Encoding: gzip\r\nUser-Agent: okhttp/3.14.9\r\n",
    /* Go */
    "Content-Type: application/x-www-form-urlencoded\r\n"
    "User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n",
    /* PHP */
    "Content-Type: application/x-www-form-urlencoded\r\nAccept: */*\r\n",
    /* C++ */
    "Content-Type: application/x-www-form-urlencoded\r\nAccept: */*\r\n"
    "Accept-Encoding: UTF-8\r\nConnection: keep-alive\r\n",
    /* Node */
    "content-type: application/x-www-form-urlencoded\r\n"
    "accept-encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n",
    "Content-Type: application/x-www-form-urlencoded;charset=utf-8\r\n",
    /* C# */
    "Content-Type: text/json; charset=utf-8\r\n",
    "Content-Type: text/json\r\n",
    /* nobody's */
    "Content-Type: application/octet-stream\r\n",
    "Content-Type: multipart/form-data; boundary=b\r\n",
    "Content-Type: ;;;\r\n",
};

static void accepts_the_heads_of_clients(void **state)
{
    char request[512];
    (void)state;
    for (size_t i = 0; i < COUNT(client_heads); i++) {
        snprintf(request, sizeof request,
                 "POST /v2/index.php HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n%s\r\n"
                 "Action=ListQueue",
                 client_heads[i]);
        check_raw(client_heads[i], request, 200, "\"queueName\":\"q\"");
        snprintf(request, sizeof request,
                 "GET /v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h\r\n%s\r\n",
                 client_heads[i]);
        check_raw(client_heads[i], request, 200, "\"queueName\":\"q\"");
    }
}

static bool has_header(const struct response *r, const char *line)
{
    char text[128];
    snprintf(text, sizeof text, "\r\n%s\r\n", line);
    return strcasestr(r->head, text) != NULL;
}

/* Common 8.2: the same head for success and failure, and a body that is one line of JSON, of
 * the length that was announced: what follows is the next answer. */
static void answers_as_clients_read(void **state)
{
    static const char *const actions[] = {"ListQueue", "ReceiveMessage&queueName=q",
                                          "FlyToTheMoon", ""};
    int fd = program_connect(&program);
    (void)state;
    for (size_t i = 0; i < COUNT(actions); i++) {
        char request[256];
        struct response r;
        snprintf(request, sizeof request,
                 "GET /?Action=%s HTTP/1.1\r\nHost: h\r\n"
                 "Accept-Encoding: gzip, deflate, br, UTF-8\r\n\r\n",
                 actions[i]);
        send_text(fd, request);
        assert_true(read_response(fd, &r));
        assert_memory_equal(r.head, "HTTP/1.1 200 OK\r\n", 17);
        assert_true(has_header(&r, "Content-Type: application/json; charset=utf-8"));
        assert_non_null(strcasestr(r.head, "\r\nContent-Length: "));
        assert_null(strcasestr(r.head, "\r\nContent-Encoding:"));
        assert_null(strcasestr(r.head, "\r\nTransfer-Encoding:"));
        assert_false(has_header(&r, "Connection: close"));
        assert_true(r.body_len > 2 && r.body[0] == '{' && r.body[r.body_len - 1] == '}');
        assert_null(strpbrk(r.body, "\r\n"));
        response_free(&r);
    }
    close(fd);
}

static void closes_when_asked_to(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                  "Content-Length: 16\r\n\r\nAction=ListQueue");
    assert_true(read_response(fd, &r));
    assert_true(has_header(&r, "Connection: close"));
    assert_non_null(strstr(r.body, "\"queueName\":\"q\""));
    assert_true(is_closed(fd));
    response_free(&r);
    close(fd);
}

/* An answer to HEAD has no body, whatever its length is said to be. */
static void does_nothing_for_head(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "HEAD /?Action=DeleteQueue&queueName=q HTTP/1.1\r\nHost: h\r\n"
                  "Connection: close\r\n\r\n");
    assert_false(read_response(fd, &r));
    assert_int_equal(r.status, 200);
    response_free(&r);
    close(fd);
    check_answer(ask_once(&program, "GET", "/?Action=ListQueue", NULL), "\"totalCount\":1");
}

/* What GET would tell, without the body: the next answer follows the head at once. */
static void answers_head_without_a_body(void **state)
{
    static const char *const targets[] = {"/_emulator/health", "/_emulator/sink/s", "/metrics"};
    struct response r;
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        char request[200];
        char head[300];
        size_t len = 0;
        int fd = program_connect(&program);
        snprintf(request, sizeof request,
                 "HEAD %s HTTP/1.1\r\nHost: h\r\n\r\n"
                 "GET /_emulator/health HTTP/1.1\r\nHost: h\r\n\r\n",
                 targets[i]);
        send_text(fd, request);
        do
            assert_int_equal(recv(fd, head + len, 1, 0), 1);
        while (++len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0);
        assert_memory_equal(head, "HTTP/1.1 200 ", 13);
        assert_non_null(memmem(head, len, "Content-Length: ", 16));
        assert_true(read_response(fd, &r));
        assert_non_null(strstr(r.body, "\"status\":\"ok\""));
        response_free(&r);
        close(fd);
    }
}

static void tells_its_own_address_to_who_names_no_host(void **state)
{
    char address[64];
    (void)state;
    snprintf(address, sizeof address, "\"addr\":[\"127.0.0.1:%d\"]", program.port);
    check_raw("no Host", "GET /?Action=QueryQueueRoute&queueName=q HTTP/1.0\r\n\r\n", 200,
              address);
}

static void answers_what_is_no_call(void **state)
{
    static const struct {
        const char *what, *request;
        int status;
        const char *part;
    } cases[] = {
        {"unknown path", "GET /v3?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n", 404,
         "not-found"},
        {"no Action", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200, "(10280)"},
        {"method", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 200,
         "unexpected http PUT only"},
        {"JSON",
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
         "Content-Length: 22\r\n\r\n{\"Action\":\"ListQueue\"}",
         200, "(10280)"},
        {"multipart",
         "POST / HTTP/1.1\r\nHost: h\r\n"
         "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 65\r\n"
         "\r\n--b\r\nContent-Disposition: form-data; name=\"Action\"\r\n\r\n"
         "List\r\n--b--",
         200, "(10280)"},
        {"unknown admin path", "GET /_emulator/nothing HTTP/1.1\r\nHost: h\r\n\r\n", 404,
         "not-found"},
        {"admin method", "DELETE /_emulator/clock HTTP/1.1\r\nHost: h\r\n\r\n", 405,
         "takes GET"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_raw(cases[i].what, cases[i].request, cases[i].status, cases[i].part);
}

/* Web pages, told by headers that they cannot choose; test_gate has the rules. */
static void refuses_web_pages(void **state)
{
    static const struct {
        const char *what, *request;
        int status;
        const char *part;
    } cases[] = {
        {"another origin",
         "POST /_emulator/reset HTTP/1.1\r\nHost: 127.0.0.1:9267\r\n"
         "Origin: http://evil.example\r\nContent-Length: 0\r\n\r\n",
         403,
         "\"code\":\"foreign-origin\",\"message\":\"pages of the origin "
         "http://evil.example may not call the emulator; --host-names evil.example"},
        {"the time is told", "GET /_emulator/clock HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403,
         "\"nowMs\":"},
        {"a name that was rebound",
         "GET /_emulator/namespaces HTTP/1.1\r\nHost: evil.example:9267\r\n\r\n", 403,
         "foreign-origin"},
        {"metrics", "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403,
         "foreign-origin"},
        {"an image",
         "GET /?Action=DeleteQueue&queueName=q HTTP/1.1\r\nHost: localhost\r\n"
         "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: image\r\n\r\n",
         403, "foreign-origin"},
        {"a form",
         "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n"
         "Content-Length: 34\r\n\r\nAction=DeleteQueue&queueName=q&a=bc",
         403, "foreign-origin"},
        {"a program, whatever the host",
         "GET /?Action=GetQueueAttributes&queueName=q HTTP/1.1\r\nHost: cmq.example\r\n\r\n",
         200, "\"code\":0"},
        {"the cloud's names",
         "GET /_emulator/clock HTTP/1.1\r\n"
         "Host: cmq-queue-gz.api.qcloud.com\r\n\r\n",
         200, "nowMs"},
        {"our own page",
         "POST /_emulator/clock/freeze HTTP/1.1\r\nHost: localhost:9267\r\n"
         "Origin: http://localhost:9267\r\nContent-Length: 0\r\n\r\n",
         200, "frozen"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_raw(cases[i].what, cases[i].request, cases[i].status, cases[i].part);
}

/* Nothing that is answered may let a page read it. */
static void has_no_cors_headers(void **state)
{
    static const char *const requests[] = {
        "GET /_emulator/clock HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\n\r\n",
        "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\n\r\n",
        ("OPTIONS /_emulator/reset HTTP/1.1\r\nHost: h\r\nOrigin: http://evil.example\r\n"
         "Access-Control-Request-Method: POST\r\n\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct response r;
        int fd = program_connect(&program);
        send_text(fd, requests[i]);
        assert_true(read_response(fd, &r));
        assert_null(strcasestr(r.head, "Access-Control"));
        response_free(&r);
        close(fd);
    }
}

static void keeps_the_admin_interface_for_those_with_the_token(void **state)
{
    struct program other;
    static const char *const options[] = {"--admin-token", "s3cret", NULL};
    (void)state;
    program_start(&other, options);
    int fd = program_connect(&other);
    send_request(fd, "GET", "/_emulator/clock", NULL);
    expect_response("without a token", fd, 401, "Authorization: Bearer");
    send_text(fd, "GET /_emulator/clock HTTP/1.1\r\nHost: h\r\n"
                  "Authorization: Bearer s3cret\r\n\r\n");
    expect_response("with it", fd, 200, "nowMs");
    send_request(fd, "GET", "/_emulator/health", NULL);
    expect_response("health", fd, 200, "ok");
    send_request(fd, "POST", "/_emulator/sink/a", "a push");
    expect_response("a push to a sink", fd, 200, "\"sink\":\"a\"");
    send_request(fd, "GET", "/_emulator/sink/a", NULL);
    expect_response("what it got", fd, 401, "unauthorized");
    close(fd);
    assert_int_equal(program_stop(&other), 0);
}

static void leaves_the_admin_interface_out(void **state)
{
    struct program other;
    static const char *const options[] = {"--admin", "off", NULL};
    (void)state;
    program_start(&other, options);
    int fd = program_connect(&other);
    send_request(fd, "POST", "/_emulator/reset", NULL);
    expect_response("reset", fd, 404, "--admin off");
    send_request(fd, "GET", "/_emulator/health", NULL);
    expect_response("health", fd, 200, "ok");
    send_request(fd, "POST", "/", "Action=ListQueue");
    expect_response("CMQ", fd, 200, "\"code\":0");
    close(fd);
    assert_int_equal(program_stop(&other), 0);
}

/* Send it on a connection of its own, and read the answer. */
static void fetch(const char *request, struct response *r)
{
    int fd = program_connect(&program);
    send_text(fd, request);
    assert_true(read_response(fd, r));
    close(fd);
}

static void pages_are_sent_once(void **state)
{
    char request[1024], tag[80];
    struct response r;
    (void)state;
    fetch("GET /_emulator HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n"
          "Accept-Encoding: gzip\r\n\r\n",
          &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_non_null(strstr(r.head, "\r\nContent-Encoding: gzip\r\n"));
    assert_non_null(strstr(r.head, "\r\nVary: Accept, Accept-Encoding\r\n"));
    assert_non_null(strstr(r.head, "\r\nContent-Security-Policy: default-src 'self'; "));
    assert_memory_equal(r.body, "\x1f\x8b", 2);
    const char *at = strstr(r.head, "\r\nETag: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\r\nETag: %79s", tag), 1);
    response_free(&r);

    snprintf(request, sizeof request,
             "GET /_emulator HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n"
             "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\nConnection: close\r\n\r\n",
             tag);
    fetch(request, &r);
    assert_int_equal(r.status, 304);
    assert_int_equal(r.body_len, 0);
    assert_non_null(strstr(r.head, tag));
    response_free(&r);
}

/* On the same port and about the same queues; with the content type that its SDKs want
 * (api3 5.2). */
static void serves_api_3(void **state)
{
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: tdmq.tencentcloudapi.com\r\nX-TC-Action: CreateCmqQueue\r\n"
        "X-TC-Version: 2020-02-17\r\nX-TC-Timestamp: 1\r\nContent-Type: application/json\r\n"
        "Content-Length: 18\r\n\r\n{\"QueueName\":\"q2\"}",
        "GET /?Action=SendCmqMsg&Version=2020-02-17&Timestamp=1&QueueName=q2&MsgContent=x&"
        "DelaySeconds=0 HTTP/1.1\r\nHost: h\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct response r;
        int fd = program_connect(&program);
        send_text(fd, requests[i]);
        bool came = read_response(fd, &r);
        close(fd);
        assert_true(came);
        assert_int_equal(r.status, 200);
        assert_non_null(strstr(r.head, "Content-Type: application/json\r\n"));
        assert_null(strcasestr(r.head, "Content-Encoding"));
        assert_memory_equal(r.body, "{\"Response\":{", 13);
        assert_null(strstr(r.body, "Error"));
        response_free(&r);
    }
    check_answer(ask_once(&program, "GET", "/_emulator/queues/q2/messages", NULL),
                 "\"total\":1");
    check_answer(ask_once(&program, "POST", "/", "Action=DeleteQueue&queueName=q2"),
                 "\"code\":0");
}

/* In plain HTTP: clients then say that the other side does, rather than that the connection
 * broke. The hello comes in two pieces. */
static void tells_clients_that_speak_tls(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    send_bytes(fd, "\x16", 1);
    send_bytes(fd, "\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 12);
    expect_response("a hello", fd, 400, "This port speaks HTTP, and a client sent TLS");
    assert_true(is_closed(fd));
    close(fd);
}

/* A connection that has not said anything is no reason not to serve others, nor to go. */
static void waits_for_the_first_byte(void **state)
{
    int silent = program_connect(&program);
    (void)state;
    check_answer(ask_once(&program, "GET", "/?Action=ListQueue", NULL), "\"code\":0");
    send_text(silent, "G");
    check_answer(ask_once(&program, "GET", "/?Action=ListQueue", NULL), "\"code\":0");
    send_text(silent, "ET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_response("at last", silent, 200, "\"code\":0");
    close(silent);
}

/* Connections that say nothing make room for those that do. */
static void silence_shuts_nobody_out(void **state)
{
    enum { SILENT = 40 + 64 + 10 }; /* more than --max-connections and what is refused */
    int silent[SILENT];
    (void)state;
    for (int i = 0; i < SILENT; i++)
        silent[i] = program_connect(&program);
    check_answer(ask_once(&program, "GET", "/_emulator/health", NULL), "\"status\":\"ok\"");
    for (int i = 0; i < SILENT; i++)
        close(silent[i]);
}

/* A client that has the emulator for a proxy names the whole address. */
static void serves_targets_in_absolute_form(void **state)
{
    static const char *const requests[] = {
        ("GET http://cmq-queue-gz.api.qcloud.com/?Action=ListQueue HTTP/1.1\r\n"
         "Host: cmq-queue-gz.api.qcloud.com\r\n\r\n"),
        "GET HTTP://h:80/v2/index.php?Action=ListQueue HTTP/1.1\r\nHost: h:80\r\n\r\n",
        "GET http://h?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET https://h?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST http://h HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\nAction=ListQueue",
        "GET http://a.b:c@localhost:80/?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        check_raw(requests[i], requests[i], 200, "\"queueName\":\"q\"");
    check_raw("admin", "GET Http://h/_emulator/clock HTTP/1.1\r\nHost: h\r\n\r\n", 200,
              "nowMs");
    check_raw("a strange host",
              "GET http://example.com/?Action=ListQueue HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
              403,
              "no proxy to other hosts such as example.com; --host-names example.com would");
    check_raw("a strange host, and a user",
              "GET http://localhost:80@example.com/?Action=ListQueue HTTP/1.1\r\n"
              "Host: h\r\n\r\n",
              403, "no proxy to other hosts such as example.com; ");
    check_raw("its admin interface",
              "GET http://example.com/_emulator/health HTTP/1.1\r\nHost: h\r\n\r\n", 403,
              "foreign-host");
    check_raw("no such path", "GET http://h/v3 HTTP/1.1\r\nHost: h\r\n\r\n", 404, "not-found");
}

/* The emulator is the other end of each tunnel. */
static void is_a_proxy_to_itself(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "CONNECT cmq-queue-gz.api.qcloud.com:80 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(read_response(fd, &r));
    assert_int_equal(r.status, 200);
    response_free(&r);
    check_answer(ask(fd, "GET", "/?Action=ListQueue", NULL), "\"code\":0");
    send_text(fd, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_response("a second one", fd, 400, "connect-not-first");
    assert_true(is_closed(fd));
    close(fd);
    check_raw("a strange host", "CONNECT example.com:443 HTTP/1.1\r\n\r\n", 403,
              "no open proxy");
}

#define RAW(literal) literal, sizeof(literal) - 1

/* Whatever it is answered, if anything: the program goes on. */
static void outlives_garbage(void **state)
{
    static const struct {
        const char *what, *bytes;
        size_t len;
    } cases[] = {
        {"no HTTP", RAW("hello\r\n\r\n")},
        {"NUL bytes", RAW("\0\0\0\0\r\n\r\n")},
        {"NUL in the target", RAW("GET /\0?Action=ListQueue HTTP/1.1\r\n\r\n")},
        {"negative length", RAW("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n")},
        {"length no number", RAW("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")},
        {"bad chunk",
         RAW("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")},
        {"TLS hello", RAW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
        {"half a request", RAW("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nAct")},
        {"nothing", RAW("")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = program_connect(&program);
        send_bytes(fd, cases[i].bytes, cases[i].len);
        shutdown(fd, SHUT_WR);
        check_answer(ask_once(&program, "GET", "/?Action=ListQueue", NULL), "\"code\":0");
        close(fd);
    }
}

static void says_100_continue(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                  "Content-Length: 16\r\n\r\n");
    assert_true(read_response(fd, &r));
    assert_int_equal(r.status, 100);
    response_free(&r);
    send_text(fd, "Action=ListQueue");
    assert_true(read_response(fd, &r));
    assert_int_equal(r.status, 200);
    response_free(&r);
    close(fd);
}

static void keeps_connections(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    for (int i = 0; i < 100; i++)
        check_answer(ask(fd, "POST", "/", "Action=ListQueue"), "\"code\":0");
    close(fd);
}

static void serves_pipelined_requests_in_order(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "GET /?Action=SendMessage&queueName=q&msgBody=1 HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /?Action=ReceiveMessage&queueName=q HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /?Action=ReceiveMessage&queueName=q HTTP/1.1\r\nHost: h\r\n\r\n");
    static const char *const parts[] = {"msgId", "\"msgBody\":\"1\"", "(10200)no message"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        expect_response("in order", fd, 200, parts[i]);
    }
    close(fd);
}

/* A GET that sends a body of so many bytes answers as it should up to 32 KiB. */
static void takes_request_lines_of_32_kib(void **state)
{
    enum { LINE = 32 * 1024 };
    static const char before[] = "GET /?Action=SendMessage&queueName=q&msgBody=";
    static const char behind[] = " HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = program_connect(&program);
    char *line = malloc(LINE);
    (void)state;
    assert_non_null(line);
    memset(line, 'x', LINE);
    memcpy(line, before, sizeof before - 1);
    memcpy(line + LINE - (sizeof behind - 1), behind, sizeof behind - 1);
    send_bytes(fd, line, LINE);
    expect_response("32 KiB", fd, 200, "\"code\":0");
    free(line);
    close(fd);
}

static char *many(char c, size_t count, const char *before)
{
    size_t begin = strlen(before);
    char *text = malloc(begin + count + 1);
    assert_non_null(text);
    memcpy(text, before, begin);
    memset(text + begin, c, count);
    text[begin + count] = '\0';
    return text;
}

static void refuses_bodies_above_the_limit(void **state)
{
    static const char begin[] = "Action=SendMessage&queueName=q&msgBody=";
    char *body = many('x', 65536, begin);
    char *longest = many('x', 65536 - strlen(begin), begin);
    int fd = program_connect(&program);
    (void)state;
    check_answer(ask(fd, "POST", "/", longest), "\"code\":0");
    free(longest);
    check_answer(ask(fd, "POST", "/", body), "(10420)cannot parse http message");
    check_answer(ask(fd, "POST", "/", "Action=ListQueue"), "\"code\":0");
    check_answer(ask(fd, "POST", "/_emulator/reset", body), "too-large");
    free(body);
    close(fd);
    check_raw("far too long",
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n", 200,
              "(10420)");
}

/* What bounds them is the form, not what the network has room for. */
static void refuses_too_many_parameters(void **state)
{
    static const struct {
        size_t count;
        const char *part;
    } cases[] = {{700, "\"code\":0"}, {722, "\"code\":0"}, {998, "\"code\":0"},
                 {1001, "(10420)"},   {2000, "(10420)"},   {15000, "(10420)"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        static const char begin[] = "GET /?Action=ListQueue";
        char *line = many('a', 2 * cases[i].count, begin);
        int fd = program_connect(&program);
        for (char *c = line + strlen(begin); *c != '\0'; c += 2)
            *c = '&';
        check_answer(ask(fd, "POST", "/", strchr(line, '?') + 1), cases[i].part);
        send_text(fd, line);
        send_text(fd, " HTTP/1.1\r\nHost: h\r\n\r\n");
        expect_response("GET", fd, 200, cases[i].part);
        free(line);
        close(fd);
    }
}

static void expect_health(const char *what, int fd, bool inside)
{
    struct response r;
    send_request(fd, "GET", "/_emulator/health", NULL);
    if (!read_response(fd, &r) || r.status != 200 ||
        strstr(r.body, "\"status\":\"ok\"") == NULL)
        fail_msg("%s: health is not answered", what);
    if (has_header(&r, "Connection: close") == inside)
        fail_msg("%s: %s", what, r.head);
    response_free(&r);
}

/* Those that are in stay in, whatever comes; others hear why they are not. */
static void tells_connections_above_the_limit(void **state)
{
    struct response r;
    int fds[40];
    (void)state;
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = program_connect(&program);
        check_answer(ask(fds[i], "POST", "/", "Action=ListQueue"), "\"code\":0");
    }
    int beyond = program_connect(&program);
    send_request(beyond, "POST", "/", "Action=ListQueue");
    assert_true(read_response(beyond, &r));
    assert_int_equal(r.status, 503);
    assert_non_null(strstr(r.body, "too-many-connections"));
    assert_true(has_header(&r, "Retry-After: 1"));
    response_free(&r);
    assert_true(is_closed(beyond));
    close(beyond);
    for (size_t i = 0; i < COUNT(fds); i++)
        check_answer(ask(fds[i], "POST", "/", "Action=ListQueue"), "\"code\":0");
    beyond = program_connect(&program);
    expect_health("beyond the limit", beyond, false);
    assert_true(is_closed(beyond));
    close(beyond);
    expect_health("inside", fds[0], true);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
}

static void wait_for_descriptors(const struct program *p, int count)
{
    for (int tries = 0; program_descriptors(p) != count; tries++) {
        assert_true(tries < 100000);
        sched_yield();
    }
}

/* A program that has answered has all descriptors of its own. */
static int descriptors_with_none(const struct program *p)
{
    int fd = program_connect(p);
    free(ask(fd, "GET", "/_emulator/health", NULL));
    int count = program_descriptors(p) - 1;
    close(fd);
    wait_for_descriptors(p, count);
    return count;
}

/* Who comes when the reserve is full takes the place of the one that has been there for longest. */
static void the_longest_in_the_reserve_makes_room(void **state)
{
    static const char *const options[] = {"--max-connections", "1", NULL};
    static const char rest[] = "ET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n";
    struct program other;
    int fds[1 + 64];
    (void)state;
    program_start(&other, options);
    int before = descriptors_with_none(&other);
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = program_connect(&other);
        send_text(fds[i], "G"); /* is taken, and not answered */
        wait_for_descriptors(&other, before + (int)i + 1);
    }
    int further = program_connect(&other);
    send_text(further, "G");
    assert_true(is_closed(fds[1]));
    send_text(further, rest);
    expect_response("a further one", further, 503, "too-many-connections");
    send_text(fds[2], rest);
    expect_response("one in the reserve", fds[2], 503, "too-many-connections");
    send_text(fds[0], rest);
    expect_response("the one inside", fds[0], 200, "\"code\":0");
    close(further);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    assert_int_equal(program_stop(&other), 0);
}

static void the_reserve_comes_inside_when_there_is_room(void **state)
{
    static const char *const options[] = {"--max-connections", "1", NULL};
    struct program other;
    (void)state;
    program_start(&other, options);
    int before = descriptors_with_none(&other);
    int inside = program_connect(&other);
    expect_health("the first", inside, true);
    int fd = program_connect(&other);
    send_text(fd, "G");
    wait_for_descriptors(&other, before + 2);
    close(inside);
    wait_for_descriptors(&other, before + 1);
    send_text(fd, "ET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_response("now", fd, 200, "\"code\":0");
    expect_health("and stays", fd, true);
    int next = program_connect(&other);
    expect_health("the next", next, false);
    close(fd);
    close(next);
    assert_int_equal(program_stop(&other), 0);
}

/* ---- long polls ---- */

static void send_receive(int fd, int wait_s)
{
    char target[96];
    snprintf(target, sizeof target, "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=%d",
             wait_s);
    send_request(fd, "GET", target, NULL);
}

static void wakes_a_parked_poll(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    send_receive(fd, 30);
    await_parked(&program, 1);
    assert_false(is_readable(fd));
    check_answer(ask_once(&program, "POST", "/", "Action=SendMessage&queueName=q&msgBody=hi"),
                 "\"code\":0");
    expect_response("the poll", fd, 200, "\"msgBody\":\"hi\"");
    close(fd);
}

/* The next receiver gets the message, not the one who left: queue-api 3.5. */
static void does_not_hand_messages_to_those_who_left(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        int gone = program_connect(&program);
        int sender = program_connect(&program);
        send_receive(gone, 30);
        await_parked(&program, 1);
        close(gone);
        check_answer(ask(sender, "POST", "/", "Action=SendMessage&queueName=q&msgBody=hi"),
                     "\"code\":0");
        check_answer(ask(sender, "GET", "/?Action=ReceiveMessage&queueName=q", NULL),
                     "\"dequeueCount\":1");
        close(sender);
        prepare(NULL);
    }
}

/* libmicrohttpd cuts a connection whose client will send no more, at times before the answer
 * has left; the poll goes with it. */
static void ends_polls_of_the_half_closed(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_receive(fd, 30);
    await_parked(&program, 1);
    shutdown(fd, SHUT_WR);
    if (read_response(fd, &r))
        assert_non_null(strstr(r.body, "(10200)no message"));
    response_free(&r);
    await_parked(&program, 0);
    close(fd);
}

static void answers_polls_before_the_advance_that_ends_them(void **state)
{
    enum { POLLS = 30 };
    int fds[POLLS];
    (void)state;
    for (size_t i = 0; i < POLLS; i++) {
        fds[i] = program_connect(&program);
        send_receive(fds[i], 1 + (int)i);
    }
    await_parked(&program, POLLS);
    check_answer(ask_once(&program, "POST", "/_emulator/clock/advance?by=30s", NULL),
                 "\"released\":30");
    for (size_t i = 0; i < POLLS; i++) {
        assert_true(is_readable(fds[i]));
        expect_response("a poll", fds[i], 200, "(10200)no message");
        close(fds[i]);
    }
}

/* The same where the answer of the poll does not fit into the buffers of the network: 1 MiB, of
 * which each byte is written as \u0001. */
static void answers_a_slow_reader_before_the_advance(void **state)
{
    static const char *const options[] = {NULL};
    static const char begin[] = "Action=SendMessage&queueName=q&delaySeconds=9&msgBody=";
    struct program other;
    (void)state;
    program_start(&other, options);
    char *body = many('%', 3 << 20, begin);
    for (char *c = body + strlen(begin); *c != '\0'; c += 3)
        memcpy(c, "%01", 3);
    free(ask_once(&other, "POST", "/_emulator/clock/freeze", NULL));
    free(ask_once(&other, "GET", "/?Action=CreateQueue&queueName=q&maxMsgSize=1048576", NULL));
    check_answer(ask_once(&other, "POST", "/", body), "\"code\":0");
    free(body);

    int poll = program_connect(&other);
    send_receive(poll, 30);
    await_parked(&other, 1);
    int advance = program_connect(&other);
    send_request(advance, "POST", "/_emulator/clock/advance?by=9s", NULL);
    await_parked(&other, 0);
    assert_false(is_readable(advance));
    expect_response("the poll", poll, 200, "u0001");
    expect_response("the advance", advance, 200, "\"released\":1");
    close(poll);
    close(advance);
    assert_int_equal(program_stop(&other), 0);
}

/* A connection that asks for more while its poll is parked gets its answers one by one. */
static void keeps_a_request_behind_a_parked_poll(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    send_receive(fd, 30);
    await_parked(&program, 1);
    send_text(fd, "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n");
    await_parked(&program, 1);
    check_answer(ask_once(&program, "POST", "/_emulator/clock/advance?by=30s", NULL),
                 "\"released\":1");
    expect_response("one by one", fd, 200, "(10200)no message");
    expect_response("one by one", fd, 200, "totalCount");
    close(fd);
}

static void answers_polls_when_told_to_stop(void **state)
{
    struct program other;
    static const char *const options[] = {NULL};
    (void)state;
    program_start(&other, options);
    int fd = program_connect(&other);
    check_answer(ask(fd, "GET", "/?Action=CreateQueue&queueName=q", NULL), "\"code\":0");
    send_receive(fd, 30);
    await_parked(&other, 1);
    assert_int_equal(program_stop(&other), 0);
    expect_response("the poll", fd, 200, "(10200)no message");
    assert_true(is_closed(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(accepts_what_clients_send, prepare),
        cmocka_unit_test_setup(accepts_the_heads_of_clients, prepare),
        cmocka_unit_test_setup(answers_as_clients_read, prepare),
        cmocka_unit_test_setup(closes_when_asked_to, prepare),
        cmocka_unit_test_setup(does_nothing_for_head, prepare),
        cmocka_unit_test_setup(answers_head_without_a_body, prepare),
        cmocka_unit_test_setup(tells_its_own_address_to_who_names_no_host, prepare),
        cmocka_unit_test_setup(answers_what_is_no_call, prepare),
        cmocka_unit_test_setup(tells_clients_that_speak_tls, prepare),
        cmocka_unit_test_setup(waits_for_the_first_byte, prepare),
        cmocka_unit_test_setup(serves_targets_in_absolute_form, prepare),
        cmocka_unit_test_setup(is_a_proxy_to_itself, prepare),
        cmocka_unit_test_setup(silence_shuts_nobody_out, prepare),
        cmocka_unit_test_setup(serves_api_3, prepare),
        cmocka_unit_test_setup(refuses_web_pages, prepare),
        cmocka_unit_test_setup(has_no_cors_headers, prepare),
        cmocka_unit_test(keeps_the_admin_interface_for_those_with_the_token),
        cmocka_unit_test(leaves_the_admin_interface_out),
        cmocka_unit_test(pages_are_sent_once),
        cmocka_unit_test_setup(says_100_continue, prepare),
        cmocka_unit_test_setup(keeps_connections, prepare),
        cmocka_unit_test_setup(serves_pipelined_requests_in_order, prepare),
        cmocka_unit_test_setup(takes_request_lines_of_32_kib, prepare),
        cmocka_unit_test_setup(refuses_bodies_above_the_limit, prepare),
        cmocka_unit_test_setup(refuses_too_many_parameters, prepare),
        cmocka_unit_test_setup(tells_connections_above_the_limit, prepare),
        cmocka_unit_test(the_longest_in_the_reserve_makes_room),
        cmocka_unit_test(the_reserve_comes_inside_when_there_is_room),
        cmocka_unit_test_setup(wakes_a_parked_poll, prepare),
        cmocka_unit_test_setup(does_not_hand_messages_to_those_who_left, prepare),
        cmocka_unit_test_setup(ends_polls_of_the_half_closed, prepare),
        cmocka_unit_test_setup(answers_polls_before_the_advance_that_ends_them, prepare),
        cmocka_unit_test(answers_a_slow_reader_before_the_advance),
        cmocka_unit_test_setup(keeps_a_request_behind_a_parked_poll, prepare),
        cmocka_unit_test(answers_polls_when_told_to_stop),
        cmocka_unit_test_setup(outlives_garbage, prepare),
    };
    return cmocka_run_group_tests_name("http", tests, start, finish);
}
