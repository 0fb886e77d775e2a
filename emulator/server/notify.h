/* notify.h - tells the service manager that started the program how it stands.
 *
 * systemd does for units of Type=notify, and podman with --sdnotify, what a port file does for a
 * test: what comes "after" the emulator starts when it is ready. The manager names a socket in
 * NOTIFY_SOCKET, and is sent lines such as READY=1, see sd_notify(3). */
#ifndef CMQ_SERVER_NOTIFY_H
#define CMQ_SERVER_NOTIFY_H

#include <stdbool.h>

/* Does nothing when nobody wants to know. False, with errno set, when it cannot be told, at the
 * latest after a second. */
bool notify_manager(const char *state);

#endif
