/* The service inside this process: no sockets, no clock. */
#include "converse_player.h"

#include "server/options.h"
#include "server/service.h"

#include <assert.h>
#include <stdlib.h>

/* Real time stands still: 2020-01-01. What depends on it cannot slip into a conversation. */
#define REAL_MS INT64_C(1577836800000)

/* The exchange is first: service_take_finished() gives it back. */
struct connection {
    struct exchange exchange;
    bool parked, answered;
};

struct inside {
    struct player player;
    struct options options;
    struct service service;
    struct connection connections[CONNECTIONS_MAX];
};

static struct inside *inside_of(struct player *p)
{
    return CONTAINER_OF(p, struct inside, player);
}

static void note_finished(struct inside *in)
{
    for (struct exchange *x; (x = service_take_finished(&in->service)) != NULL;) {
        struct connection *c = CONTAINER_OF(x, struct connection, exchange);
        assert(c->parked);
        c->parked = false;
        c->answered = true;
    }
}

static enum play send(struct player *p, int connection, const struct request *r)
{
    struct inside *in = inside_of(p);
    struct connection *c = &in->connections[connection];
    struct exchange *x = &c->exchange;
    assert(!c->parked);
    exchange_reset(x);
    x->method = bytes_of(r->method);
    x->host = bytes_of(r->host != NULL ? r->host : "127.0.0.1:9267");
    x->too_large = r->body.len > (size_t)in->options.max_body;
    buffer_append(&x->target, r->target);
    if (!x->too_large)
        buffer_append(&x->body, r->body);

    c->parked = service_handle(&in->service, REAL_MS, x) == EXCHANGE_PARKED;
    c->answered = !c->parked;
    note_finished(in);
    engine_check(in->service.namespace.engine);
    return c->answered ? PLAY_ANSWERED : PLAY_WAITING;
}

static enum play take(struct player *p, int connection, bool must, struct answer *out)
{
    struct connection *c = &inside_of(p)->connections[connection];
    (void)must;
    if (!c->answered)
        return PLAY_WAITING;
    *out = (struct answer){.status = c->exchange.status};
    memcpy(out->allow, c->exchange.allow, sizeof out->allow);
    buffer_append(&out->text, buffer_bytes(&c->exchange.answer));
    c->answered = false;
    return PLAY_ANSWERED;
}

static enum play hang_up(struct player *p, int connection)
{
    struct inside *in = inside_of(p);
    if (in->connections[connection].parked)
        service_end_wait(&in->connections[connection].exchange);
    note_finished(in);
    in->connections[connection].answered = false;
    return PLAY_ANSWERED;
}

static void end(struct player *p)
{
    struct inside *in = inside_of(p);
    service_end_all_waits(&in->service);
    note_finished(in);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        exchange_free(&in->connections[i].exchange);
    memset(in->connections, 0, sizeof in->connections);
}

struct player *player_new_inside(int argc, char **argv)
{
    static const struct player_kind kind = {send, take, hang_up, end};
    struct inside *in = calloc(1, sizeof *in);
    assert(in != NULL);
    in->player.kind = &kind;
    if (options_read(&in->options, argc, argv, stderr) == OPTIONS_RUN) {
        struct service_config config = options_service_config(&in->options, "127.0.0.1:9267");
        if (service_init(&in->service, &config, REAL_MS))
            return &in->player;
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
