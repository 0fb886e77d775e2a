#include "server/option_list.h"

static bool separates(char c)
{
    return c == ',' || c == ' ' || (c >= '\t' && c <= '\r');
}

bool option_list_next(struct bytes *rest, struct bytes *value)
{
    const char *at = rest->data;
    const char *end = at + rest->len;
    while (at < end && separates(*at))
        at++;
    const char *begin = at;
    while (at < end && !separates(*at))
        at++;
    *value = (struct bytes){begin, (size_t)(at - begin)};
    *rest = (struct bytes){at, (size_t)(end - at)};
    return value->len > 0;
}

bool option_list_add(struct option_list *list, struct bytes value, bool of_environment)
{
    if (list->of_environment && !of_environment)
        list->count = 0;
    list->of_environment = of_environment;
    if (list->count == OPTION_LIST_MAX)
        return false;
    list->values[list->count++] = value;
    return true;
}
