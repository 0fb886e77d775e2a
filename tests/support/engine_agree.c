#include "tests/support/engine_agree.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The present run, as text: a signal handler may write, but not format. */
static char run_text[128];

void engine_agree_print(void)
{
    if (write(STDERR_FILENO, run_text, strlen(run_text)) < 0)
        return; /* nowhere to say it */
}

/* An assertion in the engine ends the program; the seed is said before. */
static void on_abort(int signal_number)
{
    (void)signal_number;
    engine_agree_print();
}

void engine_agree_init(void)
{
    signal(SIGABRT, on_abort);
}

void engine_agree_on(const char *test, uint64_t seed, int pace, int command)
{
    snprintf(run_text, sizeof run_text, "%s: seed %" PRIu64 ", pace %d, command %d\n", test,
             seed, pace, command);
}

void engine_agree_on_names(const char *got, const char *want)
{
    got = got == NULL ? "" : got;
    want = want == NULL ? "" : want;
    if (strcmp(got, want) != 0)
        engine_agree_print();
    assert_string_equal(got, want);
}
