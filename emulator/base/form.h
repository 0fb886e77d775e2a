/* form.h - parameters of a request, from a query string or a form body.
 *
 * The text is decoded in place ("%XX", and "+" as a blank), so the values lie in the caller's
 * memory. As lenient as clients need it (sdk-compat 9): a stray "%" stands for itself, a pair
 * is split at its first "=", values may contain any bytes. Blanks around a name do not count,
 * but a signature covers them (sdk-compat 9.12). */
#ifndef CMQ_BASE_FORM_H
#define CMQ_BASE_FORM_H

#include "base/bytes.h"

enum { FORM_PAIRS_MAX = 1000 };

struct pair {
    struct bytes name, value;
    struct bytes whole_name; /* with the blanks around it */
};

struct form {
    struct pair *pairs; /* in order of arrival */
    size_t count, room;
    size_t decoded_len; /* of all names and values */
    bool no_memory;     /* for all pairs of the text that was parsed */
};

/* Parse text into f, replacing its pairs. False when there are more than FORM_PAIRS_MAX, or
 * as many times nothing between two "&", or no memory, which f->no_memory tells; f then has the
 * pairs before that. A zeroed struct form is an empty one. */
bool form_parse(struct form *f, char *text, size_t len);

void form_clear(struct form *f);
void form_free(struct form *f);

/* The value of that name, the last one if there are several (common 14); NULL for none. Inline, so
 * that the compiler knows the length of the name, by which nearly all others are told apart. */
static inline const struct bytes *form_find(const struct form *f, struct bytes name)
{
    for (size_t i = f->count; i-- > 0;)
        if (bytes_equal(f->pairs[i].name, name))
            return &f->pairs[i].value;
    return NULL;
}

/* The same, with data NULL for none. */
static inline struct bytes form_value(const struct form *f, const char *name)
{
    const struct bytes *value = form_find(f, bytes_of(name));
    return value != NULL ? *value : (struct bytes){NULL, 0};
}

/* Decode in place; returns the new length. */
size_t form_decode(char *text, size_t len);

#endif
