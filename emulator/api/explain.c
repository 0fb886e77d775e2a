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
        buffer_append_char(difference, c < ' ' || c == 127 ? '?' : text.data[i]);
    }
    if (text.len > SHOWN_MAX)
        buffer_append(difference, bytes_of("..."));
}

void explain_nothing(struct buffer *difference)
{
    explain_begin(difference);
    buffer_append(difference, bytes_of("no known mistake explains it: compare the string to "
                                       "sign, and check the secret key"));
}
