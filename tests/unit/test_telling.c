/* What an engine tells of its messages: each thing once, at its instant, in the order in which it
 * happens, whatever the slices. */
#include "engine/telling.h"

#include "base/buffer.h"
#include "engine/engine.h"
#include "engine/engine_inside.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

/* ---- writing down what is told ---- */

enum { MESSAGES_MAX = 100 };

struct tale {
    struct fixture fixture;
    struct effort effort;
    uint64_t ids[MESSAGES_MAX]; /* messages are numbered as they appear */
    size_t count;
    struct buffer text;
};

static size_t number_of(struct tale *t, uint64_t id)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->ids[i] == id)
            return i + 1;
    assert_true(t->count < MESSAGES_MAX);
    t->ids[t->count++] = id;
    return t->count;
}

static void say(struct tale *t, const char *word, const char *more)
{
    buffer_append(&t->text, bytes_of(word));
    buffer_append(&t->text, bytes_of(more));
}

static void say_number(struct tale *t, const char *word, int64_t n)
{
    buffer_append(&t->text, bytes_of(word));
    buffer_append_int(&t->text, n);
}

static void say_delivery(struct tale *t, const struct telling *told)
{
    const struct delivery *d = told->delivery;
    say(t, " ", d->subscription->name);
    if (told->message != NULL) {
        say_number(t, " copy of ", (int64_t)number_of(t, d->publication->id));
    } else if (told->outcome != NULL) {
        say_number(t, " attempt ", d->attempts);
        say(t, " ", push_result_name(delivery_result(d, told->outcome)));
        if (told->copy_id != 0)
            say_number(t, " as ", (int64_t)number_of(t, told->copy_id));
    }
}

/* "500 received 1 in q until 30500" */
static void hear(void *context, const struct telling *told)
{
    struct tale *t = context;
    const struct message *m = told->message;
    const struct publication *p = told->publication;
    say_number(t, "", told->at_ms - FIXTURE_START_MS);
    say(t, " ", happening_name(told->what));
    assert_true((m != NULL) != (p != NULL));
    if (p != NULL) {
        say_number(t, " ", (int64_t)number_of(t, p->id));
        say(t, " in ", p->topic->name);
    } else if (m != NULL) {
        say_number(t, " ", (int64_t)number_of(t, m->id));
        say(t, " in ", m->queue->name);
        if (told->what == HAPPENED_RECEIVED || told->what == HAPPENED_DELAYED)
            say_number(t, " until ", m->wake.node.due_ms - FIXTURE_START_MS);
        if (told->what == HAPPENED_RECEIVED)
            assert_true(m->handle != 0);
    }
    if (told->source != NULL)
        say(t, " from ", told->source->name);
    if (told->delivery != NULL)
        say_delivery(t, told);
    say(t, told->is_last ? ", the last" : "", "\n");
}

/* ---- playing scenes ---- */

typedef void scene(struct tale *t);

/* Carry on what a command has left to be done. */
static void finish(struct tale *t)
{
    do
        effort_begin(&t->effort, t->effort.bound);
    while (!engine_finish(t->fixture.engine));
}

/* At the end of an instant, with a push that is to be taken. */
static bool has_push(const struct engine *e)
{
    return engine_has_offered(e) && engine_wake_ms(e) > engine_now_ms(e);
}

/* Let time pass, to the first push that is offered. */
static void pass(struct tale *t, cmq_ms span_ms)
{
    struct engine *e = t->fixture.engine;
    cmq_ms until_ms = engine_now_ms(e) + span_ms;
    do {
        effort_begin(&t->effort, t->effort.bound);
        fixture_collect(&t->fixture);
    } while (!engine_advance(e, until_ms, NULL) && !has_push(e));
    fixture_collect(&t->fixture);
}

static void attempt(struct tale *t, struct push_outcome outcome)
{
    effort_begin(&t->effort, t->effort.bound);
    fixture_make_attempt(&t->fixture, outcome);
}

static void begin(struct tale *t, size_t slice)
{
    *t = (struct tale){.effort = {.bound = slice}};
    fixture_open(&t->fixture, engine_limits_relaxed());
    t->fixture.engine->store.effort = &t->effort;
    t->fixture.engine->store.chronicler = (struct chronicler){hear, t};
}

static void play(scene *run, size_t slice, const char *want)
{
    struct tale t;
    begin(&t, slice);
    run(&t);
    buffer_append_char(&t.text, '\0');
    assert_false(t.text.failed);
    assert_string_equal(t.text.data, want);
    assert_true(fixture_close(&t.fixture)); /* of which nothing is told */
    assert_int_equal(strlen(t.text.data), strlen(want));
    buffer_free(&t.text);
}

static void expect(scene *run, const char *want)
{
    static const size_t slices[] = {0, 1, 2, 7};
    for (size_t i = 0; i < COUNT(slices); i++)
        play(run, slices[i], want);
}

static struct queue *queue_with_rewind(struct tale *t, const char *name)
{
    struct queue_attributes a = queue_attributes_default();
    a.rewind_ms = 60000;
    return fixture_queue_with(&t->fixture, name, a);
}

/* ---- messages ---- */

static void send_receive_delete(struct tale *t)
{
    struct queue *q = fixture_queue(&t->fixture, "q");
    fixture_send(&t->fixture, q, "a", 0);
    pass(t, 500);
    const struct message *m = fixture_receive(&t->fixture, q);
    pass(t, 500);
    assert_int_equal(engine_delete_message(t->fixture.engine, q, m->handle), CMQ_OK);
}

static void delay_and_return(struct tale *t)
{
    struct queue *q = fixture_queue(&t->fixture, "q");
    fixture_send(&t->fixture, q, "a", 2000);
    pass(t, 2000);
    fixture_receive(&t->fixture, q);
    pass(t, 30000);
    fixture_receive(&t->fixture, q);
}

static void rewind_some(struct tale *t)
{
    struct queue *q = queue_with_rewind(t, "q");
    struct engine *e = t->fixture.engine;
    for (int i = 0; i < 3; i++) {
        fixture_send(&t->fixture, q, "a", 0);
        fixture_consume(&t->fixture, q);
        pass(t, 1000);
    }
    assert_int_equal(engine_rewind(e, q, (FIXTURE_START_MS + 1000) / 1000), CMQ_OK);
    finish(t);
    pass(t, 60000);
}

static void forget_deleted(struct tale *t)
{
    struct queue *q = queue_with_rewind(t, "q");
    fixture_send(&t->fixture, q, "a", 0);
    fixture_consume(&t->fixture, q);
    struct queue_attributes a = q->attributes;
    a.rewind_ms = 0;
    assert_int_equal(engine_set_queue(t->fixture.engine, q, &a, NULL), CMQ_OK);
    finish(t);
}

static void purge_and_drop(struct tale *t)
{
    struct queue *q = fixture_queue(&t->fixture, "q");
    struct queue *r = fixture_queue(&t->fixture, "r");
    fixture_send(&t->fixture, q, "a", 0);
    fixture_send(&t->fixture, q, "b", 1000);
    fixture_receive(&t->fixture, q);
    fixture_send(&t->fixture, r, "c", 0);
    engine_purge_queue(t->fixture.engine, q);
    finish(t);
    assert_int_equal(engine_delete_queue(t->fixture.engine, r), CMQ_OK);
    finish(t);
}

static void expire(struct tale *t)
{
    struct queue_attributes a = queue_attributes_default();
    a.retention_ms = 60000;
    struct queue *q = fixture_queue_with(&t->fixture, "q", a);
    fixture_send(&t->fixture, q, "a", 0);
    fixture_send(&t->fixture, q, "b", 60000); /* it would wake at that very instant */
    pass(t, 60000);
}

static void poll(struct tale *t)
{
    struct queue *q = fixture_queue(&t->fixture, "q");
    fixture_park(&t->fixture, q, 1, 1, 30000);
    pass(t, 1000);
    fixture_send(&t->fixture, q, "a", 0);
    fixture_collect(&t->fixture);
}

static void test_messages(void **state)
{
    (void)state;
    expect(send_receive_delete, "0 sent 1 in q\n"
                                "500 received 1 in q until 30500\n"
                                "1000 deleted 1 in q, the last\n");
    expect(delay_and_return, "0 sent 1 in q\n"
                             "0 delayed 1 in q until 2000\n"
                             "2000 available 1 in q\n"
                             "2000 received 1 in q until 32000\n"
                             "32000 returned 1 in q\n"
                             "32000 received 1 in q until 62000\n");
    expect(rewind_some, "0 sent 1 in q\n"
                        "0 received 1 in q until 30000\n"
                        "0 deleted 1 in q\n"
                        "1000 sent 2 in q\n"
                        "1000 received 2 in q until 31000\n"
                        "1000 deleted 2 in q\n"
                        "2000 sent 3 in q\n"
                        "2000 received 3 in q until 32000\n"
                        "2000 deleted 3 in q\n"
                        "3000 rewound 3 in q\n"
                        "3000 rewound 2 in q\n"
                        "60001 expired 1 in q, the last\n");
    expect(forget_deleted, "0 sent 1 in q\n"
                           "0 received 1 in q until 30000\n"
                           "0 deleted 1 in q\n"
                           "0 purged 1 in q, the last\n");
    expect(purge_and_drop, "0 sent 1 in q\n"
                           "0 sent 2 in q\n"
                           "0 delayed 2 in q until 1000\n"
                           "0 received 1 in q until 30000\n"
                           "0 sent 3 in r\n"
                           "0 purged 2 in q, the last\n"
                           "0 purged 1 in q, the last\n"
                           "0 purged 3 in r, the last\n");
    expect(expire, "0 sent 1 in q\n"
                   "0 sent 2 in q\n"
                   "0 delayed 2 in q until 60000\n"
                   "60000 expired 1 in q, the last\n"
                   "60000 expired 2 in q, the last\n");
    expect(poll, "1000 sent 1 in q\n"
                 "1000 received 1 in q until 31000\n");
}

/* ---- dead letters ---- */

static void dead_letter_by_receives(struct tale *t)
{
    struct fixture *w = &t->fixture;
    struct queue *q = fixture_queue(w, "q");
    struct queue *dead = fixture_queue(w, "dead");
    assert_int_equal(fixture_bind(w, q, fixture_by_receives("dead", 1)), CMQ_OK);
    fixture_send(w, q, "a", 0);
    fixture_receive(w, q);
    pass(t, 30000);
    assert_null(fixture_receive(w, q));
    fixture_consume(w, dead);
}

/* A queue that is not the dead-letter queue of another any more may have one itself. */
static void dead_letter_chain(struct tale *t)
{
    struct fixture *w = &t->fixture;
    struct queue *a = fixture_queue(w, "a");
    struct queue *b = fixture_queue(w, "b");
    fixture_queue(w, "c");
    assert_int_equal(fixture_bind(w, a, fixture_by_age("b", 300000)), CMQ_OK);
    fixture_send(w, a, "x", 0);
    pass(t, 300000);
    assert_null(fixture_receive(w, a));
    assert_int_equal(engine_unbind_dead_letter(w->engine, a), CMQ_OK);
    finish(t);
    assert_int_equal(fixture_bind(w, b, fixture_by_age("c", 300000)), CMQ_OK);
    finish(t);
    pass(t, 300000);
    assert_null(fixture_receive(w, b));
}

static void test_dead_letters(void **state)
{
    (void)state;
    expect(dead_letter_by_receives, "0 sent 1 in q\n"
                                    "0 received 1 in q until 30000\n"
                                    "30000 returned 1 in q\n"
                                    "30000 dead-lettered 1 in dead from q\n"
                                    "30000 received 1 in dead until 60000\n"
                                    "30000 deleted 1 in dead, the last\n");
    expect(dead_letter_chain, "0 sent 1 in a\n"
                              "300000 dead-lettered 1 in b from a\n"
                              "600000 dead-lettered 1 in c from b\n");
}

/* ---- publications ---- */

static void to_queues(struct tale *t)
{
    struct fixture *w = &t->fixture;
    struct topic *topic = fixture_topic(w, "t");
    fixture_queue(w, "q");
    fixture_subscribe(w, topic, subscription_to_queue("s", "q"));
    fixture_subscribe(w, topic, subscription_to_queue("other", "missing"));
    fixture_publish(w, topic, "x");
    pass(t, 0);
}

static void over_http(struct tale *t)
{
    struct fixture *w = &t->fixture;
    struct topic *topic = fixture_topic(w, "t");
    fixture_subscribe(w, topic, subscription_to_http("s", EXPONENTIAL_DECAY_RETRY));
    fixture_publish(w, topic, "x");
    pass(t, 0);
    attempt(t, refused);
    pass(t, 1000);
    attempt(t, delivered);
}

static void publications_that_go(struct tale *t)
{
    struct fixture *w = &t->fixture;
    struct push_ticket ticket;
    struct topic *topic = fixture_topic(w, "t");
    struct subscription *s =
        fixture_subscribe(w, topic, subscription_to_http("s", BACKOFF_RETRY));
    fixture_subscribe(w, topic, subscription_to_http("r", BACKOFF_RETRY));
    fixture_publish(w, topic, "x");
    engine_unsubscribe(w->engine, s);
    finish(t);
    (void)engine_purge_topic(w->engine, topic);
    finish(t);
    fixture_publish(w, topic, "y");
    pass(t, 0);
    fixture_take_push(w, &ticket);
    pass(t, DAY_MS);
}

static void test_publications(void **state)
{
    (void)state;
    expect(to_queues, "0 published 1 in t\n"
                      "0 sent 2 in q s copy of 1\n"
                      "0 delivered 1 in t s attempt 1 delivered as 2\n"
                      "0 pushed 1 in t other attempt 1 failed\n");
    expect(over_http, "0 published 1 in t\n"
                      "0 pushed 1 in t s attempt 1 failed\n"
                      "1000 pushed 1 in t s attempt 2 delivered, the last\n");
    expect(publications_that_go, "0 published 1 in t\n"
                                 "0 purged 1 in t s\n"
                                 "0 purged 1 in t, the last\n"
                                 "0 published 2 in t\n"
                                 "86400000 expired 2 in t, the last\n");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(happening_name(HAPPENED_DEAD_LETTERED), "dead-lettered");
    for (int i = 0; i < HAPPENINGS; i++)
        assert_non_null(happening_name((enum happening)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_dead_letters),
        cmocka_unit_test(test_publications),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("telling", tests, NULL, NULL);
}
