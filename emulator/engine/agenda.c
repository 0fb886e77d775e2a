/* The part of engine.h that is about the events to come.
 *
 * The agenda is the wheel of the store. An event knows its kind, and so the struct that it is a
 * member of; here it is turned into an event_view, which names things for people. Both the
 * listing of the agenda and fire() use that view, so what is listed is what will happen. One
 * case needs care: a message whose delay or visibility ends no earlier than its retention does
 * not become active at that instant, it expires, and is listed so. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

size_t engine_pending_count(const struct engine *e)
{
    return wheel_armed_count(e->store.agenda);
}

struct message *event_message(const struct event *event)
{
    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
        return CONTAINER_OF(event, struct message, wake);
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        return CONTAINER_OF(event, struct message, expiry);
    case EVENT_POLL_TIMEOUT:
    case EVENT_NAME_FREE:
    case EVENT_PUSH:
    case EVENT_ANSWER:
    case EVENT_PUBLICATION_EXPIRED:
        break;
    }
    return NULL;
}

/* A message of age msgRetentionSeconds is gone even if it would become active at that same
 * instant (queue-api 3.2). */
static bool wakes_too_late(const struct event *event)
{
    return (event->kind == EVENT_DELAYED || event->kind == EVENT_VISIBLE) &&
           queue_expire_ms(event_message(event)) <= event->node.due_ms;
}

static void view_message(const struct event *event, struct event_view *v)
{
    const struct message *m = event_message(event);
    v->queue_name = m->queue->name;
    v->msg_id = m->id;
    if (wakes_too_late(event))
        v->kind = EVENT_EXPIRED;
}

static void view_name(const struct event *event, struct event_view *v)
{
    const struct cooling_name *c = CONTAINER_OF(event, const struct cooling_name, free);
    if (c->name.scope == SCOPE_QUEUES)
        v->queue_name = c->text;
    else
        v->topic_name = c->text;
}

static void view_push(const struct event *event, struct event_view *v)
{
    const struct delivery *d = CONTAINER_OF(event, const struct delivery, next);
    v->topic_name = d->publication->topic->name;
    v->subscription_name = d->subscription->name;
    v->msg_id = d->publication->id;
    v->attempt = d->attempts + 1;
}

static void view_answer(const struct event *event, struct event_view *v)
{
    const struct parked_poll *p = CONTAINER_OF(event, const struct parked_poll, timeout);
    if (p->of_topic)
        v->topic_name = p->about;
    else
        v->queue_name = p->about;
}

struct event_view event_view_of(const struct event *event)
{
    struct event_view v = {.at_ms = event->node.due_ms, .kind = event->kind};
    switch (event->kind) {
    case EVENT_DELAYED:
    case EVENT_VISIBLE:
    case EVENT_DEAD_LETTER:
    case EVENT_EXPIRED:
    case EVENT_REWIND_EXPIRED:
        view_message(event, &v);
        break;
    case EVENT_POLL_TIMEOUT:
        v.queue_name = CONTAINER_OF(event, struct parked_poll, timeout)->queue->name;
        break;
    case EVENT_NAME_FREE:
        view_name(event, &v);
        break;
    case EVENT_PUSH:
        view_push(event, &v);
        break;
    case EVENT_ANSWER:
        view_answer(event, &v);
        break;
    case EVENT_PUBLICATION_EXPIRED: {
        const struct publication *p = CONTAINER_OF(event, const struct publication, expiry);
        v.kind = EVENT_EXPIRED;
        v.topic_name = p->topic->name;
        v.msg_id = p->id;
        break;
    }
    }
    return v;
}

bool engine_prepare_agenda(struct engine *e, size_t events)
{
    return wheel_sort(e->store.agenda, events, e->store.effort);
}

bool engine_next_event(const struct engine *e, struct event_view *out)
{
    const struct wheel_node *n = wheel_first(e->store.agenda);
    if (n == NULL)
        return false;
    *out = event_view_of(CONTAINER_OF(n, const struct event, node));
    return true;
}

void engine_begin_survey(struct engine *e)
{
    wheel_begin_survey(e->store.agenda);
}

bool engine_survey_agenda(struct engine *e, struct event_view *out, uint64_t *order, bool *over)
{
    const struct wheel_node *n = wheel_survey(e->store.agenda, e->store.effort, over);
    if (n == NULL)
        return false;
    *out = event_view_of(CONTAINER_OF(n, const struct event, node));
    *order = n->armed_as;
    return true;
}

bool engine_walk_agenda(const struct engine *e, struct agenda_cursor *c, struct event_view *out)
{
    struct wheel *w = e->store.agenda;
    c->last = c->last == NULL ? wheel_first(w) : wheel_after(w, c->last);
    if (c->last == NULL)
        return false;
    *out = event_view_of(CONTAINER_OF(c->last, const struct event, node));
    return true;
}
