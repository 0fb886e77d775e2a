/* params.h - the parameters of an Action: a table of them, and one reader for all tables.
 *
 * An Action's table has one row a parameter. params_read() walks the rows and judges, for each
 * in turn: presence, form of the key, gaps, size of a list, then the value itself, which is the
 * matter of its field (queue-api 1.6). What is not in the table is ignored (SDKs send more,
 * common 3.4). */
#ifndef CMQ_API_V2_PARAMS_H
#define CMQ_API_V2_PARAMS_H

#include "base/form.h"
#include "operations/arguments.h"

struct param {
    enum field field;
    bool required;
    bool repeated;         /* its keys are "name.0", "name.1", ... (common 3.3) */
    const char *key;       /* NULL: the field's name */
    const char *other_key; /* is accepted as well, if key is not there; NULL: none */
};

/* The name that clients know it by. */
const char *param_key(const struct param *p);

/* Fill *arguments. On failure the outcome says what is wrong, and *culprit with which name. */
int params_read(const struct param *params, size_t count, const struct form *form,
                const struct engine_limits *limits, struct arguments *arguments,
                struct bytes *culprit);

#endif
