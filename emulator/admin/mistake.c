#include "admin/mistake.h"

#include "base/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct mistake_row mistake_rows[] = {
    { "invalid-argument",     400, true,  "a value that the argument cannot have, or an argument given twice" },
    { "missing-argument",     400, false, "an argument without which the call makes no sense" },
    { "unknown-argument",     400, true,  "the call takes no argument of this name" },
    { "invalid-body",         400, true,  "the body is neither a JSON object nor a form" },
    { "invalid-query",        400, true,  "the query has too many arguments" },
    { "malformed-request",    400, true,  "the request is no HTTP" },
    { "unauthorized",         401, true,  "the token of --admin-token is missing or wrong" },
    { "foreign-origin",       403, true,  "a web page of another origin, or a host name that is not ours" },
    { "foreign-host",         403, true,  "sent as to a proxy, for a host that is not ours" },
    { "not-found",            404, true,  "no such path, or --admin off" },
    { "no-such-namespace",    404, true,  "there is no namespace of this name" },
    { "no-such-queue",        404, false, "there is no queue of this name" },
    { "no-such-topic",        404, false, "there is no topic of this name" },
    { "no-such-subscription", 404, false, "there is no subscription of this name" },
    { "no-such-hold",         404, false, "there is no hold of this number" },
    { "no-such-fault",        404, false, "there is no rule of faults of this number" },
    { "no-such-snapshot",     404, false, "the namespace has no snapshot of this name" },
    { "no-such-message",      404, false, "there is no message of this id, and nothing is known of one" },
    { "no-refused-signature", 404, false, "no signature was refused" },
    { "no-authority",         404, false, "there is no authority for clients to trust" },
    { "method-not-allowed",   405, false, "the path takes other methods, which the Allow header lists" },
    { "time-backwards",       409, false, "time can go back only while a namespace has no queue and no topic" },
    { "time-is-moving",       409, false, "another call moves the time of the namespace" },
    { "reset-meanwhile",      409, false, "the namespace was reset or restored while its time was being moved" },
    { "own-push",             409, false, "a push of the namespace makes the call, and time does not move before it has ended" },
    { "too-many-holds",       409, false, "a namespace has as many holds as it can have" },
    { "no-journal",           409, false, "the namespace remembers no requests: its limit journal is 0" },
    { "too-many-faults",      409, false, "a namespace has as many rules of faults as it can have" },
    { "too-many-snapshots",   409, false, "there are as many snapshots as there can be" },
    { "too-many-sinks",       409, false, "a namespace has as many sinks as it can have" },
    { "memory-full",          409, false, "what is stored takes as many bytes as --max-memory allows" },
    { "namespace-exists",     409, false, "there is a namespace of this name already" },
    { "too-many-namespaces",  409, false, "there are as many namespaces as --max-namespaces allows" },
    { "credential-exists",    409, false, "the secret id belongs to a namespace already" },
    { "namespace-needed",     409, false, "the namespace default stays" },
    { "too-large",            413, true,  "the body is longer than --max-body allows, or than 1 MiB" },
    { "no-memory",            500, true,  "there is no memory" },
    { "unknown-coding",       501, true,  "the only Transfer-Encoding that is known is chunked" },
    { "stopping",             503, true,  "the call waited, and the emulator is told to stop" },
    { "requests-full",        503, true,  "requests that are being read take as much memory as --max-request-memory allows" },
    { "answers-full",         503, true,  "answers that are being sent take as much memory as --max-answer-memory allows" },
    { "awaits-full",          503, false, "as many parts of conditions are awaited as --max-awaits allows" },
    { "too-many-connections", 503, true,  "there are as many connections as --max-connections allows" },
    { NULL, 0, false, NULL },
};
/* clang-format on */

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

bool mistake_answers_full(struct mistake *m)
{
    return mistake_full(m, "answers-full",
                        "the answers that are being sent take as much memory as "
                        "--max-answer-memory allows");
}

bool mistake_no_memory(struct mistake *m, const char *what)
{
    return mistake_set(m, 500, "no-memory", "", "no memory %s", what);
}

bool mistake_unknown(struct mistake *m, const char *path, const struct nearest *nearest)
{
    char choice[NEAREST_CHOICE_SIZE];
    return mistake_set(m, 400, "unknown-argument", path, "%.64s is not known here%s", path,
                       nearest_choice(nearest, choice));
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
