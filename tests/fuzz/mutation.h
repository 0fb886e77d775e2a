/* mutation.h - other programs out of programs: steps come, go, change places, come from other programs
 * or from a list of templates; and within a step a value, or any bytes, become others.
 *
 * Bytes alone would mostly make lines that do nothing. */
#ifndef CMQ_TESTS_MUTATION_H
#define CMQ_TESTS_MUTATION_H

#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"

/* In place, where there is room for so many; returns the new size. */
size_t mutate_program(char *text, size_t size, size_t most, unsigned seed);

/* Of steps of both, in their orders; returns the size. */
size_t cross_programs(struct bytes a, struct bytes b, char *out, size_t most, unsigned seed);

/* What libFuzzer calls, and what it has for the bytes of a part; a replay has neither. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b,
                                 size_t b_size, uint8_t *out, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

#endif
