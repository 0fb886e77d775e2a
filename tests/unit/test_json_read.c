#include "base/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

static const struct json_bounds bounds = {.values = 20, .levels = 4};

static const struct {
    enum json_fault fault;
    struct bytes text;
} texts[] = {
    /* What is JSON. */
    {JSON_GOOD, TEXT("0")},
    {JSON_GOOD, TEXT(" \t\r\n-0 \t\r\n")},
    {JSON_GOOD, TEXT("10.50")},
    {JSON_GOOD, TEXT("-0.5e+10")},
    {JSON_GOOD, TEXT("1E-3")},
    {JSON_GOOD, TEXT("0e0")},
    {JSON_GOOD, TEXT("true")},
    {JSON_GOOD, TEXT("[true,false,null]")},
    {JSON_GOOD, TEXT("[]")},
    {JSON_GOOD, TEXT("{}")},
    {JSON_GOOD, TEXT("[ { } , [ ] ]")},
    {JSON_GOOD, TEXT("{\"a\":1,\"a\":[{\"\":\"\"}]}")},
    {JSON_GOOD, TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u00e4\\uFFFF\"")},
    {JSON_GOOD, TEXT("\"\\ud83d\\uDE00 \x7f \xff\"")},
    {JSON_GOOD, TEXT("[[[[1]]]]")},
    {JSON_GOOD, TEXT("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]")},
    /* What is not. */
    {JSON_BAD, TEXT("")},
    {JSON_BAD, TEXT("  ")},
    {JSON_BAD, TEXT("\xef\xbb\xbf{}")},
    {JSON_BAD, TEXT("01")},
    {JSON_BAD, TEXT("-01")},
    {JSON_BAD, TEXT("-")},
    {JSON_BAD, TEXT("+1")},
    {JSON_BAD, TEXT(".5")},
    {JSON_BAD, TEXT("5.")},
    {JSON_BAD, TEXT("5.e1")},
    {JSON_BAD, TEXT("5e")},
    {JSON_BAD, TEXT("5e+")},
    {JSON_BAD, TEXT("0x10")},
    {JSON_BAD, TEXT("NaN")},
    {JSON_BAD, TEXT("tru")},
    {JSON_BAD, TEXT("trux")},
    {JSON_BAD, TEXT("True")},
    {JSON_BAD, TEXT("nulll")},
    {JSON_BAD, TEXT("1 2")},
    {JSON_BAD, TEXT("[1 2]")},
    {JSON_BAD, TEXT("[1,]")},
    {JSON_BAD, TEXT("[,1]")},
    {JSON_BAD, TEXT("[1")},
    {JSON_BAD, TEXT("1]")},
    {JSON_BAD, TEXT("[1}")},
    {JSON_BAD, TEXT("{]")},
    {JSON_BAD, TEXT("{1:2}")},
    {JSON_BAD, TEXT("{\"a\"}")},
    {JSON_BAD, TEXT("{\"a\":}")},
    {JSON_BAD, TEXT("{\"a\":1,}")},
    {JSON_BAD, TEXT("{\"a\",1}")},
    {JSON_BAD, TEXT("{\"a\":1:2}")},
    {JSON_BAD, TEXT("{}{}")},
    {JSON_BAD, TEXT("\"")},
    {JSON_BAD, TEXT("\"a\\\"")},
    {JSON_BAD, TEXT("\"\\x41\"")},
    {JSON_BAD, TEXT("\"\\u00g1\"")},
    {JSON_BAD, TEXT("\"\\u004\"")},
    {JSON_BAD, TEXT("\"a\nb\"")},
    {JSON_BAD, TEXT("\"12345678\x1f\"")},
    {JSON_BAD, TEXT("\"\\ud83d\"")},
    {JSON_BAD, TEXT("\"\\ud83dx\"")},
    {JSON_BAD, TEXT("\"\\ud83d\\n\"")},
    {JSON_BAD, TEXT("\"\\ud83d\\u0041\"")},
    {JSON_BAD, TEXT("\"\\ude00\"")},
    {JSON_BAD, TEXT("'a'")},
    {JSON_BAD, TEXT("[1,\v2]")},
    {JSON_BAD, TEXT("{}\0")},
    {JSON_BAD, TEXT("1\0")},
    /* What readers of JSON would alter. */
    {JSON_NUL, TEXT("\"a\0b\"")},
    {JSON_NUL, TEXT("\"a\\u0000b\"")},
    {JSON_NUL, TEXT("{\"a\\u0000\":1}")},
    /* What is too much. */
    {JSON_TOO_MUCH, TEXT("[[[[[")},
    {JSON_TOO_MUCH, TEXT("[[[[{}]]]]")},
    {JSON_TOO_MUCH, TEXT("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]")},
};

static enum json_fault scan_in_two(struct bytes text, size_t cut)
{
    struct json_scan s;
    json_scan_begin(&s, &bounds);
    json_scan_add(&s, (struct bytes){text.data, cut});
    json_scan_add(&s, (struct bytes){text.data + cut, text.len - cut});
    return json_scan_end(&s);
}

static void tells_what_is_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t cut = 0; cut <= texts[i].text.len; cut++) {
            enum json_fault fault = scan_in_two(texts[i].text, cut);
            if (fault != texts[i].fault)
                fail_msg("%s cut at %zu: %d", texts[i].text.data, cut, (int)fault);
        }
}

static void tells_where_the_fault_is(void **state)
{
    struct json_scan s;
    (void)state;
    json_scan_begin(&s, &bounds);
    json_scan_add(&s, (struct bytes){NULL, 0});
    json_scan_add(&s, bytes_of("[1, 2"));
    json_scan_add(&s, bytes_of(", x, 3]"));
    assert_int_equal(json_scan_end(&s), JSON_BAD);
    assert_int_equal(s.at, 7);
}

static void tells_large_numbers(void **state)
{
    static const struct {
        const char *text;
        bool large;
    } cases[] = {
        {"9007199254740992", false},         {"9007199254740993", true},
        {"-9007199254740993", true},         {"[18446744073709551621]", true},
        {"9007199254740993.0", false},       {"9007199254740993e0", false},
        {"{\"a\":99999999999999999}", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_scan s;
        json_scan_begin(&s, &bounds);
        json_scan_add(&s, bytes_of(cases[i].text));
        assert_int_equal(json_scan_end(&s), JSON_GOOD);
        assert_int_equal(s.has_large, cases[i].large);
    }
}

static void bounds_the_length_of_numbers(void **state)
{
    static char digits[JSON_NUMBER_MAX + 2];
    struct json j;
    (void)state;
    memset(digits, '7', JSON_NUMBER_MAX + 1);
    struct bytes text = {digits, JSON_NUMBER_MAX};
    assert_int_equal(json_read(&j, text, &bounds), JSON_GOOD);
    json_free(&j);
    text.len++;
    assert_int_equal(json_read(&j, text, &bounds), JSON_TOO_MUCH);
}

/* ---- trees ---- */

static void makes_what_cjson_makes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json j;
        struct bytes text = texts[i].text;
        assert_int_equal(json_read(&j, text, &bounds), texts[i].fault);
        if (texts[i].fault != JSON_GOOD) {
            assert_null(j.root);
            continue;
        }
        cJSON *theirs = cJSON_ParseWithLength(text.data, text.len);
        char *printed = cJSON_PrintUnformatted(theirs), *ours = cJSON_PrintUnformatted(j.root);
        assert_string_equal(ours, printed);
        free(printed);
        free(ours);
        cJSON_Delete(theirs);
        json_free(&j);
    }
}

static void keeps_members_in_order(void **state)
{
    struct json j;
    (void)state;
    assert_int_equal(json_read(&j, bytes_of("{\"a\":1,\"\\u0062\":[2],\"a\":3}"), &bounds),
                     JSON_GOOD);
    const cJSON *item = j.root->child;
    assert_string_equal(item->string, "a");
    assert_string_equal(item->next->string, "b");
    assert_int_equal(item->next->child->valueint, 2);
    assert_int_equal(item->next->next->valueint, 3);
    assert_null(item->next->next->next);
    assert_ptr_equal(item->prev, item->next->next);
    json_free(&j);
}

static void decodes_strings_in_place(void **state)
{
    char text[] = "[\"\\u0041\\u00e4\\u20ac\\ud83d\\ude00\\\"\\/\\n, and much that is plain\"]";
    struct json_scan s;
    struct json j;
    (void)state;
    json_scan_begin(&s, &bounds);
    json_scan_add(&s, bytes_of(text));
    assert_int_equal(json_scan_end(&s), JSON_GOOD);
    assert_true(json_build(&j, text, strlen(text), s.values));
    assert_string_equal(cJSON_GetStringValue(j.root->child),
                        "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"/\n, and much that is plain");
    assert_null(j.text);
    json_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_json),
        cmocka_unit_test(tells_where_the_fault_is),
        cmocka_unit_test(tells_large_numbers),
        cmocka_unit_test(bounds_the_length_of_numbers),
        cmocka_unit_test(makes_what_cjson_makes),
        cmocka_unit_test(keeps_members_in_order),
        cmocka_unit_test(decodes_strings_in_place),
    };
    return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
