/* envelope.h - what every answer of API 3.0 has: Response alone at the root, and in it a
 * RequestId (api3 5.1). */
#ifndef CMQ_API_V3_ENVELOPE_H
#define CMQ_API_V3_ENVELOPE_H

#include "base/buffer.h"
#include "engine/engine.h"

/* SDKs take an error with any other for a failure of the network, or even for a success
 * (api3 5.2). */
#define V3_CONTENT_TYPE "application/json"

/* Open the answer; the members of the result, or of a failure, come next. */
void v3_open(struct buffer *out);

/* "Error":{"Code","Message"} */
void v3_write_error(struct buffer *out, const char *code, struct bytes message);

/* Write RequestId, a UUID from the request ids of the engine (decisions 16), and close the
 * answer. */
void v3_close(struct buffer *out, struct engine *e);

#endif
