/* range.h - comparisons of a count, as conditions and verify have them: {"ge":3}, {"ge":1,"lt":5}.
 *
 * eq, ne, lt, le, gt, ge, with whole numbers that are not negative; all that are given must be
 * true. */
#ifndef CMQ_ADMIN_RANGE_H
#define CMQ_ADMIN_RANGE_H

#include "admin/mistake.h"
#include "admin/schema.h"

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

enum comparison { EQ, NE, LT, LE, GT, GE, COMPARISONS };

struct range {
    bool given[COMPARISONS];
    int64_t value[COMPARISONS];
};

extern const struct schema range_schema;

/* False, with *m naming the argument, when json is no such object. */
bool range_read(const struct cJSON *json, const char *argument, struct range *out,
                struct mistake *m);

bool range_fits(const struct range *r, int64_t n);

#endif
