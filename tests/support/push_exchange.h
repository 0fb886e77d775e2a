/* push_exchange.h - a push whose endpoint is a sink of the service itself, as the request that the
 * network would make of it. */
#ifndef CMQ_TESTS_PUSH_EXCHANGE_H
#define CMQ_TESTS_PUSH_EXCHANGE_H

#include "api/push.h"
#include "service/exchange.h"

/* To this target of this host, which outlives it. push_exchange_free() is due. */
struct exchange *push_exchange_new(const struct push_request *r, const char *host,
                                   const char *target);
void push_exchange_free(struct exchange *x);

#endif
