#include "tests/support/ask_service.h"

#include "server/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

void ask_service_open(struct service *s, size_t max_namespaces, cmq_ms real_now_ms)
{
    static char name[] = "cmq-emulator";
    static char *argv[] = {name, NULL};
    struct options o;
    assert_int_equal(options_read(&o, 1, argv, stderr), OPTIONS_RUN);
    struct registry_config config = options_registry_config(&o);
    config.max_namespaces = max_namespaces;
    assert_true(service_init(s, &config, "127.0.0.1:9267", real_now_ms));
}

enum exchange_state ask_service(struct service *s, cmq_ms real_now_ms, struct exchange *x,
                                const char *method, const char *target, const char *body)
{
    exchange_reset(x);
    x->method = bytes_of(method);
    buffer_append(&x->target, bytes_of(target));
    buffer_append(&x->body, bytes_of(body));
    return service_handle(s, real_now_ms, x);
}
