/* In a chunk each thing follows the number of bytes that it takes. */
#include "base/fifo.h"

enum { CHUNK_LEAST = 4096, CHUNK_MOST = 65536 };

struct chunk {
    struct list_node link;
    size_t size;        /* of room, in bytes; likewise the next two */
    size_t begin, used; /* where the oldest thing is, and the next will be */
    uint64_t room[];
};

static struct chunk *chunk_of(struct list_node *l)
{
    return CONTAINER_OF(l, struct chunk, link);
}

static uint64_t *at(struct chunk *c, size_t place)
{
    return &c->room[place / sizeof c->room[0]];
}

void fifo_init(struct fifo *f, const struct allocator *a, struct budget *budget)
{
    *f = (struct fifo){.allocator = *a, .budget = budget};
    list_init(&f->chunks);
}

/* As long as all that there are, within bounds, and for at least so many bytes. */
static struct chunk *add_chunk(struct fifo *f, size_t least)
{
    size_t size = f->size < CHUNK_MOST ? f->size : CHUNK_MOST;
    if (size < CHUNK_LEAST)
        size = CHUNK_LEAST;
    while (size < least)
        size *= 2;
    if (!budget_has(f->budget, sizeof(struct chunk) + size))
        return NULL;
    struct chunk *c = allocator_take(&f->allocator, sizeof *c + size);
    if (c == NULL)
        return NULL;
    *c = (struct chunk){.size = size};
    budget_charge(f->budget, sizeof *c + size);
    list_append(&f->chunks, &c->link);
    f->size += size;
    return c;
}

static void free_chunk(struct fifo *f, struct chunk *c)
{
    list_unlink(&c->link);
    f->size -= c->size;
    budget_give(f->budget, sizeof *c + c->size);
    allocator_give(&f->allocator, c);
}

void *fifo_add(struct fifo *f, size_t size)
{
    size_t word = sizeof(uint64_t);
    size_t taken = word + (size + word - 1) / word * word;
    assert(size <= FIFO_THING_MAX);
    struct chunk *c = list_empty(&f->chunks) ? NULL : chunk_of(f->chunks.prev);
    if (c == NULL || c->size - c->used < taken)
        c = add_chunk(f, taken);
    if (c == NULL)
        return NULL;
    uint64_t *thing = at(c, c->used);
    c->used += taken;
    *thing = taken;
    return thing + 1;
}

void *fifo_first(const struct fifo *f)
{
    struct list_node *l = list_first(&f->chunks);
    return l != NULL ? at(chunk_of(l), chunk_of(l)->begin) + 1 : NULL;
}

void fifo_drop_first(struct fifo *f)
{
    struct chunk *c = chunk_of(list_first(&f->chunks));
    c->begin += *at(c, c->begin);
    if (c->begin == c->used)
        free_chunk(f, c);
}

void fifo_drop_all(struct fifo *f)
{
    while (!list_empty(&f->chunks))
        free_chunk(f, chunk_of(list_first(&f->chunks)));
}
