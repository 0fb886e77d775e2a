/* The bracket around whatever is done with a namespace: what passes on entering and on leaving,
 * by the way in which it was entered; moves and waits in it. The test is the host: it counts
 * the polls that it is given, and takes the pushes. */
#include "namespace/namespace.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

/* When a namespace is made, in real time. */
#define REAL_MS ((cmq_ms)1600000000000)

enum { TICKETS_MAX = 8 };

/* Somebody who waits for a condition, for a move or for a turn. */
struct waiting {
    struct wait wait;
    struct watcher watcher;
    bool over;
    enum wait_end how;
};

struct bracketed {
    struct fixture w; /* its engine is that of the namespace */
    struct namespace_host host;
    struct namespace *ns;
    cmq_ms real_ms;
    size_t delivered; /* polls */
    cmq_ms delivered_ms;
    struct push_ticket tickets[TICKETS_MAX];
    size_t taken;
    struct waiting mover, other;
};

static void deliver(void *context, struct namespace *ns, struct parked_poll *p)
{
    struct bracketed *b = context;
    b->delivered++;
    b->delivered_ms = engine_now_ms(ns->engine);
    engine_free_poll(ns->engine, p);
}

static void push(void *context, struct namespace *ns)
{
    struct bracketed *b = context;
    while (engine_has_offered(ns->engine)) {
        assert_true(b->taken < TICKETS_MAX);
        assert_non_null(engine_take_push(ns->engine, &b->tickets[b->taken++]));
    }
}

static void end_wait(struct wait *w, enum wait_end how)
{
    struct waiting *waiting = CONTAINER_OF(w, struct waiting, wait);
    assert_false(waiting->over);
    waiting->over = true;
    waiting->how = how;
}

/* The clock stands at FIXTURE_START_MS. */
static int start(void **state)
{
    static struct bracketed b;
    b = (struct bracketed){.real_ms = REAL_MS};
    struct allocator allocator = engine_heap_allocator(&b.w.heap);
    b.host = (struct namespace_host){
        .allocator = allocator, .deliver = deliver, .push = push, .context = &b};
    b.host.wakes = wheel_new(&b.host.allocator, WHEEL_LEVELS, WHEEL_BITS, b.real_ms);
    assert_non_null(b.host.wakes);
    list_init(&b.host.busy);
    graveyard_init(&b.host.graveyard);
    budgets_init(&b.host.budgets);
    const struct namespace_spec spec = {.name = "n",
                                        .seed = 1,
                                        .limits = engine_limits_relaxed(),
                                        .mode = CLOCK_FROZEN,
                                        .has_at = true,
                                        .at_ms = FIXTURE_START_MS};
    b.ns = namespace_new(&b.host, &spec, b.real_ms);
    assert_non_null(b.ns);
    b.w.engine = b.ns->engine;
    b.mover.wait.end = b.other.wait.end = end_wait;
    *state = &b;
    return 0;
}

static int finish(void **state)
{
    struct bracketed *b = *state;
    engine_check(b->ns->engine);
    namespace_free(b->ns);
    wheel_free(b->host.wakes);
    return b->w.heap.held == 0 ? 0 : -1;
}

static void enter(struct bracketed *b, enum entry how)
{
    namespace_enter(b->ns, how, b->real_ms);
}

static void leave(struct bracketed *b)
{
    namespace_leave(b->ns);
    engine_check(b->ns->engine);
}

static cmq_ms since_start_ms(struct bracketed *b)
{
    return engine_now_ms(b->ns->engine) - FIXTURE_START_MS;
}

/* Something is due at this very instant. */
static bool is_within_instant(struct bracketed *b)
{
    return engine_wake_ms(b->ns->engine) <= engine_now_ms(b->ns->engine);
}

static void begin_advance(struct bracketed *b, cmq_ms by_ms)
{
    struct move *m = namespace_begin_move(b->ns, MOVE_TO, &b->mover.wait);
    assert_non_null(m);
    m->to_ms = m->from_ms + by_ms;
}

static void step(struct bracketed *b)
{
    enter(b, ENTER_TO_LOOK);
    struct move *m = namespace_begin_move(b->ns, MOVE_STEPS, &b->mover.wait);
    assert_non_null(m);
    m->events = 1;
    leave(b);
}

/* A queue with two messages whose delays have ended at one instant, of which a step has told
 * the first only. */
static struct queue *step_into_an_instant(struct bracketed *b)
{
    struct queue *q = fixture_queue(&b->w, "q");
    fixture_send(&b->w, q, "a", 1000);
    fixture_send(&b->w, q, "b", 1000);
    step(b);
    assert_int_equal(b->mover.how, WAIT_SATISFIED);
    assert_true(b->mover.over);
    EXPECT_COUNTS("stepped", q, 1, 0, 1, 0);
    return q;
}

static void test_only_calls_of_clients_complete_an_instant(void **state)
{
    static const struct {
        const char *what;
        enum entry how;
        bool completes;
    } cases[] = {
        {"to act", ENTER_TO_ACT, true},
        {"to look", ENTER_TO_LOOK, false},
        {"still", ENTER_STILL, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bracketed *b = *state;
        step_into_an_instant(b);
        enter(b, cases[i].how);
        EXPECT_EQ(cases[i].what, is_within_instant(b), !cases[i].completes);
        leave(b);
        EXPECT_EQ(cases[i].what, is_within_instant(b), !cases[i].completes);
        assert_int_equal(finish(state), 0);
        start(state);
    }
}

static void test_time_that_runs_passes_unless_somebody_has_gone(void **state)
{
    struct bracketed *b = *state;
    enter(b, ENTER_TO_LOOK);
    namespace_resume(b->ns);
    leave(b);
    static const struct {
        const char *what;
        enum entry how;
        cmq_ms after_ms;
    } cases[] = {
        {"still", ENTER_STILL, 0},
        {"to look", ENTER_TO_LOOK, 2000},
        {"still, again", ENTER_STILL, 2000},
        {"to act", ENTER_TO_ACT, 4000},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        b->real_ms += 1000;
        enter(b, cases[i].how);
        EXPECT_EQ(cases[i].what, since_start_ms(b), cases[i].after_ms);
        leave(b);
        EXPECT_EQ(cases[i].what, since_start_ms(b), cases[i].after_ms);
    }
}

static void test_what_falls_due_at_once_has_happened(void **state)
{
    struct bracketed *b = *state;
    struct subscription *s = fixture_http_subscription(&b->w, EXPONENTIAL_DECAY_RETRY);
    enter(b, ENTER_TO_ACT);
    fixture_publish(&b->w, s->topic, "m");
    leave(b);
    assert_int_equal(b->taken, 1);
    assert_false(is_within_instant(b));
}

/* Of brackets in each other the outermost counts: neither does the inner one settle, nor does
 * the way matter in which it was entered. */
static void test_inner_brackets_do_nothing(void **state)
{
    struct bracketed *b = *state;
    step_into_an_instant(b);
    b->mover.over = false;
    enter(b, ENTER_TO_LOOK);
    begin_advance(b, 10000);
    enter(b, ENTER_TO_ACT);
    assert_true(is_within_instant(b));
    leave(b);
    assert_true(is_within_instant(b));
    assert_false(b->mover.over);
    leave(b);
    assert_true(b->mover.over);
    assert_int_equal(since_start_ms(b), 11000);
}

/* A poll points at its messages, which may change as soon as time goes on. */
static void test_polls_are_delivered_at_their_instants(void **state)
{
    struct bracketed *b = *state;
    struct queue *q = fixture_queue(&b->w, "q");
    fixture_send(&b->w, q, "m", 4000);
    fixture_park(&b->w, q, 1, 1, 3000);
    fixture_park(&b->w, q, 2, 1, 9000);
    static const cmq_ms ends_ms[] = {3000, 4000};
    for (size_t i = 0; i < COUNT(ends_ms); i++) {
        enter(b, ENTER_TO_LOOK);
        b->mover.over = false;
        begin_advance(b, 3500);
        leave(b);
        assert_true(b->mover.over);
        assert_int_equal(b->delivered, i + 1);
        assert_int_equal(b->delivered_ms, FIXTURE_START_MS + ends_ms[i]);
    }
    fixture_park(&b->w, q, 3, 1, 9000);
    enter(b, ENTER_STILL);
    engine_end_all_polls(b->ns->engine, CMQ_NO_MESSAGE);
    leave(b);
    assert_int_equal(b->delivered, 3);
}

/* ---- waits ---- */

static int judged;

static bool has_active(const struct wait *w, const struct engine *e)
{
    (void)w;
    judged++;
    const struct queue *q = engine_find_queue(e, bytes_of("q"));
    return q != NULL && queue_count(q, MESSAGE_ACTIVE) > 0;
}

static void await(struct bracketed *b, struct waiting *w, const char *queue)
{
    assert_true(engine_watch_queue(b->ns->engine, bytes_of(queue), &w->watcher));
    w->watcher.owner = &w->wait;
    namespace_await(b->ns, &w->wait, has_active);
}

/* The message that becomes active on entering has expired when the move has arrived. */
static void test_conditions_are_judged_when_all_is_done(void **state)
{
    struct bracketed *b = *state;
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = 60000;
    struct queue *q = fixture_queue_with(&b->w, "q", a);
    fixture_send(&b->w, q, "m", 2000);
    enter(b, ENTER_TO_LOOK);
    namespace_resume(b->ns);
    await(b, &b->other, "q");
    leave(b);
    b->real_ms += 2000;
    enter(b, ENTER_TO_LOOK);
    EXPECT_COUNTS("on entering", q, 1, 0, 0, 0);
    begin_advance(b, 60000);
    leave(b);
    EXPECT_COUNTS("on leaving", q, 0, 0, 0, 0);
    assert_true(b->mover.over);
    assert_false(b->other.over);
    enter(b, ENTER_TO_ACT);
    fixture_send(&b->w, q, "n", 0);
    assert_false(b->other.over);
    leave(b);
    assert_true(b->other.over);
    assert_int_equal(b->other.how, WAIT_SATISFIED);
    watcher_end(&b->other.watcher);
}

/* How often they are depends on what happens to what they look at, and on nothing else. */
static void test_conditions_are_judged_when_they_may_have_become_true(void **state)
{
    struct bracketed *b = *state;
    struct queue *q = fixture_queue(&b->w, "q");
    struct queue *other = fixture_queue(&b->w, "other");
    judged = 0;
    enter(b, ENTER_TO_ACT);
    await(b, &b->other, "q");
    leave(b);
    assert_int_equal(judged, 1);
    for (int i = 0; i < 10; i++) {
        enter(b, ENTER_TO_ACT);
        fixture_send(&b->w, other, "m", 0);
        leave(b);
    }
    assert_int_equal(judged, 1);
    enter(b, ENTER_TO_ACT);
    for (int i = 0; i < 10; i++)
        fixture_send(&b->w, q, "m", 1000);
    leave(b);
    assert_int_equal(judged, 2);
    enter(b, ENTER_TO_LOOK);
    assert_true(namespace_reset(b->ns)); /* to the wall clock */
    leave(b);
    assert_int_equal(judged, 3);
    b->w.engine = b->ns->engine;
    enter(b, ENTER_TO_ACT);
    q = fixture_queue(&b->w, "q");
    leave(b);
    assert_int_equal(judged, 4);
    assert_false(b->other.over);
    enter(b, ENTER_TO_ACT);
    fixture_send(&b->w, q, "m", 0);
    leave(b);
    assert_int_equal(judged, 5);
    assert_true(b->other.over);
    watcher_end(&b->other.watcher);
    graveyard_reap(&b->host.graveyard, SIZE_MAX);
}

/* A wait that has been given up, and whose watcher is still there, is not judged. */
static void test_what_waits_no_longer_is_not_judged(void **state)
{
    struct bracketed *b = *state;
    struct queue *q = fixture_queue(&b->w, "q");
    enter(b, ENTER_TO_ACT);
    await(b, &b->other, "q");
    await(b, &b->mover, "q");
    leave(b);
    judged = 0;
    enter(b, ENTER_TO_ACT);
    namespace_forget_wait(b->ns, &b->other.wait);
    fixture_send(&b->w, q, "m", 1000);
    leave(b);
    assert_int_equal(judged, 1);
    enter(b, ENTER_TO_ACT);
    namespace_forget_wait(b->ns, &b->mover.wait);
    leave(b);
    assert_int_equal(b->ns->conditions.count, 0);
    watcher_end(&b->other.watcher);
    watcher_end(&b->mover.watcher);
}

/* ---- pushes ---- */

static void land(struct bracketed *b, struct push_outcome outcome)
{
    enter(b, ENTER_TO_LOOK);
    namespace_land(b->ns, &b->tickets[b->taken - 1], &outcome);
    leave(b);
}

/* With BACKOFF_RETRY the outcome of one message lets the next go. A step has ended within the
 * instant at which that outcome has come, so it is not applied yet. Who enters to act finds all
 * of that instant done: the outcome applied, and the next message on its way. */
static void test_what_outcomes_set_off_belongs_to_the_instant(void **state)
{
    struct bracketed *b = *state;
    struct subscription *s = fixture_http_subscription(&b->w, BACKOFF_RETRY);
    struct queue *q = fixture_queue(&b->w, "q");
    enter(b, ENTER_TO_ACT);
    fixture_publish(&b->w, s->topic, "first");
    fixture_publish(&b->w, s->topic, "second");
    leave(b);
    land(b, refused);
    struct event_view retry;
    assert_true(engine_next_event(b->ns->engine, &retry));
    fixture_send(&b->w, q, "m", retry.at_ms - engine_now_ms(b->ns->engine));
    step(b);
    assert_int_equal(b->taken, 2);
    land(b, delivered);
    assert_true(b->mover.over);
    EXPECT_COUNTS("within the instant", q, 0, 0, 1, 0);
    assert_int_equal(s->pending_count, 2);

    enter(b, ENTER_TO_ACT);
    EXPECT_COUNTS("the instant is complete", q, 1, 0, 0, 0);
    assert_int_equal(s->pending_count, 1);
    assert_int_equal(b->taken, 3);
    leave(b);
    land(b, delivered);
    assert_int_equal(s->pending_count, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(test_only_calls_of_clients_complete_an_instant),
        TEST(test_time_that_runs_passes_unless_somebody_has_gone),
        TEST(test_what_falls_due_at_once_has_happened),
        TEST(test_inner_brackets_do_nothing),
        TEST(test_polls_are_delivered_at_their_instants),
        TEST(test_conditions_are_judged_when_all_is_done),
        TEST(test_conditions_are_judged_when_they_may_have_become_true),
        TEST(test_what_waits_no_longer_is_not_judged),
        TEST(test_what_outcomes_set_off_belongs_to_the_instant),
    };
    return cmocka_run_group_tests_name("namespace", tests, NULL, NULL);
}
