#include "service/accept.h"

/* Take the part up to the separator off the rest; false when nothing is left. */
static bool next_part(struct bytes *rest, char separator, struct bytes *part)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->data, separator, rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    size_t over = end != NULL ? len + 1 : len;
    *part = bytes_trim((struct bytes){rest->data, len});
    rest->data += over;
    rest->len -= over;
    return true;
}

/* "q=0", "q=0.000"; and what is no number. */
static bool is_nothing(struct bytes parameter)
{
    if (parameter.len < 2 || ascii_lower(parameter.data[0]) != 'q' || parameter.data[1] != '=')
        return false;
    for (size_t i = 2; i < parameter.len; i++)
        if (parameter.data[i] >= '1' && parameter.data[i] <= '9')
            return false;
    return true;
}

enum accept accept_find(struct bytes list, const char *name)
{
    struct bytes item, part;
    while (next_part(&list, ',', &item)) {
        if (!next_part(&item, ';', &part) || !bytes_equal_nocase(part, bytes_of(name)))
            continue;
        while (next_part(&item, ';', &part))
            if (is_nothing(part))
                return ACCEPT_REFUSED;
        return ACCEPT_TAKEN;
    }
    return ACCEPT_UNNAMED;
}

bool accept_gzip(struct bytes list)
{
    enum accept gzip = accept_find(list, "gzip");
    if (gzip == ACCEPT_UNNAMED)
        gzip = accept_find(list, "x-gzip");
    if (gzip == ACCEPT_UNNAMED)
        gzip = accept_find(list, "*");
    return gzip == ACCEPT_TAKEN;
}

/* A tag that is weak will do: what is compared is whether the client has the bytes. */
bool accept_has_tag(struct bytes list, const char *tag)
{
    struct bytes item;
    while (next_part(&list, ',', &item)) {
        if (bytes_begin(item, "W/"))
            item = (struct bytes){item.data + 2, item.len - 2};
        if (bytes_equal(item, bytes_of(tag)) || bytes_equal(item, bytes_of("*")))
            return true;
    }
    return false;
}
