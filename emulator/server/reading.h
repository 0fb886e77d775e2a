/* reading.h - what libmicrohttpd calls while a request comes in: for the request line, the head,
 * each piece of the body, the end of the body, and the end of all.
 *
 * libmicrohttpd calls reading_request() once for the head, once or more for the body, once at its
 * end, and once more after each resumption of a suspended connection; reading_completed() when the
 * answer has left or the connection has ended. Their types are those of MHD_start_daemon(). */
#ifndef CMQ_SERVER_READING_H
#define CMQ_SERVER_READING_H

#include "server/requests.h"

/* context: struct requests. */
void *reading_request_line(void *context, const char *target,
                           struct MHD_Connection *connection);
enum MHD_Result reading_request(void *context, struct MHD_Connection *connection,
                                const char *url, const char *method, const char *version,
                                const char *upload, size_t *upload_size, void **closure);
void reading_completed(void *context, struct MHD_Connection *connection, void **closure,
                       enum MHD_RequestTerminationCode how);

#endif
