/* slabs.h - memory that goes back to the system as it is freed, without a search for it.
 *
 * For     what an engine has very many of: messages, their bodies, queues, names. The C library
 *         keeps what was freed, and giving that back means walking through all of its heap.
 * How     pieces of one class of sizes lie in chunks of their own. A chunk without a piece in use
 *         goes back as a whole; one of each class is kept, with its first pages, so that
 *         a single piece that comes and goes costs no calls of the system.
 * Cost    O(1), and less than malloc() in most cases. Giving chunks back takes some microseconds
 *         each, at most one with a piece.
 * Sizes   a piece takes 8 bytes more than was asked for, rounded up to a class: to 16 bytes up to
 *         512, by an eighth at most above that. More than 128 KiB is mapped by itself.
 * Memory  a chunk stays as long as one piece in it is used. What lives long should therefore not
 *         be mixed with more of the same size that lives short.
 * Errors  as those of an allocator: NULL when the system has no more. */
#ifndef CMQ_SERVER_SLABS_H
#define CMQ_SERVER_SLABS_H

#include "base/allocator.h"

struct slabs;

/* NULL when there is no memory. */
struct slabs *slabs_new(void);

/* All that was taken from it must have been given back. */
void slabs_free(struct slabs *s);

/* Takes from s and gives back there. */
struct allocator slabs_allocator(struct slabs *s);

/* What s has of the system, also what is not in use: address space, in bytes. */
size_t slabs_mapped(const struct slabs *s);

#endif
