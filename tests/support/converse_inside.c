/* The service inside this process: no sockets, no clock. */
#include "converse_player.h"

#include "base/pieces.h"
#include "server/credentials.h"
#include "server/options.h"
#include "service/service.h"
#include "tests/support/push_exchange.h"

#include <assert.h>
#include <stdlib.h>

/* Real time stands still at 2020-01-01, unless a conversation lets a wait time out. What
 * depends on it cannot slip into a conversation. */
#define REAL_MS INT64_C(1577836800000)

struct connection {
    struct exchange exchange;
    struct buffer headers; /* what the head of the exchange points to */
    struct answer answer;  /* delivered, and not taken yet */
    bool parked, answered;
};

struct inside {
    struct player player;
    struct options options;
    struct service service;
    cmq_ms real_ms;
    size_t slice;
    struct connection connections[CONNECTIONS_MAX];
};

static struct inside *inside_of(struct player *p)
{
    return CONTAINER_OF(p, struct inside, player);
}

/* The answer goes to the client at once, whenever the conversation looks at it: a request whose
 * answer is on its way keeps an automatic clock from jumping. */
static void deliver(struct connection *c)
{
    c->answer = (struct answer){.status = c->exchange.status, .dropped = c->exchange.dropped};
    memcpy(c->answer.allow, c->exchange.allow, sizeof c->answer.allow);
    c->answer.retry_after[0] = '\0';
    if (c->exchange.retry_after_s > 0)
        snprintf(c->answer.retry_after, sizeof c->answer.retry_after, "%d",
                 c->exchange.retry_after_s);
    snprintf(c->answer.content_type, sizeof c->answer.content_type, "%s",
             c->exchange.content_type);
    (void)buffer_flatten(&c->exchange.answer);
    if (c->exchange.more != NULL)
        source_gather(c->exchange.more, &c->exchange.answer);
    c->exchange.more = NULL;
    buffer_append(&c->answer.text, buffer_bytes(&c->exchange.answer));
    exchange_reset(&c->exchange);
    c->parked = false;
    c->answered = true;
}

static void deliver_finished(struct inside *in)
{
    for (struct exchange *x; (x = service_take_finished(&in->service)) != NULL;) {
        struct connection *c = CONTAINER_OF(x, struct connection, exchange);
        assert(c->parked);
        deliver(c);
    }
}

/* A turn of the loop. */
static void take_turn(struct inside *in)
{
    service_begin_turn(&in->service, in->slice);
    service_carry_on(&in->service, in->real_ms);
    while (service_take_parked_anew(&in->service) != NULL)
        continue;
}

/* As many as it takes. */
static void finish_slices(struct inside *in)
{
    while (service_is_busy(&in->service))
        take_turn(in);
    service_begin_turn(&in->service, in->slice);
    deliver_finished(in);
}

/* ---- pushes: whatever goes to this very emulator is done here ---- */

static const char own_address[] = "127.0.0.1:9267";

/* The time that an endpoint takes is not waited for; if it is longer than a push may take, the
 * push fails, and the endpoint has heard of it nevertheless. */
static struct push_outcome push_to_service(struct inside *in, const struct push_request *r,
                                           const char *target)
{
    struct exchange *x = push_exchange_new(r, own_address, target);
    struct push_outcome outcome = {.error = "Timeout was reached"};
    bool parked = service_handle(&in->service, in->real_ms, x) == EXCHANGE_PARKED;
    while (x->waits_for == FOR_LINE)
        take_turn(in);
    bool late = x->waits_for != FOR_NOTHING && x->wait_ms >= in->options.push_timeout_ms;
    if (parked) {
        struct exchange *finished;
        if (x->waits_for != FOR_NOTHING)
            service_end_wait(&in->service, in->real_ms, x);
        while ((finished = service_take_finished(&in->service)) != x)
            deliver(CONTAINER_OF(finished, struct connection, exchange));
    }
    if (!late)
        outcome = (struct push_outcome){.delivered = x->status >= 200 && x->status <= 299,
                                        .status = x->status};
    push_exchange_free(x);
    return outcome;
}

static void make_push(struct inside *in, struct push *push)
{
    struct push_outcome outcome = {.error = "Couldn't connect to server"};
    struct push_request request = {.header_count = 0};
    if (!push_is_orphan(push))
        push_request_write(&request, delivery_of_ticket(&push->ticket));
    const char *address = request.url + strlen("http://");
    if (in->options.push == PUSH_OFF)
        outcome.error = "no push is made (--push off)";
    else if (strncmp(address, own_address, strlen(own_address)) == 0)
        outcome = push_to_service(in, &request, address + strlen(own_address));
    buffer_free(&request.body);
    service_end_push(&in->service, in->real_ms, push, &outcome);
}

static void make_pushes(struct inside *in)
{
    for (struct push *push; (push = service_take_push(&in->service)) != NULL;) {
        make_push(in, push);
        finish_slices(in);
    }
}

/* What the loop of the program does when nothing more is to be read. */
static void be_idle(struct inside *in)
{
    finish_slices(in);
    make_pushes(in);
    while (service_may_jump(&in->service)) {
        service_jump(&in->service, in->real_ms);
        finish_slices(in);
        make_pushes(in);
    }
    while (service_has_idle_work(&in->service))
        service_idle_work(&in->service, false);
    const struct list_node *head = &in->service.registry.namespaces;
    for (const struct list_node *l = head->next; l != head; l = l->next)
        engine_check(CONTAINER_OF(l, const struct namespace, link)->engine);
}

/* Hand over what the head of a request says: lines "Name: value". */
static void take_headers(struct connection *c, struct bytes lines)
{
    buffer_clear(&c->headers);
    buffer_append(&c->headers, lines);
    for (size_t at = 0; at < lines.len;) {
        const char *line = c->headers.data + at;
        size_t len = (size_t)((const char *)memchr(line, '\n', lines.len - at) - line);
        const char *colon = memchr(line, ':', len);
        size_t name_len = (size_t)(colon - line);
        assert(colon != NULL && colon[1] == ' ');
        head_take(&c->exchange.head, (struct bytes){line, name_len},
                  (struct bytes){colon + 2, len - name_len - 2});
        at += len + 1;
    }
}

/* All that the head says, as lines. */
static void append_headers(struct exchange *x, struct bytes lines)
{
    buffer_append(&x->headers, bytes_of("Host: "));
    buffer_append(&x->headers, x->head.host);
    buffer_append_char(&x->headers, '\n');
    buffer_append(&x->headers, lines);
}

static enum play send(struct player *p, int connection, const struct request *r)
{
    struct inside *in = inside_of(p);
    struct connection *c = &in->connections[connection];
    struct exchange *x = &c->exchange;
    assert(!c->parked && !c->answered);
    x->method = bytes_of(r->method);
    x->head.host = bytes_of(r->host != NULL ? r->host : own_address);
    take_headers(c, r->headers);
    if (service_wants_headers(r->target, &x->head))
        append_headers(x, r->headers);
    x->too_large = r->body.len > (size_t)in->options.max_body;
    buffer_append(&x->target, r->target);
    if (!x->too_large)
        buffer_append(&x->body, r->body);

    c->parked = service_handle(&in->service, in->real_ms, x) == EXCHANGE_PARKED;
    deliver_finished(in);
    if (!c->parked && !c->answered)
        deliver(c);
    be_idle(in);
    return c->answered ? PLAY_ANSWERED : PLAY_WAITING;
}

static enum play take(struct player *p, int connection, bool must, struct answer *out)
{
    struct connection *c = &inside_of(p)->connections[connection];
    (void)must;
    if (!c->answered)
        return PLAY_WAITING;
    *out = c->answer;
    c->answer = (struct answer){.status = 0};
    c->answered = false;
    return PLAY_ANSWERED;
}

static enum play hang_up(struct player *p, int connection)
{
    struct inside *in = inside_of(p);
    struct connection *c = &in->connections[connection];
    if (c->parked)
        service_hang_up(&in->service, in->real_ms, &c->exchange);
    deliver_finished(in);
    answer_free(&c->answer);
    c->answer = (struct answer){.status = 0};
    c->answered = false;
    be_idle(in);
    return PLAY_ANSWERED;
}

static enum play time_out(struct player *p, int connection)
{
    struct inside *in = inside_of(p);
    struct connection *c = &in->connections[connection];
    if (!c->parked)
        return PLAY_ANSWERED;
    in->real_ms += c->exchange.wait_ms;
    do {
        service_tick(&in->service, in->real_ms);
        finish_slices(in);
    } while (service_wake_ms(&in->service) <= in->real_ms);
    if (c->parked)
        service_end_wait(&in->service, in->real_ms, &c->exchange);
    deliver_finished(in);
    be_idle(in);
    return PLAY_ANSWERED;
}

static void end(struct player *p)
{
    struct inside *in = inside_of(p);
    service_end_all_waits(&in->service, in->real_ms);
    deliver_finished(in);
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        exchange_free(&in->connections[i].exchange);
        buffer_free(&in->connections[i].headers);
        answer_free(&in->connections[i].answer);
    }
    memset(in->connections, 0, sizeof in->connections);
}

struct player *player_new_inside(int argc, char **argv, size_t slice)
{
    static const struct player_kind kind = {send, take, hang_up, time_out, end};
    struct inside *in = calloc(1, sizeof *in);
    assert(in != NULL);
    in->player.kind = &kind;
    memcpy(in->player.address, own_address, sizeof own_address);
    in->real_ms = in->player.real_ms = REAL_MS;
    if (options_read(&in->options, argc, argv, stderr) == OPTIONS_RUN) {
        struct service_config config = options_service_config(&in->options, own_address);
        if (service_init(&in->service, &config, REAL_MS) &&
            credentials_apply(&in->options.credentials, &in->service.registry, REAL_MS,
                              stderr)) {
            in->slice = slice;
            return &in->player;
        }
        service_fini(&in->service);
    }
    free(in);
    return NULL;
}

void player_free_inside(struct player *p)
{
    end(p);
    service_fini(&inside_of(p)->service);
    free(inside_of(p));
}
