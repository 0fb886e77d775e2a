/* load.c - a client that measures the emulator, or the constant beside it.
 *
 * Usage   load MODE [--option N]...
 *         load start [--repeat N] PROGRAM [ARGUMENT]...
 * Prints  lines "name value". Times are in microseconds of real time.
 * How     one thread, keep-alive connections to 127.0.0.1. The modes of "run" keep all of their
 *         connections busy: each sends its next request as soon as it has read an answer.
 * Fails   with a message and exit code 1 at the first answer that is no success: no figure is
 *         ever that of an error. Every wait ends. */
#include "api/digest.h"
#include "base/buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 65536, /* an answer that lists a hundred events */
    EVENTS_MAX = 64,
    BATCH = 16,
    PATIENCE_S = 45,     /* longer than any long poll */
    PARK_QUEUES = 100,   /* the polls that are only there are spread over so many queues */
    PARK_TRIES = 20000,  /* a millisecond each */
    STAGGER_NS = 7000000 /* lateness: deadlines do not coincide */
};

struct options {
    long port, pid, connections, requests, body, delay, polls, seconds, repeat, subscriptions;
    char **program; /* of "start" */
};

struct connection {
    int fd;
    int step;            /* where in its round it is, counted by the mode */
    int64_t sent_ns;     /* just before the write of the last request */
    int64_t answered_ns; /* when the answer before that had come */
    struct buffer request;
    size_t got; /* bytes of answer[] */
    char answer[ANSWER_MAX];
};

/* ---- small things ---- */

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(EXIT_FAILURE);
}

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t) != 0)
        fail("cannot read a clock: %s", strerror(errno));
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

/* Processor time that a process has used; 0 without --pid. */
static int64_t cpu_ns(long pid)
{
    clockid_t clock;
    if (pid == 0)
        return 0;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0)
        fail("there is no process %ld", pid);
    return read_ns(clock);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void *take(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL)
        fail("no memory");
    return memory;
}

/* ---- what is measured: a set of durations ---- */

struct sample {
    int64_t *ns;
    size_t count;
};

static struct sample sample_new(size_t room)
{
    return (struct sample){take(room, sizeof(int64_t)), 0};
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* s is sorted. */
static double percentile_us(const struct sample *s, size_t percent)
{
    size_t rank = (s->count - 1) * percent / 100;
    return (double)s->ns[rank] / 1e3;
}

static void sample_print(struct sample *s, const char *name)
{
    if (s->count == 0)
        fail("nothing was measured");
    qsort(s->ns, s->count, sizeof *s->ns, compare);
    printf("%s_p50_us %.1f\n", name, percentile_us(s, 50));
    printf("%s_p99_us %.1f\n", name, percentile_us(s, 99));
    printf("%s_max_us %.1f\n", name, percentile_us(s, 100));
    free(s->ns);
}

/* ---- one connection ---- */

static int connect_to(long port)
{
    const int on = 1;
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail("cannot connect to port %ld: %s", port, strerror(errno));
    return fd;
}

static void append(struct buffer *b, const char *text)
{
    buffer_append(b, bytes_of(text));
}

/* What SDKs send with every call; and the same in the order in which it is signed (common 4),
 * around a body. */
static const char common_parameters[] =
    "&Nonce=1804289383&Timestamp=1767225600&RequestClient=SDK_Python_1.3"
    "&SecretId=AKIDbench00000000000000000000000000&SignatureMethod=HmacSHA1"
    "&clientRequestId=12345678&Signature=";
static const char signed_before[] =
    "POST127.0.0.1/v2/index.php?Action=SendMessage&Nonce=1804289383"
    "&RequestClient=SDK_Python_1.3&SecretId=AKIDbench00000000000000000000000000"
    "&SignatureMethod=HmacSHA1&Timestamp=1767225600&clientRequestId=12345678&msgBody=";
static const char signed_behind[] = "&queueName=bench";
static const char secret_key[] =
    "benchSecretKey0123456789ABCDEFGH"; /* also in tests/bench/run */

static void append_signature(struct buffer *form, const char *body)
{
    uint8_t digest[DIGEST_MAX];
    char text[DIGEST_BASE64_MAX];
    struct hmac h;
    hmac_begin(&h, DIGEST_SHA1, bytes_of(secret_key));
    hmac_add(&h, bytes_of(signed_before));
    hmac_add(&h, bytes_of(body));
    hmac_add(&h, bytes_of(signed_behind));
    size_t len = hmac_end(&h, digest);
    len = digest_base64(digest, len, text);
    for (size_t i = 0; i < len; i++) {
        const char *escape = text[i] == '+'   ? "%2B"
                             : text[i] == '/' ? "%2F"
                             : text[i] == '=' ? "%3D"
                                              : NULL;
        if (escape != NULL)
            append(form, escape);
        else
            buffer_append_char(form, text[i]);
    }
}

/* A POST of these parameters: the text of a form up to its last value, and that value. */
static void set_post(struct buffer *request, const char *form, const char *value)
{
    size_t len = strlen(form) + strlen(value);
    buffer_clear(request);
    append(request, "POST /v2/index.php HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ");
    buffer_append_uint(request, len);
    append(request, "\r\n\r\n");
    append(request, form);
    append(request, value);
}

static void connection_open(struct connection *c, long port)
{
    *c = (struct connection){.fd = connect_to(port)};
}

static void connection_close(struct connection *c)
{
    close(c->fd);
    buffer_free(&c->request);
}

/* Requests are smaller than any socket buffer: one write takes all. */
static void send_bytes(int fd, struct bytes request)
{
    if (send(fd, request.data, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        fail("cannot write a request: %s", strerror(errno));
}

static void send_request(struct connection *c, struct bytes request)
{
    c->got = 0;
    c->sent_ns = now_ns();
    send_bytes(c->fd, request);
}

/* The text behind key in an answer; NULL when it is not there. */
static const char *behind(const struct connection *c, const char *key)
{
    size_t len = strlen(key);
    const char *at = memmem(c->answer, c->got, key, len);
    return at != NULL ? at + len : NULL;
}

static bool is_whole(const struct connection *c)
{
    const char *body = behind(c, "\r\n\r\n");
    const char *length = behind(c, "Content-Length: ");
    if (body == NULL)
        return false;
    if (length == NULL || length > body)
        fail("an answer has no length: %.*s", (int)c->got, c->answer);
    return c->got >= (size_t)(body - c->answer) + strtoul(length, NULL, 10);
}

/* Read on; true when the answer is whole. It must be a success. */
static bool read_answer(struct connection *c, int flags)
{
    static const char good[] = "HTTP/1.1 200 ";
    ssize_t n = recv(c->fd, c->answer + c->got, sizeof c->answer - 1 - c->got, flags);
    if (n < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT) != 0)
        return false;
    if (n <= 0)
        fail("an answer did not come: %s", n == 0 ? "connection closed" : strerror(errno));
    c->got += (size_t)n;
    c->answer[c->got] = '\0';
    if (!is_whole(c))
        return false;
    const char *code = behind(c, "{\"code\":");
    if (memcmp(c->answer, good, sizeof good - 1) != 0 || (code != NULL && *code != '0'))
        fail("a request failed: %s", c->answer);
    return true;
}

static void await_answer(struct connection *c)
{
    while (!read_answer(c, 0)) {
    }
}

/* Send, and wait for the answer. */
static void ask(struct connection *c, const char *form, const char *value)
{
    set_post(&c->request, form, value);
    send_request(c, buffer_bytes(&c->request));
    await_answer(c);
}

static const char *handle_of(const struct connection *c, char out[32])
{
    const char *handle = behind(c, "\"receiptHandle\":\"");
    if (handle == NULL || sscanf(handle, "%31[0-9]", out) != 1)
        fail("no receipt handle in %s", c->answer);
    return out;
}

/* ---- run: all connections busy until all jobs are done ---- */

struct run {
    const struct options *options;
    struct bytes fixed; /* the request, where it is always the same */
    int steps;          /* requests of a job */
    /* Make the request of c->step; the answer to the one before is in c->answer. */
    struct bytes (*next)(const struct run *r, struct connection *c);
    long to_begin, to_end;
    struct sample took;
};

static void run_step(struct run *r, struct connection *c)
{
    send_request(c, r->next(r, c));
}

static void run_begin_job(struct run *r, struct connection *c)
{
    if (r->to_begin == 0)
        return;
    r->to_begin--;
    c->step = 0;
    run_step(r, c);
}

static void run_answered(struct run *r, struct connection *c)
{
    r->took.ns[r->took.count++] = now_ns() - c->sent_ns;
    if (++c->step < r->steps) {
        run_step(r, c);
        return;
    }
    r->to_end--;
    run_begin_job(r, c);
}

static int watch_all(struct connection *all, size_t count)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, all[i].fd, &event) != 0)
            fail("cannot watch a connection: %s", strerror(errno));
    }
    return epoll_fd;
}

static void run_loop(struct run *r, int epoll_fd)
{
    while (r->to_end > 0) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(epoll_fd, events, EVENTS_MAX, PATIENCE_S * 1000);
        if (n <= 0)
            fail("no answers come");
        for (int i = 0; i < n; i++)
            if (read_answer(events[i].data.ptr, MSG_DONTWAIT))
                run_answered(r, events[i].data.ptr);
    }
}

static void run(struct run *r)
{
    const struct options *o = r->options;
    size_t count = (size_t)o->connections;
    struct connection *all = take(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        connection_open(&all[i], o->port);
    int epoll_fd = watch_all(all, count);
    r->took = sample_new((size_t)(o->requests * r->steps));
    r->to_begin = r->to_end = o->requests;

    int64_t cpu_begun_ns = cpu_ns(o->pid);
    int64_t begun_ns = now_ns();
    for (size_t i = 0; i < count; i++)
        run_begin_job(r, &all[i]);
    run_loop(r, epoll_fd);
    double took_s = (double)(now_ns() - begun_ns) * 1e-9;
    double cpu_us = (double)(cpu_ns(o->pid) - cpu_begun_ns) * 1e-3;

    printf("rate %.1f\n", (double)o->requests / took_s);
    printf("cpu_us %.3f\n", cpu_us / (double)o->requests);
    printf("busy %.3f\n", cpu_us * 1e-6 / took_s);
    sample_print(&r->took, "request");
    for (size_t i = 0; i < count; i++)
        connection_close(&all[i]);
    close(epoll_fd);
    free(all);
}

static struct bytes next_fixed(const struct run *r, struct connection *c)
{
    (void)c;
    return r->fixed;
}

static void run_fixed(const struct options *o, const char *form, const char *value)
{
    struct buffer request = {0};
    set_post(&request, form, value);
    run(&(struct run){
        .options = o, .fixed = buffer_bytes(&request), .steps = 1, .next = next_fixed});
    buffer_free(&request);
}

static void create_queue(const struct options *o, const char *name_and_more)
{
    struct connection c;
    connection_open(&c, o->port);
    ask(&c, "Action=CreateQueue&queueName=", name_and_more);
    connection_close(&c);
}

static void mode_create(const struct options *o)
{
    create_queue(o, "bench&maxMsgHeapNum=1000000000");
}

static char *body_of(const struct options *o)
{
    char *body = take((size_t)o->body + 1, 1);
    memset(body, 'x', (size_t)o->body);
    return body;
}

/* SendMessage. The constant is sent the same bytes. */
static void mode_send(const struct options *o)
{
    struct buffer form = {0};
    char *body = body_of(o);
    append(&form, "Action=SendMessage&queueName=bench");
    append(&form, common_parameters);
    append_signature(&form, body);
    append(&form, "&msgBody=");
    buffer_append_char(&form, '\0');
    run_fixed(o, form.data, body);
    buffer_free(&form);
    free(body);
}

/* BatchSendMessage: --requests calls of 16 messages each, delayed by --delay seconds. */
static void mode_fill(const struct options *o)
{
    struct buffer form = {0};
    char *body = body_of(o);
    append(&form, "Action=BatchSendMessage&queueName=bench&delaySeconds=");
    buffer_append_uint(&form, (uint64_t)o->delay);
    for (unsigned i = 1; i <= BATCH; i++) {
        append(&form, "&msgBody.");
        buffer_append_uint(&form, i);
        buffer_append_char(&form, '=');
        append(&form, body);
    }
    buffer_append_char(&form, '\0');
    run_fixed(o, form.data, "");
    buffer_free(&form);
    free(body);
}

static struct bytes next_of_pair(const struct run *r, struct connection *c)
{
    char handle[32];
    if (c->step == 0)
        return r->fixed;
    const char form[] = "Action=DeleteMessage&queueName=bench&receiptHandle=";
    set_post(&c->request, form, handle_of(c, handle));
    return buffer_bytes(&c->request);
}

/* ReceiveMessage, then DeleteMessage of what came. */
static void mode_pairs(const struct options *o)
{
    struct buffer receive = {0};
    set_post(&receive, "Action=ReceiveMessage&queueName=bench", "");
    run(&(struct run){
        .options = o, .fixed = buffer_bytes(&receive), .steps = 2, .next = next_of_pair});
    buffer_free(&receive);
}

/* ---- the admin interface ---- */

/* Write a call without a body: "POST /_emulator/reset". */
static void send_admin(struct connection *c, const char *call)
{
    buffer_clear(&c->request);
    append(&c->request, call);
    append(&c->request, " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");
    send_request(c, buffer_bytes(&c->request));
}

/* The answer comes after this many nanoseconds. */
static int64_t ask_admin(struct connection *c, const char *call)
{
    send_admin(c, call);
    await_answer(c);
    return now_ns() - c->sent_ns;
}

/* Remove what an earlier measurement left behind. */
static void reset(const struct options *o)
{
    struct connection c;
    connection_open(&c, o->port);
    ask_admin(&c, "POST /_emulator/reset");
    connection_close(&c);
}

static void repeat_admin(const struct options *o, const char *call, const char *name)
{
    struct connection c;
    struct sample took = sample_new((size_t)o->repeat);
    connection_open(&c, o->port);
    for (long i = 0; i < o->repeat; i++)
        took.ns[took.count++] = ask_admin(&c, call);
    sample_print(&took, name);
    connection_close(&c);
}

/* ---- topics ---- */

static void create_topic(struct connection *c)
{
    ask(c, "Action=CreateTopic&filterType=2&topicName=bench", "");
}

static void subscribe(struct connection *c, const char *name, const char *protocol,
                      const char *endpoint)
{
    char form[256];
    snprintf(form, sizeof form,
             "Action=Subscribe&topicName=bench&bindingKey.1=orders.*.paid.%%23"
             "&subscriptionName=%s&protocol=%s&endpoint=",
             name, protocol);
    ask(c, form, endpoint);
}

/* A topic with --subscriptions, each to a queue of its own. */
static void mode_topic(const struct options *o)
{
    struct connection c;
    connection_open(&c, o->port);
    create_topic(&c);
    for (long i = 0; i < o->subscriptions; i++) {
        char name[32];
        snprintf(name, sizeof name, "bench-%ld", i);
        ask(&c, "Action=CreateQueue&maxMsgHeapNum=1000000000&queueName=", name);
        subscribe(&c, name, "queue", name);
    }
    connection_close(&c);
}

/* PublishMessage, with a routing key that all of them take. */
static void mode_publish(const struct options *o)
{
    struct buffer form = {0};
    char *body = body_of(o);
    append(&form, "Action=PublishMessage&topicName=bench&routingKey=orders.eu.paid.card");
    append(&form, common_parameters);
    buffer_append_char(&form, '\0');
    run_fixed(o, form.data, body);
    buffer_free(&form);
    free(body);
}

/* --requests messages to an endpoint over HTTP, a sink of the emulator's own: until all of them
 * have been delivered. */
static void mode_pushed(const struct options *o)
{
    struct connection c;
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%ld/_emulator/sink/bench", o->port);
    connection_open(&c, o->port);
    create_topic(&c);
    subscribe(&c, "pushed", "http", endpoint);
    int64_t begun_ns = now_ns();
    for (long i = 0; i < o->requests; i++)
        ask(&c,
            "Action=PublishMessage&topicName=bench&routingKey=orders.eu.paid&msgBody=", "x");
    ask_admin(&c, "POST /_emulator/await?until=%7B%22subscription%22:%22bench/pushed%22,"
                  "%22pending%22:%7B%22eq%22:0%7D%7D&timeout=30s");
    if (behind(&c, "\"satisfied\":true") == NULL)
        fail("not all of it was pushed: %s", c.answer);
    printf("pushed_rate %.1f\n", (double)o->requests / ((double)(now_ns() - begun_ns) * 1e-9));
    connection_close(&c);
}

/* A day of retries over a port where nothing listens: 177 attempts. */
static void mode_retries(const struct options *o)
{
    struct connection c;
    connection_open(&c, o->port);
    create_topic(&c);
    subscribe(&c, "dead", "http", "http://127.0.0.1:1/");
    ask_admin(&c, "POST /_emulator/clock/freeze");
    ask(&c, "Action=PublishMessage&topicName=bench&routingKey=orders.eu.paid&msgBody=", "x");
    int64_t begun_ns = now_ns();
    ask_admin(&c, "POST /_emulator/clock/advance?by=24h");
    printf("retries_us %.1f\n", (double)(now_ns() - begun_ns) / 1e3);
    ask_admin(&c, "GET /metrics");
    if (behind(&c, "result=\"failed\"} 176\n") == NULL)
        fail("there were not 177 attempts: %s", c.answer);
    connection_close(&c);
}

/* A call that does next to nothing, to compare with. */
static void mode_clock(const struct options *o)
{
    repeat_admin(o, "GET /_emulator/clock", "clock");
}

/* Ends of delays, a millisecond apart: one event for each step. */
static void mode_step(const struct options *o)
{
    struct connection c;
    connection_open(&c, o->port);
    for (long i = 0; i < o->repeat; i++) {
        ask(&c, "Action=SendMessage&queueName=bench&delaySeconds=1800&msgBody=", "x");
        ask_admin(&c, "POST /_emulator/clock/advance?by=1ms");
    }
    connection_close(&c);
    repeat_admin(o, "POST /_emulator/clock/step", "step");
}

/* By --seconds each time. */
static void mode_advance(const struct options *o)
{
    char call[64];
    snprintf(call, sizeof call, "POST /_emulator/clock/advance?by=%ld", o->seconds);
    repeat_admin(o, call, "advance");
}

static void mode_namespaces(const struct options *o)
{
    repeat_admin(o, "POST /_emulator/namespaces", "create");
}

/* ---- reset, and what another connection sees of it ---- */

/* A connection that sends a small request as soon as it has the answer to the one before. */
struct watcher {
    struct connection all[2]; /* itself, and the one that resets */
    int epoll_fd;
    int64_t end_ns;
    int64_t reset_ns;
    struct sample took;
};

static void watcher_answered(struct watcher *w, struct connection *c)
{
    int64_t now = now_ns();
    int64_t took_ns = now - c->sent_ns;
    if (c != &w->all[0]) {
        w->reset_ns = took_ns;
        return;
    }
    w->took.ns[w->took.count++] = took_ns;
    if (now < w->end_ns)
        send_request(c, buffer_bytes(&c->request));
    else
        w->end_ns = 0;
}

/* Prints how long the answers of a second took. */
static void watch(struct watcher *w, const char *name)
{
    enum { ANSWERS_MAX = 1000000, WATCH_NS = 1000000000 };
    w->took = sample_new(ANSWERS_MAX);
    w->end_ns = now_ns() + WATCH_NS;
    send_request(&w->all[0], buffer_bytes(&w->all[0].request));
    while (w->end_ns != 0) {
        struct epoll_event events[2];
        int n = epoll_wait(w->epoll_fd, events, 2, PATIENCE_S * 1000);
        if (n <= 0 || w->took.count == ANSWERS_MAX)
            fail("answers come not at all, or too many");
        for (int i = 0; i < n; i++)
            if (read_answer(events[i].data.ptr, MSG_DONTWAIT))
                watcher_answered(w, events[i].data.ptr);
    }
    sample_print(&w->took, name);
}

/* Wait until the process does nothing; returns the processor time that it had until then. */
static int64_t await_idle(const struct options *o)
{
    enum { CALM_NS = 50000000, LOOKS_MAX = 20000 };
    int64_t begun_cpu_ns = cpu_ns(o->pid);
    int64_t last_cpu_ns = begun_cpu_ns;
    int64_t last_ns = now_ns();
    for (int i = 0; i < LOOKS_MAX && now_ns() - last_ns < CALM_NS; i++) {
        pause_ms(1);
        if (cpu_ns(o->pid) == last_cpu_ns)
            continue;
        last_cpu_ns = cpu_ns(o->pid);
        last_ns = now_ns();
    }
    return last_cpu_ns - begun_cpu_ns;
}

/* "quiet" is what the watcher sees without a reset, "left" what work the reset left behind when
 * the watcher stopped. */
static void mode_reset(const struct options *o)
{
    struct watcher w = {.reset_ns = 0};
    connection_open(&w.all[0], o->port);
    connection_open(&w.all[1], o->port);
    w.epoll_fd = watch_all(w.all, 2);
    set_post(&w.all[0].request, "Action=ListQueue&limit=", "1");
    watch(&w, "quiet");
    send_admin(&w.all[1], "POST /_emulator/reset");
    watch(&w, "watched");
    if (w.reset_ns == 0)
        fail("the reset does not end");
    printf("reset_us %.1f\n", (double)w.reset_ns / 1e3);
    printf("left_us %.1f\n", (double)await_idle(o) / 1e3);
    connection_close(&w.all[0]);
    connection_close(&w.all[1]);
    close(w.epoll_fd);
}

/* A reset while nothing else is done. */
static void mode_free(const struct options *o)
{
    await_idle(o);
    int64_t begun_ns = cpu_ns(o->pid);
    reset(o);
    await_idle(o);
    printf("free_us %.1f\n", (double)(cpu_ns(o->pid) - begun_ns) / 1e3);
}

/* ---- parked polls ---- */

/* Wait until that many polls are parked. */
static void await_parked(struct connection *admin, long count)
{
    for (int i = 0; i < PARK_TRIES; i++) {
        ask_admin(admin, "GET /_emulator/clock");
        const char *parked = behind(admin, "\"parkedPolls\":");
        if (parked != NULL && strtol(parked, NULL, 10) == count)
            return;
        pause_ms(1);
    }
    fail("the polls do not park");
}

/* Park --polls polls that get no message; return their sockets. */
static int *park_others(const struct options *o, struct connection *admin)
{
    struct buffer request = {0};
    int *fds = take((size_t)o->polls, sizeof *fds);
    char name[32];
    for (int i = 0; i < PARK_QUEUES && i < o->polls; i++) {
        snprintf(name, sizeof name, "park%d", i);
        ask(admin, "Action=CreateQueue&queueName=", name);
    }
    for (long i = 0; i < o->polls; i++) {
        snprintf(name, sizeof name, "park%ld", i % PARK_QUEUES);
        set_post(&request, "Action=ReceiveMessage&pollingWaitSeconds=30&queueName=", name);
        fds[i] = connect_to(o->port);
        send_bytes(fds[i], buffer_bytes(&request));
    }
    buffer_free(&request);
    await_parked(admin, o->polls);
    return fds;
}

static void drop_others(const struct options *o, int *fds)
{
    for (long i = 0; i < o->polls; i++)
        close(fds[i]);
    free(fds);
}

/* What polls cost that only wait: memory and processor time. */
static void mode_parked(const struct options *o)
{
    struct connection admin;
    reset(o);
    connection_open(&admin, o->port);
    int *others = park_others(o, &admin);
    pause_ms(500); /* let the work of parking them end */
    int64_t begun_ns = cpu_ns(o->pid);
    pause_ms(o->seconds * 1000);
    printf("parked_cpu_us %.1f\n", (double)(cpu_ns(o->pid) - begun_ns) * 1e-3);
    drop_others(o, others);
    connection_close(&admin);
}

/* ---- pages ---- */

/* Until it is told to end: as many open pages as there are connections, which read what they are told. */
static void mode_read(const struct options *o)
{
    static const char request[] =
        "GET /_emulator/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n";
    static char text[ANSWER_MAX];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        fail("cannot wait: %s", strerror(errno));
    for (long i = 0; i < o->connections; i++) {
        int fd = connect_to(o->port);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            fail("cannot wait for a page: %s", strerror(errno));
        send_bytes(fd, (struct bytes){request, sizeof request - 1});
    }
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(epoll, events, EVENTS_MAX, PATIENCE_S * 1000);
        if (n == 0)
            fail("no page was told anything");
        for (int i = 0; i < n; i++)
            if (recv(events[i].data.fd, text, sizeof text, MSG_DONTWAIT) == 0)
                fail("a page was left alone");
    }
}

/* From just before a send is written until a parked poll has its answer. */
static void mode_wake(const struct options *o)
{
    struct connection poller, sender, admin;
    struct sample took = sample_new((size_t)o->repeat);
    const char delete[] = "Action=DeleteMessage&queueName=wake&receiptHandle=";
    char handle[32];
    reset(o);
    connection_open(&poller, o->port);
    connection_open(&sender, o->port);
    connection_open(&admin, o->port);
    ask(&admin, "Action=CreateQueue&queueName=", "wake");
    set_post(&poller.request, "Action=ReceiveMessage&queueName=wake&pollingWaitSeconds=30", "");
    set_post(&sender.request, "Action=SendMessage&queueName=wake&msgBody=", "hello");
    int *others = park_others(o, &admin);
    for (long i = 0; i < o->repeat; i++) {
        send_request(&poller, buffer_bytes(&poller.request));
        await_parked(&admin, o->polls + 1);
        pause_ms(1); /* the emulator sleeps by now, as it does between the steps of a test */
        send_request(&sender, buffer_bytes(&sender.request));
        await_answer(&poller);
        took.ns[took.count++] = now_ns() - sender.sent_ns;
        await_answer(&sender);
        ask(&admin, delete, handle_of(&poller, handle));
    }
    sample_print(&took, "wake");
    drop_others(o, others);
    connection_close(&poller);
    connection_close(&sender);
    connection_close(&admin);
}

/* ---- lateness of delays and visibility timeouts ---- */

/* Each connection has a queue of its own. It starts a second of delay (by a send) or of
 * visibility timeout (by a receipt), then polls until the message comes. The emulator counts
 * that second from an instant between the write of the first request and its answer, cut to
 * whole milliseconds: hence two figures. "late" counts from the write, as a client does;
 * "late_least" from the answer. */
struct lateness {
    const struct options *options;
    bool delay;
    struct connection *all;
    size_t begun, ended;
    int64_t *asked_ns;
    struct sample late, late_least;
};

static void late_queue(const struct lateness *l, size_t i, const char *start, const char *more)
{
    struct connection *c = &l->all[i];
    char rest[128];
    snprintf(rest, sizeof rest, "%zu%s", i, more);
    set_post(&c->request, start, rest);
}

static void late_prepare(struct lateness *l, size_t i)
{
    struct connection *c = &l->all[i];
    connection_open(c, l->options->port);
    late_queue(l, i, "Action=CreateQueue&queueName=late", "&visibilityTimeout=1");
    send_request(c, buffer_bytes(&c->request));
    await_answer(c);
    if (l->delay)
        return;
    late_queue(l, i, "Action=SendMessage&queueName=late", "&msgBody=hello");
    send_request(c, buffer_bytes(&c->request));
    await_answer(c);
}

static void late_begin(struct lateness *l, size_t i)
{
    struct connection *c = &l->all[i];
    if (l->delay)
        late_queue(l, i, "Action=SendMessage&queueName=late", "&msgBody=hello&delaySeconds=1");
    else
        late_queue(l, i, "Action=ReceiveMessage&queueName=late", "");
    send_request(c, buffer_bytes(&c->request));
    l->asked_ns[i] = c->sent_ns;
}

static void late_answered(struct lateness *l, struct connection *c)
{
    enum { SECOND_NS = 1000000000 };
    size_t i = (size_t)(c - l->all);
    int64_t at_ns = now_ns();
    if (c->step++ == 0) {
        c->answered_ns = at_ns;
        late_queue(l, i, "Action=ReceiveMessage&queueName=late", "&pollingWaitSeconds=30");
        send_request(c, buffer_bytes(&c->request));
        return;
    }
    l->late.ns[l->late.count++] = at_ns - l->asked_ns[i] - SECOND_NS;
    l->late_least.ns[l->late_least.count++] = at_ns - c->answered_ns - SECOND_NS;
    l->ended++;
}

static void late_loop(struct lateness *l, size_t count)
{
    int epoll_fd = watch_all(l->all, count);
    int64_t begun_ns = now_ns();
    while (l->ended < count) {
        struct epoll_event events[EVENTS_MAX];
        int64_t next_ns = begun_ns + (int64_t)l->begun * STAGGER_NS;
        if (l->begun < count && now_ns() >= next_ns) {
            late_begin(l, l->begun++);
            continue;
        }
        int n = epoll_wait(epoll_fd, events, EVENTS_MAX, l->begun < count ? 1 : 5000);
        if (n < 0 || (n == 0 && l->begun == count))
            fail("a message does not come");
        for (int i = 0; i < n; i++)
            if (read_answer(events[i].data.ptr, MSG_DONTWAIT))
                late_answered(l, events[i].data.ptr);
    }
    close(epoll_fd);
}

static void measure_lateness(const struct options *o, bool delay)
{
    size_t count = (size_t)o->repeat;
    struct lateness l = {.options = o, .delay = delay};
    reset(o);
    l.all = take(count, sizeof *l.all);
    l.asked_ns = take(count, sizeof *l.asked_ns);
    l.late = sample_new(count);
    l.late_least = sample_new(count);
    for (size_t i = 0; i < count; i++)
        late_prepare(&l, i);
    late_loop(&l, count);
    sample_print(&l.late, "late");
    sample_print(&l.late_least, "late_least");
    for (size_t i = 0; i < count; i++)
        connection_close(&l.all[i]);
    free(l.all);
    free(l.asked_ns);
}

static void mode_late_delay(const struct options *o)
{
    measure_lateness(o, true);
}

static void mode_late_visibility(const struct options *o)
{
    measure_lateness(o, false);
}

/* ---- start: from fork() until the first request is answered ---- */

/* The program's first line of output says where it listens. */
static long port_from(int fd)
{
    char line[512];
    size_t len = 0;
    while (len < sizeof line - 1 && memchr(line, '\n', len) == NULL) {
        ssize_t n = read(fd, line + len, sizeof line - 1 - len);
        if (n <= 0)
            fail("the program did not start");
        len += (size_t)n;
    }
    line[len] = '\0';
    const char *address = strstr(line, "http://127.0.0.1:");
    if (address == NULL)
        fail("the program does not say where it listens: %s", line);
    return strtol(address + strlen("http://127.0.0.1:"), NULL, 10);
}

static int64_t start_once(char **program)
{
    int out[2];
    struct connection c;
    int64_t begun_ns = now_ns();
    pid_t child = pipe(out) == 0 ? fork() : -1;
    if (child < 0)
        fail("cannot start a program: %s", strerror(errno));
    if (child == 0) {
        (void)alarm(PATIENCE_S); /* survives exec: it ends even if we are killed */
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execv(program[0], program);
        _exit(127);
    }
    close(out[1]);
    connection_open(&c, port_from(out[0]));
    ask(&c, "Action=CreateQueue&queueName=", "first");
    int64_t took_ns = now_ns() - begun_ns;
    connection_close(&c);
    close(out[0]);
    if (kill(child, SIGTERM) != 0 || waitpid(child, NULL, 0) != child)
        fail("cannot stop the program: %s", strerror(errno));
    return took_ns;
}

static void mode_start(const struct options *o)
{
    struct sample took = sample_new((size_t)o->repeat);
    if (o->program[0] == NULL)
        fail("start what?");
    for (long i = 0; i < o->repeat; i++)
        took.ns[took.count++] = start_once(o->program);
    sample_print(&took, "start");
}

/* ---- the command line ---- */

/* clang-format off */
static const struct {
    const char *name;
    void (*measure)(const struct options *o);
} modes[] = {
    { "create",          mode_create },
    { "send",            mode_send },
    { "fill",            mode_fill },
    { "pairs",           mode_pairs },
    { "topic",           mode_topic },
    { "publish",         mode_publish },
    { "pushed",          mode_pushed },
    { "retries",         mode_retries },
    { "clock",           mode_clock },
    { "step",            mode_step },
    { "advance",         mode_advance },
    { "reset",           mode_reset },
    { "free",            mode_free },
    { "namespaces",      mode_namespaces },
    { "parked",          mode_parked },
    { "read",            mode_read },
    { "wake",            mode_wake },
    { "late-delay",      mode_late_delay },
    { "late-visibility", mode_late_visibility },
    { "start",           mode_start },
};
/* clang-format on */

static void read_options(struct options *o, int argc, char **argv)
{
    /* clang-format off */
    static const struct option known[] = {
        { "port", required_argument, NULL, 0 },
        { "pid", required_argument, NULL, 1 },
        { "connections", required_argument, NULL, 2 },
        { "requests", required_argument, NULL, 3 },
        { "body", required_argument, NULL, 4 },
        { "polls", required_argument, NULL, 5 },
        { "seconds", required_argument, NULL, 6 },
        { "repeat", required_argument, NULL, 7 },
        { "delay", required_argument, NULL, 8 },
        { "subscriptions", required_argument, NULL, 9 },
        { NULL, 0, NULL, 0 },
    };
    /* clang-format on */
    long *const values[] = {&o->port,  &o->pid,          &o->connections, &o->requests,
                            &o->body,  &o->polls,        &o->seconds,     &o->repeat,
                            &o->delay, &o->subscriptions};
    for (int at; (at = getopt_long(argc, argv, "+", known, NULL)) != -1;) {
        if (at == '?')
            exit(2);
        *values[at] = strtol(optarg, NULL, 10);
        if (*values[at] < 0 || *values[at] > 1000000000)
            fail("--%s %s?", known[at].name, optarg);
    }
    o->program = argv + optind;
}

static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int argc, char **argv)
{
    struct options o = {
        .connections = 32, .requests = 10000, .body = 100, .seconds = 3, .repeat = 100};
    if (argc < 2)
        fail("which mode?");
    read_options(&o, argc - 1, argv + 1);
    raise_file_limit();
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i].name, argv[1]) == 0) {
            modes[i].measure(&o);
            return 0;
        }
    }
    fail("there is no mode %s", argv[1]);
}
