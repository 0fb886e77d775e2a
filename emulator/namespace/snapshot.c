#include "namespace/snapshot.h"

#include <string.h>

struct shelf_text {
    struct list_node link;
    char text[];
};

void shelf_init(struct shelf *shelf, struct allocator allocator, struct budget *budget,
                struct graveyard *graveyard)
{
    *shelf = (struct shelf){.allocator = allocator, .budget = budget, .graveyard = graveyard};
    list_init(&shelf->texts);
}

void shelf_fini(struct shelf *shelf)
{
    assert(shelf->count == 0);
    for (struct list_node *l; (l = list_first(&shelf->texts)) != NULL;) {
        list_unlink(l);
        allocator_give(&shelf->allocator, CONTAINER_OF(l, struct shelf_text, link));
    }
}

const char *shelf_text(struct shelf *shelf, struct bytes text)
{
    static const char other[] = "another reason";
    for (struct list_node *l = shelf->texts.next; l != &shelf->texts; l = l->next) {
        const struct shelf_text *t = CONTAINER_OF(l, const struct shelf_text, link);
        if (bytes_equal(bytes_of(t->text), text))
            return t->text;
    }
    struct shelf_text *t =
        shelf->text_count < SHELF_TEXTS_MAX
            ? allocator_take_zeroed(&shelf->allocator, sizeof *t + text.len + 1)
            : NULL;
    if (t == NULL)
        return other;
    memcpy(t->text, text.data, text.len);
    list_append(&shelf->texts, &t->link);
    shelf->text_count++;
    return t->text;
}

struct snapshot *snapshot_new(struct shelf *shelf, struct bytes name)
{
    assert(name.len > 0 && name.len <= SNAPSHOT_NAME_MAX);
    struct snapshot *s = allocator_take_zeroed(&shelf->allocator, sizeof *s);
    if (s == NULL)
        return NULL;
    budget_charge(shelf->budget, SNAPSHOT_BYTES);
    shelf->count++;
    s->shelf = shelf;
    s->holders = 1;
    faults_init(&s->faults, &shelf->allocator, shelf->budget, 0);
    memcpy(s->name, name.data, name.len);
    return s;
}

void snapshot_fill(struct snapshot *s, struct engine *e, enum clock_mode mode)
{
    assert(s->engine == NULL);
    s->engine = e;
    s->mode = mode;
    s->queues = engine_queue_count(e);
    s->topics = engine_topic_count(e);
    for (const struct queue *q = NULL; (q = engine_next_queue(e, q)) != NULL;)
        for (int state = 0; state < MESSAGE_STATES; state++)
            s->messages += queue_count(q, (enum message_state)state);
    for (const struct topic *t = NULL; (t = engine_next_topic(e, t)) != NULL;)
        s->messages += t->publication_count;
}

struct snapshot *snapshot_hold(struct snapshot *s)
{
    assert(s->holders > 0);
    s->holders++;
    return s;
}

void snapshot_give(struct snapshot *s)
{
    struct shelf *shelf = s->shelf;
    assert(s->holders > 0);
    if (--s->holders > 0)
        return;
    assert(!list_linked(&s->link));
    if (s->engine != NULL)
        graveyard_bury(shelf->graveyard, s->engine);
    faults_clear(&s->faults);
    shelf->count--;
    budget_give(shelf->budget, SNAPSHOT_BYTES);
    allocator_give(&shelf->allocator, s);
}

struct snapshot *snapshots_find(const struct list_node *all, struct bytes name)
{
    for (struct list_node *l = all->next; l != all; l = l->next) {
        struct snapshot *s = CONTAINER_OF(l, struct snapshot, link);
        if (bytes_equal(bytes_of(s->name), name))
            return s;
    }
    return NULL;
}

bool snapshots_put(struct list_node *all, struct snapshot *s)
{
    struct snapshot *present = snapshots_find(all, bytes_of(s->name));
    list_append(all, &s->link);
    if (present != NULL)
        snapshots_drop(present);
    return present != NULL;
}

void snapshots_drop(struct snapshot *s)
{
    list_unlink(&s->link);
    snapshot_give(s);
}

void snapshots_clear(struct list_node *all)
{
    for (struct list_node *l; (l = list_first(all)) != NULL;)
        snapshots_drop(CONTAINER_OF(l, struct snapshot, link));
}

size_t snapshot_bytes(const struct snapshot *s)
{
    return engine_bytes(s->engine);
}
