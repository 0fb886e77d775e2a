/* scarce.h - the C library's memory, scarce on demand, for programs that are linked with
 * --wrap=malloc and so on (see the Makefile).
 *
 * What the emulator's own code asks of the C library comes by here, and so does what cJSON asks,
 * once scarce_init() was called. Other libraries are not short of memory. */
#ifndef CMQ_TESTS_SCARCE_H
#define CMQ_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/* Let cJSON take its memory by here, too. */
void scarce_init(void);

/* From now on the n-th request for memory gets nothing, and if all is set neither does any that
 * comes after it; n counts from 1, 0: none fails. */
void scarce_begin(size_t n, bool all);

/* No further one fails. Returns how many were asked for since scarce_begin(). */
size_t scarce_end(void);

/* The same for a while, until scarce_go_on(): what is asked for meanwhile does not count. */
size_t scarce_pause(void);
void scarce_go_on(void);

/* How many have failed in all. */
size_t scarce_failed(void);

/* How many pieces of memory are out. */
size_t scarce_held(void);

#endif
