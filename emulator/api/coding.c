#include "api/coding.h"

#include "base/form.h"

/* What is neither letter nor digit, and is left as it is all the same; data NULL for codings
 * that encode nothing. */
static const struct {
    const char *safe;
    char blank; /* 0 for "%20" */
    bool lower;
} codings[CODINGS] = {
    [CODING_RFC3986] = {"-_.~", 0, false},         [CODING_PYTHON] = {"-_.~/", 0, false},
    [CODING_JAVASCRIPT] = {"-_.~!*'()", 0, false}, [CODING_FORM] = {"-_.~", '+', false},
    [CODING_JAVA] = {"-_.*", '+', false},          [CODING_PHP] = {"-_.", '+', false},
    [CODING_RFC3986_LOWER] = {"-_.~", 0, true},    [CODING_FORM_LOWER] = {"-_.!*()", '+', true},
};

static bool is_safe(enum coding coding, char c)
{
    char lower = ascii_lower(c);
    if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr(codings[coding].safe, c) != NULL;
}

void coder_begin(struct coder *c, enum coding coding, struct bytes value)
{
    c->coding = coding;
    c->rest = coding == CODING_TRIMMED ? bytes_trim(value) : value;
}

/* Take a piece off the front. */
static struct bytes take(struct coder *c, size_t len)
{
    struct bytes taken = {c->rest.data, len};
    c->rest.data += len;
    c->rest.len -= len;
    return taken;
}

static size_t encode(enum coding coding, char c, char *out)
{
    const char *digits = codings[coding].lower ? "0123456789abcdef" : "0123456789ABCDEF";
    unsigned char byte = (unsigned char)c;
    if (c == ' ' && codings[coding].blank != 0)
        c = codings[coding].blank;
    else if (!is_safe(coding, c)) {
        out[0] = '%';
        out[1] = digits[byte >> 4];
        out[2] = digits[byte & 15];
        return 3;
    }
    out[0] = c;
    return 1;
}

static struct bytes encode_next(struct coder *c)
{
    size_t len = 0, read = 0;
    while (read < c->rest.len && len + CODING_GROWTH <= sizeof c->chunk)
        len += encode(c->coding, c->rest.data[read++], c->chunk + len);
    take(c, read);
    return (struct bytes){c->chunk, len};
}

static struct bytes plus_next(struct coder *c)
{
    struct bytes piece = take(c, c->rest.len < sizeof c->chunk ? c->rest.len : sizeof c->chunk);
    memcpy(c->chunk, piece.data, piece.len);
    for (size_t i = 0; i < piece.len; i++)
        if (c->chunk[i] == ' ')
            c->chunk[i] = '+';
    return (struct bytes){c->chunk, piece.len};
}

/* A chunk must not end within a "%XX". */
static struct bytes decode_next(struct coder *c)
{
    size_t len = c->rest.len < sizeof c->chunk ? c->rest.len : sizeof c->chunk;
    if (len < c->rest.len)
        for (size_t i = len - 2; i < len; i++)
            if (c->rest.data[i] == '%')
                len = i;
    memcpy(c->chunk, take(c, len).data, len);
    return (struct bytes){c->chunk, form_decode(c->chunk, len)};
}

struct bytes coder_next(struct coder *c)
{
    if (c->rest.len == 0)
        return (struct bytes){NULL, 0};
    if (c->coding == CODING_NONE || c->coding == CODING_TRIMMED)
        return take(c, c->rest.len);
    if (c->coding == CODING_PLUS)
        return plus_next(c);
    if (c->coding == CODING_DECODED)
        return decode_next(c);
    return encode_next(c);
}

bool coding_changes(enum coding coding, struct bytes value)
{
    struct coder c;
    size_t at = 0;
    coder_begin(&c, coding, value);
    if (coding == CODING_TRIMMED)
        return c.rest.len != value.len;
    for (struct bytes piece; (piece = coder_next(&c)).len > 0; at += piece.len)
        if (piece.len > value.len - at || memcmp(piece.data, value.data + at, piece.len) != 0)
            return true;
    return at != value.len;
}
