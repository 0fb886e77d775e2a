/* Real time when somebody sets the machine's clock, and what follows for the clocks of
 * namespaces. The machine's clocks are variables. */
#include "server/realclock.h"

#include "tests/support/ask_service.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define HOUR_MS      ((cmq_ms)3600000)

static struct realclock rc;
static int64_t wall_ns, boot_ns;
static int64_t late_ns; /* how long a reading takes */

static int64_t read_variables(clockid_t id)
{
    int64_t ns = id == CLOCK_REALTIME ? wall_ns : boot_ns;
    assert_true(id == CLOCK_REALTIME || id == CLOCK_BOOTTIME);
    wall_ns += late_ns;
    boot_ns += late_ns;
    return ns;
}

/* The wall clock may be within a millisecond, at the start. */
static int start(void **state)
{
    (void)state;
    late_ns = 0;
    wall_ns = BEGUN_MS * 1000000 + 999999;
    boot_ns = 123456789;
    realclock_start_by(&rc, read_variables);
    start_service(10);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

static void pass(cmq_ms ms)
{
    wall_ns += ms * 1000000;
    boot_ns += ms * 1000000;
}

static void set_wall(cmq_ms by_ms)
{
    wall_ns += by_ms * 1000000;
}

static void real_time_has_no_steps(void **state)
{
    static const cmq_ms steps[] = {HOUR_MS, -2 * HOUR_MS, -1, 6, -BEGUN_MS, 0};
    cmq_ms last_ms = realclock_now_ms(&rc);
    (void)state;
    assert_true(last_ms == BEGUN_MS);
    for (size_t i = 0; i < COUNT(steps); i++) {
        set_wall(steps[i]);
        assert_true(realclock_now_ms(&rc) == last_ms);
        pass(10);
        last_ms += 10;
        assert_true(realclock_now_ms(&rc) == last_ms);
    }
}

static void the_wall_clock_is_found_again(void **state)
{
    static const struct {
        const char *what;
        cmq_ms set, last, ahead;
    } rows[] = {
        {"not set", 0, 0, 0},
        {"ahead", HOUR_MS, 0, HOUR_MS},
        {"back again", -HOUR_MS, HOUR_MS, 0},
        {"behind", -HOUR_MS, 0, -HOUR_MS},
        {"behind still", 0, -HOUR_MS, -HOUR_MS},
        {"a difference that may be one of reading", 4, -HOUR_MS, -HOUR_MS},
        {"a small step", 2, -HOUR_MS, 6 - HOUR_MS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_wall(rows[i].set);
        if (realclock_ahead_ms(&rc, rows[i].last) != rows[i].ahead)
            fail_msg("%s", rows[i].what);
        pass(1);
    }
}

static void slow_reading_is_no_step(void **state)
{
    (void)state;
    for (late_ns = 0; late_ns < 100000000; late_ns += 333333)
        assert_true(realclock_ahead_ms(&rc, 0) == 0);
    set_wall(HOUR_MS);
    assert_true(realclock_ahead_ms(&rc, 0) == 0); /* next time */
    late_ns = 1000;
    assert_true(realclock_ahead_ms(&rc, 0) == HOUR_MS);
}

/* What the loop does in each turn. */
static void turn(void)
{
    static cmq_ms ahead_ms;
    real_ms = realclock_now_ms(&rc);
    ahead_ms = realclock_ahead_ms(&rc, ahead_ms);
    service_set_wall(&service, ahead_ms);
    service_tick(&service, real_ms);
}

static void expect_clock(const char *target, cmq_ms now_ms, cmq_ms offset_ms)
{
    char part[64];
    get(target, "\"mode\":\"real\"");
    snprintf(part, sizeof part, "\"nowMs\":%lld,", (long long)now_ms);
    get(target, part);
    snprintf(part, sizeof part, "\"offsetMs\":%lld,", (long long)offset_ms);
    get(target, part);
}

#define CLOCK "/_emulator/clock"

static void steps_move_no_clock_that_runs(void **state)
{
    static const cmq_ms steps[] = {HOUR_MS, -HOUR_MS};
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        finish(state);
        start(state);
        turn();
        post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
        post("/", "Action=SendMessage&queueName=q&msgBody=x&delaySeconds=60", "\"code\":0");
        set_wall(steps[i]);
        pass(59999);
        turn();
        post("/", "Action=ReceiveMessage&queueName=q", "no message");
        expect_clock(CLOCK, BEGUN_MS + 59999, -steps[i]);
        assert_true(service_wake_ms(&service) > real_ms);
        assert_true(service_wake_ms(&service) <= real_ms + 1);
        pass(1);
        turn();
        post("/", "Action=ReceiveMessage&queueName=q", "\"msgBody\":\"x\"");
    }
}

/* All that comes back to the wall clock, or begins by it. */
static void what_begins_anew_begins_by_the_wall_clock(void **state)
{
    static const cmq_ms steps[] = {HOUR_MS, -HOUR_MS};
    static const char *const calls[] = {"/_emulator/clock/reset", "/_emulator/reset",
                                        "/_emulator/reset?what=clock"};
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        for (size_t j = 0; j < COUNT(calls); j++) {
            finish(state);
            start(state);
            set_wall(steps[i]);
            pass(1000);
            turn();
            expect_clock(CLOCK, BEGUN_MS + 1000, -steps[i]);
            post(calls[j], "", "\"mode\":\"real\"");
            expect_clock(CLOCK, BEGUN_MS + 1000 + steps[i], 0);
            post("/_emulator/namespaces", "{\"name\":\"new\"}", "\"namespace\":\"new\"");
            expect_clock(CLOCK "?namespace=new", BEGUN_MS + 1000 + steps[i], 0);
            pass(10);
            turn();
            expect_clock(CLOCK "?namespace=new", BEGUN_MS + 1010 + steps[i], 0);
            expect_clock(CLOCK, BEGUN_MS + 1010 + steps[i], 0);
        }
    }
}

/* As always, time goes back only where there is nothing. */
static void a_clock_that_was_set_back_takes_nothing_back(void **state)
{
    (void)state;
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    set_wall(-HOUR_MS);
    turn();
    expect("POST", CLOCK "/reset", "", 409, "\"time-backwards\"");
    expect_clock(CLOCK, BEGUN_MS, HOUR_MS);
}

/* Both clocks go on. */
static void time_passes_in_suspension(void **state)
{
    (void)state;
    turn();
    post("/", "Action=CreateQueue&queueName=q", "\"code\":0");
    pass(HOUR_MS);
    turn();
    expect_clock(CLOCK, BEGUN_MS + HOUR_MS, 0);
}

/* It is heard for a step of the machine's clock alone. */
static void the_alarm_is_silent(void **state)
{
    int fd = realclock_alarm();
    struct pollfd p = {.fd = fd, .events = POLLIN};
    (void)state;
    if (fd < 0)
        skip();
    assert_int_equal(poll(&p, 1, 0), 0);
    realclock_hear(fd); /* does not wait */
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_time_has_no_steps),
        TEST(the_wall_clock_is_found_again),
        TEST(slow_reading_is_no_step),
        TEST(steps_move_no_clock_that_runs),
        TEST(what_begins_anew_begins_by_the_wall_clock),
        TEST(a_clock_that_was_set_back_takes_nothing_back),
        TEST(time_passes_in_suspension),
        TEST(the_alarm_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
