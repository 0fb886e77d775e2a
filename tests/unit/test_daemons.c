/* Several daemons of libmicrohttpd: how connections are dealt out to them, which are run, and for
 * how long. Sockets are pairs; time is a parameter. */
#include "server/daemons.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 20 * DAEMON_FEW, IDLE_S = 3, AT_ONCE = 0 };

static struct daemons daemons;
static int epoll_fd;
static int started, startable;
static int theirs[MANY]; /* the other ends */
static size_t count;

static void changed(void *context, struct MHD_Connection *connection, void **closure,
                    enum MHD_ConnectionNotificationCode what)
{
    (void)connection;
    (void)closure;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        daemon_gained(context);
    else
        daemon_lost(context);
}

/* NOLINTBEGIN(readability-non-const-parameter): libmicrohttpd says so */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **closure)
/* NOLINTEND(readability-non-const-parameter) */
{
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)closure;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(2, (void *)(uintptr_t) "ok", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static struct MHD_Daemon *start_daemon(void *context, struct daemon *one, bool tls)
{
    (void)context;
    (void)tls;
    if (startable == 0)
        return NULL;
    startable--;
    started++;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
                            0, NULL, NULL, answer, NULL, MHD_OPTION_NOTIFY_CONNECTION, changed,
                            one, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                            MHD_OPTION_END);
}

static int start(void **state)
{
    (void)state;
    started = 0;
    startable = DAEMONS_MAX;
    count = 0;
    epoll_fd = epoll_create1(0);
    return daemons_start(&daemons, false, epoll_fd, start_daemon, NULL) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++)
        close(theirs[i]);
    daemons_stop(&daemons);
    close(epoll_fd);
    return 0;
}

static void connect_some(size_t more)
{
    for (; more > 0; more--, count++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        theirs[count] = ends[1];
        daemons_connect(&daemons, false, ends[0], (struct sockaddr *)&address, sizeof address);
    }
}

static void run_all(void)
{
    daemons_report_all(&daemons);
    daemons_run(&daemons, 0, INT64_MAX);
}

/* How many have answered, of those from the first one on. */
static size_t answered(size_t upto)
{
    size_t n = 0;
    for (size_t i = 0; i < upto; i++) {
        char byte;
        n += recv(theirs[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    }
    return n;
}

static void ask(size_t i)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    assert_int_equal(send(theirs[i], request, sizeof request - 1, 0), sizeof request - 1);
}

/* Report what epoll tells. */
static void report(void)
{
    struct epoll_event events[DAEMONS_MAX];
    int n = epoll_wait(epoll_fd, events, DAEMONS_MAX, 0);
    for (int i = 0; i < n; i++)
        daemons_report(&daemons, events[i].data.u64);
}

static void gives_each_a_few_connections(void **state)
{
    (void)state;
    connect_some(MANY);
    for (size_t i = 0; i < MANY / DAEMON_FEW; i++)
        assert_int_equal(daemons.list[i]->connections, DAEMON_FEW);
    assert_int_equal(started, MANY / DAEMON_FEW);
    assert_int_equal(daemons.used, MANY / DAEMON_FEW);
}

static void fills_the_first_that_has_room(void **state)
{
    (void)state;
    connect_some(3 * DAEMON_FEW);
    run_all();
    close(theirs[DAEMON_FEW]);
    theirs[DAEMON_FEW] = theirs[--count];
    run_all();
    assert_int_equal(daemons.list[1]->connections, DAEMON_FEW - 1);
    connect_some(2);
    assert_int_equal(daemons.list[1]->connections, DAEMON_FEW);
    assert_int_equal(daemons.list[3]->connections, 1);
}

static void stops_those_beyond_that_nobody_uses(void **state)
{
    (void)state;
    connect_some((DAEMONS_KEPT + 2) * DAEMON_FEW);
    run_all();
    for (; count > 0; count--)
        close(theirs[count - 1]);
    run_all();
    assert_int_equal(daemons.used, DAEMONS_KEPT);
    connect_some((DAEMONS_KEPT + 1) * DAEMON_FEW);
    assert_int_equal(daemons.used, DAEMONS_KEPT + 1);
    assert_int_equal(started, DAEMONS_KEPT + 3);
}

static void uses_those_there_are_if_no_other_can_be_started(void **state)
{
    (void)state;
    startable = 1;
    connect_some((DAEMONS_KEPT + 1) * DAEMON_FEW + 5);
    assert_int_equal(daemons.used, DAEMONS_KEPT + 1);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(daemons.list[i]->connections, DAEMON_FEW + 1);
}

static void runs_those_that_have_something(void **state)
{
    (void)state;
    connect_some(3 * DAEMON_FEW);
    run_all();
    while (daemons_are_busy(&daemons))
        daemons_run(&daemons, 0, INT64_MAX);
    ask(1);
    ask(2 * DAEMON_FEW);
    uint64_t runs = daemons.list[1]->runs;
    report();
    daemons_run(&daemons, 0, INT64_MAX);
    assert_int_equal(answered(count), 2);
    assert_int_equal(daemons.list[1]->runs, runs);
}

/* Whatever time there is: one of those that are due, and those that have waited for longer first. */
static void goes_on_later_when_time_is_up(void **state)
{
    (void)state;
    connect_some(4 * DAEMON_FEW);
    run_all();
    while (daemons_are_busy(&daemons))
        daemons_run(&daemons, 0, INT64_MAX);
    for (size_t i = 0; i < count; i++)
        ask(i);
    report();
    for (size_t turn = 1; turn <= 4; turn++) {
        assert_true(daemons_are_busy(&daemons));
        daemons_run(&daemons, 0, AT_ONCE);
        assert_int_equal(answered(count), turn * DAEMON_FEW);
    }
}

static void runs_one_at_its_time_limit(void **state)
{
    (void)state;
    connect_some(1);
    run_all();
    while (daemons_are_busy(&daemons))
        daemons_run(&daemons, 0, INT64_MAX);
    cmq_ms wake_ms = daemons_wake_ms(&daemons);
    assert_in_range(wake_ms, 1, IDLE_S * 1000);
    uint64_t runs = daemons.list[0]->runs;
    daemons_run(&daemons, wake_ms - 1, INT64_MAX);
    assert_int_equal(daemons.list[0]->runs, runs);
    daemons_run(&daemons, wake_ms, INT64_MAX);
    assert_int_equal(daemons.list[0]->runs, runs + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_each_a_few_connections, start, finish),
        cmocka_unit_test_setup_teardown(fills_the_first_that_has_room, start, finish),
        cmocka_unit_test_setup_teardown(stops_those_beyond_that_nobody_uses, start, finish),
        cmocka_unit_test_setup_teardown(uses_those_there_are_if_no_other_can_be_started, start,
                                        finish),
        cmocka_unit_test_setup_teardown(runs_those_that_have_something, start, finish),
        cmocka_unit_test_setup_teardown(goes_on_later_when_time_is_up, start, finish),
        cmocka_unit_test_setup_teardown(runs_one_at_its_time_limit, start, finish),
    };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max; /* for thousands of sockets */
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
