/* runner.c - the service in this process, asked by a script that wants to know what calls cost.
 *
 * Standard input has commands, each a line, some followed by bytes; each is answered on standard
 * output by a line of numbers, the last of which is how many bytes follow it.
 *
 *   names                               calls of all tables: lines "v2 Name", "cmq Name", "tdmq Name"
 *   start NAMESPACES                    another service, with the program's defaults
 *   config BYTES                        read a configuration file; status 200 if it is one
 *   ask METHOD TARGET HEAD BODY         a request; the numbers are lengths of what follows
 *   repeat FROM COUNT METHOD TARGET HEAD BODY
 *                                       the same, with each number of the range for "{i}"; the
 *                                       status is 200 if all calls succeeded
 *   hang-up                             the clients of all parked calls go
 *   push COUNT                          take so many pushes; status: how many there were
 *   land STATUS                         the first of these is answered
 *   wait MS                             real time passes
 *   quadratic N                         what takes N * N steps
 *
 *   STATUS CODE STEPS LONGEST PARKED BYTES
 *
 * STEPS is what the call took (steps.h), with the making of its whole answer; LONGEST the most of
 * it that happens in one turn of the loop, with repeat the most that one of the calls took. PARKED
 * is how many calls wait. What is left for idle turns is done afterwards, and does not count. */
#include "steps.h"

#include "admin/config.h"
#include "api/v2/actions.h"
#include "api/v3/actions.h"
#include "base/pieces.h"
#include "server/options.h"
#include "service/service.h"

#include <stdio.h>
#include <stdlib.h>

/* 2030-01-01T00:00:00Z */
#define BEGUN_MS INT64_C(1893456000000)

static struct service service;
static cmq_ms real_ms = BEGUN_MS;
static struct list_node parked; /* clients */
static struct list_node flying; /* struct push */
static size_t parked_count;

/* A client, from its request to its answer. */
struct client {
    struct exchange x;
    struct buffer head;
    struct list_node link;
};

/* A request, with "{i}" where numbers may go. */
struct template
{
    char method[8];
    struct buffer target, head, body;
};

struct cost {
    int status, code;
    uint64_t steps, longest;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "runner: %s\n", what);
    exit(EXIT_FAILURE);
}

static void reply(const struct cost *c, struct bytes text)
{
    printf("%d %d %llu %llu %zu %zu\n", c->status, c->code, (unsigned long long)c->steps,
           (unsigned long long)c->longest, parked_count, text.len);
    fwrite(text.data, 1, text.len, stdout);
    fflush(stdout);
}

static void note(struct cost *c, uint64_t before)
{
    uint64_t spent = steps - before;
    c->steps += spent;
    if (spent > c->longest)
        c->longest = spent;
}

/* ---- clients ---- */

static void client_free(struct client *c)
{
    exchange_free(&c->x);
    buffer_free(&c->head);
    free(c);
}

static void free_finished(void)
{
    for (struct exchange *x; (x = service_take_finished(&service)) != NULL;) {
        struct client *c = CONTAINER_OF(x, struct client, x);
        list_unlink(&c->link);
        parked_count--;
        client_free(c);
    }
}

/* What the loop does when nobody wants anything. */
static void be_idle(void)
{
    free_finished();
    while (service_has_idle_work(&service))
        service_idle_work(&service, false);
}

/* Lines "Name: value\n". The service gets them as the network hands them over. */
static void take_head(struct client *c)
{
    struct bytes rest = buffer_bytes(&c->head);
    for (const char *end; rest.len > 0 && (end = memchr(rest.data, '\n', rest.len)) != NULL;) {
        size_t len = (size_t)(end - rest.data);
        const char *colon = memchr(rest.data, ':', len);
        if (colon == NULL || (size_t)(colon - rest.data) + 2 > len)
            fail("a line of a head without \": \"");
        head_take(&c->x.head, (struct bytes){rest.data, (size_t)(colon - rest.data)},
                  (struct bytes){colon + 2, (size_t)(end - colon - 2)});
        rest = (struct bytes){end + 1, rest.len - len - 1};
    }
    if (service_wants_headers(buffer_bytes(&c->x.target), &c->x.head))
        buffer_append(&c->x.headers, buffer_bytes(&c->head));
}

/* The body comes in parts, as from a socket. */
static void take_body(struct client *c, struct bytes body, struct cost *cost)
{
    enum { PART = 32 * 1024 };
    for (size_t at = 0; at < body.len; at += PART) {
        uint64_t before = steps;
        size_t len = body.len - at < PART ? body.len - at : PART;
        buffer_append(&c->x.body, (struct bytes){body.data + at, len});
        service_follow_body(&service, &c->x);
        note(cost, before);
    }
}

/* True if it is answered: then it is the caller's. */
static bool ask(struct client *c, const char *method, struct bytes target, struct bytes body,
                struct cost *cost)
{
    uint64_t before = steps;
    c->x.method = bytes_of(method);
    buffer_append(&c->x.target, target);
    take_head(c);
    note(cost, before);
    take_body(c, body, cost);
    before = steps;
    bool answered = service_handle(&service, real_ms, &c->x) == EXCHANGE_ANSWERED;
    note(cost, before);
    if (!answered) {
        cost->status = 200;
        list_append(&parked, &c->link);
        parked_count++;
        return false;
    }
    cost->status = c->x.status;
    cost->code = c->x.code;
    before = steps;
    if (!buffer_flatten(&c->x.answer))
        fail("no memory for an answer");
    cost->steps += steps - before;
    return true;
}

static struct client *client_new(void)
{
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        fail("no memory");
    return c;
}

/* ---- commands ---- */

static void read_bytes(struct buffer *b, size_t len)
{
    buffer_clear(b);
    if (!buffer_reserve_exactly(b, len + 1) || fread(b->data, 1, len, stdin) != len)
        fail("the input ends too early");
    b->len = len;
}

/* The next number of a line, which *line is moved behind. */
static long next_number(const char **line)
{
    char *end;
    long n = strtol(*line, &end, 10);
    if (end == *line || n < 0)
        fail(*line);
    *line = end;
    return n;
}

static void read_template(struct template *t, const char *line)
{
    int used = 0;
    if (sscanf(line, "%7s%n", t->method, &used) != 1)
        fail(line);
    line += used;
    size_t target = (size_t)next_number(&line), head = (size_t)next_number(&line);
    size_t body = (size_t)next_number(&line);
    read_bytes(&t->target, target);
    read_bytes(&t->head, head);
    read_bytes(&t->body, body);
}

static void do_ask(const char *line)
{
    static struct template t;
    struct cost cost = {.status = 0};
    struct client *c = client_new();
    read_template(&t, line);
    buffer_append(&c->head, buffer_bytes(&t.head));
    if (ask(c, t.method, buffer_bytes(&t.target), buffer_bytes(&t.body), &cost)) {
        free_finished();
        reply(&cost, buffer_bytes(&c->x.answer));
        client_free(c);
    } else {
        free_finished();
        reply(&cost, bytes_of(""));
    }
    be_idle();
}

static void fill_in(struct buffer *out, const struct buffer *text, long i)
{
    struct bytes rest = buffer_bytes(text);
    buffer_clear(out);
    for (const char *at;
         rest.len > 0 && (at = memmem(rest.data, rest.len, "{i}", 3)) != NULL;) {
        size_t len = (size_t)(at - rest.data);
        buffer_append(out, (struct bytes){rest.data, len});
        buffer_append_int(out, i);
        rest = (struct bytes){at + 3, rest.len - len - 3};
    }
    buffer_append(out, rest);
}

static bool succeeded(const struct client *c)
{
    bool has_code = c->x.kind == EXCHANGE_CMQ;
    return c->x.status / 100 == 2 && (!has_code || c->x.code == 0) &&
           (c->x.kind != EXCHANGE_V3 || c->x.message.len == 0);
}

static void do_repeat(const char *line)
{
    static struct template t;
    static struct buffer target, body;
    struct cost all = {.status = 200};
    long from = next_number(&line), count = next_number(&line);
    read_template(&t, line);
    for (long i = from; i < from + count; i++) {
        struct cost cost = {.status = 0};
        struct client *c = client_new();
        fill_in(&c->head, &t.head, i);
        fill_in(&target, &t.target, i);
        fill_in(&body, &t.body, i);
        if (ask(c, t.method, buffer_bytes(&target), buffer_bytes(&body), &cost)) {
            if (!succeeded(c) && all.status == 200) {
                all.status = 0;
                fprintf(stderr, "runner: %.*s\n", (int)c->x.answer.len, c->x.answer.data);
            }
            client_free(c);
        }
        free_finished();
        all.steps += cost.steps;
        if (cost.steps > all.longest)
            all.longest = cost.steps;
    }
    be_idle();
    reply(&all, bytes_of(""));
}

static void do_names(void)
{
    static struct buffer text;
    static const struct cost none = {.status = 200};
    static const char *const products[] = {[V3_CMQ] = "cmq ", [V3_TDMQ] = "tdmq "};
    for (size_t i = 0; i < action_count(); i++) {
        buffer_append(&text, bytes_of("v2 "));
        buffer_append(&text, bytes_of(action_at(i)->name));
        buffer_append_char(&text, '\n');
    }
    for (enum v3_product p = V3_CMQ; p <= V3_TDMQ; p++)
        for (size_t i = 0; i < v3_action_count(p); i++) {
            buffer_append(&text, bytes_of(products[p]));
            buffer_append(&text, bytes_of(v3_action_at(p, i)->name));
            buffer_append_char(&text, '\n');
        }
    reply(&none, buffer_bytes(&text));
}

static void hang_up_all(struct cost *cost)
{
    uint64_t before = steps;
    for (struct list_node *l; (l = list_first(&parked)) != NULL; free_finished())
        service_hang_up(&service, real_ms, &CONTAINER_OF(l, struct client, link)->x);
    note(cost, before);
}

static void land_all(void)
{
    static const struct push_outcome nothing = {.error = "the test ends"};
    for (struct list_node *l; (l = list_first(&flying)) != NULL;) {
        list_unlink(l);
        service_end_push(&service, real_ms, CONTAINER_OF(l, struct push, link), &nothing);
    }
}

static void stop(void)
{
    struct cost cost = {.status = 0};
    hang_up_all(&cost);
    land_all();
    service_end_all_waits(&service, real_ms);
    free_finished();
    service_fini(&service);
}

static void start(size_t namespaces)
{
    static char name[] = "cmq-emulator";
    char *argv[] = {name, NULL};
    struct options o;
    if (options_read(&o, 1, argv, stderr) != OPTIONS_RUN)
        fail("the defaults are none");
    struct service_config config = options_service_config(&o, "127.0.0.1:9267");
    config.registry.max_namespaces = namespaces;
    config.registry.max_awaits = 0;
    config.registry.engine.limits.max_polls = 1000000;
    real_ms = BEGUN_MS;
    list_init(&parked);
    list_init(&flying);
    if (!service_init(&service, &config, real_ms))
        fail("no service");
}

static void do_config(size_t len)
{
    static struct buffer text;
    struct cost cost = {.status = 200};
    struct mistake m = {.status = 0};
    read_bytes(&text, len);
    text.data[len] = '\0';
    uint64_t before = steps;
    if (!config_apply(&service.registry, text.data, real_ms, &m))
        cost.status = 400;
    note(&cost, before);
    reply(&cost, bytes_of(m.message));
    be_idle();
}

static void do_push(long count)
{
    struct cost cost = {.status = 0};
    uint64_t before = steps;
    for (struct push *p; cost.status < count && (p = service_take_push(&service)) != NULL;) {
        list_append(&flying, &p->link);
        cost.status++;
    }
    note(&cost, before);
    reply(&cost, bytes_of(""));
}

static void do_land(int status)
{
    struct cost cost = {.status = 200};
    struct list_node *l = list_first(&flying);
    if (l == NULL)
        fail("no push was taken");
    list_unlink(l);
    uint64_t before = steps;
    service_end_push(&service, real_ms, CONTAINER_OF(l, struct push, link),
                     &(struct push_outcome){.delivered = status == 200, .status = status});
    note(&cost, before);
    reply(&cost, bytes_of(""));
    be_idle();
}

static void do_quadratic(long n)
{
    volatile long sum = 0;
    struct cost cost = {.status = 200};
    uint64_t before = steps;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++)
            sum = sum + j;
    if (sum < 0)
        fail("no sum");
    note(&cost, before);
    reply(&cost, bytes_of(""));
}

static void do_wait(long ms)
{
    struct cost cost = {.status = 200};
    uint64_t before = steps;
    real_ms += ms;
    service_tick(&service, real_ms);
    note(&cost, before);
    reply(&cost, bytes_of(""));
    be_idle();
}

static void do_hang_up(void)
{
    struct cost cost = {.status = 200};
    hang_up_all(&cost);
    reply(&cost, bytes_of(""));
    be_idle();
}

static void do_start(long namespaces)
{
    static const struct cost none = {.status = 200};
    stop();
    start((size_t)namespaces);
    reply(&none, bytes_of(""));
}

static void obey(const char *word, const char *rest)
{
    if (strcmp(word, "ask") == 0)
        do_ask(rest);
    else if (strcmp(word, "repeat") == 0)
        do_repeat(rest);
    else if (strcmp(word, "names") == 0)
        do_names();
    else if (strcmp(word, "start") == 0)
        do_start(strtol(rest, NULL, 10));
    else if (strcmp(word, "config") == 0)
        do_config(strtoul(rest, NULL, 10));
    else if (strcmp(word, "hang-up") == 0)
        do_hang_up();
    else if (strcmp(word, "push") == 0)
        do_push(strtol(rest, NULL, 10));
    else if (strcmp(word, "land") == 0)
        do_land((int)strtol(rest, NULL, 10));
    else if (strcmp(word, "wait") == 0)
        do_wait(strtol(rest, NULL, 10));
    else if (strcmp(word, "quadratic") == 0)
        do_quadratic(strtol(rest, NULL, 10));
    else
        fail(word);
}

int main(void)
{
    char line[256], word[16];
    int used = 0;
    start(1000);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "%15s %n", word, &used) < 1)
            fail("an empty line");
        obey(word, line + used);
    }
    stop();
    return EXIT_SUCCESS;
}
