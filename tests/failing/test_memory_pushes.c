/* Pushes, short of memory: in the emulator, and in libcurl. The pusher runs here, the endpoint is
 * played by the test, and virtual time stands. */
#include "tests/failing/every.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"

#include "server/pusher.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct options options;
static struct realclock real;
static struct pusher *pusher;

/* ---- libcurl's memory ---- */

static void *take(size_t size)
{
    return malloc(size);
}

static void give(void *memory)
{
    free(memory);
}

static void *retake(void *memory, size_t size)
{
    return realloc(memory, size);
}

static char *copy(const char *text)
{
    return strdup(text);
}

static void *take_zeroed(size_t count, size_t size)
{
    return calloc(count, size);
}

/* ---- epoll ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker makes these names */
int __real_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct {
    int at, seen; /* the n-th that adds or changes something fails; 0: none */
} failing_watches;

int __wrap_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event)
{
    if (what != EPOLL_CTL_DEL && ++failing_watches.seen == failing_watches.at) {
        errno = ENOSPC;
        return -1;
    }
    return __real_epoll_ctl(epoll_fd, what, fd, event);
}

/* ---- the endpoint ---- */

/* It never waits: a client may open a connection, and then not have the memory to go on. */
static struct {
    int listener, fd; /* fd: the connection that was opened last; -1: none */
    int port;
    char request[4096];
    size_t len;
} endpoint;

static void endpoint_open(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    endpoint.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    endpoint.fd = -1;
    assert_int_equal(bind(endpoint.listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(endpoint.listener, 16), 0);
    assert_int_equal(getsockname(endpoint.listener, (struct sockaddr *)&at, &len), 0);
    endpoint.port = ntohs(at.sin_port);
}

static void endpoint_close(void)
{
    if (endpoint.fd >= 0)
        close(endpoint.fd);
    close(endpoint.listener);
}

static bool has_come_whole(void)
{
    static const char length[] = "Content-Length: ";
    endpoint.request[endpoint.len] = '\0';
    const char *end = strstr(endpoint.request, "\r\n\r\n");
    const char *body_len = strstr(endpoint.request, length);
    return end != NULL && body_len != NULL &&
           endpoint.len >= (size_t)(end + 4 - endpoint.request) +
                               strtoul(body_len + sizeof length - 1, NULL, 10);
}

/* Whether a request has come, and was answered. */
static bool endpoint_answer(void)
{
    int fd = accept(endpoint.listener, NULL, NULL);
    if (fd >= 0) {
        if (endpoint.fd >= 0)
            close(endpoint.fd);
        endpoint.fd = fd;
        endpoint.len = 0;
    }
    if (endpoint.fd < 0)
        return false;
    ssize_t n = recv(endpoint.fd, endpoint.request + endpoint.len,
                     sizeof endpoint.request - 1 - endpoint.len, MSG_DONTWAIT);
    if (n <= 0)
        return false;
    endpoint.len += (size_t)n;
    if (!has_come_whole())
        return false;
    assert_int_equal(strncmp(endpoint.request, "POST /p?a=b HTTP/1.1\r\n", 22), 0);
    assert_non_null(strstr(endpoint.request, "\r\nx-cmq-message-id: "));
    assert_non_null(strstr(endpoint.request, "hello"));
    assert_null(strstr(endpoint.request, "\r\nExpect:"));
    assert_int_equal(send(endpoint.fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL),
                     (ssize_t)sizeof ANSWER - 1);
    endpoint.len = 0;
    return true;
}

/* ---- the pusher ---- */

static void open_all(void)
{
    char target[256];
    start_service(8);
    realclock_start(&real);
    pusher = pusher_new(&service, &options, &real);
    assert_non_null(pusher);
    endpoint_open();
    post("/_emulator/clock/freeze", "", "frozen");
    get("/?Action=CreateTopic&topicName=t", "\"code\":0");
    snprintf(target, sizeof target,
             "/?Action=Subscribe&topicName=t&subscriptionName=s&protocol=http"
             "&endpoint=http://127.0.0.1:%d/p?a=b",
             endpoint.port);
    get(target, "\"code\":0");
}

static void close_all(void)
{
    pusher_free(pusher);
    endpoint_close();
    stop_service();
}

/* A byte on any side, or the pusher's own timer. */
static void wait_for_something(void)
{
    enum { GUARD_MS = 1000 };
    struct pollfd p[] = {{.fd = pusher_fd(pusher), .events = POLLIN},
                         {.fd = endpoint.listener, .events = POLLIN},
                         {.fd = endpoint.fd, .events = POLLIN}};
    cmq_ms wait_ms = pusher_wake_ms(pusher) - realclock_now_ms(&real);
    if (wait_ms > 0)
        (void)poll(p, 3, wait_ms < GUARD_MS ? (int)wait_ms : GUARD_MS);
}

/* Until the attempt is over. Returns how many requests came. Memory is scarce for the emulator and
 * for libcurl alone. */
static size_t run_pusher(size_t fail_at, bool all, size_t *asked)
{
    size_t came = 0;
    *asked = 0;
    scarce_begin(fail_at, all);
    while (!pusher_is_idle(pusher)) {
        bool more = pusher_run(pusher, true);
        (void)scarce_pause();
        came += endpoint_answer();
        if (!more && !pusher_is_idle(pusher))
            wait_for_something();
        scarce_go_on();
    }
    *asked = scarce_end();
    return came;
}

static size_t pending(void)
{
    static const char key[] = "\"pending\":";
    get("/_emulator/topics/t", key);
    return strtoul(strstr(answer_text(), key) + strlen(key), NULL, 10);
}

/* Publish, and let the n-th request for memory fail; returns how many there were. The message is
 * delivered at once, or by the next attempt. */
static size_t push_once(size_t n, bool all)
{
    size_t asked;
    get("/?Action=PublishMessage&topicName=t&msgBody=hello", "\"code\":0");
    size_t came = run_pusher(n, all, &asked);
    if (pending() == 0) {
        assert_int_equal(came, 1);
        return asked;
    }
    size_t again;
    park(0, "POST", "/_emulator/clock/step", "", FOR_MOVE);
    came = run_pusher(0, false, &again);
    expect_answered(0, 200, "\"fired\":1");
    exchange_free(&parked[0]);
    assert_int_equal(came, 1);
    if (pending() != 0)
        fail_msg("with %zu: %s", n, answer_text());
    return asked;
}

/* With a pusher that begins, and one that has delivered before: then there are a handle and a
 * connection that it takes again. */
static void fail_each(bool warm, bool all)
{
    size_t n = 0;
    for (size_t asked = 0; n <= asked;) {
        size_t held = scarce_held();
        open_all();
        if (warm)
            push_once(0, false);
        asked = push_once(++n, all);
        push_once(0, false);
        close_all();
        assert_int_equal(scarce_held(), held);
    }
    every_count(n);
}

static void the_first_push(void **state)
{
    (void)state;
    fail_each(false, false);
    fail_each(false, true);
}

static void a_further_push(void **state)
{
    (void)state;
    fail_each(true, false);
    fail_each(true, true);
}

/* Each socket, as it is watched for the first time, and for something else. */
static void a_socket_that_is_not_watched(void **state)
{
    int at = 0;
    (void)state;
    do {
        open_all();
        failing_watches.at = ++at;
        failing_watches.seen = 0;
        push_once(0, false);
        failing_watches.at = 0;
        close_all();
    } while (failing_watches.seen >= at);
    assert_true(at > 2);
}

static int start(void **state)
{
    static char name[] = "cmq-emulator";
    char *argv[] = {name, NULL};
    (void)state;
    scarce_init();
    if (curl_global_init_mem(CURL_GLOBAL_NOTHING, take, give, retake, copy, take_zeroed) !=
        CURLE_OK)
        return -1;
    return options_read(&options, 1, argv, stderr) == OPTIONS_RUN ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    curl_global_cleanup();
    every_report("pushes");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_push),
        cmocka_unit_test(a_further_push),
        cmocka_unit_test(a_socket_that_is_not_watched),
    };
    return cmocka_run_group_tests_name("memory of pushes", tests, start, finish);
}
