#include "api/v3/signature.h"

#include "api/host.h"
#include "api/v3/headers.h"
#include "api/v3/signed_text.h"
#include "base/instant.h"
#include "base/number.h"

/* ---- Authorization ---- */

/* Take what stands before the mark off the front of the text, and the mark; all of it if there
 * is none. */
static struct bytes take(struct bytes *text, char mark)
{
    const char *at = text->len > 0 ? memchr(text->data, mark, text->len) : NULL;
    struct bytes taken = {text->data, at != NULL ? (size_t)(at - text->data) : text->len};
    size_t gone = taken.len + (at != NULL);
    text->data += gone;
    text->len -= gone;
    return taken;
}

/* <id>/<date>/<service>/tc3_request */
static bool read_credential(struct bytes text, struct v3_authorization *a)
{
    a->secret_id = take(&text, '/');
    a->date = take(&text, '/');
    a->service = take(&text, '/');
    return a->secret_id.len > 0 && a->date.len > 0 && a->service.len > 0 &&
           bytes_equal(text, bytes_of("tc3_request"));
}

/* Each of the three parts once. */
static bool read_part(struct bytes part, struct v3_authorization *a, struct bytes *credential)
{
    const struct {
        const char *name;
        struct bytes *value;
    } parts[] = {
        {"Credential=", credential},
        {"SignedHeaders=", &a->signed_headers},
        {"Signature=", &a->signature},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!bytes_begin(part, parts[i].name))
            continue;
        size_t len = strlen(parts[i].name);
        bool first = parts[i].value->data == NULL;
        *parts[i].value = (struct bytes){part.data + len, part.len - len};
        return first && part.len > len;
    }
    return false;
}

bool v3_authorization_read(struct bytes text, struct v3_authorization *a)
{
    static const char scheme[] = "TC3-HMAC-SHA256 ";
    struct bytes credential = {NULL, 0};
    *a = (struct v3_authorization){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (!bytes_begin(text, scheme))
        return false;
    text.data += strlen(scheme);
    text.len -= strlen(scheme);
    while (text.len > 0)
        if (!read_part(bytes_trim(take(&text, ',')), a, &credential))
            return false;
    return a->signed_headers.data != NULL && a->signature.data != NULL &&
           read_credential(credential, a);
}

/* ---- verification ---- */

bool v3_timestamp(struct bytes headers, cmq_ms *out)
{
    int64_t seconds;
    if (!parse_int(v3_header(headers, bytes_of("X-TC-Timestamp")), &seconds) || seconds < 0 ||
        seconds > CMQ_LAST_MS / 1000)
        return false;
    *out = seconds * 1000;
    return true;
}

void v3_day(cmq_ms at_ms, char out[V3_DAY_LEN])
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(at_ms, text);
    memcpy(out, text, V3_DAY_LEN);
}

static bool is_day_of(struct bytes date, cmq_ms at_ms)
{
    char day[V3_DAY_LEN];
    v3_day(at_ms, day);
    return bytes_equal(date, (struct bytes){day, V3_DAY_LEN});
}

void v3_hash_body(const struct v3_signed *s, char hex[DIGEST_HEX])
{
    if (s->hash.data != NULL)
        memcpy(hex, s->hash.data, DIGEST_HEX);
    else
        v3_hash(s->body, hex);
}

/* The hash of the body, or of the text that stands for it (api3 3.3). */
static void hash_payload(const struct v3_signed *s, char hex[DIGEST_HEX])
{
    struct bytes unsigned_payload = bytes_of("UNSIGNED-PAYLOAD");
    struct bytes content = v3_header(s->headers, bytes_of("X-TC-Content-SHA256"));
    if (bytes_equal(content, unsigned_payload))
        v3_hash(unsigned_payload, hex);
    else
        v3_hash_body(s, hex);
}

bool v3_text_of(struct v3_text *t, const struct v3_signed *s, const struct v3_authorization *a,
                char payload[DIGEST_HEX])
{
    hash_payload(s, payload);
    *t = (struct v3_text){
        .method = s->method,
        .path = bytes_of("/"),
        .payload = {payload, DIGEST_HEX},
        .timestamp = v3_header(s->headers, bytes_of("X-TC-Timestamp")),
        .date = a->date,
        .service = a->service,
    };
    if (bytes_equal(s->method, bytes_of("GET")))
        t->query = s->query;
    return v3_text_set_fields(t, a->signed_headers, s->headers);
}

static bool matches(const struct v3_text *t, struct bytes key, struct bytes signature)
{
    char hex[DIGEST_HEX];
    v3_text_sign(t, key, hex);
    return digest_equal((struct bytes){hex, DIGEST_HEX}, signature);
}

/* Quirk: some clients sign the values of headers as they are, others in lower case, and that for
 * node leaves the port of the host out (api3 3.2). */
static bool matches_somehow(const struct v3_signed *s, struct v3_text *t, struct v3_field *host,
                            struct bytes signature)
{
    struct bytes with_port = host->value, without = host_without_port(with_port);
    size_t hosts = s->strict || without.len == with_port.len ? 1 : 2;
    for (size_t i = 0; i < hosts; i++) {
        host->value = i == 0 ? with_port : without;
        for (int lower = 0; lower <= 1; lower++) {
            t->lower_values = lower != 0;
            if (matches(t, s->key, signature))
                return true;
        }
    }
    return false;
}

enum v3_signature v3_signature_verify(const struct v3_signed *s,
                                      const struct v3_authorization *a)
{
    char payload[DIGEST_HEX];
    cmq_ms at_ms;
    struct v3_text t;
    if (!v3_timestamp(s->headers, &at_ms))
        return V3_SIGNATURE_NO_TIMESTAMP;
    if (!is_day_of(a->date, at_ms))
        return V3_SIGNATURE_WRONG_DATE;
    if (!v3_text_of(&t, s, a, payload))
        return V3_SIGNATURE_WRONG;
    struct v3_field *host = v3_text_field(&t, "host");
    if (host == NULL || v3_text_field(&t, "content-type") == NULL)
        return V3_SIGNATURE_UNSIGNED;
    return matches_somehow(s, &t, host, a->signature) ? V3_SIGNATURE_RIGHT : V3_SIGNATURE_WRONG;
}
