/* A call is signed from some sixty short pieces: names, values, "=" and "&". They are collected
 * and go on 512 bytes at a time; long values go on directly. */
#include "api/v2/signed_text.h"

#include <stdlib.h>

/* ---- order ---- */

static char dotted(char c)
{
    if (c == '_')
        c = '.';
    return c;
}

static int compare_bytes(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int difference = len > 0 ? memcmp(a.data, b.data, len) : 0;
    if (difference != 0)
        return difference;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_dotted(struct bytes a, struct bytes b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned char x = (unsigned char)dotted(a.data[i]);
        unsigned char y = (unsigned char)dotted(b.data[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* Equal names keep the order in which they came: that of their addresses. */
static int in_turn(int difference, const struct pair *a, const struct pair *b)
{
    return difference != 0 ? difference : (a > b) - (a < b);
}

static int by_name(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    return in_turn(compare_bytes((*x)->whole_name, (*y)->whole_name), *x, *y);
}

static int by_dotted(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    int difference = compare_dotted((*x)->whole_name, (*y)->whole_name);
    return difference != 0 ? difference : by_name(a, b);
}

static int by_letter(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    struct bytes m = (*x)->whole_name, n = (*y)->whole_name;
    for (size_t i = 0; i < m.len && i < n.len; i++) {
        unsigned char c = (unsigned char)ascii_lower(m.data[i]);
        unsigned char d = (unsigned char)ascii_lower(n.data[i]);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return m.len != n.len ? (m.len > n.len) - (m.len < n.len) : by_name(a, b);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct bytes text, size_t at)
{
    size_t len = 0;
    while (at + len < text.len && is_digit(text.data[at + len]))
        len++;
    return len;
}

/* Of equal beginnings the longer number is the larger one: there are no zeros before it. */
static int by_number(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    struct bytes m = (*x)->whole_name, n = (*y)->whole_name;
    size_t same = 0;
    while (same < m.len && same < n.len && m.data[same] == n.data[same])
        same++;
    if (same < m.len && same < n.len && is_digit(m.data[same]) && is_digit(n.data[same])) {
        size_t i = digits_at(m, same), j = digits_at(n, same);
        if (i != j)
            return i < j ? -1 : 1;
    } else if (same > 0 && is_digit(m.data[same - 1])) {
        size_t i = digits_at(m, same), j = digits_at(n, same);
        if (i != j)
            return i < j ? -1 : 1;
    }
    return by_name(a, b);
}

static int by_pair(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    struct bytes m = (*x)->whole_name, n = (*y)->whole_name;
    size_t len = m.len < n.len ? m.len : n.len;
    if (m.len == n.len || (len > 0 && memcmp(m.data, n.data, len) != 0))
        return by_name(a, b);
    unsigned char c = (unsigned char)(m.len > len ? m.data[len] : '=');
    unsigned char d = (unsigned char)(n.len > len ? n.data[len] : '=');
    return c != d ? (c > d) - (c < d) : by_name(a, b);
}

static int as_sent(const void *a, const void *b)
{
    const struct pair *const *x = a, *const *y = b;
    return in_turn(0, *x, *y);
}

typedef int comparison(const void *a, const void *b);

/* Most calls have a dozen parameters, and many clients send them sorted. */
static void sort(const struct pair **list, size_t count, comparison *compare)
{
    enum { FEW = 24 };
    if (count > FEW) {
        qsort(list, count, sizeof(const struct pair *), compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct pair *moved = list[i];
        size_t to = i;
        for (; to > 0 && compare(&list[to - 1], &moved) > 0; to--)
            list[to] = list[to - 1];
        list[to] = moved;
    }
}

/* Keep the last one of each name. */
static void drop_repeated(struct signed_pairs *p)
{
    size_t to = 0;
    for (size_t i = 0; i < p->count; i++) {
        bool last = i + 1 == p->count ||
                    !bytes_equal(p->list[i]->whole_name, p->list[i + 1]->whole_name);
        if (last)
            p->list[to++] = p->list[i];
    }
    p->count = to;
}

void signed_pairs_sort(struct signed_pairs *p, const struct form *form, enum signed_order order)
{
    static comparison *const comparisons[] = {
        [SIGNED_BY_NAME] = by_name,     [SIGNED_BY_DOTTED] = by_dotted,
        [SIGNED_BY_LETTER] = by_letter, [SIGNED_BY_NUMBER] = by_number,
        [SIGNED_BY_PAIR] = by_pair,     [SIGNED_AS_SENT] = as_sent,
        [SIGNED_REPEATED] = by_name,
    };
    p->count = 0;
    p->underscores = false;
    p->longest = 0;
    for (size_t i = 0; i < form->count; i++) {
        const struct pair *pair = &form->pairs[i];
        if (bytes_equal(pair->name, bytes_of("Signature")))
            continue;
        p->list[p->count++] = pair;
        if (pair->whole_name.len > p->longest)
            p->longest = pair->whole_name.len;
        if (pair->name.len > 0 && memchr(pair->name.data, '_', pair->name.len) != NULL)
            p->underscores = true;
    }
    sort(p->list, p->count, comparisons[order]);
    if (order != SIGNED_REPEATED)
        drop_repeated(p);
}

bool signed_pairs_same(const struct signed_pairs *a, const struct signed_pairs *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->list[i] != b->list[i])
            return false;
    return true;
}

/* ---- values as they were sent ---- */

/* Cuts the text as form_parse() does. */
bool signed_wire_values(const struct form *form, struct bytes text,
                        struct bytes values[FORM_PAIRS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < text.len;) {
        const char *pair = text.data + at;
        const char *end = memchr(pair, '&', text.len - at);
        size_t len = end != NULL ? (size_t)(end - pair) : text.len - at;
        at += len + 1;
        if (len == 0)
            continue;
        if (count == form->count)
            return false;
        const char *equals = memchr(pair, '=', len);
        const char *value = equals != NULL ? equals + 1 : pair + len;
        values[count++] = (struct bytes){value, len - (size_t)(value - pair)};
    }
    return count == form->count;
}

/* ---- the text ---- */

/* Where the text goes: into an HMAC, or else into a buffer. */
struct outlet {
    struct hmac *hmac;
    struct buffer *buffer;
    size_t len;
    char collected[512];
};

static void pass_on(struct outlet *o, struct bytes piece)
{
    if (o->hmac != NULL)
        hmac_add(o->hmac, piece);
    else
        buffer_append(o->buffer, piece);
}

static void flush(struct outlet *o)
{
    pass_on(o, (struct bytes){o->collected, o->len});
    o->len = 0;
}

static void put(struct outlet *o, struct bytes piece)
{
    if (piece.len > sizeof o->collected - o->len)
        flush(o);
    if (piece.len > sizeof o->collected) {
        pass_on(o, piece);
    } else if (piece.len > 0) {
        memcpy(o->collected + o->len, piece.data, piece.len);
        o->len += piece.len;
    }
}

static void put_char(struct outlet *o, char c)
{
    if (o->len == sizeof o->collected)
        flush(o);
    o->collected[o->len++] = c;
}

static void put_coded(struct outlet *o, enum coding coding, struct bytes text)
{
    struct coder c;
    if (coding == CODING_NONE) {
        put(o, text);
        return;
    }
    coder_begin(&c, coding, text);
    for (struct bytes piece; (piece = coder_next(&c)).len > 0;)
        put(o, piece);
}

/* A piece of what follows the "?". */
static void put_parameter(struct outlet *o, const struct signed_text *t, enum coding coding,
                          struct bytes text)
{
    put_coded(o, t->parameters != CODING_NONE ? t->parameters : coding, text);
}

static void put_name(struct outlet *o, const struct signed_text *t, struct bytes name)
{
    if (!t->pairs->underscores || t->keep_underscores || t->names != CODING_NONE) {
        put_parameter(o, t, t->names, name);
        return;
    }
    while (name.len > 0) {
        const char *mark = memchr(name.data, '_', name.len);
        size_t len = mark != NULL ? (size_t)(mark - name.data) : name.len;
        put(o, (struct bytes){name.data, len});
        if (mark == NULL)
            return;
        put_char(o, '.');
        name = (struct bytes){mark + 1, name.len - len - 1};
    }
}

static void put_value(struct outlet *o, const struct signed_text *t, const struct pair *pair)
{
    enum coding coding = t->only == NULL || t->only == pair ? t->values : CODING_NONE;
    struct bytes value = pair->value;
    if (t->wire_values != NULL)
        value = t->wire_values[pair - t->form->pairs];
    if (t->replaced == pair)
        value = t->replacement;
    put_parameter(o, t, coding, value);
}

static bool is_left_out(const struct signed_text *t, const struct pair *pair)
{
    if (pair->value.len == 0 ? t->without_empty : t->without_at && pair->value.data[0] == '@')
        return true;
    return t->without == pair;
}

static void put_text(struct outlet *o, const struct signed_text *t)
{
    bool first = true;
    put(o, t->method);
    put(o, t->host);
    put(o, t->path);
    if (!t->without_mark)
        put_char(o, '?');
    for (size_t i = 0; i < t->pairs->count; i++) {
        const struct pair *pair = t->pairs->list[i];
        if (is_left_out(t, pair))
            continue;
        if (!first)
            put_parameter(o, t, CODING_NONE, (struct bytes){"&", 1});
        put_name(o, t, pair->whole_name);
        put_parameter(o, t, CODING_NONE, (struct bytes){"=", 1});
        put_value(o, t, pair);
        first = false;
    }
    flush(o);
}

size_t signed_text_hmac(const struct signed_text *t, enum digest_kind kind, struct bytes key,
                        uint8_t digest[DIGEST_MAX])
{
    struct hmac hmac;
    struct outlet o;
    o.hmac = &hmac;
    o.len = 0;
    hmac_begin(&hmac, kind, key);
    put_text(&o, t);
    return hmac_end(&hmac, digest);
}

void signed_text_write(const struct signed_text *t, struct buffer *out)
{
    struct outlet o;
    o.hmac = NULL;
    o.buffer = out;
    o.len = 0;
    put_text(&o, t);
}
