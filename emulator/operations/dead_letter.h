/* dead_letter.h - a dead-letter policy as JSON text, the form in which CMQ's own parameter
 * deadLetterPolicy and its attribute have it (queue-api 4), whatever the protocol around. */
#ifndef CMQ_OPERATIONS_DEAD_LETTER_H
#define CMQ_OPERATIONS_DEAD_LETTER_H

#include "engine/engine.h"

/* Read the text. out->target_name lies in name, which the caller lends. What is wrong with the
 * text is left in out->refusal: in the order of queue-api 4.2 POLICY_NOT_JSON,
 * POLICY_NO_QUEUE, POLICY_NO_POLICY, POLICY_PARAMS; NO_DEAD_LETTER_QUEUE for what can be no
 * name. */
void dead_letter_read(struct bytes text, char name[NAME_MAX_LENGTH + 1],
                      struct dead_letter_request *out);

/* The policy as text; it names the target by its id (queue-api 2.3). There is a policy. */
enum { DEAD_LETTER_TEXT_SIZE = 128 };
void dead_letter_write(const struct dead_letter_policy *policy,
                       char out[DEAD_LETTER_TEXT_SIZE]);

#endif
