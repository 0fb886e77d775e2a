#include "server/body.h"

static struct budget *budget_of(const struct request *r)
{
    return &r->all->service->registry.host.budgets.requests;
}

void body_announce(struct request *r, size_t length)
{
    r->announced = length;
    if (length > 0)
        buffer_reserve(&r->exchange.body, length < BODY_FREE ? length : BODY_FREE);
}

void body_forget(struct request *r)
{
    if (r->counted == 0)
        return;
    buffer_free(&r->exchange.body);
    budget_give(budget_of(r), r->counted);
    r->counted = 0;
}

/* Twice what there is, but not more than was announced, unless that was too little. */
static size_t next_room(const struct request *r, size_t needed)
{
    size_t room = r->exchange.body.room * 2;
    if (room > r->announced)
        room = r->announced;
    return room > needed ? room : needed;
}

/* False when the budget has no room for it. Without memory the body has failed. */
static bool make_room(struct request *r, size_t more)
{
    struct buffer *b = &r->exchange.body;
    size_t needed = b->len + more;
    if (needed <= b->room || needed <= BODY_FREE)
        return true;
    size_t room = next_room(r, needed);
    if (!budget_take(budget_of(r), room - r->counted))
        return false;
    r->counted = room;
    buffer_reserve_exactly(b, room);
    return true;
}

bool body_take(struct request *r, struct bytes more)
{
    struct exchange *x = &r->exchange;
    if (x->body.len + more.len > (size_t)r->all->options->max_body)
        x->too_large = true;
    if (!x->too_large && !r->refused && !make_room(r, more.len)) {
        r->refused = true;
        body_forget(r);
    }
    if (x->too_large || r->refused)
        r->dropped += more.len;
    else
        buffer_append(&x->body, more);
    return r->dropped <= BODY_DRAINED_MAX;
}
