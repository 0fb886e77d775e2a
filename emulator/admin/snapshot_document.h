/* snapshot_document.h - a snapshot as one JSON document that a person can read and edit
 * (doc/snapshots.md).
 *
 * It says all that decides the future of the namespace. What follows from something else, such as the
 * instant at which a message expires, it does not say; and of numbers that only order things it says
 * no more than the order: messages of a queue are listed in the order of their sending. */
#ifndef CMQ_ADMIN_SNAPSHOT_DOCUMENT_H
#define CMQ_ADMIN_SNAPSHOT_DOCUMENT_H

#include "base/source.h"
#include "namespace/snapshot.h"

/* The document, from behind its opening brace on, which the caller has written. It holds the snapshot
 * until it is ended. NULL when there is no memory. */
struct source *snapshot_document(struct snapshot *s);

#endif
