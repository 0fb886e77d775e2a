#include "control/clock.h"

cmq_ms clock_now_ms(const struct clock *c, cmq_ms real_now_ms)
{
    if (c->mode == CLOCK_FROZEN)
        return c->frozen_ms;
    cmq_ms now_ms = real_now_ms + c->offset_ms;
    return now_ms < CMQ_LAST_MS ? now_ms : CMQ_LAST_MS;
}

void clock_freeze(struct clock *c, cmq_ms at_ms)
{
    *c = (struct clock){.mode = CLOCK_FROZEN, .frozen_ms = at_ms};
}

void clock_resume(struct clock *c, cmq_ms real_now_ms)
{
    cmq_ms offset_ms = clock_now_ms(c, real_now_ms) - real_now_ms;
    *c = (struct clock){.mode = CLOCK_REAL, .offset_ms = offset_ms};
}

const char *clock_mode_name(enum clock_mode mode)
{
    return mode == CLOCK_REAL ? "real" : "frozen";
}
