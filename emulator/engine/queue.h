/* queue.h - one queue: its attributes, its messages, the long polls that wait on it.
 *
 * Ownership  the engine owns its queues, a queue its messages and its parked polls.
 * Time       "now" is the instant of the store's agenda.
 * Order      active messages are handed out in the order in which they first became active;
 *            one that comes back (visibility over, rewound) goes to its old place (queue-api
 *            3.8). Polls are served in order of arrival.
 * Cost       send, receive, delete and the counts do not depend on how many messages there
 *            are; a message that comes back costs O(log of those that came back).
 *
 * Names, limits of the whole engine and commands are engine.h's matter. */
#ifndef CMQ_ENGINE_QUEUE_H
#define CMQ_ENGINE_QUEUE_H

#include "engine/errors.h"
#include "engine/ids.h"
#include "engine/message.h"
#include "engine/names.h"
#include "engine/parked.h"
#include "engine/rate.h"

enum { QUEUE_NAME_MAX = NAME_MAX_LENGTH, DEAD_LETTER_SOURCES_MAX = 6 };

/* queue-api 2.1 */
struct queue_attributes {
    size_t max_heap; /* messages not deleted */
    size_t max_msg_size;
    cmq_ms polling_wait_ms;
    cmq_ms visibility_ms;
    cmq_ms retention_ms;
    cmq_ms rewind_ms; /* 0: rewind is off */
};

/* queue-api 4.1 */
enum dead_letter_kind { DEAD_LETTER_NONE, DEAD_LETTER_BY_RECEIVES, DEAD_LETTER_BY_AGE };

struct dead_letter_policy {
    enum dead_letter_kind kind;
    struct queue *target;  /* NULL when there is no policy */
    uint32_t max_receives; /* BY_RECEIVES */
    cmq_ms max_age_ms;     /* BY_AGE */
};

struct queue {
    struct store *store;
    char name[QUEUE_NAME_MAX + 1];
    char id[RESOURCE_ID_SIZE];
    struct queue_attributes attributes;
    cmq_ms created_ms, modified_ms;

    uint64_t serial;             /* order of creation within the engine */
    struct name by_name;         /* in engine->names */
    struct list_node by_created; /* in engine->queues */

    struct order delayed;    /* DELAYED, in order of sending */
    struct order unconsumed; /* ACTIVE and INACTIVE, in order of sending */
    struct order deleted;    /* DELETED, in order of sending */
    struct order active;     /* ACTIVE, in order of hand-out */
    struct order inactive;   /* INACTIVE, in order of receipt */
    uint64_t last_serial, last_turn, last_receipt;

    struct dead_letter_policy dead_letter;
    struct list_node source_link; /* in dead_letter.target->sources while there is a policy */
    struct list_node sources;     /* queues whose policy names this one, in order of creation */
    size_t source_count;

    struct list_node polls; /* parked, in order of arrival */
    size_t poll_count;
    struct list_node unsettled_link; /* in store->unsettled, or unlinked */

    struct rate sent, received;
};

/* ---- states of messages ---- */

/* Leave the present state for another of the same queue. For DELAYED and INACTIVE wake_ms is
 * when that state ends; the other states do not use it. A message that enters INACTIVE is
 * given a new handle and counted as received; one that enters ACTIVE for the first time goes
 * behind all others, later to its place among them (queue-api 3.8). */
void queue_enter(struct message *m, enum message_state state, cmq_ms wake_ms);

/* When retention, or for a deleted message the rewind window, ends; counted anew from the
 * attributes of the queue (queue-api 3.2: read when evaluated, not when sent). */
cmq_ms queue_expire_ms(const struct message *m);

/* Arm expiry by queue_expire_ms(). Done by queue_enter(); again after the queue's
 * attributes changed. */
void queue_arm_expiry(struct message *m);

/* Arm or disarm the eager dead-letter check of an active message, by the policy of the queue as
 * it is now. Done by queue_enter(); again after the policy changed. */
void queue_arm_dead_letter(struct message *m);

/* Assert that the sets and timers are those of the state. */
void queue_check_message(const struct message *m);

/* Leave the present state for none: on no set, no timer armed. */
void queue_withdraw(struct message *m);

/* Withdraw it and free it. */
void queue_free_message(struct message *m);

/* ---- the queue ---- */

/* An empty queue; the caller gives it its name, id and attributes. NULL: no memory. */
struct queue *queue_new(struct store *store);

/* Free it with all its messages. No poll may be parked, no policy bound on either side. */
void queue_free(struct queue *q);

/* Free all messages, without events and without waking anybody. */
void queue_purge(struct queue *q);

/* The same for at most max messages; returns how many there were. */
size_t queue_purge_some(struct queue *q, size_t max);

size_t queue_count(const struct queue *q, enum message_state state);

/* Look at the messages of a state without consuming: active ones in the order of hand-out,
 * inactive ones in that of receipt, the others in that of sending. NULL at the end. */
struct message_cursor {
    enum message_state state;
    const struct order *set;
    struct order_cursor at;
};
struct message_cursor queue_walk(const struct queue *q, enum message_state state);
const struct message *queue_walk_next(struct message_cursor *c);

/* When the oldest active or inactive message was sent; now if there is none (3.6). */
cmq_ms queue_backlog_start_ms(const struct queue *q);

/* Store count bodies; delay_ms 0 makes them active at once. All or nothing. */
enum cmq_err queue_send(struct queue *q, const struct bytes *bodies, size_t count,
                        cmq_ms delay_ms, uint64_t *ids);

/* Hand out up to max active messages, oldest turn first; those that meet the dead-letter policy
 * are moved to its target instead. Returns how many. */
size_t queue_hand_out(struct queue *q, size_t max, const struct message **out);

/* Too many messages are out or delayed for anything to be handed out (3.7). */
bool queue_choked(const struct queue *q);

/* As many messages as the limit allows were handed out in this second. */
bool queue_receive_throttled(struct queue *q);

/* The message with this handle is deleted, or kept for rewind. */
enum cmq_err queue_delete_message(struct queue *q, uint64_t handle);

/* Deleted messages sent at from_ms or later become active again. */
void queue_rewind(struct queue *q, cmq_ms from_ms);

/* Apply attributes, to the stored messages, too. The one call whose cost grows with the
 * number of messages: other times of retention or rewind arm each of them anew. */
void queue_set_attributes(struct queue *q, const struct queue_attributes *attributes);

/* Tie q to its dead-letter queue, or loosen it. */
void queue_bind(struct queue *q, struct dead_letter_policy policy);
void queue_unbind(struct queue *q);

/* When m, active, meets the policy: now or later; CMQ_NEVER if there is no policy that it could
 * meet by time alone. */
cmq_ms queue_dead_letter_ms(const struct queue *q, const struct message *m);

/* Move m, active, to the dead-letter queue. */
void queue_move_dead_letter(struct queue *q, struct message *m);

/* Note that parked polls of q may have something to get; ignored without polls. */
void queue_unsettle(struct queue *q);

/* Serve the parked polls of q as long as there is something for them. */
void queue_settle(struct queue *q);

/* Park a poll, or take it out with its outcome: it then is on store->released. */
void queue_park(struct queue *q, struct parked_poll *p, cmq_ms until_ms);
void queue_release(struct parked_poll *p, enum cmq_err outcome);
void queue_release_all(struct queue *q, enum cmq_err outcome);

/* Assert that the queue and all its messages are whole: walks all of it. */
void queue_check(const struct queue *q);

#endif
