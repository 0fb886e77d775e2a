/* items.h - the items of a list in a JSON object, one after the other. */
#ifndef CMQ_ADMIN_ITEMS_H
#define CMQ_ADMIN_ITEMS_H

#include "admin/mistake.h"

struct cJSON;

/* Take one item; its path is "queues[0]". False, with *m, if it is wrong. */
typedef bool item_fn(const struct cJSON *item, const char *path, void *context,
                     struct mistake *m);

/* Take each item of the list that the object has under this name, if it has one; stop at the
 * first that is wrong. prefix is the object's own path. */
bool items_each(const struct cJSON *object, const char *prefix, const char *name, item_fn *take,
                void *context, struct mistake *m);

#endif
