/* parked.h - a parked poll: a long poll that found no message.
 *
 * Made by engine_receive(), it belongs to its queue until it is released: by a message, by its
 * deadline, by the end of its queue. Then it belongs to the caller that takes it with
 * engine_take_released() and frees it with engine_free_poll().
 *
 * One that is late belongs to no queue: an answer that is not to be given before an instant, see
 * engine_put_off_answer(). It counts as a parked poll, and is released by its instant alone. */
#ifndef CMQ_ENGINE_PARKED_H
#define CMQ_ENGINE_PARKED_H

#include "engine/errors.h"
#include "engine/event.h"
#include "engine/names.h"

enum { BATCH_MAX = 16 }; /* messages in one call (queue-api 5.2) */

struct message;
struct queue;

/* How a receive differs from the usual one; zeroed it does not. */
struct odd_receipt {
    bool empty;      /* it finds nothing, whatever there is, until its wait is over */
    uint32_t copies; /* of each message that it gets for the first time: see queue_hand_out() */
    uint32_t among;  /* it gets one of the first so many messages, and not the first */
    uint64_t draw;   /* which one */
};

struct parked_poll {
    void *owner;           /* the caller's, to find its request again */
    struct queue *queue;   /* NULL once released, and of one that is late */
    struct list_node link; /* in queue->polls, in order of arrival, or store->late; then in
                              store->released */
    bool late;
    struct event timeout; /* armed while parked */
    size_t max;           /* messages, at most */
    struct odd_receipt odd;
    enum cmq_err outcome; /* set when released: OK, NO_MESSAGE, NO_QUEUE, DATA_RATE */
    size_t count;         /* of messages, when the outcome is OK */
    union {
        const struct message
            *messages[BATCH_MAX]; /* until the next call that changes the engine */
        struct {                  /* of one that is late, while it is */
            bool of_topic;
            char about[NAME_MAX_LENGTH + 1]; /* a queue or a topic, "" for none */
        };
    };
};

#endif
