#include "base/pieces.h"

#include "base/escape.h"

#include <assert.h>

/* Of this many bytes in Base64, padding and all. */
static size_t base64_length(size_t len)
{
    return (len + 2) / 3 * 4;
}

uint64_t pieces_length(const struct buffer *text)
{
    uint64_t total = text->len;
    for (size_t i = 0; i < buffer_loan_count(text); i++) {
        const struct loan *l = &text->loans->items[i];
        total += l->form == LOAN_ESCAPED ? l->blob->escaped_len : base64_length(l->blob->len);
    }
    return total;
}

void pieces_begin(struct pieces *p, const struct buffer *text)
{
    *p = (struct pieces){.text = text};
}

/* Three bytes, or the last one or two, as four characters. */
static void encode_three(const char *bytes, size_t count, char *to)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < count ? (unsigned char)bytes[i] : 0U);
    memset(to, '=', 4);
    for (size_t i = 0; i <= count; i++)
        to[i] = digits[bits >> (18 - 6 * i) & 63];
}

static size_t encode_some(struct bytes *rest, char *to, size_t room)
{
    size_t written = 0;
    for (; rest->len > 0 && room - written >= 4; written += 4) {
        size_t count = rest->len < 3 ? rest->len : 3;
        encode_three(rest->data, count, to + written);
        rest->data += count;
        rest->len -= count;
    }
    return written;
}

/* The text up to the next loan. */
static size_t copy_some(struct pieces *p, size_t until, char *to, size_t room)
{
    size_t len = until - p->at;
    if (len > room)
        len = room;
    if (len > 0)
        memcpy(to, p->text->data + p->at, len);
    p->at += len;
    return len;
}

/* Of the next loan; *over: all of it has been read. */
static size_t read_loan(struct pieces *p, char *to, size_t room, bool *over)
{
    const struct loan *l = &p->text->loans->items[p->loan];
    struct bytes rest = {l->blob->data + p->within, l->blob->len - p->within};
    size_t len =
        l->form == LOAN_ESCAPED ? escape_some(&rest, to, room) : encode_some(&rest, to, room);
    *over = rest.len == 0;
    p->within = l->blob->len - rest.len;
    return len;
}

size_t pieces_next(struct pieces *p, char *to, size_t room)
{
    size_t len = 0;
    for (;;) {
        bool lent = p->loan < buffer_loan_count(p->text);
        size_t until = lent ? p->text->loans->items[p->loan].at : p->text->len;
        len += copy_some(p, until, to + len, room - len);
        if (p->at < until || !lent)
            return len;
        bool over;
        len += read_loan(p, to + len, room - len, &over);
        if (!over)
            return len;
        p->loan++;
        p->within = 0;
    }
}

bool buffer_flatten(struct buffer *b)
{
    struct buffer flat = {0};
    struct pieces p;
    uint64_t total = pieces_length(b);
    if (buffer_loan_count(b) == 0)
        return true;
    if (total > SIZE_MAX || !buffer_reserve(&flat, (size_t)total))
        return false;
    pieces_begin(&p, b);
    flat.len = pieces_next(&p, flat.data, flat.room);
    assert(flat.len == total);
    flat.failed = b->failed;
    buffer_free(b);
    *b = flat;
    return true;
}
