#include "server/greetings.h"

#include <assert.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

struct greeting {
    struct list_node link;   /* in greetings->all; unlinked when its time is over, or it is */
    struct list_node active; /* in greetings->active, or unlinked */
    struct daemon *daemon;
    uint64_t runs; /* of the daemon, when it was last resumed */
    struct MHD_Connection *connection;
    int fd;
    cmq_ms since_ms;
    bool ended;
    int alert; /* one that the client has sent in plain; 0: none */
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
    one->runs = daemon->runs;
    one->connection = connection;
    one->fd = fd;
    one->since_ms = now_ms;
    list_append(&g->all, &one->link);
    list_append(&g->active, &one->active);
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

const char *greetings_complaint(const struct greeting *one)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(one->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info == NULL || !list_linked(&one->link))
        return NULL;
    gnutls_alert_description_t alert = one->alert != 0 ? (gnutls_alert_description_t)one->alert
                                                       : gnutls_alert_get(info->tls_session);
    bool distrusts = alert == GNUTLS_A_UNKNOWN_CA || alert == GNUTLS_A_BAD_CERTIFICATE ||
                     alert == GNUTLS_A_CERTIFICATE_UNKNOWN ||
                     alert == GNUTLS_A_CERTIFICATE_EXPIRED;
    return distrusts ? gnutls_alert_get_name(alert) : NULL;
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
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(one->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL || gnutls_record_check_pending(info->tls_session) == 0;
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

/* With TLS 1.3 OpenSSL encrypts no alert that the server's first answer causes. GnuTLS expects
 * it encrypted, and does not understand it. */
static void look_for_alert(struct greeting *one)
{
    static const unsigned char head[] = {21, 3, 3, 0, 2, 2}; /* an alert of 2 bytes, fatal */
    unsigned char record[sizeof head + 1];
    ssize_t n = recv(one->fd, record, sizeof record, MSG_PEEK | MSG_DONTWAIT);
    if (n == (ssize_t)sizeof record && memcmp(record, head, sizeof head) == 0)
        one->alert = record[sizeof head];
}

static void wake(struct greetings *g, struct greeting *one)
{
    (void)epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, one->fd, NULL);
    list_append(&g->active, &one->active);
    g->suspended--;
    one->runs = one->daemon->runs;
    daemon_resume(one->daemon, one->connection);
}

/* What was shut down is reported by epoll, like all else that comes. */
static void limit(struct greetings *g, cmq_ms now_ms)
{
    while (greetings_wake_ms(g) <= now_ms) {
        struct greeting *one = CONTAINER_OF(list_first(&g->all), struct greeting, link);
        (void)shutdown(one->fd, SHUT_RDWR);
        list_unlink(&one->link);
    }
}

void greetings_wake(struct greetings *g, cmq_ms now_ms)
{
    struct epoll_event events[EVENTS_MAX];
    limit(g, now_ms);
    for (int n = EVENTS_MAX; n == EVENTS_MAX && g->suspended > 0;) {
        n = epoll_wait(g->epoll_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < n; i++) {
            look_for_alert(events[i].data.ptr);
            wake(g, events[i].data.ptr);
        }
    }
}

void greetings_resume_all(struct greetings *g)
{
    for (struct list_node *l = g->all.next; l != &g->all; l = l->next) {
        struct greeting *one = CONTAINER_OF(l, struct greeting, link);
        if (!list_linked(&one->active))
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
