#include "namespace/world.h"

#include "base/random.h"
#include "namespace/sink.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct buried {
    struct list_node link; /* in world->buried */
    struct engine *engine;
};

static uint64_t hash_of(struct bytes text)
{
    return hash_bytes(0, text);
}

static bool has_name(const struct table_node *n, const void *key)
{
    return bytes_equal(bytes_of(CONTAINER_OF(n, const struct namespace, by_name)->name),
                       *(const struct bytes *)key);
}

static bool has_id(const struct table_node *n, const void *key)
{
    return bytes_equal(bytes_of(CONTAINER_OF(n, const struct credential, by_id)->id),
                       *(const struct bytes *)key);
}

struct namespace *world_find(const struct world *w, struct bytes name)
{
    struct table_node *n = table_find(&w->names, hash_of(name), has_name, &name);
    return n != NULL ? CONTAINER_OF(n, struct namespace, by_name) : NULL;
}

static struct credential *find_credential(const struct world *w, struct bytes id)
{
    struct table_node *n = table_find(&w->credentials, hash_of(id), has_id, &id);
    return n != NULL ? CONTAINER_OF(n, struct credential, by_id) : NULL;
}

struct namespace *world_of_secret(const struct world *w, const struct bytes *secret_id)
{
    const struct credential *c = secret_id != NULL ? find_credential(w, *secret_id) : NULL;
    return c != NULL ? c->owner : w->home;
}

/* ---- making and dropping ---- */

struct namespace_spec world_spec(const struct world *w)
{
    return (struct namespace_spec){
        .seed = w->config.engine.seed,
        .limits = w->config.engine.limits,
        .rules = w->config.rules,
        .mode = CLOCK_REAL,
    };
}

bool world_respecify(struct namespace *ns, const struct namespace_spec *spec,
                     cmq_ms real_now_ms)
{
    struct engine_config config = ns->world->config.engine;
    config.seed = spec->seed;
    config.limits = spec->limits;
    config.now_ms = spec->has_at ? spec->at_ms : real_now_ms;
    struct engine *engine = engine_new(&config);
    if (engine == NULL)
        return false;
    engine_free(ns->engine);
    ns->engine = engine;
    ns->config = config;
    ns->rules = spec->rules;
    if (spec->mode == CLOCK_AUTO)
        ns->world->has_auto = true;
    if (spec->mode != CLOCK_REAL)
        clock_stand(&ns->clock, spec->mode, config.now_ms);
    else
        ns->clock =
            (struct clock){.mode = CLOCK_REAL, .offset_ms = config.now_ms - real_now_ms};
    return true;
}

static struct namespace *namespace_new(struct world *w, const struct namespace_spec *spec,
                                       cmq_ms real_now_ms)
{
    struct namespace *ns = calloc(1, sizeof *ns);
    if (ns == NULL)
        return NULL;
    ns->world = w;
    list_init(&ns->holds);
    list_init(&ns->credentials);
    ns->sinks = sinks_new();
    if (ns->sinks != NULL && world_respecify(ns, spec, real_now_ms))
        return ns;
    sinks_free(ns->sinks);
    free(ns);
    return NULL;
}

/* "ns-1", "ns-2", ...: the first that is free. */
static void invent_name(const struct world *w, char name[NAMESPACE_NAME_MAX + 1])
{
    size_t n = w->names.count;
    do
        snprintf(name, NAMESPACE_NAME_MAX + 1, "ns-%zu", n++);
    while (world_find(w, bytes_of(name)) != NULL);
}

struct namespace *world_create(struct world *w, const struct namespace_spec *spec,
                               cmq_ms real_now_ms, struct mistake *m)
{
    if (spec->name[0] != '\0' && world_find(w, bytes_of(spec->name)) != NULL) {
        mistake_set(m, 409, "namespace-exists", "name", "there is a namespace %s already",
                    spec->name);
        return NULL;
    }
    if (w->names.count >= w->config.max_namespaces) {
        mistake_set(m, 409, "too-many-namespaces", "",
                    "there are as many namespaces as --max-namespaces allows");
        return NULL;
    }
    struct namespace *ns = namespace_new(w, spec, real_now_ms);
    if (ns == NULL) {
        mistake_set(m, 500, "no-memory", "", "no memory for another namespace");
        return NULL;
    }
    if (spec->name[0] != '\0')
        memcpy(ns->name, spec->name, sizeof ns->name);
    else
        invent_name(w, ns->name);
    table_add(&w->names, &ns->by_name, hash_of(bytes_of(ns->name)));
    list_append(&w->namespaces, &ns->link);
    return ns;
}

bool world_add_credential(struct world *w, struct namespace *ns, const char *id,
                          const char *key, struct mistake *m)
{
    if (find_credential(w, bytes_of(id)) != NULL)
        return mistake_set(m, 409, "credential-exists", "secretId",
                           "the secret id %s belongs to a namespace already", id);
    struct credential *c = calloc(1, sizeof *c);
    if (c == NULL)
        return mistake_set(m, 500, "no-memory", "", "no memory for a credential");
    snprintf(c->id, sizeof c->id, "%s", id);
    snprintf(c->key, sizeof c->key, "%s", key);
    c->owner = ns;
    list_append(&ns->credentials, &c->link);
    table_add(&w->credentials, &c->by_id, hash_of(bytes_of(c->id)));
    return true;
}

const struct credential *world_issue_credential(struct world *w, struct namespace *ns)
{
    /* Secret ids begin with AKID (common 3.1). */
    char id[SECRET_SIZE];
    char key[SECRET_SIZE];
    struct mistake m;
    do {
        snprintf(id, sizeof id, "AKID%019llu",
                 (unsigned long long)ids_number(&w->ids, ID_MESSAGE));
        snprintf(key, sizeof key, "%019llu%019llu",
                 (unsigned long long)ids_number(&w->ids, ID_HANDLE),
                 (unsigned long long)ids_number(&w->ids, ID_HANDLE));
    } while (find_credential(w, bytes_of(id)) != NULL);
    if (!world_add_credential(w, ns, id, key, &m))
        return NULL;
    return CONTAINER_OF(ns->credentials.prev, const struct credential, link);
}

static void free_credentials(struct world *w, struct namespace *ns)
{
    for (struct list_node *l; (l = list_first(&ns->credentials)) != NULL;) {
        struct credential *c = CONTAINER_OF(l, struct credential, link);
        list_unlink(l);
        table_remove(&w->credentials, &c->by_id);
        free(c);
    }
}

/* Without its engine, which may be large. */
static void namespace_free(struct namespace *ns)
{
    assert(ns->pushing == 0 && ns->move == NULL);
    list_unlink(&ns->link);
    sinks_free(ns->sinks);
    free(ns);
}

static void take_out(struct world *w, struct namespace *ns)
{
    free_credentials(w, ns);
    namespace_release_all_holds(ns);
    wheel_disarm(w->wakes, &ns->wake);
    table_remove(&w->names, &ns->by_name);
}

static void free_if_over(struct namespace *ns)
{
    if (ns->dropped && ns->open == 0 && ns->pushing == 0)
        namespace_free(ns);
}

void world_drop(struct world *w, struct namespace *ns)
{
    assert(ns != w->home);
    namespace_end_polls(ns, CMQ_NO_QUEUE);
    take_out(w, ns);
    world_bury(w, ns->engine);
    ns->engine = NULL;
    ns->dropped = true;
    list_unlink(&ns->link);
    list_append(&w->dropped, &ns->link);
    free_if_over(ns);
}

void world_close_request(struct namespace *ns)
{
    assert(ns->open > 0);
    ns->open--;
    free_if_over(ns);
}

void world_close_push(struct namespace *ns)
{
    assert(ns->pushing > 0);
    ns->pushing--;
    free_if_over(ns);
}

bool world_init(struct world *w, const struct world_config *config, cmq_ms real_now_ms,
                namespace_deliver_fn *deliver, namespace_push_fn *push, void *context)
{
    struct mistake m;
    *w =
        (struct world){.config = *config, .deliver = deliver, .push = push, .context = context};
    list_init(&w->namespaces);
    list_init(&w->dropped);
    list_init(&w->buried);
    ids_init(&w->ids, config->engine.seed);
    w->wakes = wheel_new(&config->engine.allocator, WHEEL_LEVELS, WHEEL_BITS, real_now_ms);
    bool ready = table_init(&w->names, config->engine.allocator);
    ready = table_init(&w->credentials, config->engine.allocator) && ready;
    if (!ready || w->wakes == NULL)
        return false;
    struct namespace_spec spec = world_spec(w);
    snprintf(spec.name, sizeof spec.name, "default");
    w->home = world_create(w, &spec, real_now_ms, &m);
    return w->home != NULL;
}

void world_fini(struct world *w)
{
    for (struct list_node *l; (l = list_first(&w->namespaces)) != NULL;) {
        struct namespace *ns = CONTAINER_OF(l, struct namespace, link);
        assert(engine_parked_count(ns->engine) == 0);
        take_out(w, ns);
        engine_free(ns->engine);
        namespace_free(ns);
    }
    for (struct list_node *l; (l = list_first(&w->dropped)) != NULL;)
        namespace_free(CONTAINER_OF(l, struct namespace, link));
    while (world_has_buried(w))
        world_reap(w, SIZE_MAX);
    table_fini(&w->names);
    table_fini(&w->credentials);
    wheel_free(w->wakes);
}

/* ---- time ---- */

void world_rearm(struct namespace *ns)
{
    struct wheel *wakes = ns->world->wakes;
    cmq_ms wake_ms = namespace_wake_real_ms(ns);
    if (wake_ms == CMQ_NEVER)
        wheel_disarm(wakes, &ns->wake);
    else if (!wheel_node_armed(&ns->wake) || ns->wake.due_ms != wake_ms)
        wheel_arm(wakes, &ns->wake, wake_ms);
}

void world_tick(struct world *w, cmq_ms real_now_ms)
{
    for (struct wheel_node *n; (n = wheel_take(w->wakes, real_now_ms)) != NULL;) {
        struct namespace *ns = CONTAINER_OF(n, struct namespace, wake);
        namespace_catch_up(ns, real_now_ms);
        world_rearm(ns);
    }
}

cmq_ms world_wake_real_ms(const struct world *w)
{
    return wheel_wake_ms(w->wakes);
}

bool world_may_jump(const struct world *w)
{
    if (!w->has_auto)
        return false;
    for (struct list_node *l = w->namespaces.next; l != &w->namespaces; l = l->next)
        if (namespace_may_jump(CONTAINER_OF(l, const struct namespace, link)))
            return true;
    return false;
}

void world_jump(struct world *w)
{
    for (struct list_node *l = w->namespaces.next; l != &w->namespaces; l = l->next) {
        struct namespace *ns = CONTAINER_OF(l, struct namespace, link);
        if (namespace_may_jump(ns))
            namespace_jump(ns);
    }
}

/* ---- burying ---- */

void world_bury(struct world *w, struct engine *e)
{
    struct buried *b = calloc(1, sizeof *b);
    engine_abandon_pushes(e);
    if (b == NULL) {
        engine_free(e);
        return;
    }
    b->engine = e;
    list_append(&w->buried, &b->link);
}

bool world_has_buried(const struct world *w)
{
    return !list_empty(&w->buried);
}

void world_reap(struct world *w, size_t messages)
{
    struct list_node *l = list_first(&w->buried);
    if (l == NULL || !engine_free_some(CONTAINER_OF(l, struct buried, link)->engine, messages))
        return;
    list_unlink(l);
    free(CONTAINER_OF(l, struct buried, link));
}
