#include "service/cmq.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "api/v3/actions.h"
#include "api/v3/envelope.h"
#include "base/nearest.h"
#include "service/authentication.h"
#include "service/fault.h"
#include "service/inside.h"
#include "service/journaling.h"
#include "service/line.h"

#include <assert.h>
#include <stdio.h>

/* What a person may have meant by an Action that the API v2 does not have. */
static void warn_of_unknown_action(struct exchange *x)
{
    const struct bytes *name = form_find(&x->call.form, bytes_of("Action"));
    struct nearest nearest = nearest_to(*name);
    char behind[160], hint[NEAREST_HINT_SIZE];
    for (size_t i = 0; i < action_count(); i++)
        nearest_try(&nearest, action_at(i)->name);
    if (v3_action_find(V3_TDMQ, *name) != NULL)
        snprintf(behind, sizeof behind,
                 " is an Action of API 3.0: its calls go to / with the Version 2020-02-17");
    else if (v3_action_find(V3_CMQ, *name) != NULL)
        snprintf(behind, sizeof behind,
                 " is an Action of API 3.0: its calls go to / with the Version 2019-03-04");
    else
        snprintf(behind, sizeof behind, " is no Action of the API v2%s",
                 nearest_hint(nearest.distance > 0 ? nearest.name : NULL, hint));
    warnings_add(&x->warnings, WARNING_UNKNOWN_ACTION, "", *name, behind);
}

/* What the call does to messages is done by the request whose entry will be the next, unless it is put
 * off. */
static void begin_request(struct namespace *ns, struct life_moves *moves)
{
    lives_begin_request(&ns->lives, ns->journal.last + 1, moves);
}

/* A long poll has its number only now. */
static void sign_receipts(const struct exchange *x, const struct parked_poll *p)
{
    size_t count = p->outcome == CMQ_OK ? p->count : 0;
    for (size_t i = 0; i < count; i++)
        lives_set_receiver(&x->namespace->lives, p->messages[i]->id, p->messages[i]->handle,
                           x->number);
}

/* Every call of the API v2 comes by here, once, when its answer is written. */
static void complete_v2(struct exchange *x)
{
    x->code = x->call.code;
    exchange_note_time(x);
    if (x->call.outcome == V2_UNKNOWN_ACTION && x->call.action == NULL)
        warn_of_unknown_action(x);
    metrics_count_call(&x->service->metrics, &x->call);
    metrics_count_warnings(&x->service->metrics, &x->warnings);
    fault_end(x);
    journal_keep_v2(x);
    lives_answer_request(&x->namespace->lives, &x->moves, x->number);
}

/* An id that belongs to nobody is served by "default", with a warning when it is first seen,
 * unless that has credentials; one of a namespace that is gone is refused (decisions 14). */
static bool is_refused(struct exchange *x, const struct bytes *id)
{
    struct service *s = x->service;
    enum secret secret = x->caller.secret;
    if (secret == SECRET_RETIRED || (secret == SECRET_UNKNOWN && s->config.refuse_unknown_ids))
        return true;
    if (secret == SECRET_UNKNOWN && !namespace_has_credentials(x->namespace) &&
        once_is_new(&s->unknown_ids, *id))
        warnings_add(&x->warnings, WARNING_SECRET_ID, "the secret id ", *id,
                     " belongs to no namespace, so its calls go to default");
    return false;
}

/* call.judge */
static int judge_v2(void *owner, struct bytes *about)
{
    static const int outcomes[] = {
        [VERDICT_PASSED] = CMQ_OK,
        [VERDICT_MISSING] = CMQ_PARAM_MISSING,
        [VERDICT_MALFORMED] = V2_SIGNATURE,
        [VERDICT_NO_ID] = V2_NO_SECRET_ID,
        [VERDICT_ODD_ID] = V2_SECRET_ID_FORMAT,
        [VERDICT_NO_NUMBER] = CMQ_PARAM_TYPE,
        [VERDICT_EXPIRED] = V2_EXPIRED,
        [VERDICT_TOKEN] = V2_TOKEN,
        [VERDICT_SIGNATURE] = V2_SIGNATURE,
        [VERDICT_NO_MEMORY] = CMQ_INTERNAL,
    };
    struct exchange *x = owner;
    const char *name = NULL;
    if (is_refused(x, form_find(&x->call.form, bytes_of("SecretId"))))
        return V2_NO_SECRET_ID;
    int outcome = outcomes[authenticate_parameters(x, "v2", &name)];
    if (outcome != CMQ_OK && outcome != CMQ_INTERNAL)
        buffer_append_int(&x->namespace->refused.code, failure_of(outcome)->code);
    if (name != NULL)
        *about = bytes_of(name);
    return outcome;
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
    c->client_has_gone = x->has_gone;
    c->unknown_parameters = config->unknown_parameters;
    c->answer = &x->answer;
    c->message = &x->message;
    c->warnings = &x->warnings;
    c->msg_ids = &x->service->msg_ids;
    c->judge = judge_v2;
    c->meddle = fault_meddle_v2;
}

/* ---- API 3.0 ---- */

/* Every call of API 3.0 comes by here, once, when its answer is written. */
static void complete_v3(struct exchange *x)
{
    x->status = x->code = 200;
    x->content_type = V3_CONTENT_TYPE;
    exchange_note_time(x);
    metrics_count_v3(&x->service->metrics, &x->v3);
    metrics_count_warnings(&x->service->metrics, &x->warnings);
    fault_end(x);
    journal_keep_v3(x);
}

static void silence_v3(struct exchange *x)
{
    fault_silence(x);
    journal_keep_v3(x);
}

/* v3_call.judge */
static int judge_v3(void *owner, struct bytes *about)
{
    static const int outcomes[] = {
        [VERDICT_PASSED] = CMQ_OK,
        [VERDICT_MISSING] = V3_MISSING,
        [VERDICT_MALFORMED] = V3_INVALID_AUTHORIZATION,
        [VERDICT_NO_ID] = V3_SECRET_ID_NOT_FOUND,
        [VERDICT_ODD_ID] = V3_INVALID_SECRET_ID,
        [VERDICT_NO_NUMBER] = V3_COMMON_TYPE,
        [VERDICT_EXPIRED] = V3_SIGNATURE_EXPIRE,
        [VERDICT_TOKEN] = V3_TOKEN_FAILURE,
        [VERDICT_SIGNATURE] = V3_SIGNATURE_FAILURE,
        [VERDICT_NO_MEMORY] = CMQ_INTERNAL,
    };
    struct exchange *x = owner;
    const char *api = v3_call_product(&x->v3);
    const char *name = NULL;
    if (is_refused(x, &x->v3_request.secret_id))
        return V3_SECRET_ID_NOT_FOUND;
    int outcome = outcomes[x->v3_request.by_fields ? authenticate_head(x, api, &name)
                                                   : authenticate_parameters(x, api, &name)];
    if (outcome != CMQ_OK && outcome != CMQ_INTERNAL)
        buffer_append(&x->namespace->refused.code,
                      bytes_of(v3_failure_code(outcome, x->v3.product)));
    if (name != NULL)
        *about = bytes_of(name);
    return outcome;
}

/* The text that API v2 has for an error, in the messages of API 3.0 as well (api3 7.18). */
static void describe(struct buffer *out, enum cmq_err err, struct bytes name)
{
    failure_append_message(out, (int)err, name);
}

static void begin_v3(struct exchange *x, struct query query)
{
    struct v3_call *c = &x->v3;
    c->request = &x->v3_request;
    c->method = x->method;
    c->query = (struct bytes){query.text, query.len};
    c->body = buffer_bytes(&x->body);
    c->own_body = x->body.data;
    c->scan = x->intake.scanned ? &x->intake.scan : NULL;
    c->too_large = x->too_large;
    c->form_too_large = x->call.outcome == V2_REQUEST_PARSE;
    c->judge = judge_v3;
    c->meddle = fault_meddle_v3;
    c->owner = x;
    c->describe = describe;
    c->answer = &x->answer;
    c->message = &x->message;
    c->warnings = &x->warnings;
    c->msg_ids = &x->service->msg_ids;
}

static void go_on_v3(struct exchange *x, cmq_ms real_now_ms)
{
    x->caller = registry_find_caller(&x->service->registry, &x->v3_request.secret_id);
    struct namespace *ns = x->caller.namespace;
    exchange_open_in(x, ns);
    if (!line_admits(x, ns, ENTER_TO_ACT, real_now_ms))
        return;
    x->service->msg_ids.count = 0;
    begin_request(ns, NULL);
    v3_call_run(&x->v3, ns->engine);
    if (x->v3.outcome == V3_SILENCED)
        silence_v3(x);
    else
        complete_v3(x);
    namespace_leave(ns);
}

static void handle_v3(struct exchange *x, cmq_ms real_now_ms, struct query query)
{
    x->kind = EXCHANGE_V3;
    x->go_on = go_on_v3;
    warnings_clear(&x->warnings); /* they are about the API v2 */
    begin_v3(x, query);
    v3_call_read(&x->v3);
    go_on_v3(x, real_now_ms);
}

/* ---- the API v2 ---- */

/* A call that is run again says the same as before. */
static int run_v2(struct exchange *x)
{
    struct warnings before = x->warnings;
    x->service->msg_ids.count = 0;
    int outcome = call_run(&x->call, x->namespace->engine, x);
    if (x->again) {
        struct buffer texts = x->warnings.texts;
        texts.len = before.texts.len;
        x->warnings = before;
        x->warnings.texts = texts;
    }
    return outcome;
}

static void go_on_v2(struct exchange *x, cmq_ms real_now_ms)
{
    struct call *c = &x->call;
    const struct bytes *secret_id = form_find(&c->form, bytes_of("SecretId"));
    x->caller = registry_find_caller(&x->service->registry, secret_id);
    struct namespace *ns = x->caller.namespace;
    exchange_open_in(x, ns);
    if (!line_admits(x, ns, ENTER_TO_ACT, real_now_ms))
        return;
    begin_request(ns, &x->moves);
    int outcome = run_v2(x);
    x->status = 200;
    if (outcome == CALL_SILENCED) {
        fault_silence(x);
        journal_keep_v2(x);
    } else if (outcome == CMQ_WAITING && c->poll == NULL) {
        c->outcome = CMQ_OK;
        x->again = true;
        lives_put_off_request(&ns->lives);
        line_put_off(x, ns, real_now_ms);
    } else if (outcome == CMQ_WAITING) {
        lives_put_off_request(&ns->lives);
        x->poll = c->poll;
        buffer_free(&x->raw); /* it has been judged, and may wait for long */
        exchange_park(x, FOR_MESSAGE, real_now_ms,
                      c->poll->timeout.node.due_ms - engine_now_ms(ns->engine));
    } else {
        complete_v2(x);
    }
    namespace_leave(ns);
}

static void handle_v2(struct exchange *x, cmq_ms real_now_ms)
{
    x->kind = EXCHANGE_CMQ;
    x->go_on = go_on_v2;
    go_on_v2(x, real_now_ms);
}

/* Whether it is a call of API 3.0: by its head, or by its parameters, once these are read. */
static bool is_of_v3(struct exchange *x, const struct form *form)
{
    x->v3_request = (struct v3_request){
        .path = {x->target.data, x->path_len},
        .action_field = x->head.tc_action,
        .version_field = x->head.tc_version,
        .timestamp_field = x->head.tc_timestamp,
        .region_field = x->head.tc_region,
        .authorization = x->head.authorization,
        .form = form,
    };
    return v3_request_read(&x->v3_request);
}

/* What the last reset or drop has left behind must not be the reason why a message is refused. */
static void make_room(struct exchange *x)
{
    enum { BESIDE_BODIES = 64 * 1024 };
    struct namespace_host *host = &x->service->registry.host;
    if (!graveyard_is_empty(&host->graveyard))
        graveyard_make_room(&host->graveyard, &host->budgets.messages,
                            x->target.len + x->body.len + BESIDE_BODIES);
}

void cmq_follow_body(struct exchange *x)
{
    struct intake *in = &x->intake;
    if (!in->begun && is_of_v3(x, NULL))
        intake_begin(in, bytes_equal(x->method, bytes_of("POST")),
                     authentication_wants_hash(x));
    in->begun = true;
    intake_follow(in, buffer_bytes(&x->body));
}

void cmq_handle(struct exchange *x, cmq_ms real_now_ms, struct query query)
{
    make_room(x);
    cmq_follow_body(x);
    intake_end(&x->intake);
    if (is_of_v3(x, NULL)) {
        handle_v3(x, real_now_ms, query);
        return;
    }
    authentication_keep(x, query);
    begin_call(x, query);
    call_read(&x->call);
    if (is_of_v3(x, &x->call.form))
        handle_v3(x, real_now_ms, query);
    else
        handle_v2(x, real_now_ms);
}

void cmq_answer_poll(struct exchange *x, struct parked_poll *p)
{
    bool is_written = x->waits_for == FOR_ANSWER;
    assert(x->poll == p && (is_written || x->waits_for == FOR_MESSAGE));
    if (!is_written) {
        x->service->msg_ids.count = 0;
        call_answer_poll(&x->call, p);
    }
    x->poll = NULL;
    x->waits_for = FOR_NOTHING;
    if (is_written) {
        exchange_note_time(x);
    } else {
        complete_v2(x);
        sign_receipts(x, p);
    }
    engine_free_poll(x->namespace->engine, p);
    if (x->waits_for == FOR_NOTHING)
        exchange_finish(x);
    else if (!list_linked(&x->anew))
        list_append(&x->service->parked_anew, &x->anew);
}
