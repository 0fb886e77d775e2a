/* turnstile.h - those that wait in line are let through one by one, groups taking turns.
 *
 * For     ten thousand answers that are ready at one moment: the loop sends a few in each of its
 *         turns, and a group of many does not keep another's few waiting.
 * Order   within a group, that of arrival.
 * Cost    O(1) for each.
 * Memory  those in line are the caller's. A group takes some as long as somebody of it is in
 *         line; without memory for it, its members stand in a line that such groups share. */
#ifndef CMQ_SERVER_TURNSTILE_H
#define CMQ_SERVER_TURNSTILE_H

#include "base/list.h"
#include "base/table.h"

struct turnstile_line {
    struct table_node by_whose; /* in turnstile->lines; not for the shared line */
    struct list_node turn;      /* in turnstile->turns; unlinked when nobody is in line */
    struct list_node members;
    const void *whose; /* compared, never followed */
};

struct turnstile {
    struct table lines;
    struct list_node turns; /* of lines: whose turn is next comes first */
    struct turnstile_line shared;
    size_t count; /* in all lines */
};

/* False when there is no memory; then *t may still be given to turnstile_fini(). */
bool turnstile_init(struct turnstile *t, struct allocator allocator);

/* Nobody may be in line. */
void turnstile_fini(struct turnstile *t);

/* The last one in the line of its group: whose is any address, NULL as well. */
void turnstile_join(struct turnstile *t, const void *whose, struct list_node *one);

/* Let the next one through; NULL when nobody is in line. */
struct list_node *turnstile_next(struct turnstile *t);

#endif
