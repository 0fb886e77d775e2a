#include "server/daemons.h"

#include <assert.h>
#include <sys/epoll.h>

/* So many connections of one daemon before the next one is used. */
enum { FEW = 128 };

bool daemons_take(struct daemons *d, struct MHD_Daemon *mhd, bool tls, int epoll_fd)
{
    if (mhd == NULL)
        return false;
    assert(d->count < DAEMONS_MAX);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN};
    if (info != NULL) {
        event.data.fd = info->epoll_fd;
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) == 0) {
            d->list[d->count++] = (struct daemon){
                .mhd = mhd, .epoll_fd = event.data.fd, .tls = tls, .wake_ms = CMQ_NEVER};
            return true;
        }
    }
    MHD_stop_daemon(mhd);
    return false;
}

void daemons_stop(struct daemons *d)
{
    for (size_t i = 0; i < d->count; i++)
        MHD_stop_daemon(d->list[i].mhd);
    d->count = 0;
}

bool daemons_speak_tls(const struct daemons *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].tls)
            return true;
    return false;
}

static unsigned connections_of(const struct daemon *one)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(one->mhd, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info != NULL ? info->num_connections : 0;
}

/* The first one that has few, or else the one that has fewest. */
static struct daemon *choose(struct daemons *d, bool tls)
{
    struct daemon *best = NULL;
    unsigned fewest = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->list[i].tls != tls)
            continue;
        unsigned connections = connections_of(&d->list[i]);
        if (connections < FEW)
            return &d->list[i];
        if (best == NULL || connections < fewest) {
            best = &d->list[i];
            fewest = connections;
        }
    }
    assert(best != NULL);
    return best;
}

void daemons_connect(struct daemons *d, bool tls, int fd, const struct sockaddr *address,
                     socklen_t len)
{
    struct daemon *one = choose(d, tls);
    one->due = true;
    (void)MHD_add_connection(one->mhd, fd, address, len); /* closes fd if it fails */
}

static size_t place_of(const struct daemons *d, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    size_t i = 0;
    while (d->list[i].mhd != info->daemon)
        i++;
    return i;
}

bool daemons_is_tls(const struct daemons *d, struct MHD_Connection *connection)
{
    return d->list[place_of(d, connection)].tls;
}

void daemons_resume(struct daemons *d, struct MHD_Connection *connection)
{
    daemons_report_of(d, connection);
    MHD_resume_connection(connection);
}

void daemons_report(struct daemons *d, int fd)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].epoll_fd == fd)
            d->list[i].due = true;
}

void daemons_report_of(struct daemons *d, struct MHD_Connection *connection)
{
    d->list[place_of(d, connection)].due = true;
}

void daemons_report_all(struct daemons *d)
{
    for (size_t i = 0; i < d->count; i++)
        d->list[i].due = true;
}

/* A daemon can get work of other kinds than daemons.h names while it is run, and only then: so
 * it is enough to ask it afterwards. */
static void run(struct daemon *one, cmq_ms now_ms)
{
    MHD_UNSIGNED_LONG_LONG left_ms;
    one->due = false;
    MHD_run(one->mhd);
    bool limited = MHD_get_timeout(one->mhd, &left_ms) == MHD_YES;
    if (limited && left_ms == 0)
        one->due = true;
    one->wake_ms = limited ? now_ms + (cmq_ms)left_ms : CMQ_NEVER;
}

void daemons_run(struct daemons *d, cmq_ms now_ms)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].due || d->list[i].wake_ms <= now_ms)
            run(&d->list[i], now_ms);
}

bool daemons_are_busy(const struct daemons *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].due)
            return true;
    return false;
}

cmq_ms daemons_wake_ms(const struct daemons *d)
{
    cmq_ms wake_ms = CMQ_NEVER;
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].wake_ms < wake_ms)
            wake_ms = d->list[i].wake_ms;
    return wake_ms;
}
