#include "server/completion.h"
#include "server/help.h"
#include "server/option_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a function prints; free() it. */
static char *printed(void (*print)(FILE *to))
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    print(to);
    assert_int_equal(fclose(to), 0);
    return text;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static void occurs_once(const char *text, const char *part)
{
    if (count(text, part) != 1)
        fail_msg("%s: %zu times", part, count(text, part));
}

/* Each option under the heading of its group, with what can be given and the default. */
static void help_has_each_option(void **state)
{
    char part[256], standard[OPTION_DEFAULT_SIZE];
    char *text = printed(help_print);
    (void)state;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct setting *s = option_setting(i);
        snprintf(part, sizeof part, "--%s%s%s", s->name, s->words[0] != '\0' ? " " : "",
                 s->words);
        assert_non_null(strstr(text, part));
        option_default(i, standard);
        if (s->kind == SETTING_FLAG || standard[0] == '\0')
            snprintf(part, sizeof part, " %s\n", s->help);
        else
            snprintf(part, sizeof part, " %s [%s]\n", s->help, standard);
        assert_non_null(strstr(text, part));
        snprintf(part, sizeof part, "\n\n%s:\n\n", option_heading(option_group(i)));
        occurs_once(text, part);
    }
    occurs_once(text, "\n  -p, --port N");
    occurs_once(text, " [0; strict: 30s]\n");
    free(text);
}

static void print_for_bash(FILE *to)
{
    completion_print(to, SHELL_BASH);
}

static void print_for_zsh(FILE *to)
{
    completion_print(to, SHELL_ZSH);
}

static void print_for_fish(FILE *to)
{
    completion_print(to, SHELL_FISH);
}

/* What they do in the shells is tested with these: tests/install. */
static void completions_have_each_option(void **state)
{
    char *bash = printed(print_for_bash);
    char *zsh = printed(print_for_zsh);
    char *fish = printed(print_for_fish);
    (void)state;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct setting *s = option_setting(i);
        char part[128];
        snprintf(part, sizeof part, "-l %s ", s->name);
        occurs_once(fish, part);
        snprintf(part, sizeof part, "        --%s\n", s->name);
        assert_int_equal(count(bash, part), i > 0 && i + 1 < OPTIONS);
        snprintf(part, sizeof part, "--%s%s", s->name,
                 option_value(i) == OPTION_HAS_VALUE ? "=" : "");
        assert_non_null(strstr(zsh, part));
    }
    occurs_once(bash, "    --log) choices='text json off' ;;\n");
    occurs_once(bash, "    -p | --port) ;;\n");
    occurs_once(zsh, "'--exit-on-eof=-[stop when standard input ends]::on|off:(on off)'");
    occurs_once(zsh, "'*--credential=[");
    occurs_once(zsh, "'(- *)'{-V,--version}'[the version]'\n}");
    occurs_once(zsh, "[secret ids that are nobody'\\''s\\: serve them ");
    occurs_once(fish, " 'secret ids that are nobody\\'s: serve them ");
    occurs_once(fish, " -l config -r -F -d ");
    free(bash);
    free(zsh);
    free(fish);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completions_have_each_option),
        cmocka_unit_test(help_has_each_option),
    };
    return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
