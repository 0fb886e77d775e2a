#include "admin/mistake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

bool mistake_no_memory(struct mistake *m, const char *what)
{
    return mistake_set(m, 500, "no-memory", "", "no memory %s", what);
}

bool mistake_unknown(struct mistake *m, const char *path)
{
    return mistake_set(m, 400, "unknown-argument", path, "%.64s is not known here", path);
}

/* Append as much of the text as there is room for. */
static char *append(char *to, const char *end, const char *text)
{
    size_t len = strlen(text), room = (size_t)(end - to);
    len = len < room ? len : room;
    memcpy(to, text, len);
    return to + len;
}

/* Made for each member of a long configuration, and seldom shown: so not by snprintf(). */
void mistake_path(char out[MISTAKE_ARGUMENT_SIZE], const char *prefix, const char *member)
{
    const char *end = out + MISTAKE_ARGUMENT_SIZE - 1;
    char *to = append(out, end, prefix);
    if (to != out)
        to = append(to, end, ".");
    *append(to, end, member) = '\0';
}
