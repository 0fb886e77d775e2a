#include "api/v3/headers.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct bytes v3_trim(struct bytes text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

struct bytes v3_header(struct bytes headers, struct bytes name)
{
    while (headers.len > 0) {
        const char *end = memchr(headers.data, '\n', headers.len);
        size_t len = end != NULL ? (size_t)(end - headers.data) : headers.len;
        bool this_one = len > name.len && headers.data[name.len] == ':' &&
                        bytes_equal_nocase((struct bytes){headers.data, name.len}, name);
        if (this_one)
            return v3_trim((struct bytes){headers.data + name.len + 1, len - name.len - 1});
        len += end != NULL;
        headers.data += len;
        headers.len -= len;
    }
    return (struct bytes){NULL, 0};
}
