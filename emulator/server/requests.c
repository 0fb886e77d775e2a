#include "server/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    KEPT_BUFFER = 64 * 1024, /* the largest buffer that is kept for the next request */
    MOVE_GUARD_MS = 5000,    /* how long a moving call waits for slow readers of polls */
    EVENTS_MAX = 64,
};

cmq_ms requests_now_ms(const struct requests *all)
{
    return realclock_now_ms(all->clock);
}

cmq_ms requests_wall_ms(const struct requests *all)
{
    return requests_now_ms(all) + all->wall_ahead_ms;
}

bool requests_init(struct requests *all)
{
    struct allocator heap = allocator_heap();
    all->date_s = -1;
    list_init(&all->releases);
    list_init(&all->waiting);
    list_init(&all->spare);
    list_init(&all->put_off);
    all->deadlines = wheel_new(&heap, WHEEL_LEVELS, WHEEL_BITS, requests_now_ms(all));
    return turnstile_init(&all->resuming, heap) && all->deadlines != NULL;
}

static void request_free(struct request *r)
{
    for (size_t i = 0; i < REPLIES; i++)
        if (r->replies[i].response != NULL)
            MHD_destroy_response(r->replies[i].response);
    exchange_free(&r->exchange);
    free(r);
}

void requests_fini(struct requests *all)
{
    for (struct list_node *l; (l = list_first(&all->spare)) != NULL;) {
        list_unlink(l);
        request_free(CONTAINER_OF(l, struct request, link));
    }
    turnstile_fini(&all->resuming);
    wheel_free(all->deadlines);
}

/* ---- from the first line to the end ---- */

struct request *request_new(struct requests *all, struct connection *connection)
{
    struct request *r;
    struct list_node *l = list_first(&all->spare);
    if (l != NULL) {
        list_unlink(l);
        all->spare_count--;
        r = CONTAINER_OF(l, struct request, link);
    } else {
        r = calloc(1, sizeof *r);
        if (r == NULL)
            return NULL;
        all->count++;
    }
    r->all = all;
    r->connection = connection;
    r->state = REQUEST_NEW;
    r->reading = true;
    all->reading++;
    r->close = false;
    r->cut = false;
    body_begin(&r->body, &r->exchange, &all->service->registry.host.budgets.requests,
               (size_t)all->options->max_body);
    r->release = 0;
    r->has_piece = false;
    wheel_arm(all->deadlines, &r->deadline,
              all->connections->run_ms + all->options->request_timeout_ms);
    r->begun_ns = realclock_monotonic_ns();
    return r;
}

void request_end_reading(struct request *r)
{
    if (!r->reading)
        return;
    r->reading = false;
    r->all->reading--;
    wheel_disarm(r->all->deadlines, &r->deadline);
}

static void trim(struct buffer *b)
{
    if (b->room > KEPT_BUFFER)
        buffer_free(b);
}

static void recycle(struct requests *all, struct request *r)
{
    enum { SPARE_MAX = 256 };
    exchange_reset(&r->exchange);
    body_forget(&r->body);
    trim(&r->exchange.target);
    trim(&r->exchange.body);
    trim(&r->exchange.raw);
    trim(&r->exchange.answer);
    trim(&r->exchange.message);
    if (all->spare_count == SPARE_MAX) {
        request_free(r);
        all->count--;
        return;
    }
    all->spare_count++;
    list_insert(all->spare.next, &r->link); /* what was in use last is taken next */
}

void request_end(struct request *r)
{
    struct requests *all = r->all;
    assert(r->state != REQUEST_PARKED);
    wheel_disarm(all->deadlines, &r->deadline);
    if (list_linked(&r->link))
        list_unlink(&r->link);
    if (list_linked(&r->turn))
        list_unlink(&r->turn);
    request_end_reading(r);
    recycle(all, r);
    requests_resume_waiting(all);
}

/* Its answer is ready. */
static void resume(struct request *r)
{
    struct requests *all = r->all;
    assert(r->state == REQUEST_PARKED || r->state == REQUEST_WAITING);
    wheel_disarm(all->deadlines, &r->deadline);
    r->state = REQUEST_ANSWERED;
    turnstile_join(&all->resuming, r->exchange.namespace, &r->turn);
}

void requests_begin_turn(struct requests *all)
{
    enum { WHEN_BEHIND = 2 };
    all->resumes_left = all->connections->behind ? WHEN_BEHIND : REQUESTS_IN_A_TURN;
}

bool requests_are_put_off(const struct requests *all)
{
    return all->resuming.count > 0;
}

bool requests_can_resume(const struct requests *all)
{
    return requests_are_put_off(all) && (all->resumes_left > 0 || all->stopping);
}

void requests_resume_some(struct requests *all)
{
    while (requests_can_resume(all)) {
        struct list_node *l = turnstile_next(&all->resuming);
        struct connection *c = CONTAINER_OF(l, struct request, turn)->connection;
        if (all->resumes_left > 0)
            all->resumes_left--;
        daemon_resume(c->daemon, c->mhd);
    }
}

/* ---- parked polls and awaits ---- */

static void arm_deadline(struct request *r)
{
    struct requests *all = r->all;
    enum waits_for what = r->exchange.waits_for;
    bool by_virtual_time =
        (what == FOR_MESSAGE || what == FOR_ANSWER) && all->options->virtual_polls != 0;
    if (!by_virtual_time && r->exchange.wait_ms != CMQ_NEVER)
        wheel_arm(all->deadlines, &r->deadline, requests_now_ms(all) + r->exchange.wait_ms);
}

void request_park(struct request *r)
{
    struct requests *all = r->all;
    assert(r->state == REQUEST_READING);
    r->state = REQUEST_PARKED;
    connection_waits(r->connection);
    MHD_suspend_connection(r->connection->mhd);
    all->parked++;
    arm_deadline(r);
}

/* It waits for readers so long, and no longer. */
static void arm_guard(struct request *r)
{
    struct requests *all = r->all;
    wheel_arm(all->deadlines, &r->deadline, requests_now_ms(all) + MOVE_GUARD_MS);
}

/* Answer r, which is suspended, only when all releases so far have been sent. */
static void wait_for_releases(struct request *r)
{
    struct requests *all = r->all;
    assert(!list_empty(&all->releases) && !list_linked(&r->link));
    r->state = REQUEST_WAITING;
    r->waits_for = all->last_release;
    list_append(&all->waiting, &r->link);
    arm_guard(r);
}

void requests_carry_on(struct requests *all)
{
    service_carry_on(all->service, requests_now_ms(all));
    requests_take_finished(all);
}

static void take_parked_anew(struct requests *all)
{
    for (struct exchange *x; (x = service_take_parked_anew(all->service)) != NULL;)
        arm_deadline(CONTAINER_OF(x, struct request, exchange));
}

/* They are put off as if they had not yet got their piece. */
static void take_awake(struct requests *all)
{
    for (struct exchange *x; (x = service_take_awake(all->service)) != NULL;)
        list_append(&all->put_off, &CONTAINER_OF(x, struct request, exchange)->turn);
}

void requests_run_streams(struct requests *all)
{
    service_run_streams(all->service, requests_now_ms(all));
    requests_take_finished(all);
}

void requests_take_finished(struct requests *all)
{
    take_parked_anew(all);
    take_awake(all);
    for (struct exchange *x; (x = service_take_finished(all->service)) != NULL;) {
        struct request *r = CONTAINER_OF(x, struct request, exchange);
        assert(r->state == REQUEST_PARKED);
        all->parked--;
        if (request_must_wait(r)) {
            wait_for_releases(r);
            continue;
        }
        r->release = ++all->last_release;
        list_append(&all->releases, &r->link);
        resume(r);
    }
}

/* ---- moving calls: answered when all polls that they released have been ---- */

bool request_must_wait(const struct request *r)
{
    return r->exchange.after_all && !list_empty(&r->all->releases) && !r->all->stopping;
}

void request_wait(struct request *r)
{
    assert(r->state == REQUEST_READING);
    connection_waits(r->connection);
    MHD_suspend_connection(r->connection->mhd);
    wait_for_releases(r);
}

/* Answer a WAITING request now. */
static void release_waiting(struct request *r)
{
    list_unlink(&r->link);
    resume(r);
}

/* Those that are being answered go on: what they are sent may still be read. Shutting a socket down
 * is an event as well. */
static void notice_end(struct requests *all, struct connection *c)
{
    struct request *r = c->request;
    if (c->hung_up)
        return;
    c->hung_up = true;
    if (r == NULL || r->state == REQUEST_NEW || r->state == REQUEST_READING) {
        connection_run_on(all->connections, c);
    } else if (r->state == REQUEST_PARKED) {
        service_hang_up(all->service, requests_now_ms(all), &r->exchange);
    } else if (r->state == REQUEST_WAITING) {
        release_waiting(r);
    } else {
        service_end_stream(&r->exchange);
    }
}

void requests_notice_ends(struct requests *all)
{
    struct epoll_event events[EVENTS_MAX];
    for (int n = EVENTS_MAX; n == EVENTS_MAX;) {
        n = epoll_wait(all->connections->ends_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < n; i++)
            notice_end(all, events[i].data.ptr);
        requests_take_finished(all);
    }
}

void requests_resume_waiting(struct requests *all)
{
    for (struct list_node *l; (l = list_first(&all->waiting)) != NULL;) {
        struct request *r = CONTAINER_OF(l, struct request, link);
        struct list_node *first = list_first(&all->releases);
        if (first != NULL && CONTAINER_OF(first, struct request, link)->release <= r->waits_for)
            return;
        release_waiting(r);
    }
}

void requests_resume_all_waiting(struct requests *all)
{
    for (struct list_node *l; (l = list_first(&all->waiting)) != NULL;)
        release_waiting(CONTAINER_OF(l, struct request, link));
}

/* ---- deadlines, and the end ---- */

/* libmicrohttpd takes no answer before the end of a request. Nothing else is on its way on this
 * connection, so we can tell who speaks plain HTTP ourselves. */
static void cut_late(struct request *r)
{
#define LATE                                                                                   \
    "{\"error\":{\"code\":\"request-timeout\",\"message\":\"the request has not come whole "   \
    "within --request-timeout of its first line\"}}"
    static const char head[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                               "Content-Type: application/json; charset=utf-8\r\n";
    char answer[512];
    struct connection *c = r->connection;
    int len = snprintf(answer, sizeof answer, "%sContent-Length: %zu\r\n\r\n%s", head,
                       sizeof LATE - 1, LATE);
    assert(len > 0 && (size_t)len < sizeof answer);
    if (!c->daemon->tls)
        (void)send(c->fd, answer, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    r->cut = true;
    request_end_reading(r);
    connection_cut(c);
    log_note(
        r->all->log, requests_wall_ms(r->all),
        "a client has not sent the whole of a request within --request-timeout of its first "
        "line: its connection was closed");
#undef LATE
}

/* Those that are late are as many as there are connections: the rest of them waits for the next turn,
 * which follows at once. */
void requests_fire_deadlines(struct requests *all)
{
    enum { LATE_AT_A_TIME = 32 };
    int late = 0;
    for (struct wheel_node *n;
         late < LATE_AT_A_TIME &&
         (n = wheel_take(all->deadlines, requests_now_ms(all))) != NULL;) {
        struct request *r = CONTAINER_OF(n, struct request, deadline);
        if (r->state == REQUEST_PARKED) {
            service_end_wait(all->service, requests_now_ms(all), &r->exchange);
            requests_take_finished(all);
        } else if (r->reading) {
            cut_late(r);
            late++;
        } else if (requests_are_put_off(all)) { /* it is not the readers who are slow */
            arm_guard(r);
        } else {
            assert(r->state == REQUEST_WAITING);
            release_waiting(r);
        }
    }
}

void requests_stop(struct requests *all)
{
    all->stopping = true;
    service_end_all_waits(all->service, requests_now_ms(all));
    requests_take_finished(all);
}
