/* entries.h - entries of the journal as people see them (admin 14). */
#ifndef CMQ_ADMIN_ENTRIES_H
#define CMQ_ADMIN_ENTRIES_H

#include "admin/call.h"
#include "admin/schema.h"
#include "namespace/journal.h"
#include "namespace/pattern.h"

extern const struct schema entry_schema, entries_schema;

/* Append an entry to the answer, as an object. */
void entry_write(struct admin_call *c, const struct journal_entry *e);

/* Append the members "total", "last" and "entries": those behind a number that fit the pattern, up
 * to so many and about 1 MiB of text. If there are more, "next" is the number to go on
 * behind. */
void entries_write(struct admin_call *c, const struct journal *j, const struct pattern *p,
                   uint64_t behind, int64_t limit);

#endif
