/* How the next deadline is found without walking empty slots, and why the order is right.
 *
 * Digits   an instant is a number of `levels` digits of `bits` bits each. A node is on the
 *          level of the highest digit in which its deadline differs from now, in the slot
 *          that this digit of the deadline names. So each node on a level is due before all
 *          nodes of higher levels, and on one level slots are in the order of their digits,
 *          all above the digit of now. The earliest nodes are in the first occupied slot of
 *          the lowest level that has one: two bit operations.
 * Cascade  when that slot is on level 0, all its nodes have the same deadline, and it is the
 *          next one. Otherwise now moves to the start of the slot, and its nodes, which then
 *          agree with now in that digit, go to lower levels. So a node moves down at most
 *          once a level. Nothing is skipped: before the start of that slot nothing is due.
 *          They are taken out of the slot at once, and then put where they belong one by one,
 *          perhaps in slices; until that is over, nothing else is put anywhere.
 * Order    equal deadlines are always in the same slot, whatever now is. Nodes are appended
 *          to a slot and moved down in list order: those armed first come first. In a slot
 *          above level 0 nodes with different deadlines may be in any order. That does not
 *          matter for firing; a walk over what is to come sorts such a slot when it gets
 *          there, and clears its mark: by digits, in passes that can be stopped after any node,
 *          and given up, since each of them keeps the order of equal deadlines.
 * Keeping  sorting a million nodes takes a while, and whoever looks at what is next after each
 *          message must not make that happen each time. So when many nodes have been sorted they
 *          are kept apart, on w->kept, and the list of their slot has only those that came later
 *          and are not behind all others. These are sorted among themselves, and what comes next
 *          is the first of either list; a walk moves them to where they belong, one at each step.
 *          Of equal deadlines the kept ones were armed first. One slot is treated so at a time, and
 *          only while few of its nodes came later: then all of them are sorted again. */
#include "base/wheel.h"

struct level {
    uint64_t occupied; /* bit s: slot s has nodes */
    uint64_t unsorted; /* bit s: the list of slot s is not in the order of its deadlines */
};

enum { LEVELS_MAX = 16, BITS_MAX = 6, SORT_BITS = 3, SORT_LISTS = 1 << SORT_BITS };

/* So many are sorted in much less than a millisecond, and a million once in so many times. */
enum { FEW = 2048 };

struct slot {
    unsigned level, index;
};

struct wheel {
    struct allocator allocator;
    unsigned levels, bits;
    cmq_ms now_ms;
    size_t armed;
    uint64_t last_armed;      /* how often a node was armed, so far */
    struct list_node falling; /* nodes of a slot that the instant has entered, see fall() */
    bool is_sorting;          /* what follows is in use; see wheel_sort() */
    struct slot sorting;      /* whose nodes are being put */
    unsigned sorted_bits;     /* and by which bits; they are sorted by those below */
    struct list_node sorted[SORT_LISTS];
    struct slot kept_of;   /* the slot of those that are kept apart */
    struct list_node kept; /* in order; empty: none are */
    struct survey {
        struct list_node *next; /* the one to look at; NULL: of the first list */
        struct list_node *list; /* of that */
        size_t slot;            /* of the lists, in order; behind them: w->kept */
    } survey;
    unsigned occupied; /* bit l: a slot of level l is */
    struct level level[LEVELS_MAX];
    struct list_node slots[]; /* of level 0, then of level 1, ... */
};

static unsigned digit(const struct wheel *w, cmq_ms t, unsigned level)
{
    return (unsigned)((uint64_t)t >> (w->bits * level)) & ((1U << w->bits) - 1);
}

static struct list_node *slot_at(struct wheel *w, struct slot at)
{
    return &w->slots[(at.level << w->bits) + at.index];
}

/* The slot of a node with this deadline, as of the wheel's present instant. */
static struct slot slot_of(const struct wheel *w, cmq_ms due_ms)
{
    uint64_t differ = (uint64_t)(due_ms ^ w->now_ms);
    unsigned level = differ == 0 ? 0 : (unsigned)(63 - __builtin_clzll(differ)) / w->bits;
    assert(level < w->levels);
    return (struct slot){level, digit(w, due_ms, level)};
}

struct wheel *wheel_new(const struct allocator *a, unsigned levels, unsigned bits,
                        cmq_ms now_ms)
{
    assert(levels >= 1 && levels <= LEVELS_MAX);
    assert(bits >= 1 && bits <= BITS_MAX);
    assert(levels * bits < 63);

    size_t slots = (size_t)levels << bits;
    struct wheel *w = allocator_take(a, sizeof *w + slots * sizeof w->slots[0]);
    if (w == NULL)
        return NULL;
    *w = (struct wheel){.allocator = *a, .levels = levels, .bits = bits};
    for (size_t i = 0; i < slots; i++)
        list_init(&w->slots[i]);
    list_init(&w->falling);
    for (size_t i = 0; i < SORT_LISTS; i++)
        list_init(&w->sorted[i]);
    list_init(&w->kept);
    wheel_restart(w, now_ms);
    return w;
}

void wheel_free(struct wheel *w)
{
    if (w == NULL)
        return;
    struct allocator a = w->allocator;
    allocator_give(&a, w);
}

void wheel_restart(struct wheel *w, cmq_ms now_ms)
{
    assert(w->armed == 0);
    assert(now_ms >= 0);
    w->now_ms = now_ms;
}

cmq_ms wheel_now_ms(const struct wheel *w)
{
    return w->now_ms;
}

size_t wheel_armed_count(const struct wheel *w)
{
    return w->armed;
}

static struct wheel_node *node_of(const struct list_node *l)
{
    return CONTAINER_OF(l, struct wheel_node, link);
}

static bool is_same(struct slot a, struct slot b)
{
    return a.level == b.level && a.index == b.index;
}

static bool is_unsorted(const struct wheel *w, struct slot at)
{
    return (w->level[at.level].unsorted >> at.index & 1) != 0;
}

static bool is_being_sorted(const struct wheel *w, struct slot at)
{
    return w->is_sorting && is_same(w->sorting, at);
}

static bool has_kept(const struct wheel *w, struct slot at)
{
    return !list_empty(&w->kept) && is_same(w->kept_of, at);
}

/* The slot is about to change: give up what is left to be sorted. Of equal deadlines those that were armed first still come
 * first: a pass keeps their order, and those that it has not come to are behind the others. */
static void stop_sorting(struct wheel *w, struct slot at)
{
    struct list_node nodes;
    if (!is_being_sorted(w, at))
        return;
    list_init(&nodes);
    for (size_t i = 0; i < SORT_LISTS; i++)
        list_splice(&nodes, &w->sorted[i]);
    list_splice(&nodes, slot_at(w, at));
    list_splice(slot_at(w, at), &nodes);
    w->is_sorting = false;
}

static bool is_behind(const struct list_node *list, cmq_ms due_ms)
{
    return list_empty(list) || node_of(list->prev)->due_ms <= due_ms;
}

/* It comes behind all that are kept of its slot, and all that came later. */
static bool is_to_be_kept(struct wheel *w, struct slot at, cmq_ms due_ms)
{
    return has_kept(w, at) && !is_unsorted(w, at) && is_behind(&w->kept, due_ms) &&
           is_behind(slot_at(w, at), due_ms - 1); /* no equal there */
}

static void put(struct wheel *w, struct wheel_node *n)
{
    struct slot at = slot_of(w, n->due_ms);
    struct list_node *slot = slot_at(w, at);
    stop_sorting(w, at);
    uint64_t bit = UINT64_C(1) << at.index;
    if (is_to_be_kept(w, at, n->due_ms)) {
        list_append(&w->kept, &n->link);
        return;
    }
    if (!is_behind(slot, n->due_ms))
        w->level[at.level].unsorted |= bit;
    list_append(slot, &n->link);
    w->level[at.level].occupied |= bit;
    w->occupied |= 1U << at.level;
}

/* The nodes that are kept go back to their slot, before those that came later. */
static void end_keeping(struct wheel *w)
{
    struct list_node *slot = slot_at(w, w->kept_of);
    if (!list_empty(&w->kept) && !list_empty(slot))
        w->level[w->kept_of.level].unsorted |= UINT64_C(1) << w->kept_of.index;
    list_splice(&w->kept, slot);
    list_splice(slot, &w->kept);
}

static void mark_empty(struct wheel *w, struct slot at)
{
    uint64_t bit = UINT64_C(1) << at.index;
    w->level[at.level].occupied &= ~bit;
    w->level[at.level].unsorted &= ~bit;
    if (w->level[at.level].occupied == 0)
        w->occupied &= ~(1U << at.level);
}

/* Put nodes of the slot that was entered where they belong now, in their order; false when the
 * effort is used up before all are. */
static bool fall(struct wheel *w, struct effort *effort)
{
    for (struct list_node *l; (l = list_first(&w->falling)) != NULL;) {
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, 1);
        list_unlink(l);
        put(w, node_of(l));
    }
    return true;
}

void wheel_arm(struct wheel *w, struct wheel_node *n, cmq_ms due_ms)
{
    wheel_disarm(w, n);
    (void)fall(w, NULL);
    n->due_ms = due_ms < w->now_ms ? w->now_ms : due_ms;
    n->armed_as = ++w->last_armed;
    put(w, n);
    w->armed++;
}

void wheel_disarm(struct wheel *w, struct wheel_node *n)
{
    if (!wheel_node_armed(n))
        return;
    /* A slot is emptied to lower levels exactly when the instant enters it, so the slot
     * computed now is the one that n is in, or will be in when it has fallen. */
    struct slot at = slot_of(w, n->due_ms);
    stop_sorting(w, at);
    if (w->survey.next == &n->link)
        w->survey.next = n->link.next;
    list_unlink(&n->link);
    w->armed--;
    if (list_empty(slot_at(w, at)) && !has_kept(w, at))
        mark_empty(w, at);
}

/* The slot of the earliest nodes; false if nothing is armed. No slot that lies in the past is
 * occupied. */
static bool first_slot(const struct wheel *w, struct slot *at)
{
    if (w->occupied == 0)
        return false;
    at->level = (unsigned)__builtin_ctz(w->occupied);
    at->index = (unsigned)__builtin_ctzll(w->level[at->level].occupied);
    return true;
}

/* The first instant that a slot covers. */
static cmq_ms slot_start_ms(const struct wheel *w, struct slot at)
{
    unsigned shift = w->bits * at.level;
    uint64_t above = (uint64_t)w->now_ms >> shift >> w->bits << w->bits;
    return (cmq_ms)((above | at.index) << shift);
}

/* Move the instant to the start of this slot, of a level above 0; its nodes are then to fall to
 * lower levels. */
static void enter_slot(struct wheel *w, struct slot at)
{
    stop_sorting(w, at);
    if (has_kept(w, at))
        list_splice(&w->falling, &w->kept);
    list_splice(&w->falling, slot_at(w, at));
    mark_empty(w, at);
    w->now_ms = slot_start_ms(w, at);
}

bool wheel_seek(struct wheel *w, cmq_ms until_ms, struct effort *effort)
{
    assert(until_ms >= w->now_ms);
    struct slot at;
    while (fall(w, effort)) {
        if (!first_slot(w, &at) || at.level == 0 || slot_start_ms(w, at) > until_ms)
            return true;
        enter_slot(w, at);
    }
    return false;
}

struct wheel_node *wheel_take(struct wheel *w, cmq_ms until_ms)
{
    struct slot at;
    (void)wheel_seek(w, until_ms, NULL);
    if (!first_slot(w, &at) || slot_start_ms(w, at) > until_ms) {
        w->now_ms = until_ms;
        return NULL;
    }
    struct wheel_node *n = node_of(list_first(slot_at(w, at)));
    w->now_ms = n->due_ms;
    wheel_disarm(w, n);
    return n;
}

cmq_ms wheel_wake_ms(const struct wheel *w)
{
    struct slot at;
    if (!list_empty(&w->falling))
        return w->now_ms; /* perhaps early */
    return first_slot(w, &at) ? slot_start_ms(w, at) : CMQ_NEVER;
}

/* ---- sorting ---- */

/* At most so many. */
static size_t count_nodes(const struct list_node *list, size_t most)
{
    size_t count = 0;
    for (const struct list_node *l = list->next; l != list && count < most; l = l->next)
        count++;
    return count;
}

/* Put each node of the slot on one of the lists, by some digits of its deadline. */
static bool distribute(struct wheel *w, struct effort *effort)
{
    for (struct list_node *l; (l = list_first(slot_at(w, w->sorting))) != NULL;) {
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, 1);
        cmq_ms due_ms = node_of(l)->due_ms;
        list_unlink(l);
        list_append(&w->sorted[(uint64_t)due_ms >> w->sorted_bits & (SORT_LISTS - 1)], l);
    }
    return true;
}

static void begin_sorting(struct wheel *w, struct slot at)
{
    stop_sorting(w, w->sorting);
    if (has_kept(w, at) && count_nodes(slot_at(w, at), FEW) == FEW)
        end_keeping(w);
    w->is_sorting = true;
    w->sorting = at;
    w->sorted_bits = 0;
}

static void end_sorting(struct wheel *w)
{
    struct slot at = w->sorting;
    w->is_sorting = false;
    w->level[at.level].unsorted &= ~(UINT64_C(1) << at.index);
    if (has_kept(w, at) || count_nodes(slot_at(w, at), FEW) < FEW)
        return;
    end_keeping(w);
    w->kept_of = at;
    list_splice(&w->kept, slot_at(w, at));
}

/* By the lowest digits first, and stable, so after the last pass the nodes are in order. Those of a
 * slot differ in the bits below its own digit. */
static bool sort_slot(struct wheel *w, struct slot at, struct effort *effort)
{
    if (!is_unsorted(w, at))
        return true;
    if (!is_being_sorted(w, at))
        begin_sorting(w, at);
    while (w->sorted_bits < at.level * w->bits) {
        if (!distribute(w, effort))
            return false;
        for (size_t i = 0; i < SORT_LISTS; i++)
            list_splice(slot_at(w, at), &w->sorted[i]);
        w->sorted_bits += SORT_BITS;
    }
    end_sorting(w);
    return true;
}

/* What is left of the bits behind this one. */
static uint64_t behind(uint64_t bits, unsigned bit)
{
    return bit < 63 ? bits >> (bit + 1) << (bit + 1) : 0;
}

/* The slot of the earliest nodes behind those of this one; false if there is none. */
static bool next_slot(const struct wheel *w, struct slot *at)
{
    uint64_t slots = behind(w->level[at->level].occupied, at->index);
    uint64_t levels = behind(w->occupied, at->level);
    if (slots == 0 && levels == 0)
        return false;
    if (slots == 0) {
        at->level = (unsigned)__builtin_ctzll(levels);
        slots = w->level[at->level].occupied;
    }
    at->index = (unsigned)__builtin_ctzll(slots);
    return true;
}

/* At most so many. */
static size_t count_in_slot(struct wheel *w, struct slot at, size_t most)
{
    size_t kept = has_kept(w, at) ? count_nodes(&w->kept, most) : 0;
    return kept + count_nodes(slot_at(w, at), most - kept);
}

bool wheel_sort(struct wheel *w, size_t count, struct effort *effort)
{
    struct slot at;
    if (!fall(w, effort))
        return false;
    for (bool more = first_slot(w, &at); more && count > 0; more = next_slot(w, &at)) {
        if (!sort_slot(w, at, effort))
            return false;
        count -= count_in_slot(w, at, count);
    }
    return true;
}

/* ---- walking ---- */

/* The earlier one of best, which may be NULL, and those of the list, which come behind it. */
static struct wheel_node *earliest(struct wheel_node *best, const struct list_node *list)
{
    for (const struct list_node *l = list->next; l != list; l = l->next)
        if (best == NULL || node_of(l)->due_ms < best->due_ms)
            best = node_of(l);
    return best;
}

/* The same of a list that is in order. */
static struct wheel_node *earlier(struct wheel_node *best, const struct list_node *list)
{
    if (list_empty(list) || (best != NULL && best->due_ms <= node_of(list->next)->due_ms))
        return best;
    return node_of(list->next);
}

static struct wheel_node *first_of_slot(struct wheel *w, struct slot at)
{
    struct wheel_node *best = has_kept(w, at) ? node_of(w->kept.next) : NULL;
    if (!is_unsorted(w, at))
        return earlier(best, slot_at(w, at));
    for (size_t i = 0; is_being_sorted(w, at) && i < SORT_LISTS; i++)
        best = earliest(best, &w->sorted[i]);
    return earliest(best, slot_at(w, at));
}

/* Sorts nothing, and does not stop who does. */
struct wheel_node *wheel_first(struct wheel *w)
{
    struct slot at;
    (void)fall(w, NULL);
    return first_slot(w, &at) ? first_of_slot(w, at) : NULL;
}

static bool fires_before(const struct wheel_node *a, const struct wheel_node *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->armed_as < b->armed_as;
}

/* See to it that n, and the one after it, are where they belong among those that are kept. A walk that
 * began at the first node leaves none before n on the list of the slot. */
static void keep_walked(struct wheel *w, struct slot at, struct wheel_node *n)
{
    struct list_node *late = slot_at(w, at);
    struct list_node *l = list_first(late);
    if (l == &n->link && fires_before(n, node_of(w->kept.next))) {
        list_unlink(l);
        list_insert(w->kept.next, l);
    } else if (l != NULL && !fires_before(n, node_of(l))) {
        end_keeping(w); /* it began elsewhere */
        (void)sort_slot(w, at, NULL);
        return;
    }
    struct list_node *next = n->link.next;
    l = list_first(late);
    if (l != NULL && (next == &w->kept || fires_before(node_of(l), node_of(next)))) {
        list_unlink(l);
        list_insert(next, l);
    }
}

struct wheel_node *wheel_after(struct wheel *w, struct wheel_node *n)
{
    (void)fall(w, NULL);
    struct slot at = slot_of(w, n->due_ms);
    (void)sort_slot(w, at, NULL);
    if (has_kept(w, at))
        keep_walked(w, at, n);
    const struct list_node *end = has_kept(w, at) ? &w->kept : slot_at(w, at);
    if (n->link.next != end)
        return node_of(n->link.next);
    if (!next_slot(w, &at))
        return NULL;
    (void)sort_slot(w, at, NULL);
    return first_of_slot(w, at);
}

/* ---- survey ---- */

static void enter_list(struct wheel *w, size_t slot)
{
    struct survey *s = &w->survey;
    size_t slots = (size_t)w->levels << w->bits;
    s->slot = slot;
    s->list = slot < slots ? &w->slots[slot] : &w->kept;
    s->next = s->list->next;
}

/* What is being sorted goes back to its slot. */
void wheel_begin_survey(struct wheel *w)
{
    if (w->is_sorting)
        stop_sorting(w, w->sorting);
    w->survey.next = NULL;
}

/* There are some hundred lists. What falls has to be on one of them. */
struct wheel_node *wheel_survey(struct wheel *w, struct effort *effort, bool *over)
{
    struct survey *s = &w->survey;
    *over = false;
    if (effort_is_used_up(effort) || !fall(w, effort))
        return NULL;
    if (s->next == NULL)
        enter_list(w, 0);
    while (s->next == s->list) {
        if (s->list == &w->kept) {
            *over = true;
            return NULL;
        }
        enter_list(w, s->slot + 1);
    }
    effort_spend(effort, 1);
    struct wheel_node *n = node_of(s->next);
    s->next = s->next->next;
    return n;
}

/* ---- staging ----
 *
 * Staged nodes are where those are that fall: on no slot, and counted as armed. So they can be
 * disarmed like these. They are sorted by the digits of their numbers, the lowest ones first. */

enum { STAGED_LISTS = 1 << WHEEL_STAGING_BITS };

void wheel_begin_staging(struct wheel_staging *s)
{
    *s = (struct wheel_staging){.highest = 0};
    for (size_t i = 0; i < STAGED_LISTS; i++)
        list_init(&s->lists[i]);
}

void wheel_stage(struct wheel *w, struct wheel_staging *s, struct wheel_node *n, cmq_ms due_ms,
                 uint64_t armed_as)
{
    assert(!wheel_node_armed(n));
    n->due_ms = due_ms < w->now_ms ? w->now_ms : due_ms;
    n->armed_as = armed_as;
    s->is_unsorted = s->is_unsorted || armed_as < s->highest;
    if (armed_as > s->highest)
        s->highest = armed_as;
    list_append(&w->falling, &n->link);
    w->armed++;
}

/* The next staged node, taken off its list; NULL if there is none, or when the effort is used up. */
static struct wheel_node *next_staged(struct wheel *w, struct effort *effort)
{
    struct list_node *l = list_first(&w->falling);
    if (l == NULL || effort_is_used_up(effort))
        return NULL;
    effort_spend(effort, 1);
    list_unlink(l);
    return node_of(l);
}

void wheel_end_staging(struct wheel *w, struct wheel_staging *s)
{
    for (size_t i = 0; i < STAGED_LISTS; i++)
        list_splice(&w->falling, &s->lists[i]);
}

bool wheel_arm_staged(struct wheel *w, struct wheel_staging *s, struct effort *effort)
{
    struct wheel_node *n;
    for (; s->is_unsorted && s->sorted_bits < 64 && s->highest >> s->sorted_bits > 0;
         s->sorted_bits += WHEEL_STAGING_BITS) {
        while ((n = next_staged(w, effort)) != NULL)
            list_append(&s->lists[n->armed_as >> s->sorted_bits & (STAGED_LISTS - 1)],
                        &n->link);
        if (!list_empty(&w->falling))
            return false;
        wheel_end_staging(w, s);
    }
    while ((n = next_staged(w, effort)) != NULL) {
        n->armed_as = ++w->last_armed;
        put(w, n);
    }
    return list_empty(&w->falling);
}

uint64_t wheel_last_armed(const struct wheel *w)
{
    return w->last_armed;
}

static bool not_later(const struct list_node *a, const struct list_node *b)
{
    return node_of(a)->due_ms <= node_of(b)->due_ms;
}

/* Count the nodes of one of the lists of the slot; they all belong there. */
static size_t list_check(const struct wheel *w, struct slot at, const struct list_node *list,
                         bool sorted)
{
    size_t count = 0;
    for (const struct list_node *l = list->next; l != list; l = l->next, count++) {
        assert(node_of(l)->due_ms >= w->now_ms);
        assert(is_same(slot_of(w, node_of(l)->due_ms), at));
        assert(!sorted || l->prev == list || not_later(l->prev, l));
    }
    return count;
}

static size_t slot_check(const struct wheel *w, struct slot at, const struct list_node *slot)
{
    size_t count = list_check(w, at, slot, !is_unsorted(w, at));
    if (has_kept(w, at))
        count += list_check(w, at, &w->kept, true);
    if (is_being_sorted(w, at))
        for (size_t i = 0; i < SORT_LISTS; i++)
            count += list_check(w, at, &w->sorted[i], false);
    assert((w->level[at.level].occupied >> at.index & 1) == (count > 0));
    assert(count == 0 || at.level > 0 || at.index >= digit(w, w->now_ms, 0));
    assert(count == 0 || at.level == 0 || at.index > digit(w, w->now_ms, at.level));
    return count;
}

void wheel_check(const struct wheel *w)
{
    size_t count = 0;
    for (const struct list_node *l = w->falling.next; l != &w->falling; l = l->next, count++)
        assert(node_of(l)->due_ms >= w->now_ms);
    for (size_t i = 0; i < SORT_LISTS; i++)
        assert(w->is_sorting || list_empty(&w->sorted[i]));
    for (unsigned l = 0; l < w->levels; l++) {
        assert((w->occupied >> l & 1) == (w->level[l].occupied != 0));
        for (unsigned s = 0; s < 1U << w->bits; s++)
            count += slot_check(w, (struct slot){l, s}, &w->slots[(l << w->bits) + s]);
    }
    assert(count == w->armed);
}
