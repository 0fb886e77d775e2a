/* arguments.h - the arguments of a admin call, from its query string and its JSON body.
 *
 * A call has a table of the arguments that it takes. Each is read and judged by its kind; what
 * is mistyped, negative, too large, unknown or given twice is a mistake that names the
 * argument. */
#ifndef CMQ_ADMIN_ARGUMENTS_H
#define CMQ_ADMIN_ARGUMENTS_H

#include "admin/condition.h"
#include "admin/mistake.h"
#include "base/form.h"

#include <cjson/cJSON.h>

enum argument_kind {
    ARGUMENT_DURATION,  /* admin 1.3 */
    ARGUMENT_INSTANT,   /* admin 1.3 */
    ARGUMENT_NUMBER,    /* a whole number, min .. max */
    ARGUMENT_WORD,      /* one of a list */
    ARGUMENT_NAME,      /* of a queue or a namespace: 1 to 64 letters, digits, "-", "_" */
    ARGUMENT_CONDITION, /* condition.h; in a query, as JSON text */
};

struct argument {
    const char *name;
    enum argument_kind kind;
    const char *const *words; /* ARGUMENT_WORD: those allowed, ended by NULL */
    int64_t min, max;         /* ARGUMENT_NUMBER */
};

enum { ARGUMENTS_MAX = 4, ARGUMENT_NAME_MAX = 64 };

struct argument_value {
    bool given;
    cmq_ms ms;      /* ARGUMENT_DURATION, ARGUMENT_INSTANT */
    int64_t number; /* ARGUMENT_NUMBER */
    size_t word;    /* ARGUMENT_WORD: its place in the list */
    char name[ARGUMENT_NAME_MAX + 1];
    struct condition *condition; /* owned */
};

/* The query's parameters, but for "namespace", and the body's members as one object; NULL, with
 * *m, when the body is no object or something is given in both places. cJSON_Delete() it. */
cJSON *arguments_merge(const struct form *query, struct bytes body, struct mistake *m);

/* Fill values[i] for table[i] from the members of object. On false *m says what is wrong.
 * Either way arguments_free() frees what the values own. */
bool arguments_read(const struct argument *table, size_t count, const cJSON *object,
                    struct argument_value *values, struct mistake *m);
void arguments_free(struct argument_value *values, size_t count);

/* One argument from a JSON value, the name in messages being path. */
bool argument_read(const struct argument *a, const char *path, const cJSON *json,
                   struct argument_value *v, struct mistake *m);

#endif
