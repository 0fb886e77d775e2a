#include "service/gate.h"

#include <assert.h>

/* ---- host names ---- */

struct bytes gate_name_of(struct bytes host)
{
    const char *end;
    if (host.len == 0)
        return host;
    if (host.data[0] == '[') {
        end = memchr(host.data, ']', host.len);
        bool whole = end != NULL && (end + 1 == host.data + host.len || end[1] == ':');
        return whole ? (struct bytes){host.data + 1, (size_t)(end - host.data) - 1} : host;
    }
    end = memchr(host.data, ':', host.len);
    return end != NULL ? (struct bytes){host.data, (size_t)(end - host.data)} : host;
}

/* Digits and dots, or also hexadecimal digits where there is a colon: no name has such a last
 * part, so it need not be a valid address. */
static bool is_address(struct bytes name)
{
    bool v6 = memchr(name.data, ':', name.len) != NULL;
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.data[i]);
        bool digit = (c >= '0' && c <= '9') || c == '.';
        if (!digit && !(v6 && (c == ':' || (c >= 'a' && c <= 'f'))))
            return false;
    }
    return true;
}

/* The name itself, or one below it. */
static bool is_within(struct bytes name, struct bytes parent)
{
    if (name.len < parent.len || parent.len == 0)
        return false;
    struct bytes tail = {name.data + name.len - parent.len, parent.len};
    return bytes_equal_nocase(tail, parent) &&
           (name.len == parent.len || name.data[name.len - parent.len - 1] == '.');
}

static bool is_listed(const char *list, struct bytes name)
{
    static const char separators[] = ", \t\r\n"; /* as in other options that are lists */
    while (list != NULL && *list != '\0') {
        struct bytes item = {list, strcspn(list, separators)};
        if (is_within(name, item))
            return true;
        list += item.len + strspn(list + item.len, separators);
    }
    return false;
}

/* No name that somebody else can make point to this machine: addresses, localhost, names
 * without a dot (a service of docker compose; no public name is like that), and the names of
 * the cloud, for which the emulator stands in. A request without a Host is no browser's. */
bool gate_is_our_host(const struct gate *g, struct bytes host)
{
    static const char ours[] =
        "localhost, qcloud.com, tencentcloudapi.com, tencentyun.com, tencenttdmq.com";
    struct bytes name = gate_name_of(host);
    return host.len == 0 || is_address(name) || memchr(name.data, '.', name.len) == NULL ||
           is_listed(ours, name) || is_listed(g->host_names, name);
}

/* ---- browsers ---- */

static struct bytes host_of_origin(struct bytes origin)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (bytes_begin(origin, schemes[i]))
            return (struct bytes){origin.data + len, origin.len - len};
    }
    return (struct bytes){"", 0};
}

static bool is_foreign_origin(const struct gate *g, const struct head *head)
{
    struct bytes host = host_of_origin(head->origin);
    bool same = host.len > 0 && bytes_equal_nocase(host, head->host);
    return !same && !is_listed(g->host_names, gate_name_of(host));
}

static bool calls_itself_browser(const struct head *head)
{
    static const char shell[] = "PowerShell"; /* which says "Mozilla/5.0", too */
    struct bytes agent = head->user_agent;
    return bytes_begin(agent, "Mozilla/5.0") && /* an old client of CMQ: "Mozilla/4.0" */
           memmem(agent.data, agent.len, shell, sizeof shell - 1) == NULL;
}

/* An image, a link or a frame of a page carries no Origin, but Sec-Fetch-Site. A person who
 * follows a link to look at the admin interface does no harm: the page that had the link sees
 * nothing of what comes. Nor does anything on the admin interface change by GET; but calls of
 * CMQ do, and browsers send Sec-Fetch-Site only where they trust the way, to 127.0.0.1 and
 * localhost: so such a call must have it. */
static bool is_foreign_fetch(enum gate_area area, struct bytes method, const struct head *head)
{
    bool foreign = bytes_equal(head->fetch_site, bytes_of("cross-site")) ||
                   bytes_equal(head->fetch_site, bytes_of("same-site"));
    bool looks = area != AREA_CMQ && bytes_equal(method, bytes_of("GET")) &&
                 bytes_equal(head->fetch_dest, bytes_of("document"));
    bool unmarked = (area == AREA_CMQ || area == AREA_SINK) && head->fetch_site.len == 0 &&
                    calls_itself_browser(head);
    return (foreign && !looks) || unmarked;
}

static bool is_browser(const struct head *head)
{
    return head->origin.len > 0 || head->fetch_site.len > 0 || calls_itself_browser(head);
}

/* ---- the token ---- */

/* Takes as long wherever the first difference is. */
static bool has_token(const char *token, struct bytes authorization)
{
    static const char scheme[] = "Bearer ";
    size_t scheme_len = sizeof scheme - 1;
    size_t len = strlen(token);
    unsigned difference = 0;
    if (authorization.len != scheme_len + len ||
        !bytes_equal_nocase((struct bytes){authorization.data, scheme_len}, bytes_of(scheme)))
        return false;
    for (size_t i = 0; i < len; i++)
        difference |= (unsigned char)(authorization.data[scheme_len + i] ^ token[i]);
    return difference == 0;
}

enum gate_verdict gate_judge(const struct gate *g, enum gate_area area, struct bytes method,
                             const struct head *head)
{
    if (head->origin.len > 0 ? is_foreign_origin(g, head)
                             : is_foreign_fetch(area, method, head))
        return GATE_FOREIGN_ORIGIN;
    if (!gate_is_our_host(g, head->target_host))
        return GATE_FOREIGN_TARGET;
    bool any_host = area == AREA_CMQ || area == AREA_SINK;
    if ((!any_host || is_browser(head)) && !gate_is_our_host(g, head->host))
        return GATE_FOREIGN_HOST;
    if (g->admin_off && (area == AREA_ADMIN || area == AREA_PAGE || area == AREA_SINK))
        return GATE_OFF;
    if (g->admin_token != NULL && (area == AREA_ADMIN || area == AREA_METRICS) &&
        !has_token(g->admin_token, head->authorization))
        return GATE_NO_TOKEN;
    return GATE_OPEN;
}

static void append_name(struct buffer *out, struct bytes name)
{
    enum { NAME_SHOWN = 256 };
    buffer_append(out,
                  (struct bytes){name.data, name.len < NAME_SHOWN ? name.len : NAME_SHOWN});
}

void gate_explain(struct buffer *out, enum gate_verdict verdict, const struct head *head)
{
    struct bytes name = gate_name_of(head->host);
    switch (verdict) {
    case GATE_FOREIGN_ORIGIN:
        if (head->origin.len == 0) {
            buffer_append(out, head->fetch_site.len > 0
                                   ? bytes_of("a browser sent this for a page of another site")
                                   : bytes_of("a browser sent this, or what calls itself one, "
                                              "and does not say for which "
                                              "page; browsers do at 127.0.0.1 and localhost"));
            return;
        }
        name = gate_name_of(host_of_origin(head->origin));
        buffer_append(out, bytes_of("pages of the origin "));
        append_name(out, head->origin);
        buffer_append(out, bytes_of(" may not call the emulator"));
        break;
    case GATE_FOREIGN_HOST:
        buffer_append(out, bytes_of("the host name "));
        append_name(out, name);
        buffer_append(out, bytes_of(" is not known to be of this machine"));
        break;
    case GATE_FOREIGN_TARGET:
        name = gate_name_of(head->target_host);
        buffer_append(out,
                      bytes_of("this is the emulator, and no proxy to other hosts such as "));
        append_name(out, name);
        break;
    case GATE_NO_TOKEN:
        buffer_append(out, bytes_of("this needs the header Authorization: Bearer TOKEN, with "
                                    "the token of --admin-token"));
        return;
    case GATE_OFF:
        buffer_append(out, bytes_of("the admin interface is turned off by --admin off"));
        return;
    case GATE_OPEN:
        assert(false);
    }
    if (name.len > 0) {
        buffer_append(out, bytes_of("; --host-names "));
        append_name(out, name);
        buffer_append(out, bytes_of(" would allow it"));
    }
}
