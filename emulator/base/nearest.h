/* nearest.h - which of some names somebody meant who spelled one wrong.
 *
 *     struct nearest n = nearest_to(bytes_of("delaySecond"));
 *     nearest_try(&n, "queueName");
 *     nearest_try(&n, "delaySeconds");
 *     n.name is "delaySeconds"
 *
 * A name is near when few letters were inserted, left out or changed, two neighbours counting
 * as one when they were swapped, and case not at all. Of equally near ones the first counts. */
#ifndef CMQ_BASE_NEAREST_H
#define CMQ_BASE_NEAREST_H

#include "base/bytes.h"

struct nearest {
    struct bytes to;
    size_t distance;  /* of name, or the least that is no longer near */
    const char *name; /* NULL: none was near */
};

struct nearest nearest_to(struct bytes text);
void nearest_try(struct nearest *n, const char *name);

/* "; did you mean delaySeconds?" for the end of a message; "" if the name is NULL. Returns out. */
enum { NEAREST_HINT_SIZE = 96 };
const char *nearest_hint(const char *name, char out[NEAREST_HINT_SIZE]);

#endif
