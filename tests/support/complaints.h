/* complaints.h - what is wrong with an answer, as sentences in a buffer.
 *
 * Who checks adds one sentence for each thing that is wrong; an empty buffer says that all is well. */
#ifndef CMQ_TESTS_COMPLAINTS_H
#define CMQ_TESTS_COMPLAINTS_H

#include "base/buffer.h"

/* Add a sentence of at most 1023 bytes; the rest of a longer one is left out. */
__attribute__((format(printf, 2, 3))) void complain(struct buffer *complaints,
                                                    const char *format, ...);

#endif
