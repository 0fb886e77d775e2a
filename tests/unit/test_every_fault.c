/* Each fault of a rule, for each Action of each API (doc/faults.md): what the client sees, and what has
 * happened. The state of the service is compared as a whole with that of the same call without a rule. */
#include "api/v2/actions.h"
#include "api/v2/failure.h"
#include "api/v3/actions.h"
#include "tests/failing/action_calls.h"
#include "tests/failing/prepared.h"
#include "tests/support/ask_service.h"
#include "tests/support/service_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What a call has come to, and the state behind it. */
struct outcome {
    bool dropped;
    int status;
    char *text;
    char *behind;
};

static const struct fault_case {
    const char *fault;
    const char *parts[ACTION_CALL_APIS]; /* of the answer; NULL: that of the call */
    int status;                          /* 0: that of the call */
    enum waits_for waits_for;
    bool dropped, takes_effect;
} faults[] = {
    {.fault = "{\"error\":\"10050\"}",
     .status = 200,
     .parts = {"\"code\":6000,\"message\":\"(10050)server internal error", "\"InternalError\"",
               "\"InternalError\""}},
    {.fault = "{\"code\":4999,\"message\":\"made up\"}",
     .status = 200,
     .parts = {"\"code\":4999,\"message\":\"made up\"", "\"Message\":\"made up\"",
               "\"Message\":\"made up\""}},
    {.fault = "{\"code\":\"Made.Up\"}",
     .status = 200,
     .parts = {"\"code\":6000", "\"Code\":\"Made.Up\"", "\"Code\":\"Made.Up\""}},
    {.fault = "{\"drop\":\"request\"}", .dropped = true},
    {.fault = "{\"drop\":\"answer\"}", .dropped = true, .takes_effect = true},
    {.fault = "{\"status\":503}", .status = 503, .parts = {"", "", ""}},
    {.fault = "{\"delay\":\"2s\"}", .takes_effect = true, .waits_for = FOR_ANSWER},
    {.fault = "{\"realDelay\":\"2s\"}", .takes_effect = true, .waits_for = FOR_MOMENT},
};

/* ---- calls ---- */

static void begin(void)
{
    start_service(8);
    prepare();
}

static enum exchange_state send_it(const struct action_call *c, struct exchange *x)
{
    action_call_write(c, x);
    return service_handle(&service, real_ms, x);
}

static char *text_of(struct exchange *x)
{
    assert_true(buffer_flatten(&x->answer));
    return strndup(x->answer.len > 0 ? x->answer.data : "", x->answer.len);
}

/* No exchange is open in it. */
static char *state_of(struct exchange *x)
{
    if (x->waits_for == FOR_NOTHING)
        exchange_reset(x);
    exchange_reset(&exchange);
    return service_state();
}

static struct outcome outcome_of(struct exchange *x)
{
    struct outcome o = {.dropped = x->dropped, .status = x->status};
    o.text = text_of(x);
    o.behind = state_of(x);
    return o;
}

static void forget(struct outcome *o)
{
    free(o->text);
    free(o->behind);
}

/* ---- rules ---- */

/* Forgotten again, it leaves nothing in the state. */
static void forget_rule(void)
{
    get("/_emulator/faults", "\"matched\":1,\"applied\":1");
    expect("DELETE", "/_emulator/faults", "", 200, "");
}

static void make_rule(const struct action_call *s, const char *fault, int status)
{
    char rule[512];
    snprintf(rule, sizeof rule, "{\"api\":\"%s\",\"action\":\"%s\",\"fault\":%s}",
             action_call_apis[s->api], s->action, fault);
    expect("POST", "/_emulator/faults", rule, status, "");
}

/* Whatever was put off is answered, at the same instant of virtual time: its client has waited as long in
 * real time. */
static enum exchange_state end_wait(const char *what, struct exchange *x, enum waits_for waits)
{
    if (x->waits_for != waits)
        fail_msg("%s: it waits for %d", what, (int)x->waits_for);
    service_end_wait(&service, real_ms, x);
    assert_ptr_equal(service_take_finished(&service), x);
    service.registry.home->delivered = 0;
    return EXCHANGE_ANSWERED;
}

static void expect_same(const char *what, const char *of, const char *got, const char *wanted)
{
    size_t at = 0;
    while (got[at] != '\0' && got[at] == wanted[at])
        at++;
    size_t from = at < 100 ? 0 : at - 100;
    if (got[at] != wanted[at])
        fail_msg("%s: %s is\n%.300s\nand should be\n%.300s", what, of, got + from,
                 wanted + from);
}

static void check_answer(const char *what, const struct action_call *s,
                         const struct fault_case *f, const struct outcome *got,
                         const struct outcome *plain)
{
    const char *part = f->parts[s->api];
    if (got->dropped != f->dropped)
        fail_msg("%s: it is %s", what, got->dropped ? "dropped" : "answered");
    if (f->dropped)
        return;
    int status = f->status != 0 ? f->status : plain->status;
    if (got->status != status)
        fail_msg("%s: its status is %d", what, got->status);
    if (part == NULL)
        expect_same(what, "the answer", got->text, plain->text);
    else if (part[0] == '\0' ? got->text[0] != '\0' : strstr(got->text, part) == NULL)
        fail_msg("%s: the answer is %s", what, got->text);
}

static void try_fault(const struct action_call *s, const struct fault_case *f,
                      const char *before, const struct outcome *plain)
{
    char what[256];
    struct exchange x = {0};
    begin();
    snprintf(what, sizeof what, "%s %.80s %s", action_call_apis[s->api],
             s->api == OF_V2 ? s->target : s->action, f->fault);
    make_rule(s, f->fault, 200);
    enum exchange_state state = send_it(s, &x);
    if (f->waits_for != FOR_NOTHING)
        state = end_wait(what, &x, f->waits_for);
    if (state != EXCHANGE_ANSWERED)
        fail_msg("%s: it waits for %d", what, (int)x.waits_for);
    forget_rule();
    struct outcome got = outcome_of(&x);
    check_answer(what, s, f, &got, plain);
    expect_same(what, "the state", got.behind, f->takes_effect ? plain->behind : before);
    forget(&got);
    exchange_free(&x);
    stop_service();
}

/* One that waits is about time, which stands here: conversations have those. */
static size_t try_faults(const struct action_call *s)
{
    struct exchange x = {0};
    begin();
    char *before = state_of(&x);
    enum exchange_state state = send_it(s, &x);
    bool waits = state != EXCHANGE_ANSWERED;
    struct outcome plain = outcome_of(&x);
    if (waits)
        end_wait(s->target, &x, FOR_MESSAGE);
    exchange_free(&x);
    stop_service();
    for (size_t i = 0; i < COUNT(faults) && !waits; i++)
        try_fault(s, &faults[i], before, &plain);
    free(before);
    forget(&plain);
    return !waits;
}

static void mark(const struct action_call *s, bool *tried)
{
    struct bytes name = bytes_of(s->action);
    if (s->api == OF_V2) {
        tried[action_number(action_find(name))] = true;
        return;
    }
    enum v3_product product = s->api == OF_CMQ ? V3_CMQ : V3_TDMQ;
    const struct v3_action *a = v3_action_find(product, name);
    for (size_t i = 0; i < v3_action_count(product); i++)
        if (v3_action_at(product, i) == a)
            tried[i] = true;
}

static size_t count_of(int api)
{
    return api == OF_V2 ? action_count() : v3_action_count(api == OF_CMQ ? V3_CMQ : V3_TDMQ);
}

static const char *name_of(int api, size_t i)
{
    return api == OF_V2 ? action_at(i)->name
                        : v3_action_at(api == OF_CMQ ? V3_CMQ : V3_TDMQ, i)->name;
}

static void try_api(int api)
{
    struct action_call s;
    bool tried[100] = {false};
    assert_true(count_of(api) <= COUNT(tried));
    begin(); /* so that the handle is known */
    stop_service();
    for (size_t i = 0; action_call_make((enum action_call_api)api, i, &s); i++)
        if (s.is_known && try_faults(&s) > 0)
            mark(&s, tried);
    for (size_t i = 0; i < count_of(api); i++)
        if (!tried[i])
            fail_msg("%s %s has not been tried", action_call_apis[api], name_of(api, i));
}

static void each_action_of_v2(void **state)
{
    (void)state;
    try_api(OF_V2);
}

static void each_action_of_cmq(void **state)
{
    (void)state;
    try_api(OF_CMQ);
}

static void each_action_of_tdmq(void **state)
{
    (void)state;
    try_api(OF_TDMQ);
}

/* ---- names ---- */

static const struct subject {
    enum field field;
    const char *key, *of_v3;
} subjects[] = {
    {FIELD_QUEUE_NAME, "queue", "QueueName"},
    {FIELD_TOPIC_NAME, "topic", "TopicName"},
    {FIELD_SUBSCRIPTION_NAME, "subscription", "SubscriptionName"},
};

/* A call that gives this name alone meets the rule, and is found by it in the journal. */
static void try_name(const struct action_call *of, const struct subject *about,
                     const char *param)
{
    char rule[256], query[64], body[128];
    struct exchange x = {0};
    struct action_call s = *of;
    begin();
    snprintf(rule, sizeof rule, "{\"action\":\"%s\",\"%s\":\"it\",\"fault\":{\"status\":503}}",
             s.action, about->key);
    snprintf(s.target, sizeof s.target, "/?Action=%s&%s=it", s.action, param);
    snprintf(body, sizeof body, "{\"%s\":\"it\"}", param);
    s.body = body;
    if (s.api != OF_V2)
        snprintf(s.target, sizeof s.target, "/");
    expect("POST", "/_emulator/faults", rule, 200, "");
    send_it(&s, &x);
    if (x.status != 503)
        fail_msg("%s %s: no rule for a %s is met by %s", action_call_apis[s.api], s.action,
                 about->key, param);
    snprintf(query, sizeof query, "/_emulator/journal?%s=it", about->key);
    get(query, "\"total\":1,");
    exchange_free(&x);
    stop_service();
}

static void try_names(int api, size_t i, const struct subject *about)
{
    struct action_call s = {.api = (enum action_call_api)api};
    const struct action *a = api == OF_V2 ? action_at(i) : NULL;
    const struct v3_action *b =
        a == NULL ? v3_action_at(api == OF_CMQ ? V3_CMQ : V3_TDMQ, i) : NULL;
    snprintf(s.action, sizeof s.action, "%s", name_of(api, i));
    for (size_t k = 0; a != NULL && k < a->param_count; k++)
        if (a->params[k].field == about->field) {
            try_name(&s, about, param_key(&a->params[k]));
            if (a->params[k].other_key != NULL)
                try_name(&s, about, a->params[k].other_key);
        }
    for (size_t k = 0; b != NULL && k < b->param_count; k++)
        if (b->params[k].use == (int)about->field ||
            strcmp(b->params[k].name, about->of_v3) == 0)
            try_name(&s, about, b->params[k].name);
}

static void names_are_found_by_whichever_key(void **state)
{
    (void)state;
    for (int api = 0; api < ACTION_CALL_APIS; api++)
        for (size_t i = 0; i < count_of(api); i++)
            for (size_t k = 0; k < COUNT(subjects); k++)
                try_names(api, i, &subjects[k]);
}

/* ---- errors ---- */

/* The rule is taken, and the next call of the Action is answered so; then it is forgotten. */
static void try_error(enum action_call_api api, const char *action, const char *name,
                      const char *part)
{
    struct action_call c = {.api = api, .body = "{}"};
    char rule[256];
    struct exchange x = {0};
    snprintf(c.action, sizeof c.action, "%s", action);
    snprintf(c.target, sizeof c.target, api == OF_V2 ? "/?Action=%s" : "/", action);
    snprintf(rule, sizeof rule, "{\"error\":\"%s\"}", name);
    make_rule(&c, rule, 200);
    send_it(&c, &x);
    char *text = text_of(&x);
    if (strstr(text, part) == NULL)
        fail_msg("%s %s by %s: %s is not in %s", action_call_apis[api], action, name, part,
                 text);
    free(text);
    exchange_free(&x);
    forget_rule();
}

static void each_error_of_v2_can_be_named(void **state)
{
    char name[32], part[64];
    (void)state;
    begin();
    for (int outcome = CMQ_OK + 1; outcome < OUTCOMES; outcome++) {
        if (outcome == CMQ_WAITING)
            continue;
        const struct failure *f = failure_of(outcome);
        if (f->module == 0) { /* it has a code alone */
            snprintf(name, sizeof name, "%d", f->code);
            snprintf(part, sizeof part, "\"code\":%d,", f->code);
            try_error(OF_V2, "SendMessage", name, part);
            continue;
        }
        snprintf(name, sizeof name, "%d/%d", f->code, f->module);
        snprintf(part, sizeof part, "\"code\":%d,\"message\":\"(%d)", f->code, f->module);
        try_error(OF_V2, "SendMessage", name, part);
        snprintf(name, sizeof name, "%d", f->module);
        snprintf(part, sizeof part, "\"message\":\"(%d)", f->module);
        try_error(OF_V2, "PublishMessage", name, part);
    }
    stop_service();
}

static void each_error_of_api3_can_be_named(void **state)
{
    static const struct {
        enum action_call_api api;
        enum v3_product product;
        const char *action;
    } products[] = {{OF_CMQ, V3_CMQ, "DescribeQueueDetail"},
                    {OF_TDMQ, V3_TDMQ, "DescribeCmqQueues"}};
    char part[128];
    (void)state;
    begin();
    for (size_t i = 0; i < COUNT(products); i++)
        for (int outcome = CMQ_OK + 1; outcome < V3_OUTCOMES; outcome++) {
            if (outcome == CMQ_WAITING)
                continue;
            const char *code = v3_failure_code(outcome, products[i].product);
            snprintf(part, sizeof part, "\"Error\":{\"Code\":\"%s\",", code);
            try_error(products[i].api, products[i].action, code, part);
        }
    stop_service();
}

/* ---- what only some can have ---- */

static bool is_any_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void those_of_some_actions_alone(void **state)
{
    static const char *const receives[] = {"ReceiveMessage", "BatchReceiveMessage", NULL};
    static const char *const counting[] = {"GetQueueAttributes", "DescribeQueueDetail",
                                           "DescribeCmqQueueDetail", "DescribeCmqQueues", NULL};
    static const struct {
        const char *fault;
        const char *const *actions;
    } some[] = {
        {"{\"empty\":true}", receives},  {"{\"empty\":\"without-wait\"}", receives},
        {"{\"duplicate\":1}", receives}, {"{\"shuffle\":16}", receives},
        {"{\"lag\":3}", counting},
    };
    (void)state;
    begin();
    for (int api = 0; api < ACTION_CALL_APIS; api++)
        for (size_t i = 0; i < count_of(api); i++)
            for (size_t k = 0; k < COUNT(some); k++) {
                struct action_call s = {.api = (enum action_call_api)api};
                snprintf(s.action, sizeof s.action, "%s", name_of(api, i));
                make_rule(&s, some[k].fault, is_any_of(s.action, some[k].actions) ? 200 : 400);
            }
    stop_service();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_action_of_v2),
        cmocka_unit_test(each_action_of_cmq),
        cmocka_unit_test(each_action_of_tdmq),
        cmocka_unit_test(names_are_found_by_whichever_key),
        cmocka_unit_test(each_error_of_v2_can_be_named),
        cmocka_unit_test(each_error_of_api3_can_be_named),
        cmocka_unit_test(those_of_some_actions_alone),
    };
    return cmocka_run_group_tests_name("every fault", tests, NULL, NULL);
}
