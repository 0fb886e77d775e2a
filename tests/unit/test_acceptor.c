/* Connections that have not spoken: how long they may, how many there may be. Time is a
 * variable. */
#include "server/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 1000, BEGUN_MS = 5000, GUARD_MS = 10000 };

static struct acceptor *acceptor;
static struct sockaddr_in address;
static int handed_on;

static void hand_on(void *context, int fd, const struct sockaddr *from, socklen_t len)
{
    (void)context;
    (void)from;
    (void)len;
    close(fd);
    handed_on++;
}

static void note(void *context, const char *text)
{
    (void)context;
    fail_msg("noted: %s", text);
}

static int start(void **state)
{
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)state;
    address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    handed_on = 0;
    acceptor = acceptor_new(&(struct acceptor_config){
        .listen_fd = fd, .patience_ms = PATIENCE_MS, .hand_on = hand_on, .note = note});
    return acceptor != NULL ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    acceptor_free(acceptor);
    return 0;
}

static int connect_silently(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool has_work(void)
{
    struct pollfd p = {.fd = acceptor_fd(acceptor), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void wait_for_work(void)
{
    struct pollfd p = {.fd = acceptor_fd(acceptor), .events = POLLIN};
    assert_int_equal(poll(&p, 1, GUARD_MS), 1);
}

static void speak(int fd)
{
    assert_int_equal(write(fd, "G", 1), 1);
    wait_for_work();
}

/* The other side never says anything, so there is only its end to read. */
static bool is_open(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

static void the_silent_are_closed_when_their_time_is_over(void **state)
{
    (void)state;
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    int first = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 10);
    int second = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS + 1, 10);
    assert_false(has_work());
    assert_int_equal(acceptor_wake_ms(acceptor), BEGUN_MS + PATIENCE_MS);
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS - 1, 10);
    assert_true(is_open(first));
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS, 10);
    assert_false(is_open(first));
    assert_true(is_open(second));
    assert_int_equal(acceptor_wake_ms(acceptor), BEGUN_MS + PATIENCE_MS + 1);

    speak(second);
    acceptor_run(acceptor, BEGUN_MS + PATIENCE_MS, 10);
    assert_int_equal(handed_on, 1);
    assert_true(acceptor_wake_ms(acceptor) == CMQ_NEVER);
    close(first);
    close(second);
}

/* Those that are silent take room like others, but not from those that come. */
static void the_longest_silent_makes_room(void **state)
{
    (void)state;
    int first = connect_silently();
    int second = connect_silently();
    int third = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_true(is_open(first));
    assert_true(has_work()); /* the third one */
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_false(is_open(first));
    assert_true(is_open(second));
    assert_false(has_work());

    speak(second);
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_int_equal(handed_on, 1);
    speak(third);
    acceptor_run(acceptor, BEGUN_MS, 1);
    assert_int_equal(handed_on, 2);
    close(first);
    close(second);
    close(third);
}

/* A connection that was handed on is not yet among those that the caller counts. */
static void what_is_taken_counts_at_once(void **state)
{
    int fds[5];
    (void)state;
    fds[0] = connect_silently();
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 3);
    for (int i = 1; i < 4; i++) {
        fds[i] = connect_silently();
        assert_int_equal(write(fds[i], "G", 1), 1);
    }
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 3); /* the silent one has a place */
    assert_int_equal(handed_on, 2);

    fds[4] = connect_silently();
    speak(fds[0]);
    acceptor_run(acceptor, BEGUN_MS, 1); /* and keeps it when it has spoken */
    assert_int_equal(handed_on, 3);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
}

/* What has no room is not reported over and over. */
static void no_more_are_taken_than_there_is_room_for(void **state)
{
    (void)state;
    int first = connect_silently();
    int second = connect_silently();
    int third = connect_silently();
    assert_int_equal(write(third, "G", 1), 1);
    speak(first);
    speak(second);
    wait_for_work();
    acceptor_run(acceptor, BEGUN_MS, 2);
    assert_int_equal(handed_on, 2);
    assert_true(acceptor_wants_room(acceptor));
    assert_false(has_work());
    acceptor_run(acceptor, BEGUN_MS, 0);
    assert_int_equal(handed_on, 2);
    assert_false(has_work());
    acceptor_run(acceptor, BEGUN_MS, 1); /* the first one has ended */
    assert_int_equal(handed_on, 3);
    close(first);
    close(second);
    close(third);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
    const struct CMUnitTest tests[] = {
        TEST(the_silent_are_closed_when_their_time_is_over),
        TEST(the_longest_silent_makes_room),
        TEST(what_is_taken_counts_at_once),
        TEST(no_more_are_taken_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
