#include "server/greetings.h"

#include <assert.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEVER UINT64_MAX

struct greeting {
    struct list_node link;   /* in greetings->all; unlinked when its time is over, or it is */
    struct list_node active; /* in greetings->active, or unlinked */
    struct daemon *daemon;
    uint64_t runs; /* of the daemon, when it was last resumed, or NEVER */
    struct MHD_Connection *connection;
    int fd;
    cmq_ms since_ms;
    bool ended;
    bool looked; /* for an alert that has not been read yet */
    int alert;   /* what the client has sent; 0: none */
};

bool greetings_init(struct greetings *g, cmq_ms patience_ms)
{
    *g = (struct greetings){.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                            .patience_ms = patience_ms};
    list_init(&g->all);
    list_init(&g->active);
    return g->epoll_fd >= 0;
}

void greetings_fini(struct greetings *g)
{
    if (g->epoll_fd >= 0)
        close(g->epoll_fd);
}

/* ---- alerts: why a client gives up ---- */

static gnutls_session_t session_of(const struct greeting *one)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(one->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info != NULL ? info->tls_session : NULL;
}

enum alert_kind { ALERT_NONE, ALERT_PLAIN, ALERT_ENCRYPTED };

/* Whether the record that is to be read next is an alert. With TLS 1.3 OpenSSL encrypts none that the
 * server's first answer causes. GnuTLS expects it encrypted, and does not understand it. Others do
 * encrypt it: two bytes, their kind, and 16 of a tag. */
static enum alert_kind next_alert(const struct greeting *one, int *alert)
{
    static const unsigned char plain[] = {21, 3, 3, 0, 2, 2}; /* fatal */
    static const unsigned char encrypted[] = {23, 3, 3, 0, 2 + 1 + 16};
    unsigned char bytes[sizeof encrypted + 2 + 1 + 16];
    ssize_t n = recv(one->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (n > (ssize_t)sizeof plain && memcmp(bytes, plain, sizeof plain) == 0) {
        *alert = bytes[sizeof plain];
        return ALERT_PLAIN;
    }
    return n == (ssize_t)sizeof bytes && memcmp(bytes, encrypted, sizeof encrypted) == 0
               ? ALERT_ENCRYPTED
               : ALERT_NONE;
}

/* How libmicrohttpd's session reads from the socket: not an alert that we have not looked at, since
 * nobody tells what it was. It finds nothing then, and is suspended. */
static ssize_t pull(gnutls_transport_ptr_t context, void *to, size_t room)
{
    struct greeting *one = context;
    int unused;
    if (!one->ended && !one->looked && next_alert(one, &unused) != ALERT_NONE) {
        errno = EAGAIN;
        return -1;
    }
    return recv(one->fd, to, room, 0);
}

static void pull_by_us(struct greeting *one)
{
    gnutls_transport_ptr_t from, to;
    gnutls_session_t session = session_of(one);
    if (session == NULL)
        return;
    gnutls_transport_get_ptr2(session, &from, &to);
    gnutls_transport_set_ptr2(session, one, to);
    gnutls_transport_set_pull_function(session, pull);
}

/* An encrypted one, in place of the end of a handshake, is read before libmicrohttpd does. */
static void look_for_alert(struct greeting *one)
{
    enum alert_kind kind = next_alert(one, &one->alert);
    gnutls_session_t session = session_of(one);
    one->looked = kind != ALERT_NONE;
    if (kind == ALERT_ENCRYPTED && session != NULL &&
        gnutls_handshake_get_last_in(session) == GNUTLS_HANDSHAKE_CLIENT_HELLO &&
        gnutls_handshake(session) == GNUTLS_E_FATAL_ALERT_RECEIVED)
        one->alert = (int)gnutls_alert_get(session);
}

/* ---- from the beginning to the end ---- */

struct greeting *greetings_begin(struct greetings *g, struct daemon *daemon,
                                 struct MHD_Connection *connection, cmq_ms now_ms)
{
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct greeting *one = calloc(1, sizeof *one);
    if (one == NULL) {
        (void)shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    one->daemon = daemon;
    one->runs = NEVER;
    one->connection = connection;
    one->fd = fd;
    one->since_ms = now_ms;
    list_append(&g->all, &one->link);
    list_append(&g->active, &one->active);
    pull_by_us(one);
    return one;
}

void greetings_end(struct greeting *one)
{
    if (list_linked(&one->link))
        list_unlink(&one->link);
    if (list_linked(&one->active))
        list_unlink(&one->active);
    one->ended = true;
}

bool greetings_have_ended(const struct greeting *one)
{
    return one->ended;
}

/* The session itself has been freed when libmicrohttpd tells that a connection has closed. */
const char *greetings_complaint(const struct greeting *one)
{
    gnutls_alert_description_t alert = (gnutls_alert_description_t)one->alert;
    bool distrusts = alert == GNUTLS_A_UNKNOWN_CA || alert == GNUTLS_A_BAD_CERTIFICATE ||
                     alert == GNUTLS_A_CERTIFICATE_UNKNOWN ||
                     alert == GNUTLS_A_CERTIFICATE_EXPIRED;
    return distrusts && !one->ended ? gnutls_alert_get_name(alert) : NULL;
}

void greetings_free(struct greeting *one)
{
    if (one == NULL)
        return;
    greetings_end(one);
    free(one);
}

/* A record may be longer than what libmicrohttpd has read of it: no socket tells of the rest. */
static bool has_to_wait(const struct greeting *one)
{
    gnutls_session_t session = session_of(one);
    return session == NULL || gnutls_record_check_pending(session) == 0;
}

void greetings_suspend(struct greetings *g)
{
    for (struct list_node *l = g->active.next, *next; l != &g->active; l = next) {
        struct greeting *one = CONTAINER_OF(l, struct greeting, active);
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = one};
        next = l->next;
        if (one->daemon->runs == one->runs || !has_to_wait(one) ||
            epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, one->fd, &event) != 0)
            continue;
        list_unlink(&one->active);
        g->suspended++;
        MHD_suspend_connection(one->connection);
    }
}

static void wake(struct greetings *g, struct greeting *one)
{
    (void)epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, one->fd, NULL);
    list_append(&g->active, &one->active);
    g->suspended--;
    one->runs = one->daemon->runs;
    daemon_resume(one->daemon, one->connection);
}

static bool is_suspended(const struct greeting *one)
{
    return !list_linked(&one->active);
}

/* There is one. */
static struct greeting *first_of(struct greetings *g)
{
    struct list_node *l = list_first(&g->all);
    assert(l != NULL);
    return CONTAINER_OF(l, struct greeting, link);
}

/* The time of the first one is over: its handshake is to fail. */
static void give_up(struct greetings *g, struct greeting *one)
{
    (void)shutdown(one->fd, SHUT_RDWR);
    list_unlink(&one->link);
    if (is_suspended(one))
        wake(g, one);
    else
        daemon_report(one->daemon);
}

/* A step of a handshake takes up to a millisecond, so there are few of them at a time; epoll tells of
 * the rest again, and of those that have waited for longer first. */
void greetings_wake(struct greetings *g, cmq_ms now_ms)
{
    enum { STEPS = 2 };
    struct epoll_event events[STEPS];
    for (int i = 0; i < STEPS && greetings_wake_ms(g) <= now_ms; i++)
        give_up(g, first_of(g));
    int n = g->suspended > 0 ? epoll_wait(g->epoll_fd, events, STEPS, 0) : 0;
    for (int i = 0; i < n; i++) {
        look_for_alert(events[i].data.ptr);
        wake(g, events[i].data.ptr);
    }
}

void greetings_resume_all(struct greetings *g)
{
    for (struct list_node *l = g->all.next; l != &g->all; l = l->next) {
        struct greeting *one = CONTAINER_OF(l, struct greeting, link);
        if (is_suspended(one))
            wake(g, one);
    }
    assert(g->suspended == 0);
}

cmq_ms greetings_wake_ms(const struct greetings *g)
{
    const struct list_node *first = g->all.next;
    if (first == &g->all)
        return CMQ_NEVER;
    return CONTAINER_OF(first, const struct greeting, link)->since_ms + g->patience_ms;
}
