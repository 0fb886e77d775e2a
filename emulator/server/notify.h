/* notify.h - tells the service manager that started the program that it is ready.
 *
 * For systemd, a unit of Type=notify has started when it says so, and units ordered after it wait
 * until then; likewise podman with --sdnotify. The manager names a socket in NOTIFY_SOCKET, and is
 * sent lines such as READY=1, see sd_notify(3). */
#ifndef CMQ_SERVER_NOTIFY_H
#define CMQ_SERVER_NOTIFY_H

#include <stdbool.h>

/* Does nothing when NOTIFY_SOCKET is unset or empty. False, with errno set, when it cannot be told, at the
 * latest after a second. */
bool notify_manager(const char *state);

#endif
