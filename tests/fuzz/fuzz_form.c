/* A form: form_parse() against a parser that is as plain as can be, one character at a time. */
#include "tests/fuzz/fuzz.h"

#include "base/form.h"

#include <assert.h>
#include <stdlib.h>

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, ascii_lower(c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The decoded text, which is the caller's. */
static struct bytes decoded(struct bytes text)
{
    char *to = malloc(text.len + 1);
    size_t len = 0;
    assert(to != NULL);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%' && i + 2 < text.len && digit(text.data[i + 1]) >= 0 &&
            digit(text.data[i + 2]) >= 0) {
            c = (char)(digit(text.data[i + 1]) * 16 + digit(text.data[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        to[len++] = c;
    }
    return (struct bytes){to, len};
}

static struct bytes without_blanks(struct bytes b)
{
    for (; b.len > 0 && strchr(" \t", b.data[0]) != NULL && b.data[0] != '\0'; b.len--)
        b.data++;
    while (b.len > 0 && b.data[b.len - 1] != '\0' && strchr(" \t", b.data[b.len - 1]) != NULL)
        b.len--;
    return b;
}

/* Hold a pair against the piece of text that it was made of; returns its decoded length. */
static size_t check_pair(const struct pair *p, struct bytes piece)
{
    size_t equals = 0;
    while (equals < piece.len && piece.data[equals] != '=')
        equals++;
    size_t value = equals < piece.len ? equals + 1 : equals;
    struct bytes name = decoded((struct bytes){piece.data, equals});
    struct bytes text = decoded((struct bytes){piece.data + value, piece.len - value});
    assert(bytes_equal(p->whole_name, name));
    assert(bytes_equal(p->name, without_blanks(name)));
    assert(bytes_equal(p->value, text));
    size_t len = p->name.len + text.len;
    free((char *)(uintptr_t)name.data);
    free((char *)(uintptr_t)text.data);
    return len;
}

static void check_form(const struct form *f, struct bytes text, bool whole)
{
    size_t count = 0, empty = 0, len = 0, end;
    for (size_t at = 0; at < text.len && (whole || count < f->count); at = end + 1) {
        for (end = at; end < text.len && text.data[end] != '&';)
            end++;
        if (end == at) {
            empty++;
            continue;
        }
        assert(count < f->count);
        len += check_pair(&f->pairs[count++], (struct bytes){text.data + at, end - at});
    }
    assert(count == f->count && len == f->decoded_len);
    assert(!whole || empty <= FORM_PAIRS_MAX);
}

/* Of several of one name the last one counts. */
static void check_finding(const struct form *f)
{
    for (size_t i = 0; i < f->count && i < 32; i++) {
        size_t last = i;
        for (size_t j = i + 1; j < f->count; j++)
            if (bytes_equal(f->pairs[i].name, f->pairs[j].name))
                last = j;
        assert(form_find(f, f->pairs[i].name) == &f->pairs[last].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct form form = {.count = 0};
    char *copy = malloc(size > 0 ? size : 1);
    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    bool whole = form_parse(&form, copy, size);
    check_form(&form, text, whole);
    check_finding(&form);
    form_free(&form);
    free(copy);
    return 0;
}
