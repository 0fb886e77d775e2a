/* Chunks and slots.
 *
 * Entries are appended to the last chunk, each as long as its texts, and go from the front of the
 * first. A chunk is freed when its last entry has gone, whole. The first chunk of a journal is
 * small, and the next ones twice as long each, so that many namespaces with a few requests each do
 * not take more than they need.
 *
 * The slots lead from a number to its entry: a ring of pointers that grows like that, too. A number
 * that was given to no entry has an empty slot, so numbers need not be searched for. */
#include "namespace/journal.h"

enum { CHUNK_LEAST = 4096, CHUNK_MOST = 65536, SLOTS_LEAST = 64 };

struct journal_chunk {
    struct list_node link; /* in journal->chunks */
    size_t size, used;     /* bytes of room */
    size_t entries;        /* that are kept in it */
    uint64_t room[];       /* for entries, which are aligned like this */
};

void journal_init(struct journal *j, const struct allocator *a, struct budget *budget,
                  struct watches *watches)
{
    *j = (struct journal){.allocator = *a, .budget = budget};
    list_init(&j->chunks);
    list_init(&j->tallies);
    watch_init(&j->watch, watches);
}

/* ---- forgetting ---- */

static struct journal_chunk *first_chunk(const struct journal *j)
{
    struct list_node *l = list_first(&j->chunks);
    return l != NULL ? CONTAINER_OF(l, struct journal_chunk, link) : NULL;
}

static struct journal_chunk *last_chunk(const struct journal *j)
{
    if (list_empty(&j->chunks))
        return NULL;
    return CONTAINER_OF(j->chunks.prev, struct journal_chunk, link);
}

static void chunk_free(struct journal *j, struct journal_chunk *c)
{
    list_unlink(&c->link);
    budget_give(j->budget, sizeof *c + c->size);
    allocator_give(&j->allocator, c);
}

/* The oldest number goes, and with it its entry, which lies in the first chunk: it need not be looked
 * at, and has not been for long. */
static void forget_first(struct journal *j)
{
    struct journal_entry *e = j->slots[j->first];
    j->first = j->first + 1 == j->room ? 0 : j->first + 1;
    j->count--;
    if (e == NULL)
        return;
    j->kept--;
    struct journal_chunk *c = first_chunk(j);
    assert(c != NULL);
    if (--c->entries > 0)
        return;
    if (c == last_chunk(j))
        c->used = 0;
    else
        chunk_free(j, c);
}

/* The first chunk goes, with all that is in it. */
static void forget_first_chunk(struct journal *j)
{
    struct journal_chunk *c = first_chunk(j);
    assert(c != NULL);
    bool is_last = c == last_chunk(j);
    for (size_t left = c->entries; left > 0;) {
        left -= j->slots[j->first] != NULL;
        forget_first(j);
    }
    if (is_last) /* it was emptied, and kept for more */
        chunk_free(j, c);
}

static void free_slots(struct journal *j)
{
    budget_give(j->budget, j->room * sizeof(struct journal_entry *));
    allocator_give(&j->allocator, j->slots);
    j->slots = NULL;
    j->room = 0;
}

static void forget_all(struct journal *j)
{
    for (struct journal_chunk *c; (c = first_chunk(j)) != NULL;)
        chunk_free(j, c);
    free_slots(j);
    j->first = 0;
    j->count = 0;
    j->kept = 0;
}

void journal_forget(struct journal *j)
{
    forget_all(j);
    for (struct list_node *l = j->tallies.next; l != &j->tallies; l = l->next)
        CONTAINER_OF(l, struct journal_tally, link)->count = 0;
    if (!list_empty(&j->tallies))
        watch_note(&j->watch);
}

void journal_begin_anew(struct journal *j)
{
    journal_forget(j);
    j->last = 0;
}

void journal_fini(struct journal *j)
{
    assert(list_empty(&j->tallies));
    forget_all(j);
}

void journal_set_bound(struct journal *j, size_t bound)
{
    j->bound = bound;
    if (bound == 0)
        journal_forget(j);
    while (j->count > bound)
        forget_first(j);
}

/* ---- making room ---- */

/* Forget entries until the budget has room; false when there are none left, or no memory. */
static void *take(struct journal *j, size_t size)
{
    while (!budget_has(j->budget, size) && !list_empty(&j->chunks))
        forget_first_chunk(j);
    if (!budget_take(j->budget, size))
        return NULL;
    void *memory = allocator_take(&j->allocator, size);
    if (memory == NULL)
        budget_give(j->budget, size);
    return memory;
}

/* That of the number which is so many behind the first. */
static struct journal_entry **slot_at(const struct journal *j, size_t nth)
{
    assert(j->room > 0);
    return &j->slots[(j->first + nth) % j->room];
}

/* Room for one more slot. */
static bool grow_slots(struct journal *j)
{
    size_t room = j->room == 0 ? SLOTS_LEAST : 2 * j->room;
    if (j->count < j->room)
        return true;
    struct journal_entry **slots = take(j, room * sizeof(struct journal_entry *));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < j->count; i++)
        slots[i] = *slot_at(j, i);
    size_t count = j->count;
    free_slots(j);
    j->slots = slots;
    j->room = room;
    j->first = 0;
    j->count = count;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Twice as long as the last one; where the budget has no room for that, as short as will do. */
static size_t size_of_next(const struct journal *j, size_t needed)
{
    struct journal_chunk *before = last_chunk(j);
    size_t size = before == NULL ? CHUNK_LEAST : least(2 * before->size, CHUNK_MOST);
    while (size < needed)
        size *= 2;
    while (size / 2 >= needed && size > CHUNK_LEAST && !budget_has(j->budget, size))
        size /= 2;
    return size;
}

static struct journal_chunk *new_chunk(struct journal *j, size_t needed)
{
    size_t size = size_of_next(j, needed);
    struct journal_chunk *c = take(j, sizeof *c + size);
    if (c == NULL)
        return NULL;
    *c = (struct journal_chunk){.size = size};
    list_append(&j->chunks, &c->link);
    return c;
}

/* Room for an entry of this size; NULL when there is none. */
static struct journal_entry *place(struct journal *j, size_t size)
{
    struct journal_chunk *c = last_chunk(j);
    if (c == NULL || c->size - c->used < size)
        c = new_chunk(j, size);
    if (c == NULL)
        return NULL;
    struct journal_entry *e = (void *)((char *)c->room + c->used);
    c->used += size;
    c->entries++;
    e->chunk = c;
    return e;
}

/* ---- keeping ---- */

static struct journal_entry *keep(struct journal *j, const struct journal_note *note)
{
    struct journal_extent extent;
    journal_entry_measure(note, &extent);
    struct journal_entry *e = place(j, extent.size);
    if (e == NULL)
        return NULL;
    struct journal_chunk *c = e->chunk;
    journal_entry_write(e, note, &extent);
    e->chunk = c;
    e->number = j->last;
    return e;
}

static void count(struct journal *j, const struct journal_entry *e)
{
    for (struct list_node *l = j->tallies.next; l != &j->tallies; l = l->next) {
        struct journal_tally *t = CONTAINER_OF(l, struct journal_tally, link);
        if (e->number <= t->behind || !pattern_fits(&t->pattern, e))
            continue;
        t->count++;
        watch_note(&j->watch);
    }
}

uint64_t journal_add(struct journal *j, const struct journal_note *note)
{
    j->last++;
    if (j->bound == 0)
        return j->last;
    if (j->count == j->bound)
        forget_first(j);
    if (!grow_slots(j)) { /* no number has a slot, then */
        forget_all(j);
        return j->last;
    }
    struct journal_entry *e = keep(j, note);
    *slot_at(j, j->count) = e;
    j->count++;
    j->kept += e != NULL;
    if (e != NULL)
        count(j, e);
    return j->last;
}

/* ---- finding ---- */

static struct journal_entry *find(const struct journal *j, uint64_t number)
{
    if (number > j->last || j->last - number >= j->count)
        return NULL;
    size_t at = j->count - 1 - (size_t)(j->last - number);
    return *slot_at(j, at);
}

const struct journal_entry *journal_find(const struct journal *j, uint64_t number)
{
    return find(j, number);
}

const struct journal_entry *journal_after(const struct journal *j, uint64_t number)
{
    uint64_t before = j->last - j->count;
    for (uint64_t n = number > before ? number : before; n < j->last; n++) {
        struct journal_entry *e = find(j, n + 1);
        if (e != NULL)
            return e;
    }
    return NULL;
}

void journal_note_took(struct journal *j, uint64_t number, const void *maker, int64_t took_us)
{
    struct journal_entry *e = find(j, number);
    if (e != NULL && e->maker == maker)
        e->took_us = took_us;
}

void journal_note_code(struct journal *j, uint64_t number, const void *maker, int code)
{
    struct journal_entry *e = find(j, number);
    if (e != NULL && e->maker == maker)
        e->code = code;
}

/* ---- tallies ---- */

void tally_begin(struct journal_tally *t, struct journal *j)
{
    uint64_t at = t->behind;
    t->journal = j;
    for (const struct journal_entry *e; (e = journal_after(j, at)) != NULL; at = e->number)
        t->count += pattern_fits(&t->pattern, e);
    list_append(&j->tallies, &t->link);
}

void tally_end(struct journal_tally *t)
{
    if (list_linked(&t->link))
        list_unlink(&t->link);
}

void journal_check(const struct journal *j)
{
    size_t kept = 0, in_chunks = 0, size = j->room * sizeof(struct journal_entry *);
    assert(j->count <= j->room);
    assert(j->count <= j->bound);
    for (uint64_t n = j->last - j->count + 1; n <= j->last; n++) {
        const struct journal_entry *e = find(j, n);
        assert(e == NULL || e->number == n);
        kept += e != NULL;
    }
    for (const struct list_node *l = j->chunks.next; l != &j->chunks; l = l->next) {
        const struct journal_chunk *c = CONTAINER_OF(l, const struct journal_chunk, link);
        assert(c->used <= c->size);
        assert(c->entries > 0 || l->next == &j->chunks);
        in_chunks += c->entries;
        size += sizeof *c + c->size;
    }
    assert(kept == in_chunks);
    assert(kept == j->kept);
    assert(size <= j->budget->used);
}
