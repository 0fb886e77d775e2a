/* copying.h - the copy of an engine that is being made for a snapshot, or of one that is put back, and what goes
 * with it.
 *
 *     over -- copying_begin() --> begun -- copying_go_on(), copying_finish() --> whole -- copying_end() --> over
 *                                   +----------------- copying_give_up() --------------------------------^
 *
 * Memory  the snapshot is held from the beginning to the end. A copy that is given up goes to the graveyard, which
 *         must not be the reason, either, why there is no room for one.
 * Bracket all of it happens within that of the namespace: see namespace_keep(), namespace_restore(). */
#ifndef CMQ_NAMESPACE_COPYING_H
#define CMQ_NAMESPACE_COPYING_H

#include "engine/copy.h"
#include "namespace/snapshot.h"

struct copying {
    struct engine_copy *copy; /* NULL: none is being made */
    struct snapshot *of;      /* to be filled, or restored; NULL: it is over */
    struct faults faults;     /* of what is restored, for the namespace */
    bool restores;
    bool replaced;    /* the last one, when it was over: a snapshot of the same name */
    enum cmq_err err; /* how that ended */
};

/* Of this engine, which the snapshot is to have, or of that of the snapshot. config and faults: of the
 * namespace. False when there is no memory; then it is over, with INTERNAL. */
bool copying_begin(struct copying *c, struct snapshot *of, const struct engine *from,
                   const struct engine_config *config, const struct faults *faults);

/* Some of it. WAITING when the effort is used up, OK when all is copied; else it is to be given up. */
enum cmq_err copying_go_on(struct copying *c, struct graveyard *graveyard,
                           struct effort *effort);

/* All is copied: the engine, and where they belong the rules, those of the namespace or of the snapshot.
 * MEMORY_FULL, INTERNAL: it is to be given up. */
enum cmq_err copying_finish(struct copying *c, const struct faults *faults,
                            struct engine **made);

void copying_end(struct copying *c, enum cmq_err err);
void copying_give_up(struct copying *c, struct graveyard *graveyard, enum cmq_err err);

#endif
