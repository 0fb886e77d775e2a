#include "admin/given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The members as "name=value " each; numbers are 7. */
static const char *text_of(const cJSON *object)
{
    static char text[256];
    size_t len = 0;
    text[0] = '\0';
    for (const cJSON *item = object->child; item != NULL; item = item->next)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s=%s ", item->string,
                                cJSON_IsString(item) ? item->valuestring : "7");
    return text;
}

static bool give(struct given *g, const char *query, struct bytes body, struct mistake *m)
{
    struct form form = {.count = 0};
    char text[64];
    size_t len = strlen(query);
    memcpy(text, query, len);
    assert_true(form_parse(&form, text, len));
    m->status = 0;
    bool read = given_read(g, &form, body, m);
    form_free(&form);
    assert_true(read == (m->status == 0));
    return read;
}

static void joins_query_and_body(void **state)
{
    static const struct {
        const char *query, *body, *all;
    } cases[] = {
        {"", "", ""},
        {"", " \r\n\t ", ""},
        {"a=1&b=2", "", "a=1 b=2 "},
        {"", "{\"a\":\"1\",\"b\":7}", "a=1 b=7 "},
        {"", "a=1&b=%32", "a=1 b=2 "},
        {"a=1&b", "{\"a\":7,\"c\":\"\"}", "a=1 b= a=7 c= "},
        {"a=1", "{}", "a=1 "},
        {"a=1", "c=3&a=2", "a=1 c=3 a=2 "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct given g;
        struct mistake m;
        assert_true(give(&g, cases[i].query, bytes_of(cases[i].body), &m));
        assert_string_equal(text_of(g.object), cases[i].all);
        given_free(&g);
    }
}

/* As the network has it: there is no memory for it. */
static void takes_no_body(void **state)
{
    struct given g;
    struct mistake m;
    (void)state;
    assert_true(give(&g, "a=1", (struct bytes){NULL, 0}, &m));
    assert_string_equal(text_of(g.object), "a=1 ");
    given_free(&g);
}

static void takes_members_out(void **state)
{
    struct given g;
    struct mistake m;
    (void)state;
    assert_true(give(&g, "n=1&a=2", bytes_of("{\"b\":\"3\",\"n\":\"4\"}"), &m));
    assert_string_equal(given_take(&g, "n")->valuestring, "1");
    assert_string_equal(text_of(g.object), "a=2 b=3 n=4 ");
    assert_string_equal(given_take(&g, "n")->valuestring, "4");
    assert_null(given_take(&g, "n"));
    assert_string_equal(text_of(g.object), "a=2 b=3 ");
    given_free(&g);
}

static void refuses_what_is_no_object(void **state)
{
    static const struct {
        struct bytes body;
        const char *code, *part;
    } cases[] = {
        {{"[]", 2}, "invalid-body", "must be a JSON object"},
        {{"\"a=b\"", 5}, "invalid-body", "must be a JSON object"},
        {{"{\"a\":01}", 8}, "invalid-body", "must be a JSON object"},
        {{"{\"a\":1}x", 8}, "invalid-body", "must be a JSON object"},
        {{"\0=", 2}, "invalid-argument", "contains a NUL byte"},
        {{"a=b\0", 4}, "invalid-argument", "a contains a NUL byte"},
        {{"{\"a\":\"1h\\u0000 or so\"}", 22}, "invalid-body", "has a NUL (\\u0000)"},
        {{"{\"a\":\"\0\"}", 9}, "invalid-body", "has a NUL (\\u0000)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct given g;
        struct mistake m;
        assert_false(give(&g, "", cases[i].body, &m));
        assert_string_equal(m.code, cases[i].code);
        if (strstr(m.message, cases[i].part) == NULL)
            fail_msg("%s", m.message);
        given_free(&g);
    }
}

/* A body of `len` bytes: an object with one list of so many numbers, and blanks. */
static char *list_of(size_t count, size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, "{\"a\":[", 6);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 6 + 2 * i, i + 1 < count ? "0," : "0 ", 2);
    memcpy(text + len - 2, "]}", 2);
    return text;
}

static void bounds_bodies(void **state)
{
    const size_t most = given_bounds.values - 2; /* the object, the list */
    static const size_t len = GIVEN_BODY_MAX;
    struct given g;
    struct mistake m;
    (void)state;
    char *text = list_of(most, len + 1);
    assert_false(give(&g, "", (struct bytes){text, len + 1}, &m));
    assert_int_equal(m.status, 413);
    given_free(&g);
    free(text);
    text = list_of(most, len);
    assert_true(give(&g, "", (struct bytes){text, len}, &m));
    given_free(&g);
    free(text);
    text = list_of(most + 1, len);
    assert_false(give(&g, "", (struct bytes){text, len}, &m));
    assert_non_null(strstr(m.message, "more than 12000 values"));
    given_free(&g);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_query_and_body), cmocka_unit_test(takes_no_body),
        cmocka_unit_test(takes_members_out),    cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(bounds_bodies),
    };
    return cmocka_run_group_tests_name("given", tests, NULL, NULL);
}
