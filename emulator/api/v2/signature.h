/* signature.h - verification of the signature over the parameters of a call (common 4): that of
 * the API v2, and signature v1 of API 3.0, which is made in the same way (api3 4).
 *
 * Accepted is the documented way, and unless that alone is asked for, those ways of sdk-compat 8
 * that published clients have, also several of them at once.
 *
 *   Order        parameters are sorted by their names as they were sent, then "_" in names
 *                becomes "." (common 4.1).
 *   Repeated     of parameters with one name the last alone is signed, as the last alone counts
 *                (decisions 9).
 *   Digest       SHA-256 where SignatureMethod is exactly HmacSHA256, else SHA-1 (common 3.1).
 *   Key          any bytes.
 *
 * Cost    the documented way costs one HMAC and one sort; nothing is allocated. What matches in
 *         no way costs up to 31 HMACs more, of which those are made that read no more than 2.25 MiB
 *         altogether: two of a message of 1 MiB, for the path and for the port. */
#ifndef CMQ_API_V2_SIGNATURE_H
#define CMQ_API_V2_SIGNATURE_H

#include "api/digest.h"
#include "base/form.h"

struct v2_signed {
    struct bytes method;     /* in upper case */
    struct bytes host;       /* the Host header verbatim; empty if there is none */
    struct bytes path;       /* the raw target up to its "?" */
    const struct form *form; /* all parameters, also Signature */
    struct bytes wire; /* a copy of the text that form was parsed from; data may be NULL */
    struct bytes key;  /* the secret key */
    bool strict;       /* the documented way alone */
};

/* In which ways a signature that is right differs from the documented one; 0 for in none. */
enum v2_variant {
    V2_VARIANT_AT = 1,    /* V1: without parameters whose values begin with "@"; POST */
    V2_VARIANT_PATH = 2,  /* V2: path /v2/index.php although another one was requested */
    V2_VARIANT_PORT = 4,  /* V3: host without its port */
    V2_VARIANT_WIRE = 8,  /* V5: values undecoded, as on the wire */
    V2_VARIANT_DOTS = 16, /* sorted after "_" has become "." (common 4.3) */
    V2_VARIANT_PLUS = 32, /* V8: "+" of the signature arrived as blanks */
};

/* Whether the request has a Signature that is right. If so, *variants are those of enum
 * v2_variant. */
bool v2_signature_verify(const struct v2_signed *s, unsigned *variants);

/* Which digest the request announces. */
enum digest_kind v2_signature_method(const struct form *form);

#endif
