/* realclock.h - real time: the only part of the emulator that reads the system's clocks.
 *
 * Real time is the wall clock as of realclock_start() and the time that has passed since, also
 * while the machine was suspended. It does not go back, and has no steps when somebody sets the
 * machine's clock: deadlines are kept by it. How far the wall clock is from it by now is told
 * apart. */
#ifndef CMQ_SERVER_REALCLOCK_H
#define CMQ_SERVER_REALCLOCK_H

#include "base/time.h"

#include <time.h>

/* A clock of the system, in nanoseconds. */
typedef int64_t realclock_read_fn(clockid_t id);

struct realclock {
    realclock_read_fn *read;
    int64_t begun_wall_ns;
    int64_t begun_ns; /* CLOCK_BOOTTIME */
};

void realclock_start(struct realclock *c);

/* For tests: read takes the place of the system. */
void realclock_start_by(struct realclock *c, realclock_read_fn *read);

cmq_ms realclock_now_ms(const struct realclock *c);

/* How far the wall clock is ahead of real time: 0, until somebody sets it. last_ms is what this
 * said before, and is said again if the wall clock has not been set since. */
cmq_ms realclock_ahead_ms(const struct realclock *c, cmq_ms last_ms);

/* For durations. */
int64_t realclock_monotonic_ns(void);

/* A descriptor that becomes readable when the machine's clock is set, or the machine wakes from
 * suspension: whoever waits with a time limit is to look again, since the limit has not passed
 * meanwhile. -1 where there is none. realclock_hear() makes it silent again. */
int realclock_alarm(void);
void realclock_hear(int fd);

#endif
