/* service_state.h - the service of ask_service.h as a text, so that two states can be compared as a whole.
 *
 * All that the admin interface shows of every namespace, what is on each budget, and the counters
 * that the next ids, names and serials are made from. */
#ifndef CMQ_TESTS_SERVICE_STATE_H
#define CMQ_TESTS_SERVICE_STATE_H

/* free() it. */
char *service_state(void);

/* Free what resets and drops have left. */
void service_state_settle(void);

#endif
