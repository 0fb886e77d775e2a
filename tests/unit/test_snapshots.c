/* Snapshots through the service: documents that are read back, and what follows from them. Conversations
 * show the calls one by one. */
#include "base/pieces.h"
#include "tests/support/ask_service.h"
#include "tests/support/engine_expect.h"
#include "tests/support/engine_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int start(void **state)
{
    (void)state;
    start_service(10);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* The whole answer, also one that is made in parts; the caller frees it. */
static char *ask(const char *method, const char *target, const char *body)
{
    assert_int_equal(ask_service(&exchange, method, target, body), EXCHANGE_ANSWERED);
    take_answer(&exchange);
    return strndup(exchange.answer.data, exchange.answer.len);
}

static char *expect_ok(const char *method, const char *target, const char *body)
{
    char *answer = ask(method, target, body);
    if (exchange.status != 200)
        fail_msg("%s %s: %s, of %s", method, target, answer, body);
    return answer;
}

static void just(const char *method, const char *target)
{
    free(expect_ok(method, target, ""));
}

/* ---- random calls: the same numbers make the same calls ---- */

enum { HANDLES = 8 };

struct chatter {
    struct engine_random random;
    char handles[HANDLES][24];
    size_t handle_count;
    struct buffer heard; /* all answers */
};

static void remember_handle(struct chatter *c, const char *answer)
{
    static const char key[] = "\"receiptHandle\":\"";
    const char *at = strstr(answer, key);
    if (at != NULL)
        snprintf(c->handles[c->handle_count++ % HANDLES], sizeof c->handles[0], "%.*s",
                 (int)strcspn(at + strlen(key), "\""), at + strlen(key));
}

static void call(struct chatter *c, const char *target)
{
    char *answer = ask("GET", target, "");
    remember_handle(c, answer);
    buffer_append(&c->heard, bytes_of(answer));
    buffer_append_char(&c->heard, '\n');
    free(answer);
}

static size_t draw(struct chatter *c, size_t below)
{
    return random_below(&c->random, below);
}

static void act(struct chatter *c)
{
    static const char *const queues[] = {"a", "b", "rewinding"};
    static const char *const topics[] = {"tags", "keys"};
    static const char *const gaps[] = {"0ms", "1ms", "500ms", "1s", "1s", "5s", "20s", "1h"};
    char target[600];
    const char *queue = queues[draw(c, COUNT(queues))];
    switch (draw(c, 9)) {
    case 0:
    case 1:
        snprintf(target, sizeof target,
                 "/?Action=SendMessage&queueName=%s&msgBody=m%zu&delaySeconds=%zu", queue,
                 draw(c, 1000), draw(c, 3) * 5);
        break;
    case 2:
    case 3:
        snprintf(target, sizeof target, "/?Action=ReceiveMessage&queueName=%s", queue);
        break;
    case 4:
        snprintf(target, sizeof target, "/?Action=DeleteMessage&queueName=%s&receiptHandle=%s",
                 queue, c->handles[draw(c, HANDLES)]);
        break;
    case 5:
        snprintf(target, sizeof target,
                 "/?Action=PublishMessage&topicName=%s&msgBody=p%zu&msgTag.1=x&routingKey=a.b",
                 topics[draw(c, COUNT(topics))], draw(c, 1000));
        break;
    case 6:
        snprintf(target, sizeof target,
                 "/?Action=RewindQueue&queueName=rewinding&"
                 "startConsumeTime=%zu",
                 (size_t)(BEGUN_MS / 1000) + draw(c, 100));
        break;
    case 7:
        snprintf(target, sizeof target, "/?Action=%s&queueName=gone",
                 draw(c, 2) == 0 ? "CreateQueue" : "DeleteQueue");
        break;
    default:
        snprintf(target, sizeof target, "/_emulator/clock/advance?by=%s",
                 gaps[draw(c, COUNT(gaps))]);
        free(ask("POST", target, ""));
        snprintf(target, sizeof target, "/_emulator/clock/agenda");
        break;
    }
    call(c, target);
}

static void begin(void)
{
    just("POST", "/_emulator/reset");
    just("POST", "/_emulator/clock/freeze?at=2030-01-01T00:00:00Z");
    just("GET", "/?Action=CreateQueue&queueName=letters");
    just("GET", "/?Action=CreateQueue&queueName=a&visibilityTimeout=10&deadLetterPolicy="
                "{%22deadLetterQueue%22:%22letters%22,%22policy%22:0,%22maxReceiveCount%22:2}");
    just("GET", "/?Action=CreateQueue&queueName=b&visibilityTimeout=5");
    just("GET", "/?Action=CreateQueue&queueName=rewinding&rewindSeconds=600");
    just("GET", "/?Action=CreateTopic&topicName=tags");
    just("GET", "/?Action=CreateTopic&topicName=keys&filterType=2");
    just("GET",
         "/?Action=Subscribe&topicName=tags&subscriptionName=one&protocol=queue&endpoint="
         "none&notifyStrategy=BACKOFF_RETRY&filterTag.1=x");
    just("GET", "/?Action=Subscribe&topicName=tags&subscriptionName=two&protocol=queue&"
                "endpoint=b");
    just("GET", "/?Action=Subscribe&topicName=keys&subscriptionName=three&protocol=queue&"
                "endpoint=none&bindingKey.1=a.%23");
}

static char *renamed(const char *document)
{
    static const char name[] = "\"name\":\"a\"";
    char *copy = strdup(document);
    char *at = strstr(copy, name);
    assert_non_null(at);
    at[strlen(name) - 2] = 'b';
    return copy;
}

/* What was told becomes what it was told of, and so tells the same. */
static char *read_back(void)
{
    char *document = expect_ok("GET", "/_emulator/snapshots/a", "");
    free(expect_ok("PUT", "/_emulator/snapshots/b", document));
    char *again = expect_ok("GET", "/_emulator/snapshots/b", "");
    char *wanted = renamed(document);
    assert_string_equal(again, wanted);
    free(wanted);
    free(again);
    return document;
}

static struct chatter restore_and_go_on(const char *target, const struct chatter *from)
{
    struct chatter c = *from;
    c.heard = (struct buffer){.len = 0};
    just("POST", target);
    for (int i = 0; i < 60; i++)
        act(&c);
    check_engines();
    return c;
}

static void documents_unfold_as_what_they_tell(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct chatter c = {.random = {seed}};
        begin();
        for (size_t n = 10 + draw(&c, 100); n > 0; n--)
            act(&c);
        just("POST", "/_emulator/snapshots?name=a");
        free(read_back());
        struct chatter a = restore_and_go_on("/_emulator/snapshots/a/restore", &c);
        struct chatter b = restore_and_go_on("/_emulator/snapshots/b/restore", &c);
        buffer_append_char(&a.heard, '\0');
        buffer_append_char(&b.heard, '\0');
        if (strcmp(a.heard.data, b.heard.data) != 0)
            print_message("seed %d\n", (int)seed);
        assert_string_equal(a.heard.data, b.heard.data);
        buffer_free(&a.heard);
        buffer_free(&b.heard);
        buffer_free(&c.heard);
    }
}

/* Each member that is left out of a document leaves one that is read, or refused, and an engine that is
 * whole. So does each that has another value. */
static void documents_are_whole_or_refused(void **state)
{
    static const char *const others[] = {"0",    "-1", "1e300", "\"\"", "\"x\"",
                                         "null", "[]", "{}",    "true", "9007199254740992"};
    struct chatter c = {.random = {77}};
    size_t taken = 0, refused = 0;
    (void)state;
    begin();
    for (int i = 0; i < 100; i++)
        act(&c);
    buffer_free(&c.heard);
    just("POST", "/_emulator/snapshots?name=a");
    char *document = read_back();
    char *changed = malloc(strlen(document) + 64);
    assert_non_null(changed);
    for (const char *at = document; (at = strstr(at, "\":")) != NULL; at += 2) {
        const char *value = at + 2;
        size_t len = *value == '"' ? strcspn(value + 1, "\"") + 2 : strcspn(value, ",}]");
        if (*value == '{' || *value == '[')
            continue;
        const char *other = others[draw(&c, COUNT(others))];
        sprintf(changed, "%.*s%s%s", (int)(value - document), document, other, value + len);
        free(ask("PUT", "/_emulator/snapshots/c", changed));
        assert_true(exchange.status == 200 || exchange.status == 400);
        taken += exchange.status == 200;
        refused += exchange.status == 400;
        if (exchange.status == 200) {
            just("POST", "/_emulator/snapshots/c/restore");
            check_engines();
        }
    }
    assert_in_range(taken, 20, 1000);
    assert_in_range(refused, 100, 1000);
    free(changed);
    free(document);
}

/* ---- slices ---- */

enum { SLICE = 60, SLICED_MESSAGES = 300, TURNS_MAX = 10000 };

static char *long_document(void)
{
    struct buffer b = {.len = 0};
    buffer_append(&b, bytes_of("{\"queues\":[{\"queueName\":\"q\",\"messages\":["));
    for (int i = 0; i < SLICED_MESSAGES; i++) {
        char item[64];
        snprintf(item, sizeof item, "%s{\"msgBody\":\"m\",\"turn\":%d}", i > 0 ? "," : "",
                 1 + i * 7 % SLICED_MESSAGES);
        buffer_append(&b, bytes_of(item));
    }
    buffer_append(&b, bytes_of("]}]}"));
    buffer_append_char(&b, '\0');
    assert_false(b.failed);
    return b.data;
}

/* Begin, with such slices; who comes behind waits. */
static void begin_to_read(const char *document)
{
    service_begin_turn(&service, SLICE);
    park(0, "PUT", "/_emulator/snapshots/s", document, FOR_LINE);
    park(1, "GET", "/_emulator/snapshots", "", FOR_LINE);
}

static size_t take_turns(size_t most)
{
    size_t turns = 0;
    for (; turns < most && service_is_busy(&service); turns++) {
        service_begin_turn(&service, SLICE);
        service_carry_on(&service, real_ms);
        check_engines();
    }
    return turns;
}

static void documents_are_read_in_slices(void **state)
{
    (void)state;
    char *document = long_document();
    begin_to_read(document);
    assert_in_range(take_turns(TURNS_MAX), 50, TURNS_MAX - 1);
    expect_answered(0, 200, "\"messages\":300");
    expect_answered(1, 200, "\"total\":1");
    service_begin_turn(&service, 0);
    free(document);
}

/* Whenever its client leaves, nothing is left of what was read, and others go on. */
static void who_hangs_up_is_read_no_further(void **state)
{
    (void)state;
    char *document = long_document();
    size_t used = service.registry.host.budgets.messages.used;
    for (size_t turns = 0; turns < 60; turns += 7) {
        begin_to_read(document);
        assert_int_equal(take_turns(turns), turns);
        service_hang_up(&service, real_ms, &parked[0]);
        expect_answered(0, 503, "\"stopping\"");
        exchange_reset(&parked[0]);
        take_turns(TURNS_MAX);
        expect_answered(1, 200, "\"total\":0");
        service_begin_turn(&service, 0);
        while (!graveyard_is_empty(&service.registry.host.graveyard))
            graveyard_reap(&service.registry.host.graveyard, SIZE_MAX);
        assert_int_equal(service.registry.host.budgets.messages.used, used);
    }
    free(document);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(documents_unfold_as_what_they_tell),
        TEST(documents_are_whole_or_refused),
        TEST(documents_are_read_in_slices),
        TEST(who_hangs_up_is_read_no_further),
    };
    return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
