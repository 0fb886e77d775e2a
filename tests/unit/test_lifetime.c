/* How the program begins and ends: for those who start it from a test. */
#include "server/port_file.h"
#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, ARGUMENTS_MAX = 16 };

static char folder[64], port_file[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cmq-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(port_file, sizeof port_file, "%s/port", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(port_file);
    return rmdir(folder);
}

/* ---- starting ---- */

struct started {
    pid_t pid;
    int in;  /* to its standard input */
    int out; /* from its standard output and error */
};

static void become_program(const char *const *options)
{
    char path[256];
    const char *build = getenv("BUILD");
    const char *arguments[ARGUMENTS_MAX] = {path};
    snprintf(path, sizeof path, "%s/cmq-emulator", build != NULL ? build : "build");
    for (size_t i = 1; *options != NULL && i < ARGUMENTS_MAX - 1; i++)
        arguments[i] = *options++;
    execv(path, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

/* Closes input. through_another: by a process that does nothing else but live until it is
 * killed. */
static struct started start_with(int input, const char *const *options, bool through_another)
{
    int out[2];
    struct started s = {.in = -1};
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    s.pid = fork();
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        dup2(input, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(out[1], STDERR_FILENO);
        if (!through_another || fork() == 0)
            become_program(options);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        close(out[1]);
        for (;;)
            pause();
    }
    close(input);
    close(out[1]);
    s.out = out[0];
    return s;
}

static struct started start(const char *const *options, bool through_another)
{
    int in[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    struct started s = start_with(in[0], options, through_another);
    s.in = in[1];
    return s;
}

/* What it says, until its first line is over or, if there is none, until it has ended. */
static void read_line(const struct started *s, char *text, size_t size)
{
    struct pollfd p = {.fd = s->out, .events = POLLIN};
    size_t len = 0;
    memset(text, 0, size);
    while (len < size - 1) {
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        if (read(s->out, text + len, 1) != 1 || text[len++] == '\n')
            return;
    }
}

static void wait_until_ready(const struct started *s)
{
    char text[300];
    read_line(s, text, sizeof text);
    assert_non_null(strstr(text, "listens on"));
}

/* Nobody holds its standard output any more. */
static void wait_until_ended(const struct started *s)
{
    char rest[4096];
    struct pollfd p = {.fd = s->out, .events = POLLIN};
    do
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    while (read(s->out, rest, sizeof rest) > 0);
    close(s->out);
}

static int exit_code(const struct started *s)
{
    int status;
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- the port file ---- */

static void the_port_file_is_there_while_it_is_ready(void **state)
{
    const char *const options[] = {"-p", "0", "--port-file", port_file, NULL};
    (void)state;
    FILE *f = fopen(port_file, "w"); /* left behind by one that was killed */
    assert_non_null(f);
    fputs("1\n", f);
    fclose(f);
    struct started s = start(options, false);
    wait_until_ready(&s);
    assert_true(port_file_read(port_file) > 1);
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    assert_false(is_there(port_file));
    close(s.in);
}

/* Seeding fails: whoever waits for the file must not find the old one. */
static void an_old_port_file_goes_also_when_the_start_fails(void **state)
{
    const char *const options[] = {"-p",       "0",         "--port-file", port_file,
                                   "--config", "/dev/null", NULL};
    (void)state;
    fclose(fopen(port_file, "w"));
    struct started s = start(options, false);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 2);
    assert_false(is_there(port_file));
    close(s.in);
}

/* Another one has written it meanwhile. */
static void a_port_file_of_another_stays(void **state)
{
    const char *const options[] = {"-p", "0", "--port-file", port_file, NULL};
    (void)state;
    struct started s = start(options, false);
    wait_until_ready(&s);
    FILE *f = fopen(port_file, "w");
    assert_non_null(f);
    fputs("1\n", f);
    fclose(f);
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    assert_true(is_there(port_file));
    close(s.in);
}

/* ---- ends ---- */

static void ends_when_its_input_ends(void **state)
{
    const char *const options[] = {"-p", "0", "--exit-on-eof", "--port-file", port_file, NULL};
    (void)state;
    struct started s = start(options, false);
    wait_until_ready(&s);
    struct program p = {.pid = s.pid, .port = port_file_read(port_file)};
    assert_int_equal(write(s.in, "x\n", 2), 2); /* is dropped */
    for (int i = 0; i < 3; i++)                 /* one that is stopping might answer once */
        check_answer(ask_once(&p, "GET", "/_emulator/health", NULL), "ok");
    close(s.in);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
}

/* It cannot be waited for, and is at its end. */
static void ends_at_once_when_its_input_is_nothing(void **state)
{
    const char *const options[] = {"-p", "0", "--exit-on-eof", NULL};
    (void)state;
    struct started s = start_with(open("/dev/null", O_RDONLY | O_CLOEXEC), options, false);
    wait_until_ready(&s);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
}

static void goes_on_without_input_otherwise(void **state)
{
    const char *const options[] = {"-p", "0", "--exit-on-eof=off", NULL};
    (void)state;
    struct started s = start(options, false);
    close(s.in);
    wait_until_ready(&s);
    assert_int_equal(waitpid(s.pid, NULL, WNOHANG), 0);
    kill(s.pid, SIGINT);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
}

static void ends_with_the_process_that_started_it(void **state)
{
    const char *const options[] = {"-p",          "0",       "--exit-with-parent",
                                   "--port-file", port_file, NULL};
    (void)state;
    struct started s = start(options, true);
    wait_until_ready(&s);
    assert_true(is_there(port_file));
    kill(s.pid, SIGKILL);
    assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
    wait_until_ended(&s);
    assert_false(is_there(port_file));
    close(s.in);
}

/* ---- health ---- */

static int ask_health(const char *a, const char *b, const char *c, char *text, size_t size)
{
    const char *const options[] = {"--health", a, b, c, NULL};
    struct started s = start(options, false);
    read_line(&s, text, size);
    wait_until_ended(&s);
    close(s.in);
    return exit_code(&s);
}

static void tells_whether_it_is_ready(void **state)
{
    const char *const options[] = {"-p", "0", "--port-file", port_file, "--admin", "off", NULL};
    char text[300], address[64];
    (void)state;
    struct started s = start(options, false);
    wait_until_ready(&s);
    int port = port_file_read(port_file);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", port);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 0);
    assert_non_null(strstr(text, "\"status\":\"ok\""));
    snprintf(address, sizeof address, "localhost:%d/", port);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 0);
    snprintf(address, sizeof address, "--port=%d", port);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 0);
    assert_int_equal(ask_health("--port=0", "--port-file", port_file, text, sizeof text), 0);
    snprintf(address, sizeof address, "127.0.0.1:%d/_emulator/health", port);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* is not asked */
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 0);
    unsetenv("http_proxy");
    snprintf(address, sizeof address, "127.0.0.1:%d/_emulator/nothing", port);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 1);

    snprintf(address, sizeof address, "http://127.0.0.1:%d", port);
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 1);
    assert_non_null(strstr(text, "/_emulator/health: "));
    assert_int_equal(ask_health("gopher://127.0.0.1", NULL, NULL, text, sizeof text), 1);
    close(s.in);
}

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void is_asked_where_it_listens(void **state)
{
    static const char *const everywhere[] = {"0.0.0.0", "::"};
    char text[300], port[32], listen[32];
    (void)state;
    for (size_t i = 0; i < (has_ipv6() ? 2 : 1); i++) {
        snprintf(listen, sizeof listen, "--listen=%s", everywhere[i]);
        const char *const options[] = {listen, "-p", "0", "--port-file", port_file, NULL};
        struct started s = start(options, false);
        wait_until_ready(&s);
        snprintf(port, sizeof port, "--port=%d", port_file_read(port_file));
        assert_int_equal(ask_health(port, listen, NULL, text, sizeof text), 0);
        kill(s.pid, SIGTERM);
        wait_until_ended(&s);
        close(s.in);
    }
    assert_int_equal(ask_health("--port=1", "--listen=0.0.0.0", NULL, text, sizeof text), 1);
    assert_non_null(strstr(text, "http://127.0.0.1:1/"));
}

/* No system has the authority that the emulator has made. */
static void is_asked_by_tls(void **state)
{
    char tls[96], option[128], file[128], address[64], text[300];
    (void)state;
    snprintf(tls, sizeof tls, "%s/tls", folder);
    snprintf(option, sizeof option, "--tls-self-signed=%s", tls);
    const char *const options[] = {"-p", "0", "--port-file", port_file, option, NULL};
    struct started s = start(options, false);
    wait_until_ready(&s);
    snprintf(address, sizeof address, "https://127.0.0.1:%d", port_file_read(port_file));
    assert_int_equal(ask_health(address, option, NULL, text, sizeof text), 0);
    assert_int_equal(ask_health(address, NULL, NULL, text, sizeof text), 1);
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    close(s.in);
    snprintf(file, sizeof file, "%s/ca.pem", tls);
    assert_int_equal(unlink(file), 0);
    snprintf(file, sizeof file, "%s/ca-key.pem", tls);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(tls), 0);
}

/* ---- several ports ---- */

/* The first is the one of the port file; the others are named where it says that it is ready. */
static void serves_each_of_its_ports(void **state)
{
    const char *const options[] = {"-p", "0,0,0", "--port-file", port_file, NULL};
    struct program ports[3];
    char text[300];
    (void)state;
    struct started s = start(options, false);
    read_line(&s, text, sizeof text);
    const char *further = strstr(text, ", also on ports ");
    assert_non_null(further);
    ports[0].port = port_file_read(port_file);
    char *at;
    ports[1].port = (int)strtol(further + strlen(", also on ports "), &at, 10);
    assert_memory_equal(at, ", ", 2);
    ports[2].port = (int)strtol(at + 2, &at, 10);
    assert_memory_equal(at, " -", 2);
    assert_int_not_equal(ports[1].port, ports[2].port);
    for (size_t i = 0; i < 3; i++)
        check_answer(ask_once(&ports[i], "GET", "/_emulator/health", NULL), "nowMs");
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    close(s.in);
}

static void needs_all_of_its_ports(void **state)
{
    struct program first;
    char text[300], ports[32];
    (void)state;
    program_start(&first, (const char *const[]){NULL});
    snprintf(ports, sizeof ports, "0,%d", first.port);
    const char *const same[] = {"-p", ports, "--port-file", port_file, NULL};
    struct started s = start(same, false);
    read_line(&s, text, sizeof text);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 1);
    assert_non_null(strstr(text, "Address already in use"));
    assert_false(is_there(port_file));
    close(s.in);
    assert_int_equal(program_stop(&first), 0);
}

/* Connections that the first one closed are remembered by the kernel for a minute. */
static void its_port_can_be_had_again_at_once(void **state)
{
    struct program first, second;
    char port[16];
    (void)state;
    program_start(&first, (const char *const[]){NULL});
    snprintf(port, sizeof port, "%d", first.port);
    int fd = program_connect(&first);
    check_answer(ask(fd, "GET", "/_emulator/health", NULL), "nowMs");
    assert_int_equal(program_stop(&first), 0);
    assert_true(is_closed(fd));
    close(fd);
    program_start(&second, (const char *const[]){"-p", port, NULL});
    assert_int_equal(second.port, first.port);
    assert_int_equal(program_stop(&second), 0);
}

/* ---- the log ---- */

static void names_a_client_that_speaks_tls(void **state)
{
    const char *const options[] = {"-p", "0", "--port-file", port_file, NULL};
    char text[300];
    (void)state;
    struct started s = start(options, false);
    wait_until_ready(&s);
    struct program p = {.pid = s.pid, .port = port_file_read(port_file)};
    int fd = program_connect(&p);
    send_bytes(fd, "\x16\x03\x01", 3);
    read_line(&s, text, sizeof text);
    assert_non_null(strstr(text,
                           "Z a client at 127.0.0.1 speaks TLS, and this port speaks HTTP "
                           "alone: its endpoint should begin with http://"));
    close(fd);
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    close(s.in);
}

/* ---- mistakes ---- */

/* What a script puts into a file has to be there whole. */
static void notices_that_nothing_can_be_printed(void **state)
{
    static const char *const options[] = {"--help", "--version", "--manual",
                                          "--completion=zsh"};
    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct started s = {.pid = fork()};
        assert_true(s.pid >= 0);
        if (s.pid == 0) {
            int full = open("/dev/full", O_WRONLY);
            dup2(full, STDOUT_FILENO);
            dup2(full, STDERR_FILENO);
            become_program((const char *const[]){options[i], NULL});
        }
        if (exit_code(&s) != 1)
            fail_msg("%s", options[i]);
    }
}

static void refuses_variables_that_are_no_options(void **state)
{
    const char *const options[] = {"-p", "0", NULL};
    char text[300];
    (void)state;
    setenv("CMQ_EMULATOR_MAX_QUEUE", "3", 1);
    struct started s = start(options, false);
    unsetenv("CMQ_EMULATOR_MAX_QUEUE");
    read_line(&s, text, sizeof text);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 2);
    assert_string_equal(text, "cmq-emulator: the environment has CMQ_EMULATOR_MAX_QUEUE, which "
                              "is no option; did you mean CMQ_EMULATOR_MAX_QUEUES?\n");
    close(s.in);
}

/* A wrong one would be noticed only when the page is not there, and nobody would look here. */
static void refuses_a_dashboard_that_is_no_folder(void **state)
{
    char missing[128], text[300];
    (void)state;
    snprintf(missing, sizeof missing, "%s/none", folder);
    const struct {
        const char *folder, *why;
    } rows[] = {{missing, "No such file or directory"}, {"/dev/null", "Not a directory"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const options[] = {"-p", "0", "--dashboard", rows[i].folder, NULL};
        struct started s = start(options, false);
        read_line(&s, text, sizeof text);
        kill(s.pid, SIGTERM); /* if it runs */
        wait_until_ended(&s);
        if (exit_code(&s) != 2 || strstr(text, rows[i].folder) == NULL ||
            strstr(text, rows[i].why) == NULL)
            fail_msg("%s: %s", rows[i].folder, text);
        close(s.in);
    }
    const char *const options[] = {"-p", "0", "--dashboard", folder, NULL};
    struct started s = start(options, false);
    wait_until_ready(&s); /* files may come later */
    kill(s.pid, SIGTERM);
    wait_until_ended(&s);
    assert_int_equal(exit_code(&s), 0);
    close(s.in);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(the_port_file_is_there_while_it_is_ready),
        TEST(an_old_port_file_goes_also_when_the_start_fails),
        TEST(a_port_file_of_another_stays),
        TEST(ends_when_its_input_ends),
        TEST(ends_at_once_when_its_input_is_nothing),
        TEST(goes_on_without_input_otherwise),
        TEST(ends_with_the_process_that_started_it),
        TEST(tells_whether_it_is_ready),
        TEST(is_asked_where_it_listens),
        TEST(is_asked_by_tls),
        TEST(serves_each_of_its_ports),
        TEST(needs_all_of_its_ports),
        TEST(its_port_can_be_had_again_at_once),
        TEST(names_a_client_that_speaks_tls),
        TEST(notices_that_nothing_can_be_printed),
        TEST(refuses_variables_that_are_no_options),
        TEST(refuses_a_dashboard_that_is_no_folder),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
