/* The engine as a whole: its queues and their names, its agenda and firings, its memory. */
#include "engine/engine.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

static enum cmq_err create(struct fixture *w, const char *name)
{
    struct queue_attributes a = queue_attributes_default();
    struct queue *q;
    return engine_create_queue(w->engine, bytes_of(name), &a, NULL, &q);
}

static struct queue *find(struct fixture *w, const char *name)
{
    return engine_find_queue(w->engine, bytes_of(name));
}

/* ---- queues and their names ---- */

static void test_empty_engine(void **state)
{
    struct fixture *w = *state;
    struct event_view event;
    assert_true(engine_empty(w->engine));
    assert_int_equal(engine_now_ms(w->engine), FIXTURE_START_MS);
    assert_true(engine_wake_ms(w->engine) == CMQ_NEVER);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_false(engine_next_event(w->engine, &event));
    assert_null(engine_next_queue(w->engine, NULL));
    assert_null(engine_take_released(w->engine));
    fixture_pass(w, (cmq_ms)15 * 86400000);
}

static void test_created_queue(void **state)
{
    struct fixture *w = *state;
    fixture_pass(w, 1000);
    struct queue_attributes a = {.max_heap = 1000000,
                                 .max_msg_size = 1024,
                                 .polling_wait_ms = 1000,
                                 .visibility_ms = 2000,
                                 .retention_ms = 60000,
                                 .rewind_ms = 30000};
    struct queue *q = fixture_queue_with(w, "Orders-1", a);
    assert_false(engine_empty(w->engine));
    assert_string_equal(q->name, "Orders-1");
    assert_memory_equal(q->id, "queue-", 6);
    assert_int_equal(q->created_ms, FIXTURE_START_MS + 1000);
    assert_int_equal(q->modified_ms, FIXTURE_START_MS + 1000);
    assert_memory_equal(&q->attributes, &a, sizeof a);
    EXPECT_COUNTS("new", q, 0, 0, 0, 0);
}

/* queue-api 2.1 */
static void test_default_attributes(void **state)
{
    (void)state;
    struct queue_attributes a = queue_attributes_default();
    assert_int_equal(a.max_heap, 100000000);
    assert_int_equal(a.max_msg_size, 65536);
    assert_int_equal(a.polling_wait_ms, 0);
    assert_int_equal(a.visibility_ms, 30000);
    assert_int_equal(a.retention_ms, 345600000);
    assert_int_equal(a.rewind_ms, 0);
}

/* There is a queue named "orders". */
static const struct {
    const char *what, *name;
    enum cmq_err create;
    bool found;
} names[] = {
    {"the same", "orders", CMQ_QUEUE_EXISTS, true},
    {"in other letters", "Orders", CMQ_QUEUE_EXISTS, false},
    {"in capitals", "ORDERS", CMQ_QUEUE_EXISTS, false},
    {"its beginning", "order", CMQ_OK, false},
    {"continued", "orders2", CMQ_OK, false},
    {"a letter of another kind", "orders-", CMQ_OK, false},
};

static void test_names(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        fixture_queue(w, "orders");
        EXPECT_EQ(names[i].what, find(w, names[i].name) != NULL, names[i].found);
        EXPECT_EQ(names[i].what, create(w, names[i].name), names[i].create);
    }
}

static void test_longest_name(void **state)
{
    struct fixture *w = *state;
    char name[QUEUE_NAME_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fixture_queue(w, name);
    assert_string_equal(find(w, name)->name, name);
}

static void test_walk_in_order_of_creation(void **state)
{
    struct fixture *w = *state;
    enum { QUEUES = 200, GONE = 77 };
    struct queue *made[QUEUES];
    char name[24];
    for (int i = 0; i < QUEUES; i++) {
        snprintf(name, sizeof name, "q%d", i * 7919 % 1000);
        made[i] = fixture_queue(w, name);
    }
    assert_int_equal(engine_delete_queue(w->engine, made[GONE]), CMQ_OK);
    struct queue *q = NULL;
    for (int i = 0; i < QUEUES; i++) {
        if (i == GONE)
            continue;
        q = engine_next_queue(w->engine, q);
        assert_ptr_equal(q, made[i]);
        assert_ptr_equal(find(w, q->name), q);
    }
    assert_null(engine_next_queue(w->engine, q));
}

static void test_too_many_queues(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_queues = 2;
    fixture_reopen(w, limits);
    struct queue *a = fixture_queue(w, "a");
    fixture_queue(w, "b");
    assert_int_equal(create(w, "c"), CMQ_TOO_MANY_QUEUES);
    assert_int_equal(create(w, "A"), CMQ_QUEUE_EXISTS);
    assert_int_equal(engine_delete_queue(w->engine, a), CMQ_OK);
    assert_int_equal(create(w, "c"), CMQ_OK);
}

static void test_rewind_must_not_exceed_retention(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    struct queue *q = NULL;
    a.retention_ms = 60000;
    a.rewind_ms = 60001;
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, NULL, &q),
                     CMQ_REWIND_ABOVE_RETENTION);
    a.rewind_ms = 60000;
    assert_int_equal(engine_create_queue(w->engine, bytes_of("q"), &a, NULL, &q), CMQ_OK);
    a.retention_ms = 59999;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_REWIND_ABOVE_RETENTION);
    assert_int_equal(q->attributes.retention_ms, 60000);
}

static void test_set_queue_notes_the_change(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_pass(w, 5000);
    struct queue_attributes a = q->attributes;
    a.visibility_ms = 1000;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    assert_int_equal(q->created_ms, FIXTURE_START_MS);
    assert_int_equal(q->modified_ms, FIXTURE_START_MS + 5000);
    assert_int_equal(q->attributes.visibility_ms, 1000);
}

static void fill_all_states(struct fixture *w, struct queue *q)
{
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "inactive", 0);
    fixture_receive(w, q);
    fixture_send(w, q, "active", 0);
    fixture_send(w, q, "delayed", 5000);
}

static void test_delete_and_purge_take_all_messages(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.rewind_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    fill_all_states(w, q);
    EXPECT_COUNTS("filled", q, 1, 1, 1, 1);
    engine_purge_queue(w->engine, q);
    EXPECT_COUNTS("purged", q, 0, 0, 0, 0);
    assert_int_equal(engine_pending_count(w->engine), 0);
    fill_all_states(w, q);
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_true(engine_empty(w->engine));
    q = fixture_queue(w, "q");
    EXPECT_COUNTS("made again", q, 0, 0, 0, 0);
}

/* ---- names that cool down ---- */

static void test_relaxed_names_are_free_at_once(void **state)
{
    struct fixture *w = *state;
    assert_int_equal(engine_delete_queue(w->engine, fixture_queue(w, "q")), CMQ_OK);
    assert_int_equal(create(w, "q"), CMQ_OK);
}

static void test_strict_names_cool(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    assert_int_equal(engine_delete_queue(w->engine, fixture_queue(w, "Orders")), CMQ_OK);
    assert_int_equal(create(w, "Orders"), CMQ_NAME_COOLING);
    assert_int_equal(create(w, "orders"), CMQ_NAME_COOLING);
    assert_int_equal(create(w, "orders2"), CMQ_OK);
    struct event_view event;
    assert_true(engine_next_event(w->engine, &event));
    assert_int_equal(event.kind, EVENT_NAME_FREE);
    assert_string_equal(event.queue_name, "Orders");
    fixture_pass(w, 29999);
    assert_int_equal(create(w, "Orders"), CMQ_NAME_COOLING);
    fixture_pass(w, 1);
    assert_int_equal(create(w, "orders"), CMQ_OK);
}

static void test_restart_frees_names_and_may_go_back(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    fixture_pass(w, 100000);
    assert_int_equal(engine_delete_queue(w->engine, fixture_queue(w, "q")), CMQ_OK);
    engine_restart(w->engine, FIXTURE_START_MS);
    assert_int_equal(engine_now_ms(w->engine), FIXTURE_START_MS);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_int_equal(create(w, "q"), CMQ_OK);
}

/* ---- agenda and firings ---- */

static void expect_next(struct fixture *w, enum event_kind kind, cmq_ms after_ms,
                        const char *name, uint64_t msg_id)
{
    struct event_view event;
    assert_true(engine_next_event(w->engine, &event));
    EXPECT_EQ(event_kind_name(kind), event.kind, kind);
    EXPECT_EQ(event_kind_name(kind), event.at_ms, FIXTURE_START_MS + after_ms);
    assert_string_equal(event.queue_name, name);
    assert_true(event.msg_id == msg_id);
    cmq_ms wake_ms = engine_wake_ms(w->engine);
    assert_true(wake_ms >= engine_now_ms(w->engine) && wake_ms <= event.at_ms);
}

static void test_next_event(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = 90000;
    a.rewind_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    uint64_t id = fixture_send(w, q, "m", 1000);
    expect_next(w, EVENT_DELAYED, 1000, "q", id);
    fixture_pass(w, 1000);
    expect_next(w, EVENT_EXPIRED, 90000, "q", id);
    fixture_park(w, fixture_queue(w, "other"), 1, 1, 5000);
    expect_next(w, EVENT_POLL_TIMEOUT, 6000, "other", 0);
    fixture_pass(w, 5000);
    fixture_receive(w, q);
    expect_next(w, EVENT_VISIBLE, 36000, "q", id);
    fixture_pass(w, 30000);
    fixture_consume(w, q);
    expect_next(w, EVENT_REWIND_EXPIRED, 60001, "q", id);
    fixture_pass(w, 24001);
    struct event_view event;
    assert_false(engine_next_event(w->engine, &event));
}

static void test_eager_dead_letter_is_an_event(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.eager_dead_letter = true;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    fixture_queue(w, "dead");
    assert_int_equal(fixture_bind(w, q, fixture_by_age("dead", 300000)), CMQ_OK);
    expect_next(w, EVENT_DEAD_LETTER, 300000, "q", fixture_send(w, q, "m", 0));
}

/* The message expires instead of becoming active, and the agenda shows it so. */
static void test_next_event_is_what_will_fire(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    uint64_t id = fixture_send(w, q, "m", 60000);
    expect_next(w, EVENT_EXPIRED, 60000, "q", id);
    struct firings firings = {.fired = 0};
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 60000, &firings));
    assert_int_equal(firings.fired, 1);
    assert_int_equal(firings.events[0].event.kind, EVENT_EXPIRED);
}

static void test_firings(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    uint64_t late = fixture_send(w, q, "late", 7000);
    uint64_t soon = fixture_send(w, q, "soon", 5000);
    uint64_t both = fixture_send(w, q, "both", 7000);
    struct firings f = {.fired = 0};
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 4999, &f));
    assert_int_equal(f.fired, 0);
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 7000, &f));
    assert_int_equal(f.fired, 3);
    assert_int_equal(f.fired_by_kind[EVENT_DELAYED], 3);
    assert_int_equal(f.count, 3);
    const uint64_t ids[] = {soon, late, both};
    const cmq_ms after_ms[] = {5000, 7000, 7000};
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(f.events[i].event.msg_id == ids[i]);
        assert_int_equal(f.events[i].event.at_ms, FIXTURE_START_MS + after_ms[i]);
        assert_int_equal(f.events[i].event.kind, EVENT_DELAYED);
        assert_string_equal(f.events[i].event.name, "q");
    }
}

/* The names outlive the queue. */
static void test_more_fire_than_are_kept(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    for (int i = 0; i < FIRINGS_KEPT + 7; i++)
        fixture_send(w, q, "m", 1000);
    static struct firings f;
    f = (struct firings){.fired = 0};
    assert_true(engine_advance(w->engine, FIXTURE_START_MS + 1000, &f));
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    assert_int_equal(f.count, FIRINGS_KEPT);
    assert_int_equal(f.fired, FIRINGS_KEPT + 7);
    assert_int_equal(f.fired_by_kind[EVENT_DELAYED], FIRINGS_KEPT + 7);
    assert_string_equal(f.events[FIRINGS_KEPT - 1].event.name, "q");
}

static void test_event_kinds_have_names(void **state)
{
    (void)state;
    for (int a = 0; a < EVENT_KINDS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(event_kind_name((enum event_kind)a),
                                    event_kind_name((enum event_kind)b));
}

/* ---- sameness ---- */

static uint64_t fold(uint64_t trace, uint64_t number)
{
    return (trace ^ number) * UINT64_C(0x100000001b3);
}

/* All ids that a little scenario yields, in one number. */
static uint64_t trace_of(uint64_t seed)
{
    struct engine_config config = {.allocator = allocator_heap(),
                                   .limits = engine_limits_relaxed(),
                                   .seed = seed,
                                   .now_ms = 1000,
                                   .account = account_default()};
    struct engine *e = engine_new(&config);
    struct queue_attributes a = queue_attributes_default();
    struct queue *q;
    uint64_t id, trace = 0;
    assert_int_equal(engine_create_queue(e, bytes_of("q"), &a, NULL, &q), CMQ_OK);
    for (size_t i = 0; i < sizeof q->id; i++)
        trace = fold(trace, (unsigned char)q->id[i]);
    for (int i = 0; i < 10; i++) {
        struct bytes body = bytes_of("m");
        struct received got;
        assert_int_equal(engine_send(e, q, &body, 1, 0, &id), CMQ_OK);
        assert_int_equal(engine_receive(e, q, 1, 0, NULL, &got), CMQ_OK);
        trace = fold(fold(fold(trace, id), got.messages[0]->handle), engine_request_id(e));
    }
    engine_free(e);
    return trace;
}

static void test_same_seed_same_ids(void **state)
{
    (void)state;
    assert_true(trace_of(5) == trace_of(5));
    assert_true(trace_of(5) != trace_of(6));
}

static void test_engines_know_nothing_of_each_other(void **state)
{
    struct fixture *w = *state;
    static struct fixture other;
    fixture_open(&other, engine_limits_relaxed());
    struct queue *q = fixture_queue(w, "q");
    struct queue *p = fixture_queue(&other, "q");
    fixture_send(w, q, "m", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    assert_int_equal(engine_delete_message(other.engine, p, handle), CMQ_HANDLE_INVALID);
    fixture_pass(&other, 5000);
    assert_int_equal(engine_now_ms(w->engine), FIXTURE_START_MS);
    EXPECT_COUNTS("untouched", q, 0, 1, 0, 0);
    assert_true(fixture_close(&other));
}

/* ---- when there is no memory ---- */

/* A failed call leaves all counts as they were. */
struct census {
    size_t queues, messages, polls, pending;
};

static struct census census_of(const struct engine *e)
{
    struct census c = {.polls = engine_parked_count(e), .pending = engine_pending_count(e)};
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL; c.queues++)
        for (int s = 0; s < MESSAGE_STATES; s++)
            c.messages += queue_count(q, (enum message_state)s);
    return c;
}

static void expect_untouched(const struct engine *e, enum cmq_err err, struct census before)
{
    struct census after = census_of(e);
    engine_check(e);
    if (err == CMQ_INTERNAL)
        assert_memory_equal(&before, &after, sizeof before);
}

static struct queue *try_create(struct engine *e, const char *name,
                                const struct dead_letter_request *policy)
{
    struct census before = census_of(e);
    struct queue_attributes a = queue_attributes_default();
    struct queue *q = NULL;
    a.rewind_ms = 60000;
    enum cmq_err err = engine_create_queue(e, bytes_of(name), &a, policy, &q);
    expect_untouched(e, err, before);
    return err == CMQ_OK ? q : NULL;
}

static void try_send(struct engine *e, struct queue *q, size_t count, cmq_ms delay_ms)
{
    struct census before = census_of(e);
    struct bytes bodies[BATCH_MAX];
    uint64_t ids[BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        bodies[i] = bytes_of("body");
    enum cmq_err err = engine_send(e, q, bodies, count, delay_ms, ids);
    expect_untouched(e, err, before);
}

static void try_receive(struct engine *e, struct queue *q, cmq_ms wait_ms)
{
    struct census before = census_of(e);
    struct received got = {0};
    enum cmq_err err = engine_receive(e, q, 5, wait_ms, NULL, &got);
    expect_untouched(e, err, before);
    if (err == CMQ_OK)
        assert_int_equal(engine_delete_message(e, q, got.messages[0]->handle), CMQ_OK);
}

/* Where names cool, none may be free at once because there was no memory to keep it. */
static void try_delete(struct engine *e, struct queue *q)
{
    struct census before = census_of(e);
    struct queue_attributes a = queue_attributes_default();
    enum cmq_err err = engine_delete_queue(e, q);
    expect_untouched(e, err, before);
    if (err == CMQ_OK)
        assert_int_equal(engine_create_queue(e, bytes_of("q"), &a, NULL, &q), CMQ_NAME_COOLING);
}

static void try_advance(struct engine *e, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(e) + span_ms;
    while (!engine_advance(e, until_ms, NULL))
        for (struct parked_poll *p; (p = engine_take_released(e)) != NULL;)
            engine_free_poll(e, p);
    engine_check(e);
}

/* Something of everything that takes memory, as far as it gets. The many messages make the
 * table of handles grow. */
static void run_scenario(struct engine *e)
{
    struct queue *dead = try_create(e, "dead", NULL);
    struct dead_letter_request policy = fixture_by_receives("dead", 2);
    struct queue *q = try_create(e, "q", dead == NULL ? NULL : &policy);
    if (q == NULL)
        return;
    try_receive(e, q, 9000);
    try_send(e, q, BATCH_MAX, 0);
    try_send(e, q, 3, 5000);
    for (int i = 0; i < 6; i++) {
        try_send(e, q, BATCH_MAX, 0);
        try_receive(e, q, 0);
    }
    try_advance(e, 40000);
    try_receive(e, q, 0);
    try_advance(e, 40000);
    try_receive(e, q, 20000);
    try_advance(e, 10000);
    try_delete(e, q);
    try_create(e, "other", NULL);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    /* the scenario is no shorter than it should be */
    assert_in_range(fixture_starve(run_scenario, false), 100, 10000);
}

static void test_memory_may_end_at_every_allocation(void **state)
{
    (void)state;
    fixture_starve(run_scenario, true);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_empty_engine),
        TEST(test_created_queue),
        TEST(test_default_attributes),
        TEST(test_names),
        TEST(test_longest_name),
        TEST(test_walk_in_order_of_creation),
        TEST(test_too_many_queues),
        TEST(test_rewind_must_not_exceed_retention),
        TEST(test_set_queue_notes_the_change),
        TEST(test_delete_and_purge_take_all_messages),
        TEST(test_relaxed_names_are_free_at_once),
        TEST(test_strict_names_cool),
        TEST(test_restart_frees_names_and_may_go_back),
        TEST(test_next_event),
        TEST(test_eager_dead_letter_is_an_event),
        TEST(test_next_event_is_what_will_fire),
        TEST(test_firings),
        TEST(test_more_fire_than_are_kept),
        TEST(test_event_kinds_have_names),
        TEST(test_same_seed_same_ids),
        TEST(test_engines_know_nothing_of_each_other),
        TEST(test_every_allocation_may_fail),
        TEST(test_memory_may_end_at_every_allocation),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
