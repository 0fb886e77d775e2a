/* What lives keep of what an engine tells, and what they forget. */
#include "namespace/lives.h"

#include "engine/engine_inside.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

/* An engine whose lives are kept. */
struct world {
    struct fixture fixture;
    struct engine_heap heap;
    struct budget budget;
    struct lives lives;
    uint64_t push; /* number of the one that is told */
};

static void hear(void *context, const struct telling *t)
{
    struct world *w = context;
    lives_hear(&w->lives, t, w->push);
}

static void keep(struct world *w, size_t bound)
{
    lives_set_bound(&w->lives, bound);
    w->fixture.engine->store.chronicler =
        (struct chronicler){.hear = bound > 0 ? hear : NULL, .context = w};
}

static int setup(void **state)
{
    static struct world w;
    w = (struct world){.budget = {.most = SIZE_MAX}};
    struct allocator a = engine_heap_allocator(&w.heap);
    assert_true(lives_init(&w.lives, &a, &w.budget));
    fixture_open(&w.fixture, engine_limits_relaxed());
    keep(&w, 1000);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    bool closed = fixture_close(&w->fixture);
    lives_fini(&w->lives);
    return closed && w->heap.held == 0 && w->budget.used == 0 ? 0 : -1;
}

/* The events of a message from its first one that is kept; ends with HAPPENINGS. */
static void expect_life(struct world *w, uint64_t id, const enum happening *want)
{
    const struct life_event *e = lives_find(&w->lives, id);
    for (; e != NULL && e->older != NULL; e = e->older)
        assert_ptr_equal(e->older->newer, e);
    for (; *want != HAPPENINGS; want++, e = e->newer) {
        assert_non_null(e);
        if (e == NULL)
            return;
        assert_true(life_event_id(e) == id);
        assert_string_equal(happening_name(e->what), happening_name(*want));
        assert_int_equal(e->is_last && e->newer != NULL, 0);
    }
    assert_null(e);
}

#define EXPECT_LIFE(w, id, ...)                                                                \
    expect_life(w, id, (const enum happening[]){__VA_ARGS__, HAPPENINGS})

static void expect_text(const struct life_event *e, enum life_text which, const char *want)
{
    struct bytes text = life_event_text(e, which);
    if (!bytes_equal(text, bytes_of(want)))
        fail_msg("%.*s is not %s", (int)text.len, text.data, want);
}

static void test_a_life(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "orders");
    uint64_t id = fixture_send(&w->fixture, q, "a", 1000);
    uint64_t other = fixture_send(&w->fixture, q, "b", 0);
    fixture_pass(&w->fixture, 1000);
    fixture_consume(&w->fixture, q);
    const struct message *m = fixture_receive(&w->fixture, q);
    const struct life_event *e = lives_find(&w->lives, id);
    assert_true(e->at_ms == FIXTURE_START_MS + 1000);
    assert_true(e->visible_ms == e->at_ms + 30000);
    assert_true(e->handle == m->handle);
    assert_ptr_equal(e->message, m);
    assert_false(e->of_topic);
    expect_text(e, LIFE_PLACE, "orders");
    expect_text(e, LIFE_OTHER, "");
    EXPECT_LIFE(w, id, HAPPENED_SENT, HAPPENED_DELAYED, HAPPENED_AVAILABLE, HAPPENED_RECEIVED);
    EXPECT_LIFE(w, other, HAPPENED_SENT, HAPPENED_RECEIVED, HAPPENED_DELETED);
    assert_true(lives_find(&w->lives, other)->is_last);
    assert_null(lives_find(&w->lives, other)->message);
    assert_null(lives_find(&w->lives, 12345));
}

static void test_requests(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    lives_begin_request(&w->lives, 7, NULL);
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    lives_end_request(&w->lives);
    const struct life_event *sent = lives_find(&w->lives, id);
    assert_int_equal(sent->request, 7);
    lives_set_receiver(&w->lives, id, 5, 9); /* it was not received */
    assert_int_equal(sent->request, 7);
    uint64_t handle = fixture_receive(&w->fixture, q)->handle;
    const struct life_event *received = lives_find(&w->lives, id);
    assert_int_equal(received->request, 0);
    lives_set_receiver(&w->lives, id, handle + 1, 9); /* not so */
    assert_int_equal(received->request, 0);
    lives_set_receiver(&w->lives, id, handle, 9);
    assert_int_equal(received->request, 9);
    assert_int_equal(sent->request, 7);
    lives_set_receiver(&w->lives, 12345, handle, 10); /* nobody knows it */
}

static void test_dead_letters(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    fixture_queue(&w->fixture, "dead");
    assert_int_equal(fixture_bind(&w->fixture, q, fixture_by_age("dead", 300000)), CMQ_OK);
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    fixture_pass(&w->fixture, 300000);
    assert_null(fixture_receive(&w->fixture, q));
    const struct life_event *e = lives_find(&w->lives, id);
    expect_text(e, LIFE_PLACE, "q");
    expect_text(e, LIFE_OTHER, "dead");
    assert_string_equal(e->message->queue->name, "dead");
    EXPECT_LIFE(w, id, HAPPENED_SENT, HAPPENED_DEAD_LETTERED);
}

/* Dead letters that are to be moved, as many as there are ids; returns their queue. */
static struct queue *make_dead_letters(struct world *w, uint64_t *ids, size_t count)
{
    struct queue *q = fixture_queue(&w->fixture, "q");
    fixture_queue(&w->fixture, "dead");
    assert_int_equal(fixture_bind(&w->fixture, q, fixture_by_age("dead", 300000)), CMQ_OK);
    for (size_t i = 0; i < count; i++)
        ids[i] = fixture_send(&w->fixture, q, "a", 0);
    fixture_pass(&w->fixture, 300000);
    return q;
}

static void expect_mover(struct world *w, uint64_t id, uint64_t request)
{
    const struct life_event *e = lives_find(&w->lives, id);
    assert_int_equal(e->what, HAPPENED_DEAD_LETTERED);
    assert_int_equal(e->request, request);
}

/* Between its beginning and its answer others are answered, and have the number that it might have had. */
static void test_moves_of_one_that_is_put_off(void **state)
{
    struct world *w = *state;
    struct life_moves moves = {.place = 0}, others = {.place = 0};
    uint64_t ids[4];
    struct queue *q = make_dead_letters(w, ids, 4);
    lives_begin_request(&w->lives, 7, &moves);
    lives_put_off_request(&w->lives);
    queue_move_dead_letter(q, CONTAINER_OF(order_first(&q->active), struct message, place));
    queue_move_dead_letter(q, CONTAINER_OF(order_first(&q->active), struct message, place));
    lives_end_request(&w->lives);
    uint64_t sent = fixture_send(&w->fixture, q, "by none", 0);
    lives_answer_request(&w->lives, &others, 7);
    for (size_t i = 0; i < 2; i++)
        expect_mover(w, ids[i], 0);
    lives_begin_request(&w->lives, 8, &moves);
    fixture_receive(&w->fixture, q);
    lives_answer_request(&w->lives, &moves, 8);
    for (size_t i = 0; i < 4; i++)
        expect_mover(w, ids[i], 8);
    assert_int_equal(lives_find(&w->lives, sent)->request, 8); /* it was received */
    assert_int_equal(lives_find(&w->lives, sent)->older->request, 0);
    assert_int_equal(moves.place, 0);
    assert_null(w->lives.moves);
}

/* It has gone between two slices: what is left to be moved is moved all the same, by none. */
static void test_moves_of_one_that_has_gone(void **state)
{
    struct world *w = *state;
    struct life_moves moves = {.place = 0};
    uint64_t ids[2];
    struct queue *q = make_dead_letters(w, ids, 2);
    lives_begin_request(&w->lives, 7, &moves);
    lives_put_off_request(&w->lives);
    queue_move_dead_letter(q, CONTAINER_OF(order_first(&q->active), struct message, place));
    lives_disown(&w->lives, &moves);
    queue_move_dead_letter(q, CONTAINER_OF(order_first(&q->active), struct message, place));
    lives_answer_request(&w->lives, &moves, 9);
    expect_mover(w, ids[0], 0);
    expect_mover(w, ids[1], 0);
}

/* Those that are left have the number. */
static void test_moves_that_are_forgotten(void **state)
{
    struct world *w = *state;
    uint64_t ids[6];
    struct queue *q = make_dead_letters(w, ids, 6);
    for (size_t left = 0; left < 3; left++) {
        struct life_moves moves = {.place = 0};
        keep(w, 100);
        lives_begin_request(&w->lives, 7 + left, &moves);
        for (int i = 0; i < 2; i++)
            queue_move_dead_letter(
                q, CONTAINER_OF(order_first(&q->active), struct message, place));
        lives_put_off_request(&w->lives);
        lives_end_request(&w->lives);
        lives_set_bound(&w->lives, left);
        lives_answer_request(&w->lives, &moves, 7 + left);
        for (size_t i = 0; i < 2; i++) {
            if (i + left >= 2)
                expect_mover(w, ids[2 * left + i], 7 + left);
            else
                assert_null(lives_find(&w->lives, ids[2 * left + i]));
        }
    }
}

static void test_copies(void **state)
{
    struct world *w = *state;
    struct topic *t = fixture_topic(&w->fixture, "news");
    fixture_queue(&w->fixture, "inbox");
    fixture_subscribe(&w->fixture, t, subscription_to_queue("s", "inbox"));
    uint64_t id = fixture_publish(&w->fixture, t, "x");
    assert_ptr_equal(lives_find(&w->lives, id)->publication->topic, t);
    fixture_pass(&w->fixture, 0);
    EXPECT_LIFE(w, id, HAPPENED_PUBLISHED, HAPPENED_DELIVERED);
    const struct life_event *e = lives_find(&w->lives, id);
    assert_true(e->of_topic && e->is_last);
    assert_null(e->publication);
    assert_int_equal(e->attempt, 1);
    assert_int_equal(e->result, PUSH_DELIVERED);
    expect_text(e, LIFE_PLACE, "news");
    expect_text(e, LIFE_SUBSCRIPTION, "s");
    expect_text(e, LIFE_OTHER, "inbox");
    const struct life_event *copy = lives_find(&w->lives, e->other_id);
    assert_true(copy->other_id == id);
    expect_text(copy, LIFE_PLACE, "inbox");
    expect_text(copy, LIFE_SUBSCRIPTION, "s");
    expect_text(copy, LIFE_OTHER, "news");
    EXPECT_LIFE(w, e->other_id, HAPPENED_SENT);
}

static void test_pushes(void **state)
{
    struct world *w = *state;
    struct subscription *s = fixture_http_subscription(&w->fixture, BACKOFF_RETRY);
    uint64_t id = fixture_publish(&w->fixture, s->topic, "x");
    fixture_pass_to_offer(&w->fixture, 0);
    lives_begin_request(&w->lives, 3, NULL);
    w->push = 5;
    fixture_make_attempt(&w->fixture, refused);
    const struct life_event *e = lives_find(&w->lives, id);
    assert_false(e->is_last);
    assert_int_equal(e->request, 5);
    assert_int_equal(e->result, PUSH_FAILED);
    assert_int_equal(e->outcome.status, refused.status);
    expect_text(e, LIFE_SUBSCRIPTION, s->name);
    expect_text(e, LIFE_OTHER, "");
    engine_unsubscribe(w->fixture.engine, s);
    EXPECT_LIFE(w, id, HAPPENED_PUBLISHED, HAPPENED_PUSHED, HAPPENED_PURGED);
}

/* ---- forgetting ---- */

static void test_the_oldest_go(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    keep(w, 4);
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    fixture_receive(&w->fixture, q);
    fixture_send(&w->fixture, q, "b", 0);
    fixture_send(&w->fixture, q, "c", 0);
    EXPECT_LIFE(w, id, HAPPENED_SENT, HAPPENED_RECEIVED);
    fixture_send(&w->fixture, q, "d", 0);
    EXPECT_LIFE(w, id, HAPPENED_RECEIVED);
    fixture_send(&w->fixture, q, "e", 0);
    assert_null(lives_find(&w->lives, id));
    assert_int_equal(w->lives.count, 4);
    fixture_pass(&w->fixture, 30000);
    EXPECT_LIFE(w, id, HAPPENED_RETURNED);
}

static void test_one_message_fills_all(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    keep(w, 3);
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    for (int i = 0; i < 5; i++) {
        fixture_receive(&w->fixture, q);
        fixture_pass(&w->fixture, 30000);
    }
    EXPECT_LIFE(w, id, HAPPENED_RETURNED, HAPPENED_RECEIVED, HAPPENED_RETURNED);
}

static void test_fewer_are_kept(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    uint64_t id = 0;
    for (int i = 0; i < 20; i++)
        id = fixture_send(&w->fixture, q, "a", 0);
    keep(w, 2);
    assert_int_equal(w->lives.count, 2);
    EXPECT_LIFE(w, id, HAPPENED_SENT);
    keep(w, 0);
    assert_null(lives_find(&w->lives, id));
    assert_int_equal(w->budget.used, 0);
    fixture_send(&w->fixture, q, "a", 0);
    assert_int_equal(w->lives.count, 0);
    keep(w, 10);
    fixture_receive(&w->fixture, q);
    assert_int_equal(w->lives.count, 1);
    lives_forget(&w->lives);
    assert_int_equal(w->lives.count, 0);
    assert_int_equal(w->budget.used, 0);
}

/* One that was found is followed from then on, and its life says that it has no beginning. */
static void test_found(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    const struct message *m = lives_find(&w->lives, id)->message;
    lives_forget(&w->lives);
    lives_begin_request(&w->lives, 3, NULL);
    lives_add_found(&w->lives, m, NULL, FIXTURE_START_MS + 5);
    const struct life_event *found = lives_find(&w->lives, id);
    assert_true(found->what == LIFE_FOUND);
    assert_ptr_equal(found->message, m);
    assert_true(found->at_ms == FIXTURE_START_MS + 5);
    assert_int_equal(found->request, 0);
    fixture_receive(&w->fixture, q);
    assert_int_equal(lives_find(&w->lives, id)->what, HAPPENED_RECEIVED);
    assert_int_equal(lives_find(&w->lives, id)->request, 3);
    assert_ptr_equal(lives_find(&w->lives, id)->older, found);
}

/* Of ten thousand messages, and of the last of them. */
static void test_memory(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    keep(w, 100000);
    for (int i = 0; i < 10000; i++)
        fixture_send(&w->fixture, q, "a", 0);
    assert_int_equal(w->lives.count, 10000);
    assert_true(w->budget.used > 1000000 && w->budget.used < 2000000);
    engine_purge_queue(w->fixture.engine, q);
    assert_int_equal(w->lives.count, 20000);
    keep(w, 1000);
    assert_true(w->budget.used < 700000);
}

static void test_budget(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    uint64_t id = 0;
    w->budget.most = 20000;
    for (int i = 0; i < 1000; i++)
        id = fixture_send(&w->fixture, q, "a", 0);
    assert_true(w->budget.used > 10000 && w->budget.used <= 24000);
    assert_true(w->lives.count > 50);
    EXPECT_LIFE(w, id, HAPPENED_SENT);
    w->budget.most = 0; /* others have it all */
    for (int i = 0; i < 1000; i++)
        fixture_send(&w->fixture, q, "a", 0);
    assert_null(lives_find(&w->lives, id));
    assert_int_equal(w->lives.count, 0);
    assert_int_equal(w->budget.used, 0);
}

/* Where there is no memory for more, all is forgotten, so that no life has a gap. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    struct queue *q = fixture_queue(&w->fixture, "q");
    uint64_t id = fixture_send(&w->fixture, q, "a", 0);
    w->heap.fail_first = 1;
    w->heap.fail_last = SIZE_MAX;
    size_t most = 0;
    for (; w->lives.count > most; most++)
        fixture_send(&w->fixture, q, "a", 0);
    assert_in_range(most, 20, 60);
    assert_int_equal(w->lives.count, 0);
    assert_null(lives_find(&w->lives, id));
    w->heap.fail_last = 0;
    id = fixture_send(&w->fixture, q, "a", 0);
    EXPECT_LIFE(w, id, HAPPENED_SENT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_life),
        TEST(test_requests),
        TEST(test_dead_letters),
        TEST(test_moves_of_one_that_is_put_off),
        TEST(test_moves_of_one_that_has_gone),
        TEST(test_moves_that_are_forgotten),
        TEST(test_copies),
        TEST(test_pushes),
        TEST(test_the_oldest_go),
        TEST(test_one_message_fills_all),
        TEST(test_fewer_are_kept),
        TEST(test_found),
        TEST(test_memory),
        TEST(test_budget),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests_name("lives", tests, NULL, NULL);
}
