#include "tests/fuzz/program.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of the digits at the beginning. */
static size_t run_of(struct bytes text)
{
    size_t len = 0;
    while (len < text.len && is_digit(text.data[len]))
        len++;
    return len;
}

static bool may_be_id(size_t digits)
{
    return digits >= ID_LEAST && digits <= ID_MOST;
}

/* ---- ids ---- */

/* Each answer has an id of its request, which is good for nothing. */
static bool is_of_request(struct bytes before)
{
    static const char *const keys[] = {"\"requestId\":\"", "\"RequestId\":\""};
    for (size_t i = 0; i < 2; i++) {
        struct bytes key = bytes_of(keys[i]);
        if (before.len >= key.len &&
            memcmp(before.data + before.len - key.len, key.data, key.len) == 0)
            return true;
    }
    return false;
}

static void keep(struct ids_seen *ids, struct bytes id)
{
    size_t place = ids->count++ % IDS_KEPT;
    memcpy(ids->text[place], id.data, id.len);
    ids->len[place] = id.len;
}

void ids_see(struct ids_seen *ids, struct bytes answer)
{
    for (size_t at = 0; at < answer.len;) {
        size_t run = run_of((struct bytes){answer.data + at, answer.len - at});
        if (may_be_id(run) && !is_of_request((struct bytes){answer.data, at}))
            keep(ids, (struct bytes){answer.data + at, run});
        at += run + 1;
    }
}

/* The place of an id; IDS_KEPT if it is not kept. */
static size_t find(const struct ids_seen *ids, struct bytes id)
{
    for (size_t i = 0; i < IDS_KEPT; i++)
        if (bytes_equal((struct bytes){ids->text[i], ids->len[i]}, id))
            return i;
    return IDS_KEPT;
}

/* ---- lines ---- */

bool program_next(struct bytes *program, struct bytes *line)
{
    if (program->len == 0)
        return false;
    const char *end = memchr(program->data, '\n', program->len);
    size_t len = end != NULL ? (size_t)(end - program->data) : program->len;
    *line = (struct bytes){program->data, len};
    len += end != NULL;
    *program = (struct bytes){program->data + len, program->len - len};
    return true;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char escaped(char c)
{
    if (c == 'n')
        c = '\n';
    else if (c == '0')
        c = '\0';
    return c;
}

void program_read(struct buffer *out, struct bytes text, const struct ids_seen *ids)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int place = c == '$' && i + 1 < text.len ? hex_digit(text.data[i + 1]) : -1;
        if (place >= 0) {
            buffer_append(out, (struct bytes){ids->text[place], ids->len[place]});
            i++;
        } else if (c == '\\' && i + 1 < text.len) {
            buffer_append_char(out, escaped(text.data[++i]));
        } else {
            buffer_append_char(out, c);
        }
    }
}

static void write_char(struct buffer *out, char c)
{
    if (c == '\\' || c == '$' || c == '\n' || c == '\0')
        buffer_append_char(out, '\\');
    if (c == '\n')
        c = 'n';
    else if (c == '\0')
        c = '0';
    buffer_append_char(out, c);
}

void program_write(struct buffer *out, struct bytes text, const struct ids_seen *ids)
{
    for (size_t at = 0; at < text.len;) {
        size_t run = run_of((struct bytes){text.data + at, text.len - at});
        size_t place = find(ids, (struct bytes){text.data + at, run});
        if (run == 0) {
            write_char(out, text.data[at++]);
            continue;
        }
        if (place < IDS_KEPT) {
            buffer_append_char(out, '$');
            buffer_append_char(out, "0123456789abcdef"[place]);
        } else {
            buffer_append(out, (struct bytes){text.data + at, run});
        }
        at += run;
    }
}

int64_t program_number(struct bytes *text, int64_t most)
{
    int64_t n = 0;
    while (text->len > 0 && text->data[0] == ' ')
        *text = (struct bytes){text->data + 1, text->len - 1};
    size_t run = run_of(*text);
    for (size_t i = 0; i < run; i++)
        n = n > most / 10 ? most : n * 10 + (text->data[i] - '0');
    *text = (struct bytes){text->data + run, text->len - run};
    return n < most ? n : most;
}
