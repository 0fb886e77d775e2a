/* The loop, and the states of a request.
 *
 * libmicrohttpd calls request_came() once for the head, once or more for the body, once at its
 * end, and once more after each resumption of a suspended connection; request_completed() when
 * the answer has left or the connection has ended. In between a request is
 *
 *   NEW -> READING -> ANSWERED                        most of them
 *                  -> PARKED -> ANSWERED              the answer comes later: a long poll
 *                  -> PARKED -> WAITING -> ANSWERED   a call that moves time, see below
 *                  -> WAITING -> ANSWERED
 *
 * PARKED and WAITING requests are suspended: libmicrohttpd forgets their sockets, so an epoll
 * set of our own (parked_fd) watches those of PARKED ones for a hang-up. The poll of a client
 * that hangs up must end before another request is handled, or a message would be handed out
 * and lost. That is why drop_hung_up() is called at the beginning of each turn and again before
 * each request.
 *
 * When the answer to a call that moved time arrives, every long poll which that move released
 * must have been answered, too (admin 2): a test then knows that its consumers have their
 * messages. Each answer to a PARKED request is a release with a number, and a moving call is
 * WAITING until all releases up to the present one have left, or their readers are too slow
 * (MOVE_GUARD_MS).
 *
 * The loop waits for one epoll set (epoll_fd) that contains those of the acceptor, of
 * libmicrohttpd's daemons (see daemons.h), of the handshakes (see greetings.h), of the pushes and
 * of the parked requests, with the next deadline as its time limit: see patience_ms(). turn() repeats some steps, since answering one request may resume another, and
 * a daemon notices a resumed connection only when it runs again. */
#include "server/http.h"

#include "base/number.h"
#include "base/wheel.h"
#include "server/acceptor.h"
#include "server/daemons.h"
#include "server/greetings.h"
#include "server/pusher.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    /* A request line of 32 KiB and the headers must fit. Larger pools cost speed: libmicrohttpd
     * clears them with every request. */
    CONNECTION_POOL = 48 * 1024,
    /* Connections beyond --max-connections that are answered with 503; further ones are not
     * accepted. */
    REFUSED_CONNECTIONS = 64,
    /* Bytes of a body that is too long which are read and dropped before the connection is
     * cut. */
    DRAIN_MAX = 64 << 20,
    KEPT_BUFFER = 64 * 1024, /* the largest buffer that is kept for the next request */
    MOVE_GUARD_MS = 5000,    /* how long a moving call waits for slow readers of polls */
    STOP_MS = 1000,          /* how long stopping waits for the last answers to leave */
    EVENTS_MAX = 64,
    /* Waking a parked poll beside 10 000 others took 0.25 to 0.31 ms with 1 daemon, 0.10 with 8,
     * 0.08 with 16, medians of one run; alone it took 0.07. Throughput of 32 connections was the
     * same, since few share one daemon (see daemons.c); spread over 16 it was 6 % lower. */
    PLAIN_DAEMONS = 16,
};

enum request_state {
    REQUEST_NEW,      /* the request line has come */
    REQUEST_READING,  /* the head has come, the body comes */
    REQUEST_PARKED,   /* suspended: a parked poll, or an admin call that waits */
    REQUEST_WAITING,  /* suspended: a moving call that waits for the answers of polls */
    REQUEST_ANSWERED, /* the answer is ready, or on its way */
};

/* One HTTP request, from its first line until its answer has left. Reused afterwards. */
struct request {
    struct http *http;
    struct MHD_Connection *connection;
    struct exchange exchange;
    enum request_state state;
    bool reading;               /* counted in http->reading */
    bool close;                 /* close the connection after this answer */
    size_t dropped;             /* bytes dropped of a body that is too long */
    int fd;                     /* of the connection, while PARKED: watched by parked_fd */
    struct wheel_node deadline; /* real time, in http->deadlines: PARKED, WAITING */
    int64_t begun_ns;
    uint64_t release;      /* number of the release that answered it; 0: none */
    uint64_t waits_for;    /* WAITING: up to which release */
    struct list_node link; /* in http->releases, waiting or spare; or unlinked */
};

/* What there is for a connection of libmicrohttpd's from its beginning to its end. */
struct connection {
    struct greeting *greeting; /* of TLS alone, else NULL */
    struct request *begun;     /* one that is NEW, or NULL: see connection_free() */
    struct list_node fresh;    /* in http->fresh, or unlinked */
};

struct http {
    struct service *service;
    const struct options *options;
    const struct realclock *clock;
    struct log *log;
    struct acceptor *acceptor;
    struct pusher *pusher;
    bool pusher_woken; /* pusher_fd() is readable */
    bool pushes_left;  /* the pusher has more to do without waiting */
    struct daemons daemons;
    const struct certificate *certificate;
    struct greetings greetings;
    int epoll_fd;            /* what the loop waits for */
    int parked_fd;           /* an epoll set of its own: sockets of parked requests */
    struct wheel *deadlines; /* real time */
    size_t connections;
    size_t parked;
    size_t reading;         /* requests that have begun and are not with the service */
    struct list_node fresh; /* connections whose head has begun, until look_again() */
    bool again;             /* a connection was resumed, or left room: there is work */
    bool stopping;          /* no request may wait any more */
    uint64_t last_release;
    struct list_node releases; /* requests whose answers a release made ready, until sent */
    struct list_node waiting;  /* moving calls, in order of arrival */
    struct list_node spare;    /* requests that are over */
    size_t spare_count;
    cmq_ms date_s; /* what date[] shows */
    char date[32];
};

static cmq_ms real_now_ms(const struct http *h)
{
    return realclock_now_ms(h->clock);
}

/* ---- requests ---- */

static struct request *request_new(struct http *h, struct MHD_Connection *connection)
{
    struct request *r;
    struct list_node *l = list_first(&h->spare);
    if (l != NULL) {
        list_unlink(l);
        h->spare_count--;
        r = CONTAINER_OF(l, struct request, link);
    } else {
        r = calloc(1, sizeof *r);
        if (r == NULL)
            return NULL;
    }
    r->http = h;
    r->connection = connection;
    r->state = REQUEST_NEW;
    r->reading = true;
    h->reading++;
    r->close = false;
    r->dropped = 0;
    r->release = 0;
    r->begun_ns = realclock_monotonic_ns();
    return r;
}

/* NULL when there was no memory for it. */
static struct connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* The request has been handed to the service, or never will be. */
static void end_reading(struct request *r)
{
    if (r->reading)
        r->http->reading--;
    r->reading = false;
}

static void trim(struct buffer *b)
{
    if (b->room > KEPT_BUFFER)
        buffer_free(b);
}

static void request_free(struct request *r)
{
    exchange_free(&r->exchange);
    free(r);
}

static void request_recycle(struct http *h, struct request *r)
{
    enum { SPARE_MAX = 256 };
    exchange_reset(&r->exchange);
    trim(&r->exchange.target);
    trim(&r->exchange.body);
    trim(&r->exchange.raw);
    trim(&r->exchange.answer);
    trim(&r->exchange.message);
    if (h->spare_count == SPARE_MAX) {
        request_free(r);
        return;
    }
    h->spare_count++;
    list_append(&h->spare, &r->link);
}

static void resume(struct request *r)
{
    struct http *h = r->http;
    assert(r->state == REQUEST_PARKED || r->state == REQUEST_WAITING);
    wheel_disarm(h->deadlines, &r->deadline);
    r->state = REQUEST_ANSWERED;
    h->again = true;
    daemons_resume(&h->daemons, r->connection);
}

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* ---- parked polls and awaits ---- */

static void park(struct request *r)
{
    struct http *h = r->http;
    assert(r->state == REQUEST_READING);
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = r};
    r->fd = fd_of(r->connection);
    r->state = REQUEST_PARKED;
    MHD_suspend_connection(r->connection);
    h->parked++;
    bool by_virtual_time =
        r->exchange.waits_for == FOR_MESSAGE && h->options->virtual_polls != 0;
    if (!by_virtual_time && r->exchange.wait_ms != CMQ_NEVER)
        wheel_arm(h->deadlines, &r->deadline, real_now_ms(h) + r->exchange.wait_ms);
    /* If this fails, a hang-up is not noticed, but the poll still ends at its deadline. */
    (void)epoll_ctl(h->parked_fd, EPOLL_CTL_ADD, r->fd, &event);
}

/* Answer r, which is suspended, only when all releases so far have been sent. */
static void wait_for_releases(struct request *r)
{
    struct http *h = r->http;
    assert(!list_empty(&h->releases) && !list_linked(&r->link));
    r->state = REQUEST_WAITING;
    r->waits_for = h->last_release;
    list_append(&h->waiting, &r->link);
    wheel_arm(h->deadlines, &r->deadline, real_now_ms(h) + MOVE_GUARD_MS);
}

/* Answer the requests that were parked and that the service has finished. */
static void resume_finished(struct http *h)
{
    for (struct exchange *x; (x = service_take_finished(h->service)) != NULL;) {
        struct request *r = CONTAINER_OF(x, struct request, exchange);
        assert(r->state == REQUEST_PARKED);
        (void)epoll_ctl(h->parked_fd, EPOLL_CTL_DEL, r->fd, NULL);
        h->parked--;
        if (x->after_all && !list_empty(&h->releases) && !h->stopping) {
            wait_for_releases(r);
            continue;
        }
        r->release = ++h->last_release;
        list_append(&h->releases, &r->link);
        resume(r);
    }
}

/* End the waits of clients that have hung up, or have closed their sending side: libmicrohttpd
 * closes the connections of both. */
static void drop_hung_up(struct http *h)
{
    struct epoll_event events[EVENTS_MAX];
    for (int n = EVENTS_MAX; n == EVENTS_MAX && h->parked > 0;) {
        n = epoll_wait(h->parked_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < n; i++) {
            struct request *r = events[i].data.ptr;
            r->close = true;
            service_hang_up(h->service, real_now_ms(h), &r->exchange);
        }
        resume_finished(h);
    }
}

/* ---- pushes ---- */

static void make_pushes(struct http *h)
{
    h->pushes_left = pusher_run(h->pusher, h->pusher_woken);
    h->pusher_woken = false;
    resume_finished(h);
}

/* ---- moving calls: answered when all polls that they released have been ---- */

/* Answer a WAITING request now. */
static void release_waiting(struct request *r)
{
    list_unlink(&r->link);
    resume(r);
}

static void resume_waiting(struct http *h)
{
    for (struct list_node *l; (l = list_first(&h->waiting)) != NULL;) {
        struct request *r = CONTAINER_OF(l, struct request, link);
        struct list_node *first = list_first(&h->releases);
        if (first != NULL && CONTAINER_OF(first, struct request, link)->release <= r->waits_for)
            return;
        release_waiting(r);
    }
}

static void fire_deadlines(struct http *h)
{
    for (struct wheel_node *n; (n = wheel_take(h->deadlines, real_now_ms(h))) != NULL;) {
        struct request *r = CONTAINER_OF(n, struct request, deadline);
        if (r->state == REQUEST_PARKED) {
            service_end_wait(h->service, real_now_ms(h), &r->exchange);
            resume_finished(h);
        } else {
            assert(r->state == REQUEST_WAITING);
            release_waiting(r);
        }
    }
}

/* ---- answers ---- */

/* The Date header shows virtual time. */
static const char *date_of(struct http *h, cmq_ms at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    if (h->date_s != seconds) {
        gmtime_r(&seconds, &tm);
        strftime(h->date, sizeof h->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        h->date_s = seconds;
    }
    return h->date;
}

static void log_answer(struct request *r)
{
    struct exchange *x = &r->exchange;
    struct http *h = r->http;
    if (h->log->format == LOG_OFF)
        return;
    struct log_entry entry = {
        .real_ms = real_now_ms(h),
        .virtual_ms = x->at_ms,
        .took_us = (realclock_monotonic_ns() - r->begun_ns) / 1000,
    };
    record_of(x, &entry.record);
    log_request(h->log, &entry);
}

/* The answer's bytes stay in the exchange until request_completed(). */
static enum MHD_Result answer(struct request *r)
{
    struct exchange *x = &r->exchange;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(x->answer.len, x->answer.data, MHD_RESPMEM_PERSISTENT);
    r->state = REQUEST_ANSWERED;
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", x->content_type);
    MHD_add_response_header(response, "Date", date_of(r->http, x->at_ms));
    if (x->allow[0] != '\0')
        MHD_add_response_header(response, "Allow", x->allow);
    if (r->close)
        MHD_add_response_header(response, "Connection", "close");
    log_answer(r);
    enum MHD_Result queued = MHD_queue_response(r->connection, (unsigned)x->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Up to the query. */
static size_t path_len_of(const struct buffer *target)
{
    const char *end = target->len > 0 ? memchr(target->data, '?', target->len) : NULL;
    return end != NULL ? (size_t)(end - target->data) : target->len;
}

static enum MHD_Result refuse(struct request *r, int status, const char *code,
                              const char *message)
{
    end_reading(r);
    exchange_refuse(&r->exchange, status, code, message);
    r->exchange.at_ms = service_now_ms(r->http->service);
    r->exchange.path_len = path_len_of(&r->exchange.target);
    r->close = true;
    return answer(r);
}

static struct bytes header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != NULL ? bytes_of(value) : (struct bytes){NULL, 0};
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct exchange *x = context;
    (void)kind;
    if (value != NULL)
        head_take(&x->head, bytes_of(name), bytes_of(value));
    return MHD_YES;
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct exchange *x = context;
    (void)kind;
    buffer_append(&x->headers, bytes_of(name));
    buffer_append(&x->headers, bytes_of(": "));
    buffer_append(&x->headers, bytes_of(value != NULL ? value : ""));
    buffer_append_char(&x->headers, '\n');
    return MHD_YES;
}

/* A request over TLS takes several turns to be read, so that others overtake it and its client
 * may have left meanwhile. Plain ones are handled as they come, and need no look at the socket. */
static bool has_gone(const struct request *r)
{
    struct pollfd p = {.events = POLLRDHUP};
    if (!daemons_is_tls(&r->http->daemons, r->connection))
        return false;
    p.fd = fd_of(r->connection);
    return poll(&p, 1, 0) > 0;
}

/* The request has been read completely: hand it to the service. */
static enum MHD_Result handle(struct request *r)
{
    struct http *h = r->http;
    struct exchange *x = &r->exchange;
    assert(r->state == REQUEST_READING);
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, take_header, x);
    if (service_wants_headers(buffer_bytes(&x->target), &x->head))
        MHD_get_connection_values(r->connection, MHD_HEADER_KIND, copy_header, x);
    if (x->headers.failed)
        return refuse(r, 500, "no-memory", "there is no memory for the request");
    end_reading(r);
    x->has_gone = has_gone(r);
    if (h->parked > 0)
        drop_hung_up(h);
    enum exchange_state state = service_handle(h->service, real_now_ms(h), x);
    resume_finished(h);
    if (state == EXCHANGE_PARKED) {
        park(r);
        if (h->stopping) {
            service_hang_up(h->service, real_now_ms(h), x);
            resume_finished(h);
        }
    } else if (x->after_all && !list_empty(&h->releases) && !h->stopping) {
        MHD_suspend_connection(r->connection);
        wait_for_releases(r);
    } else {
        return answer(r);
    }
    return MHD_YES;
}

/* ---- what libmicrohttpd calls ---- */

/* The length of "http://" or "https://" at the beginning; 0: a target is a path. */
static size_t scheme_len_of(struct bytes target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (target.len >= len &&
            bytes_equal_nocase((struct bytes){target.data, len}, bytes_of(schemes[i])))
            return len;
    }
    return 0;
}

/* "http://user@host/path?query", as a proxy gets it, is served like "/path?query" of that host. */
static void take_target(struct exchange *x, struct bytes text)
{
    size_t len = scheme_len_of(text);
    size_t host_end = len + (len > 0 ? strcspn(text.data + len, "/?") : 0);
    const char *user_end = memrchr(text.data + len, '@', host_end - len);
    const char *host = user_end != NULL ? user_end + 1 : text.data + len;
    x->head.target_host = (struct bytes){host, (size_t)(text.data + host_end - host)};
    if (len > 0 && text.data[host_end] != '/')
        buffer_append_char(&x->target, '/');
    buffer_append(&x->target, bytes_of(text.data + host_end));
}

static void *request_line_came(void *context, const char *target,
                               struct MHD_Connection *connection)
{
    struct http *h = context;
    struct connection *c = connection_of(connection);
    struct request *r = c != NULL ? request_new(h, connection) : NULL;
    if (r == NULL)
        return NULL;
    if (c->greeting != NULL) /* TLS has been agreed upon */
        greetings_end(c->greeting);
    take_target(&r->exchange, bytes_of(target));
    c->begun = r;
    if (!list_linked(&c->fresh))
        list_append(&h->fresh, &c->fresh);
    return r;
}

static void head_ended(struct connection *c)
{
    c->begun = NULL;
    if (list_linked(&c->fresh))
        list_unlink(&c->fresh);
}

/* A body that is announced as longer than DRAIN_MAX is not read: the answer is sent at once,
 * and the connection closed. Older versions of libmicrohttpd take any word for a version. */
static enum MHD_Result head_came(struct request *r, const char *method, const char *version)
{
    struct http *h = r->http;
    struct exchange *x = &r->exchange;
    int64_t length = 0;
    r->state = REQUEST_READING;
    head_ended(connection_of(r->connection));
    x->method = bytes_of(method);
    if (!bytes_begin(bytes_of(version), "HTTP/1."))
        return refuse(r, 400, "no-http-1",
                      "the request line has to end in HTTP/1.1 or HTTP/1.0");
    if (strcmp(method, "CONNECT") == 0)
        return refuse(r, 400, "connect-not-first",
                      "CONNECT has to be the first request of a connection, in plain HTTP");
    if (h->connections > (size_t)h->options->max_connections)
        return refuse(r, 503, "too-many-connections",
                      "there are as many connections as --max-connections allows");
    if (x->target.failed)
        return refuse(r, 500, "no-memory", "there is no memory for the request");
    if (!parse_int(header(r->connection, "Content-Length"), &length))
        return MHD_YES;
    x->too_large = length > h->options->max_body;
    if (x->too_large && length > DRAIN_MAX) {
        r->close = true;
        return handle(r);
    }
    if (!x->too_large && length > 0)
        buffer_reserve(&x->body, (size_t)length);
    return MHD_YES;
}

static enum MHD_Result body_came(struct request *r, const char *data, size_t *size)
{
    struct exchange *x = &r->exchange;
    if (x->body.len + *size > (size_t)r->http->options->max_body)
        x->too_large = true;
    if (x->too_large) {
        r->dropped += *size;
        if (r->dropped > DRAIN_MAX)
            return MHD_NO;
    } else {
        buffer_append(&x->body, (struct bytes){data, *size});
    }
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result request_came(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_size, void **closure)
{
    struct request *r = *closure;
    (void)context;
    (void)connection;
    (void)url;
    if (r == NULL)
        return MHD_NO; /* there was no memory for it */
    if (r->state == REQUEST_NEW)
        return head_came(r, method, version);
    if (r->state == REQUEST_ANSWERED)
        return answer(r);
    if (*upload_size > 0)
        return body_came(r, upload, upload_size);
    if (r->exchange.body.failed)
        return refuse(r, 500, "no-memory", "there is no memory for the request");
    return handle(r);
}

static void end_request(struct http *h, struct request *r)
{
    assert(r->state != REQUEST_PARKED);
    wheel_disarm(h->deadlines, &r->deadline);
    if (list_linked(&r->link))
        list_unlink(&r->link);
    end_reading(r);
    request_recycle(h, r);
    resume_waiting(h);
}

static void request_completed(void *context, struct MHD_Connection *connection, void **closure,
                              enum MHD_RequestTerminationCode how)
{
    struct request *r = *closure;
    (void)how;
    if (r == NULL)
        return;
    *closure = NULL;
    head_ended(connection_of(connection));
    end_request(context, r);
}

/* A client that does not trust the certificate seldom says so to the person who looks at it. */
static void note_distrust(struct http *h, const struct greeting *one)
{
    char text[256];
    const char *complaint = greetings_complaint(one);
    if (complaint == NULL)
        return;
    snprintf(text, sizeof text,
             "a client does not trust the certificate (%s): it has to trust the ca.pem of "
             "--tls-self-signed, or the authority of --tls-cert, and ask for one of its hosts",
             complaint);
    log_note(h->log, real_now_ms(h), text);
}

static struct connection *connection_new(struct http *h, struct MHD_Connection *connection)
{
    struct connection *c = calloc(1, sizeof *c);
    if (c != NULL && daemons_is_tls(&h->daemons, connection))
        c->greeting = greetings_begin(&h->greetings, connection, real_now_ms(h));
    return c;
}

/* libmicrohttpd calls request_completed() for requests whose head has come. Of one whose
 * connection ends before that, or whose head is refused by libmicrohttpd itself, it only tells
 * the end of the connection. */
static void connection_free(struct http *h, struct connection *c)
{
    if (c == NULL)
        return;
    if (c->begun != NULL)
        end_request(h, c->begun);
    head_ended(c);
    if (c->greeting != NULL)
        note_distrust(h, c->greeting);
    greetings_free(c->greeting);
    free(c);
}

/* One that has ended may leave room for another, which no socket reports then. */
static void connection_changed(void *context, struct MHD_Connection *connection, void **closure,
                               enum MHD_ConnectionNotificationCode what)
{
    struct http *h = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        h->connections++;
        *closure = connection_new(h, connection);
        return;
    }
    h->connections--;
    h->again = h->again || acceptor_wants_room(h->acceptor);
    connection_free(h, *closure);
    *closure = NULL;
}

/* Keep libmicrohttpd from decoding the target: the service does that. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* ---- connections ---- */

static void hand_on(void *context, bool tls, int fd, const struct sockaddr *address,
                    socklen_t len)
{
    struct http *h = context;
    daemons_connect(&h->daemons, tls, fd, address, len);
}

static void note(void *context, const char *text)
{
    struct http *h = context;
    log_note(h->log, real_now_ms(h), text);
}

static struct acceptor *start_acceptor(struct http *h, const struct listeners *listeners)
{
    return acceptor_new(&(struct acceptor_config){.listeners = *listeners,
                                                  .tls = daemons_speak_tls(&h->daemons),
                                                  .gate = &h->service->config.gate,
                                                  .patience_ms = h->options->idle_timeout_ms,
                                                  .hand_on = hand_on,
                                                  .note = note,
                                                  .context = h});
}

static void accept_connections(struct http *h)
{
    size_t most = (size_t)h->options->max_connections + REFUSED_CONNECTIONS;
    acceptor_run(h->acceptor, real_now_ms(h),
                 h->connections < most ? most - h->connections : 0);
}

/* ---- the loop ---- */

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void http_free(struct http *h)
{
    for (struct list_node *l; (l = list_first(&h->spare)) != NULL;) {
        list_unlink(l);
        request_free(CONTAINER_OF(l, struct request, link));
    }
    if (h->epoll_fd >= 0)
        close(h->epoll_fd);
    if (h->parked_fd >= 0)
        close(h->parked_fd);
    greetings_fini(&h->greetings);
    acceptor_free(h->acceptor);
    pusher_free(h->pusher);
    wheel_free(h->deadlines);
    free(h);
}

/* One of those that speak plain HTTP, or the one that speaks TLS. */
static struct MHD_Daemon *start_daemon(struct http *h, bool tls)
{
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
        0, NULL, NULL, request_came, h, MHD_OPTION_URI_LOG_CALLBACK, request_line_came, h,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        request_completed, h, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, h,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->max_connections + REFUSED_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(o->idle_timeout_ms / 1000),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_POOL, MHD_OPTION_ARRAY,
        tls ? pair : pair + COUNT(pair) - 1, MHD_OPTION_END);
}

static bool start_daemons(struct http *h)
{
    for (int i = 0; i < PLAIN_DAEMONS; i++)
        if (!daemons_take(&h->daemons, start_daemon(h, false), false, h->epoll_fd))
            return false;
    return h->certificate->chain == NULL ||
           daemons_take(&h->daemons, start_daemon(h, true), true, h->epoll_fd);
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
                       .date_s = -1};
    list_init(&h->fresh);
    list_init(&h->releases);
    list_init(&h->waiting);
    list_init(&h->spare);
    struct allocator heap = allocator_heap();
    h->deadlines = wheel_new(&heap, WHEEL_LEVELS, WHEEL_BITS, real_now_ms(h));
    h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    h->parked_fd = epoll_create1(EPOLL_CLOEXEC);
    h->pusher = pusher_new(s, o, clock);
    bool ready = greetings_init(&h->greetings, o->idle_timeout_ms) && h->pusher != NULL &&
                 h->deadlines != NULL && h->epoll_fd >= 0 && h->parked_fd >= 0 &&
                 start_daemons(h);
    if (ready)
        h->acceptor = start_acceptor(h, listeners);
    if (h->acceptor != NULL && watch(h->epoll_fd, acceptor_fd(h->acceptor)) &&
        watch(h->epoll_fd, h->parked_fd) && watch(h->epoll_fd, pusher_fd(h->pusher)) &&
        watch(h->epoll_fd, h->greetings.epoll_fd))
        return h;
    daemons_stop(&h->daemons);
    http_free(h);
    return NULL;
}

/* Whether all open requests wait, as far as this side knows. If epoll then reports nothing
 * either, automatic clocks may jump. */
static bool could_jump(struct http *h)
{
    return h->reading == 0 && service_may_jump(h->service) && !daemons_are_busy(&h->daemons);
}

/* How long epoll may wait: until libmicrohttpd, a running clock, a real deadline or the pusher
 * has work. */
static int patience_ms(struct http *h)
{
    cmq_ms now_ms = real_now_ms(h);
    cmq_ms wake_ms = now_ms + 60000;
    if (daemons_are_busy(&h->daemons))
        return 0;
    if (daemons_wake_ms(&h->daemons) < wake_ms)
        wake_ms = daemons_wake_ms(&h->daemons);
    if (service_wake_ms(h->service) < wake_ms)
        wake_ms = service_wake_ms(h->service);
    if (wheel_wake_ms(h->deadlines) < wake_ms)
        wake_ms = wheel_wake_ms(h->deadlines);
    if (greetings_wake_ms(&h->greetings) < wake_ms)
        wake_ms = greetings_wake_ms(&h->greetings);
    if (acceptor_wake_ms(h->acceptor) < wake_ms)
        wake_ms = acceptor_wake_ms(h->acceptor);
    if (pusher_wake_ms(h->pusher) < wake_ms)
        wake_ms = pusher_wake_ms(h->pusher);
    return wake_ms <= now_ms ? 0 : (int)(wake_ms - now_ms);
}

static void set_idle_timeout(const struct connection *c, cmq_ms timeout_ms)
{
    (void)MHD_set_connection_option(c->begun->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                    (unsigned)(timeout_ms / 1000));
}

/* A connection whose pool has no room for all parameters of a query is given up by libmicrohttpd,
 * but not closed until its socket has an event or it has been idle for too long. Connections
 * with a timeout of their own are looked at each time, so heads that are not complete at once
 * have one for a moment. */
static void look_again(struct http *h)
{
    cmq_ms usual_ms = h->options->idle_timeout_ms;
    for (struct list_node *l = h->fresh.next; l != &h->fresh; l = l->next) {
        struct connection *c = CONTAINER_OF(l, struct connection, fresh);
        set_idle_timeout(c, usual_ms + 1000);
        daemons_report_of(&h->daemons, c->begun->connection);
    }
    daemons_run(&h->daemons, real_now_ms(h));
    for (struct list_node *l; (l = list_first(&h->fresh)) != NULL;) {
        set_idle_timeout(CONTAINER_OF(l, struct connection, fresh), usual_ms);
        list_unlink(l);
    }
}

static void run_daemons(struct http *h)
{
    greetings_wake(&h->greetings, &h->daemons, real_now_ms(h));
    daemons_run(&h->daemons, real_now_ms(h));
    if (!list_empty(&h->fresh))
        look_again(h);
    if (!h->stopping)
        greetings_suspend(&h->greetings);
}

/* One turn of the loop. Clients that have gone come first, so that nothing is handed to them;
 * then time; then pushes and requests, until none is left. */
static void turn(struct http *h)
{
    drop_hung_up(h);
    service_tick(h->service, real_now_ms(h));
    resume_finished(h);
    fire_deadlines(h);
    do {
        h->again = false;
        make_pushes(h);
        accept_connections(h);
        run_daemons(h);
        resume_waiting(h);
    } while (h->again);
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
                    service_has_idle_work(h->service);
        int n = epoll_wait(h->epoll_fd, events, EVENTS_MAX, more ? 0 : patience_ms(h));
        if (n < 0 && errno != EINTR)
            return -1;
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == stop_fd) /* which stays readable */
                return epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, stop_fd, NULL);
            if (events[i].data.fd == pusher_fd(h->pusher))
                h->pusher_woken = true;
            daemons_report(&h->daemons, events[i].data.fd);
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
    h->stopping = true;
    service_end_all_waits(h->service, real_now_ms(h));
    resume_finished(h);
    do {
        struct epoll_event events[EVENTS_MAX];
        daemons_report_all(&h->daemons);
        turn(h);
        if (list_empty(&h->releases) && pusher_is_idle(h->pusher))
            break;
        (void)epoll_wait(h->epoll_fd, events, EVENTS_MAX, 10);
    } while (real_now_ms(h) < until_ms);
    for (struct list_node *l; (l = list_first(&h->waiting)) != NULL;)
        release_waiting(CONTAINER_OF(l, struct request, link));
    greetings_resume_all(&h->greetings, &h->daemons);
    daemons_report_all(&h->daemons);
    turn(h);
    daemons_stop(&h->daemons);
    log_flush(h->log);
    http_free(h);
}
