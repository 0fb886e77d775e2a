/* failure.h - code, module and text of each failure, as the wire shows them. */
#ifndef CMQ_API_V2_FAILURE_H
#define CMQ_API_V2_FAILURE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "engine/errors.h"

struct failure {
    int code, module;
    const char *text; /* "%s" stands for a name */
};

const struct failure *failure_of(enum cmq_err err);

/* Append "(module)text" with the name in its place; nothing for CMQ_OK. */
void failure_append_message(struct buffer *out, enum cmq_err err, struct bytes name);

#endif
