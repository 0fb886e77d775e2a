/* topic_actions.h - parts of the topic Actions' answers that others show as well. */
#ifndef CMQ_API_V2_TOPIC_ACTIONS_H
#define CMQ_API_V2_TOPIC_ACTIONS_H

#include "base/buffer.h"
#include "engine/subscription.h"

/* Write the attributes with CMQ's names (topic-api 2.4, 2.12); without counts. */
void answer_topic_attributes(struct buffer *b, const struct topic *t);
void answer_subscription_attributes(struct buffer *b, const struct subscription *s);

#endif
