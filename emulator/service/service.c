#include "service/service.h"

#include "api/v2/failure.h"

#include "namespace/move.h"

#include <assert.h>
#include <stdlib.h>

static const char json_type[] = "application/json; charset=utf-8";

static void finish(struct service *s, struct exchange *x)
{
    if (list_linked(&x->link))
        list_unlink(&x->link);
    x->wait = WAIT_NOTHING;
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

/* ---- pushes ---- */

static void push(void *context, struct namespace *ns)
{
    struct service *s = context;
    while (engine_has_offered(ns->engine)) {
        struct push *p = calloc(1, sizeof *p);
        struct push_ticket ticket;
        if (p == NULL) {
            engine_take_push(ns->engine, &ticket);
            engine_land_push(&ticket, &(struct push_outcome){.error = "no memory"});
            continue;
        }
        engine_take_push(ns->engine, &p->ticket);
        p->namespace = ns;
        ns->pushing++;
        list_append(&s->pushes, &p->link);
    }
}

/* If a delivery still waits for it, that has failed. */
static void push_free(struct push *p)
{
    engine_land_push(&p->ticket, &(struct push_outcome){.error = "the emulator stops"});
    registry_close_push(p->namespace);
    free(p);
}

bool service_has_pushes(const struct service *s)
{
    return !list_empty(&s->pushes);
}

struct push *service_take_push(struct service *s)
{
    struct list_node *l = list_first(&s->pushes);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct push, link);
}

bool service_init(struct service *s, const struct registry_config *config, const char *address,
                  cmq_ms real_now_ms)
{
    *s = (struct service){.address = address, .started_real_ms = real_now_ms};
    list_init(&s->finished);
    list_init(&s->awaits);
    list_init(&s->turns);
    list_init(&s->held);
    list_init(&s->pushes);
    return registry_init(&s->registry, config, real_now_ms, deliver, push, s);
}

void service_fini(struct service *s)
{
    assert(list_empty(&s->finished));
    assert(list_empty(&s->awaits) && list_empty(&s->turns) && list_empty(&s->held));
    for (struct push *p; (p = service_take_push(s)) != NULL;)
        push_free(p);
    registry_fini(&s->registry);
}

static void open_in(struct exchange *x, struct namespace *ns)
{
    x->namespace = ns;
    ns->open++;
}

/* Done with every request: what a admin call needs is large, and is left alone. */
void exchange_reset(struct exchange *x)
{
    struct buffer target = x->target, body = x->body, headers = x->headers, answer = x->answer;
    struct form form = x->call.form;
    assert(x->poll == NULL);
    assert(x->await == NULL);
    assert(!list_linked(&x->link));
    admin_fini(&x->admin);
    if (x->namespace != NULL)
        registry_close_request(x->namespace);
    buffer_clear(&target);
    buffer_clear(&body);
    buffer_clear(&headers);
    buffer_clear(&answer);
    form_clear(&form);

    memset(x, 0, offsetof(struct exchange, admin));
    x->target = target;
    x->body = body;
    x->headers = headers;
    x->answer = answer;
    x->call.form = form;
}

void exchange_free(struct exchange *x)
{
    exchange_reset(x);
    buffer_free(&x->target);
    buffer_free(&x->body);
    buffer_free(&x->headers);
    buffer_free(&x->answer);
    call_fini(&x->call);
}

void exchange_refuse(struct exchange *x, int status, const char *code, const char *message)
{
    buffer_clear(&x->answer);
    admin_write_error(&x->answer, code, message);
    x->status = x->code = status;
    x->content_type = json_type;
    x->name = "-";
}

/* ---- admin calls that wait ---- */

static enum exchange_state park(struct exchange *x, enum wait wait, cmq_ms wait_ms,
                                struct list_node *list)
{
    x->wait = wait;
    x->wait_ms = wait_ms;
    list_append(list, &x->link);
    return EXCHANGE_PARKED;
}

static void finish_admin(struct service *s, struct exchange *x, int status)
{
    x->status = x->code = status;
    if (!x->namespace->dropped)
        x->at_ms = engine_now_ms(x->namespace->engine);
    metrics_count_admin(&s->metrics, status);
    finish(s, x);
}

/* What x waits for will not come. */
static void end_wait(struct service *s, struct exchange *x, enum admin_end why)
{
    const struct namespace *ns = x->namespace->dropped ? s->registry.home : x->namespace;
    finish_admin(s, x, admin_answer_end(&x->answer, ns, why));
}

static void finish_await(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    struct namespace *ns = x->namespace;
    struct condition *condition = x->await;
    ns->awaiting--;
    x->await = NULL;
    if (ns->dropped) {
        end_wait(s, x, END_DROPPED);
    } else {
        admin_answer_await(&x->answer, ns, condition, real_now_ms - x->await_begun_real_ms);
        finish_admin(s, x, 200);
    }
    condition_free(condition);
}

/* Something may have changed in ns, or for NULL anywhere: answer those whose condition holds,
 * and those whose namespace is gone. */
static void check_waits(struct service *s, cmq_ms real_now_ms, const struct namespace *ns)
{
    for (struct list_node *l = s->turns.next; l != &s->turns;) {
        struct exchange *x = CONTAINER_OF(l, struct exchange, link);
        l = l->next;
        if (x->namespace->dropped)
            end_wait(s, x, END_DROPPED);
    }
    for (struct list_node *l = s->awaits.next; l != &s->awaits;) {
        struct exchange *x = CONTAINER_OF(l, struct exchange, link);
        l = l->next;
        bool concerned = ns == NULL || x->namespace == ns;
        if (x->namespace->dropped ||
            (concerned && condition_holds(x->await, x->namespace->engine)))
            finish_await(s, real_now_ms, x);
    }
}

/* The next call that waits for its turn in ns; NULL for none. */
static struct exchange *next_in_turn(struct service *s, const struct namespace *ns)
{
    for (struct list_node *l = s->turns.next; l != &s->turns; l = l->next) {
        struct exchange *x = CONTAINER_OF(l, struct exchange, link);
        if (x->namespace == ns)
            return x;
    }
    return NULL;
}

/* A move was cut short from outside: its call hears of it, and so do those that wait for it. */
static void cut_move(struct service *s, struct exchange *x, enum admin_end why)
{
    const struct namespace *ns = x->namespace;
    do
        end_wait(s, x, why);
    while ((x = next_in_turn(s, ns)) != NULL);
}

static enum exchange_state run_admin(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    struct admin_call *c = &x->admin;
    c->real_now_ms = real_now_ms;
    admin_run(c);
    x->status = x->code = c->status;
    x->after_all = c->moves;
    memcpy(x->allow, c->allow, sizeof x->allow);
    if (c->ended != NULL)
        cut_move(s, c->ended, c->end);
    if (c->moving)
        return park(x, WAIT_MOVE, CMQ_NEVER, &s->held);
    if (c->delay_ms > 0)
        return park(x, WAIT_DELAY, c->delay_ms, &s->held);
    if (c->await != NULL) {
        x->await = c->await;
        x->await_begun_real_ms = real_now_ms;
        x->namespace->awaiting++;
        return park(x, WAIT_AWAIT, c->await_ms, &s->awaits);
    }
    metrics_count_admin(&s->metrics, c->status);
    return EXCHANGE_ANSWERED;
}

/* A call that waited for its turn has been answered, and counted. */
static void finish_run(struct service *s, struct exchange *x)
{
    if (!x->namespace->dropped)
        x->at_ms = engine_now_ms(x->namespace->engine);
    finish(s, x);
}

/* Something has happened in ns: go on with the move that it has under way, and when that is
 * there, with the calls that wait for it. */
static void go_on(struct service *s, cmq_ms real_now_ms, struct namespace *ns)
{
    struct exchange *x;
    if (ns->dropped)
        return;
    if (ns->move == NULL) {
        namespace_end_instant(ns, real_now_ms);
    } else if (move_go_on(ns->move)) {
        x = ns->move->owner;
        admin_answer_move(&x->answer, ns, real_now_ms);
        registry_rearm(ns);
        finish_admin(s, x, 200);
    }
    while (ns->move == NULL && (x = next_in_turn(s, ns)) != NULL) {
        list_unlink(&x->link);
        if (run_admin(s, real_now_ms, x) == EXCHANGE_ANSWERED)
            finish_run(s, x);
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

static bool is_admin_path(struct bytes path)
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
    c->address = s->address;
    c->query = query.text;
    c->query_len = query.len;
    c->body = x->body.data;
    c->body_len = x->body.len;
    c->too_large = x->too_large;
    c->answer = &x->answer;

    call_read(c);
    struct namespace *ns =
        registry_of_secret(&s->registry, form_find(&c->form, bytes_of("SecretId")));
    open_in(x, ns);
    namespace_complete_instant(ns, real_now_ms);
    enum cmq_err err = call_run(c, ns->engine, x);
    x->status = 200;
    x->name = call_action_name(c);
    if (err == CMQ_WAITING) {
        x->poll = c->poll;
        x->wait = WAIT_POLL;
        x->wait_ms = c->poll->timeout.node.due_ms - engine_now_ms(ns->engine);
    } else {
        x->code = failure_of(err)->code;
        metrics_count_call(&s->metrics, c);
    }
    namespace_deliver(ns);
    if (err != CMQ_WAITING)
        namespace_complete_instant(ns, real_now_ms);
    registry_rearm(ns);
    return err == CMQ_WAITING ? EXCHANGE_PARKED : EXCHANGE_ANSWERED;
}

static enum exchange_state handle_admin(struct service *s, cmq_ms real_now_ms,
                                        struct exchange *x, size_t path_len, struct query query)
{
    struct admin_call *c = &x->admin;
    *c = (struct admin_call){
        .method = x->method,
        .path = x->target.data,
        .path_len = path_len,
        .query = query.text,
        .query_len = query.len,
        .body = buffer_bytes(&x->body),
        .headers = buffer_bytes(&x->headers),
        .too_large = x->too_large,
        .registry = &s->registry,
        .real_now_ms = real_now_ms,
        .started_real_ms = s->started_real_ms,
        .answer = &x->answer,
        .owner = x,
    };
    admin_read(c);
    open_in(x, c->namespace);
    x->name = "admin";
    if (admin_must_wait(c))
        return park(x, WAIT_TURN, CMQ_NEVER, &s->turns);
    return run_admin(s, real_now_ms, x);
}

static void handle_metrics(struct service *s, struct exchange *x)
{
    open_in(x, s->registry.home);
    if (!bytes_equal(x->method, bytes_of("GET"))) {
        exchange_refuse(x, 405, "method-not-allowed", "/metrics takes GET");
        memcpy(x->allow, "GET", sizeof "GET");
        return;
    }
    x->status = x->code = 200;
    x->name = "metrics";
    x->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&s->metrics, &s->registry, &x->answer);
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
    if (is_admin_path(path)) {
        state = handle_admin(s, real_now_ms, x, path_len, query);
    } else if (is_cmq_path(path)) {
        state = handle_cmq(s, real_now_ms, x, query);
    } else if (bytes_equal(path, bytes_of("/metrics"))) {
        handle_metrics(s, x);
    } else {
        open_in(x, s->registry.home);
        exchange_refuse(x, 404, "not-found",
                        "CMQ calls go to /v2/index.php or /, the admin interface is "
                        "/_emulator/...");
    }
    if (state == EXCHANGE_ANSWERED && x->answer.failed)
        exchange_refuse(x, 500, "no-memory", "there is no memory for the answer");
    struct namespace *ns = x->namespace;
    if (ns->dropped) /* while it waited for its turn */
        ns = s->registry.home;
    x->at_ms = engine_now_ms(ns->engine);
    go_on(s, real_now_ms, x->namespace);
    check_waits(s, real_now_ms, NULL);
    if (state == EXCHANGE_PARKED && x->wait == WAIT_NOTHING) { /* it had not to wait at all */
        list_unlink(&x->link);
        state = EXCHANGE_ANSWERED;
    }
    return state;
}

bool service_wants_headers(struct bytes target)
{
    return begins_with(target, "/_emulator/sink/");
}

/* ---- time and the end ---- */

void service_tick(struct service *s, cmq_ms real_now_ms)
{
    registry_tick(&s->registry, real_now_ms);
    check_waits(s, real_now_ms, NULL);
}

cmq_ms service_wake_ms(const struct service *s)
{
    return registry_wake_real_ms(&s->registry);
}

bool service_may_jump(const struct service *s)
{
    return registry_may_jump(&s->registry);
}

void service_jump(struct service *s, cmq_ms real_now_ms)
{
    registry_jump(&s->registry);
    check_waits(s, real_now_ms, NULL);
}

bool service_has_idle_work(const struct service *s)
{
    return registry_has_buried(&s->registry);
}

void service_idle_work(struct service *s, bool busy)
{
    enum { SLICE = 1000, SMALL_SLICE = 100 }; /* messages: some tenths of a millisecond */
    registry_reap(&s->registry, busy ? SMALL_SLICE : SLICE);
}

void service_end_push(struct service *s, cmq_ms real_now_ms, struct push *p,
                      const struct push_outcome *outcome)
{
    struct namespace *ns = p->namespace;
    bool orphan = push_is_orphan(p);
    if (!orphan) {
        namespace_land(ns, real_now_ms, &p->ticket, outcome);
        registry_rearm(ns);
        go_on(s, real_now_ms, ns);
        check_waits(s, real_now_ms, ns);
    }
    push_free(p);
}

void service_end_wait(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    struct namespace *ns = x->namespace;
    if (x->wait == WAIT_AWAIT && !ns->dropped) { /* its answer tells the time */
        namespace_catch_up(ns, real_now_ms);
        registry_rearm(ns);
    }
    service_hang_up(s, real_now_ms, x);
}

/* The move of a client that has gone ends where it is. */
static void abandon_move(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                         enum admin_end why)
{
    struct namespace *ns = x->namespace;
    move_free(ns->move);
    end_wait(s, x, why);
    go_on(s, real_now_ms, ns);
}

void service_hang_up(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    switch (x->wait) {
    case WAIT_POLL:
        engine_end_poll(x->namespace->engine, x->poll, CMQ_NO_MESSAGE);
        namespace_deliver(x->namespace);
        break;
    case WAIT_AWAIT:
        finish_await(s, real_now_ms, x);
        break;
    case WAIT_TURN:
        end_wait(s, x, END_STOPPING);
        break;
    case WAIT_MOVE:
        abandon_move(s, real_now_ms, x, END_STOPPING);
        break;
    case WAIT_DELAY:
        finish_admin(s, x, x->status);
        break;
    case WAIT_NOTHING:
        break;
    }
}

void service_end_all_waits(struct service *s, cmq_ms real_now_ms)
{
    struct registry *r = &s->registry;
    struct list_node *const lists[] = {&s->turns, &s->held, &s->awaits};
    for (struct list_node *l = r->namespaces.next; l != &r->namespaces; l = l->next)
        namespace_end_polls(CONTAINER_OF(l, struct namespace, link), CMQ_NO_MESSAGE);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (struct list_node *l; (l = list_first(lists[i])) != NULL;)
            service_hang_up(s, real_now_ms, CONTAINER_OF(l, struct exchange, link));
}

struct exchange *service_take_finished(struct service *s)
{
    struct list_node *l = list_first(&s->finished);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, link);
}
