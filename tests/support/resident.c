#include "tests/support/resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

size_t resident(void)
{
    char line[128], *pages;
    FILE *f = fopen("/proc/self/statm", "r"); /* two numbers of pages: all, and resident */
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    (void)strtoul(line, &pages, 10);
    return strtoul(pages, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}
