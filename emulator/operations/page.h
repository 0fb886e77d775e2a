/* page.h - one page of a list of queues, topics or subscriptions: those whose names contain a
 * word, from an offset, up to a limit (queue-api 2.2). */
#ifndef CMQ_OPERATIONS_PAGE_H
#define CMQ_OPERATIONS_PAGE_H

#include "base/bytes.h"

#include <stdint.h>

struct queue;
struct topic;
struct subscription;

enum { PAGE_MAX = 100, PAGE_DEFAULT = 20 };

struct page {
    /* What was asked for. */
    struct bytes word; /* empty: all */
    int64_t offset, limit;

    int64_t total; /* items that match, on the page or not */
    size_t count;  /* on the page */
    union {
        const struct queue *queues[PAGE_MAX];
        const struct topic *topics[PAGE_MAX];
        const struct subscription *subscriptions[PAGE_MAX];
    };
};

/* Begin an empty page. limit is at most PAGE_MAX. */
void page_begin(struct page *p, struct bytes word, int64_t offset, int64_t limit);

/* Count an item if its name matches. True if it is on the page: the caller then appends it. */
bool page_takes(struct page *p, const char *name);

#endif
