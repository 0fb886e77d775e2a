#include "server/service.h"

#include "api/failure.h"

#include <assert.h>

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
    if (x->answer.failed)
        exchange_refuse(x, 500, "no-memory", "there is no memory for the answer");
    list_append(&s->finished, &x->link);
}

bool service_init(struct service *s, const struct service_config *config, cmq_ms real_now_ms)
{
    *s = (struct service){.config = *config, .started_real_ms = real_now_ms};
    list_init(&s->finished);
    return namespace_init(&s->namespace, "default", &config->engine, real_now_ms, deliver, s);
}

void service_fini(struct service *s)
{
    assert(list_empty(&s->finished));
    namespace_fini(&s->namespace);
}

void exchange_reset(struct exchange *x)
{
    assert(x->poll == NULL);
    assert(!list_linked(&x->link));
    struct exchange kept = {
        .target = x->target,
        .body = x->body,
        .answer = x->answer,
        .call.form = x->call.form,
    };
    buffer_clear(&kept.target);
    buffer_clear(&kept.body);
    buffer_clear(&kept.answer);
    form_clear(&kept.call.form);
    *x = kept;
}

void exchange_free(struct exchange *x)
{
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
    x->name = "-";
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

static enum exchange_state handle_cmq(struct service *s, struct exchange *x, char *query,
                                      size_t query_len)
{
    struct namespace *ns = &s->namespace;
    struct call *c = &x->call;
    c->method = x->method;
    c->host = x->host;
    c->query = query;
    c->query_len = query_len;
    c->body = x->body.data;
    c->body_len = x->body.len;
    c->too_large = x->too_large;
    c->answer = &x->answer;

    call_read(c);
    enum cmq_err err = call_run(c, ns->engine, &s->config.rules, &ns->control_calls, x);
    x->namespace = ns;
    x->status = 200;
    x->name = call_action_name(c);
    if (err == CMQ_WAITING) {
        x->poll = c->poll;
        x->wait_ms = c->poll->timeout.node.due_ms - engine_now_ms(ns->engine);
    } else {
        x->code = failure_of(err)->code;
    }
    namespace_deliver(ns);
    return err == CMQ_WAITING ? EXCHANGE_PARKED : EXCHANGE_ANSWERED;
}

static void handle_control(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                           size_t path_len, char *query, size_t query_len)
{
    struct control_call c = {
        .method = x->method,
        .path = x->target.data,
        .path_len = path_len,
        .query = query,
        .query_len = query_len,
        .body = buffer_bytes(&x->body),
        .too_large = x->too_large,
        .namespace = &s->namespace,
        .real_now_ms = real_now_ms,
        .started_real_ms = s->started_real_ms,
        .answer = &x->answer,
    };
    control_run(&c);
    x->status = x->code = c.status;
    x->name = "control";
    x->after_all = c.moves;
    memcpy(x->allow, c.allow, sizeof x->allow);
}

enum exchange_state service_handle(struct service *s, cmq_ms real_now_ms, struct exchange *x)
{
    enum exchange_state state = EXCHANGE_ANSWERED;
    char *question = memchr(x->target.data, '?', x->target.len);
    size_t path_len = question != NULL ? (size_t)(question - x->target.data) : x->target.len;
    char *query = question != NULL ? question + 1 : x->target.data + x->target.len;
    size_t query_len = x->target.len - (size_t)(query - x->target.data);
    struct bytes path = {x->target.data, path_len};

    namespace_catch_up(&s->namespace, real_now_ms);
    if (is_control_path(path))
        handle_control(s, real_now_ms, x, path_len, query, query_len);
    else if (is_cmq_path(path))
        state = handle_cmq(s, x, query, query_len);
    else
        exchange_refuse(x, 404, "not-found",
                        "CMQ calls go to /v2/index.php or /, the control interface is "
                        "/_emulator/...");
    if (state == EXCHANGE_ANSWERED && x->answer.failed)
        exchange_refuse(x, 500, "no-memory", "there is no memory for the answer");
    x->at_ms = engine_now_ms(s->namespace.engine);
    return state;
}

/* ---- time and the end ---- */

void service_tick(struct service *s, cmq_ms real_now_ms)
{
    namespace_catch_up(&s->namespace, real_now_ms);
}

cmq_ms service_wake_ms(const struct service *s)
{
    return namespace_wake_real_ms(&s->namespace);
}

void service_end_wait(struct exchange *x)
{
    engine_end_poll(x->namespace->engine, x->poll, CMQ_NO_MESSAGE);
    namespace_deliver(x->namespace);
}

void service_end_all_waits(struct service *s)
{
    namespace_end_polls(&s->namespace, CMQ_NO_MESSAGE);
}

struct exchange *service_take_finished(struct service *s)
{
    struct list_node *l = list_first(&s->finished);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct exchange, link);
}
