/* As for the API v2, the mistakes that clients are known to make are made until the signature is
 * the one that was received: alone, and in twos about two different things. The hash of the body
 * is computed once; a try reads the header fields and the query alone. */
#include "api/v3/explain.h"

#include "api/host.h"
#include "api/v3/headers.h"
#include "api/v3/signed_text.h"

enum {
    BUDGET = 4 * 1048576, /* bytes that are read, roughly */
    TRY_COST = 2048,
    DAY_MS = 86400000,
};

struct guess {
    struct v3_text text;
    struct bytes key;
};

struct search {
    const struct v3_signed *request;
    const struct v3_authorization *authorization;
    const struct v3_surroundings *around;
    cmq_ms at_ms; /* the timestamp, or 0 */
    uint8_t sent[DIGEST_MAX];
    int64_t budget;

    /* Texts that a guess has instead of those of the request. */
    char payload[DIGEST_HEX], other_payload[DIGEST_HEX];
    char today[V3_DAY_LEN], day[V3_DAY_LEN];
    char host[300], key[300];
};

enum made { MADE, MADE_NOTHING, MADE_ALL /* there is no such number */ };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- header fields ---- */

static enum made make_field(struct guess *g, const char *name, struct bytes value,
                            struct buffer *say)
{
    struct v3_field *field = v3_text_field(&g->text, name);
    if (field == NULL || value.data == NULL || bytes_equal(field->value, value))
        return MADE_NOTHING;
    explain_other(say, name, value, "sent", field->value);
    field->value = value;
    return MADE;
}

static struct bytes host_of(struct guess *g)
{
    const struct v3_field *host = v3_text_field(&g->text, "host");
    return host != NULL ? host->value : (struct bytes){NULL, 0};
}

static enum made without_port(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    struct v3_field *host = v3_text_field(&g->text, "host");
    (void)s;
    if (n > 0)
        return MADE_ALL;
    if (host == NULL || host_without_port(host->value).len == host->value.len)
        return MADE_NOTHING;
    host->value = host_without_port(host->value);
    explain_sentence(say, "the client signed the host without its port");
    return MADE;
}

static enum made other_host(struct search *s, struct guess *g, size_t n, struct buffer *say)
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
                            (struct bytes){host.data + len, host.len - len});
    } else if (n == COUNT(more) + 2 * COUNT(names)) {
        host = address;
    } else {
        return MADE_ALL;
    }
    return host.len > 0 ? make_field(g, "host", host, say) : MADE_NOTHING;
}

static enum made other_type(struct search *s, struct guess *g, size_t n, struct buffer *say)
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
    return n < COUNT(types) ? make_field(g, "content-type", bytes_of(types[n]), say) : MADE_ALL;
}

/* Names in the order and case of SignedHeaders; values in lower case. */
static enum made fields_otherwise(struct search *s, struct guess *g, size_t n,
                                  struct buffer *say)
{
    switch (n) {
    case 0:
        g->text.lower_values = true;
        explain_sentence(say, "the client signed the values of the headers in lower case");
        return MADE;
    case 1:
        g->text.names_as_listed = true;
        v3_text_set_fields(&g->text, s->authorization->signed_headers, s->request->headers);
        explain_sentence(say, "the client did not sort the names of the signed headers, or put "
                              "them into lower case");
        return MADE;
    case 2:
        g->text.without_empty_line = true;
        explain_sentence(say, "the canonical headers lack the line break at their end, which "
                              "makes an empty line");
        return MADE;
    case 3:
        g->text.line_at_end = true;
        explain_sentence(say, "a line break follows the hash of the body");
        return MADE;
    default:
        return MADE_ALL;
    }
}

/* ---- the request line ---- */

static enum made other_method(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    static const char *const methods[] = {"POST", "GET", "post", "get"};
    (void)s;
    if (n >= COUNT(methods))
        return MADE_ALL;
    struct bytes method = bytes_of(methods[n]);
    if (bytes_equal(method, g->text.method))
        return MADE_NOTHING;
    explain_other(say, "method", method, "sent", g->text.method);
    g->text.method = method;
    return MADE;
}

static enum made other_path(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    const struct bytes paths[] = {s->around->path, bytes_of(""), bytes_of("/v2/index.php")};
    if (n >= COUNT(paths))
        return MADE_ALL;
    if (bytes_equal(paths[n], g->text.path))
        return MADE_NOTHING;
    explain_other(say, "path", paths[n], "it is always", g->text.path);
    g->text.path = paths[n];
    return MADE;
}

static enum made other_query(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    if (n > 0)
        return MADE_ALL;
    if (s->request->query.len == 0)
        return MADE_NOTHING;
    bool has = g->text.query.len > 0;
    g->text.query = has ? bytes_of("") : s->request->query;
    explain_sentence(say, has ? "the client signed no query"
                              : "the client signed the query, which is not signed for POST");
    return MADE;
}

/* ---- hash of the body ---- */

static void set_payload(struct search *s, struct guess *g, struct bytes text)
{
    v3_hash(text, s->other_payload);
    g->text.payload = (struct bytes){s->other_payload, DIGEST_HEX};
}

static void upper_payload(struct search *s, struct guess *g)
{
    for (size_t i = 0; i < DIGEST_HEX; i++) {
        char c = s->payload[i];
        s->other_payload[i] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
    }
    g->text.payload = (struct bytes){s->other_payload, DIGEST_HEX};
}

/* What was signed in the place of the hash; false if it is the same for this request. */
static bool take_payload(struct search *s, struct guess *g, size_t n)
{
    enum { SHOWN_MAX = 4096 };
    struct bytes body = s->request->body, trimmed = explain_trim(body), own = g->text.payload;
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
        if (trimmed.len == body.len)
            return false;
        s->budget -= (int64_t)trimmed.len;
        set_payload(s, g, trimmed);
    }
    return !bytes_equal(own, g->text.payload);
}

static enum made other_payload(struct search *s, struct guess *g, size_t n, struct buffer *say)
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
        return MADE_ALL;
    if (!take_payload(s, g, n))
        return MADE_NOTHING;
    explain_sentence(say, sentences[n]);
    return MADE;
}

/* With UNSIGNED-PAYLOAD. */
static enum made hashed_payload(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    char fixed[DIGEST_HEX];
    if (n > 0)
        return MADE_ALL;
    v3_hash(bytes_of("UNSIGNED-PAYLOAD"), fixed);
    if (memcmp(fixed, s->payload, DIGEST_HEX) != 0)
        return MADE_NOTHING;
    s->budget -= (int64_t)s->request->body.len;
    set_payload(s, g, s->request->body);
    explain_sentence(say, "the client signed the hash of the body, and sent "
                          "X-TC-Content-SHA256: UNSIGNED-PAYLOAD");
    return MADE;
}

/* ---- scope and key ---- */

static enum made other_day(struct search *s, struct guess *g, size_t n, struct buffer *say)
{
    static const cmq_ms away[] = {-DAY_MS, DAY_MS};
    struct bytes date = s->authorization->date;
    if (n > COUNT(away))
        return MADE_ALL;
    if (n > 0) {
        cmq_ms at_ms = s->at_ms + away[n - 1];
        if (at_ms < 0 || at_ms > CMQ_LAST_MS)
            return MADE_NOTHING;
        v3_day(at_ms, s->day);
        date = (struct bytes){s->day, V3_DAY_LEN};
    }
    if (bytes_equal(date, g->text.date))
        return MADE_NOTHING;
    explain_other(say, "date", date, "the day of X-TC-Timestamp in UTC is", g->text.date);
    g->text.date = date;
    return MADE;
}

static enum made other_service(struct search *s, struct guess *g, size_t n, struct buffer *say)
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
        return MADE_ALL;
    if (services[n].len == 0 || bytes_equal(services[n], g->text.service))
        return MADE_NOTHING;
    explain_other(say, "service", services[n], "its Credential has", g->text.service);
    g->text.service = services[n];
    return MADE;
}

static enum made other_key(struct search *s, struct guess *g, size_t n, struct buffer *say)
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
        return MADE_ALL;
    if (keys[n].end != NULL)
        key = explain_join(s->key, sizeof s->key, key, bytes_of(keys[n].end));
    else if (n == 3)
        key = explain_trim(key);
    else if (n == 4)
        key = s->authorization->secret_id;
    else if (n == 5)
        key = bytes_of("");
    else
        g->text.bare_key = true;
    if (!g->text.bare_key && (key.data == NULL || bytes_equal(key, g->key)))
        return MADE_NOTHING;
    g->key = key;
    explain_sentence(say, keys[n].sentence);
    return MADE;
}

/* ---- the search ---- */

typedef enum made mistake(struct search *s, struct guess *g, size_t n, struct buffer *say);

/* Whatever sets all fields anew comes before what changes one of them. */
static const struct {
    enum { FIELDS, HOST, TYPE, METHOD, PATH, QUERY, PAYLOAD, DAY, SERVICE, KEY } about;
    mistake *make;
} mistakes[] = {
    {FIELDS, fields_otherwise}, {HOST, without_port},     {HOST, other_host},
    {TYPE, other_type},         {DAY, other_day},         {SERVICE, other_service},
    {KEY, other_key},           {METHOD, other_method},   {PATH, other_path},
    {QUERY, other_query},       {PAYLOAD, other_payload}, {PAYLOAD, hashed_payload},
};

static bool is_right(struct search *s, const struct guess *g)
{
    char hex[DIGEST_HEX];
    uint8_t digest[DIGEST_MAX];
    s->budget -= (int64_t)(TRY_COST + g->text.query.len + g->text.payload.len);
    v3_text_sign(&g->text, g->key, hex);
    digest_from_hex((struct bytes){hex, DIGEST_HEX}, digest);
    return memcmp(digest, s->sent, DIGEST_MAX) == 0;
}

/* A second mistake in g, which has one that stands at `first`. */
static bool find_second(struct search *s, struct guess *g, size_t first, struct buffer *say)
{
    for (size_t i = first + 1; i < COUNT(mistakes); i++) {
        if (mistakes[i].about == mistakes[first].about)
            continue;
        for (size_t n = 0; s->budget > 0; n++) {
            struct guess second = *g;
            enum made made = mistakes[i].make(s, &second, n, NULL);
            if (made == MADE_ALL)
                break;
            if (made == MADE && is_right(s, &second)) {
                mistakes[i].make(s, g, n, say);
                return true;
            }
        }
    }
    return false;
}

/* One mistake in g, or two. Words go to say, the first mistake's first. */
static bool find_mistakes(struct search *s, struct guess *g, bool two, struct buffer *say)
{
    for (size_t i = 0; i < COUNT(mistakes); i++)
        for (size_t n = 0; s->budget > 0; n++) {
            struct guess one = *g;
            size_t before = say->len;
            enum made made = mistakes[i].make(s, &one, n, two ? say : NULL);
            if (made == MADE_ALL)
                break;
            if (made == MADE && (two ? find_second(s, &one, i, say) : is_right(s, &one))) {
                if (two)
                    *g = one;
                else
                    mistakes[i].make(s, g, n, say);
                return true;
            }
            say->len = before;
        }
    return false;
}

static bool find_guess(struct search *s, struct guess *g, struct buffer *say)
{
    return is_right(s, g) || find_mistakes(s, g, false, say) || find_mistakes(s, g, true, say);
}

/* ---- the answer ---- */

/* Read the signature in whichever form it came; false if it is none. */
static bool read_signature(struct search *s, struct buffer *say)
{
    struct bytes text = s->authorization->signature;
    size_t len = digest_from_hex(text, s->sent);
    if (len == DIGEST_MAX) {
        for (size_t i = 0; i < text.len; i++)
            if (text.data[i] >= 'A' && text.data[i] <= 'F') {
                explain_sentence(say, "the signature is in upper-case hex");
                break;
            }
        return true;
    }
    if (digest_from_base64(text, s->sent) == DIGEST_MAX) {
        explain_sentence(say, "the signature is in Base64, not in hex");
        return true;
    }
    explain_sentence(say, "the Signature is no digest of SHA-256 in hex, which has 64 "
                          "characters");
    return false;
}

static void say_verdict(enum v3_signature verdict, struct guess *g, struct buffer *say)
{
    if (verdict == V3_SIGNATURE_NO_TIMESTAMP)
        explain_sentence(say, "X-TC-Timestamp is missing, or is no number of seconds");
    if (verdict != V3_SIGNATURE_UNSIGNED)
        return;
    if (v3_text_field(&g->text, "host") == NULL)
        explain_sentence(say, "host is not among the signed headers");
    if (v3_text_field(&g->text, "content-type") == NULL)
        explain_sentence(say, "content-type is not among the signed headers");
}

/* Signed headers that are not in the request. */
static void say_missing(const struct guess *g, struct buffer *say)
{
    for (size_t i = 0; i < g->text.count; i++) {
        if (g->text.fields[i].value.data != NULL)
            continue;
        explain_sentence(say, "the signed header ");
        explain_bytes(say, g->text.fields[i].name);
        buffer_append(say, bytes_of(" was not sent"));
        return;
    }
}

static void begin(struct search *s, struct guess *g)
{
    v3_text_of(&g->text, s->request, s->authorization, s->payload);
    g->key = s->request->key;
    if (v3_timestamp(s->request->headers, &s->at_ms)) {
        v3_day(s->at_ms, s->today);
        g->text.date = (struct bytes){s->today, V3_DAY_LEN};
    }
}

void v3_explain(const struct v3_signed *s, const struct v3_authorization *a,
                enum v3_signature verdict, const struct v3_surroundings *around,
                struct explanation *out)
{
    struct search search = {
        .request = s,
        .authorization = a,
        .around = around,
        .budget = BUDGET,
    };
    struct guess g = {.key = s->key};
    struct buffer *say = &out->difference;
    buffer_clear(&out->to_sign);
    buffer_clear(&out->likely);
    buffer_clear(say);
    begin(&search, &g);
    v3_text_write(&g.text, &out->to_sign);
    say_verdict(verdict, &g, say);
    out->found = read_signature(&search, say);
    if (!out->found)
        return;
    out->found = find_guess(&search, &g, say);
    if (out->found) {
        v3_text_write(&g.text, &out->likely);
        return;
    }
    say_missing(&g, say);
    explain_nothing(say);
}
