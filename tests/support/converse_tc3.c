#include "converse_tc3.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DIGEST = SHA256_DIGEST_SIZE };

/* ---- digests ---- */

static struct bytes hmac(struct bytes key, struct bytes text, uint8_t out[DIGEST])
{
    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, key.len, (const uint8_t *)key.data);
    hmac_sha256_update(&context, text.len, (const uint8_t *)text.data);
    hmac_sha256_digest(&context, DIGEST, out);
    return (struct bytes){(const char *)out, DIGEST};
}

static void append_hex(struct buffer *to, const uint8_t digest[DIGEST])
{
    char text[3];
    for (size_t i = 0; i < DIGEST; i++) {
        snprintf(text, sizeof text, "%02x", digest[i]);
        buffer_append(to, bytes_of(text));
    }
}

static void append_hash(struct buffer *to, struct bytes text)
{
    uint8_t digest[DIGEST];
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, text.len, (const uint8_t *)text.data);
    sha256_digest(&context, DIGEST, digest);
    append_hex(to, digest);
}

/* ---- the canonical request ---- */

/* The value of a header whatever the case of its name, empty if it is not there. */
static struct bytes find_header(struct bytes headers, struct bytes name)
{
    for (size_t at = 0; at < headers.len;) {
        const char *line = headers.data + at;
        size_t len = (size_t)((const char *)memchr(line, '\n', headers.len - at) - line);
        size_t colon = (size_t)((const char *)memchr(line, ':', len) - line);
        if (bytes_equal_nocase((struct bytes){line, colon}, name))
            return (struct bytes){line + colon + 2, len - colon - 2};
        at += len + 1;
    }
    return bytes_of("");
}

static void append_line(struct buffer *to, struct bytes text)
{
    buffer_append(to, text);
    buffer_append_char(to, '\n');
}

static void append_headers(struct buffer *to, const struct tc3_request *r)
{
    for (size_t at = 0; at < r->names.len;) {
        const char *name = r->names.data + at;
        const char *end = memchr(name, ';', r->names.len - at);
        size_t len = end != NULL ? (size_t)(end - name) : r->names.len - at;
        struct bytes b = {name, len};
        buffer_append(to, b);
        buffer_append_char(to, ':');
        append_line(to,
                    bytes_equal(b, bytes_of("host")) ? r->host : find_header(r->headers, b));
        at += len + 1;
    }
}

static void append_canonical(struct buffer *to, const struct tc3_request *r)
{
    static const char unsigned_payload[] = "UNSIGNED-PAYLOAD"; /* api3 3.3 */
    struct bytes said = find_header(r->headers, bytes_of("X-TC-Content-SHA256"));
    bool is_unsigned = bytes_equal(said, bytes_of(unsigned_payload));
    append_line(to, bytes_of(r->method));
    append_line(to, bytes_of("/"));
    append_line(to, r->query);
    append_headers(to, r);
    append_line(to, bytes_of(""));
    append_line(to, r->names);
    append_hash(to, is_unsigned ? said : r->body);
}

/* ---- the signature ---- */

static void append_date(struct buffer *to, const struct tc3_request *r)
{
    char text[32];
    struct tm utc;
    snprintf(text, sizeof text, "%.*s", (int)r->timestamp.len, r->timestamp.data);
    time_t seconds = (time_t)strtoll(text, NULL, 10);
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%d", &utc);
    buffer_append(to, r->date.len > 0 ? r->date : bytes_of(text));
}

static void append_scope(struct buffer *to, const struct tc3_request *r)
{
    append_date(to, r);
    buffer_append_char(to, '/');
    buffer_append(to, r->service);
    buffer_append(to, bytes_of("/tc3_request"));
}

static void append_string_to_sign(struct buffer *to, const struct tc3_request *r)
{
    struct buffer canonical = {0};
    append_canonical(&canonical, r);
    append_line(to, bytes_of("TC3-HMAC-SHA256"));
    append_line(to, r->timestamp);
    append_scope(to, r);
    append_line(to, bytes_of(""));
    append_hash(to, buffer_bytes(&canonical));
    buffer_free(&canonical);
}

static void append_signature(struct buffer *to, const struct tc3_request *r, struct bytes key)
{
    struct buffer secret = {0};
    struct buffer date = {0};
    struct buffer text = {0};
    uint8_t first[DIGEST], second[DIGEST];
    buffer_append(&secret, bytes_of("TC3"));
    buffer_append(&secret, key);
    append_date(&date, r);
    append_string_to_sign(&text, r);
    struct bytes k = hmac(buffer_bytes(&secret), buffer_bytes(&date), first);
    k = hmac(k, r->service, second);
    k = hmac(k, bytes_of("tc3_request"), first);
    hmac(k, buffer_bytes(&text), second);
    append_hex(to, second);
    buffer_free(&secret);
    buffer_free(&date);
    buffer_free(&text);
}

void tc3_sign(struct buffer *to, const struct tc3_request *r, struct bytes id, struct bytes key)
{
    buffer_append(to, bytes_of("TC3-HMAC-SHA256 Credential="));
    buffer_append(to, id);
    buffer_append_char(to, '/');
    append_scope(to, r);
    buffer_append(to, r->separator);
    buffer_append(to, bytes_of("SignedHeaders="));
    buffer_append(to, r->names);
    buffer_append(to, r->separator);
    buffer_append(to, bytes_of("Signature="));
    append_signature(to, r, key);
}
