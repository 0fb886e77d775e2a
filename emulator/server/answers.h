/* answers.h - the answers of requests, as libmicrohttpd sends them.
 *
 * One with loans (base/buffer.h) may be gibibytes long. It is made in pieces as its client takes
 * them. All of them together get so many pieces in a turn of the loop, each one at a time and in
 * turn, so that nobody else waits for them.
 *
 * Memory  an answer's text and its blobs stay in the exchange until request_end(); beside them
 *         there is one piece. */
#ifndef CMQ_SERVER_ANSWERS_H
#define CMQ_SERVER_ANSWERS_H

#include "server/requests.h"

/* Send the answer that the service has written, and have a line of the log. What is returned is
 * for libmicrohttpd: MHD_NO, which closes the connection, when there is no memory. */
enum MHD_Result answer(struct request *r);

/* Send an error of the HTTP layer, and close the connection. */
enum MHD_Result answer_refusal(struct request *r, int status, const char *code,
                               const char *message);

/* A turn of the loop begins: answers that were put off go on, as many as there are pieces in a
 * turn. */
void answers_begin_turn(struct requests *all);

/* Whether some are put off, so that the loop must not wait. */
bool answers_are_put_off(const struct requests *all);

/* The program stops: let all go on that are put off. */
void answers_resume_all(struct requests *all);

#endif
