/* Standard error may be a pipe whose reader has stopped reading. The descriptor is shared with
 * other processes, so it must not be made non-blocking; instead each write is small enough
 * (PIPE_BUF) that poll() can promise that it does not block. */
#include "server/log.h"

#include "base/instant.h"
#include "base/json.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { SHOWN = 256 }; /* bytes of what a client has sent */

static struct bytes shown(struct bytes text)
{
    return (struct bytes){text.data, text.len < SHOWN ? text.len : SHOWN};
}

/* The character of a sequence of valid UTF-8; 0 for one of four bytes, or of none. */
static unsigned code_of(const unsigned char *c, size_t len)
{
    switch (len) {
    case 1:
        return c[0];
    case 2:
        return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
    case 3:
        return (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
    default:
        return 0;
    }
}

/* Characters that make a terminal do or show something else: DEL and the controls above it, marks
 * of direction, separators of lines. 0 for the others. */
static unsigned control_of(const unsigned char *c, size_t len)
{
    static const struct {
        unsigned first, last;
    } ranges[] = {{0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
                  {0x2028, 0x202e}, {0x2066, 0x206f}, {0xfff9, 0xfffb}};
    unsigned code = code_of(c, len);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return code;
    return 0;
}

static void append_code(struct buffer *b, unsigned code)
{
    char text[8];
    snprintf(text, sizeof text, "\\u%04x", code);
    buffer_append(b, bytes_of(text));
}

/* As within a JSON string, and without control characters of any kind. All of these but DEL have
 * a byte above it, so most texts are plain at a glance. */
static void escape(struct buffer *b, struct bytes text)
{
    size_t plain = 0; /* bytes before text.data that json_escape() may have as they are */
    while (text.len > 0) {
        bool ascii = (unsigned char)*text.data < 0x7f;
        size_t len = ascii ? 1 : utf8_sequence(text);
        unsigned control = ascii ? 0 : control_of((const unsigned char *)text.data, len);
        len = len > 0 ? len : 1;
        if (control != 0) {
            json_escape(b, (struct bytes){text.data - plain, plain});
            append_code(b, control);
        }
        plain = control != 0 ? 0 : plain + len;
        text.data += len;
        text.len -= len;
    }
    json_escape(b, (struct bytes){text.data - plain, plain});
}

static void write_string(struct buffer *b, struct bytes text)
{
    buffer_append_char(b, '"');
    escape(b, text);
    buffer_append_char(b, '"');
}

/* ---- text ---- */

/* Quoted if it would not read as one word. */
static void write_word(struct buffer *b, struct bytes text)
{
    bool plain = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        plain = plain && text.data[i] > ' ' && text.data[i] < '\x7f' && text.data[i] != '"';
    if (plain)
        escape(b, shown(text));
    else
        write_string(b, shown(text));
}

static void write_member(struct buffer *b, const char *key, struct bytes value)
{
    buffer_append_char(b, ' ');
    buffer_append(b, bytes_of(key));
    buffer_append_char(b, '=');
    write_word(b, value);
}

static void write_given(struct buffer *b, const char *key, struct bytes value)
{
    if (value.len > 0)
        write_member(b, key, value);
}

static void write_number(struct buffer *b, const char *key, int64_t n)
{
    buffer_append_char(b, ' ');
    buffer_append(b, bytes_of(key));
    buffer_append_char(b, '=');
    buffer_append_int(b, n);
}

/* The first of several texts that are each ended by '\n'; empty when there is none. */
static struct bytes take_line(struct bytes *texts)
{
    const char *end = texts->len > 0 ? memchr(texts->data, '\n', texts->len) : NULL;
    struct bytes line = {texts->data, end != NULL ? (size_t)(end - texts->data) : 0};
    if (end != NULL)
        *texts = (struct bytes){end + 1, texts->len - line.len - 1};
    return line;
}

/* An Action says more than the path. */
static void write_request(struct buffer *b, const struct record *r)
{
    buffer_append_char(b, ' ');
    write_word(b, shown(r->method));
    buffer_append_char(b, ' ');
    if (r->action.len > 0)
        write_word(b, r->action);
    else
        write_word(b, r->path);
    write_given(b, "queue", r->queue);
    write_given(b, "topic", r->topic);
    write_given(b, "subscription", r->subscription);
}

static void write_text(struct buffer *b, const struct log_entry *e, const char *real,
                       const char *virtual)
{
    const struct record *r = &e->record;
    struct bytes warnings = r->warnings;
    buffer_append(b, bytes_of(real));
    write_member(b, "virtual", bytes_of(virtual));
    if (r->namespace != NULL)
        write_member(b, "namespace", bytes_of(r->namespace));
    write_request(b, r);
    if (r->v3_code != NULL && r->v3_code[0] != '\0')
        write_member(b, "code", bytes_of(r->v3_code));
    else
        write_number(b, "code", r->code);
    if (r->failed)
        write_given(b, "message", r->message);
    if (r->failed || warnings.len > 0)
        write_given(b, "secretId", r->secret_id);
    if (r->fault != 0)
        write_number(b, "fault", (int64_t)r->fault);
    write_number(b, "us", e->took_us);
    for (struct bytes line; (line = take_line(&warnings)).len > 0;)
        write_member(b, "warning", line);
}

/* ---- JSON ---- */

static void write_json_given(struct buffer *b, const char *key, struct bytes value)
{
    if (value.len == 0)
        return;
    json_key(b, key);
    write_string(b, shown(value));
}

static void write_json_request(struct buffer *b, const struct record *r)
{
    write_json_given(b, "method", r->method);
    if (r->api != NULL)
        json_key_text(b, "api", r->api);
    write_json_given(b, "action", r->action);
    write_json_given(b, "path", r->path);
    write_json_given(b, "queue", r->queue);
    write_json_given(b, "topic", r->topic);
    write_json_given(b, "subscription", r->subscription);
    write_json_given(b, "secretId", r->secret_id);
}

static void write_json_warnings(struct buffer *b, struct bytes warnings)
{
    if (warnings.len == 0)
        return;
    json_key(b, "warnings");
    json_open(b, '[');
    for (struct bytes line; (line = take_line(&warnings)).len > 0;) {
        json_separate(b);
        write_string(b, line);
    }
    json_close(b, ']');
}

static void write_json(struct buffer *b, const struct log_entry *e, const char *real,
                       const char *virtual)
{
    const struct record *r = &e->record;
    buffer_append_char(b, '{'); /* not by json_open(): a line before this one needs no comma */
    json_key_text(b, "time", real);
    json_key_text(b, "virtual", virtual);
    if (r->namespace != NULL)
        json_key_text(b, "namespace", r->namespace);
    write_json_request(b, r);
    if (r->v3_code != NULL && r->v3_code[0] != '\0')
        json_key_text(b, "code", r->v3_code);
    else
        json_key_int(b, "code", r->code);
    if (r->module != 0)
        json_key_int(b, "module", r->module);
    if (r->failed)
        write_json_given(b, "message", r->message);
    if (r->fault != 0)
        json_key_int(b, "fault", (int64_t)r->fault);
    write_json_warnings(b, r->warnings);
    json_key_int(b, "us", e->took_us);
    json_close(b, '}');
}

void log_request(struct log *l, const struct log_entry *entry)
{
    char real[INSTANT_TEXT_SIZE];
    char virtual[INSTANT_TEXT_SIZE];
    if (l->format == LOG_OFF || entry->record.routine)
        return;
    instant_format(entry->real_ms, real);
    instant_format(entry->virtual_ms, virtual);
    if (l->format == LOG_JSON)
        write_json(&l->lines, entry, real, virtual);
    else
        write_text(&l->lines, entry, real, virtual);
    buffer_append_char(&l->lines, '\n');
}

void log_note(struct log *l, cmq_ms real_ms, const char *text)
{
    char real[INSTANT_TEXT_SIZE];
    struct buffer *b = &l->lines;
    if (l->format == LOG_OFF)
        return;
    instant_format(real_ms, real);
    if (l->format == LOG_JSON) {
        buffer_append_char(b, '{');
        json_key_text(b, "time", real);
        json_key(b, "note");
        write_string(b, bytes_of(text));
        json_close(b, '}');
    } else {
        buffer_append(b, bytes_of(real));
        buffer_append_char(b, ' ');
        escape(b, bytes_of(text));
    }
    buffer_append_char(b, '\n');
}

/* Whether one write of at most PIPE_BUF bytes would go through at once. */
static bool can_write(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

/* How much of the text can be written at once: whole lines, but for one that is longer. */
static size_t piece_of(const char *text, size_t len)
{
    if (len <= PIPE_BUF)
        return len;
    const char *end = memrchr(text, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end - text) + 1 : PIPE_BUF;
}

/* Drops lines that cannot be written at once: a reader that does not read must not stop the
 * service. */
void log_flush(struct log *l)
{
    for (size_t at = 0; at < l->lines.len && can_write(l->fd);) {
        const char *rest = l->lines.data + at;
        ssize_t n = write(l->fd, rest, piece_of(rest, l->lines.len - at));
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    buffer_clear(&l->lines);
}
