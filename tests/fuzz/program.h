/* program.h - the language of the inputs of the service target: what happens to a service, step by
 * step, a line each.
 *
 *     @ --limits strict          options of the program; the first line
 *     > a POST /v2/index.php\n\nAction=ListQueue    a request of client a (request_text.h)
 *     g a ...   p a ...   x a ...    likewise, of a client that has gone; as a push; with a body
 *                                    that was too large
 *     ! a       the client hangs up
 *     ? a       its wait in real time is over
 *     l a       from now on it reads an answer only before its next request; or no longer so
 *     r a       from now on it reads no stream of events; or again
 *     + 5000    so many milliseconds of real time pass
 *     w 5000    the wall clock is that far ahead of real time
 *     t         pushes are taken up, and are under way
 *     = 3 200   the third of these, counted around, ends with this status; 0: without an answer
 *     s         all pushes are made, and automatic clocks jump while they may
 *     m         from now on that happens after each step; or no longer
 *     i         a slice of idle work
 *     u 20      so much may be done in a turn of the loop, as each step is one; 0: any
 *     c         a turn in which what is left over goes on
 *     z         all waits are ended, as when the program stops
 *
 * In a line \n is a line break, \0 a NUL, and a backslash before any other character that character.
 * $0 to $f stand for ids that answers have told, such as receipt handles: the last 16 of them, by the
 * number of each modulo 16. Lines that are none of these do nothing. */
#ifndef CMQ_TESTS_PROGRAM_TEXT_H
#define CMQ_TESTS_PROGRAM_TEXT_H

#include "base/buffer.h"

/* ---- ids ---- */

enum { IDS_KEPT = 16, ID_LEAST = 15, ID_MOST = 20 /* digits */ };

struct ids_seen {
    size_t count;
    char text[IDS_KEPT][ID_MOST];
    size_t len[IDS_KEPT];
};

/* Remember the ids that an answer tells: numbers of so many digits, but for those of requests. */
void ids_see(struct ids_seen *ids, struct bytes answer);

/* ---- lines ---- */

/* Take the next line off a program; false at its end. */
bool program_next(struct bytes *program, struct bytes *line);

/* Append what is meant by a part of a line, and the other way round. */
void program_read(struct buffer *out, struct bytes text, const struct ids_seen *ids);
void program_write(struct buffer *out, struct bytes text, const struct ids_seen *ids);

/* A number at the beginning of a text, which is taken off; 0 for none, most for any above. */
int64_t program_number(struct bytes *text, int64_t most);

#endif
