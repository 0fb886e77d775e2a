#include "service/head.h"

void head_take(struct head *h, struct bytes name, struct bytes value)
{
    static const struct {
        const char *name;
        size_t len;
        size_t member;
    } rows[] = {
#define ROW(name, member) {name, sizeof(name) - 1, offsetof(struct head, member)}
        ROW("Host", host),
        ROW("Origin", origin),
        ROW("Sec-Fetch-Site", fetch_site),
        ROW("Sec-Fetch-Dest", fetch_dest),
        ROW("User-Agent", user_agent),
        ROW("Authorization", authorization),
        ROW("Last-Event-ID", last_event_id),
        ROW("Accept", accept),
        ROW("Accept-Encoding", accept_encoding),
        ROW("If-None-Match", if_none_match),
        ROW("X-TC-Action", tc_action),
        ROW("X-TC-Version", tc_version),
        ROW("X-TC-Timestamp", tc_timestamp),
        ROW("X-TC-Token", tc_token),
        ROW("X-TC-Region", tc_region),
        ROW("X-TC-RequestClient", tc_client),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].len != name.len ||
            ascii_lower(name.data[0]) != ascii_lower(*rows[i].name) ||
            !bytes_equal_nocase(name, (struct bytes){rows[i].name, rows[i].len}))
            continue;
        struct bytes *member = (void *)((char *)h + rows[i].member);
        if (member->data == NULL)
            *member = value;
        return;
    }
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
