/* mdoc.h - text in mdoc, the language of manual pages (mdoc(7)), which takes some characters and
 * the beginning of a line for markup. */
#ifndef CMQ_SERVER_MDOC_H
#define CMQ_SERVER_MDOC_H

#include <stdio.h>

/* Whole lines of running text, of less than 80 characters unless a word has more; each sentence
 * begins on a line of its own, as mandoc wants it. */
void mdoc_text(FILE *to, const char *text);

/* Words behind a macro, in its line. */
void mdoc_arguments(FILE *to, const char *text);

/* A line that is shown as it is, as within `.Bd -literal`. */
void mdoc_literal(FILE *to, const char *line);

#endif
