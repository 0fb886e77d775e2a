#include "service/line.h"

#include "service/inside.h"

#include <assert.h>

static void refuse(struct exchange *x)
{
    exchange_note_time(x);
    exchange_refuse(x, 503, "stopping", "the emulator is told to stop");
    exchange_finish(x);
}

/* What waits for something else now has a deadline of its own, which the network is to know. */
static void handle(struct exchange *x)
{
    struct service *s = x->service;
    x->go_on(x, s->carried_real_ms);
    bool is_finished = x->waits_for == FOR_NOTHING && list_linked(&x->link);
    if (x->waits_for == FOR_LINE || is_finished)
        return;
    if (x->waits_for == FOR_NOTHING)
        exchange_finish(x);
    else if (!list_linked(&x->anew))
        list_append(&s->parked_anew, &x->anew);
}

static void end(struct wait *w, enum wait_end how)
{
    struct exchange *x = CONTAINER_OF(w, struct exchange, wait);
    assert(x->waits_for == FOR_LINE);
    x->waits_for = FOR_NOTHING;
    if (how == WAIT_STOPPING)
        refuse(x);
    else
        handle(x);
}

/* While x is being handled others may stand in line only if x has stood there, too: it is the first
 * of them again. */
void line_put_off(struct exchange *x, struct namespace *ns, cmq_ms real_now_ms)
{
    x->wait.end = end;
    namespace_line_up(ns, &x->wait);
    exchange_park(x, FOR_LINE, real_now_ms, CMQ_NEVER);
}

bool line_admits(struct exchange *x, struct namespace *ns, enum entry how, cmq_ms real_now_ms)
{
    assert(x->go_on != NULL);
    if (namespace_admit(ns, how, real_now_ms))
        return true;
    line_put_off(x, ns, real_now_ms);
    return false;
}

void line_leave(struct exchange *x)
{
    list_unlink(&x->wait.link);
    end(&x->wait, WAIT_STOPPING);
}

void line_carry_on(struct service *s, cmq_ms real_now_ms)
{
    s->carried_real_ms = real_now_ms;
    registry_carry_on(&s->registry, real_now_ms);
}
