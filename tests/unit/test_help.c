#include "base/version.h"
#include "server/completion.h"
#include "server/help.h"
#include "server/manual.h"
#include "server/mdoc.h"
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
    occurs_once(zsh, "'(- *)'{-V,--version}'[print the version, ");
    occurs_once(zsh, "[secret ids that are nobody'\\''s\\: serve them ");
    occurs_once(fish, " 'secret ids that are nobody\\'s: serve them ");
    occurs_once(fish, " -l config -r -F -d ");
    free(bash);
    free(zsh);
    free(fish);
}

/* ---- the manual page ---- */

/* "Fl \-port\-file" */
static void write_macro(size_t number, char out[128])
{
    char name[64];
    FILE *to = fmemopen(out, 128, "w");
    assert_non_null(to);
    snprintf(name, sizeof name, "-%s", option_setting(number)->name);
    fprintf(to, "Fl");
    mdoc_arguments(to, name);
    fclose(to);
}

static void manual_has_each_option(void **state)
{
    char *text = printed(manual_print);
    const char *at = strstr(text, "\n.Sh OPTIONS\n");
    (void)state;
    assert_non_null(at);
    for (size_t i = 0; i < OPTIONS; i++) {
        char part[128];
        write_macro(i, part);
        const char *found = strstr(at, part);
        if (found == NULL)
            fail_msg("%s is not there, in its order", part);
        else
            at = found;
    }
    occurs_once(text, "\n.It Fl p , Fl \\-port Ar \\&N,...\n");
    occurs_once(text, "\n.It Fl \\-log Cm text | json | off\n"
                      "One line a request, on standard error.\n");
    occurs_once(text, "\n.It Fl \\-health Op Ar \\&URL\n");
    occurs_once(text, "\n.It Fl \\-exit\\-on\\-eof\n");
    occurs_once(text, "\noff: no admin interface, ");
    occurs_once(text, "\nFrom 1ms to 1h.\nThe default is 15s.\n");
    occurs_once(text, "\nThe default is 0; strict: 30s.\n");
    free(text);
}

/* What is to be said of an option is said of one that there is; and nothing is left to be filled
 * in. */
static void manual_has_all_of_its_text(void **state)
{
    char *text = printed(manual_print);
    char line[256], macro[128], part[256];
    FILE *page = fopen("emulator/doc/cmq-emulator.mdoc", "r");
    size_t found = 0;
    (void)state;
    assert_non_null(page);
    while (fgets(line, sizeof line, page) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "@more ", 6) != 0)
            continue;
        size_t i = 0;
        while (i < OPTIONS && strcmp(option_setting(i)->name, line + 6) != 0)
            i++;
        if (i == OPTIONS)
            fail_msg("there is no option %s", line + 6);
        write_macro(i, macro);
        assert_non_null(fgets(line, sizeof line, page));
        snprintf(part, sizeof part, ".It %s", macro);
        const char *item = strstr(text, i == OPTION_ports ? "Fl p , Fl" : part);
        const char *more = item != NULL ? strstr(item, line) : NULL;
        const char *next = item != NULL ? strstr(item, "\n.It ") : NULL;
        if (line[0] != '.' && (more == NULL || (next != NULL && more > next)))
            fail_msg("%s lacks: %s", macro, line);
        found++;
    }
    fclose(page);
    assert_true(found > 10);
    assert_null(strstr(text, "\n@"));
    assert_null(strstr(text, "@date@"));
    snprintf(part, sizeof part, "\nThis page is about version %s.\n", cmq_version());
    occurs_once(text, part);
    occurs_once(text, "\n.Ed\n.Pp\nFurther members are\n");
    occurs_once(text, "\n  \"clock\": {\"mode\": \"frozen\", \"at\": "
                      "\"2030\\-01\\-01T00:00:00Z\"},\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completions_have_each_option),
        cmocka_unit_test(help_has_each_option),
        cmocka_unit_test(manual_has_each_option),
        cmocka_unit_test(manual_has_all_of_its_text),
    };
    return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
