/* arguments.h - the arguments of a control call, from its query string and its JSON body.
 *
 * A call has a table of the arguments that it takes. Each is read and judged by its kind; what
 * is mistyped, negative, too large, unknown or given twice is a mistake that names the
 * argument. */
#ifndef CMQ_CONTROL_ARGUMENTS_H
#define CMQ_CONTROL_ARGUMENTS_H

#include "api/form.h"
#include "engine/time.h"

enum argument_kind {
    ARGUMENT_DURATION, /* design 4 */
    ARGUMENT_INSTANT,  /* design 4 */
    ARGUMENT_WORD,     /* one of a list */
};

struct argument {
    const char *name;
    enum argument_kind kind;
    const char *const *words; /* ARGUMENT_WORD: those allowed, ended by NULL */
};

struct argument_value {
    bool given;
    cmq_ms ms;   /* ARGUMENT_DURATION, ARGUMENT_INSTANT */
    size_t word; /* ARGUMENT_WORD: its place in the list */
};

enum { ARGUMENTS_MAX = 4, MISTAKE_SIZE = 320 };

/* What is wrong with a call: for the answer's "error" object. */
struct mistake {
    int status;       /* of HTTP */
    const char *code; /* one word for programs */
    char argument[72];
    char message[MISTAKE_SIZE];
};

/* Fill values[i] for table[i]. On false *m says what is wrong. The query is the decoded form
 * without "namespace"; body may be empty. */
bool arguments_read(const struct argument *table, size_t count, const struct form *query,
                    struct bytes body, struct argument_value *values, struct mistake *m);

/* Set *m and return false, so that a check can say: return mistake(...). argument may be "". */
bool mistake_set(struct mistake *m, int status, const char *code, const char *argument,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
