/* Receives in odd ways: empty ones, copies, and other messages than the first. */
#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdlib.h>

static enum cmq_err receive(struct fixture *w, struct queue *q, size_t max, cmq_ms wait_ms,
                            struct odd_receipt odd, struct received *out)
{
    enum cmq_err err =
        engine_receive_oddly(w->engine, q, max, wait_ms, &odd, &w->owners[1], out);
    w->owners[1] = 1;
    if (err != CMQ_OK)
        out->count = 0;
    engine_check(w->engine);
    return err;
}

static void test_an_empty_receive_changes_nothing(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    fixture_send(w, q, "m", 0);
    const struct odd_receipt empty = {.empty = true};
    assert_int_equal(receive(w, q, 1, 0, empty, &got), CMQ_NO_MESSAGE);
    assert_int_equal(receive(w, q, 1, 5000, empty, &got), CMQ_WAITING);
    assert_int_equal(q->poll_count, 0);
    fixture_pass(w, 4999);
    assert_int_equal(fixture_next_release(w).owner, 0);
    fixture_pass(w, 1);
    assert_int_equal(fixture_next_release(w).outcome, CMQ_NO_MESSAGE);
    EXPECT_COUNTS("untouched", q, 1, 0, 0, 0);
}

static void test_copies_are_left_behind(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    uint64_t id = fixture_send(w, q, "m", 0);
    fixture_send(w, q, "n", 0);
    assert_int_equal(receive(w, q, 1, 0, (struct odd_receipt){.copies = 2}, &got), CMQ_OK);
    assert_true(got.messages[0]->id == id);
    assert_int_equal(got.messages[0]->dequeue_count, 1);
    EXPECT_COUNTS("two copies", q, 3, 1, 0, 0);
    const struct message *copy = fixture_receive(w, q);
    assert_true(copy->id == id && copy->handle != got.messages[0]->handle);
    assert_int_equal(copy->dequeue_count, 2);
    assert_string_equal(fixture_receive_body(w, q), "n");
    assert_string_equal(fixture_receive_body(w, q), "m");
    assert_int_equal(engine_delete_message(w->engine, q, copy->handle), CMQ_OK);
    assert_int_equal(engine_delete_message(w->engine, q, got.messages[0]->handle), CMQ_OK);
    fixture_pass(w, 30000);
    EXPECT_COUNTS("one of each", q, 2, 0, 0, 0);
}

static void test_neither_a_copy_nor_its_message_is_copied_again(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    const struct odd_receipt twice = {.copies = 1};
    struct received got;
    fixture_send(w, q, "m", 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(receive(w, q, 1, 0, twice, &got), CMQ_OK);
    assert_int_equal(receive(w, q, 1, 0, twice, &got), CMQ_NO_MESSAGE);
    fixture_pass(w, 30000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(receive(w, q, 1, 0, twice, &got), CMQ_OK);
    assert_int_equal(receive(w, q, 1, 0, twice, &got), CMQ_NO_MESSAGE);
}

static void test_a_batch_does_not_get_its_own_copies(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    fixture_send(w, q, "m", 0);
    fixture_send(w, q, "n", 0);
    assert_int_equal(receive(w, q, BATCH_MAX, 0, (struct odd_receipt){.copies = 1}, &got),
                     CMQ_OK);
    assert_int_equal(got.count, 2);
    assert_string_equal(fixture_receive_body(w, q), "m");
    assert_string_equal(fixture_receive_body(w, q), "n");
}

/* The poll that is served first leaves it to the next one. */
static void test_a_poll_leaves_a_copy(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    assert_int_equal(receive(w, q, 1, 9000, (struct odd_receipt){.copies = 1}, &got),
                     CMQ_WAITING);
    fixture_park(w, q, 2, 1, 9000);
    uint64_t id = fixture_send(w, q, "m", 0);
    struct release first = fixture_next_release(w), second = fixture_next_release(w);
    assert_int_equal(first.owner, 1);
    assert_int_equal(second.owner, 2);
    assert_true(first.ids[0] == id && second.ids[0] == id);
}

static void test_without_memory_there_is_no_copy(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_bytes = 300;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    fixture_send(w, q, "m", 0);
    assert_int_equal(receive(w, q, 1, 0, (struct odd_receipt){.copies = 5}, &got), CMQ_OK);
    EXPECT_COUNTS("no copy", q, 0, 1, 0, 0);
}

static void test_a_long_body_is_shared(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    char body[BODY_SHARED_FROM + 1];
    memset(body, 'x', BODY_SHARED_FROM);
    body[BODY_SHARED_FROM] = '\0';
    fixture_send(w, q, body, 0);
    assert_int_equal(receive(w, q, 1, 0, (struct odd_receipt){.copies = 1}, &got), CMQ_OK);
    const struct message *copy = fixture_receive(w, q);
    assert_ptr_equal(message_blob(copy), message_blob(got.messages[0]));
    assert_int_equal(engine_delete_message(w->engine, q, got.messages[0]->handle), CMQ_OK);
    assert_int_equal(message_body(copy).data[BODY_SHARED_FROM - 1], 'x');
}

static void test_one_of_the_first(void **state)
{
    enum { SENT = 40, AMONG = 4 };
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    size_t moved = 0;
    uint64_t ids[SENT], last_place = 0;
    for (int i = 0; i < SENT; i++)
        ids[i] = fixture_send(w, q, "m", 0);
    for (uint64_t i = 0; i < SENT; i++) {
        struct received got;
        const struct odd_receipt odd = {.among = AMONG, .draw = i * 7919};
        uint64_t first = CONTAINER_OF(order_first(&q->active), struct message, place)->id;
        assert_int_equal(receive(w, q, 1, 0, odd, &got), CMQ_OK);
        moved += got.messages[0]->id != first;
        for (uint64_t place = 0; place < SENT; place++)
            if (ids[place] == got.messages[0]->id)
                last_place = place;
        assert_in_range(last_place, 0, i + AMONG - 1);
    }
    assert_in_range(moved, SENT / 3, SENT);
    assert_null(fixture_receive(w, q));
}

/* Those that it comes upon are moved, and it gets another one. */
static void test_dead_letters_are_not_chosen(void **state)
{
    struct fixture *w = *state;
    struct queue *dead = fixture_queue(w, "dead");
    struct queue *q = fixture_queue(w, "q");
    struct received got;
    assert_int_equal(fixture_bind(w, q, fixture_by_age("dead", 10000)), CMQ_OK);
    for (int i = 0; i < 8; i++)
        fixture_send(w, q, "old", 0);
    fixture_pass(w, 10000);
    fixture_send(w, q, "new", 0);
    const struct odd_receipt odd = {.among = 9, .draw = 1};
    assert_int_equal(receive(w, q, 1, 0, odd, &got), CMQ_OK);
    assert_true(bytes_equal(message_body(got.messages[0]), bytes_of("new")));
    assert_int_equal(receive(w, q, 1, 0, odd, &got), CMQ_NO_MESSAGE);
    EXPECT_COUNTS("moved", dead, 8, 0, 0, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_receive_changes_nothing),
        TEST(test_copies_are_left_behind),
        TEST(test_neither_a_copy_nor_its_message_is_copied_again),
        TEST(test_a_batch_does_not_get_its_own_copies),
        TEST(test_a_poll_leaves_a_copy),
        TEST(test_without_memory_there_is_no_copy),
        TEST(test_a_long_body_is_shared),
        TEST(test_one_of_the_first),
        TEST(test_dead_letters_are_not_chosen),
    };
#undef TEST
    return cmocka_run_group_tests_name("oddity", tests, NULL, NULL);
}
