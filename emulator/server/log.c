/* Standard error may be a pipe whose reader has stopped reading. The descriptor is shared with
 * other processes, so it must not be made non-blocking; instead each write is small enough
 * (PIPE_BUF) that poll() can promise that it does not block. */
#include "server/log.h"

#include "base/instant.h"
#include "base/json.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

static void write_text(struct buffer *b, const struct log_entry *e, const char *real,
                       const char *virtual)
{
    buffer_append(b, bytes_of(real));
    buffer_append(b, bytes_of(" virtual="));
    buffer_append(b, bytes_of(virtual));
    buffer_append_char(b, ' ');
    json_escape(b, e->method);
    buffer_append_char(b, ' ');
    buffer_append(b, bytes_of(e->name));
    buffer_append(b, bytes_of(" code="));
    buffer_append_int(b, e->code);
    buffer_append(b, bytes_of(" us="));
    buffer_append_int(b, e->took_us);
}

static void write_json(struct buffer *b, const struct log_entry *e, const char *real,
                       const char *virtual)
{
    buffer_append_char(b, '{'); /* not by json_open(): a line before this one needs no comma */
    json_key_text(b, "time", real);
    json_key_text(b, "virtual", virtual);
    json_key_string(b, "method", e->method);
    json_key_text(b, "name", e->name);
    json_key_int(b, "code", e->code);
    json_key_int(b, "us", e->took_us);
    json_close(b, '}');
}

void log_request(struct log *l, const struct log_entry *entry)
{
    char real[INSTANT_TEXT_SIZE];
    char virtual[INSTANT_TEXT_SIZE];
    struct bytes method = entry->method;
    if (l->format == LOG_OFF)
        return;
    instant_format(entry->real_ms, real);
    instant_format(entry->virtual_ms, virtual);
    struct log_entry shown = *entry;
    shown.method.len = method.len < 32 ? method.len : 32;
    if (l->format == LOG_JSON)
        write_json(&l->lines, &shown, real, virtual);
    else
        write_text(&l->lines, &shown, real, virtual);
    buffer_append_char(&l->lines, '\n');
}

/* Whether one write of at most PIPE_BUF bytes would go through at once. */
static bool can_write(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

/* Drops what cannot be written at once: a reader that does not read must not stop the
 * service. */
void log_flush(struct log *l)
{
    for (size_t at = 0; at < l->lines.len && can_write(l->fd);) {
        size_t rest = l->lines.len - at;
        ssize_t n = write(l->fd, l->lines.data + at, rest < PIPE_BUF ? rest : PIPE_BUF);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    buffer_clear(&l->lines);
}
