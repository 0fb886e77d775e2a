#include "server/acceptor.h"

#include "base/list.h"
#include "server/opening.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 64,
    HOST_SHOWN = 256,
    RETRY_MS = 50, /* when nothing could be accepted, for whatever reason */
};

/* A connection that has not been handed on yet. */
struct newcomer {
    struct list_node link; /* in acceptor->newcomers */
    int fd;
    bool tls_alone; /* came to the port for TLS */
    bool watched;   /* is in the epoll set */
    bool tunnel;    /* its CONNECT has been answered */
    cmq_ms since_ms;
    struct sockaddr_storage address;
    socklen_t address_len;
};

struct acceptor {
    struct acceptor_config config;
    int epoll_fd;               /* listening sockets (data.ptr NULL), and newcomers */
    bool listening;             /* the listening sockets are watched */
    struct list_node newcomers; /* who has been here for longest first */
    size_t newcomer_count;
    size_t handed_on; /* in this run */
    cmq_ms retry_ms;  /* accepting, or watching for it, has failed: once more then; CMQ_NEVER */
};

static bool watch(const struct acceptor *a, int fd, uint32_t what, struct newcomer *s)
{
    struct epoll_event event = {.events = what, .data.ptr = s};
    return epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_listening(const struct acceptor *a)
{
    const struct listeners *l = &a->config.listeners;
    for (size_t i = 0; i < l->count; i++)
        if (!watch(a, l->all[i].fd, EPOLLIN, NULL))
            return false;
    return true;
}

struct acceptor *acceptor_new(const struct acceptor_config *config)
{
    struct acceptor *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    *a = (struct acceptor){
        .config = *config, .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .retry_ms = CMQ_NEVER};
    list_init(&a->newcomers);
    a->listening = a->epoll_fd >= 0 && watch_listening(a);
    if (a->listening)
        return a;
    if (a->epoll_fd >= 0)
        close(a->epoll_fd);
    free(a);
    return NULL;
}

static void forget(struct acceptor *a, struct newcomer *s)
{
    list_unlink(&s->link);
    a->newcomer_count--;
    free(s);
}

static void drop(struct acceptor *a, struct newcomer *s)
{
    close(s->fd);
    forget(a, s);
}

void acceptor_free(struct acceptor *a)
{
    if (a == NULL)
        return;
    for (struct list_node *l; (l = list_first(&a->newcomers)) != NULL;)
        drop(a, CONTAINER_OF(l, struct newcomer, link));
    listeners_close(&a->config.listeners);
    close(a->epoll_fd);
    free(a);
}

int acceptor_fd(const struct acceptor *a)
{
    return a->epoll_fd;
}

/* ---- what cannot be served ---- */

/* What was sent is read first, or closing would take the answer back; a client that goes on and
 * on loses it. */
static void drain(int fd)
{
    enum { DRAINED_MAX = 64 * 1024 };
    char dropped[4096];
    for (ssize_t n = 1, len = 0; n > 0 && len < DRAINED_MAX; len += n)
        n = recv(fd, dropped, sizeof dropped, MSG_DONTWAIT);
}

/* Answer in plain HTTP and close. */
static void refuse(const struct newcomer *s, const char *status, const char *text)
{
    char answer[1024];
    int len = snprintf(answer, sizeof answer,
                       "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       status, strlen(text), text);
    assert(len > 0 && (size_t)len < sizeof answer);
    drain(s->fd);
    (void)send(s->fd, answer, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(s->fd);
}

/* "a client at 127.0.0.1 ...". */
static void note(struct acceptor *a, const struct newcomer *s, const char *what)
{
    char host[64] = "?";
    char text[768];
    (void)getnameinfo((const struct sockaddr *)&s->address, s->address_len, host, sizeof host,
                      NULL, 0, NI_NUMERICHOST);
    snprintf(text, sizeof text, "a client at %s %s", host, what);
    a->config.note(a->config.context, text);
}

static void refuse_tls(struct acceptor *a, const struct newcomer *s)
{
    note(a, s,
         "speaks TLS, and this port speaks HTTP alone: its endpoint should begin with http://, "
         "or the emulator be started with --tls-self-signed DIR");
    refuse(s, "400 Bad Request", "This port speaks HTTP, and a client sent TLS");
}

static void refuse_plain(struct acceptor *a, const struct newcomer *s)
{
    note(
        a, s,
        "speaks plain HTTP to the port of --tls-port: its endpoint should begin with https://, "
        "or have the other port");
    refuse(s, "400 Bad Request", "This port speaks TLS, and a client sent plain HTTP");
}

static void refuse_host(struct acceptor *a, const struct newcomer *s, struct bytes host)
{
    char text[768];
    struct bytes name = gate_name_of(host);
    int shown = name.len < HOST_SHOWN ? (int)name.len : HOST_SHOWN;
    snprintf(
        text, sizeof text,
        "takes the emulator for a proxy to %.*s, which is none of the hosts that it stands "
        "in for; --host-names %.*s would allow it",
        shown, name.data, shown, name.data);
    note(a, s, text);
    snprintf(text, sizeof text,
             "This is the emulator of CMQ, and no open proxy: it does not stand in for %.*s. "
             "--host-names %.*s would allow it.\n",
             shown, name.data, shown, name.data);
    refuse(s, "403 Forbidden", text);
}

/* ---- what a connection says first ---- */

/* Read the head of a CONNECT, which has come whole, and no byte more. */
static bool read_head(int fd, size_t len)
{
    char head[OPENING_MAX];
    assert(len <= sizeof head);
    return recv(fd, head, len, MSG_DONTWAIT) == (ssize_t)len;
}

/* The answer to CONNECT goes before a handshake that is written in pieces. With Nagle's algorithm
 * the second piece would wait for the client's acknowledgment, which clients put off for 40 ms. */
static void send_at_once(int fd)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* False when the connection has ended: the tunnel was refused, or its client has gone. */
static bool open_tunnel(struct acceptor *a, struct newcomer *s, const struct opening *o)
{
    static const char answer[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    if (s->tunnel) {
        note(a, s, "asks for a tunnel within a tunnel");
        refuse(s, "400 Bad Request", "A tunnel within a tunnel is not supported\n");
        return false;
    }
    if (!gate_is_our_host(a->config.gate, o->host)) {
        refuse_host(a, s, o->host);
        return false;
    }
    s->tunnel = true;
    send_at_once(s->fd);
    if (read_head(s->fd, o->head_len) &&
        send(s->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL) ==
            (ssize_t)sizeof answer - 1)
        return true;
    close(s->fd);
    return false;
}

static void hand_on(struct acceptor *a, const struct newcomer *s, bool tls)
{
    if (s->watched)
        (void)epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
    a->config.hand_on(a->config.context, tls, s->fd, (const struct sockaddr *)&s->address,
                      s->address_len);
    a->handed_on++;
}

/* The connection goes its way, but for a tunnel that was opened, and of which more is to be said:
 * then false. */
static bool go_on(struct acceptor *a, struct newcomer *s, const struct opening *o)
{
    switch (o->kind) {
    case OPENING_TLS:
        if (a->config.tls)
            hand_on(a, s, true);
        else
            refuse_tls(a, s);
        return true;
    case OPENING_HTTP:
        hand_on(a, s, false);
        return true;
    case OPENING_CONNECT:
        return !open_tunnel(a, s, o);
    case OPENING_BAD:
        refuse(s, "400 Bad Request", "CONNECT needs a host and a port\n");
        return true;
    case OPENING_TOO_LONG:
        refuse(s, "431 Request Header Fields Too Large",
               "The head of a CONNECT may have 8 KiB\n");
        return true;
    case OPENING_MORE:
        break;
    }
    assert(false);
    return true;
}

/* Look at the first bytes. False when more have to come; otherwise the connection has gone its
 * way. */
static bool take(struct acceptor *a, struct newcomer *s)
{
    char first[OPENING_MAX];
    for (;;) {
        ssize_t n = recv(s->fd, first, sizeof first, MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (n <= 0) {
            close(s->fd);
            return true;
        }
        struct opening o = opening_read((struct bytes){first, (size_t)n});
        if (o.kind == OPENING_MORE)
            return false;
        if (s->tls_alone && o.kind != OPENING_TLS) {
            refuse_plain(a, s);
            return true;
        }
        if (go_on(a, s, &o))
            return true;
    }
}

/* ---- accepting ---- */

/* Edge-triggered: what has come stays in the kernel, and only what comes next is news. */
static void keep(struct acceptor *a, const struct newcomer *came, cmq_ms now_ms)
{
    struct newcomer *s = malloc(sizeof *s);
    if (s == NULL || !watch(a, came->fd, EPOLLIN | EPOLLRDHUP | EPOLLET, s)) {
        free(s);
        close(came->fd);
        return;
    }
    *s = *came;
    s->watched = true;
    s->since_ms = now_ms;
    list_append(&a->newcomers, &s->link);
    a->newcomer_count++;
}

enum accepted {
    ACCEPTED,
    ACCEPTED_GONE, /* a client has gone before that */
    ACCEPTED_NONE,
    ACCEPTED_FULL,   /* without descriptors or memory none can be had */
    ACCEPTED_FAILED, /* nor at present, for another reason */
};

/* Linux reports errors of the connection that is accepted, or of its network, here. */
static enum accepted why_not(int error)
{
    switch (error) {
    case EAGAIN:
        return ACCEPTED_NONE;
    case EINTR:
    case ECONNABORTED:
    case ECONNRESET:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case EPERM: /* a firewall */
        return ACCEPTED_GONE;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return ACCEPTED_FULL;
    default:
        return ACCEPTED_FAILED;
    }
}

static enum accepted accept_one(struct acceptor *a, const struct listener *from, cmq_ms now_ms)
{
    struct newcomer s = {.address_len = sizeof s.address, .tls_alone = from->tls_alone};
    s.fd = accept4(from->fd, (struct sockaddr *)&s.address, &s.address_len,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s.fd < 0)
        return why_not(errno);
    if (!take(a, &s))
        keep(a, &s, now_ms);
    return ACCEPTED;
}

/* All, or none of them. */
static void listen_or_not(struct acceptor *a, bool wanted)
{
    const struct listeners *l = &a->config.listeners;
    if (wanted == a->listening)
        return;
    for (size_t i = 0; i < l->count; i++)
        (void)epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, l->all[i].fd, NULL);
    a->listening = wanted && watch_listening(a);
    if (wanted && !a->listening)
        for (size_t i = 0; i < l->count; i++)
            (void)epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, l->all[i].fd, NULL);
}

/* Without room, or descriptors, the one that has said nothing for longest makes some: silence
 * must not shut out who wants to speak. */
static void drop_one(struct acceptor *a)
{
    struct list_node *first = list_first(&a->newcomers);
    if (first != NULL)
        drop(a, CONTAINER_OF(first, struct newcomer, link));
}

/* Accept from the ports in turn, at most so many. Returns how that ended: ACCEPTED if there may be
 * more, NONE, FULL or FAILED. *taken: how many came. */
static enum accepted accept_up_to(struct acceptor *a, cmq_ms now_ms, size_t most, size_t *taken)
{
    const struct listeners *l = &a->config.listeners;
    bool none[LISTENERS_MAX] = {false}; /* no connection waits there */
    size_t left = l->count;
    size_t gone = 0;
    *taken = 0;
    for (size_t i = 0; left > 0 && *taken + gone < most; i = (i + 1) % l->count) {
        if (none[i])
            continue;
        enum accepted how = accept_one(a, &l->all[i], now_ms);
        if (how == ACCEPTED_FULL || how == ACCEPTED_FAILED)
            return how;
        none[i] = how == ACCEPTED_NONE;
        left -= none[i];
        gone += how == ACCEPTED_GONE;
        *taken += how == ACCEPTED;
    }
    if (left == 0)
        return ACCEPTED_NONE;
    return gone > 0 && *taken == 0 ? ACCEPTED_FAILED : ACCEPTED;
}

/* A socket that listens is reported as long as a connection waits there. So when none can be had,
 * or there is no room for one, it is not watched: or the loop would spin. What has failed is tried
 * again soon, and whenever something else has happened: nobody would tell that it works again. */
static void accept_some(struct acceptor *a, cmq_ms now_ms, size_t room)
{
    size_t taken;
    enum accepted how = accept_up_to(a, now_ms, room < EVENTS_MAX ? room : EVENTS_MAX, &taken);
    bool made_room = how == ACCEPTED_FULL && a->newcomer_count > 0;
    bool failed = (how == ACCEPTED_FULL && !made_room) || how == ACCEPTED_FAILED;
    if (made_room)
        drop_one(a);
    bool wanted = !failed && (made_room || taken < room || a->newcomer_count > 0);
    listen_or_not(a, wanted);
    a->retry_ms = failed || (wanted && !a->listening) ? now_ms + RETRY_MS : CMQ_NEVER;
}

static void drop_the_slow(struct acceptor *a, cmq_ms now_ms)
{
    for (struct list_node *l; (l = list_first(&a->newcomers)) != NULL;) {
        struct newcomer *s = CONTAINER_OF(l, struct newcomer, link);
        if (now_ms < s->since_ms + a->config.patience_ms)
            return;
        drop(a, s);
    }
}

/* Those that speak come first: they make no new connections. One that has closed its sending
 * side, and needs to say more, never will. */
void acceptor_run(struct acceptor *a, cmq_ms now_ms, size_t room)
{
    struct epoll_event events[EVENTS_MAX];
    bool came = !a->listening; /* that is unknown: nobody looked */
    a->handed_on = 0;
    int n = epoll_wait(a->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        struct newcomer *s = events[i].data.ptr;
        came = came || s == NULL;
        if (s == NULL)
            continue;
        if (take(a, s))
            forget(a, s);
        else if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
            drop(a, s);
    }
    drop_the_slow(a, now_ms);
    if (came && a->newcomer_count > 0 && room <= a->newcomer_count + a->handed_on)
        drop_one(a);
    size_t taken = a->newcomer_count + a->handed_on;
    if (came)
        accept_some(a, now_ms, room > taken ? room - taken : 0);
}

bool acceptor_wants_room(const struct acceptor *a)
{
    return !a->listening;
}

cmq_ms acceptor_wake_ms(const struct acceptor *a)
{
    const struct list_node *first = a->newcomers.next;
    cmq_ms wake_ms = a->retry_ms;
    if (first != &a->newcomers) {
        const struct newcomer *s = CONTAINER_OF(first, const struct newcomer, link);
        cmq_ms patience_ms = s->since_ms + a->config.patience_ms;
        wake_ms = patience_ms < wake_ms ? patience_ms : wake_ms;
    }
    return wake_ms;
}
