/* snapshot_parts.h - the parts of a document of a snapshot, each from one object of it to what making.h makes
 * an engine of.
 *
 * Absent  what a part does not say is as doc/snapshots.md says; its instants are the present, now_ms.
 * Memory  texts in a part belong to the object, or to the buffer that was given.
 * Errors  each returns p->ok: false, with the mistake in *p->m, when the object is wrong. */
#ifndef CMQ_ADMIN_SNAPSHOT_PARTS_H
#define CMQ_ADMIN_SNAPSHOT_PARTS_H

#include "admin/part.h"
#include "base/buffer.h"
#include "engine/making.h"
#include "namespace/snapshot.h"

/* Of kept_queue_schema, without its messages; of kept_topic_schema, without subscriptions and messages. The
 * tags are the caller's. */
bool queue_part_read(struct part *p, cmq_ms now_ms, struct tag tags[RESOURCE_TAGS_MAX],
                     struct queue_part *out);
bool topic_part_read(struct part *p, cmq_ms now_ms, struct tag tags[RESOURCE_TAGS_MAX],
                     struct topic_part *out);

/* Of kept_message_schema. A body that is given in Base64 is decoded into *room. */
bool message_part_read(struct part *p, cmq_ms now_ms, struct buffer *room,
                       struct message_part *out);

bool subscription_part_read(struct part *p, cmq_ms now_ms, struct subscription_part *out);

/* Of kept_publication_schema, without deliveries; subscribers is 0 if not given. */
bool publication_part_read(struct part *p, cmq_ms now_ms, struct buffer *room,
                           struct publication_part *out);

/* The subscription is left to the caller. Texts of outcomes are put on the shelf. */
bool delivery_part_read(struct part *p, struct shelf *shelf, struct bytes *subscription,
                        struct delivery_part *out);

bool name_part_read(struct part *p, cmq_ms now_ms, struct name_part *out);

#endif
