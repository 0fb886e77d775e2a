#include "tests/support/program.h"

#include "server/port_file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, ARGUMENTS_MAX = 32 };

/* The program's first line tells that it is ready: the port file is there by then. */
static void wait_for_line(int fd, char *line, size_t size)
{
    size_t len = 0;
    do {
        assert_true(len < size - 1);
        assert_int_equal(read(fd, &line[len], 1), 1);
    } while (line[len++] != '\n');
    line[len] = '\0';
}

void program_start(struct program *p, const char *const *options)
{
    const char *build = getenv("BUILD");
    char path[256], port_file[128];
    int out[2];
    snprintf(path, sizeof path, "%s/cmq-emulator", build != NULL ? build : "build");
    snprintf(p->folder, sizeof p->folder, "/tmp/cmq-test-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(port_file, sizeof port_file, "%s/port", p->folder);

    const char *arguments[ARGUMENTS_MAX] = {path,      "--port", "0",   "--port-file",
                                            port_file, "--log",  "off", "--exit-with-parent"};
    for (size_t i = 8; *options != NULL && i < ARGUMENTS_MAX - 1; i++)
        arguments[i] = *options++;
    assert_int_equal(pipe(out), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execv(path, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(out[1]);
    wait_for_line(out[0], p->ready, sizeof p->ready);
    close(out[0]);
    p->port = port_file_read(port_file);
    assert_true(p->port > 0);
    unlink(port_file);
    rmdir(p->folder);
}

int program_stop(struct program *p)
{
    int status;
    assert_int_equal(kill(p->pid, SIGTERM), 0);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int program_connect(const struct program *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)p->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    /* Head and body go in two writes: without this the second waits for the first's ACK. */
    const int on = 1;
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void send_bytes(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        assert_true(n > 0);
        bytes += n;
        len -= (size_t)n;
    }
}

void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

static bool wait_readable(int fd, int patience_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, patience_ms) == 1;
}

bool is_readable(int fd)
{
    return wait_readable(fd, 0);
}

bool is_closed(int fd)
{
    char byte;
    return wait_readable(fd, PATIENCE_MS) && read(fd, &byte, 1) <= 0;
}

static bool read_byte(int fd, char *byte)
{
    assert_true(wait_readable(fd, PATIENCE_MS));
    return read(fd, byte, 1) == 1;
}

static bool read_head(int fd, struct response *r)
{
    size_t len = 0;
    while (len < 4 || memcmp(r->head + len - 4, "\r\n\r\n", 4) != 0) {
        assert_true(len < sizeof r->head - 1);
        if (!read_byte(fd, &r->head[len]))
            return false;
        len++;
    }
    r->head[len] = '\0';
    const char *blank = strchr(r->head, ' ');
    r->status = blank != NULL ? (int)strtol(blank, NULL, 10) : 0;
    return r->status > 0;
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");
    return at != NULL ? strtoul(at + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* So does libmicrohttpd 0.9.72 answer CONNECT. */
static bool ends_with_connection(const char *head)
{
    return strcasestr(head, "\r\nContent-Length:") == NULL &&
           strcasestr(head, "\r\nConnection: close") != NULL;
}

bool read_response(int fd, struct response *r)
{
    *r = (struct response){.status = 0};
    if (!read_head(fd, r))
        return false;
    bool until_closed = ends_with_connection(r->head);
    size_t room = until_closed ? sizeof r->head : content_length(r->head);
    r->body = calloc(1, room + 1);
    assert_non_null(r->body);
    while (r->body_len < room) {
        assert_true(wait_readable(fd, PATIENCE_MS));
        ssize_t n = read(fd, r->body + r->body_len, room - r->body_len);
        if (n <= 0)
            return until_closed && n == 0;
        r->body_len += (size_t)n;
    }
    return true;
}

void response_free(struct response *r)
{
    free(r->body);
    r->body = NULL;
}

void expect_response(const char *what, int fd, int status, const char *part)
{
    struct response r;
    if (!read_response(fd, &r))
        fail_msg("%s: no answer", what);
    if (r.status != status || strstr(r.body, part) == NULL)
        fail_msg("%s: no %d with %s: %s%s", what, status, part, r.head, r.body);
    response_free(&r);
}

void send_request(int fd, const char *method, const char *target, const char *body)
{
    char head[1024];
    size_t len = body != NULL ? strlen(body) : 0;
    int head_len = snprintf(head, sizeof head,
                            "%s %s HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n",
                            method, target, len);
    assert_true(head_len < (int)sizeof head);
    send_text(fd, head);
    if (len > 0)
        send_bytes(fd, body, len);
}

char *ask(int fd, const char *method, const char *target, const char *body)
{
    struct response r;
    send_request(fd, method, target, body);
    assert_true(read_response(fd, &r));
    return r.body;
}

char *ask_once(const struct program *p, const char *method, const char *target,
               const char *body)
{
    int fd = program_connect(p);
    char *answer = ask(fd, method, target, body);
    close(fd);
    return answer;
}

void check_answer(char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        fail_msg("no %s in: %s", part, answer);
    free(answer);
}

void await_parked(const struct program *p, int polls)
{
    char part[32];
    int fd = program_connect(p);
    bool parked = false;
    snprintf(part, sizeof part, "\"parkedPolls\":%d", polls);
    for (int tries = 0; !parked && tries < 100000; tries++) {
        char *clock = ask(fd, "GET", "/_emulator/clock", NULL);
        parked = strstr(clock, part) != NULL;
        free(clock);
    }
    close(fd);
    assert_true(parked);
}

int program_descriptors(const struct program *p)
{
    char path[32];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

void await_descriptors(const struct program *p, const char *what, int count)
{
    int fd = program_connect(p);
    int now = 0;
    for (int tries = 0; tries < 2000; tries++) {
        free(ask(fd, "GET", "/_emulator/health", NULL));
        now = program_descriptors(p) - 1;
        if (now == count)
            break;
    }
    close(fd);
    if (now != count)
        fail_msg("%s: %d descriptors rather than %d", what, now, count);
}
