#include "engine/watch.h"

#include "base/random.h"

void watch_init(struct watch *w, struct watches *all)
{
    *w = (struct watch){.all = all};
    list_init(&w->watchers);
}

bool watches_init(struct watches *all, struct allocator allocator)
{
    *all = (struct watches){.allocator = allocator};
    list_init(&all->list);
    list_init(&all->changed);
    watch_init(&all->idle, all);
    watch_init(&all->polls, all);
    return table_init(&all->by_text, allocator);
}

void watches_fini(struct watches *all)
{
    assert(list_empty(&all->list));
    assert(list_empty(&all->idle.watchers) && list_empty(&all->polls.watchers));
    table_fini(&all->by_text);
}

static uint64_t hash_of(struct bytes text)
{
    return hash_bytes(0, text);
}

static bool has_text(const struct table_node *n, const void *key)
{
    return bytes_equal(bytes_of(CONTAINER_OF(n, const struct watch, by_text)->text),
                       *(const struct bytes *)key);
}

static struct watch *find(const struct watches *all, struct bytes text)
{
    struct table_node *n = table_find(&all->by_text, hash_of(text), has_text, &text);
    return n != NULL ? CONTAINER_OF(n, struct watch, by_text) : NULL;
}

static void attach(struct watch *w, struct watch **place)
{
    w->place = place;
    *place = w;
}

static void detach(struct watch *w)
{
    if (w->place != NULL)
        *w->place = NULL;
    w->place = NULL;
}

/* ---- watchers ---- */

static struct watch *make(struct watches *all, struct bytes text, struct watch **place)
{
    assert(text.len > 0 && text.len < WATCH_TEXT_SIZE);
    struct watch *w = allocator_take_zeroed(&all->allocator, sizeof *w);
    if (w == NULL)
        return NULL;
    watch_init(w, all);
    memcpy(w->text, text.data, text.len);
    table_add(&all->by_text, &w->by_text, hash_of(text));
    list_append(&all->list, &w->link);
    if (place != NULL)
        attach(w, place);
    return w;
}

void watcher_begin_whole(struct watcher *w, struct watch *whole)
{
    assert(w->watch == NULL);
    w->watch = whole;
    list_append(&whole->watchers, &w->link);
}

bool watcher_begin(struct watcher *w, struct watches *all, struct bytes text,
                   struct watch **place)
{
    struct watch *watch = find(all, text);
    if (watch == NULL)
        watch = make(all, text, place);
    if (watch != NULL)
        watcher_begin_whole(w, watch);
    return watch != NULL;
}

static void free_watch(struct watch *w)
{
    struct watches *all = w->all;
    detach(w);
    table_remove(&all->by_text, &w->by_text);
    list_unlink(&w->link);
    if (list_linked(&w->changed))
        list_unlink(&w->changed);
    allocator_give(&all->allocator, w);
}

void watcher_end(struct watcher *w)
{
    struct watch *watch = w->watch;
    if (watch == NULL)
        return;
    list_unlink(&w->link);
    w->watch = NULL;
    bool of_whole = !list_linked(&watch->link);
    if (!of_whole && list_empty(&watch->watchers))
        free_watch(watch);
}

/* ---- changes ---- */

void watch_attach(struct watches *all, struct bytes text, struct watch **place)
{
    struct watch *w = all->by_text.count > 0 ? find(all, text) : NULL;
    if (w == NULL)
        return;
    assert(w->place == NULL);
    attach(w, place);
    watch_note(w);
}

void watch_detach(struct watch **place)
{
    struct watch *w = *place;
    if (w == NULL)
        return;
    detach(w);
    watch_note(w);
}

void watches_detach(struct watches *all)
{
    for (struct list_node *l = all->list.next; l != &all->list; l = l->next) {
        struct watch *w = CONTAINER_OF(l, struct watch, link);
        detach(w);
        watch_note(w);
    }
}

struct watch *watches_take_changed(struct watches *all)
{
    struct list_node *l = list_first(&all->changed);
    if (l == NULL)
        return NULL;
    list_unlink(l);
    return CONTAINER_OF(l, struct watch, changed);
}
