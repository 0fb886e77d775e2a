/* Clients that take their time: each may have so much of it, and no more, however busily they send.
 * Time is real: waiting is for what the program does.
 */
#include "tests/support/program.h"

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

/* An automatic clock and a queue that is empty. */
static int start(void **state)
{
    static const char *const options[] = {"--request-timeout", "300ms", "--idle-timeout", "1s",
                                          NULL};
    (void)state;
    program_start(&program, options);
    free(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=q", NULL));
    free(ask_once(&program, "POST", "/_emulator/clock/auto", NULL));
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return program_stop(&program);
}

static const char head[] = "POST / HTTP/1.1\r\nHost: h\r\n";
static const char body[] =
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\nAction=";
static const char chunks[] =
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nAction=\r\n";

/* An automatic clock jumps when no request is being read. */
static void check_that_time_passes(const char *what)
{
    int fd = program_connect(&program);
    send_request(fd, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30", NULL);
    expect_response(what, fd, 200, "(10200)no message");
    close(fd);
}

static void requests_have_to_come_whole(void **state)
{
    static const char *const beginnings[] = {"GET / HTTP/1.1\r\n", head, body, chunks};
    (void)state;
    for (int later = 0; later < 2; later++) {
        for (size_t i = 0; i < COUNT(beginnings); i++) {
            int fd = program_connect(&program);
            if (later)
                free(ask(fd, "GET", "/_emulator/health", NULL));
            send_text(fd, beginnings[i]);
            check_that_time_passes(beginnings[i]);
            expect_response(beginnings[i], fd, 408, "\"code\":\"request-timeout\"");
            assert_true(is_closed(fd));
            close(fd);
        }
    }
}

/* libmicrohttpd reads no more of a chunk whose size has no end when its buffer is full. */
static void what_is_not_read_any_more_is_cut(void **state)
{
    enum { LEN = 100000 };
    char *extension = malloc(LEN);
    (void)state;
    assert_non_null(extension);
    memset(extension, 'e', LEN);
    int fd = program_connect(&program);
    free(ask(fd, "GET", "/_emulator/health", NULL));
    int before = program_descriptors(&program);
    send_text(fd, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;");
    send_bytes(fd, extension, LEN);
    expect_response("a chunk", fd, 408, "request-timeout");
    check_that_time_passes("a chunk");
    for (int tries = 0; program_descriptors(&program) >= before && tries < 100000; tries++)
        free(ask_once(&program, "GET", "/_emulator/health", NULL));
    assert_true(program_descriptors(&program) < before);
    close(fd);
    free(extension);
}

/* Returns whether it is closed before long. */
static bool is_closed_while_sending(const char *text, const char *piece)
{
    int fd = program_connect(&program);
    bool closed = false;
    send_text(fd, text);
    for (int i = 0; i < 1000000 && !closed; i++) {
        free(ask_once(&program, "GET", "/_emulator/health", NULL));
        closed = send(fd, piece, strlen(piece), MSG_NOSIGNAL | MSG_DONTWAIT) <= 0;
    }
    close(fd);
    return closed;
}

static void those_who_go_on_and_on_are_cut(void **state)
{
    (void)state;
    assert_true(is_closed_while_sending(body, "a"));
    assert_true(is_closed_while_sending(head, "X:\r\n"));
    assert_true(is_closed_while_sending(chunks, "1\r\na\r\n"));
}

/* A request that has no first line yet holds a connection, and no clock. */
static void those_who_do_not_come_to_the_point_are_cut(void **state)
{
    (void)state;
    assert_true(is_closed_while_sending("GET /", "a"));
    assert_true(is_closed_while_sending("", "\r\n"));
    assert_true(
        is_closed_while_sending("GET /_emulator/health HTTP/1.1\r\nHost: h\r\n\r\nG", "a"));
}

/* The time is for one request, and waiting for its answer is not counted. */
static void what_comes_whole_has_all_the_time(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    free(ask_once(&program, "POST", "/_emulator/clock/freeze", NULL));
    for (int i = 0; i < 3; i++) {
        send_text(fd, head);
        send_text(fd, "Content-Length: 54\r\n\r\nAction=ReceiveMessage&queueName=q&");
        send_text(fd, "pollingWaitSeconds=1");
        expect_response("a poll of a second", fd, 200, "");
    }
    close(fd);
    free(ask_once(&program, "POST", "/_emulator/clock/auto", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_have_to_come_whole),
        cmocka_unit_test(what_is_not_read_any_more_is_cut),
        cmocka_unit_test(those_who_go_on_and_on_are_cut),
        cmocka_unit_test(those_who_do_not_come_to_the_point_are_cut),
        cmocka_unit_test(what_comes_whole_has_all_the_time),
    };
    return cmocka_run_group_tests_name("slow", tests, start, finish);
}
