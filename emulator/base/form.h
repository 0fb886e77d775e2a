/* form.h - parameters of a request, from a query string or a form body.
 *
 * The text is decoded in place ("%XX", and "+" as a blank), so the values lie in the caller's
 * memory. Lenient as the clients need it (sdk-compat 9): a stray "%" stands for itself, a pair
 * is split at its first "=", any bytes may occur in values. Blanks around a name are left out.
 */
#ifndef CMQ_BASE_FORM_H
#define CMQ_BASE_FORM_H

#include "base/bytes.h"

enum { FORM_PAIRS_MAX = 1000 };

struct pair {
    struct bytes name, value;
};

struct form {
    struct pair *pairs; /* in order of arrival */
    size_t count, room;
    size_t decoded_len; /* of all names and values */
};

/* Replace what f holds. False when there are too many pairs, or no memory. A zeroed struct form
 * is an empty one. */
bool form_parse(struct form *f, char *text, size_t len);

void form_clear(struct form *f);
void form_free(struct form *f);

/* The last value of that name (common 14: last one wins); NULL if there is none. */
const struct bytes *form_find(const struct form *f, struct bytes name);

/* Decode in place; returns the new length. */
size_t form_decode(char *text, size_t len);

#endif
