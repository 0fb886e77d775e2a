/* Flights alone: their states, their order, and who is told when they end. */
#include "engine/flight.h"

#include "tests/support/engine_expect.h"

enum { FLIGHTS = 6 };

static struct flights all;
static struct flight flights[FLIGHTS];
static struct push_ticket tickets[FLIGHTS];
static const struct push_outcome done = {.delivered = true, .status = 200};

static int setup(void **state)
{
    (void)state;
    flights_init(&all);
    for (size_t i = 0; i < FLIGHTS; i++) {
        flights[i] = (struct flight){.state = FLIGHT_NONE};
        tickets[i] = (struct push_ticket){NULL};
    }
    return 0;
}

static void offer_all(void)
{
    for (size_t i = 0; i < FLIGHTS; i++)
        flight_offer(&all, &flights[i]);
    flights_check(&all);
}

static void take_all(void)
{
    offer_all();
    for (size_t i = 0; i < FLIGHTS; i++)
        assert_ptr_equal(flights_take(&all, &tickets[i]), &flights[i]);
    flights_check(&all);
}

static void test_the_way_of_a_flight(void **state)
{
    (void)state;
    struct flight *f = &flights[0];
    assert_null(flights_take(&all, &tickets[0]));
    flight_offer(&all, f);
    assert_int_equal(f->state, FLIGHT_OFFERED);
    assert_int_equal(all.pending_count, 1);
    assert_ptr_equal(flights_take(&all, &tickets[0]), f);
    assert_int_equal(f->state, FLIGHT_IN_FLIGHT);
    assert_ptr_equal(tickets[0].flight, f);
    assert_int_equal(all.pending_count, 1);
    flight_land(&all, f, &done);
    assert_int_equal(f->state, FLIGHT_LANDED);
    assert_int_equal(f->outcome.status, 200);
    assert_null(tickets[0].flight);
    assert_int_equal(all.pending_count, 0);
    assert_int_equal(all.landed.count, 1);
    flights_check(&all);
    flight_end(&all, f);
    assert_int_equal(f->state, FLIGHT_NONE);
    assert_int_equal(all.landed.count, 0);
    flight_end(&all, f);
    flights_check(&all);
    flight_offer(&all, f); /* the next attempt */
    flights_check(&all);
}

/* Whichever lands first, they are found in the order of take-off, also while they end. */
static void test_order_of_landing(void **state)
{
    (void)state;
    static const size_t order[FLIGHTS] = {3, 5, 0, 4, 1, 2};
    take_all();
    for (size_t i = 0; i < FLIGHTS; i++) {
        flight_land(&all, &flights[order[i]], &done);
        flights_check(&all);
    }
    struct order_cursor c = flights_walk_landed(&all);
    for (size_t i = 0; i < FLIGHTS; i++) {
        struct flight *f = flights_next_landed(&all, &c);
        assert_ptr_equal(f, &flights[i]);
        flight_end(&all, f);
    }
    assert_null(flights_next_landed(&all, &c));
    flights_check(&all);
}

static void test_an_end_in_any_state(void **state)
{
    (void)state;
    offer_all();
    for (size_t i = 0; i < 4; i++)
        flights_take(&all, &tickets[i]);
    flight_land(&all, &flights[0], &done);
    flight_land(&all, &flights[1], &done);
    for (size_t i = 0; i < FLIGHTS; i++) {
        struct flight *awaited = &flights[i];
        flights[i].awaited = &awaited;
        flight_end(&all, &flights[i]);
        flights_check(&all);
        assert_int_equal(flights[i].state, FLIGHT_NONE);
        assert_null(tickets[i].flight);
        assert_null(awaited);
    }
    assert_int_equal(all.pending_count, 0);
    assert_int_equal(all.landed.count, 0);
}

static void test_abandoning(void **state)
{
    (void)state;
    const struct push_outcome abandoned = {.error = "abandoned"};
    struct flight *awaited[FLIGHTS];
    offer_all();
    for (size_t i = 0; i < 4; i++)
        flights_take(&all, &tickets[i]);
    flight_land(&all, &flights[1], &done);
    for (size_t i = 0; i < FLIGHTS; i++) {
        awaited[i] = &flights[i];
        flights[i].awaited = &awaited[i];
    }
    flights_abandon(&all, &abandoned);
    flights_check(&all);
    for (size_t i = 0; i < FLIGHTS; i++) {
        assert_null(awaited[i]);
        assert_null(tickets[i].flight);
        assert_int_equal(flights[i].state, i < 4 ? FLIGHT_LANDED : FLIGHT_OFFERED);
    }
    assert_string_equal(flights[0].outcome.error, "abandoned");
    assert_true(flights[1].outcome.delivered);
    assert_int_equal(all.pending_count, 2);
}

static void test_names_of_states(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "offered", "in-flight", "landed"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(flight_state_name((enum flight_state)i), names[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_the_way_of_a_flight), TEST(test_order_of_landing),
        TEST(test_an_end_in_any_state), TEST(test_abandoning),
        TEST(test_names_of_states),
    };
#undef TEST
    return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
