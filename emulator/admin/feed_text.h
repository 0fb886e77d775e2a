/* feed_text.h - what a feed tells, as text: server-sent events, each with an object on one line (admin 17). */
#ifndef CMQ_ADMIN_FEED_TEXT_H
#define CMQ_ADMIN_FEED_TEXT_H

#include "admin/answer.h"
#include "engine/recent.h"
#include "namespace/journal.h"

/* "clock", within the bracket of ns. */
void feed_write_clock(struct buffer *b, const struct namespace *ns);

/* "reload": whoever reads has to load everything anew. */
void feed_write_reload(struct buffer *b, const char *why);

/* "fired": events from one number on, up to another, exclusive; and how many are left out, besides those that are not
 * kept. goes_on: a further one tells what has no room in this. Returns the number to go on with. */
uint64_t feed_write_fired(struct buffer *b, const struct recent *r, uint64_t from,
                          uint64_t until, uint64_t left, bool goes_on);

/* "request": the same with entries, behind one number and up to another, inclusive. What has no room is left out,
 * unless it goes on. Returns the number of the last that was looked at. */
uint64_t feed_write_entries(struct buffer *b, const struct journal *j,
                            name_error_fn *name_error, uint64_t behind, uint64_t last,
                            uint64_t left, bool goes_on);

enum changed {
    CHANGED_QUEUES = 1,
    CHANGED_TOPICS = 2,
    CHANGED_FAULTS = 4,
    CHANGED_SNAPSHOTS = 8,
    CHANGED_NAMESPACES = 16,
    CHANGED_SINKS = 32,
    CHANGED_SIGNATURES = 64,
    CHANGED_ALL = 127
};

/* "changed", with the id "RUN-NUMBER" of the batch that is told when this has been read. */
void feed_write_changed(struct buffer *b, unsigned changed, cmq_ms run, uint64_t number);

#endif
