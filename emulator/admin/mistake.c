#include "admin/mistake.h"

#include <stdarg.h>
#include <stdio.h>

enum { RETRY_AFTER_S = 1 };

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

bool mistake_full(struct mistake *m, const char *code, const char *message)
{
    mistake_set(m, 503, code, "", "%s", message);
    m->retry_after_s = RETRY_AFTER_S;
    return false;
}

bool mistake_unknown(struct mistake *m, const char *path)
{
    return mistake_set(m, 400, "unknown-argument", path, "%.64s is not known here", path);
}

void mistake_path(char out[MISTAKE_ARGUMENT_SIZE], const char *prefix, const char *member)
{
    snprintf(out, MISTAKE_ARGUMENT_SIZE, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
             member);
}
