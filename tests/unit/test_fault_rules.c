/* Rules of faults as JSON: what is read, and written. */
#include "admin/fault_rules.h"

#include "base/json_read.h"
#include "service/fault.h"
#include "tests/support/engine_expect.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static struct faults faults;
static struct budget budget;
static struct mistake mistake;

static int start(void **state)
{
    (void)state;
    const struct allocator heap = allocator_heap();
    budget = (struct budget){.most = SIZE_MAX};
    mistake = (struct mistake){.status = 0};
    faults_init(&faults, &heap, &budget, 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    faults_clear(&faults);
    return budget.used == 0 ? 0 : -1;
}

static struct fault_rule *read_one(const char *text)
{
    static const struct json_bounds bounds = {.values = 100, .levels = 10};
    struct json json;
    assert_int_equal(json_read(&json, bytes_of(text), &bounds), JSON_GOOD);
    struct fault_rule *r =
        fault_rule_add(json.root, "faults[0]", &faults, &fault_words, &mistake);
    json_free(&json);
    return r;
}

static void expect_written(const char *what, const struct fault_rule *r, const char *text)
{
    struct buffer b = {0};
    assert_non_null(r);
    fault_rule_write(&b, r);
    if (!bytes_equal(buffer_bytes(&b), bytes_of(text)))
        fail_msg("%s: %.*s", what, (int)b.len, b.data);
    buffer_free(&b);
}

static void it_is_written_as_it_was_given(void **state)
{
    static const struct {
        const char *given, *written;
    } cases[] = {
        {"{\"fault\":{\"error\":\"10050\"}}",
         "{\"id\":1,\"fault\":{\"error\":\"10050\"},\"matched\":0,\"applied\":0}"},
        {"{ \"probability\": 0.05, \"fault\":{\"code\":6000,\"message\":\"\\\"\"}}",
         "{\"id\":2,\"probability\":0.05,\"fault\":{\"code\":6000,\"message\":\"\\\"\"},"
         "\"matched\":0,\"applied\":0}"},
        {"{\"topic\":\"t\",\"times\":\"3\",\"fault\":{\"push\":{\"delay\":\"1m\"}}}",
         "{\"id\":3,\"topic\":\"t\",\"times\":\"3\",\"fault\":{\"push\":{\"delay\":\"1m\"}},"
         "\"matched\":0,\"applied\":0}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_written(cases[i].given, read_one(cases[i].given), cases[i].written);
}

static void all_of_a_rule_is_understood(void **state)
{
    (void)state;
    const struct fault_rule *r = read_one(
        "{\"api\":\"cmq\",\"action\":\"deletequeue\",\"queue\":\"q\",\"secretId\":\"AKID\","
        "\"skip\":2,\"times\":3,\"probability\":0.5,\"from\":5,\"until\":6,"
        "\"fault\":{\"code\":\"My.Code\",\"message\":\"so\"}}");
    assert_non_null(r);
    assert_int_equal(r->spec.scope.apis, 1U << FAULT_CMQ);
    assert_true(bytes_equal(r->spec.scope.keys[FAULT_SECRET_ID], bytes_of("AKID")));
    assert_int_equal(r->spec.skip, 2);
    assert_int_equal(r->spec.times, 3);
    assert_true(r->spec.probability == 0.5);
    assert_int_equal(r->spec.from_ms, 5);
    assert_int_equal(r->spec.until_ms, 6);
    assert_int_equal(r->spec.fault.kind, FAULT_ERROR);
    assert_int_equal(r->spec.fault.v2_code, 0);
    assert_string_equal(r->spec.fault.v3_code, "My.Code");
    assert_string_equal(r->spec.fault.message, "so");
    for (size_t i = 0; i < FAULT_APIS; i++)
        assert_int_equal(r->spec.fault.outcomes[i], CMQ_INTERNAL);
}

/* Escaped, each of these takes six bytes. */
static void one_whose_text_is_too_long(void **state)
{
    struct buffer text = {0};
    (void)state;
    buffer_append(&text, bytes_of("{\"fault\":{\"code\":1,\"message\":\""));
    for (int i = 0; i < 1000; i++)
        buffer_append(&text, bytes_of("\\u0001"));
    buffer_append(&text, bytes_of("\"}}"));
    buffer_append_char(&text, '\0');
    assert_null(read_one(text.data));
    assert_string_equal(mistake.argument, "faults[0]");
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_written_as_it_was_given, start, finish),
        cmocka_unit_test_setup_teardown(all_of_a_rule_is_understood, start, finish),
        cmocka_unit_test_setup_teardown(one_whose_text_is_too_long, start, finish),
    };
    return cmocka_run_group_tests_name("fault_rules", tests, NULL, NULL);
}
