/* source.h - a text that is made as its reader takes it, and is never there as a whole.
 *
 * For     answers that are too long for that.
 * Memory  the source is its owner's, who ends it whether or not all has been taken. */
#ifndef CMQ_BASE_SOURCE_H
#define CMQ_BASE_SOURCE_H

#include "base/pieces.h"

struct source {
    /* Append the next part, so that what is not yet taken has some KiB. False, and nothing is
     * appended, behind the last one. Running out of memory shows in the buffer. */
    bool (*next)(struct source *s, struct buffer *to);
    void (*end)(struct source *s); /* frees it */
    size_t size; /* bytes of memory of its own, but for some; whoever has it counts them */
};

/* NULL is allowed and does nothing. */
static inline void source_end(struct source *s)
{
    if (s != NULL)
        s->end(s);
}

/* Append all of it, with what is lent written out, and end it. */
static inline void source_gather(struct source *s, struct buffer *to)
{
    struct buffer part = {0};
    while (!to->failed && s->next(s, &part)) {
        to->failed = to->failed || !buffer_flatten(&part) || part.failed;
        buffer_append(to, buffer_bytes(&part));
        buffer_clear(&part);
    }
    buffer_free(&part);
    s->end(s);
}

#endif
