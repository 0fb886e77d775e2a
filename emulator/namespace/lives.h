/* lives.h - what has happened to the messages of a namespace, kept for a while (admin 13).
 *
 * For     "what became of my message?": its life from its sending to its end, through topics and
 *         dead-letter queues.
 * Kept    the last so many events of all messages together; the oldest go first. A message whose
 *         first ones have gone has a life without a beginning, one of which none is left is unknown.
 * Cost    an event is O(1): the name of its queue is copied, and the last event of its message is
 *         found in a table.
 * Numbers an event has the number of the request that is being carried out, which is that of the next
 *         entry: it is answered before anybody else. But a receive that moves dead letters may be put
 *         off, or wait then, and others are answered meanwhile. So the dead letters that a request
 *         moves are chained, and get its number when it is answered.
 * Budget  as of the journal. Where that has no room the oldest events of this namespace go; if that
 *         is not enough all of them go, and the new one is not kept.
 * Pointers to messages are valid as long as no event was the last of its message. So whoever replaces
 *         the engine has all forgotten. */
#ifndef CMQ_NAMESPACE_LIVES_H
#define CMQ_NAMESPACE_LIVES_H

#include "base/bytes.h"
#include "base/fifo.h"
#include "base/table.h"
#include "engine/delivery.h"
#include "engine/telling.h"

struct life_event;

/* The dead letters that a request has moved, from the last one back, by life_event->before. Those before
 * a certain place have been forgotten, and are not to be looked at. A zeroed one is empty. */
struct life_moves {
    struct life_event *last;
    uint64_t place; /* of that among all events that were ever kept, from 1; 0: there is none */
};

struct lives {
    struct fifo events;
    struct table newest;   /* events, by the ids of their messages */
    size_t bound, count;   /* of events; a bound of 0: none is kept */
    uint64_t places;       /* of these, the last: that of the newest event */
    size_t least, charged; /* bytes of an empty table, and those beyond it, which count */
    /* Number of the request that is being carried out; 0: none is, or it has none yet. */
    uint64_t request;
    struct life_moves *moves; /* its own; NULL: its number is certain */
};

/* A text behind an event: where it is said what happened, who is meant. */
enum life_text {
    LIFE_PLACE,        /* the queue, or the topic */
    LIFE_SUBSCRIPTION, /* PUSHED, DELIVERED, PURGED; of a copy that was SENT */
    LIFE_OTHER, /* DELIVERED, DEAD_LETTERED: the queue that it goes to; of a copy that was SENT:
                          the topic that it comes from */
    LIFE_TEXTS
};

enum {
    LIFE_EVENTS_PER_REQUEST = 4, /* are kept for each that the journal keeps */
    LIFE_LOOKS_MAX = 10000,      /* events of one message: no more are looked at */
};

/* As what: it was there when somebody looked for it. */
#define LIFE_FOUND HAPPENINGS

struct life_event {
    struct table_node by_id; /* its hash is the id; in lives->newest while newer is NULL */
    struct life_event *older, *newer; /* of the same message */
    enum happening what;
    bool is_last;  /* the message has gone with it */
    bool of_topic; /* it is about a publication */
    uint8_t lengths[LIFE_TEXTS];
    uint64_t request;  /* 0: none did it */
    uint64_t other_id; /* DELIVERED: of the copy; SENT: of the publication, 0 for no copy */
    cmq_ms at_ms;
    union {                            /* NULL, if is_last */
        const struct message *message; /* unless of_topic */
        const struct publication *publication;
    };
    union {
        struct {
            cmq_ms visible_ms; /* DELAYED, RECEIVED: when that ends */
            uint64_t handle;   /* RECEIVED */
        };
        struct life_moves before; /* DEAD_LETTERED: by the same request */
        struct {                  /* PUSHED, DELIVERED */
            uint32_t attempt;
            enum push_result result;
            struct push_outcome outcome;
        };
    };
    char texts[];
};

/* False when there is no memory; then *l may still be given to lives_fini(). */
bool lives_init(struct lives *l, const struct allocator *a, struct budget *budget);
void lives_fini(struct lives *l);

/* How many events are kept from now on; none at first. */
void lives_set_bound(struct lives *l, size_t bound);
void lives_forget(struct lives *l);

/* Keep what an engine tells. The bound must not be 0. request: the number of the push that did it; 0: it
 * was none, but the request that is being carried out, if there is one. */
void lives_hear(struct lives *l, const struct telling *t, uint64_t request);

/* What happens from now on is done by the request that will have this number if it is answered now, and
 * whose moves these are; NULL: there is nothing that it could be put off for. */
static inline void lives_begin_request(struct lives *l, uint64_t number,
                                       struct life_moves *moves)
{
    l->request = number;
    l->moves = moves;
}

/* It is not answered now, so others may have that number. It has not done all yet. */
static inline void lives_put_off_request(struct lives *l)
{
    l->request = 0;
}

/* It has done all. */
static inline void lives_end_request(struct lives *l)
{
    l->request = 0;
    l->moves = NULL;
}

/* The events of these moves get the number of the request that has made them. */
void lives_number_moves(struct lives *l, const struct life_moves *moves, uint64_t number);

/* The request that makes these moves will never have a number, so what it has moved has none. */
static inline void lives_disown(struct lives *l, struct life_moves *moves)
{
    moves->place = 0;
    if (l->moves == moves)
        l->moves = NULL;
}

/* It is answered, and has this number. What it has left to be done has that, too. */
static inline void lives_answer_request(struct lives *l, struct life_moves *moves,
                                        uint64_t number)
{
    if (moves->place > 0)
        lives_number_moves(l, moves, number);
    lives_disown(l, moves);
}

/* The message was received under this handle, and perhaps duplicated then, by the request of this number.
 * A long poll has its number only when it is answered. */
void lives_set_receiver(struct lives *l, uint64_t msg_id, uint64_t handle, uint64_t number);

/* A message, or a publication, of which no event is kept, is there: one that says LIFE_FOUND is kept of
 * it, so that it can be followed from now on. The bound must not be 0. */
void lives_add_found(struct lives *l, const struct message *m, const struct publication *p,
                     cmq_ms at_ms);

/* The last event of this message; NULL when none is kept. */
const struct life_event *lives_find(const struct lives *l, uint64_t msg_id);

static inline uint64_t life_event_id(const struct life_event *e)
{
    return e->by_id.hash;
}

struct bytes life_event_text(const struct life_event *e, enum life_text which);

#endif
