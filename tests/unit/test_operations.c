/* Every operation, driven by arguments alone: no wire format, no parameters, no JSON. */
#include "operations/operation.h"

#include "operations/attributes.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

/* ---- short words ---- */

/* One operation with its arguments, and what it came to. */
struct run {
    struct fixture *w;
    struct arguments arguments;
    struct result result;
    enum cmq_err err;
};

static struct run *begin(struct fixture *w)
{
    static struct run r;
    r.w = w;
    arguments_clear(&r.arguments);
    return &r;
}

static struct run *text(struct run *r, enum field f, const char *value)
{
    enum cmq_err err = field_is_list(f) ? argument_add_text(&r->arguments, f, bytes_of(value))
                                        : argument_set_text(&r->arguments, f, bytes_of(value),
                                                            engine_limits_of(r->w->engine));
    EXPECT_EQ(value, err, CMQ_OK);
    return r;
}

static struct run *number(struct run *r, enum field f, int64_t value)
{
    EXPECT_EQ(field_rows[f].name,
              argument_set_int(&r->arguments, f, value, engine_limits_of(r->w->engine)),
              CMQ_OK);
    return r;
}

static struct run *about_queue(struct fixture *w, const char *name)
{
    return text(begin(w), FIELD_QUEUE_NAME, name);
}

static struct run *about_topic(struct fixture *w, const char *name)
{
    return text(begin(w), FIELD_TOPIC_NAME, name);
}

static struct run *about_subscription(struct fixture *w, const char *topic, const char *name)
{
    return text(about_topic(w, topic), FIELD_SUBSCRIPTION_NAME, name);
}

static enum cmq_err attempt(struct run *r, enum operation o)
{
    r->err = operation_run(r->w->engine, o, &r->arguments, &r->w->owners[1], &r->result);
    engine_check(r->w->engine);
    return r->err;
}

/* Carry it out; it must succeed. */
static const struct result *get(struct run *r, enum operation o)
{
    EXPECT_EQ("outcome", attempt(r, o), CMQ_OK);
    EXPECT_EQ("kind", r->result.kind, operation_result(o));
    return &r->result;
}

static void make_queue(struct fixture *w, const char *name)
{
    get(about_queue(w, name), OPERATION_CREATE_QUEUE);
}

static void make_topic(struct fixture *w, const char *name)
{
    get(about_topic(w, name), OPERATION_CREATE_TOPIC);
}

static struct run *subscribing(struct fixture *w, const char *topic, const char *name)
{
    struct run *r = about_subscription(w, topic, name);
    return text(text(r, FIELD_PROTOCOL, "queue"), FIELD_ENDPOINT, "jobs");
}

static void make_subscription(struct fixture *w, const char *topic, const char *name)
{
    get(subscribing(w, topic, name), OPERATION_SUBSCRIBE);
}

static struct queue *find_queue(struct fixture *w, const char *name)
{
    return engine_find_queue(w->engine, bytes_of(name));
}

/* ---- all of them ---- */

/* With the names of things that are not there. */
static void finds_the_subject_first(void **state)
{
    (void)state;
    for (int i = 0; i < OPERATIONS; i++) {
        enum operation o = (enum operation)i;
        struct run *r = about_subscription(*state, "none", "none");
        text(text(text(r, FIELD_QUEUE_NAME, "none"), FIELD_BODIES, "a"), FIELD_ENDPOINT,
             "http://a/");
        enum cmq_err expected = o <= OPERATION_QUERY_QUEUE_ROUTE ? CMQ_NO_QUEUE : CMQ_NO_TOPIC;
        if (o == OPERATION_CREATE_QUEUE || o == OPERATION_CREATE_TOPIC ||
            o == OPERATION_LIST_QUEUE || o == OPERATION_LIST_TOPIC ||
            o == OPERATION_LIST_SUBSCRIPTION_BY_TOPIC ||
            o == OPERATION_LIST_SUBSCRIPTIONS_TO_QUEUE)
            continue;
        if (attempt(r, o) != expected)
            fail_msg("operation %d: %s", i, cmq_err_text(r->err));
    }
}

static void tells_a_missing_subscription_from_a_missing_topic(void **state)
{
    static const enum operation about[] = {
        OPERATION_SET_SUBSCRIPTION_ATTRIBUTES, OPERATION_UNSUBSCRIBE,
        OPERATION_GET_SUBSCRIPTION_ATTRIBUTES, OPERATION_CLEAR_SUBSCRIPTION_FILTER_TAGS};
    make_topic(*state, "news");
    for (size_t i = 0; i < COUNT(about); i++)
        EXPECT_EQ("subscription", attempt(about_subscription(*state, "news", "s"), about[i]),
                  CMQ_NO_SUCH_SUBSCRIPTION);
}

/* Only those of the control plane, and only when asked; never when it is run. */
static void counts_the_control_plane_alone(void **state)
{
    struct fixture *w = *state;
    struct engine_limits limits = engine_limits_relaxed();
    limits.control_rate = 2;
    fixture_reopen(w, limits);
    make_queue(w, "jobs");
    make_queue(w, "others");
    make_queue(w, "more");
    for (int i = 0; i < OPERATIONS; i++) {
        enum operation o = (enum operation)i;
        bool control = operation_plane(o) == PLANE_CONTROL;
        fixture_pass(w, 1000);
        EXPECT_EQ("first", operation_admit(w->engine, o), CMQ_OK);
        EXPECT_EQ("second", operation_admit(w->engine, o), CMQ_OK);
        EXPECT_EQ("third", operation_admit(w->engine, o), control ? CMQ_CONTROL_RATE : CMQ_OK);
    }
    size_t others = 0;
    for (int i = 0; i < OPERATIONS; i++)
        others += operation_plane((enum operation)i) != PLANE_CONTROL;
    assert_int_equal(others, 6); /* sending, receiving, deleting, publishing, two routes */
}

/* ---- queues ---- */

static void creates_queues(void **state)
{
    struct run *r = about_queue(*state, "jobs");
    number(number(r, FIELD_VISIBILITY, 7), FIELD_RETENTION, 600);
    const struct queue *q = get(number(r, FIELD_REWIND, 500), OPERATION_CREATE_QUEUE)->queue;
    assert_string_equal(q->name, "jobs");
    assert_true(q->attributes.visibility_ms == 7000);
    assert_true(q->attributes.retention_ms == 600000);
    assert_true(q->attributes.rewind_ms == 500000);
    assert_int_equal(q->attributes.max_msg_size, queue_attributes_default().max_msg_size);
    assert_int_equal(attempt(about_queue(*state, "jobs"), OPERATION_CREATE_QUEUE),
                     CMQ_QUEUE_EXISTS);
    r = number(about_queue(*state, "late"), FIELD_RETENTION, 60);
    assert_int_equal(attempt(number(r, FIELD_REWIND, 61), OPERATION_CREATE_QUEUE),
                     CMQ_REWIND_ABOVE_RETENTION);
    assert_null(find_queue(*state, "late"));
}

static void changes_what_is_given_of_a_queue(void **state)
{
    make_queue(*state, "jobs");
    struct run *r = number(about_queue(*state, "jobs"), FIELD_POLLING_WAIT, 9);
    const struct queue *q = get(r, OPERATION_SET_QUEUE_ATTRIBUTES)->queue;
    assert_true(q->attributes.polling_wait_ms == 9000);
    r = number(about_queue(*state, "jobs"), FIELD_MAX_HEAP, 1000000);
    get(number(r, FIELD_MAX_MSG_SIZE, 1024), OPERATION_SET_QUEUE_ATTRIBUTES);
    assert_true(q->attributes.polling_wait_ms == 9000);
    assert_int_equal(q->attributes.max_heap, 1000000);
    assert_int_equal(q->attributes.max_msg_size, 1024);
    r = number(about_queue(*state, "jobs"), FIELD_REWIND, 1296000);
    assert_int_equal(attempt(r, OPERATION_SET_QUEUE_ATTRIBUTES), CMQ_REWIND_ABOVE_RETENTION);
    assert_ptr_equal(get(about_queue(*state, "jobs"), OPERATION_GET_QUEUE_ATTRIBUTES)->queue,
                     q);
    assert_ptr_equal(get(about_queue(*state, "jobs"), OPERATION_QUERY_QUEUE_ROUTE)->queue, q);
}

static void deletes_queues(void **state)
{
    make_queue(*state, "jobs");
    get(about_queue(*state, "jobs"), OPERATION_DELETE_QUEUE);
    assert_null(find_queue(*state, "jobs"));
}

static const char by_receives[] =
    "{\"deadLetterQueue\":\"dead\",\"policy\":0,\"maxReceiveCount\":2}";

static void binds_and_unbinds_dead_letter_queues(void **state)
{
    make_queue(*state, "dead");
    struct run *r = text(about_queue(*state, "jobs"), FIELD_DEAD_LETTER_POLICY, by_receives);
    const struct queue *q = get(r, OPERATION_CREATE_QUEUE)->queue;
    assert_ptr_equal(q->dead_letter.target, find_queue(*state, "dead"));
    assert_int_equal(q->dead_letter.max_receives, 2);
    assert_int_equal(attempt(about_queue(*state, "dead"), OPERATION_DELETE_QUEUE),
                     CMQ_DEAD_LETTER_IN_USE);
    r = about_queue(*state, "jobs");
    assert_ptr_equal(get(r, OPERATION_UNBIND_DEAD_LETTER_QUEUE)->queue, q);
    assert_null(q->dead_letter.target);
    assert_int_equal(attempt(r, OPERATION_UNBIND_DEAD_LETTER_QUEUE), CMQ_NO_DEAD_LETTER_QUEUE);
    /* what is wrong with a policy is told by the operation */
    r = text(about_queue(*state, "jobs"), FIELD_DEAD_LETTER_POLICY, "{}");
    assert_int_equal(attempt(r, OPERATION_SET_QUEUE_ATTRIBUTES), CMQ_POLICY_NO_QUEUE);
    r = text(about_queue(*state, "jobs"), FIELD_DEAD_LETTER_POLICY, by_receives);
    get(r, OPERATION_SET_QUEUE_ATTRIBUTES);
    assert_non_null(q->dead_letter.target);
}

static void rewinds_queues(void **state)
{
    struct fixture *w = *state;
    int64_t now_s = FIXTURE_START_MS / 1000;
    get(number(about_queue(w, "jobs"), FIELD_REWIND, 60), OPERATION_CREATE_QUEUE);
    make_queue(w, "others");
    fixture_send(w, find_queue(w, "jobs"), "a", 0);
    fixture_consume(w, find_queue(w, "jobs"));
    struct run *r = number(about_queue(w, "jobs"), FIELD_START_CONSUME_TIME, now_s - 61);
    assert_int_equal(attempt(r, OPERATION_REWIND_QUEUE), CMQ_REWIND_TIME);
    get(number(about_queue(w, "jobs"), FIELD_START_CONSUME_TIME, now_s),
        OPERATION_REWIND_QUEUE);
    assert_int_equal(queue_count(find_queue(w, "jobs"), MESSAGE_ACTIVE), 1);
    r = number(about_queue(w, "others"), FIELD_START_CONSUME_TIME, now_s);
    assert_int_equal(attempt(r, OPERATION_REWIND_QUEUE), CMQ_REWIND_OFF);
}

/* ---- lists ---- */

static void expect_page(const char *what, const struct page *p, int64_t total, size_t count)
{
    EXPECT_EQ(what, p->total, total);
    EXPECT_EQ(what, p->count, count);
}

static void lists_queues_by_pages_and_words(void **state)
{
    char name[24];
    const struct page *p;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "%s-%d", i % 2 == 0 ? "even" : "odd", i);
        make_queue(*state, name);
    }
    p = &get(begin(*state), OPERATION_LIST_QUEUE)->page;
    expect_page("by default", p, 60, 20);
    assert_string_equal(p->queues[0]->name, "even-0");
    assert_string_equal(p->queues[19]->name, "odd-19");
    p = &get(number(begin(*state), FIELD_QUEUE_LIMIT, 50), OPERATION_LIST_QUEUE)->page;
    expect_page("at most", p, 60, 50);
    p = &get(number(begin(*state), FIELD_OFFSET, 55), OPERATION_LIST_QUEUE)->page;
    expect_page("the end", p, 60, 5);
    assert_string_equal(p->queues[0]->name, "odd-55");
    p = &get(number(begin(*state), FIELD_OFFSET, 60), OPERATION_LIST_QUEUE)->page;
    expect_page("behind the end", p, 60, 0);
    struct run *r = text(begin(*state), FIELD_SEARCH_WORD, "odd");
    p = &get(number(r, FIELD_OFFSET, 29), OPERATION_LIST_QUEUE)->page;
    expect_page("a word", p, 30, 1);
    assert_string_equal(p->queues[0]->name, "odd-59");
    p = &get(text(begin(*state), FIELD_SEARCH_WORD, "Odd"), OPERATION_LIST_QUEUE)->page;
    expect_page("case counts", p, 0, 0);
}

static void lists_the_sources_of_a_dead_letter_queue(void **state)
{
    make_queue(*state, "dead");
    make_queue(*state, "a");
    for (int i = 0; i < 2; i++) {
        struct run *r = about_queue(*state, i == 0 ? "b" : "c");
        get(text(r, FIELD_DEAD_LETTER_POLICY, by_receives), OPERATION_CREATE_QUEUE);
    }
    const struct page *p =
        &get(about_queue(*state, "dead"), OPERATION_LIST_DEAD_LETTER_SOURCE_QUEUES)->page;
    expect_page("all", p, 2, 2);
    assert_string_equal(p->queues[1]->name, "c");
    struct run *r = text(about_queue(*state, "dead"), FIELD_SEARCH_WORD, "b");
    p = &get(r, OPERATION_LIST_DEAD_LETTER_SOURCE_QUEUES)->page;
    expect_page("by word", p, 1, 1);
    p = &get(about_queue(*state, "a"), OPERATION_LIST_DEAD_LETTER_SOURCE_QUEUES)->page;
    expect_page("of another queue", p, 0, 0);
}

static void lists_topics_and_subscriptions(void **state)
{
    char name[24];
    const struct page *p;
    make_topic(*state, "quiet");
    for (int i = 0; i < 120; i++) {
        snprintf(name, sizeof name, "news-%d", i);
        make_topic(*state, name);
        make_subscription(*state, "quiet", name);
    }
    p = &get(number(begin(*state), FIELD_TOPIC_LIMIT, 50), OPERATION_LIST_TOPIC)->page;
    expect_page("topics", p, 121, 50);
    assert_string_equal(p->topics[0]->name, "quiet");
    p = &get(number(begin(*state), FIELD_TOPIC_LIMIT, 0), OPERATION_LIST_TOPIC)->page;
    expect_page("no topics", p, 121, 0);
    p = &get(text(begin(*state), FIELD_SEARCH_WORD, "s-11"), OPERATION_LIST_TOPIC)->page;
    expect_page("topics by word", p, 11, 11);

    struct run *r = number(about_topic(*state, "quiet"), FIELD_SUBSCRIPTION_LIMIT, 100);
    p = &get(r, OPERATION_LIST_SUBSCRIPTION_BY_TOPIC)->page;
    expect_page("subscriptions", p, 120, 100);
    assert_string_equal(p->subscriptions[99]->name, "news-99");
    r = number(about_topic(*state, "quiet"), FIELD_SUBSCRIPTION_OFFSET, 119);
    p = &get(r, OPERATION_LIST_SUBSCRIPTION_BY_TOPIC)->page;
    expect_page("the last one", p, 120, 1);
    p = &get(about_topic(*state, "news-1"), OPERATION_LIST_SUBSCRIPTION_BY_TOPIC)->page;
    expect_page("of another topic", p, 0, 0);
    /* topic-api D13 */
    p = &get(about_topic(*state, "none"), OPERATION_LIST_SUBSCRIPTION_BY_TOPIC)->page;
    expect_page("of no topic", p, 0, 0);
}

/* ---- messages ---- */

static void sends_one_or_many(void **state)
{
    struct fixture *w = *state;
    make_queue(w, "jobs");
    struct run *r = text(text(about_queue(w, "jobs"), FIELD_BODIES, "a"), FIELD_BODIES, "b");
    const struct result *result = get(r, OPERATION_SEND_MESSAGES);
    assert_int_equal(result->ids.count, 2);
    assert_true(result->ids.items[0] != result->ids.items[1]);
    r = number(text(about_queue(w, "jobs"), FIELD_BODIES, "c"), FIELD_DELAY, 5);
    assert_int_equal(get(r, OPERATION_SEND_MESSAGES)->ids.count, 1);
    EXPECT_COUNTS("two and a delayed one", find_queue(w, "jobs"), 2, 0, 1, 0);

    get(number(about_queue(w, "jobs"), FIELD_MAX_MSG_SIZE, 1024),
        OPERATION_SET_QUEUE_ATTRIBUTES);
    char body[1026];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    r = text(text(about_queue(w, "jobs"), FIELD_BODIES, "d"), FIELD_BODIES, body);
    assert_int_equal(attempt(r, OPERATION_SEND_MESSAGES), CMQ_BODY_TOO_LONG);
    EXPECT_COUNTS("all or nothing", find_queue(w, "jobs"), 2, 0, 1, 0);
}

static void receives_one_or_many(void **state)
{
    struct fixture *w = *state;
    make_queue(w, "jobs");
    for (int i = 0; i < 4; i++)
        fixture_send(w, find_queue(w, "jobs"), "a", 0);
    const struct result *result = get(about_queue(w, "jobs"), OPERATION_RECEIVE_MESSAGES);
    assert_int_equal(result->received.count, 1);
    result = get(number(about_queue(w, "jobs"), FIELD_RECEIVE_COUNT, 16),
                 OPERATION_RECEIVE_MESSAGES);
    assert_int_equal(result->received.count, 3);
    assert_true(bytes_equal(message_body(result->received.messages[2]), bytes_of("a")));
    assert_int_equal(attempt(about_queue(w, "jobs"), OPERATION_RECEIVE_MESSAGES),
                     CMQ_NO_MESSAGE);
}

/* As long as the queue says, unless the client says otherwise. */
static void parks_polls(void **state)
{
    struct fixture *w = *state;
    get(number(about_queue(w, "jobs"), FIELD_POLLING_WAIT, 3), OPERATION_CREATE_QUEUE);
    struct run *r = about_queue(w, "jobs");
    assert_int_equal(attempt(r, OPERATION_RECEIVE_MESSAGES), CMQ_WAITING);
    struct parked_poll *p = r->result.received.poll;
    assert_ptr_equal(p->owner, &w->owners[1]);
    assert_true(p->timeout.node.due_ms == FIXTURE_START_MS + 3000);
    r = number(about_queue(w, "jobs"), FIELD_RECEIVE_WAIT, 20);
    assert_int_equal(attempt(r, OPERATION_RECEIVE_MESSAGES), CMQ_WAITING);
    assert_true(r->result.received.poll->timeout.node.due_ms == FIXTURE_START_MS + 20000);
    r = number(about_queue(w, "jobs"), FIELD_RECEIVE_WAIT, 0);
    assert_int_equal(attempt(r, OPERATION_RECEIVE_MESSAGES), CMQ_NO_MESSAGE);
    fixture_pass(w, 20000);
    assert_int_equal(w->release_count, 2);
}

static void tells_what_became_of_each_handle(void **state)
{
    static const struct {
        const char *handle;
        enum cmq_err err;
    } others[] = {
        {"", CMQ_HANDLE_FORMAT},         {"a b", CMQ_HANDLE_FORMAT},
        {"%#:_-Z9", CMQ_HANDLE_INVALID}, {"0", CMQ_HANDLE_INVALID},
        {"-1", CMQ_HANDLE_INVALID},      {"99999999999999999999999", CMQ_HANDLE_INVALID},
        {"012", CMQ_HANDLE_INVALID},
    };
    struct fixture *w = *state;
    char handle[24];
    make_queue(w, "jobs");
    fixture_send(w, find_queue(w, "jobs"), "a", 0);
    snprintf(handle, sizeof handle, "%llu",
             (unsigned long long)fixture_receive(w, find_queue(w, "jobs"))->handle);
    struct run *r = about_queue(w, "jobs");
    for (size_t i = 0; i < COUNT(others); i++)
        text(r, FIELD_HANDLES, others[i].handle);
    const struct result *result =
        get(text(r, FIELD_HANDLES, handle), OPERATION_DELETE_MESSAGES);
    assert_int_equal(result->deletions.count, COUNT(others) + 1);
    assert_int_equal(result->deletions.failed, COUNT(others));
    for (size_t i = 0; i < COUNT(others); i++)
        EXPECT_EQ(others[i].handle, result->deletions.outcomes[i], others[i].err);
    assert_int_equal(result->deletions.outcomes[COUNT(others)], CMQ_OK);
    result =
        get(text(about_queue(w, "jobs"), FIELD_HANDLES, handle), OPERATION_DELETE_MESSAGES);
    assert_int_equal(result->deletions.outcomes[0], CMQ_HANDLE_INVALID);
}

/* ---- topics ---- */

static void creates_changes_and_deletes_topics(void **state)
{
    const struct topic *t = get(about_topic(*state, "news"), OPERATION_CREATE_TOPIC)->topic;
    assert_int_equal(t->filter_type, FILTER_BY_TAG);
    assert_int_equal(t->max_msg_size, 65536);
    assert_int_equal(attempt(about_topic(*state, "NEWS"), OPERATION_CREATE_TOPIC),
                     CMQ_TOPIC_EXISTS);
    struct run *r = number(about_topic(*state, "keys"), FIELD_FILTER_TYPE, FILTER_BY_KEY);
    assert_int_equal(get(r, OPERATION_CREATE_TOPIC)->topic->filter_type, FILTER_BY_KEY);
    r = number(about_topic(*state, "zero"), FIELD_FILTER_TYPE, 0); /* topic-api D9 */
    assert_int_equal(get(r, OPERATION_CREATE_TOPIC)->topic->filter_type, FILTER_BY_TAG);

    get(number(about_topic(*state, "news"), FIELD_MAX_MSG_SIZE, 2048),
        OPERATION_SET_TOPIC_ATTRIBUTES);
    get(about_topic(*state, "news"), OPERATION_SET_TOPIC_ATTRIBUTES);
    assert_int_equal(t->max_msg_size, 2048);
    assert_ptr_equal(get(about_topic(*state, "news"), OPERATION_GET_TOPIC_ATTRIBUTES)->topic,
                     t);
    assert_ptr_equal(get(about_topic(*state, "news"), OPERATION_QUERY_TOPIC_ROUTE)->topic, t);

    make_subscription(*state, "news", "s");
    assert_int_equal(attempt(about_topic(*state, "news"), OPERATION_DELETE_TOPIC),
                     CMQ_TOPIC_IN_USE);
    get(about_subscription(*state, "news", "s"), OPERATION_UNSUBSCRIBE);
    get(about_topic(*state, "news"), OPERATION_DELETE_TOPIC);
    assert_int_equal(attempt(about_topic(*state, "news"), OPERATION_GET_TOPIC_ATTRIBUTES),
                     CMQ_NO_TOPIC);
}

static void publishes_by_tags_and_keys(void **state)
{
    make_topic(*state, "news");
    struct run *r = text(about_topic(*state, "news"), FIELD_BODIES, "a");
    assert_int_equal(attempt(r, OPERATION_PUBLISH_MESSAGES), CMQ_NO_SUBSCRIPTION);
    r = text(subscribing(*state, "news", "s"), FIELD_FILTER_TAGS, "red");
    get(r, OPERATION_SUBSCRIBE);
    r = text(text(about_topic(*state, "news"), FIELD_BODIES, "a"), FIELD_MSG_TAGS, "blue");
    assert_int_equal(attempt(r, OPERATION_PUBLISH_MESSAGES), CMQ_NO_MATCH);
    r = text(text(about_topic(*state, "news"), FIELD_BODIES, "a"), FIELD_BODIES, "b");
    r = text(text(r, FIELD_MSG_TAGS, "blue"), FIELD_MSG_TAGS, "red");
    assert_int_equal(get(r, OPERATION_PUBLISH_MESSAGES)->ids.count, 2);

    get(number(about_topic(*state, "keys"), FIELD_FILTER_TYPE, FILTER_BY_KEY),
        OPERATION_CREATE_TOPIC);
    get(text(subscribing(*state, "keys", "s"), FIELD_BINDING_KEYS, "a.*"), OPERATION_SUBSCRIBE);
    r = text(about_topic(*state, "keys"), FIELD_BODIES, "a");
    assert_int_equal(attempt(r, OPERATION_PUBLISH_MESSAGES), CMQ_NO_ROUTING_KEY);
    r = text(text(about_topic(*state, "keys"), FIELD_BODIES, "a"), FIELD_ROUTING_KEY, "");
    assert_int_equal(attempt(r, OPERATION_PUBLISH_MESSAGES), CMQ_NO_MATCH);
    r = text(text(about_topic(*state, "keys"), FIELD_BODIES, "a"), FIELD_ROUTING_KEY, "a.b");
    assert_int_equal(get(r, OPERATION_PUBLISH_MESSAGES)->ids.count, 1);
}

/* ---- subscriptions ---- */

static void subscribes(void **state)
{
    make_topic(*state, "news");
    struct run *r = text(about_subscription(*state, "news", "web"), FIELD_PROTOCOL, "http");
    const struct subscription *s =
        get(text(r, FIELD_ENDPOINT, "http://a/"), OPERATION_SUBSCRIBE)->subscription;
    assert_int_equal(s->protocol, PROTOCOL_HTTP);
    assert_string_equal(s->endpoint, "http://a/");
    assert_int_equal(s->strategy, EXPONENTIAL_DECAY_RETRY);
    assert_int_equal(s->format, FORMAT_JSON);
    assert_int_equal(attempt(subscribing(*state, "news", "web"), OPERATION_SUBSCRIBE),
                     CMQ_SUBSCRIPTION_EXISTS);
    r = text(subscribing(*state, "news", "jobs"), FIELD_NOTIFY_STRATEGY, "BACKOFF_RETRY");
    s = get(r, OPERATION_SUBSCRIBE)->subscription;
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(s->format, FORMAT_SIMPLIFIED); /* whatever is asked for: topic-api D3 */
}

static void refuses_json_for_queues_under_strict_limits_alone(void **state)
{
    for (int strict = 0; strict <= 1; strict++) {
        fixture_reopen(*state, strict ? engine_limits_strict() : engine_limits_relaxed());
        make_topic(*state, "news");
        struct run *r = text(subscribing(*state, "news", "jobs"), FIELD_NOTIFY_FORMAT, "JSON");
        EXPECT_EQ("subscribe", attempt(r, OPERATION_SUBSCRIBE),
                  strict ? CMQ_QUEUE_NOT_SIMPLIFIED : CMQ_OK);
        if (strict)
            make_subscription(*state, "news", "jobs");
        r = text(about_subscription(*state, "news", "jobs"), FIELD_NOTIFY_FORMAT, "JSON");
        EXPECT_EQ("set", attempt(r, OPERATION_SET_SUBSCRIPTION_ATTRIBUTES),
                  strict ? CMQ_QUEUE_NOT_SIMPLIFIED : CMQ_OK);
    }
}

static void changes_what_is_given_of_a_subscription(void **state)
{
    make_topic(*state, "news");
    struct run *r = text(subscribing(*state, "news", "s"), FIELD_FILTER_TAGS, "red");
    const struct subscription *s = get(r, OPERATION_SUBSCRIBE)->subscription;
    r = text(about_subscription(*state, "news", "s"), FIELD_NOTIFY_STRATEGY, "BACKOFF_RETRY");
    get(r, OPERATION_SET_SUBSCRIPTION_ATTRIBUTES);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(filter_texts(s->filter)->tag_count, 1);
    r = text(about_subscription(*state, "news", "s"), FIELD_FILTER_TAGS, "blue");
    get(text(r, FIELD_FILTER_TAGS, "green"), OPERATION_SET_SUBSCRIPTION_ATTRIBUTES);
    assert_int_equal(s->strategy, BACKOFF_RETRY);
    assert_int_equal(filter_texts(s->filter)->tag_count, 2);
    r = about_subscription(*state, "news", "s");
    assert_ptr_equal(get(r, OPERATION_CLEAR_SUBSCRIPTION_FILTER_TAGS)->subscription, s);
    assert_int_equal(filter_texts(s->filter)->tag_count, 0);
    r = about_subscription(*state, "news", "s");
    assert_ptr_equal(get(r, OPERATION_GET_SUBSCRIPTION_ATTRIBUTES)->subscription, s);

    get(number(about_topic(*state, "keys"), FIELD_FILTER_TYPE, FILTER_BY_KEY),
        OPERATION_CREATE_TOPIC);
    assert_int_equal(attempt(subscribing(*state, "keys", "s"), OPERATION_SUBSCRIBE),
                     CMQ_NO_BINDING_KEY);
}

/* ---- what is told ---- */

static void tells_the_attributes_of_a_queue(void **state)
{
    struct attributes a;
    make_queue(*state, "dead");
    attributes_of_queue(&a, find_queue(*state, "dead"));
    assert_int_equal(a.count, 6);
    get(number(about_queue(*state, "jobs"), FIELD_VISIBILITY, 9), OPERATION_CREATE_QUEUE);
    struct run *r = text(about_queue(*state, "jobs"), FIELD_DEAD_LETTER_POLICY, by_receives);
    const struct queue *q = get(r, OPERATION_SET_QUEUE_ATTRIBUTES)->queue;
    attributes_of_queue(&a, q);
    assert_int_equal(a.count, 7);
    assert_int_equal(a.fields[6], FIELD_DEAD_LETTER_POLICY);
    assert_int_equal(argument_int(&a.values, FIELD_VISIBILITY, 0), 9);
    char policy[DEAD_LETTER_TEXT_SIZE];
    snprintf(policy, sizeof policy,
             "{\"deadLetterQueue\":\"%s\",\"policy\":0,\"maxReceiveCount\":2}",
             q->dead_letter.target->id);
    assert_true(
        bytes_equal(argument_text(&a.values, FIELD_DEAD_LETTER_POLICY), bytes_of(policy)));
}

static void tells_the_attributes_of_topics_and_subscriptions(void **state)
{
    struct attributes a;
    make_topic(*state, "news");
    attributes_of_topic(
        &a, engine_find_topic(((struct fixture *)*state)->engine, bytes_of("news")));
    assert_int_equal(a.count, 5);
    assert_int_equal(argument_int(&a.values, FIELD_RETENTION, 0), 86400);
    assert_int_equal(argument_int(&a.values, FIELD_CREATE_TIME, 0), FIXTURE_START_MS / 1000);
    struct run *r = text(subscribing(*state, "news", "s"), FIELD_FILTER_TAGS, "red");
    attributes_of_subscription(&a, get(r, OPERATION_SUBSCRIBE)->subscription);
    assert_int_equal(a.count, 8);
    assert_int_equal(argument_int(&a.values, FIELD_PROTOCOL, -1), PROTOCOL_QUEUE);
    assert_true(bytes_equal(argument_text(&a.values, FIELD_ENDPOINT), bytes_of("jobs")));
    struct texts tags = argument_list(&a.values, FIELD_FILTER_TAGS);
    assert_int_equal(tags.count, 1);
    assert_true(bytes_equal(tags.items[0], bytes_of("red")));
    assert_int_equal(argument_list(&a.values, FIELD_BINDING_KEYS).count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_the_subject_first),
        TEST(tells_a_missing_subscription_from_a_missing_topic),
        TEST(counts_the_control_plane_alone),
        TEST(creates_queues),
        TEST(changes_what_is_given_of_a_queue),
        TEST(deletes_queues),
        TEST(binds_and_unbinds_dead_letter_queues),
        TEST(rewinds_queues),
        TEST(lists_queues_by_pages_and_words),
        TEST(lists_the_sources_of_a_dead_letter_queue),
        TEST(lists_topics_and_subscriptions),
        TEST(sends_one_or_many),
        TEST(receives_one_or_many),
        TEST(parks_polls),
        TEST(tells_what_became_of_each_handle),
        TEST(creates_changes_and_deletes_topics),
        TEST(publishes_by_tags_and_keys),
        TEST(subscribes),
        TEST(refuses_json_for_queues_under_strict_limits_alone),
        TEST(changes_what_is_given_of_a_subscription),
        TEST(tells_the_attributes_of_a_queue),
        TEST(tells_the_attributes_of_topics_and_subscriptions),
    };
    return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
