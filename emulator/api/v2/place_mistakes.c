/* Mistakes about method, host, path and key. */
#include "api/v2/guess.h"

#include "api/explain.h"
#include "api/host.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- host ---- */

static enum made make_host(struct guess *g, struct bytes host, struct buffer *say)
{
    if (bytes_equal(host, g->text.host))
        return MADE_NOTHING;
    explain_other(say, "host", host, "sent", g->text.host);
    g->text.host = host;
    return MADE;
}

static enum made without_port(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    struct bytes without = host_without_port(g->text.host);
    (void)w;
    if (n > 0)
        return MADE_ALL;
    if (without.len == g->text.host.len)
        return MADE_NOTHING;
    explain_sentence(say, "the client signed the host without its port");
    g->text.host = without;
    return MADE;
}

/* With a port, scheme or slash that the request has not. */
static enum made with_more(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const struct {
        const char *before, *behind;
    } more[] = {{"http://", ""}, {"https://", ""}, {"", "/"},        {"", ":80"},
                {"", ":443"},    {"http://", "/"}, {"https://", "/"}};
    char behind[sizeof w->host];
    if (n >= COUNT(more))
        return MADE_ALL;
    struct bytes end =
        explain_join(behind, sizeof behind, g->text.host, bytes_of(more[n].behind));
    struct bytes host = explain_join(w->host, sizeof w->host, bytes_of(more[n].before), end);
    return end.data != NULL && host.data != NULL ? make_host(g, host, say) : MADE_NOTHING;
}

/* Put `to` in the place of `from` at the beginning of the host. */
static struct bytes swap_begin(struct guessing *w, struct bytes host, const char *from,
                               const char *to)
{
    if (!bytes_begin(host, from))
        return host;
    size_t len = strlen(from);
    struct bytes rest = {host.data + len, host.len - len};
    return explain_join(w->host, sizeof w->host, bytes_of(to), rest);
}

static struct bytes lower_host(struct guessing *w, struct bytes host)
{
    struct bytes copy = explain_join(w->host, sizeof w->host, host, bytes_of(""));
    for (size_t i = 0; i < copy.len; i++)
        w->host[i] = ascii_lower(w->host[i]);
    return copy;
}

static enum made known_host(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const swaps[][2] = {
        {"localhost", "127.0.0.1"}, {"127.0.0.1", "localhost"}, {"cmq-queue", "cmq-topic"},
        {"cmq-topic", "cmq-queue"}, {"[::1]", "localhost"},     {"localhost", "[::1]"},
        {"0.0.0.0", "127.0.0.1"},   {"127.0.0.1", "0.0.0.0"},
    };
    struct bytes host;
    if (n < 2 * COUNT(swaps)) {
        struct bytes sent = n % 2 == 0 ? g->text.host : host_without_port(g->text.host);
        if (n % 2 == 1 && sent.len == g->text.host.len)
            return MADE_NOTHING;
        host = swap_begin(w, sent, swaps[n / 2][0], swaps[n / 2][1]);
        if (bytes_equal(host, sent))
            return MADE_NOTHING;
    } else if (n == 2 * COUNT(swaps)) {
        host = lower_host(w, g->text.host);
    } else if (n == 2 * COUNT(swaps) + 1) {
        host = w->address;
    } else if (n == 2 * COUNT(swaps) + 2) {
        host = host_without_port(w->address);
    } else {
        return n == 2 * COUNT(swaps) + 3 ? make_host(g, bytes_of(""), say) : MADE_ALL;
    }
    return host.len > 0 ? make_host(g, host, say) : MADE_NOTHING;
}

/* A client that was led here by name look-up or by a proxy signs the name of the cloud, and
 * something on the way has put another one into the Host header (common 1). */
static enum made cloud_host(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const regions[] = {"bj", "sh", "gz",  "shjr", "szjr", "hk", "cd",
                                          "ca", "in", "usw", "use",  "th",   "sg"};
    static const char *const names[][2] = {
        {"cmq-queue-", ".api.qcloud.com"},     {"cmq-topic-", ".api.qcloud.com"},
        {"cmq-queue-", ".api.tencentyun.com"}, {"cmq-topic-", ".api.tencentyun.com"},
        {"cmq-", ".public.tencenttdmq.com"},   {"", ".mqadapter.cmq.tencentyun.com"},
    };
    if (n >= COUNT(regions) * COUNT(names))
        return MADE_ALL;
    const char *const *name = names[n % COUNT(names)];
    snprintf(w->host, sizeof w->host, "%s%s%s", name[0], regions[n / COUNT(names)], name[1]);
    return make_host(g, bytes_of(w->host), say);
}

/* ---- path, method and mark ---- */

static enum made other_path(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    struct bytes sent = g->text.path;
    const struct bytes slash = {"/", 1};
    struct bytes first = {sent.data, sent.len > 0}, rest = sent;
    if (bytes_equal(first, slash)) {
        rest.data++;
        rest.len--;
    }
    const struct bytes paths[] = {
        bytes_of("/v2/index.php"),
        slash,
        bytes_of(""),
        rest,
        n == 4 ? explain_join(w->path, sizeof w->path, sent, slash) : sent,
        n == 5 ? explain_join(w->path, sizeof w->path, slash, sent) : sent,
        n == 6 ? explain_join(w->path, sizeof w->path, sent, sent) : sent,
        bytes_of("v2/index.php"),
        bytes_of("/v2/index.php/v2/index.php"),
        bytes_of("//v2/index.php"),
    };
    if (n >= COUNT(paths))
        return MADE_ALL;
    if (bytes_equal(paths[n], sent))
        return MADE_NOTHING;
    explain_other(say, "path", paths[n], "requested", sent);
    g->text.path = paths[n];
    return MADE;
}

static enum made other_method(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const methods[] = {"GET", "POST", "get", "post", "Get", "Post", ""};
    (void)w;
    if (n >= COUNT(methods))
        return MADE_ALL;
    struct bytes method = bytes_of(methods[n]);
    if (bytes_equal(method, g->text.method))
        return MADE_NOTHING;
    explain_other(say, "method", method, "sent", g->text.method);
    g->text.method = method;
    return MADE;
}

/* Also with nothing before it. */
static enum made without_mark(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    (void)w;
    if (n > 1)
        return MADE_ALL;
    g->text.without_mark = true;
    if (n == 0) {
        explain_sentence(say, "the client left out the question mark before the parameters");
        return MADE;
    }
    g->text.method = g->text.host = g->text.path = bytes_of("");
    explain_sentence(
        say, "the client signed the parameters alone: method, host and path are missing");
    return MADE;
}

/* ---- key ---- */

static struct bytes decode_key(struct guessing *w, struct bytes key)
{
    size_t len = digest_from_base64(key, (uint8_t *)w->key);
    return len > 0 ? (struct bytes){w->key, len} : key;
}

/* What a client makes of its key. */
static struct bytes other_key_of(struct guessing *w, struct bytes key, size_t n)
{
    const struct bytes *id = form_find(w->request->form, bytes_of("SecretId"));
    static const char *const ends[] = {"\n", "\r\n", " ", "&"};
    if (n < COUNT(ends))
        return explain_join(w->key, sizeof w->key, key, bytes_of(ends[n]));
    switch (n) {
    case COUNT(ends):
        return bytes_trim(key);
    case COUNT(ends) + 1:
        return id != NULL ? *id : key;
    case COUNT(ends) + 2:
        return explain_join(w->key, sizeof w->key, bytes_of("TC3"), key);
    case COUNT(ends) + 3:
        return decode_key(w, key);
    default:
        return bytes_of("");
    }
}

static enum made other_key(struct guessing *w, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const sentences[] = {
        "the client's secret key ends in a line break",
        "the client's secret key ends in a line break (CR LF)",
        "the client's secret key ends in a blank",
        "the client's secret key ends in &",
        "the client's secret key lacks the blanks or line breaks around that of the credential",
        "the client signed with its secret id in place of the secret key",
        "the client put TC3 before its secret key, which is for TC3-HMAC-SHA256 alone",
        "the client decoded its secret key from Base64",
        "the client signed with an empty secret key",
    };
    if (n >= COUNT(sentences))
        return MADE_ALL;
    struct bytes key = other_key_of(w, g->key, n);
    if (key.data == NULL || bytes_equal(key, g->key))
        return MADE_NOTHING;
    g->key = key;
    explain_sentence(say, sentences[n]);
    return MADE;
}

const struct mistake place_mistakes[] = {
    {ABOUT_HOST, IN_THREES, without_port},   {ABOUT_PATH, IN_THREES, other_path},
    {ABOUT_METHOD, IN_THREES, other_method}, {ABOUT_HOST, IN_TWOS, with_more},
    {ABOUT_HOST, IN_TWOS, known_host},       {ABOUT_KEY, IN_TWOS, other_key},
    {ABOUT_MARK, IN_TWOS, without_mark},     {ABOUT_HOST, ALONE, cloud_host},
};
const size_t place_mistake_count = COUNT(place_mistakes);
