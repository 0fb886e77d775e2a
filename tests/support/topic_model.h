/* topic_model.h - topics and pushes once more, as plainly as they can be written, to compare
 * with.
 *
 * All is in arrays, all is found by walking them from end to end. There is no wheel, no list,
 * no table and no memory to run out of. What it shares with the engine are types, the
 * generators of ids and of random intervals, and the rules of the specification. Of queues it
 * knows no more than an endpoint needs: what is sent stays until it is taken out, or too old.
 * Texts that it is given must outlive it. */
#ifndef CMQ_TESTS_TOPIC_MODEL_H
#define CMQ_TESTS_TOPIC_MODEL_H

#include "engine/engine.h"

enum { PLAIN_TOPICS = 4, PLAIN_SUBSCRIPTIONS = 4 /* of one topic */, PLAIN_PUBLICATIONS = 100 };
enum { PLAIN_QUEUES = 4, PLAIN_MESSAGES = 200, PLAIN_NAMES = 32, PLAIN_AGENDA = 900 };

/* An event to come; it is pending while armed_as is not 0. */
struct planned {
    uint64_t armed_as; /* how many were armed before it, and one */
    cmq_ms due_ms;
};

struct plain_rate {
    cmq_ms second;
    size_t count;
};

struct plain_subscription {
    char name[NAME_MAX_LENGTH + 1]; /* "": the place in the array is free */
    uint64_t serial;                /* order of creation among all that has a name */
    struct topic_model *model;
    struct subscription_request request; /* as it is in force */
};

struct plain_topic {
    char name[NAME_MAX_LENGTH + 1];
    uint64_t serial;
    struct topic_request request;
    struct plain_rate published;
    struct plain_subscription subscriptions[PLAIN_SUBSCRIPTIONS];
};

struct plain_delivery {
    struct plain_subscription *subscription;
    uint64_t msg_id, published_as; /* of its publication */
    enum delivery_state state;
    enum flight_state flight;
    uint32_t attempts;
    uint64_t request_id;
    struct planned next;
    uint64_t queued_as; /* order of being offered, then of taking off */
    int ticket;         /* while in flight */
    struct push_outcome last;
    size_t firing; /* where it is entered, plus 1; 0: nowhere */
};

struct plain_publication {
    struct plain_topic *topic; /* NULL: the place is free */
    uint64_t id, published_as;
    cmq_ms published_ms;
    struct bytes body;
    size_t tags_len; /* as endpoints get them */
    struct planned expiry;
    size_t delivery_count;
    struct plain_delivery deliveries[PLAIN_SUBSCRIPTIONS];
};

struct plain_queue {
    char name[NAME_MAX_LENGTH + 1];
    uint64_t serial;
    struct queue_attributes attributes;
    struct plain_rate sent;
};

struct plain_message {
    struct plain_queue *queue; /* NULL: the place is free */
    uint64_t id, sent_as;
    cmq_ms sent_ms;
    struct bytes body;
    struct planned expiry;
};

struct plain_name {
    char name[NAME_MAX_LENGTH + 1]; /* "": free */
    bool of_topic;
    struct planned free;
};

/* An event to come, and what it is about; one of the last four is given, with a delivery its
 * publication, too. */
struct plain_due {
    struct planned when;
    enum event_kind kind;
    struct plain_publication *publication;
    struct plain_delivery *delivery;
    struct plain_message *message;
    struct plain_name *name;
};

struct topic_model {
    struct engine_limits limits;
    struct ids ids;
    cmq_ms now_ms;
    uint64_t armings, serials, publishings, sendings, queuings;
    struct plain_topic topics[PLAIN_TOPICS];
    struct plain_publication publications[PLAIN_PUBLICATIONS];
    struct plain_queue queues[PLAIN_QUEUES];
    struct plain_message messages[PLAIN_MESSAGES];
    struct plain_name names[PLAIN_NAMES]; /* that cool down */
    uint64_t pushed[PUSH_RESULTS];
    struct firings firings;                /* emptied by whoever compares it */
    struct plain_due agenda[PLAIN_AGENDA]; /* of use right after topic_model_agenda() */
};

void topic_model_open(struct topic_model *m, struct engine_limits limits, uint64_t seed,
                      cmq_ms now_ms);

/* By exact name; NULL if there is none. */
struct plain_topic *topic_model_topic(struct topic_model *m, const char *name);
struct plain_subscription *topic_model_subscription(struct plain_topic *t, const char *name);
struct plain_queue *topic_model_queue(struct topic_model *m, const char *name);

/* Commands: what the engine's ones do. */
enum cmq_err topic_model_create(struct topic_model *m, const char *name,
                                const struct topic_request *request);
void topic_model_set(struct plain_topic *t, size_t max_msg_size);
enum cmq_err topic_model_delete(struct topic_model *m, struct plain_topic *t);
size_t topic_model_purge(struct topic_model *m, struct plain_topic *t);
enum cmq_err topic_model_subscribe(struct topic_model *m, struct plain_topic *t,
                                   const char *name,
                                   const struct subscription_request *request);
enum cmq_err topic_model_set_subscription(struct topic_model *m, struct plain_topic *t,
                                          struct plain_subscription *s,
                                          const struct subscription_request *request);
void topic_model_unsubscribe(struct topic_model *m, struct plain_subscription *s);
enum cmq_err topic_model_publish(struct topic_model *m, struct plain_topic *t,
                                 const struct bytes *bodies, size_t count,
                                 const struct bytes *tags, size_t tag_count, struct bytes key,
                                 uint64_t *ids);

enum cmq_err topic_model_create_queue(struct topic_model *m, const char *name,
                                      const struct queue_attributes *a);
enum cmq_err topic_model_delete_queue(struct topic_model *m, struct plain_queue *q);
enum cmq_err topic_model_send(struct topic_model *m, struct plain_queue *q,
                              const struct bytes *bodies, size_t count, uint64_t *ids);

/* The place-th message of q, in order of sending; NULL if there are not so many. */
struct plain_message *topic_model_message(struct topic_model *m, const struct plain_queue *q,
                                          size_t place);

/* Let time pass up to until_ms; false at an instant at which attempts are offered. */
bool topic_model_advance(struct topic_model *m, cmq_ms until_ms);

/* Pushes; a ticket is a number above 0. */
const struct plain_delivery *topic_model_take(struct topic_model *m, int ticket);
void topic_model_land(struct topic_model *m, int ticket, const struct push_outcome *outcome);
size_t topic_model_end(struct topic_model *m);
void topic_model_abandon(struct topic_model *m);
void topic_model_forget_firings(struct topic_model *m);

/* What can be asked. */
size_t topic_model_flights(struct topic_model *m);
size_t topic_model_bytes(const struct topic_model *m);
size_t topic_model_held(const struct topic_model *m, const struct plain_topic *t);
bool topic_model_has_ticket(struct topic_model *m, int ticket);

/* What is pending for s: how much, and of which message; NULL if it is not pending. */
size_t topic_model_pending_count(const struct plain_subscription *s);
const struct plain_delivery *topic_model_pending(const struct plain_subscription *s,
                                                 uint64_t msg_id);

/* The place-th of the topics, queues or subscriptions, in order of creation; NULL likewise. */
struct plain_topic *topic_model_topic_at(struct topic_model *m, size_t place);
struct plain_queue *topic_model_queue_at(struct topic_model *m, size_t place);
struct plain_subscription *topic_model_subscription_at(struct plain_topic *t, size_t place);

/* Put all events to come into m->agenda, in firing order; returns how many there are. */
size_t topic_model_agenda(struct topic_model *m);

/* One of them as the engine shows it. */
struct event_view topic_model_view(const struct plain_due *due);

#endif
