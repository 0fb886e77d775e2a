#include "server/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or the name of an abstract socket with @ for its leading NUL. The length of the address,
 * which says where an abstract name ends; 0, with errno set, when it is neither. */
static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
    size_t len = strlen(name);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (name[0] != '/' && name[0] != '@') {
        errno = EAFNOSUPPORT;
        return 0;
    }
    if (len >= sizeof out->sun_path) {
        errno = ENAMETOOLONG;
        return 0;
    }
    memcpy(out->sun_path, name, len);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

bool notify_manager(const char *state)
{
    struct sockaddr_un address;
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || name[0] == '\0')
        return true;
    socklen_t address_len = address_of(name, &address);
    if (address_len == 0)
        return false;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    /* A manager that does not read must not keep the emulator from serving. */
    const struct timeval patience = {.tv_sec = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    bool sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                       address_len) >= 0;
    int error = errno;
    close(fd);
    errno = error;
    return sent;
}
