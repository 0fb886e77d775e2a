/* namespace.h - one isolated engine with its own clock, and the one bracket of time around
 * whatever is done with it.
 *
 * Nobody uses the engine of a namespace but between namespace_enter() and namespace_leave():
 *
 *     namespace_enter(ns, ENTER_TO_ACT, real_now_ms);
 *     ... one call of the API, or of the admin interface, or the end of a push ...
 *     namespace_leave(ns);
 *
 * Enter guarantees
 *   instants  the engine stands at the present of the namespace's clock. ENTER_TO_ACT: all that
 *             is due at this instant has happened, also where a step has ended within it.
 *
 * Leave guarantees
 *   instants  ENTER_TO_ACT: what the caller made due at once has happened, too.
 *   polls     Those that were released have been handed to host->deliver.
 *   pushes    Those that fell due have been handed to host->push. Outcomes of pushes that have
 *             landed are applied as soon as they may be, see below.
 *   moves     A move that is under way has gone on as far as it can. If it has arrived, its
 *             owner's wait is over, and so are, one after the other, the waits for a turn.
 *   waits     Those whose condition holds now are over.
 *   timers    host->wakes knows when the namespace next has work by itself.
 *
 * So nobody else thinks of instants, deliveries and timers.
 *
 * Brackets of one namespace may lie in each other (a call that lists all namespaces is itself
 * within one of them): only the outermost counts.
 *
 * Pushes and time. While the clock stands, outcomes of pushes are applied together when the
 * last push in flight has landed, so that it does not matter which endpoint was the quickest;
 * and time is not moved before that. On a clock that runs each outcome is applied as it comes.
 */
#ifndef CMQ_NAMESPACE_NAMESPACE_H
#define CMQ_NAMESPACE_NAMESPACE_H

#include "engine/engine.h"
#include "namespace/clock.h"
#include "namespace/graveyard.h"
#include "namespace/move.h"

struct namespace;
struct sinks;

/* Gets each released poll in turn, while its messages are at hand, and frees it with
 * engine_free_poll(). It may not call the engine otherwise, request ids apart. */
typedef void namespace_deliver_fn(void *context, struct namespace *ns, struct parked_poll *p);

/* Pushes are offered: take up each of them with engine_take_push(), and count those that fly in
 * ns->pushing until namespace_close_push(). An attempt that cannot even begin may land at once.
 */
typedef void namespace_push_fn(void *context, struct namespace *ns);

/* What all namespaces of a process share. */
struct namespace_host {
    struct allocator allocator; /* of the engines */
    namespace_deliver_fn *deliver;
    namespace_push_fn *push;
    void *context;       /* of both */
    struct wheel *wakes; /* in real time: namespaces whose clock runs */
    struct graveyard graveyard;
    bool has_auto; /* a namespace has, or had, an automatic clock */
};

enum { NAMESPACE_NAME_MAX = 64 };

/* What a namespace is to be like. */
struct namespace_spec {
    char name[NAMESPACE_NAME_MAX + 1]; /* "" when none is given */
    uint64_t seed;
    struct engine_limits limits;
    enum clock_mode mode;
    bool has_at; /* the clock begins at at_ms; else at the present */
    cmq_ms at_ms;
};

/* A hold: while there is one, an automatic clock does not jump. */
struct hold {
    struct list_node link; /* in namespace->holds */
    uint64_t id;
};

enum entry {
    /* To tell that a client has gone. No time passes, so that nothing is handed to others who
     * may be gone as well, and are told of next. */
    ENTER_STILL,
    /* To look, or to move time oneself. A clock that stands stays as it is: a step may have
     * ended between two events of one instant. */
    ENTER_TO_LOOK,
    /* To do what a client of CMQ asks for. To it a deadline has passed or has not: the instant
     * is complete, before and after. */
    ENTER_TO_ACT,
};

struct namespace
{
    struct namespace_host *host;
    char name[NAMESPACE_NAME_MAX + 1];
    struct engine_config config; /* to make the engine anew; its now_ms is unused */
    struct engine *engine;       /* NULL once dropped */
    struct clock clock;
    struct list_node holds;
    uint64_t last_hold;
    struct list_node credentials; /* the registry's */
    struct sinks *sinks;

    /* The bracket that is open. */
    unsigned depth;   /* how many lie in each other; 0: none */
    enum entry entry; /* of the outermost */
    cmq_ms real_now_ms;

    /* Who waits; see wait.h. */
    struct move *move; /* NULL: time is not being moved */
    struct list_node conditions, turns;
    size_t awaiting;    /* conditions */
    uint64_t delivered; /* polls, so far */

    /* What keeps a dropped one. */
    bool dropped;
    size_t open;    /* requests that were taken up and are not completed */
    size_t pushing; /* pushes that are being made */

    struct wheel_node wake;    /* real time, in host->wakes */
    struct list_node link;     /* the registry's */
    struct table_node by_name; /* likewise */
};

/* NULL when there is no memory. It has the spec's name, and is on no list. */
struct namespace *namespace_new(struct namespace_host *host, const struct namespace_spec *spec,
                                cmq_ms real_now_ms);

/* Outside of any bracket, with no push being made and no move under way. */
void namespace_free(struct namespace *ns);

/* ---- the bracket ---- */

void namespace_enter(struct namespace *ns, enum entry how, cmq_ms real_now_ms);

/* The namespace may be gone afterwards if it was dropped. */
void namespace_leave(struct namespace *ns);

/* ---- within the bracket: time ---- */

/* Begin a move; the caller sets its plan. It goes in namespace_leave(). A clock that runs
 * stands from now on. None may be under way. NULL when there is no memory. */
struct move *namespace_begin_move(struct namespace *ns, enum move_kind kind,
                                  struct wait *owner);

/* End the move that is under way, if any, where it is. Its owner hears how, and so do all that
 * wait for their turn. */
void namespace_cut_move(struct namespace *ns, enum wait_end how);

/* Let the clock stand, frozen or automatic, where it is. */
void namespace_stand(struct namespace *ns, enum clock_mode mode);

/* Let it run on from where it stands. What had to wait for a push in flight need not any more.
 */
void namespace_resume(struct namespace *ns);

/* Begin the timeline of an empty namespace anew, perhaps earlier. */
void namespace_restart(struct namespace *ns, cmq_ms at_ms);

/* A push has ended like this. */
void namespace_land(struct namespace *ns, struct push_ticket *ticket,
                    const struct push_outcome *outcome);

/* ---- within the bracket: waits ---- */

/* w->end is set. The condition is judged in namespace_leave(). */
void namespace_await(struct namespace *ns, struct wait *w, wait_condition *holds);

/* Outside of the bracket, too. A move is under way. */
void namespace_queue_up(struct namespace *ns, struct wait *w);

/* w is over without its end() being called. Nothing happens when it is linked nowhere. The move
 * that it owns, if any, is given up where it is. */
void namespace_forget_wait(struct namespace *ns, struct wait *w);

/* Release all parked polls with this outcome. */
void namespace_end_polls(struct namespace *ns, enum cmq_err outcome);

/* End all waits. */
void namespace_end_waits(struct namespace *ns, enum wait_end how);

/* ---- within the bracket: the whole ---- */

/* Forget all resources, messages, ids, holds and sinks; the clock is the wall clock again.
 * Parked polls hear that their queue is gone, a move under way that there was a reset; pushes
 * in flight are abandoned. Takes no longer for many messages. False, and nothing is changed,
 * when there is no memory. */
bool namespace_reset(struct namespace *ns);

/* Make a namespace that holds nothing what the spec says, its name apart. False, and nothing is
 * changed, when there is no memory. */
bool namespace_respecify(struct namespace *ns, const struct namespace_spec *spec,
                         cmq_ms real_now_ms);

/* It is over: polls and waits hear of it, the engine goes. The struct stays until its last
 * request, its last push and the bracket have ended. */
void namespace_drop(struct namespace *ns);

/* ---- what belongs to it ---- */

/* A request begins, or is completed; a push has ended. The last one of a dropped namespace
 * frees it. */
void namespace_open_request(struct namespace *ns);
void namespace_close_request(struct namespace *ns);
void namespace_close_push(struct namespace *ns);

/* Another hold; 0 when there is no memory. */
uint64_t namespace_hold(struct namespace *ns);
bool namespace_release_hold(struct namespace *ns, uint64_t id);

/* ---- automatic time (admin 2.4) ---- */

/* The clock is automatic, there is no hold, no push is in flight, and all that are open are
 * waits, at least one of them a parked poll. */
bool namespace_may_jump(const struct namespace *ns);

/* Within the bracket: move to the next event, and through all of its instant. */
void namespace_jump(struct namespace *ns);

#endif
