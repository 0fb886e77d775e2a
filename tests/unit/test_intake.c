/* A body that comes in pieces, cut anywhere, is scanned and hashed as if it had come at once. */
#include "service/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void end_at(struct bytes body, size_t first, enum json_fault fault, const char *hash)
{
    struct intake in = {.begun = false};
    intake_begin(&in, true, true);
    intake_follow(&in, (struct bytes){body.data, first});
    intake_follow(&in, (struct bytes){body.data, first}); /* nothing new has come */
    intake_follow(&in, body);
    assert_int_equal(in.seen, body.len);
    intake_end(&in);
    assert_true(in.scanned && in.hashed);
    assert_int_equal(in.scan.fault, fault);
    assert_memory_equal(in.hash, hash, 64);
}

static void looks_at_each_byte_once(void **state)
{
    static const struct {
        const char *text;
        enum json_fault fault;
        const char *sha256;
    } rows[] = {
        {"{\"QueueName\":\"q\",\"list\":[1,2.5,\"\\u00e4\"]}", JSON_GOOD,
         "8cc8d938135d2850a2fb0ee37a3cd70f6cb15d28422db7dd5e4aca355fa857c1"},
        {"{\"QueueName\":\"q\"", JSON_BAD,
         "94968ef1959c055314f1b86d0e7473e861faebe63e0f371891192351d8a15dd3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes body = bytes_of(rows[i].text);
        for (size_t first = 0; first <= body.len; first++)
            end_at(body, first, rows[i].fault, rows[i].sha256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_at_each_byte_once),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
