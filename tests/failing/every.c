#include "tests/failing/every.h"

#include "tests/failing/scarce.h"
#include "tests/support/ask_service.h"
#include "tests/support/service_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t calls, most;

struct answered {
    enum exchange_state state;
    enum waits_for waits_for;
    int status;
    char *text; /* request ids replaced by # */
    size_t asked;
};

struct trial {
    every_prepare_fn *prepare;
    const struct sent_call *call;
    char *before, *after; /* the state, where nothing fails */
    struct answered right;
    char what[256];
};

/* ---- the state ---- */

/* Leave out what shows the explanation of a refused signature, and what it takes. */
static void hide_explanations(char *state)
{
    static const char *const lines[] = {"\n/_emulator/signatures/last", "\nmessages="};
    for (size_t i = 0; i < 2; i++)
        for (char *at = state; (at = strstr(at, lines[i])) != NULL;) {
            char *end = strchr(at + 1, '\n');
            memmove(at, end, strlen(end) + 1);
        }
}

static void expect_state(const struct trial *t, const char *expected)
{
    const char *what = t->what;
    char *state = service_state();
    if (t->call->is_explained)
        hide_explanations(state);
    size_t at = 0;
    while (state[at] != '\0' && state[at] == expected[at])
        at++;
    if (state[at] != expected[at]) {
        size_t from = at < 200 ? 0 : at - 200;
        fail_msg("%s: the state is\n%.400s\nand should be\n%.400s", what, state + from,
                 expected + from);
    }
    free(state);
}

/* ---- one call ---- */

/* Each answer has a request id of its own, and those before it have been counted. */
static void hide_counts(char *text)
{
    static const char *const keys[] = {"\"requestId\":\"", "\"RequestId\":\""};
    for (size_t i = 0; i < 2; i++) {
        char *id = strstr(text, keys[i]);
        if (id == NULL)
            continue;
        id += strlen(keys[i]);
        size_t len = strcspn(id, "\"");
        memset(id, '#', len < 8 ? len : 8);
        memmove(id + 8, id + len, strlen(id + len) + 1);
    }
    char *counts = strstr(text, "\ncmq_control_requests_total{");
    if (counts != NULL)
        *counts = '\0';
}

static void send_call(struct exchange *x, const struct sent_call *c)
{
    static const struct bytes none;
    *x = (struct exchange){.method = bytes_of(c->method)};
    x->head.host = bytes_of("cmq-queue-gz.api.qcloud.com");
    x->head.tc_action = c->action != NULL ? bytes_of(c->action) : none;
    x->head.tc_version = c->version != NULL ? bytes_of(c->version) : none;
    x->head.tc_timestamp =
        c->action != NULL ? bytes_of(c->timestamp != NULL ? c->timestamp : "1893456000") : none;
    x->head.authorization = c->authorization != NULL ? bytes_of(c->authorization) : none;
    if (c->headers != NULL)
        buffer_append(&x->headers, bytes_of(c->headers));
    buffer_append(&x->target, bytes_of(c->target));
    if (c->body != NULL)
        buffer_append(&x->body, bytes_of(c->body));
}

/* Whatever parked is ended, so that the service can go on. */
static void finish(struct exchange *x)
{
    if (x->waits_for != FOR_NOTHING) {
        service_end_wait(&service, real_ms, x);
        while (service_take_finished(&service) != NULL)
            continue;
    }
    exchange_free(x);
    service_state_settle();
}

static struct answered answer_of(struct exchange *x, enum exchange_state state)
{
    struct answered a = {.state = state, .waits_for = x->waits_for, .status = x->status};
    if (state == EXCHANGE_ANSWERED) {
        assert_true(x->answer.failed || buffer_flatten(&x->answer));
        a.text = strndup(x->answer.failed || x->answer.len == 0 ? "" : x->answer.data,
                         x->answer.len);
        hide_counts(a.text);
    }
    return a;
}

static struct answered try_call(struct exchange *x, const struct sent_call *c, size_t n,
                                bool all)
{
    send_call(x, c);
    scarce_begin(n, all);
    enum exchange_state state = service_handle(&service, real_ms, x);
    size_t asked = scarce_end();
    struct answered a = answer_of(x, state);
    a.asked = asked;
    return a;
}

static bool has_failed(const struct sent_call *c, const struct answered *a)
{
    if (a->state != EXCHANGE_ANSWERED)
        return false;
    if (a->status == 500)
        return a->text[0] == '\0' || strstr(a->text, "\"no-memory\"") != NULL;
    if (strncmp(c->target, "/_emulator", 10) == 0)
        return false;
    if (strstr(a->text, "\"code\":6000,\"message\":\"(10050)") != NULL ||
        strstr(a->text, "(6000) (10050)") != NULL)
        return c->action == NULL; /* without its parameters nothing tells it from API v2 */
    return strstr(a->text, "\"Code\":\"InternalError\"") != NULL;
}

/* ---- all of it ---- */

static void restart(const struct trial *t)
{
    start_service(8);
    service.config.auth = AUTH_LENIENT;
    t->prepare();
}

static void expect_right(const struct trial *t, const struct answered *a)
{
    const struct answered *r = &t->right;
    if (a->state != r->state || a->waits_for != r->waits_for)
        fail_msg("%s: waits for %d, not %d", t->what, (int)a->waits_for, (int)r->waits_for);
    if (r->text == NULL)
        return;
    const char *text = a->text != NULL ? a->text : "";
    if (a->status != r->status || strcmp(text, r->text) != 0)
        fail_msg("%s: answered by %d %s\nand should be by %d %s", t->what, a->status, text,
                 r->status, r->text);
}

/* Whether it has failed; otherwise the service is another one. */
static bool fail_once(struct trial *t, size_t n, bool all)
{
    struct exchange x;
    size_t held = scarce_held();
    snprintf(t->what, sizeof t->what, "%s %s %.80s %s with %zu%s", t->call->method,
             t->call->target, t->call->body != NULL ? t->call->body : "",
             t->call->action != NULL ? t->call->action : "", n, all ? "+" : "");
    struct answered a = try_call(&x, t->call, n, all);
    bool failed = has_failed(t->call, &a);
    if (t->call->check != NULL)
        t->call->check(failed);
    if (failed) {
        finish(&x);
        expect_state(t, t->before);
        free(a.text);
        if (!t->call->is_explained && scarce_held() != held)
            fail_msg("%s: %zu pieces of memory are left", t->what, scarce_held() - held);
        return true;
    }
    expect_right(t, &a);
    if (!t->call->is_tried_again)
        expect_state(t, t->after);
    finish(&x);
    free(a.text);
    stop_service();
    restart(t);
    return false;
}

static void make_right(struct trial *t)
{
    struct exchange x;
    restart(t);
    t->before = service_state();
    t->right = try_call(&x, t->call, 0, false);
    const char *part = t->right.text != NULL ? t->call->part : NULL;
    if (has_failed(t->call, &t->right) || (part != NULL && strstr(t->right.text, part) == NULL))
        fail_msg("%s: %s", t->call->target, t->right.text);
    t->after = service_state();
    if (t->call->is_explained) {
        hide_explanations(t->before);
        hide_explanations(t->after);
    }
    finish(&x);
    stop_service();
}

void every_failure(every_prepare_fn *prepare, const struct sent_call *c)
{
    struct trial t = {.prepare = prepare, .call = c};
    struct exchange x;
    size_t held = scarce_held();
    make_right(&t);
    restart(&t);
    for (size_t n = 1; n <= t.right.asked; n++)
        fail_once(&t, n, false);
    for (size_t n = 1; n <= t.right.asked; n++)
        fail_once(&t, n, true);
    snprintf(t.what, sizeof t.what, "%s afterwards", c->target);
    struct answered a = try_call(&x, c, 0, false);
    expect_right(&t, &a);
    expect_state(&t, t.after);
    finish(&x);
    stop_service();
    free(a.text);
    free(t.right.text);
    free(t.before);
    free(t.after);
    if (scarce_held() != held)
        fail_msg("%s: %zu pieces of memory have leaked", c->target, scarce_held() - held);
    every_count(t.right.asked);
}

void every_count(size_t asked)
{
    calls++;
    most = asked > most ? asked : most;
}

int every_begin(void **state)
{
    (void)state;
    scarce_init();
    return 0;
}

void every_report(const char *what)
{
    print_message("%s: %zu calls, %zu failures, up to the %zu-th request for memory\n", what,
                  calls, scarce_failed(), most);
}
