/* push.h - one attempt to deliver over HTTP: the request, as CMQ sends it (topic-api 4.2). */
#ifndef CMQ_API_PUSH_H
#define CMQ_API_PUSH_H

#include "base/buffer.h"
#include "engine/delivery.h"

enum { PUSH_HEADERS_MAX = 5, PUSH_HEADER_SIZE = 448 };

struct push_request {
    char url[ENDPOINT_LENGTH_MAX + 1];
    size_t header_count;
    char headers[PUSH_HEADERS_MAX][PUSH_HEADER_SIZE]; /* "Name: value"; beside Host and
                                                         Content-Length */
    struct buffer body;                               /* owned */
};

/* Write the request of the present attempt of d. The caller checks body.failed, and frees the
 * body with buffer_free(). Everything is copied: d may be freed while the request is sent. */
void push_request_write(struct push_request *r, const struct delivery *d);

#endif
