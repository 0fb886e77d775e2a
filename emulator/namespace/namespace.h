/* namespace.h - one isolated engine with its own clock, and the bracket of time around whatever
 * is done with it.
 *
 * The engine of a namespace is used only between namespace_enter() and namespace_leave():
 *
 *     namespace_enter(ns, ENTER_TO_ACT, real_now_ms);
 *     ... one CMQ call, one admin call, or the end of a push ...
 *     namespace_leave(ns);
 *
 * Enter guarantees
 *   instants  the engine stands at the present of the namespace's clock. ENTER_TO_ACT: all that
 *             is due at this instant has happened, even if a step ended within it.
 *
 * Leave guarantees
 *   instants  ENTER_TO_ACT: what the caller made due at this instant has happened, too.
 *   polls     those that were released have been handed to host->deliver.
 *   pushes    those that fell due have been handed to host->push. Outcomes of pushes that have
 *             landed have been applied, unless they have to wait for others: see below.
 *   moves     a move that is under way has gone on as far as it can. If it has arrived, its
 *             owner's wait is over, and so are, one after the other, the waits for a turn.
 *   waits     those whose condition is true now are over.
 *   timers    host->wakes knows when the next event of a running clock is due.
 *
 * So callers need not think of instants, deliveries and timers.
 *
 * Slices. Whatever takes long (a move through a million events, catching up with a running clock)
 * spends of host->effort, and stops when that is used up. The namespace is busy then: enter and
 * leave keep the above only as soon as namespace_carry_on() has done the rest, in brackets of its
 * own, one slice at a time. Until then other brackets do not let time pass, and see the namespace
 * as it is. So a call that needs more than that is not entered but admitted, and stands in line
 * while the namespace is busy: it sees what it would have seen, had all been done at once.
 *
 *     free -- enter, leave --> busy -- namespace_carry_on() --> its line is served --> free
 *
 * Brackets of one namespace may be nested (a call that lists all namespaces is itself within
 * one of them): only the outermost has an effect.
 *
 * Pushes and time (admin 8). While the clock stands, outcomes of pushes are applied together
 * when the last push in flight has landed, so that it does not matter which endpoint was the
 * quickest; and time is not moved before that. On a clock that runs each outcome is applied
 * when it arrives. */
#ifndef CMQ_NAMESPACE_NAMESPACE_H
#define CMQ_NAMESPACE_NAMESPACE_H

#include "engine/recent.h"
#include "engine/search.h"
#include "namespace/budgets.h"
#include "namespace/clock.h"
#include "namespace/conditions.h"
#include "namespace/copying.h"
#include "namespace/faults.h"
#include "namespace/graveyard.h"
#include "namespace/holds.h"
#include "namespace/journal.h"
#include "namespace/lives.h"
#include "namespace/move.h"
#include "namespace/refused.h"
#include "namespace/snapshot.h"
#include "namespace/survey.h"

struct namespace;
struct sinks;

/* Called with each released poll in turn, while its messages are still valid; frees it with
 * engine_free_poll(). Apart from engine_request_id(), and from engine_put_off_answer() where
 * namespace_lets_wait(), it must make no other change to the engine. */
typedef void namespace_deliver_fn(void *context, struct namespace *ns, struct parked_poll *p);

/* Called when pushes are offered: takes each of them with engine_take_push(), as far as the effort
 * goes, and counts those in flight in ns->pushing until namespace_close_push(). An attempt that
 * cannot even begin may land at once. */
typedef void namespace_push_fn(void *context, struct namespace *ns);

/* What all namespaces of a process share. */
struct namespace_host {
    struct allocator allocator; /* of the engines, and of all that is kept for long */
    namespace_deliver_fn *deliver;
    namespace_push_fn *push;
    void *context;       /* of both */
    struct wheel *wakes; /* in real time: namespaces whose clock runs */
    struct graveyard graveyard;
    struct budgets budgets;
    const struct fault_words *fault_words; /* NULL: none are known */
    cmq_ms wall_ahead_ms;                  /* of real time, see namespace_wall_ms() */
    bool has_auto;                         /* a namespace has, or had, an automatic clock */
    struct effort effort;                  /* of this turn of the loop */
    size_t least;                          /* of that, what a call is granted in any case */
    struct list_node busy;                 /* namespaces to carry on, in turn */
    struct shelf shelf;                    /* of snapshots */
};

enum { NAMESPACE_NAME_MAX = 64 };

/* What a namespace is made from. */
struct namespace_spec {
    char name[NAMESPACE_NAME_MAX + 1]; /* "" when none is given */
    uint64_t seed;
    uint64_t
        sloppy; /* the seed of chance in faults, of which there is the ready set; 0: there is none */
    struct engine_limits limits;
    struct account account;
    enum clock_mode mode;
    bool has_at; /* the clock begins at at_ms; else at the present */
    cmq_ms at_ms;
};

enum entry {
    /* To report that a client has gone. No time passes, so that nothing is handed to other
     * clients that may have gone as well and are reported next. */
    ENTER_STILL,
    /* To look, or to begin a move. A clock that runs comes to the present; one that stands
     * stays as it is, since a step may have ended between two events of one instant. */
    ENTER_TO_LOOK,
    /* To do what a CMQ client asks for. For clients a deadline has either passed or not, so the
     * instant is completed before and after. */
    ENTER_TO_ACT,
};

struct namespace
{
    struct namespace_host *host;
    char name[NAMESPACE_NAME_MAX + 1];
    struct engine_config config; /* to make the engine anew; its now_ms is unused */
    struct engine *engine;       /* NULL once dropped */
    struct clock clock;
    struct holds holds;
    struct list_node credentials; /* the registry's */
    struct sinks *sinks;
    struct refused refused;
    struct faults faults;
    struct list_node snapshots;
    struct journal journal;
    struct lives lives;
    struct recent recent;

    /* For those who are told of changes: how often something was done that may be one. */
    uint64_t acts;       /* calls of CMQ, and ends of pushes */
    uint64_t admin_acts; /* calls of the admin interface that do not only look; the service's */
    uint64_t resets, restores;
    size_t
        streams; /* requests that are told of changes; each is open, and keeps nothing waiting */

    /* The bracket that is open. */
    unsigned depth;   /* how many are nested; 0: none is open */
    enum entry entry; /* of the outermost */
    cmq_ms real_now_ms;

    /* Requests that wait; see wait.h. */
    struct move *move; /* NULL: time is not being moved */
    struct list_node turns;
    struct conditions conditions;
    uint64_t delivered; /* polls, so far */

    /* Slices. */
    bool busy;             /* a bracket has left something to be done */
    bool ending;           /* namespace_end_polls() is under way */
    bool serving;          /* one that stood in line is being handled */
    enum entry rest;       /* busy: how to enter, to go on */
    cmq_ms rest_ms;        /* and where the clock stands when that is done; 0: where it is */
    struct list_node line; /* calls that wait until it is free, in order of arrival */
    struct list_node to_carry_on; /* in host->busy while it is busy, or its line is not empty */
    struct search search;         /* while is_searching */
    bool is_searching, has_found;
    struct survey *survey;     /* while one is made; the call's; else NULL */
    struct engine *fresh;      /* while a reset is under way, what takes the place of engine, */
    struct sinks *fresh_sinks; /* and of sinks; else NULL */
    struct copying copying;    /* of engine, or of what is restored */

    /* What keeps a dropped namespace from being freed. */
    bool dropped;
    size_t open;    /* requests that have begun and are not completed */
    size_t pushing; /* pushes that were taken and are not closed */

    struct wheel_node wake;    /* real time, in host->wakes */
    struct list_node link;     /* the registry's */
    struct table_node by_name; /* likewise */
};

/* A namespace with the spec's name, on no list. NULL when there is no memory. */
struct namespace *namespace_new(struct namespace_host *host, const struct namespace_spec *spec,
                                cmq_ms real_now_ms);

/* Must be called outside of any bracket, with no poll parked, no push being made, no move under
 * way, no wait and nobody in line. */
void namespace_free(struct namespace *ns);

/* ---- the bracket ---- */

void namespace_enter(struct namespace *ns, enum entry how, cmq_ms real_now_ms);

/* A namespace that was dropped may be freed by this. */
void namespace_leave(struct namespace *ns);

/* ---- slices ---- */

/* Whether nothing is left to be done, and nobody stands in line who would be the next. */
bool namespace_is_free(const struct namespace *ns);

/* Enter for a call, as soon as nothing is left to be done before it. False: the namespace is busy,
 * or becomes so by this, or others stand in line; it is not entered. */
bool namespace_admit(struct namespace *ns, enum entry how, cmq_ms real_now_ms);

/* Within the bracket of a call that was admitted: it looks at so many of the events to come. False
 * when what that needs is put off. */
bool namespace_prepare(struct namespace *ns, size_t events);

/* Stand in line: w->end() is called, outside of the bracket, when its turn has come, or, with
 * WAIT_DROPPED, when the namespace has gone. It may be admitted then; if it is not, and stands in
 * line again, it is the first. */
void namespace_line_up(struct namespace *ns, struct wait *w);

/* End the waits of all that stand in line. */
void namespace_end_line(struct namespace *ns, enum wait_end how);

/* One slice of what is left to do; then the line is served, as far as the effort goes. The
 * namespace may be freed by this. */
void namespace_carry_on(struct namespace *ns, cmq_ms real_now_ms);

/* ---- within the bracket: time ---- */

/* Begin a move; the caller then sets its plan. It is carried out in namespace_leave(). A clock
 * that runs is frozen now. No other move may be under way. NULL when there is no memory. */
struct move *namespace_begin_move(struct namespace *ns, enum move_kind kind,
                                  struct wait *owner);

/* What the wall clock shows. Real time, the parameter of all that is done, never goes back and has
 * no steps; somebody may set the wall clock, which is ahead of it, or behind, from then on. A
 * clock of mode real runs with real time, so that nothing that clients have been told of is moved
 * by that; only what begins anew begins by the wall clock. */
static inline cmq_ms namespace_wall_ms(const struct namespace *ns)
{
    return ns->real_now_ms + ns->host->wall_ahead_ms;
}

/* Let the clock stand, frozen or automatic, where it is. */
void namespace_stand(struct namespace *ns, enum clock_mode mode);

/* Let the clock run on from where it stands. Outcomes no longer wait for pushes in flight. */
void namespace_resume(struct namespace *ns);

/* Start the timeline of a namespace without queues and topics again, perhaps earlier. */
void namespace_restart(struct namespace *ns, cmq_ms at_ms);

/* Report the outcome of a push. */
void namespace_land(struct namespace *ns, struct push_ticket *ticket,
                    const struct push_outcome *outcome);

/* ---- within the bracket: waits ---- */

/* Wait for a condition, which is judged in namespace_leave() when it may have become true. w->end
 * must be set, and w be the owner of a watcher for all that the condition looks at. */
void namespace_await(struct namespace *ns, struct wait *w, wait_condition *is_met);

/* A move is under way, or calls wait for their turn: who would begin a move queues up. Needs no
 * bracket; nor does queueing up, which is for such a namespace only. */
bool namespace_is_moving(const struct namespace *ns);
void namespace_queue_up(struct namespace *ns, struct wait *w);

/* End w without calling w->end(). Does nothing if w is not waiting. The move that it owns, if
 * any, is given up where it is. */
void namespace_forget_wait(struct namespace *ns, struct wait *w);

/* Whether an answer may be put off: the polls of the namespace are not being ended for good. */
static inline bool namespace_lets_wait(const struct namespace *ns)
{
    return ns->fresh == NULL && !ns->ending;
}

/* Release all parked polls with this outcome; none is parked meanwhile. */
void namespace_end_polls(struct namespace *ns, enum cmq_err outcome);

/* End all waits. */
void namespace_end_waits(struct namespace *ns, enum wait_end how);

/* Search for a message of which the lives know nothing: if it is there, they know that from then on. It
 * may be put off, as a command: false then, and has_found is set when it is over. */
bool namespace_search(struct namespace *ns, uint64_t msg_id);

/* Make a survey of all that is pending. It may be put off, as a command: false then, and all is in it when
 * the namespace is free again. Whoever frees it before gives it up. */
bool namespace_survey(struct namespace *ns, struct survey *s);
void namespace_give_up_survey(struct namespace *ns, const struct survey *s);

/* ---- within the bracket: the whole ---- */

/* Forget all queues, topics, messages, ids, holds, sinks and the journal; the clock is the wall clock again
 * (admin 9.4). Parked polls end with NO_QUEUE, a move that is under way and the waits for a
 * turn with WAIT_RESET; pushes in flight are abandoned. The time that it takes does not depend
 * on the number of messages. Where it takes more than the effort of this turn to answer the
 * polls, the rest is put off: the namespace is busy then. False, and nothing is changed, when
 * there is no memory. */
bool namespace_reset(struct namespace *ns);
bool namespace_is_being_reset(const struct namespace *ns);

/* Begin to keep the namespace as it stands as this snapshot, which is held by the caller until it is
 * among those of ns; or to put it back to where one of any namespace stood. That is done in slices, and the
 * namespace is busy until it is. Then ns->copying.err tells how it has ended: CMQ_OK, MEMORY_FULL or
 * INTERNAL; a failure has changed nothing. Restoring ends parked polls with NO_QUEUE, a move that is under
 * way and the waits for a turn with WAIT_RESET, and abandons pushes in flight; holds and sinks stay. */
void namespace_keep(struct namespace *ns, struct snapshot *s);
void namespace_restore(struct namespace *ns, struct snapshot *s);
bool namespace_is_copying(const struct namespace *ns);

/* Apply the spec, except for the name, to a namespace without queues and topics. False, and
 * nothing is changed, when there is no memory. */
bool namespace_respecify(struct namespace *ns, const struct namespace_spec *spec,
                         cmq_ms real_now_ms);

/* Drop the namespace: polls end with NO_QUEUE, waits with WAIT_DROPPED, and the engine is
 * buried. The struct is freed when its last request, its last push and the bracket have
 * ended. */
void namespace_drop(struct namespace *ns);

/* ---- what belongs to it ---- */

/* A request begins, or is completed; a push is closed. The last one of a dropped namespace
 * frees it. */
void namespace_open_request(struct namespace *ns);
void namespace_close_request(struct namespace *ns);
void namespace_open_push(struct namespace *ns);
void namespace_close_push(struct namespace *ns);

/* ---- automatic time (admin 2.4) ---- */

/* Whether the clock is automatic, there is no hold, no move and no push in flight, nothing is left
 * to be done, and all open
 * requests are parked polls or awaits, at least one of them a poll (decisions 34). */
bool namespace_may_jump(const struct namespace *ns);

/* Within the bracket: move to the next event, and through all of its instant. */
void namespace_jump(struct namespace *ns);

#endif
