/* The program while calls of the system fail: as it starts, as it serves, as it stops. A library
 * that is loaded before all others lets the n-th of them fail (broken.h).
 *
 * At the start: it serves, or ends with 1 and says why. Later: clients get an answer, or lose their
 * connection and get one on the next; it does not spin, and SIGTERM ends it.
 *
 * FAILING=all in the environment tries each n; else the later ones are tried in steps. */
#include "tests/failing/broken.h"
#include "tests/support/program.h" /* scripts/mutate goes by it */

#include "server/port_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PATIENCE_MS = 5000, CPU_MS = 1500, MOST = 400 };

static struct broken *broken;
static char folder[] = "/tmp/cmq-failing-XXXXXX";
static char broken_path[64], port_path[64], said_path[64];
static size_t starts, failures, most;

/* ---- the program ---- */

static struct {
    pid_t pid;
    int port;
    int status;  /* once it has ended */
    long cpu_ms; /* likewise */
    char said[4096];
} program;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void execute(const char *const *options)
{
    const char *build = getenv("BUILD");
    char path[256], library[256];
    const char *arguments[16] = {path,      "--port", "0",   "--port-file",
                                 port_path, "--log",  "off", "--exit-with-parent"};
    build = build != NULL ? build : "build";
    snprintf(path, sizeof path, "%s/cmq-emulator", build);
    snprintf(library, sizeof library, "%s/tests/failing/broken.so", build);
    for (size_t i = 8; *options != NULL && i < 15; i++)
        arguments[i] = *options++;
    int fd = open(said_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    setenv("LD_PRELOAD", library, 1);
    setenv(BROKEN_FILE, broken_path, 1);
    execv(path, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static void read_what_it_said(void)
{
    FILE *f = fopen(said_path, "r");
    size_t n = f != NULL ? fread(program.said, 1, sizeof program.said - 1, f) : 0;
    program.said[n] = '\0';
    if (f != NULL)
        fclose(f);
}

static bool has_ended(void)
{
    struct rusage used;
    if (wait4(program.pid, &program.status, WNOHANG, &used) != program.pid)
        return false;
    program.cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
                     (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    read_what_it_said();
    return true;
}

/* Ask again and again, a millisecond apart, until it is so, or patience ends. */
static bool await(bool (*is_so)(void))
{
    for (int64_t until_ms = now_ms() + PATIENCE_MS; now_ms() < until_ms;) {
        if (is_so())
            return true;
        (void)poll(NULL, 0, 1);
    }
    return false;
}

static bool is_ready_or_over(void)
{
    if (has_ended())
        return true;
    program.port = port_file_read(port_path);
    return program.port > 0;
}

/* Whether it serves; otherwise it has ended. */
static bool start_program(const char *what, const char *const *options)
{
    unlink(port_path);
    program.port = 0;
    program.status = 0;
    program.pid = fork();
    assert_true(program.pid >= 0);
    if (program.pid == 0)
        execute(options);
    starts++;
    if (!await(is_ready_or_over)) {
        kill(program.pid, SIGKILL);
        waitpid(program.pid, NULL, 0);
        fail_msg("%s: neither ready nor over", what);
    }
    return program.port > 0;
}

static void stop_program(const char *what, bool may_complain)
{
    kill(program.pid, SIGTERM);
    if (!await(has_ended)) {
        kill(program.pid, SIGKILL);
        waitpid(program.pid, NULL, 0);
        fail_msg("%s: it does not stop", what);
    }
    bool well =
        WIFEXITED(program.status) && (WEXITSTATUS(program.status) == 0 ||
                                      (may_complain && WEXITSTATUS(program.status) == 1 &&
                                       strstr(program.said, "cmq-emulator: ") != NULL));
    if (!well)
        fail_msg("%s: status %x: %s", what, (unsigned)program.status, program.said);
    if (program.cpu_ms > CPU_MS)
        fail_msg("%s: it took %ld ms of a processor", what, program.cpu_ms);
}

/* ---- what fails ---- */

struct kind {
    const char *name;
    enum broken_call call;
    int error;
    const char *who; /* which library's calls; "": all */
};

static void break_call(const struct kind *k, uint32_t n, uint32_t times)
{
    broken->call = BROKEN_NONE;
    snprintf(broken->who, sizeof broken->who, "%s", k->who);
    broken->error = k->error;
    broken->at = n;
    broken->times = times;
    broken->seen = broken->failed = 0;
    broken->call = (int32_t)k->call;
}

/* Whether any has failed. */
static bool mend_call(void)
{
    broken->call = BROKEN_NONE;
    failures += broken->failed;
    if (broken->failed > 0 && broken->at > most)
        most = broken->at;
    return broken->failed > 0;
}

/* Each n, or later ones in steps. */
static uint32_t next_of(uint32_t n)
{
    const char *failing = getenv("FAILING");
    bool all = failing != NULL && strcmp(failing, "all") == 0;
    return all || n < 4 ? n + 1 : 2 * n;
}

/* ---- a client ---- */

static int connect_once(void)
{
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)program.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

static char answer[65536];

/* Read until the other side closes; false when nothing came, or it was not HTTP. */
static bool read_answer(const char *what, int fd)
{
    size_t len = 0;
    ssize_t n = 0;
    while (len < sizeof answer - 1 &&
           (n = recv(fd, answer + len, sizeof answer - 1 - len, 0)) > 0)
        len += (size_t)n;
    answer[len] = '\0';
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail_msg("%s: no answer, and no end: %s", what, answer);
    return strncmp(answer, "HTTP/1.1 ", 9) == 0;
}

static bool try_request(const char *what, const char *method, const char *target,
                        const char *body)
{
    char request[2048];
    int fd = connect_once();
    if (fd < 0)
        return false;
    int len = snprintf(request, sizeof request,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       method, target, strlen(body), body);
    bool answered =
        send(fd, request, (size_t)len, MSG_NOSIGNAL) == len && read_answer(what, fd);
    close(fd);
    return answered;
}

/* A client that tries again when its connection was lost. */
static void request(const char *what, const char *method, const char *target, const char *body)
{
    for (int tries = 0; tries < 4; tries++)
        if (try_request(what, method, target, body))
            return;
    fail_msg("%s: %s is not answered", what, target);
}

static void request_well(const char *what, const char *method, const char *target,
                         const char *body, const char *part)
{
    request(what, method, target, body);
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 || strstr(answer, part) == NULL)
        fail_msg("%s: %s is answered by %.300s", what, target, answer);
}

/* ---- a conversation ---- */

static const struct {
    const char *method, *target, *body;
} conversation[] = {
    {"GET", "/?Action=CreateQueue&queueName=q", ""},
    {"POST", "/", "Action=SendMessage&queueName=q&msgBody=x"},
    {"GET", "/?Action=ReceiveMessage&queueName=q", ""},
    {"GET", "/?Action=CreateTopic&topicName=t", ""},
    {"POST", "/_emulator/clock/freeze", ""},
    {"POST", "/?Action=PublishMessage&topicName=t&msgBody=x", ""},
    {"POST", "/_emulator/clock/advance?by=10s",
     ""}, /* waits for pushes, and tries them again */
    {"GET", "/_emulator/topics/t", ""},
    {"GET", "/_emulator/sink/s", ""},
    {"GET", "/metrics", ""},
    {"GET", "/_emulator/health", ""},
    {"POST", "/_emulator/reset?what=messages", ""},
};

static void subscribe(const char *what)
{
    char target[256];
    request_well(what, "GET", "/?Action=CreateTopic&topicName=t", "", "\"code\":0");
    snprintf(target, sizeof target,
             "/?Action=Subscribe&topicName=t&subscriptionName=s&protocol=http"
             "&endpoint=http://127.0.0.1:%d/_emulator/sink/s",
             program.port);
    request_well(what, "GET", target, "", "\"code\":0");
}

static void converse(const char *what)
{
    for (size_t i = 0; i < COUNT(conversation); i++)
        request(what, conversation[i].method, conversation[i].target, conversation[i].body);
}

/* Nothing fails any more: a push arrives. */
static void converse_well(const char *what)
{
    converse(what);
    request_well(what, "GET", "/_emulator/health", "", "\"status\":\"ok\"");
    request_well(what, "DELETE", "/_emulator/sink/s", "", "\"cleared\"");
    request_well(what, "GET", "/?Action=PublishMessage&topicName=t&msgBody=y", "",
                 "\"code\":0");
    request_well(what, "POST", "/_emulator/clock/advance?by=10s", "", "\"nowMs\"");
    request_well(what, "GET", "/_emulator/sink/s", "", "\"total\":1,");
}

/* ---- the start ---- */

static const char *const no_options[] = {NULL};

static void expect_complaint(const char *what)
{
    bool said = strstr(program.said, "cmq-emulator: ") != NULL;
    if (!WIFEXITED(program.status) || WEXITSTATUS(program.status) != 1 || !said)
        fail_msg("%s: status %x: %s", what, (unsigned)program.status, program.said);
}

static void fail_starts(const struct kind *k, const char *const *options)
{
    bool failed = true;
    for (uint32_t n = 1; failed && n < MOST; n = next_of(n)) {
        char what[128];
        snprintf(what, sizeof what, "start, %s %u", k->name, n);
        break_call(k, n, 1);
        bool serves = start_program(what, options);
        failed = mend_call();
        if (!serves) {
            expect_complaint(what);
            continue;
        }
        subscribe(what);
        converse_well(what);
        stop_program(what, false);
    }
}

static void the_start(void **state)
{
    static const struct kind kinds[] = {
        {"bind", BROKEN_BIND, EADDRINUSE, ""},
        {"epoll_create1", BROKEN_EPOLL_CREATE1, EMFILE, ""},
        {"epoll_ctl", BROKEN_EPOLL_CTL, ENOSPC, ""},
        {"epoll_wait", BROKEN_EPOLL_WAIT, EINTR, ""},
        {"eventfd", BROKEN_EVENTFD, EMFILE, ""},
        {"fcntl", BROKEN_FCNTL, ENOMEM, ""},
        {"fopen", BROKEN_FOPEN, EACCES, ""},
        {"getrandom", BROKEN_GETRANDOM, ENOSYS, "cmq-emulator"},
        {"getsockname", BROKEN_GETSOCKNAME, ENOBUFS, ""},
        {"listen", BROKEN_LISTEN, EADDRINUSE, ""},
        {"open", BROKEN_OPEN, EMFILE, "cmq-emulator"},
        {"rename", BROKEN_RENAME, EACCES, ""},
        {"setsockopt", BROKEN_SETSOCKOPT, ENOMEM, ""},
        {"signalfd", BROKEN_SIGNALFD, EMFILE, ""},
        {"socket", BROKEN_SOCKET, EMFILE, ""},
        {"close", BROKEN_CLOSE, EIO, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        fail_starts(&kinds[i], no_options);
}

static void memory_at_the_start(void **state)
{
    static const struct kind kinds[] = {
        {"memory", BROKEN_MEMORY, ENOMEM, "cmq-emulator"},
        {"memory of libmicrohttpd", BROKEN_MEMORY, ENOMEM, "libmicrohttpd"},
        {"memory of libcurl", BROKEN_MEMORY, ENOMEM, "libcurl"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        fail_starts(&kinds[i], no_options);
}

/* ---- in service ---- */

static void fail_in_service(const struct kind *k, uint32_t times)
{
    bool failed = true;
    for (uint32_t n = 1; failed && n < MOST; n = next_of(n)) {
        char what[128];
        snprintf(what, sizeof what, "service, %s %u, %u times", k->name, n, times);
        break_call(k, n, times);
        converse(what);
        failed = mend_call();
        converse_well(what);
    }
}

static void in_service(void **state)
{
    static const struct kind kinds[] = {
        {"accept4", BROKEN_ACCEPT4, EMFILE, ""},
        {"accept4", BROKEN_ACCEPT4, ECONNABORTED, ""},
        {"close", BROKEN_CLOSE, EINTR, ""},
        {"connect", BROKEN_CONNECT, ECONNREFUSED, ""},
        {"epoll_ctl", BROKEN_EPOLL_CTL, ENOSPC, ""},
        {"epoll_wait", BROKEN_EPOLL_WAIT, EINTR, ""},
        {"fcntl", BROKEN_FCNTL, ENOMEM, ""},
        {"getsockname", BROKEN_GETSOCKNAME, ENOBUFS, ""},
        {"recv", BROKEN_RECV, ECONNRESET, ""},
        {"send", BROKEN_SEND, EPIPE, ""},
        {"send", BROKEN_SEND, ENOBUFS, ""},
        {"send of libcurl", BROKEN_SEND, EAGAIN, "libcurl"},
        {"send of libcurl", BROKEN_SEND, BROKEN_SHORT, "libcurl"},
        {"setsockopt", BROKEN_SETSOCKOPT, EINVAL, ""},
        {"socket", BROKEN_SOCKET, EMFILE, ""},
        {"memory", BROKEN_MEMORY, ENOMEM, "cmq-emulator"},
        {"memory of libmicrohttpd", BROKEN_MEMORY, ENOMEM, "libmicrohttpd"},
        {"memory of libcurl", BROKEN_MEMORY, ENOMEM, "libcurl"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_true(start_program("service", no_options));
        subscribe("service");
        fail_in_service(&kinds[i], 1);
        fail_in_service(&kinds[i], 3);
        stop_program(kinds[i].name, false);
    }
}

/* ---- the stop ---- */

static void the_stop(void **state)
{
    static const struct kind kinds[] = {
        {"epoll_ctl", BROKEN_EPOLL_CTL, ENOMEM, ""},
        {"epoll_wait", BROKEN_EPOLL_WAIT, EINTR, ""},
        {"fopen", BROKEN_FOPEN, EMFILE, ""},
        {"close", BROKEN_CLOSE, EIO, ""},
        {"memory", BROKEN_MEMORY, ENOMEM, "cmq-emulator"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        bool failed = true;
        for (uint32_t n = 1; failed && n < MOST; n = next_of(n)) {
            char what[128];
            snprintf(what, sizeof what, "stop, %s %u", kinds[i].name, n);
            assert_true(start_program(what, no_options));
            subscribe(what);
            converse(what);
            break_call(&kinds[i], n, 1);
            stop_program(what, false);
            failed = mend_call();
        }
    }
}

/* ---- the whole ---- */

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(broken_path, sizeof broken_path, "%s/broken", folder);
    snprintf(port_path, sizeof port_path, "%s/port", folder);
    snprintf(said_path, sizeof said_path, "%s/said", folder);
    int fd = open(broken_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *broken) != 0)
        return -1;
    broken = mmap(NULL, sizeof *broken, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return broken != MAP_FAILED ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    unlink(broken_path);
    unlink(port_path);
    unlink(said_path);
    rmdir(folder);
    print_message("system calls: %zu starts, %zu failures, up to the %zu-th call of a kind\n",
                  starts, failures, most);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start),
        cmocka_unit_test(memory_at_the_start),
        cmocka_unit_test(in_service),
        cmocka_unit_test(the_stop),
    };
#ifdef SANITIZED
    print_message("system calls: left out, the sanitizer has to be loaded first\n");
    (void)tests;
    (void)start;
    (void)finish;
    return 0;
#else
    return cmocka_run_group_tests_name("system calls", tests, start, finish);
#endif
}
