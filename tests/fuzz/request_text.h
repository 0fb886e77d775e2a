/* request_text.h - a request as the text of an input, much as it travels:
 *
 *     POST /v2/index.php?a=b
 *     Host: localhost
 *
 *     Action=ListQueue
 *
 * Whatever the text is, there is a request in it: lines that are no header fields are left out, as
 * libmicrohttpd does, which also trims values; what it would refuse may come nevertheless. */
#ifndef CMQ_TESTS_REQUEST_TEXT_H
#define CMQ_TESTS_REQUEST_TEXT_H

#include "base/buffer.h"
#include "service/exchange.h"

struct request_text {
    struct bytes method, target, body; /* in the text */
    struct buffer headers;             /* lines "Name: value\n"; owned */
};

void request_text_read(struct request_text *r, struct bytes text);
void request_text_free(struct request_text *r);

/* Hand its header fields over, in their order. */
void request_text_take_head(const struct request_text *r, struct head *h);

/* The request as x, which is reset, as the network would make it. r must outlive the answer. */
void request_text_put(const struct request_text *r, struct exchange *x);

#endif
