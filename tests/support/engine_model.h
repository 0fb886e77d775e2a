/* engine_model.h - the engine once more, as plainly as it can be written, to compare with.
 *
 * All is in arrays, all is found by walking them from end to end. There is no wheel, no list,
 * no table and no memory to run out of. What it shares with the engine are types, the generator
 * of ids, and the rules of the specification. Dead letters are checked lazily only. */
#ifndef CMQ_TESTS_ENGINE_MODEL_H
#define CMQ_TESTS_ENGINE_MODEL_H

#include "engine/engine.h"

enum { MODEL_QUEUES = 8, MODEL_MESSAGES = 200, MODEL_POLLS = 16, MODEL_NAMES = 32 };
enum { MODEL_RELEASES = 64, MODEL_EVENTS = FIRINGS_KEPT };

/* A message as the one who receives it sees it. */
struct seen_message {
    uint64_t id, handle;
    cmq_ms sent_ms, first_dequeue_ms, visible_ms;
    uint32_t dequeue_count;
    char body; /* the first byte */
    size_t body_len;
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

/* An event to come; it is pending while armed_as is not 0. */
struct model_event {
    uint64_t armed_as; /* how many were armed before it, and one */
    cmq_ms due_ms;
    enum event_kind kind;
};

struct model_message {
    struct model_queue *queue; /* NULL: the place in the array is free */
    enum message_state state;
    struct seen_message seen; /* visible_ms is not kept here */
    uint64_t serial, turn;
    struct model_event wake, expiry;
};

struct model_poll {
    struct model_queue *queue; /* NULL: free */
    uint64_t arrival;
    int owner;
    size_t max;
    struct model_event timeout;
};

struct model_name {
    char name[QUEUE_NAME_MAX + 1]; /* "": free */
    struct model_event free;
};

struct model_rate {
    cmq_ms second;
    size_t count;
};

struct model_queue {
    char name[QUEUE_NAME_MAX + 1]; /* "": the place in the array is free */
    char id[RESOURCE_ID_SIZE];
    uint64_t created_as; /* how many were created before it, and one */
    uint64_t touched_as; /* order in which polls are served; 0: nothing to look at */
    struct queue_attributes attributes;
    enum dead_letter_kind policy;
    struct model_queue *target;
    uint32_t max_receives;
    cmq_ms max_age_ms;
    uint64_t serials, turns;
    struct model_rate sent, received;
};

struct model {
    struct engine_limits limits;
    struct ids ids;
    cmq_ms now_ms;
    uint64_t armings, creations, arrivals, touches;
    struct model_queue queues[MODEL_QUEUES];
    struct model_message messages[MODEL_MESSAGES];
    struct model_poll polls[MODEL_POLLS];
    struct model_name names[MODEL_NAMES];
    struct seen_release releases[MODEL_RELEASES]; /* emptied by whoever compares them */
    size_t release_count;
    struct firings firings; /* likewise */
};

void model_open(struct model *m, struct engine_limits limits, uint64_t seed, cmq_ms now_ms);

struct model_queue *model_find(struct model *m, const char *name);

/* Commands: what the engine's ones of the same names do. */
enum cmq_err model_create(struct model *m, const char *name, const struct queue_attributes *a,
                          const struct dead_letter_request *policy);
enum cmq_err model_set(struct model *m, struct model_queue *q, const struct queue_attributes *a,
                       const struct dead_letter_request *policy);
enum cmq_err model_delete_queue(struct model *m, struct model_queue *q);
enum cmq_err model_unbind(struct model *m, struct model_queue *q);
enum cmq_err model_rewind(struct model *m, struct model_queue *q, int64_t from_s);
void model_purge(struct model *m, struct model_queue *q);
enum cmq_err model_send(struct model *m, struct model_queue *q, const struct bytes *bodies,
                        size_t count, cmq_ms delay_ms, uint64_t *ids);
enum cmq_err model_receive(struct model *m, struct model_queue *q, size_t max, cmq_ms wait_ms,
                           int owner, struct seen_messages *out);
enum cmq_err model_delete_message(struct model *m, struct model_queue *q, uint64_t handle);
void model_end_poll(struct model *m, int owner, enum cmq_err outcome);
void model_end_all_polls(struct model *m, enum cmq_err outcome);

/* Let time pass to until_ms, past all releases on the way. */
void model_advance(struct model *m, cmq_ms until_ms);

/* What can be asked. */
size_t model_count(const struct model *m, const struct model_queue *q,
                   enum message_state state);
cmq_ms model_backlog_start_ms(const struct model *m, const struct model_queue *q);
size_t model_parked_count(const struct model *m);
size_t model_pending_count(const struct model *m);
bool model_next_event(const struct model *m, struct event_view *out);

/* The place-th message of a state, by order of sending; NULL if there are not so many. */
const struct model_message *model_message_at(const struct model *m, const struct model_queue *q,
                                             enum message_state state, size_t place);

#endif
