/* line.h - exchanges that stand in line, since their namespace is busy (namespace/namespace.h).
 *
 * Whoever handles an exchange lets it be admitted, rather than entering its namespace. If that is
 * busy, the exchange is parked (FOR_LINE), and when its turn has come, x->go_on() handles it, as
 * if it had come now: its namespace may have been dropped meanwhile, and others may have taken
 * its name. Those of one namespace are handled in the order in which they came. */
#ifndef CMQ_SERVICE_LINE_H
#define CMQ_SERVICE_LINE_H

#include "service/exchange.h"

/* Enter ns for x; or let x stand in line, and return false. x->go_on must be set. */
bool line_admits(struct exchange *x, struct namespace *ns, enum entry how, cmq_ms real_now_ms);

/* Let x stand in line, before all others: it has just been admitted. */
void line_put_off(struct exchange *x, struct namespace *ns, cmq_ms real_now_ms);

/* x, which stands in line, leaves it, since its client has gone or the program stops. It is
 * finished, with an answer that says the latter. */
void line_leave(struct exchange *x);

/* Carry on what is busy, in this turn of the loop, and handle those whose turn has come. */
void line_carry_on(struct service *s, cmq_ms real_now_ms);

#endif
