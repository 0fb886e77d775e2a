#include "tests/support/push_exchange.h"

#include <assert.h>
#include <stdlib.h>

struct exchange *push_exchange_new(const struct push_request *r, const char *host,
                                   const char *target)
{
    struct exchange *x = calloc(1, sizeof *x);
    assert(x != NULL);
    x->method = bytes_of("POST");
    x->head.host = bytes_of(host);
    buffer_append(&x->target, bytes_of(target));
    buffer_append(&x->body, buffer_bytes(&r->body));
    for (size_t i = 0; i < r->header_count; i++) {
        buffer_append(&x->headers, bytes_of(r->headers[i]));
        buffer_append_char(&x->headers, '\n');
    }
    return x;
}

void push_exchange_free(struct exchange *x)
{
    exchange_free(x);
    free(x);
}
