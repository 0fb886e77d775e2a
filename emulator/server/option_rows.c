#include "server/option_rows.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

static const struct {
    enum option_group group;
    struct setting setting;
    const char *standard;
} rows[] = {
#define OPTION(group, member, kind, least, greatest, standard, option, words, help)            \
    {GROUP_##group, {option, SETTING_##kind, least, greatest, words, help}, standard},
#include "server/option_rows.def"
#undef OPTION
};

/* Brackets: it may be left out. */
static const struct setting requests[] = {
    [OPTION_HEALTH -
     SETTINGS] = {"health", SETTING_TEXT, 0, 0, "[URL]",
                  "ask a running emulator whether it is ready: exit code 0 or 1"},
    [OPTION_COMPLETION - SETTINGS] = {"completion", SETTING_WORD, 0, 0, "bash|zsh|fish",
                                      "print completions of options for this shell"},
    [OPTION_MANUAL - SETTINGS] = {"manual", SETTING_TEXT, 0, 0, "",
                                  "print the manual page: examples, files, exit codes"},
    [OPTION_HELP -
        SETTINGS] = {"help", SETTING_TEXT, 0, 0, "", "print what can be given, with defaults"},
    [OPTION_VERSION - SETTINGS] = {"version", SETTING_TEXT, 0, 0, "",
                                   "print the version, and the commit that it was built from"},
};

const struct setting *option_setting(size_t number)
{
    assert(number < OPTIONS);
    if (number < OPTION_ROWS)
        return &rows[number].setting;
    return number < SETTINGS ? &limit_rows[number - OPTION_ROWS].setting
                             : &requests[number - SETTINGS];
}

enum option_group option_group(size_t number)
{
    if (number < OPTION_ROWS)
        return rows[number].group;
    return number < SETTINGS ? GROUP_LIMITS : GROUP_REQUESTS;
}

const char *option_heading(enum option_group group)
{
    static const char *const headings[] = {
        [GROUP_LISTENING] = "Where it listens",
        [GROUP_TLS] = "TLS",
        [GROUP_ENDING] = "When it ends",
        [GROUP_EMULATION] = "What it emulates",
        [GROUP_CALLERS] = "Who may call",
        [GROUP_PUSHES] = "Pushes over HTTP",
        [GROUP_PROCESS] = "The log, and bounds of the process",
        [GROUP_LIMITS] = "Limits of each namespace, unless its \"limits\" say otherwise",
        [GROUP_REQUESTS] = "Other",
    };
    return headings[group];
}

enum option_value option_value(size_t number)
{
    const struct setting *s = option_setting(number);
    if (s->kind == SETTING_FLAG || s->words[0] == '[')
        return OPTION_MAY_HAVE_VALUE;
    return s->words[0] != '\0' ? OPTION_HAS_VALUE : OPTION_HAS_NO_VALUE;
}

char option_letter(size_t number)
{
    switch (number) {
    case OPTION_ports:
        return 'p';
    case OPTION_HELP:
        return 'h';
    case OPTION_VERSION:
        return 'V';
    default:
        return '\0';
    }
}

static void write_limit(const struct limit *l, char out[OPTION_DEFAULT_SIZE])
{
    char relaxed[SETTING_VALUE_SIZE], strict[SETTING_VALUE_SIZE];
    setting_write(&l->setting, l->relaxed, relaxed);
    setting_write(&l->setting, l->strict, strict);
    if (l->relaxed == l->strict)
        snprintf(out, OPTION_DEFAULT_SIZE, "%s", relaxed);
    else
        snprintf(out, OPTION_DEFAULT_SIZE, "%s; strict: %s", relaxed, strict);
}

const char *option_standard(size_t number)
{
    return number < OPTION_ROWS ? rows[number].standard : NULL;
}

void option_default(size_t number, char out[OPTION_DEFAULT_SIZE])
{
    const char *standard = option_standard(number);
    snprintf(out, OPTION_DEFAULT_SIZE, "%s", standard != NULL ? standard : "");
    if (number >= OPTION_ROWS && number < SETTINGS)
        write_limit(&limit_rows[number - OPTION_ROWS], out);
}

void option_variable(size_t number, char out[OPTION_VARIABLE_SIZE])
{
    snprintf(out, OPTION_VARIABLE_SIZE, "%s%s", OPTION_VARIABLE_PREFIX,
             option_setting(number)->name);
    for (char *c = out; *c != '\0'; c++) {
        if (*c == '-')
            *c = '_';
        else
            *c = (char)toupper((unsigned char)*c);
    }
}
