#include "server/realclock.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

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

void realclock_start_by(struct realclock *c, realclock_read_fn *read)
{
    c->read = read;
    c->begun_wall_ns = read(CLOCK_REALTIME);
    c->begun_ns = read(CLOCK_BOOTTIME);
}

void realclock_start(struct realclock *c)
{
    realclock_start_by(c, read_ns);
}

static int64_t passed_ns(const struct realclock *c)
{
    return c->read(CLOCK_BOOTTIME) - c->begun_ns;
}

cmq_ms realclock_now_ms(const struct realclock *c)
{
    return c->begun_wall_ns / 1000000 + passed_ns(c) / 1000000;
}

/* The clocks cannot be read at the same instant: the wall clock is read between two readings of
 * the other one, and it counts if these are near to each other. All clocks of Linux run at the
 * same rate, adjusted or not, so what is left is a step, or how long reading takes. */
cmq_ms realclock_ahead_ms(const struct realclock *c, cmq_ms last_ms)
{
    enum { NEAR_MS = 2, STEP_MS = 5 };
    int64_t before_ns = passed_ns(c);
    int64_t wall_ns = c->read(CLOCK_REALTIME) - c->begun_wall_ns;
    int64_t after_ns = passed_ns(c);
    cmq_ms ahead_ms = (wall_ns - before_ns) / 1000000;
    if (after_ns - before_ns > (int64_t)NEAR_MS * 1000000 ||
        llabs(ahead_ms - last_ms) < STEP_MS)
        return last_ms;
    return ahead_ms;
}

/* A timer that is never due, and is cancelled by each step of the clock. */
int realclock_alarm(void)
{
    const struct itimerspec never = {.it_value = {.tv_sec = (time_t)1 << 30 << 2}};
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0 &&
        timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void realclock_hear(int fd)
{
    uint64_t times;
    (void)!read(fd, &times, sizeof times);
}
