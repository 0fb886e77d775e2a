/* condition.h - what a test waits for: one grammar for run and await (admin 7).
 *
 *   {"queue":"q","state":"active","count":{"ge":3}}   messages of a queue in a state
 *   {"polls":{"ge":1},"queue":"q"}                    parked polls; of one queue, or of all
 *   {"subscription":"t/s","pending":{"eq":0}}         deliveries of topic t to subscription s
 *                                                     that have not ended
 *   {"agenda":"empty"}                                nothing is pending, nor in flight
 *   {"journal":{"where":{...}},"count":{"ge":1}}      entries of the journal (where.h)
 *   {"all":[...]}  {"any":[...]}  {"not":{...}}       of other conditions
 *
 * States: active, inactive, delayed, deleted. Comparisons: eq, ne, lt, le, gt, ge; if there are
 * several, all must be true. */
#ifndef CMQ_ADMIN_CONDITION_H
#define CMQ_ADMIN_CONDITION_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "base/buffer.h"
#include "engine/engine.h"
#include "namespace/journal.h"

/* A condition, and what one part of it found. */
extern const struct schema condition_schema, found_schema;

struct condition;
struct cJSON;

/* NULL, with *m naming the argument, when json is not a condition. Free it with
 * condition_free(). */
struct condition *condition_read(const struct cJSON *json, const char *argument,
                                 struct mistake *m);
void condition_free(struct condition *c);

/* False, with *m, when it names a queue or a subscription that does not exist. */
bool condition_names_known(const struct condition *c, const struct engine *e,
                           struct mistake *m);

/* Whether a part of it is about the journal. */
bool condition_counts(const struct condition *c);

/* How many parts it has, itself included: at most CONDITION_PARTS_MAX, and of these at most
 * CONDITION_TALLIES_MAX about the journal, which is walked through for each when it begins. */
enum { CONDITION_PARTS_MAX = 128, CONDITION_TALLIES_MAX = 4 };
size_t condition_parts(const struct condition *c);

/* Begin to count, for what it says of the journal: before it is watched, or judged. */
void condition_begin(struct condition *c, struct journal *j);

/* The condition that there is an entry behind this number that fits the pattern; NULL when there is
 * no memory. */
struct condition *condition_of_entries(const struct pattern *p, uint64_t behind);

/* What such a condition counts. */
const struct journal_tally *condition_tally(const struct condition *c);

/* Watch all that the condition looks at, for this owner, until condition_free(). False when there
 * is no memory. */
bool condition_watch(struct condition *c, struct engine *e, void *owner);

/* Whether the condition is true. A queue or subscription that does not exist, perhaps any more,
 * has no messages, polls or deliveries. */
bool condition_holds(const struct condition *c, const struct engine *e);

/* Append an array of what each part of the condition found: the same objects with numbers
 * instead of comparisons. */
void condition_write_actual(const struct condition *c, const struct engine *e,
                            struct buffer *out);

#endif
