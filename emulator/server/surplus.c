#include "server/surplus.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void surplus_init(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

static void give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

bool surplus_note(struct surplus *s, size_t used)
{
    if (used > s->high)
        s->high = used;
    if (s->high - used < SURPLUS_STEP)
        return false;
    s->high = used;
    give_back();
    return true;
}
