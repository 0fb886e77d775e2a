/* namespace.h - one engine with its clock: a world of its own (design 2.4).
 *
 * Every way in which time passes, and every poll that it releases, goes through here. */
#ifndef CMQ_CONTROL_NAMESPACE_H
#define CMQ_CONTROL_NAMESPACE_H

#include "control/clock.h"
#include "engine/engine.h"

struct namespace;

/* Gets each released poll in turn, while its messages are at hand, and frees it with
 * engine_free_poll(). It may not call the engine otherwise, request ids apart. */
typedef void namespace_deliver_fn(void *context, struct namespace *ns, struct parked_poll *p);

struct namespace
{
    const char *name;
    struct engine_config config; /* to make the engine anew; now_ms is of no use */
    struct engine *engine;
    struct clock clock;
    struct rate control_calls; /* of the CMQ control plane, for its limit a second */
    namespace_deliver_fn *deliver;
    void *deliver_context;
};

/* On the real clock. False when there is no memory. */
bool namespace_init(struct namespace *ns, const char *name, const struct engine_config *config,
                    cmq_ms real_now_ms, namespace_deliver_fn *deliver, void *deliver_context);

/* No poll may be parked: see namespace_end_polls(). */
void namespace_fini(struct namespace *ns);

/* Move to at_ms, which must not lie in the past, firing events and delivering the polls that
 * they release. Returns how many those were. The journal may be NULL. */
size_t namespace_move(struct namespace *ns, cmq_ms at_ms, struct journal *journal);

/* Move to where the clock is now. */
void namespace_catch_up(struct namespace *ns, cmq_ms real_now_ms);

/* Deliver the polls that a command has released; returns how many. */
size_t namespace_deliver(struct namespace *ns);

/* Release and deliver all parked polls with this outcome. */
size_t namespace_end_polls(struct namespace *ns, enum cmq_err outcome);

/* Forget all resources, messages, ids; parked polls hear that their queue is gone. The clock is
 * the wall clock again. False, and nothing is changed, when there is no memory. */
bool namespace_reset(struct namespace *ns, cmq_ms real_now_ms, size_t *released);

/* Real time of the next event, perhaps too early; CMQ_NEVER when nothing happens by itself. */
cmq_ms namespace_wake_real_ms(const struct namespace *ns);

#endif
