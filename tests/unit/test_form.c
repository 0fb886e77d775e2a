#include "base/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

static void decodes_values(void **state)
{
    static const struct {
        const char *what;
        struct bytes text, value;
    } cases[] = {
        {"plain", TEXT("a=b"), TEXT("b")},
        {"plus", TEXT("a=b+c"), TEXT("b c")},
        {"percent blank", TEXT("a=b%20c"), TEXT("b c")},
        {"percent in both cases", TEXT("a=%e4%BD%a0"), TEXT("\xe4\xbd\xa0")},
        {"second equals sign", TEXT("a=b=c"), TEXT("b=c")},
        {"no equals sign", TEXT("a"), TEXT("")},
        {"nothing behind it", TEXT("a="), TEXT("")},
        {"NUL", TEXT("a=%00x"), TEXT("\0x")},
        {"raw NUL", TEXT("a=\0x"), TEXT("\0x")},
        {"no UTF-8", TEXT("a=%ff%FE"), TEXT("\xff\xfe")},
        {"stray percent", TEXT("a=100%"), TEXT("100%")},
        {"percent and one digit", TEXT("a=%4"), TEXT("%4")},
        {"percent and no digit", TEXT("a=%zz%41"), TEXT("%zzA")},
        {"percent twice", TEXT("a=%%41"), TEXT("%A")},
        {"encoded key", TEXT("%61=b"), TEXT("b")},
        {"blanks round the key", TEXT("+a%20=b"), TEXT("b")},
        {"last one wins", TEXT("a=x&a=y"), TEXT("y")},
        {"empty pairs", TEXT("&&a=b&&"), TEXT("b")},
        {"not cut at a semicolon", TEXT("a=b;c"), TEXT("b;c")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form f = {.count = 0};
        char *text = malloc(cases[i].text.len);
        assert_non_null(text);
        memcpy(text, cases[i].text.data, cases[i].text.len);
        assert_true(form_parse(&f, text, cases[i].text.len));
        const struct bytes *value = form_find(&f, (struct bytes){"a", 1});
        if (value == NULL || !bytes_equal(*value, cases[i].value))
            fail_msg("%s", cases[i].what);
        form_free(&f);
        free(text);
    }
}

static void keeps_blanks_round_names(void **state)
{
    struct form f = {.count = 0};
    char text[] = "+a%20=b&%09=c&d=e";
    static const struct bytes whole[] = {TEXT(" a "), TEXT("\t"), TEXT("d")};
    static const struct bytes names[] = {TEXT("a"), TEXT(""), TEXT("d")};
    (void)state;
    assert_true(form_parse(&f, text, sizeof text - 1));
    assert_int_equal(f.count, COUNT(whole));
    for (size_t i = 0; i < COUNT(whole); i++) {
        assert_true(bytes_equal(f.pairs[i].whole_name, whole[i]));
        assert_true(bytes_equal(f.pairs[i].name, names[i]));
    }
    form_free(&f);
}

static void finds_nothing_in_nothing(void **state)
{
    struct form f = {.count = 0};
    (void)state;
    assert_true(form_parse(&f, NULL, 0));
    assert_int_equal(f.count, 0);
    assert_null(form_find(&f, (struct bytes){"a", 1}));
    form_free(&f);
}

static void refuses_too_many_pairs(void **state)
{
    struct form f = {.count = 0};
    char text[2 * (FORM_PAIRS_MAX + 1)];
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? 'a' : '&';
    assert_true(form_parse(&f, text, sizeof text - 2));
    assert_int_equal(f.count, FORM_PAIRS_MAX);
    assert_int_equal(f.decoded_len, FORM_PAIRS_MAX);
    assert_false(form_parse(&f, text, sizeof text));
    form_free(&f);
}

/* Nothing but "&" is as much work as parameters are. */
static void refuses_too_many_empty_pairs(void **state)
{
    struct form f = {.count = 0};
    char text[FORM_PAIRS_MAX + 4];
    (void)state;
    memset(text, '&', sizeof text);
    memcpy(text + FORM_PAIRS_MAX, "a=b", 3);
    assert_true(form_parse(&f, text, sizeof text - 1));
    assert_int_equal(f.count, 1);
    memset(text, '&', sizeof text);
    memcpy(text + FORM_PAIRS_MAX + 1, "a=b", 3);
    assert_false(form_parse(&f, text, sizeof text));
    form_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_values),
        cmocka_unit_test(keeps_blanks_round_names),
        cmocka_unit_test(finds_nothing_in_nothing),
        cmocka_unit_test(refuses_too_many_pairs),
        cmocka_unit_test(refuses_too_many_empty_pairs),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
