/* parked.h - a parked poll: a long poll that found no message.
 *
 * Made by engine_receive(), it belongs to its queue until it is released: by a message, by its
 * deadline, by the end of its queue. Then it belongs to the caller that takes it with
 * engine_take_released() and frees it with engine_free_poll(). */
#ifndef CMQ_ENGINE_PARKED_H
#define CMQ_ENGINE_PARKED_H

#include "engine/errors.h"
#include "engine/event.h"

enum { BATCH_MAX = 16 }; /* messages in one call (queue-api 5.2) */

struct message;
struct queue;

struct parked_poll {
    void *owner;           /* the caller's, to find its request again */
    struct queue *queue;   /* NULL once released */
    struct list_node link; /* in queue->polls, in order of arrival; then in store->released */
    struct event timeout;  /* armed while parked */
    size_t max;            /* messages, at most */
    enum cmq_err outcome;  /* set when released: OK, NO_MESSAGE, NO_QUEUE, DATA_RATE */
    size_t count;          /* of messages, when the outcome is OK */
    const struct message *messages[BATCH_MAX]; /* until the next call that changes the engine */
};

#endif
