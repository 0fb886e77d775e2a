/* request.h - an operation under way. For operation.c, which begins it, and the functions that
 * do the work, in queue_operations.c and topic_operations.c.
 *
 * A function returns the error, or fills *result, whose kind is set already. */
#ifndef CMQ_OPERATIONS_REQUEST_H
#define CMQ_OPERATIONS_REQUEST_H

#include "operations/arguments.h"
#include "operations/result.h"

struct operation_request {
    struct engine *engine;
    const struct arguments *arguments;
    void *owner; /* of a poll that is parked */
    struct queue *queue;
    struct topic *topic;               /* also that of the subscription */
    struct subscription *subscription; /* these three are NULL unless they are the subject */
    struct result *result;
};

/* The tags that were given, in *out, which is NULL when none were. full: the error when the bound of
 * memory leaves no room for them. */
enum cmq_err operation_make_tags(struct operation_request *r, enum cmq_err full,
                                 struct tags **out);

enum trace operation_trace(const struct arguments *a, enum trace otherwise);

typedef enum cmq_err operation_fn(struct operation_request *r);
#define OPERATION(operation, function, plane, subject, result)                                 \
    operation_fn operation_##function;
#include "operations/operations.def"
#undef OPERATION

#endif
