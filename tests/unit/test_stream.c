/* Streams of events on the wire: when they are sent, and how they end. */
#include "tests/support/program.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct program program;

static int start(void **state)
{
    static const char *const options[] = {NULL};
    (void)state;
    program_start(&program, options);
    check_answer(ask_once(&program, "POST", "/_emulator/clock/freeze", NULL), "\"frozen\"");
    check_answer(ask_once(&program, "GET", "/?Action=CreateQueue&queueName=q", NULL),
                 "\"code\":0");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return program_stop(&program);
}

/* Read until this comes, or the end; what was read is in text. */
static bool read_until(int fd, const char *part, char *text, size_t room)
{
    enum { PATIENCE_MS = 20000 };
    size_t len = 0;
    text[0] = '\0';
    while (strstr(text, part) == NULL) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (len + 1 == room || poll(&p, 1, PATIENCE_MS) <= 0)
            fail_msg("no %s in %s", part, text);
        ssize_t n = read(fd, text + len, room - len - 1);
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
    }
    return true;
}

static int open_stream(char *text, size_t room)
{
    int fd = program_connect(&program);
    send_request(fd, "GET", "/_emulator/events", NULL);
    assert_true(read_until(fd, "\"signatures\":true}\n\n", text, room));
    return fd;
}

static char text[1 << 18];

static void events_come_as_they_happen(void **state)
{
    (void)state;
    int fd = open_stream(text, sizeof text);
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: text/event-stream\r\n"));
    assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(text, "\r\nTransfer-Encoding: chunked\r\n"));
    for (int i = 0; i < 3; i++) {
        check_answer(ask_once(&program, "GET",
                              "/?Action=SendMessage&queueName=q&msgBody=a&delaySeconds=1",
                              NULL),
                     "\"code\":0");
        assert_true(read_until(fd, "event: request\n", text, sizeof text));
        check_answer(ask_once(&program, "POST", "/_emulator/clock/advance?by=1s", NULL),
                     "\"fired\":1");
        assert_true(read_until(fd, "event: fired\n", text, sizeof text));
    }
    close(fd);
}

/* The connection is used again when the stream has ended. */
static void the_connection_goes_on(void **state)
{
    (void)state;
    int fd = program_connect(&program);
    send_request(fd, "GET", "/_emulator/events?for=0", NULL);
    assert_true(read_until(fd, "0\r\n\r\n", text, sizeof text));
    check_answer(ask(fd, "GET", "/_emulator/clock", NULL), "\"frozen\"");
    send_request(fd, "GET", "/_emulator/events?for=10ms", NULL);
    assert_true(read_until(fd, "0\r\n\r\n", text, sizeof text));
    close(fd);
}

/* To a client of HTTP/1.0, which knows no chunks, the end of the connection is the end. */
static void an_old_client_gets_no_chunks(void **state)
{
    static const char *const requests[] = {
        "GET /_emulator/events?for=0 HTTP/1.0\r\n\r\n",
        "GET /_emulator/events?for=0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int fd = program_connect(&program);
        send_text(fd, requests[i]);
        assert_false(read_until(fd, "nothing of that kind", text, sizeof text));
        const char *body = strstr(text, "\r\n\r\n");
        const char *last = strstr(text, "\"signatures\":true}\n\n");
        assert_null(strcasestr(text, "\r\nTransfer-Encoding:"));
        assert_non_null(strcasestr(text, "\r\nConnection: close\r\n"));
        assert_non_null(body);
        assert_int_equal(strncmp(body, "\r\n\r\nevent: clock\n", 17), 0);
        assert_non_null(last);
        assert_string_equal(last, "\"signatures\":true}\n\n");
        close(fd);
    }
}

/* Nothing is behind the head, and the stream is nobody's. */
static void a_head_has_no_body(void **state)
{
    (void)state;
    int fd = program_connect(&program);
    send_text(fd, "HEAD /_emulator/events HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_false(read_until(fd, "nothing of that kind", text, sizeof text));
    assert_non_null(strstr(text, " 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: text/event-stream\r\n"));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
}

/* In a program to which nobody else is connected. */
static void who_has_gone_is_noticed(void **state)
{
    enum { MANY = 20 };
    int fds[MANY];
    static const char *const options[] = {NULL};
    struct program kept = program;
    (void)state;
    program_start(&program, options);
    int fd = program_connect(&program);
    free(ask(fd, "GET", "/_emulator/health", NULL)); /* its start is over */
    int before = program_descriptors(&program);
    for (int i = 0; i < MANY; i++)
        fds[i] = open_stream(text, sizeof text);
    for (int i = 0; i < MANY; i++) {
        if (i % 2 == 0)
            assert_int_equal(shutdown(fds[i], SHUT_WR), 0);
        if (i % 2 == 0)
            assert_false(read_until(fds[i], "nothing of that kind", text, sizeof text));
        close(fds[i]);
    }
    await_descriptors(&program, "readers have gone", before);
    close(fd);
    assert_int_equal(program_stop(&program), 0);
    program = kept;
}

/* Who does not read holds up nobody, and what is kept for it is bounded. */
static void who_does_not_read_is_not_waited_for(void **state)
{
    enum { SLOW = 8, CALLS = 3000 };
    int slow[SLOW], small = 4096;
    (void)state;
    for (int i = 0; i < SLOW; i++) {
        slow[i] = program_connect(&program);
        (void)setsockopt(slow[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        send_request(slow[i], "GET", "/_emulator/events", NULL);
    }
    int quick = open_stream(text, sizeof text);
    int fd = program_connect(&program);
    for (int i = 0; i < CALLS; i++)
        check_answer(
            ask(fd, "GET",
                "/?Action=SendMessage&queueName=q&msgBody=0123456789012345678901234567", NULL),
            "\"code\":0");
    close(fd);
    assert_true(read_until(quick, "event: request\n", text, sizeof text));
    close(quick);
    for (int i = 0; i < SLOW; i++)
        close(slow[i]);
}

static void the_end_of_the_program_ends_streams(void **state)
{
    struct program other;
    static const char *const options[] = {NULL};
    (void)state;
    struct program kept = program;
    program_start(&other, options);
    program = other;
    int idle = open_stream(text, sizeof text);
    int unread = program_connect(&program);
    send_request(unread, "GET", "/_emulator/events", NULL);
    kill(other.pid, SIGTERM);
    assert_true(read_until(idle, "0\r\n\r\n", text, sizeof text));
    assert_int_equal(program_stop(&other), 0);
    program = kept;
    close(idle);
    close(unread);
}

/* The namespace of a stream goes, and the stream with it. */
static void a_drop_ends_the_stream(void **state)
{
    (void)state;
    check_answer(ask_once(&program, "POST", "/_emulator/namespaces", "{\"name\":\"other\"}"),
                 "other");
    int fd = program_connect(&program);
    send_request(fd, "GET", "/_emulator/events?namespace=other", NULL);
    assert_true(read_until(fd, "\"signatures\":true}\n\n", text, sizeof text));
    check_answer(ask_once(&program, "DELETE", "/_emulator/namespaces/other", NULL), "other");
    assert_true(read_until(fd, "0\r\n\r\n", text, sizeof text));
    assert_non_null(strstr(text, "event: reload\ndata: {\"why\":\"gone\"}\n\n"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_as_they_happen),
        cmocka_unit_test(the_connection_goes_on),
        cmocka_unit_test(an_old_client_gets_no_chunks),
        cmocka_unit_test(a_head_has_no_body),
        cmocka_unit_test(who_has_gone_is_noticed),
        cmocka_unit_test(who_does_not_read_is_not_waited_for),
        cmocka_unit_test(the_end_of_the_program_ends_streams),
        cmocka_unit_test(a_drop_ends_the_stream),
    };
    return cmocka_run_group_tests_name("stream", tests, start, finish);
}
