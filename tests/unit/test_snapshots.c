/* Snapshots through the service: documents that are read back, and what follows from them. Conversations
 * show the calls one by one. */
#include "base/pieces.h"
#include "engine/delivery.h"
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

static size_t draw(struct chatter *c, size_t below)
{
    return random_below(&c->random, below);
}

static void remember_handle(struct chatter *c, const char *answer)
{
    static const char key[] = "\"receiptHandle\":\"";
    const char *at = strstr(answer, key);
    if (at != NULL)
        snprintf(c->handles[c->handle_count++ % HANDLES], sizeof c->handles[0], "%.*s",
                 (int)strcspn(at + strlen(key), "\""), at + strlen(key));
}

static void hear(struct chatter *c, const char *text)
{
    buffer_append(&c->heard, bytes_of(text));
    buffer_append_char(&c->heard, '\n');
}

static void hear_answer(struct chatter *c, struct exchange *x)
{
    take_answer(x);
    buffer_append_char(&x->answer, '\0');
    remember_handle(c, x->answer.data);
    hear(c, x->dropped ? "dropped" : x->answer.data);
    exchange_reset(x);
}

/* What the endpoint answers depends on the message and the attempt alone. */
static void end_pushes(void)
{
    static const struct push_outcome outcomes[] = {
        {.delivered = true, .status = 200},
        {.status = 503},
        {.error = "Timeout was reached"},
    };
    for (struct push *p; (p = service_take_push(&service)) != NULL;) {
        const struct delivery *d = push_is_orphan(p) ? NULL : delivery_of_ticket(&p->ticket);
        size_t which = d != NULL ? (d->publication->id + d->attempts) % COUNT(outcomes) : 0;
        service_end_push(&service, real_ms, p, &outcomes[which]);
    }
}

/* Who waited, and does not any more. */
static void hear_those_that_waited(struct chatter *c)
{
    do {
        end_pushes();
        for (struct exchange *x; (x = service_take_finished(&service)) != NULL;)
            hear_answer(c, x);
    } while (service_has_pushes(&service));
}

static struct exchange *free_slot(void)
{
    for (size_t i = 0; i < PARKED_MAX; i++)
        if (parked[i].waits_for == FOR_NOTHING)
            return &parked[i];
    return NULL;
}

static void call_by(struct chatter *c, const char *method, const char *target, const char *body)
{
    struct exchange *x = free_slot();
    assert_non_null(x);
    if (ask_service(x, method, target, body) == EXCHANGE_ANSWERED)
        hear_answer(c, x);
    hear_those_that_waited(c);
}

static void call(struct chatter *c, const char *target)
{
    call_by(c, "GET", target, "");
}

/* Polls are no part of a snapshot: those that wait are gone. Also where so many wait that there is hardly room
 * for another call. */
static void all_hang_up(struct chatter *c, size_t most)
{
    size_t waiting = 0;
    for (size_t i = 0; i < PARKED_MAX; i++)
        waiting += parked[i].waits_for != FOR_NOTHING;
    for (size_t i = 0; i < PARKED_MAX && waiting > most; i++)
        if (parked[i].waits_for != FOR_NOTHING)
            service_hang_up(&service, real_ms, &parked[i]);
    hear_those_that_waited(c);
}

/* ---- rules of faults ---- */

static void make_rule(struct chatter *c)
{
    static const char *const rules[] = {
        "{\"queue\":\"a\",\"probability\":0.5,\"fault\":{\"shuffle\":3}}",
        "{\"action\":\"ReceiveMessage\",\"skip\":1,\"times\":2,\"fault\":{\"duplicate\":1}}",
        "{\"queue\":\"b\",\"probability\":0.5,\"fault\":{\"lag\":2}}",
        "{\"action\":\"SendMessage\",\"times\":1,\"fault\":{\"drop\":\"answer\"}}",
        "{\"action\":\"ReceiveMessage\",\"times\":2,\"fault\":{\"drop\":\"answer\"}}",
        "{\"action\":\"SendMessage\",\"probability\":0.3,\"fault\":{\"error\":\"10050\"}}",
        "{\"action\":\"ReceiveMessage\",\"times\":1,\"fault\":{\"empty\":true}}",
        "{\"action\":\"PublishMessage\",\"times\":1,\"fault\":{\"delay\":\"3s\"}}",
        "{\"topic\":\"tags\",\"times\":2,\"fault\":{\"push\":{\"delay\":\"5s\"}}}",
        "{\"subscription\":\"four\",\"probability\":0.5,\"fault\":{\"push\":{\"status\":404}}}",
        ("{\"subscription\":\"five\",\"times\":2,"
         "\"fault\":{\"push\":{\"delay\":\"7s\",\"error\":\"reset\"}}}"),
        ("{\"from\":\"2030-01-01T00:00:20Z\",\"until\":\"2030-01-01T00:00:40Z\","
         "\"fault\":{\"status\":502}}"),
    };
    call_by(c, "POST", "/_emulator/faults", rules[draw(c, COUNT(rules))]);
}

static void forget_rule(struct chatter *c)
{
    char target[64];
    snprintf(target, sizeof target, "/_emulator/faults/%zu", 1 + draw(c, 8));
    call_by(c, "DELETE", target, "");
}

/* ---- what is done ---- */

static void send(struct chatter *c, const char *queue)
{
    char target[256];
    snprintf(target, sizeof target,
             "/?Action=SendMessage&queueName=%s&msgBody=m%zu&delaySeconds=%zu", queue,
             draw(c, 1000), draw(c, 3) * 5);
    call(c, target);
}

static void receive(struct chatter *c, const char *queue)
{
    char target[256];
    snprintf(target, sizeof target,
             "/?Action=ReceiveMessage&queueName=%s&pollingWaitSeconds=%d", queue,
             draw(c, 4) == 0 ? 7 : 0);
    call(c, target);
}

static void delete_one(struct chatter *c, const char *queue)
{
    char target[256];
    snprintf(target, sizeof target, "/?Action=DeleteMessage&queueName=%s&receiptHandle=%s",
             queue, c->handles[draw(c, HANDLES)]);
    call(c, target);
}

static void publish(struct chatter *c)
{
    static const char *const topics[] = {"tags", "keys"};
    char target[256];
    snprintf(target, sizeof target,
             "/?Action=PublishMessage&topicName=%s&msgBody=p%zu&msgTag.1=x&routingKey=a.b",
             topics[draw(c, COUNT(topics))], draw(c, 1000));
    call(c, target);
}

static void rewind_one(struct chatter *c)
{
    char target[256];
    snprintf(target, sizeof target,
             "/?Action=RewindQueue&queueName=rewinding&startConsumeTime=%zu",
             (size_t)(BEGUN_MS / 1000) + draw(c, 100));
    call(c, target);
}

static void pass(struct chatter *c)
{
    static const char *const gaps[] = {"0ms", "1ms", "500ms", "1s", "1s", "5s", "20s", "1h"};
    char target[256];
    snprintf(target, sizeof target, "/_emulator/clock/advance?by=%s",
             gaps[draw(c, COUNT(gaps))]);
    call_by(c, "POST", target, "");
}

static void look(struct chatter *c)
{
    static const char *const looks[] = {
        "/_emulator/clock/agenda",
        "/_emulator/faults",
        "/_emulator/topics",
        "/?Action=GetQueueAttributes&queueName=b",
        "/?Action=QueryQueueRoute&queueName=a",
    };
    call(c, looks[draw(c, COUNT(looks))]);
}

static void act(struct chatter *c)
{
    static const char *const queues[] = {"a", "b", "rewinding"};
    const char *queue = queues[draw(c, COUNT(queues))];
    switch (draw(c, 12)) {
    case 0:
    case 1:
        send(c, queue);
        break;
    case 2:
    case 3:
        receive(c, queue);
        break;
    case 4:
        delete_one(c, queue);
        break;
    case 5:
    case 6:
        publish(c);
        break;
    case 7:
        rewind_one(c);
        break;
    case 8:
        call(c, draw(c, 2) == 0 ? "/?Action=CreateQueue&queueName=gone"
                                : "/?Action=DeleteQueue&queueName=gone");
        break;
    case 9:
        if (draw(c, 3) == 0)
            make_rule(c);
        else if (draw(c, 4) == 0)
            forget_rule(c);
        break;
    case 10:
        look(c);
        break;
    default:
        pass(c);
        break;
    }
    all_hang_up(c, PARKED_MAX / 2);
}

static void begin(void)
{
    just("POST", "/_emulator/reset");
    just("POST", "/_emulator/clock/freeze?at=2030-01-01T00:00:00Z");
    just("GET", "/?Action=CreateQueue&queueName=letters");
    just("GET", "/?Action=CreateQueue&queueName=a&visibilityTimeout=10&deadLetterPolicy="
                "{%22deadLetterQueue%22:%22letters%22,%22policy%22:0,%22maxReceiveCount%22:2}");
    just("GET", "/?Action=CreateQueue&queueName=b&visibilityTimeout=5&deadLetterPolicy="
                "{%22deadLetterQueue%22:%22letters%22,%22policy%22:1,%22maxTimeToLive%22:300}");
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
    just("GET", "/?Action=Subscribe&topicName=tags&subscriptionName=four&protocol=http&"
                "endpoint=http://h/");
    just("GET", "/?Action=Subscribe&topicName=keys&subscriptionName=five&protocol=http&"
                "endpoint=http://h/&notifyStrategy=BACKOFF_RETRY&bindingKey.1=a.%23");
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

/* Dead letters are checked by timers from now on. */
static void become_eager(void)
{
    static const char lazy[] = "\"deadLetter\":\"lazy\"";
    just("POST", "/_emulator/snapshots?name=a");
    char *document = expect_ok("GET", "/_emulator/snapshots/a", "");
    char *eager = malloc(strlen(document) + 2);
    char *at = strstr(document, lazy);
    assert_non_null(eager);
    assert_non_null(at);
    sprintf(eager, "%.*s\"deadLetter\":\"eager\"%s", (int)(at - document), document,
            at + strlen(lazy));
    free(expect_ok("PUT", "/_emulator/snapshots/a", eager));
    just("POST", "/_emulator/snapshots/a/restore");
    free(eager);
    free(document);
}

/* A document is of a copy: what copies may have forgotten is seen in the engine itself. */
static void hear_counters(struct chatter *c)
{
    const struct engine_counters counters = engine_counters_of(service.registry.home->engine);
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        buffer_append_uint(&c->heard, counters.fired[kind]);
    for (int result = 0; result < PUSH_RESULTS; result++)
        buffer_append_uint(&c->heard, counters.pushed[result]);
    buffer_append_uint(&c->heard, counters.last_serial);
    buffer_append_uint(&c->heard, counters.control);
    hear(c, "");
}

/* All that is heard, and all that is there at the end. */
static struct chatter go_on(const struct chatter *from)
{
    struct chatter c = *from;
    c.heard = (struct buffer){.len = 0};
    for (int i = 0; i < 60; i++)
        act(&c);
    all_hang_up(&c, 0);
    check_engines();
    hear_counters(&c);
    just("POST", "/_emulator/snapshots?name=end");
    char *document = expect_ok("GET", "/_emulator/snapshots/end", "");
    hear(&c, document);
    free(document);
    buffer_append_char(&c.heard, '\0');
    return c;
}

static void expect_same(const char *what, uint64_t seed, struct chatter *got,
                        const struct chatter *wanted)
{
    if (strcmp(got->heard.data, wanted->heard.data) != 0)
        print_message("seed %d: %s\n", (int)seed, what);
    assert_string_equal(got->heard.data, wanted->heard.data);
    buffer_free(&got->heard);
}

/* The run that is not interrupted, a snapshot that is restored, and a document of that. */
static void documents_unfold_as_what_they_tell(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct chatter c = {.random = {seed}};
        begin();
        if (seed % 2 == 0)
            become_eager();
        for (size_t n = 10 + draw(&c, 100); n > 0; n--)
            act(&c);
        all_hang_up(&c, 0);
        just("POST", "/_emulator/snapshots?name=a");
        free(read_back());
        struct chatter at_once = go_on(&c);
        just("POST", "/_emulator/snapshots/a/restore");
        struct chatter restored = go_on(&c);
        just("POST", "/_emulator/snapshots/b/restore");
        struct chatter told = go_on(&c);
        expect_same("a snapshot", seed, &restored, &at_once);
        expect_same("a document", seed, &told, &at_once);
        buffer_free(&at_once.heard);
        buffer_free(&c.heard);
    }
}

/* ---- documents that are wrong ---- */

/* Of a text with its quotes. */
static size_t text_length(const char *text)
{
    size_t len = 1;
    while (text[len] != '"')
        len += text[len] == '\\' ? 2 : 1;
    return len + 1;
}

/* 0 for an object or a list. */
static size_t value_length(const char *value)
{
    if (*value == '{' || *value == '[')
        return 0;
    return *value == '"' ? text_length(value) : strcspn(value, ",}]");
}

/* The value of another member of the same name, further on; NULL if there is none. */
static const char *borrowed_value(const char *member)
{
    char key[64];
    const char *begin = member;
    while (begin[-1] != '"')
        begin--;
    snprintf(key, sizeof key, "%.*s", (int)(member + 2 - begin + 1), begin - 1);
    const char *other = strstr(member + 2, key);
    return other != NULL && value_length(other + strlen(key)) > 0 ? other + strlen(key) : NULL;
}

/* The document without the object that is the value here, and its name; false for any other value. */
static bool leave_out(const char *document, const char *member, char *out)
{
    const char *begin = member;
    const char *value = member + 2;
    const char *end = value + 1 + strcspn(value + 1, "{}");
    while (begin[-1] != '"')
        begin--;
    if (*value != '{' || end[0] != '}' || end[1] != ',')
        return false;
    sprintf(out, "%.*s%s", (int)(begin - 1 - document), document, end + 2);
    return true;
}

/* Whether it was taken: then whatever is done with it leaves an engine that is whole. */
static bool try_document(struct chatter *c, const char *document)
{
    char *answer = ask("PUT", "/_emulator/snapshots/c", document);
    bool is_taken = exchange.status == 200;
    if (!is_taken && (exchange.status != 400 || strstr(answer, "\"argument\":\"") == NULL))
        fail_msg("%s: %s", answer, document);
    free(answer);
    if (!is_taken)
        return false;
    call_by(c, "POST", "/_emulator/snapshots/c/restore", "");
    for (int i = 0; i < 5; i++)
        act(c);
    all_hang_up(c, 0);
    return true;
}

/* Each member has another value: one of another kind, one that is out of place, or that of another member; and
 * objects, such as policies, are left out. */
static void try_documents_of(bool is_eager)
{
    static const char *const others[] = {"0",
                                         "-1",
                                         "1e300",
                                         "\"\"",
                                         "\"x\"",
                                         "1",
                                         "null",
                                         "[]",
                                         "{}",
                                         "true",
                                         "9007199254740992",
                                         "1893456000000",
                                         "9007199254740991"};
    struct chatter c = {.random = {77}};
    size_t taken = 0, refused = 0;
    begin();
    if (is_eager)
        become_eager();
    for (int i = 0; i < 150; i++)
        act(&c);
    all_hang_up(&c, 0);
    just("POST", "/_emulator/snapshots?name=a");
    char *document = read_back();
    char *changed = malloc(2 * strlen(document));
    assert_non_null(changed);
    for (const char *at = document; (at = strstr(at, "\":")) != NULL; at += 2) {
        const char *value = at + 2;
        size_t len = value_length(value);
        const char *borrowed = borrowed_value(at);
        if (leave_out(document, at, changed))
            taken += try_document(&c, changed);
        for (int i = 0; i < 3 && len > 0; i++) {
            const char *other = others[draw(&c, COUNT(others))];
            if (i == 0 && borrowed != NULL)
                sprintf(changed, "%.*s%.*s%s", (int)(value - document), document,
                        (int)value_length(borrowed), borrowed, value + len);
            else
                sprintf(changed, "%.*s%s%s", (int)(value - document), document, other,
                        value + len);
            bool is_taken = try_document(&c, changed);
            taken += is_taken;
            refused += !is_taken;
        }
        buffer_clear(&c.heard);
    }
    assert_in_range(taken, 300, 10000);
    assert_in_range(refused, 300, 10000);
    buffer_free(&c.heard);
    free(changed);
    free(document);
}

static void documents_are_whole_or_refused(void **state)
{
    (void)state;
    try_documents_of(false);
}

static void eager_documents_are_whole_or_refused(void **state)
{
    (void)state;
    try_documents_of(true);
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

/* Of all namespaces together; one that takes the place of another needs no room. */
static void there_are_so_many(void **state)
{
    char target[64];
    (void)state;
    for (int i = 0; i < SNAPSHOTS_MAX; i++) {
        snprintf(target, sizeof target, "/_emulator/snapshots?name=s%d", i);
        expect("POST", target, "", 200, "\"replaced\":false");
    }
    expect("POST", "/_emulator/snapshots?name=more", "", 409, "\"too-many-snapshots\"");
    expect("PUT", "/_emulator/snapshots/more", "{}", 409, "\"too-many-snapshots\"");
    expect("POST", "/_emulator/snapshots?name=s7", "", 200, "\"replaced\":true");
    expect("PUT", "/_emulator/snapshots/s7", "{}", 200, "\"replaced\":true");
    expect("GET", "/_emulator/snapshots?limit=0", "", 200, "\"total\":1000");
    expect("DELETE", "/_emulator/snapshots/s7", "", 200, "\"dropped\":\"s7\"");
    expect("PUT", "/_emulator/snapshots/more", "{}", 200, "\"replaced\":false");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
    static const struct CMUnitTest tests[] = {
        TEST(documents_unfold_as_what_they_tell),   TEST(documents_are_whole_or_refused),
        TEST(eager_documents_are_whole_or_refused), TEST(documents_are_read_in_slices),
        TEST(who_hangs_up_is_read_no_further),      TEST(there_are_so_many),
    };
    return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
