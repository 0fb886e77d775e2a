#include "namespace/registry.h"

#include "base/random.h"
#include "namespace/sink.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct buried {
    struct list_node link; /* in registry->buried */
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

struct namespace *registry_find(const struct registry *r, struct bytes name)
{
    struct table_node *n = table_find(&r->names, hash_of(name), has_name, &name);
    return n != NULL ? CONTAINER_OF(n, struct namespace, by_name) : NULL;
}

static struct credential *find_credential(const struct registry *r, struct bytes id)
{
    struct table_node *n = table_find(&r->credentials, hash_of(id), has_id, &id);
    return n != NULL ? CONTAINER_OF(n, struct credential, by_id) : NULL;
}

struct namespace *registry_of_secret(const struct registry *r, const struct bytes *secret_id)
{
    const struct credential *c = secret_id != NULL ? find_credential(r, *secret_id) : NULL;
    return c != NULL ? c->owner : r->home;
}

/* ---- making and dropping ---- */

struct namespace_spec registry_spec(const struct registry *r)
{
    return (struct namespace_spec){
        .seed = r->config.engine.seed,
        .limits = r->config.engine.limits,
        .mode = CLOCK_REAL,
    };
}

bool registry_respecify(struct namespace *ns, const struct namespace_spec *spec,
                        cmq_ms real_now_ms)
{
    struct engine_config config = ns->registry->config.engine;
    config.seed = spec->seed;
    config.limits = spec->limits;
    config.now_ms = spec->has_at ? spec->at_ms : real_now_ms;
    struct engine *engine = engine_new(&config);
    if (engine == NULL)
        return false;
    engine_free(ns->engine);
    ns->engine = engine;
    ns->config = config;
    if (spec->mode == CLOCK_AUTO)
        ns->registry->has_auto = true;
    if (spec->mode != CLOCK_REAL)
        clock_stand(&ns->clock, spec->mode, config.now_ms);
    else
        ns->clock =
            (struct clock){.mode = CLOCK_REAL, .offset_ms = config.now_ms - real_now_ms};
    return true;
}

static struct namespace *namespace_new(struct registry *r, const struct namespace_spec *spec,
                                       cmq_ms real_now_ms)
{
    struct namespace *ns = calloc(1, sizeof *ns);
    if (ns == NULL)
        return NULL;
    ns->registry = r;
    list_init(&ns->holds);
    list_init(&ns->credentials);
    ns->sinks = sinks_new();
    if (ns->sinks != NULL && registry_respecify(ns, spec, real_now_ms))
        return ns;
    sinks_free(ns->sinks);
    free(ns);
    return NULL;
}

/* "ns-1", "ns-2", ...: the first that is free. */
static void invent_name(const struct registry *r, char name[NAMESPACE_NAME_MAX + 1])
{
    size_t n = r->names.count;
    do
        snprintf(name, NAMESPACE_NAME_MAX + 1, "ns-%zu", n++);
    while (registry_find(r, bytes_of(name)) != NULL);
}

struct namespace *registry_create(struct registry *r, const struct namespace_spec *spec,
                                  cmq_ms real_now_ms, struct mistake *m)
{
    if (spec->name[0] != '\0' && registry_find(r, bytes_of(spec->name)) != NULL) {
        mistake_set(m, 409, "namespace-exists", "name", "there is a namespace %s already",
                    spec->name);
        return NULL;
    }
    if (r->names.count >= r->config.max_namespaces) {
        mistake_set(m, 409, "too-many-namespaces", "",
                    "there are as many namespaces as --max-namespaces allows");
        return NULL;
    }
    struct namespace *ns = namespace_new(r, spec, real_now_ms);
    if (ns == NULL) {
        mistake_set(m, 500, "no-memory", "", "no memory for another namespace");
        return NULL;
    }
    if (spec->name[0] != '\0')
        memcpy(ns->name, spec->name, sizeof ns->name);
    else
        invent_name(r, ns->name);
    table_add(&r->names, &ns->by_name, hash_of(bytes_of(ns->name)));
    list_append(&r->namespaces, &ns->link);
    return ns;
}

bool registry_add_credential(struct registry *r, struct namespace *ns, const char *id,
                             const char *key, struct mistake *m)
{
    if (find_credential(r, bytes_of(id)) != NULL)
        return mistake_set(m, 409, "credential-exists", "secretId",
                           "the secret id %s belongs to a namespace already", id);
    struct credential *c = calloc(1, sizeof *c);
    if (c == NULL)
        return mistake_set(m, 500, "no-memory", "", "no memory for a credential");
    snprintf(c->id, sizeof c->id, "%s", id);
    snprintf(c->key, sizeof c->key, "%s", key);
    c->owner = ns;
    list_append(&ns->credentials, &c->link);
    table_add(&r->credentials, &c->by_id, hash_of(bytes_of(c->id)));
    return true;
}

const struct credential *registry_issue_credential(struct registry *r, struct namespace *ns)
{
    /* Secret ids begin with AKID (common 3.1). */
    char id[SECRET_SIZE];
    char key[SECRET_SIZE];
    struct mistake m;
    do {
        snprintf(id, sizeof id, "AKID%019llu",
                 (unsigned long long)ids_number(&r->ids, ID_MESSAGE));
        snprintf(key, sizeof key, "%019llu%019llu",
                 (unsigned long long)ids_number(&r->ids, ID_HANDLE),
                 (unsigned long long)ids_number(&r->ids, ID_HANDLE));
    } while (find_credential(r, bytes_of(id)) != NULL);
    if (!registry_add_credential(r, ns, id, key, &m))
        return NULL;
    return CONTAINER_OF(ns->credentials.prev, const struct credential, link);
}

static void free_credentials(struct registry *r, struct namespace *ns)
{
    for (struct list_node *l; (l = list_first(&ns->credentials)) != NULL;) {
        struct credential *c = CONTAINER_OF(l, struct credential, link);
        list_unlink(l);
        table_remove(&r->credentials, &c->by_id);
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

static void take_out(struct registry *r, struct namespace *ns)
{
    free_credentials(r, ns);
    namespace_release_all_holds(ns);
    wheel_disarm(r->wakes, &ns->wake);
    table_remove(&r->names, &ns->by_name);
}

static void free_if_over(struct namespace *ns)
{
    if (ns->dropped && ns->open == 0 && ns->pushing == 0)
        namespace_free(ns);
}

void registry_drop(struct registry *r, struct namespace *ns)
{
    assert(ns != r->home);
    namespace_end_polls(ns, CMQ_NO_QUEUE);
    take_out(r, ns);
    registry_bury(r, ns->engine);
    ns->engine = NULL;
    ns->dropped = true;
    list_unlink(&ns->link);
    list_append(&r->dropped, &ns->link);
    free_if_over(ns);
}

void registry_close_request(struct namespace *ns)
{
    assert(ns->open > 0);
    ns->open--;
    free_if_over(ns);
}

void registry_close_push(struct namespace *ns)
{
    assert(ns->pushing > 0);
    ns->pushing--;
    free_if_over(ns);
}

bool registry_init(struct registry *r, const struct registry_config *config, cmq_ms real_now_ms,
                   namespace_deliver_fn *deliver, namespace_push_fn *push, void *context)
{
    struct mistake m;
    *r = (struct registry){
        .config = *config, .deliver = deliver, .push = push, .context = context};
    list_init(&r->namespaces);
    list_init(&r->dropped);
    list_init(&r->buried);
    ids_init(&r->ids, config->engine.seed);
    r->wakes = wheel_new(&config->engine.allocator, WHEEL_LEVELS, WHEEL_BITS, real_now_ms);
    bool ready = table_init(&r->names, config->engine.allocator);
    ready = table_init(&r->credentials, config->engine.allocator) && ready;
    if (!ready || r->wakes == NULL)
        return false;
    struct namespace_spec spec = registry_spec(r);
    snprintf(spec.name, sizeof spec.name, "default");
    r->home = registry_create(r, &spec, real_now_ms, &m);
    return r->home != NULL;
}

void registry_fini(struct registry *r)
{
    for (struct list_node *l; (l = list_first(&r->namespaces)) != NULL;) {
        struct namespace *ns = CONTAINER_OF(l, struct namespace, link);
        assert(engine_parked_count(ns->engine) == 0);
        take_out(r, ns);
        engine_free(ns->engine);
        namespace_free(ns);
    }
    for (struct list_node *l; (l = list_first(&r->dropped)) != NULL;)
        namespace_free(CONTAINER_OF(l, struct namespace, link));
    while (registry_has_buried(r))
        registry_reap(r, SIZE_MAX);
    table_fini(&r->names);
    table_fini(&r->credentials);
    wheel_free(r->wakes);
}

/* ---- time ---- */

void registry_rearm(struct namespace *ns)
{
    struct wheel *wakes = ns->registry->wakes;
    cmq_ms wake_ms = namespace_wake_real_ms(ns);
    if (wake_ms == CMQ_NEVER)
        wheel_disarm(wakes, &ns->wake);
    else if (!wheel_node_armed(&ns->wake) || ns->wake.due_ms != wake_ms)
        wheel_arm(wakes, &ns->wake, wake_ms);
}

void registry_tick(struct registry *r, cmq_ms real_now_ms)
{
    for (struct wheel_node *n; (n = wheel_take(r->wakes, real_now_ms)) != NULL;) {
        struct namespace *ns = CONTAINER_OF(n, struct namespace, wake);
        namespace_catch_up(ns, real_now_ms);
        registry_rearm(ns);
    }
}

cmq_ms registry_wake_real_ms(const struct registry *r)
{
    return wheel_wake_ms(r->wakes);
}

bool registry_may_jump(const struct registry *r)
{
    if (!r->has_auto)
        return false;
    for (struct list_node *l = r->namespaces.next; l != &r->namespaces; l = l->next)
        if (namespace_may_jump(CONTAINER_OF(l, const struct namespace, link)))
            return true;
    return false;
}

void registry_jump(struct registry *r)
{
    for (struct list_node *l = r->namespaces.next; l != &r->namespaces; l = l->next) {
        struct namespace *ns = CONTAINER_OF(l, struct namespace, link);
        if (namespace_may_jump(ns))
            namespace_jump(ns);
    }
}

/* ---- burying ---- */

void registry_bury(struct registry *r, struct engine *e)
{
    struct buried *b = calloc(1, sizeof *b);
    engine_abandon_pushes(e);
    if (b == NULL) {
        engine_free(e);
        return;
    }
    b->engine = e;
    list_append(&r->buried, &b->link);
}

bool registry_has_buried(const struct registry *r)
{
    return !list_empty(&r->buried);
}

void registry_reap(struct registry *r, size_t messages)
{
    struct list_node *l = list_first(&r->buried);
    if (l == NULL || !engine_free_some(CONTAINER_OF(l, struct buried, link)->engine, messages))
        return;
    list_unlink(l);
    free(CONTAINER_OF(l, struct buried, link));
}
