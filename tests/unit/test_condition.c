/* Conditions: their grammar, when they hold, and what they tell. */
#include "admin/condition.h"
#include "tests/support/engine_heap.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct engine_heap heap;
static struct engine *engine;

static struct queue *create(const char *name)
{
    struct queue_attributes attributes = queue_attributes_default();
    struct queue *q;
    attributes.rewind_ms = 60000;
    assert_int_equal(engine_create_queue(engine, bytes_of(name), &attributes, NULL, &q),
                     CMQ_OK);
    return q;
}

static void deliver(struct queue *q, int count, cmq_ms delay_ms)
{
    uint64_t id;
    struct bytes body = bytes_of("x");
    while (count-- > 0)
        assert_int_equal(engine_send(engine, q, &body, 1, delay_ms, &id), CMQ_OK);
}

static uint64_t receive(struct queue *q)
{
    struct received r;
    assert_int_equal(engine_receive(engine, q, 1, 0, NULL, &r), CMQ_OK);
    return r.messages[0]->handle;
}

/* "jobs": 3 active, 2 inactive, 1 delayed, 1 deleted. "idle": two parked polls. */
static int start(void **state)
{
    struct engine_config config = {.allocator = engine_heap_allocator(&heap),
                                   .limits = engine_limits_relaxed(),
                                   .seed = 1,
                                   .now_ms = 1000000};
    struct received r;
    (void)state;
    engine = engine_new(&config);
    assert_non_null(engine);
    struct queue *jobs = create("jobs");
    struct queue *idle = create("idle");
    deliver(jobs, 6, 0);
    deliver(jobs, 1, 5000);
    assert_int_equal(engine_delete_message(engine, jobs, receive(jobs)), CMQ_OK);
    receive(jobs);
    receive(jobs);
    for (int i = 0; i < 2; i++)
        assert_int_equal(engine_receive(engine, idle, 1, 30000, NULL, &r), CMQ_WAITING);
    return 0;
}

/* Besides: topic "news", with two messages on their way to "fan", whose queue is missing, and
 * none to "quiet". */
static int start_with_topic(void **state)
{
    static const struct {
        const char *name, *tag;
    } subscriptions[] = {{"fan", "loud"}, {"quiet", "soft"}};
    const struct topic_request request = {.filter_type = FILTER_BY_TAG, .max_msg_size = 65536};
    const struct bytes bodies[] = {bytes_of("x"), bytes_of("y")};
    const struct bytes loud = bytes_of("loud");
    struct routing routing;
    struct topic *t;
    uint64_t ids[COUNT(bodies)];
    start(state);
    assert_int_equal(engine_create_topic(engine, bytes_of("news"), &request, &t), CMQ_OK);
    for (size_t i = 0; i < COUNT(subscriptions); i++) {
        struct subscription *s;
        const struct subscription_request wanted = {
            .name = bytes_of(subscriptions[i].name),
            .endpoint = bytes_of("nowhere"),
            .protocol = PROTOCOL_QUEUE,
            .strategy = EXPONENTIAL_DECAY_RETRY,
            .filter = {.tag_count = 1, .tags = {bytes_of(subscriptions[i].tag)}}};
        assert_int_equal(engine_subscribe(engine, t, &wanted, &s), CMQ_OK);
    }
    routing_init(&routing, &loud, 1, bytes_of(""));
    assert_int_equal(engine_publish(engine, t, bodies, COUNT(bodies), &routing, ids), CMQ_OK);
    assert_true(engine_advance(engine, engine_now_ms(engine), NULL));
    return 0;
}

static int finish(void **state)
{
    (void)state;
    engine_free(engine);
    assert_int_equal(heap.held, 0);
    return 0;
}

static struct condition *read_text(const char *text, struct mistake *m)
{
    cJSON *json = cJSON_Parse(text);
    struct condition *c = condition_read(json, "until", m);
    cJSON_Delete(json);
    return c;
}

static struct condition *read_good(const char *text)
{
    struct mistake m = {.status = 0};
    struct condition *c = read_text(text, &m);
    if (c == NULL)
        fail_msg("%s: %s", text, m.message);
    return c;
}

struct judged {
    const char *text;
    bool holds;
};

static void judge_all(const struct judged *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct condition *c = read_good(cases[i].text);
        if (condition_holds(c, engine) != cases[i].holds)
            fail_msg("%s: expected to %s", cases[i].text, cases[i].holds ? "hold" : "fail");
        condition_free(c);
    }
}

static void holds_when_it_should(void **state)
{
    static const struct judged cases[] = {
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"eq\":3}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"eq\":2}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"inactive\",\"count\":{\"eq\":2}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"delayed\",\"count\":{\"eq\":1}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"deleted\",\"count\":{\"eq\":1}}", true},
        {"{\"queue\":\"idle\",\"state\":\"active\",\"count\":{\"eq\":0}}", true},
        {"{\"count\":{\"eq\":3},\"state\":\"active\",\"queue\":\"jobs\"}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ne\":3}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ne\":2}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"lt\":3}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"lt\":4}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"le\":3}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"le\":2}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"gt\":3}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"gt\":2}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":3}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":4}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1,\"lt\":4}}", true},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1,\"lt\":3}}", false},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1000000000}}", false},
        {"{\"polls\":{\"eq\":2}}", true},
        {"{\"polls\":{\"eq\":2},\"queue\":\"idle\"}", true},
        {"{\"polls\":{\"eq\":0},\"queue\":\"jobs\"}", true},
        {"{\"polls\":{\"ge\":1},\"queue\":\"jobs\"}", false},
        {"{\"polls\":{\"ge\":3}}", false},
        {"{\"agenda\":\"empty\"}", false},
        {"{\"not\":{\"agenda\":\"empty\"}}", true},
        {"{\"not\":{\"polls\":{\"eq\":2}}}", false},
        {"{\"not\":{\"not\":{\"polls\":{\"eq\":2}}}}", true},
        {"{\"all\":[{\"polls\":{\"eq\":2}}]}", true},
        {"{\"all\":[{\"polls\":{\"eq\":2}},{\"agenda\":\"empty\"}]}", false},
        {"{\"all\":[{\"agenda\":\"empty\"},{\"polls\":{\"eq\":2}}]}", false},
        {"{\"any\":[{\"polls\":{\"eq\":2}},{\"agenda\":\"empty\"}]}", true},
        {"{\"any\":[{\"agenda\":\"empty\"},{\"polls\":{\"eq\":2}}]}", true},
        {"{\"any\":[{\"agenda\":\"empty\"},{\"polls\":{\"eq\":1}}]}", false},
        {"{\"all\":[{\"any\":[{\"polls\":{\"eq\":1}},{\"polls\":{\"eq\":2}}]},"
         "{\"not\":{\"agenda\":\"empty\"}}]}",
         true},
    };
    (void)state;
    judge_all(cases, COUNT(cases));
}

static void counts_what_is_pending_for_a_subscription(void **state)
{
    static const struct judged cases[] = {
        {"{\"subscription\":\"news/fan\",\"pending\":{\"eq\":2}}", true},
        {"{\"pending\":{\"ge\":1,\"lt\":3},\"subscription\":\"news/fan\"}", true},
        {"{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}}", false},
        {"{\"subscription\":\"news/fan\",\"pending\":{\"gt\":2}}", false},
        {"{\"subscription\":\"news/quiet\",\"pending\":{\"eq\":0}}", true},
        {"{\"subscription\":\"news/quiet\",\"pending\":{\"ne\":0}}", false},
        {"{\"all\":[{\"subscription\":\"news/quiet\",\"pending\":{\"eq\":0}},"
         "{\"not\":{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}}}]}",
         true},
    };
    (void)state;
    judge_all(cases, COUNT(cases));
}

static void refuses_what_is_no_condition(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "a condition is an object"},
        {"null", "a condition is an object"},
        {"[]", "a condition is an object"},
        {"\"agenda\"", "a condition is an object"},
        {"{}", "a condition is an object"},
        {"{\"queue\":\"jobs\"}", "a condition is an object"},
        {"{\"Count\":{\"ge\":1}}", "a condition is an object"},
        {"{\"state\":\"active\",\"count\":{\"ge\":1}}", "name of a queue"},
        {"{\"queue\":1,\"state\":\"active\",\"count\":{\"ge\":1}}", "name of a queue"},
        {"{\"queue\":\"\",\"state\":\"active\",\"count\":{\"ge\":1}}", "name of a queue"},
        {"{\"queue\":\"1a\",\"state\":\"active\",\"count\":{\"ge\":1}}", "name of a queue"},
        {"{\"queue\":\"jobs\",\"count\":{\"ge\":1}}", "state must be one of"},
        {"{\"queue\":\"jobs\",\"state\":\"asleep\",\"count\":{\"ge\":1}}",
         "state must be one of"},
        {"{\"queue\":\"jobs\",\"state\":1,\"count\":{\"ge\":1}}", "state must be one of"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":3}", "a comparison is an object"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{}}", "a comparison is an object"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":[1]}",
         "a comparison is an object"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"is\":1}}", "comparisons are"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":\"1\"}}", "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":-1}}", "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1.5}}", "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1e300}}", "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1000000001}}",
         "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":null}}", "a count is"},
        {"{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":1},\"x\":1}",
         "x does not go with count"},
        {"{\"polls\":{\"ge\":1},\"state\":\"active\"}", "state does not go with polls"},
        {"{\"queue\":\"jobs\",\"stat\":\"active\",\"count\":{\"ge\":1}}",
         "stat does not go with count; did you mean state?"},
        {"{\"polls\":{\"ge\":1},\"queue\":null}", "name of a queue"},
        {"{\"polls\":1}", "a comparison is an object"},
        {"{\"subscription\":\"t/s\"}", "a condition is an object"},
        {"{\"pending\":{\"eq\":0}}", "names of a topic and a subscription"},
        {"{\"subscription\":1,\"pending\":{\"eq\":0}}", "names of a topic and a subscription"},
        {"{\"subscription\":\"\",\"pending\":{\"eq\":0}}",
         "names of a topic and a subscription"},
        {"{\"subscription\":\"t\",\"pending\":{\"eq\":0}}",
         "names of a topic and a subscription"},
        {"{\"subscription\":\"t/\",\"pending\":{\"eq\":0}}",
         "names of a topic and a subscription"},
        {"{\"subscription\":\"/s\",\"pending\":{\"eq\":0}}",
         "names of a topic and a subscription"},
        {"{\"subscription\":\"t/s/u\",\"pending\":{\"eq\":0}}",
         "names of a topic and a subscription"},
        {"{\"subscription\":\"t/s\",\"pending\":0}", "a comparison is an object"},
        {"{\"subscription\":\"t/s\",\"pending\":{\"eq\":-1}}", "a count is"},
        {"{\"subscription\":\"t/s\",\"pending\":{\"eq\":0},\"queue\":\"q\"}",
         "queue does not go with pending"},
        {"{\"agenda\":\"full\"}", "agenda can only be"},
        {"{\"agenda\":true}", "agenda can only be"},
        {"{\"agenda\":\"empty\",\"queue\":\"jobs\"}", "queue does not go with agenda"},
        {"{\"all\":[]}", "all and any take a list"},
        {"{\"any\":{}}", "all and any take a list"},
        {"{\"all\":[{\"agenda\":\"empty\"},1]}", "a condition is an object"},
        {"{\"all\":[{\"agenda\":\"empty\"}],\"any\":[{\"agenda\":\"empty\"}]}",
         "does not go with"},
        {"{\"not\":[]}", "a condition is an object"},
        {"{\"not\":{\"agenda\":\"full\"}}", "agenda can only be"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mistake m = {.status = 0};
        struct condition *c = read_text(cases[i].text, &m);
        if (c != NULL)
            fail_msg("%s: was taken", cases[i].text);
        if (m.status != 400 || strcmp(m.argument, "until") != 0 ||
            strstr(m.message, cases[i].part) == NULL)
            fail_msg("%s: got %d, %s, %s", cases[i].text, m.status, m.argument, m.message);
    }
}

static struct condition *read_built(struct buffer *text, struct mistake *m)
{
    buffer_append_char(text, '\0');
    struct condition *c = read_text(text->data, m);
    buffer_free(text);
    return c;
}

/* {"not":{"not":...{"agenda":"empty"}}}, so many objects in all. */
static struct condition *read_nested(int depth, struct mistake *m)
{
    struct buffer text = {0};
    for (int i = 1; i < depth; i++)
        buffer_append(&text, bytes_of("{\"not\":"));
    buffer_append(&text, bytes_of("{\"agenda\":\"empty\"}"));
    for (int i = 1; i < depth; i++)
        buffer_append_char(&text, '}');
    return read_built(&text, m);
}

static struct condition *read_list(int length, struct mistake *m)
{
    struct buffer text = {0};
    buffer_append(&text, bytes_of("{\"all\":["));
    for (int i = 0; i < length; i++) {
        if (i > 0)
            buffer_append_char(&text, ',');
        buffer_append(&text, bytes_of("{\"agenda\":\"empty\"}"));
    }
    buffer_append(&text, bytes_of("]}"));
    return read_built(&text, m);
}

/* Lists within a list, of so many parts in all: 1 + 4 * (1 + 31) are 129. */
static struct condition *read_parts(int parts, struct mistake *m)
{
    struct buffer text = {0};
    buffer_append(&text, bytes_of("{\"any\":["));
    for (int left = parts - 1; left > 0;) {
        buffer_append(&text, bytes_of(left < parts - 1 ? ",{\"all\":[" : "{\"all\":["));
        left--;
        for (int i = 0; i < 31 && left > 0; i++, left--) {
            if (i > 0)
                buffer_append_char(&text, ',');
            buffer_append(&text, bytes_of("{\"polls\":{\"eq\":0}}"));
        }
        buffer_append(&text, bytes_of("]}"));
    }
    buffer_append(&text, bytes_of("]}"));
    return read_built(&text, m);
}

static void is_bounded(void **state)
{
    static const struct {
        const char *what;
        struct condition *(*read)(int n, struct mistake *m);
        int n;
        const char *part; /* NULL: is taken */
    } cases[] = {
        {"eight deep", read_nested, 8, NULL},
        {"nine deep", read_nested, 9, "nested too deeply"},
        {"twenty deep", read_nested, 20, "nested too deeply"},
        {"32 in a list", read_list, 32, NULL},
        {"33 in a list", read_list, 33, "the list is too long"},
        {"128 parts", read_parts, 128, NULL},
        {"129 parts", read_parts, 129, "at most 128 parts"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mistake m = {.status = 0};
        struct condition *c = cases[i].read(cases[i].n, &m);
        if ((c != NULL) != (cases[i].part == NULL))
            fail_msg("%s: %s", cases[i].what, m.message);
        if (cases[i].part != NULL && strstr(m.message, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].what, m.message);
        if (c != NULL && cases[i].read == read_parts)
            assert_int_equal(condition_parts(c), cases[i].n);
        condition_free(c);
    }
}

static void names_what_is_missing(void **state)
{
    static const char no_queue[] = "no-such-queue";
    static const char no_subscription[] = "no-such-subscription";
    static const struct {
        const char *text, *code, *missing;
    } cases[] = {
        {"{\"queue\":\"gone\",\"state\":\"active\",\"count\":{\"ge\":0}}", no_queue, "gone"},
        {"{\"polls\":{\"ge\":0},\"queue\":\"gone\"}", no_queue, "gone"},
        {"{\"not\":{\"polls\":{\"ge\":0},\"queue\":\"gone\"}}", no_queue, "gone"},
        {"{\"any\":[{\"agenda\":\"empty\"},{\"polls\":{\"ge\":0},\"queue\":\"Jobs\"}]}",
         no_queue, "Jobs"},
        {"{\"polls\":{\"ge\":0},\"queue\":\"jobs\"}", NULL, NULL},
        {"{\"polls\":{\"ge\":0}}", NULL, NULL},
        {"{\"agenda\":\"empty\"}", NULL, NULL},
        {"{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}}", NULL, NULL},
        {"{\"subscription\":\"news/gone\",\"pending\":{\"eq\":0}}", no_subscription,
         "news/gone"},
        {"{\"subscription\":\"gone/fan\",\"pending\":{\"eq\":0}}", no_subscription, "gone/fan"},
        {"{\"subscription\":\"News/fan\",\"pending\":{\"eq\":0}}", no_subscription, "News/fan"},
        {"{\"not\":{\"subscription\":\"news/Fan\",\"pending\":{\"eq\":0}}}", no_subscription,
         "news/Fan"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mistake m = {.status = 0};
        struct condition *c = read_good(cases[i].text);
        bool there = condition_names_known(c, engine, &m);
        condition_free(c);
        if (there != (cases[i].missing == NULL))
            fail_msg("%s: %s", cases[i].text, m.message);
        if (!there && (m.status != 404 || strcmp(m.code, cases[i].code) != 0 ||
                       strstr(m.message, cases[i].missing) == NULL))
            fail_msg("%s: %d %s %s", cases[i].text, m.status, m.code, m.message);
    }
}

static void expect_actual(const char *text, const char *actual)
{
    struct buffer out = {0};
    struct condition *c = read_good(text);
    condition_write_actual(c, engine, &out);
    buffer_append_char(&out, '\0');
    assert_string_equal(out.data, actual);
    buffer_free(&out);
    condition_free(c);
}

static void tells_what_each_part_found(void **state)
{
    (void)state;
    expect_actual("{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":9}}",
                  "[{\"queue\":\"jobs\",\"state\":\"active\",\"count\":3}]");
    expect_actual("{\"polls\":{\"ge\":1}}", "[{\"polls\":2}]");
    expect_actual("{\"polls\":{\"ge\":1},\"queue\":\"idle\"}",
                  "[{\"queue\":\"idle\",\"polls\":2}]");
    /* one for each of 7 messages and 2 polls, and one more for 3 messages that wait */
    expect_actual("{\"agenda\":\"empty\"}", "[{\"agenda\":12}]");
    expect_actual("{\"any\":[{\"not\":{\"polls\":{\"eq\":0}}},{\"all\":[{\"queue\":\"jobs\","
                  "\"state\":\"deleted\",\"count\":{\"eq\":1}}]}]}",
                  "[{\"polls\":2},{\"queue\":\"jobs\",\"state\":\"deleted\",\"count\":1}]");
}

/* Of each message its day and its next attempt, beside the twelve of queues. */
static void tells_what_is_pending(void **state)
{
    (void)state;
    expect_actual("{\"any\":[{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}},"
                  "{\"subscription\":\"news/quiet\",\"pending\":{\"eq\":1}},"
                  "{\"agenda\":\"empty\"}]}",
                  "[{\"subscription\":\"news/fan\",\"pending\":2},"
                  "{\"subscription\":\"news/quiet\",\"pending\":0},{\"agenda\":16}]");
}

static void a_subscription_that_is_gone_has_nothing_pending(void **state)
{
    (void)state;
    struct topic *t = engine_find_topic(engine, bytes_of("news"));
    engine_unsubscribe(engine, engine_find_subscription(engine, t, bytes_of("fan")));
    expect_actual("{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}}",
                  "[{\"subscription\":\"news/fan\",\"pending\":0}]");
    engine_unsubscribe(engine, engine_find_subscription(engine, t, bytes_of("quiet")));
    assert_int_equal(engine_delete_topic(engine, t), CMQ_OK);
    expect_actual("{\"subscription\":\"news/fan\",\"pending\":{\"eq\":0}}",
                  "[{\"subscription\":\"news/fan\",\"pending\":0}]");
}

/* An attempt that is being made is not on the agenda, and yet something will come of it. */
static void what_is_in_flight_keeps_the_agenda_from_being_empty(void **state)
{
    static const char empty[] = "{\"agenda\":\"empty\"}";
    const struct subscription_request wanted = {.name = bytes_of("web"),
                                                .endpoint = bytes_of("http://localhost/"),
                                                .protocol = PROTOCOL_HTTP,
                                                .strategy = EXPONENTIAL_DECAY_RETRY};
    const struct bytes body = bytes_of("x");
    struct push_ticket ticket;
    struct subscription *s;
    struct routing routing;
    uint64_t id;
    (void)state;
    engine_purge_queue(engine, engine_find_queue(engine, bytes_of("jobs")));
    engine_end_all_polls(engine, CMQ_NO_MESSAGE);
    for (struct parked_poll *p; (p = engine_take_released(engine)) != NULL;)
        engine_free_poll(engine, p);
    struct topic *t = engine_find_topic(engine, bytes_of("news"));
    engine_unsubscribe(engine, engine_find_subscription(engine, t, bytes_of("fan")));
    expect_actual(empty, "[{\"agenda\":0}]");
    assert_int_equal(engine_subscribe(engine, t, &wanted, &s), CMQ_OK);
    routing_init(&routing, NULL, 0, bytes_of(""));
    assert_int_equal(engine_publish(engine, t, &body, 1, &routing, &id), CMQ_OK);
    expect_actual(empty, "[{\"agenda\":2}]"); /* its day, its first attempt */
    while (!engine_advance(engine, engine_now_ms(engine), NULL))
        engine_take_push(engine, &ticket);
    expect_actual(empty, "[{\"agenda\":2}]"); /* the attempt flies */
    engine_land_push(&ticket, &(struct push_outcome){.delivered = true, .status = 200});
    assert_int_equal(engine_end_pushes(engine), 1);
    expect_actual(empty, "[{\"agenda\":0}]");
}

static void a_queue_that_is_gone_holds_nothing(void **state)
{
    (void)state;
    struct queue *idle = engine_find_queue(engine, bytes_of("idle"));
    struct queue *jobs = engine_find_queue(engine, bytes_of("jobs"));
    assert_int_equal(engine_delete_queue(engine, idle), CMQ_OK);
    assert_int_equal(engine_delete_queue(engine, jobs), CMQ_OK);
    expect_actual("{\"all\":[{\"queue\":\"jobs\",\"state\":\"active\",\"count\":{\"ge\":9}},"
                  "{\"polls\":{\"ge\":1},\"queue\":\"idle\"},{\"agenda\":\"empty\"}]}",
                  "[{\"queue\":\"jobs\",\"state\":\"active\",\"count\":0},"
                  "{\"queue\":\"idle\",\"polls\":0},{\"agenda\":0}]");
    struct condition *c = read_good("{\"agenda\":\"empty\"}");
    assert_true(condition_holds(c, engine));
    condition_free(c);
    for (struct parked_poll *p; (p = engine_take_released(engine)) != NULL;)
        engine_free_poll(engine, p);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, start, finish)
#define TOPIC_TEST(name) cmocka_unit_test_setup_teardown(name, start_with_topic, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(holds_when_it_should),
        TEST(refuses_what_is_no_condition),
        TEST(is_bounded),
        TOPIC_TEST(names_what_is_missing),
        TEST(tells_what_each_part_found),
        TEST(a_queue_that_is_gone_holds_nothing),
        TOPIC_TEST(counts_what_is_pending_for_a_subscription),
        TOPIC_TEST(tells_what_is_pending),
        TOPIC_TEST(a_subscription_that_is_gone_has_nothing_pending),
        TOPIC_TEST(what_is_in_flight_keeps_the_agenda_from_being_empty),
    };
    return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
