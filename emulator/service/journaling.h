/* journaling.h - what the journal of a namespace keeps of a call of CMQ.
 *
 * To be called once for each call, within the bracket of its namespace, when its answer is written:
 * the numbers of the entries rise in the order of the answers. */
#ifndef CMQ_SERVICE_JOURNALING_H
#define CMQ_SERVICE_JOURNALING_H

#include "service/exchange.h"

void journal_keep_v2(struct exchange *x);
void journal_keep_v3(struct exchange *x);

#endif
