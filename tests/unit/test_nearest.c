#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void finds_what_was_meant(void **state)
{
    static const char *const names[] = {"queueName", "msgBody",    "delaySeconds",      "port",
                                        "port-file", "bindingKey", "pollingWaitSeconds"};
    static const struct {
        const char *text, *name;
    } rows[] = {
        {"delaySecond", "delaySeconds"}, /* left out */
        {"quequeName", "queueName"},     /* inserted */
        {"msgbody", "msgBody"},          /* case */
        {"msgBdoy", "msgBody"},          /* swapped */
        {"msgBady", "msgBody"},          /* changed */
        {"bindindKey", "bindingKey"},
        {"prot", "port"},
        {"PollingWaitSecond", "pollingWaitSeconds"},
        {"port", "port"},
        {"ports", "port"},
        {"pert-fie", "port-file"},                 /* two mistakes in a longer name */
        {"polngWatSeconds", "pollingWaitSeconds"}, /* three in a long one */
        {"polngWatSecods", NULL},
        {"pot", "port"},
        {"pt", NULL}, /* two in a short one */
        {"", NULL},
        {"visibilityTimeout", NULL},
        {"msg", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct nearest n = nearest_to(bytes_of(rows[i].text));
        for (size_t j = 0; j < COUNT(names); j++)
            nearest_try(&n, names[j]);
        if (rows[i].name == NULL)
            assert_null(n.name);
        else
            assert_string_equal(n.name, rows[i].name);
    }
}

static void compares_no_endless_names(void **state)
{
    static char text[1000];
    (void)state;
    memset(text, 'a', sizeof text - 1);
    struct nearest n = nearest_to(bytes_of(text));
    nearest_try(&n, "a");
    assert_null(n.name);
    n = nearest_to(bytes_of("a"));
    nearest_try(&n, text);
    assert_null(n.name);
}

static void prefers_the_nearest_then_the_first(void **state)
{
    struct nearest n = nearest_to(bytes_of("abcdefg"));
    (void)state;
    nearest_try(&n, "abcdexx");
    nearest_try(&n, "abcdefx");
    nearest_try(&n, "abcdefy");
    assert_string_equal(n.name, "abcdefx");
}

static void hints(void **state)
{
    char hint[NEAREST_HINT_SIZE];
    (void)state;
    assert_string_equal(nearest_hint("delaySeconds", hint), "; did you mean delaySeconds?");
    assert_string_equal(nearest_hint(NULL, hint), "");
}

static void tells_what_was_tried_if_none_is_near(void **state)
{
    char choice[NEAREST_CHOICE_SIZE];
    struct nearest n = nearest_to(bytes_of("colour"));
    (void)state;
    assert_string_equal(nearest_choice(&n, choice), "");
    nearest_try(&n, "by");
    nearest_try(&n, "to");
    assert_string_equal(nearest_choice(&n, choice), "; known are by, to");
    nearest_try(&n, "color");
    assert_string_equal(nearest_choice(&n, choice), "; did you mean color?");
}

static void tells_the_first_of_many(void **state)
{
    static const char seven[] = "seven..";
    struct nearest n = nearest_to(bytes_of("colour"));
    (void)state;
    for (size_t i = 0; i < 2 * sizeof n.tried; i++) {
        nearest_try(&n, seven);
        assert_true(strlen(n.tried) < sizeof n.tried);
        assert_true(n.more || strlen(n.tried) == i * strlen(", ") + (i + 1) * strlen(seven));
    }
    assert_true(n.more);
    assert_true(strlen(n.tried) > sizeof n.tried - 2 * sizeof seven);
    assert_string_equal(n.tried + strlen(n.tried) - strlen("seven.., ..."), "seven.., ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_meant),
        cmocka_unit_test(compares_no_endless_names),
        cmocka_unit_test(prefers_the_nearest_then_the_first),
        cmocka_unit_test(tells_what_was_tried_if_none_is_near),
        cmocka_unit_test(tells_the_first_of_many),
        cmocka_unit_test(hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
