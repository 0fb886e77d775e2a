#include "server/manual.h"

#include "base/version.h"
#include "server/mdoc.h"
#include "server/option_rows.h"

#include <ctype.h>
#include <time.h>

/* Its lines; made by the Makefile. */
static const char *const page[] = {
#include "server/manual.inc"
};
enum { LINES = sizeof page / sizeof page[0] };

/* ---- the text ---- */

/* "November 28, 2026"; nothing if nobody knows. */
static void print_date(FILE *to)
{
    char month[16];
    struct tm date;
    time_t seconds = (time_t)cmq_version_seconds();
    if (seconds == 0 || gmtime_r(&seconds, &date) == NULL)
        return;
    strftime(month, sizeof month, "%B", &date);
    fprintf(to, "%s %d, %d", month, date.tm_mday, date.tm_year + 1900);
}

/* Hyphens behind a macro are typed, unless they belong to markup: .Bl -tag, .Nm cmq-emulator. */
static bool has_typed_hyphens(const char *line)
{
    return line[0] == '.' && strchr("BDNO", line[1]) == NULL;
}

/* Where a line has @date@ or @version@, these are filled in. */
static void print_filled(FILE *to, const char *line)
{
    static const char date[] = "@date@", version[] = "@version@";
    bool typed = has_typed_hyphens(line);
    while (*line != '\0') {
        if (strncmp(line, date, sizeof date - 1) == 0) {
            print_date(to);
            line += sizeof date - 1;
        } else if (strncmp(line, version, sizeof version - 1) == 0) {
            fputs(cmq_version(), to);
            line += sizeof version - 1;
        } else {
            fprintf(to, *line == '-' && typed ? "\\-" : "%c", *line);
            line++;
        }
    }
    fprintf(to, "\n");
}

static void print_line(FILE *to, const char *line, bool *literal)
{
    if (strcmp(line, ".Ed") == 0)
        *literal = false;
    if (*literal)
        mdoc_literal(to, line);
    else if (strncmp(line, ".\\\"", 3) != 0) /* a comment */
        print_filled(to, line);
    if (strncmp(line, ".Bd", 3) == 0)
        *literal = true;
}

/* ---- its options ---- */

/* What is behind "@more NAME". */
static void print_more(FILE *to, const char *name)
{
    static const char more[] = "@more ";
    bool literal = false;
    size_t i = 0;
    while (i < LINES && (strncmp(page[i], more, sizeof more - 1) != 0 ||
                         strcmp(page[i] + sizeof more - 1, name) != 0))
        i++;
    for (i++; i < LINES && page[i][0] != '@'; i++)
        print_line(to, page[i], &literal);
}

/* relaxed | strict */
static void print_words(FILE *to, const char *words)
{
    const char *separator = "";
    for (size_t len; *words != '\0'; words += len + strspn(words + len, "|")) {
        char word[32];
        len = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)len, words);
        fprintf(to, "%s", separator);
        mdoc_arguments(to, word);
        separator = " |";
    }
}

static void print_name(FILE *to, size_t number)
{
    const struct setting *s = option_setting(number);
    char name[64];
    snprintf(name, sizeof name, "-%s", s->name);
    fprintf(to, ".It");
    if (option_letter(number) != '\0')
        fprintf(to, " Fl %c ,", option_letter(number));
    fprintf(to, " Fl");
    mdoc_arguments(to, name);
    if (s->kind == SETTING_WORD) {
        fprintf(to, " Cm");
        print_words(to, s->words);
    } else if (s->words[0] == '[') {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(s->words + 1, "]"), s->words + 1);
        fprintf(to, " Op Ar");
        mdoc_arguments(to, name);
    } else if (s->words[0] != '\0') {
        fprintf(to, " Ar");
        mdoc_arguments(to, s->words);
    }
    fprintf(to, "\n");
}

/* As a sentence, unless it begins with a word that is a value: "off: no admin interface". */
static void print_help(FILE *to, const char *help)
{
    char text[256];
    snprintf(text, sizeof text, "%s.", help);
    if (text[strcspn(text, " ") - 1] != ':')
        text[0] = (char)toupper((unsigned char)text[0]);
    mdoc_text(to, text);
}

static void print_range(FILE *to, size_t number)
{
    const struct setting *s = option_setting(number);
    char least[SETTING_VALUE_SIZE], greatest[SETTING_VALUE_SIZE], text[128];
    if (s->kind != SETTING_NUMBER && s->kind != SETTING_NUMBERS && s->kind != SETTING_BYTES &&
        s->kind != SETTING_DURATION)
        return;
    setting_write(s, s->min, least);
    setting_write(s, s->max, greatest);
    snprintf(text, sizeof text, "From %s to %s.", least, greatest);
    mdoc_text(to, text);
}

static void print_default(FILE *to, size_t number)
{
    char standard[OPTION_DEFAULT_SIZE], text[OPTION_DEFAULT_SIZE + 32];
    option_default(number, standard);
    if (standard[0] == '\0' || option_setting(number)->kind == SETTING_FLAG)
        return;
    snprintf(text, sizeof text, "The default is %s.", standard);
    mdoc_text(to, text);
}

static void print_options(FILE *to)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct setting *s = option_setting(i);
        if (i == 0 || option_group(i) != option_group(i - 1)) {
            fprintf(to, "%s.Ss", i > 0 ? ".El\n" : "");
            mdoc_arguments(to, option_heading(option_group(i)));
            fprintf(to, "\n.Bl -tag -width Ds\n");
        }
        print_name(to, i);
        print_help(to, s->help);
        print_more(to, s->name);
        print_range(to, i);
        print_default(to, i);
    }
    fprintf(to, ".El\n");
}

void manual_print(FILE *to)
{
    bool literal = false;
    for (size_t i = 0; i < LINES; i++) {
        if (strcmp(page[i], "@options") == 0) {
            print_options(to);
            while (strcmp(page[i], "@end") != 0)
                i++;
        } else {
            print_line(to, page[i], &literal);
        }
    }
}
