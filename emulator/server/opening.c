#include "server/opening.h"

enum { TLS_HANDSHAKE = 22 /* the first byte of a hello */ };

static const char method[] = "CONNECT ";
enum { METHOD_LEN = sizeof method - 1 };

/* The length of a head up to and with its empty line; 0: that has not come. */
static size_t head_len_of(struct bytes text)
{
    const char *end = text.data + text.len;
    const char *at = text.data;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        if (at < end && *at == '\n')
            return (size_t)(at + 1 - text.data);
        if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            return (size_t)(at + 2 - text.data);
    }
    return 0;
}

/* Names, addresses and ports have no other characters, so that a host can be shown as it is. */
static bool may_be_host(char c)
{
    c = ascii_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_.:[]", c));
}

/* "CONNECT host:port HTTP/1.1": the host with its port; empty if the line is not like that. */
static struct bytes host_of(struct bytes head)
{
    static const char version[] = " HTTP/1.";
    size_t len = 0;
    struct bytes rest = {head.data + METHOD_LEN, head.len - METHOD_LEN};
    while (len < rest.len && may_be_host(rest.data[len]))
        len++;
    struct bytes behind = {rest.data + len, rest.len - len};
    return bytes_begin(behind, version) ? (struct bytes){rest.data, len}
                                        : (struct bytes){"", 0};
}

struct opening opening_read(struct bytes first)
{
    size_t known = first.len < METHOD_LEN ? first.len : METHOD_LEN;
    if (first.data[0] == TLS_HANDSHAKE)
        return (struct opening){.kind = OPENING_TLS};
    if (memcmp(first.data, method, known) != 0)
        return (struct opening){.kind = OPENING_HTTP};

    struct opening o = {.kind = OPENING_CONNECT, .head_len = head_len_of(first)};
    if (o.head_len == 0) {
        o.kind = first.len < OPENING_MAX ? OPENING_MORE : OPENING_TOO_LONG;
        return o;
    }
    o.host = host_of((struct bytes){first.data, o.head_len});
    if (o.host.len == 0)
        o.kind = OPENING_BAD;
    return o;
}
