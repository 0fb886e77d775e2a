/* snapshot_reader.h - a snapshot from a document, as snapshot_document.h writes one or somebody has edited
 * it (doc/snapshots.md).
 *
 * Checks  all of the document is judged before anything is made of it that others can see; a mistake names
 *         the member by its path: "queues[0].messages[3].state".
 * Slices  as far as the effort of the namespace goes, at a time; the calls of the namespace wait.
 * Memory  besides the text there is one queue without its messages, or one message, as a tree of JSON. */
#ifndef CMQ_ADMIN_SNAPSHOT_READER_H
#define CMQ_ADMIN_SNAPSHOT_READER_H

#include "admin/mistake.h"
#include "namespace/registry.h"

enum {
    SNAPSHOT_VALUES_MAX = 1000, /* in an item of a list, or in what comes before lists */
    SNAPSHOT_ENDED_MAX =
        10000 /* deliveries of a message that have ended, as far as they count */
};

struct snapshot_reading;

/* Begin to read a text, which must live until the end. What it does not say is as in ns. name: of the
 * snapshot; without data that in the document. NULL when there is no memory. */
struct snapshot_reading *snapshot_reading_begin(const struct registry *registry,
                                                struct namespace *ns, struct bytes text,
                                                struct bytes name);

enum snapshot_read {
    SNAPSHOT_READ,      /* all of it: to be taken */
    SNAPSHOT_READ_SOME, /* the effort is used up, and it is to be gone on with */
    SNAPSHOT_WRONG,     /* *m says what */
};

/* Within the bracket of ns. */
enum snapshot_read snapshot_reading_go_on(struct snapshot_reading *r, struct mistake *m);

/* The snapshot, held by the caller. NULL, with *m, when there is no memory. */
struct snapshot *snapshot_reading_take(struct snapshot_reading *r, struct mistake *m);

/* NULL is allowed and does nothing. */
void snapshot_reading_end(struct snapshot_reading *r);

/* For the start of the program: "default" has the snapshot of this text, and stands where it says. False,
 * with *m. */
bool snapshot_begin_with(struct registry *r, struct bytes text, cmq_ms real_now_ms,
                         struct mistake *m);

#endif
