/* condition.h - what a test waits for: one grammar for run and await (admin 7).
 *
 *   {"queue":"q","state":"active","count":{"ge":3}}   messages of a queue in a state
 *   {"polls":{"ge":1},"queue":"q"}                    parked polls; of one queue, or of all
 *   {"subscription":"t/s","pending":{"eq":0}}         deliveries of topic t to subscription s
 *                                                     that have not ended
 *   {"agenda":"empty"}                                nothing is pending, nor in flight
 *   {"all":[...]}  {"any":[...]}  {"not":{...}}       the usual
 *
 * States: active, inactive, delayed, deleted. Comparisons: eq, ne, lt, le, gt, ge; several of
 * them must all hold. */
#ifndef CMQ_ADMIN_CONDITION_H
#define CMQ_ADMIN_CONDITION_H

#include "admin/mistake.h"
#include "base/buffer.h"
#include "engine/engine.h"

struct condition;
struct cJSON;

/* NULL, with *m naming the argument, when json is no condition. */
struct condition *condition_read(const struct cJSON *json, const char *argument,
                                 struct mistake *m);
void condition_free(struct condition *c);

/* False, with *m, when it names a queue or a subscription that does not exist. */
bool condition_names_known(const struct condition *c, const struct engine *e,
                           struct mistake *m);

/* What is gone has no messages, no polls and no deliveries. */
bool condition_holds(const struct condition *c, const struct engine *e);

/* Append an array of what each part found: the same objects with numbers in place of
 * comparisons. */
void condition_write_actual(const struct condition *c, const struct engine *e,
                            struct buffer *out);

#endif
