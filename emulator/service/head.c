#include "service/head.h"

static inline bool is(struct bytes name, const char *header)
{
    return bytes_equal_nocase(name, bytes_of(header));
}

/* Where the value of a header belongs; NULL: it is none of these. Called for each header of each
 * request, and decided by the length of its name. */
static struct bytes *member_of(struct head *h, struct bytes name)
{
    switch (name.len) {
    case 4:
        return is(name, "Host") ? &h->host : NULL;
    case 6:
        return is(name, "Accept") ? &h->accept : is(name, "Origin") ? &h->origin : NULL;
    case 10:
        return is(name, "User-Agent")   ? &h->user_agent
               : is(name, "X-TC-Token") ? &h->tc_token
                                        : NULL;
    case 11:
        return is(name, "X-TC-Action")   ? &h->tc_action
               : is(name, "X-TC-Region") ? &h->tc_region
                                         : NULL;
    case 12:
        return is(name, "X-TC-Version") ? &h->tc_version : NULL;
    case 13:
        return is(name, "Authorization")   ? &h->authorization
               : is(name, "If-None-Match") ? &h->if_none_match
               : is(name, "Last-Event-ID") ? &h->last_event_id
                                           : NULL;
    case 14:
        return is(name, "Sec-Fetch-Site")   ? &h->fetch_site
               : is(name, "Sec-Fetch-Dest") ? &h->fetch_dest
               : is(name, "X-TC-Timestamp") ? &h->tc_timestamp
                                            : NULL;
    case 15:
        return is(name, "Accept-Encoding") ? &h->accept_encoding : NULL;
    case 18:
        return is(name, "X-TC-RequestClient") ? &h->tc_client : NULL;
    default:
        return NULL;
    }
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
