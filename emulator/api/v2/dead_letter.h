/* dead_letter.h - deadLetterPolicy, a parameter that holds JSON (queue-api 4). */
#ifndef CMQ_API_V2_DEAD_LETTER_H
#define CMQ_API_V2_DEAD_LETTER_H

#include "base/buffer.h"
#include "engine/engine.h"

/* Read the text of the parameter; NULL when it is absent, else out. out->target_name lies in
 * name, which the caller lends. What is wrong with the text is left in out->refusal, to be
 * answered when other errors have had their turn: in the order of queue-api 4.2
 * POLICY_NOT_JSON, POLICY_NO_QUEUE, POLICY_NO_POLICY, POLICY_PARAMS; NO_DEAD_LETTER_QUEUE for
 * what can be no name. */
const struct dead_letter_request *dead_letter_read(struct bytes text,
                                                   char name[QUEUE_NAME_MAX + 1],
                                                   struct dead_letter_request *out);

/* Append the policy as JSON text; it names the target by its id (queue-api 2.3). */
void dead_letter_write(struct buffer *out, const struct dead_letter_policy *policy);

#endif
