/* subscription.h - an endpoint that gets messages of a topic, its filter and how they are sent.
 *
 * Memory  the topic owns its subscriptions, a subscription its filter. Deliveries belong to
 *         their publications (delivery.h); pending only links them. */
#ifndef CMQ_ENGINE_SUBSCRIPTION_H
#define CMQ_ENGINE_SUBSCRIPTION_H

#include "engine/topic.h"
#include "engine/watch.h"

enum { ENDPOINT_LENGTH_MAX = 500 };

enum push_protocol { PROTOCOL_HTTP, PROTOCOL_QUEUE };

/* topic-api 4.3 */
enum notify_strategy {
    BACKOFF_RETRY,           /* one message at a time; 3 retries, each after 10 to 20 s */
    EXPONENTIAL_DECAY_RETRY, /* each message on its own; 176 retries: 1, 2, 4 ... 512, 512 s */
};

enum notify_format { FORMAT_JSON, FORMAT_SIMPLIFIED };

struct subscription {
    struct topic *topic;
    char name[NAME_MAX_LENGTH + 1];
    char id[RESOURCE_ID_SIZE];
    char endpoint[ENDPOINT_LENGTH_MAX + 1];
    enum push_protocol protocol;
    enum notify_strategy strategy;
    enum notify_format format;
    struct filter *filter;
    cmq_ms created_ms, modified_ms;

    uint64_t serial;          /* order of creation within the engine */
    struct name by_name;      /* in engine->names, its scope the topic's serial */
    struct list_node link;    /* in topic->subscriptions */
    struct list_node pending; /* deliveries that have not ended, in order of publishing */
    size_t pending_count;
    struct watch *watch; /* of its name; NULL: nobody watches */
};

/* What a subscription counts for, whatever its filter: so another filter cannot be refused. */
enum { SUBSCRIPTION_BYTES = sizeof(struct subscription) + FILTER_BYTES_MAX };

/* A subscription on no list, without filter, name, id and attributes, which the caller sets.
 * NULL when there is no memory. */
struct subscription *subscription_new(struct topic *t);

/* Free s with its filter. Nothing may be pending; s is no longer in engine->names nor on its
 * topic's list. */
void subscription_free(struct subscription *s);

/* Whether s takes a message with this routing. */
bool subscription_takes(const struct subscription *s, const struct routing *routing);

/* Whether s delivers to the queue of this name, which need not exist. */
bool subscription_delivers_to(const struct subscription *s, struct bytes queue);

#endif
