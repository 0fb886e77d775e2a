/* number.h - whole numbers as decimal text. */
#ifndef CMQ_BASE_NUMBER_H
#define CMQ_BASE_NUMBER_H

#include "base/bytes.h"

#include <stdint.h>

/* Decimal digits with an optional "-" before them (decisions 9); false for anything else. A
 * number above INT64_MAX becomes INT64_MAX, one below its negative becomes that. */
bool parse_int(struct bytes text, int64_t *out);

/* The same, but false for a number beyond these. */
bool parse_int_exactly(struct bytes text, int64_t *out);

#endif
