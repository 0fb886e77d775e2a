#include "engine/cooling.h"

bool cooling_init(struct cooling *c, struct store *store, uint64_t seed)
{
    c->store = store;
    list_init(&c->list);
    return names_init(&c->names, store->allocator, seed);
}

void cooling_fini(struct cooling *c)
{
    cooling_free_all(c);
    names_fini(&c->names);
}

struct cooling_name *cooling_put(struct cooling *c, uint64_t scope, const char *text)
{
    struct store *s = c->store;
    struct cooling_name *n = allocator_take_zeroed(&s->allocator, sizeof *n);
    if (n == NULL)
        return NULL;
    store_charge_other(s, sizeof *n);
    name_copy(n->text, bytes_of(text));
    names_add(&c->names, &n->name, scope, n->text);
    list_append(&c->list, &n->link);
    return n;
}

bool cooling_add(struct cooling *c, uint64_t scope, const char *text)
{
    struct store *s = c->store;
    if (s->limits.name_cooling_ms == 0)
        return true;
    struct cooling_name *n = cooling_put(c, scope, text);
    if (n == NULL)
        return false;
    event_arm(s->agenda, &n->free, EVENT_NAME_FREE,
              store_now_ms(s) + s->limits.name_cooling_ms);
    return true;
}

bool cooling_has(const struct cooling *c, uint64_t scope, struct bytes text)
{
    return names_find_nocase(&c->names, scope, text) != NULL;
}

void cooling_free(struct cooling *c, struct cooling_name *n)
{
    event_disarm(c->store->agenda, &n->free);
    names_remove(&c->names, &n->name);
    list_unlink(&n->link);
    store_release_other(c->store, sizeof *n);
    allocator_give(&c->store->allocator, n);
}

void cooling_free_all(struct cooling *c)
{
    for (struct list_node *l; (l = list_first(&c->list)) != NULL;)
        cooling_free(c, CONTAINER_OF(l, struct cooling_name, link));
}
