/* number.h - whole numbers as decimal text. */
#ifndef CMQ_BASE_NUMBER_H
#define CMQ_BASE_NUMBER_H

#include "base/bytes.h"

#include <stdint.h>

/* Decimal digits with an optional "-" before them. False if it is anything else; a number that
 * does not fit is cut to the nearest that does. */
bool parse_int(struct bytes text, int64_t *out);

#endif
