/* call_arguments.h - the arguments of an admin call, judged (admin 1.2).
 *
 * A call has a table of the arguments that it takes. Each is read and judged by its kind; one
 * that is mistyped, out of range, unknown or given twice is a mistake that names the argument. */
#ifndef CMQ_ADMIN_CALL_ARGUMENTS_H
#define CMQ_ADMIN_CALL_ARGUMENTS_H

#include "admin/condition.h"
#include "admin/given.h"

#include <cjson/cJSON.h>

enum argument_kind {
    ARGUMENT_DURATION,  /* admin 1.3 */
    ARGUMENT_INSTANT,   /* admin 1.3 */
    ARGUMENT_INSTANTS,  /* several, in epoch milliseconds, with commas between */
    ARGUMENT_NUMBER,    /* a whole number, min .. max */
    ARGUMENT_WORD,      /* one of a list */
    ARGUMENT_NAME,      /* of a queue or a namespace: 1 to 64 letters, digits, "-", "_" */
    ARGUMENT_TEXT,      /* any of min .. max bytes, at most ARGUMENT_NAME_MAX */
    ARGUMENT_MSG_ID,    /* the same, the id of a message: the handler looks */
    ARGUMENT_CODE,      /* the same, or a whole number */
    ARGUMENT_OBJECT,    /* in a query, as JSON text */
    ARGUMENT_CONDITION, /* condition.h; in a query, as JSON text */
};

struct argument {
    const char *name;
    enum argument_kind kind;
    bool needed;              /* for the document alone: the handler asks for it itself */
    const char *const *words; /* ARGUMENT_WORD: those allowed, ended by NULL */
    int64_t min, max;         /* ARGUMENT_NUMBER */
    const char *otherwise;   /* what is read if it is not given, as in a query; NULL: nothing */
    const char *help;        /* a phrase */
    const struct schema *of; /* ARGUMENT_OBJECT */
};

enum { ARGUMENTS_MAX = 12, ARGUMENT_NAME_MAX = 64 };

struct argument_value {
    bool given;
    cmq_ms ms;        /* ARGUMENT_DURATION, ARGUMENT_INSTANT */
    int64_t number;   /* ARGUMENT_NUMBER */
    size_t word;      /* ARGUMENT_WORD: its index in the list */
    const char *list; /* ARGUMENT_INSTANTS: of the given arguments; the handler reads it */
    char name[ARGUMENT_NAME_MAX + 1];
    struct condition *condition; /* owned */
    const cJSON *object;         /* ARGUMENT_OBJECT: of the given arguments, or of text */
    struct json text;            /* owned */
};

/* Fill values[i] for table[i] from the members of object; of an argument that is not given, from
 * what it is otherwise. False, with *m, if one is wrong.
 * Either way the caller frees what the values own with call_arguments_free(). */
bool call_arguments_read(const struct argument *table, size_t count, const cJSON *object,
                         struct argument_value *values, struct mistake *m);
void call_arguments_free(struct argument_value *values, size_t count);

/* The next one of ARGUMENT_INSTANTS, and what is behind it; false at the end. */
bool call_argument_next_instant(const char **rest, cmq_ms *ms);

/* Read one argument from a JSON value; path is its name in messages. */
bool call_argument_read(const struct argument *a, const char *path, const cJSON *json,
                        struct argument_value *v, struct mistake *m);

#endif
