/* call.h - one call of the admin interface, from its request to its answer.
 *
 * The caller fills the first part; admin.h says how a call is read, run and freed. */
#ifndef CMQ_ADMIN_CALL_H
#define CMQ_ADMIN_CALL_H

#include "admin/condition.h"
#include "admin/given.h"
#include "base/source.h"
#include "namespace/registry.h"

struct admin_call;
struct route;
struct snapshot_reading;
struct feeds;
struct feed_reader;

/* The state of a call that was run. */
enum admin_result {
    ADMIN_ANSWERED, /* its answer is written */
    ADMIN_MOVES,    /* it has begun a move, and is answered when that has arrived */
    ADMIN_PUT_OFF,  /* it is to be answered when nothing is left to be done in its namespace */
    ADMIN_AWAITS,   /* it waits for its condition, at most await_ms of real time */
    ADMIN_DELAYED,  /* its answer is written, and sent after delay_ms of real time */
};

/* Write the members of the answer of a call that was put off; false, with its mistake, when what it was
 * put off for has failed. */
typedef bool answer_rest_fn(struct admin_call *c);

/* Append an error of the engine as CMQ's clients get it. A callback, since the admin interface
 * knows no wire format, but people know errors by the service's texts. */
typedef void name_error_fn(struct buffer *out, enum cmq_err err);

/* Write the members of the answer of a call that has waited so long for its condition. */
struct admin_call;
typedef void write_awaited_fn(struct admin_call *c, cmq_ms waited_ms);

struct admin_call {
    /* Set by the caller; the texts live until the call is answered. */
    struct bytes method;
    char *path, *query; /* are decoded in place; path begins with "/_emulator" */
    size_t path_len, query_len;
    struct bytes body;
    struct bytes headers;         /* lines "Name: value\n"; for sinks alone */
    struct escape_count *escapes; /* of the body, as far as it has been counted; likewise */
    bool too_large;               /* the body was longer than --max-body, and was not kept */
    const struct namespace *pushed_by; /* whose push it is; NULL; compared, never followed */
    struct registry *registry;
    cmq_ms started_real_ms; /* of the program */
    struct buffer *answer;  /* gets the JSON text */
    struct wait *wait;      /* for the call to wait by; its end() is set */
    struct feeds *feeds;
    struct bytes last_event_id; /* the header; empty for none */
    name_error_fn *name_error;

    /* Set by admin_read(). */
    struct namespace *namespace; /* the one that the call is about; "default" unless named */
    const struct route *route;   /* NULL if there is none */
    struct form form;            /* the query */
    struct given given;          /* the arguments, but for "namespace" */
    struct bytes name;           /* the part of the path that the route leaves open */
    bool moves;             /* it moves time or ends polls: it is to be answered after them */
    struct mistake mistake; /* its status is 0 when there is none */

    /* Set by admin_run(). */
    enum admin_result result;
    int status;     /* of HTTP */
    char allow[64]; /* with 405: the methods that the path has, for the Allow header */
    const char
        *reset; /* what a reset by way of a move, or one that is put off, resets; else NULL */
    struct source *more;        /* the rest of the answer; the caller's; or NULL */
    struct feed_reader *reader; /* whose source that is, of an answer without an end; or NULL */
    answer_rest_fn *rest;       /* ADMIN_PUT_OFF */
    bool again; /* set by rest: it is not over, and the call is put off once more */
    struct snapshot_reading *reading; /* of its body; owned */
    struct survey *survey;            /* of the agenda; owned */
    struct namespace *made;          /* likewise: what the call is about from now on, or NULL */
    uint64_t delivered_before;       /* polls of the namespace, when that began */
    struct condition *condition;     /* of a run or an await; owned */
    size_t awaited;                  /* parts of it, taken from host->budgets.awaits */
    write_awaited_fn *write_awaited; /* ADMIN_AWAITS */
    int64_t limit;                   /* of the entries that it waits for */
    cmq_ms await_ms, delay_ms;
};

#endif
