/* inputs.h - what an operation is given by a call of API 3.0: its values, judged.
 *
 * values.h reads what was sent, by the table of the Action; v3_inputs_judge() turns that into
 * arguments of an operation. */
#ifndef CMQ_API_V3_INPUTS_H
#define CMQ_API_V3_INPUTS_H

#include "api/v3/values.h"
#include "operations/operation.h"

struct v3_inputs {
    struct v3_values values;
    struct arguments arguments;
    bool to_queue; /* QueryType is "queue" */
    struct selection selection;
    struct tag_wish wishes[V3_FILTERS_MAX + 1];
};

/* Judge the values, which v3_values_...() has read by the same rows, and fill the rest of *in.
 * CMQ_OK; or V3_MISSING, V3_TYPE, V3_VALUE, V3_TRANSACTION or an error of the engine, with the
 * name to blame in *culprit and what may be said of the value in *value. */
int v3_inputs_judge(struct v3_inputs *in, const struct v3_param *params, size_t count,
                    const struct engine_limits *limits, struct bytes *culprit,
                    struct bytes *value);

#endif
