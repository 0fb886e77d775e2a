#include "api/coding.h"

#include "base/buffer.h"
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

static void code(enum coding coding, struct bytes value, struct buffer *out)
{
    struct coder c;
    buffer_clear(out);
    coder_begin(&c, coding, value);
    for (struct bytes piece; (piece = coder_next(&c)).len > 0;)
        buffer_append(out, piece);
}

static void codes_values(void **state)
{
    static const struct {
        enum coding coding;
        struct bytes value, coded;
    } cases[] = {
        {CODING_NONE, TEXT(" %41\0"), TEXT(" %41\0")},
        {CODING_PLUS, TEXT("a b+\0 "), TEXT("a+b+\0+")},
        {CODING_DECODED, TEXT("%41%4+%%42"), TEXT("A%4 %B")},
        {CODING_TRIMMED, TEXT(" \t\na b\0\r "), TEXT("a b\0")},
        {CODING_TRIMMED, TEXT(" \n"), TEXT("")},
        {CODING_RFC3986, TEXT("aZ09-_.~ *!/\0\xff"), TEXT("aZ09-_.~%20%2A%21%2F%00%FF")},
        {CODING_PYTHON, TEXT("/ ~*"), TEXT("/%20~%2A")},
        {CODING_JAVASCRIPT, TEXT("!~*'() /"), TEXT("!~*'()%20%2F")},
        {CODING_FORM, TEXT(" +~*"), TEXT("+%2B~%2A")},
        {CODING_JAVA, TEXT(" ~*"), TEXT("+%7E*")},
        {CODING_PHP, TEXT(" ~*"), TEXT("+%7E%2A")},
        {CODING_RFC3986_LOWER, TEXT(" \xab"), TEXT("%20%ab")},
        {CODING_FORM_LOWER, TEXT(" !~\xab"), TEXT("+!%7e%ab")},
    };
    struct buffer out = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        code(cases[i].coding, cases[i].value, &out);
        if (!bytes_equal(buffer_bytes(&out), cases[i].coded))
            fail_msg("%d: %.*s", (int)cases[i].coding, (int)out.len, out.data);
        bool other = !bytes_equal(cases[i].value, cases[i].coded);
        assert_int_equal(coding_changes(cases[i].coding, cases[i].value), other);
    }
    buffer_free(&out);
}

/* However a value falls into pieces: escapes at each place of a long one. */
static void codes_long_values(void **state)
{
    enum { LEN = 300 };
    static const char escapes[] = {'%', '%', '4', '1'};
    struct buffer out = {0};
    (void)state;
    for (size_t at = 0; at + sizeof escapes <= LEN; at++) {
        char value[LEN], decoded[LEN];
        memset(value, 'v', LEN);
        for (size_t i = 0; i < sizeof escapes; i++)
            value[at + i] = escapes[i];
        memcpy(decoded, value, LEN);
        size_t len = form_decode(decoded, LEN);
        code(CODING_DECODED, (struct bytes){value, LEN}, &out);
        assert_true(bytes_equal(buffer_bytes(&out), (struct bytes){decoded, len}));
        assert_true(coding_changes(CODING_DECODED, (struct bytes){value, LEN}));

        for (int coding = CODING_RFC3986; coding < CODINGS; coding++) {
            code((enum coding)coding, (struct bytes){value, LEN}, &out);
            out.len = form_decode(out.data, out.len);
            assert_true(bytes_equal(buffer_bytes(&out), (struct bytes){value, LEN}));
        }
    }
    buffer_free(&out);
}

/* Of each coding there is a value that it leaves as it is, and one that it does not. */
static void sees_changes(void **state)
{
    (void)state;
    for (int coding = CODING_PLUS; coding < CODINGS; coding++) {
        assert_false(coding_changes((enum coding)coding, bytes_of("")));
        assert_false(coding_changes((enum coding)coding, bytes_of("value")));
        assert_true(coding_changes((enum coding)coding, bytes_of(" %41")));
    }
    assert_false(coding_changes(CODING_NONE, bytes_of(" %41")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_values),
        cmocka_unit_test(codes_long_values),
        cmocka_unit_test(sees_changes),
    };
    return cmocka_run_group_tests_name("coding", tests, NULL, NULL);
}
