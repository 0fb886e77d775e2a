/* misses.h - entries of the journal that miss a pattern by one member: what somebody may have meant
 * who finds nothing (admin 14).
 *
 * Those whose name is spelled nearly like the one that was asked for come first, and then the newest.
 * Of several that miss in the same way the newest stands for all. */
#ifndef CMQ_ADMIN_MISSES_H
#define CMQ_ADMIN_MISSES_H

#include "namespace/journal.h"
#include "namespace/pattern.h"

enum { MISSES_MAX = 5 };

struct miss {
    const struct journal_entry *entry;
    enum pattern_member differs;
    size_t distance; /* of the spelling */
};

struct misses {
    size_t count;
    struct miss items[MISSES_MAX];
};

/* Among those behind a number. */
void misses_find(struct misses *out, const struct journal *j, const struct pattern *p,
                 uint64_t behind);

#endif
