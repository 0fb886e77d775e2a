/* call.h - one call of API 3.0, from what was sent to its JSON answer.
 *
 * Use     fill the first members; v3_call_read(); choose the engine by the secret id of the
 *         request, and judge its signature; v3_call_run(), which always answers.
 *         v3_call_fini() at the end.
 * Time    the caller has advanced the engine to its present instant.
 * Errors  are answers, too. Running out of memory shows in answer->failed. */
#ifndef CMQ_API_V3_CALL_H
#define CMQ_API_V3_CALL_H

#include "api/v3/failure.h"
#include "api/v3/request.h"
#include "api/warnings.h"
#include "base/json_read.h"

struct v3_action;

/* Append the text that API v2 has for an error, "(module)text" about this name (api3 7.18). */
typedef void v3_describe_fn(struct buffer *out, enum cmq_err err, struct bytes name);

enum { V3_CODE_SIZE = 64 };

struct v3_call {
    /* Set by the caller; the texts live until the answer is written. */
    const struct v3_request *request; /* one that v3_request_read() has recognised */
    struct bytes method;
    struct bytes query, body; /* as they came; used if the request was told by its fields */
    /* The scan of the whole body, by v3_json_bounds; it has ended. NULL: none was made. */
    const struct json_scan *scan;
    /* The body again: it is written over once the caller has been judged. NULL: it is copied. */
    char *own_body;
    bool too_large;      /* the body was longer than --max-body, and was not kept */
    bool form_too_large; /* the form that the request was told by was not read whole */
    /* Judges the caller, before version and Action (api3 6): an outcome, and the name that it is
     * about in *about. NULL: anybody may call. */
    int (*judge)(void *owner, struct bytes *about);
    /* Says what is to go wrong on purpose, once the names are known that the call is about: an
     * outcome, or V3_SILENCED. NULL: nothing. */
    int (*meddle)(void *owner);
    void *owner;
    v3_describe_fn *describe;
    struct buffer *answer;     /* gets the JSON text */
    struct buffer *message;    /* gets the message of a failure by itself */
    struct warnings *warnings; /* gets what is odd */
    struct msg_ids *msg_ids;   /* gets the messages that it was about; NULL: nobody asks */

    /* Set by meddle() with an outcome: what is answered instead of its code and its message; ""
     * and NULL for nothing. */
    char forced_code[V3_CODE_SIZE];
    const char *forced_message;

    size_t lag; /* set by meddle(): of the counts of queues */

    /* Set by v3_call_read() and v3_call_run(). */
    enum v3_product product;
    const struct v3_action *action;          /* NULL while unknown */
    struct bytes queue, topic, subscription; /* their names as they were sent, for the log */
    int outcome;                             /* see failure.h */
    const char *code;                        /* as it was answered; "" for success */

    /* Used inside. */
    struct bytes culprit, value; /* what a failure is about */
    bool is_json;                /* the body has the parameters */
    struct json_scan own_scan;
    struct json json;
    struct form form; /* of the query of a GET */
    char *query_copy;
};

/* Check the method, parse the parameters, and look for what every call has. A failure is
 * remembered and answered by v3_call_run(). */
void v3_call_read(struct v3_call *c);

/* The outcome where meddle() returned it: nothing has been carried out, nor written. */
enum { V3_SILENCED = -1 };

/* Carry out the call and write the answer. */
void v3_call_run(struct v3_call *c, struct engine *engine);

/* The name of the Action; as it was sent if it is unknown. */
struct bytes v3_call_action(const struct v3_call *c);

/* "cmq" or "tdmq"; "-" if the version is unknown. */
const char *v3_call_product(const struct v3_call *c);

/* Free what the call allocated. */
void v3_call_fini(struct v3_call *c);

#endif
