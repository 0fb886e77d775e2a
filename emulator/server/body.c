#include "server/body.h"

void body_begin(struct body *b, struct exchange *x, struct budget *budget, size_t most)
{
    *b = (struct body){.exchange = x, .budget = budget, .most = most};
}

void body_announce(struct body *b, size_t length)
{
    b->announced = length;
    if (length > 0)
        buffer_reserve(&b->exchange->body, length < BODY_FREE ? length : BODY_FREE);
}

void body_forget(struct body *b)
{
    if (b->counted == 0)
        return;
    buffer_free(&b->exchange->body);
    budget_give(b->budget, b->counted);
    b->counted = 0;
}

/* Twice what there is, but not more than was announced, unless that was too little. */
static size_t next_room(const struct body *b, size_t needed)
{
    size_t room = b->exchange->body.room * 2;
    if (room > b->announced)
        room = b->announced;
    return room > needed ? room : needed;
}

/* False when the budget has no room for it. Without memory the body has failed. */
static bool make_room(struct body *b, size_t more)
{
    struct buffer *bytes = &b->exchange->body;
    size_t needed = bytes->len + more;
    if (needed <= bytes->room || needed <= BODY_FREE)
        return true;
    size_t room = next_room(b, needed);
    if (!budget_take(b->budget, room - b->counted))
        return false;
    b->counted = room;
    buffer_reserve_exactly(bytes, room);
    return true;
}

bool body_take(struct body *b, struct bytes more)
{
    struct exchange *x = b->exchange;
    if (x->body.len + more.len > b->most)
        x->too_large = true;
    if (!x->too_large && !b->refused && !make_room(b, more.len)) {
        b->refused = true;
        body_forget(b);
    }
    if (x->too_large || b->refused)
        b->dropped += more.len;
    else
        buffer_append(&x->body, more);
    return b->dropped <= BODY_DRAINED_MAX;
}
