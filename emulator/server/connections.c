#include "server/connections.h"

#include "server/realclock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LAST_PATIENCE_S = 1, RUNS_AT_REST = 3 };

bool connections_init(struct connections *all, cmq_ms idle_timeout_ms)
{
    *all = (struct connections){.ends_fd = epoll_create1(EPOLL_CLOEXEC),
                                .idle_timeout_s = (unsigned)(idle_timeout_ms / 1000)};
    list_init(&all->ending);
    list_init(&all->silent);
    list_init(&all->held);
    list_init(&all->leaving);
    return greetings_init(&all->greetings, idle_timeout_ms) && all->ends_fd >= 0;
}

void connections_fini(struct connections *all)
{
    if (all->ends_fd >= 0)
        close(all->ends_fd);
    greetings_fini(&all->greetings);
}

/* A new descriptor is the lowest that is free. 0, with errno set, if there is none. */
static size_t descriptors_left(void)
{
    struct rlimit files;
    int lowest = epoll_create1(EPOLL_CLOEXEC);
    if (lowest < 0)
        return 0;
    close(lowest);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > SIZE_MAX)
        return SIZE_MAX;
    return files.rlim_cur > (rlim_t)lowest ? (size_t)files.rlim_cur - (size_t)lowest : 0;
}

bool connections_admit(struct connections *all, size_t most, cmq_ms silence_ms)
{
    size_t left = descriptors_left();
    all->silence_ms = silence_ms;
    admission_init(&all->admission, most, left);
    return left > 0;
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static int fd_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

const struct sockaddr *connection_peer(const struct connection *c)
{
    return MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

struct connection *connection_new(struct connections *all, struct daemon *daemon,
                                  struct MHD_Connection *mhd, cmq_ms now_ms)
{
    struct connection *c = calloc(1, sizeof *c);
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = c};
    int fd = fd_of(mhd);
    all->count++;
    if (c == NULL || epoll_ctl(all->ends_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        (void)shutdown(fd, SHUT_RDWR);
        free(c);
        return NULL;
    }
    c->mhd = mhd;
    c->daemon = daemon;
    c->since_run = daemon->runs;
    c->fd = fd;
    address_write(connection_peer(c), c->client);
    admission_enter(&all->admission, &c->place);
    if (daemon->tls)
        c->greeting = greetings_begin(&all->greetings, daemon, mhd, now_ms);
    connection_rests(all, c, now_ms);
    return c;
}

/* A client that does not trust the certificate seldom says so to the person who looks at it. */
static void note_distrust(const struct greeting *one, struct log *log, cmq_ms now_ms)
{
    char text[256];
    const char *complaint = greetings_complaint(one);
    if (complaint == NULL)
        return;
    snprintf(text, sizeof text,
             "a client does not trust the certificate (%s): it has to trust the ca.pem of "
             "--tls-self-signed, or the authority of --tls-cert, and ask for one of its hosts",
             complaint);
    log_note(log, now_ms, text);
}

void connection_free(struct connections *all, struct connection *c, struct log *log,
                     cmq_ms now_ms)
{
    all->count--;
    if (c == NULL)
        return;
    connection_waits(c);
    if (list_linked(&c->silent))
        list_unlink(&c->silent);
    admission_leave(&all->admission, &c->place);
    if (c->greeting != NULL)
        note_distrust(c->greeting, log, now_ms);
    greetings_free(c->greeting);
    free(c);
}

/* How long libmicrohttpd waits for any progress. Not while a daemon is run, but for the connection
 * that it is running: others may be on their way out, and take no option any more. */
static void set_patience(struct connection *c, unsigned seconds)
{
    c->patience_s = seconds;
    (void)MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

void connection_run_on(struct connections *all, struct connection *c)
{
    if (!list_linked(&c->ending))
        list_append(&all->ending, &c->ending);
}

void connection_begins(struct connection *c, struct request *r)
{
    c->request = r;
    c->moved_run = c->daemon->runs;
    if (list_linked(&c->silent))
        list_unlink(&c->silent);
}

void connection_rests(struct connections *all, struct connection *c, cmq_ms now_ms)
{
    c->request = NULL;
    c->moved_run = c->daemon->runs;
    c->silent_since_ms = now_ms;
    list_append(&all->silent, &c->silent);
}

void connection_waits(struct connection *c)
{
    if (list_linked(&c->ending))
        list_unlink(&c->ending);
}

/* Who has hung up may still read, and slowly. */
void connection_answers(const struct connections *all, struct connection *c)
{
    connection_waits(c);
    c->answered = true;
    if (c->patience_s == LAST_PATIENCE_S)
        set_patience(c, all->idle_timeout_s);
}

void connection_cut(struct connection *c)
{
    (void)shutdown(c->fd, SHUT_RDWR);
    set_patience(c, LAST_PATIENCE_S);
    daemon_report(c->daemon);
}

bool connections_are_held(const struct connections *all)
{
    return !list_empty(&all->held);
}

/* Only now, since libmicrohttpd must not lose one that it is about to serve. Those that shake hands
 * may be suspended already, and are seen by greetings_wake(). */
static void hold_ending(struct connections *all)
{
    for (struct list_node *l; (l = list_first(&all->ending)) != NULL;) {
        struct connection *c = CONTAINER_OF(l, struct connection, ending);
        bool greets = c->greeting != NULL && !greetings_have_ended(c->greeting);
        list_unlink(l);
        list_append(greets ? &all->leaving : &all->held, l);
        if (!greets)
            MHD_suspend_connection(c->mhd);
    }
}

static void let_go(struct connections *all, size_t most)
{
    for (struct list_node *l; most > 0 && (l = list_first(&all->held)) != NULL; most--) {
        struct connection *c = CONTAINER_OF(l, struct connection, ending);
        list_unlink(l);
        list_append(&all->leaving, l);
        c->moved_run = c->daemon->runs;
        daemon_resume(c->daemon, c->mhd);
    }
}

/* As long as libmicrohttpd leaves something unread it goes on by itself. What it has read may hold
 * further requests, to which it comes in later runs: so it gets some in which nothing moves. */
static void shut_leaving(struct connections *all)
{
    for (struct list_node *l = all->leaving.next, *next; l != &all->leaving; l = next) {
        struct connection *c = CONTAINER_OF(l, struct connection, ending);
        int unread = 0;
        next = l->next;
        if (c->patience_s != LAST_PATIENCE_S)
            set_patience(c, LAST_PATIENCE_S);
        if (ioctl(c->fd, FIONREAD, &unread) == 0 && unread > 0)
            continue;
        if (c->daemon->runs < c->moved_run + RUNS_AT_REST) {
            daemon_report(c->daemon);
            continue;
        }
        (void)shutdown(c->fd, SHUT_RD);
        daemon_report(c->daemon);
        list_unlink(l);
    }
}

bool connection_is_inside(struct connections *all, struct connection *c)
{
    return admission_come_inside(&all->admission, &c->place);
}

/* What one has sent already has to be read first, and its answer to leave. The acceptor takes few
 * in a turn, so these are few, too. */
static void turn_out(struct connections *all)
{
    for (struct place *p; (p = admission_surplus(&all->admission)) != NULL;) {
        struct connection *c = CONTAINER_OF(p, struct connection, place);
        if (c->since_run == c->daemon->runs)
            return;
        admission_leave(&all->admission, p);
        if (!c->answered)
            connection_cut(c);
    }
}

/* Each byte of one that says something is an event, and so is its end here: nobody has to wake the
 * loop for these, nor for the rest of them. */
static void cut_silent(struct connections *all, cmq_ms now_ms)
{
    size_t most = CONNECTIONS_IN_A_TURN;
    for (struct list_node *l; most > 0 && (l = list_first(&all->silent)) != NULL; most--) {
        struct connection *c = CONTAINER_OF(l, struct connection, silent);
        if (now_ms < c->silent_since_ms + all->silence_ms)
            return;
        list_unlink(l);
        connection_cut(c);
    }
}

void connections_run(struct connections *all, cmq_ms now_ms, bool last)
{
    enum { RUN_NS = 1000000, WHEN_BEHIND = 2 };
    all->run_ms = now_ms;
    hold_ending(all);
    let_go(all, last ? SIZE_MAX : all->behind ? WHEN_BEHIND : CONNECTIONS_IN_A_TURN);
    if (!last)
        greetings_suspend(&all->greetings);
    greetings_wake(&all->greetings, now_ms);
    daemons_run(&all->daemons, now_ms, last ? INT64_MAX : realclock_monotonic_ns() + RUN_NS);
    all->behind = daemons_are_busy(&all->daemons);
    shut_leaving(all);
    turn_out(all);
    cut_silent(all, now_ms);
    if (!last)
        greetings_suspend(&all->greetings);
}
