/* Texts that are compared, and their hashes. */
#include "base/bytes.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { LONGEST = 40 };

/* Only ASCII letters are alike in both cases. */
static void case_is_that_of_letters(void **state)
{
    (void)state;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            const char x[] = {'x', (char)a, 'y'}, y[] = {'X', (char)b, 'y'};
            bool letters = (a | 32) >= 'a' && (a | 32) <= 'z';
            bool alike = a == b || (letters && (a ^ b) == 32);
            if (bytes_equal_nocase((struct bytes){x, 3}, (struct bytes){y, 3}) != alike)
                fail_msg("%d and %d", a, b);
        }
    }
}

static void lengths_are_compared(void **state)
{
    (void)state;
    assert_true(bytes_equal_nocase((struct bytes){NULL, 0}, bytes_of("")));
    assert_false(bytes_equal_nocase(bytes_of("ab"), bytes_of("a")));
    assert_false(bytes_equal_nocase(bytes_of("a"), bytes_of("ab")));
    assert_true(bytes_equal_nocase(bytes_of("AB"), bytes_of("ab")));
}

/* Each byte counts, its place, the length and the seed; and where the text lies does not. */
static void all_of_a_text_is_in_its_hash(void **state)
{
    char text[LONGEST] = {0}, elsewhere[LONGEST + 1];
    uint64_t seen[LONGEST * 2 + 1];
    size_t count = 0;
    (void)state;
    for (size_t len = 0; len <= LONGEST; len++)
        seen[count++] = hash_bytes(7, (struct bytes){text, len});
    for (size_t i = 0; i < LONGEST; i++) {
        text[i] = 1;
        seen[count++] = hash_bytes(7, (struct bytes){text, LONGEST});
        memcpy(elsewhere + 1, text, LONGEST);
        assert_true(hash_bytes(7, (struct bytes){elsewhere + 1, LONGEST}) == seen[count - 1]);
        assert_true(hash_bytes(8, (struct bytes){text, LONGEST}) != seen[count - 1]);
        text[i] = 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (seen[i] == seen[k])
                fail_msg("texts %zu and %zu have the same hash", k, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_is_that_of_letters),
        cmocka_unit_test(lengths_are_compared),
        cmocka_unit_test(all_of_a_text_is_in_its_hash),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
