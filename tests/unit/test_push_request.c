/* The bytes of a push (topic-api 4.2), of deliveries that a real engine offers. */
#include "api/push.h"

#include "tests/support/engine_expect.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <string.h>

#define TEXT(literal)                                                                          \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }
#define REPLACED "\xef\xbf\xbd"
#define URL      "http://198.51.100.7:8080/hook?of=billing"

enum { FIXTURE_START_S = 1500000000 };

struct written {
    struct fixture fixture;
    struct topic *topic;
    struct push_request request;             /* used again and again, as the pusher may */
    struct push_ticket ticket, other_ticket; /* here: a test that fails leaves them in use */
};

static int setup(void **state)
{
    static struct written f;
    const struct topic_request request = {.filter_type = FILTER_BY_TAG,
                                          .max_msg_size = 1048576};
    memset(&f, 0, sizeof f);
    *state = &f;
    fixture_open(&f.fixture, engine_limits_relaxed());
    return engine_create_topic(f.fixture.engine, bytes_of("orders-feed"), &request, &f.topic) ==
                   CMQ_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    struct written *f = *state;
    buffer_free(&f->request.body);
    return fixture_close(&f->fixture) ? 0 : -1;
}

static struct subscription *subscribe(struct written *f, const char *name, const char *url,
                                      enum notify_format format)
{
    struct subscription *s = NULL;
    const struct subscription_request request = {
        .name = bytes_of(name),
        .endpoint = bytes_of(url),
        .protocol = PROTOCOL_HTTP,
        .strategy = EXPONENTIAL_DECAY_RETRY,
        .format = format,
    };
    EXPECT_EQ(name, engine_subscribe(f->fixture.engine, f->topic, &request, &s), CMQ_OK);
    return s;
}

/* Returns the message's id. */
static uint64_t publish(struct written *f, struct bytes body, const char *const *tags,
                        size_t tag_count)
{
    struct bytes texts[TAGS_MAX] = {{NULL, 0}};
    struct routing routing;
    uint64_t id = 0;
    for (size_t i = 0; i < tag_count; i++)
        texts[i] = bytes_of(tags[i]);
    routing_init(&routing, texts, tag_count, (struct bytes){NULL, 0});
    EXPECT_EQ("publish", engine_publish(f->fixture.engine, f->topic, &body, 1, &routing, &id),
              CMQ_OK);
    return id;
}

/* Let so much time pass, after which the next attempt is due, and write its request. */
static const struct delivery *next_push(struct written *f, cmq_ms after_ms,
                                        struct push_ticket *ticket)
{
    struct engine *e = f->fixture.engine;
    cmq_ms until_ms = engine_now_ms(e) + after_ms;
    if (!engine_has_offered(e))
        engine_advance(e, until_ms, NULL);
    assert_true(engine_now_ms(e) == until_ms);
    const struct delivery *d = engine_take_push(e, ticket);
    assert_non_null(d);
    push_request_write(&f->request, d);
    assert_false(f->request.body.failed);
    return d;
}

static void end_push(struct written *f, struct push_ticket *ticket, int status)
{
    const struct push_outcome outcome = {.delivered = status == 200, .status = status};
    engine_land_push(ticket, &outcome);
    assert_int_equal(engine_end_pushes(f->fixture.engine), 1);
}

static void expect_body(const struct written *f, const char *what, struct bytes want)
{
    struct bytes got = buffer_bytes(&f->request.body);
    if (!bytes_equal(got, want))
        fail_msg("%s:\n%.*s, not\n%.*s", what, (int)got.len, got.data, (int)want.len,
                 want.data);
}

/* The header of this name: its value; NULL when there is none. There must not be two. */
static const char *header_of(const struct push_request *r, const char *name)
{
    const char *value = NULL;
    size_t len = strlen(name);
    for (size_t i = 0; i < r->header_count; i++)
        if (strncasecmp(r->headers[i], name, len) == 0 &&
            strncmp(r->headers[i] + len, ": ", 2) == 0) {
            assert_null(value);
            value = r->headers[i] + len + 2;
        }
    return value;
}

static void expect_header(const struct push_request *r, const char *name, const char *want)
{
    const char *got = header_of(r, name);
    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("%s: %s, not %s", name, got != NULL ? got : "nothing", want);
}

static void expect_id_header(const struct push_request *r, const char *name, uint64_t want)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)want);
    expect_header(r, name, text);
}

/* All headers that there may be beside Host and Content-Length. */
static void expect_headers(const struct push_request *r, const struct delivery *d,
                           uint64_t msg_id, const char *tags)
{
    assert_int_equal(r->header_count, tags != NULL ? 5 : 4);
    expect_header(r, "Content-Type", "text/plain");
    expect_header(r, "User-Agent", "Qcloud Notification Service Agent");
    expect_id_header(r, "x-cmq-request-id", d->request_id);
    expect_id_header(r, "x-cmq-message-id", msg_id);
    if (tags != NULL)
        expect_header(r, "x-cmq-message-tag", tags);
}

/* The JSON body around a body that is written like this. */
static void expect_json(const struct written *f, const char *what, const char *subscription,
                        uint64_t msg_id, const char *body, long long publish_s)
{
    static char text[2048];
    int len = snprintf(text, sizeof text,
                       "{\"TopicOwner\":1250000000,\"topicName\":\"orders-feed\","
                       "\"subscriptionName\":\"%s\",\"msgId\":\"%llu\",\"msgBody\":%s,"
                       "\"publishTime\":%lld}",
                       subscription, (unsigned long long)msg_id, body, publish_s);
    assert_in_range(len, 0, sizeof text - 1);
    expect_body(f, what, (struct bytes){text, (size_t)len});
}

/* ---- tests ---- */

static void writes_json(void **state)
{
    struct written *f = *state;
    static const char *const tags[] = {"paid", "eu"};
    subscribe(f, "billing", URL, FORMAT_JSON);
    uint64_t id = publish(f, bytes_of("order 17 paid"), tags, 2);
    const struct delivery *d = next_push(f, 0, &f->ticket);
    assert_string_equal(f->request.url, URL);
    expect_headers(&f->request, d, id, "paid, eu");
    expect_json(f, "JSON", "billing", id, "\"order 17 paid\"", FIXTURE_START_S);
    end_push(f, &f->ticket, 200);
}

static void writes_the_text_alone(void **state)
{
    struct written *f = *state;
    static const char *const tags[] = {"paid", "eu"};
    subscribe(f, "billing", URL, FORMAT_SIMPLIFIED);
    uint64_t id = publish(f, bytes_of("order 17 paid"), tags, 2);
    const struct delivery *d = next_push(f, 0, &f->ticket);
    assert_string_equal(f->request.url, URL);
    expect_headers(&f->request, d, id, "paid, eu"); /* of this format, too */
    expect_body(f, "simplified", bytes_of("order 17 paid"));
    end_push(f, &f->ticket, 200);
}

/* D25: an empty header would tell nothing. */
static void leaves_out_tags_when_there_are_none(void **state)
{
    struct written *f = *state;
    static const enum notify_format formats[] = {FORMAT_JSON, FORMAT_SIMPLIFIED};
    struct subscription *s = subscribe(f, "billing", URL, FORMAT_JSON);
    for (size_t i = 0; i < COUNT(formats); i++) {
        s->format = formats[i];
        uint64_t id = publish(f, bytes_of("a"), NULL, 0);
        const struct delivery *d = next_push(f, 0, &f->ticket);
        expect_headers(&f->request, d, id, NULL);
        assert_null(header_of(&f->request, "x-cmq-message-tag"));
        end_push(f, &f->ticket, 200);
    }
}

static void joins_tags(void **state)
{
    static const struct {
        const char *what, *tags[TAGS_MAX];
        size_t count;
        const char *header;
    } cases[] = {
        {"one", {"a"}, 1, "a"},
        {"five", {"e", "d", "c", "b", "a"}, 5, "e, d, c, b, a"},
        {"twice the same", {"a", "a"}, 2, "a, a"},
        {"with what parts them", {"a,b", "c d"}, 2, "a,b, c d"},
        {"percent signs", {"%s%n", "100%"}, 2, "%s%n, 100%"},
        {"no UTF-8", {"\xff\xfe", "\xe6\x9d"}, 2, "\xff\xfe, \xe6\x9d"},
        {"colon", {"a: b"}, 1, "a: b"},
    };
    struct written *f = *state;
    subscribe(f, "billing", URL, FORMAT_SIMPLIFIED);
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t id = publish(f, bytes_of("a"), cases[i].tags, cases[i].count);
        const struct delivery *d = next_push(f, 0, &f->ticket);
        expect_headers(&f->request, d, id, cases[i].header);
        end_push(f, &f->ticket, 200);
    }
}

/* Five tags of sixteen characters of four bytes. */
static void has_room_for_the_longest_tags(void **state)
{
    enum { TAG_LEN = TAG_CHARACTERS_MAX * 4, JOINED_LEN = TAGS_MAX * (TAG_LEN + 2) - 2 };
    struct written *f = *state;
    char tag[TAG_LEN + 1] = "";
    char joined[JOINED_LEN + 1] = "";
    size_t len = 0;
    for (size_t i = 0; i < TAG_CHARACTERS_MAX; i++)
        snprintf(tag + 4 * i, sizeof tag - 4 * i, "\xf0\x9f\x8c\x8d");
    for (size_t i = 0; i < TAGS_MAX; i++)
        len +=
            (size_t)snprintf(joined + len, sizeof joined - len, "%s%s", i > 0 ? ", " : "", tag);
    assert_int_equal(len, JOINED_LEN);
    const char *const tags[] = {tag, tag, tag, tag, tag};
    subscribe(f, "billing", URL, FORMAT_JSON);
    uint64_t id = publish(f, bytes_of("a"), tags, TAGS_MAX);
    const struct delivery *d = next_push(f, 0, &f->ticket);
    expect_headers(&f->request, d, id, joined);
    end_push(f, &f->ticket, 200);
}

static void has_room_for_the_longest_url_and_names(void **state)
{
    struct written *f = *state;
    char url[ENDPOINT_LENGTH_MAX + 1];
    char name[NAME_MAX_LENGTH + 1];
    memset(url, 'u', sizeof url);
    memcpy(url, "http://a/", 9);
    url[ENDPOINT_LENGTH_MAX] = '\0';
    memset(name, 'n', sizeof name);
    name[NAME_MAX_LENGTH] = '\0';
    subscribe(f, name, url, FORMAT_JSON);
    uint64_t id = publish(f, bytes_of("a"), NULL, 0);
    next_push(f, 0, &f->ticket);
    assert_string_equal(f->request.url, url);
    expect_json(f, "longest name", name, id, "\"a\"", FIXTURE_START_S);
    end_push(f, &f->ticket, 200);
}

static void carries_any_body(void **state)
{
    static const struct {
        const char *what;
        struct bytes body;
        const char *json;
    } cases[] = {
        {"one character", TEXT("a"), "\"a\""},
        {"NUL", TEXT("\0"), "\"\\u0000\""},
        {"NUL between", TEXT("a\0b"), "\"a\\u0000b\""},
        {"quotes", TEXT("\"a\""), "\"\\\"a\\\"\""},
        {"backslash", TEXT("\\"), "\"\\\\\""},
        {"escapes", TEXT("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
        {"other controls", TEXT("\x01\x1f"), "\"\\u0001\\u001f\""},
        {"slash", TEXT("</a>"), "\"</a>\""},
        {"UTF-8", TEXT("\xe6\x9d\xa5 \xf0\x9f\x8c\x8d"), "\"\xe6\x9d\xa5 \xf0\x9f\x8c\x8d\""},
        {"no UTF-8", TEXT("\xff\xfe"), "\"" REPLACED REPLACED "\""},
        {"cut short", TEXT("a\xe6\x9d"), "\"a" REPLACED REPLACED "\""},
        {"JSON", TEXT("{\"a\":[1]}"), "\"{\\\"a\\\":[1]}\""},
        {"percent signs", TEXT("%s%n%%"), "\"%s%n%%\""},
        {"line ends", TEXT("a\r\n\r\nb"), "\"a\\r\\n\\r\\nb\""},
        {"what ends like an open list", TEXT("a["), "\"a[\""},
    };
    struct written *f = *state;
    struct subscription *s = subscribe(f, "billing", URL, FORMAT_JSON);
    for (size_t i = 0; i < COUNT(cases); i++) {
        s->format = FORMAT_JSON;
        uint64_t id = publish(f, cases[i].body, NULL, 0);
        const struct delivery *d = next_push(f, 0, &f->ticket);
        expect_json(f, cases[i].what, "billing", id, cases[i].json, FIXTURE_START_S);
        s->format = FORMAT_SIMPLIFIED;
        push_request_write(&f->request, d); /* over the longer one */
        expect_body(f, cases[i].what, cases[i].body);
        end_push(f, &f->ticket, 200);
    }
}

static void carries_the_greatest_body(void **state)
{
    enum { GREATEST = 1048576 };
    static const char head[] = "\"msgBody\":\"";
    struct written *f = *state;
    struct subscription *s = subscribe(f, "billing", URL, FORMAT_SIMPLIFIED);
    char *body = test_malloc(GREATEST);
    memset(body, 1, GREATEST); /* each byte takes six in JSON */
    publish(f, (struct bytes){body, GREATEST}, NULL, 0);
    const struct delivery *d = next_push(f, 0, &f->ticket);
    expect_body(f, "greatest", (struct bytes){body, GREATEST});
    s->format = FORMAT_JSON;
    push_request_write(&f->request, d);
    assert_false(f->request.body.failed);

    const struct buffer *json = &f->request.body;
    const char *text = memmem(json->data, json->len, head, strlen(head));
    assert_non_null(text);
    text += strlen(head);
    assert_true(json->len > (size_t)(text - json->data) + 6 * (size_t)GREATEST);
    for (size_t i = 0; i < GREATEST; i++)
        if (memcmp(text + 6 * i, "\\u0001", 6) != 0)
            fail_msg("at %zu", i);
    assert_int_equal(text[6 * (size_t)GREATEST], '"');
    test_free(body);
    end_push(f, &f->ticket, 200);
}

/* D25: another request id, the same message id; the time is that of publishing. */
static void repeats_what_failed(void **state)
{
    enum { ATTEMPTS = 5 };
    struct written *f = *state;
    uint64_t request_ids[ATTEMPTS];
    cmq_ms after_ms = 0;
    subscribe(f, "billing", URL, FORMAT_JSON);
    uint64_t id = publish(f, bytes_of("a"), NULL, 0);
    for (size_t i = 0; i < ATTEMPTS; i++) {
        const struct delivery *d = next_push(f, after_ms, &f->ticket);
        expect_headers(&f->request, d, id, NULL);
        expect_json(f, "again", "billing", id, "\"a\"", FIXTURE_START_S);
        request_ids[i] = d->request_id;
        assert_in_range(d->request_id, 1, (UINT64_C(1) << 62) - 1);
        for (size_t j = 0; j < i; j++)
            assert_true(request_ids[i] != request_ids[j]);
        end_push(f, &f->ticket, i + 1 < ATTEMPTS ? 500 : 200);
        after_ms = (cmq_ms)1000 << i;
    }
}

/* What a message is to one endpoint does not show at another. */
static void writes_for_each_subscription(void **state)
{
    struct written *f = *state;
    static const char *const tags[] = {"eu"};
    subscribe(f, "billing", URL, FORMAT_JSON);
    subscribe(f, "archive", "http://[::1]/", FORMAT_SIMPLIFIED);
    uint64_t id = publish(f, bytes_of("\"a\""), tags, 1);

    const struct delivery *first = next_push(f, 0, &f->ticket);
    assert_string_equal(f->request.url, URL);
    expect_headers(&f->request, first, id, "eu");
    expect_json(f, "the first", "billing", id, "\"\\\"a\\\"\"", FIXTURE_START_S);
    const struct delivery *second = next_push(f, 0, &f->other_ticket);
    assert_string_equal(f->request.url, "http://[::1]/");
    expect_headers(&f->request, second, id, "eu");
    expect_body(f, "the second", bytes_of("\"a\""));
    assert_true(first->request_id != second->request_id);
    end_push(f, &f->ticket, 200);
    end_push(f, &f->other_ticket, 200);
}

/* Another format counts from the next attempt on (D30); filters do not apply any more. */
static void follows_changes_of_the_format(void **state)
{
    struct written *f = *state;
    struct subscription *s = subscribe(f, "billing", URL, FORMAT_JSON);
    uint64_t id = publish(f, bytes_of("a"), NULL, 0);
    next_push(f, 0, &f->ticket);
    expect_json(f, "before", "billing", id, "\"a\"", FIXTURE_START_S);
    end_push(f, &f->ticket, 500);

    const struct subscription_request change = {
        .strategy = EXPONENTIAL_DECAY_RETRY,
        .format = FORMAT_SIMPLIFIED,
        .filter = {.tag_count = 1, .tags = {bytes_of("other")}},
    };
    assert_int_equal(engine_set_subscription(f->fixture.engine, s, &change), CMQ_OK);
    next_push(f, 1000, &f->ticket);
    expect_body(f, "after", bytes_of("a"));
    end_push(f, &f->ticket, 200);
}

/* Seconds of the instant of publishing, the rest cut off. */
static void tells_when_it_was_published(void **state)
{
    static const struct {
        const char *what;
        cmq_ms pass_ms;
        long long publish_s;
    } cases[] = {
        {"a quarter past", 0, FIXTURE_START_S},
        {"the last of the second", 749, FIXTURE_START_S},
        {"the next second", 1, FIXTURE_START_S + 1},
        {"a year later", (cmq_ms)365 * 86400000, FIXTURE_START_S + 1 + 365LL * 86400},
    };
    struct written *f = *state;
    subscribe(f, "billing", URL, FORMAT_JSON);
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture_pass(&f->fixture, cases[i].pass_ms);
        uint64_t id = publish(f, bytes_of("a"), NULL, 0);
        next_push(f, 0, &f->ticket);
        expect_json(f, cases[i].what, "billing", id, "\"a\"", cases[i].publish_s);
        end_push(f, &f->ticket, 200);
    }
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(writes_json),
        TEST(writes_the_text_alone),
        TEST(leaves_out_tags_when_there_are_none),
        TEST(joins_tags),
        TEST(has_room_for_the_longest_tags),
        TEST(has_room_for_the_longest_url_and_names),
        TEST(carries_any_body),
        TEST(carries_the_greatest_body),
        TEST(repeats_what_failed),
        TEST(writes_for_each_subscription),
        TEST(follows_changes_of_the_format),
        TEST(tells_when_it_was_published),
    };
    return cmocka_run_group_tests_name("push request", tests, NULL, NULL);
}
