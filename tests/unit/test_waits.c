/* How long calls wait in real time: an await that is not told how long, and long polls while
 * virtual time stands. */
#include "tests/support/ask_service.h"
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void an_await_waits_ten_seconds_unless_told_otherwise(void **state)
{
    static const char never[] = "{\"until\":{\"polls\":{\"ge\":1}}}";
    (void)state;
    start_service(1);
    park(0, "POST", "/_emulator/await", never, FOR_CONDITION);
    assert_true(parked[0].wait_ms == 10000);
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 200, "\"satisfied\":false");
    park(0, "POST", "/_emulator/await?timeout=1h", never, FOR_CONDITION);
    assert_true(parked[0].wait_ms == 3600000);
    service_end_wait(&service, real_ms, &parked[0]);
    expect_answered(0, 200, "\"satisfied\":false");
    stop_service();
}

/* A connection on which a poll of one second waits; the clock is frozen. */
static int poll_on_a_frozen_clock(const struct program *p)
{
    int fd = program_connect(p);
    check_answer(ask(fd, "POST", "/_emulator/clock/freeze?at=2030-01-01T00:00:00Z", NULL),
                 "\"frozen\"");
    check_answer(ask(fd, "GET", "/?Action=CreateQueue&queueName=q", NULL), "\"code\":0");
    send_request(fd, "GET", "/?Action=ReceiveMessage&queueName=q&pollingWaitSeconds=1", NULL);
    await_parked(p, 1);
    return fd;
}

/* The one that ends by virtual time alone waits longer than the other one, which came later. */
static void polls_end_in_real_time_where_time_stands(void **state)
{
    static const char *const no_options[] = {NULL};
    static const char *const by_virtual_time[] = {"--poll-time", "virtual", NULL};
    struct program real;
    struct program virtual;
    (void)state;
    program_start(&real, no_options);
    program_start(&virtual, by_virtual_time);
    int longer = poll_on_a_frozen_clock(&virtual);
    int fd = poll_on_a_frozen_clock(&real);
    expect_response("the poll", fd, 200, "(10200)no message");
    check_answer(ask(fd, "GET", "/_emulator/clock", NULL),
                 "\"nowMs\":1893456000000,\"now\":\"2030-01-01T00:00:00.000Z\"");
    await_parked(&virtual, 1);
    assert_false(is_readable(longer));
    check_answer(ask_once(&virtual, "POST", "/_emulator/clock/advance?by=1s", NULL),
                 "\"released\":1");
    expect_response("by virtual time", longer, 200, "(10200)no message");
    close(fd);
    close(longer);
    assert_int_equal(program_stop(&real), 0);
    assert_int_equal(program_stop(&virtual), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_await_waits_ten_seconds_unless_told_otherwise),
        cmocka_unit_test(polls_end_in_real_time_where_time_stands),
    };
    return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
