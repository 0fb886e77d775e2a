/* A reader walks over the text: each read_ and skip function takes what it recognizes off the
 * front and says whether it did. A text is accepted only if nothing is left of it.
 *
 * Nothing here can overflow, whatever the digits: numbers stop growing at 2^53, and sums and
 * products of durations at CMQ_LAST_MS. Both are far above every value that is accepted or that
 * makes a difference. */
#include "base/instant.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

_Static_assert(sizeof(time_t) >= sizeof(int64_t), "time_t must reach the year 9999");

/* What is left to read. */
struct reader {
    struct bytes rest;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool skip(struct reader *r, const char *text)
{
    size_t len = strlen(text);
    if (r->rest.len < len ||
        !bytes_equal_nocase((struct bytes){r->rest.data, len}, bytes_of(text)))
        return false;
    r->rest.data += len;
    r->rest.len -= len;
    return true;
}

/* A number of at least one digit; 2^53 if it is larger. */
static bool read_number(struct reader *r, int64_t *out)
{
    const int64_t bound = (int64_t)1 << 53;
    size_t digits = 0;
    int64_t n = 0;
    while (digits < r->rest.len && is_digit(r->rest.data[digits])) {
        n = n * 10 + (r->rest.data[digits++] - '0');
        n = n < bound ? n : bound;
    }
    r->rest.data += digits;
    r->rest.len -= digits;
    *out = n;
    return digits > 0;
}

/* One to three decimals after a point, as thousandths; 0 when there is no point. */
static bool read_thousandths(struct reader *r, int64_t *out)
{
    *out = 0;
    if (!skip(r, "."))
        return true;
    int64_t weight = 100;
    size_t digits = 0;
    for (; digits < r->rest.len && is_digit(r->rest.data[digits]); digits++) {
        if (weight == 0)
            return false;
        *out += weight * (r->rest.data[digits] - '0');
        weight /= 10;
    }
    r->rest.data += digits;
    r->rest.len -= digits;
    return digits > 0;
}

static cmq_ms times(int64_t n, cmq_ms unit_ms)
{
    return n > CMQ_LAST_MS / unit_ms ? CMQ_LAST_MS : n * unit_ms;
}

static cmq_ms plus(cmq_ms a, cmq_ms b)
{
    return a > CMQ_LAST_MS - b ? CMQ_LAST_MS : a + b;
}

/* "ms" stands before "m" in the table, since the first name that matches is taken. */
static bool read_unit(struct reader *r, cmq_ms *unit_ms)
{
    static const struct {
        const char *name;
        cmq_ms ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (skip(r, units[i].name)) {
            *unit_ms = units[i].ms;
            return true;
        }
    }
    return false;
}

static bool read_seconds(struct bytes text, cmq_ms *out)
{
    struct reader r = {text};
    int64_t seconds;
    int64_t thousandths;
    if (!read_number(&r, &seconds) || !read_thousandths(&r, &thousandths) || r.rest.len > 0)
        return false;
    *out = plus(times(seconds, 1000), thousandths);
    return true;
}

bool duration_parse(struct bytes text, cmq_ms *out)
{
    if (read_seconds(text, out))
        return true;
    struct reader r = {text};
    cmq_ms sum_ms = 0;
    do {
        int64_t n;
        cmq_ms unit_ms;
        if (!read_number(&r, &n) || !read_unit(&r, &unit_ms))
            return false;
        sum_ms = plus(sum_ms, times(n, unit_ms));
    } while (r.rest.len > 0);
    *out = sum_ms;
    return true;
}

/* The nearest double to a whole number of milliseconds is off by less than the tolerance on all
 * of the timeline; the fourth decimal is twice that. */
bool duration_of_seconds(double seconds, cmq_ms *out)
{
    const double tolerance = 0.05;
    double ms = round(seconds * 1000);
    if (!(seconds >= 0) || fabs(seconds * 1000 - ms) > tolerance)
        return false;
    *out = ms > (double)CMQ_LAST_MS ? CMQ_LAST_MS : (cmq_ms)ms;
    return true;
}

static bool read_digits(struct reader *r, size_t digits, int64_t min, int64_t max, int64_t *out)
{
    const char *from = r->rest.data;
    return read_number(r, out) && (size_t)(r->rest.data - from) == digits && *out >= min &&
           *out <= max;
}

static bool read_offset(struct reader *r, cmq_ms *offset_ms)
{
    int64_t hours;
    int64_t minutes;
    *offset_ms = 0;
    if (skip(r, "Z"))
        return true;
    bool west = skip(r, "-");
    /* A "+" that was not encoded in a query string arrives as a blank. */
    if (!west && !skip(r, "+") && !skip(r, " "))
        return false;
    if (!read_digits(r, 2, 0, 23, &hours) || !skip(r, ":") ||
        !read_digits(r, 2, 0, 59, &minutes))
        return false;
    *offset_ms = (hours * 60 + minutes) * 60000 * (west ? -1 : 1);
    return true;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* As many decimals as a clock has, such as microseconds; what is less than a millisecond is cut off. */
static bool read_fraction(struct reader *r, int64_t *thousandths)
{
    struct reader begin = {r->rest};
    size_t digits = 0;
    *thousandths = 0;
    if (!skip(r, "."))
        return true;
    while (digits < r->rest.len && is_digit(r->rest.data[digits]))
        digits++;
    begin.rest.len = 1 + (digits < 3 ? digits : 3);
    r->rest.data += digits;
    r->rest.len -= digits;
    return read_thousandths(&begin, thousandths);
}

/* 1969 is accepted as a year because an offset may move it into 1970. */
static bool read_rfc3339(struct bytes text, cmq_ms *out)
{
    struct reader r = {text};
    int64_t year, month, day, hour, minute, second, thousandths;
    cmq_ms offset_ms;
    if (!read_digits(&r, 4, 1969, 9999, &year) || !skip(&r, "-") ||
        !read_digits(&r, 2, 1, 12, &month) || !skip(&r, "-") ||
        !read_digits(&r, 2, 1, 31, &day) || !is_date(year, month, day) || !skip(&r, "T") ||
        !read_digits(&r, 2, 0, 23, &hour) || !skip(&r, ":") ||
        !read_digits(&r, 2, 0, 59, &minute) || !skip(&r, ":") ||
        !read_digits(&r, 2, 0, 59, &second) || !read_fraction(&r, &thousandths) ||
        !read_offset(&r, &offset_ms) || r.rest.len > 0)
        return false;
    struct tm tm = {.tm_year = (int)year - 1900,
                    .tm_mon = (int)month - 1,
                    .tm_mday = (int)day,
                    .tm_hour = (int)hour,
                    .tm_min = (int)minute,
                    .tm_sec = (int)second};
    *out = (cmq_ms)timegm(&tm) * 1000 + thousandths - offset_ms;
    return *out >= 0 && *out <= CMQ_LAST_MS;
}

bool instant_parse(struct bytes text, cmq_ms *out)
{
    struct reader r = {text};
    if (read_number(&r, out) && r.rest.len == 0)
        return *out <= CMQ_LAST_MS;
    return read_rfc3339(text, out);
}

void instant_format(cmq_ms at_ms, char out[INSTANT_TEXT_SIZE])
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    size_t len;
    gmtime_r(&seconds, &tm);
    len = strftime(out, INSTANT_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + len, INSTANT_TEXT_SIZE - len, ".%03dZ", (int)(at_ms % 1000));
}
