/* push.h - one attempt to deliver over HTTP: the request, as CMQ sends it (topic-api 4.2). */
#ifndef CMQ_API_PUSH_H
#define CMQ_API_PUSH_H

#include "base/buffer.h"
#include "engine/delivery.h"

enum { PUSH_HEADERS_MAX = 5, PUSH_HEADERS_SIZE = 1536 };

struct push_request {
    char url[ENDPOINT_LENGTH_MAX + 1];
    size_t header_count;
    const char *headers[PUSH_HEADERS_MAX]; /* "Name: value"; beside Host and Content-Length */
    size_t room_used;                      /* of this, which they are in */
    char room[PUSH_HEADERS_SIZE];
    struct buffer body; /* owned */
};

/* Write the request of the present attempt of d. The caller checks body.failed, and frees the
 * body with buffer_free(). Everything is copied: d may be freed while the request is sent. *r stays where it is. */
void push_request_write(struct push_request *r, const struct delivery *d);

#endif
