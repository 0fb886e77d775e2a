/* metrics.h - counts for /metrics, in the text format of Prometheus (admin 6).
 *
 * Calls are counted here; all other figures are read from the namespaces when they are
 * written. */
#ifndef CMQ_SERVICE_METRICS_H
#define CMQ_SERVICE_METRICS_H

#include "api/v2/call.h"
#include "api/v2/failure.h"
#include "api/v3/call.h"
#include "base/buffer.h"
#include "namespace/registry.h"

enum { METRICS_ACTIONS_MAX = 48, METRICS_STATUS_MAX = 600 };

struct metrics {
    uint64_t calls[METRICS_ACTIONS_MAX][OUTCOMES];          /* the last row: unknown Actions */
    uint64_t v3_calls[2][METRICS_ACTIONS_MAX][V3_OUTCOMES]; /* by product; likewise */
    uint64_t admin[METRICS_STATUS_MAX];                     /* admin calls by HTTP status */
    uint64_t warnings[WARNING_KINDS];
    /* Kept by whoever serves the network; NULL: nobody does. */
    const size_t *connections, *being_read;
};

/* Count a call that has its outcome. */
void metrics_count_call(struct metrics *m, const struct call *c);
void metrics_count_v3(struct metrics *m, const struct v3_call *c);
void metrics_count_admin(struct metrics *m, int status);
void metrics_count_warnings(struct metrics *m, const struct warnings *w);

/* Append all figures. Time does not move: each namespace is shown as of its last request. */
void metrics_write(const struct metrics *m, const struct registry *r, struct buffer *out);

#endif
