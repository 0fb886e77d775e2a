#include "namespace/clock.h"

#include <assert.h>
#include <stddef.h>

const char *const clock_mode_names[] = {"real", "frozen", "auto", NULL};

cmq_ms clock_now_ms(const struct clock *c, cmq_ms real_now_ms)
{
    if (clock_stands(c))
        return c->stands_ms;
    cmq_ms now_ms = real_now_ms + c->offset_ms;
    return now_ms < CMQ_LAST_MS ? now_ms : CMQ_LAST_MS;
}

void clock_stand(struct clock *c, enum clock_mode mode, cmq_ms at_ms)
{
    assert(mode != CLOCK_REAL);
    *c = (struct clock){.mode = mode, .stands_ms = at_ms};
}

void clock_resume(struct clock *c, cmq_ms real_now_ms)
{
    cmq_ms offset_ms = clock_now_ms(c, real_now_ms) - real_now_ms;
    *c = (struct clock){.mode = CLOCK_REAL, .offset_ms = offset_ms};
}
