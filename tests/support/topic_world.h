/* topic_world.h - topics, subscriptions and pushes of an engine under test, in short words.
 *
 * Pushes over HTTP are played: a test takes their tickets and lands them. Each of these words
 * checks the engine, and fails the running test when it does not succeed. */
#ifndef CMQ_TESTS_TOPIC_WORLD_H
#define CMQ_TESTS_TOPIC_WORLD_H

#include "tests/support/engine_world.h"

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

struct topic *world_topic_with(struct world *w, const char *name, struct topic_request r);

struct topic *world_topic(struct world *w, const char *name);

enum cmq_err world_try_topic(struct world *w, const char *name);

struct topic *world_find_topic(struct world *w, const char *name);

struct subscription_request subscription_to_http(const char *name,
                                                 enum notify_strategy strategy);

struct subscription_request subscription_to_queue(const char *name, const char *queue);

struct subscription *world_subscribe(struct world *w, struct topic *t,
                                     struct subscription_request request);

/* A topic whose one subscription is of this strategy, over HTTP. */
struct subscription *world_http_subscription(struct world *w, enum notify_strategy strategy);

enum cmq_err world_try_publish(struct world *w, struct topic *t, const char *body,
                               const struct routing *routing, uint64_t *id);

uint64_t world_publish(struct world *w, struct topic *t, const char *body);

void world_publish_all(struct world *w, struct topic *t, uint64_t *ids, size_t count);

void world_set_strategy(struct world *w, struct subscription *s, enum notify_strategy strategy);

const struct delivery *world_delivery_at(const struct subscription *s, size_t place);

cmq_ms world_since_start(cmq_ms at_ms);

cmq_ms world_since_start_now(struct world *w);

/* Fire what is due at this instant. */
bool world_end_instant(struct world *w);

/* Let time pass; nothing may be offered on the way. */
void world_pass_quietly(struct world *w, cmq_ms span_ms);

/* Let time pass until an attempt is offered, which it must be at just this instant. */
void world_pass_to_offer(struct world *w, cmq_ms span_ms);

const struct delivery *world_take_push(struct world *w, struct push_ticket *ticket);

void world_land_push(struct world *w, struct push_ticket *ticket, struct push_outcome outcome);

size_t world_end_pushes(struct world *w);

/* Make the next attempt, at once. */
void world_make_attempt(struct world *w, struct push_outcome outcome);

/* Let time pass; all endpoints answer at once, and always the same. */
void world_play(struct world *w, cmq_ms span_ms, struct push_outcome answer,
                struct attempts *seen);

void world_reopen_with_seed(struct world *w, uint64_t seed);

#endif
