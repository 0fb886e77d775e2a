#include "admin/items.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

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
    size_t path_len = strlen(path), room = sizeof item_path - path_len;
    memcpy(item_path, path, path_len);
    cJSON_ArrayForEach (item, list) {
        int len = snprintf(item_path + path_len, room, "[%d]", i++);
        if ((size_t)len >= room)
            return MISTAKE_INVALID(m, path, "%s is too deep", path);
        if (!take(item, item_path, context, m))
            return false;
    }
    return true;
}
