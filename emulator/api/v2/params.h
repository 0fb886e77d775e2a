/* params.h - the parameters of an Action: a table of them, and one reader for all tables.
 *
 * An Action's table has one row for each parameter. params_read() goes through the rows and
 * judges, for each in turn: presence, form of the key, gaps, size of a list (queue-api 1.6),
 * then the value, by its field (operations/arguments.h). Parameters that are not in the table
 * are ignored: SDKs send more (common 3.4, decisions 7). */
#ifndef CMQ_API_V2_PARAMS_H
#define CMQ_API_V2_PARAMS_H

#include "base/form.h"
#include "operations/arguments.h"

struct param {
    enum field field;
    bool required;
    bool repeated;         /* its keys are "name.0", "name.1", ... (common 3.3) */
    const char *key;       /* NULL: the field's name */
    const char *other_key; /* accepted if key is not given; NULL: none */
};

/* The name by which clients give it. */
const char *param_key(const struct param *p);

/* Fill *arguments. Returns CMQ_OK, or an outcome (failure.h) with the name to blame in
 * *culprit. The arguments refer to the texts of the form. */
int params_read(const struct param *params, size_t count, const struct form *form,
                const struct engine_limits *limits, struct arguments *arguments,
                struct bytes *culprit);

#endif
