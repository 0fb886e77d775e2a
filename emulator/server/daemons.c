#include "server/daemons.h"

#include "server/realclock.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* ---- one ---- */

void daemon_gained(struct daemon *one)
{
    one->connections++;
}

void daemon_lost(struct daemon *one)
{
    assert(one->connections > 0);
    one->connections--;
    if (one->place < one->all->room[one->tls])
        one->all->room[one->tls] = one->place;
}

void daemon_report(struct daemon *one)
{
    if (!list_linked(&one->due))
        list_append(&one->all->due, &one->due);
}

void daemon_resume(struct daemon *one, struct MHD_Connection *connection)
{
    daemon_report(one);
    MHD_resume_connection(connection);
}

static bool watch(struct daemon *one)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(one->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t)(one->place + 1) << 32};
    return info != NULL &&
           epoll_ctl(one->all->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) == 0;
}

static size_t free_place(const struct daemons *d)
{
    size_t i = 0;
    while (i < d->used && d->list[i] != NULL)
        i++;
    return i;
}

/* NULL when that fails. */
static struct daemon *start_one(struct daemons *d, bool tls)
{
    size_t place = free_place(d);
    struct daemon *one = place < DAEMONS_MAX ? calloc(1, sizeof *one) : NULL;
    if (one == NULL)
        return NULL;
    one->all = d;
    one->place = place;
    one->tls = tls;
    one->wake_ms = CMQ_NEVER;
    one->mhd = d->start(d->context, one, tls);
    if (one->mhd == NULL || !watch(one)) {
        if (one->mhd != NULL)
            MHD_stop_daemon(one->mhd);
        free(one);
        return NULL;
    }
    d->list[place] = one;
    if (place == d->used)
        d->used++;
    if (place < d->room[tls])
        d->room[tls] = place;
    return one;
}

static void stop_one(struct daemon *one)
{
    struct daemons *d = one->all;
    MHD_stop_daemon(one->mhd);
    if (list_linked(&one->due))
        list_unlink(&one->due);
    d->list[one->place] = NULL;
    while (d->used > 0 && d->list[d->used - 1] == NULL)
        d->used--;
    free(one);
}

/* ---- all ---- */

bool daemons_start(struct daemons *d, bool tls, int epoll_fd, daemons_start_fn *start,
                   void *context)
{
    *d = (struct daemons){.start = start,
                          .context = context,
                          .epoll_fd = epoll_fd,
                          .speak_tls = tls,
                          .wake_ms = CMQ_NEVER};
    list_init(&d->due);
    for (int i = 0; i < DAEMONS_KEPT; i++)
        if (start_one(d, false) == NULL)
            return false;
    if (tls && start_one(d, true) == NULL)
        return false;
    d->kept = d->used;
    return true;
}

void daemons_stop(struct daemons *d)
{
    for (size_t i = d->used; i-- > 0;)
        if (d->list[i] != NULL)
            stop_one(d->list[i]);
}

bool daemons_speak_tls(const struct daemons *d)
{
    return d->speak_tls;
}

/* NULL when none has room. */
static struct daemon *find_room(struct daemons *d, bool tls)
{
    for (size_t *i = &d->room[tls]; *i < d->used; ++*i) {
        struct daemon *one = d->list[*i];
        if (one != NULL && one->tls == tls && one->connections < DAEMON_FEW)
            return one;
    }
    return NULL;
}

static struct daemon *find_fewest(struct daemons *d, bool tls)
{
    struct daemon *best = NULL;
    for (size_t i = 0; i < d->used; i++) {
        struct daemon *one = d->list[i];
        if (one != NULL && one->tls == tls &&
            (best == NULL || one->connections < best->connections))
            best = one;
    }
    assert(best != NULL);
    return best;
}

void daemons_connect(struct daemons *d, bool tls, int fd, const struct sockaddr *address,
                     socklen_t len)
{
    struct daemon *one = find_room(d, tls);
    if (one == NULL)
        one = start_one(d, tls);
    if (one == NULL)
        one = find_fewest(d, tls);
    daemon_report(one);
    (void)MHD_add_connection(one->mhd, fd, address, len); /* closes fd if it fails */
}

void daemons_report(struct daemons *d, uint64_t reported)
{
    uint64_t place = reported >> 32;
    if (place > 0 && d->list[place - 1] != NULL)
        daemon_report(d->list[place - 1]);
}

void daemons_report_all(struct daemons *d)
{
    for (size_t i = 0; i < d->used; i++)
        if (d->list[i] != NULL)
            daemon_report(d->list[i]);
}

/* A daemon can get work of other kinds than daemons.h names while it is run, and only then: so
 * it is enough to ask it afterwards. */
static void run(struct daemon *one, cmq_ms now_ms)
{
    MHD_UNSIGNED_LONG_LONG left_ms;
    list_unlink(&one->due);
    one->runs++;
    MHD_run(one->mhd);
    bool limited = MHD_get_timeout(one->mhd, &left_ms) == MHD_YES;
    if (limited && left_ms == 0)
        daemon_report(one);
    one->wake_ms = limited ? now_ms + (cmq_ms)left_ms : CMQ_NEVER;
    if (one->wake_ms < one->all->wake_ms)
        one->all->wake_ms = one->wake_ms;
    if (one->connections == 0 && one->place >= one->all->kept)
        stop_one(one);
}

/* Report those that have reached a time limit. */
static void look_at_limits(struct daemons *d, cmq_ms now_ms)
{
    d->wake_ms = CMQ_NEVER;
    for (size_t i = 0; i < d->used; i++) {
        struct daemon *one = d->list[i];
        if (one == NULL)
            continue;
        if (one->wake_ms <= now_ms)
            daemon_report(one);
        else if (one->wake_ms < d->wake_ms)
            d->wake_ms = one->wake_ms;
    }
}

void daemons_run(struct daemons *d, cmq_ms now_ms, int64_t until_ns)
{
    if (d->wake_ms <= now_ms)
        look_at_limits(d, now_ms);
    const struct list_node *last = d->due.prev;
    for (struct list_node *l = NULL; l != last && (l = list_first(&d->due)) != NULL;) {
        run(CONTAINER_OF(l, struct daemon, due), now_ms);
        if (realclock_monotonic_ns() >= until_ns)
            return;
    }
}

bool daemons_are_busy(const struct daemons *d)
{
    return !list_empty(&d->due);
}

cmq_ms daemons_wake_ms(const struct daemons *d)
{
    return d->wake_ms;
}
