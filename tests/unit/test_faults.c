/* Rules of faults alone: which of them acts on a call, and what is counted. */
#include "namespace/faults.h"

#include "tests/support/engine_expect.h"

#include <stdlib.h>

static struct faults faults;
static struct budget budget;

static int start(void **state)
{
    (void)state;
    const struct allocator heap = allocator_heap();
    budget = (struct budget){.most = SIZE_MAX};
    faults_init(&faults, &heap, &budget, 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    faults_clear(&faults);
    return budget.used == 0 && faults.wanted == 0 ? 0 : -1;
}

static struct fault_rule_spec for_any(void)
{
    return (struct fault_rule_spec){.times = -1,
                                    .probability = 1,
                                    .until_ms = CMQ_NEVER,
                                    .fault = {.kind = FAULT_STATUS, .status = 503},
                                    .text = bytes_of("\"fault\":{\"status\":503}")};
}

static struct fault_rule *add(const struct fault_rule_spec *spec)
{
    struct fault_rule *r = faults_add(&faults, spec);
    assert_non_null(r);
    return r;
}

static struct fault_call send_to(const char *queue)
{
    struct fault_call call = {.kinds = FAULTS_OF_CALLS, .scope = {.apis = 1U << FAULT_V2}};
    call.scope.keys[FAULT_ACTION] = bytes_of("SendMessage");
    call.scope.keys[FAULT_QUEUE] = bytes_of(queue);
    return call;
}

/* The id of the rule that acts, 0 for none. */
static uint64_t try_at(const struct fault_call *call, cmq_ms now_ms)
{
    const struct fault_rule *r = faults_try(&faults, call, now_ms);
    return r != NULL ? r->id : 0;
}

static void test_without_rules_nothing_acts(void **state)
{
    (void)state;
    struct fault_call call = send_to("q");
    assert_false(faults_exist(&faults));
    assert_int_equal(try_at(&call, 0), 0);
}

static void test_what_a_rule_is_for(void **state)
{
    (void)state;
    static const struct {
        const char *what, *wanted, *given;
        enum fault_key key;
        unsigned wanted_apis, apis;
        bool fits;
    } cases[] = {
        {"the Action", "SendMessage", "SendMessage", FAULT_ACTION, 0, 1, true},
        {"in other letters", "sendmessage", "SendMessage", FAULT_ACTION, 0, 1, true},
        {"another Action", "SendMessag", "SendMessage", FAULT_ACTION, 0, 1, false},
        {"the queue", "q", "q", FAULT_QUEUE, 0, 1, true},
        {"another queue", "q", "r", FAULT_QUEUE, 0, 1, false},
        {"a queue in other letters", "q", "Q", FAULT_QUEUE, 0, 1U << FAULT_V2, false},
        {"where they do not matter", "q", "Q", FAULT_QUEUE, 0, 1U << FAULT_TDMQ, true},
        {"no queue", "q", "", FAULT_QUEUE, 0, 1, false},
        {"the topic", "t", "t", FAULT_TOPIC, 0, 1, true},
        {"the subscription", "s", "s", FAULT_SUBSCRIPTION, 0, 1, true},
        {"the secret id", "AKID1", "AKID1", FAULT_SECRET_ID, 0, 1, true},
        {"another secret id", "AKID1", "akid1", FAULT_SECRET_ID, 0, 1, false},
        {"the API", "q", "q", FAULT_QUEUE, 2, 2, true},
        {"one of two APIs", "q", "q", FAULT_QUEUE, 6, 4, true},
        {"another API", "q", "q", FAULT_QUEUE, 2, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault_rule_spec spec = for_any();
        struct fault_call call = {.kinds = FAULTS_OF_CALLS, .scope = {.apis = cases[i].apis}};
        spec.scope.apis = cases[i].wanted_apis;
        spec.scope.keys[cases[i].key] = bytes_of(cases[i].wanted);
        call.scope.keys[cases[i].key] = bytes_of(cases[i].given);
        struct fault_rule *r = add(&spec);
        if ((try_at(&call, 0) == r->id) != cases[i].fits)
            fail_msg("%s", cases[i].what);
        assert_int_equal(r->matched, cases[i].fits);
        assert_int_equal(r->applied, cases[i].fits);
        faults_remove(&faults, r);
    }
}

static void test_a_rule_is_for_calls_that_can_have_its_fault(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    spec.fault = (struct fault){.kind = FAULT_EMPTY};
    struct fault_rule *r = add(&spec);
    assert_int_equal(try_at(&call, 0), 0);
    assert_int_equal(r->matched, 0);
    call.kinds = FAULTS_OF_RECEIVES;
    assert_int_equal(try_at(&call, 0), r->id);
}

static void test_the_first_that_acts_is_the_only_one(void **state)
{
    (void)state;
    struct fault_rule_spec once = for_any();
    struct fault_rule_spec always = for_any();
    struct fault_call call = send_to("q");
    once.times = 1;
    struct fault_rule *a = add(&once);
    struct fault_rule *b = add(&always);
    assert_int_equal(try_at(&call, 0), a->id);
    assert_int_equal(b->matched, 0);
    assert_int_equal(try_at(&call, 0), b->id);
    assert_int_equal(a->matched, 2);
    assert_int_equal(a->applied, 1);
    assert_int_equal(b->matched, 1);
}

static void test_some_are_skipped(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    const bool expected[] = {false, false, true, true, false, false};
    spec.skip = 2;
    spec.times = 2;
    struct fault_rule *r = add(&spec);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(try_at(&call, 0) == r->id, expected[i]);
    assert_int_equal(r->matched, 6);
    assert_int_equal(r->applied, 2);
}

static void test_from_an_instant_until_another(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    spec.from_ms = 100;
    spec.until_ms = 200;
    struct fault_rule *r = add(&spec);
    assert_int_equal(try_at(&call, 99), 0);
    assert_int_equal(try_at(&call, 100), r->id);
    assert_int_equal(try_at(&call, 199), r->id);
    assert_int_equal(try_at(&call, 200), 0);
    assert_int_equal(r->matched, 2);
}

static void test_those_that_are_tried_last(void **state)
{
    (void)state;
    struct fault_rule_spec last = for_any();
    struct fault_rule_spec other = for_any();
    struct fault_call call = send_to("q");
    last.sloppy = true;
    struct fault_rule *a = add(&last);
    struct fault_rule *b = add(&last);
    struct fault_rule *c = add(&other);
    assert_int_equal(try_at(&call, 0), c->id);
    faults_remove(&faults, c);
    assert_int_equal(try_at(&call, 0), a->id);
    faults_remove(&faults, a);
    assert_int_equal(try_at(&call, 0), b->id);
}

static void test_a_reset_keeps_the_ready_set(void **state)
{
    (void)state;
    struct fault_rule_spec kept = for_any();
    struct fault_rule_spec other = for_any();
    struct fault_call call = send_to("q");
    kept.sloppy = true;
    struct fault_rule *a = add(&kept);
    add(&other);
    (void)try_at(&call, 0);
    faults_reset(&faults);
    assert_int_equal(faults.count, 1);
    assert_int_equal(a->matched, 0);
    assert_int_equal(add(&other)->id, 2);
}

static void draw_some(struct fault_rule *r, size_t count, char *out)
{
    struct fault_call call = send_to("q");
    for (size_t i = 0; i < count; i++)
        out[i] = try_at(&call, 0) == r->id ? 'x' : '.';
}

static void test_chance_follows_from_seed_and_counts(void **state)
{
    (void)state;
    enum { DRAWS = 1000 };
    char first[DRAWS], again[DRAWS], other[DRAWS];
    struct fault_rule_spec spec = for_any();
    spec.probability = 0.25;
    struct fault_rule *r = add(&spec);
    draw_some(r, DRAWS, first);
    assert_in_range(r->applied, 200, 300);

    r->matched = r->applied = 0;
    struct fault_rule *idle = add(&spec);
    idle->spec.scope.apis = 1U << FAULT_CMQ;
    draw_some(r, DRAWS, again);
    assert_memory_equal(first, again, DRAWS);

    r->matched = r->applied = 0;
    faults.seed = 2;
    draw_some(r, DRAWS, other);
    assert_memory_not_equal(first, other, DRAWS);
}

static void test_a_probability_of_0_and_of_1(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    spec.probability = 0;
    struct fault_rule *never = add(&spec);
    spec.probability = 1;
    struct fault_rule *always = add(&spec);
    for (int i = 0; i < 100; i++)
        assert_int_equal(try_at(&call, 0), always->id);
    assert_int_equal(never->applied, 0);
    assert_int_equal(never->matched, 100);
}

static void test_texts_are_copied(void **state)
{
    (void)state;
    char queue[] = "q", code[] = "InternalError", message[] = "no";
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    spec.scope.keys[FAULT_QUEUE] = bytes_of(queue);
    spec.fault = (struct fault){.kind = FAULT_ERROR, .v3_code = code, .message = message};
    struct fault_rule *r = add(&spec);
    queue[0] = code[0] = message[0] = 'X';
    assert_int_equal(try_at(&call, 0), r->id);
    assert_string_equal(r->spec.fault.v3_code, "InternalError");
    assert_string_equal(r->spec.fault.message, "no");
}

static void test_a_copy_goes_on_like_the_original(void **state)
{
    (void)state;
    enum { DRAWS = 100 };
    char first[DRAWS], again[DRAWS];
    struct faults copy;
    struct fault_rule_spec spec = for_any();
    struct fault_call call = send_to("q");
    spec.probability = 0.5;
    faults_remove(&faults, add(&spec));
    struct fault_rule *r = add(&spec);
    assert_int_equal(r->id, 2);
    draw_some(r, DRAWS, first);
    assert_true(faults_copy(&copy, &faults));
    draw_some(r, DRAWS, first);
    for (size_t i = 0; i < DRAWS; i++)
        again[i] = faults_try(&copy, &call, 0) != NULL ? 'x' : '.';
    assert_memory_equal(first, again, DRAWS);
    assert_int_equal(faults_next(&copy, NULL)->matched, 2 * DRAWS);
    assert_int_equal(faults_add(&copy, &spec)->id, 3);
    faults_clear(&copy);
}

static void test_as_many_as_there_may_be(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    for (int i = 0; i < FAULTS_MAX; i++)
        add(&spec);
    assert_false(faults_have_room(&faults, 0));
    assert_null(faults_add(&faults, &spec));
    faults_remove(&faults, faults_find(&faults, 500));
    assert_null(faults_find(&faults, 500));
    assert_true(faults_have_room(&faults, fault_rule_size(&spec)));
    assert_int_equal(add(&spec)->id, FAULTS_MAX + 1);
}

static void test_the_budget_may_have_no_room(void **state)
{
    (void)state;
    struct fault_rule_spec spec = for_any();
    add(&spec);
    budget.most = budget.used;
    assert_false(faults_have_room(&faults, fault_rule_size(&spec)));
    assert_null(faults_add(&faults, &spec));
    struct faults copy;
    assert_false(faults_copy(&copy, &faults));
    assert_int_equal(faults.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_rules_nothing_acts, start, finish),
        cmocka_unit_test_setup_teardown(test_what_a_rule_is_for, start, finish),
        cmocka_unit_test_setup_teardown(test_a_rule_is_for_calls_that_can_have_its_fault, start,
                                        finish),
        cmocka_unit_test_setup_teardown(test_the_first_that_acts_is_the_only_one, start,
                                        finish),
        cmocka_unit_test_setup_teardown(test_some_are_skipped, start, finish),
        cmocka_unit_test_setup_teardown(test_from_an_instant_until_another, start, finish),
        cmocka_unit_test_setup_teardown(test_those_that_are_tried_last, start, finish),
        cmocka_unit_test_setup_teardown(test_a_reset_keeps_the_ready_set, start, finish),
        cmocka_unit_test_setup_teardown(test_chance_follows_from_seed_and_counts, start,
                                        finish),
        cmocka_unit_test_setup_teardown(test_a_probability_of_0_and_of_1, start, finish),
        cmocka_unit_test_setup_teardown(test_texts_are_copied, start, finish),
        cmocka_unit_test_setup_teardown(test_a_copy_goes_on_like_the_original, start, finish),
        cmocka_unit_test_setup_teardown(test_as_many_as_there_may_be, start, finish),
        cmocka_unit_test_setup_teardown(test_the_budget_may_have_no_room, start, finish),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
