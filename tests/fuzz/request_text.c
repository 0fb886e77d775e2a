#include "tests/fuzz/request_text.h"

#include "service/service.h"

#include <assert.h>

/* Take the text up to the next one of these, or its end. */
static struct bytes take(struct bytes *text, char end)
{
    const char *at = text->len > 0 ? memchr(text->data, end, text->len) : NULL;
    struct bytes part = {text->data, at != NULL ? (size_t)(at - text->data) : text->len};
    size_t len = part.len + (at != NULL);
    if (len > 0)
        *text = (struct bytes){text->data + len, text->len - len};
    return part;
}

static bool is_token(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] == ':')
            return false;
    return name.len > 0;
}

static void take_line(struct request_text *r, struct bytes line)
{
    struct bytes name = take(&line, ':');
    line = bytes_trim(line);
    if (!is_token(name) || (line.len > 0 && memchr(line.data, '\0', line.len) != NULL))
        return;
    buffer_append(&r->headers, name);
    buffer_append(&r->headers, bytes_of(": "));
    buffer_append(&r->headers, line);
    buffer_append_char(&r->headers, '\n');
}

void request_text_read(struct request_text *r, struct bytes text)
{
    struct bytes first = take(&text, '\n'), line;
    *r = (struct request_text){.method = take(&first, ' ')};
    r->target = first.len > 0 ? first : bytes_of("/");
    while ((line = bytes_trim(take(&text, '\n'))).len > 0)
        take_line(r, line);
    r->body = text.len > 0 ? text : bytes_of("");
    assert(!r->headers.failed);
}

void request_text_free(struct request_text *r)
{
    buffer_free(&r->headers);
}

void request_text_take_head(const struct request_text *r, struct head *h)
{
    struct bytes lines = buffer_bytes(&r->headers);
    while (lines.len > 0) {
        struct bytes line = take(&lines, '\n');
        struct bytes name = take(&line, ':');
        head_take(h, name, (struct bytes){line.data + 1, line.len - 1});
    }
}

void request_text_put(const struct request_text *r, struct exchange *x)
{
    x->method = r->method;
    request_text_take_head(r, &x->head);
    head_take_target(&x->head, r->target, &x->target);
    if (service_wants_headers(buffer_bytes(&x->target), &x->head))
        buffer_append(&x->headers, buffer_bytes(&r->headers));
    buffer_append(&x->body, r->body);
    assert(!x->target.failed && !x->headers.failed && !x->body.failed);
}
