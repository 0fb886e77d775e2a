/* event.h - something that will happen at an instant: the end of a delay, an attempt, ...
 *
 * An event is a wheel node that knows its kind, and so the struct that it is a member of. Every
 * change that an engine makes without being called is an event armed on its wheel, the agenda
 * (decisions 32). */
#ifndef CMQ_ENGINE_EVENT_H
#define CMQ_ENGINE_EVENT_H

#include "base/wheel.h"

enum event_kind {
    EVENT_DELAYED,        /* message.wake: a delay ends */
    EVENT_VISIBLE,        /* message.wake: a visibility timeout ends */
    EVENT_EXPIRED,        /* message.expiry: retention ends */
    EVENT_REWIND_EXPIRED, /* message.expiry: a deleted message leaves the rewind window */
    EVENT_DEAD_LETTER,    /* message.wake: a dead-letter policy is met (eager checks only) */
    EVENT_POLL_TIMEOUT,   /* parked_poll.timeout: a long poll ends */
    EVENT_NAME_FREE, /* cooling_name.free: the name of what was deleted may be used again */
    EVENT_PUSH,      /* delivery.next: an attempt to deliver begins */
    EVENT_ANSWER,    /* parked_poll.timeout of one that is late: an answer is to be sent */
    EVENT_KINDS,
    /* publication.expiry: a day has passed; people see it as EVENT_EXPIRED */
    EVENT_PUBLICATION_EXPIRED = EVENT_KINDS
};

/* "delayed", "visible", "expired", "rewind-expired", "dead-letter", "poll-timeout",
 * "name-free", "push", "answer" */
const char *event_kind_name(enum event_kind kind);

/* The same in the order of the enum, ended by NULL. */
extern const char *const event_kind_names[EVENT_KINDS + 1];

struct event {
    struct wheel_node node;
    enum event_kind kind; /* set when armed */
};

static inline void event_arm(struct wheel *agenda, struct event *e, enum event_kind kind,
                             cmq_ms due_ms)
{
    e->kind = kind;
    wheel_arm(agenda, &e->node, due_ms);
}

static inline void event_disarm(struct wheel *agenda, struct event *e)
{
    wheel_disarm(agenda, &e->node);
}

/* Stage e as what another event is, which is armed: see wheel.h. */
static inline void event_stage(struct wheel *agenda, struct wheel_staging *staging,
                               struct event *e, const struct event *other)
{
    e->kind = other->kind;
    wheel_stage(agenda, staging, &e->node, other->node.due_ms, other->node.armed_as);
}

static inline bool event_armed(const struct event *e)
{
    return wheel_node_armed(&e->node);
}

/* An event as people see it: of a queue or of a topic. The names live as long as what they
 * name; they are NULL where there is none. One of queue and topic is not NULL; it may be "" of an
 * EVENT_ANSWER. */
struct event_view {
    cmq_ms at_ms;
    enum event_kind kind;
    const char *queue_name, *topic_name, *subscription_name;
    uint64_t msg_id;  /* 0 where there is no message */
    uint32_t attempt; /* EVENT_PUSH: its number, from 1; else 0 */
};

#endif
