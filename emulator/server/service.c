#include "server/service.h"

#include "api/failure.h"

#include <assert.h>

static const char json_type[] = "application/json; charset=utf-8";

static void finish(struct service *s, struct exchange *x)
{
    if (x->answer.failed)
        exchange_refuse(x, 500, "no-memory", "there is no memory for the answer");
    list_append(&s->finished, &x->link);
}

/* The answer of a poll that was released. */
static void deliver(void *context, struct namespace *ns, struct parked_poll *p)
{
    struct service *s = context;
    struct exchange *x = p->owner;
    assert(x->poll == p);
    call_answer_poll(&x->call, p);
    engine_free_poll(ns->engine, p);
    x->poll = NULL;
    x->at_ms = engine_now_ms(ns->engine);
    x->code = failure_of(x->call.outcome)->code;
    metrics_count_call(&s->metrics, &x->call);
    finish(s, x);
}

bool service_init(struct service *s, const struct world_config *config, cmq_ms real_now_ms)
{
    *s = (struct service){.started_real_ms = real_now_ms};
    list_init(&s->finished);
    list_init(&s->awaits);
    return world_init(&s->world, config, real_now_ms, deliver, s);
}

void service_fini(struct service *s)
{
    assert(list_empty(&s->finished));
    assert(list_empty(&s->awaits));
    world_fini(&s->world);
}

static void open_in(struct exchange *x, struct namespace *ns)
{
    x->namespace = ns;
    ns->open++;
}

void exchange_reset(struct exchange *x)
{
    assert(x->poll == NULL);
    assert(x->await == NULL);
    assert(!list_linked(&x->link));
    struct exchange kept = {
        .target = x->target,
        .body = x->body,
        .answer = x->answer,
        .call.form = x->call.form,
    };
    if (x->namespace != NULL)
        world_close_request(x->namespace);
    buffer_clear(&kept.target);
    buffer_clear(&kept.body);
    buffer_clear(&kept.answer);
    form_clear(&kept.call.form);
    *x = kept;
}

void exchange_free(struct exchange *x)
{
    exchange_reset(x);
    buffer_free(&x->target);
    buffer_free(&x->body);
    buffer_free(&x->answer);
    call_fini(&x->call);
}

void exchange_refuse(struct exchange *x, int status, const char *code, const char *message)
{
    buffer_clear(&x->answer);
    control_write_error(&x->answer, code, message);
    x->status = x->code = status;
    x->content_type = json_type;
    x->name = "-";
}

/* ---- awaits ---- */

static void finish_await(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    struct namespace *ns = x->namespace;
    list_unlink(&x->link);
    ns->awaiting--;
    if (ns->dropped) {
        control_answer_dropped(&x->answer, s->world.home);
        x->status = x->code = 404;
    } else {
        control_answer_await(&x->answer, ns, x->await, real_now_ms - x->await_begun_real_ms);
        x->at_ms = engine_now_ms(ns->engine);
    }
    condition_free(x->await);
    x->await = NULL;
    metrics_count_control(&s->metrics, x->status);
    finish(s, x);
}

/* Something may have changed: answer those whose condition holds. */
static void check_awaits(struct service *s, cmq_ms real_now_ms)
{
    for (struct list_node *l = s->awaits.next; l != &s->awaits;) {
        struct exchange *x = CONTAINER_OF(l, struct exchange, link);
        l = l->next;
        if (x->namespace->dropped || condition_holds(x->await, x->namespace->engine))
            finish_await(s, real_now_ms, x);
    }
}

/* ---- where a request goes ---- */

static bool ends_with(struct bytes text, const char *end)
{
    size_t len = strlen(end);
    return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}

static bool begins_with(struct bytes text, const char *begin)
{
    size_t len = strlen(begin);
    return text.len >= len && memcmp(text.data, begin, len) == 0;
}

/* "/", the documented path, and what clients make of it: a doubled slash, the path twice, a
 * prefix before it (common 2.5). */
static bool is_cmq_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/")) || ends_with(path, "/v2/index.php");
}

static bool is_control_path(struct bytes path)
{
    return bytes_equal(path, bytes_of("/_emulator")) || begins_with(path, "/_emulator/");
}

/* What stands behind the "?" of the target. */
struct query {
    char *text;
    size_t len;
};

static enum exchange_state handle_cmq(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                                      struct query query)
{
    struct call *c = &x->call;
    c->method = x->method;
    c->host = x->host;
    c->query = query.text;
    c->query_len = query.len;
    c->body = x->body.data;
    c->body_len = x->body.len;
    c->too_large = x->too_large;
    c->answer = &x->answer;

    call_read(c);
    struct namespace *ns =
        world_of_secret(&s->world, form_find(&c->form, bytes_of("SecretId")));
    open_in(x, ns);
    namespace_complete_instant(ns, real_now_ms);
    enum cmq_err err = call_run(c, ns->engine, &ns->rules, &ns->control_calls, x);
    x->status = 200;
    x->name = call_action_name(c);
    if (err == CMQ_WAITING) {
        x->poll = c->poll;
        x->is_poll = true;
        x->wait_ms = c->poll->timeout.node.due_ms - engine_now_ms(ns->engine);
    } else {
        x->code = failure_of(err)->code;
        metrics_count_call(&s->metrics, c);
    }
    namespace_deliver(ns);
    if (err != CMQ_WAITING)
        namespace_complete_instant(ns, real_now_ms);
    world_rearm(ns);
    return err == CMQ_WAITING ? EXCHANGE_PARKED : EXCHANGE_ANSWERED;
}

static enum exchange_state handle_control(struct service *s, cmq_ms real_now_ms,
                                          struct exchange *x, size_t path_len,
                                          struct query query)
{
    struct control_call c = {
        .method = x->method,
        .path = x->target.data,
        .path_len = path_len,
        .query = query.text,
        .query_len = query.len,
        .body = buffer_bytes(&x->body),
        .too_large = x->too_large,
        .world = &s->world,
        .real_now_ms = real_now_ms,
        .started_real_ms = s->started_real_ms,
        .answer = &x->answer,
    };
    control_run(&c);
    open_in(x, c.namespace);
    x->status = x->code = c.status;
    x->name = "control";
    x->after_all = c.moves;
    memcpy(x->allow, c.allow, sizeof x->allow);
    if (c.await == NULL) {
        metrics_count_control(&s->metrics, c.status);
        return EXCHANGE_ANSWERED;
    }
    if (condition_holds(c.await, c.namespace->engine)) {
        control_answer_await(&x->answer, c.namespace, c.await, 0);
        condition_free(c.await);
        metrics_count_control(&s->metrics, c.status);
        return EXCHANGE_ANSWERED;
    }
    x->await = c.await;
    x->await_begun_real_ms = real_now_ms;
    x->wait_ms = c.await_ms;
    x->namespace->awaiting++;
    list_append(&s->awaits, &x->link);
    return EXCHANGE_PARKED;
}

static void handle_metrics(struct service *s, struct exchange *x)
{
    open_in(x, s->world.home);
    if (!bytes_equal(x->method, bytes_of("GET"))) {
        exchange_refuse(x, 405, "method-not-allowed", "/metrics takes GET");
        memcpy(x->allow, "GET", sizeof "GET");
        return;
    }
    x->status = x->code = 200;
    x->name = "metrics";
    x->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&s->metrics, &s->world, &x->answer);
}

enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    enum exchange_state state = EXCHANGE_ANSWERED;
    char *question = memchr(x->target.data, '?', x->target.len);
    size_t path_len = question != NULL ? (size_t)(question - x->target.data) : x->target.len;
    struct bytes path = {x->target.data, path_len};
    struct query query = {NULL, 0};
    if (question != NULL)
        query = (struct query){question + 1, x->target.len - path_len - 1};

    x->content_type = json_type;
    if (is_control_path(path)) {
        state = handle_control(s, real_now_ms, x, path_len, query);
    } else if (is_cmq_path(path)) {
        state = handle_cmq(s, real_now_ms, x, query);
    } else if (bytes_equal(path, bytes_of("/metrics"))) {
        handle_metrics(s, x);
    } else {
        open_in(x, s->world.home);
        exchange_refuse(x, 404, "not-found",
                        "CMQ calls go to /v2/index.php or /, the control interface is "
                        "/_emulator/...");
    }
    if (state == EXCHANGE_ANSWERED && x->answer.failed)
        exchange_refuse(x, 500, "no-memory", "there is no memory for the answer");
    x->at_ms = engine_now_ms(x->namespace->engine);
    check_awaits(s, real_now_ms);
    return state;
}

/* ---- time and the end ---- */

void service_tick(struct service *s, cmq_ms real_now_ms)
{
    world_tick(&s->world, real_now_ms);
    check_awaits(s, real_now_ms);
}

cmq_ms service_wake_ms(const struct service *s)
{
    return world_wake_real_ms(&s->world);
}

bool service_may_jump(const struct service *s)
{
    return world_may_jump(&s->world);
}

void service_jump(struct service *s, cmq_ms real_now_ms)
{
    world_jump(&s->world);
    check_awaits(s, real_now_ms);
}

bool service_has_idle_work(const struct service *s)
{
    return world_has_buried(&s->world);
}

void service_idle_work(struct service *s, bool busy)
{
    enum { SLICE = 1000, SMALL_SLICE = 100 }; /* messages: some tenths of a millisecond */
    world_reap(&s->world, busy ? SMALL_SLICE : SLICE);
}

void service_end_wait(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    if (x->await != NULL) { /* its answer tells the time */
        namespace_catch_up(x->namespace, real_now_ms);
        world_rearm(x->namespace);
    }
    service_hang_up(s, real_now_ms, x);
}

void service_hang_up(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    if (x->await != NULL) {
        finish_await(s, real_now_ms, x);
        return;
    }
    engine_end_poll(x->namespace->engine, x->poll, CMQ_NO_MESSAGE);
    namespace_deliver(x->namespace);
}

void service_end_all_waits(struct service *s, cmq_ms real_now_ms)
{
    struct world *w = &s->world;
    for (struct list_node *l = w->namespaces.next; l != &w->namespaces; l = l->next)
        namespace_end_polls(CONTAINER_OF(l, struct namespace, link), CMQ_NO_MESSAGE);
    for (struct list_node *l; (l = list_first(&s->awaits)) != NULL;)
        finish_await(s, real_now_ms, CONTAINER_OF(l, struct exchange, link));
}

struct exchange *service_take_finished(struct service *s)
{
    struct list_node *l = list_first(&s->finished);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, link);
}
