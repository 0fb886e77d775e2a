/* fixture.h - an engine under test: its memory, and short words for what tests do to it.
 *
 * Each of these words fails the running test when it does not succeed; a test of failures calls
 * the engine itself. Bodies are C strings here. Pushes over HTTP are played: a test takes their
 * tickets and lands them. */
#ifndef CMQ_TESTS_FIXTURE_H
#define CMQ_TESTS_FIXTURE_H

#include "engine/engine.h"

#include "tests/support/engine_heap.h"

/* Where the timeline begins; no whole second, so that truncation shows. */
#define FIXTURE_START_MS ((cmq_ms)1500000000250)

enum { FIXTURE_RELEASES = 64 };

/* What became of a parked poll. */
struct release {
    int owner; /* the number that the poll was parked with */
    enum cmq_err outcome;
    cmq_ms at_ms;
    size_t count;
    uint64_t ids[BATCH_MAX];
};

struct fixture {
    struct engine_heap heap;
    struct budget messages, polls; /* unbounded; as much must be given back as was taken */
    struct watches watches;
    struct engine *engine;
    int owners[FIXTURE_RELEASES];              /* owners[n] is n; polls point at them */
    struct release releases[FIXTURE_RELEASES]; /* in the order in which they came */
    size_t release_count;
    size_t releases_seen; /* by fixture_next_release() */
};

/* Begin with an empty engine, by these limits. */
void fixture_open(struct fixture *w, struct engine_limits limits);

/* Check and free the engine; false when memory was left behind, or a budget not given back. */
bool fixture_close(struct fixture *w);

/* A queue with default attributes, or with others. */
struct queue *fixture_queue(struct fixture *w, const char *name);
struct queue *fixture_queue_with(struct fixture *w, const char *name,
                                 struct queue_attributes attributes);

/* Give q's policy: received `receives` times, or too old. */
struct dead_letter_request fixture_by_receives(const char *target, uint32_t receives);
struct dead_letter_request fixture_by_age(const char *target, cmq_ms max_age_ms);
enum cmq_err fixture_bind(struct fixture *w, struct queue *q,
                          struct dead_letter_request policy);

/* Returns the message's id. */
uint64_t fixture_send(struct fixture *w, struct queue *q, const char *body, cmq_ms delay_ms);

/* One message without waiting; NULL if there was none. */
const struct message *fixture_receive(struct fixture *w, struct queue *q);

/* The body of the one received, or "" if there was none; until the next call. */
const char *fixture_receive_body(struct fixture *w, struct queue *q);

/* Receive one and delete it; it must be there. */
void fixture_consume(struct fixture *w, struct queue *q);

/* Park a poll for up to max messages. */
struct parked_poll *fixture_park(struct fixture *w, struct queue *q, int owner, size_t max,
                                 cmq_ms wait_ms);

/* Move time, noting what is released on the way. */
void fixture_pass(struct fixture *w, cmq_ms span_ms);

/* Note what has been released up to now. */
void fixture_collect(struct fixture *w);

/* The next release that the test has not seen; an owner of 0 when there is none. */
struct release fixture_next_release(struct fixture *w);

/* Compare all four counts of q. */
#define EXPECT_COUNTS(what, q, active, inactive, delayed, deleted)                             \
    do {                                                                                       \
        EXPECT_EQ(what, queue_count(q, MESSAGE_ACTIVE), active);                               \
        EXPECT_EQ(what, queue_count(q, MESSAGE_INACTIVE), inactive);                           \
        EXPECT_EQ(what, queue_count(q, MESSAGE_DELAYED), delayed);                             \
        EXPECT_EQ(what, queue_count(q, MESSAGE_DELETED), deleted);                             \
    } while (0)

/* Setup and teardown of cmocka: *state is a fixture with relaxed limits; nothing may be left
 * over. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Close it, and open it anew. */
void fixture_reopen(struct fixture *w, struct engine_limits limits);

/* The same with relaxed limits and another seed. */
void fixture_reopen_with_seed(struct fixture *w, uint64_t seed);

/* Play a scenario on an engine of its own once for each n: the n-th request for memory fails,
 * or all from there on. Nothing may be left over. Returns how often it asked for memory. */
size_t fixture_starve(void (*scenario)(struct engine *e), bool all_from_there);

/* ---- topics, subscriptions, pushes ---- */

enum { DAY_MS = TOPIC_RETENTION_MS, BACKOFF_ATTEMPTS = 4, DECAY_ATTEMPTS = 177 };

static const struct routing plain; /* neither tags nor a key */

static const struct push_outcome delivered = {.delivered = true, .status = 200};
static const struct push_outcome refused = {.status = 503};
static const struct push_outcome unheard = {.error = "no answer"};

/* Attempts over HTTP as an endpoint sees them. */
struct attempts {
    size_t count;
    struct {
        cmq_ms after_ms; /* the start */
        uint64_t msg_id;
        uint32_t number;
        const struct subscription *subscription;
    } made[1000];
};

struct topic *fixture_topic_with(struct fixture *w, const char *name, struct topic_request r);

struct topic *fixture_topic(struct fixture *w, const char *name);

enum cmq_err fixture_try_topic(struct fixture *w, const char *name);

struct topic *fixture_find_topic(struct fixture *w, const char *name);

struct subscription_request subscription_to_http(const char *name,
                                                 enum notify_strategy strategy);

struct subscription_request subscription_to_queue(const char *name, const char *queue);

struct subscription *fixture_subscribe(struct fixture *w, struct topic *t,
                                       struct subscription_request request);

/* A topic whose one subscription is of this strategy, over HTTP. */
struct subscription *fixture_http_subscription(struct fixture *w,
                                               enum notify_strategy strategy);

enum cmq_err fixture_try_publish(struct fixture *w, struct topic *t, const char *body,
                                 const struct routing *routing, uint64_t *id);

uint64_t fixture_publish(struct fixture *w, struct topic *t, const char *body);

void fixture_publish_all(struct fixture *w, struct topic *t, uint64_t *ids, size_t count);

void fixture_set_strategy(struct fixture *w, struct subscription *s,
                          enum notify_strategy strategy);

const struct delivery *fixture_delivery_at(const struct subscription *s, size_t place);

cmq_ms fixture_since_start(cmq_ms at_ms);

cmq_ms fixture_since_start_now(struct fixture *w);

/* Fire what is due at this instant. */
bool fixture_end_instant(struct fixture *w);

/* Let time pass; nothing may be offered on the way. */
void fixture_pass_quietly(struct fixture *w, cmq_ms span_ms);

/* Let time pass until an attempt is offered, which it must be at just this instant. */
void fixture_pass_to_offer(struct fixture *w, cmq_ms span_ms);

const struct delivery *fixture_take_push(struct fixture *w, struct push_ticket *ticket);

void fixture_land_push(struct fixture *w, struct push_ticket *ticket,
                       struct push_outcome outcome);

size_t fixture_end_pushes(struct fixture *w);

/* Make the next attempt, at once. */
void fixture_make_attempt(struct fixture *w, struct push_outcome outcome);

/* Let time pass; all endpoints answer at once, and always the same. */
void fixture_play(struct fixture *w, cmq_ms span_ms, struct push_outcome answer,
                  struct attempts *seen);

#endif
