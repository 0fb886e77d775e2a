/* Very much at once: a jump over two hundred thousand messages, while a thousand polls wait
 * elsewhere; and pushes to an endpoint that answers, beside very many to one that hangs. */
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

enum { MESSAGES = 200000, POLLS = 1000, QUEUES = 10, HOUR_MS = 3600000 };

static struct engine *start(void)
{
    struct engine_config config = {
        .allocator = allocator_heap(),
        .limits = engine_limits_relaxed(),
        .seed = 1,
        .now_ms = 1893456000000,
    };
    config.limits.max_delayed = MESSAGES;
    struct engine *e = engine_new(&config);
    assert_non_null(e);
    return e;
}

static struct queue *make_queue(struct engine *e, const char *name)
{
    struct queue_attributes attributes = queue_attributes_default();
    struct queue *q;
    assert_int_equal(engine_create_queue(e, bytes_of(name), &attributes, NULL, &q), CMQ_OK);
    return q;
}

/* Delays spread over the hour, in no order; the last ends with it. */
static void send_delayed(struct engine *e, struct queue *q)
{
    const struct bytes body = {"x", 1};
    for (int i = 0; i < MESSAGES; i++) {
        uint64_t id;
        cmq_ms delay_ms = 1 + (cmq_ms)i * 7919 % HOUR_MS;
        assert_int_equal(engine_send(e, q, &body, 1, delay_ms, &id), CMQ_OK);
    }
}

static void park_polls(struct engine *e)
{
    for (int i = 0; i < POLLS; i++) {
        char name[16];
        struct received r;
        snprintf(name, sizeof name, "other-%d", i % QUEUES);
        struct queue *q = engine_find_queue(e, bytes_of(name));
        if (q == NULL)
            q = make_queue(e, name);
        cmq_ms wait_ms = 1 + i % 30000;
        assert_int_equal(engine_receive(e, q, 1, wait_ms, NULL, &r), CMQ_WAITING);
    }
}

static void an_hour_of_many_events_passes(void **state)
{
    static struct firings firings;
    struct engine *e = start();
    struct queue *q = make_queue(e, "delayed");
    int released = 0;
    (void)state;
    send_delayed(e, q);
    park_polls(e);
    assert_int_equal(engine_pending_count(e), 2 * MESSAGES + POLLS);

    cmq_ms until_ms = engine_now_ms(e) + HOUR_MS;
    for (bool arrived = false; !arrived;) {
        arrived = engine_advance(e, until_ms, &firings);
        for (struct parked_poll *p; (p = engine_take_released(e)) != NULL; released++) {
            assert_int_equal(p->outcome, CMQ_NO_MESSAGE);
            engine_free_poll(e, p);
        }
    }
    assert_int_equal(released, POLLS);
    assert_int_equal(firings.fired_by_kind[EVENT_DELAYED], MESSAGES);
    assert_int_equal(firings.fired_by_kind[EVENT_POLL_TIMEOUT], POLLS);
    assert_int_equal(queue_count(q, MESSAGE_ACTIVE), MESSAGES);
    assert_int_equal(engine_pending_count(e), MESSAGES); /* the ends of retention */
    engine_check(e);

    /* free them in slices */
    int slices = 0;
    while (!engine_free_some(e, 1000))
        slices++;
    assert_in_range(slices, MESSAGES / 1000, MESSAGES / 1000 + 1);
}

/* ---- pushes ---- */

enum { HANGING = 100000, ANSWERED = 5000 };

static struct topic *topic_for(struct engine *e, const char *name)
{
    struct topic *t;
    struct subscription *s;
    struct topic_request topic = {.filter_type = FILTER_BY_TAG, .max_msg_size = 65536};
    struct subscription_request request = {.name = bytes_of("s"),
                                           .endpoint = bytes_of("http://endpoint/"),
                                           .protocol = PROTOCOL_HTTP,
                                           .strategy = EXPONENTIAL_DECAY_RETRY};
    assert_int_equal(engine_create_topic(e, bytes_of(name), &topic, &t), CMQ_OK);
    assert_int_equal(engine_subscribe(e, t, &request, &s), CMQ_OK);
    return t;
}

/* Publish one message, and take the attempt that falls due at once. */
static void push(struct engine *e, struct topic *t, struct push_ticket *ticket)
{
    const struct bytes body = {"x", 1};
    struct routing none = {0};
    uint64_t id;
    assert_int_equal(engine_publish(e, t, &body, 1, &none, &id), CMQ_OK);
    assert_false(engine_advance(e, engine_now_ms(e), NULL));
    assert_non_null(engine_take_push(e, ticket));
}

/* Walking past what is in flight would take minutes here. */
static void outcomes_are_applied_beside_what_hangs(void **state)
{
    (void)state;
    static struct push_ticket tickets[HANGING];
    struct engine *e = start();
    struct topic *hangs = topic_for(e, "hangs");
    struct topic *answers = topic_for(e, "answers");
    for (size_t i = 0; i < HANGING; i++)
        push(e, hangs, &tickets[i]);

    clock_t begun = clock();
    for (int i = 0; i < ANSWERED; i++) {
        struct push_ticket ticket;
        push(e, answers, &ticket);
        engine_land_push(&ticket, &(struct push_outcome){.delivered = true, .status = 200});
        assert_int_equal(engine_end_pushes(e), 1);
    }
    assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < 0.5);
    assert_int_equal(engine_flight_count(e), HANGING);
    assert_int_equal(engine_push_count(e, PUSH_DELIVERED), ANSWERED);
    engine_check(e);
    engine_free(e);
    assert_null(tickets[0].flight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_of_many_events_passes),
        cmocka_unit_test(outcomes_are_applied_beside_what_hangs),
    };
    return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
