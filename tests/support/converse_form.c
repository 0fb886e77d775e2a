#include "converse_form.h"

static void encode(struct buffer *to, struct bytes text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char b = (unsigned char)text.data[i];
        char lower = ascii_lower(text.data[i]);
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
            (b != '\0' && strchr("-_.~", b) != NULL)) {
            buffer_append_char(to, text.data[i]);
        } else {
            buffer_append_char(to, '%');
            buffer_append_char(to, digits[b >> 4]);
            buffer_append_char(to, digits[b & 15]);
        }
    }
}

void append_pair(struct buffer *form, struct bytes name, struct bytes value)
{
    if (form->len > 0)
        buffer_append_char(form, '&');
    encode(form, name);
    buffer_append_char(form, '=');
    encode(form, value);
}
