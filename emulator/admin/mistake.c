#include "admin/mistake.h"

#include <stdarg.h>
#include <stdio.h>

bool mistake_set(struct mistake *m, int status, const char *code, const char *argument,
                 const char *format, ...)
{
    va_list values;
    *m = (struct mistake){.status = status, .code = code};
    snprintf(m->argument, sizeof m->argument, "%s", argument);
    va_start(values, format);
    vsnprintf(m->message, sizeof m->message, format, values);
    va_end(values);
    return false;
}
