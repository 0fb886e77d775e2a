#include "admin/twins.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 16 }; /* members that are compared all with all, which needs no memory */

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    return strcmp((*x)->string, (*y)->string);
}

static const cJSON *find_among_few(const cJSON *object)
{
    for (const cJSON *item = object->child; item != NULL; item = item->next)
        for (const cJSON *other = item->next; other != NULL; other = other->next)
            if (strcmp(item->string, other->string) == 0)
                return item;
    return NULL;
}

/* False when there is no memory. */
static bool find_among_many(const cJSON *object, size_t count, const cJSON **twin)
{
    const cJSON **list = malloc(count * sizeof(const cJSON *));
    size_t i = 0;
    if (list == NULL)
        return false;
    for (const cJSON *item = object->child; item != NULL; item = item->next)
        list[i++] = item;
    qsort(list, count, sizeof(const cJSON *), by_name);
    for (i = 1; i < count && *twin == NULL; i++)
        if (strcmp(list[i - 1]->string, list[i]->string) == 0)
            *twin = list[i];
    free(list);
    return true;
}

static bool check_object(const cJSON *object, const char *prefix, struct mistake *m)
{
    char path[MISTAKE_ARGUMENT_SIZE];
    const cJSON *twin = NULL;
    size_t count = (size_t)cJSON_GetArraySize(object);
    if (count <= FEW)
        twin = find_among_few(object);
    else if (!find_among_many(object, count, &twin))
        return mistake_set(m, 500, "no-memory", "", "no memory for the members");
    if (twin == NULL)
        return true;
    mistake_path(path, prefix, twin->string);
    return MISTAKE_INVALID(m, path, "%s is given twice", path);
}

/* As deep as the text was allowed to be. */
bool twins_none(const struct cJSON *json, const char *prefix, struct mistake *m)
{
    if (cJSON_IsObject(json) && !check_object(json, prefix, m))
        return false;
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        char path[MISTAKE_ARGUMENT_SIZE];
        bool named = item->child != NULL && item->string != NULL;
        if (named)
            mistake_path(path, prefix, item->string);
        if (item->child != NULL && !twins_none(item, named ? path : prefix, m))
            return false;
    }
    return true;
}
