#include "base/json.h"

/* There is room for all of it, or none is written. */
void json_name(struct buffer *b, struct bytes key)
{
    static const char around[] = "\"\":";
    size_t len = key.len + sizeof around - 1;
    json_separate(b);
    if (b->room - b->len < len && !buffer_reserve(b, len))
        return;
    char *to = b->data + b->len;
    *to++ = '"';
    memcpy(to, key.data, key.len);
    memcpy(to + key.len, around + 1, 2);
    b->len += len;
}

void json_open(struct buffer *b, char bracket)
{
    json_separate(b);
    buffer_append_char(b, bracket);
}

void json_close(struct buffer *b, char bracket)
{
    buffer_append_char(b, bracket);
}

void json_string(struct buffer *b, struct bytes value)
{
    json_separate(b);
    buffer_append_char(b, '"');
    json_escape(b, value);
    buffer_append_char(b, '"');
}

void json_blob(struct buffer *b, struct blob *value, enum loan_form form)
{
    json_separate(b);
    buffer_append_char(b, '"');
    buffer_lend(b, value, form);
    buffer_append_char(b, '"');
}

void json_int(struct buffer *b, int64_t value)
{
    json_separate(b);
    buffer_append_int(b, value);
}

void json_uint(struct buffer *b, uint64_t value)
{
    json_separate(b);
    buffer_append_uint(b, value);
}

void json_literal(struct buffer *b, const char *word)
{
    json_separate(b);
    buffer_append(b, bytes_of(word));
}

void json_id(struct buffer *b, uint64_t id)
{
    json_separate(b);
    buffer_append_char(b, '"');
    buffer_append_uint(b, id);
    buffer_append_char(b, '"');
}

void json_escape(struct buffer *b, struct bytes value)
{
    while (value.len > 0 && buffer_reserve(b, value.len + ESCAPE_LONGEST))
        b->len += escape_some(&value, b->data + b->len, b->room - b->len);
}
