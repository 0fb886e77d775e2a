#include "api/explain.h"

void explanation_free(struct explanation *e)
{
    buffer_free(&e->to_sign);
    buffer_free(&e->likely);
    buffer_free(&e->difference);
    e->found = false;
}

void explain_begin(struct buffer *difference)
{
    if (difference->len > 0)
        buffer_append(difference, bytes_of("; "));
}

void explain_bytes(struct buffer *difference, struct bytes text)
{
    enum { SHOWN_MAX = 100 };
    for (size_t i = 0; i < text.len && i < SHOWN_MAX; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c == 127)
            c = '?';
        buffer_append_char(difference, (char)c);
    }
    if (text.len > SHOWN_MAX)
        buffer_append(difference, bytes_of("..."));
}

void explain_sentence(struct buffer *difference, const char *sentence)
{
    if (difference == NULL)
        return;
    explain_begin(difference);
    buffer_append(difference, bytes_of(sentence));
}

void explain_other(struct buffer *difference, const char *what, struct bytes theirs,
                   const char *verb, struct bytes ours)
{
    if (difference == NULL)
        return;
    bool none = theirs.len == 0;
    explain_sentence(difference, none ? "the client signed no " : "the client signed the ");
    buffer_append(difference, bytes_of(what));
    if (!none)
        buffer_append_char(difference, ' ');
    explain_bytes(difference, theirs);
    buffer_append(difference, bytes_of(", and "));
    buffer_append(difference, bytes_of(verb));
    if (ours.len > 0)
        buffer_append_char(difference, ' ');
    explain_bytes(difference, ours);
    if (ours.len == 0)
        buffer_append(difference, bytes_of(" none"));
}

struct bytes explain_join(char *out, size_t size, struct bytes a, struct bytes b)
{
    if (a.len + b.len > size)
        return (struct bytes){NULL, 0};
    if (a.len > 0)
        memcpy(out, a.data, a.len);
    if (b.len > 0)
        memcpy(out + a.len, b.data, b.len);
    return (struct bytes){out, a.len + b.len};
}

void explain_nothing(struct buffer *difference)
{
    explain_begin(difference);
    buffer_append(difference, bytes_of("no known mistake explains it: compare the string to "
                                       "sign, and check the secret key"));
}
