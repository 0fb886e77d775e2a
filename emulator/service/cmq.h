/* cmq.h - calls of CMQ, whichever wire protocol they speak.
 *
 * A call is recognised as one of the API v2 or of API 3.0, goes to the namespace of its secret
 * id, and is answered or parked there. */
#ifndef CMQ_SERVICE_CMQ_H
#define CMQ_SERVICE_CMQ_H

#include "service/exchange.h"

/* More of the body has come, or all of it: look at it already. x->service is set. */
void cmq_follow_body(struct exchange *x);

/* Answer the call, or park it. x->service is set. */
void cmq_handle(struct exchange *x, cmq_ms real_now_ms, struct query query);

/* Write the answer of a call whose poll was released, unless it is an answer that comes late, which
 * is written; frees the poll. Its messages are valid until then. The call may be parked anew. */
void cmq_answer_poll(struct exchange *x, struct parked_poll *p);

#endif
