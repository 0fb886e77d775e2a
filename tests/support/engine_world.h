/* engine_world.h - an engine under test: its memory, and short words for what tests do to it.
 *
 * Each of these words fails the running test when it does not succeed; a test of failures calls
 * the engine itself. Bodies are C strings here. */
#ifndef CMQ_TESTS_ENGINE_WORLD_H
#define CMQ_TESTS_ENGINE_WORLD_H

#include "engine/engine.h"

#include "tests/support/engine_heap.h"

/* Where the timeline begins; no whole second, so that truncation shows. */
#define WORLD_START_MS ((cmq_ms)1500000000250)

enum { WORLD_RELEASES = 64 };

/* What became of a parked poll. */
struct release {
    int owner; /* the number that the poll was parked with */
    enum cmq_err outcome;
    cmq_ms at_ms;
    size_t count;
    uint64_t ids[BATCH_MAX];
};

struct world {
    struct engine_heap heap;
    struct engine *engine;
    int owners[WORLD_RELEASES];              /* owners[n] is n; polls point at them */
    struct release releases[WORLD_RELEASES]; /* in the order in which they came */
    size_t release_count;
    size_t releases_seen; /* by world_next_release() */
};

/* Begin with an empty engine, by these limits. */
void world_open(struct world *w, struct engine_limits limits);

/* Check and free the engine; false when memory was left behind. */
bool world_close(struct world *w);

/* A queue with default attributes, or with others. */
struct queue *world_queue(struct world *w, const char *name);
struct queue *world_queue_with(struct world *w, const char *name,
                               struct queue_attributes attributes);

/* Give q's policy: received `receives` times, or too old. */
struct dead_letter_request world_by_receives(const char *target, uint32_t receives);
struct dead_letter_request world_by_age(const char *target, cmq_ms max_age_ms);
enum cmq_err world_bind(struct world *w, struct queue *q, struct dead_letter_request policy);

/* Returns the message's id. */
uint64_t world_send(struct world *w, struct queue *q, const char *body, cmq_ms delay_ms);

/* One message without waiting; NULL if there was none. */
const struct message *world_receive(struct world *w, struct queue *q);

/* The body of the one received, or "" if there was none; until the next call. */
const char *world_receive_body(struct world *w, struct queue *q);

/* Receive one and delete it; it must be there. */
void world_consume(struct world *w, struct queue *q);

/* Park a poll for up to max messages. */
struct parked_poll *world_park(struct world *w, struct queue *q, int owner, size_t max,
                               cmq_ms wait_ms);

/* Move time, noting what is released on the way. */
void world_pass(struct world *w, cmq_ms span_ms);

/* Note what has been released up to now. */
void world_collect(struct world *w);

/* The next release that the test has not seen; an owner of 0 when there is none. */
struct release world_next_release(struct world *w);

/* Compare all four counts of q. */
#define EXPECT_COUNTS(what, q, active, inactive, delayed, deleted)                             \
    do {                                                                                       \
        EXPECT_EQ(what, queue_count(q, MESSAGE_ACTIVE), active);                               \
        EXPECT_EQ(what, queue_count(q, MESSAGE_INACTIVE), inactive);                           \
        EXPECT_EQ(what, queue_count(q, MESSAGE_DELAYED), delayed);                             \
        EXPECT_EQ(what, queue_count(q, MESSAGE_DELETED), deleted);                             \
    } while (0)

/* Setup and teardown of cmocka: *state is a world with relaxed limits; nothing may be left
 * over. */
int world_setup(void **state);
int world_teardown(void **state);

/* Close it, and open it anew. */
void world_reopen(struct world *w, struct engine_limits limits);

/* Play a scenario on an engine of its own once for each n: the n-th request for memory fails,
 * or all from there on. Nothing may be left over. Returns how often it asked for memory. */
size_t world_starve(void (*scenario)(struct engine *e), bool all_from_there);

#endif
