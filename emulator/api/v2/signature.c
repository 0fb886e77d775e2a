/* The documented way is tried first, and nearly always matches. Only then is it looked which of
 * the variants would make another text of this request at all, and these are tried, first one at
 * a time, then together. The variant of a signature whose "+" arrived as blanks costs nothing:
 * each digest is compared with the signature as it came and as it may have been meant. */
#include "api/v2/signature.h"

#include "api/host.h"
#include "api/v2/signed_text.h"

enum {
    VARIANTS = 5,          /* those that make another text: all but V2_VARIANT_PLUS */
    READ_MAX = 9 * 262144, /* bytes that further tries may read: some two milliseconds */
};

static const char documented_path[] = "/v2/index.php";

enum digest_kind v2_signature_method(const struct form *form)
{
    bool sha256 = bytes_equal(form_value(form, "SignatureMethod"), bytes_of("HmacSHA256"));
    return sha256 ? DIGEST_SHA256 : DIGEST_SHA1;
}

/* ---- one try ---- */

/* The signature of a request, and what it is compared with. */
struct received {
    enum digest_kind kind;
    struct bytes key;
    struct bytes text;              /* as it came */
    char mended[DIGEST_BASE64_MAX]; /* with "+" for each blank */
    bool lenient;
};

/* False if no digest looks like this. */
static bool receive(struct received *r, const struct v2_signed *s)
{
    r->kind = v2_signature_method(s->form);
    r->key = s->key;
    r->text = form_value(s->form, "Signature");
    r->lenient = !s->strict;
    size_t digest_len = r->kind == DIGEST_SHA1 ? SHA1_DIGEST_SIZE : SHA256_DIGEST_SIZE;
    if (r->text.len != (digest_len + 2) / 3 * 4)
        return false;
    memcpy(r->mended, r->text.data, r->text.len);
    for (size_t i = 0; i < r->text.len; i++)
        if (r->mended[i] == ' ')
            r->mended[i] = '+';
    return true;
}

static bool matches(const struct received *r, const struct signed_text *t, unsigned *variants)
{
    uint8_t digest[DIGEST_MAX];
    char expected[DIGEST_BASE64_MAX];
    size_t len = signed_text_hmac(t, r->kind, r->key, digest);
    struct bytes text = {expected, digest_base64(digest, len, expected)};
    if (digest_equal(text, r->text))
        return true;
    if (!r->lenient || !digest_equal(text, (struct bytes){r->mended, r->text.len}))
        return false;
    *variants |= V2_VARIANT_PLUS;
    return true;
}

/* ---- variants ---- */

/* What the variants need besides the documented text. */
struct variety {
    struct signed_text plain;
    struct signed_pairs dotted;
    struct bytes wire_values[FORM_PAIRS_MAX];
    unsigned possible; /* variants that make another text of this request */
};

static bool has_at(const struct signed_pairs *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i]->value.len > 0 && p->list[i]->value.data[0] == '@')
            return true;
    return false;
}

static bool has_encoded_values(struct variety *v, struct bytes wire)
{
    const struct form *form = v->plain.form;
    if (wire.data == NULL || !signed_wire_values(form, wire, v->wire_values))
        return false;
    for (size_t i = 0; i < form->count; i++)
        if (!bytes_equal(form->pairs[i].name, bytes_of("Signature")) &&
            !bytes_equal(form->pairs[i].value, v->wire_values[i]))
            return true;
    return false;
}

static bool is_sorted_otherwise(struct variety *v)
{
    const struct signed_pairs *p = v->plain.pairs;
    if (!p->underscores || p->longest > SIGNED_NAME_MAX)
        return false;
    signed_pairs_sort(&v->dotted, v->plain.form, SIGNED_BY_DOTTED);
    return !signed_pairs_same(p, &v->dotted);
}

static void find_possible(struct variety *v, const struct v2_signed *s)
{
    v->possible = 0;
    if (bytes_equal(s->method, bytes_of("POST")) && has_at(v->plain.pairs))
        v->possible |= V2_VARIANT_AT;
    if (!bytes_equal(s->path, bytes_of(documented_path)))
        v->possible |= V2_VARIANT_PATH;
    if (host_without_port(s->host).len < s->host.len)
        v->possible |= V2_VARIANT_PORT;
    if (has_encoded_values(v, s->wire))
        v->possible |= V2_VARIANT_WIRE;
    if (is_sorted_otherwise(v))
        v->possible |= V2_VARIANT_DOTS;
}

static struct signed_text vary(const struct variety *v, unsigned variants)
{
    struct signed_text t = v->plain;
    t.without_at = (variants & V2_VARIANT_AT) != 0;
    if (variants & V2_VARIANT_PATH)
        t.path = bytes_of(documented_path);
    if (variants & V2_VARIANT_PORT)
        t.host = host_without_port(t.host);
    if (variants & V2_VARIANT_WIRE)
        t.wire_values = v->wire_values;
    if (variants & V2_VARIANT_DOTS)
        t.pairs = &v->dotted;
    return t;
}

static unsigned count_bits(unsigned n)
{
    unsigned count = 0;
    for (; n != 0; n &= n - 1)
        count++;
    return count;
}

static bool try_variants(const struct v2_signed *s, const struct signed_text *plain,
                         const struct received *r, unsigned *variants)
{
    struct variety v;
    size_t left = READ_MAX;
    v.plain = *plain;
    find_possible(&v, s);
    for (unsigned together = 1; together <= VARIANTS; together++) {
        for (unsigned set = 1; set < 1U << VARIANTS; set++) {
            if ((set & ~v.possible) != 0 || count_bits(set) != together)
                continue;
            size_t cost = set & V2_VARIANT_WIRE ? s->wire.len : plain->form->decoded_len;
            if (cost > left)
                continue; /* a cheaper one may still be tried */
            left -= cost;
            struct signed_text t = vary(&v, set);
            *variants = set;
            if (matches(r, &t, variants))
                return true;
        }
    }
    return false;
}

bool v2_signature_verify(const struct v2_signed *s, unsigned *variants)
{
    struct received r;
    struct signed_pairs pairs;
    struct signed_text t = {
        .method = s->method,
        .host = s->host,
        .path = s->path,
        .form = s->form,
        .pairs = &pairs,
    };
    *variants = 0;
    if (!receive(&r, s))
        return false;
    signed_pairs_sort(&pairs, s->form, SIGNED_BY_NAME);
    return matches(&r, &t, variants) || (!s->strict && try_variants(s, &t, &r, variants));
}
