/* journal.h - what was asked of a namespace and what it answered: its last requests, and its pushes
 * (admin 14).
 *
 * An entry is made when the answer is written, from a note that points to the texts of the request,
 * and gets the next number. As many as the bound says are kept; the oldest go first.
 *
 * Cost    an entry is one copy of its texts: nothing is formatted, looked up or allocated for it,
 *         but for a chunk of memory now and then. Entries lie one after the other in chunks, so
 *         walking through them is quick, and forgetting all frees as few things as there are chunks.
 * Watch   tallies count what fits a pattern as it is added. While nobody counts that costs one
 *         comparison.
 * Budget  chunks count in a budget that all namespaces share. Where it has no room the oldest entries
 *         of this journal go; if that is not enough, or without memory, the entry is not kept. It
 *         has had its number all the same: who reads the journal sees a gap. */
#ifndef CMQ_NAMESPACE_JOURNAL_H
#define CMQ_NAMESPACE_JOURNAL_H

#include "base/allocator.h"
#include "base/budget.h"
#include "base/list.h"
#include "engine/watch.h"
#include "namespace/journal_entry.h"
#include "namespace/pattern.h"

struct journal_chunk;

struct journal {
    struct allocator allocator;
    struct budget *budget;
    size_t bound;                 /* entries; 0: none is kept */
    uint64_t last;                /* number that was given */
    struct list_node chunks;      /* the oldest first */
    struct journal_entry **slots; /* a ring: of the last `count` numbers; NULL: not kept */
    size_t room, first, count;
    size_t kept; /* of these, those that are kept */
    struct list_node tallies;
    struct watch watch; /* changes with the count of a tally */
};

/* Counts the entries that fit a pattern, so that a condition need not walk through the journal: those
 * that are kept when it begins, and those that are added. One that goes since it is the oldest stays
 * counted; when the journal is forgotten the count is 0. */
struct journal_tally {
    struct list_node link; /* in journal->tallies, or unlinked */
    struct journal *journal;
    struct pattern pattern;
    uint64_t behind; /* entries of higher numbers alone */
    uint64_t count;
};

void journal_init(struct journal *j, const struct allocator *a, struct budget *budget,
                  struct watches *watches);

/* No tally may be counting. */
void journal_fini(struct journal *j);

/* How many entries are kept from now on. */
void journal_set_bound(struct journal *j, size_t bound);

/* Give the next number to an entry, and keep it if there is room. Returns the number. */
uint64_t journal_add(struct journal *j, const struct journal_note *note);

/* Forget all entries; and begin with number 1 again. */
void journal_forget(struct journal *j);
void journal_begin_anew(struct journal *j);

/* How many are kept. */
static inline size_t journal_count(const struct journal *j)
{
    return j->kept;
}

/* The entry of this number; NULL if it is not kept. */
const struct journal_entry *journal_find(const struct journal *j, uint64_t number);

/* The first one that is kept and has a higher number; NULL at the end. */
const struct journal_entry *journal_after(const struct journal *j, uint64_t number);

/* How long the request of this number took, which is known only when its answer has left. Ignored if
 * the entry is not kept, or is not the maker's. */
void journal_note_took(struct journal *j, uint64_t number, const void *maker, int64_t took_us);

/* The answer of the request was written, and could not be sent: what it was answered instead. */
void journal_note_code(struct journal *j, uint64_t number, const void *maker, int code);

/* Begin to count, from a tally whose pattern and number are set, the other members zero; and end it,
 * also one that has not begun. */
void tally_begin(struct journal_tally *t, struct journal *j);
void tally_end(struct journal_tally *t);

/* Assert that the journal is whole: walks all of it. */
void journal_check(const struct journal *j);

#endif
