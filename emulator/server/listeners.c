#include "server/listeners.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How much of an answer the kernel takes before the client has taken what came before it. A slow
 * reader holds no more than that; and a call that sends does not go on sending all that is there,
 * for as long as a client on another processor takes it. */
enum { UNSENT_MAX = 128 * 1024 };

/* Connections have this from the socket that they were accepted from. */
static void bound_unsent(int fd)
{
    const int most = UNSENT_MAX;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
}

/* A listening socket; -1, with the reason in *why, when that fails. */
static int listen_on(const char *address, int port, const char **why)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    snprintf(service, sizeof service, "%d", port);
    int failed = getaddrinfo(address, service, &hints, &found);
    if (failed != 0) {
        *why = gai_strerror(failed);
        return -1;
    }

    const int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ready = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                 bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (ready) {
        bound_unsent(fd);
        return fd;
    }
    *why = error == EACCES && port < 1024
               ? "Permission denied: ports below 1024 need root, CAP_NET_BIND_SERVICE, or the "
                 "sysctl net.ipv4.ip_unprivileged_port_start=0"
               : strerror(error);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* 0 when that fails. */
static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                   : address.v4.sin_port);
}

bool listeners_add(struct listeners *l, const char *address, int port, bool tls_alone,
                   FILE *errors)
{
    const char *why = "";
    assert(l->count < LISTENERS_MAX);
    int fd = listen_on(address, port, &why);
    int bound = fd >= 0 ? port_of(fd) : 0;
    if (fd >= 0 && bound == 0) {
        why = strerror(errno);
        close(fd);
    }
    if (bound == 0) {
        fprintf(errors, "cmq-emulator: cannot listen on %s port %d: %s\n", address, port, why);
        return false;
    }
    l->all[l->count++] = (struct listener){fd, tls_alone, bound};
    return true;
}

void listeners_close(struct listeners *l)
{
    while (l->count > 0)
        close(l->all[--l->count].fd);
}
