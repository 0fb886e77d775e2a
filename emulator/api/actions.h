/* actions.h - the table of Actions: name, plane, parameters, what carries them out.
 *
 * A new Action is a row here and a function. The function reads c->args, calls the engine, and
 * on success writes the answer between answer_open() and answer_close(). On failure it returns
 * the error and writes nothing; if the error's text has a place for a name, it sets c->culprit.
 */
#ifndef CMQ_API_ACTIONS_H
#define CMQ_API_ACTIONS_H

#include "api/call.h"

enum plane { PLANE_CONTROL, PLANE_DATA, PLANE_ROUTE };
enum model { MODEL_QUEUE, MODEL_TOPIC };

struct action {
    const char *name;
    enum model model;
    enum plane plane;
    bool on_queue; /* its queueName must be that of a queue: c->queue */
    const struct param *params;
    size_t param_count;
    enum cmq_err (*run)(struct call *c);
};

/* Case does not matter (sdk-compat 9.10). NULL if there is none. */
const struct action *action_find(struct bytes name);

/* All rows, for tests. */
const struct action *action_table(size_t *count);

/* Write code, message, requestId and what else stands in every answer. */
void answer_open(struct call *c, enum cmq_err err, struct bytes culprit);
void answer_close(struct call *c);

/* Write the attributes of a queue, with CMQ's names (queue-api 2.3). */
void answer_attributes(struct buffer *b, const struct queue *q);

/* The answer of a receive: one message, or the list of a batch. */
void answer_messages(struct call *c, const struct message *const *messages, size_t count);

#endif
