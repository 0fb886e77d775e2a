/* Random runs (run.h) against the model (model.h): queues with messages, polls and dead
 * letters, and topics that deliver into them and over HTTP. Replies, releases, events, states
 * and all that can be asked must agree in full, and the engine must be whole.
 *
 * Durations are multiples of half a second, some a millisecond off, so that many things happen
 * at one instant; limits are small, so that they are met. What an endpoint answers, and after
 * how long, is drawn from the attempt itself. So each seed can be played several times, time
 * being moved otherwise: all that is observed must be the same.
 * Now and then the engine is copied, and the run goes on with the copy (engine/copy.h).
 *
 * MODEL_RUNS  how many runs; each has a seed of its own, counted from MODEL_SEED (1)
 * A failure prints the seed; MODEL_SEED=seed MODEL_RUNS=1 repeats it. */
#include "tests/simulation/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { COMMANDS = 300 };

#define START_MS ((cmq_ms)1500000000250)

struct met met;

/* ---- what happens next ---- */

static cmq_ms random_gap_ms(struct run *r)
{
    static const cmq_ms gaps[] = {0, 0, 0,   0,   0,   0,   0,   0,    0,    0,
                                  0, 1, 499, 500, 500, 500, 500, 1000, 2500, 7000};
    static const cmq_ms wide_gaps[] = {0,     0,     1,     499,   500,   500,
                                       1000,  1000,  1000,  2000,  2000,  7000,
                                       10000, 15000, 20000, 60000, 512000};
    static const cmq_ms long_gaps[] = {3600000, 43200000, 86400000};
    if (r->weights[TOPICS] <= r->weights[QUEUES])
        return gaps[random_below(&r->commands, COUNT(gaps))];
    if (random_once_in(&r->commands, 100))
        return long_gaps[random_below(&r->commands, COUNT(long_gaps))];
    if (random_once_in(&r->commands, 2))
        return 0;
    return wide_gaps[random_below(&r->commands, COUNT(wide_gaps))];
}

static const struct command *const commands[SUBJECTS] = {queue_commands, topic_commands};

/* The command whose share of all this number falls into; NULL if it is too great, and then
 * *total is set. */
static const struct command *find_command(const struct run *r, size_t number, size_t *total)
{
    *total = 0;
    for (int subject = 0; subject < SUBJECTS; subject++) {
        for (const struct command *c = commands[subject]; c->act != NULL; c++) {
            *total += c->share * r->weights[subject];
            if (number < *total)
                return c;
        }
    }
    return NULL;
}

static void act(struct run *r)
{
    size_t total;
    find_command(r, SIZE_MAX, &total);
    find_command(r, random_below(&r->commands, total), &total)->act(r);
}

/* ---- a run ---- */

/* Once in three times tight, so that the limit is met, but not by everything at all times. */
static size_t random_limit(struct run *r, size_t tight, size_t wide)
{
    return random_once_in(&r->commands, 3) ? tight : wide;
}

static struct engine_limits random_limits(struct run *r)
{
    bool strict = random_once_in(&r->commands, 2);
    struct engine_limits l = strict ? engine_limits_strict() : engine_limits_relaxed();
    l.max_queues = random_limit(r, 3, 4);
    l.max_delayed = random_limit(r, 2, 20);
    l.max_inactive = strict ? random_limit(r, 1, 8) : 0;
    l.max_heap = random_limit(r, 8, 0);
    l.max_bytes =
        random_limit(r, 15, 60) * (sizeof(struct publication) + sizeof(struct delivery));
    l.max_polls = random_limit(r, 1, 8);
    l.max_topics = random_limit(r, 2, 3);
    l.max_subscriptions = random_limit(r, 2, MODEL_SUBSCRIPTIONS);
    l.send_rate = strict ? (uint32_t)random_limit(r, 1, 8) : 0;
    l.receive_rate = strict ? (uint32_t)random_limit(r, 4, 20) : 0;
    l.delete_rate = strict ? (uint32_t)random_limit(r, 4, 40) : 0;
    l.name_cooling_ms = strict ? (cmq_ms)random_limit(r, 2000, 20000) : 0;
    return l;
}

static void open_both(struct run *r)
{
    static const size_t failing[] = {0, 3, 8, 10};
    struct engine_config config = {
        .allocator = engine_heap_allocator(&r->heap),
        .limits = random_limits(r),
        .seed = r->seed,
        .now_ms = START_MS,
        .effort = &r->effort,
    };
    r->failing = RANDOM_OF(r, failing);
    r->engine = engine_new(&config);
    assert_non_null(r->engine);
    model_open(&r->model, config.limits, r->seed, START_MS);
}

/* Returns the trace of all that was observed. */
static uint64_t run(uint64_t seed, enum pace pace)
{
    static const size_t weights[][SUBJECTS] = {{1, 1}, {3, 1}, {1, 3}};
    static struct run r;
    r = (struct run){.seed = seed,
                     .pace = pace,
                     .commands = {seed},
                     .steps = {~seed + pace},
                     .hasty = seed % 2 == 0};
    memcpy(r.weights, weights[seed % COUNT(weights)], sizeof r.weights);
    open_both(&r);
    for (; r.command < COMMANDS; r.command++) {
        engine_agree_on("model test", seed, (int)pace, r.command);
        run_pass(&r, random_gap_ms(&r));
        run_begin_slice(&r);
        act(&r);
        run_finish(&r);
        run_collect(&r);
        run_agree_on_releases(&r);
        if (random_once_in(&r.steps, 10))
            run_copy(&r);
        run_agree_on_all(&r);
    }
    r.hasty = true;
    run_pass(&r, 2 * (cmq_ms)86400000);
    run_agree_on_firings(&r);
    run_agree_on_all(&r);
    for (int kind = 0; kind <= DEAD_LETTER_BY_AGE; kind++)
        met.dead_letters[kind] += r.model.dead_letters[kind];
    engine_free(r.engine);
    AGREE(r.heap.held, 0);
    return r.trace;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void test_engine_agrees_with_the_model_at_every_pace(void **state)
{
    (void)state;
    uint64_t first = setting("MODEL_SEED", 1);
    uint64_t runs = setting("MODEL_RUNS", 90);
    for (uint64_t seed = first; seed < first + runs; seed++) {
        uint64_t leap = run(seed, ONE_LEAP);
        /* what is offered in the middle of an instant cannot be left lying */
        int paces = seed % 2 == 0 ? PACES : EVENT_BY_EVENT;
        for (int pace = ONE_LEAP + 1; pace < paces; pace++)
            AGREE(run(seed, (enum pace)pace) == leap, true);
    }
}

/* Runs that never get there prove nothing. */
static void test_runs_have_met_all_outcomes(void **state)
{
    (void)state;
    static const struct {
        enum cmq_err err;
        bool of_push; /* else of a command */
        const char *what;
    } outcomes[] = {
#define MET(name) {CMQ_##name, false, #name}
#define PUSH_MET(name)                                                                         \
    {                                                                                          \
        CMQ_##name, true, "push: " #name                                                       \
    }
        MET(OK),
        MET(WAITING),
        MET(NO_MESSAGE),
        MET(INTERNAL), /* as the end of a poll */
        MET(NO_QUEUE),
        MET(REWIND_TIME),
        MET(REWIND_OFF),
        MET(REWIND_ABOVE_RETENTION),
        MET(POLICY_NOT_JSON),
        MET(POLICY_PARAMS),
        MET(NO_DEAD_LETTER_QUEUE),
        MET(DEAD_LETTER_NEST),
        MET(DEAD_LETTER_IN_USE),
        MET(HANDLE_INVALID),
        MET(TOO_MANY_UNACKED),
        MET(POLLS_FULL),
        MET(TOPIC_EXISTS),
        MET(TOPIC_NAME_COOLING),
        MET(TOO_MANY_TOPICS),
        MET(TOPIC_IN_USE),
        MET(NO_BINDING_KEY),
        MET(SUBSCRIPTION_EXISTS),
        MET(TOO_MANY_SUBSCRIPTIONS),
        MET(DATA_RATE),
        MET(BODY_TOO_LONG),
        MET(NO_ROUTING_KEY),
        MET(NO_SUBSCRIPTION),
        MET(NO_MATCH),
        MET(MEMORY_FULL),
        MET(HEAP_FULL),
        MET(QUEUE_EXISTS),
        MET(NAME_COOLING),
        MET(TOO_MANY_QUEUES),
        PUSH_MET(OK),
        PUSH_MET(NO_QUEUE),
        PUSH_MET(DATA_RATE),
        PUSH_MET(BODY_TOO_LONG),
        PUSH_MET(HEAP_FULL),
        PUSH_MET(MEMORY_FULL),
#undef MET
#undef PUSH_MET
    };
    /* few runs, or others, need not come by all of it */
    if (getenv("MODEL_RUNS") != NULL || getenv("MODEL_SEED") != NULL)
        skip();
    for (size_t i = 0; i < COUNT(outcomes); i++)
        EXPECT_EQ(outcomes[i].what,
                  (outcomes[i].of_push ? met.failures : met.errors)[outcomes[i].err] > 0, true);
    for (int i = 0; i < PUSH_RESULTS; i++)
        EXPECT_EQ(push_result_name((enum push_result)i), met.results[i] > 0, true);
    for (int i = 0; i < MESSAGE_STATES; i++)
        EXPECT_EQ(message_state_name((enum message_state)i), met.messages[i] > 1000, true);
    for (int i = DELIVERY_WAITING; i < DELIVERY_STATES; i++)
        EXPECT_EQ("a state of deliveries", met.states[i] > 0, true);
    for (int i = 0; i < FLIGHT_STATES; i++)
        EXPECT_EQ(flight_state_name((enum flight_state)i), met.flights[i] > 0, true);
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        EXPECT_EQ(event_kind_name((enum event_kind)kind), met.events[kind] > 0,
                  kind != EVENT_DEAD_LETTER /* only when checks are eager */);
    for (int i = 0; i < 4; i++)
        EXPECT_EQ("receipts of a kind", met.odd_receipts[i] > 100, true);
    EXPECT_EQ("dead letters by receives", met.dead_letters[DEAD_LETTER_BY_RECEIVES] > 0, true);
    EXPECT_EQ("dead letters by age", met.dead_letters[DEAD_LETTER_BY_AGE] > 0, true);
    EXPECT_EQ("pushes", met.events[EVENT_PUSH] > 10000, true);
    EXPECT_EQ("orphans", met.orphans > 0, true);
    EXPECT_EQ("receives that were put off", met.put_off > 0, true);
    EXPECT_EQ("copies", met.copies > 1000, true);
    for (int i = 0; i <= MESSAGE_STATES; i++)
        EXPECT_EQ("messages copied", met.copied[i] > 100, true);
    EXPECT_EQ("attempts of one delivery", met.attempts > 20, true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_agrees_with_the_model_at_every_pace),
        cmocka_unit_test(test_runs_have_met_all_outcomes),
    };
    engine_agree_init();
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
