/* surplus.h - gives memory of the C library's heap that is no longer used back to the system.
 *
 * The library keeps what was freed, unless it lies at the end of the heap: one small thing that is
 * still used, behind ten thousand connections that are not, and all of it stays with the process.
 * So whenever what is used has gone down by a step, the library is told to give back its free
 * pages. That walks the whole heap, and takes 0.5 to 2 ms with as much as there is to give back after
 * a step; others wait that long. What is stored, of which there is far more, is not on this heap
 * (slabs.h).
 *
 * Units   bytes, as the budgets count them: what they leave out only moves the moment.
 * Errors  none. With another C library than GNU's, all of this does nothing. */
#ifndef CMQ_SERVER_SURPLUS_H
#define CMQ_SERVER_SURPLUS_H

#include <stdbool.h>
#include <stddef.h>

enum { SURPLUS_STEP = 8 << 20 };

struct surplus {
    size_t high; /* the most that was used since memory was given back */
};

/* Once, before anything large is allocated: the library no longer keeps large blocks, whose size
 * it would otherwise learn from those that are freed. */
void surplus_init(void);

/* So much is used. Returns whether memory was given back. */
bool surplus_note(struct surplus *s, size_t used);

#endif
