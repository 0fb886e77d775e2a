/* snapshot_schema.h - what the document of a snapshot consists of (doc/snapshots.md), object by object.
 *
 * For     the reader of such documents (snapshot_reader.h), which takes names, words and bounds from here, and
 *         the OpenAPI document. What is written (snapshot_document.h) is held against it by the tests.
 * Absent  what a person may leave out is optional: the reader makes it. */
#ifndef CMQ_ADMIN_SNAPSHOT_SCHEMA_H
#define CMQ_ADMIN_SNAPSHOT_SCHEMA_H

#include "admin/schema.h"

#define SNAPSHOT_FORMAT "cmq-emulator-snapshot-1"

/* How the document calls what is drawn, by enum id_kind, ended by NULL; and the results of attempts, by enum
 * push_result. */
extern const char *const snapshot_id_names[];
extern const char *const snapshot_result_names[];

/* The whole, and the objects in its head. */
extern const struct schema snapshot_document_schema, kept_clock_schema, kept_ids_schema,
    kept_events_schema, kept_results_schema;

/* An item of faults. */
extern const struct schema kept_fault_schema;

/* An item of queues, and what is in it. */
extern const struct schema kept_queue_schema, kept_policy_schema, kept_tag_schema,
    kept_message_schema;

/* An item of topics, and what is in it. */
extern const struct schema kept_topic_schema, kept_subscription_schema, kept_publication_schema,
    kept_delivery_schema;

/* An item of names. */
extern const struct schema kept_name_schema;

#endif
