/* model.h - the engine once more, as plainly as it can be written, to compare with.
 *
 * All is in arrays, all is found by walking them from end to end. There is no wheel, no list,
 * no table and no memory to run out of. What it shares with the engine are types, the
 * generators of ids and of random intervals, and the rules of the specification. Dead letters
 * are checked lazily only. Texts that it is given must outlive it.
 *
 * model.c has time and what can be asked of all, model_queues.c queues, messages and polls,
 * model_topics.c topics, subscriptions and pushes. */
#ifndef CMQ_TESTS_MODEL_H
#define CMQ_TESTS_MODEL_H

#include "engine/engine.h"

enum { MODEL_QUEUES = 8, MODEL_MESSAGES = 200, MODEL_POLLS = 16, MODEL_NAMES = 32 };
enum { MODEL_TOPICS = 4, MODEL_SUBSCRIPTIONS = 4 /* of one topic */, MODEL_PUBLICATIONS = 100 };
enum { MODEL_RELEASES = 64, MODEL_AGENDA = 1200, MODEL_BODY = 9 };

/* ---- what is observed ---- */

/* A message as the one who receives it sees it. */
struct seen_message {
    uint64_t id, handle;
    cmq_ms sent_ms, first_dequeue_ms, visible_ms;
    uint32_t dequeue_count;
    size_t body_len;
    char body[MODEL_BODY];
};

struct seen_messages {
    size_t count;
    struct seen_message messages[BATCH_MAX];
};

/* What became of a parked poll, and when. */
struct seen_release {
    int owner;
    cmq_ms at_ms;
    enum cmq_err outcome;
    struct seen_messages got;
};

/* ---- what there is; an array's element is free when its first member is empty ---- */

/* An event to come; it is pending while armed_as is not 0. */
struct model_event {
    uint64_t armed_as; /* how many were armed before it, and one */
    cmq_ms due_ms;
    enum event_kind kind;
};

struct model_rate {
    cmq_ms second;
    size_t count;
};

struct model_queue {
    char name[NAME_MAX_LENGTH + 1];
    char id[RESOURCE_ID_SIZE];
    uint64_t serial;     /* order of creation among all that has a name */
    uint64_t touched_as; /* order in which polls are served; 0: nothing to look at */
    struct queue_attributes attributes;
    enum dead_letter_kind policy;
    struct model_queue *target;
    uint32_t max_receives;
    cmq_ms max_age_ms;
    uint64_t serials, turns; /* of its messages */
    struct model_rate sent, received, deletes;
};

struct model_message {
    struct model_queue *queue;
    enum message_state state;
    bool doubled;
    struct seen_message seen; /* visible_ms is not kept here */
    uint64_t serial, turn;
    struct model_event wake, expiry;
};

struct model_poll {
    struct model_queue *queue;
    uint64_t arrival;
    int owner;
    size_t max;
    uint32_t copies;
    struct model_event timeout;
};

/* An answer that comes late; owner 0: none. */
struct model_late {
    int owner;
    uint64_t arrival;
    char about[NAME_MAX_LENGTH + 1];
    struct model_event due;
};

struct model_subscription {
    char name[NAME_MAX_LENGTH + 1];
    char id[RESOURCE_ID_SIZE];
    uint64_t serial;
    struct model *model;
    struct subscription_request request; /* as it is now */
};

struct model_topic {
    char name[NAME_MAX_LENGTH + 1];
    char id[RESOURCE_ID_SIZE];
    uint64_t serial;
    struct topic_request request;
    struct model_rate published;
    struct model_subscription subscriptions[MODEL_SUBSCRIPTIONS];
};

struct model_delivery {
    struct model_subscription *subscription;
    uint64_t msg_id, published_as; /* of its publication */
    enum delivery_state state;
    enum flight_state flight;
    uint32_t attempts;
    uint64_t request_id;
    struct model_event next;
    uint64_t queued_as; /* order of being offered, then of taking off */
    int ticket;         /* while in flight */
    struct push_outcome last;
    size_t firing; /* where it is entered, plus 1; 0: nowhere */
};

struct model_publication {
    struct model_topic *topic;
    uint64_t id, published_as;
    cmq_ms published_ms;
    struct bytes body;
    size_t tags_len; /* as endpoints get them */
    struct model_event expiry;
    size_t delivery_count;
    struct model_delivery deliveries[MODEL_SUBSCRIPTIONS];
};

/* One that cools down. */
struct model_name {
    char name[NAME_MAX_LENGTH + 1];
    bool of_topic;
    struct model_event free;
};

/* An event to come and what it is about: one of these, with a delivery its publication, too. */
struct model_due {
    struct model_event *event;
    struct model_message *message;
    struct model_poll *poll;
    struct model_late *late;
    struct model_publication *publication;
    struct model_delivery *delivery;
    struct model_name *name;
};

struct model {
    struct engine_limits limits;
    struct ids ids;
    cmq_ms now_ms;
    uint64_t armings, serials, arrivals, touches, publishings, queuings;
    struct model_queue queues[MODEL_QUEUES];
    struct model_message messages[MODEL_MESSAGES];
    struct model_poll polls[MODEL_POLLS];
    struct model_late late[MODEL_POLLS];
    struct model_topic topics[MODEL_TOPICS];
    struct model_publication publications[MODEL_PUBLICATIONS];
    struct model_name names[MODEL_NAMES];
    uint64_t pushed[PUSH_RESULTS];
    uint64_t dead_letters[DEAD_LETTER_BY_AGE + 1]; /* moved, by kind of policy */
    struct seen_release releases[MODEL_RELEASES];  /* emptied by the test that compares them */
    size_t release_count;
    struct firings firings;                /* likewise */
    struct model_due agenda[MODEL_AGENDA]; /* set by model_agenda() */
};

void model_open(struct model *m, struct engine_limits limits, uint64_t seed, cmq_ms now_ms);

/* ---- commands: what the engine's ones of the same names do ---- */

enum cmq_err model_create_queue(struct model *m, const char *name,
                                const struct queue_attributes *a,
                                const struct dead_letter_request *policy);
enum cmq_err model_set_queue(struct model *m, struct model_queue *q,
                             const struct queue_attributes *a,
                             const struct dead_letter_request *policy);
enum cmq_err model_delete_queue(struct model *m, struct model_queue *q);
enum cmq_err model_unbind(struct model *m, struct model_queue *q);
enum cmq_err model_rewind(struct model *m, struct model_queue *q, int64_t from_s);
void model_purge_queue(struct model *m, struct model_queue *q);
enum cmq_err model_send(struct model *m, struct model_queue *q, const struct bytes *bodies,
                        size_t count, cmq_ms delay_ms, uint64_t *ids);
enum cmq_err model_receive(struct model *m, struct model_queue *q, size_t max, cmq_ms wait_ms,
                           const struct odd_receipt *odd, int owner, struct seen_messages *out);
enum cmq_err model_count_deletes(struct model *m, struct model_queue *q, size_t count);
enum cmq_err model_delete_message(struct model *m, struct model_queue *q, uint64_t handle);
void model_end_poll(struct model *m, int owner, enum cmq_err outcome);
void model_end_all_polls(struct model *m, enum cmq_err outcome);

enum cmq_err model_create_topic(struct model *m, const char *name,
                                const struct topic_request *request);
void model_set_topic(struct model_topic *t, size_t max_msg_size);
enum cmq_err model_delete_topic(struct model *m, struct model_topic *t);
size_t model_purge_topic(struct model *m, struct model_topic *t);
enum cmq_err model_subscribe(struct model *m, struct model_topic *t, const char *name,
                             const struct subscription_request *request);
enum cmq_err model_set_subscription(struct model *m, struct model_topic *t,
                                    struct model_subscription *s,
                                    const struct subscription_request *request);
void model_unsubscribe(struct model *m, struct model_subscription *s);
enum cmq_err model_publish(struct model *m, struct model_topic *t, const struct bytes *bodies,
                           size_t count, const struct bytes *tags, size_t tag_count,
                           struct bytes key, uint64_t *ids);

/* Pushes; a ticket is a number above 0. */
const struct model_delivery *model_take_push(struct model *m, int ticket);
void model_land_push(struct model *m, int ticket, const struct push_outcome *outcome);
size_t model_end_pushes(struct model *m);
void model_abandon_pushes(struct model *m);

/* Outcomes of what is under way are not entered among the firings any more. */
void model_forget_firings(struct model *m);

/* Let time pass to until_ms, past all releases on the way; false at the end of an instant at
 * which attempts are offered. */
bool model_advance(struct model *m, cmq_ms until_ms);

/* ---- what can be asked ---- */

/* By exact name; NULL if there is none. */
struct model_queue *model_find_queue(struct model *m, const char *name);
struct model_topic *model_find_topic(struct model *m, const char *name);
struct model_subscription *model_find_subscription(struct model_topic *t, const char *name);

/* The one of this number in the order of creation, from 0; NULL if there are not so many. */
struct model_queue *model_queue_at(struct model *m, size_t index);
struct model_topic *model_topic_at(struct model *m, size_t index);
struct model_subscription *model_subscription_at(struct model_topic *t, size_t index);

size_t model_count(const struct model *m, const struct model_queue *q,
                   enum message_state state);
cmq_ms model_backlog_start_ms(const struct model *m, const struct model_queue *q);
size_t model_parked_count(const struct model *m);
size_t model_bytes(const struct model *m);

/* The message of this number among those of a state, by order of sending; NULL likewise. */
const struct model_message *model_message_at(const struct model *m, const struct model_queue *q,
                                             enum message_state state, size_t index);

/* The active message of this number in the order of hand-out; NULL likewise. */
const struct model_message *model_active_at(const struct model *m, const struct model_queue *q,
                                            size_t index);

size_t model_flight_count(struct model *m);
bool model_has_ticket(struct model *m, int ticket);
size_t model_publication_count(const struct model *m, const struct model_topic *t);

/* What is pending for s: how much, and of which message; NULL if it is not pending. */
size_t model_pending_of(const struct model_subscription *s);
const struct model_delivery *model_pending(const struct model_subscription *s, uint64_t msg_id);

/* Put all events to come into m->agenda, in firing order; returns how many there are. */
size_t model_agenda(struct model *m);

/* The next one alone; false if there is none. */
bool model_next_event(struct model *m, struct event_view *out);

/* One of them as the engine shows it. */
struct event_view model_view(const struct model_due *due);

#endif
