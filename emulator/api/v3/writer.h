/* writer.h - the members of each kind of result, as API 3.0 answers them (api3 7.17, 8.17).
 *
 * Both products have the same results under the names of their own tables: times in seconds or
 * milliseconds, null here and an empty list there. Running out of memory shows in
 * out->failed. */
#ifndef CMQ_API_V3_WRITER_H
#define CMQ_API_V3_WRITER_H

#include "base/buffer.h"
#include "operations/operation.h"

struct v3_answer {
    struct buffer *out;
    const struct engine *engine;
    size_t lag; /* the counts of queues are so much too low (operations/arguments.h) */
};

/* Each writer is for results of one kind; v3_write_nothing is for any. */
typedef void v3_write_fn(struct v3_answer *a, const struct result *r);
v3_write_fn v3_write_nothing;
v3_write_fn v3_write_queue_id, v3_write_topic_id, v3_write_subscription_id, v3_write_msg_id;
v3_write_fn v3_write_cmq_queues, v3_write_cmq_sources, v3_write_cmq_topics,
    v3_write_cmq_subscriptions;
v3_write_fn v3_write_tdmq_queue, v3_write_tdmq_queues, v3_write_tdmq_sources;
v3_write_fn v3_write_tdmq_topic, v3_write_tdmq_topics, v3_write_tdmq_subscriptions;

#endif
