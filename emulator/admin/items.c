#include "admin/items.h"

#include <cjson/cJSON.h>
#include <stdio.h>

bool items_each(const struct cJSON *object, const char *prefix, const char *name, item_fn *take,
                void *context, struct mistake *m)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);
    char path[MISTAKE_ARGUMENT_SIZE];
    char item_path[MISTAKE_ARGUMENT_SIZE];
    const cJSON *item;
    int i = 0;
    mistake_path(path, prefix, name);
    if (list == NULL)
        return true;
    if (!cJSON_IsArray(list))
        return MISTAKE_INVALID(m, path, "%s must be a list", path);
    cJSON_ArrayForEach (item, list) {
        int len = snprintf(item_path, sizeof item_path, "%s[%d]", path, i++);
        if (len >= MISTAKE_ARGUMENT_SIZE)
            return MISTAKE_INVALID(m, path, "%s is too deep", path);
        if (!take(item, item_path, context, m))
            return false;
    }
    return true;
}
