/* snapshot_reader.h - a snapshot from a document, as snapshot_document.h writes one or somebody has edited
 * it (doc/snapshots.md).
 *
 * Checks  all of the document is judged before anything is made of it that others can see; a mistake names
 *         the member by its path: "queues[0].messages[3].state".
 * Memory  besides the text there is one queue without its messages, or one message, as a tree of JSON. */
#ifndef CMQ_ADMIN_SNAPSHOT_READER_H
#define CMQ_ADMIN_SNAPSHOT_READER_H

#include "admin/mistake.h"
#include "namespace/registry.h"

/* A snapshot for the shelf of ns, held by the caller; what the document does not say is as in ns. name: its
 * name; without data that of the document. NULL, with *m, when the document is not right, or there is
 * no room. */
struct snapshot *snapshot_read(const struct registry *registry, struct namespace *ns,
                               struct bytes text, struct bytes name, struct mistake *m);

/* The same for the start of the program: "default" has this snapshot, and stands where it says. False, with
 * *m. */
bool snapshot_begin_with(struct registry *r, struct bytes text, cmq_ms real_now_ms,
                         struct mistake *m);

#endif
