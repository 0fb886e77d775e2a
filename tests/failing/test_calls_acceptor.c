/* The acceptor while system calls fail: the program is linked with --wrap=accept4 and
 * --wrap=epoll_ctl. Time is a variable. */
#include "server/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PATIENCE_MS = 1000, NOW_MS = 5000, RETRY_MS = 50, ROOM = 10 };

static struct acceptor *acceptor;
static struct sockaddr_in addresses[2];
static int handed_on;

/* ---- calls that fail ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker makes these names */
int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __real_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct {
    int accept_error, accept_failures; /* the next ones */
    int accepts;
    int add_succeed, add_failures; /* of EPOLL_CTL_ADD: those that fail come after these */
} broken;

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    broken.accepts++;
    if (broken.accept_failures == 0)
        return __real_accept4(fd, address, len, flags);
    broken.accept_failures--;
    errno = broken.accept_error;
    return -1;
}

int __wrap_epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event)
{
    if (what != EPOLL_CTL_ADD || broken.add_failures == 0 || broken.add_succeed-- > 0)
        return __real_epoll_ctl(epoll_fd, what, fd, event);
    broken.add_succeed = 0;
    broken.add_failures--;
    errno = ENOSPC;
    return -1;
}

/* ---- the acceptor ---- */

static void hand_on(void *context, bool tls, int fd, const struct sockaddr *from, socklen_t len)
{
    (void)context;
    (void)tls;
    (void)from;
    (void)len;
    close(fd);
    handed_on++;
}

static void note(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static int listen_at(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *at =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
    return fd;
}

static int start(void **state)
{
    static const struct gate gate;
    struct acceptor_config config = {
        .listeners = {.count = 2},
        .patience_ms = PATIENCE_MS,
        .gate = &gate,
        .hand_on = hand_on,
        .note = note,
    };
    (void)state;
    memset(&broken, 0, sizeof broken);
    handed_on = 0;
    for (size_t i = 0; i < 2; i++)
        config.listeners.all[i] = (struct listener){listen_at(&addresses[i]), false, 0};
    acceptor = acceptor_new(&config);
    return acceptor != NULL ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    acceptor_free(acceptor);
    return 0;
}

/* A connection to one of the ports, which says something. */
static int speak(size_t port, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addresses[port], sizeof addresses[port]),
                     0);
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    return fd;
}

static bool has_work(void)
{
    struct pollfd p = {.fd = acceptor_fd(acceptor), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void run(cmq_ms now_ms)
{
    acceptor_run(acceptor, now_ms, ROOM);
}

/* ---- tests ---- */

/* Of descriptors, of memory, or of a kind that nobody has thought of: the loop is not woken for
 * nothing meanwhile, and is woken for another try. */
static void tries_again_after_a_moment(void **state)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL, EIO};
    (void)state;
    int fd = speak(0, "GET / HTTP/1.1\r\n");
    for (size_t i = 0; i < COUNT(errors); i++) {
        cmq_ms now_ms = NOW_MS + (cmq_ms)i * 1000;
        broken.accept_error = errors[i];
        broken.accept_failures = 1;
        run(now_ms);
        assert_int_equal(broken.accept_failures, 0);
        assert_int_equal(handed_on, (int)i);
        assert_false(has_work());
        assert_true(acceptor_wake_ms(acceptor) == now_ms + RETRY_MS);
        run(now_ms + RETRY_MS);
        assert_int_equal(handed_on, (int)i + 1);
        assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
        close(fd);
        fd = speak(i % 2, "GET / HTTP/1.1\r\n");
        assert_true(has_work());
    }
    close(fd);
}

static void goes_on_trying(void **state)
{
    (void)state;
    int fd = speak(1, "GET / HTTP/1.1\r\n");
    broken.accept_error = EMFILE;
    broken.accept_failures = 100;
    for (cmq_ms now_ms = NOW_MS; broken.accept_failures > 0; now_ms += RETRY_MS) {
        broken.accepts = 0;
        run(now_ms);
        assert_int_equal(broken.accepts, 1);
        assert_false(has_work());
        assert_true(acceptor_wake_ms(acceptor) == now_ms + RETRY_MS);
    }
    run(NOW_MS + 1000000);
    assert_int_equal(handed_on, 1);
    close(fd);
}

/* What has become of one connection says nothing of the next. */
static void passes_over_those_that_have_gone(void **state)
{
    static const int errors[] = {EINTR, ECONNABORTED, EPROTO, ENETDOWN,
                                 EPERM, EHOSTUNREACH, ENONET, EOPNOTSUPP};
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        int fd = speak(i % 2, "GET / HTTP/1.1\r\n");
        broken.accept_error = errors[i];
        broken.accept_failures = 3;
        run(NOW_MS);
        assert_int_equal(handed_on, (int)i + 1);
        assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
        close(fd);
    }
}

/* But if they all have, it is more likely that nothing works. */
static void does_not_spin_on_those_that_have_gone(void **state)
{
    (void)state;
    int fd = speak(0, "GET / HTTP/1.1\r\n");
    broken.accept_error = EPERM;
    broken.accept_failures = 1000000;
    run(NOW_MS);
    assert_true(broken.accepts <= ROOM);
    assert_false(has_work());
    assert_true(acceptor_wake_ms(acceptor) == NOW_MS + RETRY_MS);
    broken.accept_failures = 0;
    run(NOW_MS + RETRY_MS);
    assert_int_equal(handed_on, 1);
    close(fd);
}

/* The listening sockets are watched again; and that fails for one, or the other. */
static void watches_again_after_a_moment(void **state)
{
    (void)state;
    for (int succeed = 0; succeed < 2; succeed++) {
        int fd = speak(0, "GET / HTTP/1.1\r\n");
        broken.accept_error = EMFILE;
        broken.accept_failures = 1;
        run(NOW_MS);
        broken.add_succeed = succeed;
        broken.add_failures = 1;
        run(NOW_MS + RETRY_MS);
        assert_int_equal(broken.add_failures, 0);
        assert_int_equal(handed_on, 2 * succeed + 1);
        int other = speak(0, "GET / HTTP/1.1\r\n");
        assert_false(has_work());
        assert_true(acceptor_wake_ms(acceptor) == NOW_MS + 2 * RETRY_MS);
        run(NOW_MS + 2 * RETRY_MS);
        assert_int_equal(handed_on, 2 * succeed + 2);
        assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
        close(fd);
        close(other);
    }
}

/* One that has said nothing yet, and cannot be watched, is closed. */
static void closes_what_it_cannot_watch(void **state)
{
    char byte;
    (void)state;
    int fd = speak(0, ""); /* which says nothing */
    broken.add_failures = 1;
    run(NOW_MS);
    assert_int_equal(broken.add_failures, 0);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    int other = speak(0, "GET / HTTP/1.1\r\n");
    run(NOW_MS);
    assert_int_equal(handed_on, 1);
    close(fd);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tries_again_after_a_moment, start, finish),
        cmocka_unit_test_setup_teardown(goes_on_trying, start, finish),
        cmocka_unit_test_setup_teardown(passes_over_those_that_have_gone, start, finish),
        cmocka_unit_test_setup_teardown(does_not_spin_on_those_that_have_gone, start, finish),
        cmocka_unit_test_setup_teardown(watches_again_after_a_moment, start, finish),
        cmocka_unit_test_setup_teardown(closes_what_it_cannot_watch, start, finish),
    };
    return cmocka_run_group_tests_name("system calls of the acceptor", tests, NULL, NULL);
}
