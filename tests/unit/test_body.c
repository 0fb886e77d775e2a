/* Bodies that come in: what they take of their budget and when they give it back; then, by the
 * program, what clients hear. */
#include "server/body.h"

#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

static struct budget budget;
static struct exchange exchanges[2];
static struct body bodies[2];
static char bytes[4 * MIB];

static int start(void **state)
{
    (void)state;
    budget = (struct budget){.most = 2 * MIB};
    memset(exchanges, 0, sizeof exchanges);
    for (int i = 0; i < 2; i++)
        body_begin(&bodies[i], &exchanges[i], &budget, 8 * MIB);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        body_forget(&bodies[i]);
        buffer_free(&exchanges[i].body);
    }
    return budget.used == 0 ? 0 : -1;
}

static size_t used(void)
{
    return budget.used;
}

/* In pieces, as a network brings them. */
static bool take(struct body *b, size_t len)
{
    while (len > 0) {
        size_t piece = len < 5000 ? len : 5000;
        if (!body_take(b, (struct bytes){bytes, piece}))
            return false;
        len -= piece;
    }
    return true;
}

static void counts_what_has_come(void **state)
{
    struct body *b = &bodies[0];
    (void)state;
    body_announce(b, 2 * MIB);
    assert_int_equal(used(), 0);
    assert_in_range(b->exchange->body.room, 1, BODY_FREE);
    assert_true(take(b, BODY_FREE));
    assert_int_equal(used(), 0);
    assert_true(take(b, 1));
    assert_int_equal(used(), b->exchange->body.room);
    assert_true(take(b, 2 * MIB - BODY_FREE - 1));
    assert_int_equal(b->exchange->body.len, 2 * MIB);
    assert_int_equal(used(), 2 * MIB);
    assert_false(b->refused);
    body_forget(b);
    assert_int_equal(used(), 0);
    assert_int_equal(b->exchange->body.room, 0);
}

/* As in chunks, or where the head lies. */
static void grows_beyond_what_was_announced(void **state)
{
    struct body *b = &bodies[0];
    (void)state;
    body_announce(b, 10);
    assert_true(take(b, MIB));
    assert_int_equal(b->exchange->body.len, MIB);
    assert_in_range(used(), MIB, 2 * MIB);
    assert_false(b->refused);
}

/* What the one has taken is gone at once when there is no room for the rest. */
static void drops_what_there_is_no_room_for(void **state)
{
    (void)state;
    assert_true(take(&bodies[0], MIB));
    size_t first = used();
    assert_true(take(&bodies[1], 2 * MIB));
    assert_true(bodies[1].refused);
    assert_int_equal(used(), first);
    assert_int_equal(bodies[1].exchange->body.room, 0);
    assert_int_equal(budget.refused, 1);
    assert_false(bodies[0].refused);
    assert_int_equal(bodies[0].exchange->body.len, MIB);
}

static void reads_no_more_than_64_mib_of_it(void **state)
{
    struct body *b = &bodies[0];
    (void)state;
    budget.most = 0;
    assert_true(take(b, BODY_FREE));
    for (size_t i = 0; i < BODY_DRAINED_MAX / MIB; i++)
        assert_true(body_take(b, (struct bytes){bytes, MIB}));
    assert_true(b->refused);
    assert_false(body_take(b, (struct bytes){bytes, 1}));
}

/* ---- what clients hear ---- */

static const char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n";
static const char call[] = "Action=ListQueue&unused=";

static void await_used(const struct program *p, size_t least, size_t most)
{
    for (;;) {
        char *figures = ask_once(p, "GET", "/metrics", NULL);
        const char *at = strstr(figures, "\ncmq_budget_used{part=\"requests\"} ");
        assert_non_null(at);
        size_t value = strtoul(strchr(at, '}') + 2, NULL, 10);
        free(figures);
        if (value >= least && value <= most)
            return;
    }
}

static void clients_hear_when_to_come_again(void **state)
{
    static const char *const options_of_it[] = {"--max-request-memory", "1m", NULL};
    struct program p;
    struct response r;
    int first, second;
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, call, strlen(call));
    program_start(&p, options_of_it);
    first = program_connect(&p);
    send_text(first, head);
    await_used(&p, 0, 0);
    send_bytes(first, bytes, 900000);
    await_used(&p, 900000, 1000000);
    second = program_connect(&p);
    send_text(second, head);
    send_bytes(second, bytes, 1000000);
    assert_true(read_response(second, &r));
    assert_int_equal(r.status, 503);
    assert_non_null(strstr(r.head, "Retry-After: 1\r\n"));
    assert_non_null(strstr(r.body, "\"code\":\"requests-full\""));
    assert_non_null(strstr(r.body, "--max-request-memory"));
    response_free(&r);
    assert_true(is_closed(second));
    close(second);
    send_bytes(first, bytes + 900000, 100000);
    expect_response("the first one", first, 200, "\"code\":0");
    await_used(&p, 0, 0);
    send_text(first, head);
    send_bytes(first, bytes, 500000);
    await_used(&p, 500000, 1000000);
    close(first);
    await_used(&p, 0, 0);
    assert_int_equal(program_stop(&p), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counts_what_has_come),
        TEST(grows_beyond_what_was_announced),
        TEST(drops_what_there_is_no_room_for),
        TEST(reads_no_more_than_64_mib_of_it),
        cmocka_unit_test(clients_hear_when_to_come_again),
    };
    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
