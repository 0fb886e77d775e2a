/* Namespaces: making and dropping, which one a secret id selects, what is separate. The service
 * is driven without sockets; real time is a variable. */
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int start(void **state)
{
    (void)state;
    start_service(4);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

/* A CMQ call with the secret id "AKID-" and the name of the namespace. */
static void cmq(const char *namespace, const char *query, const char *part)
{
    char target[256];
    snprintf(target, sizeof target, "/?SecretId=AKID-%s&%s", namespace, query);
    get(target, part);
}

static enum registry_err add_credential(struct namespace *ns, const char *id)
{
    const struct credential_texts texts = {.id = bytes_of(id), .key = bytes_of("key")};
    return registry_add_credential(&service.registry, ns, &texts);
}

static struct caller find_caller(const char *id)
{
    struct bytes secret_id = bytes_of(id);
    return registry_find_caller(&service.registry, &secret_id);
}

/* With a frozen clock, and the secret id that cmq() gives. */
static struct namespace *make(const char *name)
{
    char body[256];
    char id[64];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"clock\":{\"mode\":\"frozen\"}}", name);
    post("/_emulator/namespaces", body, "\"mode\":\"frozen\"");
    struct namespace *ns = registry_find(&service.registry, bytes_of(name));
    snprintf(id, sizeof id, "AKID-%s", name);
    assert_int_equal(add_credential(ns, id), REGISTRY_OK);
    return ns;
}

/* The same with a queue "q". */
static void make_with_queue(const char *name)
{
    make(name);
    cmq(name, "Action=CreateQueue&queueName=q", "\"code\":0");
}

static size_t dropped_count(void)
{
    size_t count = 0;
    const struct list_node *head = &service.registry.dropped;
    for (const struct list_node *l = head->next; l != head; l = l->next)
        count++;
    return count;
}

/* ---- making ---- */

static void makes_lists_shows_and_drops(void **state)
{
    (void)state;
    get("/_emulator/namespaces",
        "{\"total\":1,\"namespaces\":[{\"namespace\":\"default\",\"clock\":{");
    post("/_emulator/namespaces?name=a", "", "{\"namespace\":\"a\",\"secretId\":\"AKID");
    post("/_emulator/namespaces", "", "\"namespace\":\"ns-2\"");
    get("/_emulator/namespaces", "\"total\":3,");
    const char *home = strstr(answer_text(), "{\"namespace\":\"default\"");
    const char *a = strstr(answer_text(), "{\"namespace\":\"a\"");
    const char *b = strstr(answer_text(), "{\"namespace\":\"ns-2\"");
    assert_true(home != NULL && home < a && a < b);
    get("/_emulator/namespaces/a", "{\"namespace\":\"a\",\"secretId\"");
    expect("DELETE", "/_emulator/namespaces/a", "", 200,
           "{\"dropped\":\"a\",\"released\":0,\"namespace\":\"default\"");
    expect("GET", "/_emulator/namespaces/a", "", 404, "no-such-namespace");
    expect("DELETE", "/_emulator/namespaces/a", "", 404, "no-such-namespace");
    expect("GET", "/_emulator/clock?namespace=a", "", 404, "no-such-namespace");
    post("/_emulator/namespaces?name=a", "", "\"namespace\":\"a\"");
    get("/_emulator/health", "\"namespaces\":3,");
}

static void refuses(void **state)
{
    static const struct {
        const char *method, *target, *body;
        int status;
        const char *part;
    } cases[] = {
        {"POST", "/_emulator/namespaces?name=a", "", 409, "namespace-exists"},
        {"POST", "/_emulator/namespaces?name=default", "", 409, "namespace-exists"},
        {"POST", "/_emulator/namespaces", "{\"name\":\"1\"}", 400, "\"argument\":\"name\""},
        {"POST", "/_emulator/namespaces?name=", "", 400, "\"argument\":\"name\""},
        {"POST", "/_emulator/namespaces?size=1", "", 400, "\"argument\":\"size\""},
        {"POST", "/_emulator/namespaces?clock=frozen", "", 400, "\"argument\":\"clock\""},
        {"POST", "/_emulator/namespaces", "{\"queues\":{}}", 400, "\"argument\":\"queues\""},
        {"POST", "/_emulator/namespaces", "{\"namespaces\":[]}", 400,
         "\"argument\":\"namespaces\""},
        {"POST", "/_emulator/namespaces", "{\"limits\":{\"maxHeap\":-1}}", 400,
         "\"argument\":\"limits.maxHeap\""},
        {"POST", "/_emulator/namespaces?seed=1", "{\"seed\":1}", 400, "\"argument\":\"seed\""},
        {"DELETE", "/_emulator/namespaces/default", "", 409, "namespace-needed"},
        {"DELETE", "/_emulator/namespaces/nobody", "", 404, "no-such-namespace"},
        {"DELETE", "/_emulator/namespaces/", "", 404, "not-found"},
        {"DELETE", "/_emulator/namespaces", "", 405, "GET, HEAD, POST"},
        {"POST", "/_emulator/namespaces/a", "", 405, "GET, HEAD, DELETE"},
        {"DELETE", "/_emulator/namespaces/a?force=1", "", 400, "\"argument\":\"force\""},
        {"GET", "/_emulator/namespaces/a?x=1", "", 400, "\"argument\":\"x\""},
        {"GET", "/_emulator/namespaces?x=1", "", 400, "\"argument\":\"x\""},
    };
    (void)state;
    make("a");
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect(cases[i].method, cases[i].target, cases[i].body, cases[i].status, cases[i].part);
        assert_int_equal(service.registry.names.count, 2);
    }
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        post("/_emulator/namespaces", "", "\"secretId\"");
    expect("POST", "/_emulator/namespaces", "", 409, "too-many-namespaces");
    expect("DELETE", "/_emulator/namespaces/ns-2", "", 200, "\"dropped\":\"ns-2\"");
    post("/_emulator/namespaces", "", "\"secretId\"");
}

/* ---- whose request is it ---- */

static void secret_ids_select(void **state)
{
    char issued[64];
    (void)state;
    struct namespace *a = make("a");
    struct namespace *home = service.registry.home;
    const struct credential *c = registry_issue_credential(&service.registry, a);
    snprintf(issued, sizeof issued, "%s", c->id);
    assert_ptr_equal(find_caller(issued).namespace, a);
    assert_ptr_equal(registry_find_caller(&service.registry, NULL).namespace, home);
    assert_ptr_equal(find_caller("nobody's").namespace, home);
    assert_int_equal(add_credential(home, issued), REGISTRY_TAKEN);

    cmq("a", "Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("nobody", "Action=GetQueueAttributes&queueName=q", "(10100)");
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    cmq("a", "Action=GetQueueAttributes&queueName=q", "(10270)");
    assert_ptr_equal(find_caller(issued).namespace, home);
}

/* Given ones are refused when there is no room; the pair that each namespace is given is not. */
static void credentials_are_on_a_budget(void **state)
{
    struct budget *b = &service.registry.host.budgets.messages;
    (void)state;
    size_t before = b->used;
    struct namespace *a = make("a");
    size_t after = b->used;
    assert_true(after > before);
    b->most = after + sizeof(struct credential) + strlen("AKID-b") + strlen("key") - 1;
    assert_int_equal(add_credential(a, "AKID-b"), REGISTRY_FULL);
    assert_int_equal(b->refused, 1);
    expect(
        "POST", "/_emulator/namespaces",
        "{\"name\":\"b\",\"credentials\":[{\"secretId\":\"AKID-longer\",\"secretKey\":\"k\"}]}",
        409, "\"code\":\"memory-full\"");
    expect("GET", "/_emulator/namespaces/b", "", 404, "no-such-namespace");
    b->most++;
    assert_int_equal(add_credential(a, "AKID-b"), REGISTRY_OK);
    assert_int_equal(add_credential(a, "AKID-c"), REGISTRY_FULL);
    post("/_emulator/namespaces?name=c", "", "\"secretId\":\"AKID");
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    expect("DELETE", "/_emulator/namespaces/c", "", 200, "dropped");
    service_idle_work(&service, false);
    assert_int_equal(b->used, before);
}

static void there_are_so_many_holds(void **state)
{
    struct namespace *home = service.registry.home;
    (void)state;
    for (uint64_t i = 1; i <= HOLDS_MAX; i++)
        assert_int_equal(holds_add(&home->holds), i);
    expect("POST", "/_emulator/clock/holds", "", 409, "\"code\":\"too-many-holds\"");
    expect("DELETE", "/_emulator/clock/holds/7", "", 200, "\"released\":7");
    post("/_emulator/clock/holds", "", "\"hold\":1001,");
    expect("POST", "/_emulator/clock/holds", "", 409, "too-many-holds");
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    post("/_emulator/clock/holds", "", "\"hold\":1,");
}

/* What is needed to judge a call comes with whose it is. */
static void a_caller_has_its_credential(void **state)
{
    static char longest[SECRET_TOKEN_MAX + 1];
    struct registry *r = &service.registry;
    struct credential_texts texts = {bytes_of("AKID-a"), bytes_of("key"), {NULL, 0}};
    (void)state;
    assert_false(registry_has_credentials(r));
    assert_false(namespace_has_credentials(r->home));
    assert_int_equal(registry_add_credential(r, r->home, &texts), REGISTRY_OK);
    assert_true(registry_has_credentials(r));
    assert_true(namespace_has_credentials(r->home));
    const struct credential *c = registry_find_credential(r, bytes_of("AKID-a"));
    assert_non_null(c);
    assert_string_equal(c->key, "key");
    assert_null(c->token);
    assert_ptr_equal(c->owner, r->home);
    assert_ptr_equal(find_caller("AKID-a").credential, c);
    assert_null(registry_find_credential(r, bytes_of("AKID-b")));
    assert_null(registry_find_credential(r, bytes_of("")));

    memset(longest, 'x', SECRET_TOKEN_MAX);
    texts = (struct credential_texts){
        {longest, SECRET_ID_MAX}, {longest + 1, SECRET_KEY_MAX}, {longest, SECRET_TOKEN_MAX}};
    assert_int_equal(registry_add_credential(r, r->home, &texts), REGISTRY_OK);
    c = registry_find_credential(r, texts.id);
    assert_non_null(c);
    assert_int_equal(strlen(c->id), SECRET_ID_MAX);
    assert_int_equal(strlen(c->key), SECRET_KEY_MAX);
    assert_string_equal(c->token, longest);
}

/* A retired id is known, and has no key any more. */
static void retired_ids_have_no_credential(void **state)
{
    struct registry *r = &service.registry;
    (void)state;
    make("a");
    assert_true(registry_has_credentials(r));
    assert_non_null(find_caller("AKID-a").credential);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_RETIRED);
    assert_null(find_caller("AKID-a").credential);
    for (const struct list_node *l = r->retired.next; l != &r->retired; l = l->next)
        assert_null(CONTAINER_OF(l, const struct credential, link)->key);
    assert_false(registry_has_credentials(r));
    make("a");
    assert_string_equal(find_caller("AKID-a").credential->key, "key");
    assert_true(registry_has_credentials(r));
}

/* By the Credential of Authorization, or the parameter: each namespace has its own seed, and so
 * its own ids. */
static void calls_of_api_3_select_by_their_secret_id(void **state)
{
    char there[64], by_header[64], by_parameter[64];
    (void)state;
    post("/_emulator/namespaces",
         "{\"name\":\"a\",\"seed\":7,\"credentials\":[{\"secretId\":\"AKID-a\","
         "\"secretKey\":\"k\"}]}",
         "AKID-a");
    static const char target[] = "/?Action=CreateCmqQueue&Version=2020-02-17";
    get(target, "MissingParameter");
    snprintf(there, sizeof there, "%.60s", strstr(answer_text(), "RequestId"));
    get("/?Action=CreateCmqQueue&Version=2020-02-17&SecretId=AKID-a", "MissingParameter");
    snprintf(by_parameter, sizeof by_parameter, "%.60s", strstr(answer_text(), "RequestId"));
    assert_string_not_equal(there, by_parameter);

    post("/_emulator/reset", "", "all");
    post("/_emulator/reset?namespace=a", "", "all");
    exchange_reset(&exchange);
    exchange.method = bytes_of("POST");
    exchange.head.authorization =
        bytes_of("TC3-HMAC-SHA256 Credential=AKID-a/2020-02-17/tdmq/tc3_request, Signature=x");
    buffer_append(&exchange.target, bytes_of("/"));
    assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
    check_exchange("by header", &exchange, 200, "MissingParameter");
    snprintf(by_header, sizeof by_header, "%.60s", strstr(answer_text(), "RequestId"));
    assert_string_equal(by_header, by_parameter);
}

/* Secret ids of namespaces that are gone do not fall to "default" before its reset. */
static void secret_ids_retire(void **state)
{
    struct registry *r = &service.registry;
    (void)state;
    assert_int_equal(registry_find_caller(r, NULL).secret, SECRET_NONE);
    assert_int_equal(find_caller("").secret, SECRET_NONE);
    assert_int_equal(find_caller("AKID-a").secret, SECRET_UNKNOWN);
    make_with_queue("a");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_OWNED);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_RETIRED);
    post("/_emulator/reset?what=messages", "", "reset");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_RETIRED);
    make_with_queue("a"); /* has the id again */
    assert_int_equal(find_caller("AKID-a").secret, SECRET_OWNED);
    post("/_emulator/reset", "", "reset");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_OWNED);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    make("b");
    post("/_emulator/reset?namespace=b", "", "reset"); /* is no new beginning of all */
    assert_int_equal(find_caller("AKID-a").secret, SECRET_RETIRED);
    post("/_emulator/reset", "", "reset");
    assert_int_equal(find_caller("AKID-a").secret, SECRET_UNKNOWN);
    assert_int_equal(r->retired_count, 0);
}

static void the_oldest_retired_ids_are_forgotten(void **state)
{
    struct registry *r = &service.registry;
    struct namespace *ns;
    struct namespace_spec spec = registry_spec(r);
    (void)state;
    assert_int_equal(registry_create(r, &spec, real_ms, &ns), REGISTRY_OK);
    for (int i = 0; i <= RETIRED_MAX; i++) {
        char id[32];
        snprintf(id, sizeof id, "AKID-%d", i);
        assert_int_equal(add_credential(ns, id), REGISTRY_OK);
    }
    namespace_enter(ns, ENTER_STILL, real_ms);
    registry_drop(r, ns);
    namespace_leave(ns);
    assert_int_equal(r->retired_count, RETIRED_MAX);
    assert_int_equal(find_caller("AKID-0").secret, SECRET_UNKNOWN);
    assert_int_equal(find_caller("AKID-10000").secret, SECRET_RETIRED);
}

static void queues_and_clocks_are_kept_apart(void **state)
{
    (void)state;
    make_with_queue("a");
    make_with_queue("b");
    cmq("a", "Action=SendMessage&queueName=q&msgBody=x&delaySeconds=5", "\"code\":0");
    cmq("b", "Action=SendMessage&queueName=q&msgBody=y&delaySeconds=5", "\"code\":0");
    post("/_emulator/clock/advance?by=5&namespace=a", "",
         "{\"namespace\":\"a\",\"nowMs\":1893456005000,");
    cmq("a", "Action=ReceiveMessage&queueName=q", "\"msgBody\":\"x\"");
    cmq("b", "Action=ReceiveMessage&queueName=q", "(10200)");
    get("/_emulator/clock?namespace=b", "\"nowMs\":1893456000000,");
    get("/_emulator/queues", "{\"queues\":[],\"total\":0,");
    post("/_emulator/reset?namespace=a", "", "\"namespace\":\"a\"");
    cmq("a", "Action=GetQueueAttributes&queueName=q", "(10100)");
    cmq("b", "Action=GetQueueAttributes&queueName=q", "\"delayMsgNum\":1");
}

/* One that is made where none are given; there are no others. */
static void given_secret_ids_are_all_there_are(void **state)
{
    static const char *const bodies[] = {
        "{\"name\":\"a\"}",
        "{\"name\":\"a\",\"credentials\":[{\"secretId\":\"x\",\"secretKey\":\"k\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        post("/_emulator/namespaces", bodies[i], "secretId");
        const struct namespace *ns = registry_find(&service.registry, bytes_of("a"));
        assert_false(list_empty(&ns->credentials));
        assert_ptr_equal(ns->credentials.next, ns->credentials.prev);
        expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    }
}

static void first_ids(const char *name, uint64_t seed, char *out, size_t size)
{
    char body[128];
    char query[160];
    snprintf(body, sizeof body,
             "{\"name\":\"%s\",\"seed\":%llu,\"clock\":{\"mode\":\"frozen\"}}", name,
             (unsigned long long)seed);
    post("/_emulator/namespaces", body, "\"secretId\"");
    struct namespace *ns = registry_find(&service.registry, bytes_of(name));
    const char *id = CONTAINER_OF(ns->credentials.next, const struct credential, link)->id;
    snprintf(query, sizeof query, "/?Action=CreateQueue&queueName=q&SecretId=%s", id);
    get(query, "\"code\":0");
    snprintf(out, size, "%s", answer_text());
}

static void seeds_decide_ids(void **state)
{
    char a[256], b[256], c[256];
    (void)state;
    first_ids("a", 7, a, sizeof a);
    first_ids("b", 7, b, sizeof b);
    first_ids("c", 8, c, sizeof c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
}

/* ---- hanging up ---- */

/* Two clients are found gone at once, and time has passed unnoticed: what it brings must not go
 * to the second one, nor may ending the first one's wait end the second one's. */
static void who_hangs_up_gets_nothing(void **state)
{
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    get("/?Action=SendMessage&queueName=q&msgBody=x&delaySeconds=5", "\"code\":0");
    park(0, "POST", "/_emulator/await",
         "{\"until\":{\"queue\":\"q\",\"state\":\"inactive\",\"count\":{\"ge\":9}}}",
         FOR_CONDITION);
    park(1, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30", "",
         FOR_MESSAGE);
    real_ms += 6000;
    service_hang_up(&service, real_ms, &parked[0]);
    service_hang_up(&service, real_ms, &parked[1]);
    assert_ptr_equal(service_take_finished(&service), &parked[0]);
    assert_ptr_equal(service_take_finished(&service), &parked[1]);
    get("/?Action=ReceiveMessage&queueName=q", "\"dequeueCount\":1");
}

/* Gone before its request was handled: it neither gets a message nor waits for one. */
static void who_has_gone_gets_nothing(void **state)
{
    static const char *const targets[] = {
        "/?Action=ReceiveMessage&queueName=q",
        "/?Action=BatchReceiveMessage&queueName=q&numOfMsg=2",
        "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30",
    };
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (i < 2)
            get("/?Action=SendMessage&queueName=q&msgBody=x", "\"code\":0");
        exchange_reset(&exchange);
        exchange.method = bytes_of("GET");
        exchange.has_gone = true;
        buffer_append(&exchange.target, bytes_of(targets[i]));
        assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
        check_exchange(targets[i], &exchange, 200, "\"code\":7000");
        if (i < 2)
            get("/?Action=ReceiveMessage&queueName=q", "\"dequeueCount\":1");
    }
}

/* No answer is put off for it. */
static void who_has_gone_is_not_waited_for(void **state)
{
    static const char *const faults[] = {"{\"fault\":{\"delay\":\"1h\"}}",
                                         "{\"fault\":{\"realDelay\":\"1h\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        expect("POST", "/_emulator/faults", faults[i], 200, "\"id\":");
        exchange_reset(&exchange);
        exchange.method = bytes_of("GET");
        exchange.has_gone = true;
        buffer_append(&exchange.target, bytes_of("/?Action=CreateQueue&queueName=q"));
        assert_int_equal(service_handle(&service, real_ms, &exchange), EXCHANGE_ANSWERED);
        expect("GET", "/_emulator/faults", "", 200, "\"applied\":1");
        expect("DELETE", "/_emulator/faults", "", 200, "");
    }
    get("/?Action=ListQueue", "\"queueName\":\"q\"");
}

/* ---- dropping ---- */

static void a_drop_releases_polls(void **state)
{
    (void)state;
    make_with_queue("a");
    make_with_queue("b");
    park(0, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9&SecretId=AKID-a",
         "", FOR_MESSAGE);
    park(1, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9&SecretId=AKID-b",
         "", FOR_MESSAGE);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "\"dropped\":\"a\",\"released\":1,");
    assert_true(exchange.after_all);
    expect_answered(0, 200, "\"code\":4440,\"message\":\"(10100)");
    expect_none_answered();
    expect("DELETE", "/_emulator/namespaces/b", "", 200, "\"released\":1,");
    expect_answered(1, 200, "\"code\":4440,");
}

static void a_drop_ends_awaits(void **state)
{
    (void)state;
    make("a");
    park(0, "POST", "/_emulator/await?namespace=a", "{\"until\":{\"polls\":{\"ge\":1}}}",
         FOR_CONDITION);
    park(1, "POST", "/_emulator/await", "{\"until\":{\"polls\":{\"ge\":1}}}", FOR_CONDITION);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "\"released\":0,");
    expect_answered(0, 404, "\"code\":\"no-such-namespace\"");
    expect_none_answered();
    service_end_wait(&service, real_ms, &parked[1]);
    expect_answered(1, 200, "\"satisfied\":false");
}

static void requests_outlive_their_namespace(void **state)
{
    (void)state;
    make_with_queue("a");
    park(0, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9&SecretId=AKID-a",
         "", FOR_MESSAGE);
    park(1, "POST", "/_emulator/await?namespace=a", "{\"until\":{\"polls\":{\"ge\":2}}}",
         FOR_CONDITION);
    /* the answer to this one is still under way when the namespace goes */
    assert_int_equal(ask_service(&parked[2], "GET", "/?Action=ListQueue&SecretId=AKID-a", ""),
                     EXCHANGE_ANSWERED);
    expect("DELETE", "/_emulator/namespaces/a?namespace=a", "", 200, "\"released\":1,");
    assert_int_equal(dropped_count(), 1);
    expect_answered(0, 200, "\"code\":4440,");
    expect_answered(1, 404, "no-such-namespace");
    post("/_emulator/namespaces?name=a", "", "\"namespace\":\"a\"");
    get("/_emulator/clock?namespace=a", "\"parkedPolls\":0,");
    exchange_reset(&parked[0]);
    exchange_reset(&parked[1]);
    assert_int_equal(dropped_count(), 1);
    exchange_reset(&parked[2]);
    assert_int_equal(dropped_count(), 0);
}

static void time_passes_after_a_drop(void **state)
{
    (void)state;
    make("a");
    post("/_emulator/clock/resume?namespace=a", "", "\"mode\":\"real\"");
    cmq("a", "Action=CreateQueue&queueName=q", "\"code\":0");
    cmq("a", "Action=SendMessage&queueName=q&msgBody=x&delaySeconds=5", "\"code\":0");
    assert_true(service_wake_ms(&service) <= BEGUN_MS + 5000);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    assert_true(service_wake_ms(&service) == CMQ_NEVER);
    real_ms += 10000;
    service_tick(&service, real_ms);
    get("/_emulator/clock", "\"nowMs\":1893456010000,");
}

/* ---- engines are freed in slices ---- */

static void fill(const char *name, int messages)
{
    cmq(name, "Action=CreateQueue&queueName=q", "\"code\":0");
    for (int i = 0; i < messages; i++)
        cmq(name, "Action=SendMessage&queueName=q&msgBody=x", "\"code\":0");
}

static void buries_in_slices(void **state)
{
    (void)state;
    make("a");
    fill("a", 25);
    fill("default", 5);
    assert_false(service_has_idle_work(&service));
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    assert_true(!graveyard_is_empty(&service.registry.host.graveyard));

    int slices = 0;
    for (; !graveyard_is_empty(&service.registry.host.graveyard) && slices < 100; slices++) {
        graveyard_reap(&service.registry.host.graveyard, 10);
        get("/_emulator/queues", "\"total\":0,");
    }
    /* 10, 10, 5 and the engine; 5 and the other engine */
    assert_int_equal(slices, 4);
    service_idle_work(&service, false);
}

static void record(const char *call, int count)
{
    for (int i = 0; i < count; i++)
        post(call, "x", "\"total\":");
}

/* Their records are no engine's. */
static void buries_sinks_in_slices(void **state)
{
    const struct budget *b = &service.registry.host.budgets.messages;
    (void)state;
    make("a");
    size_t used = b->used;
    record("/_emulator/sink/s", 15);
    expect("DELETE", "/_emulator/sink/s", "", 200, "\"cleared\":15");
    get("/_emulator/sink/s", "\"total\":0");
    record("/_emulator/sink/s", 15);
    post("/_emulator/reset", "", "\"reset\":\"all\"");
    get("/_emulator/sink/s", "\"total\":0");
    record("/_emulator/sink/s?namespace=a", 15);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    assert_true(b->used > used);

    int slices = 0;
    for (; !graveyard_is_empty(&service.registry.host.graveyard) && slices < 100; slices++)
        graveyard_reap(&service.registry.host.graveyard, 10);
    /* an engine or none, and 14 records: one was freed at once */
    assert_int_equal(slices, 2 + 3 + 3);
    assert_true(b->used <= used);
}

static void what_is_left_to_bury_is_freed_in_the_end(void **state)
{
    (void)state;
    make("a");
    fill("a", 25);
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "dropped");
    graveyard_reap(&service.registry.host.graveyard, 10);
    assert_true(!graveyard_is_empty(&service.registry.host.graveyard));
}

/* ---- automatic time ---- */

static void jumps_are_a_matter_of_each_namespace(void **state)
{
    (void)state;
    make_with_queue("a");
    make_with_queue("b");
    post("/_emulator/clock/auto?namespace=a", "", "\"mode\":\"auto\"");
    park(0, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9&SecretId=AKID-b",
         "", FOR_MESSAGE);
    exchange_reset(&exchange);
    assert_false(service_may_jump(&service));
    park(1, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9&SecretId=AKID-a",
         "", FOR_MESSAGE);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(1, 200, "(10200)");
    expect_none_answered();
    get("/_emulator/clock?namespace=a", "\"nowMs\":1893456009000,");
    get("/_emulator/clock?namespace=b", "\"nowMs\":1893456000000,");
    post("/_emulator/clock/advance?by=9&namespace=b", "", "\"released\":1,");
    expect_answered(0, 200, "(10200)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_lists_shows_and_drops),
        TEST(refuses),
        TEST(there_is_room_for_so_many),
        TEST(secret_ids_select),
        TEST(calls_of_api_3_select_by_their_secret_id),
        TEST(a_caller_has_its_credential),
        TEST(credentials_are_on_a_budget),
        TEST(there_are_so_many_holds),
        TEST(retired_ids_have_no_credential),
        TEST(secret_ids_retire),
        TEST(given_secret_ids_are_all_there_are),
        TEST(the_oldest_retired_ids_are_forgotten),
        TEST(queues_and_clocks_are_kept_apart),
        TEST(seeds_decide_ids),
        TEST(who_hangs_up_gets_nothing),
        TEST(who_has_gone_gets_nothing),
        TEST(who_has_gone_is_not_waited_for),
        TEST(a_drop_releases_polls),
        TEST(a_drop_ends_awaits),
        TEST(requests_outlive_their_namespace),
        TEST(time_passes_after_a_drop),
        TEST(buries_in_slices),
        TEST(buries_sinks_in_slices),
        TEST(what_is_left_to_bury_is_freed_in_the_end),
        TEST(jumps_are_a_matter_of_each_namespace),
    };
    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
