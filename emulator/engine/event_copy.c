#include "engine/event_copy.h"

#include <assert.h>

/* Member by member, and not as a whole: most of it is room for names. */
void event_copy_take(struct event_copy *c, const struct event_view *v)
{
    const char *name = v->topic_name != NULL ? v->topic_name : v->queue_name;
    assert(name != NULL);
    c->at_ms = v->at_ms;
    c->msg_id = v->msg_id;
    c->attempt = v->attempt;
    c->kind = v->kind;
    c->of_topic = v->topic_name != NULL;
    name_copy(c->name, bytes_of(name));
    c->subscription_name[0] = '\0';
    if (v->subscription_name != NULL)
        name_copy(c->subscription_name, bytes_of(v->subscription_name));
}

struct event_view event_copy_view(const struct event_copy *c)
{
    bool of_subscription = c->subscription_name[0] != '\0';
    return (struct event_view){
        .at_ms = c->at_ms,
        .kind = c->kind,
        .queue_name = c->of_topic ? NULL : c->name,
        .topic_name = c->of_topic ? c->name : NULL,
        .subscription_name = of_subscription ? c->subscription_name : NULL,
        .msg_id = c->msg_id,
        .attempt = c->attempt,
    };
}
