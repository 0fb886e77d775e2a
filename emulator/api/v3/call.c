/* The steps of a call, in the order of api3 6:
 *
 *   method, syntax, what every call has     v3_call_read()
 *   who calls                               c->judge()
 *   version and Action                      find_action()
 *   parameters that are unknown             v3_values_of_...()
 *   what is to go wrong on purpose          c->meddle()
 *   missing, type, value                    v3_inputs_judge()
 *   rate of the control plane               operation_admit()
 *   subject and state                       operation_run()
 *
 * The first that fails decides the answer. */
#include "api/v3/call.h"

#include "api/v3/actions.h"
#include "api/v3/envelope.h"
#include "api/v3/json_check.h"
#include "base/nearest.h"

#include <stdio.h>
#include <stdlib.h>

static const struct bytes nothing = {NULL, 0};

/* ---- reading ---- */

/* A body without anything is one without parameters (api3 6). What is made of it, and written over
 * it, has to wait until the signature has been judged, which is over the body as it came. */
static int check_json(struct v3_call *c)
{
    if (c->body.len == 0)
        return CMQ_OK;
    if (c->scan == NULL) {
        json_scan_begin(&c->own_scan, &v3_json_bounds);
        json_scan_add(&c->own_scan, c->body);
        json_scan_end(&c->own_scan);
        c->scan = &c->own_scan;
    }
    c->is_json = true;
    int outcome = json_check(c->scan);
    return outcome == CMQ_OK && c->scan->first != '{' ? V3_NOT_JSON : outcome;
}

/* The body has been checked, if it is JSON. */
static int read_json(struct v3_call *c)
{
    if (!c->is_json)
        return CMQ_OK;
    if (c->own_body != NULL)
        return json_build(&c->json, c->own_body, c->body.len, c->scan->values) ? CMQ_OK
                                                                               : CMQ_INTERNAL;
    return json_read(&c->json, c->body, &v3_json_bounds) == JSON_GOOD ? CMQ_OK : CMQ_INTERNAL;
}

/* "Action" where "Action=..." is expected. The text between the two is what it was. */
static bool has_piece_without_value(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->pairs[i].value.len == 0 && form->pairs[i].value.data[-1] != '=')
            return true;
    return false;
}

/* The query is decoded in a copy: its signature is made over the text as it came. */
static int read_query(struct v3_call *c)
{
    if (c->query.len == 0)
        return CMQ_OK;
    c->query_copy = malloc(c->query.len);
    if (c->query_copy == NULL)
        return CMQ_INTERNAL;
    memcpy(c->query_copy, c->query.data, c->query.len);
    if (!form_parse(&c->form, c->query_copy, c->query.len))
        return c->form.no_memory ? CMQ_INTERNAL : V3_FORM;
    return has_piece_without_value(&c->form) ? V3_URL_PAIR : CMQ_OK;
}

static bool is_number(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

/* What every call has; Nonce is one of signature v1 alone. */
static int check_common(struct v3_call *c)
{
    const struct v3_request *r = c->request;
    const struct {
        const char *name;
        struct bytes value;
    } needed[] = {{"Timestamp", r->timestamp}, {"Action", r->action}, {"Version", r->version}};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        c->culprit = bytes_of(needed[i].name);
        if (needed[i].value.len == 0)
            return V3_MISSING;
    }
    c->culprit = bytes_of("Timestamp");
    if (!is_number(r->timestamp))
        return V3_COMMON_TYPE;
    c->culprit = bytes_of("Nonce");
    const struct bytes *nonce = r->by_fields ? NULL : form_find(r->form, c->culprit);
    return nonce == NULL || is_number(*nonce) ? CMQ_OK : V3_COMMON_TYPE;
}

void v3_call_read(struct v3_call *c)
{
    bool post = bytes_equal(c->method, bytes_of("POST"));
    bool get = bytes_equal(c->method, bytes_of("GET"));
    c->outcome = CMQ_OK;
    c->culprit = c->value = nothing;
    c->is_json = false;
    if (!post && !get) {
        c->culprit = c->method;
        c->outcome = V3_METHOD;
    } else if (c->too_large) {
        c->outcome = V3_TOO_LARGE;
    } else if (!c->request->by_fields && c->form_too_large) {
        c->outcome = V3_SIGNATURE_SIZE;
    } else if (c->request->by_fields) {
        c->outcome = post ? check_json(c) : read_query(c);
    } else if (has_piece_without_value(c->request->form)) {
        c->outcome = V3_URL_PAIR;
    }
    if (c->outcome == CMQ_OK)
        c->outcome = check_common(c);
}

/* ---- the Action ---- */

static void warn_of_action(struct v3_call *c, struct bytes name)
{
    struct buffer hint = {0};
    v3_append_hint(&hint, c->product, name);
    buffer_append_char(&hint, '\0');
    warnings_add(c->warnings, WARNING_UNKNOWN_ACTION, "", name,
                 hint.failed ? " is unknown" : hint.data);
    buffer_free(&hint);
}

static int find_action(struct v3_call *c)
{
    const struct v3_request *r = c->request;
    if (r->product == NULL)
        return V3_NO_SUCH_VERSION;
    c->product = strcmp(r->product, "tdmq") == 0 ? V3_TDMQ : V3_CMQ;
    c->action = v3_action_find(c->product, r->action);
    if (c->action != NULL)
        return CMQ_OK;
    warn_of_action(c, r->action);
    return V3_INVALID_ACTION;
}

/* ---- parameters ---- */

static void warn_of_parameter(struct v3_call *c)
{
    char behind[160], hint[NEAREST_HINT_SIZE];
    struct nearest nearest = nearest_to(c->culprit);
    for (size_t i = 0; i < c->action->param_count; i++)
        nearest_try(&nearest, c->action->params[i].name);
    snprintf(behind, sizeof behind, " is not used by %s%s", c->action->name,
             nearest_hint(nearest.name, hint));
    warnings_add(c->warnings, WARNING_UNKNOWN_PARAMETER, "the parameter ", c->culprit, behind);
}

static int read_values(struct v3_call *c, struct v3_values *v)
{
    static const struct form no_form;
    const struct v3_action *a = c->action;
    int outcome;
    if (c->is_json)
        outcome = v3_values_of_json(v, c->json.root, a->params, a->param_count, &c->culprit);
    else if (!c->request->by_fields)
        outcome =
            v3_values_of_form(v, c->request->form, a->params, a->param_count, &c->culprit);
    else
        outcome = v3_values_of_form(v, c->query_copy != NULL ? &c->form : &no_form, a->params,
                                    a->param_count, &c->culprit);
    if (outcome == V3_UNKNOWN_PARAMETER)
        warn_of_parameter(c);
    return outcome;
}

/* What the log names. */
static void note_names(struct v3_call *c, const struct v3_values *v)
{
    for (size_t i = 0; i < c->action->param_count; i++) {
        const struct v3_param *p = &c->action->params[i];
        if (p->type != V3_STR || !v->of[i].given)
            continue;
        if (p->use == FIELD_QUEUE_NAME || strcmp(p->name, "QueueName") == 0)
            c->queue = v->of[i].text;
        else if (strcmp(p->name, "TopicName") == 0)
            c->topic = v->of[i].text;
        else if (strcmp(p->name, "SubscriptionName") == 0)
            c->subscription = v->of[i].text;
    }
}

/* What is required because of another value: a policy by age needs the age (api3 7.1), a listing
 * by queue the queue (8.15). */
static int check_company(struct v3_call *c, const struct v3_inputs *in)
{
    const struct arguments *a = &in->arguments;
    c->culprit = bytes_of("MaxTimeToLive");
    if (c->action->operation == OPERATION_CREATE_QUEUE &&
        argument_int(a, FIELD_DEAD_LETTER_KIND, 0) == 1 && !argument_given(a, FIELD_MAX_AGE))
        return V3_MISSING;
    c->culprit = bytes_of("QueueName");
    return in->to_queue && !argument_given(a, FIELD_QUEUE_NAME) ? V3_MISSING : CMQ_OK;
}

/* A failure that is about a parameter is about the first one of the Action. It comes before
 * parameters that are unknown, of which one has been found by then. */
static int meddle(struct v3_call *c)
{
    int outcome = c->meddle != NULL ? c->meddle(c->owner) : CMQ_OK;
    if (outcome != CMQ_OK && c->action->param_count > 0)
        c->culprit = bytes_of(c->action->params[0].name);
    if (outcome == V3_METHOD)
        c->culprit = c->method;
    return outcome;
}

static int read_inputs(struct v3_call *c, struct v3_inputs *in, const struct engine *e)
{
    const struct engine_limits *limits = engine_limits_of(e);
    in->values.lenient = !limits->strict;
    int outcome = read_json(c);
    if (outcome != CMQ_OK)
        return outcome;
    outcome = read_values(c, &in->values);
    note_names(c, &in->values);
    int meddled = meddle(c);
    if (meddled != CMQ_OK)
        return meddled;
    if (outcome == CMQ_OK)
        outcome = v3_inputs_judge(in, c->action->params, c->action->param_count, limits,
                                  &c->culprit, &c->value);
    if (outcome == CMQ_OK)
        outcome = check_company(c, in);
    if (outcome == CMQ_OK && c->product == V3_TDMQ)
        argument_put_int(&in->arguments, FIELD_OF_TDMQ, 1);
    return outcome;
}

/* ---- answers ---- */

static bool is_continued(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Not within a character of UTF-8. */
static struct bytes shortened(struct bytes text)
{
    enum { SHOWN_MAX = 256, CHARACTER_MAX = 4 };
    if (text.len <= SHOWN_MAX)
        return text;
    for (text.len = SHOWN_MAX; text.len > SHOWN_MAX - CHARACTER_MAX; text.len--)
        if (!is_continued(text.data[text.len]))
            return text;
    text.len = SHOWN_MAX; /* no UTF-8 at all */
    return text;
}

static void answer_failure(struct v3_call *c, struct engine *engine)
{
    const char *text = v3_failure_text(c->outcome);
    c->code = v3_action_code(c->action, c->outcome, c->product);
    if (c->forced_code[0] != '\0')
        c->code = c->forced_code;
    if (c->forced_message != NULL)
        buffer_append(c->message, bytes_of(c->forced_message));
    else if (text != NULL)
        v3_append_text(c->message, text, shortened(c->culprit), shortened(c->value));
    else
        c->describe(c->message, (enum cmq_err)c->outcome, shortened(c->culprit));
    v3_open(c->answer);
    v3_write_error(c->answer, c->code, buffer_bytes(c->message));
    v3_close(c->answer, engine);
    c->answer->failed = c->answer->failed || c->message->failed;
}

static void answer_result(struct v3_call *c, struct engine *engine, const struct result *r)
{
    struct v3_answer a = {c->answer, engine, c->lag};
    c->code = "";
    if (c->msg_ids != NULL)
        result_msg_ids(r, c->msg_ids);
    v3_open(c->answer);
    c->action->write(&a, r);
    v3_close(c->answer, engine);
    if (c->action->operation == OPERATION_SUBSCRIBE)
        warn_of_subscription(c->warnings, engine, r->subscription);
    if (r->kind == RESULT_IDS && r->ids.unseen)
        warn_of_delay(c->warnings);
}

/* ---- running ---- */

/* As in the API v2: the answer to a call that changes something has its memory before that. It
 * has ids at the most. */
static bool make_room(const struct v3_call *c, const struct engine *e, enum operation o,
                      const struct arguments *a)
{
    enum { ENVELOPE = 512, ITEM = 128 };
    struct answer_needs needs = operation_needs(e, o, a);
    return needs.items == 0 || buffer_reserve(c->answer, ENVELOPE + needs.items * ITEM);
}

static int carry_out(struct v3_call *c, struct engine *engine, struct result *result)
{
    struct v3_inputs in;
    int outcome = c->outcome;
    if (outcome == CMQ_OK && c->judge != NULL)
        outcome = c->judge(c->owner, &c->culprit);
    if (outcome == CMQ_OK)
        outcome = find_action(c);
    if (outcome == CMQ_OK)
        outcome = read_inputs(c, &in, engine);
    if (outcome != CMQ_OK)
        return outcome;
    enum operation o =
        in.to_queue ? OPERATION_LIST_SUBSCRIPTIONS_TO_QUEUE : c->action->operation;
    c->culprit = nothing;
    enum cmq_err err = operation_admit(engine, o);
    if (err == CMQ_OK && !make_room(c, engine, o, &in.arguments))
        err = CMQ_INTERNAL;
    return (int)(err != CMQ_OK ? err : operation_run(engine, o, &in.arguments, NULL, result));
}

void v3_call_run(struct v3_call *c, struct engine *engine)
{
    struct result result;
    buffer_clear(c->message);
    c->outcome = carry_out(c, engine, &result);
    if (c->outcome == V3_SILENCED)
        c->code = "";
    else if (c->outcome == CMQ_OK)
        answer_result(c, engine, &result);
    else
        answer_failure(c, engine);
}

struct bytes v3_call_action(const struct v3_call *c)
{
    return c->action != NULL ? bytes_of(c->action->name) : c->request->action;
}

const char *v3_call_product(const struct v3_call *c)
{
    return c->request->product != NULL ? c->request->product : "-";
}

void v3_call_fini(struct v3_call *c)
{
    json_free(&c->json);
    form_free(&c->form);
    free(c->query_copy);
    c->query_copy = NULL;
}
