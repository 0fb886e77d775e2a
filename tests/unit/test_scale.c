/* A jump over very much: two hundred thousand messages fall due, and a thousand polls wait
 * elsewhere. */
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

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

    /* and away with them, in slices */
    int slices = 0;
    while (!engine_free_some(e, 1000))
        slices++;
    assert_in_range(slices, MESSAGES / 1000, MESSAGES / 1000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_of_many_events_passes),
    };
    return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
