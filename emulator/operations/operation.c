#include "operations/operation.h"

#include "operations/request.h"

enum subject { SUBJECT_NOTHING, SUBJECT_QUEUE, SUBJECT_TOPIC, SUBJECT_SUBSCRIPTION };

static const struct row {
    operation_fn *run;
    enum plane plane;
    enum subject subject;
    enum result_kind result;
} rows[OPERATIONS] = {
#define OPERATION(operation, function, plane, subject, result)                                 \
    [OPERATION_##operation] = {operation_##function, PLANE_##plane, SUBJECT_##subject,         \
                               RESULT_##result},
#include "operations/operations.def"
#undef OPERATION
};

enum plane operation_plane(enum operation o)
{
    return rows[o].plane;
}

enum result_kind operation_result(enum operation o)
{
    return rows[o].result;
}

enum cmq_err operation_admit(struct engine *e, enum operation o)
{
    return rows[o].plane == PLANE_CONTROL ? engine_count_control(e) : CMQ_OK;
}

/* TDMQ finds queues and topics without regard to case (api3 8). */
static struct queue *find_queue(const struct operation_request *r, struct bytes name)
{
    return argument_given(r->arguments, FIELD_OF_TDMQ)
               ? engine_find_queue_nocase(r->engine, name)
               : engine_find_queue(r->engine, name);
}

static struct topic *find_topic(const struct operation_request *r, struct bytes name)
{
    return argument_given(r->arguments, FIELD_OF_TDMQ)
               ? engine_find_topic_nocase(r->engine, name)
               : engine_find_topic(r->engine, name);
}

static enum cmq_err find_subject(struct operation_request *r, enum subject subject)
{
    const struct arguments *a = r->arguments;
    if (subject == SUBJECT_NOTHING)
        return CMQ_OK;
    if (subject == SUBJECT_QUEUE) {
        r->queue = find_queue(r, argument_text(a, FIELD_QUEUE_NAME));
        return r->queue != NULL ? CMQ_OK : CMQ_NO_QUEUE;
    }
    r->topic = find_topic(r, argument_text(a, FIELD_TOPIC_NAME));
    if (r->topic == NULL)
        return CMQ_NO_TOPIC;
    if (subject == SUBJECT_TOPIC)
        return CMQ_OK;
    r->subscription = engine_find_subscription(r->engine, r->topic,
                                               argument_text(a, FIELD_SUBSCRIPTION_NAME));
    return r->subscription != NULL ? CMQ_OK : CMQ_NO_SUCH_SUBSCRIPTION;
}

static struct answer_needs needs_of_messages(const struct engine *e, const struct arguments *a)
{
    const struct queue *q = engine_find_queue(e, argument_text(a, FIELD_QUEUE_NAME));
    if (q == NULL)
        return (struct answer_needs){0, 0};
    struct preview p = queue_preview(q, (size_t)argument_int(a, FIELD_RECEIVE_COUNT, 1));
    if (a->odd.receipt.among > 1) /* it may get others, whose bodies are longer */
        p.bytes = p.count * BODY_SHARED_FROM;
    return (struct answer_needs){p.count, p.bytes};
}

static struct answer_needs needs_of_deletions(const struct arguments *a)
{
    struct texts handles = argument_list(a, FIELD_HANDLES);
    struct answer_needs needs = {handles.count, 0};
    for (size_t i = 0; i < handles.count; i++)
        needs.bytes += handles.items[i].len;
    return needs;
}

struct answer_needs operation_needs(const struct engine *e, enum operation o,
                                    const struct arguments *a)
{
    switch (rows[o].result) {
    case RESULT_IDS:
        return (struct answer_needs){argument_list(a, FIELD_BODIES).count, 0};
    case RESULT_MESSAGES:
        return needs_of_messages(e, a);
    case RESULT_DELETIONS:
        return needs_of_deletions(a);
    case RESULT_NOTHING:
    case RESULT_QUEUE:
    case RESULT_TOPIC:
    case RESULT_SUBSCRIPTION:
        return (struct answer_needs){1, 0};
    case RESULT_QUEUES:
    case RESULT_TOPICS:
    case RESULT_SUBSCRIPTIONS:
        break;
    }
    return (struct answer_needs){0, 0};
}

enum cmq_err operation_run(struct engine *e, enum operation o, const struct arguments *a,
                           void *owner, struct result *result)
{
    struct operation_request r = {
        .engine = e, .arguments = a, .owner = owner, .result = result};
    result->kind = rows[o].result;
    enum cmq_err err = find_subject(&r, rows[o].subject);
    return err == CMQ_OK ? rows[o].run(&r) : err;
}
