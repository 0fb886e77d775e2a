/* handling.h - what the handlers of the admin interface share. For admin.c and the files
 * *_calls.c.
 *
 * A handler gets its arguments in the order of its route's table, and in name the part of the
 * path at the route's "*". It runs within the bracket of ns. It either writes its members into
 * the open answer object and returns true; or it sets the call's mistake, changes nothing,
 * writes nothing and returns false. */
#ifndef CMQ_ADMIN_HANDLING_H
#define CMQ_ADMIN_HANDLING_H

#include "admin/answer.h"
#include "admin/call_arguments.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    STATUS_OK = 200,
    STATUS_BAD = 400,
    STATUS_NOT_FOUND = 404,
    STATUS_METHOD = 405,
    STATUS_CONFLICT = 409,
    STATUS_TOO_LARGE = 413,
    STATUS_INTERNAL = 500,
    STATUS_UNAVAILABLE = 503,
};

struct handling {
    struct admin_call *call;
    struct namespace *ns;
    struct bytes name;
    const cJSON *object; /* all arguments as given */
    struct argument_value values[ARGUMENTS_MAX];
};

struct route {
    const char *method;
    const char *path; /* "*" matches one part that is not empty */
    const struct argument *arguments;
    size_t argument_count;
    unsigned flags;
    bool (*run)(struct handling *h);
    const char *summary;
    /* What the OpenAPI document says besides (openapi.h). */
    const struct schema *answer; /* of status 200 */
    const char *mistakes[8]; /* codes of mistake_rows, besides those that any call may have */
    const struct argument *named; /* what stands at the "*" */
    const struct schema
        *takes; /* what its body is, where it has no arguments; ROUTE_RAW without
                                 * takes any, and answers as it has been told */
};

enum { AGENDA_LOOKS_MAX = 10000 }; /* which take 1 to 3 ms */

enum {
    ROUTE_MOVES = 1,         /* see admin_call.moves */
    ROUTE_OWN_ARGUMENTS = 2, /* the handler reads the object itself */
    ROUTE_IN_TURN = 4,       /* not run while another call's move is under way */
    ROUTE_RAW = 8,           /* the handler reads query and body itself */
    ROUTE_ANY_TIME = 16,     /* run even while the namespace is busy: it tells what is there */
    ROUTE_OF_NAMED = 32,     /* the same, but it waits for the namespace that its path names */
    ROUTE_ACTS = 64,         /* what is due at the present instant happens before */
    ROUTE_AGENDA = 128,      /* it looks at so many of the events to come */
    ROUTE_PAGE = 256,        /* who takes HTML gets a page instead, from the service */
    ROUTE_STREAM = 512,      /* its answer is a stream of events, and no JSON */
};

/* The rows of each file, ended by one without a method. */
extern const struct route clock_routes[], queue_routes[], topic_routes[], sink_routes[],
    signature_routes[], fault_routes[], snapshot_routes[], namespace_routes[], journal_routes[],
    message_routes[], event_routes[], index_routes[];

/* Whether the call is a push of its own namespace: if it waited for a move, the move would wait
 * for the push, and the push for the call (admin 8). */
static inline bool is_own_push(const struct admin_call *c)
{
    return c->pushed_by == c->namespace;
}

/* Set the mistake of such a call that would move time; returns false. */
bool mistake_own_push(struct mistake *m);

/* Whether a call for the agenda has all of it looked at, rather than the first events. */
bool agenda_is_surveyed(const struct admin_call *c);

/* Whether the namespace remembers its requests; false, with the mistake, if there would be none ever. */
bool has_journal(struct handling *h, const char *argument);

/* Let the call wait until the condition holds, for so long of real time at the most; write then writes
 * the members of its answer, whether it holds or not. The condition is the call's from now on. False,
 * with the mistake, when it cannot wait. */
enum { AWAIT_MAX_MS = 3600000 };
bool admin_await(struct handling *h, struct condition *condition, cmq_ms timeout_ms,
                 write_awaited_fn *write);

/* Free the condition, and give back what it took. */
void admin_forget_condition(struct admin_call *c);

/* All of them, in order, from a zeroed cursor on; NULL behind the last one. */
struct route_cursor {
    size_t table, row;
};
const struct route *route_next(struct route_cursor *c);

/* The row for a method and a path; NULL if there is none. What the path leaves open is in *name. */
const struct route *route_of(struct bytes method, struct bytes path, struct bytes *name);

/* The path of a route as the document and the index tell it: {name} for "*". */
enum { ROUTE_PATH_SIZE = 128 };
void route_path(const char *path, char out[ROUTE_PATH_SIZE]);

/* The row for the call's method and path, with what its path leaves open in c->name; NULL, with
 * the mistake and the methods allowed, if there is none. */
const struct route *route_find(struct admin_call *c);

#endif
