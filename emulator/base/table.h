/* table.h - hash tables whose nodes are members of their owners.
 *
 * For     finding a queue by its name, a message by its receipt handle.
 * Cost    O(1). A table grows in small steps, a few buckets with each change, so that no
 *         single call pays for the size of the table.
 * Memory  only the bucket arrays are allocated. When there is no memory to grow, chains become
 *         longer instead, so that adding never fails.
 * Hashes  are computed by the caller; their low bits must be well mixed. Nodes of equal hash
 *         are told apart by the caller's function. */
#ifndef CMQ_BASE_TABLE_H
#define CMQ_BASE_TABLE_H

#include "base/allocator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next;
    uint64_t hash;
};

struct table_buckets {
    struct table_node **chains; /* NULL for none */
    size_t size;                /* a power of two */
};

struct table {
    struct allocator allocator;
    struct table_buckets now, old; /* old: being emptied into now, from the front */
    size_t emptied;                /* chains of old that are done */
    size_t count;
};

typedef bool table_match(const struct table_node *n, const void *key);

/* False when there is no memory; then *t may still be given to table_fini(). */
bool table_init(struct table *t, struct allocator allocator);

/* Free the buckets; the nodes are the caller's. */
void table_fini(struct table *t);

/* Forget all nodes, however many there are, and give back what they took. */
void table_clear(struct table *t);

void table_add(struct table *t, struct table_node *n, uint64_t hash);

/* n must be in t. */
void table_remove(struct table *t, struct table_node *n);

/* A hint that a node of this hash will be removed, or looked for, before long. In a table of many its
 * bucket is in no cache by then, and waiting for memory takes longer than all else. */
static inline void table_expect(const struct table *t, uint64_t hash)
{
    __builtin_prefetch(&t->now.chains[hash & (t->now.size - 1)]);
}

/* The node of this hash for which match(node, key) holds; NULL if there is none. */
struct table_node *table_find(const struct table *t, uint64_t hash, table_match *match,
                              const void *key);

/* Bytes of the buckets. */
static inline size_t table_bytes(const struct table *t)
{
    return (t->now.size + t->old.size) * sizeof(struct table_node *);
}

/* Assert that the table is whole: walks all of it. */
void table_check(const struct table *t);

#endif
