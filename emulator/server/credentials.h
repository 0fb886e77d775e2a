/* credentials.h - the values of --credential: ID:KEY[:TOKEN][@NAMESPACE].
 *
 * An id and a key have no colon. The namespace is what follows the last "@" if that is a name of
 * a namespace; else the "@" belongs to the key or the token. So "id:k@x" is a key in x, and
 * "id:k@x@default" the key "k@x" in default.
 *
 * Memory  what is read points into the value, which points into argv or the environment.
 * Errors  no message has the key, the token, or a value in which they could not be told. */
#ifndef CMQ_SERVER_CREDENTIALS_H
#define CMQ_SERVER_CREDENTIALS_H

#include "namespace/registry.h"
#include "server/option_list.h"

#include <stdio.h>

struct credential_value {
    struct credential_texts texts;
    struct bytes namespace; /* "default" when none is given */
};

/* False, with what is wrong with the value in *why, when it is no credential. */
bool credential_value_read(struct bytes text, struct credential_value *out, const char **why);

/* Give each credential of the list to its namespace, which is made if there is none of that
 * name. On false some have been, the process should end, and why has been written to errors. */
bool credentials_apply(const struct option_list *list, struct registry *r, cmq_ms real_now_ms,
                       FILE *errors);

#endif
