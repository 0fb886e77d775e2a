#include "tests/fuzz/stage.h"

#include "base/json_scan.h"
#include "base/pieces.h"
#include "engine/engine_inside.h"
#include "server/credentials.h"
#include "server/options.h"
#include "tests/support/push_exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define BEGUN_MS INT64_C(1577836800000)

static const char own_address[] = "127.0.0.1:9267";

struct client {
    struct exchange exchange;
    struct request_text request; /* in text */
    struct buffer text;
    bool parked, lazy, unread, deaf;
};

enum { TAKEN_MAX = 64, JUMPS_MAX = 1000 };

struct service stage_service;
struct ids_seen stage_ids;

static struct client clients[STAGE_CLIENTS];
static struct push *taken[TAKEN_MAX];
static size_t taken_count;
static cmq_ms real_ms;
static bool settling;
static size_t units;      /* of effort in a turn of the loop; 0: any */
static bool makes_pushes; /* --push */
static struct buffer last_text;
static struct stage_answer last;

/* ---- options ---- */

enum { WORDS_MAX = 64 };

/* What would read files, listen, or print. */
static bool is_of_outside(struct bytes word)
{
    static const char *const names[] = {"--listen",     "--port",    "--tls",      "--exit",
                                        "--config",     "--log",     "--help",     "--version",
                                        "--completion", "--restore", "--dashboard"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bytes_begin(word, names[i]))
            return true;
    return !bytes_begin(word, "--");
}

/* Take the next word off a text. */
static bool next_word(struct bytes *text, struct bytes *word)
{
    while (text->len > 0 && byte_is_blank(text->data[0]))
        *text = (struct bytes){text->data + 1, text->len - 1};
    size_t len = 0;
    while (len < text->len && !byte_is_blank(text->data[len]))
        len++;
    *word = (struct bytes){text->data, len};
    *text = (struct bytes){text->data + len, text->len - len};
    return len > 0;
}

/* Options of two words each, such as "--auth off". */
static bool read_options(struct options *o, struct bytes text, char *words[WORDS_MAX])
{
    static FILE *nowhere;
    static char name[] = "cmq-emulator";
    struct bytes option, value;
    int count = 1;
    words[0] = name;
    while (count + 2 < WORDS_MAX && next_word(&text, &option) && next_word(&text, &value)) {
        if (is_of_outside(option))
            continue;
        words[count++] = strndup(option.data, option.len);
        words[count++] = strndup(value.data, value.len);
    }
    words[count] = NULL;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    assert(nowhere != NULL);
    return options_read(o, count, words, nowhere) == OPTIONS_RUN;
}

static bool begin(const struct options *o)
{
    struct service_config config = options_service_config(o, own_address);
    real_ms = BEGUN_MS;
    settling = false;
    units = 0;
    makes_pushes = o->push != PUSH_OFF;
    stage_ids.count = 0;
    memset(stage_ids.len, 0, sizeof stage_ids.len);
    bool well = service_init(&stage_service, &config, real_ms);
    FILE *nowhere = fopen("/dev/null", "w");
    assert(well && nowhere != NULL);
    well = credentials_apply(&o->credentials, &stage_service.registry, real_ms, nowhere);
    fclose(nowhere);
    if (!well)
        service_fini(&stage_service);
    return well;
}

/* The texts of the options outlive the service. */
static char *option_words[WORDS_MAX];

static void forget_words(void)
{
    for (size_t i = 1; i < WORDS_MAX && option_words[i] != NULL; i++)
        free(option_words[i]);
    option_words[1] = NULL;
}

bool stage_open(struct bytes text)
{
    static struct options standard;
    static bool has_standard;
    struct options o;
    if (!has_standard)
        has_standard = read_options(&standard, bytes_of(""), option_words);
    assert(has_standard);
    if (text.len == 0)
        return begin(&standard);
    if (read_options(&o, text, option_words) && begin(&o))
        return true;
    forget_words();
    return false;
}

/* ---- answers ---- */

static bool is_json(struct bytes text)
{
    static const struct json_bounds bounds = {SIZE_MAX, JSON_LEVELS_MAX};
    struct json_scan s;
    json_scan_begin(&s, &bounds);
    json_scan_add(&s, text);
    enum json_fault fault = json_scan_end(&s);
    return fault == JSON_GOOD || fault == JSON_NUL; /* the body of a message may have one */
}

static bool has(struct bytes text, const char *part)
{
    return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* It answers with whatever status its script says. */
static bool is_of_sink(const struct exchange *x)
{
    return bytes_begin((struct bytes){x->target.data, x->path_len}, "/_emulator/sink/");
}

static void check_text(const struct exchange *x, struct bytes text)
{
    switch (x->kind) {
    case EXCHANGE_CMQ:
        assert(x->status == 503 ||
               (bytes_begin(text, "{\"code\":") && has(text, "\"requestId\":\"")));
        break;
    case EXCHANGE_V3:
        assert(x->status == 503 ||
               (bytes_begin(text, "{\"Response\":{") && has(text, "\"RequestId\":\"")));
        break;
    case EXCHANGE_ADMIN:
        assert(x->status < 400 || bytes_begin(text, "{\"error\":{") || is_of_sink(x));
        assert(x->status >= 400 || has(text, "\"nowMs\":"));
        break;
    case EXCHANGE_OTHER:
        break;
    }
}

static void check_answer(struct exchange *x)
{
    assert(x->waits_for == FOR_NOTHING && x->poll == NULL && !list_linked(&x->link));
    assert(x->status >= 200 && x->status <= 599);
    assert(x->content_type != NULL && !x->answer.failed);
    bool flat = buffer_flatten(&x->answer);
    assert(flat);
    (void)flat;
    struct bytes text = buffer_bytes(&x->answer);
    assert(!bytes_begin(text, "{\"error\":{\"code\":\"no-memory\""));
    if (bytes_begin(bytes_of(x->content_type), "application/json")) {
        assert(is_json(text));
        check_text(x, text);
    }
}

static void keep_answer(const struct exchange *x)
{
    buffer_clear(&last_text);
    buffer_append(&last_text, buffer_bytes(&x->answer));
    assert(!last_text.failed);
    last = (struct stage_answer){x->status, x->code, x->kind, buffer_bytes(&last_text)};
    ids_see(&stage_ids, last.text);
}

struct stage_answer stage_answer(void)
{
    return last;
}

/* ---- clients ---- */

static void forget_request(struct client *c)
{
    exchange_reset(&c->exchange);
    request_text_free(&c->request);
    buffer_clear(&c->text);
    c->unread = false;
}

/* Take what there is, if it is a stream; each event has one line of data. */
static void read_stream(struct exchange *x)
{
    if (x->reader == NULL)
        return;
    buffer_clear(&x->answer);
    while (x->more != NULL && !service_is_idle(x))
        if (!x->more->next(x->more, &x->answer))
            exchange_end_more(x);
    assert(!x->answer.failed);
    struct bytes text = buffer_bytes(&x->answer);
    for (const char *end; text.len > 0 && (end = memchr(text.data, '\n', text.len)) != NULL;) {
        struct bytes line = {text.data, (size_t)(end - text.data)};
        assert(line.len == 0 || bytes_begin(line, "id: ") || bytes_begin(line, "event: ") ||
               bytes_begin(line, "data: {") || bytes_equal(line, bytes_of(":")));
        text = bytes_behind(text, line.len + 1);
    }
    assert(text.len == 0);
}

/* What is sent in parts, which is no stream. */
static void take_rest(struct exchange *x)
{
    while (x->reader == NULL && x->more != NULL && !x->answer.failed)
        if (!x->more->next(x->more, &x->answer))
            exchange_end_more(x);
}

static void deliver(struct client *c)
{
    c->parked = false;
    take_rest(&c->exchange);
    check_answer(&c->exchange);
    keep_answer(&c->exchange);
    if (!c->deaf)
        read_stream(&c->exchange);
    c->unread = true;
    if (!c->lazy)
        forget_request(c);
}

static struct exchange *pushing; /* of a push to a sink, while it is made; else NULL */

static void take_parked_anew(void)
{
    for (struct exchange *x; (x = service_take_parked_anew(&stage_service)) != NULL;)
        assert(x->waits_for != FOR_NOTHING && x->waits_for != FOR_LINE);
}

/* Returns whether that of the push is among them. */
static bool deliver_finished(void)
{
    bool pushed = false;
    take_parked_anew();
    for (struct exchange *x; (x = service_take_finished(&stage_service)) != NULL;) {
        if (x == pushing) {
            assert(!pushed);
            pushed = true;
            continue;
        }
        struct client *c = CONTAINER_OF(x, struct client, exchange);
        assert(c >= clients && c < clients + STAGE_CLIENTS && c->parked);
        deliver(c);
    }
    return pushed;
}

/* ---- turns of the loop ---- */

static void begin_turn(void)
{
    service_begin_turn(&stage_service, units);
}

static void read_streams(void)
{
    for (struct exchange *x; (x = service_take_awake(&stage_service)) != NULL;)
        if (!CONTAINER_OF(x, struct client, exchange)->deaf)
            read_stream(x);
}

/* All that is to be told has been: there is nothing to do before time has passed. */
static void run_streams(void)
{
    service_run_streams(&stage_service, real_ms);
    read_streams();
    assert(service_streams_wake_ms(&stage_service) > real_ms ||
           service_is_busy(&stage_service));
}

static void carry_on(void)
{
    begin_turn();
    service_carry_on(&stage_service, real_ms);
    take_parked_anew();
}

/* As many as it takes, and another one. */
static void finish_slices(void)
{
    while (service_is_busy(&stage_service)) {
        carry_on();
        if (pushing == NULL)
            deliver_finished();
    }
    begin_turn();
}

/* ---- what must always hold ---- */

struct tally {
    size_t open, polls, awaits, awaiting, turns, lines, answers;
};

static struct tally tally_of_clients(void)
{
    struct tally a = {0};
    for (size_t i = 0; i < STAGE_CLIENTS; i++) {
        const struct exchange *x = &clients[i].exchange;
        a.open += x->namespace != NULL;
        a.polls += x->poll != NULL;
        a.awaits += x->kind == EXCHANGE_ADMIN ? x->admin.awaited : 0;
        a.awaiting += x->waits_for == FOR_CONDITION;
        a.turns += x->waits_for == FOR_TURN;
        a.lines += x->waits_for == FOR_LINE;
        a.answers += x->charged;
        if (x->kind == EXCHANGE_ADMIN && x->admin.survey != NULL)
            a.answers += x->admin.survey->charged;
        assert(clients[i].parked == (x->waits_for != FOR_NOTHING));
        assert((x->poll != NULL) ==
               (x->waits_for == FOR_MESSAGE || x->waits_for == FOR_ANSWER));
    }
    return a;
}

static size_t length_of(const struct list_node *head)
{
    size_t n = 0;
    for (const struct list_node *l = head->next; l != head; l = l->next)
        n++;
    return n;
}

static void count_namespaces(const struct list_node *head, struct tally *a, size_t *pushing_now)
{
    for (const struct list_node *l = head->next; l != head; l = l->next) {
        const struct namespace *ns = CONTAINER_OF(l, const struct namespace, link);
        assert(ns->depth == 0);
        a->open += ns->open;
        *pushing_now += ns->pushing;
        if (ns->dropped)
            continue;
        engine_check(ns->engine);
        journal_check(&ns->journal);
        a->polls +=
            length_of(&ns->engine->store.released); /* to be delivered in later slices */
        a->awaiting += ns->conditions.count;
        a->turns += length_of(&ns->turns);
        a->lines += length_of(&ns->line);
        assert(ns->conditions.count == length_of(&ns->conditions.waits));
    }
}

static void check(void)
{
    const struct registry *r = &stage_service.registry;
    const struct budgets *b = &r->host.budgets;
    struct tally clients_have = tally_of_clients(), there_are = {0};
    size_t pushing_now = 0;
    count_namespaces(&r->namespaces, &there_are, &pushing_now);
    count_namespaces(&r->dropped, &there_are, &pushing_now);
    assert(there_are.open == clients_have.open);
    assert(there_are.awaiting == clients_have.awaiting);
    assert(there_are.turns == clients_have.turns);
    assert(there_are.lines == clients_have.lines);
    assert(there_are.lines == 0 || service_is_busy(&stage_service));
    assert(pushing_now == taken_count + length_of(&stage_service.pushes));
    assert(b->polls.used + there_are.polls == clients_have.polls);
    assert(b->awaits.used == clients_have.awaits);
    assert(b->answers.used ==
           clients_have.answers + length_of(&stage_service.feeds.all) * FEED_SIZE);
    assert(b->requests.used == 0);
    assert(list_empty(&stage_service.finished) && list_empty(&stage_service.parked_anew));
}

/* ---- pushes ---- */

static struct push_outcome outcome_of(int status)
{
    if (status == 0)
        return (struct push_outcome){.error = "Couldn't connect to server"};
    return (struct push_outcome){.delivered = status >= 200 && status <= 299, .status = status};
}

static void take_push(void)
{
    struct push *p = taken_count < TAKEN_MAX ? service_take_push(&stage_service) : NULL;
    if (p != NULL)
        taken[taken_count++] = p;
}

static void end_push(size_t i, const struct push_outcome *outcome)
{
    struct push *p = taken[i];
    taken_count--;
    for (size_t j = i; j < taken_count; j++)
        taken[j] = taken[j + 1];
    service_end_push(&stage_service, real_ms, p, outcome);
    deliver_finished();
}

/* A sink is asked as any endpoint would be, and its delay is over at once. */
static struct push_outcome push_to_sink(const struct push_request *r, const char *target)
{
    struct exchange *x = push_exchange_new(r, own_address, target);
    pushing = x;
    bool parked = service_handle(&stage_service, real_ms, x) == EXCHANGE_PARKED;
    while (x->waits_for == FOR_LINE)
        carry_on();
    if (x->waits_for != FOR_NOTHING)
        service_end_wait(&stage_service, real_ms, x);
    bool finished = deliver_finished();
    assert(finished == parked);
    (void)finished;
    (void)parked;
    pushing = NULL;
    check_answer(x);
    struct push_outcome outcome = outcome_of(x->status);
    push_exchange_free(x);
    return outcome;
}

static struct push_outcome make_push(const struct push *p)
{
    struct push_request r = {.header_count = 0};
    struct push_outcome outcome = outcome_of(0);
    push_request_write(&r, delivery_of_ticket(&p->ticket));
    assert(!r.body.failed);
    const char *sink = strstr(r.url, "/_emulator/sink/");
    if (makes_pushes && sink != NULL)
        outcome = push_to_sink(&r, sink);
    buffer_free(&r.body);
    return outcome;
}

static void make_pushes(void)
{
    finish_slices();
    take_push();
    for (size_t n = 0; taken_count > 0 && n < JUMPS_MAX; n++) {
        struct push_outcome outcome = outcome_of(0);
        if (!push_is_orphan(taken[0]))
            outcome = make_push(taken[0]);
        end_push(0, &outcome);
        finish_slices();
        take_push();
    }
}

static void settle(void)
{
    make_pushes();
    for (size_t n = 0; n < JUMPS_MAX && service_may_jump(&stage_service); n++) {
        service_jump(&stage_service, real_ms);
        finish_slices();
        deliver_finished();
        make_pushes();
    }
    while (service_has_idle_work(&stage_service))
        service_idle_work(&stage_service, false);
}

static void end_step(void)
{
    deliver_finished();
    begin_turn();
    if (settling)
        settle();
    check();
}

/* ---- requests ---- */

static void prepare(struct client *c, struct bytes request, enum stage_sender sender)
{
    struct exchange *x = &c->exchange;
    buffer_append(&c->text, request);
    assert(!c->text.failed);
    request_text_read(&c->request, buffer_bytes(&c->text));
    request_text_put(&c->request, x);
    if (x->head.host.data == NULL)
        x->head.host = bytes_of(own_address);
    x->has_gone = sender == SENDER_GONE;
    x->too_large = sender == SENDER_TOO_LARGE;
    if (x->too_large)
        buffer_clear(&x->body);
    if (sender == SENDER_PUSH && taken_count > 0 &&
        service_wants_origin(buffer_bytes(&x->target)))
        x->pushed_by = taken[taken_count - 1]->namespace;
}

/* The body comes in two pieces. */
static void follow(struct exchange *x)
{
    size_t len = x->body.len;
    if (len < 2)
        return;
    x->body.len = len / 2;
    service_follow_body(&stage_service, x);
    x->body.len = len;
    service_follow_body(&stage_service, x);
}

static void hang_up(struct client *c)
{
    if (c->parked)
        service_hang_up(&stage_service, real_ms, &c->exchange);
    deliver_finished();
    if (c->parked) { /* its end comes in a later slice */
        finish_slices();
        deliver_finished();
    }
    assert(!c->parked);
    service_end_stream(&c->exchange);
    read_streams();
    read_stream(&c->exchange);
    assert(c->exchange.reader == NULL || c->exchange.more == NULL);
    forget_request(c);
}

void stage_ask(size_t client, struct bytes request, enum stage_sender sender)
{
    struct client *c = &clients[client % STAGE_CLIENTS];
    hang_up(c);
    prepare(c, request, sender);
    follow(&c->exchange);
    c->parked = service_handle(&stage_service, real_ms, &c->exchange) == EXCHANGE_PARKED;
    if (!c->parked)
        deliver(c);
    end_step();
}

void stage_begin(const char *options, const char *const *requests, size_t count)
{
    bool opened = stage_open(bytes_of(options));
    assert(opened);
    (void)opened;
    for (size_t i = 0; i < count; i++)
        stage_ask(0, bytes_of(requests[i]), SENDER_PLAIN);
}

void stage_hang_up(size_t client)
{
    hang_up(&clients[client % STAGE_CLIENTS]);
    end_step();
}

void stage_end_wait(size_t client)
{
    struct client *c = &clients[client % STAGE_CLIENTS];
    if (c->parked && c->exchange.wait_ms != CMQ_NEVER) {
        real_ms += c->exchange.wait_ms;
        service_tick(&stage_service, real_ms);
        run_streams();
        deliver_finished();
    }
    if (c->parked && c->exchange.wait_ms != CMQ_NEVER) {
        service_end_wait(&stage_service, real_ms, &c->exchange);
        deliver_finished();
        assert(!c->parked || service_is_busy(&stage_service)); /* or it is delivered later */
    }
    end_step();
}

void stage_toggle_lazy(size_t client)
{
    struct client *c = &clients[client % STAGE_CLIENTS];
    c->lazy = !c->lazy;
    if (c->unread)
        forget_request(c);
    end_step();
}

void stage_toggle_deaf(size_t client)
{
    struct client *c = &clients[client % STAGE_CLIENTS];
    c->deaf = !c->deaf;
    if (!c->deaf)
        read_stream(&c->exchange);
    end_step();
}

/* ---- time and the rest ---- */

void stage_pass(cmq_ms span_ms)
{
    real_ms += span_ms;
    service_tick(&stage_service, real_ms);
    run_streams();
    end_step();
}

void stage_set_wall(cmq_ms ahead_ms)
{
    service_set_wall(&stage_service, ahead_ms);
    end_step();
}

void stage_take_pushes(void)
{
    while (taken_count < TAKEN_MAX && service_has_pushes(&stage_service))
        take_push();
    end_step();
}

void stage_end_push(size_t which, int status)
{
    struct push_outcome outcome = outcome_of(status);
    if (taken_count > 0)
        end_push(which % taken_count, &outcome);
    end_step();
}

void stage_settle(void)
{
    settle();
    end_step();
}

void stage_toggle_settling(void)
{
    settling = !settling;
    end_step();
}

void stage_idle(void)
{
    if (service_has_idle_work(&stage_service))
        service_idle_work(&stage_service, true);
    end_step();
}

void stage_set_units(size_t n)
{
    units = n;
    end_step();
}

void stage_carry_on(void)
{
    carry_on();
    end_step();
}

void stage_end_all_waits(void)
{
    service_end_all_waits(&stage_service, real_ms);
    end_step();
    for (size_t i = 0; i < STAGE_CLIENTS; i++)
        assert(!clients[i].parked);
}

/* ---- the end ---- */

static void end_all_pushes(void)
{
    const struct push_outcome outcome = outcome_of(0);
    for (size_t n = 0; n < JUMPS_MAX; n++) {
        take_push();
        if (taken_count == 0)
            return;
        end_push(0, &outcome);
    }
}

/* Leave of all namespaces "default" alone, and nothing in that. */
static void empty_namespaces(void)
{
    struct registry *r = &stage_service.registry;
    struct namespace *next, *ns = registry_next(r, NULL);
    for (; ns != NULL; ns = next) {
        next = registry_next(r, ns);
        namespace_enter(ns, ENTER_STILL, real_ms);
        snapshots_clear(&ns->snapshots);
        bool well = ns != r->home || namespace_reset(ns);
        assert(well);
        (void)well;
        if (ns != r->home)
            registry_drop(r, ns);
        namespace_leave(ns);
    }
}

static size_t kept_for_good(const struct namespace *ns)
{
    size_t bytes = ns->refused.charged;
    for (const struct list_node *l = ns->credentials.next; l != &ns->credentials; l = l->next)
        bytes += CONTAINER_OF(l, const struct credential, link)->charged;
    return bytes;
}

static void check_nothing_left(void)
{
    const struct registry *r = &stage_service.registry;
    const struct budgets *b = &r->host.budgets;
    assert(list_empty(&r->dropped) && registry_next(r, r->home) == NULL);
    assert(r->home->open == 0 && r->home->pushing == 0);
    assert(b->polls.used == 0 && b->awaits.used == 0 && b->answers.used == 0);
    assert(b->messages.used == kept_for_good(r->home));
}

void stage_close(void)
{
    settling = false;
    units = 0;
    finish_slices();
    stage_end_all_waits();
    for (size_t i = 0; i < STAGE_CLIENTS; i++)
        hang_up(&clients[i]);
    end_all_pushes();
    check();
    finish_slices();
    empty_namespaces();
    end_all_pushes();
    while (taken_count > 0 || service_has_pushes(&stage_service))
        end_all_pushes();
    while (service_has_idle_work(&stage_service))
        service_idle_work(&stage_service, false);
    check();
    check_nothing_left();
    for (size_t i = 0; i < STAGE_CLIENTS; i++) {
        exchange_free(&clients[i].exchange);
        buffer_free(&clients[i].text);
        memset(&clients[i], 0, sizeof clients[i]);
    }
    buffer_free(&last_text);
    service_fini(&stage_service);
    forget_words();
}
