/* Chunks of equal slots.
 *
 *   chunk:  | struct chunk | head | piece | head | piece | ...      | never used yet |
 *                            \_____ slot _/                         ^ fresh
 *
 * The head of a slot says where its chunk begins. So chunks need no alignment, and a piece that is
 * mapped by itself has the same head, without a chunk. Slots that were given back are on the list
 * of their chunk. Chunks with room are on the list of their class, the one whose room is taken next
 * first, an empty one last; full ones are on none.
 *
 * Pages are made one after the other, when a slot is first used: a chunk with little in it takes
 * little memory. Where there is more in it they are made AHEAD at a time, since the interruption by
 * each of them takes longer than the page. */
#include "server/slabs.h"

#include "base/list.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ALIGNMENT = 16,
    FINE_MAX = 512,          /* slots up to here differ by ALIGNMENT */
    STEPS = 8,               /* classes for each doubling above that */
    SMALL_MAX = 4 << 10,     /* slots up to here are in small chunks */
    SLOT_MAX = 128 << 10,    /* and up to here in large ones */
    SMALL_CHUNK = 256 << 10, /* Linux allows 65530 mappings: holes for 32 GiB */
    LARGE_CHUNK = 1 << 20,
    KEPT = 64 << 10,  /* of an empty chunk */
    AHEAD = 64 << 10, /* likewise from there on, of small chunks */
    FINE_CLASSES = FINE_MAX / ALIGNMENT,
    CLASSES = FINE_CLASSES + STEPS * 8, /* 512 doubled eight times is SLOT_MAX */
};

struct size_class {
    struct list_node chunks; /* those with room */
    struct chunk *empty;     /* the last of them, or NULL */
    size_t slot, chunk;      /* bytes of each */
};

struct slabs {
    size_t mapped;
    size_t held; /* pieces in use */
    struct size_class classes[CLASSES];
};

struct chunk {
    struct list_node link; /* in class->chunks; unlinked while full */
    struct size_class *class;
    struct slot *given; /* back; linked by their first word */
    size_t used;        /* slots */
    size_t fresh, end;  /* offsets of the first slot that was never used, and of the last + 1 */
    size_t made;        /* of the first page that may not have been made */
};

/* So long that pieces are aligned when slots are, 8 bytes less. */
struct head {
    union {
        struct chunk *chunk; /* NULL: mapped by itself */
        uint64_t room;
    } of;
};

struct slot {
    struct head head;
    struct slot *next; /* while it is given back */
};

/* In front of a piece that is mapped by itself. */
struct single {
    uint64_t length; /* of the mapping */
    struct head head;
};

_Static_assert(sizeof(struct head) == 8, "pieces are aligned");
_Static_assert(sizeof(struct single) == ALIGNMENT, "pieces are aligned");
_Static_assert((SMALL_CHUNK - KEPT) % AHEAD == 0, "what is made lies in the chunk");
_Static_assert(FINE_MAX << 8 == SLOT_MAX, "CLASSES are as many as there are");

/* Where the first slot begins: its piece is aligned. */
enum { FIRST = (sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + 8 };

static void *map(struct slabs *s, size_t length)
{
    void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    s->mapped += length;
    return at;
}

/* Beyond the number of mappings that a process may have a hole cannot be made: then the address
 * space alone is lost. */
static void unmap(struct slabs *s, void *at, size_t length)
{
    if (munmap(at, length) == 0)
        s->mapped -= length;
    else
        (void)madvise(at, length, MADV_DONTNEED);
}

/* ---- classes ---- */

static size_t class_of(size_t slot)
{
    if (slot <= FINE_MAX)
        return (slot - 1) / ALIGNMENT;
    unsigned doubled = 63 - (unsigned)__builtin_clzll((slot - 1) / FINE_MAX);
    size_t step = (size_t)FINE_MAX / STEPS << doubled;
    return FINE_CLASSES + doubled * STEPS + (slot - 1) / step - STEPS;
}

static size_t slot_of_class(size_t i)
{
    if (i < FINE_CLASSES)
        return (i + 1) * ALIGNMENT;
    i -= FINE_CLASSES;
    return ((size_t)FINE_MAX / STEPS << i / STEPS) * (STEPS + i % STEPS + 1);
}

struct slabs *slabs_new(void)
{
    struct slabs *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    for (size_t i = 0; i < CLASSES; i++) {
        struct size_class *c = &s->classes[i];
        list_init(&c->chunks);
        c->slot = slot_of_class(i);
        c->chunk = c->slot <= SMALL_MAX ? SMALL_CHUNK : LARGE_CHUNK;
        assert(class_of(c->slot) == i);
    }
    return s;
}

void slabs_free(struct slabs *s)
{
    if (s == NULL)
        return;
    assert(s->held == 0);
    for (size_t i = 0; i < CLASSES; i++)
        if (s->classes[i].empty != NULL)
            unmap(s, s->classes[i].empty, s->classes[i].chunk);
    free(s);
}

size_t slabs_mapped(const struct slabs *s)
{
    return s->mapped;
}

/* ---- chunks ---- */

/* Nothing of it is in use. */
static void chunk_begin(struct chunk *k)
{
    k->given = NULL;
    k->fresh = FIRST;
    k->made = KEPT;
}

static struct chunk *chunk_new(struct slabs *s, struct size_class *c)
{
    struct chunk *k = map(s, c->chunk);
    if (k == NULL)
        return NULL;
    *k = (struct chunk){.class = c};
    k->end = FIRST + (c->chunk - FIRST) / c->slot * c->slot;
    chunk_begin(k);
    list_append(&c->chunks, &k->link);
    c->empty = k;
    return k;
}

static bool chunk_has_room(const struct chunk *k)
{
    return k->given != NULL || k->fresh < k->end;
}

/* Make pages for a slot that was never used, and for those behind it. Linux before 5.14 does not, and
 * makes them as they are touched. */
static void make_ahead(struct chunk *k)
{
#ifdef MADV_POPULATE_WRITE
    if (k->class->chunk == SMALL_CHUNK && k->made < SMALL_CHUNK)
        (void)madvise((char *)k + k->made, AHEAD, MADV_POPULATE_WRITE);
#endif
    k->made += AHEAD;
}

static struct slot *chunk_take(struct chunk *k)
{
    struct slot *slot = k->given;
    if (slot != NULL) {
        k->given = slot->next;
    } else {
        slot = (struct slot *)(void *)((char *)k + k->fresh);
        if (k->fresh + k->class->slot > k->made)
            make_ahead(k);
        slot->head.of.chunk = k;
        k->fresh += k->class->slot;
    }
    k->used++;
    return slot;
}

/* The last of its slots has been given back. */
static void chunk_emptied(struct slabs *s, struct chunk *k)
{
    struct size_class *c = k->class;
    list_unlink(&k->link);
    if (c->empty != NULL) {
        unmap(s, k, c->chunk);
        return;
    }
    list_append(&c->chunks, &k->link);
    c->empty = k;
    if (k->fresh > KEPT)
        (void)madvise((char *)k + KEPT, c->chunk - KEPT, MADV_DONTNEED);
    chunk_begin(k);
}

static void chunk_give(struct slabs *s, struct chunk *k, struct slot *slot)
{
    assert(k->used > 0);
    if (!chunk_has_room(k))
        list_insert(k->class->chunks.next, &k->link);
    slot->next = k->given;
    k->given = slot;
    if (--k->used == 0)
        chunk_emptied(s, k);
}

/* ---- pieces ---- */

static void *take_single(struct slabs *s, size_t size)
{
    enum { PAGE = 4096 };
    if (size > SIZE_MAX - PAGE - sizeof(struct single))
        return NULL;
    size_t length = (size + sizeof(struct single) + PAGE - 1) / PAGE * PAGE;
    struct single *single = map(s, length);
    if (single == NULL)
        return NULL;
    single->length = length;
    s->held++;
    return single + 1;
}

static bool fits_a_slot(size_t size)
{
    return size <= SLOT_MAX - sizeof(struct head);
}

static void *take(void *context, size_t size)
{
    struct slabs *s = context;
    if (!fits_a_slot(size))
        return take_single(s, size);
    struct size_class *c = &s->classes[class_of(size + sizeof(struct head))];
    struct list_node *first = list_first(&c->chunks);
    struct chunk *k = first != NULL ? CONTAINER_OF(first, struct chunk, link) : chunk_new(s, c);
    if (k == NULL)
        return NULL;
    if (k == c->empty)
        c->empty = NULL;
    struct slot *slot = chunk_take(k);
    if (!chunk_has_room(k))
        list_unlink(&k->link);
    s->held++;
    return &slot->head + 1;
}

static void *take_zeroed(void *context, size_t size)
{
    void *piece = take(context, size);
    if (piece != NULL && fits_a_slot(size)) /* one that is mapped by itself is fresh */
        memset(piece, 0, size);
    return piece;
}

static void give(void *context, void *memory)
{
    struct slabs *s = context;
    if (memory == NULL)
        return;
    struct slot *slot = (struct slot *)(void *)((struct head *)memory - 1);
    struct chunk *k = slot->head.of.chunk;
    assert(s->held > 0);
    s->held--;
    if (k != NULL) {
        chunk_give(s, k, slot);
        return;
    }
    struct single *single = (struct single *)memory - 1;
    unmap(s, single, (size_t)single->length);
}

struct allocator slabs_allocator(struct slabs *s)
{
    return (struct allocator){take, take_zeroed, give, s};
}
