#include "server/flaws.h"

#include <stdint.h>

/* All of status 400 have one code: the text is for people. */
#define FLAW(name, text) static const struct flaw name = {400, "malformed-request", text}

FLAW(bad_method, "the request line has to begin with a method");
FLAW(bad_target, "the target of the request has a control character");
FLAW(hidden, "the head has a NUL, a folded line or a line that is no header");
FLAW(bad_name, "the name of a header has a character that names do not have, such as a blank");
FLAW(bad_value, "the value of a header has a control character");
FLAW(no_host, "a request of HTTP/1.1 needs a Host header");
FLAW(two_hosts, "the request has two Host headers");
FLAW(two_lengths, "the request has two Content-Length headers");
FLAW(two_codings, "the request has two Transfer-Encoding headers");
FLAW(length_and_coding, "the request has both Content-Length and Transfer-Encoding");
FLAW(coding_of_old, "a request of HTTP/1.0 cannot have a Transfer-Encoding");
static const struct flaw bad_version = {400, "no-http-1",
                                        "the request line has to end in HTTP/1.1 or HTTP/1.0"};
static const struct flaw unknown_coding = {
    501, "unknown-coding", "the only Transfer-Encoding that is known is chunked"};

static void find(struct flaws *f, const struct flaw *flaw)
{
    if (f->first == NULL)
        f->first = flaw;
}

/* What a byte is: a control character, or part of a token (RFC 9110 5.6.2). Those above 127 may be of
 * any character. */
enum { CONTROL = 1, TOKEN = 2 };

/* clang-format off */
static const uint8_t kinds[256] = {
#define C CONTROL
#define T TOKEN
    C, C, C, C, C, C, C, C,   C, 0, C, C, C, C, C, C, /* 9 is the tab */
    C, C, C, C, C, C, C, C,   C, C, C, C, C, C, C, C,
    0, T, 0, T, T, T, T, T,   0, 0, T, T, 0, T, T, 0, /*  ! #$%&'  ()*+,-./ */
    T, T, T, T, T, T, T, T,   T, T, 0, 0, 0, 0, 0, 0, /* 0 to 9 */
    0, T, T, T, T, T, T, T,   T, T, T, T, T, T, T, T, /* A to Z */
    T, T, T, T, T, T, T, T,   T, T, T, 0, 0, 0, T, T, /* ^ _ */
    T, T, T, T, T, T, T, T,   T, T, T, T, T, T, T, T, /* ` a to z */
    T, T, T, T, T, T, T, T,   T, T, T, 0, T, 0, T, C, /* | ~ */
#undef C
#undef T
};
/* clang-format on */

static bool is_token(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (kinds[(unsigned char)text.data[i]] != TOKEN)
            return false;
    return text.len > 0;
}

static bool has_controls(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (kinds[(unsigned char)text.data[i]] == CONTROL)
            return true;
    return false;
}

/* What may lie between two texts: libmicrohttpd puts at most two NULs there, for a line's end or a
 * colon, and leaves blanks out. */
static bool is_gap(const char *from, const char *to)
{
    size_t nuls = 0;
    for (const char *c = from; c < to; c++) {
        nuls += *c == '\0';
        if (*c != '\0' && !byte_is_blank(*c))
            return false;
    }
    return nuls <= 2;
}

/* The next text of the head. */
static void see(struct flaws *f, struct bytes text)
{
    const char *end = f->head.data + f->head.len;
    if (text.data < f->seen || text.data > end || (size_t)(end - text.data) < text.len ||
        !is_gap(f->seen, text.data)) {
        find(f, &hidden);
        return;
    }
    f->seen = text.data + text.len;
}

void flaws_begin(struct flaws *f, struct bytes head, struct bytes method, struct bytes target,
                 struct bytes version)
{
    *f = (struct flaws){.head = head, .seen = head.data};
    f->old = bytes_equal(version, bytes_of("HTTP/1.0"));
    if (!bytes_begin(version, "HTTP/1."))
        find(f, &bad_version);
    if (!is_token(method))
        find(f, &bad_method);
    see(f, method);
    see(f, target);
    see(f, version);
}

void flaws_judge_target(struct flaws *f, struct bytes target)
{
    if (has_controls(target))
        find(f, &bad_target);
}

static inline bool is(struct bytes name, const char *header)
{
    return bytes_equal_nocase(name, bytes_of(header));
}

void flaws_take(struct flaws *f, struct bytes name, struct bytes value)
{
    if (!is_token(name))
        find(f, &bad_name);
    if (has_controls(value))
        find(f, &bad_value);
    see(f, name);
    see(f, value);
    if (is(name, "Host")) {
        f->hosts++;
    } else if (is(name, "Content-Length")) {
        if (f->lengths++ == 0)
            f->length = value;
    } else if (is(name, "Transfer-Encoding")) {
        f->codings++;
        if (!is(value, "chunked"))
            find(f, &unknown_coding);
    }
}

const struct flaw *flaws_end(struct flaws *f)
{
    const char *end = f->head.data + f->head.len;
    size_t nuls = 0;
    for (const char *c = f->seen; c < end; c++)
        nuls += *c == '\0';
    if (nuls > 4) /* two lines end */
        find(f, &hidden);
    if (f->hosts > 1)
        find(f, &two_hosts);
    if (f->hosts == 0 && !f->old)
        find(f, &no_host);
    if (f->lengths > 1)
        find(f, &two_lengths);
    if (f->codings > 1)
        find(f, &two_codings);
    if (f->lengths > 0 && f->codings > 0)
        find(f, &length_and_coding);
    if (f->codings > 0 && f->old)
        find(f, &coding_of_old);
    return f->first;
}
