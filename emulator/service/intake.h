/* intake.h - what is done with the body of a call of API 3.0 while it arrives.
 *
 * Its JSON is scanned and its hash made, which both take time in proportion to its length: so when
 * 10 MiB have come, what is left to do is short, and nobody else has waited for it.
 *
 * Use     a zeroed struct has begun nothing. intake_begin() once; intake_follow() as often as the
 *         body has grown; it looks at what it has not seen. */
#ifndef CMQ_SERVICE_INTAKE_H
#define CMQ_SERVICE_INTAKE_H

#include "api/digest.h"
#include "base/json_scan.h"

struct intake {
    bool begun;
    bool scans, hashes;
    bool scanned, hashed; /* the whole body was */
    size_t seen;          /* bytes of the body */
    struct json_scan scan;
    struct sha256 sha256;
    char hash[DIGEST_HEX]; /* once hashed */
};

void intake_begin(struct intake *in, bool scans, bool hashes);
void intake_follow(struct intake *in, struct bytes body);

/* The body is whole; it has been followed to its end. */
void intake_end(struct intake *in);

#endif
