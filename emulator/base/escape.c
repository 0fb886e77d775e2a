/* utf8_sequence() accepts what RFC 3629 does: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 *
 * Nearly all bytes are plain: ASCII that needs no escape. These are found and copied eight at a
 * time, for a message may have a mebibyte of them. */
#include "base/escape.h"

#include <stdint.h>

static bool continues(struct bytes bytes, size_t from, size_t to)
{
    if (bytes.len < to)
        return false;
    for (size_t i = from; i < to; i++)
        if (((unsigned char)bytes.data[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t utf8_sequence(struct bytes bytes)
{
    if (bytes.len == 0)
        return 0;
    unsigned char first = (unsigned char)bytes.data[0];
    unsigned char second = bytes.len > 1 ? (unsigned char)bytes.data[1] : 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return continues(bytes, 1, 2) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        bool overlong = first == 0xe0 && second < 0xa0;
        bool surrogate = first == 0xed && second > 0x9f;
        return !overlong && !surrogate && continues(bytes, 1, 3) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        bool overlong = first == 0xf0 && second < 0x90;
        bool beyond = first == 0xf4 && second > 0x8f;
        return !overlong && !beyond && continues(bytes, 1, 4) ? 4 : 0;
    }
    return 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Whether the eight bytes at this place are plain. Each term has the highest bit of a byte set
 * if that byte, or one before it, is what the term looks for. */
static bool are_plain(const char *eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highest = ones << 7;
    uint64_t w;
    memcpy(&w, eight, sizeof w);
    uint64_t quote = w ^ ones * '"';
    uint64_t backslash = w ^ ones * '\\';
    uint64_t found = w | (w - ones * 0x20) | (quote - ones) | (backslash - ones);
    return (found & highest) == 0;
}

/* How many of the first bytes are plain, at most as many as there may be. */
static size_t plain_run(struct bytes bytes, size_t most)
{
    size_t at = 0;
    if (bytes.len < most)
        most = bytes.len;
    while (most - at >= 8 && are_plain(bytes.data + at))
        at += 8;
    while (at < most && is_plain((unsigned char)bytes.data[at]))
        at++;
    return at;
}

/* One that is not plain; returns the length of its escape. */
static size_t escape_ascii(unsigned char c, char out[ESCAPE_LONGEST])
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    out[0] = '\\';
    out[1] = (char)c;
    if (c == '"' || c == '\\')
        return 2;
    out[1] = letters[c];
    if (letters[c] != 0)
        return 2;
    memcpy(out + 1, "u00", 3);
    out[4] = digits[c >> 4];
    out[5] = digits[c & 15];
    return 6;
}

/* The character or the invalid byte at the front, which is not plain: what it becomes; returns
 * how many bytes it has. */
static size_t escape_one(struct bytes bytes, char out[ESCAPE_LONGEST], size_t *len)
{
    size_t sequence = utf8_sequence(bytes);
    if (sequence == 1) {
        *len = escape_ascii((unsigned char)bytes.data[0], out);
        return 1;
    }
    if (sequence == 0) {
        memcpy(out, "\xef\xbf\xbd", 3);
        *len = 3;
        return 1;
    }
    memcpy(out, bytes.data, sequence);
    *len = sequence;
    return sequence;
}

static void take(struct bytes *rest, size_t len)
{
    rest->data += len;
    rest->len -= len;
}

size_t escape_some(struct bytes *rest, char *to, size_t room)
{
    size_t written = 0;
    while (rest->len > 0) {
        size_t plain = plain_run(*rest, room - written);
        memcpy(to + written, rest->data, plain);
        written += plain;
        take(rest, plain);
        if (rest->len == 0 || written == room)
            break;

        char one[ESCAPE_LONGEST];
        size_t len;
        size_t read = escape_one(*rest, one, &len);
        if (len > room - written)
            break;
        memcpy(to + written, one, len);
        written += len;
        take(rest, read);
    }
    return written;
}

size_t escape_length(struct bytes value, bool *utf8)
{
    size_t total = 0;
    *utf8 = true;
    while (value.len > 0) {
        size_t plain = plain_run(value, value.len);
        total += plain;
        take(&value, plain);
        if (value.len == 0)
            break;

        char one[ESCAPE_LONGEST];
        size_t len;
        if (utf8_sequence(value) == 0)
            *utf8 = false;
        take(&value, escape_one(value, one, &len));
        total += len;
    }
    return total;
}
