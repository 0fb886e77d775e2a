#include "service/once.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct once once;

static int forget(void **state)
{
    (void)state;
    memset(&once, 0, sizeof once);
    return 0;
}

static void a_text_is_new_once(void **state)
{
    (void)state;
    assert_true(once_is_new(&once, bytes_of("a")));
    assert_true(once_is_new(&once, bytes_of("b")));
    assert_false(once_is_new(&once, bytes_of("a")));
    assert_false(once_is_new(&once, bytes_of("b")));
    assert_true(once_is_new(&once, (struct bytes){"a\0", 2}));
}

static void nothing_is_new_when_there_is_no_room(void **state)
{
    char text[16];
    (void)state;
    for (int i = 0; i < ONCE_MAX; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(once_is_new(&once, bytes_of(text)));
    }
    for (int i = 0; i < ONCE_MAX + 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_false(once_is_new(&once, bytes_of(text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_text_is_new_once, forget),
        cmocka_unit_test_setup(nothing_is_new_when_there_is_no_room, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
