/* json_check.h - what is looked at in the JSON of a request before a parser reads it.
 *
 * The parser keeps a text up to its first NUL and a number as a double, would take memory for
 * millions of values, and goes one level deeper on the stack with each bracket. So a text whose
 * values it would alter is refused, and one that is larger than any call of API 3.0 needs. That
 * the text is JSON at all is left to the parser. */
#ifndef CMQ_API_V3_JSON_CHECK_H
#define CMQ_API_V3_JSON_CHECK_H

#include "base/bytes.h"

enum { JSON_DEPTH_MAX = 16, JSON_VALUES_MAX = 10000 };

/* CMQ_OK; V3_TOO_DEEP, V3_NUL, V3_LARGE_NUMBER (failure.h). */
int json_check(struct bytes text);

#endif
