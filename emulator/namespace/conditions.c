#include "namespace/conditions.h"

bool conditions_init(struct conditions *c, struct allocator allocator)
{
    list_init(&c->waits);
    list_init(&c->suspects);
    c->count = 0;
    return watches_init(&c->watches, allocator);
}

void conditions_fini(struct conditions *c)
{
    assert(list_empty(&c->waits) && c->count == 0);
    watches_fini(&c->watches);
}

void conditions_add(struct conditions *c, struct wait *w, wait_condition *is_met)
{
    assert(w->end != NULL);
    w->is_met = is_met;
    list_append(&c->waits, &w->link);
    list_append(&c->suspects, &w->suspect);
    c->count++;
}

void conditions_remove(struct conditions *c, struct wait *w)
{
    assert(w->is_met != NULL);
    w->is_met = NULL;
    list_unlink(&w->link);
    if (list_linked(&w->suspect))
        list_unlink(&w->suspect);
    c->count--;
}

static void end(struct conditions *c, struct wait *w, enum wait_end how)
{
    conditions_remove(c, w);
    w->end(w, how);
}

/* A watch has changed: those of its watchers to whom that makes a difference own conditions that
 * may have become true. */
static void find_suspects_of(struct conditions *c, const struct watch *watch, struct engine *e)
{
    for (struct list_node *l = watch->watchers.next; l != &watch->watchers; l = l->next) {
        struct watcher *watcher = CONTAINER_OF(l, struct watcher, link);
        if (watcher->differs != NULL && !watcher->differs(watcher, e))
            continue;
        struct wait *w = watcher->owner;
        if (w->is_met != NULL && !list_linked(&w->suspect))
            list_append(&c->suspects, &w->suspect);
    }
}

static void find_suspects(struct conditions *c, struct engine *e)
{
    engine_note_changes(e);
    for (struct watch *watch; (watch = watches_take_changed(&c->watches)) != NULL;)
        find_suspects_of(c, watch, e);
}

bool conditions_judge(struct conditions *c, struct engine *e, struct effort *effort)
{
    enum { ANSWER = 16 };
    find_suspects(c, e);
    for (struct list_node *l; (l = list_first(&c->suspects)) != NULL;) {
        if (effort_is_used_up(effort))
            return false;
        effort_spend(effort, ANSWER);
        struct wait *w = CONTAINER_OF(l, struct wait, suspect);
        list_unlink(l);
        if (w->is_met(w, e))
            end(c, w, WAIT_SATISFIED);
    }
    return true;
}

void conditions_end(struct conditions *c, enum wait_end how)
{
    for (struct list_node *l; (l = list_first(&c->waits)) != NULL;)
        end(c, CONTAINER_OF(l, struct wait, link), how);
}
