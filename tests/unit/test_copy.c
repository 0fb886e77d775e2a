/* Copies of an engine: what the random model does not come by (tests/simulation copies, too). */
#include "engine/copy.h"

#include "engine/engine_inside.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <string.h>

enum { LONG_BODY = BODY_SHARED_FROM + 100 };

static struct engine_config config_of(struct fixture *w, struct effort *effort)
{
    return (struct engine_config){.allocator = engine_heap_allocator(&w->heap),
                                  .messages = &w->messages,
                                  .effort = effort};
}

static struct engine *copy_of(struct fixture *w)
{
    const struct engine_config config = config_of(w, NULL);
    struct engine_copy *c = engine_copy_begin(w->engine, &config);
    assert_non_null(c);
    assert_int_equal(engine_copy_some(c), CMQ_OK);
    struct engine *made = engine_copy_end(c);
    engine_check(made);
    return made;
}

/* Go on with the copy: the words of the fixture are about that then. */
static void go_on_with_copy(struct fixture *w)
{
    struct engine *made = copy_of(w);
    engine_free(w->engine);
    w->engine = made;
}

static const struct topic_request by_tag = {
    .filter_type = FILTER_BY_TAG, .max_msg_size = 65536, .trace = TRACE_OFF};

/* Something of everything. */
static void fill(struct fixture *w)
{
    char body[LONG_BODY + 1];
    const struct tag tag = {bytes_of("owner"), bytes_of("me")};
    struct tags *tags;
    struct queue_attributes a = queue_attributes_default();
    a.rewind_ms = 60000;
    struct queue *letters = fixture_queue(w, "letters");
    struct queue *q = fixture_queue_with(w, "q", a);
    assert_int_equal(fixture_bind(w, q, fixture_by_receives("letters", 2)), CMQ_OK);
    assert_int_equal(engine_make_tags(w->engine, &tag, 1, &tags), CMQ_OK);
    engine_tag_queue(w->engine, letters, tags);
    memset(body, 'b', LONG_BODY);
    body[LONG_BODY] = '\0';
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "inactive", 0);
    assert_non_null(fixture_receive(w, q));
    fixture_send(w, q, body, 0);
    fixture_send(w, q, "later", 5000);
    struct topic *t = fixture_topic_with(w, "t", by_tag);
    fixture_subscribe(w, t, subscription_to_http("s", BACKOFF_RETRY));
    fixture_subscribe(w, t, subscription_to_queue("to-q", "q"));
    fixture_publish(w, t, "waits");
    fixture_publish(w, t, body);
}

static void test_all_is_copied(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.name_cooling_ms = 20000;
    fixture_reopen(w, limits);
    fixture_queue(w, "gone");
    assert_int_equal(
        engine_delete_queue(w->engine, engine_find_queue(w->engine, bytes_of("gone"))), CMQ_OK);
    fill(w);
    struct engine *made = copy_of(w);
    struct queue *q = engine_find_queue(made, bytes_of("q"));
    const struct queue *letters = engine_find_queue(made, bytes_of("letters"));
    assert_non_null(q);
    EXPECT_COUNTS("the copy", q, 1, 1, 1, 1);
    assert_ptr_equal(q->dead_letter.target, letters);
    assert_int_equal(letters->source_count, 1);
    assert_non_null(tags_find(letters->tags, bytes_of("owner")));
    assert_int_equal(engine_pending_count(made), engine_pending_count(w->engine));
    assert_int_equal(made->store.bytes, w->engine->store.bytes);
    assert_true(cooling_has(&made->cooling, SCOPE_QUEUES, bytes_of("GONE")));
    assert_int_equal(engine_limits_of(made)->name_cooling_ms, 20000);
    assert_int_equal(engine_request_id(made), engine_request_id(w->engine));
    engine_free(made);
}

/* Blobs are shared: the copy takes the rest alone. */
static void test_long_bodies_are_shared(void **state)
{
    struct fixture *w = *state;
    static char body[60001];
    memset(body, 'b', sizeof body - 1);
    fixture_send(w, fixture_queue(w, "q"), body, 0);
    size_t one = w->messages.used;
    struct engine *made = copy_of(w);
    assert_true(w->messages.used - one < 2000);
    engine_free(made);
    assert_int_equal(w->messages.used, one);
}

static struct push_ticket tickets[3];

/* An attempt that is offered, in flight or has landed is made again, at once. */
static void test_pushes_under_way_are_due_again(void **state)
{
    static const char *const steps[] = {"offered", "in flight", "landed"};
    struct fixture *w = *state;
    for (size_t step = 0; step < COUNT(steps); step++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
        uint64_t id = fixture_publish(w, s->topic, "m");
        assert_false(fixture_end_instant(w));
        fixture_make_attempt(w, refused);
        fixture_pass_to_offer(w, fixture_delivery_at(s, 0)->next.node.due_ms -
                                     engine_now_ms(w->engine));
        if (step > 0)
            fixture_take_push(w, &tickets[0]);
        if (step > 1)
            fixture_land_push(w, &tickets[0], refused);
        uint64_t request_id = fixture_delivery_at(s, 0)->request_id;
        struct event_view next = {.attempt = 0};
        go_on_with_copy(w);
        EXPECT_EQ(steps[step], engine_next_event(w->engine, &next), true);
        EXPECT_EQ(steps[step], next.kind, EVENT_PUSH);
        EXPECT_EQ(steps[step], next.at_ms, engine_now_ms(w->engine));
        EXPECT_EQ(steps[step], next.attempt, 2);
        assert_false(fixture_end_instant(w));
        const struct delivery *d = fixture_take_push(w, &tickets[1]);
        EXPECT_EQ(steps[step], d->publication->id == id, true);
        EXPECT_EQ(steps[step], d->request_id == request_id, true);
        fixture_land_push(w, &tickets[1], delivered);
        EXPECT_EQ(steps[step], fixture_end_pushes(w), 1);
    }
}

/* A change of strategy has left several under way: all but the first wait for their turn. */
static void test_pushes_under_way_out_of_turn(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    uint64_t ids[3];
    fixture_publish_all(w, s->topic, ids, COUNT(ids));
    assert_false(fixture_end_instant(w));
    for (size_t i = 0; i < COUNT(ids); i++)
        fixture_take_push(w, &tickets[i]);
    fixture_set_strategy(w, s, BACKOFF_RETRY);
    go_on_with_copy(w);
    assert_int_equal(engine_pending_count(w->engine), 1 + COUNT(ids));
    assert_false(fixture_end_instant(w));
    fixture_make_attempt(w, delivered);
    assert_int_equal(engine_push_count(w->engine, PUSH_DELIVERED), 1);
}

/* Polls are no part of it; what they wait for then is. */
static void test_parked_polls_are_left_out(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "later", 5000);
    fixture_park(w, q, 1, 1, 9000);
    struct engine *made = copy_of(w);
    assert_int_equal(engine_parked_count(made), 0);
    assert_int_equal(engine_pending_count(made), engine_pending_count(w->engine) - 1);
    while (!engine_advance(made, FIXTURE_START_MS + 5000, NULL))
        continue;
    EXPECT_COUNTS("the copy", engine_find_queue(made, bytes_of("q")), 1, 0, 0, 0);
    engine_free(made);
    fixture_pass(w, 9000);
}

/* Eager checks of dead letters have timers of their own. */
static void test_eager_dead_letters(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.eager_dead_letter = true;
    fixture_reopen(w, limits);
    fixture_queue(w, "letters");
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "old", 0);
    assert_int_equal(fixture_bind(w, q, fixture_by_age("letters", 300000)), CMQ_OK);
    go_on_with_copy(w);
    fixture_pass(w, 300000);
    EXPECT_COUNTS("moved", engine_find_queue(w->engine, bytes_of("letters")), 1, 0, 0, 0);
}

/* Wherever a copy is given up, what was made is freed, all at once or in slices. */
static void test_given_up_anywhere(void **state)
{
    struct fixture *w = *state;
    fill(w);
    size_t before = w->messages.used;
    enum cmq_err err = CMQ_WAITING;
    for (size_t slices = 1; err != CMQ_OK; slices++) {
        struct effort effort;
        const struct engine_config config = config_of(w, &effort);
        struct engine_copy *c = engine_copy_begin(w->engine, &config);
        assert_non_null(c);
        for (size_t i = 0; i < slices; i++) {
            effort_begin(&effort, 1);
            err = engine_copy_some(c);
        }
        struct engine *made = engine_copy_end(c);
        if (slices % 2 == 0)
            engine_free(made);
        else
            while (!engine_free_some(made, 1))
                continue;
        assert_int_equal(w->messages.used, before);
    }
}

/* A copy for which the budget has no room goes on when there is some. */
static void test_the_budget_is_full(void **state)
{
    struct fixture *w = *state;
    fill(w);
    size_t whole = w->messages.used;
    size_t refused_times = 0;
    const struct engine_config config = config_of(w, NULL);
    struct engine_copy *c = engine_copy_begin(w->engine, &config);
    assert_non_null(c);
    w->messages.most = whole;
    for (enum cmq_err err; (err = engine_copy_some(c)) != CMQ_OK; refused_times++) {
        assert_int_equal(err, CMQ_MEMORY_FULL);
        w->messages.most += sizeof(struct queue) / 4;
    }
    assert_in_range(refused_times, 10, 100);
    struct engine *made = engine_copy_end(c);
    engine_check(made);
    engine_free(made);
    w->messages.most = SIZE_MAX;
}

static void copy_scarcely(struct engine *e)
{
    struct queue *q;
    struct queue_attributes a = queue_attributes_default();
    struct topic *t;
    struct subscription *s;
    struct subscription_request to_q = subscription_to_queue("s", "q");
    static char body[LONG_BODY];
    memset(body, 'b', sizeof body);
    const struct bytes bodies[] = {{body, sizeof body}, bytes_of("short")};
    const struct tag tag = {bytes_of("k"), bytes_of("v")};
    struct tags *tags;
    uint64_t ids[2];
    if (engine_create_queue(e, bytes_of("q"), &a, NULL, &q) != CMQ_OK)
        return;
    if (engine_make_tags(e, &tag, 1, &tags) == CMQ_OK)
        engine_tag_queue(e, q, tags);
    (void)engine_send(e, q, bodies, COUNT(bodies), 0, ids);
    if (engine_create_topic(e, bytes_of("t"), &by_tag, &t) == CMQ_OK &&
        engine_subscribe(e, t, &to_q, &s) == CMQ_OK)
        (void)engine_publish(e, t, bodies, COUNT(bodies), &plain, ids);

    const struct engine_config config = {.allocator = e->store.allocator};
    struct engine_copy *c = engine_copy_begin(e, &config);
    if (c == NULL)
        return;
    bool whole = false;
    for (int tries = 0; tries < 2 && !whole; tries++)
        whole = engine_copy_some(c) == CMQ_OK;
    struct engine *made = engine_copy_end(c);
    if (whole)
        engine_check(made);
    engine_free(made);
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_true(fixture_starve(copy_scarcely, false) > 20);
    assert_true(fixture_starve(copy_scarcely, true) > 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_all_is_copied),
        TEST(test_long_bodies_are_shared),
        TEST(test_pushes_under_way_are_due_again),
        TEST(test_pushes_under_way_out_of_turn),
        TEST(test_parked_polls_are_left_out),
        TEST(test_eager_dead_letters),
        TEST(test_given_up_anywhere),
        TEST(test_the_budget_is_full),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
