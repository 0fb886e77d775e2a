/* signature.h - verification of the signature TC3-HMAC-SHA256 (api3 3).
 *
 * Use     v3_authorization_read() tells whose the request is; with the key of this secret id
 *         v3_signature_verify() judges it. Authorization: SKIP is no authorization here: whoever
 *         verifies nothing does not ask.
 * Time    how old a request may be is the caller's business.
 * Memory  all texts that are found lie in those of the caller; nothing is allocated. */
#ifndef CMQ_API_V3_SIGNATURE_H
#define CMQ_API_V3_SIGNATURE_H

#include "api/digest.h"
#include "base/time.h"

/* The value of an Authorization field, taken apart. */
struct v3_authorization {
    struct bytes secret_id, date, service; /* of the Credential */
    struct bytes signed_headers;
    struct bytes signature;
};

/* "TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, SignedHeaders=<names>,
 * Signature=<hex>"; the three parts in any order, with any number of blanks around them. False
 * for anything else: AuthFailure.InvalidAuthorization. */
bool v3_authorization_read(struct bytes text, struct v3_authorization *a);

struct v3_signed {
    struct bytes method;
    struct bytes query;   /* what follows the "?" of the target, undecoded */
    struct bytes headers; /* all fields: lines "Name: value\n" */
    struct bytes body;    /* undecoded */
    struct bytes hash;    /* SHA-256 of the body in hex; data NULL: not made yet */
    struct bytes key;     /* the secret key */
    bool strict;          /* the Host header as it was received alone */
};

enum v3_signature {
    V3_SIGNATURE_RIGHT,
    V3_SIGNATURE_NO_TIMESTAMP, /* X-TC-Timestamp is missing, or no number of seconds */
    V3_SIGNATURE_WRONG_DATE,   /* the Credential's is not the day of the timestamp in UTC */
    V3_SIGNATURE_UNSIGNED,     /* content-type or host is not among the signed headers */
    V3_SIGNATURE_WRONG,
};

/* X-TC-Timestamp as an instant; false if it is missing, or no number of seconds. */
bool v3_timestamp(struct bytes headers, cmq_ms *out);

/* The day of an instant in UTC, "2023-11-14": 10 characters, without a NUL. */
enum { V3_DAY_LEN = 10 };
void v3_day(cmq_ms at_ms, char out[V3_DAY_LEN]);

/* In hex. */
void v3_hash_body(const struct v3_signed *s, char hex[DIGEST_HEX]);

enum v3_signature v3_signature_verify(const struct v3_signed *s,
                                      const struct v3_authorization *a);

/* The text that is verified first, with the hash of the body in payload. False if too many
 * headers are signed, or one of them twice. */
struct v3_text;
bool v3_text_of(struct v3_text *t, const struct v3_signed *s, const struct v3_authorization *a,
                char payload[DIGEST_HEX]);

#endif
