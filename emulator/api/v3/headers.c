#include "api/v3/headers.h"

struct bytes v3_header(struct bytes headers, struct bytes name)
{
    while (headers.len > 0) {
        const char *end = memchr(headers.data, '\n', headers.len);
        size_t len = end != NULL ? (size_t)(end - headers.data) : headers.len;
        bool this_one = len > name.len && headers.data[name.len] == ':' &&
                        bytes_equal_nocase((struct bytes){headers.data, name.len}, name);
        if (this_one)
            return bytes_trim((struct bytes){headers.data + name.len + 1, len - name.len - 1});
        len += end != NULL;
        headers.data += len;
        headers.len -= len;
    }
    return (struct bytes){NULL, 0};
}
