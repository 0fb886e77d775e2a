#include "service/record.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "service/exchange.h"

static struct bytes param(const struct form *form, const char *name)
{
    const struct bytes *value = form_find(form, bytes_of(name));
    return value != NULL ? *value : (struct bytes){NULL, 0};
}

static void add_cmq(const struct exchange *x, struct record *out)
{
    const struct call *c = &x->call;
    if (c->action != NULL)
        out->action = bytes_of(c->action->name);
    out->queue = param(&c->form, "queueName");
    out->topic = param(&c->form, "topicName");
    if (out->topic.len == 0)
        out->topic = param(&c->form, "TopicName");
    out->subscription = param(&c->form, "subscriptionName");
    out->secret_id = param(&c->form, "SecretId");
    out->module = failure_of(c->outcome)->module;
    out->failed = x->code != 0;
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
    if (x->kind == EXCHANGE_CMQ && x->status == 200)
        add_cmq(x, out);
    if (x->kind == EXCHANGE_V3 && x->status == 200) {
        out->action = x->v3_action;
        out->failed = true;
    }
}
