/* operation.h - what a client can ask for: judged arguments in, a result out.
 *
 * For     every protocol, and for whatever else acts as a client does. An operation finds what
 *         it is about, judges the state of things and calls the engine. It knows no wire
 *         format: how arguments were spelled and how results are written is not its matter.
 * Order   of the checks, as in queue-api 1.6: the arguments one by one (the caller, as it sets
 *         them), the rate of the control plane (operation_admit), whether the subject exists,
 *         its state (operation_run).
 * Time    the engine has been advanced to the present. */
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

/* Count a client's call: CONTROL_RATE if it is one too many in this second. */
enum cmq_err operation_admit(struct engine *e, enum operation o);

/* Carry it out. NO_QUEUE, NO_TOPIC, NO_SUCH_SUBSCRIPTION, or an error of the engine's: then
 * nothing has changed. CMQ_WAITING: a poll has been parked for this owner; it is in
 * result->received.poll. Arguments that the operation cannot do without have been given. */
enum cmq_err operation_run(struct engine *e, enum operation o, const struct arguments *a,
                           void *owner, struct result *result);

#endif
