#include "sign.h"

#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct bytes sign_text(enum digest_kind kind, struct bytes key, struct bytes text)
{
    static char base64[DIGEST_BASE64_MAX];
    struct hmac h;
    uint8_t digest[DIGEST_MAX];
    hmac_begin(&h, kind, key);
    hmac_add(&h, text);
    size_t len = hmac_end(&h, digest);
    return (struct bytes){base64, digest_base64(digest, len, base64)};
}

static void hash_hex(struct bytes text, char hex[DIGEST_HEX])
{
    struct sha256 s;
    uint8_t digest[DIGEST_MAX];
    sha256_begin(&s);
    sha256_add(&s, text);
    sha256_end(&s, digest);
    digest_hex(digest, sizeof digest, hex);
}

struct bytes sign_by(const char *whole_key, const char *timestamp, const char *date,
                     const char *service, struct bytes canonical)
{
    static char hex[DIGEST_HEX];
    char text[512];
    uint8_t digest[DIGEST_MAX];
    hash_hex(canonical, hex);
    snprintf(text, sizeof text, "TC3-HMAC-SHA256\n%s\n%s/%s/tc3_request\n%.*s", timestamp, date,
             service, DIGEST_HEX, hex);
    const char *const steps[] = {date, service, "tc3_request", text};
    struct bytes key = bytes_of(whole_key);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct hmac h;
        hmac_begin(&h, DIGEST_SHA256, key);
        hmac_add(&h, bytes_of(steps[i]));
        hmac_end(&h, digest);
        key = (struct bytes){(const char *)digest, sizeof digest};
    }
    digest_hex(digest, sizeof digest, hex);
    return (struct bytes){hex, sizeof hex};
}

static void append_encoded(struct buffer *b, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char encoded[4];
        snprintf(encoded, sizeof encoded, "%%%02X", (unsigned char)text.data[i]);
        buffer_append(b, bytes_of(encoded));
    }
}

void sent_form_make(struct sent_form *f, struct bytes wire, struct bytes signature)
{
    struct buffer b = {0};
    buffer_append(&b, wire);
    if (signature.len > 0) {
        buffer_append(&b, bytes_of("&Signature="));
        append_encoded(&b, signature);
    }
    *f = (struct sent_form){.wire = b.data, .decoded = malloc(b.len + 1), .len = b.len};
    assert(!b.failed && f->decoded != NULL);
    if (b.len > 0)
        memcpy(f->decoded, f->wire, b.len);
    bool parsed = form_parse(&f->form, f->decoded, f->len);
    assert(parsed);
    (void)parsed;
}

void sent_form_free(struct sent_form *f)
{
    form_free(&f->form);
    free(f->decoded);
    free(f->wire);
}
