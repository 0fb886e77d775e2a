#include "base/number.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool parse_int(struct bytes text, int64_t *out)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == text.len)
        return false;
    int64_t n = 0;
    for (; at < text.len; at++) {
        if (!is_digit(text.data[at]))
            return false;
        int64_t d = text.data[at] - '0';
        n = n > (INT64_MAX - d) / 10 ? INT64_MAX : n * 10 + d;
    }
    *out = negative ? -n : n;
    return true;
}
