/* call.h - one call of the CMQ API v2, from its parameters to its JSON answer.
 *
 * Use     fill the first members; call_read(); choose the engine by the SecretId in the form;
 *         call_run(). When that returns CMQ_WAITING the answer is not written yet: once
 *         call->poll is released, call_answer_poll() writes it. call_fini() at the end.
 * Time    the caller has advanced the engine to its present instant.
 * Errors  are answers, too. Running out of memory shows in answer->failed. */
#ifndef CMQ_API_V2_CALL_H
#define CMQ_API_V2_CALL_H

#include "api/warnings.h"
#include "base/form.h"
#include "operations/arguments.h"

struct action;

/* What becomes of parameters that the Action does not use (decisions 7). */
enum unknown_parameters { UNKNOWN_IGNORE, UNKNOWN_WARN, UNKNOWN_REFUSE };

enum {
    /* All names and values, decoded: a body of 1 MiB and its other parameters (decisions
     * 13). */
    CALL_DECODED_MAX = 1048576 + 65536,
    /* The same as it is sent, each byte percent-encoded, and what stands between parameters. */
    CALL_WIRE_MAX = 3 * CALL_DECODED_MAX + 65536,
};

struct call {
    /* Set by the caller; the texts live until the answer is written. */
    struct bytes method;
    struct bytes host;   /* Host header; empty if there is none */
    const char *address; /* "host:port", for routes, when a request names no host */
    char *query, *body;  /* are decoded in place */
    size_t query_len, body_len;
    bool too_large;       /* the body was longer than --max-body, and was not kept */
    bool client_has_gone; /* it gets no messages, which would be lost (decisions 17) */
    enum unknown_parameters unknown_parameters;
    /* Judges the caller, once the Action is known (queue-api 1.6): an outcome, and the name that
     * it is about in *about. NULL: anybody may call. */
    int (*judge)(void *owner, struct bytes *about);
    /* Says what is to go wrong on purpose, once the caller is known: an outcome, or CALL_SILENCED.
     * NULL: nothing. */
    int (*meddle)(void *owner);
    struct buffer *answer;     /* gets the JSON text */
    struct buffer *message;    /* gets the message of a failure by itself */
    struct warnings *warnings; /* gets what is odd */
    struct msg_ids *msg_ids;   /* gets the messages that it was about; NULL: nobody asks */

    /* Set by meddle() with an outcome: what is answered instead of its code and its message; 0 and
     * NULL for nothing. */
    int forced_code;
    const char *forced_message;

    struct oddity odd; /* set by meddle() */

    /* Set by call_read() and call_run(). */
    struct engine *engine;
    struct form form;
    bool from_body;              /* the form is that of the body, otherwise that of the query */
    const struct action *action; /* NULL while unknown */
    int outcome;                 /* see failure.h */
    struct bytes culprit;        /* the name that a failure is about, or empty */
    struct parked_poll *poll;    /* after CMQ_WAITING; NULL: the call is to be run again */
    int code;                    /* as it was answered: in the wrapped form 4000 */
};

/* Find and decode the parameters. A failure is remembered and answered by call_run(); the form
 * has what could be read even so. */
void call_read(struct call *c);

/* What call_run() returns where meddle() did: nothing has been carried out, nor written. */
enum { CALL_SILENCED = -1 };

/* Carry out the call, and write the answer unless the outcome is CMQ_WAITING. owner becomes
 * that of the parked poll, if there is one. */
int call_run(struct call *c, struct engine *engine, void *owner);

/* Which queue, topic or subscription the call is about, by whichever key its Action has for this name; empty
 * for none. Of an unknown Action, what the usual key has. */
struct bytes call_subject(const struct call *c, enum field name);

/* Write the answer of a call that waited. */
void call_answer_poll(struct call *c, const struct parked_poll *poll);

/* Free what the call allocated: the form. The texts and the answer are the caller's. */
void call_fini(struct call *c);

#endif
