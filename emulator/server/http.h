/* http.h - the service on the network: libmicrohttpd, one thread, one epoll loop.
 *
 * A long poll is a suspended connection. libmicrohttpd does not watch those, so an epoll set of
 * our own does; whoever hangs up loses its place before another request is looked at, so that
 * it cannot swallow a message. */
#ifndef CMQ_SERVER_HTTP_H
#define CMQ_SERVER_HTTP_H

#include "server/log.h"
#include "server/options.h"
#include "server/realclock.h"

struct http;

/* Serve on a listening socket, which from then on is the server's. NULL, with errno set, when
 * that fails. All that is pointed to outlives the server. */
struct http *http_start(int listen_fd, const struct options *o, struct service *s,
                        const struct realclock *clock, struct log *log);

/* Run until *stop becomes readable: a signalfd, an eventfd. 0, or -1 with errno set. */
int http_run(struct http *h, int stop_fd);

/* Answer the parked polls, give all answers a moment to leave, close. */
void http_stop(struct http *h);

#endif
