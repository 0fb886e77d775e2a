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

enum { NEAREST_TRIED_SIZE = 200 };

struct nearest {
    struct bytes to;
    size_t distance;                /* of name, or the least that is no longer near */
    const char *name;               /* NULL: none was near */
    bool more;                      /* than there is room for in: */
    char tried[NEAREST_TRIED_SIZE]; /* "queueName, delaySeconds, ..." */
};

struct nearest nearest_to(struct bytes text);
void nearest_try(struct nearest *n, const char *name);

/* "; did you mean delaySeconds?" for the end of a message; "" if the name is NULL. Returns out. */
enum { NEAREST_HINT_SIZE = 96 };
const char *nearest_hint(const char *name, char out[NEAREST_HINT_SIZE]);

/* The same of the nearest name; if none was near, those that were tried: "; known are queueName, delaySeconds".
 * "" if none was tried. Returns out. */
enum { NEAREST_CHOICE_SIZE = NEAREST_TRIED_SIZE + 32 };
const char *nearest_choice(const struct nearest *n, char out[NEAREST_CHOICE_SIZE]);

#endif
