/* engine_inside.h - what an engine consists of, and what the files that implement engine.h
 * share: engine.c, agenda.c, queues.c, topics.c, publishing.c, pushes.c, watching.c; and copy.c. */
#ifndef CMQ_ENGINE_ENGINE_INSIDE_H
#define CMQ_ENGINE_ENGINE_INSIDE_H

#include "engine/cooling.h"
#include "engine/delivery.h"
#include "engine/firings.h"
#include "engine/names.h"
#include "engine/rate.h"
#include "engine/store.h"

struct engine {
    struct store store;
    uint64_t seed;
    struct names names;      /* queues, topics, subscriptions; see scope_of_topic() */
    struct cooling cooling;  /* of deleted queues and topics, in the same scopes */
    struct list_node queues; /* in order of creation */
    struct list_node topics; /* likewise */
    size_t queue_count, topic_count;
    bool settling; /* the effort was used up while polls were served */
    bool ending;   /* the same while outcomes of pushes were applied */
    uint64_t last_serial;
    struct rate control; /* calls of the control plane */
    uint64_t fired[EVENT_KINDS];
    uint64_t pushed[PUSH_RESULTS];
};

enum name_scope { SCOPE_QUEUES, SCOPE_TOPICS, SCOPE_FIRST_TOPIC };

/* Of the names of a topic's subscriptions. */
static inline uint64_t scope_of_topic(const struct topic *t)
{
    return SCOPE_FIRST_TOPIC + t->serial;
}

/* A queue, topic or subscription that has its name and serial becomes part of the engine, behind the
 * others. */
void engine_add_queue(struct engine *e, struct queue *q);
void engine_add_topic(struct engine *e, struct topic *t);
void engine_add_subscription(struct engine *e, struct subscription *s);

/* What was made has its name now: whoever watches that looks at it. */
void engine_attach_queue(struct engine *e, struct queue *q);
void engine_attach_subscription(struct engine *e, struct subscription *s);

/* Make the attempt whose event has fired, or offer it; its outcome goes to this entry, which
 * may be NULL. */
void engine_push(struct engine *e, struct delivery *d, struct firing *firing);

/* The end of a command that may have left tasks to queues: do them, and settle then. False when the
 * effort is used up before. */
bool engine_do_tasks(struct engine *e);

/* Serve the parked polls that can be, at the end of a command or an instant. engine_settle_some()
 * stops when the effort is used up: false then. */
void engine_settle(struct engine *e);
bool engine_settle_some(struct engine *e);

/* Drop pending messages of the topic with their deliveries, until none is left or at least max
 * of both have been dropped. Returns how many; large ones count as several: freeing_effort(). */
size_t engine_purge_some(struct topic *t, size_t max);

/* Assert that the topic and all that belongs to it are consistent: walks all of it. */
void engine_check_topic(const struct topic *t);

/* The message that the event is a member of; NULL when it is about something else. */
struct message *event_message(const struct event *event);

/* What the event will do, as people see it. */
struct event_view event_view_of(const struct event *event);

/* Free the queue, which may be no other queue's dead-letter queue; its polls are released with
 * NO_QUEUE. */
void engine_drop_queue(struct engine *e, struct queue *q);

/* Leave something to be done with all that is pending in t, or for s; and do it, until the effort of
 * the store is used up: then false. */
void topic_set_task(struct topic *t, enum topic_task task, struct subscription *s);
bool topic_do_tasks(struct topic *t);

/* Free a subscription for which nothing is pending. */
void engine_drop_subscription(struct engine *e, struct subscription *s);

/* Free the topic and its subscriptions, whatever is pending. */
void engine_drop_topic(struct engine *e, struct topic *t);

#endif
