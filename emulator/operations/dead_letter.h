/* dead_letter.h - a dead-letter policy as JSON text: the form of CMQ's parameter and attribute
 * deadLetterPolicy (queue-api 4), whatever the protocol. */
#ifndef CMQ_OPERATIONS_DEAD_LETTER_H
#define CMQ_OPERATIONS_DEAD_LETTER_H

#include "engine/engine.h"

/* Read the text. out->target_name points into name, which the caller provides and which must
 * live as long as *out. What is wrong with the text is left in out->refusal: in the order of
 * queue-api 4.2 POLICY_NOT_JSON, POLICY_NO_QUEUE, POLICY_NO_POLICY, POLICY_PARAMS;
 * NO_DEAD_LETTER_QUEUE for a text that cannot be a name. */
void dead_letter_read(struct bytes text, char name[NAME_MAX_LENGTH + 1],
                      struct dead_letter_request *out);

/* Write the policy, which must have a target, as text; it names the target by its id (queue-api
 * 2.3). */
enum { DEAD_LETTER_TEXT_SIZE = 128 };
void dead_letter_write(const struct dead_letter_policy *policy,
                       char out[DEAD_LETTER_TEXT_SIZE]);

#endif
