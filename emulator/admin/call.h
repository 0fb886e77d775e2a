/* call.h - one call of the admin interface, from its request to its answer.
 *
 * The caller fills the first part; admin.h says how a call is read, run and freed. */
#ifndef CMQ_ADMIN_CALL_H
#define CMQ_ADMIN_CALL_H

#include "admin/condition.h"
#include "admin/mistake.h"
#include "base/buffer.h"
#include "base/form.h"
#include "namespace/registry.h"

struct route;

/* What becomes of a call that was run. */
enum admin_result {
    ADMIN_ANSWERED, /* its answer is written */
    ADMIN_MOVES,    /* it has begun a move; the answer is due when that has arrived */
    ADMIN_AWAITS,   /* it waits for its condition, at most await_ms of real time */
    ADMIN_DELAYED,  /* its answer is written, and to be sent after delay_ms of real time */
};

/* Append an error of the engine as clients are told of it: people know the service's texts, and
 * the admin interface knows no wire format. */
typedef void name_error_fn(struct buffer *out, enum cmq_err err);

struct admin_call {
    /* Set by the caller; the texts live until the call is answered. */
    struct bytes method;
    char *path, *query; /* are decoded in place; path begins with "/_emulator" */
    size_t path_len, query_len;
    struct bytes body;
    struct bytes headers; /* lines "Name: value\n"; for sinks alone */
    bool too_large;       /* the body was longer than is accepted, and is left out */
    struct registry *registry;
    cmq_ms started_real_ms; /* of the program */
    struct buffer *answer;  /* gets the JSON text */
    struct wait *wait;      /* of whoever waits for the answer */
    name_error_fn *name_error;

    /* Set by admin_read(). */
    struct namespace *namespace; /* the one that the call is about; "default" if none */
    const struct route *route;   /* NULL when there is none for it */
    struct form form;            /* the query */
    struct bytes name;           /* the part of the path that the route leaves open */
    struct mistake mistake;      /* its status is 0 when there is none */

    /* Set by admin_run(). */
    enum admin_result result;
    int status;        /* of HTTP */
    char allow[64];    /* with 405: the methods that the path has, for the Allow header */
    bool moves;        /* the call moves time or ends polls: it is to be answered after them */
    const char *reset; /* of a move: the answer is that of a reset of this; else NULL */
    struct condition *condition; /* of a run or an await; owned */
    cmq_ms await_ms, delay_ms;
};

#endif
