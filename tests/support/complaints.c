#include "tests/support/complaints.h"

#include <stdarg.h>
#include <stdio.h>

void complain(struct buffer *complaints, const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    buffer_append(complaints, bytes_of(complaints->len > 0 ? "; " : ""));
    buffer_append(complaints, bytes_of(text));
}
