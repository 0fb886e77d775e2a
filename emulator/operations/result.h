/* result.h - the result of an operation, by its kind.
 *
 * Memory  it points into the engine, and is valid until the next call that changes the engine.
 */
#ifndef CMQ_OPERATIONS_RESULT_H
#define CMQ_OPERATIONS_RESULT_H

#include "engine/engine.h"
#include "operations/page.h"

enum result_kind {
    RESULT_NOTHING,
    RESULT_QUEUE,
    RESULT_TOPIC,
    RESULT_SUBSCRIPTION,
    RESULT_QUEUES, /* a page; likewise the next two */
    RESULT_TOPICS,
    RESULT_SUBSCRIPTIONS,
    RESULT_IDS,       /* of messages, in the order of the bodies */
    RESULT_MESSAGES,  /* received, or a parked poll */
    RESULT_DELETIONS, /* what became of each handle */
};

/* Messages that a call is about. */
struct msg_ids {
    size_t count;
    uint64_t items[BATCH_MAX];
};

struct result {
    enum result_kind kind;
    union {
        const struct queue *queue;
        const struct topic *topic;
        const struct subscription *subscription;
        struct page page;
        struct {
            size_t count;
            uint64_t items[BATCH_MAX];
            bool unseen; /* they expire no later than their delay ends */
        } ids;
        struct received received;
        struct {
            size_t count, failed;
            enum cmq_err outcomes[BATCH_MAX]; /* in the order of the handles */
            uint64_t ids[BATCH_MAX];          /* of the messages, likewise; 0: there was none */
        } deletions;
    };
};

/* The messages that were sent, received, published or deleted. */
void result_msg_ids(const struct result *r, struct msg_ids *out);

#endif
