/* Random commands and gaps drive the engine and a naive model of it (engine_model.h). Replies,
 * releases, events and all that can be asked must agree in full, and the engine must be whole.
 *
 * Durations are multiples of half a second, some a millisecond off, so that many things happen
 * at one instant; limits are small, so that they are met.
 *
 * MODEL_RUNS  how many runs; each has a seed of its own, counted from MODEL_SEED (1)
 * A failure prints the seed; MODEL_SEED=seed MODEL_RUNS=1 repeats it. */
#include "tests/support/engine_model.h"

#include "tests/support/engine_agree.h"
#include "tests/support/engine_heap.h"
#include "tests/support/engine_random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { COMMANDS = 300, OWNERS = 1 << 12, HANDLES = 32 };

#define START_MS ((cmq_ms)1500000000250)

/* How the engine is moved through a gap. Nothing observable may depend on it. */
enum pace { ONE_LEAP, FROM_WAKE_TO_WAKE, SMALL_STEPS, PACES };

struct run {
    uint64_t seed;
    enum pace pace;
    struct engine_random commands; /* decides what is done */
    struct engine_random steps;    /* decides how time is moved */
    struct engine_heap heap;
    struct engine *engine;
    struct model model;
    struct firings firings; /* the engine's, of the present gap */
    struct seen_release releases[MODEL_RELEASES];
    size_t release_count;
    struct parked_poll *polls[OWNERS]; /* by owner; NULL when released */
    int owners[OWNERS];                /* owners[n] is n */
    int last_owner;
    uint64_t handles[HANDLES]; /* some that were seen, valid or not */
    size_t handle_count;
    uint64_t trace; /* of all that was observed */
    int command;    /* which one it is, for the message of a failure */
};

/* ---- what all runs together have met ---- */

static uint64_t errors_met[CMQ_ERR_COUNT + 1], events_met[EVENT_KINDS];

/* ---- comparing ---- */

static void see(struct run *r, uint64_t observed)
{
    r->trace = (r->trace ^ observed) * UINT64_C(0x100000001b3);
    r->trace ^= r->trace >> 29;
}

static struct seen_message seen_of(const struct message *m)
{
    return (struct seen_message){
        .id = m->id,
        .handle = m->handle,
        .sent_ms = m->sent_ms,
        .first_dequeue_ms = m->dequeue_count > 0 ? m->first_dequeue_ms : 0,
        .visible_ms = m->state == MESSAGE_INACTIVE ? m->wake.node.due_ms : 0,
        .dequeue_count = m->dequeue_count,
        .body = m->body[0],
        .body_len = m->body_len,
    };
}

/* Messages that were handed out. At the age of its queue's retention one is gone
 * (queue-api 3.2), whatever else happens at that instant. */
static struct seen_messages seen_all(struct run *r, const struct message *const *messages,
                                     size_t count)
{
    struct seen_messages all = {.count = count};
    for (size_t i = 0; i < count; i++) {
        const struct message *m = messages[i];
        AGREE(engine_now_ms(r->engine) - m->sent_ms < m->queue->attributes.retention_ms, true);
        all.messages[i] = seen_of(m);
    }
    return all;
}

static void agree_on_message(struct run *r, struct seen_message got, struct seen_message want)
{
    AGREE(got.id, want.id);
    AGREE(got.handle, want.handle);
    AGREE(got.sent_ms, want.sent_ms);
    AGREE(got.first_dequeue_ms, want.first_dequeue_ms);
    AGREE(got.visible_ms, want.visible_ms);
    AGREE(got.dequeue_count, want.dequeue_count);
    AGREE(got.body, want.body);
    AGREE(got.body_len, want.body_len);
    see(r, got.id);
    see(r, got.handle);
    see(r, (uint64_t)got.sent_ms);
    see(r, (uint64_t)got.first_dequeue_ms);
    see(r, (uint64_t)got.visible_ms);
    see(r, got.dequeue_count);
}

static void remember(struct run *r, uint64_t handle)
{
    r->handles[r->handle_count++ % HANDLES] = handle;
}

static void agree_on_messages(struct run *r, const struct seen_messages *got,
                              const struct seen_messages *want)
{
    AGREE(got->count, want->count);
    for (size_t i = 0; i < got->count; i++) {
        agree_on_message(r, got->messages[i], want->messages[i]);
        remember(r, got->messages[i].handle);
    }
}

static void agree_on_releases(struct run *r)
{
    AGREE(r->release_count, r->model.release_count);
    for (size_t i = 0; i < r->release_count; i++) {
        const struct seen_release *got = &r->releases[i];
        const struct seen_release *want = &r->model.releases[i];
        AGREE(got->owner, want->owner);
        AGREE(got->at_ms, want->at_ms);
        AGREE(got->outcome, want->outcome);
        errors_met[got->outcome]++;
        agree_on_messages(r, &got->got, &want->got);
        see(r, (uint64_t)got->owner);
        see(r, (uint64_t)got->at_ms);
        see(r, got->outcome);
    }
    r->release_count = r->model.release_count = 0;
}

static void agree_on_event(const struct firing *got, const struct firing *want)
{
    AGREE(got->at_ms, want->at_ms);
    AGREE(got->kind, want->kind);
    AGREE(got->msg_id, want->msg_id);
    engine_agree_on_names(got->name, want->name);
}

static void agree_on_firings(struct run *r)
{
    const struct firings *got = &r->firings;
    const struct firings *want = &r->model.firings;
    AGREE(got->count, want->count);
    for (size_t i = 0; i < got->count; i++)
        agree_on_event(&got->events[i], &want->events[i]);
    AGREE(got->fired, want->fired);
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        AGREE(got->fired_by_kind[kind], want->fired_by_kind[kind]);
        events_met[kind] += got->fired_by_kind[kind];
    }
    see(r, got->fired);
    r->firings = r->model.firings = (struct firings){.fired = 0};
}

static void agree_on_next_event(struct run *r)
{
    struct event_view got = {.queue_name = ""}, want = {.queue_name = ""};
    cmq_ms wake_ms = engine_wake_ms(r->engine);
    bool any = engine_next_event(r->engine, &got);
    AGREE(any, model_next_event(&r->model, &want));
    if (!any) {
        AGREE(wake_ms, CMQ_NEVER);
        return;
    }
    AGREE(got.at_ms, want.at_ms);
    AGREE(got.kind, want.kind);
    AGREE(got.msg_id, want.msg_id);
    engine_agree_on_names(got.queue_name, want.queue_name);
    AGREE(wake_ms >= engine_now_ms(r->engine) && wake_ms <= got.at_ms, true);
}

/* The messages of one age set, as someone who looks without consuming sees them. */
static void agree_on_set(struct run *r, const struct order *set, const struct model_queue *want,
                         enum message_state state)
{
    struct order_cursor c = order_up(set);
    size_t place = 0;
    for (struct order_node *n; (n = order_next_up(set, &c)) != NULL;) {
        const struct message *m = CONTAINER_OF(n, const struct message, age);
        if (m->state != state)
            continue;
        const struct model_message *w = model_message_at(&r->model, want, state, place++);
        assert(w != NULL);
        struct seen_message seen = w->seen;
        seen.visible_ms = state == MESSAGE_INACTIVE ? w->wake.due_ms : 0;
        agree_on_message(r, seen_of(m), seen);
    }
    AGREE(place, model_count(&r->model, want, state));
}

static void agree_on_queue(struct run *r, const struct queue *q, bool in_full)
{
    const struct model_queue *want = model_find(&r->model, q->name);
    assert(want != NULL);
    engine_agree_on_names(q->id, want->id);
    for (int s = 0; s < MESSAGE_STATES; s++) {
        size_t count = queue_count(q, (enum message_state)s);
        AGREE(count, model_count(&r->model, want, (enum message_state)s));
        see(r, count);
    }
    AGREE(queue_backlog_start_ms(q), model_backlog_start_ms(&r->model, want));
    engine_agree_on_names(q->dead_letter.target == NULL ? "" : q->dead_letter.target->name,
                          want->target == NULL ? "" : want->target->name);
    if (!in_full)
        return;
    agree_on_set(r, &q->delayed, want, MESSAGE_DELAYED);
    agree_on_set(r, &q->unconsumed, want, MESSAGE_ACTIVE);
    agree_on_set(r, &q->unconsumed, want, MESSAGE_INACTIVE);
    agree_on_set(r, &q->deleted, want, MESSAGE_DELETED);
}

static void agree_on_all(struct run *r)
{
    engine_check(r->engine);
    AGREE(engine_now_ms(r->engine), r->model.now_ms);
    AGREE(engine_parked_count(r->engine), model_parked_count(&r->model));
    AGREE(engine_pending_count(r->engine), model_pending_count(&r->model));
    agree_on_next_event(r);
    bool in_full = r->command % 8 == 0;
    for (struct queue *q = NULL; (q = engine_next_queue(r->engine, q)) != NULL;)
        agree_on_queue(r, q, in_full);
}

/* ---- time ---- */

static void collect(struct run *r)
{
    for (struct parked_poll *p; (p = engine_take_released(r->engine)) != NULL;) {
        AGREE(r->release_count < MODEL_RELEASES, true);
        struct seen_release *to = &r->releases[r->release_count++];
        *to = (struct seen_release){.owner = *(const int *)p->owner,
                                    .at_ms = engine_now_ms(r->engine),
                                    .outcome = p->outcome};
        if (p->outcome == CMQ_OK)
            to->got = seen_all(r, p->messages, p->count);
        r->polls[to->owner] = NULL;
        engine_free_poll(r->engine, p);
    }
}

static cmq_ms next_stop_ms(struct run *r, cmq_ms until_ms)
{
    cmq_ms now_ms = engine_now_ms(r->engine);
    cmq_ms stop_ms = until_ms;
    if (r->pace == FROM_WAKE_TO_WAKE)
        stop_ms = engine_wake_ms(r->engine);
    else if (r->pace == SMALL_STEPS)
        stop_ms = now_ms + (cmq_ms)random_below(&r->steps, 400);
    return stop_ms < until_ms ? stop_ms : until_ms;
}

static void pass(struct run *r, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(r->engine) + span_ms;
    for (bool there = false; !there;) {
        cmq_ms stop_ms = next_stop_ms(r, until_ms);
        bool stopped_there = engine_advance(r->engine, stop_ms, &r->firings);
        collect(r);
        there = stopped_there && stop_ms == until_ms;
    }
    model_advance(&r->model, until_ms);
    agree_on_releases(r);
    agree_on_firings(r);
}

static cmq_ms random_gap_ms(struct run *r)
{
    static const cmq_ms gaps[] = {0, 0, 0, 0, 1, 499, 500, 500, 500, 1000, 2500, 7000};
    return gaps[random_below(&r->commands, COUNT(gaps))];
}

/* ---- commands; each draws its numbers, tells both, compares ---- */

/* Two differ in case alone. */
static const char *const names[] = {"a", "b", "c", "d", "B"};

static const char *random_name(struct run *r)
{
    return names[random_below(&r->commands, COUNT(names))];
}

static cmq_ms random_ms(struct run *r, const cmq_ms *choices, size_t count)
{
    return choices[random_below(&r->commands, count)];
}

static struct queue_attributes random_attributes(struct run *r)
{
    static const cmq_ms visibility[] = {500, 1000, 3000, 3001, 15000};
    static const cmq_ms retention[] = {3000, 6000, 10000, 10001};
    static const cmq_ms rewind_to[] = {0, 0, 2000, 3000, 6000};
    struct queue_attributes a = queue_attributes_default();
    a.visibility_ms = random_ms(r, visibility, COUNT(visibility));
    a.retention_ms = random_ms(r, retention, COUNT(retention));
    a.rewind_ms = random_ms(r, rewind_to, COUNT(rewind_to));
    a.max_heap = 10 + random_below(&r->commands, 40);
    a.max_msg_size = 8;
    return a;
}

/* A policy, or NULL. */
static const struct dead_letter_request *random_policy(struct run *r,
                                                       struct dead_letter_request *out)
{
    *out = (struct dead_letter_request){
        .refusal = random_once_in(&r->commands, 10) ? CMQ_POLICY_NOT_JSON : CMQ_OK,
        .kind = random_once_in(&r->commands, 2) ? DEAD_LETTER_BY_RECEIVES : DEAD_LETTER_BY_AGE,
        .target_name = bytes_of(random_name(r)),
        .max_receives = 1 + (uint32_t)random_below(&r->commands, 3),
        .max_age_ms = 1000 * (cmq_ms)(1 + random_below(&r->commands, 4)),
    };
    return random_once_in(&r->commands, 2) ? out : NULL;
}

/* Both queues of this name; false, and agreed, if there are none. */
static bool find_both(struct run *r, struct queue **q, struct model_queue **m)
{
    const char *name = random_name(r);
    *q = engine_find_queue(r->engine, bytes_of(name));
    *m = model_find(&r->model, name);
    AGREE(*q != NULL, *m != NULL);
    return *q != NULL;
}

static void agree_on_error(struct run *r, enum cmq_err got, enum cmq_err want)
{
    AGREE(got, want);
    errors_met[got]++;
    see(r, got);
}

static void do_create(struct run *r)
{
    struct queue *q;
    struct dead_letter_request request;
    const char *name = random_name(r);
    struct queue_attributes a = random_attributes(r);
    const struct dead_letter_request *policy = random_policy(r, &request);
    enum cmq_err want = model_create(&r->model, name, &a, policy);
    agree_on_error(r, engine_create_queue(r->engine, bytes_of(name), &a, policy, &q), want);
}

static void do_set(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    struct dead_letter_request request;
    struct queue_attributes a = random_attributes(r);
    const struct dead_letter_request *policy = random_policy(r, &request);
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err want = model_set(&r->model, m, &a, policy);
    agree_on_error(r, engine_set_queue(r->engine, q, &a, policy), want);
}

static void do_delete_queue(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err want = model_delete_queue(&r->model, m);
    agree_on_error(r, engine_delete_queue(r->engine, q), want);
}

static void do_unbind(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err want = model_unbind(&r->model, m);
    agree_on_error(r, engine_unbind_dead_letter(r->engine, q), want);
}

static void do_rewind(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    int64_t from_s =
        engine_now_ms(r->engine) / 1000 + 1 - (int64_t)random_below(&r->commands, 6);
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err want = model_rewind(&r->model, m, from_s);
    agree_on_error(r, engine_rewind(r->engine, q, from_s), want);
}

static void do_purge(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    if (!find_both(r, &q, &m))
        return;
    model_purge(&r->model, m);
    engine_purge_queue(r->engine, q);
}

static void do_send(struct run *r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const cmq_ms delays[] = {0, 0, 0, 500, 1000, 1000, 3000, 12000};
    struct queue *q;
    struct model_queue *m;
    struct bytes bodies[BATCH_MAX];
    uint64_t got[BATCH_MAX], want[BATCH_MAX];
    size_t count =
        1 + random_below(&r->commands, random_once_in(&r->commands, 3) ? BATCH_MAX : 3);
    cmq_ms delay_ms = random_ms(r, delays, COUNT(delays));
    for (size_t i = 0; i < count; i++)
        bodies[i] = (struct bytes){&letters[random_below(&r->commands, 16)],
                                   1 + random_below(&r->commands, 8)};
    if (random_once_in(&r->commands, 20))
        bodies[0].len = 9; /* too long */
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err err = model_send(&r->model, m, bodies, count, delay_ms, want);
    agree_on_error(r, engine_send(r->engine, q, bodies, count, delay_ms, got), err);
    for (size_t i = 0; i < count && err == CMQ_OK; i++)
        AGREE(got[i], want[i]);
}

static void do_receive(struct run *r)
{
    static const cmq_ms waits[] = {0, 0, 500, 1000, 2500, 5000};
    struct queue *q;
    struct model_queue *m;
    size_t max =
        random_once_in(&r->commands, 2) ? 1 : 1 + random_below(&r->commands, BATCH_MAX);
    cmq_ms wait_ms = random_ms(r, waits, COUNT(waits));
    if (!find_both(r, &q, &m))
        return;
    int owner = ++r->last_owner;
    r->owners[owner] = owner;
    struct received got = {0};
    struct seen_messages want = {0};
    enum cmq_err err = model_receive(&r->model, m, max, wait_ms, owner, &want);
    agree_on_error(r, engine_receive(r->engine, q, max, wait_ms, &r->owners[owner], &got), err);
    if (err == CMQ_WAITING)
        r->polls[owner] = got.poll;
    if (err != CMQ_OK)
        return;
    struct seen_messages seen = seen_all(r, got.messages, got.count);
    agree_on_messages(r, &seen, &want);
}

static void do_delete_message(struct run *r)
{
    struct queue *q;
    struct model_queue *m;
    uint64_t handle = r->handles[random_below(&r->commands, HANDLES)];
    if (!find_both(r, &q, &m))
        return;
    enum cmq_err want = model_delete_message(&r->model, m, handle);
    agree_on_error(r, engine_delete_message(r->engine, q, handle), want);
}

/* All of the latest ones, as a consumer does it that keeps up. */
static void do_delete_all(struct run *r)
{
    for (struct queue *q = NULL; (q = engine_next_queue(r->engine, q)) != NULL;) {
        struct model_queue *m = model_find(&r->model, q->name);
        for (size_t i = 0; i < HANDLES; i++)
            agree_on_error(r, engine_delete_message(r->engine, q, r->handles[i]),
                           model_delete_message(&r->model, m, r->handles[i]));
    }
}

static void do_end_poll(struct run *r)
{
    size_t back = random_below(&r->commands, 10);
    bool all = random_once_in(&r->commands, 10);
    if (all) {
        model_end_all_polls(&r->model, CMQ_NO_MESSAGE);
        engine_end_all_polls(r->engine, CMQ_NO_MESSAGE);
        return;
    }
    int owner = r->last_owner - (int)back;
    if (owner <= 0 || r->polls[owner] == NULL)
        return;
    model_end_poll(&r->model, owner, CMQ_INTERNAL);
    engine_end_poll(r->engine, r->polls[owner], CMQ_INTERNAL);
}

static const struct {
    void (*act)(struct run *r);
    size_t share;
} commands[] = {
    {do_create, 8},          {do_set, 4},        {do_delete_queue, 1}, {do_unbind, 2},
    {do_rewind, 5},          {do_purge, 1},      {do_send, 24},        {do_receive, 30},
    {do_delete_message, 14}, {do_delete_all, 4}, {do_end_poll, 3},
};

static void act(struct run *r)
{
    size_t total = 0;
    for (size_t i = 0; i < COUNT(commands); i++)
        total += commands[i].share;
    size_t drawn = random_below(&r->commands, total);
    size_t i = 0;
    for (; drawn >= commands[i].share; i++)
        drawn -= commands[i].share;
    commands[i].act(r);
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
    l.max_delayed = random_limit(r, 4, 20);
    l.max_inactive = strict ? random_limit(r, 3, 12) : 0;
    l.max_heap = random_limit(r, 12, 0);
    l.max_bytes = random_limit(r, 25, 150) * sizeof(struct message);
    l.max_polls = random_limit(r, 2, 8);
    l.send_rate = strict ? (uint32_t)random_limit(r, 6, 25) : 0;
    l.receive_rate = strict ? (uint32_t)random_limit(r, 4, 20) : 0;
    l.name_cooling_ms = strict ? 2000 : 0;
    return l;
}

static void open_both(struct run *r)
{
    struct engine_config config = {
        .allocator = engine_heap_allocator(&r->heap),
        .limits = random_limits(r),
        .seed = r->seed,
        .now_ms = START_MS,
    };
    r->engine = engine_new(&config);
    assert_non_null(r->engine);
    model_open(&r->model, config.limits, r->seed, START_MS);
}

/* Returns the trace of all that was observed. */
static uint64_t run(uint64_t seed, enum pace pace)
{
    static struct run r;
    r = (struct run){.seed = seed, .pace = pace, .commands = {seed}, .steps = {~seed}};
    open_both(&r);
    for (; r.command < COMMANDS; r.command++) {
        engine_agree_on("model test", seed, (int)pace, r.command);
        pass(&r, random_gap_ms(&r));
        act(&r);
        collect(&r);
        agree_on_releases(&r);
        agree_on_all(&r);
    }
    pass(&r, 100000);
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
    uint64_t runs = setting("MODEL_RUNS", 60);
    for (uint64_t seed = first; seed < first + runs; seed++) {
        uint64_t leap = run(seed, ONE_LEAP);
        for (int pace = ONE_LEAP + 1; pace < PACES; pace++)
            AGREE(run(seed, (enum pace)pace) == leap, true);
    }
}

/* Runs that never get there prove nothing. */
static void test_runs_have_met_all_outcomes(void **state)
{
    (void)state;
    static const struct {
        enum cmq_err err;
        const char *what;
    } outcomes[] = {
#define MET(name) {CMQ_##name, #name}
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
        MET(BODY_TOO_LONG),
        MET(HEAP_FULL),
        MET(MEMORY_FULL),
        MET(DATA_RATE),
        MET(HANDLE_INVALID),
        MET(TOO_MANY_UNACKED),
        MET(POLLS_FULL),
        MET(TOO_MANY_QUEUES),
        MET(QUEUE_EXISTS),
        MET(NAME_COOLING),
#undef MET
    };
    if (getenv("MODEL_RUNS") != NULL)
        skip();
    for (size_t i = 0; i < COUNT(outcomes); i++)
        EXPECT_EQ(outcomes[i].what, errors_met[outcomes[i].err] > 0, true);
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        EXPECT_EQ(event_kind_name((enum event_kind)kind), events_met[kind] > 0,
                  /* the first only when checks are eager, the second only of topics */
                  kind != EVENT_DEAD_LETTER && kind != EVENT_PUSH);
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
