/* Chained buckets that grow without a pause.
 *
 * When there are as many nodes as buckets, an array of twice the size is allocated (now), and
 * the present one (old) is emptied into it from the front, STEP chains with each add and
 * remove. Meanwhile a node may be in either array: adding uses now, finding and removing look
 * into both.
 *
 * The move must be over before the next one is due, or grow() would have to wait. It is: from n
 * buckets to 2n there are n more adds, each moves STEP chains, and n chains are to be moved. */
#include "base/table.h"

#include <assert.h>
#include <string.h>

enum {
    FIRST_SIZE = 16,
    STEP = 4, /* chains moved with each change; 1 would be enough, see above */
};

static bool buckets_init(struct table_buckets *b, const struct allocator *a, size_t size)
{
    *b = (struct table_buckets){allocator_take_zeroed(a, size * sizeof(struct table_node *)),
                                size};
    return b->chains != NULL;
}

static struct table_node **chain_of(const struct table_buckets *b, uint64_t hash)
{
    return &b->chains[hash & (b->size - 1)];
}

static void push(struct table_buckets *b, struct table_node *n)
{
    struct table_node **chain = chain_of(b, n->hash);
    n->next = *chain;
    *chain = n;
}

static void step(struct table *t)
{
    for (int i = 0; i < STEP && t->old.chains != NULL; i++) {
        struct table_node **chain = &t->old.chains[t->emptied];
        while (*chain != NULL) {
            struct table_node *n = *chain;
            *chain = n->next;
            push(&t->now, n);
        }
        if (++t->emptied == t->old.size) {
            allocator_give(&t->allocator, t->old.chains);
            t->old = (struct table_buckets){NULL, 0};
        }
    }
}

static void grow(struct table *t)
{
    struct table_buckets wider;
    if (t->old.chains != NULL || !buckets_init(&wider, &t->allocator, t->now.size * 2))
        return;
    t->old = t->now;
    t->now = wider;
    t->emptied = 0;
}

bool table_init(struct table *t, struct allocator allocator)
{
    *t = (struct table){.allocator = allocator};
    return buckets_init(&t->now, &t->allocator, FIRST_SIZE);
}

void table_fini(struct table *t)
{
    allocator_give(&t->allocator, t->now.chains);
    allocator_give(&t->allocator, t->old.chains);
}

void table_clear(struct table *t)
{
    struct table_buckets fresh;
    allocator_give(&t->allocator, t->old.chains);
    t->old = (struct table_buckets){NULL, 0};
    t->count = 0;
    if (buckets_init(&fresh, &t->allocator, FIRST_SIZE)) {
        allocator_give(&t->allocator, t->now.chains);
        t->now = fresh;
    } else {
        memset(t->now.chains, 0, t->now.size * sizeof(struct table_node *));
    }
}

void table_add(struct table *t, struct table_node *n, uint64_t hash)
{
    if (t->count >= t->now.size)
        grow(t);
    step(t);
    n->hash = hash;
    push(&t->now, n);
    t->count++;
}

static bool chain_remove(struct table_node **link, const struct table_node *n)
{
    for (; *link != NULL; link = &(*link)->next) {
        if (*link == n) {
            *link = n->next;
            return true;
        }
    }
    return false;
}

void table_remove(struct table *t, struct table_node *n)
{
    step(t);
    bool found = chain_remove(chain_of(&t->now, n->hash), n);
    if (!found && t->old.chains != NULL)
        found = chain_remove(chain_of(&t->old, n->hash), n);
    assert(found);
    t->count--;
}

static struct table_node *chain_find(struct table_node *n, uint64_t hash, table_match *match,
                                     const void *key)
{
    while (n != NULL && !(n->hash == hash && match(n, key)))
        n = n->next;
    return n;
}

struct table_node *table_find(const struct table *t, uint64_t hash, table_match *match,
                              const void *key)
{
    struct table_node *n = chain_find(*chain_of(&t->now, hash), hash, match, key);
    if (n == NULL && t->old.chains != NULL)
        n = chain_find(*chain_of(&t->old, hash), hash, match, key);
    return n;
}

static size_t buckets_check(const struct table_buckets *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->size; i++) {
        for (const struct table_node *n = b->chains[i]; n != NULL; n = n->next) {
            assert((n->hash & (b->size - 1)) == i);
            count++;
        }
    }
    return count;
}

void table_check(const struct table *t)
{
    assert(t->count == buckets_check(&t->now) + buckets_check(&t->old));
}
