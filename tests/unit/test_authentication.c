/* What of the judgement of callers needs a real clock that can be set, or memory that is short:
 * the rest is in the conversations signatures-*.txt. The service is driven without sockets. */
#include "tests/support/ask_service.h"
#include "tests/support/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define NOW_S (BEGUN_MS / 1000)

static int start(void **state)
{
    const struct credential_texts texts = {.id = bytes_of(SIGN_ID), .key = bytes_of(SIGN_KEY)};
    (void)state;
    start_service(4);
    service.config.auth = AUTH_LENIENT;
    assert_int_equal(registry_add_credential(&service.registry, service.registry.home, &texts),
                     REGISTRY_OK);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* Ask for ListQueue by GET, signed as documented, without a Host. `more` is a further parameter,
 * as it is sent and as it is signed; its name comes behind the others. */
static void prepare(const char *timestamp, const char *more, const char *more_signed)
{
    static const char params[] = "Action=ListQueue&Nonce=1&SecretId=" SIGN_ID "&Timestamp=";
    char text[512], target[512];
    struct sent_form f;
    snprintf(text, sizeof text, "GET/?%s%s%s", params, timestamp, more_signed);
    snprintf(target, sizeof target, "%s%s%s", params, timestamp, more);
    sent_form_make(&f, bytes_of(target),
                   sign_text(DIGEST_SHA1, bytes_of(SIGN_KEY), bytes_of(text)));
    exchange_reset(&exchange);
    exchange.method = bytes_of("GET");
    buffer_append(&exchange.target, bytes_of("/?"));
    buffer_append(&exchange.target, (struct bytes){f.wire, f.len});
    sent_form_free(&f);
}

static void ask(const char *what, const char *part)
{
    assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
    check_exchange(what, &exchange, 200, part);
}

static void expect_difference(const char *part)
{
    struct refused *r = &service.registry.home->refused;
    buffer_append_char(&r->difference, '\0');
    if (strstr(r->difference.data, part) == NULL)
        fail_msg("expected %s, got %s", part, r->difference.data);
}

#define PASSED  "\"code\":0,"
#define EXPIRED "\"code\":4200,"

/* ---- the age of a call ---- */

/* The skew may be as large as --max-skew, to the millisecond, on both sides. */
static void bounds_the_skew(void **state)
{
    static const struct {
        int offset_s, part_ms; /* of Timestamp; of the real clock within its second */
        const char *part;
    } cases[] = {
        {-300, 0, PASSED},   {-300, 1, EXPIRED},  {-299, 999, PASSED},
        {-301, 0, EXPIRED},  {300, 0, PASSED},    {301, 0, EXPIRED},
        {301, 999, EXPIRED}, {301, 1000, PASSED}, {0, 500, PASSED},
    };
    (void)state;
    service.config.max_skew_ms = 300000;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char timestamp[32], what[64];
        real_ms = BEGUN_MS + cases[i].part_ms;
        snprintf(timestamp, sizeof timestamp, "%lld", (long long)(NOW_S + cases[i].offset_s));
        snprintf(what, sizeof what, "%d s and %d ms", cases[i].offset_s, cases[i].part_ms);
        prepare(timestamp, "", "");
        ask(what, cases[i].part);
    }
}

/* By the real clock: that of the namespace stands, or is elsewhere. */
static void looks_at_the_real_clock(void **state)
{
    char timestamp[32];
    (void)state;
    service.config.max_skew_ms = 300000;
    post("/_emulator/clock/freeze", "", "\"mode\":\"frozen\"");
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)NOW_S);
    real_ms += 301000;
    prepare(timestamp, "", "");
    ask("time has passed, and the clock stands", EXPIRED);
    real_ms -= 301000;
    post("/_emulator/clock/advance", "{\"by\":\"1h\"}", "\"mode\":\"frozen\"");
    prepare(timestamp, "", "");
    ask("the clock has been advanced", PASSED);
}

/* Numbers that no difference with the clock can be made of. */
static void bears_any_timestamp(void **state)
{
    static const struct {
        const char *timestamp, *difference;
    } cases[] = {
        {"9223372036854775807", " s ahead of the real clock"},
        {"-9223372036854775808", " s behind the real clock"},
        {"99999999999999999999999999", " s ahead of the real clock"},
        {"-99999999999999999999999999", " s behind the real clock"},
        {"9223372036854776", " s ahead of the real clock"},
        {"-9223372036854776", " s behind the real clock"},
        {"2305843009213693", " s ahead of the real clock"},
        {"-2305843009213693", " s behind the real clock"},
        {"0", "is 1893456000 s behind the real clock, and --max-skew allows 1000000 s"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        service.config.max_skew_ms = 1000000000;
        prepare(cases[i].timestamp, "", "");
        ask(cases[i].timestamp, EXPIRED);
        expect_difference(cases[i].difference);
        service.config.max_skew_ms = 0;
        prepare(cases[i].timestamp, "", "");
        ask(cases[i].timestamp, PASSED);
    }
}

static void wants_a_number(void **state)
{
    static const char *const cases[] = {"soon", "1e9", "+1", "1.5", "0x10", "-", "1 "};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        prepare(cases[i], "", "");
        ask(cases[i], "(10360)parameter Timestamp error type");
    }
}

/* ---- short of memory ---- */

/* The parameters as they came are kept for clients that sign them so; whoever signs as
 * documented does not depend on them. Without them the others are not told that they sign
 * wrongly. */
static void does_without_what_came(void **state)
{
    (void)state;
    prepare("1", "&search=%41", "&search=%41");
    ask("there is memory", PASSED);
    prepare("1", "&search=%41", "&search=%41");
    buffer_free(&exchange.raw);
    exchange.raw.failed = true;
    ask("signed as sent", "\"code\":6000,\"message\":\"(10050)");
    prepare("1", "&search=%41", "&search=A");
    buffer_free(&exchange.raw);
    exchange.raw.failed = true;
    ask("signed as documented", PASSED);
}

/* Nothing is kept where no signature will be verified. */
static void keeps_no_more_than_it_needs(void **state)
{
    (void)state;
    prepare("1", "", "");
    ask("credentials", PASSED);
    assert_true(exchange.raw.len > 0);
    service.config.auth = AUTH_OFF;
    prepare("1", "", "");
    ask("--auth off", PASSED);
    assert_int_equal(exchange.raw.len, 0);
    stop_service();
    start_service(4);
    service.config.auth = AUTH_LENIENT;
    prepare("1", "", "");
    ask("no credentials", PASSED);
    assert_int_equal(exchange.raw.len, 0);
}

/* What explains a refusal is as long as the client's request: without room for it, there is only
 * the sentence. */
static void what_explains_is_on_a_budget(void **state)
{
    struct budget *b = &service.registry.host.budgets.messages;
    struct refused *r = &service.registry.home->refused;
    (void)state;
    size_t before = b->used;
    prepare("1", "&x=1", "&x=2");
    ask("another value", "(10030)");
    assert_true(r->string_to_sign.len > 0);
    assert_in_range(b->used - before, r->string_to_sign.len, 4096);
    size_t needed = b->used - before;
    b->most = before + needed - 1;
    prepare("1", "&x=1", "&x=2");
    ask("no room", "(10030)");
    assert_int_equal(r->string_to_sign.room + r->likely_signed.room + r->action.room, 0);
    assert_true(r->difference.len > 0);
    assert_in_range(b->used - before, r->difference.len, needed - 1);
    refused_clear(r);
    assert_int_equal(b->used, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bounds_the_skew),
        TEST(looks_at_the_real_clock),
        TEST(bears_any_timestamp),
        TEST(wants_a_number),
        TEST(does_without_what_came),
        TEST(keeps_no_more_than_it_needs),
        TEST(what_explains_is_on_a_budget),
    };
    return cmocka_run_group_tests_name("authentication", tests, NULL, NULL);
}
