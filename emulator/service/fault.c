#include "service/fault.h"

#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "api/v3/actions.h"
#include "base/nearest.h"
#include "base/number.h"
#include "service/inside.h"
#include "service/record.h"

#include <assert.h>
#include <stdio.h>

/* ---- errors ---- */

/* What is the same in both APIs beside the engine's errors; the first row of an outcome counts. */
static const struct {
    int v2, v3;
} pairs[] = {
    {V2_METHOD, V3_METHOD},
    {V2_REQUEST_PARSE, V3_TOO_LARGE},
    {V2_REQUEST_PARSE, V3_NOT_JSON},
    {V2_REQUEST_PARSE, V3_TOO_DEEP},
    {V2_REQUEST_PARSE, V3_NUL},
    {V2_REQUEST_PARSE, V3_LARGE_NUMBER},
    {V2_REQUEST_PARSE, V3_URL_PAIR},
    {V2_REQUEST_PARSE, V3_FORM},
    {CMQ_PARAM_TYPE, V3_COMMON_TYPE},
    {V2_SIGNATURE, V3_SIGNATURE_FAILURE},
    {V2_SIGNATURE, V3_INVALID_AUTHORIZATION},
    {V2_SIGNATURE, V3_SIGNATURE_SIZE},
    {V2_SECRET_ID_FORMAT, V3_INVALID_SECRET_ID},
    {V2_NO_SECRET_ID, V3_SECRET_ID_NOT_FOUND},
    {V2_EXPIRED, V3_SIGNATURE_EXPIRE},
    {V2_TOKEN, V3_TOKEN_FAILURE},
    {V2_UNKNOWN_ACTION, V3_INVALID_ACTION},
    {V2_NO_ACTION, V3_INVALID_ACTION},
    {V2_UNKNOWN_ACTION, V3_NO_SUCH_VERSION},
    {V2_PARAM_KEY_FORMAT, V3_UNKNOWN_PARAMETER},
    {V2_PARAM_NOT_REPEATABLE, V3_TWICE},
    {V2_PARAM_GAP, V3_GAP},
    {CMQ_PARAM_MISSING, V3_MISSING},
    {CMQ_PARAM_TYPE, V3_TYPE},
    {CMQ_PARAM_RANGE, V3_VALUE},
    {CMQ_PARAM_RANGE, V3_TRANSACTION},
    {V2_DELETE_PARTIAL, CMQ_INTERNAL},
    {V2_DELETE_FAILED, CMQ_INTERNAL},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void use_v2(int outcome, struct fault *f)
{
    int v3 = outcome < CMQ_WAITING ? outcome : CMQ_INTERNAL;
    for (size_t i = PAIRS; i-- > 0;)
        if (outcome > CMQ_WAITING && pairs[i].v2 == outcome)
            v3 = pairs[i].v3;
    f->outcomes[FAULT_V2] = outcome;
    f->outcomes[FAULT_CMQ] = f->outcomes[FAULT_TDMQ] = v3;
}

static void use_v3(int outcome, struct fault *f)
{
    int v2 = outcome < CMQ_WAITING ? outcome : CMQ_INTERNAL;
    for (size_t i = PAIRS; i-- > 0;)
        if (outcome > CMQ_WAITING && pairs[i].v3 == outcome)
            v2 = pairs[i].v2;
    f->outcomes[FAULT_V2] = v2;
    f->outcomes[FAULT_CMQ] = f->outcomes[FAULT_TDMQ] = outcome;
}

/* By module, or by code; 0 fits any. */
static bool find_v2(int64_t code, int64_t module, struct fault *f)
{
    for (int outcome = CMQ_OK + 1; outcome < OUTCOMES; outcome++) {
        if (outcome == CMQ_WAITING)
            continue;
        const struct failure *row = failure_of(outcome);
        if ((code == 0 || row->code == code) && (module == 0 || row->module == module)) {
            use_v2(outcome, f);
            return true;
        }
    }
    return false;
}

/* The first outcome that a product answers with this code; 0 if there is none. */
static int outcome_by_v3(struct bytes text, enum v3_product product)
{
    for (int outcome = CMQ_OK + 1; outcome < V3_OUTCOMES; outcome++)
        if (outcome != CMQ_WAITING &&
            bytes_equal(text, bytes_of(v3_failure_code(outcome, product))))
            return outcome;
    return CMQ_OK;
}

/* The products have some codes for different errors. One that a product does not have is what it makes of the
 * other's error. */
static bool find_v3(struct bytes text, struct fault *f)
{
    int cmq = outcome_by_v3(text, V3_CMQ);
    int tdmq = outcome_by_v3(text, V3_TDMQ);
    if (cmq == CMQ_OK && tdmq == CMQ_OK)
        return false;
    use_v3(cmq != CMQ_OK ? cmq : tdmq, f);
    if (tdmq != CMQ_OK)
        f->outcomes[FAULT_TDMQ] = tdmq;
    return true;
}

/* "10050", "6000", "6000/10050", "InternalError" */
static bool find_error(struct bytes text, struct fault *f)
{
    int64_t code = 0, module = 0;
    const char *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
    if (slash != NULL) {
        struct bytes before = {text.data, (size_t)(slash - text.data)};
        return parse_int(before, &code) && code > 0 &&
               parse_int(bytes_behind(text, before.len + 1), &module) && module > 0 &&
               find_v2(code, module, f);
    }
    if (parse_int(text, &code))
        return code > 0 && (find_v2(0, code, f) || find_v2(code, 0, f));
    return find_v3(text, f);
}

/* ---- Actions ---- */

static unsigned kinds_of(enum operation o, bool tells_counts)
{
    if (o == OPERATION_RECEIVE_MESSAGES)
        return FAULTS_OF_RECEIVES;
    return tells_counts ? FAULTS_OF_COUNTS : FAULTS_OF_CALLS;
}

static unsigned kinds_in_v2(const struct action *a)
{
    return kinds_of(a->operation, a->operation == OPERATION_GET_QUEUE_ATTRIBUTES);
}

static unsigned kinds_in_v3(const struct v3_action *a)
{
    return kinds_of(a->operation, a->operation == OPERATION_GET_QUEUE_ATTRIBUTES ||
                                      a->operation == OPERATION_LIST_QUEUE);
}

static bool is_meant(struct bytes name, const char *candidate, struct nearest *nearest)
{
    nearest_try(nearest, candidate);
    return name.len == 0 || bytes_equal_nocase(bytes_of(candidate), name);
}

static unsigned kinds_by_v3(enum v3_product product, struct bytes name, struct nearest *nearest)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < v3_action_count(product); i++) {
        const struct v3_action *a = v3_action_at(product, i);
        if (is_meant(name, a->name, nearest))
            kinds |= kinds_in_v3(a);
    }
    return kinds;
}

static unsigned kinds_by_v2(struct bytes name, struct nearest *nearest)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < action_count(); i++) {
        const struct action *a = action_at(i);
        if (is_meant(name, a->name, nearest))
            kinds |= kinds_in_v2(a);
    }
    return kinds;
}

static unsigned kinds_by_name(struct bytes name, unsigned apis, const char **near_name)
{
    struct nearest nearest = nearest_to(name);
    unsigned kinds = 0;
    if (apis == 0)
        apis = 1U << FAULT_V2 | 1U << FAULT_CMQ | 1U << FAULT_TDMQ;
    if ((apis >> FAULT_CMQ & 1) != 0)
        kinds |= kinds_by_v3(V3_CMQ, name, &nearest);
    if ((apis >> FAULT_TDMQ & 1) != 0)
        kinds |= kinds_by_v3(V3_TDMQ, name, &nearest);
    if ((apis >> FAULT_V2 & 1) != 0)
        kinds |= kinds_by_v2(name, &nearest);
    *near_name = nearest.name;
    return kinds;
}

const struct fault_words fault_words = {find_error, kinds_by_name};

/* ---- judging a call ---- */

/* The rule that acts on the call, which is judged now, or NULL. */
static const struct fault_rule *try_rules(struct exchange *x, const struct fault_call *call)
{
    struct faults *all = &x->namespace->faults;
    const struct fault_rule *r = faults_try(all, call, engine_now_ms(x->namespace->engine));
    if (r == NULL)
        return NULL;
    x->fault = (struct exchange_fault){
        .id = r->id,
        .kind = r->spec.fault.kind,
        .status = r->spec.fault.status,
        .ms = r->spec.fault.ms,
    };
    return r;
}

static bool is_silent(const struct exchange *x)
{
    return x->fault.kind == FAULT_DROP_REQUEST || x->fault.kind == FAULT_STATUS;
}

/* One that is run again has been judged. */
static bool is_to_be_judged(const struct exchange *x)
{
    return !x->again && faults_exist(&x->namespace->faults);
}

/* From 1 to n. */
static uint32_t lag_of(const struct exchange *x, const struct fault_rule *r)
{
    return 1 + (uint32_t)(fault_draw(&x->namespace->faults, r) % r->spec.fault.n);
}

static struct oddity oddity_of(const struct exchange *x, const struct fault_rule *r)
{
    const struct fault *f = &r->spec.fault;
    struct oddity odd = {.lag = 0};
    if (f->kind == FAULT_EMPTY)
        odd = (struct oddity){.receipt.empty = true, .without_wait = f->without_wait};
    else if (f->kind == FAULT_DUPLICATE)
        odd.receipt.copies = f->n;
    else if (f->kind == FAULT_SHUFFLE)
        odd.receipt =
            (struct odd_receipt){.among = f->n, .draw = fault_draw(&x->namespace->faults, r)};
    else if (f->kind == FAULT_LAG)
        odd.lag = lag_of(x, r);
    return odd;
}

int fault_meddle_v2(void *owner)
{
    struct exchange *x = owner;
    struct call *c = &x->call;
    if (!is_to_be_judged(x))
        return CMQ_OK;
    struct fault_call call = {
        .kinds = kinds_in_v2(c->action),
        .scope = {.apis = 1U << FAULT_V2,
                  .keys = {[FAULT_ACTION] = bytes_of(c->action->name),
                           [FAULT_QUEUE] = call_subject(c, FIELD_QUEUE_NAME),
                           [FAULT_TOPIC] = call_subject(c, FIELD_TOPIC_NAME),
                           [FAULT_SUBSCRIPTION] = call_subject(c, FIELD_SUBSCRIPTION_NAME),
                           [FAULT_SECRET_ID] = form_value(&c->form, "SecretId")}}};
    const struct fault_rule *r = try_rules(x, &call);
    if (r == NULL)
        return CMQ_OK;
    c->odd = oddity_of(x, r);
    if (r->spec.fault.kind != FAULT_ERROR)
        return is_silent(x) ? CALL_SILENCED : CMQ_OK;
    c->forced_code = r->spec.fault.v2_code;
    c->forced_message = r->spec.fault.message;
    return r->spec.fault.outcomes[FAULT_V2];
}

int fault_meddle_v3(void *owner)
{
    struct exchange *x = owner;
    struct v3_call *c = &x->v3;
    if (!is_to_be_judged(x))
        return CMQ_OK;
    enum fault_api api = c->product == V3_TDMQ ? FAULT_TDMQ : FAULT_CMQ;
    struct fault_call call = {.kinds = kinds_in_v3(c->action),
                              .scope = {.apis = 1U << api,
                                        .keys = {[FAULT_ACTION] = bytes_of(c->action->name),
                                                 [FAULT_QUEUE] = c->queue,
                                                 [FAULT_TOPIC] = c->topic,
                                                 [FAULT_SUBSCRIPTION] = c->subscription,
                                                 [FAULT_SECRET_ID] = x->v3_request.secret_id}}};
    const struct fault_rule *r = try_rules(x, &call);
    if (r == NULL)
        return CMQ_OK;
    if (r->spec.fault.kind == FAULT_LAG)
        c->lag = lag_of(x, r);
    if (r->spec.fault.kind != FAULT_ERROR)
        return is_silent(x) ? V3_SILENCED : CMQ_OK;
    if (r->spec.fault.v3_code != NULL)
        snprintf(c->forced_code, sizeof c->forced_code, "%s", r->spec.fault.v3_code);
    c->forced_message = r->spec.fault.message;
    return r->spec.fault.outcomes[api];
}

/* ---- pushes ---- */

/* Whether the attempt ends as the rule says, rather than as a request does. */
static bool has_outcome(const struct fault *f)
{
    return f->status != 0 || f->push_error != NULL;
}

/* The rule that acts on an attempt now. One that was put off has been judged; a rule that is forgotten
 * does no more than that. */
static const struct fault_rule *rule_of_push(struct namespace *ns, const struct delivery *d)
{
    const struct fault_call call = {
        .kinds = FAULTS_OF_PUSHES,
        .scope = {.keys = {[FAULT_TOPIC] = bytes_of(d->publication->topic->name),
                           [FAULT_SUBSCRIPTION] = bytes_of(d->subscription->name)}}};
    if (!faults_exist(&ns->faults))
        return NULL;
    if (d->put_off_by == 0)
        return faults_try(&ns->faults, &call, engine_now_ms(ns->engine));
    const struct fault_rule *r = faults_find(&ns->faults, d->put_off_by);
    return r != NULL && r->spec.fault.kind == FAULT_PUSH && has_outcome(&r->spec.fault) ? r
                                                                                        : NULL;
}

bool fault_meets_push(struct namespace *ns, struct push_ticket *ticket)
{
    const struct delivery *d = delivery_of_ticket(ticket);
    const struct fault_rule *r = rule_of_push(ns, d);
    if (r == NULL)
        return false;
    const struct fault *f = &r->spec.fault;
    if (f->ms > 0 && d->put_off_by == 0)
        engine_put_off_push(ns->engine, ticket, f->ms, (uint32_t)r->id);
    else
        engine_land_push(
            ticket, &(struct push_outcome){.delivered = f->status >= 200 && f->status <= 299,
                                           .status = f->status,
                                           .cause = (uint32_t)r->id,
                                           .error = f->push_error});
    return true;
}

/* ---- what the client gets ---- */

void fault_silence(struct exchange *x)
{
    assert(is_silent(x));
    x->dropped = x->fault.kind == FAULT_DROP_REQUEST;
    x->status = x->dropped ? 200 : x->fault.status;
    x->code = x->dropped ? 0 : x->fault.status;
    x->content_type = "text/plain";
    exchange_note_time(x);
}

/* It stays in memory until then. Where no more may wait, it is not put off. */
static void put_off(struct exchange *x)
{
    struct namespace *ns = x->namespace;
    struct record record;
    record_of(x, &record);
    struct late_answer late = {
        .delay_ms = x->fault.ms,
        .of_topic = record.topic.len > 0,
        .about = record.topic.len > 0 ? record.topic : record.queue,
        .outcome = CMQ_OK,
    };
    exchange_complete(x);
    if (x->fault.kind == FAULT_REAL_DELAY) {
        exchange_park(x, FOR_MOMENT, ns->real_now_ms, x->fault.ms);
        list_append(&x->service->delayed, &x->link);
    } else if (engine_put_off_answer(ns->engine, &late, x, &x->poll) == CMQ_WAITING) {
        exchange_park(x, FOR_ANSWER, ns->real_now_ms, x->fault.ms);
    }
}

void fault_end(struct exchange *x)
{
    bool puts_off = x->fault.kind == FAULT_DELAY || x->fault.kind == FAULT_REAL_DELAY;
    if (x->fault.id == 0)
        return;
    x->dropped = x->fault.kind == FAULT_DROP_ANSWER;
    if (puts_off && !x->has_gone && namespace_lets_wait(x->namespace))
        put_off(x);
}
