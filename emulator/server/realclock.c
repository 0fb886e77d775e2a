#include "server/realclock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t realclock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

void realclock_start(struct realclock *c)
{
    c->begun_wall_ms = read_ns(CLOCK_REALTIME) / 1000000;
    c->begun_monotonic_ns = realclock_monotonic_ns();
}

cmq_ms realclock_now_ms(const struct realclock *c)
{
    return c->begun_wall_ms + (realclock_monotonic_ns() - c->begun_monotonic_ns) / 1000000;
}
