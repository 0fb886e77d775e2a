/* setting.h - a value that people set, as text: its kind, its bounds, its words.
 *
 * For    the options of the program, its environment, and limits in JSON: one way to read each
 *        kind, and one way to say what was expected.
 * Units  durations are milliseconds, sizes bytes. */
#ifndef CMQ_ADMIN_SETTING_H
#define CMQ_ADMIN_SETTING_H

#include "base/bytes.h"

#include <stdint.h>

enum setting_kind {
    SETTING_TEXT,
    SETTING_LIST, /* texts: it may be given more than once */
    SETTING_NUMBER,
    SETTING_NUMBERS,  /* several, with commas between them */
    SETTING_BYTES,    /* a number, optionally followed by k, m or g */
    SETTING_DURATION, /* 250ms, 90s, 1h30m, or a number of seconds (admin 1.3) */
    SETTING_FLAG,     /* on or off; 1 or 0 */
    SETTING_WORD,     /* one of "a|b|c"; its value is its index in the list, from 0 */
};

struct setting {
    const char *name;
    enum setting_kind kind;
    int64_t min, max;  /* inclusive; of numbers, bytes and durations */
    const char *words; /* SETTING_WORD; else what --help shows for the value */
    const char *help;
};

enum { SETTING_NUMBERS_MAX = 16, SETTING_EXPECTED_SIZE = 128, SETTING_VALUE_SIZE = 32 };

/* False when the text is not of the kind, or out of bounds. Of SETTING_NUMBERS, text is one
 * number. Not for texts and lists. */
bool setting_parse(const struct setting *s, struct bytes text, int64_t *out);

/* The same for a JSON number, which is in seconds for a duration. */
bool setting_take(const struct setting *s, double number, int64_t *out);

/* What would have been right: "a whole number from 0 to 65535". */
void setting_expected(const struct setting *s, char out[SETTING_EXPECTED_SIZE]);

/* Write a value as people would type it. Not for texts and lists. */
void setting_write(const struct setting *s, int64_t value, char out[SETTING_VALUE_SIZE]);

#endif
