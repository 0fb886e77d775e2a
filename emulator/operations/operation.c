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

static enum cmq_err find_subject(struct operation_request *r, enum subject subject)
{
    const struct arguments *a = r->arguments;
    if (subject == SUBJECT_NOTHING)
        return CMQ_OK;
    if (subject == SUBJECT_QUEUE) {
        r->queue = engine_find_queue(r->engine, argument_text(a, FIELD_QUEUE_NAME));
        return r->queue != NULL ? CMQ_OK : CMQ_NO_QUEUE;
    }
    r->topic = engine_find_topic(r->engine, argument_text(a, FIELD_TOPIC_NAME));
    if (r->topic == NULL)
        return CMQ_NO_TOPIC;
    if (subject == SUBJECT_TOPIC)
        return CMQ_OK;
    r->subscription = engine_find_subscription(r->engine, r->topic,
                                               argument_text(a, FIELD_SUBSCRIPTION_NAME));
    return r->subscription != NULL ? CMQ_OK : CMQ_NO_SUCH_SUBSCRIPTION;
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
