/* coding.h - ways in which clients write a value: what they make of it before they sign it.
 *
 * Only explanations of wrong signatures need this; what a signature should be made of is the
 * value itself (common 4.1). */
#ifndef CMQ_API_CODING_H
#define CMQ_API_CODING_H

#include "base/bytes.h"

enum coding {
    CODING_NONE,
    CODING_PLUS,    /* "+" for a blank, nothing else */
    CODING_DECODED, /* decoded once more */
    CODING_TRIMMED, /* without blanks at both ends */
    CODING_RFC3986, /* percent-encoded; the others differ in what they leave as it is */
    CODING_PYTHON,
    CODING_JAVASCRIPT,
    CODING_FORM, /* the same with "+" for a blank */
    CODING_JAVA,
    CODING_PHP,
    CODING_RFC3986_LOWER, /* with lower-case hex */
    CODING_FORM_LOWER,
    CODINGS
};

enum { CODING_GROWTH = 3 }; /* times as long as the value at most */

/* Whether the coded value is another than the value. */
bool coding_changes(enum coding coding, struct bytes value);

/* A value that is being coded, in chunks: struct coder c = {coding, value, 0}. */
struct coder {
    enum coding coding;
    struct bytes rest;
    char chunk[96];
};

void coder_begin(struct coder *c, enum coding coding, struct bytes value);

/* The next piece of the coded value, valid until the next call; an empty one at the end. */
struct bytes coder_next(struct coder *c);

#endif
