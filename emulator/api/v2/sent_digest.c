/* The text is mended step by step, as if each mistake had been the last one that was made:
 * encoded twice, blanks at its end, blanks for "+", another alphabet, no padding. What is left is
 * Base64 of a digest, or else hex, or Base64 of hex. */
#include "api/v2/sent_digest.h"

#include "api/explain.h"
#include "base/form.h"

enum { TEXT_MAX = 256 };

struct mending {
    char text[TEXT_MAX];
    size_t len;
    struct buffer *difference;
};

static bool has(const struct mending *m, char c)
{
    return memchr(m->text, c, m->len) != NULL;
}

static void replace(struct mending *m, char from, char to)
{
    for (size_t i = 0; i < m->len; i++)
        if (m->text[i] == from)
            m->text[i] = to;
}

static void decode(struct mending *m)
{
    if (!has(m, '%'))
        return;
    m->len = form_decode(m->text, m->len);
    replace(m, ' ', '+'); /* form_decode() has made blanks of them */
    explain_sentence(m->difference, "the signature was percent-encoded twice");
}

static void trim(struct mending *m)
{
    struct bytes trimmed = bytes_trim((struct bytes){m->text, m->len});
    size_t len = m->len;
    memmove(m->text, trimmed.data, m->len = trimmed.len);
    if (m->len < len)
        explain_sentence(m->difference, "there are blanks or line breaks around the signature");
}

static void mend_alphabet(struct mending *m)
{
    if (has(m, ' ')) {
        replace(m, ' ', '+');
        explain_sentence(m->difference,
                         "the + in the signature was sent unencoded: on the wire + is a blank");
    }
    if (has(m, '-') || has(m, '_')) {
        replace(m, '-', '+');
        replace(m, '_', '/');
        explain_sentence(m->difference, "the signature is in the alphabet of Base64 for URLs");
    }
}

static bool is_length(struct sent_digest *d)
{
    d->kind = d->len == SHA256_DIGEST_SIZE ? DIGEST_SHA256 : DIGEST_SHA1;
    return d->len == SHA1_DIGEST_SIZE || d->len == SHA256_DIGEST_SIZE;
}

static bool read_base64(struct sent_digest *d, struct mending *m)
{
    bool padded = m->len % 4 == 0;
    if (!padded && m->len < TEXT_MAX)
        m->text[m->len++] = '=';
    d->len = digest_from_base64((struct bytes){m->text, m->len}, d->bytes);
    if (is_length(d) && !padded)
        explain_sentence(m->difference, "the signature lacks its padding");
    return is_length(d);
}

static bool read_hex(struct sent_digest *d, struct mending *m)
{
    d->len = digest_from_hex((struct bytes){m->text, m->len}, d->bytes);
    if (is_length(d))
        explain_sentence(m->difference, "the signature is in hex, not in Base64");
    return is_length(d);
}

/* Base64 of hex: in two halves, as either is no longer than a digest. */
static bool read_base64_of_hex(struct sent_digest *d, struct mending *m)
{
    enum { PART = 40 };
    uint8_t hex[DIGEST_HEX + DIGEST_MAX];
    size_t len = 0;
    for (size_t at = 0; at < m->len && len <= DIGEST_HEX; at += PART) {
        size_t part = m->len - at < PART ? m->len - at : PART;
        size_t got = digest_from_base64((struct bytes){m->text + at, part}, hex + len);
        if (got == 0)
            return false;
        len += got;
    }
    d->len = digest_from_hex((struct bytes){(const char *)hex, len}, d->bytes);
    if (is_length(d))
        explain_sentence(m->difference,
                         "the signature is Base64 of the digest in hex, not of the digest");
    return is_length(d);
}

bool sent_digest_read(struct sent_digest *d, struct bytes text, struct buffer *difference)
{
    struct mending m = {.difference = difference};
    if (text.len > 0 && text.len <= TEXT_MAX) {
        m.len = text.len;
        memcpy(m.text, text.data, text.len);
        decode(&m);
        trim(&m);
        if (read_hex(d, &m) || read_base64_of_hex(d, &m))
            return true;
        mend_alphabet(&m);
        if (read_base64(d, &m))
            return true;
    }
    buffer_clear(difference);
    explain_sentence(difference,
                     text.len == 0
                         ? "the request has no Signature"
                         : "the Signature is no digest in Base64, which has 28 characters for "
                           "HmacSHA1 and 44 for HmacSHA256");
    return false;
}
