/* json_scan.h - whether a text is JSON (RFC 8259), and how much of it, told piece by piece.
 *
 *     json_scan_begin(&scan, &bounds);
 *     json_scan_add(&scan, piece);        as often as pieces come, of whatever length
 *     switch (json_scan_end(&scan)) ...
 *
 * So a long body can be looked at while it arrives, and is known to be good, and how many values
 * it has, before anything is made of it (json_read.h).
 *
 * Strict  nothing is JSON that RFC 8259 does not allow: no "01", no byte order mark, no control
 *         characters in strings, no half of a surrogate pair. Strings need not be valid UTF-8.
 * Cost    some ten instructions for a byte, one or two within strings; no memory. The first
 *         fault ends it: what follows is not looked at. */
#ifndef CMQ_BASE_JSON_SCAN_H
#define CMQ_BASE_JSON_SCAN_H

#include "base/bytes.h"

#include <stdint.h>

enum json_fault {
    JSON_GOOD,
    JSON_BAD,      /* no JSON, or not all of it */
    JSON_NUL,      /* a NUL in a string, bare or as \u0000: readers end texts there */
    JSON_TOO_MUCH, /* more values, or more levels of them, than the bounds allow */
    JSON_NO_MEMORY /* json_read.h alone */
};

enum {
    JSON_LEVELS_MAX = 64,  /* the most that bounds can allow */
    JSON_NUMBER_MAX = 1000 /* characters of a number; a longer one is JSON_TOO_MUCH */
};

struct json_bounds {
    size_t values; /* of all kinds, at all levels; names of members are none */
    size_t levels; /* of objects and lists within each other */
};

struct json_scan {
    struct json_bounds bounds;
    enum json_fault fault;
    size_t at;      /* how far it has come: with a fault, where that is */
    size_t values;  /* so far */
    char first;     /* character of the value: '{' of an object */
    bool has_large; /* a whole number above 2^53: a double may not keep it */

    /* Used inside. */
    unsigned char state;
    bool in_name;      /* the string at hand is the name of a member */
    bool is_low;       /* the escape at hand has to be the second half of a pair */
    unsigned digits;   /* of \uXXXX, so far */
    unsigned unit;     /* their value */
    const char *word;  /* what is left of true, false or null */
    uint64_t number;   /* the digits so far; no more once has_large is set */
    size_t number_len; /* characters */
    size_t level;
    uint64_t objects; /* bit i: level i + 1 is an object */
};

void json_scan_begin(struct json_scan *s, const struct json_bounds *bounds);
void json_scan_add(struct json_scan *s, struct bytes piece);

/* The first character from `at` on that is no blank; or end. */
const char *json_pass_blanks(const char *at, const char *end);

/* In a string, the first character from `at` on that does not stand for itself: a quote, a backslash
 * or a control character; or end. */
const char *json_pass_plain(const char *at, const char *end);

/* The text ends here. JSON_GOOD: it was one value with nothing but blanks around it. */
enum json_fault json_scan_end(struct json_scan *s);

#endif
