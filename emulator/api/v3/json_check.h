/* json_check.h - what the JSON of a request may be, besides JSON.
 *
 * Texts are kept without NULs and numbers as doubles, so a body whose values that would alter is
 * refused; and so is one that has more values than any call of API 3.0 needs. */
#ifndef CMQ_API_V3_JSON_CHECK_H
#define CMQ_API_V3_JSON_CHECK_H

#include "base/json_scan.h"

/* 10 000 values at 16 levels (api3 2.3). */
extern const struct json_bounds v3_json_bounds;

/* What a scan that has ended says: CMQ_OK, V3_NOT_JSON, V3_TOO_DEEP, V3_NUL, V3_LARGE_NUMBER
 * (failure.h). */
int json_check(const struct json_scan *scan);

#endif
