#include "admin/asset.h"

/* The rows assets[]. */
#include "admin/assets.inc"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const struct asset *asset_at(size_t i)
{
    return i < COUNT(assets) ? &assets[i] : NULL;
}

const struct asset *asset_find(struct bytes name)
{
    for (size_t i = 0; i < COUNT(assets); i++)
        if (bytes_equal(name, bytes_of(assets[i].name)))
            return &assets[i];
    return NULL;
}

static bool is_letter_or_digit(char c)
{
    char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

bool asset_is_name(struct bytes name)
{
    enum { LONGEST = 64 };
    if (name.len == 0 || name.len > LONGEST || name.data[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter_or_digit(name.data[i]) && name.data[i] != '.' && name.data[i] != '-' &&
            name.data[i] != '_')
            return false;
    return true;
}

/* The Makefile embeds files of these, too. */
const char *asset_type(struct bytes name)
{
    static const struct {
        const char *ending, *type;
    } rows[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml; charset=utf-8"},
        {".png", "image/png"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].ending);
        if (name.len > len && memcmp(name.data + name.len - len, rows[i].ending, len) == 0)
            return rows[i].type;
    }
    return NULL;
}
