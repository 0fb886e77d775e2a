#include "service/cmq.h"

#include "api/v3/refusal.h"
#include "service/service.h"

#include <assert.h>

/* Every call of the API v2 comes by here, once, when its answer is written. */
static void complete_v2(struct exchange *x)
{
    x->code = x->call.code;
    exchange_note_time(x);
    metrics_count_call(&x->service->metrics, &x->call);
    metrics_count_warnings(&x->service->metrics, &x->warnings);
}

/* A secret id that belongs to nobody is served by "default", with a warning when it is first
 * seen; one of a namespace that is gone is refused (decisions 14). */
static int judge_caller(struct exchange *x, enum secret secret, const struct bytes *id)
{
    struct service *s = x->service;
    if (secret == SECRET_RETIRED || (secret == SECRET_UNKNOWN && s->config.refuse_unknown_ids))
        return V2_NO_SECRET_ID;
    if (secret == SECRET_UNKNOWN && once_is_new(&s->unknown_ids, *id))
        warnings_add(&x->warnings, WARNING_SECRET_ID, "the secret id ", *id,
                     " belongs to no namespace, so its calls go to default");
    return CMQ_OK;
}

/* What the call needs of the exchange. */
static void begin_call(struct exchange *x, struct query query)
{
    struct call *c = &x->call;
    const struct service_config *config = &x->service->config;
    c->method = x->method;
    c->host = x->head.host;
    c->address = config->address;
    c->query = query.text;
    c->query_len = query.len;
    c->body = x->body.data;
    c->body_len = x->body.len;
    c->too_large = x->too_large;
    c->unknown_parameters = config->unknown_parameters;
    c->answer = &x->answer;
    c->message = &x->message;
    c->warnings = &x->warnings;
}

/* Calls of API 3.0 are told by their head, or by their parameters, once these are read. */
static bool is_of_v3(struct exchange *x, struct v3_request *r)
{
    *r = (struct v3_request){
        .path = {x->target.data, x->path_len},
        .action_field = x->head.tc_action,
        .version_field = x->head.tc_version,
        .authorization = x->head.authorization,
        .form = &x->call.form,
    };
    return v3_request_read(r);
}

static void refuse_v3(struct exchange *x, cmq_ms real_now_ms, const struct v3_request *r)
{
    struct namespace *ns = registry_find_caller(&x->service->registry, &r->secret_id).namespace;
    warnings_clear(&x->warnings); /* they are about the API v2 */
    x->kind = EXCHANGE_V3;
    x->v3_action = r->action;
    x->status = x->code = 200;
    x->content_type = V3_CONTENT_TYPE;
    exchange_open_in(x, ns);
    namespace_enter(ns, ENTER_TO_ACT, real_now_ms);
    v3_refuse(&x->answer, r, ns->engine);
    exchange_note_time(x);
    namespace_leave(ns);
    buffer_append(&x->message, bytes_of("UnsupportedOperation: API 3.0 is not served yet"));
}

static void handle_v2(struct exchange *x, cmq_ms real_now_ms)
{
    struct call *c = &x->call;
    x->kind = EXCHANGE_CMQ;
    const struct bytes *secret_id = form_find(&c->form, bytes_of("SecretId"));
    struct caller caller = registry_find_caller(&x->service->registry, secret_id);
    struct namespace *ns = caller.namespace;
    c->refusal = judge_caller(x, caller.secret, secret_id);
    exchange_open_in(x, ns);
    namespace_enter(ns, ENTER_TO_ACT, real_now_ms);
    int outcome = call_run(c, ns->engine, x);
    x->status = 200;
    if (outcome == CMQ_WAITING) {
        x->poll = c->poll;
        exchange_park(x, FOR_MESSAGE, real_now_ms,
                      c->poll->timeout.node.due_ms - engine_now_ms(ns->engine));
    } else {
        complete_v2(x);
    }
    namespace_leave(ns);
}

void cmq_handle(struct exchange *x, cmq_ms real_now_ms, struct query query)
{
    struct v3_request r;
    begin_call(x, query);
    call_read(&x->call);
    if (is_of_v3(x, &r))
        refuse_v3(x, real_now_ms, &r);
    else
        handle_v2(x, real_now_ms);
}

void cmq_answer_poll(struct exchange *x, struct parked_poll *p)
{
    assert(x->poll == p && x->waits_for == FOR_MESSAGE);
    call_answer_poll(&x->call, p);
    engine_free_poll(x->namespace->engine, p);
    x->poll = NULL;
    complete_v2(x);
    exchange_finish(x);
}
