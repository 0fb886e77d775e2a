/* converse_answer.h - an answer, and what a conversation expects of it. */
#ifndef CMQ_TESTS_CONVERSE_ANSWER_H
#define CMQ_TESTS_CONVERSE_ANSWER_H

#include "converse_line.h"

struct answer {
    int status; /* of HTTP */
    char allow[64];
    struct buffer text; /* the body: JSON */
};

void answer_free(struct answer *a);

/* Hold a against the words of an expectation, and save what they ask to save. Each word that
 * does not hold adds a sentence to *complaints. */
void answer_match(const struct answer *a, const struct line *expected, struct variables *v,
                  struct buffer *complaints);

/* Each answer to a CMQ call, whatever it is about: JSON with number code, string message,
 * string requestId of digits (queue-api 1.3). */
void answer_check_envelope(const struct answer *a, struct buffer *complaints);

/* Each answer of the admin interface: JSON with the virtual time, as number nowMs and as
 * string now; where the answer is about a clock, there (admin 1.4). */
void answer_check_time(const struct answer *a, struct buffer *complaints);

/* A call that nothing is expected of has to succeed. */
void answer_check_success(const struct answer *a, bool admin, struct buffer *complaints);

#endif
