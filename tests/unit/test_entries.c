/* Pages of the journal that are made as they are taken. Conversations show what is in them. */
#include "admin/entries.h"

#include "tests/support/ask_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NAMESPACES = 10, CALLS = 1000 };

static struct budget *answers;

/* A journal of calls whose argument has 900 bytes, each of which takes six in JSON. */
static int begin(void **state)
{
    char target[4096] = "/?Action=ListQueue&searchWord=";
    (void)state;
    start_service(NAMESPACES);
    answers = &service.registry.host.budgets.answers;
    for (size_t i = strlen(target), n = 0; n < 900; i += 3, n++)
        memcpy(target + i, "%01", 4);
    for (int i = 0; i < CALLS; i++)
        get(target, "\"code\":");
    exchange_reset(&exchange);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop_service();
    return 0;
}

static void ask_for_page(struct exchange *x, const char *target)
{
    assert_int_equal(ask_service(x, "GET", target, ""), EXCHANGE_ANSWERED);
    assert_non_null(x->more);
}

/* Let the journal be what it is when the half of a page has been taken, and something else from then on. */
static void change_behind_a_page(const char *method, const char *target, const char *body)
{
    struct exchange *x = &parked[0], *undisturbed = &parked[1];
    ask_for_page(x, "/_emulator/journal?limit=500");
    ask_for_page(undisturbed, "/_emulator/journal?limit=500");
    take_answer(undisturbed);
    for (int i = 0; i < 10; i++)
        assert_true(x->more->next(x->more, &x->answer));
    expect(method, target, body, 200, "");
    check_exchange(target, x, 200, "\"total\":1000,\"last\":1000,");
    check_exchange(target, undisturbed, 200, "\"next\":500");
    assert_string_equal(x->answer.data, undisturbed->answer.data);
    exchange_reset(x);
    exchange_reset(undisturbed);
    assert_int_equal(answers->used, 0);
}

static void what_is_forgotten_meanwhile_is_in_it(void **state)
{
    (void)state;
    change_behind_a_page("DELETE", "/_emulator/journal", "");
    get("/_emulator/journal", "\"total\":0,\"last\":1000");
}

static void a_reset_does_not_end_it(void **state)
{
    (void)state;
    change_behind_a_page("POST", "/_emulator/reset", "");
    get("/_emulator/journal", "\"total\":0,\"last\":0");
}

static void what_comes_meanwhile_is_not_in_it(void **state)
{
    (void)state;
    change_behind_a_page("GET", "/?Action=ListQueue", "");
    get("/_emulator/journal?after=1000", "\"total\":1");
}

static void it_outlives_its_namespace(void **state)
{
    char target[2048];
    struct exchange *x = &parked[0];
    (void)state;
    post("/_emulator/namespaces",
         "{\"name\":\"a\",\"credentials\":[{\"secretId\":\"AKIDa\",\"secretKey\":\"k\"}]}", "");
    snprintf(target, sizeof target, "/?Action=ListQueue&SecretId=AKIDa&searchWord=%01000d", 7);
    for (int i = 0; i < 200; i++)
        get(target, "\"code\":");
    ask_for_page(x, "/_emulator/journal?namespace=a&limit=200");
    expect("DELETE", "/_emulator/namespaces/a", "", 200, "");
    check_exchange("of what is gone", x, 200, "\"total\":200,\"last\":200,\"namespace\":\"a\"");
    exchange_reset(x);
}

static void what_is_kept_for_it_counts(void **state)
{
    struct exchange *x = &parked[0];
    (void)state;
    exchange_reset(&exchange);
    ask_for_page(x, "/_emulator/journal?limit=1000");
    size_t one = answers->used;
    assert_true(one > (size_t)CALLS * 900 && one < (size_t)3 << 20);
    answers->most = answers->used + 1000;
    expect("GET", "/_emulator/journal?limit=1000", "", 503, "\"answers-full\"");
    get("/_emulator/journal?limit=5", "\"next\":5"); /* a short one */
    exchange_reset(&exchange);
    assert_int_equal(answers->used, one);
    exchange_reset(x);
    assert_int_equal(answers->used, 0);
}

/* The number behind the last `"next":` of the answer; 0 for none. */
static long next_of(const char *text)
{
    const char *next = NULL;
    for (const char *s = text; (s = strstr(s, "\"next\":")) != NULL; s++)
        next = s;
    return next != NULL ? strtol(next + strlen("\"next\":"), NULL, 10) : 0;
}

/* Whatever the limit is; and one leads to the next. */
static void pages_end_somewhere(void **state)
{
    char target[80], first[64];
    long after = 0;
    int pages = 0;
    (void)state;
    do {
        snprintf(target, sizeof target, "/_emulator/journal?limit=20000&after=%ld", after);
        snprintf(first, sizeof first, "\"entries\":[{\"number\":%ld,", after + 1);
        get(target, first);
        assert_true(exchange.answer.len < 7 << 20);
        after = next_of(answer_text());
        pages++;
    } while (after != 0);
    assert_int_equal(pages, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_forgotten_meanwhile_is_in_it, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_does_not_end_it, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_meanwhile_is_not_in_it, begin, end),
        cmocka_unit_test_setup_teardown(it_outlives_its_namespace, begin, end),
        cmocka_unit_test_setup_teardown(what_is_kept_for_it_counts, begin, end),
        cmocka_unit_test_setup_teardown(pages_end_somewhere, begin, end),
    };
    return cmocka_run_group_tests_name("entries", tests, NULL, NULL);
}
