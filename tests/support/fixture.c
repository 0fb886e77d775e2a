#include "tests/support/fixture.h"

#include "tests/support/engine_expect.h"

#include <stdio.h>

static void open(struct fixture *w, struct engine_limits limits, uint64_t seed)
{
    *w = (struct fixture){.messages = {.most = SIZE_MAX}, .polls = {.most = SIZE_MAX}};
    assert_true(watches_init(&w->watches, engine_heap_allocator(&w->heap)));
    struct engine_config config = {
        .allocator = engine_heap_allocator(&w->heap),
        .limits = limits,
        .seed = seed,
        .now_ms = FIXTURE_START_MS,
        .account = account_default(),
        .messages = &w->messages,
        .polls = &w->polls,
        .watches = &w->watches,
    };
    w->engine = engine_new(&config);
    assert_non_null(w->engine);
}

void fixture_open(struct fixture *w, struct engine_limits limits)
{
    open(w, limits, 1);
}

bool fixture_close(struct fixture *w)
{
    engine_check(w->engine);
    engine_free(w->engine);
    watches_fini(&w->watches);
    return w->heap.held == 0 && w->messages.used == 0 && w->polls.used == 0;
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
    snprintf(text, sizeof text, "%.*s", (int)m->body_len, message_body(m).data);
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

void fixture_reopen_with_seed(struct fixture *w, uint64_t seed)
{
    assert_true(fixture_close(w));
    open(w, engine_limits_relaxed(), seed);
}

/* False when the scenario asked fewer than n times. */
static bool fail_nth(void (*scenario)(struct engine *e), size_t n, bool all_from_there)
{
    struct engine_heap heap = {.fail_first = n, .fail_last = all_from_there ? SIZE_MAX : n};
    struct budget messages = {.most = SIZE_MAX};
    struct budget polls = {.most = SIZE_MAX};
    struct engine_config config = {.allocator = engine_heap_allocator(&heap),
                                   .limits = engine_limits_strict(),
                                   .seed = 1,
                                   .now_ms = FIXTURE_START_MS,
                                   .account = account_default(),
                                   .messages = &messages,
                                   .polls = &polls};
    struct engine *e = engine_new(&config);
    if (e != NULL)
        scenario(e);
    engine_free(e);
    assert_int_equal(heap.held, 0);
    assert_int_equal(messages.used, 0);
    assert_int_equal(polls.used, 0);
    return heap.asked >= n;
}

size_t fixture_starve(void (*scenario)(struct engine *e), bool all_from_there)
{
    size_t n = 1;
    while (fail_nth(scenario, n, all_from_there))
        n++;
    return n;
}

/* ---- topics, subscriptions, pushes ---- */

struct topic *fixture_topic_with(struct fixture *w, const char *name, struct topic_request r)
{
    struct topic *t = NULL;
    EXPECT_EQ(name, engine_create_topic(w->engine, bytes_of(name), &r, &t), CMQ_OK);
    return t;
}

struct topic *fixture_topic(struct fixture *w, const char *name)
{
    return fixture_topic_with(
        w, name, (struct topic_request){.filter_type = FILTER_BY_TAG, .max_msg_size = 65536});
}

enum cmq_err fixture_try_topic(struct fixture *w, const char *name)
{
    struct topic_request request = {.filter_type = FILTER_BY_TAG, .max_msg_size = 65536};
    struct topic *t;
    return engine_create_topic(w->engine, bytes_of(name), &request, &t);
}

struct topic *fixture_find_topic(struct fixture *w, const char *name)
{
    return engine_find_topic(w->engine, bytes_of(name));
}

struct subscription_request subscription_to_http(const char *name,
                                                 enum notify_strategy strategy)
{
    return (struct subscription_request){.name = bytes_of(name),
                                         .endpoint = bytes_of("http://endpoint/"),
                                         .protocol = PROTOCOL_HTTP,
                                         .strategy = strategy,
                                         .format = FORMAT_JSON};
}

struct subscription_request subscription_to_queue(const char *name, const char *queue)
{
    return (struct subscription_request){.name = bytes_of(name),
                                         .endpoint = bytes_of(queue),
                                         .protocol = PROTOCOL_QUEUE,
                                         .strategy = EXPONENTIAL_DECAY_RETRY,
                                         .format = FORMAT_SIMPLIFIED};
}

struct subscription *fixture_subscribe(struct fixture *w, struct topic *t,
                                       struct subscription_request request)
{
    struct subscription *s = NULL;
    EXPECT_EQ("subscribe", engine_subscribe(w->engine, t, &request, &s), CMQ_OK);
    return s;
}

struct subscription *fixture_http_subscription(struct fixture *w, enum notify_strategy strategy)
{
    return fixture_subscribe(w, fixture_topic(w, "t"), subscription_to_http("s", strategy));
}

enum cmq_err fixture_try_publish(struct fixture *w, struct topic *t, const char *body,
                                 const struct routing *routing, uint64_t *id)
{
    struct bytes bytes = bytes_of(body);
    return engine_publish(w->engine, t, &bytes, 1, routing, id);
}

uint64_t fixture_publish(struct fixture *w, struct topic *t, const char *body)
{
    uint64_t id = 0;
    EXPECT_EQ(body, fixture_try_publish(w, t, body, &plain, &id), CMQ_OK);
    return id;
}

void fixture_publish_all(struct fixture *w, struct topic *t, uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = fixture_publish(w, t, "m");
}

void fixture_set_strategy(struct fixture *w, struct subscription *s,
                          enum notify_strategy strategy)
{
    struct subscription_request request = {
        .strategy = strategy, .format = s->format, .filter = *filter_texts(s->filter)};
    EXPECT_EQ(s->name, engine_set_subscription(w->engine, s, &request), CMQ_OK);
    engine_check(w->engine);
}

const struct delivery *fixture_delivery_at(const struct subscription *s, size_t place)
{
    const struct list_node *l = s->pending.next;
    while (place-- > 0 && l != &s->pending)
        l = l->next;
    assert_true(l != &s->pending);
    return CONTAINER_OF(l, const struct delivery, link);
}

cmq_ms fixture_since_start(cmq_ms at_ms)
{
    return at_ms - FIXTURE_START_MS;
}

cmq_ms fixture_since_start_now(struct fixture *w)
{
    return fixture_since_start(engine_now_ms(w->engine));
}

bool fixture_end_instant(struct fixture *w)
{
    bool done = engine_advance(w->engine, engine_now_ms(w->engine), NULL);
    fixture_collect(w);
    engine_check(w->engine);
    return done;
}

void fixture_pass_quietly(struct fixture *w, cmq_ms span_ms)
{
    assert_true(engine_advance(w->engine, engine_now_ms(w->engine) + span_ms, NULL));
    engine_check(w->engine);
}

void fixture_pass_to_offer(struct fixture *w, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(w->engine) + span_ms;
    assert_false(engine_advance(w->engine, until_ms, NULL));
    assert_true(engine_has_offered(w->engine));
    assert_true(engine_now_ms(w->engine) == until_ms);
    engine_check(w->engine);
}

const struct delivery *fixture_take_push(struct fixture *w, struct push_ticket *ticket)
{
    *ticket = (struct push_ticket){NULL};
    const struct delivery *d = engine_take_push(w->engine, ticket);
    assert_non_null(d);
    assert_ptr_equal(delivery_of_ticket(ticket), d);
    engine_check(w->engine);
    return d;
}

void fixture_land_push(struct fixture *w, struct push_ticket *ticket,
                       struct push_outcome outcome)
{
    engine_land_push(ticket, &outcome);
    engine_check(w->engine);
}

size_t fixture_end_pushes(struct fixture *w)
{
    size_t ended = engine_end_pushes(w->engine);
    engine_check(w->engine);
    return ended;
}

void fixture_make_attempt(struct fixture *w, struct push_outcome outcome)
{
    struct push_ticket ticket;
    fixture_take_push(w, &ticket);
    fixture_land_push(w, &ticket, outcome);
    assert_int_equal(fixture_end_pushes(w), 1);
}

static void note(struct attempts *a, struct fixture *w, const struct delivery *d)
{
    assert_in_range(a->count, 0, COUNT(a->made) - 1);
    a->made[a->count].after_ms = fixture_since_start_now(w);
    a->made[a->count].msg_id = d->publication->id;
    a->made[a->count].number = d->attempts;
    a->made[a->count++].subscription = d->subscription;
}

void fixture_play(struct fixture *w, cmq_ms span_ms, struct push_outcome answer,
                  struct attempts *seen)
{
    cmq_ms until_ms = engine_now_ms(w->engine) + span_ms;
    while (!engine_advance(w->engine, until_ms, NULL)) {
        fixture_collect(w);
        while (engine_has_offered(w->engine)) {
            struct push_ticket ticket;
            const struct delivery *d = fixture_take_push(w, &ticket);
            if (seen != NULL)
                note(seen, w, d);
            engine_land_push(&ticket, &answer);
        }
        fixture_end_pushes(w);
    }
    engine_check(w->engine);
}
