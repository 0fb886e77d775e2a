/* sent_digest.h - the digest that a client meant to send, in whichever form it came. */
#ifndef CMQ_API_V2_SENT_DIGEST_H
#define CMQ_API_V2_SENT_DIGEST_H

#include "api/digest.h"
#include "base/buffer.h"

struct sent_digest {
    uint8_t bytes[DIGEST_MAX];
    size_t len;
    enum digest_kind kind; /* by its length */
};

/* Read a Signature. What is odd about its form goes to *difference, in sentences (explain.h).
 * False if it is no digest in any form; *difference then says so. */
bool sent_digest_read(struct sent_digest *d, struct bytes text, struct buffer *difference);

#endif
