/* authentication.h - whether the caller of a call is who it says it is (decisions 14).
 *
 * A namespace without credentials accepts every call, and so does every namespace with
 * AUTH_OFF. Elsewhere a call needs a secret id of the namespace and a signature made with its
 * key; with --max-skew also a Timestamp that is near to the real clock. A caller that is refused
 * is explained by a warning, and in namespace->refused, to which the protocol adds its code.
 *
 * Must be called within the bracket of the namespace; x->caller is known. */
#ifndef CMQ_SERVICE_AUTHENTICATION_H
#define CMQ_SERVICE_AUTHENTICATION_H

#include "service/exchange.h"

enum verdict {
    VERDICT_PASSED,
    VERDICT_MISSING,   /* a parameter or header field, see *about */
    VERDICT_MALFORMED, /* the header field Authorization */
    VERDICT_NO_ID,     /* the secret id is not one of the namespace's */
    VERDICT_ODD_ID,    /* likewise, and it does not begin with AKID */
    VERDICT_NO_NUMBER, /* the Timestamp, see *about */
    VERDICT_EXPIRED,   /* the Timestamp is not near to the real clock */
    VERDICT_TOKEN,     /* it is not that of the credential */
    VERDICT_SIGNATURE, /* it does not fit the call */
    VERDICT_NO_MEMORY, /* it might fit what came, of which a part could not be kept */
};

/* Whether the hash of the body may be needed to verify a signature. */
bool authentication_wants_hash(const struct exchange *x);

/* Before the parameters are decoded in place: keep them as they came, in x->raw, if they may be
 * needed to verify a signature. */
void authentication_keep(struct exchange *x, struct query query);

/* Judge a call that is signed as a whole by its parameters, which have been read into the form
 * of x->call: of the API v2, or with signature v1 of API 3.0. api: how to name it, "v2". *about:
 * the name that the verdict is about, or NULL. */
enum verdict authenticate_parameters(struct exchange *x, const char *api, const char **about);

/* Judge a call of API 3.0 that is signed by its header field Authorization. */
enum verdict authenticate_head(struct exchange *x, const char *api, const char **about);

#endif
