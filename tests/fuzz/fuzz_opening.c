/* The first bytes of a connection, as they come one after the other: once they have been judged,
 * more of them change nothing; until then there are few. */
#include "tests/fuzz/fuzz.h"

#include "server/opening.h"

#include <assert.h>
#include <stdlib.h>

static bool within(struct bytes part, struct bytes all)
{
    return part.data >= all.data && part.data + part.len <= all.data + all.len;
}

static void check_connect(const struct opening *o, struct bytes text)
{
    static const char host_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]";
    assert(o->head_len > 0 && o->head_len <= text.len);
    assert(text.data[o->head_len - 1] == '\n');
    assert(o->host.len > 0 && within(o->host, (struct bytes){text.data, o->head_len}));
    for (size_t i = 0; i < o->host.len; i++)
        assert(o->host.data[i] != '\0' && strchr(host_characters, o->host.data[i]) != NULL);
}

/* In memory of its own, so that the sanitizer sees whoever reads behind it. */
static struct opening judge(struct bytes first)
{
    char *copy = malloc(first.len);
    assert(copy != NULL);
    memcpy(copy, first.data, first.len);
    struct opening o = opening_read((struct bytes){copy, first.len});
    if (o.kind == OPENING_CONNECT) {
        check_connect(&o, (struct bytes){copy, first.len});
        o.host.data = first.data + (o.host.data - copy);
    }
    free(copy);
    return o;
}

static void check_same(const struct opening *a, const struct opening *b)
{
    assert(a->kind == b->kind);
    if (a->kind == OPENING_CONNECT)
        assert(a->head_len == b->head_len && bytes_equal(a->host, b->host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct opening judged = {.kind = OPENING_MORE};
    if (size == 0 || size > OPENING_MAX) /* no more is looked at */
        return 0;
    struct opening whole = judge(text);
    assert((whole.kind == OPENING_TLS) == (data[0] == 22));
    size_t step = size / 512 + 1;
    for (size_t len = 1; len < size; len += step) {
        struct opening o = judge((struct bytes){text.data, len});
        if (judged.kind != OPENING_MORE)
            check_same(&o, &judged);
        judged = o;
        assert(o.kind != OPENING_MORE || len < OPENING_MAX);
    }
    if (judged.kind != OPENING_MORE)
        check_same(&whole, &judged);
    return 0;
}
