/* wheel.h - pending deadlines, handed back in the order in which they fall due.
 *
 * Time     every instant is a parameter. The wheel's own instant moves in wheel_take() alone
 *          and never goes back.
 * Order    earliest deadline first; equal deadlines in the order in which they were armed.
 * Cost     arm and disarm O(1), a step to the next deadline O(levels) however far it is: empty
 *          slots are found by bit masks and never walked. A node moves down at most once a
 *          level in its life; the nodes of one slot move down together, and where these are many
 *          wheel_seek() does it in slices.
 * Memory   nodes are members of their owners (message, parked poll); the wheel links them. It
 *          allocates its slots when it is made and nothing later. An owner disarms its
 *          nodes before it is freed.
 *
 * Level l has 2^bits slots; a slot covers 2^(bits*l) milliseconds. A node sits on the level
 * of the highest digit (of bits bits) in which its deadline differs from the wheel's instant,
 * in the slot that this digit names. So slots of one level, and levels from low to high, are
 * in the order of time, and the slot that the instant itself names is empty on all levels but
 * 0. */
#ifndef CMQ_BASE_WHEEL_H
#define CMQ_BASE_WHEEL_H

#include "base/allocator.h"
#include "base/effort.h"
#include "base/list.h"
#include "base/time.h"

struct wheel_node {
    struct list_node link; /* unlinked while idle */
    cmq_ms due_ms;
    uint64_t armed_as; /* rises from one arming to the next */
};

struct wheel;

/* What an engine uses: eight levels of 64 slots reach 2^48 ms, beyond the year 9999. A test may
 * ask for a wheel small enough to try every slot. Deadlines must be below 2^(levels*bits). NULL
 * when there is no memory. */
enum { WHEEL_LEVELS = 8, WHEEL_BITS = 6 };
struct wheel *wheel_new(const struct allocator *a, unsigned levels, unsigned bits,
                        cmq_ms now_ms);

/* Nodes still armed are the caller's. NULL is allowed. */
void wheel_free(struct wheel *w);

/* Start again at now_ms, which may be earlier. Nothing may be armed. */
void wheel_restart(struct wheel *w, cmq_ms now_ms);

cmq_ms wheel_now_ms(const struct wheel *w);
size_t wheel_armed_count(const struct wheel *w);

/* Arm n, or move it if it is armed; it then counts as armed anew. A deadline that has passed
 * counts as one of the wheel's instant. */
void wheel_arm(struct wheel *w, struct wheel_node *n, cmq_ms due_ms);

/* Disarm n; does nothing if it is idle. */
void wheel_disarm(struct wheel *w, struct wheel_node *n);

static inline bool wheel_node_armed(const struct wheel_node *n)
{
    return list_linked(&n->link);
}

/* Move to the next deadline that is due by until_ms, disarm its node and return it; the wheel's
 * instant is then that deadline. Without one, move to until_ms and return NULL. */
struct wheel_node *wheel_take(struct wheel *w, cmq_ms until_ms);

/* Do what a wheel_take() with the same instant would have to do first, but stop when the effort is
 * used up: false then, and the wheel's instant may be on the way. It need not be gone on with: all
 * other calls finish what is left, at once. */
bool wheel_seek(struct wheel *w, cmq_ms until_ms, struct effort *effort);

/* When wheel_take() next has work: perhaps early, never late; CMQ_NEVER when nothing is
 * armed. O(1). */
cmq_ms wheel_wake_ms(const struct wheel *w);

/* Walk the armed nodes in firing order: the first, and the one after n; NULL at the end. Where the
 * nodes of a slot are not in the order of their deadlines, the first is looked for among them;
 * and they are sorted when the walk goes on there, and stay so for later walks: where many have been
 * sorted, what is armed later is looked through or sorted without them. */
struct wheel_node *wheel_first(struct wheel *w);
struct wheel_node *wheel_after(struct wheel *w, struct wheel_node *n);

/* Sort what a walk to the first so many nodes comes by, but stop when the effort is used up: false
 * then. What is left is gone on with by the same call, or given up when what it comes by is
 * changed. */
bool wheel_sort(struct wheel *w, size_t count, struct effort *effort);

/* Look at all armed nodes once, in any order, without sorting them: begin, and take one after the other.
 * NULL: there are no more, and *over is set; or the effort is used up, and the same call goes on. No
 * node may be armed meanwhile, and no time pass; any may be disarmed. One that is given up needs no
 * end; the next one begins anew. */
void wheel_begin_survey(struct wheel *w);
struct wheel_node *wheel_survey(struct wheel *w, struct effort *effort, bool *over);

/* ---- filling a wheel with what another one has ----
 *
 * Nodes are staged in any order, each with its number of arming, and then armed in the order of these
 * numbers, from where they get new ones. Meanwhile no other node may be armed, and no time pass; any
 * of them may be disarmed. */
enum { WHEEL_STAGING_BITS = 8 };
struct wheel_staging {
    struct list_node lists[1 << WHEEL_STAGING_BITS];
    uint64_t highest;     /* number */
    bool is_unsorted;     /* one was staged behind a higher one */
    unsigned sorted_bits; /* the nodes are in the order of so many bits of their numbers */
};

void wheel_begin_staging(struct wheel_staging *s);
void wheel_stage(struct wheel *w, struct wheel_staging *s, struct wheel_node *n, cmq_ms due_ms,
                 uint64_t armed_as);

/* False when the effort is used up before all are armed; the same call then goes on with it. */
bool wheel_arm_staged(struct wheel *w, struct wheel_staging *s, struct effort *effort);

/* Give it up: the nodes that are still staged can only be disarmed. */
void wheel_end_staging(struct wheel *w, struct wheel_staging *s);

/* The number of the last arming. */
uint64_t wheel_last_armed(const struct wheel *w);

/* Assert that the wheel is whole: walks all of it. */
void wheel_check(const struct wheel *w);

#endif
