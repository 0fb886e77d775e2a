/* queue.h - one queue: its attributes, its messages, the polls parked on it.
 *
 * Ownership  the engine owns its queues, a queue its messages and its parked polls.
 * Time       "now" is the instant of the store's agenda.
 * Order      active messages are handed out in the order in which they first became active;
 *            one that comes back (visibility over, rewound) goes to its old place (queue-api
 *            3.8). Polls are served in order of arrival.
 * Cost       send, receive, delete and the counts do not depend on how many messages there
 *            are. A message that comes back costs O(log of those that came back). What concerns
 *            all messages is left to tasks, which are done in slices: queue_tasks.c.
 *
 * For the engine alone: others use queues through engine.h, which also has names, the limits of
 * the whole engine and the order of commands; they may read a queue's members and walk it. */
#ifndef CMQ_ENGINE_QUEUE_H
#define CMQ_ENGINE_QUEUE_H

#include "engine/errors.h"
#include "engine/ids.h"
#include "engine/message.h"
#include "engine/names.h"
#include "engine/parked.h"
#include "engine/rate.h"
#include "engine/telling.h"
#include "engine/traits.h"
#include "engine/watch.h"

enum { QUEUE_NAME_MAX = NAME_MAX_LENGTH, DEAD_LETTER_SOURCES_MAX = 6 };

/* queue-api 2.1 */
struct queue_attributes {
    size_t max_heap; /* messages not deleted */
    size_t max_msg_size;
    cmq_ms polling_wait_ms;
    cmq_ms visibility_ms;
    cmq_ms retention_ms;
    cmq_ms rewind_ms; /* 0: rewind is off */
    /* TDMQ's rules: an id of its own form, and the rewind window may be longer than retention,
     * which then bounds it (api3 8.1). */
    bool of_tdmq;
    enum trace trace; /* told again, like the next one (decisions 42) */
    uint32_t retention_mb;
};

/* queue-api 4.1 */
enum dead_letter_kind { DEAD_LETTER_NONE, DEAD_LETTER_BY_RECEIVES, DEAD_LETTER_BY_AGE };

struct dead_letter_policy {
    enum dead_letter_kind kind;
    struct queue *target;  /* NULL when there is no policy */
    uint32_t max_receives; /* BY_RECEIVES */
    cmq_ms max_age_ms;     /* BY_AGE */
};

/* What a command has left to be done with all messages, in this order. */
enum queue_task {
    TASK_PURGE,
    TASK_FORGET_DELETED,
    TASK_REWIND,
    TASK_ARM_DELAYED, /* expiries */
    TASK_ARM_UNCONSUMED,
    TASK_ARM_DELETED,
    TASK_ARM_DEAD_LETTERS,
    TASK_SHED, /* see queue_shed() */
    QUEUE_TASKS,
};

struct queue_tasks {
    struct list_node link; /* in store->tasked, else unlinked */
    unsigned due;          /* bit t: task t */
    cmq_ms rewind_from_ms; /* TASK_REWIND */
    size_t shed_for;       /* TASK_SHED: so many are to be handed out */
    bool begun;            /* the first of them goes through a set, and has got to: */
    struct order_cursor at;
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

    struct order delayed;     /* DELAYED, in order of sending */
    struct order unconsumed;  /* ACTIVE and INACTIVE, in order of sending */
    struct order deleted;     /* DELETED, in order of sending */
    struct order active;      /* ACTIVE, in order of hand-out */
    struct order inactive;    /* INACTIVE, in order of receipt */
    struct order_finger seen; /* where queue_walk_from() was last, in one of these */
    uint64_t last_serial, last_turn, last_receipt;

    struct dead_letter_policy dead_letter;
    struct list_node source_link; /* in dead_letter.target->sources while there is a policy */
    struct list_node sources;     /* queues whose policy names this one, in order of creation */
    size_t source_count;

    struct list_node polls; /* parked, in order of arrival */
    size_t poll_count;
    struct list_node unsettled_link; /* in store->unsettled, or unlinked */

    struct queue_tasks tasks;
    bool gone; /* deleted: to be freed when its tasks are done */

    struct rate sent, received, deletes;
    struct tags *tags;   /* owned; NULL for none */
    struct watch *watch; /* of its name; NULL: nobody watches */
};

/* ---- states of messages ---- */

/* Leave the present state for another of the same queue. For DELAYED and INACTIVE wake_ms is
 * when that state ends; the other states do not use it. A message that enters INACTIVE is
 * given a new handle and counted as received; one that enters ACTIVE for the first time goes
 * behind all others, later to its place among them (queue-api 3.8). */
void queue_enter(struct message *m, enum message_state state, cmq_ms wake_ms);

/* Put a message that is OUTSIDE, and has all that belongs to this state but for its timers, into the
 * sets of the state: it has been in it before, in another engine. place: its rank in the set of
 * active or inactive ones. The caller arms the timers. */
void queue_put(struct message *m, enum message_state state, uint64_t place);

/* The kind of the timer expiry in the present state. */
enum event_kind queue_expiry_kind(const struct message *m);

/* When retention, or for a deleted message the rewind window, ends, by the present attributes
 * of the queue (queue-api 3.2: read when evaluated, not when sent). */
cmq_ms queue_expire_ms(const struct message *m);

/* Arm expiry by queue_expire_ms(). Done by queue_enter(); again after the queue's
 * attributes changed. */
void queue_arm_expiry(struct message *m);

/* Arm or disarm the eager dead-letter check of an active message, by the policy of the queue as
 * it is now. Done by queue_enter(); again after the policy changed. */
void queue_arm_dead_letter(struct message *m);

/* Assert that m is in the sets of its state and has its timers. */
void queue_check_message(const struct message *m);

/* Leave the present state for OUTSIDE: in no set, with no timer armed. */
void queue_withdraw(struct message *m);

/* Withdraw it and free it, which is told to be the last that happens to it. */
void queue_free_message(struct message *m, enum happening why);

/* ---- the queue ---- */

/* An empty queue; the caller gives it its name, id and attributes. NULL: no memory. */
struct queue *queue_new(struct store *store);

/* Free it with all its messages. No poll may be parked, no policy bound on either side. */
void queue_free(struct queue *q);

/* Leave something to be done; and do it, until the effort of the store is used up: then false. The
 * queue stays on store->tasked in any case: that is the engine's. */
void queue_set_task(struct queue *q, enum queue_task task);
bool queue_do_tasks(struct queue *q);

/* Free messages until none is left or at least max have been freed. Returns how many; large ones count
 * as several: freeing_effort(). */
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

/* The same without the first ones. */
struct message_cursor queue_walk_from(struct queue *q, enum message_state state, size_t skip);
const struct message *queue_walk_next(struct message_cursor *c);

/* When the oldest active or inactive message was sent; now if there is none (queue-api 3.6). */
cmq_ms queue_backlog_start_ms(const struct queue *q);

/* Store count bodies; delay_ms 0 makes them active at once. All or nothing. */
enum cmq_err queue_send(struct queue *q, const struct bytes *bodies, size_t count,
                        cmq_ms delay_ms, uint64_t *ids);

/* The same for what d delivers, which is active at once. A long body is shared with the
 * publication. */
enum cmq_err queue_send_copy(struct queue *q, const struct delivery *d, uint64_t *id);

/* What queue_hand_out() would hand out now: never less, and no more than max messages. */
struct preview {
    size_t count;
    size_t bytes; /* of bodies that are in no blob */
};
struct preview queue_preview(const struct queue *q, size_t max);

/* Hand out up to max active messages, lowest turn first, and no more than the rate allows;
 * those that meet the dead-letter policy are moved to its target instead. NO_MESSAGE; DATA_RATE
 * when there are messages and the rate alone keeps them back.
 *
 * odd->copies: each message that has no copies, and is none, leaves so many behind, as far as there
 * is memory for them: active messages with its id and its count of receives, sent now. The first is
 * in its place, and the message itself goes behind all others when it comes back. */
enum cmq_err queue_hand_out(struct queue *q, size_t max, const struct odd_receipt *odd,
                            size_t *handed, const struct message **out);

/* Whether too many messages are inactive or delayed for any to be handed out (queue-api
 * 3.7). */
bool queue_choked(const struct queue *q);

/* Whether as many messages were handed out in this second as the limit allows. */
bool queue_receive_throttled(struct queue *q);

/* Count the handles of a call that deletes. DATA_RATE, and none is counted, when they would
 * pass the limit of this second. */
enum cmq_err queue_count_deletes(struct queue *q, size_t count);

/* The message with this handle, of any queue; NULL if there is none. */
struct message *store_find_handle(const struct store *s, uint64_t handle);

/* Delete the message with this handle: it is freed, or with rewind on becomes DELETED.
 * HANDLE_INVALID. */
/* The message with this handle; NULL if none of the queue has it. */
struct message *queue_find_handle(const struct queue *q, uint64_t handle);

enum cmq_err queue_delete_message(struct queue *q, uint64_t handle);

/* Deleted messages sent at from_ms or later become active again: a task. */
void queue_rewind(struct queue *q, cmq_ms from_ms);

/* Set the attributes, which apply to stored messages, too: when retention or rewind window change,
 * each timer is armed again, which is a task. */
void queue_set_attributes(struct queue *q, const struct queue_attributes *attributes);

/* Set the dead-letter policy of q, or remove it. Both allow that there is one. With eager checks
 * the timers of stored messages are a task. */
void queue_bind(struct queue *q, struct dead_letter_policy policy);

/* The same for a queue whose messages have the timers of that policy already, or which has none. */
void queue_adopt_policy(struct queue *q, struct dead_letter_policy policy);
void queue_unbind(struct queue *q);

/* When m, an active message, meets the policy: an instant that may have passed, or CMQ_NEVER if
 * there is no policy, or m has to be received more often first. */
cmq_ms queue_dead_letter_ms(const struct queue *q, const struct message *m);

/* Of the messages that come before the last of the next max to be handed out, move those that meet
 * the policy to its target, until the effort of the store is used up: false then. */
bool queue_shed(struct queue *q, size_t max);

/* Move m, an active message, to the dead-letter queue. */
void queue_move_dead_letter(struct queue *q, struct message *m);

/* Note that there may be something for the parked polls of q; does nothing without polls. */
void queue_unsettle(struct queue *q);

/* Serve the parked polls of q as long as there is something for them. queue_settle_some() stops when
 * the effort of the store is used up: false then. */
void queue_settle(struct queue *q);
bool queue_settle_some(struct queue *q);

/* Park a poll until an instant; release one, or all, with an outcome: they are on
 * store->released from then on. */
void queue_park(struct queue *q, struct parked_poll *p, cmq_ms until_ms);
void queue_release(struct parked_poll *p, enum cmq_err outcome);
void queue_release_all(struct queue *q, enum cmq_err outcome);

/* Assert that the queue and all its messages are consistent: walks all of it. */
void queue_check(const struct queue *q);

#endif
