#include "tests/support/engine_expect.h"

void engine_expect_equal(const char *what, const char *expression, intmax_t got, intmax_t want,
                         const char *file, int line)
{
    if (got == want)
        return;
    print_error("%s: %s is %jd, not %jd\n", what, expression, got, want);
    _fail(file, line);
}
