/* fault.h - what goes wrong on purpose with a call of CMQ (namespace/faults.h).
 *
 * The rules judge a call once its caller and its Action are known, before its parameters are
 * checked, and only once: a call that is put off, or a poll that waits, keeps its fault. Must be
 * called within the bracket of x->namespace. */
#ifndef CMQ_SERVICE_FAULT_H
#define CMQ_SERVICE_FAULT_H

#include "service/exchange.h"

/* What the protocols know of errors and Actions, for those who make rules. */
extern const struct fault_words fault_words;

/* call.meddle and v3_call.meddle */
int fault_meddle_v2(void *owner);
int fault_meddle_v3(void *owner);

/* Whether a rule has dealt with an attempt that was taken: it has landed, or is put off. */
bool fault_meets_push(struct namespace *ns, struct push_ticket *ticket);

/* The call was not carried out: nothing is answered but a status, or the connection is closed. */
void fault_silence(struct exchange *x);

/* The answer of the call is written: whether, and when, it gets to the client. x may be parked by
 * that. */
void fault_end(struct exchange *x);

#endif
