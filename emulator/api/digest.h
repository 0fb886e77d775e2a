/* digest.h - what signatures are made of: SHA-256, HMAC, hex, Base64, comparing.
 *
 * Memory  contexts and results are the caller's; nothing is allocated, nothing fails.
 * Keys    may be any bytes, also none. */
#ifndef CMQ_API_DIGEST_H
#define CMQ_API_DIGEST_H

#include "base/bytes.h"

#include <nettle/hmac.h>

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256 };

enum {
    DIGEST_MAX = SHA256_DIGEST_SIZE,     /* bytes of the longest digest */
    DIGEST_HEX = 2 * SHA256_DIGEST_SIZE, /* characters, without a NUL */
    DIGEST_BASE64_MAX = (DIGEST_MAX + 2) / 3 * 4,
};

/* SHA-256 of a text that comes in pieces. */
struct sha256 {
    struct sha256_ctx inside;
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, struct bytes piece);
void sha256_end(struct sha256 *s, uint8_t out[DIGEST_MAX]);

/* HMAC (RFC 2104) of a text that comes in pieces. */
struct hmac {
    enum digest_kind kind;
    union {
        struct hmac_sha1_ctx sha1;
        struct hmac_sha256_ctx sha256;
    } inside;
};

void hmac_begin(struct hmac *h, enum digest_kind kind, struct bytes key);
void hmac_add(struct hmac *h, struct bytes piece);

/* Returns the length of the digest: 20 or 32. */
size_t hmac_end(struct hmac *h, uint8_t out[DIGEST_MAX]);

/* Both return the number of characters written; there is no NUL behind them. Lower case, and
 * the standard alphabet with padding. len is at most DIGEST_MAX. */
size_t digest_hex(const uint8_t *digest, size_t len, char out[DIGEST_HEX]);
size_t digest_base64(const uint8_t *digest, size_t len, char out[DIGEST_BASE64_MAX]);

/* The other way round: the bytes that a text stands for. Return their number, or 0 if the text is
 * not like that, or has more than DIGEST_MAX bytes. Hex may be in either case. */
size_t digest_from_hex(struct bytes text, uint8_t out[DIGEST_MAX]);
size_t digest_from_base64(struct bytes text, uint8_t out[DIGEST_MAX]);

/* Takes equally long wherever texts of one length differ. */
bool digest_equal(struct bytes a, struct bytes b);

#endif
