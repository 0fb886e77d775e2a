/* twins.h - members of one name in a JSON object: readers take the first or the last of them, so
 * whoever wrote both is told. */
#ifndef CMQ_ADMIN_TWINS_H
#define CMQ_ADMIN_TWINS_H

#include "admin/mistake.h"

struct cJSON;

/* Check that no object within json, at any depth, has two members of one name. False, with *m;
 * prefix is the path of json. Cost: that of sorting the members of each object. */
bool twins_none(const struct cJSON *json, const char *prefix, struct mistake *m);

#endif
