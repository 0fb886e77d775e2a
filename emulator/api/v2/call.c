/* The steps of a call, in the order of queue-api 1.6:
 *
 *   method, size and form of the request   call_read()
 *   Action and host                        find_action()
 *   the caller                             c->judge()
 *   what is to go wrong on purpose         c->meddle()
 *   each parameter                         params_read()
 *   rate of the control plane              operation_admit()
 *   subject and state                      operation_run()
 *
 * The first that fails decides the answer. What call_read() finds is remembered: the
 * answer needs an engine for its request id, and the form says which one. */
#include "api/v2/call.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"

#include "base/nearest.h"

#include <stdio.h>

static bool has_action(const struct form *form)
{
    return form_find(form, bytes_of("Action")) != NULL;
}

/* ---- reading ---- */

/* Of a text that is too long the beginning is read all the same: who calls is most often found
 * there, and so the answer comes from the right namespace. */
static bool read_form(struct call *c, bool from_body)
{
    c->from_body = from_body;
    char *text = from_body ? c->body : c->query;
    size_t len = from_body ? c->body_len : c->query_len;
    bool long_wire = len > CALL_WIRE_MAX;
    return form_parse(&c->form, text, long_wire ? CALL_WIRE_MAX : len) && !long_wire &&
           c->form.decoded_len <= CALL_DECODED_MAX;
}

/* What follows is only to be remarked on, so the first 64 KiB of a text must do for that. */
static size_t looked_at(size_t len)
{
    enum { LOOK_MAX = 65536 };
    return len < LOOK_MAX ? len : LOOK_MAX;
}

static bool begins_with_brace(const char *text, size_t len)
{
    len = looked_at(len);
    while (len > 0 && (*text == ' ' || *text == '\r' || *text == '\n' || *text == '\t')) {
        text++;
        len--;
    }
    return len > 0 && *text == '{';
}

/* Whether the text, which is left as it is, has a parameter Action. */
static bool mentions_action(const char *text, size_t len)
{
    static const char name[] = "Action=";
    len = looked_at(len);
    for (size_t i = 0; i + sizeof name - 1 <= len; i++)
        if ((i == 0 || text[i - 1] == '&') && memcmp(text + i, name, sizeof name - 1) == 0)
            return true;
    return false;
}

/* Oddities of the request's form, looked at before it is decoded. */
static void warn_of_form(struct call *c)
{
    static const struct bytes nothing = {NULL, 0};
    if (begins_with_brace(c->body, c->body_len))
        warnings_add(c->warnings, WARNING_JSON_BODY,
                     "the body is JSON, and the API v2 wants a form: a=b&c=d", nothing, "");
    /* The official PHP client leaves the old body in place when it is switched from POST to
     * GET: the new request is in the query. */
    if (mentions_action(c->query, c->query_len) && mentions_action(c->body, c->body_len))
        warnings_add(c->warnings, WARNING_TWO_REQUESTS,
                     "both the query and the body have an Action; a ", c->method,
                     bytes_equal(c->method, bytes_of("POST"))
                         ? " is served from its body, the query is ignored"
                         : " is served from its query, the body is ignored");
}

/* POST takes its parameters from the body, GET from the query string, never from both. Without
 * an Action there, the other one is read instead: some clients retry a POST as a GET with its
 * body, others put all of a POST into the query (sdk-compat 9.3). */
void call_read(struct call *c)
{
    bool post = bytes_equal(c->method, bytes_of("POST"));
    bool get = bytes_equal(c->method, bytes_of("GET"));
    c->outcome = CMQ_OK;
    warn_of_form(c);
    bool read = read_form(c, !get);
    if (read && !has_action(&c->form) && (get ? c->body_len : c->query_len) > 0)
        read = read_form(c, get);
    if (!post && !get)
        c->outcome = V2_METHOD;
    else if (c->form.no_memory)
        c->outcome = CMQ_INTERNAL;
    else if (!read || c->too_large)
        c->outcome = V2_REQUEST_PARSE;
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

/* ---- parameters that the Action does not use ---- */

/* What clients send with any call (common 3.1, sdk-compat 9); those first that nearly all send. */
/* clang-format off */
#define COMMON_PARAMS(NAME) \
    NAME("Action") \
    NAME("Timestamp") \
    NAME("Nonce") \
    NAME("SecretId") \
    NAME("Signature") \
    NAME("SignatureMethod") \
    NAME("Region") \
    NAME("Token") \
    NAME("RequestClient") \
    NAME("clientRequestId") \
    NAME("Version") \
    NAME("appId") \
    /* Quirk: official clients send it with each receive (common 3.4). */ \
    NAME("UserpollingWaitSeconds")
/* clang-format on */

/* "msgBody" of "msgBody.1". */
static struct bytes without_index(struct bytes name)
{
    const char *dot = memchr(name.data, '.', name.len);
    return dot != NULL ? (struct bytes){name.data, (size_t)(dot - name.data)} : name;
}

/* Called for each parameter of each request with each name that it may have, so nearly always
 * decided by the first letter. */
static bool is_named(struct bytes name, const char *text)
{
    return name.data[0] == text[0] && bytes_equal(name, bytes_of(text));
}

static bool is_param(const struct action *a, struct bytes name)
{
    for (size_t i = 0; i < a->param_count; i++) {
        const struct param *p = &a->params[i];
        if (is_named(name, param_key(p)) ||
            (p->other_key != NULL && is_named(name, p->other_key)))
            return true;
    }
    return false;
}

/* Without a loop, so that the compiler knows their lengths, by which nearly all are told apart. */
static bool is_common(struct bytes name)
{
#define IS(text) || bytes_equal(name, bytes_of(text))
    return false COMMON_PARAMS(IS);
#undef IS
}

/* name is not empty. */
static bool is_used(const struct action *a, struct bytes name)
{
    if (is_common(name) || is_param(a, name))
        return true;
    struct bytes stem = without_index(name);
    return stem.len > 0 && stem.len < name.len && is_param(a, stem);
}

static void warn_of_unused(struct call *c, struct bytes name)
{
#define TEXT(text) text,
    static const char *const common_params[] = {COMMON_PARAMS(TEXT)};
#undef TEXT
    char behind[160], hint[NEAREST_HINT_SIZE];
    struct nearest nearest = nearest_to(without_index(name));
    bool shown = warnings_have_room(c->warnings);
    for (size_t i = 0; shown && i < c->action->param_count; i++)
        nearest_try(&nearest, param_key(&c->action->params[i]));
    for (size_t i = 0; shown && i < sizeof common_params / sizeof common_params[0]; i++)
        nearest_try(&nearest, common_params[i]);
    snprintf(behind, sizeof behind, " is not used by %s%s", c->action->name,
             nearest_hint(nearest.name, hint));
    warnings_add(c->warnings, WARNING_UNKNOWN_PARAMETER, "the parameter ", name, behind);
}

static int check_unused(struct call *c)
{
    if (c->unknown_parameters == UNKNOWN_IGNORE)
        return CMQ_OK;
    for (size_t i = 0; i < c->form.count; i++) {
        struct bytes name = c->form.pairs[i].name;
        if (name.len == 0 || is_used(c->action, name))
            continue;
        warn_of_unused(c, name);
        c->culprit = name;
        if (c->unknown_parameters == UNKNOWN_REFUSE)
            return CMQ_PARAM_RANGE;
    }
    return CMQ_OK;
}

/* ---- running ---- */

static int read_params(struct call *c, struct arguments *arguments)
{
    int outcome = params_read(c->action->params, c->action->param_count, &c->form,
                              engine_limits_of(c->engine), arguments, &c->culprit);
    if (outcome == V2_PARAM_GAP)
        warnings_add(c->warnings, WARNING_GAP, "the numbers of ", c->culprit,
                     ".N must begin with 0 or 1 and have no gap");
    if (outcome == CMQ_OK && argument_clamped(arguments, FIELD_RECEIVE_WAIT))
        warnings_add(c->warnings, WARNING_CLAMPED, "", bytes_of("pollingWaitSeconds"),
                     " is above 30 and taken for 30; strict limits refuse it");
    return outcome;
}

/* A failure that is about a parameter is about the first one of the Action. */
static int meddle(struct call *c, void *owner)
{
    int outcome = c->meddle != NULL ? c->meddle(owner) : CMQ_OK;
    if (outcome != CMQ_OK && outcome != V2_UNKNOWN_ACTION && c->action->param_count > 0)
        c->culprit = bytes_of(param_key(&c->action->params[0]));
    if (outcome == V2_METHOD)
        c->culprit = c->method;
    return outcome;
}

/* All checks before operation_run(). */
static int check(struct call *c, void *owner, struct arguments *arguments)
{
    int outcome = c->outcome;
    if (outcome == V2_METHOD)
        c->culprit = c->method;
    if (outcome == V2_REQUEST_PARSE)
        c->culprit = bytes_of("http message");
    if (outcome == CMQ_OK)
        outcome = find_action(c);
    if (outcome == CMQ_OK && c->judge != NULL)
        outcome = c->judge(owner, &c->culprit);
    if (outcome == CMQ_OK)
        outcome = meddle(c, owner);
    if (outcome == CMQ_OK)
        outcome = check_unused(c);
    if (outcome == CMQ_OK)
        outcome = read_params(c, arguments);
    if (outcome != CMQ_OK)
        return outcome;
    arguments->odd = c->odd;
    c->culprit = (struct bytes){NULL, 0};
    if (c->client_has_gone && c->action->operation == OPERATION_RECEIVE_MESSAGES)
        return CMQ_NO_MESSAGE;
    return (int)operation_admit(c->engine, c->action->operation);
}

/* ---- what it is about ---- */

static struct bytes value_of(const struct form *form, const struct param *p)
{
    struct bytes value = form_value(form, param_key(p));
    return value.len == 0 && p->other_key != NULL ? form_value(form, p->other_key) : value;
}

struct bytes call_subject(const struct call *c, enum field name)
{
    const struct action *a = c->action;
    bool of_queues = name == FIELD_QUEUE_NAME;
    if (a != NULL && (a->model == MODEL_QUEUE) != of_queues)
        return (struct bytes){NULL, 0};
    for (size_t i = 0; a != NULL && i < a->param_count; i++)
        if (a->params[i].field == name)
            return value_of(&c->form, &a->params[i]);
    return form_value(&c->form, field_rows[name].name);
}

/* ---- answers ---- */

static struct answer answer_to(struct call *c)
{
    buffer_clear(c->message);
    return (struct answer){
        .out = c->answer,
        .engine = c->engine,
        .plane = c->action != NULL ? operation_plane(c->action->operation) : PLANE_ROUTE,
        .client_request_id = form_find(&c->form, bytes_of("clientRequestId")),
        .address = c->host.len > 0 ? c->host : bytes_of(c->address),
        .message = c->message,
    };
}

static void answer_failure(struct call *c)
{
    struct answer a = answer_to(c);
    a.forced_code = c->forced_code;
    a.forced_message = c->forced_message;
    answer_open(&a, c->outcome, c->culprit);
    answer_close(&a);
    c->code = a.code;
}

static void answer_result(struct call *c, const struct arguments *arguments,
                          const struct result *r)
{
    struct answer a = answer_to(c);
    a.arguments = arguments;
    if (c->msg_ids != NULL)
        result_msg_ids(r, c->msg_ids);
    if (c->action->outcome != NULL)
        c->outcome = c->action->outcome(r);
    answer_open(&a, c->outcome, (struct bytes){NULL, 0});
    c->action->write(&a, r);
    answer_close(&a);
    c->code = a.code;
    if (r->kind == RESULT_SUBSCRIPTION && c->action->operation == OPERATION_SUBSCRIBE)
        warn_of_subscription(c->warnings, c->engine, r->subscription);
    if (r->kind == RESULT_IDS && r->ids.unseen)
        warn_of_delay(c->warnings);
}

/* Make room for the answer, and for its message, before anything is changed: a call that cannot be
 * answered must not have been carried out. */
static bool make_room(struct call *c, const struct arguments *arguments)
{
    enum { ENVELOPE = 512, MESSAGE = 256, ITEM = 512, ESCAPED = 6 };
    const struct bytes *id = form_find(&c->form, bytes_of("clientRequestId"));
    struct answer_needs needs = operation_needs(c->engine, c->action->operation, arguments);
    bool receives = c->action->operation == OPERATION_RECEIVE_MESSAGES;
    if (needs.items == 0)
        return true;
    needs.bytes += id != NULL ? id->len : 0;
    return buffer_reserve(c->answer, ENVELOPE + needs.items * ITEM + needs.bytes * ESCAPED) &&
           buffer_reserve(c->message, MESSAGE) &&
           (!receives || buffer_reserve_loans(c->answer, needs.items));
}

static int carry_out(struct call *c, void *owner, struct arguments *arguments,
                     struct result *result)
{
    int outcome = check(c, owner, arguments);
    if (outcome != CMQ_OK)
        return outcome;
    if (!make_room(c, arguments))
        return CMQ_INTERNAL;
    return (int)operation_run(c->engine, c->action->operation, arguments, owner, result);
}

int call_run(struct call *c, struct engine *engine, void *owner)
{
    struct arguments arguments;
    struct result result;
    result.received.poll = NULL;
    c->engine = engine;
    c->culprit = (struct bytes){NULL, 0};
    if (c->outcome != CMQ_OK) /* what was read of it is not to be relied on */
        form_clear(&c->form);
    c->outcome = carry_out(c, owner, &arguments, &result);
    if (c->outcome == CALL_SILENCED) {
        c->outcome = CMQ_OK;
        return CALL_SILENCED;
    }
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

void call_fini(struct call *c)
{
    form_free(&c->form);
}
