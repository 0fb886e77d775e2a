/* actions.h - the tables of Actions of both products (api3 1): name, operation, parameters, how
 * the result is written.
 *
 * A new Action is a row; if its parameters or its answer are new, also a table of parameters or
 * a writer. */
#ifndef CMQ_API_V3_ACTIONS_H
#define CMQ_API_V3_ACTIONS_H

#include "api/v3/failure.h"
#include "api/v3/inputs.h"
#include "api/v3/writer.h"

struct v3_action {
    const char *name;
    enum operation operation;
    const struct v3_param *params;
    size_t param_count;
    v3_write_fn *write;
};

/* Actions of a product are numbered from 0 to v3_action_count() - 1. */
size_t v3_action_count(enum v3_product product);
const struct v3_action *v3_action_at(enum v3_product product, size_t number);

/* By its exact name; NULL if the product has none. */
const struct v3_action *v3_action_find(enum v3_product product, struct bytes name);

/* The code of a failure of this Action: that of failures.def, unless the documents have another
 * one for just this Action. The Action may be NULL. */
const char *v3_action_code(const struct v3_action *action, int outcome,
                           enum v3_product product);

/* Append what a person may have meant by an Action that the product does not have, in words
 * that follow its name: another spelling, an Action of the other product or of API v2. */
void v3_append_hint(struct buffer *out, enum v3_product product, struct bytes name);

#endif
