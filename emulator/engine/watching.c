/* The part of engine.h that is about watches: which name stands for what in this engine. Changes
 * are noted where they are made, in queues.c, queue.c, queue_states.c, topics.c and delivery.c;
 * but for those of the engine as a whole, which nearly every call would make: whether they have
 * changed is seen by comparing. */
#include "engine/engine.h"
#include "engine/engine_inside.h"

bool engine_is_idle(const struct engine *e)
{
    return engine_pending_count(e) == 0 && engine_flight_count(e) == 0;
}

bool engine_watch_queue(struct engine *e, struct bytes name, struct watcher *w)
{
    struct queue *q = engine_find_queue(e, name);
    return watcher_begin(w, e->store.watches, name, q != NULL ? &q->watch : NULL);
}

/* "topic/subscription": no name has a slash. */
static struct bytes text_of(struct bytes topic, struct bytes subscription,
                            char room[WATCH_TEXT_SIZE])
{
    assert(topic.len <= NAME_MAX_LENGTH && subscription.len <= NAME_MAX_LENGTH);
    memcpy(room, topic.data, topic.len);
    room[topic.len] = '/';
    memcpy(room + topic.len + 1, subscription.data, subscription.len);
    return (struct bytes){room, topic.len + 1 + subscription.len};
}

bool engine_watch_subscription(struct engine *e, struct bytes topic, struct bytes name,
                               struct watcher *w)
{
    char room[WATCH_TEXT_SIZE];
    const struct topic *t = engine_find_topic(e, topic);
    struct subscription *s = t != NULL ? engine_find_subscription(e, t, name) : NULL;
    return watcher_begin(w, e->store.watches, text_of(topic, name, room),
                         s != NULL ? &s->watch : NULL);
}

/* First what has changed up to now is noted, for others: so whatever follows is for w, too. */
void engine_watch_idle(struct engine *e, struct watcher *w)
{
    engine_note_changes(e);
    watcher_begin_whole(w, &e->store.watches->idle);
}

void engine_watch_polls(struct engine *e, struct watcher *w)
{
    engine_note_changes(e);
    watcher_begin_whole(w, &e->store.watches->polls);
}

const struct queue *watched_queue(const struct watcher *w)
{
    struct watch **place = w->watch->place;
    return place != NULL ? CONTAINER_OF(place, const struct queue, watch) : NULL;
}

const struct subscription *watched_subscription(const struct watcher *w)
{
    struct watch **place = w->watch->place;
    return place != NULL ? CONTAINER_OF(place, const struct subscription, watch) : NULL;
}

void engine_attach_queue(struct engine *e, struct queue *q)
{
    if (e->store.watches != NULL)
        watch_attach(e->store.watches, bytes_of(q->name), &q->watch);
}

void engine_attach_subscription(struct engine *e, struct subscription *s)
{
    char room[WATCH_TEXT_SIZE];
    if (e->store.watches != NULL)
        watch_attach(e->store.watches,
                     text_of(bytes_of(s->topic->name), bytes_of(s->name), room), &s->watch);
}

static struct watch **place_of(const struct engine *e, const struct watch *w)
{
    const char *slash = strchr(w->text, '/');
    struct bytes name = bytes_of(w->text);
    if (slash == NULL) {
        struct queue *q = engine_find_queue(e, name);
        return q != NULL ? &q->watch : NULL;
    }
    name.len = (size_t)(slash - w->text);
    const struct topic *t = engine_find_topic(e, name);
    struct subscription *s =
        t != NULL ? engine_find_subscription(e, t, bytes_of(slash + 1)) : NULL;
    return s != NULL ? &s->watch : NULL;
}

void engine_adopt_watches(struct engine *e, struct watches *watches)
{
    e->store.watches = watches;
    for (struct list_node *l = watches->list.next; l != &watches->list; l = l->next) {
        const struct watch *w = CONTAINER_OF(l, const struct watch, link);
        struct watch **place = place_of(e, w);
        if (place != NULL)
            watch_attach(watches, bytes_of(w->text), place);
    }
}

void engine_note_changes(struct engine *e)
{
    struct watches *all = e->store.watches;
    if (all->was_idle != engine_is_idle(e))
        watch_note(&all->idle);
    if (all->had_polls != engine_parked_count(e))
        watch_note(&all->polls);
    all->was_idle = engine_is_idle(e);
    all->had_polls = engine_parked_count(e);
}
