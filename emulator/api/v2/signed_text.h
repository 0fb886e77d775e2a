/* signed_text.h - the text that the signature of a call is made of (common 4.1), as it should be
 * and as clients have it.
 *
 * A struct signed_text says how the text is made; with all members of its second half zero it is
 * made as documented. The text of a call with a body of 1 MiB has as much again, so it is not
 * put together to be signed: signed_text_hmac() feeds it to the HMAC in pieces.
 *
 * Memory  everything lies in the caller's; only signed_text_write() allocates. */
#ifndef CMQ_API_V2_SIGNED_TEXT_H
#define CMQ_API_V2_SIGNED_TEXT_H

#include "api/coding.h"
#include "api/digest.h"
#include "base/buffer.h"
#include "base/form.h"

/* The parameters in the order in which they are signed. Of those with one name the last alone
 * counts, as everywhere (decisions 9), and none of those named Signature. */
struct signed_pairs {
    const struct pair *list[FORM_PAIRS_MAX];
    size_t count;
    bool underscores; /* in any of the names */
    size_t longest;   /* of the names */
};

/* No client has names that are longer. Those of an adversary may take long to sort in any order but
 * that of bytes, which looks at one letter at a time. */
enum { SIGNED_NAME_MAX = 64 };

enum signed_order {
    SIGNED_BY_NAME,   /* in the order of bytes */
    SIGNED_BY_DOTTED, /* the same once "_" has become ".": generic Python clients (common 4.3) */

    /* Mistakes. */
    SIGNED_BY_LETTER, /* without regard to case */
    SIGNED_BY_NUMBER, /* numbers in names as numbers: msgBody.2 before msgBody.10 */
    SIGNED_BY_PAIR,   /* by "name=value" */
    SIGNED_AS_SENT,
    SIGNED_REPEATED, /* by name, with all values of a repeated one */
    SIGNED_ORDERS
};

void signed_pairs_sort(struct signed_pairs *p, const struct form *form,
                       enum signed_order order);

bool signed_pairs_same(const struct signed_pairs *a, const struct signed_pairs *b);

struct signed_text {
    struct bytes method, host, path;
    const struct form *form; /* of which the pairs are */
    const struct signed_pairs *pairs;

    /* How it is made otherwise; zero is as documented. */
    const struct bytes *wire_values; /* of all pairs of the form, undecoded */
    bool without_at;                 /* no parameters whose values begin with "@" */

    /* Mistakes. */
    bool without_empty;          /* no parameters without a value */
    bool without_mark;           /* no "?" */
    bool keep_underscores;       /* in names */
    enum coding values, names;   /* how they are written */
    enum coding parameters;      /* how all that follows the "?" is written */
    const struct pair *only;     /* values is about this one alone; NULL for all */
    const struct pair *without;  /* this one is left out */
    const struct pair *replaced; /* this one has another value */
    struct bytes replacement;
};

/* The undecoded values of a form's pairs, from a copy of the text that it was parsed from.
 * False when the text is not the form's. */
bool signed_wire_values(const struct form *form, struct bytes text,
                        struct bytes values[FORM_PAIRS_MAX]);

/* Returns the length of the digest. */
size_t signed_text_hmac(const struct signed_text *t, enum digest_kind kind, struct bytes key,
                        uint8_t digest[DIGEST_MAX]);

/* Append the text. */
void signed_text_write(const struct signed_text *t, struct buffer *out);

#endif
