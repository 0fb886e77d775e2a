/* endpoint.h - where a subscription wants its messages (topic-api 2.8, D22). */
#ifndef CMQ_OPERATIONS_ENDPOINT_H
#define CMQ_OPERATIONS_ENDPOINT_H

#include "engine/subscription.h"

/* BLANK_IN_URL, ENDPOINT_FORMAT, or for a queue ENDPOINT_QUEUE. Whether the queue exists, or
 * anybody listens at the URL, is not asked. */
enum cmq_err endpoint_check(struct bytes endpoint, enum push_protocol protocol);

#endif
