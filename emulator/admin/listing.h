/* listing.h - one page of a list: from an offset on, so many at the most, and no more than a few
 * milliseconds' worth of text.
 *
 * Whoever asks for everything of a long list gets its beginning, and the offset to go on with. */
#ifndef CMQ_ADMIN_LISTING_H
#define CMQ_ADMIN_LISTING_H

#include "admin/call_arguments.h"
#include "base/buffer.h"

enum {
    LISTING_MOST = 1000,        /* unless a list says otherwise */
    LISTING_TEXT_MAX = 4 << 20, /* bytes; 2 ms on the machine that it was measured on */
};

struct listing {
    struct buffer *out;
    size_t text_end; /* it is over when the text has this length */
    int64_t offset;
    int64_t skip, limit; /* how many more are left out, and shown after that */
    int64_t shown;
};

/* Rows of a route's table of arguments, and the two of them in the order of these. */
#define LISTING_OFFSET                                                                         \
    {                                                                                          \
        .name = "offset", .kind = ARGUMENT_NUMBER, .max = INT32_MAX, .otherwise = "0",         \
        .help = "how many are left out before"                                                 \
    }
#define LISTING_LIMIT(most, preset)                                                            \
    {                                                                                          \
        .name = "limit", .kind = ARGUMENT_NUMBER, .max = (most), .otherwise = (preset),        \
        .help = "how many are shown at the most"                                               \
    }

/* A row for lists of what has names, behind those two: only those that contain a text. All names
 * have to be looked at then, 100 000 of them in some milliseconds, as by ListQueue. */
#define LISTING_SEARCH                                                                         \
    {                                                                                          \
        .name = "search", .kind = ARGUMENT_TEXT, .min = 1, .max = ARGUMENT_NAME_MAX,           \
        .help = "what names must contain; all if not given"                                    \
    }

/* Whether this name is asked for. */
bool listing_asks_for(const struct argument_value *search, const char *name);

/* A row for how much is shown of a body: what people look at is the front, and a page of whole ones
 * has no bound. It counts as text of the page. */
enum { LISTING_CUT_MAX = 65536 };
#define LISTING_CUT                                                                            \
    {                                                                                          \
        .name = "cut", .kind = ARGUMENT_NUMBER, .max = LISTING_CUT_MAX,                        \
        .help = "how many bytes of a body are shown at the most; all if not given"             \
    }

/* What it says to write_body(). */
size_t listing_body_max(const struct argument_value *cut);

/* Open the list of this key, from values[0], the offset, on, up to values[1], the limit. */
void listing_begin(struct listing *l, struct buffer *out, const char *key,
                   const struct argument_value values[2]);

/* Nothing more is to be written: the page is full. */
bool listing_is_full(const struct listing *l);

/* It has no more text, whatever its limit is. */
bool listing_has_no_room(const struct listing *l);

/* The next item of the list: whether it is to be written. Ask before listing_is_full(). */
bool listing_takes(struct listing *l);

/* Items that need not be looked at: as many of the next ones as are left out. The caller skips
 * them. */
int64_t listing_skip(struct listing *l, int64_t count);

/* Close the list. If it goes on behind this page, "next" is the offset to go on with. */
void listing_end(struct listing *l, int64_t total);

#endif
