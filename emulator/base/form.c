/* Parsing in place, once over the text.
 *
 * A body may be 4 MiB, most of it one value without escapes. So each character is looked at by
 * memchr() and not one by one: for the next "&" and "=", and for the next "%" and "+", whose
 * positions are remembered from one pair to the next (struct escapes). A name or value before
 * both of them is used as it is, without decoding it.
 *
 * Decoding never makes text longer, so it can be written over itself. */
#include "base/form.h"

#include <stdint.h>
#include <stdlib.h>

/* The value of a hex digit, and NONE for other characters. */
enum { NONE = 16 };

/* clang-format off */
static const uint8_t hex_digits[256] = {
#define NONES_16 NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
#define LETTERS  NONE, 10, 11, 12, 13, 14, 15, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
    NONES_16, NONES_16, NONES_16,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NONE, NONE, NONE, NONE, NONE, NONE,
    LETTERS, NONES_16, LETTERS, NONES_16,
    NONES_16, NONES_16, NONES_16, NONES_16, NONES_16, NONES_16, NONES_16, NONES_16,
#undef NONES_16
#undef LETTERS
};
/* clang-format on */

static unsigned hex_digit(char c)
{
    return hex_digits[(unsigned char)c];
}

size_t form_decode(char *text, size_t len)
{
    size_t to = 0;
    for (size_t from = 0; from < len; from++) {
        char c = text[from];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && len - from > 2) {
            unsigned high = hex_digit(text[from + 1]), low = hex_digit(text[from + 2]);
            if ((high | low) < NONE) {
                c = (char)(high << 4 | low);
                from += 2;
            }
        }
        text[to++] = c;
    }
    return to;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && is_blank(b.data[0])) {
        b.data++;
        b.len--;
    }
    while (b.len > 0 && is_blank(b.data[b.len - 1]))
        b.len--;
    return b;
}

/* The next "%" and the next "+", or the end of the text. Both are looked for again only once
 * the parser has passed them: else a text without "+" would be searched in full for each
 * pair. */
struct escapes {
    const char *percent, *plus;
};

static const char *find(const char *from, const char *end, char what)
{
    const char *at = memchr(from, what, (size_t)(end - from));
    return at != NULL ? at : end;
}

static void look_ahead(struct escapes *e, const char *from, const char *end)
{
    if (e->percent < from)
        e->percent = find(from, end, '%');
    if (e->plus < from)
        e->plus = find(from, end, '+');
}

/* e has the first escapes at or after text. */
static struct bytes decode(char *text, size_t len, const struct escapes *e)
{
    bool plain = e->percent >= text + len && e->plus >= text + len;
    return (struct bytes){text, plain ? len : form_decode(text, len)};
}

static bool add(struct form *f, char *text, size_t len, const struct escapes *e)
{
    if (f->count == FORM_PAIRS_MAX)
        return false;
    if (f->count == f->room) {
        size_t room = f->room == 0 ? 32 : f->room * 2;
        struct pair *pairs = realloc(f->pairs, room * sizeof *pairs);
        f->no_memory = pairs == NULL;
        if (pairs == NULL)
            return false;
        f->pairs = pairs;
        f->room = room;
    }
    char *equals = memchr(text, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - text) : len;
    char *value = equals != NULL ? equals + 1 : text + len;
    size_t value_len = len - (size_t)(value - text);

    struct pair *p = &f->pairs[f->count++];
    p->whole_name = decode(text, name_len, e);
    p->name = trim(p->whole_name);
    p->value = decode(value, value_len, e);
    f->decoded_len += p->name.len + p->value.len;
    return true;
}

bool form_parse(struct form *f, char *text, size_t len)
{
    struct escapes e = {NULL, NULL};
    size_t empty = 0;
    form_clear(f);
    for (size_t at = 0; at < len;) {
        char *end = memchr(text + at, '&', len - at);
        size_t pair_len = end != NULL ? (size_t)(end - (text + at)) : len - at;
        look_ahead(&e, text + at, text + len);
        if (pair_len == 0 ? ++empty > FORM_PAIRS_MAX : !add(f, text + at, pair_len, &e))
            return false;
        at += pair_len + 1;
    }
    return true;
}

void form_clear(struct form *f)
{
    f->count = 0;
    f->decoded_len = 0;
    f->no_memory = false;
}

void form_free(struct form *f)
{
    free(f->pairs);
    *f = (struct form){NULL, 0, 0, 0, false};
}
