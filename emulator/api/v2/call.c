/* The steps of a call, in the order of queue-api 1.6:
 *
 *   method, size and form of the request   call_read()
 *   Action and host                        find_action()
 *   each parameter                         params_read()
 *   rate of the control plane              operation_admit()
 *   subject and state                      operation_run()
 *
 * The first that fails decides the answer. What call_read() finds is remembered: the
 * answer needs an engine for its request id, and the form says which one. */
#include "api/v2/call.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"

enum {
    /* All names and values, decoded: a body of 1 MiB and its other parameters (decisions
     * 13). */
    DECODED_MAX = 1048576 + 65536,
};

static bool has_action(const struct form *form)
{
    return form_find(form, bytes_of("Action")) != NULL;
}

static bool read_form(struct call *c, char *text, size_t len)
{
    return form_parse(&c->form, text, len) && c->form.decoded_len <= DECODED_MAX;
}

/* POST takes its parameters from the body, GET from the query string, never from both. Without
 * an Action there, the other one is read instead: some clients retry a POST as a GET with its
 * body, others put all of a POST into the query (sdk-compat 9.3). */
void call_read(struct call *c)
{
    bool post = bytes_equal(c->method, bytes_of("POST"));
    bool get = bytes_equal(c->method, bytes_of("GET"));
    c->outcome = CMQ_OK;
    if (!post && !get) {
        c->outcome = V2_METHOD;
        return;
    }
    bool read =
        post ? read_form(c, c->body, c->body_len) : read_form(c, c->query, c->query_len);
    if (read && !has_action(&c->form)) {
        if (post && c->query_len > 0)
            read = read_form(c, c->query, c->query_len);
        else if (get && c->body_len > 0)
            read = read_form(c, c->body, c->body_len);
    }
    if (!read || c->too_large) {
        form_clear(&c->form);
        c->outcome = V2_REQUEST_PARSE;
    }
}

static bool begins_nocase(struct bytes text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len &&
           bytes_equal_nocase((struct bytes){text.data, len}, bytes_of(with));
}

static bool host_serves(struct bytes host, enum model model)
{
    if (begins_nocase(host, "cmq-queue-"))
        return model == MODEL_QUEUE;
    if (begins_nocase(host, "cmq-topic-"))
        return model == MODEL_TOPIC;
    return true;
}

static int find_action(struct call *c)
{
    const struct bytes *name = form_find(&c->form, bytes_of("Action"));
    if (name == NULL || name->len == 0)
        return V2_NO_ACTION;
    const struct action *a = action_find(*name);
    c->culprit = *name;
    if (a == NULL || (engine_limits_of(c->engine)->strict && !host_serves(c->host, a->model)))
        return V2_UNKNOWN_ACTION;
    c->action = a;
    return CMQ_OK;
}

/* All checks before operation_run(). */
static int check(struct call *c, struct arguments *arguments)
{
    int outcome = c->outcome;
    if (outcome == V2_METHOD)
        c->culprit = c->method;
    if (outcome == V2_REQUEST_PARSE)
        c->culprit = bytes_of("http message");
    if (outcome == CMQ_OK)
        outcome = find_action(c);
    if (outcome == CMQ_OK)
        outcome = params_read(c->action->params, c->action->param_count, &c->form,
                              engine_limits_of(c->engine), arguments, &c->culprit);
    if (outcome != CMQ_OK)
        return outcome;
    c->culprit = (struct bytes){NULL, 0};
    return (int)operation_admit(c->engine, c->action->operation);
}

/* ---- answers ---- */

static struct answer answer_to(const struct call *c)
{
    return (struct answer){
        .out = c->answer,
        .engine = c->engine,
        .plane = c->action != NULL ? operation_plane(c->action->operation) : PLANE_ROUTE,
        .client_request_id = form_find(&c->form, bytes_of("clientRequestId")),
        .address = c->host.len > 0 ? c->host : bytes_of(c->address),
    };
}

static void answer_failure(struct call *c)
{
    struct answer a = answer_to(c);
    answer_open(&a, c->outcome, c->culprit);
    answer_close(&a);
}

static void answer_result(struct call *c, const struct arguments *arguments,
                          const struct result *r)
{
    struct answer a = answer_to(c);
    a.arguments = arguments;
    if (c->action->outcome != NULL)
        c->outcome = c->action->outcome(r);
    answer_open(&a, c->outcome, (struct bytes){NULL, 0});
    c->action->write(&a, r);
    answer_close(&a);
}

int call_run(struct call *c, struct engine *engine, void *owner)
{
    struct arguments arguments;
    struct result result;
    result.received.poll = NULL;
    c->engine = engine;
    c->culprit = (struct bytes){NULL, 0};
    c->outcome = check(c, &arguments);
    if (c->outcome == CMQ_OK)
        c->outcome =
            (int)operation_run(engine, c->action->operation, &arguments, owner, &result);
    if (c->outcome == CMQ_WAITING)
        c->poll = result.received.poll;
    else if (c->outcome == CMQ_OK)
        answer_result(c, &arguments, &result);
    else
        answer_failure(c);
    return c->outcome;
}

void call_answer_poll(struct call *c, const struct parked_poll *poll)
{
    struct result result = {.kind = RESULT_MESSAGES};
    c->outcome = (int)poll->outcome;
    c->culprit = (struct bytes){NULL, 0};
    if (c->outcome != CMQ_OK) {
        answer_failure(c);
        return;
    }
    result.received.count = poll->count;
    memcpy(result.received.messages, poll->messages, sizeof poll->messages);
    answer_result(c, NULL, &result);
}

const char *call_action_name(const struct call *c)
{
    return c->action != NULL ? c->action->name : "-";
}

void call_fini(struct call *c)
{
    form_free(&c->form);
}
