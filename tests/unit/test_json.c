#include "base/json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }
#define REPLACED "\xef\xbf\xbd"

static void escapes_any_bytes(void **state)
{
    static const struct {
        const char *what;
        struct bytes bytes;
        const char *json;
    } cases[] = {
        {"nothing", TEXT(""), "\"\""},
        {"plain", TEXT("hello"), "\"hello\""},
        {"quotes and backslash", TEXT("a\"b\\c/"), "\"a\\\"b\\\\c/\""},
        {"short escapes", TEXT("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
        {"other control characters", TEXT("\x01\x1f\x7f"), "\"\\u0001\\u001f\x7f\""},
        {"NUL", TEXT("a\0b"), "\"a\\u0000b\""},
        {"two bytes", TEXT("\xc3\xa4"), "\"\xc3\xa4\""},
        {"three bytes", TEXT("\xe4\xbd\xa0"), "\"\xe4\xbd\xa0\""},
        {"four bytes", TEXT("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\""},
        {"last code point", TEXT("\xf4\x8f\xbf\xbf"), "\"\xf4\x8f\xbf\xbf\""},
        {"lone continuation", TEXT("a\x80z"), "\"a" REPLACED "z\""},
        {"cut short", TEXT("\xe4\xbd"), "\"" REPLACED REPLACED "\""},
        {"cut by a letter", TEXT("\xe4z"), "\"" REPLACED "z\""},
        {"overlong of two", TEXT("\xc0\xaf"), "\"" REPLACED REPLACED "\""},
        {"overlong of three", TEXT("\xe0\x80\xaf"), "\"" REPLACED REPLACED REPLACED "\""},
        {"overlong of four", TEXT("\xf0\x80\x80\xaf"),
         "\"" REPLACED REPLACED REPLACED REPLACED "\""},
        {"surrogate", TEXT("\xed\xa0\x80"), "\"" REPLACED REPLACED REPLACED "\""},
        {"behind the last", TEXT("\xf4\x90\x80\x80"),
         "\"" REPLACED REPLACED REPLACED REPLACED "\""},
        {"never a first byte", TEXT("\xff\xfe"), "\"" REPLACED REPLACED "\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer b = {0};
        json_string(&b, cases[i].bytes);
        if (!bytes_equal(buffer_bytes(&b), bytes_of(cases[i].json)))
            fail_msg("%s: %.*s", cases[i].what, (int)b.len, b.data);
        buffer_free(&b);
    }
}

static void writes_nested_values(void **state)
{
    struct buffer b = {0};
    (void)state;
    json_open(&b, '{');
    json_key_int(&b, "min", INT64_MIN);
    json_key(&b, "list");
    json_open(&b, '[');
    json_uint(&b, UINT64_MAX);
    json_literal(&b, "null");
    json_open(&b, '{');
    json_close(&b, '}');
    json_close(&b, ']');
    json_key_id(&b, "id", 7);
    json_key_text(&b, "text", "{"); /* the comma behind it must not be lost */
    json_key_int(&b, "last", 0);
    json_close(&b, '}');
    buffer_append_char(&b, '\0');
    assert_string_equal(b.data, "{\"min\":-9223372036854775808,\"list\":[18446744073709551615,"
                                "null,{}],\"id\":\"7\",\"text\":\"{\",\"last\":0}");
    buffer_free(&b);
}

static void expect_number(uint64_t n)
{
    struct buffer b = {0};
    char expected[32];
    buffer_append_uint(&b, n);
    snprintf(expected, sizeof expected, "%" PRIu64, n);
    if (!bytes_equal(buffer_bytes(&b), bytes_of(expected)))
        fail_msg("%s: %.*s", expected, (int)b.len, b.data);
    buffer_free(&b);
}

/* Around each number of digits. */
static void writes_numbers_of_any_length(void **state)
{
    (void)state;
    expect_number(0);
    for (uint64_t power = 1;; power *= 10) {
        expect_number(power - 1);
        expect_number(power);
        expect_number(power + 1);
        expect_number(power / 9 * 7);
        if (power > UINT64_MAX / 10)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_any_bytes),
        cmocka_unit_test(writes_nested_values),
        cmocka_unit_test(writes_numbers_of_any_length),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
