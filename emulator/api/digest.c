#include "api/digest.h"

#include <nettle/base16.h>
#include <nettle/base64.h>
#include <nettle/memops.h>
#include <nettle/version.h>

#include <assert.h>

/* Since nettle 4 the length of a digest is no argument any more. */
#if NETTLE_VERSION_MAJOR >= 4
#define DIGEST(f, context, len, out) f(context, out)
#else
#define DIGEST(f, context, len, out) f(context, len, out)
#endif

static const uint8_t *octets(struct bytes b)
{
    return (const uint8_t *)b.data;
}

void sha256_begin(struct sha256 *s)
{
    sha256_init(&s->inside);
}

void sha256_add(struct sha256 *s, struct bytes piece)
{
    if (piece.len > 0)
        sha256_update(&s->inside, piece.len, octets(piece));
}

void sha256_end(struct sha256 *s, uint8_t out[DIGEST_MAX])
{
    DIGEST(sha256_digest, &s->inside, SHA256_DIGEST_SIZE, out);
}

void hmac_begin(struct hmac *h, enum digest_kind kind, struct bytes key)
{
    if (key.len == 0) /* its data may be NULL */
        key = bytes_of("");
    h->kind = kind;
    if (kind == DIGEST_SHA1)
        hmac_sha1_set_key(&h->inside.sha1, key.len, octets(key));
    else
        hmac_sha256_set_key(&h->inside.sha256, key.len, octets(key));
}

void hmac_add(struct hmac *h, struct bytes piece)
{
    if (piece.len == 0)
        return;
    if (h->kind == DIGEST_SHA1)
        hmac_sha1_update(&h->inside.sha1, piece.len, octets(piece));
    else
        hmac_sha256_update(&h->inside.sha256, piece.len, octets(piece));
}

size_t hmac_end(struct hmac *h, uint8_t out[DIGEST_MAX])
{
    if (h->kind == DIGEST_SHA1) {
        DIGEST(hmac_sha1_digest, &h->inside.sha1, SHA1_DIGEST_SIZE, out);
        return SHA1_DIGEST_SIZE;
    }
    DIGEST(hmac_sha256_digest, &h->inside.sha256, SHA256_DIGEST_SIZE, out);
    return SHA256_DIGEST_SIZE;
}

size_t digest_hex(const uint8_t *digest, size_t len, char out[DIGEST_HEX])
{
    assert(len <= DIGEST_MAX);
    base16_encode_update(out, len, digest);
    return 2 * len;
}

size_t digest_base64(const uint8_t *digest, size_t len, char out[DIGEST_BASE64_MAX])
{
    assert(len <= DIGEST_MAX);
    base64_encode_raw(out, len, digest);
    return BASE64_ENCODE_RAW_LENGTH(len);
}

size_t digest_from_hex(struct bytes text, uint8_t out[DIGEST_MAX])
{
    struct base16_decode_ctx context;
    uint8_t decoded[BASE16_DECODE_LENGTH(DIGEST_HEX)];
    size_t len = sizeof decoded;
    if (text.len > DIGEST_HEX)
        return 0;
    base16_decode_init(&context);
    if (!base16_decode_update(&context, &len, decoded, text.len, text.data) ||
        !base16_decode_final(&context) || len > DIGEST_MAX)
        return 0;
    memcpy(out, decoded, len);
    return len;
}

size_t digest_from_base64(struct bytes text, uint8_t out[DIGEST_MAX])
{
    struct base64_decode_ctx context;
    uint8_t decoded[BASE64_DECODE_LENGTH(DIGEST_BASE64_MAX)];
    size_t len = sizeof decoded;
    if (text.len > DIGEST_BASE64_MAX)
        return 0;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &len, decoded, text.len, text.data) ||
        !base64_decode_final(&context) || len > DIGEST_MAX)
        return 0;
    memcpy(out, decoded, len);
    return len;
}

bool digest_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memeql_sec(a.data, b.data, a.len) != 0);
}
