#include "converse_sign.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <stdlib.h>

/* ---- keys ---- */

/* Its index; keys->count if there is none. */
static size_t find_key(const struct sign_keys *keys, struct bytes id)
{
    size_t i = 0;
    while (i < keys->count && !bytes_equal(buffer_bytes(&keys->list[i].id), id))
        i++;
    return i;
}

static void put(struct buffer *to, struct bytes text)
{
    buffer_clear(to);
    buffer_append(to, text);
}

bool sign_keys_set(struct sign_keys *keys, struct bytes id, struct bytes key,
                   struct bytes token)
{
    size_t at = find_key(keys, id);
    if (at == SIGN_KEYS_MAX)
        return false;
    if (at == keys->count)
        keys->count++;
    struct sign_key *k = &keys->list[at];
    put(&k->id, id);
    put(&k->key, key);
    put(&k->token, token);
    return true;
}

const struct sign_key *sign_keys_find(const struct sign_keys *keys, struct bytes id)
{
    size_t at = find_key(keys, id);
    return at < keys->count ? &keys->list[at] : NULL;
}

void sign_keys_free(struct sign_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        buffer_free(&keys->list[i].id);
        buffer_free(&keys->list[i].key);
        buffer_free(&keys->list[i].token);
    }
    keys->count = 0;
}

/* ---- parameters ---- */

static const struct word *find(const struct line *line, const char *name)
{
    for (size_t i = 1; i < line->count; i++)
        if (line->words[i].operator== WORD_EQUAL &&
            bytes_equal(buffer_bytes(&line->words[i].name), bytes_of(name)))
            return &line->words[i];
    return NULL;
}

static bool add(struct line *line, const char *name, struct bytes value)
{
    if (find(line, name) != NULL)
        return true;
    if (line->count == LINE_WORDS_MAX)
        return false;
    struct word *w = &line->words[line->count++];
    *w = (struct word){.operator= WORD_EQUAL };
    buffer_append(&w->name, bytes_of(name));
    buffer_append(&w->value, value);
    return true;
}

static bool add_number(struct line *line, const char *name, int64_t number)
{
    struct buffer digits = {0};
    buffer_append_int(&digits, number);
    bool added = add(line, name, buffer_bytes(&digits));
    buffer_free(&digits);
    return added;
}

/* ---- the text that is signed ---- */

struct parameter {
    struct bytes name, value;
};

/* By name, byte by byte. */
static int compare(const void *a, const void *b)
{
    struct bytes x = ((const struct parameter *)a)->name;
    struct bytes y = ((const struct parameter *)b)->name;
    size_t both = x.len < y.len ? x.len : y.len;
    int order = both > 0 ? memcmp(x.data, y.data, both) : 0;
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

static size_t list_parameters(const struct line *line, struct parameter *list)
{
    size_t count = 0;
    if (!word_is(&line->words[0], "-"))
        list[count++] =
            (struct parameter){bytes_of("Action"), buffer_bytes(&line->words[0].name)};
    for (size_t i = 1; i < line->count; i++)
        list[count++] = (struct parameter){buffer_bytes(&line->words[i].name),
                                           buffer_bytes(&line->words[i].value)};
    qsort(list, count, sizeof *list, compare);
    return count;
}

static void append_name(struct buffer *text, struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (c == '_')
            c = '.';
        buffer_append_char(text, c);
    }
}

static void write_text(const struct line *line, const struct sign_manner *m,
                       struct buffer *text)
{
    struct parameter list[LINE_WORDS_MAX];
    size_t count = list_parameters(line, list);
    buffer_append(text, bytes_of(m->method));
    buffer_append(text, bytes_of(m->host));
    buffer_append(text, (struct bytes){m->path, strcspn(m->path, "?")});
    for (size_t i = 0; i < count; i++) {
        buffer_append_char(text, i == 0 ? '?' : '&');
        append_name(text, list[i].name);
        buffer_append_char(text, '=');
        buffer_append(text, list[i].value);
    }
}

/* ---- the signature ---- */

static const uint8_t *octets(struct bytes b)
{
    return (const uint8_t *)b.data;
}

static size_t digest_sha256(struct bytes key, struct bytes text, uint8_t *out)
{
    struct hmac_sha256_ctx hmac;
    hmac_sha256_set_key(&hmac, key.len, octets(key));
    hmac_sha256_update(&hmac, text.len, octets(text));
    hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, out);
    return SHA256_DIGEST_SIZE;
}

static size_t digest_sha1(struct bytes key, struct bytes text, uint8_t *out)
{
    struct hmac_sha1_ctx hmac;
    hmac_sha1_set_key(&hmac, key.len, octets(key));
    hmac_sha1_update(&hmac, text.len, octets(text));
    hmac_sha1_digest(&hmac, SHA1_DIGEST_SIZE, out);
    return SHA1_DIGEST_SIZE;
}

/* HmacSHA256 only where SignatureMethod says just that (common 3.1). */
static bool add_signature(struct line *line, struct bytes key, const struct sign_manner *m)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
    struct buffer text = {0};
    const struct word *method = find(line, "SignatureMethod");
    bool sha256 =
        method != NULL && bytes_equal(buffer_bytes(&method->value), bytes_of("HmacSHA256"));
    write_text(line, m, &text);
    size_t len = (sha256 ? digest_sha256 : digest_sha1)(key, buffer_bytes(&text), digest);
    buffer_free(&text);
    base64_encode_raw(base64, len, digest);
    return add(line, "Signature", (struct bytes){base64, BASE64_ENCODE_RAW_LENGTH(len)});
}

bool sign_line(struct line *line, struct sign_keys *keys, const struct sign_manner *m)
{
    const struct word *id = find(line, "SecretId");
    if (id == NULL || find(line, "Signature") != NULL)
        return true;
    size_t at = find_key(keys, buffer_bytes(&id->value));
    if (at == keys->count)
        return true;
    const struct sign_key *k = &keys->list[at];
    return add_number(line, "Timestamp", m->timestamp) &&
           add_number(line, "Nonce", ++keys->nonce) &&
           (m->sha1 || add(line, "SignatureMethod", bytes_of("HmacSHA256"))) &&
           (k->token.len == 0 || add(line, "Token", buffer_bytes(&k->token))) &&
           add_signature(line, buffer_bytes(&k->key), m);
}
