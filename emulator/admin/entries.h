/* entries.h - entries of the journal as people see them (admin 14). */
#ifndef CMQ_ADMIN_ENTRIES_H
#define CMQ_ADMIN_ENTRIES_H

#include "admin/call.h"
#include "admin/schema.h"
#include "base/source.h"
#include "namespace/journal.h"
#include "namespace/pattern.h"

extern const struct schema entry_schema, entries_schema;

/* A page ends with the entry that makes it take so many bytes where they are kept. */
enum { ENTRIES_PAGE_MAX = 1 << 20 };

/* Append the members of an entry to the open object. */
void entry_write(struct buffer *b, const struct journal_entry *e, name_error_fn *name_error);

/* The rest of an answer from behind "[" on, which the caller has written: those entries behind a number
 * that fit the pattern, up to so many; "total" and "last", and if there are more, "next", the number to
 * go on behind; the time, and the closing brace. It says what was there when it was made, whatever
 * becomes of the namespace since. NULL when there is no memory. */
struct source *entries_page(const struct namespace *ns, const struct pattern *p,
                            uint64_t behind, int64_t limit, name_error_fn *name_error);

#endif
