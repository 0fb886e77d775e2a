/* page.h - one page of a list of queues, topics or subscriptions: those whose names contain a
 * word, from an offset, up to a limit (queue-api 2.2); for API 3.0 with a selection among
 * them. */
#ifndef CMQ_OPERATIONS_PAGE_H
#define CMQ_OPERATIONS_PAGE_H

#include "engine/traits.h"

#include <stdint.h>

struct queue;
struct topic;
struct subscription;

enum { PAGE_MAX = 100, PAGE_DEFAULT = 20, SELECTION_NAMES_MAX = 100 };

/* A tag that items must have, with one of these values; any value if there are none. */
struct tag_wish {
    struct bytes key;
    const struct bytes *values;
    size_t value_count;
};

/* What items must be, beside the word: all that is given (api3 7.3, 8.4). */
struct selection {
    struct bytes name; /* exactly; data NULL: any. Of queues and topics: see page_names() */
    struct bytes part; /* of its name, in any case; empty: any */
    const struct bytes *names; /* one of these; NULL: any */
    size_t name_count;         /* at most SELECTION_NAMES_MAX */
    const struct tag_wish *wishes;
    size_t wish_count;
};

struct page {
    /* What was asked for. */
    struct bytes word; /* empty: all */
    int64_t offset, limit;
    const struct selection *selection; /* NULL: all */

    int64_t total; /* items that match, on the page or not */
    size_t count;  /* on the page */
    union {
        const struct queue *queues[PAGE_MAX];
        const struct topic *topics[PAGE_MAX];
        const struct subscription *subscriptions[PAGE_MAX];
    };
};

/* Begin an empty page of all items. limit is at most PAGE_MAX. */
void page_begin(struct page *p, struct bytes word, int64_t offset, int64_t limit);

/* Of a page that has begun: only what is selected, which lives as long as it; NULL: all. */
void page_select(struct page *p, const struct selection *s);

/* The names that all its items have, so that no others need be looked at: how many there are; data
 * NULL when there are others. */
size_t page_names(const struct page *p, const struct bytes **names);

/* What was found by its name: each item once, in order of creation. A zeroed count is none. */
struct found {
    size_t count;
    struct {
        uint64_t serial;
        const void *item;
    } at[SELECTION_NAMES_MAX];
};

/* Put an item in its place, unless it is there already. */
void found_put(struct found *f, const void *item, uint64_t serial);

/* Count an item if its name and tags match. True if it is on the page: the caller then appends it. */
bool page_takes(struct page *p, const char *name, const struct tags *tags);

/* Of a list with so many items: whether the rest of them need not be asked for, since the page is
 * full and all of them match. */
bool page_is_done(struct page *p, size_t items);

#endif
