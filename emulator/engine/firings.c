#include "engine/firings.h"

void firings_init(struct firings *f)
{
    f->limit = f->fired = 0;
    memset(f->fired_by_kind, 0, sizeof f->fired_by_kind);
    f->count = 0;
}

static void let_go(struct firing *firing)
{
    if (firing->delivery != NULL)
        delivery_silence(firing->delivery); /* clears the reference on this side, too */
}

void firings_fini(struct firings *f)
{
    for (size_t i = 0; i < f->count; i++)
        let_go(&f->events[i]);
}

bool firings_full(const struct firings *f)
{
    return f != NULL && f->limit > 0 && f->fired >= f->limit;
}

struct firing *firings_add(struct firings *f, const struct event_view *v)
{
    if (f == NULL)
        return NULL;
    const char *name = v->topic_name != NULL ? v->topic_name : v->queue_name;
    assert(name != NULL);
    f->fired++;
    f->fired_by_kind[v->kind]++;
    if (f->count == FIRINGS_KEPT)
        return NULL;
    struct firing *firing = &f->events[f->count++];
    *firing = (struct firing){.at_ms = v->at_ms,
                              .kind = v->kind,
                              .of_topic = v->topic_name != NULL,
                              .msg_id = v->msg_id,
                              .attempt = v->attempt};
    name_copy(firing->name, bytes_of(name));
    if (v->subscription_name != NULL)
        name_copy(firing->subscription_name, bytes_of(v->subscription_name));
    return firing;
}

void firing_await(struct firing *firing, struct delivery *d)
{
    if (firing == NULL)
        return;
    assert(d->awaited == NULL);
    firing->delivery = d;
    d->awaited = &firing->delivery;
}

void firings_note(const struct delivery *d, const struct push_outcome *outcome)
{
    if (d->awaited == NULL)
        return;
    struct firing *firing = CONTAINER_OF(d->awaited, struct firing, delivery);
    firing->landed = true;
    firing->result = delivery_result(d, outcome);
    firing->outcome = *outcome;
    let_go(firing);
}

void firings_note_landed(struct firings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct delivery *d = f->events[i].delivery;
        if (d != NULL && d->state == DELIVERY_LANDED)
            firings_note(d, &d->last);
    }
}
