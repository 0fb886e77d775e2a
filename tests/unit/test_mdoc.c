#include "server/mdoc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

typedef void print_fn(FILE *to, const char *text);

static void prints(print_fn *print, const char *text, const char *expected)
{
    char *made = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&made, &len);
    assert_non_null(to);
    print(to, text);
    assert_int_equal(fclose(to), 0);
    if (strcmp(made, expected) != 0)
        fail_msg("of '%s' it makes '%s'", text, made);
    free(made);
}

static void text_is_not_taken_for_markup(void **state)
{
    static const char *const cases[][2] = {
        {"plain", "plain\n"},
        {".Nm", "\\&.Nm\n"},
        {"'tis", "\\&'tis\n"},
        {"nobody's . dot", "nobody's .\ndot\n"},
        {"C:\\new ~ ^ `q`", "C:\\enew \\(ti \\(ha \\(gaq\\(ga\n"},
        {"with --tls-cert, self-signed", "with \\-\\-tls\\-cert, self-signed\n"},
        {"(--port) \"-p\"", "(\\-\\-port) \"\\-p\"\n"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        prints(mdoc_text, cases[i][0], cases[i][1]);
}

static void each_sentence_has_a_line(void **state)
{
    (void)state;
    prints(mdoc_text, "One. Two! Three? (Four.) \"Five.\" 0.0.0.0 six",
           "One.\nTwo!\nThree?\n(Four.)\n\"Five.\"\n0.0.0.0 six\n");
    prints(mdoc_text, "One. .Nm", "One.\n\\&.Nm\n");
}

/* 78 characters at most, of which escapes are some: it is mandoc that looks at the length. */
static void lines_are_short(void **state)
{
    static const struct {
        const char *first; /* then a word of so many letters, then y */
        int letters;
        const char *made, *before, *behind;
    } cases[] = {
        {"12345", 70, "12345", " ", " "},     {"12345", 71, "12345", " ", "\n"},
        {"12345", 72, "12345", " ", "\n"},    {"12345", 73, "12345", "\n", " "},
        {"1234\\", 71, "1234\\e", " ", "\n"}, {"1234\\", 72, "1234\\e", "\n", " "},
        {"12345", 90, "12345", "\n", "\n"},
    };
    char word[100], text[200], expected[200];
    (void)state;
    memset(word, 'x', sizeof word);
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(text, sizeof text, "%s %.*s y", cases[i].first, cases[i].letters, word);
        snprintf(expected, sizeof expected, "%s%s%.*s%sy\n", cases[i].made, cases[i].before,
                 cases[i].letters, word, cases[i].behind);
        prints(mdoc_text, text, expected);
    }
}

/* Words such as Nm and It are macros there. */
static void arguments_are_no_macros(void **state)
{
    (void)state;
    prints(mdoc_arguments, "When It ends: -x \"limits\"",
           " \\&When \\&It ends: \\-x \\(dqlimits\\(dq");
    prints(mdoc_arguments, "N,...", " \\&N,...");
}

static void literal_lines_stay_as_they_are(void **state)
{
    (void)state;
    prints(mdoc_literal, ".", "\\&.\n");
    prints(mdoc_literal, "'a' `b` -c ~/d \\ \"e\"",
           "\\&\\(aqa\\(aq \\(gab\\(ga \\-c \\(ti/d \\e \"e\"\n");
    prints(mdoc_literal, "", "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_not_taken_for_markup),
        cmocka_unit_test(each_sentence_has_a_line),
        cmocka_unit_test(lines_are_short),
        cmocka_unit_test(arguments_are_no_macros),
        cmocka_unit_test(literal_lines_stay_as_they_are),
    };
    return cmocka_run_group_tests_name("mdoc", tests, NULL, NULL);
}
