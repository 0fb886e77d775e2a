/* engine_fixture.h - an engine under test: its memory, and short words for what tests do to it.
 *
 * Each of these words fails the running test when it does not succeed; a test of failures calls
 * the engine itself. Bodies are C strings here. */
#ifndef CMQ_TESTS_ENGINE_FIXTURE_H
#define CMQ_TESTS_ENGINE_FIXTURE_H

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
    struct engine *engine;
    int owners[FIXTURE_RELEASES];              /* owners[n] is n; polls point at them */
    struct release releases[FIXTURE_RELEASES]; /* in the order in which they came */
    size_t release_count;
    size_t releases_seen; /* by fixture_next_release() */
};

/* Begin with an empty engine, by these limits. */
void fixture_open(struct fixture *w, struct engine_limits limits);

/* Check and free the engine; false when memory was left behind. */
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

/* Play a scenario on an engine of its own once for each n: the n-th request for memory fails,
 * or all from there on. Nothing may be left over. Returns how often it asked for memory. */
size_t fixture_starve(void (*scenario)(struct engine *e), bool all_from_there);

#endif
