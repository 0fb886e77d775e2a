/* Through the sets of each queue, then through what each topic has pending. */
#include "engine/search.h"

#include "engine/engine.h"
#include "engine/engine_inside.h"

static void enter_queue(struct search *s, struct queue *q)
{
    s->queue = q;
    if (q != NULL)
        s->at = queue_walk(q, (enum message_state)0);
}

static void enter_topic(struct search *s, struct topic *t)
{
    s->topic = t;
    if (t != NULL)
        s->next = t->publications.next;
}

void engine_begin_search(const struct engine *e, struct search *s, uint64_t id)
{
    *s = (struct search){.id = id};
    enter_queue(s, engine_next_queue(e, NULL));
    enter_topic(s, engine_next_topic(e, NULL));
}

/* One step; false when there is nothing left to look at. */
static bool look_at_queue(const struct engine *e, struct search *s)
{
    if (s->queue == NULL)
        return false;
    const struct message *m = queue_walk_next(&s->at);
    if (m != NULL && m->id == s->id)
        s->message = m;
    if (m == NULL && s->at.state + 1 < MESSAGE_STATES)
        s->at = queue_walk(s->queue, s->at.state + 1);
    else if (m == NULL)
        enter_queue(s, engine_next_queue(e, s->queue));
    return true;
}

static bool look_at_topic(const struct engine *e, struct search *s)
{
    if (s->topic == NULL)
        return false;
    if (s->next == &s->topic->publications) {
        enter_topic(s, engine_next_topic(e, s->topic));
        return true;
    }
    const struct publication *p = CONTAINER_OF(s->next, const struct publication, link);
    s->next = s->next->next;
    if (p->id == s->id)
        s->publication = p;
    return true;
}

bool engine_search(const struct engine *e, struct search *s)
{
    struct effort *effort = e->store.effort;
    while (s->message == NULL && s->publication == NULL) {
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, 1);
        if (!look_at_queue(e, s) && !look_at_topic(e, s))
            break;
    }
    return true;
}
