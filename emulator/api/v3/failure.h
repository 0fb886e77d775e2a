/* failure.h - code and text of each failure, as API 3.0 answers them; from failures.def.
 *
 * An outcome is an int: an error of the engine (enum cmq_err), or one of the failures below,
 * which only the protocol knows and whose values follow them. */
#ifndef CMQ_API_V3_FAILURE_H
#define CMQ_API_V3_FAILURE_H

#include "base/buffer.h"
#include "engine/errors.h"

enum v3_product { V3_CMQ, V3_TDMQ };

enum {
    V3_METHOD = CMQ_WAITING + 1, /* neither GET nor POST */
    V3_TOO_LARGE,
    V3_NOT_JSON,
    V3_TOO_DEEP,
    V3_NUL,
    V3_LARGE_NUMBER,
    V3_URL_PAIR,    /* a piece of a query or form without "=" */
    V3_FORM,        /* more parameters than FORM_PAIRS_MAX */
    V3_COMMON_TYPE, /* of Timestamp or Nonce */
    V3_INVALID_AUTHORIZATION,
    V3_INVALID_SECRET_ID,
    V3_SECRET_ID_NOT_FOUND,
    V3_SIGNATURE_EXPIRE,
    V3_SIGNATURE_FAILURE,
    V3_SIGNATURE_SIZE, /* more than signature v1 covers (api3 4) */
    V3_TOKEN_FAILURE,
    V3_NO_SUCH_VERSION,
    V3_INVALID_ACTION,
    V3_UNKNOWN_PARAMETER,
    V3_TWICE,
    V3_GAP, /* "Name.0" and "Name.2" without "Name.1" */
    V3_MISSING,
    V3_TYPE,
    V3_VALUE,
    V3_TRANSACTION,
    V3_OUTCOMES /* one more than the last outcome */
};

/* Of every outcome but CMQ_WAITING; "" for CMQ_OK. */
const char *v3_failure_code(int outcome, enum v3_product product);

/* The text, with its "%s" and "%v"; NULL for an error of the engine, whose text is that of API
 * v2. */
const char *v3_failure_text(int outcome);

/* Append the text with name in place of "%s" and value in place of "%v". */
void v3_append_text(struct buffer *out, const char *text, struct bytes name,
                    struct bytes value);

#endif
