/* engine_agree.h - comparing engine and model: a difference is reported with the run that shows
 * it.
 *
 * A run says who it is before each of its commands; a comparison that fails, and an assertion
 * in the engine, print that first. */
#ifndef CMQ_TESTS_ENGINE_AGREE_H
#define CMQ_TESTS_ENGINE_AGREE_H

#include "tests/support/engine_expect.h"

/* To be called before any run. */
void engine_agree_init(void);

/* The present command of a run of this seed. */
void engine_agree_on(const char *test, uint64_t seed, int pace, int command);

void engine_agree_print(void);

/* Each side is evaluated once: it may be a command. */
#define AGREE(got, want)                                                                       \
    do {                                                                                       \
        const intmax_t got_ = (intmax_t)(got), want_ = (intmax_t)(want);                       \
        if (got_ != want_) {                                                                   \
            engine_agree_print();                                                              \
            engine_expect_equal("engine and model disagree", #got, got_, want_, __FILE__,      \
                                __LINE__);                                                     \
        }                                                                                      \
    } while (0)

/* NULL stands for no name. */
void engine_agree_on_names(const char *got, const char *want);

#endif
