/* telling.h - what happens to messages, told at that instant to a chronicler.
 *
 * For     the life of a message, as a person who debugs wants to see it.
 * What    each change of the state of a message, or of a publication, is told once, in the order
 *         in which they happen, which does not depend on the slices in which it is done. What an
 *         engine has when it is freed, or replaced, is not told.
 * When    after the change; before it where the message goes: the pointers of a telling are valid
 *         while it is told. The chronicler must not change the engine.
 * Cost    one comparison where there is none.
 *
 * A dead letter is still the same message. What is delivered to a queue is a copy, with an id of
 * its own: it is SENT there, and after that the publication was DELIVERED. */
#ifndef CMQ_ENGINE_TELLING_H
#define CMQ_ENGINE_TELLING_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delivery;
struct message;
struct publication;
struct push_outcome;
struct queue;

enum happening {
    /* of messages */
    HAPPENED_SENT,          /* it is ACTIVE, or DELAYED follows at once */
    HAPPENED_DELAYED,       /* until message->wake */
    HAPPENED_AVAILABLE,     /* its delay is over */
    HAPPENED_RECEIVED,      /* until message->wake, with message->handle */
    HAPPENED_RETURNED,      /* its visibility timeout is over */
    HAPPENED_DELETED,       /* kept for rewind, or the last thing */
    HAPPENED_REWOUND,       /* it was deleted and is ACTIVE again */
    HAPPENED_DEAD_LETTERED, /* it is ACTIVE in message->queue */
    HAPPENED_DUPLICATED, /* by a rule of faults: this one is ACTIVE, and there is another one of
                               the same id; both go on for themselves */
    /* of publications */
    HAPPENED_PUBLISHED,
    HAPPENED_PUSHED,    /* an attempt has ended, and was not a delivery to a queue */
    HAPPENED_DELIVERED, /* to a queue */
    /* of both: the last thing, or for one subscription */
    HAPPENED_EXPIRED,
    HAPPENED_PURGED,
    HAPPENINGS
};

/* "sent", "delayed", ..., "dead-lettered", "published", ... */
const char *happening_name(enum happening what);

struct telling {
    enum happening what;
    bool is_last; /* the message, or the publication, is about to go */
    cmq_ms at_ms;
    const struct message *message; /* one of these two is NULL */
    const struct publication *publication;
    const struct queue *source;      /* DEAD_LETTERED: where it was */
    const struct delivery *delivery; /* PUSHED, DELIVERED; SENT: of which it is a copy, or NULL;
                                        PURGED: whose subscription has gone, or NULL */
    const struct push_outcome *outcome; /* PUSHED, DELIVERED: not applied yet */
    uint64_t copy_id;                   /* DELIVERED: the id of the message in the queue */
};

/* A zeroed one hears nothing. */
struct chronicler {
    void (*hear)(void *context, const struct telling *t);
    void *context;
};

static inline bool chronicler_hears(const struct chronicler *c)
{
    return c->hear != NULL;
}

#endif
