/* namespace.h - one engine with its clock: a world of its own (design 2.4).
 *
 * Every way in which time passes, and every poll that it releases, goes through here. Which
 * namespaces there are is world.h's matter. */
#ifndef CMQ_CONTROL_NAMESPACE_H
#define CMQ_CONTROL_NAMESPACE_H

#include "api/call.h"
#include "control/clock.h"
#include "engine/engine.h"

struct namespace;
struct world;

/* Gets each released poll in turn, while its messages are at hand, and frees it with
 * engine_free_poll(). It may not call the engine otherwise, request ids apart. */
typedef void namespace_deliver_fn(void *context, struct namespace *ns, struct parked_poll *p);

enum { NAMESPACE_NAME_MAX = 64, SECRET_SIZE = 65 };

/* Requests with this secret id belong to the namespace. */
struct credential {
    struct table_node by_id; /* in world->credentials */
    struct list_node link;   /* in namespace->credentials */
    struct namespace *owner;
    char id[SECRET_SIZE], key[SECRET_SIZE];
};

/* While there is one, an automatic clock does not jump. */
struct hold {
    struct list_node link; /* in namespace->holds */
    uint64_t id;
};

struct namespace
{
    struct world *world;
    char name[NAMESPACE_NAME_MAX + 1];
    struct engine_config config; /* to make the engine anew; now_ms is of no use */
    struct call_rules rules;
    struct engine *engine;
    struct clock clock;
    struct rate control_calls; /* of the CMQ control plane, for its limit a second */
    uint64_t last_hold;
    struct list_node holds;
    struct list_node credentials;
    size_t open;            /* requests that were taken up and are not completed */
    size_t awaiting;        /* those of them that wait for a condition */
    bool dropped;           /* only its open requests keep it */
    struct wheel_node wake; /* real time, in world->wakes */
    struct list_node link;  /* in world->namespaces or world->dropped */
    struct table_node by_name;
};

/* Move to at_ms, which must not lie in the past, firing events and delivering the polls that
 * they release; or until the journal has reached its limit. Returns how many polls those were.
 * A clock that stands then stands where the move ended. The journal may be NULL. */
size_t namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal);

/* Move to where a clock that runs is now. One that stands is left alone: a step may have ended
 * between two events of one instant. */
void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms);

/* The same, and fire all that is due at the instant where a clock stands: before a CMQ call, to
 * which a deadline has passed or has not, and after it, for what it made due at once. */
void namespace_complete_instant(struct namespace *ns, cmq_ms real_now_ms);

/* Deliver the polls that a command has released; returns how many. */
size_t namespace_deliver(struct namespace *ns);

/* Release and deliver all parked polls with this outcome. */
size_t namespace_end_polls(struct namespace *ns, enum cmq_err outcome);

/* Forget all resources, messages, ids and holds; parked polls hear that their queue is gone.
 * The clock is the wall clock again. Takes no longer for many messages. False, and nothing is
 * changed, when there is no memory. */
bool namespace_reset(struct namespace *ns, cmq_ms real_now_ms, size_t *released);

/* Real time of the next event, perhaps too early; CMQ_NEVER when nothing happens by itself. */
cmq_ms namespace_wake_real_ms(const struct namespace *ns);

/* The clock is automatic, nobody holds it, and all that is open are waits, at least one of them
 * a parked poll (design 4.2). */
bool namespace_may_jump(const struct namespace *ns);

/* Move to the next event, and through all of its instant. */
void namespace_jump(struct namespace *ns);

/* Another hold; 0 when there is no memory. */
uint64_t namespace_hold(struct namespace *ns);
bool namespace_release_hold(struct namespace *ns, uint64_t id);
void namespace_release_all_holds(struct namespace *ns);

#endif
