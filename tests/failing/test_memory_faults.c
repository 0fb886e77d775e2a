/* Calls on which a rule of faults acts, and pushes, short of memory: of an answer that is dropped, comes late
 * or not at all nobody sees whether there was enough, so it is the state that must be whole. It is that
 * without the call or that with all of it, and the latter wherever the answer says so. */
#include "tests/failing/action_calls.h"
#include "tests/failing/every.h"
#include "tests/failing/prepared.h"
#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"
#include "tests/support/service_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const faults[] = {
    "{\"error\":\"10050\"}",
    "{\"code\":4999,\"message\":\"made up\"}",
    "{\"drop\":\"request\"}",
    "{\"drop\":\"answer\"}",
    "{\"status\":503}",
    "{\"delay\":\"2s\"}",
    "{\"realDelay\":\"2s\"}",
    "{\"empty\":true}",
    "{\"empty\":\"without-wait\"}",
    "{\"duplicate\":1}",
    "{\"shuffle\":4}",
    "{\"lag\":2}",
};

/* Copies for which there is no memory are left out: then the call has done what it does without them, */
static const char *without_copies(const char *fault)
{
    return strstr(fault, "duplicate") != NULL ? "{\"drop\":\"answer\"}" : fault;
}

/* or with some of them. And what is published is delivered by an attempt, which may fail and be made again. */
static bool may_be_partial(const struct action_call *c, const char *fault)
{
    return (strstr(fault, "duplicate") != NULL && strstr(c->action, "Batch") != NULL) ||
           strstr(c->action, "Publish") != NULL;
}

/* What has come of a call, and the state behind it, without its rule. */
struct outcome {
    int status;
    bool dropped;
    char *text, *behind;
    size_t asked;
};

static void forget(struct outcome *o)
{
    free(o->text);
    free(o->behind);
    *o = (struct outcome){.text = NULL};
}

/* False if no call of the Action can go wrong like that. */
static bool make_rule(const struct action_call *c, const char *fault)
{
    char rule[512];
    snprintf(rule, sizeof rule, "{\"api\":\"%s\",\"action\":\"%s\",\"fault\":%s}",
             action_call_apis[c->api], c->action, fault);
    ask_service(&exchange, "POST", "/_emulator/faults", rule);
    return exchange.status == 200;
}

/* What was put off, or waits for a message, is answered at the same instant of virtual time. */
static void end_wait(struct exchange *x)
{
    while (x->waits_for != FOR_NOTHING) /* for a message, and then until its answer may come */
        service_end_wait(&service, real_ms, x);
    while (service_take_finished(&service) != NULL)
        continue;
    service.registry.home->delivered = 0;
}

static char *text_of(const struct exchange *x)
{
    bool is_empty = x->dropped || x->answer.failed || x->answer.len == 0;
    return strndup(is_empty ? "" : x->answer.data, is_empty ? 0 : x->answer.len);
}

static char *state_without_rule(void)
{
    expect("DELETE", "/_emulator/faults", "", 200, "");
    exchange_reset(&exchange);
    return service_state();
}

static struct outcome try_once(const struct action_call *c, const char *fault, size_t n,
                               bool all)
{
    struct exchange x = {0};
    struct outcome o;
    start_service(8);
    prepare();
    assert_true(make_rule(c, fault));
    action_call_write(c, &x);
    scarce_begin(n, all);
    (void)service_handle(&service, real_ms, &x);
    size_t asked = scarce_end();
    end_wait(&x);
    (void)buffer_flatten(&x.answer);
    o = (struct outcome){
        .status = x.status, .dropped = x.dropped, .text = text_of(&x), .asked = asked};
    exchange_free(&x);
    o.behind = state_without_rule();
    stop_service();
    return o;
}

/* As if the rule and the call had never been. */
static char *untouched(const struct action_call *c, const char *fault)
{
    start_service(8);
    prepare();
    bool made = make_rule(c, fault);
    char *state = made ? state_without_rule() : NULL;
    stop_service();
    return state;
}

static bool says_no_memory(const struct outcome *o)
{
    return o->status == 500 || strstr(o->text, "(10050)") != NULL;
}

static void check_state(const char *what, const struct outcome *got,
                        const struct outcome *right, const struct outcome *less,
                        const char *before)
{
    bool is_as_before = strcmp(got->behind, before) == 0;
    bool is_right =
        strcmp(got->behind, right->behind) == 0 || strcmp(got->behind, less->behind) == 0;
    if (!is_as_before && !is_right)
        fail_msg("%s: the state is neither that before it nor that behind it:\n%s\nnor\n%s",
                 what, got->behind, right->behind);
    if (!got->dropped && !says_no_memory(got) && !is_right)
        fail_msg("%s: nothing has happened, and the answer is %d %s", what, got->status,
                 got->text);
}

static void check_answer(const char *what, const struct outcome *got,
                         const struct outcome *right)
{
    if (says_no_memory(got))
        return;
    if (got->dropped != right->dropped || got->status != right->status ||
        strcmp(got->text, right->text) != 0)
        fail_msg("%s: it is %s, with %d %s\nand should be so with %d %s", what,
                 got->dropped ? "dropped" : "answered", got->status, got->text, right->status,
                 right->text);
}

static void try_fault(const struct action_call *c, const char *fault)
{
    char what[256];
    size_t held = scarce_held();
    char *before = untouched(c, fault);
    if (before == NULL)
        return;
    struct outcome right = try_once(c, fault, 0, false);
    struct outcome less = try_once(c, without_copies(fault), 0, false);
    for (size_t n = 1; n <= 2 * right.asked; n++) {
        bool all = n > right.asked;
        size_t at = all ? n - right.asked : n;
        snprintf(what, sizeof what, "%s %.80s %s with %zu%s", action_call_apis[c->api],
                 c->api == OF_V2 ? c->target : c->action, fault, at, all ? "+" : "");
        struct outcome got = try_once(c, fault, at, all);
        check_answer(what, &got, &right);
        if (!may_be_partial(c, fault))
            check_state(what, &got, &right, &less, before);
        forget(&got);
    }
    every_count(right.asked);
    forget(&right);
    forget(&less);
    free(before);
    if (scarce_held() != held)
        fail_msg("%s: %zu pieces of memory have leaked", what, scarce_held() - held);
}

static void each_fault_of_each_action(void **state)
{
    struct action_call c;
    (void)state;
    start_service(8);
    prepare(); /* so that the handle is known */
    stop_service();
    for (int api = 0; api < ACTION_CALL_APIS; api++)
        for (size_t i = 0; action_call_make((enum action_call_api)api, i, &c); i++)
            for (size_t k = 0; c.is_known && k < COUNT(faults); k++)
                try_fault(&c, faults[k]);
}

/* ---- pushes ---- */

static const char *rule_of_pushes;

/* An endpoint, whom nothing reaches but by a rule. */
static void prepare_pushes(void)
{
    prepare();
    post("/_emulator/faults", rule_of_pushes, "\"id\":1");
    get("/?Action=Subscribe&topicName=bare&subscriptionName=h&protocol=http&endpoint=http://h/",
        "\"code\":0");
}

static void prepare_retries(void)
{
    prepare_pushes();
    get("/?Action=PublishMessage&topicName=bare&msgBody=x", "\"code\":0");
}

/* An attempt for which there is no memory fails with that, and the schedule goes on. */
static bool retry_once(size_t n, bool all)
{
    size_t before = scarce_failed();
    start_service(8);
    prepare_retries();
    scarce_begin(n, all);
    ask_service(&exchange, "POST", "/_emulator/clock/advance?by=10m", "");
    every_count(scarce_end());
    bool failed = scarce_failed() > before;
    take_answer(&exchange);
    if (exchange.status == 200)
        get("/_emulator/clock", "\"now\":\"2030-01-02T00:10:00.000Z\"");
    else
        get("/_emulator/clock", "\"now\":\"2030-01-02T00:00:00.000Z\"");
    post("/_emulator/clock/advance?by=3d", "", "");
    get("/_emulator/topics/bare", "\"pending\":0");
    stop_service();
    return failed;
}

static void retry_scarcely(bool all)
{
    size_t held = scarce_held();
    for (size_t n = 1; retry_once(n, all); n++)
        continue;
    assert_int_equal(scarce_held(), held);
}

static void each_fault_of_pushes(void **state)
{
    static const char *const rules[] = {
        "{\"topic\":\"bare\",\"fault\":{\"push\":{\"status\":503}}}",
        "{\"topic\":\"bare\",\"fault\":{\"push\":{\"status\":200}}}",
        "{\"subscription\":\"h\",\"fault\":{\"push\":{\"error\":\"timeout\"}}}",
        "{\"fault\":{\"push\":{\"delay\":\"1m\",\"status\":503}}}",
        "{\"fault\":{\"push\":{\"delay\":\"1m\",\"error\":\"reset\"}}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        rule_of_pushes = rules[i];
        every_failure(prepare_pushes,
                      &(struct sent_call){.method = "GET",
                                          .target = "/?Action=PublishMessage&topicName=bare"
                                                    "&msgBody=x",
                                          .part = "\"code\":0",
                                          .is_tried_again = true});
        retry_scarcely(false);
        retry_scarcely(true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_of_each_action),
        cmocka_unit_test(each_fault_of_pushes),
    };
    int failed = cmocka_run_group_tests_name("memory of faults", tests, every_begin, NULL);
    every_report("calls under rules of faults");
    return failed;
}
