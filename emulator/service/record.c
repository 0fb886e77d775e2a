#include "service/record.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "service/exchange.h"

static void add_cmq(const struct exchange *x, struct record *out)
{
    const struct call *c = &x->call;
    out->api = "v2";
    if (c->action != NULL)
        out->action = bytes_of(c->action->name);
    out->queue = call_subject(c, FIELD_QUEUE_NAME);
    out->topic = call_subject(c, FIELD_TOPIC_NAME);
    out->subscription = call_subject(c, FIELD_SUBSCRIPTION_NAME);
    out->secret_id = form_value(&c->form, "SecretId");
    out->module = failure_of(c->outcome)->module;
    out->failed = x->code != 0;
}

static void add_v3(const struct exchange *x, struct record *out)
{
    const struct v3_call *c = &x->v3;
    out->api = v3_call_product(c);
    out->action = v3_call_action(c);
    out->queue = c->queue;
    out->topic = c->topic;
    out->subscription = c->subscription;
    out->secret_id = x->v3_request.secret_id;
    out->v3_code = c->code;
    out->code = x->status == 200 ? 0 : x->status;
    out->failed = c->code[0] != '\0' || x->status != 200;
}

static bool is_routine(const struct exchange *x, struct bytes path)
{
    return x->status == 200 && bytes_equal(path, bytes_of("/_emulator/health"));
}

void record_of(const struct exchange *x, struct record *out)
{
    *out = (struct record){
        .namespace = x->namespace != NULL ? x->namespace->name : NULL,
        .method = x->method,
        .path = {x->target.data, x->path_len},
        .code = x->code,
        .failed = x->status >= 400,
        .message = buffer_bytes(&x->message),
        .warnings = buffer_bytes(&x->warnings.texts),
    };
    out->routine = is_routine(x, out->path);
    out->fault = x->fault.id;
    bool of_cmq = x->status == 200 || x->fault.id != 0;
    if (x->kind == EXCHANGE_CMQ && of_cmq)
        add_cmq(x, out);
    if (x->kind == EXCHANGE_V3 && of_cmq)
        add_v3(x, out);
}
