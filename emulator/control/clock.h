/* clock.h - the virtual clock of a namespace.
 *
 * It knows how virtual time follows from real time; real time is always a parameter. Moving the
 * engine along is namespace.h's matter. */
#ifndef CMQ_CONTROL_CLOCK_H
#define CMQ_CONTROL_CLOCK_H

#include "engine/time.h"

enum clock_mode { CLOCK_REAL, CLOCK_FROZEN };

struct clock {
    enum clock_mode mode;
    cmq_ms offset_ms; /* CLOCK_REAL: virtual minus real time */
    cmq_ms frozen_ms; /* CLOCK_FROZEN: virtual time */
};

cmq_ms clock_now_ms(const struct clock *c, cmq_ms real_now_ms);

void clock_freeze(struct clock *c, cmq_ms at_ms);

/* Let time run on from where it stands. */
void clock_resume(struct clock *c, cmq_ms real_now_ms);

/* "real", "frozen" */
const char *clock_mode_name(enum clock_mode mode);

#endif
