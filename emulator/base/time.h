/* time.h - instants and durations.
 *
 * An instant is a number of milliseconds since the Unix epoch on the engine's own timeline,
 * which need not be the wall clock's. A deadline has passed when now_ms >= due_ms. Whole
 * seconds, truncated, appear only in the wire protocol. */
#ifndef CMQ_BASE_TIME_H
#define CMQ_BASE_TIME_H

#include <stdint.h>

typedef int64_t cmq_ms;

#define CMQ_NEVER INT64_MAX

/* The last instant that an engine can reach: 9999-12-31T23:59:59.999Z, the last that RFC 3339
 * can write. Deadlines may be later: the wheel reaches to 2^48. */
#define CMQ_LAST_MS ((cmq_ms)253402300799999)

#endif
