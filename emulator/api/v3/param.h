/* param.h - a parameter of an Action of API 3.0: one row of the Action's table.
 *
 * The rows of a table are in the order in which values are judged. Bounds are those of the field
 * (operations/fields.def) unless the row has its own: the products differ. */
#ifndef CMQ_API_V3_PARAM_H
#define CMQ_API_V3_PARAM_H

#include "operations/field.h"

enum v3_type { V3_INT, V3_STR, V3_BOOL, V3_STRS, V3_FILTERS, V3_TAG_SET };

/* What a parameter is for: a field, or one of these. */
enum v3_use {
    V3_EXACT_NAME = FIELDS, /* listings: items of just this name */
    V3_NAME_PART,           /* whose name contains it, in any case */
    V3_NAMES,               /* whose name is one of these */
    V3_TAG_KEY,             /* that have a tag of this key */
    V3_TAG_SWITCH,          /* whether filters by tag apply */
    V3_NAME_FILTER,         /* Filters of one Name, which is in the row, with one value */
    V3_TAG_FILTER,          /* Filters of Names "tag:<key>" */
    V3_TAGS,                /* of a queue or topic that is created */
    V3_QUERY_TYPE,          /* "topic" or "queue" (api3 8.15) */
};

/* For otherwise: a parameter without a default. */
#define V3_NO_DEFAULT INT64_MIN

struct v3_param {
    const char *name;
    int use; /* an enum field or an enum v3_use */
    enum v3_type type;
    bool required;
    int64_t least, greatest; /* of an Int; both 0: those of the field */
    int64_t otherwise;       /* what an Int is that was not given */
    const char *filter;      /* V3_NAME_FILTER: the one Name */
};

#endif
