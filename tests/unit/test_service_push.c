/* Pushes and the calls that wait for them, without sockets: the test takes each push from the
 * service, lets it fly as long as it likes, and says how it went. Real time is a variable. */
#include "tests/support/ask_service.h"
#include "tests/support/engine_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define CLOCK     "/_emulator/clock"
#define ADVANCE   CLOCK "/advance"
#define TOPIC     "/_emulator/topics/t"
#define PUBLISH   "/?Action=PublishMessage&topicName=t&msgBody=x"
#define IN_A_WEEK "/_emulator/clock/advance?by=7d"
#define ALL_GONE  "{\"until\":{\"subscription\":\"t/a\",\"pending\":{\"eq\":0}}}"

enum { ALOFT_MAX = 64 };
static struct push *aloft[ALOFT_MAX]; /* taken and not landed */
static size_t aloft_count;

static int start(void **state)
{
    (void)state;
    start_service(1000);
    return 0;
}

static int finish(void **state)
{
    const struct push_outcome lost = {.error = "the test is over"};
    (void)state;
    while (aloft_count > 0)
        service_end_push(&service, real_ms, aloft[--aloft_count], &lost);
    stop_service();
    return 0;
}

/* Another fixture. */
static void restart(void **state)
{
    finish(state);
    start(state);
}

/* ---- calls ---- */

static void move(size_t i, const char *target)
{
    park(i, "POST", target, "", FOR_MOVE);
}

static void wait_for_turn(size_t i, const char *target)
{
    park(i, "POST", target, "", FOR_TURN);
}

/* ---- pushes ---- */

static struct push *take(void)
{
    struct push *p = service_take_push(&service);
    assert_non_null(p);
    assert_true(aloft_count < ALOFT_MAX);
    aloft[aloft_count++] = p;
    return p;
}

static void expect_no_push(void)
{
    assert_false(service_has_pushes(&service));
    assert_null(service_take_push(&service));
}

static void end(struct push *p, const struct push_outcome *outcome)
{
    size_t i = 0;
    while (i < aloft_count && aloft[i] != p)
        i++;
    assert_true(i < aloft_count);
    for (aloft_count--; i < aloft_count; i++)
        aloft[i] = aloft[i + 1];
    service_end_push(&service, real_ms, p, outcome);
    check_engines();
}

static void land(struct push *p, int status)
{
    end(p, &(struct push_outcome){.delivered = status <= 299, .status = status});
}

/* ---- what tests begin with ---- */

static void subscribe(const char *name, const char *strategy)
{
    char target[256];
    snprintf(target, sizeof target,
             "/?Action=Subscribe&topicName=t&subscriptionName=%s&protocol=http&endpoint="
             "http://h/%s&notifyStrategy=%s",
             name, name, strategy);
    get(target, "\"code\":0");
}

/* Topic t with subscription a, which tries again after 1, 2, 4 ... seconds. */
static void make_topic(void)
{
    get("/?Action=CreateTopic&topicName=t", "\"code\":0");
    subscribe("a", "EXPONENTIAL_DECAY_RETRY");
}

static void freeze(void)
{
    post(CLOCK "/freeze", "", "\"mode\":\"frozen\"");
}

static void publish(void)
{
    get(PUBLISH, "\"code\":0");
}

/* A frozen clock, and a message whose first attempt is in flight. */
static struct push *fly(void)
{
    freeze();
    make_topic();
    publish();
    return take();
}

/* The same with an advance by a week that waits for it. */
static struct push *fly_while_advancing(void)
{
    struct push *p = fly();
    move(0, IN_A_WEEK);
    return p;
}

/* ---- landing ---- */

static void lands_at_its_instant_on_a_running_clock(void **state)
{
    (void)state;
    make_topic();
    subscribe("b", "EXPONENTIAL_DECAY_RETRY");
    publish();
    struct push *a = take();
    struct push *b = take();
    real_ms += 700;
    service_tick(&service, real_ms);
    get(CLOCK, "\"pushesInFlight\":2");
    land(a, 500);
    /* at once, although b is still in flight: a second after the landing, not the take-off */
    get(TOPIC, "\"state\":\"scheduled\",\"attempts\":1,\"nextMs\":1893456001700,"
               "\"publishMs\":1893456000000,\"expireMs\":1893542400000,"
               "\"lastError\":\"HTTP 500\"}");
    get(TOPIC, "\"state\":\"in-flight\",\"attempts\":1,\"nextMs\":null");
    real_ms += 999;
    service_tick(&service, real_ms);
    expect_no_push();
    real_ms += 1;
    assert_true(service_wake_ms(&service) <= real_ms);
    service_tick(&service, real_ms);
    struct push *again = take();
    assert_string_equal(delivery_of_ticket(&again->ticket)->subscription->endpoint,
                        "http://h/a");
    land(again, 200);
    land(b, 204);
    get(TOPIC, "\"messages\":0");
}

static void runs_on_past_what_is_in_flight(void **state)
{
    (void)state;
    make_topic();
    publish();
    struct push *p = take();
    real_ms += 86400000 - 1;
    service_tick(&service, real_ms);
    get(TOPIC, "\"state\":\"in-flight\"");
    real_ms += 1; /* the message has reached its age */
    service_tick(&service, real_ms);
    get(TOPIC, "\"messages\":0");
    assert_true(push_is_orphan(p));
    land(p, 500);
    get(CLOCK, "\"pushesInFlight\":0");
}

/* On a frozen clock no outcome is applied until the last one has landed. */
static void lands_together_on_a_frozen_clock(void **state)
{
    (void)state;
    freeze();
    make_topic();
    subscribe("b", "EXPONENTIAL_DECAY_RETRY");
    publish();
    struct push *a = take();
    struct push *b = take();
    real_ms += 5000;
    land(b, 500);
    get(TOPIC, "\"state\":\"landed\",\"attempts\":1,\"nextMs\":null");
    get(CLOCK, "\"pushesInFlight\":1");
    land(a, 500);
    get(TOPIC, "\"state\":\"scheduled\",\"attempts\":1,\"nextMs\":1893456001000");
    get(CLOCK, "\"nowMs\":1893456000000");
    get(CLOCK, "\"pushesInFlight\":0");
}

/* ---- any order of landing ---- */

enum { ORDERS = 4 };

/* The index in aloft[] of the one that lands next. */
static size_t next_to_land(int order)
{
    switch (order) {
    case 1:
        return aloft_count - 1;
    case 2:
        return aloft_count / 2;
    case 3:
        return aloft_count * 7 % 5 % aloft_count;
    default:
        return 0;
    }
}

/* Every third attempt succeeds, whenever its turn comes: its id says which. */
static int status_for(const struct push *p)
{
    return delivery_of_ticket(&p->ticket)->request_id % 3 == 0 ? 200 : 503;
}

/* Land all that fly, and what takes off then, until none does. */
static void land_all(int order)
{
    while (service_has_pushes(&service)) {
        while (service_has_pushes(&service))
            take();
        while (aloft_count > 0) {
            struct push *p = aloft[next_to_land(order)];
            land(p, status_for(p));
        }
    }
}

static void note(struct buffer *story, const struct exchange *x)
{
    buffer_append(story, bytes_of(x->answer.data));
    buffer_append_char(story, '\n');
}

/* All that can be asked after a quarter of an hour of retries. */
static void tell(struct buffer *story, int order)
{
    static const char *const questions[] = {TOPIC, CLOCK "/agenda", CLOCK};
    freeze();
    make_topic();
    subscribe("b", "BACKOFF_RETRY");
    subscribe("c", "EXPONENTIAL_DECAY_RETRY");
    get("/?Action=Subscribe&topicName=t&subscriptionName=q&protocol=queue&endpoint=none",
        "\"code\":0");
    for (int i = 0; i < 4; i++) {
        publish();
        note(story, &exchange);
    }
    land_all(order);
    for (int i = 0; i < 3; i++) {
        move(0, ADVANCE "?by=5m");
        land_all(order);
        expect_answered(0, 200, "\"fired\":");
        note(story, &parked[0]);
        publish();
        note(story, &exchange);
        land_all(order);
    }
    for (size_t i = 0; i < COUNT(questions); i++) {
        get(questions[i], "");
        note(story, &exchange);
    }
    get("/metrics", "cmq_pushes_total");
    note(story, &exchange);
}

static void order_of_landing_changes_nothing(void **state)
{
    struct buffer stories[ORDERS];
    memset(stories, 0, sizeof stories);
    for (int order = 0; order < ORDERS; order++) {
        tell(&stories[order], order);
        buffer_append_char(&stories[order], '\0');
        restart(state);
        if (strcmp(stories[order].data, stories[0].data) != 0)
            fail_msg("order %d tells\n%s\nand not\n%s", order, stories[order].data,
                     stories[0].data);
    }
    assert_non_null(strstr(stories[0].data, "\"outcome\":\"failed\",\"error\":\"HTTP 503\""));
    assert_non_null(strstr(stories[0].data, "\"outcome\":\"delivered\""));
    for (int order = 0; order < ORDERS; order++)
        buffer_free(&stories[order]);
}

/* ---- moves that wait ---- */

/* Each begins with a retry due in a second; real time is a minute ahead. */
static const struct {
    const char *what, *target, *body;
    const char *meanwhile; /* where the clock stands while the retry is in flight */
    const char *part;
} moves[] = {
    {"advance by", ADVANCE "?by=10s", "", "\"nowMs\":1893456001000",
     "\"fromMs\":1893456000000,\"toMs\":1893456010000,\"released\":0,\"fired\":1"},
    {"advance to", ADVANCE "?to=1893456001000", "", "\"nowMs\":1893456001000",
     "\"toMs\":1893456001000,\"released\":0,\"fired\":1"},
    {"a step", CLOCK "/step", "", "\"nowMs\":1893456001000",
     "\"toMs\":1893456001000,\"released\":0,\"fired\":1"},
    {"more steps than there are", CLOCK "/step?events=100", "", "\"nowMs\":1893456001000",
     "\"toMs\":1893456001000,\"released\":0,\"fired\":1"},
    {"run", CLOCK "/run", ALL_GONE, "\"nowMs\":1893456001000", "\"stopped\":\"condition\""},
    {"run by a span", CLOCK "/run?span=3s", "{\"until\":{\"polls\":{\"ge\":1}}}",
     "\"nowMs\":1893456001000", "\"stopped\":\"agenda-empty\""},
    {"freeze at", CLOCK "/freeze?at=1893456002000", "", "\"nowMs\":1893456001000",
     "\"toMs\":1893456002000,\"released\":0,\"fired\":1"},
    {"reset of the clock", CLOCK "/reset", "", "\"nowMs\":1893456001000", "\"mode\":\"real\""},
    {"the other reset of the clock", "/_emulator/reset?what=clock", "",
     "\"nowMs\":1893456001000", "\"reset\":\"clock\""},
};

static void moves_wait_for_what_they_set_off(void **state)
{
    for (size_t i = 0; i < COUNT(moves); i++) {
        land(fly(), 500);
        real_ms += 60000;
        park(0, "POST", moves[i].target, moves[i].body, FOR_MOVE);
        get(CLOCK, moves[i].meanwhile);
        get(CLOCK, "\"mode\":\"frozen\"");
        service_tick(&service, real_ms);
        expect_none_answered();
        land(take(), 200);
        expect_answered(0, 200, moves[i].part);
        expect_no_push();
        restart(state);
    }
}

/* A call that goes nowhere by itself waits for what is in flight where it stands. */
static void moves_wait_where_they_are(void **state)
{
    static const char *const targets[] = {ADVANCE "?by=0", ADVANCE "?by=1ms", CLOCK "/freeze",
                                          CLOCK "/step", CLOCK "/reset"};
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct push *p = fly();
        move(0, targets[i]);
        get(CLOCK, "\"nowMs\":1893456000000");
        land(p, 200);
        expect_answered(0, 200, "\"pushesInFlight\":0");
        restart(state);
    }
}

/* A clock that runs lets pushes fly; freezing it takes until they have landed. */
static void freezing_waits_for_what_is_in_flight(void **state)
{
    (void)state;
    make_topic();
    publish();
    struct push *p = take();
    real_ms += 2500;
    move(0, CLOCK "/freeze");
    real_ms += 4000;
    land(p, 500);
    expect_answered(0, 200, "\"nowMs\":1893456002500");
    get(TOPIC, "\"nextMs\":1893456003500");
}

static void time_does_not_pass_an_attempt(void **state)
{
    (void)state;
    fly_while_advancing();
    real_ms += 30LL * 86400000;
    service_tick(&service, real_ms);
    get(TOPIC, "\"state\":\"in-flight\"");
    get(CLOCK, "\"nowMs\":1893456000000");
    expect_none_answered();
    service_end_all_waits(&service, real_ms);
    expect_answered(0, 503, "\"stopping\"");
}

/* Several instants on the way, each with its own flights. */
static void goes_on_from_flight_to_flight(void **state)
{
    static const char *const instants[] = {"\"nowMs\":1893456001000", "\"nowMs\":1893456003000",
                                           "\"nowMs\":1893456007000"};
    (void)state;
    land(fly(), 500);
    move(0, ADVANCE "?by=14s");
    for (size_t i = 0; i < COUNT(instants); i++) {
        get(CLOCK, instants[i]);
        expect_none_answered();
        land(take(), 500);
    }
    expect_answered(0, 200, "\"fired\":3,\"firedByKind\":{\"push\":3}");
    get(CLOCK, "\"nowMs\":1893456014000");
}

/* ---- what happened ---- */

static void a_move_tells_outcomes(void **state)
{
    static const struct push_outcome lost = {.error = "the line is dead"};
    (void)state;
    freeze();
    get("/?Action=CreateTopic&topicName=t", "\"code\":0");
    subscribe("a", "BACKOFF_RETRY");
    get("/?Action=Subscribe&topicName=t&subscriptionName=q&protocol=queue&endpoint=none",
        "\"code\":0");
    publish();
    land(take(), 500);
    move(0, CLOCK "/step?events=6");
    end(take(), &lost);
    for (int i = 0; i < 4 && service_has_pushes(&service); i++)
        land(take(), 302);
    expect_answered(0, 200, "\"subscription\":\"q\"");
    static const char *const parts[] = {
        "\"attempt\":2,\"outcome\":\"failed\",\"error\":\"(10100)queue is not existed",
        "\"attempt\":2,\"outcome\":\"failed\",\"error\":\"the line is dead\"}",
        "\"subscription\":\"a\",\"msgId\":\"",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_non_null(strstr(parked[0].answer.data, parts[i]));

    move(0, ADVANCE "?by=40s");
    for (int i = 0; i < 4 && service_has_pushes(&service); i++)
        land(take(), 302);
    expect_answered(0, 200, "\"attempt\":4,\"outcome\":\"dropped\",\"error\":\"HTTP 302\"}");
    assert_null(strstr(parked[0].answer.data, "delivered"));
}

/* What another call set off meanwhile is in it, too. */
static void a_move_tells_of_all_that_happens(void **state)
{
    (void)state;
    land(fly(), 500);
    move(0, ADVANCE "?by=1s");
    publish();
    land(take(), 200);
    land(take(), 200);
    expect_answered(0, 200, "\"fired\":2,");
    get(TOPIC, "\"messages\":0");
}

/* A step goes through as many events as it was asked to, also when a CMQ call is served
 * meanwhile: that completes the instant, and what fires then belongs to the step. */
static void looks_do_not_lengthen_a_step(void **state)
{
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    land(fly(), 500);
    get("/?Action=SendMessage&queueName=q&msgBody=x&delaySeconds=1", "\"code\":0");
    move(0, CLOCK "/step?events=2");
    get("/?Action=GetQueueAttributes&queueName=q", "\"activeMsgNum\":1");
    land(take(), 500);
    expect_answered(0, 200, "\"fired\":2,\"firedByKind\":{\"delayed\":1,\"push\":1}");
    get(CLOCK, "\"nowMs\":1893456001000,");
}

/* Nor does a run go beyond its limit when others complete an instant. */
static void looks_count_for_the_limit_of_a_run(void **state)
{
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    land(fly(), 500);
    get("/?Action=SendMessage&queueName=q&msgBody=x&delaySeconds=1", "\"code\":0");
    park(0, "POST", CLOCK "/run?limit=2", "{\"until\":{\"polls\":{\"ge\":1}}}", FOR_MOVE);
    get("/?Action=GetQueueAttributes&queueName=q", "\"activeMsgNum\":1");
    land(take(), 500);
    expect_answered(0, 200, "\"fired\":2,\"firedByKind\":{\"delayed\":1,\"push\":1}");
    assert_non_null(strstr(parked[0].answer.data, "\"stopped\":\"limit\""));
    get(CLOCK, "\"nowMs\":1893456001000,");
}

/* A retry and the end of a delay share an instant; the move that began the retry is given up,
 * and the next one finds it in flight. */
static void an_abandoned_move_is_told_nothing(void **state)
{
    (void)state;
    land(fly(), 500);
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    get("/?Action=SendMessage&queueName=q&msgBody=x&delaySeconds=1", "\"code\":0");
    move(0, CLOCK "/step");
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    move(1, ADVANCE "?by=0");
    land(take(), 500);
    expect_answered(1, 200, "\"fired\":1,\"firedByKind\":{\"delayed\":1}");
    assert_null(strstr(parked[1].answer.data, "\"outcome\""));
}

/* ---- turns ---- */

static void calls_wait_for_their_turn(void **state)
{
    static const struct {
        const char *target, *part;
    } calls[] = {
        {ADVANCE "?by=1s", "\"nowMs\":1894060801000"},
        {CLOCK "/auto", "\"mode\":\"auto\""},
        {CLOCK "/step", "\"fired\":0"},
        {CLOCK "/resume", "\"mode\":\"real\""},
        {CLOCK "/freeze", "\"mode\":\"frozen\""},
        {ADVANCE "?by=nothing", "\"argument\":\"by\""},
    };
    (void)state;
    struct push *p = fly_while_advancing();
    for (size_t i = 0; i < COUNT(calls); i++)
        wait_for_turn(i + 1, calls[i].target);
    get(CLOCK, "\"nowMs\":1893456000000");
    expect_none_answered();
    land(p, 200);
    expect_answered(0, 200, "\"nowMs\":1894060800000");
    for (size_t i = 0; i < COUNT(calls); i++)
        expect_answered(i + 1, strstr(calls[i].part, "argument") != NULL ? 400 : 200,
                        calls[i].part);
}

/* A push that would wait for a move, which waits for that push. */
static void a_push_waits_for_no_move(void **state)
{
    static const struct {
        const char *target;
        int status, status_during_a_move;
    } rows[] = {
        {ADVANCE "?by=1s", 409, 409}, {CLOCK "/step", 409, 409},
        {CLOCK "/freeze", 409, 409},  {CLOCK "/reset", 409, 409},
        {CLOCK "/auto", 200, 409},    {CLOCK "/resume", 200, 409},
        {CLOCK "/holds", 200, 200},   {ADVANCE "?by=1s&namespace=other", 200, 200},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int moving = 0; moving <= 1; moving++) {
            int status = moving ? rows[i].status_during_a_move : rows[i].status;
            restart(state);
            post("/_emulator/namespaces", "{\"name\":\"other\"}", "other");
            make_topic();
            freeze();
            publish();
            struct push *p = take();
            if (moving)
                move(0, IN_A_WEEK);
            pushed_by = service.registry.home;
            expect("POST", rows[i].target, "", status,
                   status == 409 ? "\"code\":\"own-push\"" : "\"namespace\"");
            pushed_by = NULL;
            land(p, 200);
            if (moving)
                expect_answered(0, 200, "\"nowMs\":1894060800000");
        }
    }
}

static void next_in_turn_may_have_to_wait_itself(void **state)
{
    (void)state;
    struct push *p = fly();
    move(0, ADVANCE "?by=0");
    wait_for_turn(1, ADVANCE "?by=1s");
    wait_for_turn(2, CLOCK "/resume");
    wait_for_turn(3, ADVANCE "?by=1s");
    land(p, 500);
    expect_answered(0, 200, "\"nowMs\":1893456000000");
    expect_none_answered();
    assert_int_equal(parked[1].waits_for, FOR_MOVE);
    assert_int_equal(parked[2].waits_for, FOR_TURN);
    land(take(), 500);
    expect_answered(1, 200, "\"nowMs\":1893456001000");
    expect_answered(2, 200, "\"mode\":\"real\"");
    expect_answered(3, 200, "\"nowMs\":1893456002000");
}

/* Each namespace has a line of its own. */
static void others_need_not_wait(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    post("/_emulator/namespaces", "{\"name\":\"other\"}", "\"secretId\"");
    post(ADVANCE "?by=1h&namespace=other", "", "\"mode\":\"frozen\"");
    land(p, 200);
    expect_answered(0, 200, "");
}

static void other_calls_go_on_meanwhile(void **state)
{
    static const struct {
        const char *method, *target, *body, *part;
    } calls[] = {
        {"GET", CLOCK, "", "\"pushesInFlight\":1"},
        {"GET", CLOCK "/agenda", "", "\"events\":["},
        {"GET", TOPIC, "", "\"state\":\"in-flight\""},
        {"GET", "/_emulator/topics", "", "\"pending\":1"},
        {"GET", "/_emulator/queues", "", "\"queueName\":\"q\""},
        {"GET", "/_emulator/namespaces", "", "\"namespace\":\"default\""},
        {"GET", "/_emulator/sink/s", "", "\"total\":0"},
        {"GET", "/_emulator/health", "", "\"ok\""},
        {"GET", "/metrics", "", "\ncmq_pushes_in_flight{namespace=\"default\"} 1\n"},
        {"POST", CLOCK "/holds", "", "\"hold\":1"},
        {"POST", "/_emulator/sink/s", "hello", "\"total\":1"},
        {"GET", "/?Action=SendMessage&queueName=q&msgBody=x", "", "\"code\":0"},
        {"GET", "/?Action=ReceiveMessage&queueName=q", "", "\"enqueueTime\":1893456000"},
        {"GET", "/?Action=GetTopicAttributes&topicName=t", "", "\"msgCount\":1"},
        {"GET", "/?Action=GetSubscriptionAttributes&topicName=t&subscriptionName=a", "",
         "\"msgCount\":1"},
        {"GET", "/?Action=CreateTopic&topicName=u", "", "\"code\":0"},
        {"GET", CLOCK, "", "\"nowMs\":1893456000000"},
    };
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    struct push *p = fly_while_advancing();
    real_ms += 3600000;
    for (size_t i = 0; i < COUNT(calls); i++)
        expect(calls[i].method, calls[i].target, calls[i].body, 200, calls[i].part);
    expect_none_answered();
    land(p, 200);
    expect_answered(0, 200, "\"toMs\":1894060800000");
}

static void polls_wait_and_are_served_meanwhile(void **state)
{
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    struct push *p = fly_while_advancing();
    for (size_t i = 1; i <= 2; i++)
        park(i, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=10", "",
             FOR_MESSAGE);
    get("/?Action=SendMessage&queueName=q&msgBody=x", "\"code\":0");
    expect_answered(1, 200, "\"msgBody\":\"x\"");
    expect_none_answered();
    land(p, 200);
    expect_answered(2, 200, "(10200)no message"); /* before the call that ended it */
    expect_answered(0, 200, "\"released\":2");
}

/* A push that a client sets off meanwhile is waited for, too. */
static void waits_for_what_others_set_off(void **state)
{
    (void)state;
    struct push *first = fly_while_advancing();
    publish();
    struct push *second = take();
    land(first, 200);
    expect_none_answered();
    get(CLOCK, "\"nowMs\":1893456000000");
    land(second, 200);
    expect_answered(0, 200, "\"nowMs\":1894060800000");
}

/* ---- ends of moves ---- */

static void hang_up_ends_a_move(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    wait_for_turn(1, ADVANCE "?by=1s");
    wait_for_turn(2, ADVANCE "?by=1s");
    wait_for_turn(3, ADVANCE "?by=2s");
    service_hang_up(&service, real_ms, &parked[2]); /* leaves the line */
    expect_answered(2, 503, "");
    expect_none_answered();
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    assert_int_equal(parked[1].waits_for, FOR_TURN);
    assert_true(service_wake_ms(&service) <= real_ms);
    service_tick(&service, real_ms); /* the next is up, and waits, too */
    assert_int_equal(parked[1].waits_for, FOR_MOVE);
    assert_int_equal(parked[3].waits_for, FOR_TURN);
    get(CLOCK, "\"nowMs\":1893456000000");
    expect_none_answered();
    land(p, 200);
    expect_answered(1, 200, "\"nowMs\":1893456001000");
    expect_answered(3, 200, "\"nowMs\":1893456003000");
}

/* Others may have gone as well: no call is run before all of them have been reported. */
static void hang_up_runs_no_other_call(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    wait_for_turn(1, CLOCK "/resume");
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    wait_for_turn(2, CLOCK "/freeze"); /* behind the one that is there */
    expect_none_answered();
    service_tick(&service, real_ms);
    expect_answered(1, 200, "\"mode\":\"real\"");
    assert_int_equal(parked[2].waits_for, FOR_MOVE);
    land(p, 200);
    expect_answered(2, 200, "\"mode\":\"frozen\"");
}

static void hang_up_leaves_time_where_it_stands(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    land(p, 500);
    get(CLOCK, "\"nowMs\":1893456000000");
    get(TOPIC, "\"nextMs\":1893456001000");
    expect_no_push();
}

/* Two calls wait for their turn, and the one before them has gone just now. */
static struct push *hang_up_before_two(void)
{
    struct push *p = fly_while_advancing();
    wait_for_turn(1, ADVANCE "?by=1s");
    wait_for_turn(2, CLOCK "/resume");
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    expect_none_answered();
    return p;
}

static void the_end_comes_behind_a_hang_up(void **state)
{
    (void)state;
    struct push *p = hang_up_before_two();
    service_end_all_waits(&service, real_ms);
    expect_answered(1, 503, "");
    expect_answered(2, 503, "");
    land(p, 200);
}

static void a_reset_comes_behind_a_hang_up(void **state)
{
    (void)state;
    struct push *p = hang_up_before_two();
    post("/_emulator/reset", "", "\"pushesInFlight\":0");
    expect_answered(1, 409, "\"reset-meanwhile\"");
    expect_answered(2, 409, "\"reset-meanwhile\"");
    land(p, 200);
}

/* Each is made in slices, and the next one's turn comes when it is whole. */
static void snapshots_wait_for_their_turn(void **state)
{
    enum { SLICE = 3, TURNS_MAX = 1000 };
    (void)state;
    struct push *p = fly_while_advancing();
    wait_for_turn(1, "/_emulator/snapshots?name=first");
    wait_for_turn(2, "/_emulator/snapshots?name=second");
    wait_for_turn(3, ADVANCE "?by=1s");
    service_begin_turn(&service, SLICE);
    land(p, 200);
    for (int turns = 0; turns < TURNS_MAX && service_is_busy(&service); turns++) {
        service_begin_turn(&service, SLICE);
        service_carry_on(&service, real_ms);
        service_tick(&service, ++real_ms);
        check_engines();
    }
    service_begin_turn(&service, 0);
    expect_answered(0, 200, "\"nowMs\":1894060800000");
    expect_answered(1, 200, "\"name\":\"first\",\"atMs\":1894060800000");
    expect_answered(2, 200, "\"name\":\"second\",\"atMs\":1894060800000");
    expect_answered(3, 200, "\"nowMs\":1894060801000");
}

/* What flies was begun in a future that is undone. */
static void restoring_ends_moves(void **state)
{
    (void)state;
    post("/_emulator/snapshots?name=empty", "", "\"topics\":0");
    struct push *p = fly_while_advancing();
    wait_for_turn(1, ADVANCE "?by=1s");
    post("/_emulator/snapshots/empty/restore", "", "\"pushesInFlight\":0");
    expect_answered(0, 409, "\"reset-meanwhile\"");
    expect_answered(1, 409, "\"reset-meanwhile\"");
    assert_true(push_is_orphan(p));
    land(p, 200);
    get("/_emulator/topics", "\"topics\":[]");
}

static void reset_ends_moves(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    wait_for_turn(1, ADVANCE "?by=1s");
    wait_for_turn(2, CLOCK "/resume");
    post("/_emulator/reset", "", "\"pushesInFlight\":0");
    for (size_t i = 0; i <= 2; i++)
        expect_answered(i, 409, "\"reset-meanwhile\"");
    get(CLOCK, "\"mode\":\"real\"");
    assert_true(push_is_orphan(p));

    /* what still flies is nothing to messages that are published now */
    make_topic();
    publish();
    struct push *q = take();
    land(p, 500);
    get(TOPIC, "\"state\":\"in-flight\"");
    land(q, 200);
    get(TOPIC, "\"messages\":0");
}

static void reset_of_messages_ends_what_a_move_waits_for(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    post("/_emulator/reset?what=messages", "", "\"reset\":\"messages\"");
    expect_answered(0, 200, "\"nowMs\":1894060800000");
    land(p, 200);
    get(CLOCK, "\"pushesInFlight\":0");
}

static void clock_cannot_be_reset_under_a_move(void **state)
{
    (void)state;
    struct push *p = fly_while_advancing();
    expect("POST", "/_emulator/reset?what=clock", "", 409, "\"time-is-moving\"");
    land(p, 200);
    expect_answered(0, 200, "");
}

/* Whatever takes the delivery away lets the move go on. */
static void losing_the_delivery_lets_a_move_go_on(void **state)
{
    static const struct {
        const char *what, *method, *target;
    } cases[] = {
        {"unsubscribed", "GET", "/?Action=Unsubscribe&topicName=t&subscriptionName=a"},
        {"purged", "DELETE", TOPIC "/messages"},
        {"all messages forgotten", "POST", "/_emulator/reset?what=messages"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct push *p = fly_while_advancing();
        wait_for_turn(1, ADVANCE "?by=1s");
        expect(cases[i].method, cases[i].target, "", 200, "");
        expect_answered(0, 200, "\"nowMs\":1894060800000");
        expect_answered(1, 200, "\"nowMs\":1894060801000");
        if (!push_is_orphan(p))
            fail_msg("%s: the outcome is still awaited", cases[i].what);
        land(p, 500);
        expect_no_push();
        restart(state);
    }
}

/* ---- namespaces ---- */

static char *target_of_mine(char *out, size_t size, const char *action)
{
    const struct namespace *mine = registry_find(&service.registry, bytes_of("mine"));
    const struct credential *c =
        CONTAINER_OF(list_first(&mine->credentials), const struct credential, link);
    snprintf(out, size, "/?SecretId=%s&Action=%s&topicName=t", c->id, action);
    return out;
}

/* In a namespace "mine": a push in flight, an advance that waits for it, and one behind. */
static struct push *fly_in_mine(void)
{
    char target[256];
    post("/_emulator/namespaces", "{\"name\":\"mine\",\"clock\":{\"mode\":\"frozen\"}}",
         "\"mine\"");
    get(target_of_mine(target, sizeof target, "CreateTopic"), "\"code\":0");
    get(target_of_mine(target, sizeof target,
                       "Subscribe&subscriptionName=a&protocol=http&endpoint=http://h"),
        "\"code\":0");
    get(target_of_mine(target, sizeof target, "PublishMessage&msgBody=x"), "\"code\":0");
    struct push *p = take();
    move(0, ADVANCE "?by=1h&namespace=mine");
    wait_for_turn(1, ADVANCE "?by=1h&namespace=mine");
    wait_for_turn(2, CLOCK "/resume?namespace=mine");
    park(3, "POST", "/_emulator/await?namespace=mine", ALL_GONE, FOR_CONDITION);
    return p;
}

/* The namespace lives on until those that were in it are through. */
static void expect_dropped(struct push *p)
{
    struct exchange *x;
    size_t ended = 0;
    for (; (x = service_take_finished(&service)) != NULL; ended++)
        check_exchange("dropped", x, 404, "\"no-such-namespace\"");
    assert_int_equal(ended, 4);
    assert_true(push_is_orphan(p));
    assert_false(list_empty(&service.registry.dropped));
    for (size_t i = 0; i < 4; i++)
        exchange_reset(&parked[i]);
    exchange_reset(&exchange);
    assert_false(list_empty(&service.registry.dropped));
    land(p, 200);
    assert_true(list_empty(&service.registry.dropped));
}

static void dropping_ends_all_that_waits(void **state)
{
    (void)state;
    struct push *p = fly_in_mine();
    expect("DELETE", "/_emulator/namespaces/mine", "", 200, "\"dropped\":\"mine\"");
    expect_dropped(p);
}

/* A namespace is asked to drop itself. */
static void dropping_from_inside_does_the_same(void **state)
{
    (void)state;
    struct push *p = fly_in_mine();
    expect("DELETE", "/_emulator/namespaces/mine?namespace=mine", "", 200,
           "\"dropped\":\"mine\"");
    expect_dropped(p);
}

static void namespace_outlives_its_requests_in_turn(void **state)
{
    (void)state;
    struct push *p = fly_in_mine();
    expect("DELETE", "/_emulator/namespaces/mine", "", 200, "");
    land(p, 500); /* before the requests are through */
    assert_false(list_empty(&service.registry.dropped));
    while (service_take_finished(&service) != NULL)
        continue;
    for (size_t i = 0; i < 4; i++)
        exchange_reset(&parked[i]);
    assert_true(list_empty(&service.registry.dropped));
}

/* Not yet taken, it is one more that the namespace waits for. */
static void push_that_was_not_taken_outlives_its_namespace(void **state)
{
    char target[256];
    (void)state;
    post("/_emulator/namespaces", "{\"name\":\"mine\"}", "\"mine\"");
    get(target_of_mine(target, sizeof target, "CreateTopic"), "\"code\":0");
    get(target_of_mine(target, sizeof target,
                       "Subscribe&subscriptionName=a&protocol=http&endpoint=http://h"),
        "\"code\":0");
    get(target_of_mine(target, sizeof target, "PublishMessage&msgBody=x"), "\"code\":0");
    expect("DELETE", "/_emulator/namespaces/mine", "", 200, "");
    exchange_reset(&exchange);
    assert_true(service_has_pushes(&service));
    assert_false(list_empty(&service.registry.dropped));
    land(take(), 200);
    assert_true(list_empty(&service.registry.dropped));
}

/* ---- conditions ---- */

static void await_sees_landings(void **state)
{
    (void)state;
    freeze();
    make_topic();
    subscribe("b", "EXPONENTIAL_DECAY_RETRY");
    publish();
    struct push *a = take();
    struct push *b = take();
    park(0, "POST", "/_emulator/await", ALL_GONE, FOR_CONDITION);
    park(1, "POST", "/_emulator/await",
         "{\"until\":{\"subscription\":\"t/b\",\"pending\":{\"eq\":0}}}", FOR_CONDITION);
    land(a, 200);
    expect_none_answered(); /* not before the other has landed: the outcome is not applied */
    land(b, 500);
    expect_answered(0, 200, "\"satisfied\":true");
    service_end_wait(&service, real_ms, &parked[1]);
    expect_answered(1, 200, "\"satisfied\":false");
    get(TOPIC, "\"attempts\":1,\"nextMs\":1893456001000");
}

/* Outcomes are applied when the last flight of the instant ends, however it ends. */
static void outcomes_come_in_force_when_the_last_flight_goes(void **state)
{
    static const struct {
        const char *what, *method, *target;
    } cases[] = {
        {"unsubscribed", "GET", "/?Action=Unsubscribe&topicName=u&subscriptionName=b"},
        {"purged", "DELETE", "/_emulator/topics/u/messages"},
        {"time runs", "POST", CLOCK "/resume"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct push *a = fly();
        get("/?Action=CreateTopic&topicName=u", "\"code\":0");
        get("/?Action=Subscribe&topicName=u&subscriptionName=b&protocol=http&endpoint=http://h",
            "\"code\":0");
        get("/?Action=PublishMessage&topicName=u&msgBody=x", "\"code\":0");
        struct push *b = take();
        park(0, "POST", "/_emulator/await", ALL_GONE, FOR_CONDITION);
        land(a, 200);
        expect_none_answered();
        expect(cases[i].method, cases[i].target, "", 200, "");
        if (service_take_finished(&service) == NULL)
            fail_msg("%s: the outcome is not applied", cases[i].what);
        land(b, 200);
        restart(state);
    }
}

/* ---- automatic time ---- */

/* An automatic clock, a push in flight, and a poll of ten seconds that waits: parked[0]. */
static struct push *fly_while_polling(void)
{
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    make_topic();
    post(CLOCK "/auto", "", "\"mode\":\"auto\"");
    publish();
    struct push *p = take();
    park(0, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=10", "",
         FOR_MESSAGE);
    return p;
}

static void automatic_time_waits_for_pushes(void **state)
{
    (void)state;
    struct push *p = fly_while_polling();
    exchange_reset(&exchange); /* nothing else is open */
    assert_false(service_may_jump(&service));
    land(p, 500);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms); /* to the second attempt */
    p = take();
    assert_false(service_may_jump(&service));
    get(CLOCK, "\"nowMs\":1893456001000");
    land(p, 200);
    exchange_reset(&exchange);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(0, 200, "(10200)no message");
    get(CLOCK, "\"nowMs\":1893456010000");
}

static void automatic_time_waits_for_a_move(void **state)
{
    (void)state;
    struct push *p = fly_while_polling();
    move(1, ADVANCE "?by=3s");
    assert_false(service_may_jump(&service));
    land(p, 200);
    expect_answered(1, 200, "\"nowMs\":1893456003000");
    exchange_reset(&parked[1]);
    exchange_reset(&exchange);
    assert_true(service_may_jump(&service));
    service_jump(&service, real_ms);
    expect_answered(0, 200, "(10200)no message");
}

/* ---- the end ---- */

static void all_waits_end(void **state)
{
    (void)state;
    get("/?Action=CreateQueue&queueName=q", "\"code\":0");
    struct push *p = fly_while_advancing();
    wait_for_turn(1, CLOCK "/resume");
    wait_for_turn(2, IN_A_WEEK);
    park(3, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9", "", FOR_MESSAGE);
    park(4, "POST", "/_emulator/await", ALL_GONE, FOR_CONDITION);
    expect("PUT", "/_emulator/sink/s?delay=5s&status=500", "", 200, "\"delayMs\":5000");
    park(5, "POST", "/_emulator/sink/s", "hello", FOR_MOMENT);
    service_end_all_waits(&service, real_ms);
    for (size_t i = 0; i < 6; i++) {
        const struct exchange *x = service_take_finished(&service);
        assert_non_null(x);
        assert_int_equal(x->waits_for, FOR_NOTHING);
    }
    static const int statuses[] = {503, 503, 503, 200, 200, 500};
    for (size_t i = 0; i < COUNT(statuses); i++)
        assert_int_equal(parked[i].status, statuses[i]);
    land(p, 500);
    get(CLOCK, "\"nowMs\":1893456000000");
}

/* Pushes that were not taken are freed with the service. */
static void service_frees_its_pushes(void **state)
{
    (void)state;
    land(fly(), 500);
    publish();
    publish();
    assert_true(service_has_pushes(&service));
}

/* ---- sinks ---- */

static void sinks_answer_late(void **state)
{
    (void)state;
    expect("PUT", "/_emulator/sink/s?status=503&delay=250ms&times=1", "", 200, "\"times\":1");
    park(0, "POST", "/_emulator/sink/s", "hello", FOR_MOMENT);
    assert_int_equal(parked[0].wait_ms, 250);
    post("/_emulator/sink/s", "second", "\"total\":2");
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "\"sink\":\"s\"");

    expect("PUT", "/_emulator/sink/s?delay=250ms", "", 200, "");
    park(0, "POST", "/_emulator/sink/s", "hello", FOR_MOMENT);
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 200, "");
}

/* Its namespace may go before it is answered. */
static void late_sink_outlives_its_namespace(void **state)
{
    (void)state;
    post("/_emulator/namespaces", "{\"name\":\"mine\"}", "\"mine\"");
    expect("PUT", "/_emulator/sink/s?delay=1s&namespace=mine", "", 200, "");
    exchange_reset(&exchange);
    park(0, "POST", "/_emulator/sink/s?namespace=mine", "hello", FOR_MOMENT);
    expect("DELETE", "/_emulator/namespaces/mine", "", 200, "");
    assert_false(list_empty(&service.registry.dropped));
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 200, "\"total\":1");
    exchange_reset(&parked[0]);
    assert_true(list_empty(&service.registry.dropped));
}

/* ---- anything at any time ---- */

static struct engine_random chance;

static bool is_busy(const struct exchange *x)
{
    return x->waits_for != FOR_NOTHING;
}

/* Nothing that was answered is without an answer. */
static void drain(void)
{
    for (struct exchange *x; (x = service_take_finished(&service)) != NULL;) {
        assert_true(x->status >= 200 && x->answer.len > 2);
        assert_false(is_busy(x));
        exchange_reset(x);
    }
}

/* Of default, or of the namespace "mine" if there is one. */
static void write_cmq(char *out, size_t size, const char *query, const char *strategy)
{
    const struct namespace *mine = registry_find(&service.registry, bytes_of("mine"));
    const char *id = "nobody";
    if (mine != NULL && random_once_in(&chance, 3))
        id = CONTAINER_OF(list_first(&mine->credentials), const struct credential, link)->id;
    snprintf(out, size, "/?SecretId=%s&Action=%s&notifyStrategy=%s", id, query, strategy);
}

static void call_anything(struct exchange *x)
{
    static const struct {
        const char *query, *strategy;
    } queries[] = {
        {"CreateTopic&topicName=t", ""},
        {"CreateQueue&queueName=q", ""},
        {"Subscribe&topicName=t&subscriptionName=a&protocol=http&endpoint=http://a", ""},
        {"Subscribe&topicName=t&subscriptionName=b&protocol=http&endpoint=http://b",
         "BACKOFF_RETRY"},
        {"Subscribe&topicName=t&subscriptionName=q&protocol=queue&endpoint=q", ""},
        {"Unsubscribe&topicName=t&subscriptionName=b", ""},
        {"SetSubscriptionAttributes&topicName=t&subscriptionName=a", "BACKOFF_RETRY"},
        {"SetSubscriptionAttributes&topicName=t&subscriptionName=b", "EXPONENTIAL_DECAY_RETRY"},
        {"PublishMessage&topicName=t&msgBody=x", ""},
        {"PublishMessage&topicName=t&msgBody=x", ""},
        {"PublishMessage&topicName=t&msgBody=x", ""},
        {"PublishMessage&topicName=t&msgBody=x", ""},
        {"BatchPublishMessage&topicName=t&msgBody.1=x&msgBody.2=y", ""},
        {"SendMessage&queueName=q&msgBody=x", ""},
        {"ReceiveMessage&queueName=q&pollingWaitSeconds=5", ""},
    };
    static const struct {
        const char *method, *target, *body;
    } calls[] = {
        {"POST", ADVANCE "?by=0", ""},
        {"POST", ADVANCE "?by=1s", ""},
        {"POST", ADVANCE "?by=1h", ""},
        {"POST", ADVANCE "?by=1h&namespace=mine", ""},
        {"POST", IN_A_WEEK, ""},
        {"POST", CLOCK "/step", ""},
        {"POST", CLOCK "/step?events=7&namespace=mine", ""},
        {"POST", CLOCK "/run?limit=20", ALL_GONE},
        {"POST", CLOCK "/freeze", ""},
        {"POST", CLOCK "/freeze?namespace=mine", ""},
        {"POST", CLOCK "/resume", ""},
        {"POST", CLOCK "/resume?namespace=mine", ""},
        {"POST", CLOCK "/auto", ""},
        {"POST", CLOCK "/reset", ""},
        {"POST", "/_emulator/await", ALL_GONE},
        {"POST", "/_emulator/await?namespace=mine", ALL_GONE},
        {"POST", "/_emulator/reset?what=messages", ""},
        {"POST", "/_emulator/reset?what=clock", ""},
        {"DELETE", TOPIC "/messages", ""},
        {"GET", "/_emulator/topics", ""},
        {"GET", "/metrics", ""},
        {"PUT", "/_emulator/sink/s?delay=1s&times=1", ""},
        {"POST", "/_emulator/sink/s", "hello"},
        {"POST", "/_emulator/namespaces",
         "{\"name\":\"mine\",\"clock\":{\"mode\":\"frozen\"}}"},
    };
    /* these empty everything, so they are not to come often */
    static const struct {
        const char *method, *target;
    } ends[] = {
        {"POST", "/_emulator/reset"},
        {"POST", "/_emulator/reset?namespace=mine"},
        {"DELETE", "/_emulator/namespaces/mine"},
        {"DELETE", "/_emulator/namespaces/mine?namespace=mine"},
    };
    char query[256];
    const char *method = "GET", *target = query, *body = "";
    if (random_once_in(&chance, 60)) {
        size_t i = random_below(&chance, COUNT(ends));
        method = ends[i].method;
        target = ends[i].target;
    } else if (random_once_in(&chance, 2)) {
        size_t i = random_below(&chance, COUNT(queries));
        write_cmq(query, sizeof query, queries[i].query, queries[i].strategy);
    } else {
        size_t i = random_below(&chance, COUNT(calls));
        method = calls[i].method;
        target = calls[i].target;
        body = calls[i].body;
    }
    if (ask_service(x, method, target, body) == EXCHANGE_ANSWERED)
        exchange_reset(x);
}

static void do_anything(void)
{
    static const int statuses[] = {200, 200, 500, 302};
    struct exchange *x = &parked[random_below(&chance, COUNT(parked))];
    switch (random_below(&chance, 12)) {
    case 0:
        real_ms += (cmq_ms)random_below(&chance, 3000);
        service_tick(&service, real_ms);
        break;
    case 1:
        if (is_busy(x) && random_once_in(&chance, 2))
            service_hang_up(&service, real_ms, x);
        else if (is_busy(x) && x->wait_ms != CMQ_NEVER)
            service_end_wait(&service, real_ms, x);
        break;
    case 2:
    case 3:
        if (service_has_pushes(&service) && aloft_count < ALOFT_MAX)
            take();
        break;
    case 4:
    case 5:
        if (aloft_count > 0)
            land(aloft[random_below(&chance, aloft_count)],
                 statuses[random_below(&chance, COUNT(statuses))]);
        break;
    case 6:
        if (service_may_jump(&service))
            service_jump(&service, real_ms);
        break;
    default:
        if (!is_busy(x))
            call_anything(x);
        break;
    }
}

/* The engines are whole after each step; in the end nothing waits any more, and namespaces that
 * were dropped are gone. */
static void anything_at_any_time(void **state)
{
    enum { SEEDS = 20, STEPS = 3000 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        chance = (struct engine_random){.state = seed};
        for (int step = 0; step < STEPS; step++) {
            do_anything();
            drain();
            check_engines();
        }
        service_end_all_waits(&service, real_ms);
        drain();
        for (size_t i = 0; i < COUNT(parked); i++) {
            if (is_busy(&parked[i]))
                fail_msg("seed %d: %s still waits", (int)seed, parked[i].target.data);
            exchange_reset(&parked[i]);
        }
        while (aloft_count > 0 || service_has_pushes(&service))
            land(aloft_count > 0 ? aloft[0] : take(), 200);
        if (!list_empty(&service.registry.dropped))
            fail_msg("seed %d: a namespace that was dropped is still there", (int)seed);
        restart(state);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lands_at_its_instant_on_a_running_clock),
        CASE(runs_on_past_what_is_in_flight),
        CASE(lands_together_on_a_frozen_clock),
        CASE(order_of_landing_changes_nothing),
        CASE(moves_wait_for_what_they_set_off),
        CASE(moves_wait_where_they_are),
        CASE(freezing_waits_for_what_is_in_flight),
        CASE(time_does_not_pass_an_attempt),
        CASE(goes_on_from_flight_to_flight),
        CASE(a_move_tells_outcomes),
        CASE(a_move_tells_of_all_that_happens),
        CASE(looks_do_not_lengthen_a_step),
        CASE(looks_count_for_the_limit_of_a_run),
        CASE(an_abandoned_move_is_told_nothing),
        CASE(calls_wait_for_their_turn),
        CASE(a_push_waits_for_no_move),
        CASE(next_in_turn_may_have_to_wait_itself),
        CASE(others_need_not_wait),
        CASE(other_calls_go_on_meanwhile),
        CASE(polls_wait_and_are_served_meanwhile),
        CASE(waits_for_what_others_set_off),
        CASE(hang_up_ends_a_move),
        CASE(hang_up_runs_no_other_call),
        CASE(hang_up_leaves_time_where_it_stands),
        CASE(the_end_comes_behind_a_hang_up),
        CASE(a_reset_comes_behind_a_hang_up),
        CASE(snapshots_wait_for_their_turn),
        CASE(restoring_ends_moves),
        CASE(reset_ends_moves),
        CASE(reset_of_messages_ends_what_a_move_waits_for),
        CASE(clock_cannot_be_reset_under_a_move),
        CASE(losing_the_delivery_lets_a_move_go_on),
        CASE(dropping_ends_all_that_waits),
        CASE(namespace_outlives_its_requests_in_turn),
        CASE(push_that_was_not_taken_outlives_its_namespace),
        CASE(await_sees_landings),
        CASE(outcomes_come_in_force_when_the_last_flight_goes),
        CASE(automatic_time_waits_for_pushes),
        CASE(automatic_time_waits_for_a_move),
        CASE(all_waits_end),
        CASE(service_frees_its_pushes),
        CASE(sinks_answer_late),
        CASE(late_sink_outlives_its_namespace),
        CASE(dropping_from_inside_does_the_same),
        CASE(anything_at_any_time),
    };
    return cmocka_run_group_tests_name("service and pushes", tests, NULL, NULL);
}
