/* store.h - what all queues and topics of one engine share: memory, limits, account,
 * time, ids.
 *
 * A member of struct engine. Queues, topics and deliveries know the store and not the engine,
 * so that they can be read without it. */
#ifndef CMQ_ENGINE_STORE_H
#define CMQ_ENGINE_STORE_H

#include "base/allocator.h"
#include "base/list.h"
#include "base/table.h"
#include "base/wheel.h"
#include "engine/account.h"
#include "engine/flight.h"
#include "engine/ids.h"
#include "engine/limits.h"

struct store {
    struct allocator allocator;
    struct engine_limits limits;
    struct account account;
    struct wheel *agenda;
    struct ids ids;
    struct table handles;       /* INACTIVE messages */
    struct list_node unsettled; /* queues whose polls may be served, see queue_settle() */
    struct list_node released;  /* polls that have their outcome and are to be taken */
    struct flights flights;     /* pushes over HTTP that are offered, in flight or landed */
    size_t bytes;               /* of all messages, bodies and bookkeeping */
    size_t polls;               /* parked, without those released */
};

static inline cmq_ms store_now_ms(const struct store *s)
{
    return wheel_now_ms(s->agenda);
}

#endif
