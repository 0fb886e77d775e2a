#include "tests/support/endpoint.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, HEAD_MAX = 16384 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static union address loopback(int family)
{
    union address a;
    memset(&a, 0, sizeof a);
    a.any.sa_family = (sa_family_t)family;
    if (family == AF_INET6)
        a.v6.sin6_addr = in6addr_loopback;
    else
        a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static bool open_on(struct endpoint *e, int family, bool listens)
{
    union address a = loopback(family);
    socklen_t len = family == AF_INET6 ? sizeof a.v6 : sizeof a.v4;
    *e = (struct endpoint){.listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (e->listener < 0)
        return false;
    if (bind(e->listener, &a.any, len) != 0 ||
        (listens && listen(e->listener, ENDPOINT_CONNECTIONS_MAX) != 0)) {
        close(e->listener);
        return false;
    }
    assert_int_equal(getsockname(e->listener, &a.any, &len), 0);
    e->port = ntohs(family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
    return true;
}

void endpoint_open(struct endpoint *e)
{
    assert_true(open_on(e, AF_INET, true));
}

bool endpoint_open_v6(struct endpoint *e)
{
    return open_on(e, AF_INET6, true);
}

void endpoint_open_refusing(struct endpoint *e)
{
    assert_true(open_on(e, AF_INET, false));
}

void endpoint_close(struct endpoint *e)
{
    while (e->connection_count > 0)
        close(e->connections[--e->connection_count]);
    close(e->listener);
}

/* ---- connections ---- */

static void add_connection(struct endpoint *e)
{
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(e->connection_count < ENDPOINT_CONNECTIONS_MAX);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    e->connections[e->connection_count++] = fd;
    e->accepted++;
}

void endpoint_hang_up(struct endpoint *e, int fd)
{
    for (size_t i = 0; i < e->connection_count; i++) {
        if (e->connections[i] == fd) {
            e->connections[i] = e->connections[--e->connection_count];
            close(fd);
            return;
        }
    }
    fail_msg("the endpoint has no such connection");
}

void endpoint_reset(struct endpoint *e, int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    endpoint_hang_up(e, fd);
}

/* The connection, which has something to tell, tells that it is over. */
static bool has_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* A connection with something to read; -1 when there is none, or a new one came, or an old one
 * went. */
static int look(struct endpoint *e, int patience_ms, bool *changed)
{
    struct pollfd fds[ENDPOINT_CONNECTIONS_MAX + 1];
    size_t count = e->connection_count;
    fds[count] = (struct pollfd){.fd = e->listener, .events = POLLIN};
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = e->connections[i], .events = POLLIN};
    *changed = false;
    if (poll(fds, (nfds_t)count + 1, patience_ms) <= 0)
        return -1;
    *changed = true;
    for (size_t i = 0; i < count; i++) {
        if (fds[i].revents == 0)
            continue;
        if (!has_ended(fds[i].fd))
            return fds[i].fd;
        endpoint_hang_up(e, fds[i].fd);
        return -1;
    }
    add_connection(e);
    return -1;
}

bool endpoint_is_quiet(struct endpoint *e)
{
    bool changed;
    size_t accepted = e->accepted;
    int fd;
    do
        fd = look(e, 0, &changed);
    while (fd < 0 && changed);
    return fd < 0 && e->accepted == accepted;
}

/* ---- requests ---- */

static void read_bytes(int fd, char *to, size_t len)
{
    while (len > 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        ssize_t n = read(fd, to, len);
        assert_true(n > 0);
        to += n;
        len -= (size_t)n;
    }
}

static char *read_head(int fd)
{
    char *head = calloc(1, HEAD_MAX);
    size_t len = 0;
    assert_non_null(head);
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        assert_true(len < HEAD_MAX - 1);
        read_bytes(fd, head + len++, 1);
    }
    return head;
}

void endpoint_take(struct endpoint *e, struct pushed *p)
{
    static const char length[] = "\r\nContent-Length:";
    bool changed;
    int fd;
    while ((fd = look(e, PATIENCE_MS, &changed)) < 0)
        if (!changed)
            fail_msg("no push comes to port %d", e->port);
    *p = (struct pushed){.fd = fd, .head = read_head(fd)};
    const char *at = strcasestr(p->head, length);
    p->body_len = at != NULL ? strtoul(at + sizeof length - 1, NULL, 10) : 0;
    p->body = calloc(1, p->body_len + 1);
    assert_non_null(p->body);
    read_bytes(fd, p->body, p->body_len);
}

void pushed_free(struct pushed *p)
{
    free(p->head);
    free(p->body);
    *p = (struct pushed){.fd = -1};
}

/* ---- answers ---- */

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

void endpoint_answer(int fd, const char *text)
{
    (void)send_all(fd, text, strlen(text));
}

bool endpoint_pour(int fd, char c, size_t count)
{
    char drop[4096];
    memset(drop, c, sizeof drop);
    while (count > 0) {
        size_t len = count < sizeof drop ? count : sizeof drop;
        if (!send_all(fd, drop, len))
            return true;
        count -= len;
    }
    return false;
}
