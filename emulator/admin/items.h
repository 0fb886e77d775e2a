/* items.h - going through a list in a JSON object, with the path of each item for messages. */
#ifndef CMQ_ADMIN_ITEMS_H
#define CMQ_ADMIN_ITEMS_H

#include "admin/mistake.h"

struct cJSON;

/* Handle one item, with a path such as "queues[0]". False, with *m, if it is wrong. */
typedef bool item_fn(const struct cJSON *item, const char *path, void *context,
                     struct mistake *m);

/* Call take for each item of the object's list of this name, up to the first that is wrong.
 * True if there is no such member. prefix is the object's own path. */
bool items_each(const struct cJSON *object, const char *prefix, const char *name, item_fn *take,
                void *context, struct mistake *m);

#endif
