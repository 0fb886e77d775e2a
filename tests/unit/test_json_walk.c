/* Walks through JSON texts: each value is met once, in order, and as it is written. */
#include "base/json_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct json_walk walk_of(const char *text)
{
    return json_walk_of(bytes_of(text));
}

static void check_text(const char *what, struct bytes found, const char *expected)
{
    if (!bytes_equal(found, bytes_of(expected)))
        fail_msg("%s: expected %s, got %.*s", what, expected, (int)found.len, found.data);
}

static void passes_over_any_value(void **state)
{
    static const char *const values[] = {
        "1",
        "-1.5e+30",
        "true",
        "null",
        "\"\"",
        "\"a]}\"",
        "\"\\\"\"",
        "\"\\\\\"",
        "\"\\u0041,\"",
        "[]",
        "{}",
        "[[],[1,2],{\"a\":[\"]\"]}]",
        "{ \"a\" : { \"b\" : [ ] } , \"c\" : \"}\" }",
        "{\"\\\"\":\"\\\\\",\"]\":false}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char text[128];
        snprintf(text, sizeof text, " \n%s ,7", values[i]);
        struct json_walk w = walk_of(text);
        check_text(values[i], json_walk_value(&w), values[i]);
        assert_int_equal(json_walk_peek(&w), ',');
        struct json_walk whole = walk_of(values[i]);
        check_text(values[i], json_walk_value(&whole), values[i]);
        assert_int_equal(json_walk_peek(&whole), '\0');
    }
}

static void meets_members_in_order(void **state)
{
    struct json_walk w = walk_of(" { \"a\" : [1, 2] , \"b\\\"\":{\"c\":3},\"\":\"}\" } x");
    (void)state;
    assert_false(json_walk_enter(&w, '['));
    assert_true(json_walk_enter(&w, '{'));
    check_text("first", json_walk_member(&w), "a");
    check_text("its value", json_walk_value(&w), "[1, 2]");
    check_text("as it is written", json_walk_member(&w), "b\\\"");
    check_text("its value", json_walk_value(&w), "{\"c\":3}");
    struct bytes empty = json_walk_member(&w);
    assert_non_null(empty.data);
    assert_int_equal(empty.len, 0);
    check_text("its value", json_walk_value(&w), "\"}\"");
    assert_null(json_walk_member(&w).data);
    assert_int_equal(json_walk_peek(&w), 'x');
}

static void meets_items_in_order(void **state)
{
    struct json_walk w = walk_of("[ 1,[],\t{\"a\":[]} , \"]\"\n]");
    static const char *const items[] = {"1", "[]", "{\"a\":[]}", "\"]\""};
    (void)state;
    assert_true(json_walk_enter(&w, '['));
    for (size_t i = 0; i < COUNT(items); i++) {
        assert_true(json_walk_item(&w));
        check_text(items[i], json_walk_value(&w), items[i]);
    }
    assert_false(json_walk_item(&w));
    assert_int_equal(json_walk_peek(&w), '\0');
}

static void empty_ones_have_nothing(void **state)
{
    struct json_walk w = walk_of("[ ]{ }");
    (void)state;
    assert_true(json_walk_enter(&w, '['));
    assert_false(json_walk_item(&w));
    assert_true(json_walk_enter(&w, '{'));
    assert_null(json_walk_member(&w).data);
}

static void no_data_is_an_empty_text(void **state)
{
    struct json_walk w = json_walk_of((struct bytes){NULL, 0});
    (void)state;
    assert_int_equal(json_walk_peek(&w), '\0');
    assert_false(json_walk_enter(&w, '{'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_over_any_value),    cmocka_unit_test(meets_members_in_order),
        cmocka_unit_test(meets_items_in_order),     cmocka_unit_test(empty_ones_have_nothing),
        cmocka_unit_test(no_data_is_an_empty_text),
    };
    return cmocka_run_group_tests_name("json_walk", tests, NULL, NULL);
}
