#include "server/acceptor.h"

#include "base/list.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, TLS_HANDSHAKE = 22 /* the first byte of a hello */ };

/* A connection that has not spoken yet. */
struct silent {
    struct list_node link; /* in acceptor->silent */
    int fd;
    cmq_ms since_ms;
    struct sockaddr_storage address;
    socklen_t address_len;
};

struct acceptor {
    struct acceptor_config config;
    int epoll_fd;            /* the listening socket (data.ptr NULL), and silent connections */
    bool listening;          /* the listening socket is watched */
    struct list_node silent; /* the longest silent first */
    size_t silent_count;
    size_t handed_on; /* in this run */
};

static bool watch(const struct acceptor *a, int fd, struct silent *s)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    return epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct acceptor *acceptor_new(const struct acceptor_config *config)
{
    struct acceptor *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    *a = (struct acceptor){.config = *config, .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    list_init(&a->silent);
    a->listening = a->epoll_fd >= 0 && watch(a, config->listen_fd, NULL);
    if (a->listening)
        return a;
    if (a->epoll_fd >= 0)
        close(a->epoll_fd);
    free(a);
    return NULL;
}

static void forget(struct acceptor *a, struct silent *s)
{
    list_unlink(&s->link);
    a->silent_count--;
    free(s);
}

void acceptor_free(struct acceptor *a)
{
    if (a == NULL)
        return;
    for (struct list_node *l; (l = list_first(&a->silent)) != NULL;) {
        struct silent *s = CONTAINER_OF(l, struct silent, link);
        close(s->fd);
        forget(a, s);
    }
    close(a->config.listen_fd);
    close(a->epoll_fd);
    free(a);
}

int acceptor_fd(const struct acceptor *a)
{
    return a->epoll_fd;
}

/* ---- what a connection says first ---- */

static void note_tls(struct acceptor *a, const struct silent *s)
{
    char host[64] = "?";
    char text[160];
    (void)getnameinfo((const struct sockaddr *)&s->address, s->address_len, host, sizeof host,
                      NULL, 0, NI_NUMERICHOST);
    snprintf(text, sizeof text,
             "a client at %s speaks TLS, and this port speaks HTTP alone: its endpoint should "
             "begin with http://",
             host);
    a->config.note(a->config.context, text);
}

/* What was sent is read first, or closing would take the answer back; a client that goes on and
 * on loses it. */
static void refuse_tls(struct acceptor *a, const struct silent *s)
{
    static const char answer[] =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        "Content-Length: 44\r\n\r\nThis port speaks HTTP, and a client sent TLS";
    enum { HELLO_MAX = 64 * 1024 };
    char hello[4096];
    note_tls(a, s);
    for (ssize_t n = 1, len = 0; n > 0 && len < HELLO_MAX; len += n)
        n = recv(s->fd, hello, sizeof hello, MSG_DONTWAIT);
    (void)send(s->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(s->fd);
}

/* Look at the first byte. False when there is none yet; otherwise the connection has gone its
 * way. */
static bool take(struct acceptor *a, struct silent *s)
{
    unsigned char first;
    ssize_t n = recv(s->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0)
        close(s->fd);
    else if (first == TLS_HANDSHAKE)
        refuse_tls(a, s);
    else {
        a->config.hand_on(a->config.context, s->fd, (struct sockaddr *)&s->address,
                          s->address_len);
        a->handed_on++;
    }
    return true;
}

/* ---- accepting ---- */

static void keep(struct acceptor *a, const struct silent *came, cmq_ms now_ms)
{
    struct silent *s = malloc(sizeof *s);
    if (s == NULL || !watch(a, came->fd, s)) {
        free(s);
        close(came->fd);
        return;
    }
    *s = *came;
    s->since_ms = now_ms;
    list_append(&a->silent, &s->link);
    a->silent_count++;
}

/* False when there is none, or none can be had at present. */
static bool accept_one(struct acceptor *a, cmq_ms now_ms)
{
    struct silent s = {.address_len = sizeof s.address};
    s.fd = accept4(a->config.listen_fd, (struct sockaddr *)&s.address, &s.address_len,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s.fd < 0)
        return errno == EINTR || errno == ECONNABORTED;
    if (!take(a, &s))
        keep(a, &s, now_ms);
    return true;
}

/* Without room, or descriptors, the listening socket would be reported for ever. */
static void listen_or_not(struct acceptor *a, bool wanted)
{
    if (wanted == a->listening)
        return;
    if (wanted)
        a->listening = watch(a, a->config.listen_fd, NULL);
    else
        a->listening = epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, a->config.listen_fd, NULL) != 0;
}

static void accept_some(struct acceptor *a, cmq_ms now_ms, size_t room)
{
    size_t n = 0;
    bool more = true;
    while (more && n < room && n < EVENTS_MAX) {
        more = accept_one(a, now_ms);
        n += more;
    }
    bool exhausted = !more && errno != EAGAIN && errno != EWOULDBLOCK;
    listen_or_not(a, (n < room || a->silent_count > 0) && !exhausted);
}

/* Without room, the one that has been silent for longest makes some: silence must not shut out
 * who wants to speak. */
static void drop_one(struct acceptor *a)
{
    struct silent *s = CONTAINER_OF(a->silent.next, struct silent, link);
    close(s->fd);
    forget(a, s);
}

static void drop_the_silent(struct acceptor *a, cmq_ms now_ms)
{
    for (struct list_node *l; (l = list_first(&a->silent)) != NULL;) {
        struct silent *s = CONTAINER_OF(l, struct silent, link);
        if (now_ms < s->since_ms + a->config.patience_ms)
            return;
        close(s->fd);
        forget(a, s);
    }
}

/* Those that speak come first: they make no new connections. */
void acceptor_run(struct acceptor *a, cmq_ms now_ms, size_t room)
{
    struct epoll_event events[EVENTS_MAX];
    bool came = !a->listening; /* that is unknown: nobody looked */
    a->handed_on = 0;
    int n = epoll_wait(a->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        struct silent *s = events[i].data.ptr;
        came = came || s == NULL;
        if (s == NULL || epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL) != 0)
            continue;
        if (take(a, s))
            forget(a, s);
        else if (!watch(a, s->fd, s)) {
            close(s->fd);
            forget(a, s);
        }
    }
    drop_the_silent(a, now_ms);
    if (came && a->silent_count > 0 && room <= a->silent_count + a->handed_on)
        drop_one(a);
    size_t taken = a->silent_count + a->handed_on;
    if (came)
        accept_some(a, now_ms, room > taken ? room - taken : 0);
}

bool acceptor_wants_room(const struct acceptor *a)
{
    return !a->listening;
}

cmq_ms acceptor_wake_ms(const struct acceptor *a)
{
    const struct list_node *first = a->silent.next;
    if (first == &a->silent)
        return CMQ_NEVER;
    return CONTAINER_OF(first, const struct silent, link)->since_ms + a->config.patience_ms;
}
