/* actions.h - the table of Actions: name, operation, parameters, how the result is written.
 *
 * A new Action is a row; if its parameters or its answer are new, also a table of parameters or
 * a writer. */
#ifndef CMQ_API_V2_ACTIONS_H
#define CMQ_API_V2_ACTIONS_H

#include "api/v2/params.h"
#include "api/v2/writer.h"

enum model { MODEL_QUEUE, MODEL_TOPIC };

struct action {
    const char *name;
    size_t name_len;
    enum model model;
    enum operation operation;
    const struct param *params;
    size_t param_count;
    write_fn *write;
    int (*outcome)(const struct result *r); /* NULL: every result is a success */
};

/* Without regard to case (sdk-compat 9.10). NULL if there is no such Action. */
const struct action *action_find(struct bytes name);

/* Actions are numbered from 0 to action_count() - 1. */
size_t action_count(void);
const struct action *action_at(size_t number);
size_t action_number(const struct action *a);

#endif
