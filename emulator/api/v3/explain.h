/* explain.h - what is wrong with a signature TC3-HMAC-SHA256 (api3 3).
 *
 * The texts of the explanation are the canonical request, an empty line, and the string to sign:
 * the latter has only the hash of the former, in which the mistakes are made. */
#ifndef CMQ_API_V3_EXPLAIN_H
#define CMQ_API_V3_EXPLAIN_H

#include "api/explain.h"
#include "api/v3/signature.h"

/* What else clients sign by mistake. Each may be empty. */
struct v3_surroundings {
    struct bytes path;    /* of the target as it was requested */
    struct bytes address; /* of the emulator: "host:port" */
};

/* Explain why v3_signature_verify() returned `verdict`, which is not V3_SIGNATURE_RIGHT. */
void v3_explain(const struct v3_signed *s, const struct v3_authorization *a,
                enum v3_signature verdict, const struct v3_surroundings *around,
                struct explanation *out);

#endif
