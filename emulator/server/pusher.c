/* The way of a push.
 *
 *   the service's list --> its lane --> a transfer --> service_end_push()
 *
 * A lane is an endpoint of one namespace: pushes wait there in order, and at most
 * --push-concurrency of them at a time are transfers. All lanes together have TRANSFERS_MAX, and
 * BYTES_MAX in their requests. A lane with nothing under way may begin one even above that, so
 * that endpoints which hang do not keep others from their messages; lanes that could begin
 * another take turns (pusher->idle and ->ready).
 *
 * libcurl says by callbacks which sockets and which timer it has, and is told by
 * curl_multi_socket_action() what has happened to them. pusher_run() does a few rounds of that:
 * where nothing listens a transfer ends at once, and under a clock that is being moved its end
 * begins the next attempt. The rest of the loop needs its turn, so it stops after RUN_NS, wherever
 * it is: what epoll has told of sockets it tells again, and libcurl keeps what has ended. But it
 * goes on with all transfers at once that have just been begun: so they are begun few by few.
 *
 * The delivery of a push may be dropped while the push waits or is under way. Its ticket is
 * void then (push_is_orphan()); the push is ended, and its outcome ignored. */
#include "server/pusher.h"

#include "base/random.h"
#include "server/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    /* Transfers at a time, to all endpoints. Above the first number only endpoints that have
     * none may begin one, so that those that hang do not block the others. */
    TRANSFERS_MAX = 256,
    TRANSFERS_HARD_MAX = 1024,
    /* The same for the bytes of their requests: a body of 1 MiB may be 6 MiB of JSON. */
    BYTES_MAX = 64 << 20,
    BYTES_HARD_MAX = 256 << 20,
    TAKEN_MAX = 1024,   /* pushes taken from the service in one round */
    BEGUN_MAX = 8,      /* pushes begun in one round */
    RUN_NS = 1000000,   /* how long one pusher_run() may take */
    SPARE_MAX = 32,     /* handles that are kept for reuse */
    ANSWER_MAX = 65536, /* bytes of an answer that are read; its status decides anyway */
    EVENTS_MAX = 64,
};

/* One endpoint of one namespace; exists as long as it has pushes that wait or are under way. */
struct lane {
    struct table_node by_endpoint; /* in pusher->lanes */
    struct list_node ready;   /* in pusher->idle or pusher->ready, while it could begin one */
    struct list_node waiting; /* pushes */
    size_t active;
    const struct namespace *namespace; /* compared, never followed */
    char url[ENDPOINT_LENGTH_MAX + 1];
};

struct transfer {
    struct pusher *pusher;
    struct lane *lane;
    struct push *push;
    struct push_request request;
    struct list_node link; /* in pusher->transfers */
    CURL *easy;
    struct curl_slist *headers;
    size_t answered; /* bytes of the answer */
    bool headed;     /* the head of an answer has come whole */
    bool opened;     /* the connection is a new one, not one that was kept */
    bool stale;      /* the connection was kept, but is of no use any more */
    bool abandoned;  /* the request was sent, and its connection ended without an answer */
    bool forbidden;  /* the address is not local */
    bool unwatched;  /* a socket of its could not be watched: it would wait for nothing */
    bool sound;      /* it ended well, so its handle may be used again */
};

struct pusher {
    struct service *service;
    const struct options *options;
    const struct realclock *clock;
    CURLM *multi; /* made when first needed */
    int epoll_fd;
    cmq_ms timer_ms;  /* when libcurl wants to be called, real time */
    int64_t until_ns; /* of this run, by the monotonic clock */
    struct table lanes;
    struct list_node idle;  /* lanes that have no transfer and could begin one */
    struct list_node ready; /* those that have, and could begin another */
    struct list_node transfers;
    size_t active, bytes; /* transfers; their requests */
    bool unwatched;       /* one of them is, at least */
    bool broken; /* libcurl has failed as a whole, and may have forgotten any of them */
    CURL *spare[SPARE_MAX];
    size_t spare_count;
};

/* ---- lanes ---- */

struct lane_key {
    const struct namespace *namespace;
    const char *url;
};

static bool has_endpoint(const struct table_node *n, const void *key)
{
    const struct lane *lane = CONTAINER_OF(n, const struct lane, by_endpoint);
    const struct lane_key *k = key;
    return lane->namespace == k->namespace && strcmp(lane->url, k->url) == 0;
}

/* The lane of a push that is not an orphan; NULL when there is no memory. */
static struct lane *lane_of(struct pusher *p, const struct push *push)
{
    assert(!push_is_orphan(push));
    const struct subscription *s = delivery_of_ticket(&push->ticket)->subscription;
    const struct lane_key key = {push->namespace, s->endpoint};
    uint64_t hash = hash_bytes(0, bytes_of(s->endpoint));
    struct table_node *n = table_find(&p->lanes, hash, has_endpoint, &key);
    if (n != NULL)
        return CONTAINER_OF(n, struct lane, by_endpoint);
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane->namespace = push->namespace;
    memcpy(lane->url, s->endpoint, sizeof lane->url);
    list_init(&lane->waiting);
    table_add(&p->lanes, &lane->by_endpoint, hash);
    return lane;
}

/* A push of the lane was added, has begun or has ended: put the lane on the list where it
 * belongs, or free it. */
static void lane_changed(struct pusher *p, struct lane *lane)
{
    bool waits = !list_empty(&lane->waiting);
    bool ready = waits && lane->active < (size_t)p->options->push_concurrency;
    if (list_linked(&lane->ready))
        list_unlink(&lane->ready);
    if (ready)
        list_append(lane->active == 0 ? &p->idle : &p->ready, &lane->ready);
    if (waits || lane->active > 0)
        return;
    table_remove(&p->lanes, &lane->by_endpoint);
    free(lane);
}

/* ---- what libcurl calls ---- */

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct pusher *p = context;
    struct transfer *t = NULL;
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(p->epoll_fd, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) ==
        0) {
        curl_multi_assign(p->multi, fd, p);
        return 0;
    }
    /* To tell libcurl would end all transfers, not this one. */
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    if (t != NULL)
        t->unwatched = p->unwatched = true;
    return 0;
}

static int timer_changed(CURLM *multi, long after_ms, void *context)
{
    struct pusher *p = context;
    (void)multi;
    p->timer_ms = after_ms < 0 ? CMQ_NEVER : realclock_now_ms(p->clock) + after_ms;
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says so */
static size_t answer_came(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    (void)data;
    t->answered += size * count;
    return t->answered > ANSWER_MAX ? 0 : size * count;
}

/* Called for each line: the status, the headers, an empty one. "100 Continue" has a head of its
 * own, and after a body in chunks more headers may come. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says so */
static size_t head_came(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct bytes line = {data, size * count};
    t->answered += line.len;
    if (line.len > 0 && (line.data[0] == '\r' || line.data[0] == '\n'))
        t->headed = true;
    if (line.len > 5 && memcmp(line.data, "HTTP/", 5) == 0)
        t->headed = false;
    return t->answered > ANSWER_MAX ? 0 : line.len;
}

/* libcurl sends a request again when a connection that was kept alive ends without an answer.
 * But an attempt is one request: once it was sent, no other connection is opened for it.
 *
 * --push local is checked here because only now the address is known, whatever the host
 * name. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct transfer *t = context;
    long sent = 0;
    (void)purpose;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    t->abandoned = sent > 0;
    if (t->abandoned)
        return CURL_SOCKET_BAD;
    if (t->pusher->options->push == PUSH_LOCAL && !address_is_local(&address->addr)) {
        t->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    t->opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- transfers ---- */

static void fail(struct pusher *p, struct push *push, const char *error)
{
    service_end_push(p->service, realclock_now_ms(p->clock), push,
                     &(struct push_outcome){.error = error});
}

static bool prepare_multi(struct pusher *p)
{
    if (p->multi != NULL)
        return true;
    p->multi = curl_multi_init();
    if (p->multi == NULL)
        return false;
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)TRANSFERS_MAX);
    return true;
}

static bool add_header(struct transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (longer != NULL)
        t->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct transfer *t)
{
    const struct push_request *r = &t->request;
    /* Remove those that libcurl would add and CMQ does not send. */
    bool added = add_header(t, "Accept:") && add_header(t, "Expect:");
    for (size_t i = 0; added && i < r->header_count; i++)
        added = add_header(t, r->headers[i]);
    return added;
}

/* What stands in the request line: path and query, byte for byte as the URL has them. Left to
 * itself, libcurl 8 would drop the "?" of an empty query. */
static bool set_target(CURL *easy, const char *url)
{
    char target[ENDPOINT_LENGTH_MAX + 1];
    const char *rest = url + strlen("http://");
    rest += strcspn(rest, "/?#");
    snprintf(target, sizeof target, "%s%.*s", *rest == '/' ? "" : "/", (int)strcspn(rest, "#"),
             rest);
    return curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target) == CURLE_OK;
}

#if LIBCURL_VERSION_NUM >= CURL_VERSION_BITS(7, 80, 0)
/* Whether a connection that was kept is of use no more: the other end has closed it, or has said
 * something unasked. A newer libcurl looks at those only that have been idle for a second.
 * Nothing has been sent yet, so the transfer may begin again. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says so */
static int before_request(void *context, char *peer, char *own, int peer_port, int own_port)
{
    struct transfer *t = context;
    curl_socket_t fd = CURL_SOCKET_BAD;
    char byte;
    (void)peer;
    (void)own;
    (void)peer_port;
    (void)own_port;
    curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (!t->opened && fd != CURL_SOCKET_BAD)
        t->stale = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
    return t->stale ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}
#endif

/* Older versions of libcurl look at each connection before they use it again. They cannot be kept
 * from waiting for a name server when a transfer is given up. */
static bool set_what_is_new(struct transfer *t)
{
    CURL *easy = t->easy;
#if LIBCURL_VERSION_NUM >= CURL_VERSION_BITS(7, 80, 0)
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
#endif
#if LIBCURL_VERSION_NUM >= CURL_VERSION_BITS(7, 87, 0)
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
#if LIBCURL_VERSION_NUM >= CURL_VERSION_BITS(7, 85, 0)
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK;
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP) == CURLE_OK;
#endif
}

/* False when there is no memory. What needs none is not looked at. */
static bool describe(struct transfer *t)
{
    const struct push_request *r = &t->request;
    CURL *easy = t->easy;
    if (curl_easy_setopt(easy, CURLOPT_URL, r->url) != CURLE_OK || !set_target(easy, r->url) ||
        curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK || !set_what_is_new(t))
        return false;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body.data);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)t->pusher->options->push_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, answer_came);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head_came);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    return true;
}

static CURL *take_easy(struct pusher *p)
{
    return p->spare_count > 0 ? p->spare[--p->spare_count] : curl_easy_init();
}

/* A handle that was left without memory somewhere in between may be in any state, and the error of
 * its transfer need not say so: libcurl 7.88 writes behind the end of a buffer when such a one is
 * used again after curl_easy_reset(). So only one that has got its answer is. */
static void give_easy(struct pusher *p, CURL *easy, bool sound)
{
    if (easy == NULL)
        return;
    if (!sound || p->spare_count == SPARE_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    p->spare[p->spare_count++] = easy;
}

static void transfer_free(struct transfer *t)
{
    give_easy(t->pusher, t->easy, t->sound);
    curl_slist_free_all(t->headers);
    buffer_free(&t->request.body);
    free(t);
}

/* False when there is no memory. */
static bool begin(struct pusher *p, struct lane *lane, struct push *push)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return false;
    t->pusher = p;
    t->lane = lane;
    t->push = push;
    t->easy = take_easy(p);
    push_request_write(&t->request, delivery_of_ticket(&push->ticket));
    bool ready = !t->request.body.failed && t->easy != NULL && prepare_multi(p) &&
                 add_headers(t) && describe(t);
    if (!ready || curl_multi_add_handle(p->multi, t->easy) != CURLM_OK) {
        transfer_free(t);
        return false;
    }
    list_append(&p->transfers, &t->link);
    lane->active++;
    p->active++;
    p->bytes += t->request.body.room;
    return true;
}

/* Why there was no answer. */
static const char *error_of(const struct transfer *t, CURLcode result)
{
    if (t->forbidden)
        return "the address is not local (--push local)";
    if (t->abandoned)
        return "the connection ended without an answer";
    if (result == CURLE_UNSUPPORTED_PROTOCOL) /* libcurl means the answer, not the URL */
        return "the answer is no HTTP";
    return curl_easy_strerror(result);
}

/* The status decides, whatever becomes of the body behind it. */
static struct push_outcome outcome_of(const struct transfer *t, CURLcode result)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || !t->headed)
        return (struct push_outcome){.error = error_of(t, result)};
    return (struct push_outcome){.delivered = status <= 299, .status = (int)status};
}

static void end(struct transfer *t, const struct push_outcome *outcome)
{
    struct pusher *p = t->pusher;
    struct push *push = t->push;
    struct lane *lane = t->lane;
    assert(p->active > 0 && lane->active > 0);
    curl_multi_remove_handle(p->multi, t->easy);
    list_unlink(&t->link);
    p->active--;
    p->bytes -= t->request.body.room;
    lane->active--;
    transfer_free(t);
    lane_changed(p, lane);
    service_end_push(p->service, realclock_now_ms(p->clock), push, outcome);
}

/* ---- work ---- */

static bool has_time(const struct pusher *p)
{
    return realclock_monotonic_ns() < p->until_ns;
}

/* Put a push on its lane. NULL, or why that is not possible. */
static const char *enqueue(struct pusher *p, struct push *push)
{
    if (push_is_orphan(push))
        return "nobody waits for it";
    if (p->options->push == PUSH_OFF)
        return "no push is made (--push off)";
    struct lane *lane = lane_of(p, push);
    if (lane == NULL)
        return "no memory";
    list_append(&lane->waiting, &push->link);
    lane_changed(p, lane);
    return NULL;
}

/* At most TAKEN_MAX in a round, since a push that fails at once may be followed by the next one
 * at once. True if there may be more. */
static bool take_pushes(struct pusher *p)
{
    for (int i = 0; i < TAKEN_MAX; i++) {
        struct push *push = service_take_push(p->service);
        if (push == NULL)
            return i > 0;
        const char *error = enqueue(p, push);
        if (error != NULL)
            fail(p, push, error);
        if (!has_time(p))
            break;
    }
    return true;
}

/* Begin the next push of the lane, or end it if it cannot or need not be made. */
static void begin_next(struct pusher *p, struct lane *lane)
{
    assert(!list_empty(&lane->waiting));
    struct push *push = CONTAINER_OF(lane->waiting.next, struct push, link);
    list_unlink(&push->link);
    bool orphan = push_is_orphan(push);
    bool begun = !orphan && begin(p, lane, push);
    lane_changed(p, lane);
    if (!begun)
        fail(p, push, orphan ? "nobody waits for it" : "no memory");
}

/* Begin pushes, lanes taking turns. True if there may be more to begin. */
static bool begin_waiting(struct pusher *p)
{
    for (int i = 0; i < BEGUN_MAX && (i == 0 || has_time(p)); i++) {
        struct list_node *l = NULL;
        if (p->active < TRANSFERS_HARD_MAX && p->bytes < BYTES_HARD_MAX)
            l = list_first(&p->idle);
        if (l == NULL && p->active < TRANSFERS_MAX && p->bytes < BYTES_MAX)
            l = list_first(&p->ready);
        if (l == NULL)
            return false;
        begin_next(p, CONTAINER_OF(l, struct lane, ready));
    }
    return true;
}

static void act(struct pusher *p, curl_socket_t fd, int what)
{
    int running;
    p->broken = curl_multi_socket_action(p->multi, fd, what, &running) != CURLM_OK || p->broken;
}

static void act_on_sockets(struct pusher *p)
{
    struct epoll_event events[EVENTS_MAX];
    for (int n = EVENTS_MAX; n == EVENTS_MAX && has_time(p);) {
        n = epoll_wait(p->epoll_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < n && (i == 0 || has_time(p)); i++) {
            int what = 0;
            if (events[i].events & (EPOLLIN | EPOLLHUP))
                what |= CURL_CSELECT_IN;
            if (events[i].events & EPOLLOUT)
                what |= CURL_CSELECT_OUT;
            if (events[i].events & EPOLLERR)
                what |= CURL_CSELECT_ERR;
            act(p, events[i].data.fd, what);
        }
    }
}

static void act_on_timer(struct pusher *p)
{
    for (bool first = true; p->timer_ms <= realclock_now_ms(p->clock) && (first || has_time(p));
         first = false) {
        p->timer_ms = CMQ_NEVER; /* libcurl sets it again, see timer_changed() */
        act(p, CURL_SOCKET_TIMEOUT, 0);
    }
}

/* The kept connection was of no use: take a new one. */
static bool begin_again(struct transfer *t)
{
    curl_multi_remove_handle(t->pusher->multi, t->easy);
    t->stale = false;
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
    return curl_multi_add_handle(t->pusher->multi, t->easy) == CURLM_OK;
}

static bool end_done(struct pusher *p)
{
    int left;
    bool any = false;
    for (CURLMsg *m;
         (!any || has_time(p)) && (m = curl_multi_info_read(p->multi, &left)) != NULL;
         any = true) {
        struct transfer *t;
        assert(m->msg == CURLMSG_DONE);
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        struct push_outcome outcome = outcome_of(t, m->data.result);
        t->sound = m->data.result == CURLE_OK;
        if (!t->stale || !begin_again(t))
            end(t, &outcome);
    }
    return any;
}

/* Transfers whose outcome is not wanted any more would only keep others waiting. True if there may be
 * more of them. */
static bool cut_orphans(struct pusher *p)
{
    const struct push_outcome nobody = {.error = "nobody waits for it"};
    for (struct list_node *l = p->transfers.next; l != &p->transfers;) {
        struct transfer *t = CONTAINER_OF(l, struct transfer, link);
        l = l->next;
        if (!push_is_orphan(t->push))
            continue;
        end(t, &nobody);
        if (!has_time(p))
            return true;
    }
    return false;
}

static void cut_unwatched(struct pusher *p)
{
    const struct push_outcome lost = {.error = "its socket cannot be watched"};
    for (struct list_node *l = p->transfers.next; l != &p->transfers;) {
        struct transfer *t = CONTAINER_OF(l, struct transfer, link);
        l = l->next;
        if (t->unwatched)
            end(t, &lost);
    }
    p->unwatched = false;
}

/* Begin with libcurl anew. The transfers fail like any attempt, and are tried again. */
static void mend(struct pusher *p)
{
    const struct push_outcome lost = {.error = "no memory"};
    for (struct list_node *l; (l = list_first(&p->transfers)) != NULL;) {
        struct transfer *t = CONTAINER_OF(l, struct transfer, link);
        end(t, &lost);
    }
    curl_multi_cleanup(p->multi);
    p->multi = NULL;
    p->timer_ms = CMQ_NEVER;
    p->broken = p->unwatched = false;
}

static bool do_round(struct pusher *p, bool woken)
{
    bool more = take_pushes(p);
    more = cut_orphans(p) || more;
    more = begin_waiting(p) || more;
    if (p->multi == NULL)
        return more;
    if (woken || p->active > 0)
        act_on_sockets(p);
    act_on_timer(p);
    more = end_done(p) || more;
    if (p->unwatched)
        cut_unwatched(p);
    if (p->broken)
        mend(p);
    return more;
}

bool pusher_run(struct pusher *p, bool woken)
{
    enum { ROUNDS_MAX = 4 };
    bool more = true;
    p->until_ns = realclock_monotonic_ns() + RUN_NS;
    for (int i = 0; more && i < ROUNDS_MAX && (i == 0 || has_time(p)); i++)
        more = do_round(p, woken);
    return more;
}

/* ---- the whole ---- */

struct pusher *pusher_new(struct service *s, const struct options *o,
                          const struct realclock *clock)
{
    struct pusher *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->service = s;
    p->options = o;
    p->clock = clock;
    p->timer_ms = CMQ_NEVER;
    list_init(&p->idle);
    list_init(&p->ready);
    list_init(&p->transfers);
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bool ready = table_init(&p->lanes, allocator_heap());
    ready = curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK && ready;
    if (ready && p->epoll_fd >= 0)
        return p;
    pusher_free(p);
    return NULL;
}

static void fail_waiting(struct pusher *p)
{
    for (struct list_node *l;
         (l = list_first(&p->idle)) != NULL || (l = list_first(&p->ready)) != NULL;) {
        struct lane *lane = CONTAINER_OF(l, struct lane, ready);
        struct push *push = CONTAINER_OF(lane->waiting.next, struct push, link);
        list_unlink(&push->link);
        lane_changed(p, lane);
        fail(p, push, "the emulator stops");
    }
}

void pusher_free(struct pusher *p)
{
    const struct push_outcome stopped = {.error = "the emulator stops"};
    if (p == NULL)
        return;
    for (struct list_node *l; (l = list_first(&p->transfers)) != NULL;)
        end(CONTAINER_OF(l, struct transfer, link), &stopped);
    fail_waiting(p);
    while (p->spare_count > 0)
        curl_easy_cleanup(p->spare[--p->spare_count]);
    if (p->multi != NULL)
        curl_multi_cleanup(p->multi);
    curl_global_cleanup();
    table_fini(&p->lanes);
    if (p->epoll_fd >= 0)
        close(p->epoll_fd);
    free(p);
}

int pusher_fd(const struct pusher *p)
{
    return p->epoll_fd;
}

cmq_ms pusher_wake_ms(const struct pusher *p)
{
    return p->timer_ms;
}

/* False before it is connected. */
static bool own_address_of(const struct transfer *t, struct sockaddr_storage *out)
{
    long port = 0;
    char *text = NULL;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    curl_easy_getinfo(t->easy, CURLINFO_LOCAL_PORT, &port);
    curl_easy_getinfo(t->easy, CURLINFO_LOCAL_IP, &text);
    v4.sin_port = v6.sin6_port = htons((uint16_t)port);
    if (port == 0 || text == NULL)
        return false;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(out, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(out, &v6, sizeof v6);
    else
        return false;
    return true;
}

const struct namespace *pusher_origin(const struct pusher *p, const struct sockaddr *peer)
{
    for (const struct list_node *l = p->transfers.next; l != &p->transfers; l = l->next) {
        const struct transfer *t = CONTAINER_OF(l, const struct transfer, link);
        struct sockaddr_storage own;
        if (own_address_of(t, &own) && address_equal((struct sockaddr *)&own, peer))
            return t->lane->namespace;
    }
    return NULL;
}

bool pusher_is_idle(const struct pusher *p)
{
    return p->active == 0 && p->lanes.count == 0 && !service_has_pushes(p->service);
}
