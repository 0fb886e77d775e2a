/* message.h - one message and the state that it is in.
 *
 * A message belongs to one queue and is in exactly one state, and in the sets of that state and
 * no other: queue_states.c has the table. Links and timers are members, so a change of state
 * allocates nothing and cannot fail. queue.h has the functions that change it. */
#ifndef CMQ_ENGINE_MESSAGE_H
#define CMQ_ENGINE_MESSAGE_H

#include "base/blob.h"
#include "base/bytes.h"
#include "base/order.h"
#include "base/table.h"
#include "engine/errors.h"
#include "engine/event.h"

struct queue;
struct store;

/* queue-api 3.1 */
enum message_state {
    MESSAGE_DELAYED,  /* sent with a delay that has not ended */
    MESSAGE_ACTIVE,   /* can be received */
    MESSAGE_INACTIVE, /* received, its visibility timeout runs, its handle is valid */
    MESSAGE_DELETED,  /* deleted, kept for rewind */
    MESSAGE_STATES,
    MESSAGE_OUTSIDE = MESSAGE_STATES /* in no state: just made, or about to go */
};

struct message {
    struct queue *queue;
    enum message_state state;
    uint32_t body_len;
    uint64_t id;
    uint64_t handle;             /* while INACTIVE, else 0 */
    uint64_t serial;             /* order of sending within the queue */
    uint64_t turn;               /* order of first becoming active; 0 before */
    struct order_node age;       /* by serial, in the set of the state: delayed,
                                    unconsumed or deleted */
    struct order_node place;     /* ACTIVE: by turn in queue->active; INACTIVE: in order of
                                    receipt in queue->inactive; else unlinked */
    struct table_node by_handle; /* in store->handles while INACTIVE */
    struct event wake;           /* DELAYED: its end; INACTIVE: end of visibility; ACTIVE: eager
                                    dead-letter check, if any; else idle */
    struct event expiry;         /* end of retention; DELETED: or of the rewind window */
    cmq_ms sent_ms;
    cmq_ms first_dequeue_ms; /* set when dequeue_count > 0 */
    uint32_t dequeue_count;
    bool doubled; /* it has copies, or is one: see queue_hand_out() */
    char body[];  /* a short one; or a reference to a blob, see message_blob() */
};

/* Bodies from this length on are blobs. Sixteen that are shorter, escaped, fit an answer of 64
 * KiB with all that is written beside them. */
enum { BODY_SHARED_FROM = 512, REFERENCE_SIZE = sizeof(void *) };

/* Judge bodies that are to be sent or published together, none of them empty: BODY_TOO_LONG,
 * BATCH_TOO_LONG. */
enum cmq_err message_check_bodies(const struct bytes *bodies, size_t count,
                                  size_t max_msg_size);

/* A message in state OUTSIDE, with the body: a copy, or if blob is not NULL a reference to that,
 * which has it. NULL when there is no memory. Free it with message_free() while it is OUTSIDE,
 * later with queue_free_message(). */
struct message *message_new(struct store *store, struct bytes body, struct blob *blob);
void message_free(struct store *store, struct message *m);

/* A copy of a message of another engine, in state OUTSIDE; it shares the blob. NULL when there is no
 * memory. */
struct message *message_copy(struct store *store, const struct message *m);

/* Bytes of memory, bookkeeping and all. A body that is shared counts in full for each message
 * that has it. */
static inline size_t message_size(const struct message *m)
{
    return sizeof *m + m->body_len;
}

/* The same of a message with such a body alone, without the blob; and of that blob, 0 for none. */
static inline size_t message_head_size(size_t body_len)
{
    return sizeof(struct message) + (body_len < BODY_SHARED_FROM ? body_len : REFERENCE_SIZE);
}

static inline size_t message_blob_size(size_t body_len)
{
    return body_len < BODY_SHARED_FROM ? 0 : sizeof(struct blob) + body_len;
}

/* What the body is kept in; NULL if it is a short one. */
static inline struct blob *message_blob(const struct message *m)
{
    struct blob *blob = NULL;
    if (m->body_len >= BODY_SHARED_FROM)
        memcpy(&blob, m->body, REFERENCE_SIZE);
    return blob;
}

static inline struct bytes message_body(const struct message *m)
{
    const struct blob *blob = message_blob(m);
    return (struct bytes){blob != NULL ? blob->data : m->body, m->body_len};
}

/* "delayed", "active", "inactive", "deleted" */
const char *message_state_name(enum message_state state);

#endif
