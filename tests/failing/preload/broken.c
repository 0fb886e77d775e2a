/* The library that lets calls fail: see broken.h. Calls within the C library do not come by here. */
#include "tests/failing/broken.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the C library has these names */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct broken *broken;

__attribute__((constructor)) static void find_broken(void)
{
    const char *path = getenv(BROKEN_FILE);
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *shared = mmap(NULL, sizeof *broken, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED)
        broken = shared;
}

static bool is_of(const void *caller, const char *who)
{
    Dl_info info;
    return who[0] == '\0' || (dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
                              strstr(info.dli_fname, who) != NULL);
}

static bool is_broken_for(enum broken_call call, const void *caller)
{
    struct broken *b = broken;
    if (b == NULL || b->call != (int32_t)call || !is_of(caller, b->who))
        return false;
    uint32_t n = ++b->seen;
    if (n < b->at || n >= b->at + b->times)
        return false;
    b->failed++;
    if (b->error != BROKEN_SHORT)
        errno = b->error;
    return true;
}

#define IS_BROKEN(call) is_broken_for(BROKEN_##call, __builtin_return_address(0))

/* The next definition of a function, as a pointer of its type. */
#define NEXT(name) ((__typeof__(&(name)))next_of(#name))

static void *next_of(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* ---- memory ---- */

void *malloc(size_t size)
{
    return IS_BROKEN(MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return IS_BROKEN(MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return IS_BROKEN(MEMORY) ? NULL : __libc_realloc(memory, size);
}

/* ---- sockets ---- */

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict len, int flags)
{
    return IS_BROKEN(ACCEPT4) ? -1 : NEXT(accept4)(fd, address, len, flags);
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    return IS_BROKEN(BIND) ? -1 : NEXT(bind)(fd, address, len);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    return IS_BROKEN(CONNECT) ? -1 : NEXT(connect)(fd, address, len);
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
    return IS_BROKEN(GETSOCKNAME) ? -1 : NEXT(getsockname)(fd, address, len);
}

int listen(int fd, int backlog)
{
    return IS_BROKEN(LISTEN) ? -1 : NEXT(listen)(fd, backlog);
}

ssize_t recv(int fd, void *to, size_t len, int flags)
{
    return IS_BROKEN(RECV) ? -1 : NEXT(recv)(fd, to, len, flags);
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
    if (!IS_BROKEN(SEND))
        return NEXT(send)(fd, from, len, flags);
    return broken->error == BROKEN_SHORT ? NEXT(send)(fd, from, 1, flags) : -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return IS_BROKEN(SEND) ? -1 : NEXT(sendmsg)(fd, message, flags);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
    return IS_BROKEN(SETSOCKOPT) ? -1 : NEXT(setsockopt)(fd, level, option, value, len);
}

int socket(int family, int type, int protocol)
{
    return IS_BROKEN(SOCKET) ? -1 : NEXT(socket)(family, type, protocol);
}

/* ---- descriptors ---- */

/* Programs that know large files use the names with 64, others those without. */

int close(int fd)
{
    bool fails = IS_BROKEN(CLOSE);
    int error = errno;
    int result = NEXT(close)(fd);
    if (!fails)
        return result;
    errno = error;
    return -1;
}

int epoll_create1(int flags)
{
    return IS_BROKEN(EPOLL_CREATE1) ? -1 : NEXT(epoll_create1)(flags);
}

/* What is in a set can always be taken out of it; libmicrohttpd relies on that. */
int epoll_ctl(int epoll_fd, int what, int fd, struct epoll_event *event)
{
    return what != EPOLL_CTL_DEL && IS_BROKEN(EPOLL_CTL)
               ? -1
               : NEXT(epoll_ctl)(epoll_fd, what, fd, event);
}

int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    return IS_BROKEN(EPOLL_WAIT) ? -1 : NEXT(epoll_wait)(epoll_fd, events, max, timeout_ms);
}

int eventfd(unsigned count, int flags)
{
    return IS_BROKEN(EVENTFD) ? -1 : NEXT(eventfd)(count, flags);
}

int fcntl(int fd, int what, ...)
{
    va_list values;
    va_start(values, what);
    void *value = va_arg(values, void *);
    va_end(values);
    return IS_BROKEN(FCNTL) ? -1 : NEXT(fcntl)(fd, what, value);
}

int fcntl64(int fd, int what, ...)
{
    va_list values;
    va_start(values, what);
    void *value = va_arg(values, void *);
    va_end(values);
    return IS_BROKEN(FCNTL) ? -1 : NEXT(fcntl)(fd, what, value);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return IS_BROKEN(FOPEN) ? NULL : NEXT(fopen)(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return IS_BROKEN(FOPEN) ? NULL : NEXT(fopen64)(path, mode);
}

ssize_t getrandom(void *to, size_t len, unsigned flags)
{
    return IS_BROKEN(GETRANDOM) ? -1 : NEXT(getrandom)(to, len, flags);
}

int open(const char *path, int flags, ...)
{
    va_list values;
    va_start(values, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0;
    va_end(values);
    return IS_BROKEN(OPEN) ? -1 : NEXT(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list values;
    va_start(values, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0;
    va_end(values);
    return IS_BROKEN(OPEN) ? -1 : NEXT(open64)(path, flags, mode);
}

int rename(const char *from, const char *to)
{
    return IS_BROKEN(RENAME) ? -1 : NEXT(rename)(from, to);
}

int signalfd(int fd, const sigset_t *signals, int flags)
{
    return IS_BROKEN(SIGNALFD) ? -1 : NEXT(signalfd)(fd, signals, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return IS_BROKEN(WRITEV) ? -1 : NEXT(writev)(fd, parts, count);
}
