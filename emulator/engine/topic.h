/* topic.h - one topic: its attributes, its subscriptions, the messages that are pending.
 *
 * Ownership  the engine owns its topics, a topic its subscriptions and its publications.
 * Life       a message is matched when it is published, against the subscriptions of that
 *            moment. It is stored once, with a delivery for each that takes it, until all of
 *            them have ended; one day at the most (topic-api 4.4).
 *
 * Names, limits and commands are in engine.h, the attempts to deliver in delivery.h. */
#ifndef CMQ_ENGINE_TOPIC_H
#define CMQ_ENGINE_TOPIC_H

#include "engine/errors.h"
#include "engine/event.h"
#include "engine/filter.h"
#include "engine/ids.h"
#include "engine/names.h"
#include "engine/rate.h"
#include "engine/traits.h"

enum { TOPIC_RETENTION_MS = 86400 * 1000 }; /* unless API 3.0 says less (topic-api 2.1) */

/* The values of the parameter filterType. */
enum filter_type { FILTER_BY_TAG = 1, FILTER_BY_KEY = 2 };

struct store;
struct subscription;

/* What a command has left to be done with all that is pending, in this order; as of queues. */
enum topic_task {
    TOPIC_TASK_PURGE,
    TOPIC_TASK_ARM,      /* expiries, after another retention */
    TOPIC_TASK_DROP,     /* the deliveries of a subscription that has gone, and that itself */
    TOPIC_TASK_STRATEGY, /* a subscription has another one */
    TOPIC_TASKS,
};

struct topic_tasks {
    struct list_node link;        /* in store->tasked_topics, else unlinked */
    unsigned due;                 /* bit t: task t */
    struct subscription *subject; /* of the last two */
    struct list_node *at;         /* the next one to go to; NULL: begin */
};

struct topic {
    struct store *store;
    char name[NAME_MAX_LENGTH + 1];
    char id[RESOURCE_ID_SIZE];
    enum filter_type filter_type;
    size_t max_msg_size;
    cmq_ms retention_ms; /* of what is pending */
    enum trace trace;
    struct tags *tags; /* owned; NULL for none */
    cmq_ms created_ms, modified_ms;

    uint64_t serial;             /* order of creation within the engine */
    struct name by_name;         /* in engine->names */
    struct list_node by_created; /* in engine->topics */

    struct list_node subscriptions; /* in order of creation */
    size_t subscription_count;

    struct list_node publications; /* pending, in order of publishing */
    size_t publication_count;
    struct rate published;
    struct topic_tasks tasks;
};

/* An empty topic; the caller gives it its name, id and attributes. NULL: no memory. */
struct topic *topic_new(struct store *store);

/* Free t, which must have no subscriptions and nothing pending. */
void topic_free(struct topic *t);

#endif
