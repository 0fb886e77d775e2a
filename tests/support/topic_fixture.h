/* topic_fixture.h - topics, subscriptions and pushes of an engine under test, in short words.
 *
 * Pushes over HTTP are played: a test takes their tickets and lands them. Each of these words
 * checks the engine, and fails the running test when it does not succeed. */
#ifndef CMQ_TESTS_TOPIC_FIXTURE_H
#define CMQ_TESTS_TOPIC_FIXTURE_H

#include "tests/support/engine_fixture.h"

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

void fixture_reopen_with_seed(struct fixture *w, uint64_t seed);

#endif
