/* Long answers on the wire: bodies that are lent to them, in pieces, to readers of every kind. */
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

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { LENGTH = 1 << 18, MESSAGES = 16 };

static struct program program;

/* A body of 256 KiB, of which each byte is longer in an answer. */
static const struct kind {
    const char *queue, *sent; /* one byte, as a form has it */
    const char *received;     /* the same in an answer */
} control = {"control", "%01", "\\u0001"}, invalid = {"invalid", "%FF", "\xef\xbf\xbd"};

static void fill(const struct kind *k)
{
    static char form[3 * LENGTH + 256];
    char target[128];
    snprintf(target, sizeof target, "/?Action=CreateQueue&queueName=%s&maxMsgSize=1048576",
             k->queue);
    check_answer(ask_once(&program, "GET", target, NULL), "\"code\":0");
    int len = snprintf(form, sizeof form, "Action=SendMessage&queueName=%s&msgBody=", k->queue);
    for (size_t i = 0; i < LENGTH; i++, len += 3)
        memcpy(form + len, k->sent, 3);
    form[len] = '\0';
    int fd = program_connect(&program);
    for (size_t i = 0; i < MESSAGES; i++)
        check_answer(ask(fd, "POST", "/", form), "\"code\":0");
    close(fd);
}

static int start(void **state)
{
    static const char *const options[] = {NULL};
    (void)state;
    program_start(&program, options);
    free(ask_once(&program, "POST", "/_emulator/clock/freeze", NULL));
    fill(&control);
    fill(&invalid);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return program_stop(&program);
}

/* Those received become active again. */
static int prepare(void **state)
{
    (void)state;
    free(ask_once(&program, "POST", "/_emulator/clock/advance?by=30s", NULL));
    return 0;
}

/* How often the text occurs without a gap from at on. */
static size_t run_of(const char *at, const char *text)
{
    size_t n = 0;
    for (size_t len = strlen(text); strncmp(at, text, len) == 0; at += len)
        n++;
    return n;
}

/* All bodies are complete in an answer, and what lies between them is JSON. */
static void check_bodies(const char *answer, const struct kind *k, size_t count)
{
    static const char key[] = "\"msgBody\":\"";
    size_t bodies = 0;
    for (const char *at = answer; (at = strstr(at, key)) != NULL; bodies++) {
        at += strlen(key);
        size_t run = run_of(at, k->received);
        assert_int_equal(run, LENGTH);
        at += run * strlen(k->received);
        assert_true(strncmp(at, "\",\"", 3) == 0);
    }
    assert_int_equal(bodies, count);
    assert_int_equal(answer[strlen(answer) - 1], '}');
}

static void check_listing(int fd, const struct kind *k)
{
    char target[64];
    snprintf(target, sizeof target, "/_emulator/queues/%s/messages", k->queue);
    char *answer = ask(fd, "GET", target, NULL);
    check_bodies(answer, k, MESSAGES);
    free(answer);
}

/* Connections are kept after such an answer. */
static void sends_all_of_it(void **state)
{
    int fd = program_connect(&program);
    (void)state;
    for (int i = 0; i < 2; i++) {
        char *answer =
            ask(fd, "GET", "/?Action=BatchReceiveMessage&queueName=control&numOfMsg=9", NULL);
        check_bodies(answer, &control, i == 0 ? 9 : MESSAGES - 9);
        free(answer);
        check_listing(fd, &control);
    }
    check_listing(fd, &invalid);
    check_answer(ask(fd, "GET", "/?Action=ListQueue", NULL), "\"totalCount\":2");
    close(fd);
}

static void writes_base64_beside_what_is_no_utf8(void **state)
{
    static const char key[] = "\"msgBodyBase64\":\"";
    char *answer =
        ask_once(&program, "GET", "/_emulator/queues/invalid/messages?limit=1", NULL);
    const char *at = strstr(answer, key);
    (void)state;
    assert_non_null(at);
    at += strlen(key);
    assert_int_equal(run_of(at, "////"), LENGTH / 3);
    assert_true(strncmp(at + (size_t)LENGTH / 3 * 4, "/w==\",\"", 7) == 0);
    free(answer);
}

static void serves_pipelined_requests_behind_it(void **state)
{
    int fd = program_connect(&program);
    struct response r;
    (void)state;
    send_text(fd, "GET /_emulator/queues/control/messages HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /?Action=ListQueue HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /_emulator/queues/invalid/messages HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(read_response(fd, &r));
    check_bodies(r.body, &control, MESSAGES);
    response_free(&r);
    expect_response("the one behind it", fd, 200, "\"totalCount\":2");
    assert_true(read_response(fd, &r));
    check_bodies(r.body, &invalid, MESSAGES);
    response_free(&r);
    close(fd);
}

static void tells_its_length(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    (void)state;
    send_text(fd, "GET /_emulator/queues/control/messages HTTP/1.0\r\n\r\n");
    assert_true(read_response(fd, &r));
    check_bodies(r.body, &control, MESSAGES);
    assert_true(is_closed(fd));
    response_free(&r);
    close(fd);
}

/* More than get a piece in one turn of the loop: each is put off again and again. */
static void sends_many_at_a_time(void **state)
{
    enum { READERS = 60 };
    int fds[READERS];
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        fds[i] = program_connect(&program);
        send_request(fds[i], "GET", "/_emulator/queues/control/messages?limit=2", NULL);
    }
    for (size_t i = 0; i < READERS; i++) {
        struct response r;
        assert_true(read_response(fds[i], &r));
        check_bodies(r.body, &control, 2);
        response_free(&r);
        close(fds[i]);
    }
}

/* In KiB. */
static long memory_of_program(void)
{
    char path[32], line[128];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)program.pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(f);
    assert_true(kib > 0);
    return kib;
}

/* Each answer has 24 MiB. Clients that vanish are told apart by what they leave unread. */
static void keeps_little_for_those_who_do_not_read(void **state)
{
    enum { CLIENTS = 100, MOST_KIB = 64 * 1024 };
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int fds[CLIENTS];
    long before = memory_of_program();
    (void)state;
    for (size_t i = 0; i < CLIENTS; i++) {
        fds[i] = program_connect(&program);
        send_request(fds[i], "GET", "/_emulator/queues/control/messages", NULL);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        char begin[16];
        assert_int_equal(recv(fds[i], begin, sizeof begin, MSG_WAITALL), sizeof begin);
    }
    assert_true(memory_of_program() - before < MOST_KIB);
    check_answer(ask_once(&program, "GET", "/?Action=ListQueue", NULL), "\"totalCount\":2");
    for (size_t i = 0; i < CLIENTS; i++) {
        if (i % 2 == 0)
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fds[i]);
    }
    check_answer(ask_once(&program, "GET", "/_emulator/health", NULL), "\"ok\"");
}

/* While the program stands, a client gets no more than the kernel has taken of its answer. Others
 * are served for some turns before, in which it could have taken all. */
static void runs_little_ahead_of_a_reader(void **state)
{
    enum { TURNS = 100, MOST = 1 << 20 };
    static char bytes[MOST];
    size_t count = 0;
    int fd = program_connect(&program);
    (void)state;
    send_request(fd, "GET", "/_emulator/queues/control/messages", NULL);
    for (int i = 0; i < TURNS; i++)
        check_answer(ask_once(&program, "GET", "/_emulator/health", NULL), "\"ok\"");
    assert_int_equal(kill(program.pid, SIGSTOP), 0);
    for (struct pollfd p = {.fd = fd, .events = POLLIN}; poll(&p, 1, 100) > 0;) {
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        assert_true(n > 0);
        count += (size_t)n;
    }
    assert_int_equal(kill(program.pid, SIGCONT), 0);
    assert_in_range(count, 1, MOST);
    close(fd);
}

/* What is being sent stays as it was, whatever becomes of the messages. */
static void outlives_its_messages(void **state)
{
    struct response r;
    int fd = program_connect(&program);
    char begin[1];
    (void)state;
    send_request(fd, "GET", "/_emulator/queues/control/messages", NULL);
    assert_int_equal(recv(fd, begin, sizeof begin, MSG_PEEK), sizeof begin);
    check_answer(ask_once(&program, "DELETE", "/_emulator/queues/control/messages", NULL),
                 "\"purged\":16");
    check_answer(ask_once(&program, "POST", "/_emulator/reset", NULL), "\"reset\"");
    assert_true(read_response(fd, &r));
    check_bodies(r.body, &control, MESSAGES);
    response_free(&r);
    close(fd);
}

/* The last test: many are on their way, some of them put off. */
static void stops_in_the_midst_of_them(void **state)
{
    enum { CLIENTS = 60 };
    int fds[CLIENTS];
    (void)state;
    fill(&control);
    for (size_t i = 0; i < CLIENTS; i++) {
        fds[i] = program_connect(&program);
        send_request(fds[i], "GET", "/_emulator/queues/control/messages", NULL);
    }
    assert_int_equal(program_stop(&program), 0);
    for (size_t i = 0; i < CLIENTS; i++)
        close(fds[i]);
    assert_int_equal(start(state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sends_all_of_it, prepare),
        cmocka_unit_test_setup(writes_base64_beside_what_is_no_utf8, prepare),
        cmocka_unit_test_setup(serves_pipelined_requests_behind_it, prepare),
        cmocka_unit_test_setup(tells_its_length, prepare),
        cmocka_unit_test_setup(sends_many_at_a_time, prepare),
        cmocka_unit_test_setup(keeps_little_for_those_who_do_not_read, prepare),
        cmocka_unit_test_setup(runs_little_ahead_of_a_reader, prepare),
        cmocka_unit_test_setup(outlives_its_messages, prepare),
        cmocka_unit_test(stops_in_the_midst_of_them),
    };
    return cmocka_run_group_tests_name("answers", tests, start, finish);
}
