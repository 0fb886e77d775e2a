#include "base/order.h"

#include "tests/support/engine_expect.h"
#include "tests/support/engine_random.h"

/* ---- a set of which all is known: ranks 0 .. RANKS - 1, and which of them are in ---- */

enum { RANKS = 64 };

struct known_set {
    struct order order;
    struct order_node nodes[RANKS]; /* the node of rank r is nodes[r] */
    bool in[RANKS];
};

static void add(struct known_set *s, size_t rank)
{
    order_add(&s->order, &s->nodes[rank], rank);
    s->in[rank] = true;
}

static void take_out(struct known_set *s, size_t rank)
{
    order_remove(&s->order, &s->nodes[rank]);
    s->in[rank] = false;
}

static struct order_node *lowest_in(struct known_set *s)
{
    for (size_t r = 0; r < RANKS; r++)
        if (s->in[r])
            return &s->nodes[r];
    return NULL;
}

static void expect_walks(struct known_set *s)
{
    struct order_cursor up = order_up(&s->order);
    for (size_t r = 0; r < RANKS; r++)
        if (s->in[r])
            assert_ptr_equal(order_next_up(&s->order, &up), &s->nodes[r]);
    assert_null(order_next_up(&s->order, &up));

    struct order_cursor down = order_down(&s->order);
    for (size_t r = RANKS; r-- > 0;)
        if (s->in[r])
            assert_ptr_equal(order_next_down(&s->order, &down), &s->nodes[r]);
    assert_null(order_next_down(&s->order, &down));
}

static void expect_whole(struct known_set *s)
{
    size_t count = 0;
    for (size_t r = 0; r < RANKS; r++)
        count += s->in[r];
    order_check(&s->order);
    assert_int_equal(s->order.count, count);
    assert_ptr_equal(order_first(&s->order), lowest_in(s));
    expect_walks(s);
}

/* Even seeds mostly add behind all others and remove in front, as a queue does, so that the
 * list is long; odd ones anywhere, so that the tree is. */
static size_t pick_rank(struct known_set *s, struct engine_random *r, uint64_t seed)
{
    if (seed % 2 != 0 || random_once_in(r, 4))
        return random_below(r, RANKS);
    if (random_once_in(r, 2)) {
        const struct order_node *first = lowest_in(s);
        return first == NULL ? 0 : (size_t)(first - s->nodes);
    }
    size_t rank = RANKS - 1;
    while (rank > 0 && !s->in[rank - 1])
        rank--;
    return rank;
}

/* ---- tests ---- */

static void test_empty_set(void **state)
{
    (void)state;
    struct known_set s = {0};
    expect_whole(&s);
}

static void test_random_changes_agree_with_an_array(void **state)
{
    (void)state;
    enum { SEEDS = 60, STEPS = 400 };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct engine_random r = {seed};
        struct known_set s = {0};
        for (int step = 0; step < STEPS; step++) {
            size_t rank = pick_rank(&s, &r, seed);
            if (s.in[rank])
                take_out(&s, rank);
            else
                add(&s, rank);
            expect_whole(&s);
        }
    }
}

/* Every order in which six ranks can come, and every one of them removed first. */
static void expect_arrival(const size_t *ranks, size_t count)
{
    for (size_t gone = 0; gone < count; gone++) {
        struct known_set s = {0};
        for (size_t i = 0; i < count; i++)
            add(&s, ranks[i]);
        expect_whole(&s);
        take_out(&s, ranks[gone]);
        expect_whole(&s);
    }
}

static void permute(size_t *ranks, size_t fixed, size_t count)
{
    if (fixed == count) {
        expect_arrival(ranks, count);
        return;
    }
    for (size_t i = fixed; i < count; i++) {
        size_t chosen = ranks[i];
        ranks[i] = ranks[fixed];
        ranks[fixed] = chosen;
        permute(ranks, fixed + 1, count);
        ranks[fixed] = ranks[i];
        ranks[i] = chosen;
    }
}

static void test_every_order_of_arrival(void **state)
{
    (void)state;
    size_t ranks[] = {3, 9, 12, 20, 21, 63};
    permute(ranks, 0, COUNT(ranks));
}

/* Some in turn, some late: both kinds of links are in use. */
static void fill(struct known_set *s, struct engine_random *r)
{
    for (size_t i = 0; i < RANKS; i++) {
        size_t rank = random_below(r, RANKS);
        if (!s->in[rank])
            add(s, rank);
    }
}

static size_t rank_of(const struct order_node *n)
{
    return (size_t)order_rank(n);
}

static void test_walk_up_may_remove_what_it_returned(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct engine_random r = {seed};
        struct known_set s = {0};
        fill(&s, &r);
        struct order_cursor c = order_up(&s.order);
        for (size_t rank = 0; rank < RANKS; rank++) {
            if (!s.in[rank])
                continue;
            assert_int_equal(rank_of(order_next_up(&s.order, &c)), rank);
            if (random_once_in(&r, 2))
                take_out(&s, rank);
        }
        assert_null(order_next_up(&s.order, &c));
        expect_whole(&s);
    }
}

/* A finger stays where it was put while nodes come and go on both sides of it. */
static void test_a_finger_keeps_its_place(void **state)
{
    enum { SEEDS = 100, STEPS = 300 };
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct engine_random r = {seed};
        struct known_set s = {0}, other = {0};
        struct order_finger f = {.set = NULL};
        fill(&other, &r);
        for (int step = 0; step < STEPS; step++) {
            if (random_once_in(&r, 8)) {
                size_t place = random_below(&r, s.order.count + 1);
                assert_true(order_seek(&s.order, &f, place, SIZE_MAX));
                assert_int_equal(f.place, place);
            } else if (random_once_in(&r, 20)) {
                order_seek(&other.order, &f, random_below(&r, RANKS / 4), 3);
            } else if (random_once_in(&r, 30)) {
                order_lift(&f);
            }
            size_t rank = pick_rank(&s, &r, seed);
            if (s.in[rank])
                take_out(&s, rank);
            else
                add(&s, rank);
            expect_whole(&s); /* looks at the finger, too */
            expect_whole(&other);
        }
    }
}

/* In both directions, by as many steps as there may be. */
static void test_a_finger_gets_there_by_and_by(void **state)
{
    struct known_set s = {0};
    struct order_finger f = {.set = NULL};
    (void)state;
    for (size_t rank = 0; rank < 40; rank++)
        add(&s, rank);
    assert_false(order_seek(&s.order, &f, 15, 10));
    assert_int_equal(f.place, 10);
    assert_true(order_seek(&s.order, &f, 15, 10));
    assert_false(order_seek(&s.order, &f, 30, 4)); /* from the end, which is nearer */
    assert_int_equal(f.place, 36);
    assert_true(order_seek(&s.order, &f, 30, 6));
    assert_true(order_seek(&s.order, &f, 25, 5));
    assert_true(order_seek(&s.order, &f, 40, 0));
    assert_true(order_seek(&s.order, &f, 0, 0));
    order_check(&s.order);
}

/* Another one, or the same one in another set, takes the place of the first. */
static void test_a_set_has_one_finger(void **state)
{
    struct known_set s = {0}, other = {0};
    struct order_finger f = {.set = NULL}, g = {.set = NULL};
    (void)state;
    add(&s, 1);
    add(&other, 2);
    order_seek(&s.order, &f, 1, SIZE_MAX);
    order_seek(&s.order, &g, 0, SIZE_MAX);
    assert_ptr_equal(s.order.finger, &g);
    assert_null(f.set);
    order_seek(&other.order, &g, 0, SIZE_MAX);
    assert_null(s.order.finger);
    assert_ptr_equal(other.order.finger, &g);
    order_lift(&g);
    assert_null(other.order.finger);
}

static void test_walk_down_may_remove_what_it_returned(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct engine_random r = {seed};
        struct known_set s = {0};
        fill(&s, &r);
        struct order_cursor c = order_down(&s.order);
        for (size_t rank = RANKS; rank-- > 0;) {
            if (!s.in[rank])
                continue;
            assert_int_equal(rank_of(order_next_down(&s.order, &c)), rank);
            if (random_once_in(&r, 2))
                take_out(&s, rank);
        }
        assert_null(order_next_down(&s.order, &c));
        expect_whole(&s);
    }
}

/* A queue that is rewound walks one set and moves each node into another. */
static void test_walk_may_move_nodes_to_another_set(void **state)
{
    (void)state;
    struct engine_random r = {1};
    struct known_set s = {0};
    struct order other = {0};
    fill(&s, &r);
    size_t count = s.order.count;

    struct order_cursor c = order_down(&s.order);
    for (struct order_node *n; (n = order_next_down(&s.order, &c)) != NULL;) {
        size_t rank = rank_of(n);
        take_out(&s, rank);
        order_add(&other, n, rank);
        order_check(&other);
    }
    expect_whole(&s);
    assert_int_equal(s.order.count, 0);
    assert_int_equal(other.count, count);
}

static void test_ranks_use_63_bits(void **state)
{
    (void)state;
    static const uint64_t ranks[] = {0, INT64_MAX, INT64_MAX - 1, 1, (uint64_t)1 << 62};
    struct order_node nodes[COUNT(ranks)];
    struct order o = {0};
    for (size_t i = 0; i < COUNT(ranks); i++)
        order_add(&o, &nodes[i], ranks[i]);
    order_check(&o);

    static const size_t ascending[] = {0, 3, 4, 2, 1};
    struct order_cursor c = order_up(&o);
    for (size_t i = 0; i < COUNT(ascending); i++) {
        const struct order_node *n = order_next_up(&o, &c);
        assert_ptr_equal(n, &nodes[ascending[i]]);
        assert_true(order_rank(n) == ranks[ascending[i]]);
    }
}

/* The worst order for a plain search tree. That this ends at once shows that the tree is not a
 * chain: a chain would take 5 * 10^9 steps. */
static void test_falling_ranks_stay_cheap(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static struct order_node nodes[MANY];
    struct order o = {0};
    for (size_t i = MANY; i-- > 0;)
        order_add(&o, &nodes[i], i);
    order_check(&o);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(order_first(&o), &nodes[i]);
        order_remove(&o, &nodes[i]);
    }
    assert_int_equal(o.count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_set),
        cmocka_unit_test(test_random_changes_agree_with_an_array),
        cmocka_unit_test(test_every_order_of_arrival),
        cmocka_unit_test(test_walk_up_may_remove_what_it_returned),
        cmocka_unit_test(test_a_finger_keeps_its_place),
        cmocka_unit_test(test_a_finger_gets_there_by_and_by),
        cmocka_unit_test(test_a_set_has_one_finger),
        cmocka_unit_test(test_walk_down_may_remove_what_it_returned),
        cmocka_unit_test(test_walk_may_move_nodes_to_another_set),
        cmocka_unit_test(test_ranks_use_63_bits),
        cmocka_unit_test(test_falling_ranks_stay_cheap),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
