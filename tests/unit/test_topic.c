/* Topics on the engine alone: names, publishing, both strategies of retrying, changes under
 * way. Pushes over HTTP are played: a test takes their tickets and lands them. */
#include "engine/engine.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_world.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = TOPIC_RETENTION_MS, BACKOFF_ATTEMPTS = 4, DECAY_ATTEMPTS = 177 };

static void reopen_with_seed(struct world *w, uint64_t seed)
{
    assert_true(world_close(w));
    *w = (struct world){.engine = NULL};
    struct engine_config config = {engine_heap_allocator(&w->heap), engine_limits_relaxed(),
                                   seed, WORLD_START_MS};
    w->engine = engine_new(&config);
    assert_non_null(w->engine);
}

/* ---- short words ---- */

static const struct routing plain; /* neither tags nor a key */

static const struct push_outcome delivered = {.delivered = true, .status = 200};
static const struct push_outcome refused = {.status = 503};
static const struct push_outcome unheard = {.error = "no answer"};

static struct topic *topic_with(struct world *w, const char *name, struct topic_request r)
{
    struct topic *t = NULL;
    EXPECT_EQ(name, engine_create_topic(w->engine, bytes_of(name), &r, &t), CMQ_OK);
    return t;
}

static struct topic *topic(struct world *w, const char *name)
{
    return topic_with(w, name, (struct topic_request){FILTER_BY_TAG, 65536});
}

static enum cmq_err create(struct world *w, const char *name)
{
    struct topic_request request = {FILTER_BY_TAG, 65536};
    struct topic *t;
    return engine_create_topic(w->engine, bytes_of(name), &request, &t);
}

static struct topic *find(struct world *w, const char *name)
{
    return engine_find_topic(w->engine, bytes_of(name));
}

static struct subscription_request to_http(const char *name, enum notify_strategy strategy)
{
    return (struct subscription_request){.name = bytes_of(name),
                                         .endpoint = bytes_of("http://endpoint/"),
                                         .protocol = PROTOCOL_HTTP,
                                         .strategy = strategy,
                                         .format = FORMAT_JSON};
}

static struct subscription_request to_queue(const char *name, const char *queue)
{
    return (struct subscription_request){.name = bytes_of(name),
                                         .endpoint = bytes_of(queue),
                                         .protocol = PROTOCOL_QUEUE,
                                         .strategy = EXPONENTIAL_DECAY_RETRY,
                                         .format = FORMAT_SIMPLIFIED};
}

static struct subscription *subscribe(struct world *w, struct topic *t,
                                      struct subscription_request request)
{
    struct subscription *s = NULL;
    EXPECT_EQ("subscribe", engine_subscribe(w->engine, t, &request, &s), CMQ_OK);
    return s;
}

/* A topic whose one subscription is of this strategy, over HTTP. */
static struct subscription *http_subscription(struct world *w, enum notify_strategy strategy)
{
    return subscribe(w, topic(w, "t"), to_http("s", strategy));
}

static enum cmq_err try_publish(struct world *w, struct topic *t, const char *body,
                                const struct routing *routing, uint64_t *id)
{
    struct bytes bytes = bytes_of(body);
    return engine_publish(w->engine, t, &bytes, 1, routing, id);
}

static uint64_t publish(struct world *w, struct topic *t, const char *body)
{
    uint64_t id = 0;
    EXPECT_EQ(body, try_publish(w, t, body, &plain, &id), CMQ_OK);
    return id;
}

static void publish_all(struct world *w, struct topic *t, uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = publish(w, t, "m");
}

static void set_strategy(struct world *w, struct subscription *s, enum notify_strategy strategy)
{
    struct subscription_request request = {
        .strategy = strategy, .format = s->format, .filter = *filter_texts(s->filter)};
    EXPECT_EQ(s->name, engine_set_subscription(w->engine, s, &request), CMQ_OK);
    engine_check(w->engine);
}

static const struct delivery *delivery_at(const struct subscription *s, size_t place)
{
    const struct list_node *l = s->pending.next;
    while (place-- > 0 && l != &s->pending)
        l = l->next;
    assert_true(l != &s->pending);
    return CONTAINER_OF(l, const struct delivery, link);
}

static cmq_ms since_start(cmq_ms at_ms)
{
    return at_ms - WORLD_START_MS;
}

static cmq_ms now_of(struct world *w)
{
    return since_start(engine_now_ms(w->engine));
}

/* Fire what is due at this instant. */
static bool settle(struct world *w)
{
    bool done = engine_advance(w->engine, engine_now_ms(w->engine), NULL);
    world_collect(w);
    engine_check(w->engine);
    return done;
}

/* Let time pass; nothing may be offered on the way. */
static void pass(struct world *w, cmq_ms span_ms)
{
    assert_true(engine_advance(w->engine, engine_now_ms(w->engine) + span_ms, NULL));
    engine_check(w->engine);
}

/* Let time pass until an attempt is offered, which it must be at just this instant. */
static void pass_to_offer(struct world *w, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(w->engine) + span_ms;
    assert_false(engine_advance(w->engine, until_ms, NULL));
    assert_true(engine_has_offered(w->engine));
    assert_true(engine_now_ms(w->engine) == until_ms);
    engine_check(w->engine);
}

static const struct delivery *take(struct world *w, struct push_ticket *ticket)
{
    *ticket = (struct push_ticket){NULL};
    const struct delivery *d = engine_take_push(w->engine, ticket);
    assert_non_null(d);
    assert_ptr_equal(ticket->delivery, d);
    engine_check(w->engine);
    return d;
}

static void land(struct world *w, struct push_ticket *ticket, struct push_outcome outcome)
{
    engine_land_push(ticket, &outcome);
    engine_check(w->engine);
}

static size_t end_all(struct world *w)
{
    size_t ended = engine_end_pushes(w->engine, NULL);
    engine_check(w->engine);
    return ended;
}

/* Make the next attempt, at once. */
static void make_attempt(struct world *w, struct push_outcome outcome)
{
    struct push_ticket ticket;
    take(w, &ticket);
    land(w, &ticket, outcome);
    assert_int_equal(end_all(w), 1);
}

/* Attempts over HTTP as an endpoint sees them. */
struct attempts {
    size_t count;
    struct {
        cmq_ms after_ms; /* the start */
        uint64_t msg_id;
        uint32_t number;
        const struct subscription *subscription;
    } made[1000];
};

static void note(struct attempts *a, struct world *w, const struct delivery *d)
{
    assert_in_range(a->count, 0, COUNT(a->made) - 1);
    a->made[a->count].after_ms = now_of(w);
    a->made[a->count].msg_id = d->publication->id;
    a->made[a->count].number = d->attempts;
    a->made[a->count++].subscription = d->subscription;
}

/* Let time pass; all endpoints answer at once, and always the same. */
static void play(struct world *w, cmq_ms span_ms, struct push_outcome answer,
                 struct attempts *seen)
{
    cmq_ms until_ms = engine_now_ms(w->engine) + span_ms;
    while (!engine_advance(w->engine, until_ms, NULL)) {
        world_collect(w);
        while (engine_has_offered(w->engine)) {
            struct push_ticket ticket;
            const struct delivery *d = take(w, &ticket);
            if (seen != NULL)
                note(seen, w, d);
            engine_land_push(&ticket, &answer);
        }
        end_all(w);
    }
    engine_check(w->engine);
}

/* ---- topics and their names ---- */

static void test_created_topic(void **state)
{
    struct world *w = *state;
    pass(w, 1000);
    struct topic *t = topic_with(w, "Feed-1", (struct topic_request){FILTER_BY_KEY, 1024});
    assert_false(engine_empty(w->engine));
    assert_string_equal(t->name, "Feed-1");
    assert_memory_equal(t->id, "topic-", 6);
    assert_int_equal(strlen(t->id), 14);
    assert_int_equal(t->filter_type, FILTER_BY_KEY);
    assert_int_equal(t->max_msg_size, 1024);
    assert_int_equal(since_start(t->created_ms), 1000);
    assert_int_equal(since_start(t->modified_ms), 1000);
    assert_int_equal(t->subscription_count, 0);
    assert_int_equal(t->publication_count, 0);
    pass(w, 500);
    engine_set_topic(w->engine, t, 2048);
    assert_int_equal(t->max_msg_size, 2048);
    assert_int_equal(since_start(t->created_ms), 1000);
    assert_int_equal(since_start(t->modified_ms), 1500);
    assert_int_equal(t->filter_type, FILTER_BY_KEY);
    assert_true(engine_wake_ms(w->engine) == CMQ_NEVER);
}

/* There is a topic named "orders", with a subscription named "bills". */
static const struct {
    const char *what, *topic;
    enum cmq_err create;
    const char *subscription;
    enum cmq_err subscribe;
    bool found;
} names[] = {
    {"the same", "orders", CMQ_TOPIC_EXISTS, "bills", CMQ_SUBSCRIPTION_EXISTS, true},
    {"in other letters", "Orders", CMQ_TOPIC_EXISTS, "Bills", CMQ_SUBSCRIPTION_EXISTS, false},
    {"in capitals", "ORDERS", CMQ_TOPIC_EXISTS, "BILLS", CMQ_SUBSCRIPTION_EXISTS, false},
    {"its beginning", "order", CMQ_OK, "bill", CMQ_OK, false},
    {"continued", "orders2", CMQ_OK, "bills2", CMQ_OK, false},
    {"each other's", "bills", CMQ_OK, "orders", CMQ_OK, false},
};

static void test_names(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        world_reopen(w, engine_limits_relaxed());
        struct topic *t = topic(w, "orders");
        subscribe(w, t, to_http("bills", BACKOFF_RETRY));
        struct bytes name = bytes_of(names[i].subscription);
        EXPECT_EQ(names[i].what, find(w, names[i].topic) == t, names[i].found);
        EXPECT_EQ(names[i].what, engine_find_subscription(w->engine, t, name) != NULL,
                  names[i].found);
        EXPECT_EQ(names[i].what, create(w, names[i].topic), names[i].create);
        struct subscription_request request = to_http(names[i].subscription, BACKOFF_RETRY);
        struct subscription *s;
        EXPECT_EQ(names[i].what, engine_subscribe(w->engine, t, &request, &s),
                  names[i].subscribe);
        engine_check(w->engine);
    }
}

/* Queues, topics and the subscriptions of each topic have names of their own. */
static void test_names_of_other_kinds_are_free(void **state)
{
    struct world *w = *state;
    struct queue *q = world_queue(w, "name");
    struct topic *t = topic(w, "name");
    struct topic *u = topic(w, "other");
    struct subscription *a = subscribe(w, t, to_http("name", BACKOFF_RETRY));
    struct subscription *b = subscribe(w, u, to_http("name", BACKOFF_RETRY));
    assert_ptr_equal(engine_find_queue(w->engine, bytes_of("name")), q);
    assert_ptr_equal(find(w, "name"), t);
    assert_ptr_equal(engine_find_subscription(w->engine, t, bytes_of("name")), a);
    assert_ptr_equal(engine_find_subscription(w->engine, u, bytes_of("name")), b);
    engine_unsubscribe(w->engine, a);
    assert_null(engine_find_subscription(w->engine, t, bytes_of("name")));
    assert_ptr_equal(engine_find_subscription(w->engine, u, bytes_of("name")), b);
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_OK);
    assert_ptr_equal(engine_find_queue(w->engine, bytes_of("name")), q);
}

static void test_longest_names(void **state)
{
    struct world *w = *state;
    char name[NAME_MAX_LENGTH + 1], endpoint[ENDPOINT_LENGTH_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    memset(endpoint, 'e', sizeof endpoint - 1);
    name[sizeof name - 1] = endpoint[sizeof endpoint - 1] = '\0';
    struct topic *t = topic(w, name);
    struct subscription_request request = to_http(name, BACKOFF_RETRY);
    request.endpoint = bytes_of(endpoint);
    struct subscription *s = subscribe(w, t, request);
    assert_string_equal(find(w, name)->name, name);
    assert_string_equal(s->name, name);
    assert_string_equal(s->endpoint, endpoint);
}

static void test_walks_in_order_of_creation(void **state)
{
    struct world *w = *state;
    enum { MANY = 60, GONE = 17 };
    struct topic *topics[MANY];
    struct subscription *subscriptions[MANY];
    char name[24];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i * 7919 % 1000);
        topics[i] = topic(w, name);
        subscriptions[i] = subscribe(w, topics[0], to_http(name, BACKOFF_RETRY));
    }
    assert_int_equal(engine_delete_topic(w->engine, topics[GONE]), CMQ_OK);
    engine_unsubscribe(w->engine, subscriptions[GONE]);
    struct topic *t = NULL;
    struct subscription *s = NULL;
    for (int i = 0; i < MANY; i++) {
        if (i == GONE)
            continue;
        assert_ptr_equal(t = engine_next_topic(w->engine, t), topics[i]);
        assert_ptr_equal(s = engine_next_subscription(topics[0], s), subscriptions[i]);
    }
    assert_null(engine_next_topic(w->engine, t));
    assert_null(engine_next_subscription(topics[0], s));
}

static void test_too_many(void **state)
{
    struct world *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_topics = 2;
    limits.max_subscriptions = 2;
    world_reopen(w, limits);
    struct topic *a = topic(w, "a");
    struct topic *b = topic(w, "b");
    assert_int_equal(create(w, "c"), CMQ_TOO_MANY_TOPICS);
    assert_int_equal(create(w, "A"), CMQ_TOPIC_EXISTS);
    subscribe(w, a, to_http("a", BACKOFF_RETRY));
    struct subscription *s = subscribe(w, a, to_http("b", BACKOFF_RETRY));
    struct subscription_request c = to_http("c", BACKOFF_RETRY);
    struct subscription_request again = to_http("A", BACKOFF_RETRY);
    struct subscription *out;
    assert_int_equal(engine_subscribe(w->engine, a, &c, &out), CMQ_TOO_MANY_SUBSCRIPTIONS);
    assert_int_equal(engine_subscribe(w->engine, a, &again, &out), CMQ_SUBSCRIPTION_EXISTS);
    subscribe(w, b, c); /* the limit is each topic's own */
    engine_unsubscribe(w->engine, s);
    subscribe(w, a, c);
    engine_unsubscribe(w->engine, engine_next_subscription(b, NULL));
    assert_int_equal(engine_delete_topic(w->engine, b), CMQ_OK);
    assert_int_equal(create(w, "c"), CMQ_OK);
}

static void test_limits(void **state)
{
    (void)state;
    struct engine_limits relaxed = engine_limits_relaxed(), strict = engine_limits_strict();
    assert_int_equal(relaxed.max_topics, 1000);
    assert_int_equal(relaxed.max_subscriptions, 500);
    assert_int_equal(relaxed.name_cooling_ms, 0);
    assert_int_equal(strict.max_topics, 1000);
    assert_int_equal(strict.max_subscriptions, 500);
    assert_int_equal(strict.name_cooling_ms, 30000);
}

static void test_relaxed_names_are_free_at_once(void **state)
{
    struct world *w = *state;
    assert_int_equal(engine_delete_topic(w->engine, topic(w, "t")), CMQ_OK);
    assert_int_equal(create(w, "t"), CMQ_OK);
}

static void test_strict_names_cool(void **state)
{
    struct world *w = *state;
    world_reopen(w, engine_limits_strict());
    assert_int_equal(engine_delete_topic(w->engine, topic(w, "Orders")), CMQ_OK);
    assert_true(engine_empty(w->engine));
    assert_int_equal(create(w, "Orders"), CMQ_TOPIC_NAME_COOLING);
    assert_int_equal(create(w, "orders"), CMQ_TOPIC_NAME_COOLING);
    assert_int_equal(create(w, "orders2"), CMQ_OK);
    world_queue(w, "Orders"); /* queues have names of their own */
    struct event_view event;
    assert_true(engine_next_event(w->engine, &event));
    assert_int_equal(event.kind, EVENT_NAME_FREE);
    assert_string_equal(event.topic_name, "Orders");
    assert_null(event.queue_name);
    assert_null(event.subscription_name);
    pass(w, 29999);
    assert_int_equal(create(w, "Orders"), CMQ_TOPIC_NAME_COOLING);
    pass(w, 1);
    assert_int_equal(create(w, "orders"), CMQ_OK);
}

static void test_names_of_subscriptions_do_not_cool(void **state)
{
    struct world *w = *state;
    world_reopen(w, engine_limits_strict());
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    struct topic *t = s->topic;
    engine_unsubscribe(w->engine, s);
    subscribe(w, t, to_http("s", BACKOFF_RETRY));
}

static void test_restart_frees_names(void **state)
{
    struct world *w = *state;
    world_reopen(w, engine_limits_strict());
    pass(w, 100000);
    assert_int_equal(engine_delete_topic(w->engine, topic(w, "t")), CMQ_OK);
    engine_restart(w->engine, WORLD_START_MS);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_int_equal(create(w, "t"), CMQ_OK);
}

static void test_delete_topic_with_subscriptions(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    struct subscription *a = subscribe(w, t, to_http("a", BACKOFF_RETRY));
    struct subscription *b = subscribe(w, t, to_http("b", BACKOFF_RETRY));
    publish(w, t, "m");
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_TOPIC_IN_USE);
    engine_unsubscribe(w->engine, a);
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_TOPIC_IN_USE);
    assert_int_equal(t->publication_count, 1);
    engine_unsubscribe(w->engine, b);
    assert_int_equal(t->publication_count, 0);
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_OK);
    assert_null(find(w, "t"));
    assert_int_equal(engine_pending_count(w->engine), 0);
}

/* ---- subscriptions ---- */

static void test_created_subscription(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    pass(w, 700);
    struct subscription_request request = to_queue("billing", "jobs");
    request.filter = (struct filter_request){1, 1, {bytes_of("paid")}, {bytes_of("a.b")}};
    struct subscription *s = subscribe(w, t, request);
    assert_ptr_equal(s->topic, t);
    assert_string_equal(s->name, "billing");
    assert_memory_equal(s->id, "subsc-", 6);
    assert_int_equal(strlen(s->id), 14);
    assert_string_equal(s->endpoint, "jobs");
    assert_int_equal(s->protocol, PROTOCOL_QUEUE);
    assert_int_equal(s->strategy, EXPONENTIAL_DECAY_RETRY);
    assert_int_equal(s->format, FORMAT_SIMPLIFIED);
    assert_int_equal(since_start(s->created_ms), 700);
    assert_int_equal(since_start(s->modified_ms), 700);
    assert_int_equal(s->pending_count, 0);
    const struct filter_request *texts = filter_texts(s->filter);
    assert_int_equal(texts->tag_count, 1);
    assert_true(bytes_equal(texts->tags[0], bytes_of("paid")));
    assert_int_equal(texts->key_count, 1); /* kept, though of no account here (topic-api D17) */
    assert_true(bytes_equal(texts->keys[0], bytes_of("a.b")));
}

static void test_set_subscription(void **state)
{
    struct world *w = *state;
    struct subscription *s = subscribe(w, topic(w, "t"), to_queue("s", "jobs"));
    pass(w, 700);
    struct subscription_request request = to_http("other", BACKOFF_RETRY);
    request.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("paid")}};
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(s->format, FORMAT_JSON);
    assert_int_equal(filter_texts(s->filter)->tag_count, 1);
    assert_int_equal(since_start(s->created_ms), 0);
    assert_int_equal(since_start(s->modified_ms), 700);
    /* fixed when it was made */
    assert_string_equal(s->name, "s");
    assert_string_equal(s->endpoint, "jobs");
    assert_int_equal(s->protocol, PROTOCOL_QUEUE);
    pass(w, 700);
    engine_clear_filter_tags(w->engine, s);
    assert_int_equal(filter_texts(s->filter)->tag_count, 0);
    assert_int_equal(since_start(s->modified_ms), 1400);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
}

static void test_binding_keys_are_required_where_they_count(void **state)
{
    struct world *w = *state;
    struct topic *t = topic_with(w, "t", (struct topic_request){FILTER_BY_KEY, 65536});
    struct subscription_request request = to_http("s", BACKOFF_RETRY);
    struct subscription *s;
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_NO_BINDING_KEY);
    request.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("tag")}};
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_NO_BINDING_KEY);
    assert_int_equal(t->subscription_count, 0);
    request.filter = (struct filter_request){.key_count = 1, .keys = {bytes_of("a.#")}};
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_OK);
    pass(w, 1000);
    struct subscription_request change = to_http("s", EXPONENTIAL_DECAY_RETRY);
    const struct filter *before = s->filter;
    assert_int_equal(engine_set_subscription(w->engine, s, &change), CMQ_NO_BINDING_KEY);
    assert_ptr_equal(s->filter, before);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(since_start(s->modified_ms), 0);
    /* before the name is looked at */
    assert_int_equal(engine_subscribe(w->engine, t, &change, &s), CMQ_NO_BINDING_KEY);
}

/* ---- publishing: what is refused ---- */

/* In each row all that follows is wrong, too. Sizes are in bytes. */
static const struct {
    const char *what;
    enum cmq_err want;
    uint32_t send_rate;
    size_t max_msg_size, body_len;
    const char *key; /* NULL: a topic of tags */
    size_t subscriptions;
    const char *binding;
    size_t max_bytes;
} refusals[] = {
    {"two a second are too many", CMQ_DATA_RATE, 1, 10, 1 << 20, "", 0, "", 0},
    {"each body is too long", CMQ_BODY_TOO_LONG, 2, 10, 1 << 20, "", 0, "", 0},
    {"by one byte", CMQ_BODY_TOO_LONG, 2, (1 << 19) - 1, 1 << 19, "", 0, "", 0},
    {"their sum is too long", CMQ_BATCH_TOO_LONG, 2, 1 << 20, (1 << 19) + 1, "", 0, "", 0},
    {"the key is missing", CMQ_NO_ROUTING_KEY, 2, 1 << 20, 1 << 19, "", 0, "", 0},
    {"nobody has subscribed", CMQ_NO_SUBSCRIPTION, 2, 1 << 20, 1 << 19, "a", 0, "", 0},
    {"nor to tags", CMQ_NO_SUBSCRIPTION, 2, 1 << 20, 1 << 19, NULL, 0, "", 0},
    {"nobody wants this", CMQ_NO_MATCH, 2, 1 << 20, 1 << 19, "a", 1, "b", 0},
    {"nor do several", CMQ_NO_MATCH, 2, 1 << 20, 1 << 19, "a", 3, "*.*", 0},
    {"there is no room", CMQ_MEMORY_FULL, 2, 1 << 20, 1 << 19, "a", 1, "a", 1 << 20},
    {"for the second alone", CMQ_MEMORY_FULL, 2, 1 << 20, 1 << 19, "a", 1, "a", 3 << 18},
    {"all is well", CMQ_OK, 2, 1 << 20, 1 << 19, "a", 1, "a", 1 << 21},
};

static struct topic *topic_of_refusal(struct world *w, size_t i)
{
    struct topic_request request = {refusals[i].key == NULL ? FILTER_BY_TAG : FILTER_BY_KEY,
                                    refusals[i].max_msg_size};
    struct topic *t = topic_with(w, "t", request);
    char name[24];
    for (size_t n = 0; n < refusals[i].subscriptions; n++) {
        snprintf(name, sizeof name, "s%zu", n);
        struct subscription_request s = to_http(name, BACKOFF_RETRY);
        s.filter =
            (struct filter_request){.key_count = 1, .keys = {bytes_of(refusals[i].binding)}};
        subscribe(w, t, s);
    }
    return t;
}

static void test_refusals_in_their_order(void **state)
{
    struct world *w = *state;
    static char body[1 << 20];
    uint64_t first_id = 0;
    for (size_t i = COUNT(refusals); i-- > 0;) {
        struct engine_limits limits = engine_limits_relaxed();
        limits.send_rate = refusals[i].send_rate;
        limits.max_bytes = refusals[i].max_bytes;
        world_reopen(w, limits);
        struct topic *t = topic_of_refusal(w, i);
        struct bytes bodies[] = {{body, refusals[i].body_len}, {body, refusals[i].body_len}};
        struct routing routing;
        routing_init(&routing, NULL, 0,
                     bytes_of(refusals[i].key == NULL ? "" : refusals[i].key));
        uint64_t ids[2] = {0, 0};
        EXPECT_EQ(refusals[i].what, engine_publish(w->engine, t, bodies, 2, &routing, ids),
                  refusals[i].want);
        EXPECT_EQ(refusals[i].what, t->publication_count, refusals[i].want == CMQ_OK ? 2 : 0);
        EXPECT_EQ(refusals[i].what, t->store->bytes > 0, refusals[i].want == CMQ_OK);
        EXPECT_EQ(refusals[i].what, engine_pending_count(w->engine) > 0,
                  refusals[i].want == CMQ_OK);
        engine_check(w->engine);
        if (refusals[i].want == CMQ_OK) {
            first_id = ids[0];
            continue;
        }
        /* no id was used up */
        uint64_t id = ids_number(&t->store->ids, ID_MESSAGE);
        EXPECT_EQ(refusals[i].what, id == first_id, true);
    }
}

/* The limit of a batch does not bind a single message, whose topic allows as much. */
static void test_longest_bodies(void **state)
{
    struct world *w = *state;
    static char body[1 << 20];
    struct topic *t = topic_with(w, "t", (struct topic_request){FILTER_BY_TAG, 1 << 20});
    struct subscription *s = subscribe(w, t, to_http("s", EXPONENTIAL_DECAY_RETRY));
    struct bytes whole = {body, 1 << 20};
    struct bytes parts[] = {{body, (1 << 20) - 1}, {body, 1}, {body, 1}};
    uint64_t ids[3];
    assert_int_equal(engine_publish(w->engine, t, &whole, 1, &plain, ids), CMQ_OK);
    assert_int_equal(engine_publish(w->engine, t, parts, 2, &plain, ids), CMQ_OK);
    assert_int_equal(engine_publish(w->engine, t, parts, 3, &plain, ids), CMQ_BATCH_TOO_LONG);
    assert_int_equal(s->pending_count, 3);
    engine_set_topic(w->engine, t, 1024); /* counts from now on */
    assert_int_equal(engine_publish(w->engine, t, &whole, 1, &plain, ids), CMQ_BODY_TOO_LONG);
    assert_int_equal(s->pending_count, 3);
}

static void test_memory_limit(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    publish(w, s->topic, "body");
    size_t one = s->topic->store->bytes;
    assert_true(one > strlen("body"));
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_bytes = 3 * one;
    world_reopen(w, limits);
    s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct topic *t = s->topic;
    struct bytes bodies[] = {bytes_of("body"), bytes_of("body"), bytes_of("body")};
    uint64_t ids[3];
    publish(w, t, "body");
    assert_int_equal(engine_publish(w->engine, t, bodies, 3, &plain, ids), CMQ_MEMORY_FULL);
    assert_int_equal(t->store->bytes, one);
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &plain, ids), CMQ_OK);
    assert_int_equal(t->store->bytes, 3 * one);
    assert_int_equal(try_publish(w, t, "b", &plain, ids), CMQ_MEMORY_FULL);
    /* queues draw on the same */
    struct queue *q = world_queue(w, "q");
    assert_int_equal(engine_send(w->engine, q, bodies, 1, 0, ids), CMQ_MEMORY_FULL);
    play(w, 0, delivered, NULL);
    assert_int_equal(t->store->bytes, 0);
    publish(w, t, "body");
}

/* Tags that endpoints are told take room, too, and each delivery does. */
static void test_what_takes_memory(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct store *store = s->topic->store;
    struct bytes tags[] = {bytes_of("paid"), bytes_of("eu")};
    struct routing routing;
    uint64_t id;
    routing_init(&routing, tags, 2, bytes_of(""));
    publish(w, s->topic, "body");
    size_t plainly = store->bytes;
    assert_int_equal(try_publish(w, s->topic, "body", &routing, &id), CMQ_OK);
    assert_int_equal(store->bytes, 2 * plainly + strlen("paid, eu"));
    subscribe(w, s->topic, to_http("s2", EXPONENTIAL_DECAY_RETRY));
    publish(w, s->topic, "body");
    assert_int_equal(store->bytes, 3 * plainly + strlen("paid, eu") + sizeof(struct delivery));
}

static void test_rate_of_publishing(void **state)
{
    struct world *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = 3;
    world_reopen(w, limits);
    struct subscription_request picky = to_http("s", EXPONENTIAL_DECAY_RETRY);
    struct topic *t = topic(w, "t"), *u = topic(w, "u");
    picky.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("tag")}};
    subscribe(w, t, picky);
    subscribe(w, u, to_http("s", EXPONENTIAL_DECAY_RETRY));
    struct bytes tag = bytes_of("tag");
    struct bytes bodies[] = {bytes_of("a"), bytes_of("b"), bytes_of("c")};
    struct routing tagged;
    uint64_t ids[3];
    routing_init(&tagged, &tag, 1, bytes_of(""));
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &tagged, ids), CMQ_OK);
    /* what was refused does not count */
    assert_int_equal(try_publish(w, t, "m", &plain, ids), CMQ_NO_MATCH);
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &tagged, ids), CMQ_DATA_RATE);
    assert_int_equal(try_publish(w, t, "m", &tagged, ids), CMQ_OK);
    assert_int_equal(try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
    assert_int_equal(try_publish(w, t, "m", &plain, ids), CMQ_DATA_RATE);
    publish(w, u, "another topic");
    play(w, 749, delivered, NULL); /* the world starts at a quarter of a second */
    assert_int_equal(try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
    play(w, 1, delivered, NULL);
    assert_int_equal(engine_publish(w->engine, t, bodies, 3, &tagged, ids), CMQ_OK);
    assert_int_equal(try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
}

/* ---- publishing: who gets it ---- */

/* Four subscriptions: all, tag a, tags a and b, tag c. */
static const struct {
    const char *what;
    const char *tags[TAGS_MAX];
    const char *joined;
    int all, a, ab, c; /* how many messages are pending */
} tagged[] = {
    {"no tag", {NULL}, "", 1, 0, 0, 0},
    {"one of one", {"a"}, "a", 1, 1, 1, 0},
    {"one of two", {"b"}, "b", 1, 0, 1, 0},
    {"two of two, once", {"a", "b"}, "a, b", 1, 1, 1, 0},
    {"all", {"c", "a"}, "c, a", 1, 1, 1, 1},
    {"other letters", {"A"}, "A", 1, 0, 0, 0},
    {"the beginning", {"ab"}, "ab", 1, 0, 0, 0},
    {"as many as there may be", {"v", "w", "x", "y", "c"}, "v, w, x, y, c", 1, 0, 0, 1},
};

static struct subscription *subscribe_to_tags(struct world *w, struct topic *t,
                                              const char *name, const char *a, const char *b)
{
    struct subscription_request request = to_http(name, EXPONENTIAL_DECAY_RETRY);
    if (a != NULL)
        request.filter.tags[request.filter.tag_count++] = bytes_of(a);
    if (b != NULL)
        request.filter.tags[request.filter.tag_count++] = bytes_of(b);
    return subscribe(w, t, request);
}

static void test_matching_by_tags(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(tagged); i++) {
        world_reopen(w, engine_limits_relaxed());
        struct topic *t = topic(w, "t");
        const struct subscription *all = subscribe_to_tags(w, t, "all", NULL, NULL);
        const struct subscription *a = subscribe_to_tags(w, t, "a", "a", NULL);
        const struct subscription *ab = subscribe_to_tags(w, t, "ab", "a", "b");
        const struct subscription *c = subscribe_to_tags(w, t, "c", "c", NULL);
        struct bytes tags[TAGS_MAX];
        size_t count = 0;
        for (; count < TAGS_MAX && tagged[i].tags[count] != NULL; count++)
            tags[count] = bytes_of(tagged[i].tags[count]);
        struct routing routing;
        uint64_t id;
        routing_init(&routing, tags, count, bytes_of("a.key"));
        EXPECT_EQ(tagged[i].what, try_publish(w, t, "m", &routing, &id), CMQ_OK);
        EXPECT_EQ(tagged[i].what, t->publication_count, 1);
        EXPECT_EQ(tagged[i].what, all->pending_count, tagged[i].all);
        EXPECT_EQ(tagged[i].what, a->pending_count, tagged[i].a);
        EXPECT_EQ(tagged[i].what, ab->pending_count, tagged[i].ab);
        EXPECT_EQ(tagged[i].what, c->pending_count, tagged[i].c);
        const struct publication *p = delivery_at(all, 0)->publication;
        EXPECT_EQ(tagged[i].what, bytes_equal(p->tags, bytes_of(tagged[i].joined)), true);
        EXPECT_EQ(tagged[i].what, bytes_equal(p->body, bytes_of("m")), true);
        EXPECT_EQ(tagged[i].what, p->id == id, true);
    }
}

static void test_matching_by_keys(void **state)
{
    struct world *w = *state;
    struct topic *t = topic_with(w, "t", (struct topic_request){FILTER_BY_KEY, 65536});
    struct subscription_request request = to_http("s", EXPONENTIAL_DECAY_RETRY);
    request.filter = (struct filter_request){
        1, 2, {bytes_of("ignored")}, {bytes_of("a.*"), bytes_of("b.#")}};
    struct subscription *s = subscribe(w, t, request);
    static const struct {
        const char *key;
        enum cmq_err want;
    } rows[] = {{"a.x", CMQ_OK},         {"a", CMQ_NO_MATCH}, {"b", CMQ_OK},
                {"a.x.y", CMQ_NO_MATCH}, {"b.x.y", CMQ_OK},   {"c", CMQ_NO_MATCH}};
    size_t pending = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct routing routing;
        uint64_t id;
        routing_init(&routing, NULL, 0, bytes_of(rows[i].key));
        EXPECT_EQ(rows[i].key, try_publish(w, t, "m", &routing, &id), rows[i].want);
        pending += rows[i].want == CMQ_OK;
        EXPECT_EQ(rows[i].key, s->pending_count, pending);
    }
}

static void test_who_subscribes_later_gets_nothing_of_before(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    publish(w, s->topic, "before");
    const struct subscription *late =
        subscribe(w, s->topic, to_http("late", EXPONENTIAL_DECAY_RETRY));
    assert_int_equal(late->pending_count, 0);
    publish(w, s->topic, "after");
    assert_int_equal(s->pending_count, 2);
    assert_int_equal(late->pending_count, 1);
    assert_int_equal(s->topic->publication_count, 2);
}

/* First attempts in the order of publishing; for each message in that of the subscriptions. */
static void test_a_batch(void **state)
{
    struct world *w = *state;
    struct subscription *a = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    subscribe(w, a->topic, to_http("b", BACKOFF_RETRY));
    char texts[BATCH_MAX][4];
    struct bytes bodies[BATCH_MAX];
    uint64_t ids[BATCH_MAX];
    for (size_t i = 0; i < BATCH_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", i);
        bodies[i] = bytes_of(texts[i]);
    }
    assert_int_equal(engine_publish(w->engine, a->topic, bodies, BATCH_MAX, &plain, ids),
                     CMQ_OK);
    assert_int_equal(a->topic->publication_count, BATCH_MAX);
    assert_false(engine_has_offered(w->engine)); /* time has to be let in */
    assert_false(settle(w));
    assert_int_equal(engine_flight_count(w->engine), BATCH_MAX + 1); /* one of BACKOFF_RETRY */
    for (size_t i = 0; i < BATCH_MAX + 1; i++) {
        static struct push_ticket ticket;
        const struct delivery *d = take(w, &ticket);
        size_t place = i == 0 ? 0 : i - 1;
        assert_string_equal(d->subscription->name, i == 1 ? "b" : "s");
        assert_true(d->publication->id == ids[place]);
        assert_true(bytes_equal(d->publication->body, bodies[place]));
        assert_int_equal(d->attempts, 1);
        for (size_t other = 0; other < place; other++)
            assert_true(ids[other] != ids[place]);
        land(w, &ticket, delivered);
    }
    assert_int_equal(end_all(w), BATCH_MAX + 1);
    assert_int_equal(a->pending_count, 0);
    assert_int_equal(a->topic->publication_count, BATCH_MAX - 1); /* b's */
}

/* ---- to queues ---- */

static void test_a_queue_gets_the_body_alone(void **state)
{
    struct world *w = *state;
    struct queue *q = world_queue(w, "q");
    struct topic *t = topic(w, "t");
    struct subscription *s = subscribe(w, t, to_queue("s", "q"));
    static const char body[] = "a\0\xff"
                               "b";
    struct bytes bytes = {body, sizeof body - 1};
    struct bytes tag = bytes_of("tag");
    struct routing routing;
    uint64_t id;
    routing_init(&routing, &tag, 1, bytes_of(""));
    pass(w, 1234);
    assert_int_equal(engine_publish(w->engine, t, &bytes, 1, &routing, &id), CMQ_OK);
    EXPECT_COUNTS("not before time is let in", q, 0, 0, 0, 0);
    assert_true(settle(w));
    EXPECT_COUNTS("at the same instant", q, 1, 0, 0, 0);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(t->publication_count, 0);
    assert_int_equal(t->store->bytes, sizeof(struct message) + bytes.len);
    const struct message *m = world_receive(w, q);
    assert_true(bytes_equal(message_body(m), bytes));
    assert_true(m->id != id);
    assert_int_equal(since_start(m->sent_ms), 1234);
    assert_int_equal(m->dequeue_count, 1);
    assert_int_equal(engine_push_count(w->engine, PUSH_DELIVERED), 1);
}

static void test_several_may_name_one_queue(void **state)
{
    struct world *w = *state;
    struct queue *q = world_queue(w, "q");
    struct topic *t = topic(w, "t"), *u = topic(w, "u");
    subscribe(w, t, to_queue("a", "q"));
    subscribe(w, t, to_queue("b", "q"));
    subscribe(w, u, to_queue("a", "q"));
    publish(w, t, "of t");
    publish(w, u, "of u");
    assert_true(settle(w));
    EXPECT_COUNTS("a copy each", q, 3, 0, 0, 0);
    const struct message *first = world_receive(w, q);
    uint64_t first_id = first->id;
    assert_true(bytes_equal(message_body(first), bytes_of("of t")));
    const struct message *second = world_receive(w, q);
    assert_true(second->id != first_id);
    assert_true(bytes_equal(message_body(second), bytes_of("of t")));
    assert_string_equal(world_receive_body(w, q), "of u");
}

/* What is in the way of the first three attempts, after 0, 1 and 3 seconds; then it is cleared,
 * and the next attempt, after 7 seconds, succeeds. */
enum obstacle { NO_QUEUE_YET, OTHER_LETTERS, FULL, TOO_SMALL, NO_MEMORY };
static const struct {
    const char *what;
    enum obstacle obstacle;
    enum cmq_err err;
} obstacles[] = {
    {"there is no queue", NO_QUEUE_YET, CMQ_NO_QUEUE},
    {"one in other letters is another", OTHER_LETTERS, CMQ_NO_QUEUE},
    {"the queue is full", FULL, CMQ_HEAP_FULL},
    {"the body is too large for it", TOO_SMALL, CMQ_BODY_TOO_LONG},
    {"the emulator's memory is full", NO_MEMORY, CMQ_MEMORY_FULL},
};

static struct engine_limits limits_of(enum obstacle obstacle)
{
    struct engine_limits limits = engine_limits_relaxed();
    /* for a standing message and the publication, and not for its copy in the queue */
    if (obstacle == NO_MEMORY)
        limits.max_bytes =
            2 * sizeof(struct message) + sizeof(struct publication) + sizeof(struct delivery);
    return limits;
}

static struct queue *put_in_the_way(struct world *w, enum obstacle obstacle)
{
    struct queue_attributes a = queue_attributes_default();
    if (obstacle == NO_QUEUE_YET)
        return NULL;
    if (obstacle == FULL)
        a.max_heap = 1;
    if (obstacle == TOO_SMALL)
        a.max_msg_size = strlen("body") - 1;
    struct queue *q = world_queue_with(w, obstacle == OTHER_LETTERS ? "Q" : "q", a);
    if (obstacle == FULL || obstacle == NO_MEMORY)
        world_send(w, q, "standing", 0);
    return q;
}

static struct queue *clear_the_way(struct world *w, enum obstacle obstacle, struct queue *q)
{
    struct queue_attributes a = queue_attributes_default();
    if (obstacle == OTHER_LETTERS)
        assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    if (obstacle == OTHER_LETTERS || obstacle == NO_QUEUE_YET)
        return world_queue(w, "q");
    if (obstacle == TOO_SMALL)
        assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    else
        world_consume(w, q);
    return q;
}

static void expect_failed_attempt(const char *what, const struct subscription *s,
                                  uint32_t attempts, enum cmq_err err)
{
    const struct delivery *d = delivery_at(s, 0);
    EXPECT_EQ(what, d->attempts, attempts);
    EXPECT_EQ(what, d->state, DELIVERY_SCHEDULED);
    EXPECT_EQ(what, d->last.delivered, false);
    EXPECT_EQ(what, d->last.err, err);
    EXPECT_EQ(what, d->last.status, 0);
    EXPECT_EQ(what, since_start(d->next.node.due_ms), (1000 << attempts) - 1000);
}

static void test_obstacles_are_failed_attempts(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(obstacles); i++) {
        const char *what = obstacles[i].what;
        world_reopen(w, limits_of(obstacles[i].obstacle));
        struct queue *q = put_in_the_way(w, obstacles[i].obstacle);
        struct topic *t = topic(w, "t");
        struct subscription *s = subscribe(w, t, to_queue("s", "q"));
        publish(w, t, "body");
        for (uint32_t attempts = 1; attempts <= 3; attempts++) {
            pass(w, (1000 << (attempts - 1)) - 1000 - now_of(w));
            expect_failed_attempt(what, s, attempts, obstacles[i].err);
        }
        pass(w, 500);
        q = clear_the_way(w, obstacles[i].obstacle, q);
        pass(w, 3499);
        EXPECT_COUNTS(what, q, 0, 0, 0, 0);
        pass(w, 1);
        EXPECT_COUNTS(what, q, 1, 0, 0, 0);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, t->publication_count, 0);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_FAILED), 3);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DELIVERED), 1);
        const struct message *m = world_receive(w, q);
        EXPECT_EQ(what, since_start(m->sent_ms), 7000);
        EXPECT_EQ(what, bytes_equal(message_body(m), bytes_of("body")), true);
    }
}

/* Pushes count for the queue's rate like anything else that is sent to it. */
static void test_rate_of_the_queue(void **state)
{
    struct world *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = 2;
    world_reopen(w, limits);
    struct topic *t = topic(w, "t");
    struct subscription *s = subscribe(w, t, to_queue("s", "q"));
    struct queue *q = world_queue(w, "q");
    world_send(w, q, "sent", 0);
    publish(w, t, "first");
    publish(w, t, "second");
    pass(w, 0);
    EXPECT_COUNTS("one found room", q, 2, 0, 0, 0);
    expect_failed_attempt("the other", s, 1, CMQ_DATA_RATE);
    pass(w, 1000);
    EXPECT_COUNTS("in another second", q, 3, 0, 0, 0);
    assert_int_equal(s->pending_count, 0);
}

static void test_a_queue_that_goes_and_comes(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    struct subscription *s = subscribe(w, t, to_queue("s", "q"));
    struct queue *q = world_queue(w, "q");
    publish(w, t, "first");
    assert_true(settle(w));
    EXPECT_COUNTS("there", q, 1, 0, 0, 0);
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    publish(w, t, "second");
    world_pass(w, 500);
    assert_int_equal(s->pending_count, 1);
    q = world_queue(w, "q");
    world_pass(w, 500);
    assert_string_equal(world_receive_body(w, q), "second");
    assert_string_equal(world_receive_body(w, q), "");
}

/* Whoever waits at the queue gets it at the instant of the push. */
static void test_parked_polls_are_served(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    subscribe(w, t, to_queue("s", "q"));
    publish(w, t, "m");
    world_pass(w, 1500); /* attempts after 0 and 1 s have failed */
    struct queue *q = world_queue(w, "q");
    world_park(w, q, 1, 16, 30000);
    world_park(w, q, 2, 16, 1500); /* until the very instant: it was armed later */
    publish(w, t, "n");
    assert_false(settle(w));
    struct release release = world_next_release(w);
    EXPECT_EQ("the first of them", release.owner, 1);
    EXPECT_EQ("published now", since_start(release.at_ms), 1500);
    EXPECT_EQ("published now", release.count, 1);
    world_pass(w, 1500);
    release = world_next_release(w);
    EXPECT_EQ("the second of them", release.owner, 2);
    EXPECT_EQ("by a retry", release.outcome, CMQ_OK);
    EXPECT_EQ("by a retry", since_start(release.at_ms), 3000);
    EXPECT_EQ("by a retry", release.count, 1);
    EXPECT_EQ("no more", world_next_release(w).owner, 0);
}

/* All that comes at one instant goes to one poll. */
static void test_a_poll_gets_a_batch_at_once(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    struct queue *q = world_queue(w, "q");
    subscribe(w, t, to_queue("a", "q"));
    subscribe(w, t, to_queue("b", "q"));
    world_park(w, q, 1, 16, 30000);
    publish(w, t, "m");
    publish(w, t, "n");
    assert_false(settle(w));
    struct release release = world_next_release(w);
    EXPECT_EQ("poll", release.owner, 1);
    EXPECT_EQ("poll", release.count, 4);
}

/* ---- EXPONENTIAL_DECAY_RETRY ---- */

/* topic-api 4.3: 2^(k-1) s before retry k, at most 512. */
static cmq_ms decay_ms(uint32_t retry)
{
    cmq_ms interval_ms = 1000;
    while (--retry > 0 && interval_ms < 512000)
        interval_ms *= 2;
    return interval_ms;
}

static const struct {
    const char *what, *endpoint;
    enum push_protocol protocol;
} protocols[] = {
    {"over HTTP", "http://endpoint/", PROTOCOL_HTTP},
    {"to a queue that is missing", "missing", PROTOCOL_QUEUE},
};

static void test_all_attempts_of_decay(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(protocols); i++) {
        const char *what = protocols[i].what;
        world_reopen(w, engine_limits_relaxed());
        struct subscription_request request = to_queue("s", protocols[i].endpoint);
        request.protocol = protocols[i].protocol;
        struct topic *t = topic(w, "t");
        struct subscription *s = subscribe(w, t, request);
        uint64_t id = publish(w, t, "m");
        cmq_ms after_ms = 0;
        for (uint32_t n = 1; n <= DECAY_ATTEMPTS; after_ms += decay_ms(n++)) {
            struct event_view next;
            assert_true(engine_next_event(w->engine, &next));
            EXPECT_EQ(what, next.kind, EVENT_PUSH);
            EXPECT_EQ(what, next.attempt, n);
            EXPECT_EQ(what, next.msg_id == id, true);
            EXPECT_EQ(what, since_start(next.at_ms), after_ms);
            EXPECT_EQ(what, s->pending_count, 1);
            play(w, after_ms - now_of(w), refused, NULL);
            EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH), n);
        }
        EXPECT_EQ("176 retries", now_of(w), 86015000);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, t->publication_count, 0);
        EXPECT_EQ(what, engine_pending_count(w->engine), 0);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_FAILED), DECAY_ATTEMPTS - 1);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DROPPED), 1);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DELIVERED), 0);
    }
}

/* The last one may still succeed. */
static void test_delivered_by_the_last_attempt(void **state)
{
    struct world *w = *state;
    for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
        world_reopen(w, engine_limits_relaxed());
        struct subscription *s = http_subscription(w, (enum notify_strategy)strategy);
        uint32_t last = strategy == BACKOFF_RETRY ? BACKOFF_ATTEMPTS : DECAY_ATTEMPTS;
        publish(w, s->topic, "m");
        assert_false(settle(w));
        for (uint32_t n = 1; n < last; n++) {
            make_attempt(w, unheard);
            pass_to_offer(w, delivery_at(s, 0)->next.node.due_ms - engine_now_ms(w->engine));
        }
        make_attempt(w, delivered);
        assert_int_equal(s->pending_count, 0);
        assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), last - 1);
        assert_int_equal(engine_push_count(w->engine, PUSH_DELIVERED), 1);
        assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), 0);
    }
}

/* Intervals are counted from the end of an attempt. With fifteen seconds each, a day is over
 * before all are made. */
static void test_a_slow_endpoint(void **state)
{
    struct world *w = *state;
    enum { TAKES_MS = 15000 };
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    publish(w, s->topic, "m");
    uint32_t made = 0;
    cmq_ms due_ms = 0;
    while (due_ms < DAY_MS) {
        static struct push_ticket ticket;
        pass_to_offer(w, due_ms - now_of(w));
        const struct delivery *d = take(w, &ticket);
        assert_int_equal(d->attempts, ++made);
        if (due_ms + TAKES_MS >= DAY_MS)
            break;
        pass(w, TAKES_MS);
        land(w, &ticket, unheard);
        assert_int_equal(end_all(w), 1);
        due_ms += TAKES_MS + decay_ms(made);
    }
    assert_in_range(made, 160, DECAY_ATTEMPTS - 1);
    struct event_view last = {.queue_name = NULL};
    assert_true(engine_next_event(w->engine, &last));
    assert_int_equal(last.kind, EVENT_EXPIRED);
    assert_int_equal(since_start(last.at_ms), DAY_MS);
    pass(w, DAY_MS - 1 - now_of(w));
    assert_int_equal(s->pending_count, 1);
    pass(w, 1);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(s->topic->publication_count, 0);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_int_equal(engine_fired_count(w->engine, EVENT_EXPIRED), 1);
    assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), 0); /* no attempt dropped it */
}

/* The first attempt flies so long that its retry, a second later, is due at about the age of a
 * day. */
static const struct {
    const char *what;
    cmq_ms lands_after_ms;
    bool made;
} last_retries[] = {
    {"a millisecond before", DAY_MS - 1001, true},
    {"at the age of a day", DAY_MS - 1000, false},
    {"a millisecond after", DAY_MS - 999, false},
};

static void test_no_attempt_at_the_age_of_a_day(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(last_retries); i++) {
        const char *what = last_retries[i].what;
        world_reopen(w, engine_limits_relaxed());
        struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        struct attempts seen = {.count = 0};
        static struct push_ticket ticket;
        publish(w, s->topic, "m");
        assert_false(settle(w));
        take(w, &ticket);
        pass(w, last_retries[i].lands_after_ms);
        land(w, &ticket, refused);
        end_all(w);
        play(w, 5000, refused, &seen);
        EXPECT_EQ(what, seen.count, last_retries[i].made ? 1 : 0);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_EXPIRED), 1);
    }
}

/* The day ends while an attempt is under way: nobody waits for it any more. */
static void test_a_day_ends_in_flight(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    static struct push_ticket ticket, next;
    publish(w, s->topic, "m");
    pass_to_offer(w, 0);
    take(w, &ticket);
    pass(w, 1);
    uint64_t ids[2];
    publish_all(w, s->topic, ids, 2); /* they wait for the first */
    pass(w, DAY_MS - 2);
    assert_int_equal(s->pending_count, 3);
    assert_int_equal(engine_flight_count(w->engine), 1);
    pass_to_offer(w, 1);
    assert_null(ticket.delivery);
    assert_int_equal(s->pending_count, 2);
    assert_int_equal(engine_flight_count(w->engine), 1); /* the next one's turn */
    land(w, &ticket, delivered);
    assert_int_equal(end_all(w), 0);
    const struct delivery *d = take(w, &next);
    assert_true(d->publication->id == ids[0]);
    pass(w, 1);
    /* published together with the second, the third is too old when its turn comes */
    assert_null(next.delivery);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(engine_fired_count(w->engine, EVENT_PUSH), 2);
    assert_int_equal(engine_fired_count(w->engine, EVENT_EXPIRED), 3);
}

/* ---- BACKOFF_RETRY ---- */

static void test_backoff_goes_one_by_one(void **state)
{
    struct world *w = *state;
    static struct attempts seen;
    enum { MESSAGES = 5 };
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[MESSAGES];
    seen = (struct attempts){.count = 0};
    publish_all(w, s->topic, ids, MESSAGES);
    assert_int_equal(delivery_at(s, 0)->state, DELIVERY_SCHEDULED);
    assert_int_equal(delivery_at(s, 1)->state, DELIVERY_WAITING);
    play(w, 3600000, refused, &seen);
    assert_int_equal(seen.count, MESSAGES * BACKOFF_ATTEMPTS);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(engine_push_count(w->engine, PUSH_DROPPED), MESSAGES);
    for (size_t i = 0; i < seen.count; i++) {
        assert_true(seen.made[i].msg_id == ids[i / BACKOFF_ATTEMPTS]);
        assert_int_equal(seen.made[i].number, i % BACKOFF_ATTEMPTS + 1);
        cmq_ms gap_ms = seen.made[i].after_ms - (i > 0 ? seen.made[i - 1].after_ms : 0);
        if (i % BACKOFF_ATTEMPTS == 0)
            assert_int_equal(gap_ms, 0); /* as soon as the one before has ended */
        else
            assert_in_range(gap_ms, 10000, 20000);
    }
}

static void test_backoff_goes_on_when_one_is_delivered(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[2];
    publish_all(w, s->topic, ids, 2);
    assert_false(settle(w));
    make_attempt(w, refused);
    cmq_ms gap_ms = delivery_at(s, 0)->next.node.due_ms - engine_now_ms(w->engine);
    pass_to_offer(w, gap_ms);
    make_attempt(w, delivered);
    assert_int_equal(s->pending_count, 1);
    pass_to_offer(w, 0);
    static struct push_ticket ticket;
    assert_true(take(w, &ticket)->publication->id == ids[1]);
    land(w, &ticket, delivered);
    end_all(w);
    uint64_t third = publish(w, s->topic, "nobody before it");
    pass_to_offer(w, 0);
    assert_true(take(w, &ticket)->publication->id == third);
}

/* The gaps of many messages, with something else going on meanwhile or without. */
enum { GAP_MESSAGES = 100, GAPS = GAP_MESSAGES * (BACKOFF_ATTEMPTS - 1) };

static void make_noise(struct world *w, struct queue *q, struct topic *t)
{
    world_send(w, q, "m", 0);
    world_consume(w, q);
    publish(w, t, "noise");
    engine_request_id(w->engine);
}

static void record_gaps(struct world *w, uint64_t seed, bool noisy, cmq_ms gaps[GAPS])
{
    static struct attempts seen;
    seen = (struct attempts){.count = 0};
    reopen_with_seed(w, seed);
    struct queue *q = world_queue(w, "q");
    struct topic *other = topic(w, "other");
    subscribe(w, other, to_queue("s", "missing"));
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[GAP_MESSAGES];
    publish_all(w, s->topic, ids, GAP_MESSAGES);
    if (noisy)
        topic(w, "later");
    for (int i = 0; i < 200; i++) {
        if (noisy)
            make_noise(w, q, other);
        play(w, 36000, refused, &seen);
    }
    size_t count = 0;
    for (size_t i = 1; i < seen.count; i++)
        if (seen.made[i].number > 1)
            gaps[count++] = seen.made[i].after_ms - seen.made[i - 1].after_ms;
    assert_int_equal(count, GAPS);
}

static void test_gaps_are_drawn_from_the_seed_alone(void **state)
{
    struct world *w = *state;
    static cmq_ms quiet[GAPS], noisy[GAPS], other[GAPS];
    record_gaps(w, 5, false, quiet);
    record_gaps(w, 5, true, noisy);
    record_gaps(w, 6, false, other);
    assert_memory_equal(quiet, noisy, sizeof quiet);
    size_t same = 0, alike = 0, low = 0, high = 0;
    for (size_t i = 0; i < GAPS; i++) {
        assert_in_range(quiet[i], 10000, 20000);
        assert_in_range(other[i], 10000, 20000);
        same += quiet[i] == other[i];
        alike += i > 0 && quiet[i] == quiet[i - 1]; /* of one message */
        low += quiet[i] < 12500;
        high += quiet[i] > 17500;
    }
    assert_in_range(same, 0, 5);
    assert_in_range(alike, 0, 5);
    assert_in_range(low, GAPS / 6, GAPS / 3); /* a quarter of them */
    assert_in_range(high, GAPS / 6, GAPS / 3);
}

/* ---- several subscriptions ---- */

static void test_subscriptions_are_independent(void **state)
{
    struct world *w = *state;
    static struct attempts seen;
    seen = (struct attempts){.count = 0};
    struct topic *t = topic(w, "t");
    struct queue *q = world_queue(w, "q");
    const struct subscription *b1 = subscribe(w, t, to_http("b1", BACKOFF_RETRY));
    const struct subscription *b2 = subscribe(w, t, to_http("b2", BACKOFF_RETRY));
    const struct subscription *e = subscribe(w, t, to_http("e", EXPONENTIAL_DECAY_RETRY));
    const struct subscription *good = subscribe(w, t, to_queue("good", "q"));
    uint64_t ids[3];
    publish_all(w, t, ids, 3);
    play(w, 90000, refused, &seen);
    EXPECT_COUNTS("not held up by the others", q, 3, 0, 0, 0);
    assert_int_equal(good->pending_count, 0);
    assert_int_equal(e->pending_count, 3);
    assert_int_equal(t->publication_count, 3); /* held as long as one wants it */
    size_t of_b1 = 0, of_b2 = 0, of_e = 0, apart = 0;
    cmq_ms at_b1[12] = {0}, at_b2[12] = {0};
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.made[i].subscription == b1 && of_b1 < 12)
            at_b1[of_b1++] = seen.made[i].after_ms;
        else if (seen.made[i].subscription == b2 && of_b2 < 12)
            at_b2[of_b2++] = seen.made[i].after_ms;
        else
            of_e += seen.made[i].subscription == e;
    }
    for (size_t i = 0; i < 4; i++)
        apart += at_b1[i] != at_b2[i];
    assert_int_equal(apart, 3);    /* each draws its own gaps */
    assert_int_equal(of_e, 3 * 7); /* after 0, 1, 3, 7, 15, 31, 63 s, each by itself */
    play(w, 3600000, refused, NULL);
    assert_int_equal(b1->pending_count, 0);
    assert_int_equal(b2->pending_count, 0);
    assert_int_equal(t->publication_count, 3);
    play(w, DAY_MS, refused, NULL);
    assert_int_equal(t->publication_count, 0);
}

/* Messages of EXPONENTIAL_DECAY_RETRY do not wait for each other. */
static void test_decay_messages_are_independent(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    publish(w, s->topic, "first");
    pass_to_offer(w, 0);
    make_attempt(w, refused);
    pass_to_offer(w, 1000);
    make_attempt(w, refused);
    pass(w, 500);
    uint64_t second = publish(w, s->topic, "second");
    pass_to_offer(w, 0);
    static struct push_ticket ticket;
    assert_true(take(w, &ticket)->publication->id == second);
    land(w, &ticket, delivered);
    end_all(w);
    assert_int_equal(s->pending_count, 1);
    pass_to_offer(w, 1500);
}

/* ---- changes while something is under way (topic-api D30) ---- */

enum { UNDER_WAY = 3 };

static const enum delivery_state states[] = {DELIVERY_SCHEDULED, DELIVERY_OFFERED,
                                             DELIVERY_IN_FLIGHT, DELIVERY_LANDED};

/* Messages on their way to s, each that is not waiting in this state: scheduled for a retry,
 * or in the first attempt. Returns how many these are. */
static size_t bring_under_way(struct world *w, struct subscription *s,
                              enum delivery_state state, struct push_ticket *tickets,
                              uint64_t *ids)
{
    publish_all(w, s->topic, ids, UNDER_WAY);
    assert_false(settle(w));
    size_t begun = engine_flight_count(w->engine);
    for (size_t i = 0; i < begun && state != DELIVERY_OFFERED; i++) {
        take(w, &tickets[i]);
        if (state != DELIVERY_IN_FLIGHT)
            land(w, &tickets[i], refused);
    }
    if (state == DELIVERY_SCHEDULED)
        end_all(w);
    for (size_t i = 0; i < begun; i++)
        EXPECT_EQ(delivery_state_name(state), delivery_at(s, i)->state, state);
    return begun;
}

static void test_unsubscribe_under_way(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            const char *what = delivery_state_name(states[i]);
            world_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s = http_subscription(w, (enum notify_strategy)strategy);
            struct topic *t = s->topic;
            size_t begun = bring_under_way(w, s, states[i], tickets, ids);
            EXPECT_EQ(what, begun, strategy == BACKOFF_RETRY ? 1 : UNDER_WAY);
            EXPECT_EQ(what, engine_flight_count(w->engine),
                      states[i] == DELIVERY_OFFERED || states[i] == DELIVERY_IN_FLIGHT ? begun
                                                                                       : 0);
            engine_unsubscribe(w->engine, s);
            engine_check(w->engine);
            EXPECT_EQ(what, t->publication_count, 0);
            EXPECT_EQ(what, t->store->bytes, 0);
            EXPECT_EQ(what, engine_pending_count(w->engine), 0);
            EXPECT_EQ(what, engine_flight_count(w->engine), 0);
            EXPECT_EQ(what, engine_has_offered(w->engine), false);
            for (size_t n = 0; n < UNDER_WAY; n++) {
                EXPECT_EQ(what, tickets[n].delivery == NULL, true);
                land(w, &tickets[n], delivered);
            }
            EXPECT_EQ(what, end_all(w), 0);
            pass(w, DAY_MS);
            EXPECT_EQ(what, engine_delete_topic(w->engine, t), CMQ_OK);
        }
    }
}

/* The others keep what they have. */
static void test_unsubscribe_leaves_the_others(void **state)
{
    struct world *w = *state;
    struct subscription *gone = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct topic *t = gone->topic;
    struct subscription *stays = subscribe(w, t, to_http("stays", EXPONENTIAL_DECAY_RETRY));
    static struct push_ticket tickets[4];
    uint64_t ids[2];
    publish_all(w, t, ids, 2);
    assert_false(settle(w));
    for (size_t i = 0; i < COUNT(tickets); i++)
        take(w, &tickets[i]);
    engine_unsubscribe(w->engine, gone);
    engine_check(w->engine);
    assert_int_equal(engine_flight_count(w->engine), 2);
    assert_int_equal(t->publication_count, 2);
    assert_null(tickets[0].delivery);
    assert_non_null(tickets[1].delivery);
    for (size_t i = 0; i < COUNT(tickets); i++)
        land(w, &tickets[i], i == 1 ? delivered : refused);
    assert_int_equal(end_all(w), 2);
    assert_int_equal(stays->pending_count, 1);
    assert_true(delivery_at(stays, 0)->publication->id == ids[1]);
    assert_int_equal(t->publication_count, 1);
    pass_to_offer(w, 1000);
}

/* Fail what is in the given state, at once or when its instant has come. */
static void fail_all(struct world *w, enum delivery_state state, struct push_ticket *tickets,
                     size_t begun)
{
    if (state == DELIVERY_SCHEDULED || state == DELIVERY_OFFERED)
        for (begun = 0; engine_has_offered(w->engine); begun++) {
            take(w, &tickets[begun]);
            settle(w); /* may offer the next */
        }
    for (size_t i = 0; i < begun; i++)
        land(w, &tickets[i], unheard);
    EXPECT_EQ(delivery_state_name(state), end_all(w), begun);
}

/* BACKOFF_RETRY becomes EXPONENTIAL_DECAY_RETRY: those that waited go at once, and the first
 * goes on where it is. */
static void test_from_backoff_to_decay(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        const char *what = delivery_state_name(states[i]);
        world_reopen(w, engine_limits_relaxed());
        static struct push_ticket tickets[UNDER_WAY + 1];
        uint64_t ids[UNDER_WAY];
        struct subscription *s = http_subscription(w, BACKOFF_RETRY);
        size_t begun = bring_under_way(w, s, states[i], tickets, ids);
        const struct delivery *first = delivery_at(s, 0);
        cmq_ms due_ms = first->next.node.due_ms;
        set_strategy(w, s, EXPONENTIAL_DECAY_RETRY);
        EXPECT_EQ(what, first->state, states[i]);
        for (size_t n = 1; n < UNDER_WAY; n++) {
            EXPECT_EQ(what, delivery_at(s, n)->state, DELIVERY_SCHEDULED);
            EXPECT_EQ(what, since_start(delivery_at(s, n)->next.node.due_ms), 0);
        }
        if (states[i] == DELIVERY_SCHEDULED) {
            EXPECT_EQ(what, first->next.node.due_ms, due_ms);
            play(w, due_ms - engine_now_ms(w->engine) - 1, delivered, NULL);
            EXPECT_EQ(what, s->pending_count, 1);
            pass_to_offer(w, 1);
        } else {
            settle(w); /* outcomes wait until the instant is over */
        }
        fail_all(w, states[i], tickets, begun);
        uint32_t attempts = states[i] == DELIVERY_SCHEDULED ? 2 : 1;
        EXPECT_EQ(what, first->attempts, attempts);
        EXPECT_EQ(what, first->next.node.due_ms - engine_now_ms(w->engine), decay_ms(attempts));
        static struct attempts seen;
        seen = (struct attempts){.count = 0};
        play(w, DAY_MS, refused, &seen);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH),
                  states[i] == DELIVERY_SCHEDULED ? DECAY_ATTEMPTS + 2
                                                  : DECAY_ATTEMPTS * UNDER_WAY);
    }
}

/* The other way round: what flies, flies; all else waits for the first. */
static void test_from_decay_to_backoff(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        const char *what = delivery_state_name(states[i]);
        world_reopen(w, engine_limits_relaxed());
        static struct push_ticket tickets[UNDER_WAY];
        uint64_t ids[UNDER_WAY];
        struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        size_t begun = bring_under_way(w, s, states[i], tickets, ids);
        set_strategy(w, s, BACKOFF_RETRY);
        const struct delivery *first = delivery_at(s, 0);
        EXPECT_EQ(what, first->state, states[i]);
        for (size_t n = 1; n < UNDER_WAY; n++)
            EXPECT_EQ(what, delivery_at(s, n)->state,
                      states[i] == DELIVERY_SCHEDULED ? DELIVERY_WAITING : states[i]);
        if (states[i] == DELIVERY_SCHEDULED)
            pass_to_offer(w, 1000); /* keeps its instant */
        fail_all(w, states[i], tickets, begun);
        EXPECT_EQ(what, first->state, DELIVERY_SCHEDULED);
        assert_in_range(first->next.node.due_ms - engine_now_ms(w->engine), 10000, 20000);
        for (size_t n = 1; n < UNDER_WAY; n++)
            EXPECT_EQ(what, delivery_at(s, n)->state, DELIVERY_WAITING);
        static struct attempts seen;
        seen = (struct attempts){.count = 0};
        play(w, DAY_MS, refused, &seen);
        /* each has four attempts, those of the time before included; and in turn */
        EXPECT_EQ(what, engine_fired_count(w->engine, EVENT_PUSH),
                  BACKOFF_ATTEMPTS * UNDER_WAY);
        for (size_t n = 1; n < seen.count; n++)
            EXPECT_EQ(what, seen.made[n].msg_id == seen.made[n - 1].msg_id,
                      seen.made[n].number == seen.made[n - 1].number + 1);
        EXPECT_EQ(what, s->pending_count, 0);
    }
}

/* The turn goes on when one that flies ends before the first, or the first before it. */
static void test_turns_of_what_was_in_flight(void **state)
{
    struct world *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, DELIVERY_IN_FLIGHT, tickets, ids);
    set_strategy(w, s, BACKOFF_RETRY);
    land(w, &tickets[1], delivered);
    assert_int_equal(end_all(w), 1);
    assert_int_equal(delivery_at(s, 0)->state, DELIVERY_IN_FLIGHT);
    land(w, &tickets[2], refused);
    assert_int_equal(end_all(w), 1);
    assert_true(delivery_at(s, 1)->publication->id == ids[2]);
    assert_int_equal(delivery_at(s, 1)->state, DELIVERY_WAITING);
    pass(w, 5000);
    assert_int_equal(engine_fired_count(w->engine, EVENT_PUSH), 3);
    land(w, &tickets[0], delivered);
    assert_int_equal(end_all(w), 1);
    pass_to_offer(w, 0); /* and no interval before its turn */
    assert_int_equal(delivery_at(s, 0)->attempts, 2);
}

/* Attempts so far, all failed; then the strategy changes while it is scheduled or flies. */
static const struct {
    const char *what;
    enum notify_strategy from;
    uint32_t attempts;
    bool in_flight;           /* in the last of them */
    cmq_ms least_ms, most_ms; /* until the retry; 0: dropped */
} switches[] = {
    {"a third of decay flies", EXPONENTIAL_DECAY_RETRY, 3, true, 10000, 20000},
    {"a fourth is the last of backoff", EXPONENTIAL_DECAY_RETRY, 4, true, 0, 0},
    {"a fifth is beyond", EXPONENTIAL_DECAY_RETRY, 5, true, 0, 0},
    {"a third of decay comes", EXPONENTIAL_DECAY_RETRY, 2, false, 10000, 20000},
    {"a fourth of decay comes", EXPONENTIAL_DECAY_RETRY, 3, false, 0, 0},
    {"a fifth is still made", EXPONENTIAL_DECAY_RETRY, 4, false, 0, 0},
    {"a first of backoff flies", BACKOFF_RETRY, 1, true, 1000, 1000},
    {"a third of backoff flies", BACKOFF_RETRY, 3, true, 4000, 4000},
    {"its last flies", BACKOFF_RETRY, 4, true, 8000, 8000},
    {"its last comes", BACKOFF_RETRY, 3, false, 8000, 8000},
};

static void test_attempts_count_for_the_other_strategy(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(switches); i++) {
        const char *what = switches[i].what;
        world_reopen(w, engine_limits_relaxed());
        struct subscription *s = http_subscription(w, switches[i].from);
        static struct push_ticket ticket;
        publish(w, s->topic, "m");
        const struct delivery *d = delivery_at(s, 0);
        for (uint32_t n = 1; n <= switches[i].attempts; n++) {
            pass_to_offer(w, d->next.node.due_ms - engine_now_ms(w->engine));
            take(w, &ticket);
            if (n < switches[i].attempts || !switches[i].in_flight) {
                land(w, &ticket, refused);
                end_all(w);
            }
        }
        cmq_ms due_ms = d->next.node.due_ms;
        set_strategy(
            w, s, switches[i].from == BACKOFF_RETRY ? EXPONENTIAL_DECAY_RETRY : BACKOFF_RETRY);
        if (!switches[i].in_flight) {
            EXPECT_EQ(what, d->state, DELIVERY_SCHEDULED);
            pass_to_offer(w, due_ms - engine_now_ms(w->engine));
            take(w, &ticket);
        }
        land(w, &ticket, refused);
        end_all(w);
        EXPECT_EQ(what, s->pending_count, switches[i].most_ms > 0 ? 1 : 0);
        if (switches[i].most_ms > 0)
            assert_in_range(d->next.node.due_ms - engine_now_ms(w->engine),
                            switches[i].least_ms, switches[i].most_ms);
    }
}

static void test_the_same_strategy_changes_nothing(void **state)
{
    struct world *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    bring_under_way(w, s, DELIVERY_SCHEDULED, tickets, ids);
    cmq_ms due_ms = delivery_at(s, 0)->next.node.due_ms;
    pass(w, 1000);
    set_strategy(w, s, BACKOFF_RETRY);
    assert_true(delivery_at(s, 0)->next.node.due_ms == due_ms);
    assert_int_equal(delivery_at(s, 1)->state, DELIVERY_WAITING);
    /* there and back: the first keeps its instant all the same */
    set_strategy(w, s, EXPONENTIAL_DECAY_RETRY);
    set_strategy(w, s, BACKOFF_RETRY);
    assert_true(delivery_at(s, 0)->next.node.due_ms == due_ms);
    assert_int_equal(delivery_at(s, 1)->state, DELIVERY_WAITING);
    assert_int_equal(delivery_at(s, 2)->state, DELIVERY_WAITING);
}

static void test_format_applies_from_the_next_attempt(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    publish(w, s->topic, "m");
    pass_to_offer(w, 0);
    make_attempt(w, refused);
    struct subscription_request request = {.strategy = s->strategy,
                                           .format = FORMAT_SIMPLIFIED};
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    pass_to_offer(w, 1000); /* the schedule stays */
    static struct push_ticket ticket;
    assert_int_equal(take(w, &ticket)->subscription->format, FORMAT_SIMPLIFIED);
}

static void test_filter_applies_to_what_is_published_later(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct subscription_request request = {
        .strategy = s->strategy,
        .format = s->format,
        .filter = {.tag_count = 1, .tags = {bytes_of("tag")}},
    };
    uint64_t id;
    publish(w, s->topic, "before");
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    assert_int_equal(try_publish(w, s->topic, "m", &plain, &id), CMQ_NO_MATCH);
    assert_int_equal(s->pending_count, 1);
    pass_to_offer(w, 0);
    make_attempt(w, refused);
    pass_to_offer(w, 1000);
    make_attempt(w, delivered);
    engine_clear_filter_tags(w->engine, s);
    publish(w, s->topic, "after");
    assert_int_equal(s->pending_count, 1);
}

static void test_purge_under_way(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            const char *what = delivery_state_name(states[i]);
            world_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s = http_subscription(w, (enum notify_strategy)strategy);
            bring_under_way(w, s, states[i], tickets, ids);
            EXPECT_EQ(what, engine_purge_topic(w->engine, s->topic), UNDER_WAY);
            engine_check(w->engine);
            EXPECT_EQ(what, engine_purge_topic(w->engine, s->topic), 0);
            EXPECT_EQ(what, s->pending_count, 0);
            EXPECT_EQ(what, s->topic->store->bytes, 0);
            EXPECT_EQ(what, engine_pending_count(w->engine), 0);
            EXPECT_EQ(what, engine_flight_count(w->engine), 0);
            for (size_t n = 0; n < UNDER_WAY; n++) {
                EXPECT_EQ(what, tickets[n].delivery == NULL, true);
                land(w, &tickets[n], refused);
            }
            EXPECT_EQ(what, end_all(w), 0);
            uint64_t id = publish(w, s->topic, "goes at once");
            pass_to_offer(w, 0);
            EXPECT_EQ(what, take(w, &tickets[0])->publication->id == id, true);
        }
    }
}

/* ---- tickets ---- */

static void test_the_way_of_an_attempt(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    assert_null(engine_take_push(w->engine, &ticket));
    publish(w, s->topic, "m");
    const struct delivery *d = delivery_at(s, 0);
    assert_int_equal(d->state, DELIVERY_SCHEDULED);
    assert_int_equal(d->attempts, 0);
    assert_int_equal(d->request_id, 0);
    assert_false(settle(w));
    assert_int_equal(d->state, DELIVERY_OFFERED);
    assert_int_equal(d->attempts, 1);
    assert_true(d->request_id != 0);
    assert_int_equal(engine_flight_count(w->engine), 1);
    assert_false(settle(w)); /* as long as it is not taken */
    assert_false(engine_advance(w->engine, engine_now_ms(w->engine) + 1000, NULL));
    assert_int_equal(now_of(w), 0);
    uint64_t request_id = d->request_id;
    assert_ptr_equal(take(w, &ticket), d);
    assert_int_equal(d->state, DELIVERY_IN_FLIGHT);
    assert_false(engine_has_offered(w->engine));
    assert_int_equal(engine_flight_count(w->engine), 1);
    pass(w, 5000); /* who wants it held up asks for the count */
    land(w, &ticket, unheard);
    assert_int_equal(d->state, DELIVERY_LANDED);
    assert_null(ticket.delivery);
    assert_int_equal(engine_flight_count(w->engine), 0);
    assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), 0);
    pass(w, 5000); /* not in force yet */
    assert_int_equal(d->state, DELIVERY_LANDED);
    assert_int_equal(end_all(w), 1);
    assert_int_equal(d->state, DELIVERY_SCHEDULED);
    assert_string_equal(d->last.error, "no answer");
    assert_int_equal(since_start(d->next.node.due_ms), 11000);
    assert_int_equal(engine_push_count(w->engine, PUSH_FAILED), 1);
    assert_int_equal(end_all(w), 0);
    pass_to_offer(w, 1000);
    assert_true(d->request_id != request_id); /* another one for each attempt */
}

static void test_a_ticket_lands_once(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    publish(w, s->topic, "m");
    pass_to_offer(w, 0);
    take(w, &ticket);
    land(w, &ticket, refused);
    land(w, &ticket, delivered);
    assert_int_equal(end_all(w), 1);
    land(w, &ticket, delivered);
    assert_int_equal(end_all(w), 0);
    assert_int_equal(s->pending_count, 1);
    assert_int_equal(delivery_at(s, 0)->last.status, refused.status);
}

static void test_some_land_and_some_fly_on(void **state)
{
    struct world *w = *state;
    static struct push_ticket tickets[UNDER_WAY];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, DELIVERY_IN_FLIGHT, tickets, ids);
    land(w, &tickets[1], delivered);
    assert_int_equal(engine_flight_count(w->engine), 2);
    assert_int_equal(end_all(w), 1);
    assert_int_equal(s->pending_count, 2);
    pass(w, 700);
    land(w, &tickets[0], refused);
    land(w, &tickets[2], delivered);
    assert_int_equal(end_all(w), 2);
    assert_int_equal(s->pending_count, 1);
    assert_true(delivery_at(s, 0)->publication->id == ids[0]);
    pass_to_offer(w, 1000);
}

static void test_abandoned_pushes_fail(void **state)
{
    struct world *w = *state;
    static struct push_ticket tickets[UNDER_WAY], last;
    uint64_t ids[UNDER_WAY];
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, DELIVERY_IN_FLIGHT, tickets, ids);
    publish(w, s->topic, "only offered");
    static struct journal j, before;
    j = (struct journal){.fired = 0};
    assert_false(engine_advance(w->engine, WORLD_START_MS, &j));
    memcpy(&before, &j, sizeof j);
    land(w, &tickets[1], delivered);
    engine_abandon_pushes(w->engine);
    engine_check(w->engine);
    for (size_t i = 0; i < UNDER_WAY; i++) {
        assert_null(tickets[i].delivery);
        land(w, &tickets[i], delivered); /* too late */
    }
    assert_int_equal(engine_flight_count(w->engine), 1);
    engine_abandon_pushes(w->engine);
    assert_int_equal(engine_end_pushes(w->engine, &j), UNDER_WAY);
    assert_int_equal(s->pending_count, 3); /* the one that had landed is delivered */
    assert_string_equal(delivery_at(s, 0)->last.error, "abandoned");
    take(w, &last);
    land(w, &last, delivered);
    assert_int_equal(engine_end_pushes(w->engine, &j), 1);
    assert_memory_equal(&j, &before, sizeof j); /* forgotten */
}

static void test_tickets_outlive_the_engine(void **state)
{
    struct world *w = *state;
    static struct push_ticket tickets[UNDER_WAY + 1];
    uint64_t ids[UNDER_WAY];
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    bring_under_way(w, s, DELIVERY_IN_FLIGHT, tickets, ids);
    publish(w, s->topic, "offered");
    assert_false(settle(w));
    land(w, &tickets[2], refused);
    world_reopen(w, engine_limits_relaxed());
    for (size_t i = 0; i < UNDER_WAY; i++) {
        assert_null(tickets[i].delivery);
        engine_land_push(&tickets[i], &delivered);
    }
}

/* ---- in the order of taking off ---- */

static uint64_t fold(uint64_t trace, uint64_t number)
{
    trace = (trace ^ number) * UINT64_C(0x100000001b3);
    return trace ^ trace >> 29;
}

static uint64_t fold_agenda(struct world *w, uint64_t trace)
{
    struct agenda_cursor c = {NULL};
    struct event_view v;
    while (engine_walk_agenda(w->engine, &c, &v))
        trace = fold(fold(fold(fold(trace, (uint64_t)v.at_ms), v.kind), v.msg_id), v.attempt);
    return trace;
}

enum { TOGETHER = 4 };
static const struct {
    const char *what;
    int landing[TOGETHER];
} orders[] = {
    {"as they took off", {0, 1, 2, 3}}, {"the other way round", {3, 2, 1, 0}},
    {"the last first", {3, 0, 1, 2}},   {"the first last", {1, 2, 3, 0}},
    {"in pairs", {2, 3, 0, 1}},         {"crosswise", {1, 0, 3, 2}},
};

/* Which way the present attempt of a message goes: the same in whichever order it is asked. */
static struct push_outcome outcome_of(const struct delivery *d)
{
    return (d->publication->id + d->attempts) % 3 == 0 ? delivered : refused;
}

/* All attempts of an instant land in the given order, and a queue is told at the same instants;
 * returns all that can be seen, in one number. */
static uint64_t trace_of_order(struct world *w, const int *landing)
{
    world_reopen(w, engine_limits_relaxed());
    struct topic *t = topic(w, "t");
    struct queue *q = world_queue(w, "q");
    subscribe(w, t, to_http("a", EXPONENTIAL_DECAY_RETRY));
    subscribe(w, t, to_http("b", BACKOFF_RETRY));
    subscribe(w, t, to_queue("c", "q"));
    subscribe(w, t, to_http("d", EXPONENTIAL_DECAY_RETRY));
    uint64_t ids[3], trace = 0;
    publish_all(w, t, ids, 3);
    while (!engine_advance(w->engine, WORLD_START_MS + 600000, NULL)) {
        static struct push_ticket tickets[16];
        size_t taken = 0;
        while (engine_has_offered(w->engine)) {
            trace = fold(trace, take(w, &tickets[taken++])->request_id);
            assert_in_range(taken, 1, COUNT(tickets));
        }
        for (size_t base = 0; base < COUNT(tickets); base += TOGETHER)
            for (size_t i = 0; i < TOGETHER; i++) {
                struct push_ticket *ticket = &tickets[base + (size_t)landing[i]];
                if (ticket->delivery != NULL)
                    land(w, ticket, outcome_of(ticket->delivery));
            }
        assert_int_equal(end_all(w), taken);
        trace = fold_agenda(w, fold(trace, (uint64_t)now_of(w)));
    }
    while (queue_count(q, MESSAGE_ACTIVE) > 0)
        trace = fold(trace, world_receive(w, q)->id);
    return fold(trace, publish(w, t, "one more"));
}

static void test_outcomes_in_the_order_of_taking_off(void **state)
{
    struct world *w = *state;
    uint64_t want = trace_of_order(w, orders[0].landing);
    for (size_t i = 1; i < COUNT(orders); i++)
        EXPECT_EQ(orders[i].what, trace_of_order(w, orders[i].landing) == want, true);
}

/* Of one subscription that goes by turns: the order of its attempts shows who was first. */
static void test_retries_keep_the_order_of_taking_off(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        world_reopen(w, engine_limits_relaxed());
        struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
        static struct push_ticket tickets[TOGETHER];
        uint64_t ids[TOGETHER];
        publish_all(w, s->topic, ids, TOGETHER);
        assert_false(settle(w));
        for (int n = 0; n < TOGETHER; n++)
            take(w, &tickets[n]);
        for (int n = 0; n < TOGETHER; n++)
            land(w, &tickets[orders[i].landing[n]], refused);
        end_all(w);
        pass_to_offer(w, 1000);
        for (int n = 0; n < TOGETHER; n++)
            EXPECT_EQ(orders[i].what, take(w, &tickets[n])->publication->id == ids[n], true);
    }
}

/* ---- journal ---- */

static const struct journal_event *event_at(const struct journal *j, size_t place)
{
    assert_in_range(place, 0, j->count - 1);
    return &j->events[place];
}

static void test_journal_of_pushes_to_queues(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    struct queue *q = world_queue(w, "q");
    subscribe(w, t, to_queue("good", "q"));
    subscribe(w, t, to_queue("bad", "missing"));
    uint64_t id = publish(w, t, "m");
    static struct journal j;
    j = (struct journal){.fired = 0};
    assert_true(engine_advance(w->engine, WORLD_START_MS + 1000, &j));
    assert_int_equal(j.fired, 3);
    assert_int_equal(j.fired_by_kind[EVENT_PUSH], 3);
    static const struct {
        const char *what, *subscription;
        cmq_ms after_ms;
        uint32_t attempt;
        enum push_result result;
        enum cmq_err err;
    } want[] = {
        {"delivered", "good", 0, 1, PUSH_DELIVERED, CMQ_OK},
        {"failed", "bad", 0, 1, PUSH_FAILED, CMQ_NO_QUEUE},
        {"failed again", "bad", 1000, 2, PUSH_FAILED, CMQ_NO_QUEUE},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct journal_event *event = event_at(&j, i);
        EXPECT_EQ(want[i].what, event->kind, EVENT_PUSH);
        EXPECT_EQ(want[i].what, event->of_topic, true);
        EXPECT_EQ(want[i].what, event->landed, true);
        EXPECT_EQ(want[i].what, since_start(event->at_ms), want[i].after_ms);
        EXPECT_EQ(want[i].what, event->msg_id == id, true);
        EXPECT_EQ(want[i].what, event->attempt, want[i].attempt);
        EXPECT_EQ(want[i].what, event->result, want[i].result);
        EXPECT_EQ(want[i].what, event->outcome.err, want[i].err);
        assert_string_equal(event->name, "t");
        assert_string_equal(event->subscription_name, want[i].subscription);
    }
    EXPECT_COUNTS("delivered", q, 1, 0, 0, 0);
}

static void test_journal_of_pushes_over_http(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    uint64_t ids[2];
    static struct push_ticket ticket;
    publish_all(w, s->topic, ids, 2);
    static struct journal j;
    j = (struct journal){.fired = 0};
    assert_false(engine_advance(w->engine, WORLD_START_MS + 500000, &j));
    assert_int_equal(j.count, 1);
    assert_false(event_at(&j, 0)->landed); /* offered */
    take(w, &ticket);
    land(w, &ticket, unheard);
    assert_false(event_at(&j, 0)->landed); /* not in force */
    assert_int_equal(engine_end_pushes(w->engine, &j), 1);
    assert_true(event_at(&j, 0)->landed);
    assert_int_equal(event_at(&j, 0)->result, PUSH_FAILED);
    assert_string_equal(event_at(&j, 0)->outcome.error, "no answer");
    assert_string_equal(event_at(&j, 0)->subscription_name, "s");
    while (!engine_advance(w->engine, WORLD_START_MS + 500000, &j)) {
        const struct delivery *d = take(w, &ticket);
        land(w, &ticket, d->publication->id == ids[0] ? refused : delivered);
        engine_end_pushes(w->engine, &j);
    }
    assert_int_equal(j.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        const struct journal_event *event = event_at(&j, i);
        assert_true(event->landed);
        assert_true(event->msg_id == ids[i / 4]);
        assert_int_equal(event->attempt, i % 4 + 1);
        assert_int_equal(event->result,
                         i == 4 ? PUSH_DELIVERED : (i == 3 ? PUSH_DROPPED : PUSH_FAILED));
    }
    assert_int_equal(event_at(&j, 3)->outcome.status, refused.status);
    assert_int_equal(event_at(&j, 4)->outcome.status, delivered.status);
}

/* Each outcome goes to the event of its own attempt, whichever lands first. */
static void test_journal_keeps_places(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    subscribe(w, t, to_http("a", EXPONENTIAL_DECAY_RETRY));
    subscribe(w, t, to_queue("b", "missing"));
    subscribe(w, t, to_http("c", EXPONENTIAL_DECAY_RETRY));
    static struct push_ticket a, c;
    publish(w, t, "m");
    static struct journal j;
    j = (struct journal){.fired = 0};
    assert_false(engine_advance(w->engine, WORLD_START_MS, &j));
    take(w, &a);
    take(w, &c);
    land(w, &c, delivered);
    assert_int_equal(engine_end_pushes(w->engine, &j), 1);
    assert_false(event_at(&j, 0)->landed);
    assert_int_equal(event_at(&j, 1)->result, PUSH_FAILED);
    assert_int_equal(event_at(&j, 2)->result, PUSH_DELIVERED);
    land(w, &a, refused);
    assert_int_equal(engine_end_pushes(w->engine, &j), 1);
    assert_true(event_at(&j, 0)->landed);
    assert_int_equal(event_at(&j, 0)->result, PUSH_FAILED);
    assert_int_equal(event_at(&j, 0)->outcome.status, refused.status);
    assert_int_equal(event_at(&j, 2)->outcome.status, delivered.status);
}

static void test_journal_of_more_than_it_holds(void **state)
{
    struct world *w = *state;
    enum { EVENTS = JOURNAL_EVENTS + 20 };
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket tickets[EVENTS];
    uint64_t ids[EVENTS];
    publish_all(w, s->topic, ids, EVENTS);
    static struct {
        struct journal journal;
        unsigned char behind[sizeof(struct journal_event)];
    } j, untouched;
    memset(&j, 0, sizeof j);
    memset(j.behind, 0xA5, sizeof j.behind);
    untouched = j;
    assert_false(engine_advance(w->engine, WORLD_START_MS, &j.journal));
    for (size_t i = 0; i < EVENTS; i++)
        take(w, &tickets[i]);
    for (size_t i = EVENTS; i-- > 0;)
        land(w, &tickets[i], i % 2 == 0 ? delivered : refused);
    assert_int_equal(engine_end_pushes(w->engine, &j.journal), EVENTS);
    assert_int_equal(j.journal.fired, EVENTS);
    assert_int_equal(j.journal.fired_by_kind[EVENT_PUSH], EVENTS);
    assert_int_equal(j.journal.count, JOURNAL_EVENTS);
    for (size_t i = 0; i < JOURNAL_EVENTS; i++) {
        assert_true(event_at(&j.journal, i)->msg_id == ids[i]);
        assert_true(event_at(&j.journal, i)->landed);
        assert_int_equal(event_at(&j.journal, i)->result,
                         i % 2 == 0 ? PUSH_DELIVERED : PUSH_FAILED);
    }
    assert_memory_equal(j.behind, untouched.behind, sizeof j.behind);
    assert_int_equal(s->pending_count, EVENTS / 2);
}

/* Offered, in flight, landed: none is written any more. */
static void test_a_forgotten_journal(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket tickets[3];
    uint64_t ids[3];
    publish_all(w, s->topic, ids, 3);
    static struct journal j, before;
    j = (struct journal){.fired = 0};
    assert_false(engine_advance(w->engine, WORLD_START_MS, &j));
    take(w, &tickets[0]);
    take(w, &tickets[1]);
    land(w, &tickets[0], delivered);
    engine_forget_journal(w->engine);
    memcpy(&before, &j, sizeof j);
    land(w, &tickets[1], delivered);
    take(w, &tickets[2]);
    land(w, &tickets[2], delivered);
    assert_int_equal(engine_end_pushes(w->engine, &j), 3);
    assert_memory_equal(&j, &before, sizeof j);
    assert_int_equal(s->pending_count, 0);
}

/* An attempt whose message goes meanwhile never lands; the event stands without outcome. */
static void test_journal_of_what_never_lands(void **state)
{
    struct world *w = *state;
    struct subscription *s = http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    static struct push_ticket ticket;
    uint64_t id = publish(w, s->topic, "m");
    static struct journal j;
    j = (struct journal){.fired = 0};
    assert_false(engine_advance(w->engine, WORLD_START_MS + 2 * (cmq_ms)DAY_MS, &j));
    take(w, &ticket);
    assert_true(engine_advance(w->engine, WORLD_START_MS + 2 * (cmq_ms)DAY_MS, &j));
    land(w, &ticket, delivered);
    assert_int_equal(engine_end_pushes(w->engine, &j), 0);
    assert_int_equal(j.count, 2);
    assert_false(event_at(&j, 0)->landed);
    assert_int_equal(event_at(&j, 1)->kind, EVENT_EXPIRED);
    assert_true(event_at(&j, 1)->of_topic);
    assert_string_equal(event_at(&j, 1)->name, "t");
    assert_string_equal(event_at(&j, 1)->subscription_name, "");
    assert_true(event_at(&j, 1)->msg_id == id);
    assert_int_equal(event_at(&j, 1)->attempt, 0);
    assert_int_equal(since_start(event_at(&j, 1)->at_ms), DAY_MS);
}

static void test_journal_limit(void **state)
{
    struct world *w = *state;
    struct topic *t = topic(w, "t");
    struct queue *q = world_queue(w, "q");
    subscribe(w, t, to_queue("a", "q"));
    subscribe(w, t, to_queue("b", "q"));
    world_park(w, q, 1, 16, 30000);
    publish(w, t, "m");
    static struct journal j;
    j = (struct journal){.limit = 1};
    assert_false(engine_advance(w->engine, WORLD_START_MS + 1000, &j));
    engine_check(w->engine);
    assert_int_equal(j.fired, 1);
    EXPECT_COUNTS("in the middle of an instant", q, 1, 0, 0, 0);
    assert_false(engine_advance(w->engine, WORLD_START_MS + 1000, &j)); /* full */
    assert_int_equal(j.fired, 1);
    j.limit = 2;
    assert_false(engine_advance(w->engine, WORLD_START_MS + 1000, &j));
    world_collect(w);
    EXPECT_EQ("one poll", world_next_release(w).count, 2);
}

/* ---- agenda ---- */

static const struct {
    const char *what;
    enum event_kind kind;
    cmq_ms after_ms;
    const char *queue, *topic, *subscription;
    int message; /* which one; 0: none */
    uint32_t attempt;
} agenda[] = {
    {"a first attempt", EVENT_PUSH, 999, NULL, "u", "c", 2, 1},
    {"a retry", EVENT_PUSH, 1000, NULL, "t", "a", 1, 2},
    {"a poll", EVENT_POLL_TIMEOUT, 3000, "q", NULL, NULL, 0, 0},
    {"a topic's name", EVENT_NAME_FREE, 30000, NULL, "gone", NULL, 0, 0},
    {"a queue's name", EVENT_NAME_FREE, 30000, "gone", NULL, NULL, 0, 0},
    {"a day", EVENT_EXPIRED, DAY_MS, NULL, "t", NULL, 1, 0},
    {"another day", EVENT_EXPIRED, DAY_MS + 999, NULL, "u", NULL, 2, 0},
};

static void expect_text(const char *what, const char *got, const char *want)
{
    EXPECT_EQ(what, got == NULL, want == NULL);
    if (want != NULL)
        assert_string_equal(got, want);
}

static void expect_view(size_t row, const struct event_view *v, const uint64_t *ids)
{
    const char *what = agenda[row].what;
    EXPECT_EQ(what, v->kind, agenda[row].kind);
    EXPECT_EQ(what, since_start(v->at_ms), agenda[row].after_ms);
    EXPECT_EQ(what, v->attempt, agenda[row].attempt);
    EXPECT_EQ(what, v->msg_id == ids[agenda[row].message], true);
    expect_text(what, v->queue_name, agenda[row].queue);
    expect_text(what, v->topic_name, agenda[row].topic);
    expect_text(what, v->subscription_name, agenda[row].subscription);
}

static void test_agenda(void **state)
{
    struct world *w = *state;
    world_reopen(w, engine_limits_strict());
    struct topic *t = topic(w, "t"), *u = topic(w, "u");
    subscribe(w, t, to_queue("a", "missing"));
    subscribe(w, u, to_http("c", BACKOFF_RETRY));
    assert_int_equal(engine_delete_topic(w->engine, topic(w, "gone")), CMQ_OK);
    assert_int_equal(engine_delete_queue(w->engine, world_queue(w, "gone")), CMQ_OK);
    world_park(w, world_queue(w, "q"), 1, 1, 3000);
    uint64_t ids[3] = {0};
    ids[1] = publish(w, t, "m");
    pass(w, 999);
    ids[2] = publish(w, u, "m");

    struct agenda_cursor c = {NULL};
    struct event_view v;
    for (size_t i = 0; i < COUNT(agenda); i++) {
        assert_true(engine_walk_agenda(w->engine, &c, &v));
        expect_view(i, &v, ids);
    }
    assert_false(engine_walk_agenda(w->engine, &c, &v));
    assert_int_equal(engine_pending_count(w->engine), COUNT(agenda));
    assert_true(engine_next_event(w->engine, &v));
    expect_view(0, &v, ids);
    assert_true(engine_wake_ms(w->engine) == v.at_ms);
}

/* Neither what waits for its turn nor what is under way is an event to come. */
static void test_what_is_not_on_the_agenda(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(states); i++) {
        for (int strategy = BACKOFF_RETRY; strategy <= EXPONENTIAL_DECAY_RETRY; strategy++) {
            world_reopen(w, engine_limits_relaxed());
            static struct push_ticket tickets[UNDER_WAY];
            uint64_t ids[UNDER_WAY];
            struct subscription *s = http_subscription(w, (enum notify_strategy)strategy);
            size_t begun = bring_under_way(w, s, states[i], tickets, ids);
            size_t attempts = states[i] == DELIVERY_SCHEDULED ? begun : 0;
            EXPECT_EQ(delivery_state_name(states[i]), engine_pending_count(w->engine),
                      UNDER_WAY + attempts); /* each message's end, too */
        }
    }
}

static void test_names_of_states_and_results(void **state)
{
    (void)state;
    for (int a = 0; a < DELIVERY_STATES; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(delivery_state_name((enum delivery_state)a),
                                    delivery_state_name((enum delivery_state)b));
    assert_string_equal(push_result_name(PUSH_DELIVERED), "delivered");
    assert_string_equal(push_result_name(PUSH_FAILED), "failed");
    assert_string_equal(push_result_name(PUSH_DROPPED), "dropped");
}

/* ---- freeing in slices ---- */

static void test_free_some(void **state)
{
    struct world *w = *state;
    enum { MESSAGES = 1000, SLICE = 64 };
    struct subscription *s = http_subscription(w, BACKOFF_RETRY);
    subscribe(w, s->topic, to_http("other", EXPONENTIAL_DECAY_RETRY));
    struct topic *u = topic(w, "u");
    subscribe(w, u, to_queue("s", "missing"));
    struct queue *q = world_queue(w, "q");
    static struct push_ticket ticket;
    for (int i = 0; i < MESSAGES; i++) {
        publish(w, s->topic, "m");
        publish(w, u, "m");
        world_send(w, q, "m", 0);
    }
    assert_false(settle(w));
    take(w, &ticket);
    int slices = 0;
    size_t held = w->heap.held;
    /* a publication counts with its deliveries: of one thing in s->topic three, in u two */
    for (; !engine_free_some(w->engine, SLICE); slices++, held = w->heap.held)
        assert_in_range(held - w->heap.held, SLICE / 3, SLICE + 4);
    assert_in_range(slices, 6 * MESSAGES / (SLICE + 2), 6 * MESSAGES / SLICE + 2);
    assert_null(ticket.delivery);
    assert_int_equal(w->heap.held, 0);
    world_open(w, engine_limits_relaxed()); /* for the teardown */
}

/* ---- when there is no memory ---- */

/* All that a failed call must leave as it was. */
struct census {
    size_t topics, subscriptions, publications, pending, queues, events, bytes;
};

static struct census census_of(const struct engine *e)
{
    struct census c = {.events = engine_pending_count(e)};
    for (struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL; c.queues++)
        c.bytes = q->store->bytes;
    for (struct topic *t = NULL; (t = engine_next_topic(e, t)) != NULL; c.topics++) {
        c.publications += t->publication_count;
        c.bytes = t->store->bytes;
        for (struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;
             c.subscriptions++)
            c.pending += s->pending_count;
    }
    return c;
}

static bool expect_untouched(const struct engine *e, enum cmq_err err, struct census before)
{
    struct census after = census_of(e);
    engine_check(e);
    if (err == CMQ_INTERNAL)
        assert_memory_equal(&before, &after, sizeof before);
    return err == CMQ_OK;
}

static struct topic *try_create_topic(struct engine *e, const char *name)
{
    struct census before = census_of(e);
    struct topic_request request = {FILTER_BY_TAG, 65536};
    struct topic *t = NULL;
    enum cmq_err err = engine_create_topic(e, bytes_of(name), &request, &t);
    return expect_untouched(e, err, before) ? t : NULL;
}

static struct subscription *try_subscribe(struct engine *e, struct topic *t,
                                          struct subscription_request request)
{
    struct census before = census_of(e);
    struct subscription *s = NULL;
    enum cmq_err err = engine_subscribe(e, t, &request, &s);
    if (err == CMQ_INTERNAL)
        assert_null(engine_find_subscription(e, t, request.name));
    return expect_untouched(e, err, before) ? s : NULL;
}

static void try_set_subscription(struct engine *e, struct subscription *s)
{
    struct census before = census_of(e);
    const struct subscription old = *s;
    struct subscription_request request = {
        .strategy = BACKOFF_RETRY,
        .format = FORMAT_SIMPLIFIED,
        .filter = {.tag_count = 1, .tags = {bytes_of("tag")}},
    };
    if (expect_untouched(e, engine_set_subscription(e, s, &request), before))
        return;
    assert_ptr_equal(s->filter, old.filter);
    assert_int_equal(s->strategy, old.strategy);
    assert_int_equal(s->format, old.format);
    assert_int_equal(s->modified_ms, old.modified_ms);
}

static void try_publish_batch(struct engine *e, struct topic *t, size_t count)
{
    struct census before = census_of(e);
    struct bytes tag = bytes_of("tag");
    struct bytes bodies[BATCH_MAX];
    struct routing routing;
    uint64_t ids[BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        bodies[i] = bytes_of("body");
    routing_init(&routing, &tag, 1, bytes_of(""));
    expect_untouched(e, engine_publish(e, t, bodies, count, &routing, ids), before);
}

static void try_delete_topic(struct engine *e, struct topic *t)
{
    struct census before = census_of(e);
    expect_untouched(e, engine_delete_topic(e, t), before);
}

static void try_advance(struct engine *e, cmq_ms span_ms)
{
    cmq_ms until_ms = engine_now_ms(e) + span_ms;
    while (!engine_advance(e, until_ms, NULL)) {
        struct push_ticket ticket;
        while (engine_take_push(e, &ticket) != NULL)
            engine_land_push(&ticket, &refused);
        engine_end_pushes(e, NULL);
    }
    engine_check(e);
}

/* Something of everything that takes memory, as far as it gets. */
static void run_scenario(struct engine *e)
{
    struct queue_attributes a = queue_attributes_default();
    struct queue *q;
    struct topic *t = try_create_topic(e, "t");
    struct topic *u = try_create_topic(e, "u");
    (void)engine_create_queue(e, bytes_of("q"), &a, NULL, &q);
    if (t == NULL || u == NULL)
        return;
    struct subscription *s = try_subscribe(e, t, to_http("s", EXPONENTIAL_DECAY_RETRY));
    try_subscribe(e, t, to_queue("q", "q"));
    try_publish_batch(e, t, BATCH_MAX);
    try_advance(e, 5000);
    if (s != NULL)
        try_set_subscription(e, s);
    try_publish_batch(e, t, 3);
    try_publish_batch(e, u, 3);
    try_delete_topic(e, t);
    try_advance(e, 50000);
    try_delete_topic(e, u);
    try_advance(e, DAY_MS);
    assert_int_equal(t->publication_count, 0);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    /* the scenario is no shorter than it should be */
    assert_in_range(world_starve(run_scenario, false), 50, 10000);
}

static void test_memory_may_end_at_every_allocation(void **state)
{
    (void)state;
    world_starve(run_scenario, true);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(test_created_topic),
        TEST(test_names),
        TEST(test_names_of_other_kinds_are_free),
        TEST(test_longest_names),
        TEST(test_walks_in_order_of_creation),
        TEST(test_too_many),
        TEST(test_limits),
        TEST(test_relaxed_names_are_free_at_once),
        TEST(test_strict_names_cool),
        TEST(test_names_of_subscriptions_do_not_cool),
        TEST(test_restart_frees_names),
        TEST(test_delete_topic_with_subscriptions),
        TEST(test_created_subscription),
        TEST(test_set_subscription),
        TEST(test_binding_keys_are_required_where_they_count),
        TEST(test_refusals_in_their_order),
        TEST(test_longest_bodies),
        TEST(test_memory_limit),
        TEST(test_what_takes_memory),
        TEST(test_rate_of_publishing),
        TEST(test_matching_by_tags),
        TEST(test_matching_by_keys),
        TEST(test_who_subscribes_later_gets_nothing_of_before),
        TEST(test_a_batch),
        TEST(test_a_queue_gets_the_body_alone),
        TEST(test_several_may_name_one_queue),
        TEST(test_obstacles_are_failed_attempts),
        TEST(test_rate_of_the_queue),
        TEST(test_a_queue_that_goes_and_comes),
        TEST(test_parked_polls_are_served),
        TEST(test_a_poll_gets_a_batch_at_once),
        TEST(test_all_attempts_of_decay),
        TEST(test_delivered_by_the_last_attempt),
        TEST(test_a_slow_endpoint),
        TEST(test_no_attempt_at_the_age_of_a_day),
        TEST(test_a_day_ends_in_flight),
        TEST(test_backoff_goes_one_by_one),
        TEST(test_backoff_goes_on_when_one_is_delivered),
        TEST(test_gaps_are_drawn_from_the_seed_alone),
        TEST(test_subscriptions_are_independent),
        TEST(test_decay_messages_are_independent),
        TEST(test_unsubscribe_under_way),
        TEST(test_unsubscribe_leaves_the_others),
        TEST(test_from_backoff_to_decay),
        TEST(test_from_decay_to_backoff),
        TEST(test_turns_of_what_was_in_flight),
        TEST(test_attempts_count_for_the_other_strategy),
        TEST(test_the_same_strategy_changes_nothing),
        TEST(test_format_applies_from_the_next_attempt),
        TEST(test_filter_applies_to_what_is_published_later),
        TEST(test_purge_under_way),
        TEST(test_the_way_of_an_attempt),
        TEST(test_a_ticket_lands_once),
        TEST(test_some_land_and_some_fly_on),
        TEST(test_abandoned_pushes_fail),
        TEST(test_tickets_outlive_the_engine),
        TEST(test_outcomes_in_the_order_of_taking_off),
        TEST(test_retries_keep_the_order_of_taking_off),
        TEST(test_journal_of_pushes_to_queues),
        TEST(test_journal_of_pushes_over_http),
        TEST(test_journal_keeps_places),
        TEST(test_journal_of_more_than_it_holds),
        TEST(test_a_forgotten_journal),
        TEST(test_journal_of_what_never_lands),
        TEST(test_journal_limit),
        TEST(test_agenda),
        TEST(test_what_is_not_on_the_agenda),
        TEST(test_names_of_states_and_results),
        TEST(test_free_some),
        TEST(test_every_allocation_may_fail),
        TEST(test_memory_may_end_at_every_allocation),
    };
    return cmocka_run_group_tests_name("topic", tests, NULL, NULL);
}
