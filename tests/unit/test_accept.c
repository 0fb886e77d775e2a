/* What clients say they take. */
#include "service/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void finds_names(void **state)
{
    static const struct {
        const char *list;
        enum accept html;
    } rows[] = {
        {"", ACCEPT_UNNAMED},
        {"*/*", ACCEPT_UNNAMED},
        {"text/*", ACCEPT_UNNAMED},
        {"application/json", ACCEPT_UNNAMED},
        {"text/html", ACCEPT_TAKEN},
        {"TEXT/Html", ACCEPT_TAKEN},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ACCEPT_TAKEN},
        {"*/* , text/html ;level=1 ; q=0.001", ACCEPT_TAKEN},
        {"text/html;q=0", ACCEPT_REFUSED},
        {"text/html;Q=0.000,*/*", ACCEPT_REFUSED},
        {"text/html; level=1; q=0.0", ACCEPT_REFUSED},
        {"text/html;q=", ACCEPT_REFUSED},
        {"text/html;q=nothing", ACCEPT_REFUSED},
        {"text/html;q=0,text/html", ACCEPT_REFUSED},
        {"text/htmlx", ACCEPT_UNNAMED},
        {"xtext/html", ACCEPT_UNNAMED},
        {"application/json;text/html", ACCEPT_UNNAMED},
        {",,;,;q=0,", ACCEPT_UNNAMED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (accept_find(bytes_of(rows[i].list), "text/html") != rows[i].html)
            fail_msg("%s", rows[i].list);
}

static void judges_gzip(void **state)
{
    static const struct {
        const char *list;
        bool taken;
    } rows[] = {
        {"", false},
        {"gzip", true},
        {"deflate, GZIP;q=0.5", true},
        {"x-gzip", true},
        {"*", true},
        {"br, *;q=0.1", true},
        {"gzip;q=0, *", false},
        {"gzip; q=0.0", false},
        {"*;q=0", false},
        {"identity", false},
        {"gzipped", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (accept_gzip(bytes_of(rows[i].list)) != rows[i].taken)
            fail_msg("%s", rows[i].list);
}

static void compares_tags(void **state)
{
    static const struct {
        const char *list;
        bool found;
    } rows[] = {
        {"", false},        {"\"a\"", true},         {"W/\"a\"", true}, {"\"b\", \"a\"", true},
        {"\"b\",", false},  {" * ", true},           {"a", false},      {"\"A\"", false},
        {"w/\"a\"", false}, {"\"b\",W/\"a\"", true}, {"W/", false},     {"\"a", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (accept_has_tag(bytes_of(rows[i].list), "\"a\"") != rows[i].found)
            fail_msg("%s", rows[i].list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names),
        cmocka_unit_test(judges_gzip),
        cmocka_unit_test(compares_tags),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
