/* signed_text.h - the two texts of a signature TC3-HMAC-SHA256 (api3 3.1): the canonical request,
 * and the string to sign, which has the hash of that one.
 *
 * Memory  everything lies in the caller's; only v3_text_write() allocates. */
#ifndef CMQ_API_V3_SIGNED_TEXT_H
#define CMQ_API_V3_SIGNED_TEXT_H

#include "api/digest.h"
#include "base/buffer.h"

enum { V3_FIELDS_MAX = 32 };

struct v3_field {
    struct bytes name; /* in whichever case */
    struct bytes value;
};

struct v3_text {
    struct bytes method, path, query;
    struct v3_field fields[V3_FIELDS_MAX]; /* the signed ones, in their order */
    size_t count;
    struct bytes payload; /* hash of the body, in hex */
    struct bytes timestamp, date, service;

    /* How it is made otherwise; zero is as documented. */
    bool lower_values; /* of header fields */

    /* Mistakes. */
    bool names_as_listed;    /* in SignedHeaders, in the order and case of this */
    bool without_empty_line; /* behind the header fields */
    bool line_at_end;        /* a line break behind the hash of the body */
    bool bare_key;           /* not "TC3" before the secret key */
};

/* The fields of a list "a;b;c", with their values in headers, sorted unless names_as_listed. False
 * when there are too many, or one of them twice: so a text is never longer than the head that it
 * is about. A field that is not there has data NULL as its value. */
bool v3_text_set_fields(struct v3_text *t, struct bytes names, struct bytes headers);

/* NULL if it is not a signed one. The name is in lower case. */
struct v3_field *v3_text_field(struct v3_text *t, const char *name);

/* The signature, as DIGEST_HEX characters. */
void v3_text_sign(const struct v3_text *t, struct bytes key, char hex[DIGEST_HEX]);

/* Append the canonical request, an empty line, and the string to sign. */
void v3_text_write(const struct v3_text *t, struct buffer *out);

/* SHA-256 in hex. */
void v3_hash(struct bytes text, char hex[DIGEST_HEX]);

#endif
