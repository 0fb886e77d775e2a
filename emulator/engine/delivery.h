/* delivery.h - a published message on its way to the subscriptions that take it.
 *
 * A publication is the message, stored once; it has a delivery for each subscription that takes
 * it. It is freed when all of them have ended, or a day after publishing (topic-api 4.3, 4.4).
 *
 * An attempt is an event of the agenda. To a queue it is made when that event fires. Over HTTP
 * it is made by the service, as a flight (flight.h). Either way delivery_end() applies the
 * outcome.
 *
 * Memory  one allocation for a publication: deliveries, tags and a short body are part of it. A
 *         long body is a blob, which the messages of queues that it is delivered to share. */
#ifndef CMQ_ENGINE_DELIVERY_H
#define CMQ_ENGINE_DELIVERY_H

#include "base/blob.h"
#include "engine/flight.h"
#include "engine/subscription.h"
#include "engine/telling.h"

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
    uint16_t attempts;     /* begun so far */
    uint32_t put_off_by;   /* its next attempt: see engine_put_off_push(); 0: it was not */
    struct list_node link; /* in subscription->pending until ENDED */
    struct event next;     /* armed while SCHEDULED */
    uint64_t request_id;   /* of the last attempt; 0 before */
    struct flight flight;  /* in state NONE unless UNDER_WAY; its outcome is the last one */
};

struct publication {
    struct topic *topic;
    uint64_t id;
    cmq_ms published_ms;
    struct event expiry;   /* armed */
    struct list_node link; /* in topic->publications */
    struct bytes body;
    struct blob *blob;    /* that the body is kept in; NULL if it is a short one */
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

/* The outcome of the last attempt that has ended, applied or not; all zero before the first. */
const struct push_outcome *delivery_last(const struct delivery *d);

/* A publication that is not published yet, with room for that many deliveries; NULL when there
 * is no memory. */
struct publication *publication_new(struct topic *t, struct bytes body,
                                    const struct routing *routing, size_t deliveries);

/* The same of one that was published in another engine: with the joined tags, and the blob of the body,
 * if it is in one, which is shared. */
struct publication *publication_again(struct topic *t, struct bytes body, struct blob *blob,
                                      struct bytes tags, size_t deliveries);

/* What publishing does but for the timers and states of deliveries: p is pending behind the others of
 * its topic; and one of its deliveries behind the others of a subscription. */
void publication_put(struct publication *p, uint64_t id, cmq_ms published_ms);
void delivery_put(struct delivery *d, struct publication *p, struct subscription *s);

/* d, which has been put, has been attempted so often, the last time with this outcome. Its state and its
 * timer are the caller's. */
void delivery_resume(struct delivery *d, uint16_t attempts, const struct push_outcome *last);

/* to, which has been put, becomes what from is in another engine, and gets its state, but no timer.
 * One whose attempt is under way, or whose outcome is not applied yet, is as it was before that
 * attempt: SCHEDULED, to be armed for the present instant, or WAITING where others come before. */
void delivery_copy(struct delivery *to, const struct delivery *from);

/* Free a publication that was not published. */
void publication_discard(struct publication *p);

/* Bytes of memory, bookkeeping and all; of one that is yet to be made, too. */
size_t publication_size(const struct publication *p);
size_t publication_head_size(const struct publication *p); /* without the blob */
size_t publication_needs(struct bytes body, const struct routing *routing, size_t deliveries);

/* Publish p to as many subscriptions as it has deliveries. The first attempts are due now, with
 * BACKOFF_RETRY only if nothing else is pending. */
void publication_publish(struct publication *p, uint64_t id,
                         struct subscription *const *subscriptions);

/* Each of the next three concerns all that is pending, and stops when the effort of the store is used
 * up: false then, to be called again. *at is NULL at first.
 *
 * Arm the end of all that is pending in t anew, after its retention has changed. */
bool publications_arm_expiry(struct topic *t, struct list_node **at);

/* Drop the deliveries of p that have not ended, and free it, which is told to be the last that
 * happens to it. */
void publication_drop(struct publication *p, enum happening why);

/* The event next has fired: an attempt begins. delivery_end() is to follow; over HTTP
 * delivery_offer() and delivery_land() come before that. */
void delivery_begin(struct delivery *d);
void delivery_offer(struct delivery *d);
void delivery_land(struct delivery *d, const struct push_outcome *outcome);

/* The attempt that is under way has not begun: it is to begin at another instant, and has this cause. */
void delivery_put_off(struct delivery *d, cmq_ms at_ms, uint32_t cause);

enum push_result { PUSH_DELIVERED, PUSH_FAILED, PUSH_DROPPED, PUSH_RESULTS };

/* "delivered"; "failed": a retry will follow; "dropped": none will */
const char *push_result_name(enum push_result result);

/* The result of an outcome by the present strategy: whether a failure is followed by a
 * retry. */
enum push_result delivery_result(const struct delivery *d, const struct push_outcome *outcome);

/* Whether nothing would follow from applying this outcome: no retry, and no other message whose
 * turn it would become. */
bool delivery_ends_quietly(const struct delivery *d, const struct push_outcome *outcome);

/* Apply an outcome. The delivery, and its publication with it, may be freed by that. copy_id is that
 * of the message which was sent to a queue; 0: none was. */
enum push_result delivery_end(struct delivery *d, const struct push_outcome *outcome,
                              uint64_t copy_id);

/* End all that are pending for s, without an outcome. */
bool deliveries_drop(struct subscription *s);

/* The strategy of s has changed, which begins with the next attempt of each delivery (topic-api
 * D30). */
bool deliveries_adopt_strategy(struct subscription *s, struct list_node **at);

/* Make d, or the first delivery pending for s, due now if it is WAITING; otherwise do
 * nothing. */
void delivery_wake(struct delivery *d);
void delivery_wake_first(struct subscription *s);

/* Assert that a publication and its deliveries, or all that is pending for s, are
 * consistent. */
void publication_check(const struct publication *p);
void deliveries_check(const struct subscription *s);

#endif
