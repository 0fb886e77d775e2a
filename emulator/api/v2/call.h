/* call.h - one call of the CMQ API v2, from its parameters to its JSON answer.
 *
 * Use: fill method, host, query and body; call_read(); choose the engine by what the form says
 * (form_find "SecretId"); call_run(). When that returns CMQ_WAITING the answer is not written
 * yet: once call->poll is released, call_answer_poll() writes it.
 *
 * Nothing here knows of sockets or clocks: the engine has been advanced to the present. */
#ifndef CMQ_API_V2_CALL_H
#define CMQ_API_V2_CALL_H

#include "base/buffer.h"
#include "base/form.h"
#include "engine/engine.h"

struct action;

struct call {
    /* Set by the caller; the texts live until the answer is written. */
    struct bytes method;
    struct bytes host;   /* Host header; empty if there is none */
    const char *address; /* "host:port", for routes, when a request names no host */
    char *query, *body;  /* are decoded in place */
    size_t query_len, body_len;
    bool too_large;        /* the body was longer than is accepted, and is left out */
    struct buffer *answer; /* gets the JSON text */

    /* Set on the way. */
    struct engine *engine;
    struct form form;
    const struct action *action; /* NULL while unknown */
    int outcome;                 /* see failure.h */
    struct bytes culprit;        /* the name that a failure is about; may be empty */
    struct parked_poll *poll;    /* after CMQ_WAITING */
};

/* Find and decode the parameters. A failure is remembered and answered by call_run(). */
void call_read(struct call *c);

/* Carry the call out, and write the answer unless the outcome is CMQ_WAITING. owner is what the
 * parked poll, if any, names. */
int call_run(struct call *c, struct engine *engine, void *owner);

/* Write the answer of a call that waited. */
void call_answer_poll(struct call *c, const struct parked_poll *poll);

/* The Action's own spelling; "-" if it is unknown. */
const char *call_action_name(const struct call *c);

/* Free what the call itself took: the form. The texts and the answer are the caller's. */
void call_fini(struct call *c);

#endif
