/* snapshot.h - a namespace as it stood at an instant, kept to be restored (decisions 46).
 *
 * What    an engine that stands still, the mode of the clock, and the rules of faults. Names are unique within the
 *         namespace that a snapshot was taken of, and that keeps it.
 * Memory  the engine counts in the budget of messages as any other; a snapshot besides, for what is
 *         there in an empty one. What is being restored or sent holds a snapshot, too: its engine goes
 *         to the graveyard when nobody holds it any more. */
#ifndef CMQ_NAMESPACE_SNAPSHOT_H
#define CMQ_NAMESPACE_SNAPSHOT_H

#include "engine/engine.h"
#include "namespace/clock.h"
#include "namespace/faults.h"
#include "namespace/graveyard.h"

enum {
    SNAPSHOT_NAME_MAX = 64,
    SNAPSHOTS_MAX = 1000,      /* of all namespaces */
    SNAPSHOT_BYTES = 16 * 1024 /* each counts for these, and what is in it */
};

/* Where all snapshots of a process are. */
struct shelf {
    struct allocator allocator;
    struct budget *budget; /* of messages */
    struct graveyard *graveyard;
    size_t count; /* at most SNAPSHOTS_MAX, as who makes one sees to */
    struct list_node texts;
    size_t text_count;
};

void shelf_init(struct shelf *shelf, struct allocator allocator, struct budget *budget,
                struct graveyard *graveyard);

/* When no snapshot and no engine is left. */
void shelf_fini(struct shelf *shelf);

/* A copy of the text of an outcome of a push (engine/flight.h), which lives as long as the shelf. There are
 * at most SHELF_TEXTS_MAX, of at most 256 bytes; then they are all the same. */
enum { SHELF_TEXTS_MAX = 1000 };
const char *shelf_text(struct shelf *shelf, struct bytes text);

struct snapshot {
    struct list_node link; /* in namespace->snapshots, in the order of their making */
    struct shelf *shelf;
    size_t holders;
    struct engine *engine; /* NULL until it is made */
    enum clock_mode mode;
    struct faults faults;
    size_t queues, topics, messages; /* the last: in all states, and published ones */
    char name[SNAPSHOT_NAME_MAX + 1];
};

/* One without an engine, held by the caller. NULL when there is no memory. */
struct snapshot *snapshot_new(struct shelf *shelf, struct bytes name);

/* Its engine is this one, and stays as it is. */
void snapshot_fill(struct snapshot *s, struct engine *e, enum clock_mode mode);

struct snapshot *snapshot_hold(struct snapshot *s);
void snapshot_give(struct snapshot *s);

/* NULL if there is none of exactly this name. */
struct snapshot *snapshots_find(const struct list_node *all, struct bytes name);

/* Put one that the caller holds into the list, which holds it from now on, in the place of the one of
 * the same name, if there is one: true then. */
bool snapshots_put(struct list_node *all, struct snapshot *s);

/* Take one out, or all. */
void snapshots_drop(struct snapshot *s);
void snapshots_clear(struct list_node *all);

/* Bytes of the messages in it, bodies and bookkeeping. */
size_t snapshot_bytes(const struct snapshot *s);

#endif
