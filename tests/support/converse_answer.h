/* converse_answer.h - an answer, and what a conversation expects of it. */
#ifndef CMQ_TESTS_CONVERSE_ANSWER_H
#define CMQ_TESTS_CONVERSE_ANSWER_H

#include "converse_line.h"

/* Whose answer it is. */
enum dialect {
    DIALECT_V2, /* the API v2 */
    DIALECT_V3, /* API 3.0 */
    DIALECT_ADMIN,
};

struct answer {
    enum dialect dialect;
    bool dropped; /* there is none: the connection was closed */
    int status;   /* of HTTP */
    char allow[64], content_type[64], coding[32], retry_after[16]; /* header fields, "" for
                                                                       none */
    struct buffer text;                                            /* the body: JSON */
};

void answer_free(struct answer *a);

/* Hold a against the words of an expectation, and save what they ask to save. Each word that
 * does not hold adds a sentence to *complaints. Members of an answer of API 3.0 are those of its
 * Response. */
void answer_match(const struct answer *a, const struct line *expected, struct variables *v,
                  struct buffer *complaints);

/* Each answer to a CMQ call, whatever it is about.
 *
 * DIALECT_V2  JSON with number code, string message, string requestId of digits (queue-api 1.3)
 * DIALECT_V3  status 200 and exactly application/json (api3 5.2); Response alone at the root,
 *             in it a UUID of version 4 as RequestId, and an Error, if there is one, of the
 *             strings Code and Message (api3 5.1); no number with a fraction (api3 5.3) */
void answer_check_envelope(const struct answer *a, struct buffer *complaints);

/* Each answer of the admin interface: JSON with the virtual time, as number nowMs and as
 * string now; where the answer is about a clock, there (admin 1.4). */
void answer_check_time(const struct answer *a, struct buffer *complaints);

/* The connection has to be closed without an answer. */
void answer_check_dropped(const struct answer *a, struct buffer *complaints);

/* A call that nothing is expected of has to succeed. */
void answer_check_success(const struct answer *a, struct buffer *complaints);

#endif
