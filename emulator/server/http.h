/* http.h - the service on the network: libmicrohttpd, one thread, one epoll loop; HTTP and
 * TLS.
 *
 * A parked poll is a suspended connection. libmicrohttpd does not watch those, so an epoll set
 * of our own does. The poll of a client that hangs up is ended before another request is
 * handled, so that it cannot swallow a message (decisions 17). */
#ifndef CMQ_SERVER_HTTP_H
#define CMQ_SERVER_HTTP_H

#include "server/certificate.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/options.h"
#include "server/realclock.h"

struct http;

/* Serve on listening sockets, which the server closes in the end; with a certificate TLS, too.
 * NULL, with errno set, when that fails. Everything that is passed by pointer must outlive the
 * server, but for the listeners. */
struct http *http_start(const struct listeners *listeners, const struct options *o,
                        const struct certificate *certificate, struct service *s,
                        const struct realclock *clock, struct log *log);

/* Run until stop_fd (a signalfd, an eventfd) becomes readable. 0, or -1 with errno set. */
int http_run(struct http *h, int stop_fd);

/* End all waits, give all answers and pushes a second to complete, close and free the
 * server. */
void http_stop(struct http *h);

#endif
