/* operation.h - what a client can ask for: judged arguments in, a result out.
 *
 * For     every protocol, and for what else acts as a client does, such as the configuration
 *         file. An operation finds its subject (a queue, topic or subscription) and calls the
 *         engine. It knows no wire format.
 * Order   of checks, as in queue-api 1.6: each argument (by the caller, as it sets it), the
 *         rate of the control plane (operation_admit), whether the subject exists, then its
 *         state (operation_run).
 * Time    the caller has advanced the engine to its present instant. */
#ifndef CMQ_OPERATIONS_OPERATION_H
#define CMQ_OPERATIONS_OPERATION_H

#include "operations/arguments.h"
#include "operations/result.h"

enum operation {
#define OPERATION(operation, function, plane, subject, result) OPERATION_##operation,
#include "operations/operations.def"
#undef OPERATION
    OPERATIONS
};

enum plane { PLANE_CONTROL, PLANE_DATA, PLANE_ROUTE };

enum plane operation_plane(enum operation o);
enum result_kind operation_result(enum operation o);

/* Count a client's call against the rate of the control plane, if it belongs to that:
 * CONTROL_RATE if it is one too many in this second. Calls of our own are not counted. */
enum cmq_err operation_admit(struct engine *e, enum operation o);

/* What an operation that changes something will have to tell, at the most: known before, so that
 * its answer can have its memory before anything is changed. */
struct answer_needs {
    size_t items; /* ids, messages, or outcomes of deletions; 0: it only reads */
    size_t bytes; /* of texts that clients gave, and that are in no blob */
};
struct answer_needs operation_needs(const struct engine *e, enum operation o,
                                    const struct arguments *a);

/* Carry out the operation. NO_QUEUE, NO_TOPIC, NO_SUCH_SUBSCRIPTION, or an error of the engine:
 * nothing has changed then. CMQ_WAITING: a poll has been parked for this owner; it is in
 * result->received.poll. Required arguments must have been given. */
enum cmq_err operation_run(struct engine *e, enum operation o, const struct arguments *a,
                           void *owner, struct result *result);

#endif
