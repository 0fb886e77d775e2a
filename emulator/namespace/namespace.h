/* namespace.h - one isolated engine with its own clock (design 2.4).
 *
 * Every way in which time passes, and every poll that it releases, goes through here. Which
 * namespaces there are is registry.h's matter. */
#ifndef CMQ_NAMESPACE_NAMESPACE_H
#define CMQ_NAMESPACE_NAMESPACE_H

#include "engine/engine.h"
#include "namespace/clock.h"

struct namespace;
struct registry;

/* Gets each released poll in turn, while its messages are at hand, and frees it with
 * engine_free_poll(). It may not call the engine otherwise, request ids apart. */
typedef void namespace_deliver_fn(void *context, struct namespace *ns, struct parked_poll *p);

/* Pushes are offered: take up each of them with engine_take_push(), and count those that fly in
 * ns->pushing until registry_close_push(). An attempt that cannot even begin may land at once.
 */
typedef void namespace_push_fn(void *context, struct namespace *ns);

enum { NAMESPACE_NAME_MAX = 64, SECRET_SIZE = 65 };

/* Requests with this secret id belong to the namespace. */
struct credential {
    struct table_node by_id; /* in registry->credentials */
    struct list_node link;   /* in namespace->credentials */
    struct namespace *owner;
    char id[SECRET_SIZE], key[SECRET_SIZE];
};

/* While there is one, an automatic clock does not jump. */
struct hold {
    struct list_node link; /* in namespace->holds */
    uint64_t id;
};

struct move;
struct sinks;

struct namespace
{
    struct registry *registry;
    char name[NAMESPACE_NAME_MAX + 1];
    struct engine_config config; /* to make the engine anew; now_ms is of no use */
    struct engine *engine;
    struct clock clock;
    uint64_t delivered; /* polls, so far */
    uint64_t last_hold;
    struct list_node holds;
    struct list_node credentials;
    struct move *move; /* time is being moved, and waits for pushes; NULL: it is not */
    struct sinks *sinks;
    size_t open;            /* requests that were taken up and are not completed */
    size_t awaiting;        /* those of them that wait for a condition */
    size_t pushing;         /* pushes that are being made */
    bool dropped;           /* only its open requests and pushes keep it */
    struct wheel_node wake; /* real time, in registry->wakes */
    struct list_node link;  /* in registry->namespaces or registry->dropped */
    struct table_node by_name;
};

/* Move to at_ms, which must not lie in the past, firing events, delivering the polls that they
 * release and making the pushes that fall due; or until the journal has reached its limit. A
 * clock that stands then stands where the move ended. The journal may be NULL.
 *
 * False when the clock stands and there are pushes in flight: time waits for them at their
 * instant (design 2.3). Call again when they have landed. */
bool namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal);

/* Move to where a clock that runs is now. One that stands is left alone: a step may have ended
 * between two events of one instant. */
void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms);

/* The same, and fire all that is due at the instant where a clock stands: before a CMQ call, to
 * which a deadline has passed or has not, and after it, for what it made due at once. */
void namespace_complete_instant(struct namespace *ns, cmq_ms real_now_ms);

/* Put the outcomes of pushes that have landed in force, as engine_end_pushes() does; what
 * follows from them fires in the next move. False when the clock stands and others are still in
 * flight.
 */
bool namespace_settle(struct namespace *ns);

/* Deliver the polls that a command has released. */
void namespace_deliver(struct namespace *ns);

/* A push has ended like this, at the present of a clock that runs. On one that stands outcomes
 * are put in force when all pushes of the instant have landed, so that it does not matter which
 * was the first. */
void namespace_land(struct namespace *ns, cmq_ms real_now_ms, struct push_ticket *ticket,
                    const struct push_outcome *outcome);

/* No move is under way, and something was done to the namespace. If the last push in flight
 * went with it, the outcomes of the others are put in force now. */
void namespace_end_instant(struct namespace *ns, cmq_ms real_now_ms);

/* Release and deliver all parked polls with this outcome. */
void namespace_end_polls(struct namespace *ns, enum cmq_err outcome);

/* Forget all resources, messages, ids, holds and sinks; parked polls hear that their queue is
 * gone, and what is in flight is nobody's. The clock is the wall clock again. Takes no longer
 * for many messages. A move under way is to be ended by the caller. False, and nothing is
 * changed, when there is no memory. */
bool namespace_reset(struct namespace *ns, cmq_ms real_now_ms);

/* Real time of the next event, perhaps too early; CMQ_NEVER when nothing happens by itself. */
cmq_ms namespace_wake_real_ms(const struct namespace *ns);

/* The clock is automatic, nobody holds it, no push is in flight, and all that is open are
 * waits, at least one of them a parked poll (design 4.2). */
bool namespace_may_jump(const struct namespace *ns);

/* Move to the next event, and through all of its instant. */
void namespace_jump(struct namespace *ns);

/* Another hold; 0 when there is no memory. */
uint64_t namespace_hold(struct namespace *ns);
bool namespace_release_hold(struct namespace *ns, uint64_t id);
void namespace_release_all_holds(struct namespace *ns);

#endif
