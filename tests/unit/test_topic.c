/* Topics on the engine alone: names, subscriptions, publishing, delivery to queues. */
#include "engine/topic.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- topics and their names ---- */

static void test_created_topic(void **state)
{
    struct fixture *w = *state;
    fixture_pass_quietly(w, 1000);
    struct topic *t = fixture_topic_with(
        w, "Feed-1",
        (struct topic_request){.filter_type = FILTER_BY_KEY, .max_msg_size = 1024});
    assert_false(engine_empty(w->engine));
    assert_string_equal(t->name, "Feed-1");
    assert_memory_equal(t->id, "topic-", 6);
    assert_int_equal(strlen(t->id), 14);
    assert_int_equal(t->filter_type, FILTER_BY_KEY);
    assert_int_equal(t->max_msg_size, 1024);
    assert_int_equal(fixture_since_start(t->created_ms), 1000);
    assert_int_equal(fixture_since_start(t->modified_ms), 1000);
    assert_int_equal(t->subscription_count, 0);
    assert_int_equal(t->publication_count, 0);
    fixture_pass_quietly(w, 500);
    engine_set_topic(w->engine, t, &(struct topic_request){.max_msg_size = 2048});
    assert_int_equal(t->max_msg_size, 2048);
    assert_int_equal(fixture_since_start(t->created_ms), 1000);
    assert_int_equal(fixture_since_start(t->modified_ms), 1500);
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
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct topic *t = fixture_topic(w, "orders");
        fixture_subscribe(w, t, subscription_to_http("bills", BACKOFF_RETRY));
        struct bytes name = bytes_of(names[i].subscription);
        EXPECT_EQ(names[i].what, fixture_find_topic(w, names[i].topic) == t, names[i].found);
        EXPECT_EQ(names[i].what, engine_find_subscription(w->engine, t, name) != NULL,
                  names[i].found);
        EXPECT_EQ(names[i].what, fixture_try_topic(w, names[i].topic), names[i].create);
        struct subscription_request request =
            subscription_to_http(names[i].subscription, BACKOFF_RETRY);
        struct subscription *s;
        EXPECT_EQ(names[i].what, engine_subscribe(w->engine, t, &request, &s),
                  names[i].subscribe);
        engine_check(w->engine);
    }
}

/* Queues, topics and the subscriptions of each topic have names of their own. */
static void test_names_of_other_kinds_are_free(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "name");
    struct topic *t = fixture_topic(w, "name");
    struct topic *u = fixture_topic(w, "other");
    struct subscription *a =
        fixture_subscribe(w, t, subscription_to_http("name", BACKOFF_RETRY));
    struct subscription *b =
        fixture_subscribe(w, u, subscription_to_http("name", BACKOFF_RETRY));
    assert_ptr_equal(engine_find_queue(w->engine, bytes_of("name")), q);
    assert_ptr_equal(fixture_find_topic(w, "name"), t);
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
    struct fixture *w = *state;
    char name[NAME_MAX_LENGTH + 1], endpoint[ENDPOINT_LENGTH_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    memset(endpoint, 'e', sizeof endpoint - 1);
    name[sizeof name - 1] = endpoint[sizeof endpoint - 1] = '\0';
    struct topic *t = fixture_topic(w, name);
    struct subscription_request request = subscription_to_http(name, BACKOFF_RETRY);
    request.endpoint = bytes_of(endpoint);
    struct subscription *s = fixture_subscribe(w, t, request);
    assert_string_equal(fixture_find_topic(w, name)->name, name);
    assert_string_equal(s->name, name);
    assert_string_equal(s->endpoint, endpoint);
}

static void test_walks_in_order_of_creation(void **state)
{
    struct fixture *w = *state;
    enum { MANY = 60, GONE = 17 };
    struct topic *topics[MANY];
    struct subscription *subscriptions[MANY];
    char name[24];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i * 7919 % 1000);
        topics[i] = fixture_topic(w, name);
        subscriptions[i] =
            fixture_subscribe(w, topics[0], subscription_to_http(name, BACKOFF_RETRY));
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
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_topics = 2;
    limits.max_subscriptions = 2;
    fixture_reopen(w, limits);
    struct topic *a = fixture_topic(w, "a");
    struct topic *b = fixture_topic(w, "b");
    assert_int_equal(fixture_try_topic(w, "c"), CMQ_TOO_MANY_TOPICS);
    assert_int_equal(fixture_try_topic(w, "A"), CMQ_TOPIC_EXISTS);
    fixture_subscribe(w, a, subscription_to_http("a", BACKOFF_RETRY));
    struct subscription *s = fixture_subscribe(w, a, subscription_to_http("b", BACKOFF_RETRY));
    struct subscription_request c = subscription_to_http("c", BACKOFF_RETRY);
    struct subscription_request again = subscription_to_http("A", BACKOFF_RETRY);
    struct subscription *out;
    assert_int_equal(engine_subscribe(w->engine, a, &c, &out), CMQ_TOO_MANY_SUBSCRIPTIONS);
    assert_int_equal(engine_subscribe(w->engine, a, &again, &out), CMQ_SUBSCRIPTION_EXISTS);
    fixture_subscribe(w, b, c); /* the limit is each topic's own */
    engine_unsubscribe(w->engine, s);
    fixture_subscribe(w, a, c);
    engine_unsubscribe(w->engine, engine_next_subscription(b, NULL));
    assert_int_equal(engine_delete_topic(w->engine, b), CMQ_OK);
    assert_int_equal(fixture_try_topic(w, "c"), CMQ_OK);
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
    struct fixture *w = *state;
    assert_int_equal(engine_delete_topic(w->engine, fixture_topic(w, "t")), CMQ_OK);
    assert_int_equal(fixture_try_topic(w, "t"), CMQ_OK);
}

static void test_strict_names_cool(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    assert_int_equal(engine_delete_topic(w->engine, fixture_topic(w, "Orders")), CMQ_OK);
    assert_true(engine_empty(w->engine));
    assert_int_equal(fixture_try_topic(w, "Orders"), CMQ_TOPIC_NAME_COOLING);
    assert_int_equal(fixture_try_topic(w, "orders"), CMQ_TOPIC_NAME_COOLING);
    assert_int_equal(fixture_try_topic(w, "orders2"), CMQ_OK);
    fixture_queue(w, "Orders"); /* queues have names of their own */
    struct event_view event;
    assert_true(engine_next_event(w->engine, &event));
    assert_int_equal(event.kind, EVENT_NAME_FREE);
    assert_string_equal(event.topic_name, "Orders");
    assert_null(event.queue_name);
    assert_null(event.subscription_name);
    fixture_pass_quietly(w, 29999);
    assert_int_equal(fixture_try_topic(w, "Orders"), CMQ_TOPIC_NAME_COOLING);
    fixture_pass_quietly(w, 1);
    assert_int_equal(fixture_try_topic(w, "orders"), CMQ_OK);
}

static void test_names_of_subscriptions_do_not_cool(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    struct topic *t = s->topic;
    engine_unsubscribe(w->engine, s);
    fixture_subscribe(w, t, subscription_to_http("s", BACKOFF_RETRY));
}

static void test_restart_frees_names(void **state)
{
    struct fixture *w = *state;
    fixture_reopen(w, engine_limits_strict());
    fixture_pass_quietly(w, 100000);
    assert_int_equal(engine_delete_topic(w->engine, fixture_topic(w, "t")), CMQ_OK);
    engine_restart(w->engine, FIXTURE_START_MS);
    assert_int_equal(engine_pending_count(w->engine), 0);
    assert_int_equal(fixture_try_topic(w, "t"), CMQ_OK);
}

static void test_delete_topic_with_subscriptions(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    struct subscription *a = fixture_subscribe(w, t, subscription_to_http("a", BACKOFF_RETRY));
    struct subscription *b = fixture_subscribe(w, t, subscription_to_http("b", BACKOFF_RETRY));
    fixture_publish(w, t, "m");
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_TOPIC_IN_USE);
    engine_unsubscribe(w->engine, a);
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_TOPIC_IN_USE);
    assert_int_equal(t->publication_count, 1);
    engine_unsubscribe(w->engine, b);
    assert_int_equal(t->publication_count, 0);
    assert_int_equal(engine_delete_topic(w->engine, t), CMQ_OK);
    assert_null(fixture_find_topic(w, "t"));
    assert_int_equal(engine_pending_count(w->engine), 0);
}

/* ---- subscriptions ---- */

static void test_created_subscription(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    fixture_pass_quietly(w, 700);
    struct subscription_request request = subscription_to_queue("billing", "jobs");
    request.filter = (struct filter_request){1, 1, {bytes_of("paid")}, {bytes_of("a.b")}};
    struct subscription *s = fixture_subscribe(w, t, request);
    assert_ptr_equal(s->topic, t);
    assert_string_equal(s->name, "billing");
    assert_memory_equal(s->id, "subsc-", 6);
    assert_int_equal(strlen(s->id), 14);
    assert_string_equal(s->endpoint, "jobs");
    assert_int_equal(s->protocol, PROTOCOL_QUEUE);
    assert_int_equal(s->strategy, EXPONENTIAL_DECAY_RETRY);
    assert_int_equal(s->format, FORMAT_SIMPLIFIED);
    assert_int_equal(fixture_since_start(s->created_ms), 700);
    assert_int_equal(fixture_since_start(s->modified_ms), 700);
    assert_int_equal(s->pending_count, 0);
    const struct filter_request *texts = filter_texts(s->filter);
    assert_int_equal(texts->tag_count, 1);
    assert_true(bytes_equal(texts->tags[0], bytes_of("paid")));
    assert_int_equal(texts->key_count, 1); /* kept, but unused here (topic-api D17) */
    assert_true(bytes_equal(texts->keys[0], bytes_of("a.b")));
}

static void test_set_subscription(void **state)
{
    struct fixture *w = *state;
    struct subscription *s =
        fixture_subscribe(w, fixture_topic(w, "t"), subscription_to_queue("s", "jobs"));
    fixture_pass_quietly(w, 700);
    struct subscription_request request = subscription_to_http("other", BACKOFF_RETRY);
    request.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("paid")}};
    assert_int_equal(engine_set_subscription(w->engine, s, &request), CMQ_OK);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(s->format, FORMAT_JSON);
    assert_int_equal(filter_texts(s->filter)->tag_count, 1);
    assert_int_equal(fixture_since_start(s->created_ms), 0);
    assert_int_equal(fixture_since_start(s->modified_ms), 700);
    /* fixed when it was made */
    assert_string_equal(s->name, "s");
    assert_string_equal(s->endpoint, "jobs");
    assert_int_equal(s->protocol, PROTOCOL_QUEUE);
    fixture_pass_quietly(w, 700);
    engine_clear_filter_tags(w->engine, s);
    assert_int_equal(filter_texts(s->filter)->tag_count, 0);
    assert_int_equal(fixture_since_start(s->modified_ms), 1400);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
}

static void test_binding_keys_are_required_where_they_count(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic_with(
        w, "t", (struct topic_request){.filter_type = FILTER_BY_KEY, .max_msg_size = 65536});
    struct subscription_request request = subscription_to_http("s", BACKOFF_RETRY);
    struct subscription *s;
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_NO_BINDING_KEY);
    request.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("tag")}};
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_NO_BINDING_KEY);
    assert_int_equal(t->subscription_count, 0);
    request.filter = (struct filter_request){.key_count = 1, .keys = {bytes_of("a.#")}};
    assert_int_equal(engine_subscribe(w->engine, t, &request, &s), CMQ_OK);
    fixture_pass_quietly(w, 1000);
    struct subscription_request change = subscription_to_http("s", EXPONENTIAL_DECAY_RETRY);
    const struct filter *before = s->filter;
    assert_int_equal(engine_set_subscription(w->engine, s, &change), CMQ_NO_BINDING_KEY);
    assert_ptr_equal(s->filter, before);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(fixture_since_start(s->modified_ms), 0);
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
    const char *key; /* NULL: a topic of tags; "": one of keys, and there is none */
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

static struct topic *topic_of_refusal(struct fixture *w, size_t i)
{
    struct topic_request request = {.filter_type =
                                        refusals[i].key == NULL ? FILTER_BY_TAG : FILTER_BY_KEY,
                                    .max_msg_size = refusals[i].max_msg_size};
    struct topic *t = fixture_topic_with(w, "t", request);
    char name[24];
    for (size_t n = 0; n < refusals[i].subscriptions; n++) {
        snprintf(name, sizeof name, "s%zu", n);
        struct subscription_request s = subscription_to_http(name, BACKOFF_RETRY);
        s.filter =
            (struct filter_request){.key_count = 1, .keys = {bytes_of(refusals[i].binding)}};
        fixture_subscribe(w, t, s);
    }
    return t;
}

static void test_refusals_in_their_order(void **state)
{
    struct fixture *w = *state;
    static char body[1 << 20];
    uint64_t first_id = 0;
    for (size_t i = COUNT(refusals); i-- > 0;) {
        struct engine_limits limits = engine_limits_relaxed();
        limits.send_rate = refusals[i].send_rate;
        limits.max_bytes = refusals[i].max_bytes;
        fixture_reopen(w, limits);
        struct topic *t = topic_of_refusal(w, i);
        struct bytes bodies[] = {{body, refusals[i].body_len}, {body, refusals[i].body_len}};
        struct routing routing;
        bool has_key = refusals[i].key != NULL && refusals[i].key[0] != '\0';
        routing_init(&routing, NULL, 0,
                     has_key ? bytes_of(refusals[i].key) : (struct bytes){NULL, 0});
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
    struct fixture *w = *state;
    static char body[1 << 20];
    struct topic *t = fixture_topic_with(
        w, "t", (struct topic_request){.filter_type = FILTER_BY_TAG, .max_msg_size = 1 << 20});
    struct subscription *s =
        fixture_subscribe(w, t, subscription_to_http("s", EXPONENTIAL_DECAY_RETRY));
    struct bytes whole = {body, 1 << 20};
    struct bytes parts[] = {{body, (1 << 20) - 1}, {body, 1}, {body, 1}};
    uint64_t ids[3];
    assert_int_equal(engine_publish(w->engine, t, &whole, 1, &plain, ids), CMQ_OK);
    assert_int_equal(engine_publish(w->engine, t, parts, 2, &plain, ids), CMQ_OK);
    assert_int_equal(engine_publish(w->engine, t, parts, 3, &plain, ids), CMQ_BATCH_TOO_LONG);
    assert_int_equal(s->pending_count, 3);
    engine_set_topic(w->engine, t,
                     &(struct topic_request){.max_msg_size = 1024}); /* counts from now on */
    assert_int_equal(engine_publish(w->engine, t, &whole, 1, &plain, ids), CMQ_BODY_TOO_LONG);
    assert_int_equal(s->pending_count, 3);
}

static void test_memory_limit(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_publish(w, s->topic, "body");
    size_t one = s->topic->store->bytes;
    assert_true(one > strlen("body"));
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_bytes = 3 * one;
    fixture_reopen(w, limits);
    s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct topic *t = s->topic;
    struct bytes bodies[] = {bytes_of("body"), bytes_of("body"), bytes_of("body")};
    uint64_t ids[3];
    fixture_publish(w, t, "body");
    assert_int_equal(engine_publish(w->engine, t, bodies, 3, &plain, ids), CMQ_MEMORY_FULL);
    assert_int_equal(t->store->bytes, one);
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &plain, ids), CMQ_OK);
    assert_int_equal(t->store->bytes, 3 * one);
    assert_int_equal(fixture_try_publish(w, t, "b", &plain, ids), CMQ_MEMORY_FULL);
    /* queues draw on the same */
    struct queue *q = fixture_queue(w, "q");
    assert_int_equal(engine_send(w->engine, q, bodies, 1, 0, ids), CMQ_MEMORY_FULL);
    fixture_play(w, 0, delivered, NULL);
    assert_int_equal(t->store->bytes, 0);
    fixture_publish(w, t, "body");
}

/* Tags that endpoints are told take room, too, and each delivery does. */
static void test_what_takes_memory(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    struct store *store = s->topic->store;
    struct bytes tags[] = {bytes_of("paid"), bytes_of("eu")};
    struct routing routing;
    uint64_t id;
    routing_init(&routing, tags, 2, bytes_of(""));
    fixture_publish(w, s->topic, "body");
    size_t plainly = store->bytes;
    assert_int_equal(fixture_try_publish(w, s->topic, "body", &routing, &id), CMQ_OK);
    assert_int_equal(store->bytes, 2 * plainly + strlen("paid, eu"));
    fixture_subscribe(w, s->topic, subscription_to_http("s2", EXPONENTIAL_DECAY_RETRY));
    fixture_publish(w, s->topic, "body");
    assert_int_equal(store->bytes, 3 * plainly + strlen("paid, eu") + sizeof(struct delivery));
}

static void test_rate_of_publishing(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = 3;
    fixture_reopen(w, limits);
    struct subscription_request picky = subscription_to_http("s", EXPONENTIAL_DECAY_RETRY);
    struct topic *t = fixture_topic(w, "t"), *u = fixture_topic(w, "u");
    picky.filter = (struct filter_request){.tag_count = 1, .tags = {bytes_of("tag")}};
    fixture_subscribe(w, t, picky);
    fixture_subscribe(w, u, subscription_to_http("s", EXPONENTIAL_DECAY_RETRY));
    struct bytes tag = bytes_of("tag");
    struct bytes bodies[] = {bytes_of("a"), bytes_of("b"), bytes_of("c")};
    struct routing tagged;
    uint64_t ids[3];
    routing_init(&tagged, &tag, 1, bytes_of(""));
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &tagged, ids), CMQ_OK);
    /* what was refused does not count */
    assert_int_equal(fixture_try_publish(w, t, "m", &plain, ids), CMQ_NO_MATCH);
    assert_int_equal(engine_publish(w->engine, t, bodies, 2, &tagged, ids), CMQ_DATA_RATE);
    assert_int_equal(fixture_try_publish(w, t, "m", &tagged, ids), CMQ_OK);
    assert_int_equal(fixture_try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
    assert_int_equal(fixture_try_publish(w, t, "m", &plain, ids), CMQ_DATA_RATE);
    fixture_publish(w, u, "another topic");
    fixture_play(w, 749, delivered, NULL); /* the fixture starts at a quarter of a second */
    assert_int_equal(fixture_try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
    fixture_play(w, 1, delivered, NULL);
    assert_int_equal(engine_publish(w->engine, t, bodies, 3, &tagged, ids), CMQ_OK);
    assert_int_equal(fixture_try_publish(w, t, "m", &tagged, ids), CMQ_DATA_RATE);
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

static struct subscription *subscribe_to_tags(struct fixture *w, struct topic *t,
                                              const char *name, const char *a, const char *b)
{
    struct subscription_request request = subscription_to_http(name, EXPONENTIAL_DECAY_RETRY);
    if (a != NULL)
        request.filter.tags[request.filter.tag_count++] = bytes_of(a);
    if (b != NULL)
        request.filter.tags[request.filter.tag_count++] = bytes_of(b);
    return fixture_subscribe(w, t, request);
}

static void test_matching_by_tags(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(tagged); i++) {
        fixture_reopen(w, engine_limits_relaxed());
        struct topic *t = fixture_topic(w, "t");
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
        EXPECT_EQ(tagged[i].what, fixture_try_publish(w, t, "m", &routing, &id), CMQ_OK);
        EXPECT_EQ(tagged[i].what, t->publication_count, 1);
        EXPECT_EQ(tagged[i].what, all->pending_count, tagged[i].all);
        EXPECT_EQ(tagged[i].what, a->pending_count, tagged[i].a);
        EXPECT_EQ(tagged[i].what, ab->pending_count, tagged[i].ab);
        EXPECT_EQ(tagged[i].what, c->pending_count, tagged[i].c);
        const struct publication *p = fixture_delivery_at(all, 0)->publication;
        EXPECT_EQ(tagged[i].what, bytes_equal(p->tags, bytes_of(tagged[i].joined)), true);
        EXPECT_EQ(tagged[i].what, bytes_equal(p->body, bytes_of("m")), true);
        EXPECT_EQ(tagged[i].what, p->id == id, true);
    }
}

static void test_matching_by_keys(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic_with(
        w, "t", (struct topic_request){.filter_type = FILTER_BY_KEY, .max_msg_size = 65536});
    struct subscription_request request = subscription_to_http("s", EXPONENTIAL_DECAY_RETRY);
    request.filter = (struct filter_request){
        1, 2, {bytes_of("ignored")}, {bytes_of("a.*"), bytes_of("b.#")}};
    struct subscription *s = fixture_subscribe(w, t, request);
    static const struct {
        const char *key;
        enum cmq_err want;
    } rows[] = {{"a.x", CMQ_OK},         {"a", CMQ_NO_MATCH}, {"b", CMQ_OK},
                {"a.x.y", CMQ_NO_MATCH}, {"b.x.y", CMQ_OK},   {"c", CMQ_NO_MATCH},
                {"", CMQ_NO_MATCH}};
    size_t pending = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct routing routing;
        uint64_t id;
        routing_init(&routing, NULL, 0, bytes_of(rows[i].key));
        EXPECT_EQ(rows[i].key, fixture_try_publish(w, t, "m", &routing, &id), rows[i].want);
        pending += rows[i].want == CMQ_OK;
        EXPECT_EQ(rows[i].key, s->pending_count, pending);
    }
}

static void test_who_subscribes_later_gets_nothing_of_before(void **state)
{
    struct fixture *w = *state;
    struct subscription *s = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_publish(w, s->topic, "before");
    const struct subscription *late =
        fixture_subscribe(w, s->topic, subscription_to_http("late", EXPONENTIAL_DECAY_RETRY));
    assert_int_equal(late->pending_count, 0);
    fixture_publish(w, s->topic, "after");
    assert_int_equal(s->pending_count, 2);
    assert_int_equal(late->pending_count, 1);
    assert_int_equal(s->topic->publication_count, 2);
}

/* First attempts in the order of publishing; for each message in that of the subscriptions. */
static void test_a_batch(void **state)
{
    struct fixture *w = *state;
    struct subscription *a = fixture_http_subscription(w, EXPONENTIAL_DECAY_RETRY);
    fixture_subscribe(w, a->topic, subscription_to_http("b", BACKOFF_RETRY));
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
    assert_false(fixture_end_instant(w));
    assert_int_equal(engine_flight_count(w->engine), BATCH_MAX + 1); /* one of BACKOFF_RETRY */
    for (size_t i = 0; i < BATCH_MAX + 1; i++) {
        static struct push_ticket ticket;
        const struct delivery *d = fixture_take_push(w, &ticket);
        size_t place = i == 0 ? 0 : i - 1;
        assert_string_equal(d->subscription->name, i == 1 ? "b" : "s");
        assert_true(d->publication->id == ids[place]);
        assert_true(bytes_equal(d->publication->body, bodies[place]));
        assert_int_equal(d->attempts, 1);
        for (size_t other = 0; other < place; other++)
            assert_true(ids[other] != ids[place]);
        fixture_land_push(w, &ticket, delivered);
    }
    assert_int_equal(fixture_end_pushes(w), BATCH_MAX + 1);
    assert_int_equal(a->pending_count, 0);
    assert_int_equal(a->topic->publication_count, BATCH_MAX - 1); /* b's */
}

/* ---- to queues ---- */

static void test_a_queue_gets_the_body_alone(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct topic *t = fixture_topic(w, "t");
    struct subscription *s = fixture_subscribe(w, t, subscription_to_queue("s", "q"));
    static const char body[] = "a\0\xff"
                               "b";
    struct bytes bytes = {body, sizeof body - 1};
    struct bytes tag = bytes_of("tag");
    struct routing routing;
    uint64_t id;
    routing_init(&routing, &tag, 1, bytes_of(""));
    fixture_pass_quietly(w, 1234);
    assert_int_equal(engine_publish(w->engine, t, &bytes, 1, &routing, &id), CMQ_OK);
    EXPECT_COUNTS("not before time is let in", q, 0, 0, 0, 0);
    assert_true(fixture_end_instant(w));
    EXPECT_COUNTS("at the same instant", q, 1, 0, 0, 0);
    assert_int_equal(s->pending_count, 0);
    assert_int_equal(t->publication_count, 0);
    assert_int_equal(t->store->bytes, sizeof(struct message) + bytes.len);
    const struct message *m = fixture_receive(w, q);
    assert_true(bytes_equal(message_body(m), bytes));
    assert_true(m->id != id);
    assert_int_equal(fixture_since_start(m->sent_ms), 1234);
    assert_int_equal(m->dequeue_count, 1);
    assert_int_equal(engine_push_count(w->engine, PUSH_DELIVERED), 1);
}

static void test_several_may_name_one_queue(void **state)
{
    struct fixture *w = *state;
    struct queue *q = fixture_queue(w, "q");
    struct topic *t = fixture_topic(w, "t"), *u = fixture_topic(w, "u");
    fixture_subscribe(w, t, subscription_to_queue("a", "q"));
    fixture_subscribe(w, t, subscription_to_queue("b", "q"));
    fixture_subscribe(w, u, subscription_to_queue("a", "q"));
    fixture_publish(w, t, "of t");
    fixture_publish(w, u, "of u");
    assert_true(fixture_end_instant(w));
    EXPECT_COUNTS("a copy each", q, 3, 0, 0, 0);
    const struct message *first = fixture_receive(w, q);
    uint64_t first_id = first->id;
    assert_true(bytes_equal(message_body(first), bytes_of("of t")));
    const struct message *second = fixture_receive(w, q);
    assert_true(second->id != first_id);
    assert_true(bytes_equal(message_body(second), bytes_of("of t")));
    assert_string_equal(fixture_receive_body(w, q), "of u");
}

/* What makes the first three attempts fail, after 0, 1 and 3 seconds; then it is cleared,
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

static struct queue *put_in_the_way(struct fixture *w, enum obstacle obstacle)
{
    struct queue_attributes a = queue_attributes_default();
    if (obstacle == NO_QUEUE_YET)
        return NULL;
    if (obstacle == FULL)
        a.max_heap = 1;
    if (obstacle == TOO_SMALL)
        a.max_msg_size = strlen("body") - 1;
    struct queue *q = fixture_queue_with(w, obstacle == OTHER_LETTERS ? "Q" : "q", a);
    if (obstacle == FULL || obstacle == NO_MEMORY)
        fixture_send(w, q, "standing", 0);
    return q;
}

static struct queue *clear_the_way(struct fixture *w, enum obstacle obstacle, struct queue *q)
{
    struct queue_attributes a = queue_attributes_default();
    if (obstacle == OTHER_LETTERS)
        assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    if (obstacle == OTHER_LETTERS || obstacle == NO_QUEUE_YET)
        return fixture_queue(w, "q");
    if (obstacle == TOO_SMALL)
        assert_int_equal(engine_set_queue(w->engine, q, &a, NULL), CMQ_OK);
    else
        fixture_consume(w, q);
    return q;
}

static void expect_failed_attempt(const char *what, const struct subscription *s,
                                  uint32_t attempts, enum cmq_err err)
{
    const struct delivery *d = fixture_delivery_at(s, 0);
    EXPECT_EQ(what, d->attempts, attempts);
    EXPECT_EQ(what, d->state, DELIVERY_SCHEDULED);
    EXPECT_EQ(what, delivery_last(d)->delivered, false);
    EXPECT_EQ(what, delivery_last(d)->err, err);
    EXPECT_EQ(what, delivery_last(d)->status, 0);
    EXPECT_EQ(what, fixture_since_start(d->next.node.due_ms), (1000 << attempts) - 1000);
}

static void test_obstacles_are_failed_attempts(void **state)
{
    struct fixture *w = *state;
    for (size_t i = 0; i < COUNT(obstacles); i++) {
        const char *what = obstacles[i].what;
        fixture_reopen(w, limits_of(obstacles[i].obstacle));
        struct queue *q = put_in_the_way(w, obstacles[i].obstacle);
        struct topic *t = fixture_topic(w, "t");
        struct subscription *s = fixture_subscribe(w, t, subscription_to_queue("s", "q"));
        fixture_publish(w, t, "body");
        for (uint32_t attempts = 1; attempts <= 3; attempts++) {
            fixture_pass_quietly(w,
                                 (1000 << (attempts - 1)) - 1000 - fixture_since_start_now(w));
            expect_failed_attempt(what, s, attempts, obstacles[i].err);
        }
        fixture_pass_quietly(w, 500);
        q = clear_the_way(w, obstacles[i].obstacle, q);
        fixture_pass_quietly(w, 3499);
        EXPECT_COUNTS(what, q, 0, 0, 0, 0);
        fixture_pass_quietly(w, 1);
        EXPECT_COUNTS(what, q, 1, 0, 0, 0);
        EXPECT_EQ(what, s->pending_count, 0);
        EXPECT_EQ(what, t->publication_count, 0);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_FAILED), 3);
        EXPECT_EQ(what, engine_push_count(w->engine, PUSH_DELIVERED), 1);
        const struct message *m = fixture_receive(w, q);
        EXPECT_EQ(what, fixture_since_start(m->sent_ms), 7000);
        EXPECT_EQ(what, bytes_equal(message_body(m), bytes_of("body")), true);
    }
}

/* Pushes count for the queue's rate like anything else that is sent to it. */
static void test_rate_of_the_queue(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.send_rate = 2;
    fixture_reopen(w, limits);
    struct topic *t = fixture_topic(w, "t");
    struct subscription *s = fixture_subscribe(w, t, subscription_to_queue("s", "q"));
    struct queue *q = fixture_queue(w, "q");
    fixture_send(w, q, "sent", 0);
    fixture_publish(w, t, "first");
    fixture_publish(w, t, "second");
    fixture_pass_quietly(w, 0);
    EXPECT_COUNTS("one found room", q, 2, 0, 0, 0);
    expect_failed_attempt("the other", s, 1, CMQ_DATA_RATE);
    fixture_pass_quietly(w, 1000);
    EXPECT_COUNTS("in another second", q, 3, 0, 0, 0);
    assert_int_equal(s->pending_count, 0);
}

static void test_a_queue_that_goes_and_comes(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    struct subscription *s = fixture_subscribe(w, t, subscription_to_queue("s", "q"));
    struct queue *q = fixture_queue(w, "q");
    fixture_publish(w, t, "first");
    assert_true(fixture_end_instant(w));
    EXPECT_COUNTS("there", q, 1, 0, 0, 0);
    assert_int_equal(engine_delete_queue(w->engine, q), CMQ_OK);
    fixture_publish(w, t, "second");
    fixture_pass(w, 500);
    assert_int_equal(s->pending_count, 1);
    q = fixture_queue(w, "q");
    fixture_pass(w, 500);
    assert_string_equal(fixture_receive_body(w, q), "second");
    assert_string_equal(fixture_receive_body(w, q), "");
}

/* A poll parked on the queue gets it at the instant of the push. */
static void test_parked_polls_are_served(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    fixture_subscribe(w, t, subscription_to_queue("s", "q"));
    fixture_publish(w, t, "m");
    fixture_pass(w, 1500); /* attempts after 0 and 1 s have failed */
    struct queue *q = fixture_queue(w, "q");
    fixture_park(w, q, 1, 16, 30000);
    fixture_park(w, q, 2, 16, 1500); /* until the very instant: it was armed later */
    fixture_publish(w, t, "n");
    assert_false(fixture_end_instant(w));
    struct release release = fixture_next_release(w);
    EXPECT_EQ("the first of them", release.owner, 1);
    EXPECT_EQ("published now", fixture_since_start(release.at_ms), 1500);
    EXPECT_EQ("published now", release.count, 1);
    fixture_pass(w, 1500);
    release = fixture_next_release(w);
    EXPECT_EQ("the second of them", release.owner, 2);
    EXPECT_EQ("by a retry", release.outcome, CMQ_OK);
    EXPECT_EQ("by a retry", fixture_since_start(release.at_ms), 3000);
    EXPECT_EQ("by a retry", release.count, 1);
    EXPECT_EQ("no more", fixture_next_release(w).owner, 0);
}

/* All that comes at one instant goes to one poll. */
static void test_a_poll_gets_a_batch_at_once(void **state)
{
    struct fixture *w = *state;
    struct topic *t = fixture_topic(w, "t");
    struct queue *q = fixture_queue(w, "q");
    fixture_subscribe(w, t, subscription_to_queue("a", "q"));
    fixture_subscribe(w, t, subscription_to_queue("b", "q"));
    fixture_park(w, q, 1, 16, 30000);
    fixture_publish(w, t, "m");
    fixture_publish(w, t, "n");
    assert_false(fixture_end_instant(w));
    struct release release = fixture_next_release(w);
    EXPECT_EQ("poll", release.owner, 1);
    EXPECT_EQ("poll", release.count, 4);
}

/* ---- freeing in slices ---- */

static void test_free_some(void **state)
{
    struct fixture *w = *state;
    enum { MESSAGES = 1000, SLICE = 64 };
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    fixture_subscribe(w, s->topic, subscription_to_http("other", EXPONENTIAL_DECAY_RETRY));
    struct topic *u = fixture_topic(w, "u");
    fixture_subscribe(w, u, subscription_to_queue("s", "missing"));
    struct queue *q = fixture_queue(w, "q");
    static struct push_ticket ticket;
    for (int i = 0; i < MESSAGES; i++) {
        fixture_publish(w, s->topic, "m");
        fixture_publish(w, u, "m");
        fixture_send(w, q, "m", 0);
    }
    assert_false(fixture_end_instant(w));
    fixture_take_push(w, &ticket);
    int slices = 0;
    size_t held = w->heap.held;
    /* a publication counts with its deliveries: of one thing in s->topic three, in u two */
    for (; !engine_free_some(w->engine, SLICE); slices++, held = w->heap.held)
        assert_in_range(held - w->heap.held, SLICE / 3, SLICE + 4);
    assert_in_range(slices, 6 * MESSAGES / (SLICE + 2), 6 * MESSAGES / SLICE + 2);
    assert_null(ticket.flight);
    watches_fini(&w->watches);
    assert_int_equal(w->heap.held, 0);
    fixture_open(w, engine_limits_relaxed()); /* for the teardown */
}

/* Whatever there is many of, no slice frees much more than others, the last one included. */
static void free_some_of_all_kinds(void **state)
{
    struct fixture *w = *state;
    enum { MANY = 600, SLICE = 50, PIECES = 3 }; /* at most that many for each thing */
    struct engine_limits limits = engine_limits_relaxed();
    limits.max_subscriptions = limits.max_queues = limits.max_topics = 3 * MANY;
    limits.name_cooling_ms = DAY_MS;
    fixture_reopen(w, limits);
    struct topic *t = fixture_topic(w, "t");
    char name[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(engine_delete_queue(w->engine, fixture_queue(w, name)), CMQ_OK);
        snprintf(name, sizeof name, "q%d", i);
        struct queue *q = fixture_queue(w, name);
        fixture_send(w, q, "m", 0);
        fixture_subscribe(w, t, subscription_to_queue(name, name));
        snprintf(name, sizeof name, "q%d", i / 6 * 6);
        if (i % 6 != 0)
            assert_int_equal(fixture_bind(w, q, fixture_by_receives(name, 3)), CMQ_OK);
        snprintf(name, sizeof name, "t%d", i);
        fixture_topic(w, name);
    }
    size_t held = w->heap.held;
    int slices = 1;
    for (bool done = false; !done; held = w->heap.held, slices++) {
        done = engine_free_some(w->engine, SLICE);
        assert_in_range(held - w->heap.held, done ? 1 : SLICE / 2, SLICE * PIECES);
    }
    assert_in_range(slices, 5 * MANY / SLICE, 5 * MANY / SLICE + 3);
    watches_fini(&w->watches);
    assert_int_equal(w->heap.held, 0);
    fixture_open(w, engine_limits_relaxed()); /* for the teardown */
}

/* A queue that is being emptied when all of the engine goes is on no list of queues any more. */
static void free_some_of_what_is_gone(void **state)
{
    struct fixture *w = *state;
    enum { MANY = 100, SLICE = 10 };
    const struct bytes body = {"m", 1};
    struct queue_attributes attributes = queue_attributes_default();
    struct effort effort = {.bound = SLICE};
    struct engine_config config = {.allocator = engine_heap_allocator(&w->heap),
                                   .limits = engine_limits_relaxed(),
                                   .now_ms = FIXTURE_START_MS,
                                   .effort = &effort};
    size_t before = w->heap.held;
    struct engine *e = engine_new(&config);
    struct queue *q;
    uint64_t id;
    assert_int_equal(engine_create_queue(e, bytes_of("q"), &attributes, NULL, &q), CMQ_OK);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(engine_send(e, q, &body, 1, 0, &id), CMQ_OK);
    effort_begin(&effort, SLICE);
    assert_int_equal(engine_delete_queue(e, q), CMQ_OK);
    assert_true(engine_has_tasks(e));
    int slices = 1;
    for (size_t held = w->heap.held; !engine_free_some(e, SLICE); held = w->heap.held, slices++)
        assert_int_equal(held - w->heap.held, SLICE);
    assert_int_equal(slices, MANY / SLICE);
    assert_int_equal(w->heap.held, before);
}

/* The pages of a large message go back one by one: so less of these are freed at a time. */
static void free_some_that_are_large(void **state)
{
    struct fixture *w = *state;
    enum { MANY = 20, SIZE = 65536, SLICE = 20 };
    struct subscription *s = fixture_http_subscription(w, BACKOFF_RETRY);
    struct queue *q = fixture_queue(w, "q");
    char *body = malloc(SIZE + 1);
    assert_non_null(body);
    memset(body, 'x', SIZE);
    body[SIZE] = '\0';
    for (int i = 0; i < MANY; i++) {
        fixture_publish(w, s->topic, body);
        fixture_send(w, q, body, 0);
    }
    free(body);
    size_t used = w->messages.used;
    while (!engine_free_some(w->engine, SLICE)) {
        assert_in_range(used - w->messages.used, SIZE, 4 * SIZE);
        used = w->messages.used;
    }
    watches_fini(&w->watches);
    assert_int_equal(w->heap.held, 0);
    fixture_open(w, engine_limits_relaxed()); /* for the teardown */
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
    struct topic_request request = {.filter_type = FILTER_BY_TAG, .max_msg_size = 65536};
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
        engine_end_pushes(e);
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
    struct subscription *s =
        try_subscribe(e, t, subscription_to_http("s", EXPONENTIAL_DECAY_RETRY));
    try_subscribe(e, t, subscription_to_queue("q", "q"));
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
    assert_in_range(fixture_starve(run_scenario, false), 50, 10000);
}

static void test_memory_may_end_at_every_allocation(void **state)
{
    (void)state;
    fixture_starve(run_scenario, true);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
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
        TEST(test_free_some),
        TEST(free_some_of_all_kinds),
        TEST(free_some_that_are_large),
        TEST(free_some_of_what_is_gone),
        TEST(test_every_allocation_may_fail),
        TEST(test_memory_may_end_at_every_allocation),
    };
    return cmocka_run_group_tests_name("topic", tests, NULL, NULL);
}
