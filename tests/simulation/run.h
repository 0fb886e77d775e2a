/* run.h - a run: random commands and gaps drive the engine and the model (model.h) side by
 * side, and all that can be observed of both is compared.
 *
 * Numbers  are drawn before anything is asked of either side, and do not depend on the pace:
 *          the same seed gives the same commands, however time is moved.
 * Attempts over HTTP are taken from the engine, fly for as long as their endpoint takes, and
 *          land. What an endpoint answers, and after how long, is drawn from the attempt.
 *
 * test_model.c says what runs there are, run_queues.c and run_topics.c have the commands,
 * run_time.c has the gaps and the endpoints, run_copy.c copies, run_agree.c the comparing. A failed comparison
 * fails the test and prints the run. */
#ifndef CMQ_TESTS_RUN_H
#define CMQ_TESTS_RUN_H

#include "tests/simulation/model.h"

#include "tests/support/engine_agree.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

/* How the engine is moved through a gap. Nothing observable may depend on it. */
enum pace { ONE_LEAP, FROM_WAKE_TO_WAKE, SMALL_STEPS, EVENT_BY_EVENT, IN_SLICES, PACES };

/* What a run mostly does: of both kinds, or three times as much of one. */
enum subject { QUEUES, TOPICS, SUBJECTS };

/* An attempt that has been taken; its ticket has the number of its element, plus 1. */
struct attempt {
    bool used;
    struct push_ticket ticket;
    cmq_ms land_ms;
    struct push_outcome outcome;
    /* as the engine gave it */
    uint64_t msg_id, request_id;
    uint32_t attempts;
    const char *subscription_name;
};

enum { OWNERS = 1 << 12, HANDLES = 32, ATTEMPTS = 1024 };

struct run {
    uint64_t seed;
    enum pace pace;
    size_t weights[SUBJECTS];
    struct engine_random commands; /* decides what is done */
    struct engine_random steps;    /* decides how time is moved, and who lands first */
    size_t failing;                /* so many of ten attempts fail */
    bool hasty;                    /* offers are always taken before the next command */
    struct engine_heap heap;
    struct engine *engine;
    struct model model;
    struct firings firings; /* the engine's */
    struct effort effort;   /* likewise; IN_SLICES: a few units for each call that moves it */
    struct seen_release releases[MODEL_RELEASES];
    size_t release_count;
    struct parked_poll *polls[OWNERS]; /* by owner; NULL when released */
    int owners[OWNERS];                /* owners[n] is n */
    int last_owner;
    uint64_t handles[HANDLES]; /* some that were seen, valid or not */
    size_t handle_count;
    struct attempt attempts[ATTEMPTS];
    size_t taken[ATTEMPTS]; /* by the engine, and not by the model yet */
    size_t taken_count;
    uint64_t trace; /* of all that was observed */
    int command;    /* which one it is, for the message of a failure */
};

/* How often all runs together have met what. */
struct met {
    uint64_t errors[CMQ_ERR_COUNT + 1]; /* of commands and polls */
    uint64_t failures[CMQ_ERR_COUNT];   /* of pushes */
    uint64_t events[EVENT_KINDS];
    uint64_t results[PUSH_RESULTS];
    uint64_t messages[MESSAGE_STATES];
    uint64_t states[DELIVERY_STATES];
    uint64_t flights[FLIGHT_STATES];
    uint64_t dead_letters[DEAD_LETTER_BY_AGE + 1];
    uint64_t orphans;
    uint64_t put_off;                    /* receives */
    uint64_t odd_receipts[4];            /* empty, with copies, shuffled; and others */
    uint64_t copies;                     /* that were gone on with */
    uint64_t copied[MESSAGE_STATES + 1]; /* messages of these, by state; and deliveries */
    uint64_t attempts;                   /* the most of one delivery */
};
extern struct met met;

#define RANDOM_OF(r, array) ((array)[random_below(&(r)->commands, COUNT(array))])

/* ---- commands: each draws its numbers, tells both, compares ---- */

struct command {
    void (*act)(struct run *r);
    size_t share; /* how often, compared with the others */
};

/* NULL ends each. */
extern const struct command queue_commands[], topic_commands[];

/* Bodies to send or to publish; returns how many. */
size_t run_random_bodies(struct run *r, struct bytes bodies[BATCH_MAX]);

/* ---- time and endpoints ---- */

/* Let time pass. Attempts that are offered at the end of it are left to the next command unless
 * the run is hasty. */
void run_pass(struct run *r, cmq_ms span_ms);

/* IN_SLICES the engine may do so much at a time; and does what is left of a command. */
void run_begin_slice(struct run *r);
void run_finish(struct run *r);

/* Keep what the engine has released. */
void run_collect(struct run *r);

/* Take the next attempt, which must be there, from the engine; the model follows in
 * run_agree_on_taken(). */
void run_take(struct run *r);

/* This attempt is over. */
void run_land(struct run *r, size_t number);

/* ---- copies ---- */

/* Copy the engine, in slices; and go on with the copy, or if somebody waits for something of the first
 * one, with that. */
void run_copy(struct run *r);

/* ---- comparing ---- */

/* Put something that was observed, and is to be the same at every pace, into the trace. */
void run_see(struct run *r, uint64_t observed);

void run_agree_on_error(struct run *r, enum cmq_err got, enum cmq_err want);
void run_agree_on_ids(const uint64_t *got, const uint64_t *want, size_t count);

/* Messages of the engine that were handed out, as their receiver sees them. */
struct seen_messages run_seen_all(struct run *r, const struct message *const *messages,
                                  size_t count);
void run_agree_on_messages(struct run *r, const struct seen_messages *got,
                           const struct seen_messages *want);

/* Compare, and forget, what was released; let the model take what the engine has taken. */
void run_agree_on_releases(struct run *r);
void run_agree_on_taken(struct run *r);

/* What has fired; and begin anew: outcomes of what is in flight are not entered any more. */
void run_agree_on_firings(struct run *r);
void run_forget_firings(struct run *r);

/* All that can be asked; some of it only after every eighth command. */
void run_agree_on_all(struct run *r);

#endif
