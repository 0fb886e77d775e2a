/* refused.h - the last call whose signature was refused, explained: what a person needs to find
 * the mistake in a client (admin 11).
 *
 * Memory  the struct owns its texts. A zeroed one says that none was refused.
 * Budget  the texts are the client's, and may be as long as its request. */
#ifndef CMQ_NAMESPACE_REFUSED_H
#define CMQ_NAMESPACE_REFUSED_H

#include "base/budget.h"
#include "base/buffer.h"
#include "base/time.h"

struct refused {
    const char *api;      /* "v2", "cmq", "tdmq", "-"; NULL: none was refused */
    cmq_ms at_ms;         /* virtual time */
    struct buffer action; /* as the client wrote it */
    struct buffer secret_id;
    struct buffer code; /* as it was answered: "4100", "AuthFailure.SignatureFailure" */
    struct buffer string_to_sign; /* what should have been signed; empty if there is no key */
    struct buffer likely_signed;  /* what the client signed; empty if that is unknown */
    struct buffer difference;     /* one sentence */
    struct budget *budget;        /* that they count in */
    size_t charged;
};

/* Forget it, and free its texts. */
void refused_clear(struct refused *r);

/* Its texts are written, but for the code: count them in the budget. Where that has no room, or
 * there was no memory for one of them, the sentence alone is kept, if there is one. */
void refused_keep(struct refused *r, struct budget *budget);

#endif
