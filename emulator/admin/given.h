/* given.h - the arguments of an admin call as they were given (admin 1.2): those of the query and
 * those of the body, a JSON object or a form, as one object. What is given twice is there twice.
 *
 * Bounds  a body has at most GIVEN_BODY_MAX bytes, and JSON at most so many values at so many
 *         levels as given_bounds says: what a call costs before its arguments are known to be its
 *         own is bounded by that. */
#ifndef CMQ_ADMIN_GIVEN_H
#define CMQ_ADMIN_GIVEN_H

#include "admin/mistake.h"
#include "base/form.h"
#include "base/json_read.h"

enum { GIVEN_BODY_MAX = 1048576 };

extern const struct json_bounds given_bounds;

/* The object is made of nodes of both trees. A zeroed struct has none. */
struct given {
    struct cJSON *object;
    struct json query, body;
};

/* False, with *m, when the body is neither, or too large. Either way given_free() frees what there
 * is. */
bool given_read(struct given *g, const struct form *query, struct bytes body,
                struct mistake *m);
void given_free(struct given *g);

/* Take the first member of this name out of the object; NULL if there is none. It is valid until
 * given_free(). */
struct cJSON *given_take(struct given *g, const char *name);

/* What is wrong with a JSON text, in words that follow its name; NULL when it is merely none. */
const char *given_fault(enum json_fault fault);

#endif
