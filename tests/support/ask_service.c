#include "tests/support/ask_service.h"

#include "base/pieces.h"
#include "server/options.h"
#include "tests/support/admin_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct service service;
struct exchange exchange;
struct exchange parked[PARKED_MAX];
cmq_ms real_ms;
const struct namespace *pushed_by;

struct service_config default_config(void)
{
    static char name[] = "cmq-emulator";
    char *argv[] = {name, NULL};
    struct options o;
    assert_int_equal(options_read(&o, 1, argv, stderr), OPTIONS_RUN);
    return options_service_config(&o, "127.0.0.1:9267");
}

void start_service(size_t max_namespaces)
{
    struct service_config config = default_config();
    config.registry.max_namespaces = max_namespaces;
    config.auth = AUTH_OFF;
    real_ms = BEGUN_MS;
    pushed_by = NULL;
    assert_true(service_init(&service, &config, real_ms));
}

static void forget(struct exchange *x)
{
    exchange_free(x);
    memset(x, 0, sizeof *x);
}

/* Whatever a test leaves behind, also one that failed. */
void stop_service(void)
{
    service_end_all_waits(&service, real_ms);
    while (service_take_finished(&service) != NULL)
        continue;
    forget(&exchange);
    for (size_t i = 0; i < PARKED_MAX; i++)
        forget(&parked[i]);
    service_fini(&service);
}

/* ---- calls ---- */

void check_engines(void)
{
    for (struct namespace *ns = NULL; (ns = registry_next(&service.registry, ns)) != NULL;)
        engine_check(ns->engine);
}

enum exchange_state ask_service(struct exchange *x, const char *method, const char *target,
                                const char *body)
{
    exchange_reset(x);
    x->method = bytes_of(method);
    x->pushed_by = pushed_by;
    buffer_append(&x->target, bytes_of(target));
    buffer_append(&x->body, bytes_of(body));
    enum exchange_state state = service_handle(&service, real_ms, x);
    check_engines();
    return state;
}

/* The answer to an admin call is as the interface's own description says. */
static void check_schema(const char *what, const struct exchange *x)
{
    struct buffer complaints = {0};
    if (x->kind == EXCHANGE_ADMIN && bytes_equal(x->method, bytes_of("HEAD")))
        return;
    admin_schema_check(x->method, (struct bytes){x->target.data, x->path_len}, x->status,
                       bytes_of(x->answer.data), &complaints);
    buffer_append_char(&complaints, '\0');
    if (complaints.len > 1)
        fail_msg("%s: %s, in %s", what, complaints.data, x->answer.data);
    buffer_free(&complaints);
}

void take_answer(struct exchange *x)
{
    assert_true(buffer_flatten(&x->answer));
    if (x->more != NULL)
        source_gather(x->more, &x->answer);
    x->more = NULL;
}

void check_exchange(const char *what, struct exchange *x, int status, const char *part)
{
    take_answer(x);
    buffer_append_char(&x->answer, '\0');
    if (x->status != status || strstr(x->answer.data, part) == NULL)
        fail_msg("%s: expected %d and %s, got %d %s", what, status, part, x->status,
                 x->answer.data);
    check_schema(what, x);
}

void expect(const char *method, const char *target, const char *body, int status,
            const char *part)
{
    char what[512];
    snprintf(what, sizeof what, "%s %s %s", method, target, body);
    if (ask_service(&exchange, method, target, body) != EXCHANGE_ANSWERED)
        fail_msg("%s is parked", what);
    check_exchange(what, &exchange, status, part);
}

void get(const char *target, const char *part)
{
    expect("GET", target, "", 200, part);
}

void post(const char *target, const char *body, const char *part)
{
    expect("POST", target, body, 200, part);
}

const char *answer_text(void)
{
    return exchange.answer.data;
}

/* ---- calls that wait ---- */

void park(size_t i, const char *method, const char *target, const char *body,
          enum waits_for what)
{
    struct exchange *x = &parked[i];
    if (ask_service(x, method, target, body) != EXCHANGE_PARKED)
        fail_msg("%s is answered: %.*s", target, (int)x->answer.len, x->answer.data);
    assert_int_equal(x->waits_for, what);
}

void expect_answered(size_t i, int status, const char *part)
{
    char what[32];
    struct exchange *x = service_take_finished(&service);
    snprintf(what, sizeof what, "parked[%zu]", i);
    if (x != &parked[i])
        fail_msg("%s is not answered, or not in turn", what);
    check_exchange(what, x, status, part);
}

void expect_none_answered(void)
{
    const struct exchange *x = service_take_finished(&service);
    if (x != NULL)
        fail_msg("%s is answered too early: %.*s", x->target.data, (int)x->answer.len,
                 x->answer.data);
}
