/* steps.h - how much this program has done: counted, not timed, so the same on every machine.
 *
 * A step is a basic block of our code, a few instructions. What the C library, nettle and cJSON do
 * for it counts by its length, as steps.c says: the linker puts our functions before theirs.
 *
 * Use     compiled with -fsanitize-coverage=trace-pc, steps.c itself without, and linked with
 *         --wrap for each function of it whose name begins with __wrap_. */
#ifndef CMQ_TESTS_STEPS_H
#define CMQ_TESTS_STEPS_H

#include <stdint.h>

extern uint64_t steps;

#endif
