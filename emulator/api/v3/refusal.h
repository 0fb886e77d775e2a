/* refusal.h - the answer that a call of API 3.0 gets as long as none is carried out.
 *
 * It has the shape of API 3.0, so that an SDK raises the error that it raises for the service
 * (api3 5.4), instead of one about an answer that it cannot read:
 *
 *   {"Response":{"Error":{"Code":"UnsupportedOperation","Message":"..."},"RequestId":"..."}}
 *
 * Send it with status 200, and with just this content type: for SDKs an error with any other is
 * a failure of the network, or even a success (api3 5.2). */
#ifndef CMQ_API_V3_REFUSAL_H
#define CMQ_API_V3_REFUSAL_H

#include "api/v3/envelope.h"
#include "api/v3/request.h"

/* Append the answer. The engine, whose time the caller has brought to the present, gives the
 * RequestId and is not changed otherwise. Running out of memory shows in out->failed. */
void v3_refuse(struct buffer *out, const struct v3_request *r, struct engine *e);

#endif
