/* pushed.h - attempts of pushes as entries of the journal (admin 14), as the engine tells of them. */
#ifndef CMQ_NAMESPACE_PUSHED_H
#define CMQ_NAMESPACE_PUSHED_H

#include "engine/telling.h"
#include "namespace/journal.h"

/* If it is an attempt that has ended, to a queue or over HTTP: keep it, and return its number. Else the
 * number is 0; but a copy that is sent to a queue has that of its delivery, which follows at once. */
uint64_t journal_keep_push(struct journal *j, const struct telling *t, cmq_ms real_ms);

#endif
