/* pieces.h - a text with loans, read from its front in pieces.
 *
 * Blobs are escaped or encoded piece by piece on the way: an answer of gibibytes takes no more
 * memory than its text and one piece.
 *
 * Memory  the buffer is only read; it must not change until all is read. */
#ifndef CMQ_BASE_PIECES_H
#define CMQ_BASE_PIECES_H

#include "base/buffer.h"

struct pieces {
    const struct buffer *text;
    size_t at;     /* so much of the text has been read */
    size_t loan;   /* so many loans have been read */
    size_t within; /* so many bytes of the blob of the next one, before they became longer */
};

/* How long the text is with its loans. The cost is that of counting the loans. */
uint64_t pieces_length(const struct buffer *text);

void pieces_begin(struct pieces *p, const struct buffer *text);

/* The next piece: as much as the room has place for; returns its length. No escape, and no
 * character of a body, is cut in two, so a piece may be a few bytes shorter than the room. 0:
 * nothing is left, or the room is too small. */
size_t pieces_next(struct pieces *p, char *to, size_t room);

/* Write the loans into the text: then it has none. False, and nothing has changed, when there is no
 * memory. */
bool buffer_flatten(struct buffer *b);

#endif
