/* Long work in slices: a namespace that is busy, those who stand in line for it, and those who need
 * not. Turns of the loop are so short here that a move through some hundred events takes many. */
#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ADVANCE "/_emulator/clock/advance?by=1h"
#define COUNTS  "/_emulator/queues/q"

enum { TURN = 20, MESSAGES = 160 };

static void begin_turn(void)
{
    service_begin_turn(&service, TURN);
}

static void take_turn(void)
{
    begin_turn();
    service_carry_on(&service, real_ms);
    check_engines();
}

/* Until nothing is busy any more; returns how many turns that took. */
static size_t take_turns(void)
{
    size_t turns = 0;
    for (; service_is_busy(&service); turns++)
        take_turn();
    begin_turn();
    return turns;
}

static void send_messages(size_t count, const char *further)
{
    char body[600];
    size_t len =
        (size_t)snprintf(body, sizeof body, "Action=BatchSendMessage&queueName=q%s", further);
    for (int i = 0; i < 16; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, "&msgBody.%d=m", i);
    for (size_t i = 0; i < count; i += 16)
        post("/", body, "\"code\":0");
}

/* The clock of "default" stands, and many messages are delayed by ten seconds; there is another
 * namespace. */
static int start(void **state)
{
    (void)state;
    start_service(4);
    post("/_emulator/clock/freeze?at=2030-01-01T00:00:00Z", "", "\"frozen\"");
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    send_messages(MESSAGES, "&delaySeconds=10");
    post("/_emulator/namespaces", "{\"name\":\"other\",\"queues\":[{\"queueName\":\"q\"}]}",
         "other");
    begin_turn();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    begin_turn();
    stop_service();
    return 0;
}

static void a_long_move_takes_many_turns(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    for (int i = 0; i < 5; i++) {
        take_turn();
        expect_none_answered();
        assert_true(service.registry.host.effort.spent <= TURN);
    }
    assert_in_range(5 + take_turns(), MESSAGES / TURN, 8 * MESSAGES / TURN);
    expect_answered(0, 200, "\"toMs\":1893459600000,\"released\":0,\"fired\":160");
    get(COUNTS, "\"delayed\":0,\"active\":160");
}

static void without_turns_there_are_no_slices(void **state)
{
    (void)state;
    service_begin_turn(&service, 0);
    post(ADVANCE, "", "\"fired\":160");
    assert_false(service_is_busy(&service));
}

/* They see what they would have seen if the move had taken no time at all. */
static void calls_stand_in_line_in_order_of_arrival(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    park(1, "GET", COUNTS, "", FOR_LINE);
    park(2, "POST", "/", "Action=ReceiveMessage&queueName=q", FOR_LINE);
    park(3, "GET", COUNTS, "", FOR_LINE);
    take_turn();
    park(4, "POST", "/_emulator/reset", "", FOR_LINE);
    park(5, "GET", COUNTS, "", FOR_LINE);
    take_turns();
    expect_answered(0, 200, "\"fired\":160");
    expect_answered(1, 200, "\"active\":160,\"inactive\":0");
    expect_answered(2, 200, "\"msgBody\":\"m\"");
    expect_answered(3, 200, "\"active\":159,\"inactive\":1");
    expect_answered(4, 200, "\"reset\":\"all\"");
    expect_answered(5, 404, "no-such-queue");
    expect_none_answered();
}

static void others_do_not_wait(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    take_turn();
    get("/_emulator/health", "\"ok\"");
    get("/_emulator/namespaces", "\"total\":2");
    get("/_emulator/namespaces/default", "\"frozen\"");
    get("/_emulator", "");
    get("/metrics", "cmq_");
    get(COUNTS "?namespace=other", "\"active\":0");
    post("/_emulator/clock/advance?by=1h&namespace=other", "", "\"fired\":0");
    expect("DELETE", "/_emulator/namespaces/other", "", 200, "\"dropped\":\"other\"");
    post("/_emulator/namespaces", "{\"name\":\"new\"}", "new");
    expect_none_answered();
    take_turns();
    expect_answered(0, 200, "\"fired\":160");
}

/* The one that comes first finds what is to be done, and stands in line itself. */
static void catching_up_is_done_in_slices(void **state)
{
    (void)state;
    post("/_emulator/clock/resume", "", "\"mode\":\"real\"");
    real_ms += 60000;
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q", FOR_LINE);
    park(1, "GET", COUNTS, "", FOR_LINE);
    assert_in_range(take_turns(), MESSAGES / TURN, 8 * MESSAGES / TURN);
    expect_answered(0, 200, "\"msgBody\":\"m\"");
    expect_answered(1, 200, "\"active\":159,\"inactive\":1");
    get("/_emulator/clock", "\"nowMs\":1893456060000");
}

/* So does the timer, if nobody comes. */
static void the_timer_does_no_more_than_a_slice(void **state)
{
    (void)state;
    post("/_emulator/clock/resume", "", "\"mode\":\"real\"");
    real_ms += 60000;
    begin_turn();
    service_tick(&service, real_ms);
    assert_true(service.registry.host.effort.spent <= TURN);
    assert_true(service_is_busy(&service));
    take_turns();
    get(COUNTS, "\"active\":160");
}

static void who_hangs_up_leaves_the_line(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    park(1, "POST", "/", "Action=ReceiveMessage&queueName=q", FOR_LINE);
    park(2, "GET", COUNTS, "", FOR_LINE);
    take_turn();
    service_hang_up(&service, real_ms, &parked[1]);
    expect_answered(1, 503, "stopping");
    take_turns();
    expect_answered(0, 200, "\"fired\":160");
    expect_answered(2, 200, "\"active\":160,\"inactive\":0");
}

/* The move ends where it is. */
static void who_moves_may_hang_up_between_slices(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    park(1, "GET", COUNTS, "", FOR_LINE);
    for (int i = 0; i < 40; i++)
        take_turn();
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "");
    take_turns();
    expect_answered(1, 200, "\"active\":");
    get("/_emulator/clock", "\"nowMs\":1893456010000");
}

/* What waits for a message has its own deadline, from the moment on at which it was handled. */
static void a_poll_from_the_line_is_parked_anew(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    park(1, "POST", "/", "Action=CreateQueue&queueName=empty", FOR_LINE);
    park(2, "POST", "/", "Action=ReceiveMessage&queueName=empty&pollingWaitSeconds=7",
         FOR_LINE);
    assert_true(parked[2].wait_ms == CMQ_NEVER);
    take_turns();
    expect_answered(0, 200, "");
    expect_answered(1, 200, "\"code\":0");
    assert_ptr_equal(service_take_parked_anew(&service), &parked[2]);
    assert_null(service_take_parked_anew(&service));
    assert_int_equal(parked[2].waits_for, FOR_MESSAGE);
    assert_true(parked[2].wait_ms == 7000);
    post("/", "Action=SendMessage&queueName=empty&msgBody=x", "\"code\":0");
    expect_answered(2, 200, "\"msgBody\":\"x\"");
}

/* Who dropped it waits until it is free; who stood behind that hears that it has gone. */
static void a_busy_namespace_can_be_dropped(void **state)
{
    (void)state;
    post("/_emulator/namespaces",
         "{\"name\":\"third\",\"clock\":{\"mode\":\"frozen\"},\"queues\":[{\"queueName\":\"q\"}"
         "],"
         "\"credentials\":[{\"secretId\":\"third\",\"secretKey\":\"k\"}]}",
         "third");
    send_messages(MESSAGES, "&delaySeconds=10&SecretId=third");
    park(0, "POST", ADVANCE "&namespace=third", "", FOR_MOVE);
    park(1, "DELETE", "/_emulator/namespaces/third", "", FOR_LINE);
    park(2, "GET", COUNTS "?namespace=third", "", FOR_LINE);
    park(3, "POST", "/", "Action=ListQueue&SecretId=third", FOR_LINE);
    take_turns();
    expect_answered(0, 200, "\"fired\":160");
    expect_answered(1, 200, "\"dropped\":\"third\"");
    expect_answered(2, 404, "no-such-namespace");
    expect_answered(3, 200, "\"code\":4100");
    assert_false(service_is_busy(&service));
}

static void the_end_of_the_program_does_not_wait(void **state)
{
    (void)state;
    park(0, "POST", ADVANCE, "", FOR_MOVE);
    park(1, "GET", COUNTS, "", FOR_LINE);
    take_turn();
    service_end_all_waits(&service, real_ms);
    expect_answered(1, 503, "stopping");
    expect_answered(0, 503, "stopping");
}

/* Nothing is due between two events of one instant, for who looks there. */
static void steps_and_runs_are_made_in_slices(void **state)
{
    (void)state;
    park(0, "POST", "/_emulator/clock/step?events=100", "", FOR_MOVE);
    take_turns();
    expect_answered(0, 200, "\"next\":{\"atMs\":1893456010000,\"kind\":\"delayed\"");
    get(COUNTS, "\"delayed\":60,\"active\":100");
    park(0, "POST", "/_emulator/clock/run",
         "{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":150}}}", FOR_MOVE);
    take_turns();
    expect_answered(0, 200, "\"stopped\":\"condition\"");
    get(COUNTS, "\"delayed\":10,\"active\":150");
    park(0, "POST", "/_emulator/clock/run", "{\"until\":{\"polls\":{\"ge\":1}},\"limit\":15}",
         FOR_MOVE);
    take_turns();
    expect_answered(0, 200, "\"stopped\":\"limit\"");
    check_exchange("repeats", &parked[0], 200, "\"count\":10");
}

/* ---- long commands ---- */

/* Each is answered at once or, where its answer tells what is there, when it is done. */
static void commands_for_all_messages_are_done_in_slices(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body, *part;
    } commands[] = {
        {"POST", "/", "Action=SetQueueAttributes&queueName=q&msgRetentionSeconds=100",
         "\"code\":0"},
        {"DELETE", COUNTS "/messages", "", "\"purged\":160"},
        {"POST", "/", "Action=DeleteQueue&queueName=q", "\"code\":0"},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        begin_turn();
        expect(commands[i].method, commands[i].target, commands[i].body, 200, commands[i].part);
        assert_true(service.registry.host.effort.spent <= 2 * TURN);
        park(0, "POST", ADVANCE, "", FOR_LINE);
        park(1, "GET", "/_emulator/queues", "", FOR_LINE);
        assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 20 * MESSAGES / TURN);
        expect_answered(0, 200,
                        i == 0 ? "\"firedByKind\":{\"delayed\":160,\"expired\":160}"
                               : "\"fired\":0");
        expect_answered(1, 200, i == 2 ? "\"queues\":[]" : "\"active\":0");
        if (i < 2)
            send_messages(MESSAGES, "&delaySeconds=10");
    }
}

/* With a subscription: other attributes, its end; and of its topic. */
static void commands_for_all_deliveries_are_done_in_slices(void **state)
{
    static const char *const commands[] = {
        "Action=SetSubscriptionAttributes&topicName=t&subscriptionName=a"
        "&notifyStrategy=EXPONENTIAL_DECAY_RETRY",
        "Action=Unsubscribe&topicName=t&subscriptionName=a",
    };
    (void)state;
    service_begin_turn(&service, 0);
    post("/", "Action=CreateTopic&topicName=t", "\"code\":0");
    for (int name = 'a'; name <= 'b'; name++) {
        char body[200];
        snprintf(body, sizeof body,
                 "Action=Subscribe&topicName=t&subscriptionName=%c&protocol=queue&endpoint=none"
                 "&notifyStrategy=BACKOFF_RETRY&notifyContentFormat=SIMPLIFIED",
                 name);
        post("/", body, "\"code\":0");
    }
    for (int i = 0; i < MESSAGES; i++)
        post("/", "Action=PublishMessage&topicName=t&msgBody=x", "\"code\":0");
    for (size_t i = 0; i < 2; i++) {
        begin_turn();
        post("/", commands[i], "\"code\":0");
        park(0, "GET", "/_emulator/topics/t", "", FOR_LINE);
        assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 15 * MESSAGES / TURN);
        expect_answered(0, 200, i == 0 ? "\"pending\":160" : "\"subscriptionName\":\"b\"");
    }
    begin_turn();
    expect("DELETE", "/_emulator/topics/t/messages", "", 200, "\"purged\":160");
    park(0, "GET", "/_emulator/topics/t", "", FOR_LINE);
    assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 15 * MESSAGES / TURN);
    expect_answered(0, 200, "\"pending\":0");
}

/* Outside of any turn: all messages are active, and this policy moves them. */
static void bind_dead_letters(const char *policy)
{
    char body[200];
    snprintf(body, sizeof body, "Action=SetQueueAttributes&queueName=q&deadLetterPolicy=%s",
             policy);
    service_begin_turn(&service, 0);
    post("/", "Action=CreateQueue&queueName=dead", "\"code\":0");
    post("/", body, "\"code\":0");
    post(ADVANCE, "", "\"fired\":160");
}

/* The last call that is in the journal; and what the life of the nth message of a queue says of the call
 * that made it a dead letter. */
static uint64_t last_number(void)
{
    return service.registry.home->journal.last;
}

static uint64_t mover_of(const char *queue, size_t nth)
{
    char target[100];
    snprintf(target, sizeof target, "/_emulator/queues/%s/messages?limit=1&offset=%zu", queue,
             nth);
    get(target, "msgId");
    uint64_t id = strtoull(strstr(answer_text(), "\"msgId\":\"") + 9, NULL, 10);
    const struct life_event *e = lives_find(&service.registry.home->lives, id);
    while (e != NULL && e->what != HAPPENED_DEAD_LETTERED)
        e = e->older;
    assert_non_null(e);
    return e != NULL ? e->request : UINT64_MAX;
}

static void expect_mover_of_all(const char *queue, uint64_t number)
{
    service_begin_turn(&service, 0);
    for (size_t i = 0; i < MESSAGES; i++)
        assert_int_equal(mover_of(queue, i), number);
}

/* The call that finds them gets what comes behind them, and warns once. */
static void dead_letters_are_moved_in_slices(void **state)
{
    (void)state;
    bind_dead_letters("{\"deadLetterQueue\":\"dead\",\"policy\":1,\"maxTimeToLive\":300}");
    post("/", "Action=SendMessage&queueName=q&msgBody=behind", "\"code\":0");
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=dead&pollingWaitSeconds=9",
         FOR_MESSAGE);
    begin_turn();
    park(1, "POST", "/", "Action=ReceiveMessage&queueName=q&odd=1", FOR_LINE);
    park(2, "GET", "/_emulator/queues/dead", "", FOR_LINE);
    take_turn();
    expect_none_answered();
    assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 8 * MESSAGES / TURN);
    expect_answered(0, 200, "\"msgBody\":\"m\"");
    expect_answered(1, 200, "\"msgBody\":\"behind\"");
    assert_int_equal(parked[1].warnings.count, 1);
    expect_answered(2, 200, "\"active\":159,\"inactive\":1");
    assert_int_equal(last_number(), parked[1].number); /* the poll was answered before it */
    expect_mover_of_all("dead", parked[1].number);
}

/* They are moved all the same, and no call has done it: least of all the one that is answered next. */
static void who_finds_dead_letters_may_hang_up(void **state)
{
    (void)state;
    bind_dead_letters("{\"deadLetterQueue\":\"dead\",\"policy\":1,\"maxTimeToLive\":300}");
    begin_turn();
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q", FOR_LINE);
    take_turn();
    service_hang_up(&service, real_ms, &parked[0]);
    expect_answered(0, 503, "stopping");
    exchange_reset(&parked[0]);
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q&pollingWaitSeconds=0", FOR_LINE);
    take_turns();
    expect_answered(0, 200, "no message");
    expect_mover_of_all("dead", 0);
}

/* It has its number when it is answered, and others are answered before. */
static void a_poll_moves_dead_letters_and_waits(void **state)
{
    (void)state;
    bind_dead_letters("{\"deadLetterQueue\":\"dead\",\"policy\":1,\"maxTimeToLive\":300}");
    begin_turn();
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=q&pollingWaitSeconds=9", FOR_LINE);
    take_turns();
    expect_none_answered();
    assert_int_equal(parked[0].waits_for, FOR_MESSAGE);
    expect_mover_of_all("dead", 0);
    post("/", "Action=CreateQueue&queueName=other", "\"code\":0");
    expect_mover_of_all("dead", 0);
    post("/", "Action=SendMessage&queueName=q&msgBody=x", "\"code\":0");
    expect_answered(0, 200, "\"msgBody\":\"x\"");
    assert_int_equal(last_number(), parked[0].number);
    expect_mover_of_all("dead", parked[0].number);
}

/* A message that comes before them all has been received less often: it is received with what is
 * found behind them. */
static void dead_letters_between_others_are_moved_in_slices(void **state)
{
    (void)state;
    bind_dead_letters("{\"deadLetterQueue\":\"dead\",\"policy\":0,\"maxReceiveCount\":2}");
    post("/", "Action=SetQueueAttributes&queueName=q&visibilityTimeout=100", "\"code\":0");
    post("/", "Action=ReceiveMessage&queueName=q", "\"code\":0");
    post("/", "Action=SetQueueAttributes&queueName=q&visibilityTimeout=1", "\"code\":0");
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < MESSAGES; n += 16)
            post("/", "Action=BatchReceiveMessage&queueName=q&numOfMsg=16", "\"code\":0");
        post("/_emulator/clock/advance?by=1s", "", "\"fired\":159");
    }
    post("/_emulator/clock/advance?by=98s", "", "\"fired\":1");
    post("/", "Action=SendMessage&queueName=q&msgBody=behind", "\"code\":0");
    begin_turn();
    park(0, "POST", "/", "Action=BatchReceiveMessage&queueName=q&numOfMsg=16", FOR_LINE);
    park(1, "GET", "/_emulator/queues/dead", "", FOR_LINE);
    take_turn();
    assert_true(service.registry.host.effort.spent <= 2 * TURN);
    expect_none_answered();
    assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 8 * MESSAGES / TURN);
    expect_answered(0, 200, "\"msgBody\":\"behind\"");
    expect_answered(1, 200, "\"active\":159,\"inactive\":0");
    get(COUNTS, "\"active\":0,\"inactive\":2");
}

static void a_rewind_is_made_in_slices(void **state)
{
    (void)state;
    service_begin_turn(&service, 0);
    post("/", "Action=CreateQueue&queueName=r&rewindSeconds=3600", "\"code\":0");
    for (int i = 0; i < 100; i++) {
        char body[200];
        post("/", "Action=SendMessage&queueName=r&msgBody=x", "\"code\":0");
        post("/", "Action=ReceiveMessage&queueName=r", "\"code\":0");
        const char *handle = strstr(answer_text(), "\"receiptHandle\":\"") + 17;
        snprintf(body, sizeof body, "Action=DeleteMessage&queueName=r&receiptHandle=%.*s",
                 (int)strcspn(handle, "\""), handle);
        post("/", body, "\"code\":0");
    }
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=r&pollingWaitSeconds=5", FOR_MESSAGE);
    begin_turn();
    post("/", "Action=RewindQueue&queueName=r&startConsumeTime=1893456000", "\"code\":0");
    expect_none_answered();
    park(1, "GET", "/_emulator/queues/r", "", FOR_LINE);
    assert_in_range(take_turns(), (100 - TURN) / TURN, 20);
    expect_answered(0, 200, "\"dequeueCount\":2");
    expect_answered(1, 200, "\"active\":99,\"inactive\":1");
}

/* Its answer tells what is left. */
static void a_reset_of_messages_is_answered_when_it_is_done(void **state)
{
    (void)state;
    park(0, "POST", "/_emulator/reset?what=messages", "", FOR_LINE);
    park(1, "GET", COUNTS, "", FOR_LINE);
    assert_in_range(take_turns(), (MESSAGES - TURN) / TURN, 4 * MESSAGES / TURN);
    expect_answered(0, 200, "\"pendingEvents\":0");
    expect_answered(1, 200, "\"delayed\":0");
}

/* What is left of a command is freed with the rest. */
static void the_program_may_end_within_a_command(void **state)
{
    (void)state;
    post("/", "Action=DeleteQueue&queueName=q", "\"code\":0");
    assert_true(service_is_busy(&service));
}

/* ---- what is due next ---- */

static void send_in_disorder(int least_s)
{
    for (int i = 0; i < MESSAGES / 16; i++) {
        char delay[32];
        snprintf(delay, sizeof delay, "&delaySeconds=%d", least_s + i * 37 % 100);
        send_messages(16, delay);
    }
}

/* Nothing is in order; the clock runs, so time passes between slices. */
static void what_is_due_next_is_found_in_slices(void **state)
{
    static const char *const looks[] = {"/_emulator/clock", "/_emulator/clock/agenda?limit=1"};
    (void)state;
    service_begin_turn(&service, 0);
    post("/_emulator/reset", "", "\"all\"");
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    send_in_disorder(600);
    for (size_t i = 0; i < 2; i++) {
        begin_turn();
        park(0, "GET", looks[i], "", FOR_LINE);
        park(1, "GET", COUNTS, "", FOR_LINE);
        for (; service_is_busy(&service); real_ms++)
            take_turn();
        assert_true(real_ms > BEGUN_MS + (cmq_ms)(i + 1) * MESSAGES / TURN);
        expect_answered(0, 200, "\"atMs\":1893456600000,\"kind\":\"delayed\"");
        expect_answered(1, 200, "\"delayed\":");
        begin_turn();
        get(looks[i], "\"atMs\":1893456600000"); /* that stays so */
        service_begin_turn(&service, 0);
        send_in_disorder(3000); /* the next one is the same, but not those behind it */
    }
}

static void steps_through_disorder_are_made_in_slices(void **state)
{
    (void)state;
    service_begin_turn(&service, 0);
    send_in_disorder(600);
    begin_turn();
    park(0, "POST", "/_emulator/clock/step?events=170", "", FOR_MOVE);
    for (; service_is_busy(&service); begin_turn()) {
        take_turn();
        assert_true(service.registry.host.effort.spent <= 2 * TURN);
    }
    expect_answered(0, 200, "\"toMs\":1893456600000,\"released\":0,\"fired\":170");
}

/* ---- many who wait ---- */

enum { POLLS = 7 };

static void park_polls(void)
{
    service_begin_turn(&service, 0);
    post("/", "Action=CreateQueue&queueName=empty", "\"code\":0");
    for (size_t i = 0; i < POLLS; i++)
        park(i, "POST", "/", "Action=ReceiveMessage&queueName=empty&pollingWaitSeconds=5",
             FOR_MESSAGE);
    begin_turn();
}

/* Those of one instant are delivered in slices, and the move is over when all of them are. */
static void check_slices_of_polls(const char *move)
{
    park_polls();
    park(POLLS, "POST", move, "", FOR_MOVE);
    take_turn();
    expect_answered(0, 200, "(10200)no message");
    assert_true(service_is_busy(&service));
    assert_true(take_turns() > 1);
    for (size_t i = 1; i < POLLS; i++)
        expect_answered(i, 200, "(10200)no message");
    expect_answered(POLLS, 200, "\"released\":7,\"fired\":7");
}

static void polls_are_delivered_in_slices(void **state)
{
    (void)state;
    check_slices_of_polls("/_emulator/clock/advance?by=5s");
}

/* It stops at the last of them, and there nothing else is to fire. */
static void a_step_delivers_polls_in_slices(void **state)
{
    (void)state;
    check_slices_of_polls("/_emulator/clock/step?events=7");
}

/* It has its outcome already, and is delivered to nobody. */
static void who_hangs_up_may_have_been_released(void **state)
{
    (void)state;
    park_polls();
    park(POLLS, "POST", "/_emulator/clock/advance?by=5s", "", FOR_MOVE);
    take_turn();
    expect_answered(0, 200, "(10200)no message");
    service_hang_up(&service, real_ms, &parked[3]);
    take_turns();
    for (size_t i = 1; i <= POLLS; i++)
        assert_non_null(service_take_finished(&service));
    expect_none_answered();
}

/* Those that a reset ends are delivered before anything is new: no time passes, nobody comes in. */
static void a_reset_delivers_polls_in_slices(void **state)
{
    (void)state;
    park_polls();
    park(POLLS, "POST", "/_emulator/reset", "", FOR_LINE);
    park(POLLS + 1, "POST", "/", "Action=CreateQueue&queueName=q", FOR_LINE);
    take_turn();
    expect_answered(0, 200, "4440");
    get("/_emulator/namespaces/default", "\"nowMs\":1893456000000,");
    assert_true(take_turns() > 0);
    for (size_t i = 1; i < POLLS; i++)
        expect_answered(i, 200, "4440");
    expect_answered(POLLS, 200, "\"reset\":\"all\",\"released\":7,");
    expect_answered(POLLS + 1, 200, "\"code\":0");
    get(COUNTS, "\"delayed\":0,\"active\":0");
}

static void a_reset_goes_on_without_who_asked_for_it(void **state)
{
    (void)state;
    park_polls();
    park(POLLS, "POST", "/_emulator/reset", "", FOR_LINE);
    take_turn();
    service_hang_up(&service, real_ms, &parked[POLLS]);
    take_turns();
    for (size_t i = 0; i <= POLLS; i++)
        assert_non_null(service_take_finished(&service));
    expect("GET", COUNTS, "", 404, "no-such-queue");
}

/* All that is made for it is freed, and all polls are answered. */
static void the_program_may_end_within_a_reset(void **state)
{
    (void)state;
    park_polls();
    park(POLLS, "POST", "/_emulator/reset", "", FOR_LINE);
    take_turn();
    service_end_all_waits(&service, real_ms);
    for (size_t i = 0; i <= POLLS; i++)
        assert_non_null(service_take_finished(&service));
}

/* What becomes available at one instant is handed out in slices, too. */
static void polls_are_served_in_slices(void **state)
{
    (void)state;
    park_polls();
    service_begin_turn(&service, 0);
    for (size_t i = 0; i < POLLS; i++)
        post("/", "Action=SendMessage&queueName=empty&delaySeconds=1&msgBody=x", "\"code\":0");
    begin_turn();
    park(POLLS, "POST", "/_emulator/clock/advance?by=1s", "", FOR_MOVE);
    assert_true(take_turns() > POLLS / 2);
    for (size_t i = 0; i < POLLS; i++)
        expect_answered(i, 200, "\"msgBody\":\"x\"");
    expect_answered(POLLS, 200, "\"released\":7,\"fired\":7");
}

/* They are judged before anything else happens that could make them false again. */
static void conditions_are_judged_in_slices(void **state)
{
    (void)state;
    service_begin_turn(&service, 0);
    post("/", "Action=CreateQueue&queueName=w", "\"code\":0");
    for (size_t i = 0; i < POLLS; i++)
        park(i, "POST", "/_emulator/await",
             "{\"until\":{\"queue\":\"w\",\"state\":\"active\",\"count\":{\"eq\":1}}}",
             FOR_CONDITION);
    begin_turn();
    post("/", "Action=SendMessage&queueName=w&msgBody=x", "\"code\":0");
    park(POLLS, "POST", "/", "Action=ReceiveMessage&queueName=w", FOR_LINE);
    assert_true(take_turns() > 1);
    for (size_t i = 0; i < POLLS; i++)
        expect_answered(i, 200, "\"satisfied\":true");
    expect_answered(POLLS, 200, "\"msgBody\":\"x\"");
}

/* ---- pushes ---- */

static struct push *taken[MESSAGES];

static size_t take_pushes(size_t count)
{
    for (struct push *p; (p = service_take_push(&service)) != NULL; count++) {
        assert_true(count < MESSAGES);
        taken[count] = p;
    }
    return count;
}

static void end_pushes(size_t count, int status)
{
    struct push_outcome outcome = {.delivered = status == 200, .status = status};
    for (size_t i = 0; i < count; i++)
        service_end_push(&service, real_ms, taken[i], &outcome);
}

/* As many as there are messages, at one instant a second from now. */
static void make_retries(void)
{
    service_begin_turn(&service, 0);
    post("/", "Action=CreateTopic&topicName=t", "\"code\":0");
    post("/",
         "Action=Subscribe&topicName=t&subscriptionName=s&protocol=http&endpoint=http://h/"
         "&notifyStrategy=EXPONENTIAL_DECAY_RETRY",
         "\"code\":0");
    for (int i = 0; i < MESSAGES; i++)
        post("/", "Action=PublishMessage&topicName=t&msgBody=x", "\"code\":0");
    assert_int_equal(take_pushes(0), MESSAGES);
    end_pushes(MESSAGES, 500);
    begin_turn();
}

/* All of an instant are under way before any has its outcome, and those have theirs before time goes
 * on, or the move is over. */
static void check_slices_of_pushes(const char *move, const char *answer)
{
    size_t count = 0, turns = 0;
    make_retries();
    park(0, "POST", move, "", FOR_MOVE);
    park(1, "GET", "/_emulator/topics/t", "", FOR_LINE);
    for (; service_is_busy(&service) && count < MESSAGES; turns++) {
        take_turn();
        assert_true(service.registry.host.effort.spent <= 2 * TURN);
        count = take_pushes(count);
    }
    assert_int_equal(count, MESSAGES);
    assert_true(turns > MESSAGES / TURN);
    expect_answered(1, 200, "\"state\":\"in-flight\"");
    begin_turn();
    end_pushes(MESSAGES, 500);
    expect_none_answered();
    park(1, "GET", "/_emulator/topics/t", "", FOR_LINE);
    assert_true(take_turns() > MESSAGES / TURN);
    expect_answered(0, 200, answer);
    expect_answered(1, 200, "\"nextMs\":1893456003000");
}

static void pushes_and_their_outcomes_go_in_slices(void **state)
{
    (void)state;
    check_slices_of_pushes("/_emulator/clock/advance?by=2s",
                           "\"toMs\":1893456002000,\"released\":0,\"fired\":160");
}

static void a_move_ends_with_the_outcomes_of_its_last_instant(void **state)
{
    (void)state;
    check_slices_of_pushes("/_emulator/clock/advance?by=1s",
                           "\"toMs\":1893456001000,\"released\":0,\"fired\":160");
}

/* What follows from the outcomes of the first slice is due at once, and waits for the rest: so the
 * second messages of all subscriptions begin together. */
static void outcomes_in_slices_have_one_effect(void **state)
{
    enum { SUBSCRIPTIONS = 12 };
    (void)state;
    service_begin_turn(&service, 0);
    post("/", "Action=CreateTopic&topicName=t", "\"code\":0");
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
        char body[200];
        snprintf(body, sizeof body,
                 "Action=Subscribe&topicName=t&subscriptionName=s%d&protocol=http"
                 "&endpoint=http://h/&notifyStrategy=BACKOFF_RETRY",
                 i);
        post("/", body, "\"code\":0");
    }
    begin_turn();
    post("/", "Action=PublishMessage&topicName=t&msgBody=first", "\"code\":0");
    park(0, "POST", "/", "Action=PublishMessage&topicName=t&msgBody=second", FOR_LINE);
    assert_true(take_turns() > 1);
    expect_answered(0, 200, "\"code\":0");
    assert_int_equal(take_pushes(0), SUBSCRIPTIONS);
    end_pushes(SUBSCRIPTIONS, 200);
    assert_true(service_is_busy(&service));
    assert_true(take_turns() > 1);
    assert_int_equal(take_pushes(0), SUBSCRIPTIONS);
    end_pushes(SUBSCRIPTIONS, 200);
}

/* An automatic clock goes to one instant, and is not seen on the way. */
static void automatic_time_jumps_in_slices(void **state)
{
    (void)state;
    post("/", "Action=CreateQueue&queueName=empty", "\"code\":0");
    post("/_emulator/clock/auto", "", "\"auto\"");
    exchange_reset(&exchange);
    park(0, "POST", "/", "Action=ReceiveMessage&queueName=empty&pollingWaitSeconds=30",
         FOR_MESSAGE);
    assert_true(service_may_jump(&service));
    begin_turn();
    service_jump(&service, real_ms);
    assert_true(service_is_busy(&service));
    assert_false(service_may_jump(&service));
    park(1, "GET", COUNTS, "", FOR_LINE);
    take_turns();
    expect_answered(1, 200, "\"active\":160");
    check_exchange("its time", &parked[1], 200, "\"nowMs\":1893456010000");
}

#define CLUSTERS                                                                               \
    "/_emulator/clock/agenda?edges=1893456000000,1893456010000,1893456010001&limit=2"

/* Those that end meanwhile are not come by: 160 delays and 160 ends of retention are left. */
static void a_survey_is_made_in_slices(void **state)
{
    (void)state;
    for (size_t i = 2; i < 6; i++)
        park(i, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=10", "",
             FOR_MESSAGE);
    begin_turn();
    park(0, "GET", CLUSTERS, "", FOR_LINE);
    park(1, "GET", "/?Action=SendMessage&queueName=q&msgBody=late", "", FOR_LINE);
    for (size_t i = 2; i < 6; i++)
        service_hang_up(&service, real_ms, &parked[i]);
    assert_true(take_turns() > MESSAGES / TURN);
    for (size_t i = 2; i < 6; i++)
        assert_ptr_equal(service_take_finished(&service), &parked[i]);
    expect_answered(0, 200,
                    "\"clusters\":[{\"fromMs\":1893456010000,\"toMs\":1893456010001,"
                    "\"count\":160,\"byKind\":{\"delayed\":160}}],\"lastMs\":1893801600000,"
                    "\"total\":320");
    expect_answered(1, 200, "\"code\":0");
}

/* Its client goes, or the emulator is told to stop: nobody waits for the rest. */
static void a_survey_may_be_given_up(void **state)
{
    struct budget *answers = &service.registry.host.budgets.answers;
    (void)state;
    begin_turn();
    park(0, "GET", CLUSTERS, "", FOR_LINE);
    assert_true(answers->used > 0);
    take_turn();
    service_hang_up(&service, real_ms, &parked[0]);
    assert_ptr_equal(service_take_finished(&service), &parked[0]);
    exchange_reset(&parked[0]);
    assert_int_equal(answers->used, 0);
    take_turns();
    service_begin_turn(&service, 0);
    get("/_emulator/clock/agenda?edges=1893456010000,1893456010001&limit=0", "\"count\":160");
    begin_turn();
    park(0, "GET", CLUSTERS, "", FOR_LINE); /* until the end */
}

static void a_survey_has_its_budget(void **state)
{
    struct budget *answers = &service.registry.host.budgets.answers;
    (void)state;
    service_begin_turn(&service, 0);
    answers->most = answers->used + 1000;
    expect("GET", "/_emulator/clock/agenda?from=0&limit=100", "", 503, "answers-full");
    assert_int_equal(exchange.retry_after_s, 1);
    answers->most = SIZE_MAX;
    get("/_emulator/clock/agenda?from=0&limit=100", "\"total\":320");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    static const struct CMUnitTest tests[] = {
        CASE(a_long_move_takes_many_turns),
        CASE(without_turns_there_are_no_slices),
        CASE(calls_stand_in_line_in_order_of_arrival),
        CASE(others_do_not_wait),
        CASE(catching_up_is_done_in_slices),
        CASE(the_timer_does_no_more_than_a_slice),
        CASE(who_hangs_up_leaves_the_line),
        CASE(who_moves_may_hang_up_between_slices),
        CASE(a_poll_from_the_line_is_parked_anew),
        CASE(a_busy_namespace_can_be_dropped),
        CASE(the_end_of_the_program_does_not_wait),
        CASE(steps_and_runs_are_made_in_slices),
        CASE(a_survey_is_made_in_slices),
        CASE(a_survey_may_be_given_up),
        CASE(a_survey_has_its_budget),
        CASE(automatic_time_jumps_in_slices),
        CASE(what_is_due_next_is_found_in_slices),
        CASE(steps_through_disorder_are_made_in_slices),
        CASE(polls_are_delivered_in_slices),
        CASE(a_step_delivers_polls_in_slices),
        CASE(who_hangs_up_may_have_been_released),
        CASE(a_reset_delivers_polls_in_slices),
        CASE(a_reset_goes_on_without_who_asked_for_it),
        CASE(the_program_may_end_within_a_reset),
        CASE(polls_are_served_in_slices),
        CASE(conditions_are_judged_in_slices),
        CASE(commands_for_all_messages_are_done_in_slices),
        CASE(commands_for_all_deliveries_are_done_in_slices),
        CASE(dead_letters_are_moved_in_slices),
        CASE(who_finds_dead_letters_may_hang_up),
        CASE(a_poll_moves_dead_letters_and_waits),
        CASE(pushes_and_their_outcomes_go_in_slices),
        CASE(a_move_ends_with_the_outcomes_of_its_last_instant),
        CASE(outcomes_in_slices_have_one_effect),
        CASE(dead_letters_between_others_are_moved_in_slices),
        CASE(a_rewind_is_made_in_slices),
        CASE(a_reset_of_messages_is_answered_when_it_is_done),
        CASE(the_program_may_end_within_a_command),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
