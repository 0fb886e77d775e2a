/* What the built program alone can show: the Date header, what is no HTTP, and the
 * configuration file at its start. */
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <microhttpd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct program program;

static void start(const char *option, const char *value)
{
    const char *const options[] = {option, value, NULL};
    program_start(&program, options);
}

static void call(const char *method, const char *target, const char *body, const char *part)
{
    check_answer(ask_once(&program, method, target, body), part);
}

static void expect_date(int fd, const char *target, const char *date)
{
    struct response r;
    char line[64];
    snprintf(line, sizeof line, "Date: %s\r\n", date);
    send_request(fd, "GET", target, NULL);
    assert_true(read_response(fd, &r));
    if (strstr(r.head, line) == NULL)
        fail_msg("%s: expected %s, got %s", target, line, r.head);
    response_free(&r);
}

/* All that a client can see comes from the clock of its namespace: decisions 32. */
static void dates_are_those_of_the_namespace(void **state)
{
    static const char config[] =
        "{\"name\":\"n\",\"clock\":{\"mode\":\"frozen\",\"at\":\"2040-02-29T23:59:59.999Z\"}}";
    static const char home[] = "Sun, 05 Mar 2017 13:01:02 GMT";
    static const char away[] = "Wed, 29 Feb 2040 23:59:59 GMT";
    char target[160];
    (void)state;
    start("--auth", "off");
    call("POST", "/_emulator/clock/freeze?at=2017-03-05T13:01:02.500Z", NULL, "\"frozen\"");
    char *made = ask_once(&program, "POST", "/_emulator/namespaces", config);
    const char *id = strstr(made, "\"secretId\":\"");
    assert_non_null(id);
    id += strlen("\"secretId\":\"");
    snprintf(target, sizeof target, "/?Action=ListQueue&SecretId=%.*s", (int)strcspn(id, "\""),
             id);
    free(made);
    int fd = program_connect(&program);
    expect_date(fd, "/?Action=ListQueue", home);
    expect_date(fd, "/_emulator/clock", home);
    expect_date(fd, target, away);
    expect_date(fd, "/_emulator/clock?namespace=n", away);
    call("POST", "/_emulator/clock/advance?by=1ms&namespace=n", NULL, "\"nowMs\"");
    expect_date(fd, target, "Thu, 01 Mar 2040 00:00:00 GMT");
    expect_date(fd, "/?Action=ListQueue", home);
    close(fd);
    assert_int_equal(program_stop(&program), 0);
}

/* Of one connection and one second, most of one length: each has its own text and headers. */
static void answers_that_are_alike_are_not_mixed_up(void **state)
{
    static const struct {
        const char *target, *type, *allow, *text;
    } asked[] = {
        {"/?Action=Abcdef", "application/json; charset=utf-8\r\n", NULL, "Abcdef"},
        {"/?Action=Uvwxyz", "application/json; charset=utf-8\r\n", NULL, "Uvwxyz"},
        {"/_emulator/await", "application/json; charset=utf-8\r\n", "Allow: POST\r\n",
         "method"},
        {"/metrics", "text/plain; version=0.0.4; charset=utf-8\r\n", NULL, "# HELP"},
        {"/?Action=Abcdef&Version=2019-03-04", "application/json\r\n", NULL,
         "MissingParameter"},
    };
    (void)state;
    start("--auth", "off");
    call("POST", "/_emulator/clock/freeze?at=2017-03-05T13:01:02.500Z", NULL, "\"frozen\"");
    int fd = program_connect(&program);
    for (size_t i = 0; i < 20 * COUNT(asked); i++) {
        size_t n = i * 3 % COUNT(asked);
        struct response r;
        send_request(fd, "GET", asked[n].target, NULL);
        assert_true(read_response(fd, &r));
        assert_non_null(strstr(r.head, asked[n].type));
        assert_non_null(strstr(r.body, asked[n].text));
        if (asked[n].allow == NULL)
            assert_null(strstr(r.head, "Allow:"));
        else
            assert_non_null(strstr(r.head, asked[n].allow));
        response_free(&r);
    }
    close(fd);
    assert_int_equal(program_stop(&program), 0);
}

/* Longer and longer names make an answer as long, once, as that of a method that is not allowed. */
static void headers_of_one_answer_are_not_sent_with_another(void **state)
{
    enum { LONGEST = 60 };
    char target[sizeof "/_emulator/queues/" + LONGEST] = "/_emulator/queues/";
    size_t length = 0, of_one_length = 0;
    (void)state;
    start("--auth", "off");
    call("POST", "/_emulator/clock/freeze?at=2017-03-05T13:01:02.500Z", NULL, "\"frozen\"");
    int fd = program_connect(&program);
    for (size_t i = 0; i < LONGEST; i++) {
        struct response refused, missing;
        target[strlen(target)] = 'x';
        send_request(fd, "POST", "/_emulator/queues/as-long-as-one-of-the-others", "");
        assert_true(read_response(fd, &refused));
        assert_non_null(strstr(refused.head, "Allow: GET, HEAD\r\n"));
        send_request(fd, "GET", target, NULL);
        assert_true(read_response(fd, &missing));
        assert_int_equal(missing.status, 404);
        assert_null(strstr(missing.head, "Allow:"));
        assert_true(i == 0 || missing.body_len == length + 1);
        length = missing.body_len;
        of_one_length += refused.body_len == length;
        response_free(&refused);
        response_free(&missing);
    }
    assert_int_equal(of_one_length, 1);
    close(fd);
    assert_int_equal(program_stop(&program), 0);
}

static void bad_http_is_refused_and_closed(void **state)
{
    static const struct {
        const char *what, *request;
        uint32_t since; /* libmicrohttpd 0.9.72 answers without a head, or not at all */
    } cases[] = {
        {"another protocol", "GET / FOO/9\r\n\r\n", 0},
        {"no version", "GET /\r\n\r\n", 0x00097300},
        {"a header without a colon", "GET / HTTP/1.1\r\nno colon\r\n\r\n", 0},
        {"a chunk that is none",
         "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0x00097300},
    };
    (void)state;
    start(NULL, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (MHD_VERSION < cases[i].since)
            continue;
        int fd = program_connect(&program);
        send_text(fd, cases[i].request);
        expect_response(cases[i].what, fd, 400, "");
        if (!is_closed(fd))
            fail_msg("%s: the connection is open", cases[i].what);
        close(fd);
    }
    call("GET", "/?Action=ListQueue", NULL, "\"totalCount\":0");
    assert_int_equal(program_stop(&program), 0);
}

/* admin 1.2: the type of the content does not matter. */
static void admin_bodies_are_json_whatever_their_type(void **state)
{
    static const char *const types[] = {"application/json", "text/plain",
                                        "application/x-www-form-urlencoded",
                                        "multipart/form-data; boundary=x", "nonsense"};
    static const char body[] = "{\"by\":\"1s\"}";
    (void)state;
    start(NULL, NULL);
    int fd = program_connect(&program);
    call("POST", "/_emulator/clock/freeze?at=0", NULL, "\"nowMs\":0,");
    for (size_t i = 0; i < COUNT(types); i++) {
        char request[256], part[32];
        snprintf(request, sizeof request,
                 "POST /_emulator/clock/advance HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 types[i], sizeof body - 1, body);
        snprintf(part, sizeof part, "\"nowMs\":%zu000,", i + 1);
        send_text(fd, request);
        expect_response(types[i], fd, 200, part);
    }
    close(fd);
    assert_int_equal(program_stop(&program), 0);
}

/* admin 14: what is known only when there is a connection. */
static void the_journal_tells_who_called(void **state)
{
    (void)state;
    start(NULL, NULL);
    int fd = program_connect(&program);
    send_text(fd, "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\nUser-Agent: test/1\r\n\r\n");
    expect_response("a call", fd, 200, "\"code\":0");
    call("GET", "/_emulator/journal", NULL, "\"client\":{\"address\":\"127.0.0.1:");
    call("GET", "/_emulator/journal", NULL, "\"userAgent\":\"test/1\"},\"tookUs\":");
    close(fd);
    assert_int_equal(program_stop(&program), 0);
}

/* ---- the configuration file ---- */

static void write_file(char *name, const char *text)
{
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* It is there when the program says that it listens, and a reset forgets it: decisions 35. */
static void a_reset_forgets_what_the_file_described(void **state)
{
    static const char config[] =
        "{\"clock\":{\"mode\":\"frozen\",\"at\":\"2040-01-01T00:00:00Z\"},"
        "\"queues\":[{\"queueName\":\"q\"}],\"topics\":[{\"topicName\":\"t\"}]}";
    char name[] = "/tmp/cmq-config-XXXXXX";
    (void)state;
    write_file(name, config);
    start("--config", name);
    unlink(name);
    call("GET", "/_emulator/health", NULL, "\"nowMs\":2208988800000,");
    call("GET", "/_emulator/queues", NULL, "\"queueName\":\"q\"");
    call("GET", "/_emulator/topics", NULL, "\"topicName\":\"t\"");
    call("POST", "/_emulator/reset?what=messages", NULL, "\"frozen\"");
    call("GET", "/_emulator/queues", NULL, "\"queueName\":\"q\"");
    call("POST", "/_emulator/reset", NULL, "\"mode\":\"real\"");
    call("GET", "/_emulator/queues", NULL, "\"queues\":[],\"total\":0,");
    call("GET", "/_emulator/topics", NULL, "\"topics\":[],\"total\":0,");
    assert_int_equal(program_stop(&program), 0);
}

/* Run the program to its end; what it says on standard error goes to out. Its exit code. */
static int run_to_the_end(const char *arguments, char *out, size_t size)
{
    const char *build = getenv("BUILD");
    char command[256];
    snprintf(command, sizeof command, "%s/cmq-emulator %s 2>&1 >/dev/null",
             build != NULL ? build : "build", arguments);
    FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): nothing of it comes from outside */
    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    int status = pclose(f);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void mistakes_in_the_file_end_the_program(void **state)
{
    static const struct {
        const char *text, *place, *part;
    } cases[] = {
        {"{\n  \"seed\": 1,\n    \"sed\": 2\n}", ":3:5: ", "sed is not"},
        {"{\n \"queues\": [{\"queueName\": \"q\",\n  \"visibilityTimeout\": 0}]}",
         ":3:3: ", "queues[0].visibilityTimeout must be"},
        {"{", ":1:", "no JSON"},
    };
    char said[1024];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[] = "/tmp/cmq-config-XXXXXX";
        char arguments[96];
        write_file(name, cases[i].text);
        snprintf(arguments, sizeof arguments, "--port 0 --config %s", name);
        assert_int_equal(run_to_the_end(arguments, said, sizeof said), 2);
        unlink(name);
        if (strstr(said, name) == NULL || strstr(said, cases[i].place) == NULL ||
            strstr(said, cases[i].part) == NULL)
            fail_msg("%s: said %s", cases[i].text, said);
    }
    assert_int_equal(run_to_the_end("--config /nowhere/at/all", said, sizeof said), 2);
}

/* The file may describe a namespace that the command line has a credential for, but not have the
 * same secret id. */
static void the_file_comes_before_credentials(void **state)
{
    static const char config[] =
        "{\"credentials\":[{\"secretId\":\"AKIDa\",\"secretKey\":\"k\"}],"
        "\"namespaces\":[{\"name\":\"team\",\"seed\":7}]}";
    char name[] = "/tmp/cmq-config-XXXXXX";
    char arguments[160];
    char said[1024];
    (void)state;
    write_file(name, config);
    snprintf(arguments, sizeof arguments, "--port 0 --config %s --credential AKIDa:secret",
             name);
    assert_int_equal(run_to_the_end(arguments, said, sizeof said), 2);
    assert_non_null(strstr(said, "--credential: the secret id AKIDa: it belongs to"));
    assert_null(strstr(said, ":secret"));
    const char *const options[] = {"--config", name, "--credential", "AKIDb:k@team", NULL};
    program_start(&program, options);
    unlink(name);
    call("GET", "/_emulator/namespaces/team", NULL, "\"secretId\":\"AKIDb\"");
    assert_int_equal(program_stop(&program), 0);
}

/* It stands where the snapshot stood, and has that, too. */
static void begins_with_a_snapshot(void **state)
{
    static const char document[] =
        "{\"name\":\"start\",\"clock\":{\"mode\":\"frozen\",\"nowMs\":2208988800000},"
        "\"queues\":[{\"queueName\":\"q\",\"messages\":[{\"msgBody\":\"a\"}]}]}";
    char name[] = "/tmp/cmq-snapshot-XXXXXX";
    (void)state;
    write_file(name, document);
    start("--restore", name);
    unlink(name);
    call("GET", "/_emulator/health", NULL, "\"nowMs\":2208988800000,");
    call("GET", "/_emulator/queues/q", NULL, "\"active\":1");
    call("POST", "/_emulator/reset", NULL, "\"mode\":\"real\"");
    call("POST", "/_emulator/snapshots/start/restore", NULL, "\"nowMs\":2208988800000,");
    call("GET", "/_emulator/queues/q", NULL, "\"active\":1");
    assert_int_equal(program_stop(&program), 0);
}

static void tells_what_is_wrong_with_a_snapshot(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"{\"queues\":[{\"queueName\":\"q\",\"messages\":[{\"msgBody\":7}]}]}",
         "queues[0].messages[0].msgBody must be a text"},
        {"{\"queues\":[", "no JSON, at byte 11"},
        {"", "no JSON, at byte 0"},
    };
    char arguments[160];
    char said[1024];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[] = "/tmp/cmq-snapshot-XXXXXX";
        write_file(name, cases[i].text);
        snprintf(arguments, sizeof arguments, "--port 0 --restore %s", name);
        assert_int_equal(run_to_the_end(arguments, said, sizeof said), 2);
        unlink(name);
        if (strstr(said, name) == NULL || strstr(said, cases[i].part) == NULL)
            fail_msg("%s: said %s", cases[i].text, said);
    }
    assert_int_equal(run_to_the_end("--restore /nowhere/at/all", said, sizeof said), 2);
}

/* All that comes until the connection ends. */
static char *read_to_the_end(int fd)
{
    size_t room = 1 << 20, len = 0;
    char *text = malloc(room + 1);
    assert_non_null(text);
    for (ssize_t n; (n = read(fd, text + len, room - len)) != 0; len += (size_t)n)
        assert_true(n > 0);
    assert_true(len < room);
    text[len] = '\0';
    return text;
}

/* The body of an answer that came in chunks, in the place of these. */
static void join_chunks(char *text)
{
    char *to = text;
    for (char *at = text;;) {
        char *end;
        size_t len = strtoul(at, &end, 16);
        assert_true(strncmp(end, "\r\n", 2) == 0);
        memmove(to, end + 2, len);
        to += len;
        at = end + 2 + len;
        assert_true(strncmp(at, "\r\n", 2) == 0);
        at += 2;
        if (len == 0)
            break;
    }
    *to = '\0';
}

/* The document of a snapshot, in chunks or, for who knows none, until the connection ends. */
static void long_documents_are_never_there_as_a_whole(void **state)
{
    enum { MESSAGES = 2000 };
    static const char old[] = "GET /_emulator/snapshots/a HTTP/1.0\r\nHost: localhost\r\n\r\n";
    static const char new[] = "GET /_emulator/snapshots/a HTTP/1.1\r\nHost: localhost\r\n"
                              "Connection: close\r\n\r\n";
    char *answers[2];
    (void)state;
    start("--limits", "relaxed");
    free(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=q", NULL));
    int fd = program_connect(&program);
    for (int i = 0; i < MESSAGES; i++)
        free(ask(fd, "GET", "/?Action=SendMessage&queueName=q&msgBody=hello", NULL));
    close(fd);
    call("POST", "/_emulator/snapshots?name=a", NULL, "\"messages\":2000");
    for (size_t i = 0; i < 2; i++) {
        fd = program_connect(&program);
        send_text(fd, i == 0 ? old : new);
        answers[i] = read_to_the_end(fd);
        close(fd);
    }
    char *whole = strstr(answers[0], "\r\n\r\n");
    char *chunks = strstr(answers[1], "\r\n\r\n");
    assert_non_null(whole);
    assert_non_null(chunks);
    assert_non_null(strstr(answers[1], "Transfer-Encoding: chunked"));
    join_chunks(chunks + 4);
    assert_string_equal(whole + 4, chunks + 4);
    assert_true(strlen(whole) > 65536);
    assert_string_equal(whole + strlen(whole) - 12, "\"names\":[]}\n");
    free(answers[0]);
    free(answers[1]);
    assert_int_equal(program_stop(&program), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_those_of_the_namespace),
        cmocka_unit_test(answers_that_are_alike_are_not_mixed_up),
        cmocka_unit_test(headers_of_one_answer_are_not_sent_with_another),
        cmocka_unit_test(bad_http_is_refused_and_closed),
        cmocka_unit_test(admin_bodies_are_json_whatever_their_type),
        cmocka_unit_test(the_journal_tells_who_called),
        cmocka_unit_test(a_reset_forgets_what_the_file_described),
        cmocka_unit_test(begins_with_a_snapshot),
        cmocka_unit_test(long_documents_are_never_there_as_a_whole),
        cmocka_unit_test(tells_what_is_wrong_with_a_snapshot),
        cmocka_unit_test(mistakes_in_the_file_end_the_program),
        cmocka_unit_test(the_file_comes_before_credentials),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
