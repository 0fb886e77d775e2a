/* The parent is watched by a pidfd: prctl(PR_SET_PDEATHSIG) would act when the thread that
 * started us ends, and test runners start programs from threads that come and go. */
#include "server/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static int watch_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static bool add(struct stop *s, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return fd >= 0 && epoll_ctl(s->fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* A parent that ended before this has been succeeded by another process; there is no way to
 * tell that from having been started by it. */
static bool watch_parent(struct stop *s)
{
    errno = ESRCH; /* process 1 of a container has none */
    if (getppid() == 0)
        return false;
    s->parent = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return add(s, s->parent);
}

/* A file, or /dev/null, cannot be waited for: it is as good as read. */
static bool watch_input(struct stop *s)
{
    s->input = STDIN_FILENO;
    bool watched = add(s, s->input);
    s->input_has_ended = !watched && errno == EPERM;
    return watched || s->input_has_ended;
}

bool stop_open(struct stop *s, bool with_parent, bool on_eof, const char **what)
{
    if (on_eof && fcntl(STDIN_FILENO, F_GETFD) < 0) { /* before its number is used again */
        *s = (struct stop){.fd = -1, .signals = -1, .parent = -1, .input = -1};
        *what = "standard input";
        return false;
    }
    *s = (struct stop){
        .fd = epoll_create1(EPOLL_CLOEXEC), .signals = -1, .parent = -1, .input = -1};
    *what = "signals";
    if (s->fd < 0)
        return false;
    s->signals = watch_signals();
    bool watched = add(s, s->signals);
    if (watched && with_parent) {
        *what = "the parent process";
        watched = watch_parent(s);
    }
    if (watched && on_eof) {
        *what = "standard input";
        watched = watch_input(s);
    }
    return watched;
}

void stop_close(struct stop *s)
{
    const int fds[] = {s->fd, s->signals, s->parent};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Of what is readable. */
static bool has_ended(int fd)
{
    char dropped[4096];
    ssize_t n = read(fd, dropped, sizeof dropped);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

bool stop_is_due(struct stop *s)
{
    struct epoll_event events[3];
    int n = epoll_wait(s->fd, events, 3, 0);
    for (int i = 0; i < n; i++)
        if (events[i].data.fd != s->input || has_ended(s->input))
            return true;
    return s->input_has_ended;
}
