#include "base/number.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* *fits: whether it is within INT64_MAX, and so told as it is. */
static bool parse(struct bytes text, int64_t *out, bool *fits)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == text.len)
        return false;
    int64_t n = 0;
    *fits = true;
    for (; at < text.len; at++) {
        if (!is_digit(text.data[at]))
            return false;
        int64_t d = text.data[at] - '0';
        *fits = *fits && n <= (INT64_MAX - d) / 10;
        n = *fits ? n * 10 + d : INT64_MAX;
    }
    *out = negative ? -n : n;
    return true;
}

bool parse_int(struct bytes text, int64_t *out)
{
    bool fits;
    return parse(text, out, &fits);
}

bool parse_int_exactly(struct bytes text, int64_t *out)
{
    bool fits;
    return parse(text, out, &fits) && fits;
}
