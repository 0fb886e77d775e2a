/* snapshots.h - what calls about snapshots and those about namespaces share. */
#ifndef CMQ_ADMIN_SNAPSHOTS_H
#define CMQ_ADMIN_SNAPSHOTS_H

#include "admin/mistake.h"
#include "namespace/namespace.h"

/* The namespace's snapshot of this name; NULL, with *m about this argument, if there is none. */
struct snapshot *snapshot_named(const struct namespace *ns, struct bytes name,
                                const char *argument, struct mistake *m);

/* A copy has failed: CMQ_MEMORY_FULL, CMQ_INTERNAL. Returns false. */
bool snapshot_mistake(struct mistake *m, enum cmq_err err);

#endif
