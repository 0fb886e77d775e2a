/* calls.h - what the handlers of the control interface share. For control.c and its *_calls.c.
 *
 * A handler finds its arguments in the order of its row's table, and in name the part of the
 * path that stands at the row's "*". It either writes its members into the open answer object
 * and returns true, or sets the mistake, has changed nothing and written nothing, and returns
 * false. */
#ifndef CMQ_CONTROL_CALLS_H
#define CMQ_CONTROL_CALLS_H

#include "control/arguments.h"
#include "control/control.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    STATUS_OK = 200,
    STATUS_BAD = 400,
    STATUS_NOT_FOUND = 404,
    STATUS_METHOD = 405,
    STATUS_CONFLICT = 409,
    STATUS_TOO_LARGE = 413,
    STATUS_INTERNAL = 500,
};

struct handling {
    struct control_call *call;
    struct namespace *ns;
    struct bytes name;
    const cJSON *object; /* all arguments as given */
    struct argument_value values[ARGUMENTS_MAX];
    struct mistake mistake;
};

struct route {
    const char *method;
    const char *path; /* a "*" stands for one part that is not empty */
    const struct argument *arguments;
    size_t argument_count;
    unsigned flags;
    bool (*run)(struct handling *h);
};

enum {
    ROUTE_MOVES = 1,         /* see control_call.moves */
    ROUTE_OWN_ARGUMENTS = 2, /* the handler reads the object itself */
};

/* The rows of each file, ended by one without a method. */
extern const struct route clock_routes[], queue_routes[], namespace_routes[];

/* ---- parts of answers (design 4.6) ---- */

void write_time(struct buffer *b, const struct namespace *ns);
void write_event(struct buffer *b, const struct event_view *v);

/* The members of the clock object. */
void write_clock(struct buffer *b, const struct namespace *ns, cmq_ms real_now_ms);

#endif
