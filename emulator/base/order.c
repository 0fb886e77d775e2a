/* A list for the nodes that are added in order, a tree for the others.
 *
 * A node whose rank is above that of the list's tail is appended to the list: nearly every one.
 * A node with a lower rank would need a search to find its position in the list, so it goes
 * into the tree. The set is the union of both: its lowest node is the lower of the list's head
 * and the tree's lowest, and a walk merges the two. A node stays on the side that it was added
 * to until it is removed; its tag says which one. Once the list is empty, the next node becomes
 * its head whatever its rank: list and tree may overlap.
 *
 * A finger lies between the nodes up to a rank and those above it, and has both sides' next one:
 * what is added or removed is on one side of that rank, and is the next one or is not. */
#include "base/order.h"

#include "base/random.h"

#include <assert.h>

/* The tree is a treap: by rank a search tree, by weight a heap. Weights are a hash of the rank:
 * as good as random for the depth of the tree, without memory or a random generator, and the
 * same in every run. */
static uint64_t weight(const struct order_node *n)
{
    return mix64(order_rank(n));
}

static bool in_tree(const struct order_node *n)
{
    return (n->tag & 1) != 0;
}

static void tree_add(struct order *o, struct order_node *n)
{
    struct order_node **link = &o->root;
    while (*link != NULL && weight(*link) >= weight(n))
        link = order_rank(*link) < order_rank(n) ? &(*link)->after : &(*link)->before;

    /* n goes here; the subtree that was here is split into the nodes below and above n. */
    struct order_node *rest = *link;
    struct order_node **low = &n->before;
    struct order_node **high = &n->after;
    *link = n;
    while (rest != NULL) {
        assert(order_rank(rest) != order_rank(n));
        if (order_rank(rest) < order_rank(n)) {
            *low = rest;
            low = &rest->after;
            rest = rest->after;
        } else {
            *high = rest;
            high = &rest->before;
            rest = rest->before;
        }
    }
    *low = *high = NULL;
}

static void tree_remove(struct order *o, struct order_node *n)
{
    struct order_node **link = &o->root;
    while (*link != n) {
        assert(*link != NULL);
        link = order_rank(*link) < order_rank(n) ? &(*link)->after : &(*link)->before;
    }

    struct order_node *low = n->before;
    struct order_node *high = n->after;
    while (low != NULL && high != NULL) {
        if (weight(low) >= weight(high)) {
            *link = low;
            link = &low->after;
            low = low->after;
        } else {
            *link = high;
            link = &high->before;
            high = high->before;
        }
    }
    *link = low != NULL ? low : high;
}

static struct order_node *tree_lowest(const struct order *o)
{
    struct order_node *n = o->root;
    while (n != NULL && n->before != NULL)
        n = n->before;
    return n;
}

static struct order_node *tree_highest(const struct order *o)
{
    struct order_node *n = o->root;
    while (n != NULL && n->after != NULL)
        n = n->after;
    return n;
}

static struct order_node *tree_above(const struct order *o, uint64_t rank)
{
    struct order_node *best = NULL;
    for (struct order_node *n = o->root; n != NULL;) {
        if (order_rank(n) > rank) {
            best = n;
            n = n->before;
        } else {
            n = n->after;
        }
    }
    return best;
}

static struct order_node *tree_below(const struct order *o, uint64_t rank)
{
    struct order_node *best = NULL;
    for (struct order_node *n = o->root; n != NULL;) {
        if (order_rank(n) < rank) {
            best = n;
            n = n->after;
        } else {
            n = n->before;
        }
    }
    return best;
}

static void finger_added(struct order_finger *f, struct order_node *n)
{
    struct order_node **next = in_tree(n) ? &f->at.late : &f->at.listed;
    if (f->place > 0 && order_rank(n) < f->passed)
        f->place++;
    else if (*next == NULL || order_rank(n) < order_rank(*next))
        *next = n;
}

/* n is still in the set. */
static void finger_removes(const struct order *o, struct order_finger *f,
                           const struct order_node *n)
{
    if (n == f->at.listed)
        f->at.listed = n->after;
    else if (n == f->at.late)
        f->at.late = tree_above(o, order_rank(n));
    else if (f->place > 0 && order_rank(n) <= f->passed)
        f->place--;
}

static void list_add(struct order *o, struct order_node *n)
{
    n->before = o->tail;
    n->after = NULL;
    if (o->tail != NULL)
        o->tail->after = n;
    else
        o->head = n;
    o->tail = n;
}

void order_add(struct order *o, struct order_node *n, uint64_t rank)
{
    assert(rank >> 63 == 0);
    o->count++;
    n->tag = rank << 1;
    if (o->tail != NULL && rank <= order_rank(o->tail)) {
        n->tag |= 1;
        tree_add(o, n);
    } else {
        list_add(o, n);
    }
    if (o->finger != NULL)
        finger_added(o->finger, n);
}

void order_remove(struct order *o, struct order_node *n)
{
    assert(o->count > 0);
    if (o->finger != NULL)
        finger_removes(o, o->finger, n);
    o->count--;
    if (in_tree(n)) {
        tree_remove(o, n);
        return;
    }
    if (n->before != NULL)
        n->before->after = n->after;
    else
        o->head = n->after;
    if (n->after != NULL)
        n->after->before = n->before;
    else
        o->tail = n->before;
}

static struct order_node *lower_of(struct order_node *a, struct order_node *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    return order_rank(a) < order_rank(b) ? a : b;
}

static struct order_node *higher_of(struct order_node *a, struct order_node *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    return order_rank(a) > order_rank(b) ? a : b;
}

struct order_node *order_first(const struct order *o)
{
    return lower_of(o->head, tree_lowest(o));
}

struct order_cursor order_up(const struct order *o)
{
    return (struct order_cursor){o->head, tree_lowest(o)};
}

struct order_cursor order_down(const struct order *o)
{
    return (struct order_cursor){o->tail, tree_highest(o)};
}

struct order_node *order_next_up(const struct order *o, struct order_cursor *c)
{
    struct order_node *n = lower_of(c->listed, c->late);
    if (n == NULL)
        return NULL;
    if (n == c->listed)
        c->listed = n->after;
    else
        c->late = tree_above(o, order_rank(n));
    return n;
}

struct order_node *order_next_down(const struct order *o, struct order_cursor *c)
{
    struct order_node *n = higher_of(c->listed, c->late);
    if (n == NULL)
        return NULL;
    if (n == c->listed)
        c->listed = n->before;
    else
        c->late = tree_below(o, order_rank(n));
    return n;
}

/* ---- places ---- */

/* The nodes before the finger that are nearest to it, of the list and of the tree. */
static struct order_cursor behind(const struct order *o, const struct order_finger *f)
{
    return (struct order_cursor){
        f->at.listed != NULL ? f->at.listed->before : o->tail,
        f->at.late != NULL ? tree_below(o, order_rank(f->at.late)) : tree_highest(o),
    };
}

static void step_back(const struct order *o, struct order_finger *f)
{
    struct order_cursor last = behind(o, f);
    if (higher_of(last.listed, last.late) == last.listed)
        f->at.listed = last.listed;
    else
        f->at.late = last.late;
    f->place--;
}

void order_lift(struct order_finger *f)
{
    if (f->set != NULL)
        f->set->finger = NULL;
    *f = (struct order_finger){.set = NULL};
}

static size_t distance(size_t a, size_t b)
{
    return a < b ? b - a : a - b;
}

/* Begin at the end of o that is nearer, unless f is nearer already. */
static void begin_near(struct order *o, struct order_finger *f, size_t place)
{
    size_t from_here = f->set == o ? distance(f->place, place) : SIZE_MAX;
    if (from_here <= place && from_here <= o->count - place)
        return;
    order_lift(f);
    if (o->finger != NULL)
        order_lift(o->finger);
    *f = (struct order_finger){.set = o};
    o->finger = f;
    if (place <= o->count - place)
        f->at = order_up(o);
    else
        f->place = o->count;
}

bool order_seek(struct order *o, struct order_finger *f, size_t place, size_t steps)
{
    assert(place <= o->count);
    begin_near(o, f, place);
    for (; f->place < place && steps > 0; steps--, f->place++)
        order_next_up(o, &f->at);
    for (; f->place > place && steps > 0; steps--)
        step_back(o, f);
    if (f->place > 0) {
        struct order_cursor last = behind(o, f);
        f->passed = order_rank(higher_of(last.listed, last.late));
    }
    return f->place == place;
}

static void finger_check(const struct order *o)
{
    struct order_cursor c = order_up(o);
    const struct order_finger *f = o->finger;
    const struct order_node *n = NULL;
    if (f == NULL)
        return;
    assert(f->set == o);
    assert(f->place <= o->count);
    for (size_t i = 0; i < f->place; i++)
        n = order_next_up(o, &c);
    assert(n == NULL || order_rank(n) <= f->passed);
    assert(c.listed == f->at.listed);
    assert(c.late == f->at.late);
}

static size_t tree_check(const struct order_node *n, uint64_t low, uint64_t high)
{
    if (n == NULL)
        return 0;
    assert(in_tree(n));
    assert(order_rank(n) >= low);
    assert(order_rank(n) < high);
    assert(n->before == NULL || weight(n->before) <= weight(n));
    assert(n->after == NULL || weight(n->after) <= weight(n));
    return 1 + tree_check(n->before, low, order_rank(n)) +
           tree_check(n->after, order_rank(n) + 1, high);
}

void order_check(const struct order *o)
{
    size_t count = tree_check(o->root, 0, UINT64_C(1) << 63);
    const struct order_node *before = NULL;
    for (const struct order_node *n = o->head; n != NULL; n = n->after) {
        assert(!in_tree(n));
        assert(n->before == before);
        assert(before == NULL || order_rank(before) < order_rank(n));
        before = n;
        count++;
    }
    assert(o->tail == before);
    assert(o->count == count);
    finger_check(o);
}
