/* fuzz.h - what each fuzz target is: a function that takes any bytes as its input and fails, by
 * assert() or a sanitizer, when something is not as it must be.
 *
 * libFuzzer calls it with what it makes up; replay.c with files. A target keeps nothing from one
 * input to the next: what an input does must be the same whenever it is replayed. */
#ifndef CMQ_TESTS_FUZZ_H
#define CMQ_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
