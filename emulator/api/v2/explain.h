/* explain.h - what is wrong with a signature over the parameters of a call (common 4, sdk-compat
 * 8), also with signature v1 of API 3.0 (api3 4).
 *
 * Cost    for refused calls alone: a few thousand HMACs of a short call, and of whatever call no
 *         more than 8 MiB that are read. Mistakes are made one at a time, in twos, and the most
 *         frequent ones in threes. */
#ifndef CMQ_API_V2_EXPLAIN_H
#define CMQ_API_V2_EXPLAIN_H

#include "api/explain.h"
#include "api/v2/signature.h"
#include "base/allocator.h"

/* Explain why s was refused. address is the emulator's own "host:port", and may be empty. All
 * texts of *out are set; without memory for the search nothing is found. */
void v2_explain(const struct v2_signed *s, struct bytes address, const struct allocator *a,
                struct explanation *out);

#endif
