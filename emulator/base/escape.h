/* escape.h - bytes as the content of a JSON string, a piece at a time.
 *
 * Quotes, backslashes and control characters are escaped, UTF-8 is as it is, and each byte of an
 * invalid sequence becomes U+FFFD (decisions 37): the result is valid whatever the bytes. */
#ifndef CMQ_BASE_ESCAPE_H
#define CMQ_BASE_ESCAPE_H

#include "base/bytes.h"

enum { ESCAPE_LONGEST = 6 }; /* bytes that one byte becomes */

/* Write the front of *rest into the room, and take it off *rest; returns how much was written.
 * No escape and no character is cut in two, so some bytes of the room may be left; nothing is
 * written when *rest is empty, or when the room is too small for what comes next. */
size_t escape_some(struct bytes *rest, char *to, size_t room);

/* How much escape_some() would write in all, and whether the bytes are valid UTF-8. */
size_t escape_length(struct bytes value, bool *utf8);

/* The same of bytes that are still coming: a zeroed struct has seen none. Each call looks at what
 * the one before has not; the last one is told that they are whole. */
struct escape_count {
    size_t seen;
    size_t len;  /* that escape_some() would write of these */
    bool broken; /* they are no valid UTF-8 */
};

void escape_count_more(struct escape_count *c, struct bytes value, bool whole);

/* The length of the valid UTF-8 sequence at the start of bytes; 0 if there is none. */
size_t utf8_sequence(struct bytes bytes);

/* The front of a text, at most so many bytes, that does not end within a character of UTF-8. */
struct bytes utf8_cut(struct bytes text, size_t max);

#endif
