/* explain.h - why a signature was refused, for the person who debugs a client.
 *
 * A wrong signature says nothing about itself. So the mistakes that clients are known to make are
 * made one after the other, and the HMAC of what comes of them is compared with the signature
 * that was received. What is found in this way is certain.
 *
 * Memory  explanation_free() releases the texts. A zeroed struct has none.
 * Errors  a text that there was no memory for has failed set; the others are right. */
#ifndef CMQ_API_EXPLAIN_H
#define CMQ_API_EXPLAIN_H

#include "base/buffer.h"

struct explanation {
    struct buffer to_sign;    /* what should have been signed */
    struct buffer likely;     /* what was signed instead */
    bool found;               /* likely is set */
    struct buffer difference; /* in a sentence, neither beginning nor ending like one */
};

void explanation_free(struct explanation *e);

/* Begin a further sentence: "; " behind those before it. */
void explain_begin(struct buffer *difference);

/* Append some bytes of the request to a sentence: cut after 100, "?" for control characters. */
void explain_bytes(struct buffer *difference, struct bytes text);

/* A whole sentence; and "the client signed the host a, and sent b". Nothing without a buffer. */
void explain_sentence(struct buffer *difference, const char *sentence);
void explain_other(struct buffer *difference, const char *what, struct bytes theirs,
                   const char *verb, struct bytes ours);

/* Two texts, one after the other in out; data is NULL if they are longer than size together. */
struct bytes explain_join(char *out, size_t size, struct bytes a, struct bytes b);

/* The last resort. */
void explain_nothing(struct buffer *difference);

#endif
