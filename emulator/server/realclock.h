/* realclock.h - real time: the only part of the emulator that reads the system's clocks. */
#ifndef CMQ_SERVER_REALCLOCK_H
#define CMQ_SERVER_REALCLOCK_H

#include "base/time.h"

struct realclock {
    cmq_ms begun_wall_ms;
    int64_t begun_monotonic_ns;
};

void realclock_start(struct realclock *c);

/* Wall time as of realclock_start() and the time that has passed since: it does not go back
 * when the machine's clock is set. */
cmq_ms realclock_now_ms(const struct realclock *c);

/* For durations. */
int64_t realclock_monotonic_ns(void);

#endif
