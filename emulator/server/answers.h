/* answers.h - the answers of requests, as libmicrohttpd sends them.
 *
 * Memory  an answer's bytes stay in the exchange until request_end(). */
#ifndef CMQ_SERVER_ANSWERS_H
#define CMQ_SERVER_ANSWERS_H

#include "server/requests.h"

/* Send the answer that the service has written, and have a line of the log. What is returned is
 * for libmicrohttpd: MHD_NO, which closes the connection, when there is no memory. */
enum MHD_Result answer(struct request *r);

/* Send an error of the HTTP layer, and close the connection. */
enum MHD_Result answer_refusal(struct request *r, int status, const char *code,
                               const char *message);

#endif
