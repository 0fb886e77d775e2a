/* The mistakes that clients make in a signature TC3-HMAC-SHA256 (api3 3.2, 3.3). */
#include "api/v3/guess.h"

#include "api/host.h"
#include "api/v3/explain.h"

#include <stdio.h>

enum { DAY_MS = 86400000 };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- header fields ---- */

static enum v3_made make_field(struct v3_guess *g, const char *name, struct bytes value,
                               struct buffer *say)
{
    struct v3_field *field = v3_text_field(&g->text, name);
    if (field == NULL || value.data == NULL || bytes_equal(field->value, value))
        return V3_MADE_NOTHING;
    explain_other(say, name, value, "sent", field->value);
    field->value = value;
    return V3_MADE;
}

static struct bytes host_of(struct v3_guess *g)
{
    const struct v3_field *host = v3_text_field(&g->text, "host");
    return host != NULL ? host->value : (struct bytes){NULL, 0};
}

static enum v3_made without_port(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                 struct buffer *say)
{
    struct v3_field *host = v3_text_field(&g->text, "host");
    (void)s;
    if (n > 0)
        return V3_MADE_ALL;
    if (host == NULL || host_without_port(host->value).len == host->value.len)
        return V3_MADE_NOTHING;
    host->value = host_without_port(host->value);
    explain_sentence(say, "the client signed the host without its port");
    return V3_MADE;
}

static enum v3_made other_host(struct v3_guessing *s, struct v3_guess *g, size_t n,
                               struct buffer *say)
{
    static const struct {
        const char *before, *behind;
    } more[] = {{"http://", ""}, {"https://", ""}, {"", "/"}, {"", ":80"}, {"", ":443"}};
    static const char *const names[] = {
        "tdmq.tencentcloudapi.com",      "cmq.tencentcloudapi.com", "localhost", "127.0.0.1",
        "tdmq.intl.tencentcloudapi.com",
    };
    char behind[sizeof s->host];
    struct bytes host = host_of(g), address = s->around->address;
    if (n < COUNT(more)) {
        host = explain_join(behind, sizeof behind, host, bytes_of(more[n].behind));
        host = host.data == NULL
                   ? host
                   : explain_join(s->host, sizeof s->host, bytes_of(more[n].before), host);
    } else if (n < COUNT(more) + COUNT(names)) {
        host = bytes_of(names[n - COUNT(more)]);
    } else if (n < COUNT(more) + 2 * COUNT(names)) { /* with the port that was sent */
        size_t len = host_without_port(host).len;
        host = explain_join(s->host, sizeof s->host,
                            bytes_of(names[n - COUNT(more) - COUNT(names)]),
                            bytes_behind(host, len));
    } else if (n == COUNT(more) + 2 * COUNT(names)) {
        host = address;
    } else {
        return V3_MADE_ALL;
    }
    return host.len > 0 ? make_field(g, "host", host, say) : V3_MADE_NOTHING;
}

static enum v3_made other_type(struct v3_guessing *s, struct v3_guess *g, size_t n,
                               struct buffer *say)
{
    static const char *const types[] = {
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "",
    };
    (void)s;
    return n < COUNT(types) ? make_field(g, "content-type", bytes_of(types[n]), say)
                            : V3_MADE_ALL;
}

/* Names in the order and case of SignedHeaders; values in lower case. */
static enum v3_made fields_otherwise(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                     struct buffer *say)
{
    switch (n) {
    case 0:
        g->text.lower_values = true;
        explain_sentence(say, "the client signed the values of the headers in lower case");
        return V3_MADE;
    case 1:
        g->text.names_as_listed = true;
        v3_text_set_fields(&g->text, s->authorization->signed_headers, s->request->headers);
        explain_sentence(say, "the client did not sort the names of the signed headers, or put "
                              "them into lower case");
        return V3_MADE;
    case 2:
        g->text.without_empty_line = true;
        explain_sentence(say, "the canonical headers lack the line break at their end, which "
                              "makes an empty line");
        return V3_MADE;
    case 3:
        g->text.line_at_end = true;
        explain_sentence(say, "a line break follows the hash of the body");
        return V3_MADE;
    default:
        return V3_MADE_ALL;
    }
}

/* ---- the request line ---- */

static enum v3_made other_method(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                 struct buffer *say)
{
    static const char *const methods[] = {"POST", "GET", "post", "get"};
    (void)s;
    if (n >= COUNT(methods))
        return V3_MADE_ALL;
    struct bytes method = bytes_of(methods[n]);
    if (bytes_equal(method, g->text.method))
        return V3_MADE_NOTHING;
    explain_other(say, "method", method, "sent", g->text.method);
    g->text.method = method;
    return V3_MADE;
}

static enum v3_made other_path(struct v3_guessing *s, struct v3_guess *g, size_t n,
                               struct buffer *say)
{
    const struct bytes paths[] = {s->around->path, bytes_of(""), bytes_of("/v2/index.php")};
    if (n >= COUNT(paths))
        return V3_MADE_ALL;
    if (bytes_equal(paths[n], g->text.path))
        return V3_MADE_NOTHING;
    explain_other(say, "path", paths[n], "it is always", g->text.path);
    g->text.path = paths[n];
    return V3_MADE;
}

static enum v3_made other_query(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                struct buffer *say)
{
    if (n > 0)
        return V3_MADE_ALL;
    if (s->request->query.len == 0)
        return V3_MADE_NOTHING;
    bool has = g->text.query.len > 0;
    g->text.query = has ? bytes_of("") : s->request->query;
    explain_sentence(say, has ? "the client signed no query"
                              : "the client signed the query, which is not signed for POST");
    return V3_MADE;
}

/* ---- hash of the body ---- */

static void set_payload(struct v3_guessing *s, struct v3_guess *g, struct bytes text)
{
    v3_hash(text, s->other_payload);
    g->text.payload = (struct bytes){s->other_payload, DIGEST_HEX};
}

static void upper_payload(struct v3_guessing *s, struct v3_guess *g)
{
    for (size_t i = 0; i < DIGEST_HEX; i++) {
        char c = s->payload[i];
        s->other_payload[i] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
    }
    g->text.payload = (struct bytes){s->other_payload, DIGEST_HEX};
}

/* What was signed in the place of the hash; false if it is the same for this request. */
static bool take_payload(struct v3_guessing *s, struct v3_guess *g, size_t n)
{
    enum { SHOWN_MAX = 4096 };
    struct bytes body = s->request->body, own = g->text.payload;
    switch (n) {
    case 0:
        set_payload(s, g, bytes_of(""));
        break;
    case 1:
        set_payload(s, g, bytes_of("UNSIGNED-PAYLOAD"));
        break;
    case 2:
        upper_payload(s, g);
        break;
    case 3:
        if (body.len <= SHOWN_MAX)
            g->text.payload = body;
        break;
    case 4:
        set_payload(s, g, s->request->query);
        break;
    case 5:
        g->text.payload = bytes_of("");
        break;
    default:
        if (s->trimmed.len == body.len)
            return false;
        s->budget -= (int64_t)s->trimmed.len;
        set_payload(s, g, s->trimmed);
    }
    return !bytes_equal(own, g->text.payload);
}

static enum v3_made other_payload(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                  struct buffer *say)
{
    static const char *const sentences[] = {
        "the client signed the hash of an empty body",
        "the client signed UNSIGNED-PAYLOAD, and did not send it as X-TC-Content-SHA256",
        "the client signed the hash of the body in upper-case hex",
        "the client signed the body itself, not its hash",
        "the client signed the hash of the query",
        "the client signed no hash of the body",
        "the client signed the hash of the body without the blanks or line breaks around it",
    };
    if (n >= COUNT(sentences))
        return V3_MADE_ALL;
    if (!take_payload(s, g, n))
        return V3_MADE_NOTHING;
    explain_sentence(say, sentences[n]);
    return V3_MADE;
}

/* With UNSIGNED-PAYLOAD. */
static enum v3_made hashed_payload(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                   struct buffer *say)
{
    char fixed[DIGEST_HEX];
    if (n > 0)
        return V3_MADE_ALL;
    v3_hash(bytes_of("UNSIGNED-PAYLOAD"), fixed);
    if (memcmp(fixed, s->payload, DIGEST_HEX) != 0)
        return V3_MADE_NOTHING;
    if (s->request->hash.data == NULL)
        s->budget -= (int64_t)s->request->body.len;
    v3_hash_body(s->request, s->other_payload);
    g->text.payload = (struct bytes){s->other_payload, DIGEST_HEX};
    explain_sentence(say, "the client signed the hash of the body, and sent "
                          "X-TC-Content-SHA256: UNSIGNED-PAYLOAD");
    return V3_MADE;
}

/* ---- scope and key ---- */

/* A client that asks the clock twice signs one second and sends another one. */
static enum v3_made other_time(struct v3_guessing *s, struct v3_guess *g, size_t n,
                               struct buffer *say)
{
    static const int seconds[] = {-1, 1, -2, 2};
    bool millis = n == COUNT(seconds);
    if (n > COUNT(seconds))
        return V3_MADE_ALL;
    cmq_ms time = millis ? s->at_ms : s->at_ms / 1000 + seconds[n];
    if (s->at_ms == 0)
        return V3_MADE_NOTHING;
    int len = snprintf(s->timestamp, sizeof s->timestamp, "%lld", (long long)time);
    struct bytes timestamp = {s->timestamp, (size_t)len};
    explain_other(say, "timestamp", timestamp, "sent", g->text.timestamp);
    g->text.timestamp = timestamp;
    return V3_MADE;
}

static enum v3_made other_day(struct v3_guessing *s, struct v3_guess *g, size_t n,
                              struct buffer *say)
{
    static const cmq_ms away[] = {-DAY_MS, DAY_MS};
    struct bytes date = s->authorization->date;
    if (n > COUNT(away))
        return V3_MADE_ALL;
    if (n > 0) {
        cmq_ms at_ms = s->at_ms + away[n - 1];
        if (at_ms < 0 || at_ms > CMQ_LAST_MS)
            return V3_MADE_NOTHING;
        v3_day(at_ms, s->day);
        date = (struct bytes){s->day, V3_DAY_LEN};
    }
    if (bytes_equal(date, g->text.date))
        return V3_MADE_NOTHING;
    explain_other(say, "date", date, "the day of X-TC-Timestamp in UTC is", g->text.date);
    g->text.date = date;
    return V3_MADE;
}

static enum v3_made other_service(struct v3_guessing *s, struct v3_guess *g, size_t n,
                                  struct buffer *say)
{
    struct bytes host = host_of(g), label = host;
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] == '.') {
            label.len = i;
            break;
        }
    const struct bytes services[] = {bytes_of("tdmq"), bytes_of("cmq"), label,
                                     host_without_port(label), bytes_of("cvm")};
    (void)s;
    if (n >= COUNT(services))
        return V3_MADE_ALL;
    if (services[n].len == 0 || bytes_equal(services[n], g->text.service))
        return V3_MADE_NOTHING;
    explain_other(say, "service", services[n], "its Credential has", g->text.service);
    g->text.service = services[n];
    return V3_MADE;
}

static enum v3_made other_key(struct v3_guessing *s, struct v3_guess *g, size_t n,
                              struct buffer *say)
{
    static const struct {
        const char *end, *sentence;
    } keys[] = {
        {"\n", "the client's secret key ends in a line break"},
        {"\r\n", "the client's secret key ends in a line break (CR LF)"},
        {" ", "the client's secret key ends in a blank"},
        {NULL, "the client's secret key lacks the blanks or line breaks around that of the "
               "credential"},
        {NULL, "the client signed with its secret id in place of the secret key"},
        {NULL, "the client signed with an empty secret key"},
        {NULL, "the client did not put TC3 before its secret key"},
    };
    struct bytes key = g->key;
    if (n >= COUNT(keys))
        return V3_MADE_ALL;
    if (keys[n].end != NULL)
        key = explain_join(s->key, sizeof s->key, key, bytes_of(keys[n].end));
    else if (n == 3)
        key = bytes_trim(key);
    else if (n == 4)
        key = s->authorization->secret_id;
    else if (n == 5)
        key = bytes_of("");
    else
        g->text.bare_key = true;
    if (!g->text.bare_key && (key.data == NULL || bytes_equal(key, g->key)))
        return V3_MADE_NOTHING;
    g->key = key;
    explain_sentence(say, keys[n].sentence);
    return V3_MADE;
}

const struct v3_mistake v3_mistakes[] = {
    {V3_ABOUT_FIELDS, fields_otherwise}, {V3_ABOUT_HOST, without_port},
    {V3_ABOUT_HOST, other_host},         {V3_ABOUT_TYPE, other_type},
    {V3_ABOUT_TIME, other_day},          {V3_ABOUT_TIME, other_time},
    {V3_ABOUT_SERVICE, other_service},   {V3_ABOUT_KEY, other_key},
    {V3_ABOUT_METHOD, other_method},     {V3_ABOUT_PATH, other_path},
    {V3_ABOUT_QUERY, other_query},       {V3_ABOUT_PAYLOAD, other_payload},
    {V3_ABOUT_PAYLOAD, hashed_payload},
};
const size_t v3_mistake_count = COUNT(v3_mistakes);
