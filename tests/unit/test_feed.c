/* What changes, told as it happens: the bytes of the stream, by virtual time and by a real time that is a
 * variable. */
#include "admin/feed.h"
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define EVENTS "/_emulator/events"
#define ALL                                                                                    \
    "data: {\"queues\":true,\"topics\":true,\"faults\":true,\"snapshots\":true,"               \
    "\"namespaces\":true,\"sinks\":true,\"signatures\":true}\n\n"

enum { READERS = 4 };

static struct buffer texts[READERS]; /* what each reader has read last */

static int begin(void **state)
{
    (void)state;
    start_service(4);
    post("/_emulator/clock/freeze?at=2030-01-01T00:00:00Z", "", "\"frozen\"");
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    return 0;
}

static int end(void **state)
{
    const struct budget *answers = &service.registry.host.budgets.answers;
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        exchange_reset(&parked[i]);
        buffer_free(&texts[i]);
    }
    assert_int_equal(answers->used, 0);
    assert_true(list_empty(&service.feeds.all));
    assert_int_equal(service.registry.home->streams, 0);
    stop_service();
    return 0;
}

/* Read all that there is; whether the stream has ended. */
static bool read_all(size_t i)
{
    struct exchange *x = &parked[i];
    struct buffer *text = &texts[i];
    buffer_clear(text);
    buffer_append(text, buffer_bytes(&x->answer));
    buffer_clear(&x->answer);
    while (x->more != NULL && !service_is_idle(x))
        if (!x->more->next(x->more, text))
            exchange_end_more(x);
    assert_false(text->failed);
    buffer_append_char(text, '\0');
    return x->more == NULL;
}

static void open_stream(size_t i, const char *target)
{
    if (ask_service(&parked[i], "GET", target, "") != EXCHANGE_ANSWERED ||
        parked[i].status != 200)
        fail_msg("%s: %.*s", target, (int)parked[i].answer.len, parked[i].answer.data);
    assert_string_equal(parked[i].content_type, "text/event-stream");
}

/* So long passes in real time; who is awake then. */
static void pass(cmq_ms ms)
{
    real_ms += ms;
    service_run_streams(&service, real_ms);
    while (service_take_awake(&service) != NULL)
        continue;
}

static void expect_part(size_t i, const char *part)
{
    if (strstr(texts[i].data, part) == NULL)
        fail_msg("no %s in:\n%s", part, texts[i].data);
}

static void expect_no_part(size_t i, const char *part)
{
    if (strstr(texts[i].data, part) != NULL)
        fail_msg("%s in:\n%s", part, texts[i].data);
}

/* An interval later there is something, and the stream goes on. */
static void hear(size_t i)
{
    pass(FEED_INTERVAL_MS);
    assert_false(read_all(i));
    assert_int_not_equal(texts[i].data[0], '\0');
}

static void hear_nothing(size_t i, cmq_ms ms)
{
    pass(ms);
    assert_false(read_all(i));
    if (texts[i].len > 1)
        fail_msg("heard:\n%s", texts[i].data);
}

/* The last id that was read. */
static void last_id(size_t i, char out[64])
{
    const char *at = NULL;
    for (const char *next = texts[i].data; (next = strstr(next, "id: ")) != NULL; next++)
        at = next;
    assert_non_null(at);
    assert_int_equal(sscanf(at, "id: %63s", out), 1);
}

static void send_one(const char *further)
{
    char body[256];
    snprintf(body, sizeof body, "Action=SendMessage&queueName=q&msgBody=m%s", further);
    post("/", body, "\"code\":0");
}

/* ---- the beginning ---- */

static void begins_with_the_past(void **state)
{
    (void)state;
    send_one("&delaySeconds=5");
    post("/_emulator/clock/advance?by=5s", "", "\"fired\":1");
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    assert_true(bytes_begin(buffer_bytes(&texts[0]),
                            "event: clock\ndata: {\"namespace\":\"default\","
                            "\"nowMs\":1893456005000,"));
    expect_part(0,
                "event: fired\ndata: {\"events\":[{\"atMs\":1893456005000,\"kind\":\"delayed\","
                "\"queue\":\"q\",\"msgId\":\"");
    expect_part(0, "event: request\ndata: {\"entries\":[{\"number\":1,");
    expect_part(0, "\"action\":\"SendMessage\"");
    expect_part(0, "\nevent: changed\n" ALL);
    hear_nothing(0, FEED_INTERVAL_MS);
}

static void of_nothing_there_is_no_past(void **state)
{
    (void)state;
    post("/_emulator/namespaces", "{\"name\":\"empty\"}", "empty");
    open_stream(0, EVENTS "?namespace=empty");
    assert_false(read_all(0));
    expect_part(0, "\"namespace\":\"empty\"");
    expect_no_part(0, "event: fired");
    expect_no_part(0, "event: request");
    expect_part(0, ALL);
}

/* ---- what happens ---- */

static void tells_what_happens(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    send_one("&delaySeconds=5");
    hear(0);
    expect_part(0, "event: clock\n");
    expect_part(0, "\"pendingEvents\":2,");
    expect_no_part(0, "event: fired");
    expect_part(0, "event: request\ndata: {\"entries\":[{\"number\":2,");
    expect_part(0, "\"left\":0}\n\nid: ");
    expect_part(0,
                "data: {\"queues\":true,\"topics\":true,\"faults\":false,\"snapshots\":false,"
                "\"namespaces\":false,\"sinks\":false,\"signatures\":false}\n\n");
    post("/_emulator/clock/advance?by=5s", "", "\"fired\":1");
    hear(0);
    expect_part(0, "\"nowMs\":1893456005000,");
    expect_part(0, "event: fired\ndata: {\"events\":[{\"atMs\":1893456005000,");
    expect_no_part(0, "event: request");
    post("/_emulator/clock/auto", "", "\"auto\"");
    hear(0);
    expect_part(0, "\"mode\":\"auto\"");
    expect_no_part(0, "event: fired");
}

static void looking_is_no_news(void **state)
{
    static const char *const looks[] = {"/_emulator/clock",
                                        "/_emulator/queues",
                                        "/_emulator/topics",
                                        "/_emulator/snapshots",
                                        "/_emulator/clock/agenda",
                                        "/_emulator/queues/q/messages",
                                        "/_emulator/namespaces",
                                        "/_emulator/journal?limit=10",
                                        "/_emulator",
                                        "/metrics"};
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        get(looks[i], "");
        hear_nothing(0, FEED_INTERVAL_MS);
    }
}

static void tells_what_is_to_be_fetched(void **state)
{
    static const struct {
        const char *target, *body, *part;
    } rows[] = {
        {"/_emulator/faults", "{\"fault\":{\"error\":\"10050\"},\"action\":\"ListQueue\"}",
         "\"faults\":true"},
        {"/", "Action=ListQueue", "\"faults\":true"}, /* it has matched */
        {"/_emulator/snapshots", "{\"name\":\"s\"}", "\"snapshots\":true"},
        {"/_emulator/namespaces", "{\"name\":\"other\"}", "\"namespaces\":true"},
        {"/_emulator/sink/s", "pushed", "\"sinks\":true"},
    };
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        post(rows[i].target, rows[i].body, "");
        hear(0);
        expect_part(0, rows[i].part);
    }
}

/* Others' namespaces are none of its business, but that there are some. */
static void other_namespaces_are_not_told_of(void **state)
{
    (void)state;
    post("/_emulator/namespaces", "{\"name\":\"other\",\"queues\":[{\"queueName\":\"o\"}]}",
         "other");
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    post("/_emulator/clock/freeze?namespace=other", "", "\"frozen\"");
    post("/_emulator/clock/advance?namespace=other&by=1h", "", "\"nowMs\"");
    hear_nothing(0, FEED_INTERVAL_MS);
    post("/_emulator/namespaces?namespace=other", "{\"name\":\"third\"}", "third");
    hear(0);
    expect_part(0, "{\"queues\":false,\"topics\":false,\"faults\":false,\"snapshots\":false,"
                   "\"namespaces\":true,\"sinks\":false,\"signatures\":false}\n\n");
}

static int count_parts(size_t i, const char *part)
{
    int n = 0;
    for (const char *at = texts[i].data; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

static void much_is_cut(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (int i = 0; i < 300; i++)
        send_one("&delaySeconds=5");
    post("/_emulator/clock/advance?by=5s", "", "\"fired\":300");
    hear(0);
    expect_part(0, "],\"left\":236}\n\nevent: request\ndata: {\"entries\":[{\"number\":270,");
    assert_true(texts[0].len < FEED_BATCH_MAX);
    static const char left[] = "],\"left\":";
    const char *of_requests = strstr(strstr(texts[0].data, "event: request"), left);
    long more = strtol(of_requests + strlen(left), NULL, 10);
    assert_int_equal(more + count_parts(0, "{\"number\":"), 300);
    assert_int_equal(count_parts(0, "\"kind\":\"delayed\",\"queue\""), 300 - 236);
}

/* What the journal has forgotten before it was told. */
static void what_has_gone_is_counted(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (int i = 0; i < 3; i++)
        send_one("");
    expect("DELETE", "/_emulator/journal", "", 200, "\"cleared\":4");
    send_one("");
    hear(0);
    expect_part(0, "event: request\ndata: {\"entries\":[{\"number\":5,");
    expect_part(0, "],\"left\":3}\n\n");
    send_one("");
    expect("DELETE", "/_emulator/journal", "", 200, "\"cleared\":2");
    hear(0);
    expect_part(0, "event: request\ndata: {\"entries\":[],\"left\":1}\n\n");
}

/* Events of the past that are overwritten while somebody reads of them. */
static void a_past_that_goes_is_counted(void **state)
{
    enum { MORE = 300 };
    struct exchange *x = &parked[0];
    (void)state;
    for (int i = 0; i < FEED_PAST; i++)
        send_one("&delaySeconds=5");
    post("/_emulator/clock/advance?by=5s", "", "\"fired\":1024");
    open_stream(0, EVENTS);
    assert_true(x->more->next(x->more, &texts[0])); /* a part of them */
    buffer_append_char(&texts[0], '\0');
    int told = count_parts(0, "\"kind\":\"delayed\",\"queue\"");
    assert_in_range(told, 1, MORE - 1);
    for (int i = 0; i < MORE; i++)
        send_one("&delaySeconds=5");
    post("/_emulator/clock/advance?by=5s", "", "\"fired\":300");
    assert_false(read_all(0));
    char part[64];
    snprintf(part, sizeof part, "],\"left\":%d}\n\n", MORE - told);
    expect_part(0, part);
    pass(FEED_INTERVAL_MS);
    assert_false(read_all(0));
}

/* A call of API 3.0. */
static void send_v3(const char *body)
{
    exchange_reset(&exchange);
    exchange.method = bytes_of("POST");
    exchange.head.tc_action = bytes_of("SendCmqMsg");
    exchange.head.tc_version = bytes_of("2020-02-17");
    exchange.head.tc_region = bytes_of("ap-guangzhou");
    exchange.head.tc_timestamp = bytes_of("1893456000");
    buffer_append(&exchange.target, bytes_of("/"));
    buffer_append(&exchange.body, bytes_of(body));
    assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
    check_exchange(body, &exchange, 200, "\"MsgId\":");
}

/* Each event is one line of data, whatever clients send. */
static void an_event_is_one_line(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    post("/", "Action=SendMessage&queueName=q&msgBody=a%0Aid:+7%0D%0A%0Aevent:+reload%0A%00",
         "");
    post("/", "Action=No%0A%0Aevent:+reload&queueName=q%0Adata:", "");
    send_v3("{\n\n\"QueueName\":\r\n\"q\",\n\n\"DelaySeconds\":\n0,\"MsgContent\":"
            "\n\"b\\n\\nevent: reload\"\n}\n");
    hear(0);
    expect_no_part(0, "\nid: 7");
    expect_no_part(0, "\nevent: reload");
    expect_no_part(0, "\ndata:\n");
    expect_part(0, "a\\nid: 7\\r\\n\\nevent: reload");
    expect_part(
        0, "{\"QueueName\":\"q\",\"DelaySeconds\":0,\"MsgContent\":\"b\\n\\nevent: reload\"}");
}

static void a_long_entry_is_left_out(void **state)
{
    static char body[20000];
    size_t len = (size_t)snprintf(body, sizeof body, "Action=BatchSendMessage&queueName=q");
    (void)state;
    for (int i = 0; i < 16; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, "&msgBody.%d=%01000d", i, 0);
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    post("/", body, "\"code\":0");
    send_one("");
    hear(0);
    expect_part(0, "event: request\ndata: {\"entries\":[{\"number\":3,");
    expect_part(0, "],\"left\":1}");
}

/* ---- time ---- */

static void batches_have_an_interval(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    send_one("");
    pass(1); /* after a pause there is no need to wait */
    assert_false(read_all(0));
    expect_part(0, "event: changed");
    send_one("");
    assert_int_equal(service_streams_wake_ms(&service), real_ms + FEED_SILENCE_MS);
    hear_nothing(0, FEED_INTERVAL_MS - 1);
    send_one("");
    assert_int_equal(service_streams_wake_ms(&service), real_ms + 1);
    pass(1);
    assert_false(read_all(0));
    expect_part(0, "{\"number\":3,");
    expect_part(0, "{\"number\":4,");
}

static void silence_is_broken(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    hear_nothing(0, FEED_SILENCE_MS - 1);
    pass(1);
    assert_false(read_all(0));
    assert_string_equal(texts[0].data, ":\n\n");
    hear_nothing(0, FEED_SILENCE_MS - 1);
}

static void ends_when_it_was_to(void **state)
{
    (void)state;
    open_stream(0, EVENTS "?for=0");
    assert_true(read_all(0));
    expect_part(0, ALL);
    open_stream(1, EVENTS "?for=10s");
    assert_false(read_all(1));
    hear_nothing(1, 9999);
    assert_int_equal(service_streams_wake_ms(&service), real_ms + 1);
    pass(1);
    assert_true(read_all(1));
    assert_string_equal(texts[1].data, "");
}

/* An automatic clock jumps as if nobody read. */
static void nobody_waits_for_readers(void **state)
{
    (void)state;
    post("/_emulator/clock/auto", "", "\"auto\"");
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    park(1, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=10", "",
         FOR_MESSAGE);
    exchange_reset(&exchange);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(1, 200, "(10200)no message");
    hear(0);
    expect_part(0, "\"kind\":\"poll-timeout\"");
}

/* ---- many readers, and slow ones ---- */

static void readers_share_batches(void **state)
{
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        open_stream(i, EVENTS);
        assert_false(read_all(i));
    }
    uint64_t before = service.feeds.last;
    send_one("");
    pass(FEED_INTERVAL_MS);
    assert_int_equal(service.feeds.last, before + 1);
    for (size_t i = 0; i < READERS; i++) {
        assert_false(read_all(i));
        assert_string_equal(texts[i].data, texts[0].data);
    }
}

/* What it costs to wake them does not grow with them. */
static void many_are_told_less_often(void **state)
{
    enum { MANY = 60 };
    static struct exchange others[MANY];
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (size_t i = 1; i < MANY; i++)
        assert_int_equal(ask_service(&others[i], "GET", EVENTS, ""), EXCHANGE_ANSWERED);
    send_one("");
    hear(0);
    send_one("");
    hear_nothing(0, MANY * 20 - 1);
    pass(1);
    assert_false(read_all(0));
    expect_part(0, "event: changed");
    for (size_t i = 1; i < MANY; i++)
        exchange_free(&others[i]);
    send_one("");
    pass(MANY * 20);
    assert_false(read_all(0));
    send_one("");
    hear(0);
}

static void the_slow_are_told_to_reload(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    open_stream(1, EVENTS);
    assert_false(read_all(0));
    assert_false(read_all(1));
    for (int i = 0; i <= FEED_BATCHES; i++) {
        send_one("");
        hear(1);
    }
    assert_true(read_all(0));
    assert_string_equal(texts[0].data, "event: reload\ndata: {\"why\":\"slow\"}\n\n");
    send_one("");
    hear(1);
    expect_part(1, "event: changed");
}

static void as_many_as_are_kept_can_be_missed(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    for (int i = 0; i < FEED_BATCHES; i++) {
        send_one("");
        pass(FEED_INTERVAL_MS);
    }
    assert_false(read_all(0));
    for (int i = 0; i < FEED_BATCHES; i++) {
        char part[32];
        snprintf(part, sizeof part, "{\"number\":%d,", i + 2);
        expect_part(0, part);
    }
}

/* ---- coming back ---- */

static void whoever_comes_back_goes_on(void **state)
{
    char id[64], target[160];
    (void)state;
    open_stream(0, EVENTS);
    open_stream(1, EVENTS);
    assert_false(read_all(0));
    last_id(0, id);
    send_one("");
    pass(FEED_INTERVAL_MS);
    snprintf(target, sizeof target, EVENTS "?after=%s", id);
    open_stream(2, target);
    assert_false(read_all(2));
    assert_false(read_all(0));
    assert_string_equal(texts[2].data, texts[0].data);
    last_id(0, id);
    exchange_reset(&parked[2]);
    struct exchange *x = &parked[2];
    x->method = bytes_of("GET");
    x->head.last_event_id = bytes_of(id);
    buffer_append(&x->target, bytes_of(EVENTS));
    assert_int_equal(service_handle(&service, real_ms, x), EXCHANGE_ANSWERED);
    assert_false(read_all(2));
    assert_string_equal(texts[2].data, "");
}

static void what_is_not_known_is_begun_anew(void **state)
{
    char good[64];
    static const char *const ids[] = {"1",
                                      "x",
                                      "1893456000000-999999",
                                      "1-1",
                                      "-",
                                      "1893456000000-",
                                      "1893456000000-0",
                                      "1893456000000-1x",
                                      "1893456000000--1"};
    (void)state;
    open_stream(1, EVENTS);
    assert_false(read_all(1));
    last_id(1, good);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char target[160];
        snprintf(target, sizeof target, EVENTS "?after=%s", ids[i]);
        open_stream(0, target);
        assert_true(read_all(0));
        assert_string_equal(texts[0].data, "event: reload\ndata: {\"why\":\"unknown\"}\n\n");
    }
    /* Of a feed that nobody has read meanwhile nothing is kept. */
    char target[160];
    snprintf(target, sizeof target, EVENTS "?after=%s", good);
    exchange_reset(&parked[1]);
    open_stream(0, target);
    assert_true(read_all(0));
    expect_part(0, "unknown");
}

/* ---- ends ---- */

static void a_reset_is_told(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    pass(FEED_INTERVAL_MS);
    assert_true(read_all(0));
    assert_string_equal(texts[0].data, "event: reload\ndata: {\"why\":\"reset\"}\n\n");
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    expect_no_part(0, "event: request");
}

static void a_restore_is_told(void **state)
{
    (void)state;
    post("/_emulator/snapshots", "{\"name\":\"s\"}", "\"name\":\"s\"");
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    post("/_emulator/snapshots/s/restore", "", "\"restored\":\"s\"");
    pass(FEED_INTERVAL_MS);
    assert_true(read_all(0));
    assert_string_equal(texts[0].data, "event: reload\ndata: {\"why\":\"restored\"}\n\n");
}

static void a_drop_ends_it(void **state)
{
    (void)state;
    post("/_emulator/namespaces", "{\"name\":\"other\"}", "other");
    open_stream(0, EVENTS "?namespace=other");
    open_stream(1, EVENTS "?namespace=other"); /* which has read nothing yet */
    assert_false(read_all(0));
    expect("DELETE", "/_emulator/namespaces/other", "", 200, "other");
    pass(1);
    assert_true(read_all(0));
    assert_string_equal(texts[0].data, "event: reload\ndata: {\"why\":\"gone\"}\n\n");
    assert_true(read_all(1));
    expect_part(1, "{\"why\":\"gone\"}");
    expect("GET", EVENTS "?namespace=other", "", 404, "no-such-namespace");
}

static void the_end_of_the_program_ends_it(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    open_stream(1, EVENTS);
    assert_false(read_all(0));
    service_end_all_waits(&service, real_ms);
    assert_ptr_equal(service_take_awake(&service), &parked[0]);
    assert_null(service_take_awake(&service));
    assert_true(read_all(0));
    assert_true(read_all(1));
    open_stream(2, EVENTS);
    assert_true(read_all(2));
}

static void a_client_that_has_gone_ends_it(void **state)
{
    (void)state;
    open_stream(0, EVENTS);
    assert_false(read_all(0));
    service_end_stream(&parked[0]);
    assert_ptr_equal(service_take_awake(&service), &parked[0]);
    assert_true(read_all(0));
}

/* ---- what is refused ---- */

static void memory_is_bounded(void **state)
{
    struct budget *answers = &service.registry.host.budgets.answers;
    size_t most = answers->most;
    (void)state;
    answers->most = FEED_SIZE - 1;
    expect("GET", EVENTS, "", 503, "answers-full");
    assert_int_equal(exchange.retry_after_s, 1);
    answers->most = FEED_SIZE + 1000;
    expect("GET", EVENTS, "", 503, "answers-full");
    assert_int_equal(answers->used, 0);
    answers->most = FEED_SIZE + 400 * 1024;
    open_stream(0, EVENTS);
    open_stream(1, EVENTS);
    expect("GET", EVENTS, "", 503, "answers-full");
    answers->most = most;
}

static void arguments_are_judged(void **state)
{
    (void)state;
    expect("GET", EVENTS "?after=", "", 400, "\"argument\":\"after\"");
    expect("GET", EVENTS "?for=soon", "", 400, "\"argument\":\"for\"");
    expect("GET", EVENTS "?since=1", "", 400, "unknown-argument");
    expect("GET", EVENTS "?namespace=none", "", 404, "no-such-namespace");
    expect("POST", EVENTS, "", 405, "GET, HEAD");
    assert_true(list_empty(&service.feeds.all));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(begins_with_the_past),
        TEST(of_nothing_there_is_no_past),
        TEST(tells_what_happens),
        TEST(looking_is_no_news),
        TEST(tells_what_is_to_be_fetched),
        TEST(other_namespaces_are_not_told_of),
        TEST(much_is_cut),
        TEST(what_has_gone_is_counted),
        TEST(a_past_that_goes_is_counted),
        TEST(an_event_is_one_line),
        TEST(a_long_entry_is_left_out),
        TEST(batches_have_an_interval),
        TEST(silence_is_broken),
        TEST(ends_when_it_was_to),
        TEST(nobody_waits_for_readers),
        TEST(readers_share_batches),
        TEST(many_are_told_less_often),
        TEST(the_slow_are_told_to_reload),
        TEST(as_many_as_are_kept_can_be_missed),
        TEST(whoever_comes_back_goes_on),
        TEST(what_is_not_known_is_begun_anew),
        TEST(a_reset_is_told),
        TEST(a_restore_is_told),
        TEST(a_drop_ends_it),
        TEST(the_end_of_the_program_ends_it),
        TEST(a_client_that_has_gone_ends_it),
        TEST(memory_is_bounded),
        TEST(arguments_are_judged),
    };
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
