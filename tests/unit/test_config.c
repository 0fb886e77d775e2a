/* What a namespace is to be like: spec_read() of one object, config_apply() of a whole file,
 * and where in the file a mistake stands. */
#include "admin/config.h"
#include "admin/spec.h"
#include "tests/support/ask_service.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct registry registry;

static int start(void **state)
{
    struct registry_config config = default_config().registry;
    (void)state;
    config.max_namespaces = 4;
    return registry_init(&registry, &config, BEGUN_MS, NULL, NULL, NULL) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    registry_fini(&registry);
    return 0;
}

static struct namespace *find(const char *name)
{
    struct namespace *ns = registry_find(&registry, bytes_of(name));
    assert_non_null(ns);
    return ns;
}

static void apply(const char *text)
{
    struct mistake m = {.status = 0};
    if (!config_apply(&registry, text, BEGUN_MS, &m))
        fail_msg("%s: %s", text, m.message);
}

/* ---- one object ---- */

static bool read_spec(const char *text, bool in_file, struct namespace_spec *spec,
                      struct mistake *m)
{
    cJSON *json = cJSON_Parse(text);
    *spec = registry_spec(&registry);
    bool read = spec_read(json, "", in_file, spec, m);
    cJSON_Delete(json);
    return read;
}

static struct namespace_spec good_spec(const char *text)
{
    struct namespace_spec spec;
    struct mistake m = {.status = 0};
    if (!read_spec(text, false, &spec, &m))
        fail_msg("%s: %s", text, m.message);
    return spec;
}

static void reads_every_member(void **state)
{
    (void)state;
    struct namespace_spec s = good_spec(
        "{\"name\":\"a-1\",\"seed\":9,\"clock\":{\"mode\":\"auto\",\"at\":5000},\"limits\":{"
        "\"maxTopics\":12,\"maxSubscriptions\":13,"
        "\"maxQueues\":1,\"maxHeap\":2,\"maxDelayed\":3,\"maxInactive\":4,\"maxPolls\":5,"
        "\"maxMemory\":6,\"maxDelay\":\"7s\",\"sendRate\":8,\"receiveRate\":9,"
        "\"deleteRate\":15,"
        "\"controlRate\":10,\"nameCooling\":\"11s\",\"deadLetter\":\"eager\","
        "\"errors\":\"gateway\"},\"uin\":\"9007199254740991\",\"appId\":14}");
    assert_string_equal(s.name, "a-1");
    assert_true(s.seed == 9);
    assert_int_equal(s.mode, CLOCK_AUTO);
    assert_true(s.has_at);
    assert_true(s.at_ms == 5000);
    assert_int_equal(s.limits.max_queues, 1);
    assert_int_equal(s.limits.max_topics, 12);
    assert_int_equal(s.limits.max_subscriptions, 13);
    assert_int_equal(s.limits.max_heap, 2);
    assert_int_equal(s.limits.max_delayed, 3);
    assert_int_equal(s.limits.max_inactive, 4);
    assert_int_equal(s.limits.max_polls, 5);
    assert_int_equal(s.limits.max_bytes, 6);
    assert_int_equal(s.limits.max_delay_ms, 7000);
    assert_int_equal(s.limits.send_rate, 8);
    assert_int_equal(s.limits.receive_rate, 9);
    assert_int_equal(s.limits.delete_rate, 15);
    assert_int_equal(s.limits.control_rate, 10);
    assert_int_equal(s.limits.name_cooling_ms, 11000);
    assert_true(s.limits.eager_dead_letter);
    assert_true(s.limits.gateway_errors);
    assert_true(s.account.uin == 9007199254740991);
    assert_true(s.account.app_id == 14);
}

static void what_is_not_said_stays(void **state)
{
    (void)state;
    struct namespace_spec standard = registry_spec(&registry);
    struct namespace_spec s = good_spec("{}");
    assert_string_equal(s.name, "");
    assert_int_equal(s.mode, CLOCK_REAL);
    assert_false(s.has_at);
    assert_true(s.seed == standard.seed);
    assert_true(s.account.uin == 100000000001);
    assert_true(s.account.app_id == 1250000000);
    assert_int_equal(s.limits.max_queues, standard.limits.max_queues);
    s = good_spec("{\"clock\":{\"at\":1}}");
    assert_int_equal(s.mode, CLOCK_REAL);
    assert_true(s.has_at);
    s = good_spec("{\"limits\":{\"maxQueues\":3}}");
    assert_int_equal(s.limits.max_heap, standard.limits.max_heap);
    assert_false(s.limits.strict);
}

/* A double keeps no more than 53 bits of a number. */
static void great_seeds_are_texts(void **state)
{
    (void)state;
    assert_true(good_spec("{\"seed\":9007199254740991}").seed == 9007199254740991);
    assert_true(good_spec("{\"seed\":\"9007199254740993\"}").seed == 9007199254740993);
    assert_true(good_spec("{\"seed\":\"9223372036854775807\"}").seed == INT64_MAX);
}

static void presets_come_before_single_limits(void **state)
{
    static const struct {
        const char *text;
        bool strict;
        uint32_t send_rate;
    } cases[] = {
        {"{\"limits\":\"strict\"}", true, 5000},
        {"{\"limits\":\"relaxed\"}", false, 0},
        {"{\"limits\":{\"preset\":\"strict\"}}", true, 5000},
        {"{\"limits\":{\"preset\":\"strict\",\"sendRate\":7}}", true, 7},
        {"{\"limits\":{\"sendRate\":7,\"preset\":\"strict\"}}", true, 7},
        {"{\"limits\":{\"sendRate\":\"7\"}}", false, 7},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct namespace_spec s = good_spec(cases[i].text);
        if (s.limits.strict != cases[i].strict || s.limits.send_rate != cases[i].send_rate)
            fail_msg("%s: strict %d, rate %u", cases[i].text, s.limits.strict,
                     s.limits.send_rate);
    }
}

static void names_the_member_that_is_wrong(void **state)
{
    static const struct {
        const char *text, *argument;
    } cases[] = {
        {"{\"name\":\"\"}", "name"},
        {"{\"name\":1}", "name"},
        {"{\"name\":\"1a\"}", "name"},
        {"{\"name\":\"a b\"}", "name"},
        {"{\"name\":\"a/b\"}", "name"},
        {"{\"name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
         "name"},
        {"{\"Name\":\"a\"}", "Name"},
        {"{\"seed\":-1}", "seed"},
        {"{\"seed\":1.5}", "seed"},
        {"{\"seed\":null}", "seed"},
        {"{\"seed\":9007199254740993}", "seed"},
        {"{\"seed\":9223372036854775808}", "seed"},
        {"{\"seed\":\"9223372036854775808\"}", "seed"},
        {"{\"seed\":\"x\"}", "seed"},
        {"{\"clock\":\"frozen\"}", "clock"},
        {"{\"clock\":{\"mode\":\"slow\"}}", "clock.mode"},
        {"{\"clock\":{\"mode\":1}}", "clock.mode"},
        {"{\"clock\":{\"at\":\"noon\"}}", "clock.at"},
        {"{\"clock\":{\"at\":-1}}", "clock.at"},
        {"{\"clock\":{\"rate\":2}}", "clock.rate"},
        {"{\"limits\":\"lax\"}", "limits"},
        {"{\"limits\":3}", "limits"},
        {"{\"limits\":[]}", "limits"},
        {"{\"limits\":{\"preset\":\"lax\"}}", "limits.preset"},
        {"{\"limits\":{\"maxqueues\":1}}", "limits.maxqueues"},
        {"{\"limits\":{\"maxQueues\":-1}}", "limits.maxQueues"},
        {"{\"limits\":{\"maxQueues\":1000001}}", "limits.maxQueues"},
        {"{\"limits\":{\"maxQueues\":true}}", "limits.maxQueues"},
        {"{\"limits\":{\"maxTopics\":-1}}", "limits.maxTopics"},
        {"{\"limits\":{\"maxTopics\":1000001}}", "limits.maxTopics"},
        {"{\"limits\":{\"maxSubscriptions\":1000001}}", "limits.maxSubscriptions"},
        {"{\"limits\":{\"maxHeap\":1e10}}", "limits.maxHeap"},
        {"{\"limits\":{\"maxDelayed\":1e10}}", "limits.maxDelayed"},
        {"{\"limits\":{\"maxInactive\":-1}}", "limits.maxInactive"},
        {"{\"limits\":{\"maxPolls\":\"many\"}}", "limits.maxPolls"},
        {"{\"limits\":{\"maxMemory\":1e300}}", "limits.maxMemory"},
        {"{\"limits\":{\"maxDelay\":\"71d\"}}", "limits.maxDelay"},
        {"{\"limits\":{\"maxDelay\":-1}}", "limits.maxDelay"},
        {"{\"limits\":{\"sendRate\":1e10}}", "limits.sendRate"},
        {"{\"limits\":{\"receiveRate\":0.5}}", "limits.receiveRate"},
        {"{\"limits\":{\"deleteRate\":\"some\"}}", "limits.deleteRate"},
        {"{\"limits\":{\"controlRate\":{}}}", "limits.controlRate"},
        {"{\"limits\":{\"nameCooling\":\"long\"}}", "limits.nameCooling"},
        {"{\"limits\":{\"deadLetter\":\"now\"}}", "limits.deadLetter"},
        {"{\"limits\":{\"errors\":true}}", "limits.errors"},
        {"{\"uin\":0}", "uin"},
        {"{\"uin\":-1}", "uin"},
        {"{\"uin\":1.5}", "uin"},
        {"{\"uin\":null}", "uin"},
        {"{\"uin\":\"\"}", "uin"},
        {"{\"uin\":\"12a\"}", "uin"},
        {"{\"uin\":\"12\\n\"}", "uin"},
        {"{\"uin\":\"\\u000712\"}", "uin"},
        {"{\"uin\":9007199254740992}", "uin"},
        {"{\"uin\":\"9007199254740992\"}", "uin"},
        {"{\"uin\":\"12345678901234567890123\"}", "uin"},
        {"{\"appId\":0}", "appId"},
        {"{\"appId\":true}", "appId"},
        {"{\"appId\":\"125000000x\"}", "appId"},
        {"{\"appId\":\"\\t1\"}", "appId"},
        {"{\"appId\":\"9007199254740992\"}", "appId"},
        {"{\"appid\":1}", "appid"},
        {"{\"namespaces\":[]}", "namespaces"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct namespace_spec spec;
        struct mistake m = {.status = 0};
        if (read_spec(cases[i].text, false, &spec, &m))
            fail_msg("%s: was taken", cases[i].text);
        if (m.status != 400 || strcmp(m.argument, cases[i].argument) != 0)
            fail_msg("%s: got %d, %s, %s", cases[i].text, m.status, m.argument, m.message);
    }
}

static void the_file_has_members_of_its_own(void **state)
{
    struct namespace_spec spec;
    struct mistake m = {.status = 0};
    (void)state;
    assert_true(read_spec("{\"queues\":[],\"topics\":[],\"credentials\":[],\"namespaces\":[]}",
                          true, &spec, &m));
    assert_false(read_spec("{\"subscriptions\":[]}", true, &spec, &m));
    assert_string_equal(m.argument, "subscriptions");
    assert_false(read_spec("{\"namespace\":[]}", true, &spec, &m));
    assert_string_equal(m.message, "namespace is not known here; did you mean namespaces?");
    assert_false(read_spec("[]", true, &spec, &m));
    assert_int_equal(m.status, 400);
}

/* ---- the file ---- */

static void makes_what_the_file_says(void **state)
{
    (void)state;
    apply("{\"uin\":7,\"appId\":8,"
          "\"clock\":{\"mode\":\"frozen\",\"at\":\"2017-03-05T13:01:02Z\"},\n"
          " \"credentials\":[{\"secretId\":\"home\",\"secretKey\":\"k\"}],\n"
          " \"queues\":[{\"queueName\":\"dead\"},{\"queueName\":\"q\",\"visibilityTimeout\":7,"
          "\"pollingWaitSeconds\":\"3\",\"deadLetterPolicy\":{\"deadLetterQueue\":\"dead\","
          "\"policy\":0,\"maxReceiveCount\":2}}],\n"
          " \"namespaces\":[{\"name\":\"a\",\"seed\":5,\"clock\":{\"mode\":\"auto\"},"
          "\"limits\":{\"maxQueues\":1},"
          "\"credentials\":[{\"secretId\":\"one\",\"secretKey\":\"k1\"},"
          "{\"secretId\":\"two\",\"token\":\"t2\",\"secretKey\":\"k2\"}],\"queues\":[{"
          "\"queueName\":\"q\"}]},\n"
          "{\"name\":\"b\",\"sloppy\":7,\"faults\":[{\"fault\":{\"drop\":\"answer\"}},"
          "{\"topic\":\"t\",\"fault\":{\"push\":{\"delay\":\"1m\",\"status\":503}}}]}]}");
    struct engine *e = registry.home->engine;
    struct queue *q = engine_find_queue(e, bytes_of("q"));
    assert_true(engine_now_ms(e) == 1488718862000);
    assert_true(engine_account_of(e).uin == 7);
    assert_true(engine_account_of(e).app_id == 8);
    assert_true(engine_account_of(find("a")->engine).uin == 100000000001);
    assert_int_equal(registry.home->clock.mode, CLOCK_FROZEN);
    assert_non_null(q);
    assert_int_equal(q->attributes.visibility_ms, 7000);
    assert_int_equal(q->attributes.polling_wait_ms, 3000);
    assert_ptr_equal(q->dead_letter.target, engine_find_queue(e, bytes_of("dead")));

    struct namespace *a = find("a");
    assert_int_equal(a->clock.mode, CLOCK_AUTO);
    assert_true(registry.host.has_auto);
    assert_true(engine_now_ms(a->engine) == BEGUN_MS);
    assert_non_null(engine_find_queue(a->engine, bytes_of("q")));
    assert_null(engine_find_queue(a->engine, bytes_of("dead")));
    assert_true(engine_empty(find("b")->engine));
    assert_int_equal(find("b")->faults.count, 6);
    const struct fault_rule *rule = faults_next(&find("b")->faults, NULL);
    assert_int_equal(rule->spec.fault.kind, FAULT_DROP_ANSWER);
    rule = faults_next(&find("b")->faults, rule);
    assert_int_equal(rule->spec.fault.kind, FAULT_PUSH);
    assert_true(rule->spec.fault.ms == 60000 && rule->spec.fault.status == 503);
    assert_true(find("b")->faults.seed == 7 && find("a")->faults.seed == 5);
    assert_false(faults_exist(&a->faults));
    assert_int_equal(registry.names.count, 3);

    static const struct {
        const char *id, *namespace;
    } ids[] = {{"home", "default"}, {"one", "a"}, {"two", "a"}, {"three", "default"}};
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct bytes id = bytes_of(ids[i].id);
        assert_string_equal(registry_find_caller(&registry, &id).namespace->name,
                            ids[i].namespace);
    }
    assert_null(registry_find_credential(&registry, bytes_of("one"))->token);
    assert_string_equal(registry_find_credential(&registry, bytes_of("two"))->key, "k2");
    assert_string_equal(registry_find_credential(&registry, bytes_of("two"))->token, "t2");
}

static const struct subscription *find_subscription(const char *topic, const char *name)
{
    const struct engine *e = registry.home->engine;
    const struct topic *t = engine_find_topic(e, bytes_of(topic));
    assert_non_null(t);
    const struct subscription *s = engine_find_subscription(e, t, bytes_of(name));
    assert_non_null(s);
    return s;
}

static void makes_topics_and_subscriptions(void **state)
{
    (void)state;
    apply("{\"topics\":[\n"
          " {\"topicName\":\"plain\"},\n"
          " {\"topicName\":\"news\",\"maxMsgSize\":2048,\"subscriptions\":[\n"
          "  {\"subscriptionName\":\"web\",\"protocol\":\"http\","
          "\"endpoint\":\"http://localhost:8080/a?b=%20&c=+\","
          "\"notifyStrategy\":\"BACKOFF_RETRY\",\"notifyContentFormat\":\"SIMPLIFIED\","
          "\"filterTag\":[\"paid\",\"a&b=c\",\"c\",\"d\",\"e\"]},\n"
          "  {\"subscriptionName\":\"jobs\",\"protocol\":\"queue\",\"endpoint\":\"q\","
          "\"filterTag\":[]}]},\n"
          " {\"subscriptions\":[{\"subscriptionName\":\"s\",\"protocol\":\"queue\","
          "\"endpoint\":\"q\",\"bindingKey\":[\"a.*\",\"#\"]}],"
          "\"filterType\":2,\"topicName\":\"keys\"}],\n"
          " \"namespaces\":[{\"name\":\"a\",\"topics\":[{\"topicName\":\"news\"}]}]}");
    const struct subscription *web = find_subscription("news", "web");
    assert_int_equal(web->topic->max_msg_size, 2048);
    assert_int_equal(web->topic->filter_type, FILTER_BY_TAG);
    assert_string_equal(web->endpoint, "http://localhost:8080/a?b=%20&c=+");
    assert_int_equal(web->protocol, PROTOCOL_HTTP);
    assert_int_equal(web->strategy, BACKOFF_RETRY);
    assert_int_equal(web->format, FORMAT_SIMPLIFIED);
    const struct filter_request *filter = filter_texts(web->filter);
    assert_int_equal(filter->tag_count, TAGS_MAX);
    assert_true(bytes_equal(filter->tags[1], bytes_of("a&b=c")));

    const struct subscription *jobs = find_subscription("news", "jobs");
    assert_int_equal(jobs->protocol, PROTOCOL_QUEUE);
    assert_int_equal(jobs->strategy, EXPONENTIAL_DECAY_RETRY);
    assert_int_equal(filter_texts(jobs->filter)->tag_count, 0);

    const struct subscription *keys = find_subscription("keys", "s");
    assert_int_equal(keys->topic->filter_type, FILTER_BY_KEY);
    assert_int_equal(filter_texts(keys->filter)->key_count, 2);
    assert_non_null(engine_find_topic(registry.home->engine, bytes_of("plain")));
    assert_non_null(engine_find_topic(find("a")->engine, bytes_of("news")));
    assert_null(engine_find_topic(find("a")->engine, bytes_of("plain")));
}

static void may_say_nothing(void **state)
{
    (void)state;
    apply("{}");
    apply(" \r\n{ \"name\" : \"default\" }\n");
    assert_int_equal(registry.home->clock.mode, CLOCK_REAL);
    assert_true(engine_empty(registry.home->engine));
}

/* Rates and hosts are for clients; the file is not one of them. */
static void is_not_limited_by_rates(void **state)
{
    char text[4096] = "";
    size_t len = (size_t)snprintf(text, sizeof text,
                                  "{\"limits\":{\"preset\":\"strict\",\"controlRate\":1},"
                                  "\"queues\":[{\"queueName\":\"q\"}");
    (void)state;
    for (int i = 0; i < 30; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ",{\"queueName\":\"q%d\"}", i);
    snprintf(text + len, sizeof text - len, "]}");
    apply(text);
    assert_non_null(engine_find_queue(registry.home->engine, bytes_of("q29")));
}

struct mistaken {
    const char *what, *text;
    const char *place; /* what the message begins with */
    const char *part;  /* and what it says besides */
};

static void check_places(const struct mistaken *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mistake m = {.status = 0};
        start(NULL);
        bool applied = config_apply(&registry, cases[i].text, BEGUN_MS, &m);
        finish(NULL);
        if (applied)
            fail_msg("%s: was taken", cases[i].what);
        if (strncmp(m.message, cases[i].place, strlen(cases[i].place)) != 0 ||
            strstr(m.message, cases[i].part) == NULL)
            fail_msg("%s: expected %s and %s, got %s", cases[i].what, cases[i].place,
                     cases[i].part, m.message);
    }
}

static void tells_where_a_mistake_of_the_whole_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"nothing", "", "1:1: ", "no JSON"},
        {"no JSON", "{\n  \"seed\": x\n}", "2:11: ", "no JSON"},
        {"cut short", "{\n  \"seed\": 1,\n", "", "no JSON"},
        {"more behind it", "{}\n  x", "2:3: ", "no JSON"},
        {"no object", "[]", "1:1: ", "must be a JSON object"},
        {"an unknown member", "{\n  \"seed\": 1,\n    \"sed\": 2\n}", "3:5: ", "sed is not"},
        {"behind a tab", "{\n\t\"sed\": 2}", "2:2: ", "sed is not"},
        {"case matters", "{\"Seed\": 1}", "1:2: ", "Seed is not"},
        {"a bad value", "{\"seed\":\n -1}", "1:2: ", "seed must be"},
        {"a nested member", "{\"limits\": {\n  \"preset\": \"strict\",\n  \"maxHeaps\": 2}}",
         "3:3: ", "limits.maxHeaps"},
        {"of the same name outside", "{\"queues\": [],\n \"limits\":\n  {\"queues\": 1}}",
         "3:4: ", "limits.queues"},
        {"behind strings with brackets",
         "{\"credentials\": [{\"secretId\": \"]}\\\"{\", \"secretKey\": \"[,:\"}],\n"
         " \"seed\": true}",
         "2:2: ", "seed must be"},
        {"another name for default", "{\n\"name\": \"home\"}", "2:1: ", "named default"},
        {"a member that looks like a place", "{\"seed\":1,\n \"seed[0]\":1}", "",
         "seed[0] is not known"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_queue_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"no list of queues", "{\n \"queues\": {}}", "2:2: ", "queues must be a list"},
        {"a queue that is no object", "{\"queues\": [\n {\"queueName\":\"a\"},\n  7]}",
         "3:3: ", "queues[1] must be an object"},
        {"an unknown parameter", "{\"queues\": [\n{\"queueName\":\"a\",\n \"colour\":1}]}",
         "3:2: ", "queues[0].colour"},
        {"a parameter that is a list", "{\"queues\": [\n{\"queueName\":[1]}]}",
         "2:2: ", "queues[0].queueName must be a text or a number"},
        {"a parameter that is null", "{\"queues\": [\n{\"queueName\":null}]}",
         "2:2: ", "a text or a number"},
        {"a value that CreateQueue refuses",
         "{\"queues\": [\n {\"queueName\":\"a\"},\n {\"queueName\":\"b\",\n"
         "  \"visibilityTimeout\": 43201}]}",
         "4:3: ", "queues[1].visibilityTimeout must be a whole number from 1 to 43200"},
        {"a type that CreateQueue refuses",
         "{\"queues\": [\n {\"queueName\":\"b\", \"maxMsgSize\": \"x\"}]}",
         "2:20: ", "queues[0].maxMsgSize must be a whole number from 1024 to 1048576"},
        {"no name of a queue", "{\"queues\": [\n {}]}", "2:2: ", "queues[0] needs queueName"},
        {"a name that CreateQueue refuses", "{\"queues\": [\n {\"queueName\":\"1\"}]}",
         "2:3: ", "queues[0].queueName: a queue's name is"},
        {"a queue twice", "{\"queues\": [{\"queueName\":\"a\"},\n {\"queueName\":\"a\"}]}",
         "2:3: ", "queues[1].queueName: there is a queue of this name already"},
        {"a dead-letter queue that comes later",
         "{\"queues\": [\n{\"queueName\":\"a\",\"deadLetterPolicy\":{\"deadLetterQueue\":\"b\","
         "\"policy\":0,\"maxReceiveCount\":2}},{\"queueName\":\"b\"}]}",
         "2:18: ", "queues[0].deadLetterPolicy: there is no such dead-letter queue"},
        {"too many queues",
         "{\"limits\":{\"maxQueues\":1},\n\"queues\": [{\"queueName\":\"a\"},\n "
         "{\"queueName\":\"b\"}]}",
         "3:", "queues[1]: there are as many queues as the limit allows"},
        {"a number with a fraction",
         "{\"queues\": [\n {\"queueName\":\"b\", \"visibilityTimeout\": 1.5}]}",
         "2:20: ", "queues[0].visibilityTimeout must be a whole number"},
        {"a policy that says too little",
         "{\"queues\": [\n {\"queueName\":\"b\",\n  \"deadLetterPolicy\": \"{}\"}]}",
         "3:3: ", "deadLetterPolicy: the dead-letter policy names no queue"},
        {"an object that is no policy",
         "{\"queues\": [\n {\"queueName\":\"b\", \"maxMsgSize\": {}}]}",
         "2:20: ", "queues[0].maxMsgSize must be a text or a number"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_topic_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"no list of topics", "{\n \"topics\": {}}", "2:2: ", "topics must be a list"},
        {"a topic that is no object", "{\"topics\": [\n 1]}",
         "2:2: ", "an object with the parameters of CreateTopic"},
        {"an unknown parameter of a topic",
         "{\"topics\": [\n{\"topicName\":\"t\",\n \"colour\":1}]}",
         "3:2: ", "topics[0].colour"},
        {"a name that CreateTopic refuses", "{\"topics\": [\n {\"topicName\":\"1\"}]}",
         "2:3: ", "topics[0].topicName: a topic's name is"},
        {"no name of a topic", "{\"topics\": [\n {\"subscriptions\":[]}]}",
         "2:2: ", "topics[0] needs topicName"},
        {"a topic twice", "{\"topics\": [{\"topicName\":\"a\"},\n {\"topicName\":\"a\"}]}",
         "2:3: ", "topics[1].topicName: there is a topic of this name already"},
        {"too many topics",
         "{\"limits\":{\"maxTopics\":1},\n\"topics\": [{\"topicName\":\"a\"},\n "
         "{\"topicName\":\"b\"}]}",
         "3:", "topics[1]: there are as many topics as the limit allows"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_subscription_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"a list of what is neither",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[\n"
         "{\"subscriptionName\":\"s\",\n  \"filterTag\":[\"a\",\n    null]}]}]}",
         "4:5: ", "topics[0].subscriptions[0].filterTag[1] must be a text or a number"},
        {"no list of subscriptions",
         "{\"topics\": [{\"topicName\":\"t\",\n \"subscriptions\":{}}]}",
         "2:2: ", "topics[0].subscriptions must be a list"},
        {"a subscription that is no object",
         "{\"topics\": [{\"topicName\":\"t\",\n \"subscriptions\":[\"s\"]}]}",
         "2:19: ", "an object with the parameters of Subscribe"},
        {"an unknown parameter of a subscription",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[\n{\"colour\":1}]}]}",
         "2:2: ", "topics[0].subscriptions[0].colour"},
        {"the topic's name once more",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[\n"
         "{\"topicName\":\"t\"}]}]}",
         "2:1: ", "no topicName"},
        {"a value that Subscribe refuses",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[\n"
         "{\"subscriptionName\":\"s\",\"protocol\":\"http\",\"endpoint\":\"ftp://a\"}]}]}",
         "2:", "topics[0].subscriptions[0].endpoint: the endpoint is not an http:// URL"},
        {"too many subscriptions",
         "{\"limits\":{\"maxSubscriptions\":0},\n\"topics\": [{\"topicName\":\"t\","
         "\"subscriptions\":[\n{\"subscriptionName\":\"s\",\"protocol\":\"queue\","
         "\"endpoint\":\"q\"}]}]}",
         "3:", "topics[0].subscriptions[0]: the topic has as many subscriptions as"},
        {"a word that is none",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\",\n"
         "\"protocol\":\"mail\",\"endpoint\":\"q\"}]}]}",
         "2:1: ", "topics[0].subscriptions[0].protocol must be http or queue"},
        {"a list that is none",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\","
         "\"protocol\":\"queue\",\"endpoint\":\"q\",\n\"filterTag\":\"a\"}]}]}",
         "2:1: ", "filterTag must be a list"},
        {"too long a list",
         "{\"topics\": [{\"topicName\":\"t\",\"subscriptions\":[{\"subscriptionName\":\"s\","
         "\"protocol\":\"queue\",\"endpoint\":\"q\",\n"
         "\"filterTag\":[1,2,3,4,5,6]}]}]}",
         "2:1: ", "filterTag: there are more than 5 filter tags"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_credential_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"no list of credentials", "{\n \"credentials\": 1}",
         "2:2: ", "credentials must be a list"},
        {"a credential that is no object", "{\"credentials\": [\"a\"]}",
         "1:18: ", "must be an object"},
        {"half a credential", "{\"credentials\": [\n{\"secretId\":\"a\"}]}",
         "2:1: ", "needs secretId and secretKey"},
        {"an empty secret id", "{\"credentials\": [\n{\"secretId\":\"\",\"secretKey\":\"k\"}]}",
         "2:2: ", "1 to 256 bytes"},
        {"a secret key that is a number",
         "{\"credentials\": [\n{\"secretId\":\"a\",\n\"secretKey\":1}]}",
         "3:1: ", "1 to 256 bytes"},
        {"a token that is a number",
         "{\"credentials\": [\n{\"secretId\":\"a\",\n\"token\":1}]}",
         "3:1: ", "1 to 4096 bytes"},
        {"an unknown member of a credential",
         "{\"credentials\": [\n{\"secretId\":\"a\",\n\"secretToken\":1}]}",
         "3:1: ", "secretToken"},
        {"a secret id twice",
         "{\"credentials\": [{\"secretId\":\"a\",\"secretKey\":\"k\"},\n"
         " {\"secretId\":\"a\",\"secretKey\":\"l\"}]}",
         "2:2: ", "belongs to a namespace already"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_rule_of_faults_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"no list of faults", "{\n \"faults\": 3}", "2:2: ", "faults must be a list"},
        {"a rule without a fault", "{\"faults\": [\n {\"queue\":\"q\"}]}",
         "2:2: ", "a rule needs a fault"},
        {"a status that none is", "{\"faults\": [{\"fault\":\n {\"status\":99}}]}",
         "2:3: ", "faults[0].fault.status must be"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

static void tells_where_one_of_a_namespace_stands(void **state)
{
    static const struct mistaken cases[] = {
        {"no list of namespaces", "{\n \"namespaces\": {}}",
         "2:2: ", "namespaces must be a list"},
        {"a secret id of two namespaces",
         "{\"credentials\": [{\"secretId\":\"a\",\"secretKey\":\"k\"}],\n \"namespaces\": [\n"
         "{\"name\":\"n\",\"credentials\":[\n  {\"secretId\":\"a\",\"secretKey\":\"k\"}]}]}",
         "4:3: ", "belongs to a namespace already"},
        {"a namespace that is no object", "{\"namespaces\": [\n 1]}",
         "2:2: ", "must be a JSON object"},
        {"a namespace without a name", "{\"namespaces\": [\n {\"seed\": 1}]}",
         "2:2: ", "needs a name"},
        {"a namespace twice", "{\"namespaces\": [{\"name\":\"a\"},\n {\"name\":\"a\"}]}",
         "2:2: ", "there is a namespace a already"},
        {"a namespace called default", "{\"namespaces\": [\n {\"name\":\"default\"}]}",
         "2:2: ", "there is a namespace default already"},
        {"too many namespaces",
         "{\"namespaces\": [{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},\n"
         " {\"name\":\"d\"}]}",
         "2:2: ", "--max-namespaces"},
        {"namespaces in namespaces",
         "{\"namespaces\": [\n {\"name\":\"a\",\"namespaces\":[]}]}", "2:2: ", "not nested"},
        {"deep in a namespace",
         "{\"namespaces\": [{\"name\":\"a\"},\n {\"name\":\"b\",\n  \"limits\":\n   "
         "{\"maxDelay\":\"soon\"}}]}",
         "4:5: ", "namespaces[1].limits.maxDelay"},
        {"a queue of a namespace",
         "{\"namespaces\": [{\"name\":\"b\",\n \"queues\": [{\"queueName\":\"a\"},\n  "
         "{\"queueName\":\"b\",\n   \"colour\":1}]}]}",
         "4:4: ", "namespaces[0].queues[1].colour"},
    };
    (void)state;
    check_places(cases, COUNT(cases));
}

/* Finding the place of such a member must stay inside of the text. */
static void looks_for_odd_members_inside_the_text_alone(void **state)
{
    static const char *const texts[] = {
        "{\"seed\":1,\"seed[99]\":2}",
        "{\"seed\":1,\"seed[\":2}",
        "{\"limits\":{},\"limits[7].x\":2}",
        "{\"queues\":[],\"queues[3]\":2}",
        "{\"seed\":1,\"[5]\":2}",
        "{\"seed\":1,\"\":2}",
        "{\"seed\":1,\"]\":2}",
        "{\"seed\":1,\".\":2}",
        "{\"seed\":[\f\"a,[\",1]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct mistake m = {.status = 0};
        char *text = strdup(texts[i]); /* so that a sanitizer knows its end */
        int line = 0;
        int column = 0;
        start(NULL);
        bool applied = config_apply(&registry, text, BEGUN_MS, &m);
        finish(NULL);
        char *end = m.message;
        line = (int)strtol(end, &end, 10);
        column = (int)strtol(end + 1, &end, 10);
        if (applied || line != 1 || column < 1 || column > (int)strlen(text))
            fail_msg("%s: %s", text, m.message);
        free(text);
    }
}

static void a_member_given_twice_is_a_mistake(void **state)
{
    static const char *const texts[] = {
        "{\"topics\":[{\"topicName\":\"t\",\"subscriptions\":[],\"subscriptions\":[]}]}",
        "{\"seed\":1,\"seed\":2}",
        "{\"queues\":[],\"queues\":[{\"queueName\":\"q\"}]}",
        "{\"limits\":{\"maxQueues\":1,\"maxQueues\":2}}",
        "{\"clock\":{\"mode\":\"real\",\"mode\":\"auto\"}}",
        "{\"credentials\":[{\"secretId\":\"a\",\"secretId\":\"b\",\"secretKey\":\"k\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct mistake m = {.status = 0};
        start(NULL);
        bool applied = config_apply(&registry, texts[i], BEGUN_MS, &m);
        finish(NULL);
        if (applied)
            fail_msg("%s: was taken", texts[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_every_member),
        TEST(what_is_not_said_stays),
        TEST(great_seeds_are_texts),
        TEST(presets_come_before_single_limits),
        TEST(names_the_member_that_is_wrong),
        TEST(the_file_has_members_of_its_own),
        TEST(makes_what_the_file_says),
        TEST(makes_topics_and_subscriptions),
        TEST(may_say_nothing),
        TEST(is_not_limited_by_rates),
        cmocka_unit_test(tells_where_a_mistake_of_the_whole_stands),
        cmocka_unit_test(tells_where_one_of_a_queue_stands),
        cmocka_unit_test(tells_where_one_of_a_topic_stands),
        cmocka_unit_test(tells_where_one_of_a_subscription_stands),
        cmocka_unit_test(tells_where_one_of_a_credential_stands),
        cmocka_unit_test(tells_where_one_of_a_rule_of_faults_stands),
        cmocka_unit_test(tells_where_one_of_a_namespace_stands),
        cmocka_unit_test(looks_for_odd_members_inside_the_text_alone),
        cmocka_unit_test(a_member_given_twice_is_a_mistake),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
