/* control.h - the control interface /_emulator/... (design 4).
 *
 * One table of routes: method, path, arguments, handler. Unlike CMQ calls these answer with
 * real HTTP status codes. Every answer is a JSON object with the namespace's virtual time. */
#ifndef CMQ_CONTROL_CONTROL_H
#define CMQ_CONTROL_CONTROL_H

#include "api/buffer.h"
#include "control/namespace.h"

#define CMQ_VERSION "0.1.0"

struct control_call {
    /* Set by the caller. */
    struct bytes method;
    char *path, *query; /* are decoded in place; path begins with "/_emulator" */
    size_t path_len, query_len;
    struct bytes body;
    bool too_large;              /* the body was longer than is accepted, and is left out */
    struct namespace *namespace; /* the default one */
    cmq_ms real_now_ms;
    cmq_ms started_real_ms;
    struct buffer *answer; /* gets the JSON text */

    /* Set by control_run(). */
    int status;      /* of HTTP */
    char allow[64];  /* with 405: the methods that the path has, for the Allow header */
    size_t released; /* polls that the call has released */
    bool moves;      /* the call moves time or ends polls: it is to be answered after them */
};

/* Carry the call out and write its answer. */
void control_run(struct control_call *c);

/* Write {"error":{...}} with no virtual time: for what belongs to no namespace. */
void control_write_error(struct buffer *answer, const char *code, const char *message);

#endif
