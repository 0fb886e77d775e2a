/* body.h - the body of a request while it comes in, and what it takes of a budget.
 *
 * The buffer grows with what has come, whatever length was announced: many clients may announce
 * much and send little. Its memory beyond BODY_FREE counts until the answer is on its way. A body
 * for which there is no room is dropped as it comes, and its request answered with 503 at the
 * end: libmicrohttpd takes no answer in the middle.
 *
 * Memory  the bytes are those of exchange.body; the budget and the exchange outlive the body. */
#ifndef CMQ_SERVER_BODY_H
#define CMQ_SERVER_BODY_H

#include "base/budget.h"
#include "service/exchange.h"

enum {
    /* Bytes of a body that count for nothing: the number of connections bounds them. */
    BODY_FREE = 64 * 1024,
    /* Bytes of one that is not kept which are read before the connection is cut. */
    BODY_DRAINED_MAX = 64 << 20,
};

struct body {
    struct exchange *exchange;
    struct budget *budget;
    size_t most;      /* --max-body */
    size_t announced; /* by the head */
    size_t counted;   /* by the budget */
    size_t dropped;   /* bytes of one that is not kept */
    bool refused;     /* there was no room */
};

/* The body of a request that begins; body_forget() is due at its end. */
void body_begin(struct body *b, struct exchange *x, struct budget *budget, size_t most);

/* The head has said how long it will be, which may be wrong. */
void body_announce(struct body *b, size_t length);

/* More of it has come. False when the connection is to be cut. */
bool body_take(struct body *b, struct bytes more);

/* What has come of it is there. */
static inline bool body_is_kept(const struct body *b)
{
    return !b->refused && !b->exchange->too_large && !b->exchange->body.failed;
}

/* Nobody needs it any more: free what counts, and give it back. */
void body_forget(struct body *b);

#endif
