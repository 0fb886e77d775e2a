/* delivery.h - a published message on its way to the subscriptions that take it.
 *
 * A publication is the message, kept once; it has a delivery for each of its subscriptions. It
 * goes when all of them have ended, or a day after publishing (topic-api 4.3, 4.4).
 *
 * An attempt is an event of the agenda. To a queue it is made when that event fires. Over HTTP
 * it is made by the shell, as a flight (flight.h). Either way delivery_end() applies the
 * outcome. */
#ifndef CMQ_ENGINE_DELIVERY_H
#define CMQ_ENGINE_DELIVERY_H

#include "engine/flight.h"
#include "engine/subscription.h"

enum delivery_state {
    DELIVERY_ENDED,     /* delivered or dropped; or not yet published */
    DELIVERY_WAITING,   /* BACKOFF_RETRY: for the message before it */
    DELIVERY_SCHEDULED, /* its next attempt is on the agenda */
    DELIVERY_UNDER_WAY, /* its attempt is a flight */
    DELIVERY_STATES
};

struct delivery {
    struct publication *publication;
    struct subscription *subscription;
    enum delivery_state state;
    uint32_t attempts;        /* begun so far */
    struct list_node link;    /* in subscription->pending until ENDED */
    struct event next;        /* armed while SCHEDULED */
    uint64_t request_id;      /* of the last attempt; 0 before */
    struct flight flight;     /* in state NONE unless UNDER_WAY */
    struct push_outcome last; /* of the last attempt, when applied: see delivery_last() */
};

struct publication {
    struct topic *topic;
    uint64_t id;
    cmq_ms published_ms;
    struct event expiry;   /* armed */
    struct list_node link; /* in topic->publications */
    struct bytes body;
    struct bytes tags;    /* joined by ", " as endpoints get them (topic-api 4.2) */
    size_t pending_count; /* deliveries that have not ended: never 0 */
    size_t delivery_count;
    struct delivery deliveries[]; /* in the order in which the subscriptions were made */
};

static inline struct delivery *delivery_of(struct flight *f)
{
    return CONTAINER_OF(f, struct delivery, flight);
}

/* NULL when the ticket is void. */
static inline const struct delivery *delivery_of_ticket(const struct push_ticket *ticket)
{
    return ticket->flight == NULL ? NULL : delivery_of(ticket->flight);
}

/* The state as people see it: "ended", "waiting", "scheduled", "offered", "in-flight",
 * "landed". */
const char *delivery_state_name(const struct delivery *d);

/* How the last attempt went that was made, whether its outcome is applied or not; all zero
 * before. */
const struct push_outcome *delivery_last(const struct delivery *d);

/* One that is not published yet, with room for so many deliveries; NULL: no memory. */
struct publication *publication_new(struct topic *t, struct bytes body,
                                    const struct routing *routing, size_t deliveries);

/* Give back one that was not published. */
void publication_discard(struct publication *p);

/* Bytes of memory, bookkeeping and all. */
size_t publication_size(const struct publication *p);

/* Put it on its way to as many subscriptions as it has deliveries. */
void publication_publish(struct publication *p, uint64_t id,
                         struct subscription *const *subscriptions);

/* Drop the deliveries that have not ended, and free it. */
void publication_drop(struct publication *p);

/* The event next has fired: an attempt begins. delivery_end() is to follow; over HTTP
 * delivery_offer() and delivery_land() come before that. */
void delivery_begin(struct delivery *d);
void delivery_offer(struct delivery *d);
void delivery_land(struct delivery *d, const struct push_outcome *outcome);

enum push_result { PUSH_DELIVERED, PUSH_FAILED, PUSH_DROPPED, PUSH_RESULTS };

/* "delivered"; "failed": a retry will follow; "dropped": none will */
const char *push_result_name(enum push_result result);

/* What an outcome comes to, as things are now. */
enum push_result delivery_result(const struct delivery *d, const struct push_outcome *outcome);

/* Nothing would follow from it: no retry, and no message that waits for its turn. */
bool delivery_ends_quietly(const struct delivery *d, const struct push_outcome *outcome);

/* Apply an outcome. The delivery, and its publication with it, may be gone then. */
enum push_result delivery_end(struct delivery *d, const struct push_outcome *outcome);

/* End all that are pending for s, without an outcome. */
void deliveries_drop(struct subscription *s);

/* Go on by another strategy: counted from the next attempt of each delivery (topic-api D30). */
void deliveries_set_strategy(struct subscription *s, enum notify_strategy strategy);

/* Make one that waits due at once; and of a subscription the first that is pending, whose turn
 * it is. Nothing to do for those that do not wait. */
void delivery_wake(struct delivery *d);
void delivery_wake_first(struct subscription *s);

/* Assert that a publication with its deliveries, or that all that is pending for s is whole. */
void publication_check(const struct publication *p);
void deliveries_check(const struct subscription *s);

#endif
