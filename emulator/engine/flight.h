/* flight.h - pushes over HTTP from the moment they are due until their outcomes are applied.
 *
 * The engine says that an attempt is due, and the service makes it. In between it is a flight,
 * a member of its delivery; struct flights has all flights of an engine.
 *
 *   NONE ----> OFFERED ----> IN_FLIGHT ----> LANDED ----> NONE
 *
 * Offer    the event of the attempt fires: flight_offer(), called by engine_push().
 * Take     the service takes the flights in the order in which they were offered and gives
 *          each a ticket: flights_take(), called by engine_take_push().
 * Land     the service reports the outcome by the ticket, which is void from then on:
 *          flight_land(), called by engine_land_push().
 * End      the outcome is applied, which may drop the message or arm a retry: flight_end(),
 *          called by engine_end_pushes() through delivery_end(). A flight also ends, in any
 *          state, when its message or subscription is dropped; its ticket is then void.
 *
 * Landing and applying are separate so that a run can be repeated (decisions 33). While a clock
 * stands, the network decides which of several endpoints answers first. So the namespace lets
 * all flights of an instant land before it has any outcome applied, and outcomes are applied in
 * the order of take-off: then retries are armed, and messages that waited for their turn
 * follow, in the same order in each run. For the same reason an outcome from which something
 * follows is not applied within an instant whose events have not all fired: see
 * engine_end_pushes().
 *
 * Cost     does not depend on how many other flights there are: those that have landed are a
 *          set of their own, since an endpoint that hangs may keep very many in flight. */
#ifndef CMQ_ENGINE_FLIGHT_H
#define CMQ_ENGINE_FLIGHT_H

#include "base/list.h"
#include "base/order.h"
#include "engine/errors.h"

/* How an attempt went. The text of error is not copied: it must outlive the engine. */
struct push_outcome {
    bool delivered;
    int status;        /* of HTTP; 0 when there was no answer */
    enum cmq_err err;  /* of a queue; OK over HTTP */
    uint32_t cause;    /* for whoever reports it, and is told of its end: 0 as a rule */
    const char *error; /* why there was no answer; else NULL */
};

/* Connects a flight with the push that makes it, and is a member of that. */
struct push_ticket {
    struct flight *flight; /* NULL: void, the outcome is not wanted any more */
};

enum flight_state {
    FLIGHT_NONE,      /* no attempt is under way */
    FLIGHT_OFFERED,   /* one is due, and has not been taken yet */
    FLIGHT_IN_FLIGHT, /* it is being made */
    FLIGHT_LANDED,    /* it has been made, and its outcome is not applied yet */
    FLIGHT_STATES
};

/* "none", "offered", "in-flight", "landed" */
const char *flight_state_name(enum flight_state state);

/* A zeroed one is in state NONE. */
struct flight {
    enum flight_state state;
    union {
        struct list_node link;    /* OFFERED: in flights->offered; IN_FLIGHT: flights->taken */
        struct order_node landed; /* LANDED: in flights->landed, by number */
    };
    uint64_t number;            /* of its take-off, counted from 1 */
    struct push_ticket *ticket; /* IN_FLIGHT */
    struct push_outcome
        outcome;             /* LANDED: not applied yet; it stays when the flight has ended */
    struct flight **awaited; /* the pointer to this flight of what awaits the outcome, see
                                    firings.h: cleared when the flight ends; or NULL */
};

struct flights {
    struct list_node offered; /* in the order of offers */
    struct list_node taken;   /* IN_FLIGHT, in the order of take-off */
    struct order landed;      /* in the order of take-off */
    size_t pending_count;     /* OFFERED and IN_FLIGHT */
    uint64_t last_number;
};

void flights_init(struct flights *all);

void flight_offer(struct flights *all, struct flight *f);

/* Take the next flight offered: it is in flight from now on. NULL if there is none. */
struct flight *flights_take(struct flights *all, struct push_ticket *ticket);

void flight_land(struct flights *all, struct flight *f, const struct push_outcome *outcome);

/* Walk the flights that have landed, in the order of take-off. The one last returned may end
 * before the next step. */
struct order_cursor flights_walk_landed(const struct flights *all);
struct flight *flights_next_landed(const struct flights *all, struct order_cursor *c);

/* Leave the present state for NONE; does nothing in state NONE. */
void flight_end(struct flights *all, struct flight *f);

/* Forget what awaits the outcome, and clear its pointer. */
void flight_silence(struct flight *f);

/* Land all that are in flight with this outcome, and silence all flights. */
void flights_abandon(struct flights *all, const struct push_outcome *outcome);

/* Assert that each flight is where its state says, and that the count is right: walks all. */
void flights_check(const struct flights *all);

#endif
