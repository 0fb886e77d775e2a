#include "server/notify.h"
#include "tests/support/program.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];
static int manager; /* the socket that is told */

/* name: as in NOTIFY_SOCKET. */
static void listen_as(const char *name)
{
    const struct timeval patience = {.tv_sec = 20};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    assert_true(len < sizeof address.sun_path);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    assert_int_equal(setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static void is_told(const char *expected)
{
    char text[512];
    ssize_t len = recv(manager, text, sizeof text - 1, 0);
    assert_true(len >= 0);
    text[len] = '\0';
    assert_string_equal(text, expected);
}

static int make_folder(void **state)
{
    (void)state;
    manager = -1;
    snprintf(folder, sizeof folder, "/tmp/cmq-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/notify", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    if (manager >= 0)
        close(manager);
    (void)unlink(path);
    return rmdir(folder);
}

static void tells_the_socket_of_a_path(void **state)
{
    (void)state;
    listen_as(path);
    assert_true(notify_manager("READY=1\n"));
    is_told("READY=1\n");
}

static void tells_an_abstract_socket(void **state)
{
    char name[128];
    (void)state;
    snprintf(name, sizeof name, "@%s", path);
    listen_as(name);
    assert_true(notify_manager("READY=1\n"));
    is_told("READY=1\n");
}

static void says_nothing_where_nobody_asks(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_true(notify_manager("READY=1\n"));
    setenv("NOTIFY_SOCKET", "", 1);
    assert_true(notify_manager("READY=1\n"));
}

static void cannot_tell(const char *name, int error)
{
    setenv("NOTIFY_SOCKET", name, 1);
    errno = 0;
    assert_false(notify_manager("READY=1\n"));
    assert_int_equal(errno, error);
}

static void says_why_it_cannot_tell(void **state)
{
    char name[256];
    (void)state;
    cannot_tell(path, ENOENT);
    cannot_tell("vsock:2:1234", EAFNOSUPPORT);
    memset(name, 'x', sizeof name - 1);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    cannot_tell(name, ENAMETOOLONG);
}

static void does_not_wait_for_a_manager_that_does_not_read(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    listen_as(path);
    memcpy(address.sun_path, path, strlen(path));
    int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    while (sendto(other, "", 1, 0, (struct sockaddr *)&address, sizeof address) == 1)
        continue;
    assert_int_equal(errno, EAGAIN);
    cannot_tell(path, EAGAIN);
    close(other);
}

/* Ready is ready: the port file is there, and requests are answered. */
static void the_program_tells_when_it_is_ready(void **state)
{
    struct program p;
    char expected[256];
    (void)state;
    listen_as(path);
    program_start(&p, (const char *const[]){NULL});
    snprintf(expected, sizeof expected, "READY=1\nSTATUS=listens on http://127.0.0.1:%d\n",
             p.port);
    is_told(expected);
    check_answer(ask_once(&p, "GET", "/_emulator/health", NULL), "nowMs");
    assert_int_equal(program_stop(&p), 0);
}

/* A manager that is gone is no reason to stop. */
static void the_program_serves_also_when_it_cannot_tell(void **state)
{
    struct program p;
    (void)state;
    setenv("NOTIFY_SOCKET", path, 1);
    program_start(&p, (const char *const[]){NULL});
    check_answer(ask_once(&p, "GET", "/_emulator/health", NULL), "nowMs");
    assert_int_equal(program_stop(&p), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(tells_the_socket_of_a_path),
        IN_FOLDER(tells_an_abstract_socket),
        IN_FOLDER(says_nothing_where_nobody_asks),
        IN_FOLDER(says_why_it_cannot_tell),
        IN_FOLDER(does_not_wait_for_a_manager_that_does_not_read),
        IN_FOLDER(the_program_tells_when_it_is_ready),
        IN_FOLDER(the_program_serves_also_when_it_cannot_tell),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
