/* failure.h - code, module and text of each failure, as API v2 answers them; from failures.def.
 *
 * An outcome is an int: an error of the engine (enum cmq_err), or one of the failures below,
 * which only the protocol knows and whose values follow them. */
#ifndef CMQ_API_V2_FAILURE_H
#define CMQ_API_V2_FAILURE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "engine/errors.h"

enum {
    V2_NO_ACTION = CMQ_WAITING + 1,
    V2_UNKNOWN_ACTION,
    V2_METHOD, /* neither GET nor POST */
    V2_REQUEST_PARSE,
    V2_NO_SECRET_ID,         /* it belonged to a namespace that is gone, or is nobody's */
    V2_SECRET_ID_FORMAT,     /* nobody's, and it does not begin with AKID */
    V2_SIGNATURE,            /* it does not fit the request */
    V2_TOKEN,                /* not that of the credential */
    V2_EXPIRED,              /* the Timestamp is too old, or lies in the future */
    V2_PARAM_KEY_FORMAT,     /* "name." with something that is not a number */
    V2_PARAM_NOT_REPEATABLE, /* "name.0" of a parameter that is not a list */
    V2_PARAM_GAP,            /* "name.0" and "name.2" without "name.1" */
    V2_DELETE_PARTIAL,       /* some handles of a batch */
    V2_DELETE_FAILED,        /* all of them */
    OUTCOMES                 /* one more than the last outcome */
};

struct failure {
    int code;
    int module;       /* 0 where the code is one of the gateway (common 9.6), which has none */
    const char *text; /* "%s" stands for a name */
};

/* Of every outcome but CMQ_WAITING. */
const struct failure *failure_of(int outcome);

/* Append "(module)text", or "text" without a module, with the name in place of "%s"; nothing for
 * CMQ_OK. */
void failure_append_message(struct buffer *out, int outcome, struct bytes name);

#endif
