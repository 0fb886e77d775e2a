/* body.h - the body of a request while it comes in, and what it takes of budgets.requests.
 *
 * The buffer grows with what has come, whatever length was announced: many clients may announce
 * much and send little. Its memory beyond BODY_FREE counts until the answer is on its way. A body
 * for which there is no room is dropped as it comes, and its request answered with 503 at the
 * end: libmicrohttpd takes no answer in the middle. */
#ifndef CMQ_SERVER_BODY_H
#define CMQ_SERVER_BODY_H

#include "server/requests.h"

enum {
    /* Bytes of a body that count for nothing: the number of connections bounds them. */
    BODY_FREE = 64 * 1024,
    /* Bytes of one that is not kept which are read before the connection is cut. */
    BODY_DRAINED_MAX = 64 << 20,
};

/* The head has said how long it will be, which may be wrong. */
void body_announce(struct request *r, size_t length);

/* More of it has come. False when the connection is to be cut. */
bool body_take(struct request *r, struct bytes more);

/* What has come of it is there. */
static inline bool body_is_kept(const struct request *r)
{
    return !r->refused && !r->exchange.too_large && !r->exchange.body.failed;
}

/* Nobody needs it any more: free what counts, and give it back. */
void body_forget(struct request *r);

#endif
