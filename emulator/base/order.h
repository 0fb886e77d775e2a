/* order.h - a set of nodes ordered by rank, fast when ranks mostly rise.
 *
 * For     the message sets of a queue: nearly every message is added after all others and
 *         removed from the front; now and then one comes back between the others.
 * Cost    adding after the last node, and taking the first, touch a list: O(1). A node that
 *         comes back out of turn goes to a search tree beside that list: O(log n), where n
 *         counts only such nodes.
 * Memory  nodes are members of their owners; the set links them and allocates nothing.
 * Places  a set has no index: finding the n-th node is a walk. A finger makes it a short one: it
 *         keeps its place in the set while nodes come and go, at O(1) each, so that pages of a
 *         long list that are asked for one after the other are walked to once.
 * Ranks   63 bits, unique within a set. The shape of the tree depends on the ranks alone,
 *         so that equal histories give equal work. */
#ifndef CMQ_BASE_ORDER_H
#define CMQ_BASE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order_node {
    struct order_node *before, *after; /* list neighbours; in the tree: lower, higher child */
    uint64_t tag;                      /* rank * 2, plus 1 while in the tree */
};

struct order {
    struct order_node *head, *tail; /* those that came in turn */
    struct order_node *root;        /* those that came back */
    size_t count;
    struct order_finger *finger; /* at a place of this set, or NULL */
};

/* A walk over a set. The node last returned may be removed before the next step. */
struct order_cursor {
    struct order_node *listed, *late;
};

/* A place in a set, in front of the nodes that the cursor would come to. */
struct order_finger {
    struct order *set; /* NULL: none */
    size_t place;      /* so many nodes are before it */
    uint64_t passed;   /* the highest rank of these; any if there are none */
    struct order_cursor at;
};

static inline uint64_t order_rank(const struct order_node *n)
{
    return n->tag >> 1;
}

/* A zeroed struct order is an empty set. */
void order_add(struct order *o, struct order_node *n, uint64_t rank);
void order_remove(struct order *o, struct order_node *n);

/* The node of the lowest rank; NULL when the set is empty. */
struct order_node *order_first(const struct order *o);

/* Walk upwards from the lowest rank, or downwards from the highest; NULL at the end. */
struct order_cursor order_up(const struct order *o);
struct order_cursor order_down(const struct order *o);
struct order_node *order_next_up(const struct order *o, struct order_cursor *c);
struct order_node *order_next_down(const struct order *o, struct order_cursor *c);

/* Move f, a zeroed one or one of any set, towards a place of o, by so many steps at the most: from
 * where it is, or from an end of o that is nearer. False when it is not there yet. */
bool order_seek(struct order *o, struct order_finger *f, size_t place, size_t steps);

/* f is at no place any more. */
void order_lift(struct order_finger *f);

/* Assert that the set is whole: walks all of it. */
void order_check(const struct order *o);

#endif
