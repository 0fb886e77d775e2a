#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define NONE         INT64_MIN

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        cmq_ms ms;
    } cases[] = {
        {"0", 0},
        {"90", 90000},
        {"1.5", 1500},
        {"0.001", 1},
        {"250ms", 250},
        {"90s", 90000},
        {"10m", 600000},
        {"12h", 43200000},
        {"15d", 1296000000},
        {"1h30m", 5400000},
        {"1d1h1m1s1ms", 90061001},
        {"1H30M", 5400000},
        {"99999999999999999999d", CMQ_LAST_MS},
        {"99999999999999999999", CMQ_LAST_MS},
        {"", NONE},
        {"-1", NONE},
        {"-1s", NONE},
        {"1.0001", NONE},
        {"1.", NONE},
        {".5", NONE},
        {"1.5h", NONE},
        {"s", NONE},
        {"1x", NONE},
        {"1h30", NONE},
        {"1 h", NONE},
        {" 1", NONE},
        {"1e3", NONE},
        {"infinity", NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cmq_ms ms = NONE;
        bool read = duration_parse(bytes_of(cases[i].text), &ms);
        if (read != (cases[i].ms != NONE) || (read && ms != cases[i].ms))
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
    }
}

static void takes_seconds_with_three_decimals(void **state)
{
    static const struct {
        double seconds;
        cmq_ms ms;
    } cases[] = {
        {0, 0},
        {1.5, 1500},
        {0.001, 1},
        {1.001, 1001},
        {0.29, 290},
        {253402300799.999, CMQ_LAST_MS},
        {253402300799.998, CMQ_LAST_MS - 1},
        {1e300, CMQ_LAST_MS},
        {1e308, CMQ_LAST_MS},
        {0.0001, NONE},
        {1.0004, NONE},
        {1.0005, NONE},
        {253402300799.9985, NONE},
        {-0.001, NONE},
        {-1, NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cmq_ms ms = NONE;
        bool taken = duration_of_seconds(cases[i].seconds, &ms);
        if (taken != (cases[i].ms != NONE) || (taken && ms != cases[i].ms))
            fail_msg("%.4f: %lld", cases[i].seconds, (long long)ms);
    }
}

static void reads_instants(void **state)
{
    static const struct {
        const char *text;
        cmq_ms ms;
    } cases[] = {
        {"0", 0},
        {"1488718862000", 1488718862000},
        {"253402300799999", CMQ_LAST_MS},
        {"253402300800000", NONE},
        {"99999999999999999999999", NONE},
        {"2017-03-05T13:01:02Z", 1488718862000},
        {"2017-03-05t13:01:02z", 1488718862000},
        {"2017-03-05T13:01:02.250Z", 1488718862250},
        {"2017-03-05T13:01:02.2Z", 1488718862200},
        {"2017-03-05T13:01:02.250999Z", 1488718862250},
        {"2017-03-05T21:01:02.0009999999999999999999999+08:00", 1488718862000},
        {"9999-12-31T23:59:59.9999999Z", CMQ_LAST_MS},
        {"2017-03-05T13:01:02.Z", NONE},
        {"2017-03-05T13:01:02.", NONE},
        {"2017-03-05T13:01:02.25x0Z", NONE},
        {"2017-03-05T21:01:02+08:00", 1488718862000},
        {"2017-03-05T21:01:02 08:00", 1488718862000},
        {"2017-03-05T09:01:02-04:00", 1488718862000},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:00:00-01:00", 0},
        {"1970-01-01T00:00:00+01:00", NONE},
        {"9999-12-31T23:59:59.999Z", CMQ_LAST_MS},
        {"9999-12-31T23:59:59.999-00:01", NONE},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2023-02-29T00:00:00Z", NONE},
        {"2100-02-29T00:00:00Z", NONE},
        {"2017-13-05T13:01:02Z", NONE},
        {"2017-00-05T13:01:02Z", NONE},
        {"2017-03-05T24:01:02Z", NONE},
        {"2017-03-05T13:60:02Z", NONE},
        {"2017-03-05T13:01:60Z", NONE},
        {"2017-03-05T13:01:02", NONE},
        {"2017-03-05", NONE},
        {"2017-3-5T13:01:02Z", NONE},
        {"2017-03-05T13:01:02Zx", NONE},
        {"-1", NONE},
        {"1.5", NONE},
        {"now", NONE},
        {"", NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cmq_ms ms = NONE;
        bool read = instant_parse(bytes_of(cases[i].text), &ms);
        if (read != (cases[i].ms != NONE) || (read && ms != cases[i].ms))
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
    }
}

static void writes_what_it_reads(void **state)
{
    static const cmq_ms instants[] = {0, 1, 999, 1488718862000, 1709164800123, CMQ_LAST_MS};
    (void)state;
    for (size_t i = 0; i < COUNT(instants); i++) {
        char text[INSTANT_TEXT_SIZE];
        cmq_ms ms;
        instant_format(instants[i], text);
        assert_true(instant_parse(bytes_of(text), &ms));
        assert_true(ms == instants[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(takes_seconds_with_three_decimals),
        cmocka_unit_test(reads_instants),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
