/* clock.h - the virtual clock of a namespace.
 *
 * It knows how virtual time follows from real time, which is always a parameter. It moves no
 * engine: namespace.c does that, and keeps stands_ms equal to the engine's instant. */
#ifndef CMQ_NAMESPACE_CLOCK_H
#define CMQ_NAMESPACE_CLOCK_H

#include "base/time.h"

#include <stdbool.h>

enum clock_mode {
    CLOCK_REAL,   /* runs with real time */
    CLOCK_FROZEN, /* stands until it is moved */
    CLOCK_AUTO,   /* stands, and jumps to the next event when all clients wait (admin 2.4) */
};

struct clock {
    enum clock_mode mode;
    cmq_ms offset_ms; /* CLOCK_REAL: virtual minus real time */
    cmq_ms stands_ms; /* the others: virtual time */
};

cmq_ms clock_now_ms(const struct clock *c, cmq_ms real_now_ms);

static inline bool clock_stands(const struct clock *c)
{
    return c->mode != CLOCK_REAL;
}

/* Stand at an instant, in mode frozen or auto. */
void clock_stand(struct clock *c, enum clock_mode mode, cmq_ms at_ms);

/* Run on from where the clock stands; does nothing to a clock that runs. */
void clock_resume(struct clock *c, cmq_ms real_now_ms);

/* "real", "frozen", "auto": in the order of the enum, ended by NULL. */
extern const char *const clock_mode_names[];

#endif
