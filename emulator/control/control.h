/* control.h - the control interface /_emulator/... (design 4).
 *
 * One table of routes: method, path, arguments, handler. Unlike CMQ calls these answer with
 * real HTTP status codes. Every answer is a JSON object with the namespace's virtual time. */
#ifndef CMQ_CONTROL_CONTROL_H
#define CMQ_CONTROL_CONTROL_H

#include "api/buffer.h"
#include "control/condition.h"
#include "control/world.h"

#define CMQ_VERSION "0.1.0"

struct control_call {
    /* Set by the caller. */
    struct bytes method;
    char *path, *query; /* are decoded in place; path begins with "/_emulator" */
    size_t path_len, query_len;
    struct bytes body;
    bool too_large; /* the body was longer than is accepted, and is left out */
    struct world *world;
    cmq_ms real_now_ms;
    cmq_ms started_real_ms;
    struct buffer *answer; /* gets the JSON text */

    /* Set by control_run(). */
    struct namespace *namespace; /* the one that the call was about; "default" if none */
    int status;                  /* of HTTP */
    char allow[64]; /* with 405: the methods that the path has, for the Allow header */
    bool moves;     /* the call moves time or ends polls: it is to be answered after them */
    struct condition *await; /* not answered yet: wait for this, then control_answer_await() */
    cmq_ms await_ms;         /* as long, in real time */
};

/* Carry the call out and write its answer, unless it is to wait. */
void control_run(struct control_call *c);

/* Write the answer of a call that waited. */
void control_answer_await(struct buffer *answer, const struct namespace *ns,
                          const struct condition *condition, cmq_ms waited_ms);

/* The same for a call whose namespace was dropped while it waited; home is "default". */
void control_answer_dropped(struct buffer *answer, const struct namespace *home);

/* Write {"error":{...}} with no virtual time: for what belongs to no namespace. */
void control_write_error(struct buffer *answer, const char *code, const char *message);

#endif
