/* instant.h - durations and instants as people write them. */
#ifndef CMQ_BASE_INSTANT_H
#define CMQ_BASE_INSTANT_H

#include "base/bytes.h"
#include "base/time.h"

enum { INSTANT_TEXT_SIZE = sizeof "9999-12-31T23:59:59.999Z" };

/* "250ms", "90s", "10m", "12h", "15d", sums such as "1h30m", or a number of seconds, with up to
 * three decimals. What is longer than the engine's timeline is cut to CMQ_LAST_MS. False if it
 * is none of these; negative ones are not. */
bool duration_parse(struct bytes text, cmq_ms *out);

/* Epoch milliseconds, or RFC 3339 ("2017-03-05T13:01:02Z", "2017-03-05T21:01:02.250+08:00"),
 * from 1970 to CMQ_LAST_MS. */
bool instant_parse(struct bytes text, cmq_ms *out);

/* RFC 3339 with milliseconds, in UTC. */
void instant_format(cmq_ms at_ms, char out[INSTANT_TEXT_SIZE]);

#endif
