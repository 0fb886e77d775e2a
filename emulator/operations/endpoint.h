/* endpoint.h - what the endpoint of a subscription may be (topic-api 2.8, D22). */
#ifndef CMQ_OPERATIONS_ENDPOINT_H
#define CMQ_OPERATIONS_ENDPOINT_H

#include "engine/subscription.h"

/* BLANK_IN_URL or ENDPOINT_FORMAT for a URL, ENDPOINT_QUEUE for a queue. Whether the queue
 * exists, or anything listens at the URL, is not checked. */
enum cmq_err endpoint_check(struct bytes endpoint, enum push_protocol protocol);

#endif
