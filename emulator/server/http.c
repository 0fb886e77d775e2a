/* The loop: it waits for one epoll set (epoll_fd) that contains those of the acceptor, of
 * libmicrohttpd's daemons (see daemons.h), of the handshakes (see greetings.h), of the pushes and
 * of the ends of connections (see connections.h), with the next deadline as its time limit: see
 * patience_ms(). turn() repeats some steps, since answering one request may resume another, and a
 * daemon notices a resumed connection only when it runs again.
 *
 * Connections go from acceptor.h to connections.h, their requests from reading.h by requests.h to
 * answers.h. */
#include "server/http.h"

#include "server/acceptor.h"
#include "server/answers.h"
#include "server/pusher.h"
#include "server/reading.h"
#include "server/surplus.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    /* A request line of 32 KiB and the headers must fit. Larger pools cost speed: libmicrohttpd
     * clears them with every request. */
    CONNECTION_POOL = 48 * 1024,
    /* Connections that are accepted before others have left the reserve; further ones wait in the
     * kernel for a turn of the loop. */
    TURNED_OUT_AT_A_TIME = 16,
    /* What namespaces may do in a turn (base/effort.h): 1 to 2 ms. */
    TURN_EFFORT = 10000,
    STOP_MS = 1000,                /* how long stopping waits for the last answers to leave */
    EVENTS_MAX = DAEMONS_MAX + 16, /* all that there may be: ends are not overlooked */
};

struct http {
    struct service *service;
    const struct options *options;
    const struct realclock *clock;
    struct log *log;
    struct acceptor *acceptor;
    struct pusher *pusher;
    bool pusher_woken; /* pusher_fd() is readable */
    bool ends_came;    /* ends_fd is readable */
    bool pushes_left;  /* the pusher has more to do without waiting */
    const struct certificate *certificate;
    struct connections connections;
    struct requests requests;
    int epoll_fd; /* what the loop waits for */
    int alarm_fd; /* see realclock_alarm() */
    struct surplus surplus;
};

static cmq_ms real_now_ms(const struct http *h)
{
    return realclock_now_ms(h->clock);
}

/* Somebody may have set the wall clock. */
static void look_at_wall_clock(struct http *h)
{
    struct requests *all = &h->requests;
    all->wall_ahead_ms = realclock_ahead_ms(h->clock, all->wall_ahead_ms);
    service_set_wall(h->service, all->wall_ahead_ms);
}

static void make_pushes(struct http *h)
{
    h->pushes_left = pusher_run(h->pusher, h->pusher_woken);
    h->pusher_woken = false;
    requests_take_finished(&h->requests);
}

/* ---- connections ---- */

/* One that has ended may leave room for another, which no socket reports then. */
static void connection_changed(void *context, struct MHD_Connection *connection, void **closure,
                               enum MHD_ConnectionNotificationCode what)
{
    struct daemon *daemon = context;
    struct http *h = daemon->all->context;
    struct connection *c = *closure;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        daemon_gained(daemon);
        *closure = connection_new(&h->connections, daemon, connection, real_now_ms(h));
        return;
    }
    daemon_lost(daemon);
    h->connections.again = h->connections.again || acceptor_wants_room(h->acceptor);
    if (c != NULL && c->request != NULL)
        request_end(c->request);
    connection_free(&h->connections, c, h->log, requests_wall_ms(&h->requests));
    *closure = NULL;
}

/* Keep libmicrohttpd from decoding the target: the service does that. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void hand_on(void *context, bool tls, int fd, const struct sockaddr *address,
                    socklen_t len)
{
    struct http *h = context;
    daemons_connect(&h->connections.daemons, tls, fd, address, len);
}

static void note(void *context, const char *text)
{
    struct http *h = context;
    log_note(h->log, requests_wall_ms(&h->requests), text);
}

static struct acceptor *start_acceptor(struct http *h, const struct listeners *listeners)
{
    return acceptor_new(
        &(struct acceptor_config){.listeners = *listeners,
                                  .tls = daemons_speak_tls(&h->connections.daemons),
                                  .gate = &h->service->config.gate,
                                  .patience_ms = h->options->idle_timeout_ms,
                                  .hand_on = hand_on,
                                  .note = note,
                                  .context = h});
}

/* With those that are on their way out. */
static size_t most_connections(const struct http *h)
{
    const struct admission *a = &h->connections.admission;
    return a->inside_max + a->reserve_max + TURNED_OUT_AT_A_TIME;
}

static void accept_connections(struct http *h)
{
    size_t most = most_connections(h);
    acceptor_run(h->acceptor, real_now_ms(h),
                 h->connections.count < most ? most - h->connections.count : 0);
}

/* ---- the loop ---- */

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (unsigned)fd};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Whether it is fd, of watch(), that has something. */
static bool came(const struct epoll_event *event, int fd)
{
    return event->data.u64 == (uint64_t)(int64_t)fd;
}

static void http_free(struct http *h)
{
    if (h->epoll_fd >= 0)
        close(h->epoll_fd);
    if (h->alarm_fd >= 0)
        close(h->alarm_fd);
    requests_fini(&h->requests);
    connections_fini(&h->connections);
    acceptor_free(h->acceptor);
    pusher_free(h->pusher);
    free(h);
}

/* For daemons_start(). */
static struct MHD_Daemon *start_daemon(void *context, struct daemon *one, bool tls)
{
    struct http *h = context;
    const struct options *o = h->options;
    const struct certificate *c = h->certificate;
    struct MHD_OptionItem pair[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, c->chain},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, c->key},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        (tls ? (unsigned)MHD_USE_TLS : 0U) | MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
            MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_TURBO,
        0, NULL, NULL, reading_request, &h->requests, MHD_OPTION_URI_LOG_CALLBACK,
        reading_request_line, &h->requests, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, reading_completed, &h->requests,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, one, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)o->max_connections + RESERVE_MAX + TURNED_OUT_AT_A_TIME,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(o->idle_timeout_ms / 1000),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_POOL, MHD_OPTION_ARRAY,
        tls ? pair : pair + COUNT(pair) - 1, MHD_OPTION_END);
}

static bool start_daemons(struct http *h)
{
    return daemons_start(&h->connections.daemons, h->certificate->chain != NULL, h->epoll_fd,
                         start_daemon, h);
}

struct http *http_start(const struct listeners *listeners, const struct options *o,
                        const struct certificate *certificate, struct service *s,
                        const struct realclock *clock, struct log *log)
{
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    *h = (struct http){.service = s,
                       .options = o,
                       .certificate = certificate,
                       .clock = clock,
                       .log = log,
                       .requests = {.service = s,
                                    .options = o,
                                    .clock = clock,
                                    .log = log,
                                    .connections = &h->connections}};
    h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    h->alarm_fd = realclock_alarm();
    h->pusher = pusher_new(s, o, clock);
    h->requests.pusher = h->pusher;
    s->metrics.connections = &h->connections.count;
    s->metrics.being_read = &h->requests.reading;
    bool ready = requests_init(&h->requests);
    ready = connections_init(&h->connections, o->idle_timeout_ms) && ready &&
            h->pusher != NULL && h->epoll_fd >= 0 && start_daemons(h);
    if (ready)
        h->acceptor = start_acceptor(h, listeners);
    if (h->acceptor != NULL && watch(h->epoll_fd, acceptor_fd(h->acceptor)) &&
        watch(h->epoll_fd, h->connections.ends_fd) &&
        watch(h->epoll_fd, pusher_fd(h->pusher)) &&
        watch(h->epoll_fd, h->connections.greetings.epoll_fd) &&
        (h->alarm_fd < 0 || watch(h->epoll_fd, h->alarm_fd)) &&
        connections_admit(&h->connections, (size_t)o->max_connections,
                          o->idle_timeout_ms + o->request_timeout_ms))
        return h;
    int error = errno;
    daemons_stop(&h->connections.daemons);
    http_free(h);
    errno = error;
    return NULL;
}

/* Whether all open requests wait, as far as this side knows. If epoll then reports nothing
 * either, automatic clocks may jump. */
static bool could_jump(struct http *h)
{
    return h->requests.reading == 0 && service_may_jump(h->service) &&
           !daemons_are_busy(&h->connections.daemons);
}

/* How long epoll may wait: until libmicrohttpd, a running clock, a real deadline or the pusher
 * has work. */
static int patience_ms(struct http *h)
{
    cmq_ms now_ms = real_now_ms(h);
    cmq_ms wake_ms = now_ms + 60000;
    if (daemons_are_busy(&h->connections.daemons))
        return 0;
    if (daemons_wake_ms(&h->connections.daemons) < wake_ms)
        wake_ms = daemons_wake_ms(&h->connections.daemons);
    if (service_wake_ms(h->service) < wake_ms)
        wake_ms = service_wake_ms(h->service);
    if (service_streams_wake_ms(h->service) < wake_ms)
        wake_ms = service_streams_wake_ms(h->service);
    if (wheel_wake_ms(h->requests.deadlines) < wake_ms)
        wake_ms = wheel_wake_ms(h->requests.deadlines);
    if (greetings_wake_ms(&h->connections.greetings) < wake_ms)
        wake_ms = greetings_wake_ms(&h->connections.greetings);
    if (acceptor_wake_ms(h->acceptor) < wake_ms)
        wake_ms = acceptor_wake_ms(h->acceptor);
    if (pusher_wake_ms(h->pusher) < wake_ms)
        wake_ms = pusher_wake_ms(h->pusher);
    return wake_ms <= now_ms ? 0 : (int)(wake_ms - now_ms);
}

/* Of the C library's heap: with what a connection and a request take, about. */
static size_t used_bytes(const struct http *h)
{
    enum { CONNECTION = 2 * 1024, REQUEST = 4 * 1024 };
    return service_passing_bytes(h->service) + h->connections.count * CONNECTION +
           h->requests.count * REQUEST;
}

/* One turn of the loop. Clients that have gone come first, so that nothing is handed to them;
 * then time; then pushes and requests, until none is left or others may have been waiting for
 * long. */
static void turn(struct http *h)
{
    enum { TURN_NS = 3000000 };
    int64_t until_ns = h->requests.stopping ? INT64_MAX : realclock_monotonic_ns() + TURN_NS;
    look_at_wall_clock(h);
    answers_begin_turn(&h->requests);
    requests_begin_turn(&h->requests);
    if (h->ends_came || h->requests.parked > 0)
        requests_notice_ends(&h->requests);
    h->ends_came = false;
    service_begin_turn(h->service, TURN_EFFORT);
    requests_carry_on(&h->requests);
    service_tick(h->service, real_now_ms(h));
    requests_take_finished(&h->requests);
    requests_fire_deadlines(&h->requests);
    h->connections.again = false;
    do {
        make_pushes(h);
        accept_connections(h);
        requests_resume_some(&h->requests);
        connections_run(&h->connections, real_now_ms(h), h->requests.stopping);
        requests_resume_waiting(&h->requests);
    } while (requests_can_resume(&h->requests) && realclock_monotonic_ns() < until_ns);
    requests_run_streams(&h->requests);
    (void)surplus_note(&h->surplus, used_bytes(h));
    log_flush(h->log);
}

int http_run(struct http *h, int stop_fd)
{
    if (!watch(h->epoll_fd, stop_fd))
        return -1;
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        bool jump = could_jump(h);
        bool more = jump || h->pushes_left || service_has_pushes(h->service) ||
                    service_has_idle_work(h->service) || service_is_busy(h->service) ||
                    answers_are_put_off(&h->requests) || requests_are_put_off(&h->requests) ||
                    connections_are_held(&h->connections) || h->connections.again;
        int n = epoll_wait(h->epoll_fd, events, EVENTS_MAX, more ? 0 : patience_ms(h));
        if (n < 0 && errno != EINTR)
            return -1;
        for (int i = 0; i < n; i++) {
            if (came(&events[i], stop_fd)) /* which stays readable */
                return epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, stop_fd, NULL);
            if (came(&events[i], h->alarm_fd))
                realclock_hear(h->alarm_fd);
            if (came(&events[i], pusher_fd(h->pusher)))
                h->pusher_woken = true;
            if (came(&events[i], h->connections.ends_fd))
                h->ends_came = true;
            daemons_report(&h->connections.daemons, events[i].data.u64);
        }
        if (n == 0 && jump)
            service_jump(h->service, real_now_ms(h));
        service_idle_work(h->service, n > 0);
        turn(h);
    }
}

void http_stop(struct http *h)
{
    cmq_ms until_ms = real_now_ms(h) + STOP_MS;
    requests_stop(&h->requests);
    do {
        struct epoll_event events[EVENTS_MAX];
        daemons_report_all(&h->connections.daemons);
        turn(h);
        if (list_empty(&h->requests.releases) && pusher_is_idle(h->pusher))
            break;
        (void)epoll_wait(h->epoll_fd, events, EVENTS_MAX, 10);
    } while (real_now_ms(h) < until_ms);
    requests_resume_all_waiting(&h->requests);
    answers_resume_all(&h->requests);
    greetings_resume_all(&h->connections.greetings);
    daemons_report_all(&h->connections.daemons);
    turn(h);
    daemons_stop(&h->connections.daemons);
    log_flush(h->log);
    http_free(h);
}
