#include "admin/twins.h"

#include "base/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct json_bounds bounds = {.values = 10000, .levels = 16};

static void expect(const char *text, const char *path)
{
    struct json json;
    struct mistake m = {.status = 0};
    assert_int_equal(json_read(&json, bytes_of(text), &bounds), JSON_GOOD);
    bool none = twins_none(json.root, "", &m);
    assert_true(none == (path == NULL));
    assert_string_equal(m.argument, path != NULL ? path : "");
    json_free(&json);
}

static void finds_members_of_one_name(void **state)
{
    (void)state;
    expect("{}", NULL);
    expect("{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}", NULL);
    expect("{\"a\":1,\"b\":2,\"a\":3}", "a");
    expect("{\"x\":{\"a\":1,\"a\":2}}", "x.a");
    expect("{\"x\":[{\"a\":1},{\"y\":{\"a\":1,\"a\":2}}]}", "x.y.a");
}

/* So many that they are sorted. */
static void finds_one_among_many(void **state)
{
    enum { MANY = 100 };
    char text[16 * MANY];
    (void)state;
    for (int twin = 0; twin <= MANY; twin++) {
        int len = 0;
        for (int i = 0; i < MANY; i++)
            len += snprintf(text + len, sizeof text - (size_t)len, "%s\"m%d\":1",
                            i > 0 ? "," : "{", i * 37 % MANY);
        if (twin < MANY)
            len += snprintf(text + len, sizeof text - (size_t)len, ",\"m%d\":1", twin);
        snprintf(text + len, sizeof text - (size_t)len, "}");
        char name[16];
        snprintf(name, sizeof name, "m%d", twin);
        expect(text, twin < MANY ? name : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_members_of_one_name),
        cmocka_unit_test(finds_one_among_many),
    };
    return cmocka_run_group_tests_name("twins", tests, NULL, NULL);
}
