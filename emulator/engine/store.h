/* store.h - what all queues and topics of one engine share: memory, limits, account,
 * time, ids.
 *
 * A member of struct engine. Queues, topics and deliveries know the store and not the engine,
 * so that they can be read without it. */
#ifndef CMQ_ENGINE_STORE_H
#define CMQ_ENGINE_STORE_H

#include "base/allocator.h"
#include "base/budget.h"
#include "base/effort.h"
#include "base/list.h"
#include "base/table.h"
#include "base/wheel.h"
#include "engine/account.h"
#include "engine/flight.h"
#include "engine/ids.h"
#include "engine/limits.h"
#include "engine/telling.h"
#include "engine/traits.h"
#include "engine/watch.h"

struct store {
    struct allocator allocator;
    struct engine_limits limits;
    struct account account;
    struct wheel *agenda;
    struct ids ids;
    struct table handles;           /* INACTIVE messages */
    struct list_node unsettled;     /* queues whose polls may be served, see queue_settle() */
    struct list_node tasked;        /* queues with tasks, see queue_do_tasks() */
    struct list_node tasked_topics; /* likewise, see topic_do_tasks() */
    struct list_node late;          /* parked polls that belong to no queue */
    struct list_node released;      /* polls that have their outcome and are to be taken */
    struct flights flights;         /* pushes over HTTP that are offered, in flight or landed */
    size_t bytes;                   /* of all messages, bodies and bookkeeping */
    size_t polls;                   /* parked, without those released */
    struct budget *shared_bytes;  /* with other engines: of messages and of all that holds them;
                                    NULL: unbounded */
    struct budget *shared_polls;  /* likewise */
    struct watches *watches;      /* NULL: nobody watches */
    struct recent *recent;        /* what fires is kept there; or NULL */
    struct effort *effort;        /* that long work takes; NULL: unbounded */
    struct chronicler chronicler; /* hears what happens to messages */
};

static inline cmq_ms store_now_ms(const struct store *s)
{
    return wheel_now_ms(s->agenda);
}

/* Tell what happens. The caller asks first whether anybody hears it: that is all it costs where
 * nobody does. */
static inline bool store_is_heard(const struct store *s)
{
    return chronicler_hears(&s->chronicler);
}

static inline void store_tell(const struct store *s, struct telling t)
{
    t.at_ms = store_now_ms(s);
    s->chronicler.hear(s->chronicler.context, &t);
}

/* Whether messages may be stored: by the engine's own bound, for which each counts in full, and by
 * the one that it shares with others, in which blobs count for themselves, and what is refused is
 * counted. shared: with the blobs that are yet to be made. */
static inline bool store_admits(struct store *s, size_t bytes, size_t shared)
{
    return budget_admits(s->shared_bytes, shared) && bytes <= s->limits.max_bytes &&
           s->bytes <= s->limits.max_bytes - bytes;
}

/* Whether there is room for something else that takes memory: for that the shared bound alone
 * holds. A name that cools down is not asked for: the queue that had it was larger. */
static inline bool store_admits_other(struct store *s, size_t bytes)
{
    return budget_admits(s->shared_bytes, bytes);
}

static inline void store_charge_other(struct store *s, size_t bytes)
{
    budget_charge(s->shared_bytes, bytes);
}

static inline void store_release_other(struct store *s, size_t bytes)
{
    budget_give(s->shared_bytes, bytes);
}

static inline void store_free_tags(struct store *s, struct tags *tags)
{
    if (tags != NULL)
        store_release_other(s, tags->bytes);
    allocator_give(&s->allocator, tags);
}

/* The same for messages; shared: without their blobs. */
static inline void store_charge(struct store *s, size_t bytes, size_t shared)
{
    s->bytes += bytes;
    budget_charge(s->shared_bytes, shared);
}

static inline void store_release(struct store *s, size_t bytes, size_t shared)
{
    s->bytes -= bytes;
    budget_give(s->shared_bytes, shared);
}

#endif
