/* engine.c - the engine alone: no HTTP, no sockets, no clock of its own.
 *
 * Prints lines "name value". Rates are in messages a second. */
#include "engine/engine.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    MESSAGES = 1000000,
    STANDING = 1000000,
    BODY = 100,
    HOUR_MS = 3600000,
    PER_MS = 2000,     /* messages that come in one millisecond of the engine's time */
    EMPTY_MOVES = 1000 /* of fifteen days each; the timeline has room for them */
};

/* Milliseconds from one message's delay to the next one's, modulo an hour: the delays then end
 * in the order of sending, or in none, as those of many clients do. */
enum { IN_TURN = 3, MIXED = 7919 };

static const cmq_ms START_MS = 1767225600000; /* 2026-01-01 */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print(const char *name, double value)
{
    printf("%s %.3f\n", name, value);
}

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "engine: %s\n", what);
    exit(EXIT_FAILURE);
}

static struct engine *new_engine(void)
{
    struct engine_config config = {
        .allocator = allocator_heap(),
        .limits = engine_limits_relaxed(),
        .seed = 1,
        .now_ms = START_MS,
    };
    config.limits.max_bytes = (uint64_t)4 << 30;
    config.limits.max_delayed = MESSAGES;
    struct engine *e = engine_new(&config);
    must(e != NULL, "no memory");
    return e;
}

static struct queue *new_queue(struct engine *e)
{
    struct queue_attributes attributes = queue_attributes_default();
    struct queue *q;
    must(engine_create_queue(e, bytes_of("bench"), &attributes, NULL, &q) == CMQ_OK,
         "no queue");
    return q;
}

static void send_all(struct engine *e, struct queue *q, size_t count, cmq_ms step_ms)
{
    static const char text[BODY];
    const struct bytes body = {text, sizeof text};
    for (size_t i = 0; i < count; i++) {
        cmq_ms delay_ms = step_ms > 0 ? 1 + (cmq_ms)i * step_ms % HOUR_MS : 0;
        uint64_t id;
        must(engine_send(e, q, &body, 1, delay_ms, &id) == CMQ_OK, "send");
    }
}

static void receive_all(struct engine *e, struct queue *q, size_t count)
{
    struct received r;
    for (size_t i = 0; i < count; i++)
        must(engine_receive(e, q, 1, 0, NULL, &r) == CMQ_OK, "receive");
}

/* One message after another is sent, received and deleted. */
static double through_rate(size_t standing)
{
    static const char text[BODY];
    const struct bytes body = {text, sizeof text};
    struct engine *e = new_engine();
    struct queue *q = new_queue(e);
    send_all(e, q, standing, 0);

    double begun_s = now_s();
    for (size_t i = 0; i < MESSAGES; i++) {
        struct received r;
        uint64_t id;
        engine_advance(e, START_MS + (cmq_ms)(i / PER_MS), NULL);
        must(engine_send(e, q, &body, 1, 0, &id) == CMQ_OK, "send");
        must(engine_receive(e, q, 1, 0, NULL, &r) == CMQ_OK, "receive");
        must(engine_delete_message(e, q, r.messages[0]->handle) == CMQ_OK, "delete");
    }
    double took_s = now_s() - begun_s;
    engine_free(e);
    return (double)MESSAGES / took_s;
}

static double advance_ms(struct engine *e, cmq_ms by_ms)
{
    size_t pending = engine_pending_count(e);
    double begun_s = now_s();
    must(engine_advance(e, engine_now_ms(e) + by_ms, NULL), "advance");
    double took_s = now_s() - begun_s;
    must(pending == engine_pending_count(e) + MESSAGES, "not all events fired");
    return took_s * 1e3;
}

/* A million delays that end, spread over an hour; then as many visibility timeouts, all at
 * one instant. */
static void measure_due_events(cmq_ms step_ms, const char *delays, const char *visibility)
{
    struct engine *e = new_engine();
    struct queue *q = new_queue(e);
    send_all(e, q, MESSAGES, step_ms);
    print(delays, advance_ms(e, HOUR_MS));
    receive_all(e, q, MESSAGES);
    print(visibility, advance_ms(e, HOUR_MS));
    engine_free(e);
}

static void measure_empty_days(void)
{
    const cmq_ms days_ms = (cmq_ms)15 * 24 * HOUR_MS;
    struct engine *e = new_engine();
    (void)new_queue(e);
    double begun_s = now_s();
    for (int i = 0; i < EMPTY_MOVES; i++)
        must(engine_advance(e, engine_now_ms(e) + days_ms, NULL), "advance");
    print("advance_empty_us", (now_s() - begun_s) * 1e6 / (double)EMPTY_MOVES);
    engine_free(e);
}

static size_t taken(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

static double over_body(size_t before)
{
    return (double)(taken() - before) / (double)MESSAGES - (double)BODY;
}

static void measure_memory(void)
{
    struct engine *e = new_engine();
    struct queue *q = new_queue(e);
    size_t before = taken();
    send_all(e, q, MESSAGES, 0);
    print("bytes_active", over_body(before));
    receive_all(e, q, MESSAGES);
    print("bytes_inactive", over_body(before)); /* with the table of handles */
    engine_free(e);
}

int main(void)
{
    print("through_0", through_rate(0));
    print("through_standing", through_rate(STANDING));
    measure_due_events(IN_TURN, "delays_ms", "visibility_ms");
    measure_due_events(MIXED, "delays_mixed_ms", "visibility_mixed_ms");
    measure_empty_days();
    measure_memory();
    return 0;
}
