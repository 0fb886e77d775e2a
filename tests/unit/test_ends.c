/* How connections end, and at which byte: nothing of them is left, and no automatic clock waits for
 * them.
 */
#include "base/buffer.h"
#include "tests/support/program.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { REQUEST_MAX = 256 };

static struct program program;
static int descriptors; /* of the program when it has no connection */

static int start(void **state)
{
    static const char *const options[] = {"--max-body", "64k", NULL};
    (void)state;
    program_start(&program, options);
    int fd = program_connect(&program);
    free(
        ask(fd, "GET", "/?Action=CreateQueue&queueName=q", NULL)); /* it has them all by then */
    descriptors = program_descriptors(&program) - 1;
    close(fd);
    free(ask_once(&program, "POST", "/_emulator/clock/auto", NULL));
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return program_stop(&program);
}

static int prepare(void **state)
{
    (void)state;
    await_descriptors(&program, "before", descriptors);
    return 0;
}

/* ---- ways to end ---- */

static void end_by_fin(int fd)
{
    close(fd);
}

static void end_by_rst(int fd)
{
    const struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(fd);
}

static void end_by_half(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* fails if the program has closed already */
}

static const struct {
    const char *name;
    void (*end)(int fd);
    bool open; /* the client can still read */
} ways[] = {
    {"FIN", end_by_fin, false}, {"RST", end_by_rst, false}, {"half", end_by_half, true}};

/* All that comes between these two calls is there when the program looks. */
static void hold(void)
{
    int status;
    assert_int_equal(kill(program.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(program.pid, &status, WUNTRACED), program.pid);
    assert_true(WIFSTOPPED(status));
}

static void go_on(void)
{
    assert_int_equal(kill(program.pid, SIGCONT), 0);
}

/* ---- requests ---- */

static const struct {
    const char *name, *text;
} requests[] = {
    {"GET", "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"POST", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\nAction=ListQueue"},
    {"chunked", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "7\r\nAction=\r\n9\r\nListQueue\r\n0\r\n\r\n"},
    {"Expect", "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 16\r\n"
               "\r\nAction=ListQueue"},
    {"CONNECT", "CONNECT localhost:80 HTTP/1.1\r\n\r\nGET /_emulator/health HTTP/1.1\r\n"
                "Host: h\r\n\r\n"},
    {"poll", "GET /?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30 HTTP/1.1\r\n"
             "Host: h\r\n\r\n"},
    {"await", "POST /_emulator/await HTTP/1.1\r\nHost: h\r\nContent-Length: 43\r\n\r\n"
              "{\"until\":{\"polls\":{\"ge\":9}},\"timeout\":\"1h\"}"},
    {"move", "POST /_emulator/clock/advance HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n"
             "{\"by\":\"1ms\"}"},
    {"bad", "GET /a\rb HTTP/1.1\r\nHost : h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"},
};

/* One that has said so much, on a connection that has had another request if it is a later one, in
 * two pieces if it is to come in two. */
static int begin(const char *text, size_t len, bool later, bool two)
{
    int fd = program_connect(&program);
    size_t first = two && len > 0 ? len - 1 : 0;
    if (later)
        free(ask(fd, "GET", "/_emulator/health", NULL));
    send_bytes(fd, text, first);
    send_bytes(fd, text + first, len - first);
    return fd;
}

/* An automatic clock jumps as soon as everything waits: so the poll ends at once. */
static void check_that_time_passes(const char *what)
{
    int fd = program_connect(&program);
    send_request(fd, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30", NULL);
    expect_response(what, fd, 200, "(10200)no message");
    close(fd);
}

/* Cut one request at each byte; all these connections are there at a time. */
static void cut_everywhere(size_t which, size_t way, bool later, bool two)
{
    const char *text = requests[which].text;
    int fds[REQUEST_MAX];
    char what[128];
    size_t len = strlen(text);
    assert_true(len < REQUEST_MAX);
    for (size_t i = 0; i <= len; i++) {
        fds[i] = begin(text, i, later, two);
        ways[way].end(fds[i]);
    }
    snprintf(what, sizeof what, "%s by %s%s%s", requests[which].name, ways[way].name,
             later ? ", a later one" : "", two ? ", in two" : "");
    await_descriptors(&program, what, descriptors);
    check_that_time_passes(what);
    for (size_t i = 0; ways[way].open && i <= len; i++)
        close(fds[i]);
}

static void nothing_is_left_of_any(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (size_t way = 0; way < COUNT(ways); way++)
            for (unsigned how = 0; how < 4; how++)
                cut_everywhere(i, way, (how & 1) != 0, (how & 2) != 0);
}

/* What came last and the end of the connection are one event of the socket. */
static void an_end_behind_the_last_bytes_is_noticed(void **state)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    (void)state;
    for (size_t way = 0; way < COUNT(ways); way++) {
        int fds[200];
        for (size_t i = 0; i < COUNT(fds); i++) {
            fds[i] = program_connect(&program);
            send_text(fds[i], head);
        }
        await_descriptors(&program, "heads", descriptors + (int)COUNT(fds));
        hold();
        for (size_t i = 0; i < COUNT(fds); i++) {
            send_text(fds[i], "abc");
            ways[way].end(fds[i]);
        }
        go_on();
        await_descriptors(&program, ways[way].name, descriptors);
        check_that_time_passes(ways[way].name);
        for (size_t i = 0; ways[way].open && i < COUNT(fds); i++)
            close(fds[i]);
    }
}

/* What takes many turns to be read, and has its client's end behind it. */
static void check_end_behind(const char *what, const char *head, size_t len)
{
    char *more = malloc(len + 1);
    assert_non_null(more);
    memset(more, 'x', len);
    for (size_t way = 0; way < COUNT(ways); way++) {
        int fd = program_connect(&program);
        free(ask(fd, "GET", "/_emulator/health", NULL));
        hold();
        send_text(fd, head);
        send_bytes(fd, more, len);
        ways[way].end(fd);
        go_on();
        await_descriptors(&program, what, descriptors);
        check_that_time_passes(what);
        if (ways[way].open)
            close(fd);
    }
    free(more);
}

static void an_end_behind_much_is_noticed(void **state)
{
    (void)state;
    check_end_behind("a long body",
                     "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60001\r\n\r\n", 60000);
    for (size_t len = 1000; len < 60000; len += 2500)
        check_end_behind("a long head", "GET / HTTP/1.1\r\nHost: ", len);
}

/* libmicrohttpd reads no more of a chunk whose size has no end when its buffer is full. It gets a
 * second. */
static void an_end_behind_what_is_not_read_is_noticed(void **state)
{
    enum { LEN = 100000 };
    static const char head[] =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    char *extension = malloc(LEN);
    (void)state;
    assert_non_null(extension);
    memset(extension, 'e', LEN);
    for (size_t way = 0; way < COUNT(ways); way++) {
        int fd = begin(head, sizeof head - 1, false, false);
        send_bytes(fd, extension, LEN);
        ways[way].end(fd);
        for (int tries = 0; program_descriptors(&program) != descriptors; tries++) {
            assert_true(tries < 100000);
            free(ask_once(&program, "GET", "/_emulator/health", NULL));
        }
        check_that_time_passes(ways[way].name);
        if (ways[way].open)
            close(fd);
    }
    free(extension);
}

/* Whoever has said all, and wants to hear the answer, does, if it is at hand. */
static void the_half_closed_get_their_answers(void **state)
{
    enum { MESSAGES = 50 };
    char *message = malloc(32768);
    (void)state;
    assert_non_null(message);
    for (int later = 0; later < 2; later++) {
        int fd = begin(requests[1].text, strlen(requests[1].text), later != 0, false);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        expect_response("POST", fd, 200, "\"queueName\":\"q\"");
        assert_true(is_closed(fd));
        close(fd);
    }
    /* A long answer, of which little has been taken when the end comes. */
    memset(message, 'x', 32768);
    memcpy(message, "Action=SendMessage&queueName=q&msgBody=", 39);
    message[32767] = '\0';
    for (int i = 0; i < MESSAGES; i++)
        check_answer(ask_once(&program, "POST", "/", message), "\"code\":0");
    free(message);
    int fd = program_connect(&program);
    send_request(fd, "GET", "/_emulator/queues/q/messages?limit=50", NULL);
    while (!is_readable(fd))
        free(ask_once(&program, "GET", "/_emulator/health", NULL));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    expect_response("a long answer", fd, 200, "xxxx");
    assert_true(is_closed(fd));
    close(fd);
    check_answer(ask_once(&program, "DELETE", "/_emulator/queues/q/messages", NULL), "{");
    await_descriptors(&program, "answers", descriptors);
}

/* Likewise, while it is being sent to a client that takes nothing. */
static void an_end_while_the_answer_is_sent_is_noticed(void **state)
{
    char *message = malloc(65536 - 100);
    (void)state;
    assert_non_null(message);
    memset(message, 'x', 65536 - 100);
    memcpy(message, "Action=SendMessage&queueName=q&msgBody=", 39);
    message[65536 - 101] = '\0';
    for (int i = 0; i < 200; i++)
        check_answer(ask_once(&program, "POST", "/", message), "\"code\":0");
    free(message);
    for (size_t way = 0; way < 2; way++) {
        int fd = program_connect(&program);
        send_request(fd, "GET", "/_emulator/queues/q/messages?limit=200", NULL);
        while (!is_readable(fd))
            free(ask_once(&program, "GET", "/_emulator/health", NULL));
        ways[way].end(fd);
        await_descriptors(&program, ways[way].name, descriptors);
    }
    check_answer(ask_once(&program, "DELETE", "/_emulator/queues/q/messages", NULL), "{");
    check_that_time_passes("after answers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_left_of_any, prepare),
        cmocka_unit_test_setup(an_end_behind_the_last_bytes_is_noticed, prepare),
        cmocka_unit_test_setup(an_end_behind_much_is_noticed, prepare),
        cmocka_unit_test_setup(an_end_behind_what_is_not_read_is_noticed, prepare),
        cmocka_unit_test_setup(the_half_closed_get_their_answers, prepare),
        cmocka_unit_test_setup(an_end_while_the_answer_is_sent_is_noticed, prepare),
    };
    return cmocka_run_group_tests_name("ends", tests, start, finish);
}
