/* store.h - what all queues and topics of one engine share. */
#ifndef CMQ_ENGINE_STORE_H
#define CMQ_ENGINE_STORE_H

#include "base/allocator.h"
#include "base/list.h"
#include "base/table.h"
#include "base/wheel.h"
#include "engine/ids.h"

/* Bounds of an engine, beside those that the protocol gives to each parameter. */
struct engine_limits {
    size_t max_queues;         /* 4450 */
    size_t max_topics;         /* 4450 */
    size_t max_subscriptions;  /* of one topic; 4500 */
    size_t max_delayed;        /* above so many delayed messages, receiving answers 6070 */
    size_t max_inactive;       /* from so many inactive messages on, likewise; 0: none */
    size_t max_heap;           /* replaces each queue's maxMsgHeapNum; 0: does not */
    size_t max_bytes;          /* bodies and bookkeeping of all messages */
    size_t max_polls;          /* parked polls */
    uint32_t send_rate;        /* messages a second to one queue or topic; 0: none */
    uint32_t receive_rate;     /* messages a second from one queue; 0: none */
    cmq_ms name_cooling_ms;    /* how long the name of what was deleted stays taken */
    bool rewind_up_to_backlog; /* RewindQueue: not behind minMsgTime; false: up to now */
    bool eager_dead_letter;    /* dead-letter policies act by timer, not on receipt */
};

struct store {
    struct allocator allocator;
    struct engine_limits limits;
    struct wheel *agenda;
    struct ids ids;
    struct table handles;       /* INACTIVE messages */
    struct list_node unsettled; /* queues whose polls may be served, see queue_settle() */
    struct list_node released;  /* parked polls that have their answer */
    struct list_node offered;   /* deliveries whose attempt the shell is to make */
    struct list_node flying;    /* those that it makes, or has made, in order of take-off */
    size_t flights;             /* offered or in flight */
    size_t landed;              /* among flying */
    size_t bytes;               /* of all messages, bodies and bookkeeping */
    size_t polls;               /* parked, without those released */
};

static inline cmq_ms store_now_ms(const struct store *s)
{
    return wheel_now_ms(s->agenda);
}

#endif
