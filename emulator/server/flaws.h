/* flaws.h - what is wrong with the head of a request, as HTTP (RFC 9110 and 9112).
 *
 * libmicrohttpd refuses some of it itself, and takes much else for something: of two lengths the
 * first, an unknown coding for a body without end, a NUL for the end of a text, a folded line for
 * more of a header's name. Two readers of such a request may see two different ones: it is to be
 * refused, and its connection closed (decisions 36).
 *
 * What libmicrohttpd tells of a head are texts within the bytes that have come, in their order, so
 * what lies between two of them shows what it has left out.
 *
 * Order   flaws_begin(), flaws_judge_target(), flaws_take() for each header in the order in which they came, and
 *         flaws_end(). The texts have to be those of libmicrohttpd, not copies. */
#ifndef CMQ_SERVER_FLAWS_H
#define CMQ_SERVER_FLAWS_H

#include "base/bytes.h"

/* For an answer: see answer_refusal(). */
struct flaw {
    int status;
    const char *code, *text;
};

struct flaws {
    const struct flaw *first; /* that was found; NULL: none so far */
    struct bytes head;        /* from the method up to and with the empty line */
    const char *seen;         /* the head is known up to here */
    bool old;                 /* HTTP/1.0 */
    unsigned hosts, lengths, codings;
    struct bytes length; /* the value of Content-Length; empty: there is none */
};

void flaws_begin(struct flaws *f, struct bytes head, struct bytes method, struct bytes target,
                 struct bytes version);

/* The target as it came: of what libmicrohttpd has, the query may have been overwritten. */
void flaws_judge_target(struct flaws *f, struct bytes target);

void flaws_take(struct flaws *f, struct bytes name, struct bytes value);

/* The first one, or NULL. */
const struct flaw *flaws_end(struct flaws *f);

#endif
