/* The life of a message: sending, receiving, deleting, retention, rewind, and the bounds. */
#include "engine/queue.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <string.h>

/* The same fixture with other limits; it must be empty. */
/* ---- sending ---- */

static void test_sent_message_is_active_at_once(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    uint64_t id = fixture_send(w, q, "hello", 0);
    EXPECT_COUNTS("sent", q, 1, 0, 0, 0);

    const struct message *m = fixture_receive(w, q);
    assert_true(m->id == id);
    assert_true(bytes_equal(message_body(m), bytes_of("hello")));
    assert_int_equal(m->sent_ms, FIXTURE_START_MS);
    assert_int_equal(m->dequeue_count, 1);
    assert_int_equal(m->first_dequeue_ms, FIXTURE_START_MS);
    EXPECT_COUNTS("received", q, 0, 1, 0, 0);
}

static void test_body_is_bytes(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct bytes body = {"a\0b\xff", 4};
    uint64_t id;
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_OK);
    assert_true(bytes_equal(message_body(fixture_receive(w, q)), body));
}

static void test_delay_ends_on_time(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "later", 5000);
    EXPECT_COUNTS("sent", q, 0, 0, 1, 0);
    fixture_pass(w, 4999);
    assert_null(fixture_receive(w, q));
    EXPECT_COUNTS("a tick early", q, 0, 0, 1, 0);
    fixture_pass(w, 1);
    EXPECT_COUNTS("on time", q, 1, 0, 0, 0);
    assert_int_equal(fixture_receive(w, q)->sent_ms, FIXTURE_START_MS); /* enqueueTime: 3.4 */
}

static void test_batch_keeps_its_order(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    static const char letters[BATCH_MAX + 1] = "abcdefghijklmnop";
    struct bytes bodies[BATCH_MAX];
    uint64_t ids[BATCH_MAX];
    for (size_t i = 0; i < BATCH_MAX; i++)
        bodies[i] = (struct bytes){&letters[i], 1};
    assert_int_equal(engine_send(w->engine, q, bodies, BATCH_MAX, 0, ids), CMQ_OK);

    struct received got;
    assert_int_equal(engine_receive(w->engine, q, BATCH_MAX, 0, NULL, &got), CMQ_OK);
    assert_int_equal(got.count, BATCH_MAX);
    for (size_t i = 0; i < BATCH_MAX; i++) {
        assert_true(got.messages[i]->id == ids[i]);
        assert_true(bytes_equal(message_body(got.messages[i]), bodies[i]));
    }
}

enum { HEAP_MAX = 4, BYTES_MAX = 3 * 1048576 };

/* All bodies of a row have one length; the queue holds one small message already. */
static const struct {
    const char *what;
    size_t count, body_len, max_msg_size, max_bytes;
    enum cmq_err err;
} sends[] = {
    {"longest body", 1, 300, 300, BYTES_MAX, CMQ_OK},
    {"body too long", 1, 301, 300, BYTES_MAX, CMQ_BODY_TOO_LONG},
    {"bodies of a batch too long", 2, 301, 300, BYTES_MAX, CMQ_BODY_TOO_LONG},
    {"fills the heap", 3, 10, 300, BYTES_MAX, CMQ_OK},
    {"one above the heap", 4, 10, 300, BYTES_MAX, CMQ_HEAP_FULL},
    {"batch of 1 MiB", 2, 524288, 1048576, BYTES_MAX, CMQ_OK},
    {"batch above 1 MiB", 2, 524289, 1048576, BYTES_MAX, CMQ_BATCH_TOO_LONG},
    {"single body of 1 MiB", 1, 1048576, 1048576, BYTES_MAX, CMQ_OK},
    {"body before batch", 2, 1048577, 1048576, BYTES_MAX, CMQ_BODY_TOO_LONG},
    {"batch before heap", 4, 524288, 1048576, BYTES_MAX, CMQ_BATCH_TOO_LONG},
    {"memory full", 1, 5000, 1048576, 5000, CMQ_MEMORY_FULL},
    {"heap before memory", 4, 5000, 1048576, 5000, CMQ_HEAP_FULL},
};

static void test_bounds_of_a_send(void **state)
{
    static char body[1048577];
    struct fixture *w = *state;
    memset(body, 'x', sizeof body);
    for (size_t i = 0; i < COUNT(sends); i++) {
        struct engine_limits limits = engine_limits_relaxed();
        limits.max_heap = HEAP_MAX;
        limits.max_bytes = sends[i].max_bytes;
        fixture_reopen(w, limits);
        struct queue_attributes a = queue_attributes_default();
        a.max_msg_size = sends[i].max_msg_size;
        struct queue *q = fixture_queue_with(w, "q", a);
        fixture_send(w, q, "x", 0);

        struct bytes bodies[BATCH_MAX];
        uint64_t ids[BATCH_MAX];
        for (size_t k = 0; k < BATCH_MAX; k++)
            bodies[k] = (struct bytes){body, sends[i].body_len};
        enum cmq_err err = engine_send(w->engine, q, bodies, sends[i].count, 0, ids);
        EXPECT_EQ(sends[i].what, err, sends[i].err);
        EXPECT_EQ(sends[i].what, queue_count(q, MESSAGE_ACTIVE),
                  1 + (err == CMQ_OK ? sends[i].count : 0));
    }
}

static void test_heap_counts_all_that_is_not_deleted(void **state)
{
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.max_heap = 3;
    a.rewind_ms = 60000;
    struct queue *q = fixture_queue_with(w, "q", a);
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "inactive", 0);
    fixture_receive(w, q);
    fixture_send(w, q, "active", 0);
    fixture_send(w, q, "delayed", 1000);
    EXPECT_COUNTS("one of each", q, 1, 1, 1, 1);

    struct bytes body = bytes_of("more");
    uint64_t id;
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_HEAP_FULL);
    assert_int_equal(engine_send(w->engine, q, &body, 1, 1000, &id), CMQ_HEAP_FULL);
    fixture_consume(w, q);
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_OK);
}

/* However messages leave, the room that they took is free again. */
static void test_memory_bound_is_given_back(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_bytes = 2 * (sizeof(struct message) + 5);
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    struct queue *other = fixture_queue(w, "other");
    struct bytes body = bytes_of("12345");
    uint64_t id;

    for (int round = 0; round < 4; round++) {
        fixture_send(w, q, "12345", 0);
        fixture_send(w, other, "12345", 0);
        assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_MEMORY_FULL);
        assert_int_equal(engine_send(w->engine, other, &body, 1, 0, &id), CMQ_MEMORY_FULL);
        if (round == 0)
            fixture_consume(w, q);
        else if (round == 1)
            engine_purge_queue(w->engine, q);
        else
            fixture_pass(w, q->attributes.retention_ms);
        if (round < 2)
            fixture_consume(w, other);
        EXPECT_COUNTS("all gone", q, 0, 0, 0, 0);
    }
    fixture_send(w, q, "12345", 0);
    fixture_receive(w, q);
    assert_int_equal(fixture_bind(w, q, fixture_by_receives("other", 1)), CMQ_OK);
    fixture_pass(w, q->attributes.visibility_ms);
    assert_null(fixture_receive(w, q)); /* moved: still counted, once */
    fixture_send(w, q, "12345", 0);
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_MEMORY_FULL);
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    fixture_send(w, other, "12345", 0);
}

/* ---- receiving and deleting ---- */

static void test_visibility_ends_on_time(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 0);
    fixture_pass(w, 2000);
    uint64_t first = fixture_receive(w, q)->handle;
    fixture_pass(w, 29999);
    assert_null(fixture_receive(w, q));
    fixture_pass(w, 1);
    /* void at once, although the message was not received again (queue-api 3.3) */
    assert_int_equal(engine_delete_message(w->engine, q, first), CMQ_HANDLE_INVALID);

    const struct message *m = fixture_receive(w, q);
    assert_non_null(m);
    assert_int_equal(m->dequeue_count, 2);
    assert_int_equal(m->first_dequeue_ms, FIXTURE_START_MS + 2000);
    assert_true(m->handle != first);
}

static void test_delete_a_tick_before_visibility_ends(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    fixture_pass(w, 29999);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);
    EXPECT_COUNTS("deleted", q, 0, 0, 0, 0);
    fixture_pass(w, 100000);
    assert_null(fixture_receive(w, q));
}

static void test_handle_works_once_and_in_its_queue(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct queue *other = fixture_queue(w, "other");
    uint64_t id = fixture_send(w, q, "m", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    assert_int_equal(engine_delete_message(w->engine, other, handle), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, q, handle + 1), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, q, id), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, q, 0), CMQ_HANDLE_INVALID);
    EXPECT_COUNTS("still there", q, 0, 1, 0, 0);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_HANDLE_INVALID);
}

static void test_superseded_handle_is_void(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 0);
    uint64_t old = fixture_receive(w, q)->handle;
    fixture_pass(w, 30000);
    uint64_t current = fixture_receive(w, q)->handle;
    assert_int_equal(engine_delete_message(w->engine, q, old), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, q, current), CMQ_OK);
}

/* 3.2: a later SetQueueAttributes does not move running timers */
static void test_visibility_is_read_at_the_receive(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "m", 0);
    fixture_receive(w, q);
    struct queue_attributes a = q->attributes;
    a.visibility_ms = 1000;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    fixture_pass(w, 29999);
    assert_null(fixture_receive(w, q));
    fixture_pass(w, 1);
    assert_non_null(fixture_receive(w, q));
    fixture_pass(w, 1000);
    assert_non_null(fixture_receive(w, q));
}

/* 3.8: in order of first becoming active; one that comes back is handed out before newer ones
 */
static void test_message_returns_to_its_place(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "late", 10000);
    fixture_send(w, q, "first", 0);
    fixture_pass(w, 5000);
    fixture_send(w, q, "second", 0);
    fixture_pass(w, 5000);
    fixture_send(w, q, "last", 0);

    struct received got;
    assert_int_equal(engine_receive(w->engine, q, 2, 0, NULL, &got), CMQ_OK);
    assert_true(bytes_equal(message_body(got.messages[0]), bytes_of("first")));
    fixture_pass(w, 30000);
    static const char *const order[] = {"first", "second", "late", "last", ""};
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(fixture_receive_body(w, q), order[i]);
}

/* 3.8: ties go by the order of sending */
static void test_delays_that_end_together_keep_order(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "a", 3000);
    fixture_pass(w, 1000);
    fixture_send(w, q, "b", 2000);
    fixture_pass(w, 1000);
    fixture_send(w, q, "c", 1000);
    fixture_pass(w, 1000);
    static const char *const order[] = {"a", "b", "c", ""};
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(fixture_receive_body(w, q), order[i]);
}

/* ---- retention ---- */

enum { RETENTION_MS = 60000 };

static struct queue *short_lived(struct fixture *w, cmq_ms rewind_ms)
{
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = RETENTION_MS;
    a.rewind_ms = rewind_ms;
    return fixture_queue_with(w, "q", a);
}

static void test_retention_ends_every_state(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, RETENTION_MS);
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "inactive", 0);
    fixture_send(w, q, "active", 0);
    fixture_send(w, q, "delayed", 3600000);
    fixture_pass(w, 40000);
    fixture_receive(w, q);
    fixture_pass(w, 19999);
    EXPECT_COUNTS("a tick early", q, 1, 1, 1, 1);
    fixture_pass(w, 1);
    EXPECT_COUNTS("on time", q, 0, 0, 0, 0);
    assert_int_equal(engine_pending_count(w->engine), 0);
}

/* A message of age R is gone, even when it would become active at that instant. */
static void test_retention_wins_a_tie(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 0);
    fixture_send(w, q, "delayed", RETENTION_MS);
    fixture_send(w, q, "inactive", 0);
    fixture_pass(w, 30000);
    fixture_receive(w, q);
    fixture_park(w, q, 1, BATCH_MAX, 30000);
    fixture_pass(w, 30000);
    assert_int_equal(fixture_next_release(w).outcome, CMQ_NO_MESSAGE);
    EXPECT_COUNTS("gone", q, 0, 0, 0, 0);
}

/* 3.9: consumed at most once */
static void test_visibility_beyond_retention(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 0);
    struct queue_attributes a = q->attributes;
    a.visibility_ms = RETENTION_MS + 1;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    fixture_send(w, q, "once", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    fixture_pass(w, RETENTION_MS);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_HANDLE_INVALID);
    fixture_pass(w, 10);
    assert_null(fixture_receive(w, q));
}

static const struct {
    const char *what;
    cmq_ms retention_ms, gone_after_ms;
} retentions[] = {
    {"unchanged", 60000, 60000},
    {"longer", 90000, 90000},
    {"shorter, still ahead", 30000, 30000},
    {"shorter, the present instant", 20000, 20000},
    {"shorter, already over", 10000, 20000},
};

/* 3.2: retention is read when it is evaluated, not at the send */
static void test_retention_changes_for_stored_messages(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(retentions); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct queue *q = short_lived(w, 0);
        fixture_send(w, q, "active", 0);
        fixture_send(w, q, "delayed", 3600000);
        fixture_pass(w, 20000);
        struct queue_attributes a = q->attributes;
        a.retention_ms = retentions[i].retention_ms;
        assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
        if (retentions[i].gone_after_ms > 20000) {
            fixture_pass(w, retentions[i].gone_after_ms - 20000 - 1);
            EXPECT_COUNTS(retentions[i].what, q, 1, 0, 1, 0);
            fixture_pass(w, 1);
        }
        fixture_pass(w, 0);
        EXPECT_COUNTS(retentions[i].what, q, 0, 0, 0, 0);
    }
}

/* ---- rewind ---- */

static int64_t second_of(cmq_ms after_start_ms)
{
    return (FIXTURE_START_MS + after_start_ms) / 1000;
}

static void test_worked_timeline(void **state)
{
    /* queue-api 3.10: V = 10, R = 60, W = 30 */
    struct fixture *w = *state;
    struct queue_attributes a = queue_attributes_default();
    a.visibility_ms = 10000;
    a.retention_ms = 60000;
    a.rewind_ms = 30000;
    struct queue *q = fixture_queue_with(w, "q", a);

    fixture_send(w, q, "m", 0);
    fixture_pass(w, 2000);
    uint64_t h1 = fixture_receive(w, q)->handle;
    fixture_pass(w, 3000);
    assert_null(fixture_receive(w, q));
    fixture_pass(w, 8000); /* 13 s */
    assert_int_equal(engine_delete_message(w->engine, q, h1), CMQ_HANDLE_INVALID);
    fixture_pass(w, 1000);
    uint64_t h2 = fixture_receive(w, q)->handle;
    fixture_pass(w, 2000); /* 16 s */
    assert_int_equal(engine_delete_message(w->engine, q, h1), CMQ_HANDLE_INVALID);
    assert_int_equal(engine_delete_message(w->engine, q, h2), CMQ_OK);
    EXPECT_COUNTS("16 s", q, 0, 0, 0, 1);
    fixture_pass(w, 4000); /* 20 s */
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_OK);
    EXPECT_COUNTS("20 s", q, 1, 0, 0, 0);
    fixture_pass(w, 1000);
    const struct message *m = fixture_receive(w, q);
    assert_int_equal(m->dequeue_count, 3);
    assert_int_equal(m->sent_ms, FIXTURE_START_MS);
    assert_int_equal(m->first_dequeue_ms, FIXTURE_START_MS + 2000);
    fixture_pass(w, 1000);
    assert_int_equal(engine_delete_message(w->engine, q, m->handle), CMQ_OK);
    fixture_pass(w, 9000); /* 31 s */
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_REWIND_TIME);
    EXPECT_COUNTS("31 s", q, 0, 0, 0, 0);
}

/* In the table the window is 30 s and 100 s have passed; the oldest message that is not
 * consumed was sent at 90 s. */
static const struct {
    const char *what;
    int64_t from_s;
    enum cmq_err relaxed, strict;
} rewinds[] = {
    {"before the window", 69, CMQ_REWIND_TIME, CMQ_REWIND_TIME},
    {"begin of the window", 70, CMQ_OK, CMQ_OK},
    {"inside", 80, CMQ_OK, CMQ_OK},
    {"begin of the backlog", 90, CMQ_OK, CMQ_OK},
    {"inside the backlog", 91, CMQ_OK, CMQ_REWIND_TIME},
    {"now", 100, CMQ_OK, CMQ_REWIND_TIME},
    {"in the future", 101, CMQ_REWIND_TIME, CMQ_REWIND_TIME},
    {"absurdly early", INT64_MIN / 2, CMQ_REWIND_TIME, CMQ_REWIND_TIME},
    {"absurdly late", INT64_MAX / 2, CMQ_REWIND_TIME, CMQ_REWIND_TIME},
};

static void expect_rewinds(struct fixture *w, struct engine_limits limits, bool strict)
{
    for (size_t i = 0; i < COUNT(rewinds); i++) {
        fixture_reopen(w, limits);
        struct queue_attributes a = queue_attributes_default();
        a.rewind_ms = 30000;
        struct queue *q = fixture_queue_with(w, "q", a);
        fixture_pass(w, 90000);
        fixture_send(w, q, "backlog", 0);
        fixture_pass(w, 10000);
        int64_t from_s = rewinds[i].from_s;
        if (from_s > INT64_MIN / 4 && from_s < INT64_MAX / 4)
            from_s += second_of(0);
        EXPECT_EQ(rewinds[i].what, engine_rewind(w->engine, q, from_s),
                  strict ? rewinds[i].strict : rewinds[i].relaxed);
    }
}

static void test_rewind_relaxed(void **state)
{
    expect_rewinds(*state, engine_limits_relaxed(), false);
}

static void test_rewind_strict(void **state)
{
    expect_rewinds(*state, engine_limits_strict(), true);
}

static void test_rewind_off(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    /* checked before the range */
    assert_int_equal(engine_rewind(w->engine, q, 0), CMQ_REWIND_OFF);
}

/* What the best-practice sample does right after creation. */
static void test_rewind_of_a_fresh_queue(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    struct queue *q = short_lived(w, 30000);
    assert_int_equal(engine_rewind(w->engine, q, second_of(0) - 20), CMQ_OK);
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_OK);
}

/* Only Active and Inactive messages count for minMsgTime (3.6). */
static void test_backlog_start(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    assert_int_equal(queue_backlog_start_ms(q), FIXTURE_START_MS);
    fixture_send(w, q, "delayed", 20000);
    fixture_pass(w, 1000);
    fixture_send(w, q, "consumed", 0);
    fixture_consume(w, q);
    fixture_pass(w, 1000);
    assert_int_equal(queue_backlog_start_ms(q), FIXTURE_START_MS + 2000);
    fixture_send(w, q, "inactive", 0);
    fixture_receive(w, q);
    fixture_pass(w, 1000);
    fixture_send(w, q, "active", 0);
    assert_int_equal(queue_backlog_start_ms(q), FIXTURE_START_MS + 2000);
    fixture_pass(w, 17000); /* the delay is over: the oldest by its time of sending */
    assert_int_equal(queue_backlog_start_ms(q), FIXTURE_START_MS);
}

static void test_rewound_messages_come_first_in_order_of_sending(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    static const char *const bodies[] = {"a", "b", "c"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        fixture_send(w, q, bodies[i], 0);
        fixture_pass(w, 1000);
    }
    for (size_t i = 0; i < COUNT(bodies); i++)
        fixture_consume(w, q);
    fixture_send(w, q, "new", 0);
    /* whole seconds are compared: "b" was sent within that second */
    assert_int_equal(engine_rewind(w->engine, q, second_of(1000)), CMQ_OK);
    EXPECT_COUNTS("rewound", q, 3, 0, 0, 1);
    static const char *const order[] = {"b", "c", "new", ""};
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(fixture_receive_body(w, q), order[i]);
}

/* The bound belongs to the range, to the millisecond. */
static void test_rewind_to_the_instant_of_sending(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    fixture_pass(w, 749);
    fixture_send(w, q, "a tick before the second", 0);
    fixture_pass(w, 1);
    fixture_send(w, q, "at the second", 0);
    fixture_consume(w, q);
    fixture_consume(w, q);
    assert_int_equal(engine_rewind(w->engine, q, second_of(750)), CMQ_OK);
    assert_string_equal(fixture_receive_body(w, q), "at the second");
    EXPECT_COUNTS("rewound", q, 0, 1, 0, 1);
}

static void test_rewind_leaves_other_states_alone(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "inactive", 0);
    uint64_t handle = fixture_receive(w, q)->handle;
    fixture_send(w, q, "delayed", 5000);
    fixture_pass(w, 1000);
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_OK);
    EXPECT_COUNTS("rewound", q, 1, 1, 1, 0);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);
}

/* A message of age W can still be rewound, a tick later it is gone; production time counts. */
static void test_rewind_window_ends(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    fixture_send(w, q, "m", 0);
    fixture_pass(w, 25000);
    fixture_consume(w, q);
    fixture_pass(w, 5000);
    EXPECT_COUNTS("of age W", q, 0, 0, 0, 1);
    fixture_pass(w, 1);
    EXPECT_COUNTS("a tick later", q, 0, 0, 0, 0);
}

static void test_deleted_after_the_window_is_gone(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    fixture_send(w, q, "m", 0);
    fixture_pass(w, 40000);
    fixture_consume(w, q);
    fixture_pass(w, 0);
    EXPECT_COUNTS("deleted", q, 0, 0, 0, 0);
}

/* 3.2, transition 10 */
static void test_rewind_turned_off(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, 30000);
    fixture_send(w, q, "deleted", 0);
    fixture_consume(w, q);
    fixture_send(w, q, "active", 0);
    struct queue_attributes a = q->attributes;
    a.rewind_ms = 0;
    assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    EXPECT_COUNTS("off", q, 1, 0, 0, 0);
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_REWIND_OFF);
    fixture_consume(w, q);
    EXPECT_COUNTS("deleted with rewind off", q, 0, 0, 0, 0);
}

static void test_rewind_does_not_prolong_retention(void **state)
{
    struct fixture *w = *state;
    struct queue *q = short_lived(w, RETENTION_MS);
    fixture_send(w, q, "m", 0);
    fixture_consume(w, q);
    fixture_pass(w, RETENTION_MS - 1);
    assert_int_equal(engine_rewind(w->engine, q, second_of(0)), CMQ_OK);
    EXPECT_COUNTS("rewound", q, 1, 0, 0, 0);
    fixture_pass(w, 1);
    EXPECT_COUNTS("expired", q, 0, 0, 0, 0);
}

/* ---- bounds on receiving ---- */

static enum cmq_err receive_err(struct fixture *w, struct queue *q)
{
    struct received got;
    return engine_receive(w->engine, q, 1, 0, NULL, &got);
}

static void test_too_many_delayed(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_delayed = 2;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "active", 0);
    fixture_send(w, q, "d", 1000);
    fixture_send(w, q, "d", 2000);
    fixture_send(w, q, "d", 2000);
    assert_int_equal(receive_err(w, q), CMQ_TOO_MANY_UNACKED);
    fixture_pass(w, 1000);
    assert_int_equal(receive_err(w, q), CMQ_OK); /* as many as the limit are allowed */
}

static void test_too_many_inactive(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_inactive = 2;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    for (int i = 0; i < 4; i++)
        fixture_send(w, q, "m", 0);
    struct received got;
    assert_int_equal(engine_receive(w->engine, q, BATCH_MAX, 0, NULL, &got), CMQ_OK);
    assert_int_equal(got.count, 2);
    uint64_t handle = got.messages[1]->handle;
    assert_int_equal(receive_err(w, q), CMQ_TOO_MANY_UNACKED);
    assert_int_equal(engine_delete_message(w->engine, q, handle), CMQ_OK);
    assert_int_equal(receive_err(w, q), CMQ_OK);
}

/* The fixture begins at a quarter of a second. */
static void test_send_rate(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = 3;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    struct queue *other = fixture_queue(w, "other");
    struct bytes two[] = {{"a", 1}, {"b", 1}};
    uint64_t ids[2];
    assert_int_equal(engine_send(w->engine, q, two, 2, 0, ids), CMQ_OK);
    assert_int_equal(engine_send(w->engine, q, two, 2, 0, ids), CMQ_DATA_RATE);
    assert_int_equal(engine_send(w->engine, q, two, 1, 0, ids), CMQ_OK);
    assert_int_equal(engine_send(w->engine, other, two, 2, 0, ids), CMQ_OK);
    fixture_pass(w, 749);
    assert_int_equal(engine_send(w->engine, q, two, 1, 0, ids), CMQ_DATA_RATE);
    fixture_pass(w, 1);
    assert_int_equal(engine_send(w->engine, q, two, 2, 0, ids), CMQ_OK);
    EXPECT_COUNTS("sent", q, 5, 0, 0, 0);
}

static void test_receive_rate(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.receive_rate = 2;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    for (int i = 0; i < 5; i++)
        fixture_send(w, q, "m", 0);
    assert_int_equal(receive_err(w, q), CMQ_OK);
    assert_int_equal(receive_err(w, q), CMQ_OK);
    assert_int_equal(receive_err(w, q), CMQ_DATA_RATE);
    fixture_pass(w, 749);
    assert_int_equal(receive_err(w, q), CMQ_DATA_RATE);
    fixture_pass(w, 1);
    assert_int_equal(receive_err(w, q), CMQ_OK);
}

static void test_receive_rate_bounds_a_batch(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    struct received got;
    limits.receive_rate = 3;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    for (int i = 0; i < 6; i++)
        fixture_send(w, q, "m", 0);
    assert_int_equal(receive_err(w, q), CMQ_OK);
    assert_int_equal(engine_receive(w->engine, q, BATCH_MAX, 0, NULL, &got), CMQ_OK);
    assert_int_equal(got.count, 2);
    EXPECT_COUNTS("the rest stays", q, 3, 3, 0, 0);
    assert_int_equal(engine_receive(w->engine, q, BATCH_MAX, 1000, NULL, &got), CMQ_DATA_RATE);
    fixture_pass(w, 750);
    assert_int_equal(engine_receive(w->engine, q, BATCH_MAX, 0, NULL, &got), CMQ_OK);
    assert_int_equal(got.count, 3);
}

static void test_delete_rate(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.delete_rate = 3;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    struct queue *other = fixture_queue(w, "other");
    assert_int_equal(engine_count_deletes(w->engine, q, 4), CMQ_DATA_RATE);
    assert_int_equal(engine_count_deletes(w->engine, q, 2), CMQ_OK);
    assert_int_equal(engine_count_deletes(w->engine, q, 2), CMQ_DATA_RATE);
    assert_int_equal(engine_count_deletes(w->engine, q, 1), CMQ_OK);
    assert_int_equal(engine_count_deletes(w->engine, other, 3), CMQ_OK);
    fixture_pass(w, 749);
    assert_int_equal(engine_count_deletes(w->engine, q, 1), CMQ_DATA_RATE);
    fixture_pass(w, 1);
    assert_int_equal(engine_count_deletes(w->engine, q, 3), CMQ_OK);
}

/* queue-api 1.6: rates are checked before what depends on the queue's state */
static void test_rates_come_first(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = limits.receive_rate = 2;
    limits.max_inactive = limits.max_heap = 2;
    fixture_reopen(w, limits);
    struct queue *q = fixture_queue(w, "q");
    struct bytes body = bytes_of("m");
    struct bytes long_body = {body.data, q->attributes.max_msg_size + 1};
    uint64_t id;
    fixture_send(w, q, "m", 0);
    fixture_send(w, q, "m", 0);
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_DATA_RATE);
    assert_int_equal(engine_send(w->engine, q, &long_body, 1, 0, &id), CMQ_DATA_RATE);
    fixture_receive(w, q);
    fixture_receive(w, q);
    assert_int_equal(receive_err(w, q), CMQ_DATA_RATE);
    fixture_pass(w, 750);
    assert_int_equal(engine_send(w->engine, q, &body, 1, 0, &id), CMQ_HEAP_FULL);
    assert_int_equal(receive_err(w, q), CMQ_TOO_MANY_UNACKED);
}

static void test_strict_limits_bound_what_relaxed_ones_do_not(void **state)
{
    (void)state;
    struct engine_limits relaxed = engine_limits_relaxed();
    struct engine_limits strict = engine_limits_strict();
    assert_int_equal(relaxed.max_delayed, 20000);
    assert_int_equal(strict.max_delayed, 20000);
    assert_int_equal(relaxed.send_rate, 0);
    assert_int_equal(strict.send_rate, 5000);
    assert_int_equal(strict.receive_rate, 5500);
    assert_int_equal(relaxed.delete_rate, 0);
    assert_int_equal(strict.delete_rate, 5500);
    assert_int_equal(relaxed.name_cooling_ms, 0);
    assert_int_equal(strict.name_cooling_ms, 30000);
    assert_false(relaxed.strict);
    assert_true(strict.strict);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_sent_message_is_active_at_once),
        TEST(test_body_is_bytes),
        TEST(test_delay_ends_on_time),
        TEST(test_batch_keeps_its_order),
        TEST(test_bounds_of_a_send),
        TEST(test_heap_counts_all_that_is_not_deleted),
        TEST(test_memory_bound_is_given_back),
        TEST(test_visibility_ends_on_time),
        TEST(test_delete_a_tick_before_visibility_ends),
        TEST(test_handle_works_once_and_in_its_queue),
        TEST(test_superseded_handle_is_void),
        TEST(test_visibility_is_read_at_the_receive),
        TEST(test_message_returns_to_its_place),
        TEST(test_delays_that_end_together_keep_order),
        TEST(test_retention_ends_every_state),
        TEST(test_retention_wins_a_tie),
        TEST(test_visibility_beyond_retention),
        TEST(test_retention_changes_for_stored_messages),
        TEST(test_worked_timeline),
        TEST(test_rewind_relaxed),
        TEST(test_rewind_strict),
        TEST(test_rewind_off),
        TEST(test_rewind_of_a_fresh_queue),
        TEST(test_backlog_start),
        TEST(test_rewound_messages_come_first_in_order_of_sending),
        TEST(test_rewind_to_the_instant_of_sending),
        TEST(test_rewind_leaves_other_states_alone),
        TEST(test_rewind_window_ends),
        TEST(test_deleted_after_the_window_is_gone),
        TEST(test_rewind_turned_off),
        TEST(test_rewind_does_not_prolong_retention),
        TEST(test_too_many_delayed),
        TEST(test_too_many_inactive),
        TEST(test_send_rate),
        TEST(test_receive_rate),
        TEST(test_receive_rate_bounds_a_batch),
        TEST(test_delete_rate),
        TEST(test_rates_come_first),
        TEST(test_strict_limits_bound_what_relaxed_ones_do_not),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
