#include "service/head.h"

static inline bool is(struct bytes name, const char *header)
{
    return bytes_equal_nocase(name, bytes_of(header));
}

/* Where the value of a header belongs; NULL: it is none of these. Called for each header of each
 * request: inlined, so that the compiler knows the lengths, by which nearly all are told apart. */
static struct bytes *member_of(struct head *h, struct bytes name)
{
    if (is(name, "Host"))
        return &h->host;
    if (is(name, "Accept"))
        return &h->accept;
    if (is(name, "Origin"))
        return &h->origin;
    if (is(name, "User-Agent"))
        return &h->user_agent;
    if (is(name, "X-TC-Token"))
        return &h->tc_token;
    if (is(name, "X-TC-Action"))
        return &h->tc_action;
    if (is(name, "X-TC-Region"))
        return &h->tc_region;
    if (is(name, "X-TC-Version"))
        return &h->tc_version;
    if (is(name, "Authorization"))
        return &h->authorization;
    if (is(name, "If-None-Match"))
        return &h->if_none_match;
    if (is(name, "Last-Event-ID"))
        return &h->last_event_id;
    if (is(name, "Sec-Fetch-Site"))
        return &h->fetch_site;
    if (is(name, "Sec-Fetch-Dest"))
        return &h->fetch_dest;
    if (is(name, "X-TC-Timestamp"))
        return &h->tc_timestamp;
    if (is(name, "Accept-Encoding"))
        return &h->accept_encoding;
    if (is(name, "X-TC-RequestClient"))
        return &h->tc_client;
    return NULL;
}

void head_take(struct head *h, struct bytes name, struct bytes value)
{
    struct bytes *member = member_of(h, name);
    if (member != NULL && member->data == NULL)
        *member = value;
}

/* The length of "http://" or "https://" at the beginning; 0: a target is a path. */
static size_t scheme_len_of(struct bytes target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (target.len >= len &&
            bytes_equal_nocase((struct bytes){target.data, len}, bytes_of(schemes[i])))
            return len;
    }
    return 0;
}

/* Where the path or the query begins, from `at` on. */
static size_t find_path(struct bytes target, size_t at)
{
    while (at < target.len && target.data[at] != '/' && target.data[at] != '?')
        at++;
    return at;
}

static struct bytes without_user(struct bytes host)
{
    const char *at = memrchr(host.data, '@', host.len);
    size_t user_len = at != NULL ? (size_t)(at + 1 - host.data) : 0;
    return (struct bytes){host.data + user_len, host.len - user_len};
}

void head_take_target(struct head *h, struct bytes target, struct buffer *out)
{
    size_t host = scheme_len_of(target);
    if (host > 0) {
        size_t path = find_path(target, host);
        h->target_host = without_user((struct bytes){target.data + host, path - host});
        target = (struct bytes){target.data + path, target.len - path};
        if (!bytes_begin(target, "/"))
            buffer_append_char(out, '/');
    }
    buffer_append(out, target);
}
