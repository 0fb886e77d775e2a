/* option_rows.h - what can be given to the program, numbered in one sequence: the rows of
 * option_rows.def, those of engine/limits.def, and what is no setting but asked of the program,
 * such as --help. Whatever reads, lists or describes options goes by these numbers. */
#ifndef CMQ_SERVER_OPTION_ROWS_H
#define CMQ_SERVER_OPTION_ROWS_H

#include "admin/limits.h"

enum {
#define OPTION(group, member, kind, least, greatest, standard, option, words, help)            \
    OPTION_##member,
#include "server/option_rows.def"
#undef OPTION
    OPTION_ROWS,                     /* limits follow from here */
    SETTINGS = OPTION_ROWS + LIMITS, /* those below may be in the environment */
    OPTION_HEALTH = SETTINGS,
    OPTION_COMPLETION,
    OPTION_MANUAL,
    OPTION_HELP,
    OPTION_VERSION,
    OPTIONS
};

enum option_group {
    GROUP_LISTENING,
    GROUP_TLS,
    GROUP_ENDING,
    GROUP_EMULATION,
    GROUP_CALLERS,
    GROUP_PUSHES,
    GROUP_PROCESS,
    GROUP_LIMITS,
    GROUP_REQUESTS
};

enum option_value { OPTION_HAS_NO_VALUE, OPTION_MAY_HAVE_VALUE, OPTION_HAS_VALUE };

const struct setting *option_setting(size_t number);
enum option_value option_value(size_t number);

/* Options of one group follow one another. */
enum option_group option_group(size_t number);
const char *option_heading(enum option_group group);

/* The p of -p; NUL for none. */
char option_letter(size_t number);

/* The default as people would type it. NULL where there is none, and for limits, which have two,
 * those of the presets. */
const char *option_standard(size_t number);

/* The default for people to read: "15s", "0; strict: 5000". Empty when there is none. */
enum { OPTION_DEFAULT_SIZE = 80 };
void option_default(size_t number, char out[OPTION_DEFAULT_SIZE]);

/* CMQ_EMULATOR_PORT_FILE for "port-file". */
#define OPTION_VARIABLE_PREFIX "CMQ_EMULATOR_"
enum { OPTION_VARIABLE_SIZE = 64 };
void option_variable(size_t number, char out[OPTION_VARIABLE_SIZE]);

#endif
