/* attributes.h - the attributes of a queue, a topic or a subscription: fields with their
 * values, in the order in which CMQ answers them (queue-api 2.3; topic-api 2.4, 2.12).
 *
 * For     all who show them: API v2 and the admin interface.
 * Memory  texts are in the queue, topic or subscription, or in the struct attributes: both have
 *         to live as long as they are read.
 *
 * Counts, names and ids are not included: read those from the queue, topic or subscription. */
#ifndef CMQ_OPERATIONS_ATTRIBUTES_H
#define CMQ_OPERATIONS_ATTRIBUTES_H

#include "operations/arguments.h"
#include "operations/dead_letter.h"

struct attributes {
    const enum field *fields;
    size_t count;
    struct arguments values; /* a list that is empty is not given */
    char policy[DEAD_LETTER_TEXT_SIZE];
};

/* The dead-letter policy comes last, if there is one. */
void attributes_of_queue(struct attributes *a, const struct queue *q);

void attributes_of_topic(struct attributes *a, const struct topic *t);
void attributes_of_subscription(struct attributes *a, const struct subscription *s);

#endif
