/* instant.h - durations and instants as people write them (admin 1.3). */
#ifndef CMQ_BASE_INSTANT_H
#define CMQ_BASE_INSTANT_H

#include "base/bytes.h"
#include "base/time.h"

enum { INSTANT_TEXT_SIZE = sizeof "9999-12-31T23:59:59.999Z" };

/* "250ms", "90s", "10m", "12h", "15d", sums such as "1h30m", or a number of seconds with up to
 * three decimals. A duration longer than the engine's timeline becomes CMQ_LAST_MS. False for
 * anything else, also for a negative one. */
bool duration_parse(struct bytes text, cmq_ms *out);

/* The same of seconds that are a number already, as in JSON: no more decimals, nor below 0. */
bool duration_of_seconds(double seconds, cmq_ms *out);

/* Epoch milliseconds, or RFC 3339 ("2017-03-05T13:01:02Z", "2017-03-05T21:01:02.250+08:00"),
 * of which what is less than a millisecond is cut off. False for anything else, and for an
 * instant before 1970 or after CMQ_LAST_MS. */
bool instant_parse(struct bytes text, cmq_ms *out);

/* RFC 3339 with milliseconds, in UTC. */
void instant_format(cmq_ms at_ms, char out[INSTANT_TEXT_SIZE]);

#endif
