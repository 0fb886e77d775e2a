/* writer.h - answers of API v2: the envelope, and the members of each kind of result.
 *
 * An answer is one JSON object: answer_open() writes what every answer has, a writer the
 * members of a result, answer_close() the end. Running out of memory shows in out->failed. */
#ifndef CMQ_API_V2_WRITER_H
#define CMQ_API_V2_WRITER_H

#include "operations/operation.h"

struct answer {
    struct buffer *out;
    struct engine *engine;                 /* gives the request id */
    enum plane plane;                      /* PLANE_ROUTE if the Action is unknown */
    const struct bytes *client_request_id; /* as the client sent it; NULL if it did not */
    struct bytes address;              /* where this emulator listens, as the client knows it */
    const struct arguments *arguments; /* what the call was given; NULL for one that failed */
    struct buffer *message;            /* gets the message by itself, too */
    int forced_code;                   /* of a failure, instead of its own; 0: its own */
    const char *forced_message;        /* likewise; NULL: its own */
    int code;                          /* set by answer_open(): as it is written */
};

/* Write code, message, requestId and the other members of every answer (decisions 15); culprit
 * is the name that a failure is about. */
void answer_open(struct answer *a, int outcome, struct bytes culprit);
void answer_close(struct answer *a);

/* Each writer is for results of one kind; write_nothing is for any. */
typedef void write_fn(struct answer *a, const struct result *r);
write_fn write_nothing, write_address;
write_fn write_queue_id, write_queue, write_queue_set, write_queue_list;
write_fn write_msg_id, write_msg_list, write_message, write_message_list, write_delete_errors;
write_fn write_topic_id, write_topic, write_topic_list;
write_fn write_subscription_id, write_subscription, write_subscription_list;

/* The outcome of deleting one message, or a batch. */
int deletion_outcome(const struct result *r);
int batch_deletion_outcome(const struct result *r);

#endif
