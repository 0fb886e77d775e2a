/* bytes.h - a run of bytes with a length; it may contain NUL and is not terminated.
 *
 * A struct bytes does not own its memory: it is valid as long as whatever it points into. */
#ifndef CMQ_BASE_BYTES_H
#define CMQ_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bytes {
    const char *data;
    size_t len;
};

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){text, strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* What is behind the first n bytes, of which there are so many. */
static inline struct bytes bytes_behind(struct bytes text, size_t n)
{
    if (n > 0) /* a text without data has nothing to add to */
        text = (struct bytes){text.data + n, text.len - n};
    return text;
}

static inline bool bytes_begin(struct bytes text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* Only ASCII letters, whatever the locale. */
static inline char ascii_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    return c;
}

static inline bool bytes_equal_nocase(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    if (a.len == 0 || memcmp(a.data, b.data, a.len) == 0) /* as most that are alike */
        return true;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

static inline bool byte_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text without the blanks and line breaks at its ends. */
static inline struct bytes bytes_trim(struct bytes text)
{
    while (text.len > 0 && byte_is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && byte_is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

#endif
