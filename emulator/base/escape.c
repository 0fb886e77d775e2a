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
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4) /* a byte may be one of many that are none */
        return 0;
    unsigned char second = bytes.len > 1 ? (unsigned char)bytes.data[1] : 0;
    if (first <= 0xdf)
        return continues(bytes, 1, 2) ? 2 : 0;
    if (first <= 0xef) {
        bool overlong = first == 0xe0 && second < 0xa0;
        bool surrogate = first == 0xed && second > 0x9f;
        return !overlong && !surrogate && continues(bytes, 1, 3) ? 3 : 0;
    }
    bool overlong = first == 0xf0 && second < 0x90;
    bool beyond = first == 0xf4 && second > 0x8f;
    return !overlong && !beyond && continues(bytes, 1, 4) ? 4 : 0;
}

struct bytes utf8_cut(struct bytes text, size_t max)
{
    enum { BEHIND_FIRST = 3 }; /* bytes of a character at the most */
    if (text.len <= max)
        return text;
    size_t least = max > BEHIND_FIRST ? max - BEHIND_FIRST : 0;
    for (size_t len = max; len >= least; len--) {
        if (((unsigned char)text.data[len] & 0xc0) != 0x80)
            return (struct bytes){text.data, len};
        if (len == 0)
            break;
    }
    return (struct bytes){text.data, max}; /* it is no UTF-8 */
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

/* What a byte of ASCII that is not plain becomes. */
struct escape {
    char text[7];
    uint8_t len;
};

/* clang-format off */
#define CODE(digits) {"\\u00" digits, ESCAPE_LONGEST}
static const struct escape escapes[0x80] = {
    CODE("00"), CODE("01"), CODE("02"), CODE("03"), CODE("04"), CODE("05"), CODE("06"), CODE("07"),
    {"\\b", 2}, {"\\t", 2}, {"\\n", 2}, CODE("0b"), {"\\f", 2}, {"\\r", 2}, CODE("0e"), CODE("0f"),
    CODE("10"), CODE("11"), CODE("12"), CODE("13"), CODE("14"), CODE("15"), CODE("16"), CODE("17"),
    CODE("18"), CODE("19"), CODE("1a"), CODE("1b"), CODE("1c"), CODE("1d"), CODE("1e"), CODE("1f"),
    ['"'] = {"\\\"", 2}, ['\\'] = {"\\\\", 2},
};
#undef CODE
/* clang-format on */

/* The character or the invalid byte at the front, which is not plain, becomes *len bytes; returns
 * how many bytes it has. */
static size_t escape_one(struct bytes bytes, char out[sizeof escapes[0].text], size_t *len)
{
    unsigned char first = (unsigned char)bytes.data[0];
    if (first < 0x80) {
        memcpy(out, escapes[first].text, sizeof escapes[first].text);
        *len = escapes[first].len;
        return 1;
    }
    size_t sequence = utf8_sequence(bytes);
    if (sequence == 0) {
        memcpy(out, "\xef\xbf\xbd", 3);
        *len = 3;
        return 1;
    }
    for (size_t i = 0; i < sequence; i++)
        out[i] = bytes.data[i];
    *len = sequence;
    return sequence;
}

static void take(struct bytes *rest, size_t len)
{
    rest->data += len;
    rest->len -= len;
}

/* Those at the front that are not plain, as long as the room has place for any. */
static size_t escape_run(struct bytes *rest, char *to, size_t room)
{
    size_t written = 0, len;
    while (rest->len > 0 && room - written >= sizeof escapes[0].text &&
           !is_plain((unsigned char)rest->data[0])) {
        take(rest, escape_one(*rest, to + written, &len));
        written += len;
    }
    return written;
}

/* The one at the front, into what is left of the room; 0: it does not fit. */
static size_t escape_last(struct bytes *rest, char *to, size_t room)
{
    char one[sizeof escapes[0].text];
    size_t len;
    if (rest->len == 0 || is_plain((unsigned char)rest->data[0]))
        return 0;
    size_t read = escape_one(*rest, one, &len);
    if (len > room)
        return 0;
    memcpy(to, one, len);
    take(rest, read);
    return len;
}

size_t escape_some(struct bytes *rest, char *to, size_t room)
{
    size_t written = 0;
    for (size_t before = SIZE_MAX; rest->len > 0 && written != before;) {
        before = written;
        size_t plain = plain_run(*rest, room - written);
        memcpy(to + written, rest->data, plain);
        written += plain;
        take(rest, plain);
        written += escape_run(rest, to + written, room - written);
        if (room - written < sizeof escapes[0].text)
            written += escape_last(rest, to + written, room - written);
    }
    return written;
}

/* How many of the first bytes are ASCII that is escaped; what they become is added to *len. */
static size_t escaped_run(struct bytes bytes, size_t most, size_t *len)
{
    size_t at = 0, sum = 0;
    for (; at < most; at++) {
        unsigned char c = (unsigned char)bytes.data[at];
        if (c >= 0x80 || escapes[c].len == 0)
            break;
        sum += escapes[c].len;
    }
    *len += sum;
    return at;
}

/* The same of the character, or the invalid byte, at the front, if it is no ASCII. */
static size_t count_foreign(struct bytes bytes, struct escape_count *c)
{
    if ((unsigned char)bytes.data[0] < 0x80)
        return 0;
    size_t sequence = utf8_sequence(bytes);
    c->len += sequence > 0 ? sequence : 3;
    c->broken = c->broken || sequence == 0;
    return sequence > 0 ? sequence : 1;
}

/* What is still coming may belong to a character that begins in the last three bytes. */
void escape_count_more(struct escape_count *c, struct bytes value, bool whole)
{
    enum { UNSURE = 3 };
    size_t end = whole ? value.len : value.len < UNSURE ? 0 : value.len - UNSURE;
    while (c->seen < end) {
        struct bytes rest = bytes_behind(value, c->seen);
        size_t plain = plain_run(rest, end - c->seen);
        c->len += plain;
        take(&rest, plain);
        size_t escaped = escaped_run(rest, end - c->seen - plain, &c->len);
        take(&rest, escaped);
        c->seen += plain + escaped;
        if (c->seen < end)
            c->seen += count_foreign(rest, c);
    }
}

size_t escape_length(struct bytes value, bool *utf8)
{
    struct escape_count c = {.seen = 0};
    escape_count_more(&c, value, true);
    *utf8 = !c.broken;
    return c.len;
}
