/* making.h - an engine that is made of parts, as somebody tells them who has read what another one
 * consists of.
 *
 * Order   queues with their messages, topics with their subscriptions and messages, names that cool
 *         down; each kind in the order of its making or sending. making_end() does the rest.
 * Absent  what is 0, or has no text, is made. Ids and handles are drawn: none that has been given by then,
 *         nor, of messages, to another one of their queue. Serials and turns are the next ones, and a timer
 *         without a number of arming is armed after those that have one.
 * Checks  what would make an engine that is not whole is refused: names that are taken, an order that
 *         is none. Ranges are the caller's.
 * Errors  after one the making can only be given up. MEMORY_FULL: no room in the budget. */
#ifndef CMQ_ENGINE_MAKING_H
#define CMQ_ENGINE_MAKING_H

#include "engine/engine.h"

struct making;

/* NULL when there is no memory. */
struct making *making_begin(const struct engine_config *config,
                            const struct engine_counters *counters);

/* As far as it is made: to look at. */
const struct engine *making_engine(const struct making *m);

/* What queues and topics have alike. */
struct resource_part {
    struct bytes name, id;
    const struct tag *tags;
    size_t tag_count;
    cmq_ms created_ms, modified_ms;
    uint64_t serial;
};

struct queue_part {
    struct resource_part resource;
    struct queue_attributes attributes;
    enum dead_letter_kind policy;
    struct bytes target; /* of the policy */
    uint32_t max_receives;
    cmq_ms max_age_ms;
    uint64_t last_turn, last_receipt;
    uint32_t sent, received, deletes; /* in the present second */
};

/* QUEUE_EXISTS; PARAM_RANGE: the serial is not above the last one. Its messages follow, in the order of
 * sending. */
enum cmq_err making_queue(struct making *m, const struct queue_part *part);

struct message_part {
    struct bytes body;
    uint64_t id, handle;
    enum message_state state;
    cmq_ms sent_ms, first_dequeue_ms;
    cmq_ms wake_ms; /* CMQ_NEVER: not given */
    uint32_t dequeue_count;
    bool doubled;
    uint64_t turn, receipt;
    uint64_t wake_armed, expiry_armed;
};

/* PARAM_RANGE: it was sent before the last one. */
enum cmq_err making_message(struct making *m, const struct message_part *part);

/* All messages of the queue have been told: after each queue, until it is not WAITING any more, which says
 * that the effort is used up. HANDLE_INVALID: the handle of the message *at, counted from 0, is that of one
 * before it, or of another queue. */
enum cmq_err making_end_queue(struct making *m, size_t *at);

struct topic_part {
    struct resource_part resource;
    struct topic_request request;
    uint32_t published; /* in the present second */
};

/* TOPIC_EXISTS; PARAM_RANGE: as of queues. Its subscriptions follow, then its messages. */
enum cmq_err making_topic(struct making *m, const struct topic_part *part);

struct subscription_part {
    struct bytes id;
    struct subscription_request request;
    cmq_ms created_ms, modified_ms;
    uint64_t serial;
};

/* SUBSCRIPTION_EXISTS; PARAM_RANGE; NO_BINDING_KEY. */
enum cmq_err making_subscription(struct making *m, const struct subscription_part *part);

/* Of the topic whose subscriptions or messages are being told; NULL if there is none of this name. */
struct subscription *making_find_subscription(struct making *m, struct bytes name);

struct delivery_part {
    struct subscription *subscription;
    uint16_t attempts;
    uint32_t put_off_by;
    cmq_ms next_ms; /* CMQ_NEVER: not given */
    uint64_t next_armed;
    struct push_outcome last;
};

struct publication_part {
    struct bytes body, tags;
    uint64_t id;
    cmq_ms published_ms;
    uint64_t expiry_armed;
    size_t subscribers;    /* that it was for; at least so many as deliveries */
    size_t delivery_count; /* those that are pending: at least one */
    const struct delivery_part *deliveries;
};

/* SUBSCRIPTION_EXISTS: two deliveries are to one subscription. */
enum cmq_err making_publication(struct making *m, const struct publication_part *part);

struct name_part {
    bool of_topic; /* else of a queue */
    struct bytes text;
    cmq_ms free_ms;
    uint64_t free_armed;
};

/* NAME_COOLING: it is taken, or there twice. */
enum cmq_err making_name(struct making *m, const struct name_part *part);

/* All has been told: until it is not WAITING any more. *at is the queue, counted from 0, whose dead-letter
 * policy is refused: NO_DEAD_LETTER_QUEUE, DEAD_LETTER_NEST, DEAD_LETTER_SOURCES. On OK the engine is
 * the caller's, and m is freed. */
enum cmq_err making_end(struct making *m, struct engine **out, size_t *at);

/* Free m; the engine, as far as it is made, is the caller's, to be freed. */
struct engine *making_give_up(struct making *m);

#endif
