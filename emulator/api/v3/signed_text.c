#include "api/v3/signed_text.h"

#include "api/v3/headers.h"

/* ---- signed fields ---- */

static int compare_names(struct bytes a, struct bytes b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned char x = (unsigned char)ascii_lower(a.data[i]);
        unsigned char y = (unsigned char)ascii_lower(b.data[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static void sort(struct v3_field *fields, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct v3_field moved = fields[i];
        size_t to = i;
        for (; to > 0 && compare_names(fields[to - 1].name, moved.name) > 0; to--)
            fields[to] = fields[to - 1];
        fields[to] = moved;
    }
}

static bool is_listed(const struct v3_text *t, struct bytes name)
{
    for (size_t i = 0; i < t->count; i++)
        if (bytes_equal_nocase(t->fields[i].name, name))
            return true;
    return false;
}

bool v3_text_set_fields(struct v3_text *t, struct bytes names, struct bytes headers)
{
    t->count = 0;
    while (names.len > 0) {
        const char *end = memchr(names.data, ';', names.len);
        size_t len = end != NULL ? (size_t)(end - names.data) : names.len;
        struct bytes name = {names.data, len};
        if (t->count == V3_FIELDS_MAX || is_listed(t, name))
            return false;
        t->fields[t->count++] = (struct v3_field){name, v3_header(headers, name)};
        len += end != NULL;
        names.data += len;
        names.len -= len;
    }
    if (!t->names_as_listed)
        sort(t->fields, t->count);
    return true;
}

struct v3_field *v3_text_field(struct v3_text *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (bytes_equal_nocase(t->fields[i].name, bytes_of(name)))
            return &t->fields[i];
    return NULL;
}

/* ---- the texts ---- */

/* Where a text goes: into a hash, or else into a buffer. */
struct outlet {
    struct sha256 *hash;
    struct buffer *buffer;
};

static void put(struct outlet o, struct bytes piece)
{
    if (o.hash != NULL)
        sha256_add(o.hash, piece);
    else
        buffer_append(o.buffer, piece);
}

static void put_text(struct outlet o, const char *text)
{
    put(o, bytes_of(text));
}

static void put_lower(struct outlet o, struct bytes text)
{
    while (text.len > 0) {
        char lower[64];
        size_t len = text.len < sizeof lower ? text.len : sizeof lower;
        for (size_t i = 0; i < len; i++)
            lower[i] = ascii_lower(text.data[i]);
        put(o, (struct bytes){lower, len});
        text.data += len;
        text.len -= len;
    }
}

static void put_name(struct outlet o, const struct v3_text *t, struct bytes name)
{
    if (t->names_as_listed)
        put(o, name);
    else
        put_lower(o, name);
}

static void put_fields(struct outlet o, const struct v3_text *t)
{
    for (size_t i = 0; i < t->count; i++) {
        put_name(o, t, t->fields[i].name);
        put_text(o, ":");
        if (t->lower_values)
            put_lower(o, t->fields[i].value);
        else
            put(o, t->fields[i].value);
        put_text(o, "\n");
    }
    if (!t->without_empty_line)
        put_text(o, "\n");
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            put_text(o, ";");
        put_name(o, t, t->fields[i].name);
    }
    put_text(o, "\n");
}

static void put_request(struct outlet o, const struct v3_text *t)
{
    put(o, t->method);
    put_text(o, "\n");
    put(o, t->path);
    put_text(o, "\n");
    put(o, t->query);
    put_text(o, "\n");
    put_fields(o, t);
    put(o, t->payload);
    if (t->line_at_end)
        put_text(o, "\n");
}

static void request_hash(const struct v3_text *t, char hex[DIGEST_HEX])
{
    struct sha256 s;
    uint8_t digest[DIGEST_MAX];
    sha256_begin(&s);
    put_request((struct outlet){&s, NULL}, t);
    sha256_end(&s, digest);
    digest_hex(digest, sizeof digest, hex);
}

/* The pieces of the string to sign. */
enum { STRING_PIECES = 7 };

static void string_pieces(const struct v3_text *t, char hex[DIGEST_HEX],
                          struct bytes pieces[STRING_PIECES])
{
    request_hash(t, hex);
    pieces[0] = bytes_of("TC3-HMAC-SHA256\n");
    pieces[1] = t->timestamp;
    pieces[2] = bytes_of("\n");
    pieces[3] = t->date;
    pieces[4] = bytes_of("/");
    pieces[5] = t->service;
    pieces[6] = bytes_of("/tc3_request\n");
}

void v3_text_write(const struct v3_text *t, struct buffer *out)
{
    char hex[DIGEST_HEX];
    struct bytes pieces[STRING_PIECES];
    string_pieces(t, hex, pieces);
    put_request((struct outlet){NULL, out}, t);
    buffer_append(out, bytes_of("\n\n"));
    for (size_t i = 0; i < STRING_PIECES; i++)
        buffer_append(out, pieces[i]);
    buffer_append(out, (struct bytes){hex, DIGEST_HEX});
}

/* ---- signing ---- */

void v3_hash(struct bytes text, char hex[DIGEST_HEX])
{
    struct sha256 s;
    uint8_t digest[DIGEST_MAX];
    sha256_begin(&s);
    sha256_add(&s, text);
    sha256_end(&s, digest);
    digest_hex(digest, sizeof digest, hex);
}

/* The key of the next step, or the signature itself; next may be key. */
static void step(const uint8_t key[DIGEST_MAX], struct bytes text, uint8_t next[DIGEST_MAX])
{
    struct hmac h;
    hmac_begin(&h, DIGEST_SHA256, (struct bytes){(const char *)key, DIGEST_MAX});
    hmac_add(&h, text);
    hmac_end(&h, next);
}

/* HMAC of the date by prefix and secret key. A key longer than a block of the hash counts as its
 * hash (RFC 2104), so the two need not be put together for a key of any length. */
static void first_step(struct bytes prefix, struct bytes key, struct bytes date,
                       uint8_t next[DIGEST_MAX])
{
    uint8_t together[SHA256_BLOCK_SIZE];
    size_t len = prefix.len + key.len;
    struct hmac h;
    if (len > sizeof together) {
        struct sha256 s;
        sha256_begin(&s);
        sha256_add(&s, prefix);
        sha256_add(&s, key);
        sha256_end(&s, together);
        len = DIGEST_MAX;
    } else {
        memcpy(together, prefix.data, prefix.len);
        if (key.len > 0)
            memcpy(together + prefix.len, key.data, key.len);
    }
    hmac_begin(&h, DIGEST_SHA256, (struct bytes){(const char *)together, len});
    hmac_add(&h, date);
    hmac_end(&h, next);
}

void v3_text_sign(const struct v3_text *t, struct bytes key, char hex[DIGEST_HEX])
{
    struct bytes pieces[STRING_PIECES];
    uint8_t digest[DIGEST_MAX];
    struct hmac h;
    first_step(bytes_of(t->bare_key ? "" : "TC3"), key, t->date, digest);
    step(digest, t->service, digest);
    step(digest, bytes_of("tc3_request"), digest);
    string_pieces(t, hex, pieces);
    hmac_begin(&h, DIGEST_SHA256, (struct bytes){(const char *)digest, DIGEST_MAX});
    for (size_t i = 0; i < STRING_PIECES; i++)
        hmac_add(&h, pieces[i]);
    hmac_add(&h, (struct bytes){hex, DIGEST_HEX});
    hmac_end(&h, digest);
    digest_hex(digest, sizeof digest, hex);
}
