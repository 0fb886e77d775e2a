/* converse_tc3.h - signatures TC3-HMAC-SHA256 (api3 3.1), for calls of conversations.
 *
 * Written from the documentation, and apart from what the program verifies signatures with, so
 * that a mistake in either is noticed. */
#ifndef CMQ_TESTS_CONVERSE_TC3_H
#define CMQ_TESTS_CONVERSE_TC3_H

#include "base/buffer.h"

struct tc3_request {
    const char *method;
    struct bytes query;   /* behind the "?", as sent */
    struct bytes headers; /* lines "Name: value\n", all but Host */
    struct bytes body;
    struct bytes host;
    struct bytes
        names; /* of the signed headers, in lower case and order: "content-type;host" */
    struct bytes timestamp; /* decimal seconds */
    struct bytes date;      /* YYYY-MM-DD; empty: that of the timestamp */
    struct bytes service;
    struct bytes separator; /* between the parts of Authorization: ", " */
};

/* Append the value of Authorization. */
void tc3_sign(struct buffer *to, const struct tc3_request *r, struct bytes id,
              struct bytes key);

#endif
