/* engine_expect.h - cmocka with all that it needs, and a check that names its case.
 *
 * Rows of a table share one check, so its line number does not tell which row failed; the row's
 * `what` does. */
#ifndef CMQ_TESTS_ENGINE_EXPECT_H
#define CMQ_TESTS_ENGINE_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fail the test, with what, the expression and both values, unless got is want. */
#define EXPECT_EQ(what, got, want)                                                             \
    engine_expect_equal((what), #got, (intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__)

void engine_expect_equal(const char *what, const char *expression, intmax_t got, intmax_t want,
                         const char *file, int line);

#endif
