#include "tests/support/engine_fixture.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>

void fixture_open(struct fixture *w, struct engine_limits limits)
{
    *w = (struct fixture){.engine = NULL};
    struct engine_config config = {
        .allocator = engine_heap_allocator(&w->heap),
        .limits = limits,
        .seed = 1,
        .now_ms = FIXTURE_START_MS,
    };
    w->engine = engine_new(&config);
    assert_non_null(w->engine);
}

bool fixture_close(struct fixture *w)
{
    engine_check(w->engine);
    engine_free(w->engine);
    return w->heap.held == 0;
}

struct queue *fixture_queue_with(struct fixture *w, const char *name,
                                 struct queue_attributes attributes)
{
    struct queue *q = NULL;
    EXPECT_EQ(name, engine_create_queue(w->engine, bytes_of(name), &attributes, NULL, &q),
              CMQ_OK);
    return q;
}

struct queue *fixture_queue(struct fixture *w, const char *name)
{
    return fixture_queue_with(w, name, queue_attributes_default());
}

struct dead_letter_request fixture_by_receives(const char *target, uint32_t receives)
{
    return (struct dead_letter_request){
        .kind = DEAD_LETTER_BY_RECEIVES,
        .target_name = bytes_of(target),
        .max_receives = receives,
    };
}

struct dead_letter_request fixture_by_age(const char *target, cmq_ms max_age_ms)
{
    return (struct dead_letter_request){
        .kind = DEAD_LETTER_BY_AGE,
        .target_name = bytes_of(target),
        .max_age_ms = max_age_ms,
    };
}

enum cmq_err fixture_bind(struct fixture *w, struct queue *q, struct dead_letter_request policy)
{
    return engine_set_queue(w->engine, q, &q->attributes, &policy);
}

uint64_t fixture_send(struct fixture *w, struct queue *q, const char *body, cmq_ms delay_ms)
{
    struct bytes bytes = bytes_of(body);
    uint64_t id = 0;
    EXPECT_EQ(body, engine_send(w->engine, q, &bytes, 1, delay_ms, &id), CMQ_OK);
    return id;
}

const struct message *fixture_receive(struct fixture *w, struct queue *q)
{
    struct received got = {0};
    enum cmq_err err = engine_receive(w->engine, q, 1, 0, NULL, &got);
    if (err == CMQ_NO_MESSAGE)
        return NULL;
    EXPECT_EQ(q->name, err, CMQ_OK);
    EXPECT_EQ(q->name, got.count, 1);
    return got.messages[0];
}

const char *fixture_receive_body(struct fixture *w, struct queue *q)
{
    static char text[64];
    const struct message *m = fixture_receive(w, q);
    if (m == NULL)
        return "";
    snprintf(text, sizeof text, "%.*s", (int)m->body_len, m->body);
    return text;
}

void fixture_consume(struct fixture *w, struct queue *q)
{
    const struct message *m = fixture_receive(w, q);
    assert_non_null(m);
    EXPECT_EQ(q->name, engine_delete_message(w->engine, q, m->handle), CMQ_OK);
}

struct parked_poll *fixture_park(struct fixture *w, struct queue *q, int owner, size_t max,
                                 cmq_ms wait_ms)
{
    struct received got = {0};
    assert_in_range(owner, 1, FIXTURE_RELEASES - 1);
    w->owners[owner] = owner;
    EXPECT_EQ(q->name, engine_receive(w->engine, q, max, wait_ms, &w->owners[owner], &got),
              CMQ_WAITING);
    EXPECT_EQ(q->name, got.count, 0);
    return got.poll;
}

void fixture_collect(struct fixture *w)
{
    for (struct parked_poll *p; (p = engine_take_released(w->engine)) != NULL;) {
        assert_in_range(w->release_count, 0, FIXTURE_RELEASES - 1);
        struct release *to = &w->releases[w->release_count++];
        *to = (struct release){
            .owner = *(const int *)p->owner,
            .outcome = p->outcome,
            .at_ms = engine_now_ms(w->engine),
            .count = p->outcome == CMQ_OK ? p->count : 0,
        };
        for (size_t i = 0; i < to->count; i++)
            to->ids[i] = p->messages[i]->id;
        engine_free_poll(w->engine, p);
    }
}

void fixture_pass(struct fixture *w, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(w->engine) + span_ms;
    while (!engine_advance(w->engine, until_ms, NULL))
        fixture_collect(w);
    assert_true(engine_now_ms(w->engine) == until_ms);
    engine_check(w->engine);
}

struct release fixture_next_release(struct fixture *w)
{
    fixture_collect(w);
    if (w->releases_seen == w->release_count)
        return (struct release){0};
    return w->releases[w->releases_seen++];
}

int fixture_setup(void **state)
{
    static struct fixture w;
    fixture_open(&w, engine_limits_relaxed());
    *state = &w;
    return 0;
}

int fixture_teardown(void **state)
{
    return fixture_close(*state) ? 0 : -1;
}

void fixture_reopen(struct fixture *w, struct engine_limits limits)
{
    assert_true(fixture_close(w));
    fixture_open(w, limits);
}

/* False when the scenario asked fewer than n times. */
static bool fail_nth(void (*scenario)(struct engine *e), size_t n, bool all_from_there)
{
    struct engine_heap heap = {.fail_first = n, .fail_last = all_from_there ? SIZE_MAX : n};
    struct engine_config config = {engine_heap_allocator(&heap), engine_limits_strict(), 1,
                                   FIXTURE_START_MS};
    struct engine *e = engine_new(&config);
    if (e != NULL)
        scenario(e);
    engine_free(e);
    assert_int_equal(heap.held, 0);
    return heap.asked >= n;
}

size_t fixture_starve(void (*scenario)(struct engine *e), bool all_from_there)
{
    size_t n = 1;
    while (fail_nth(scenario, n, all_from_there))
        n++;
    return n;
}
