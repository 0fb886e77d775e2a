/* copy.h - a second engine that is equal to a first one, and has the same future.
 *
 * What    all that decides what the engine will do and answer: queues and topics, messages and
 *         deliveries in every state, handles, ids to come, names that cool down, counts of rates and of
 *         what has happened, and the agenda, events of one instant in the order in which they were
 *         armed. The same calls at the same instants then give the same results.
 * Not     parked polls, which belong to their callers; and watches. A push whose outcome has not been
 *         applied is to be made again, at the present instant, behind all that is due then.
 * Slices  engine_copy_some() goes as far as the effort of the new engine does. Meanwhile the first
 *         one must not be changed, but for the ends of polls and of pushes.
 * Memory  the new engine takes its own, but for the blobs of long bodies, which both share. What it
 *         takes counts in its budget. */
#ifndef CMQ_ENGINE_COPY_H
#define CMQ_ENGINE_COPY_H

#include "engine/engine.h"

struct engine_copy;

/* Begin; from must have no task left. The config says where memory comes from; limits, account, seed
 * and instant are those of from. NULL when there is no memory. */
struct engine_copy *engine_copy_begin(const struct engine *from,
                                      const struct engine_config *config);

/* OK: the copy is whole. WAITING: the effort is used up. MEMORY_FULL, INTERNAL: there is no room for
 * more in the budget, or no memory. After each of the last three the same call goes on. */
enum cmq_err engine_copy_some(struct engine_copy *c);

/* The new engine, as far as it is made; the caller's from now on. What is not whole may only be
 * freed. */
struct engine *engine_copy_end(struct engine_copy *c);

#endif
