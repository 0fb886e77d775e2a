/* option_list.h - the values of an option that may be given more than once.
 *
 * On the command line each has a value of its own; the environment variable has all of them,
 * separated by commas or blanks. As everywhere the command line takes precedence: its first value
 * replaces those of the environment. */
#ifndef CMQ_SERVER_OPTION_LIST_H
#define CMQ_SERVER_OPTION_LIST_H

#include "base/bytes.h"

#include <stddef.h>

enum { OPTION_LIST_MAX = 100 };

struct option_list {
    size_t count;
    bool of_environment;
    struct bytes values[OPTION_LIST_MAX]; /* point into argv or the environment */
};

/* Take the next value off a text of several; false when there is none left. */
bool option_list_next(struct bytes *rest, struct bytes *value);

/* False when there are too many. */
bool option_list_add(struct option_list *list, struct bytes value, bool of_environment);

#endif
