#include "api/v2/call.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "base/json.h"

enum {
    /* All names and values, decoded: a message of 1 MiB and the other parameters (common 2.4).
     */
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

/* POST takes its parameters from the body, GET from the query string, never from both. Each
 * falls back to the other place: there are clients that retry a POST as a GET with its body,
 * and such that put all of a POST into the query (sdk-compat 9.3). */
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

/* What the Action is about. */
static int find_subject(struct call *c)
{
    enum subject subject = c->action->subject;
    if (subject == ON_QUEUE) {
        c->queue = engine_find_queue(c->engine, c->args.queue_name);
        return c->queue != NULL ? CMQ_OK : CMQ_NO_QUEUE;
    }
    if (subject == ON_NOTHING)
        return CMQ_OK;
    c->topic = engine_find_topic(c->engine, c->args.topic_name);
    if (c->topic == NULL)
        return CMQ_NO_TOPIC;
    if (subject == ON_TOPIC)
        return CMQ_OK;
    c->subscription = engine_find_subscription(c->engine, c->topic, c->args.subscription_name);
    return c->subscription != NULL ? CMQ_OK : CMQ_NO_SUCH_SUBSCRIPTION;
}

/* Everything before the state of queue or topic, in the order of queue-api 1.6. */
static int check(struct call *c)
{
    int err = c->outcome;
    if (err == V2_METHOD)
        c->culprit = c->method;
    if (err == V2_REQUEST_PARSE)
        c->culprit = bytes_of("http message");
    if (err == CMQ_OK)
        err = find_action(c);
    if (err == CMQ_OK)
        err = params_read(c->action->params, c->action->param_count, &c->form,
                          engine_limits_of(c->engine), &c->args, &c->culprit);
    if (err != CMQ_OK)
        return err;
    c->culprit = (struct bytes){NULL, 0};
    if (c->action->plane == PLANE_CONTROL && !c->uncounted)
        err = engine_count_control(c->engine);
    return err == CMQ_OK ? find_subject(c) : err;
}

int call_run(struct call *c, struct engine *engine, void *owner)
{
    c->engine = engine;
    c->owner = owner;
    c->culprit = (struct bytes){NULL, 0};
    c->outcome = check(c);
    if (c->outcome == CMQ_OK)
        c->outcome = c->action->run(c);
    /* DeleteMessage in batches has an answer of its own with these two. */
    bool answered = c->outcome == CMQ_OK || c->outcome == V2_DELETE_PARTIAL ||
                    c->outcome == V2_DELETE_FAILED;
    if (!answered && c->outcome != CMQ_WAITING) {
        answer_open(c, c->outcome, c->culprit);
        answer_close(c);
    }
    return c->outcome;
}

void call_answer_poll(struct call *c, const struct parked_poll *poll)
{
    c->outcome = poll->outcome;
    if (poll->outcome == CMQ_OK) {
        answer_messages(c, poll->messages, poll->count);
        return;
    }
    answer_open(c, poll->outcome, (struct bytes){NULL, 0});
    answer_close(c);
}

const char *call_action_name(const struct call *c)
{
    return c->action != NULL ? c->action->name : "-";
}

void call_fini(struct call *c)
{
    form_free(&c->form);
}

/* ---- the envelope ---- */

static bool is_wrapped(const struct call *c, int err)
{
    return engine_limits_of(c->engine)->gateway_errors && c->action != NULL &&
           c->action->plane == PLANE_CONTROL && err != CMQ_OK && failure_of(err)->code != 4000;
}

/* Quirk: the gateway shows a duplicate subscription as 4000 inside, too (common 9.2). */
static int wrapped_code(int err)
{
    return err == CMQ_SUBSCRIPTION_EXISTS ? 4000 : failure_of(err)->code;
}

static void answer_message(struct call *c, int err, struct bytes culprit)
{
    enum { NAME_MAX_SHOWN = 256 };
    struct buffer *b = c->answer;
    struct buffer text = {NULL, 0, 0, false};
    if (culprit.len > NAME_MAX_SHOWN)
        culprit.len = NAME_MAX_SHOWN;
    if (is_wrapped(c, err)) {
        buffer_append_char(&text, '(');
        buffer_append_int(&text, wrapped_code(err));
        buffer_append(&text, bytes_of(") "));
    }
    failure_append_message(&text, err, culprit);
    json_key_string(b, "message", buffer_bytes(&text));
    b->failed = b->failed || text.failed;
    buffer_free(&text);
}

/* A number as it came; other text as a string (common 8.1). On the data plane 0 when it was not
 * sent (design 6). */
static void answer_client_request_id(struct call *c)
{
    struct buffer *b = c->answer;
    const struct bytes *id = form_find(&c->form, bytes_of("clientRequestId"));
    bool given = id != NULL && id->len > 0;
    bool number = given && id->len <= 20;
    uint64_t value = 0;
    for (size_t i = 0; number && i < id->len; i++) {
        unsigned digit = (unsigned char)id->data[i] - (unsigned)'0';
        number = digit <= 9 && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    if (number || (!given && c->action != NULL && c->action->plane == PLANE_DATA)) {
        json_key(b, "clientRequestId");
        json_uint(b, given ? value : 0);
    } else if (given) {
        json_key_string(b, "clientRequestId", *id);
    }
}

void answer_open(struct call *c, int err, struct bytes culprit)
{
    struct buffer *b = c->answer;
    json_open(b, '{');
    json_key_int(b, "code", is_wrapped(c, err) ? 4000 : failure_of(err)->code);
    if (err == CMQ_OK)
        json_key_text(b, "message", "");
    else
        answer_message(c, err, culprit);
    if (err == CMQ_OK && c->action->plane == PLANE_CONTROL)
        json_key_text(b, "codeDesc", "Success");
    json_key_id(b, "requestId", engine_request_id(c->engine));
    answer_client_request_id(c);
}

void answer_close(struct call *c)
{
    json_close(c->answer, '}');
}
