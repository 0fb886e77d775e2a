/* values.h - the parameters that a call of API 3.0 gives, by the table of its Action.
 *
 * In JSON they are the members of one object; in a form or a query lists and objects are
 * flattened, with numbers that begin with 0 (api3 2.3):
 *
 *   {"FilterTag":["a"],"Tags":[{"TagKey":"k"}]}      FilterTag.0=a&Tags.0.TagKey=k
 *
 * Both are read into the same places by the same functions. Reading finds parameters that are
 * unknown, given twice, or numbered with gaps; a value of a wrong type is only noted, since what
 * is missing is reported before it (api3 6).
 *
 * Memory  texts are not copied: they lie in the JSON tree or in the form.
 * Cost    the first unknown or repeated parameter ends it, so it grows with the number of
 *         members only as far as an Action has parameters. */
#ifndef CMQ_API_V3_VALUES_H
#define CMQ_API_V3_VALUES_H

#include "api/v3/param.h"
#include "base/form.h"
#include "engine/traits.h"

#include <stdint.h>

struct cJSON;

enum {
    V3_PARAMS_MAX = 24,
    V3_LISTS_MAX = 2, /* of an Action's parameters of type [Str] */
    V3_LIST_MAX = 100,
    V3_FILTERS_MAX = 10,
    V3_FILTER_VALUES_MAX = 20,
};

/* Members that were not given have no data. */
struct v3_list {
    size_t count; /* one more than the last number */
    struct bytes items[V3_LIST_MAX];
};

struct v3_filter {
    struct bytes name;
    size_t count;
    struct bytes values[V3_FILTER_VALUES_MAX];
};

struct v3_value {
    bool given;
    bool mistyped;
    bool excess;    /* a list with more members than there is room for */
    int64_t number; /* Int; Bool: 0 or 1 */
    struct bytes text;
    struct v3_list *list;
};

struct v3_values {
    bool lenient;                      /* numbers in JSON may be texts */
    struct v3_value of[V3_PARAMS_MAX]; /* by the place of the row */
    size_t list_count, filter_count, tag_count;
    struct v3_list lists[V3_LISTS_MAX];
    struct v3_filter filters[V3_FILTERS_MAX];
    struct tag tags[RESOURCE_TAGS_MAX];
};

/* Read the members of a JSON object, or the pairs of a form without the common parameters
 * (api3 2.2). CMQ_OK; V3_UNKNOWN_PARAMETER, V3_TWICE or V3_GAP with the name in *culprit. */
int v3_values_of_json(struct v3_values *v, const struct cJSON *object,
                      const struct v3_param *params, size_t count, struct bytes *culprit);
int v3_values_of_form(struct v3_values *v, const struct form *form,
                      const struct v3_param *params, size_t count, struct bytes *culprit);

/* Whether it is one of the parameters that any call by signature v1 has. */
bool v3_is_common(struct bytes name);

#endif
