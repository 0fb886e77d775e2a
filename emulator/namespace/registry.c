/* Finding, making and dropping namespaces; and the loop's view of their clocks.
 *
 * Names and secret ids are two tables. A namespace that is dropped leaves both at once, so that
 * a new one may take its name, and moves to the list of dropped ones, which exists only so that
 * registry_fini() finds what is left of them.
 *
 * The timers of all namespaces are on one wheel in real time, host.wakes, armed on leaving a
 * bracket: so the loop asks for one deadline however many namespaces there are. Automatic
 * clocks have no timer, they are looked through before each wait; has_auto spares that in the
 * usual case that there are none. */
#include "namespace/registry.h"

#include "base/random.h"

#include <assert.h>
#include <stdio.h>

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

struct caller registry_find_caller(const struct registry *r, const struct bytes *secret_id)
{
    struct caller caller = {SECRET_NONE, r->home, NULL};
    if (secret_id == NULL || secret_id->len == 0)
        return caller;
    const struct credential *c = find_credential(r, *secret_id);
    if (c == NULL)
        caller.secret = SECRET_UNKNOWN;
    else if (c->owner == NULL)
        caller.secret = SECRET_RETIRED;
    else
        caller = (struct caller){SECRET_OWNED, c->owner, c};
    return caller;
}

const struct credential *registry_find_credential(const struct registry *r,
                                                  struct bytes secret_id)
{
    return registry_find_caller(r, &secret_id).credential;
}

/* ---- making and dropping ---- */

struct namespace_spec registry_spec(const struct registry *r)
{
    return (struct namespace_spec){
        .seed = r->config.engine.seed,
        .sloppy = r->config.sloppy,
        .limits = r->config.engine.limits,
        .account = account_default(),
        .mode = CLOCK_REAL,
    };
}

/* "ns-1", "ns-2", ...: the first that is free. */
static void invent_name(const struct registry *r, char name[NAMESPACE_NAME_MAX + 1])
{
    size_t n = r->names.count;
    do
        snprintf(name, NAMESPACE_NAME_MAX + 1, "ns-%zu", n++);
    while (registry_find(r, bytes_of(name)) != NULL);
}

enum registry_err registry_create(struct registry *r, const struct namespace_spec *spec,
                                  cmq_ms real_now_ms, struct namespace **out)
{
    if (spec->name[0] != '\0' && registry_find(r, bytes_of(spec->name)) != NULL)
        return REGISTRY_TAKEN;
    if (r->names.count >= r->config.max_namespaces)
        return REGISTRY_FULL;
    struct namespace *ns = namespace_new(&r->host, spec, real_now_ms);
    if (ns == NULL)
        return REGISTRY_NO_MEMORY;
    if (ns->name[0] == '\0')
        invent_name(r, ns->name);
    table_add(&r->names, &ns->by_name, hash_of(bytes_of(ns->name)));
    list_append(&r->namespaces, &ns->link);
    r->changes++;
    *out = ns;
    return REGISTRY_OK;
}

/* Those that are retired are few and small, and count for nothing. */
static void give_back(struct registry *r, struct credential *c)
{
    budget_give(&r->host.budgets.messages, c->charged);
    c->charged = 0;
}

static void forget_secrets(const struct allocator *a, struct credential *c)
{
    allocator_give(a, c->key);
    allocator_give(a, c->token);
    c->key = c->token = NULL;
}

static void free_credential(struct registry *r, struct credential *c)
{
    if (c->owner == NULL)
        r->retired_count--;
    list_unlink(&c->link);
    table_remove(&r->credentials, &c->by_id);
    give_back(r, c);
    forget_secrets(&r->host.allocator, c);
    allocator_give(&r->host.allocator, c);
}

static bool fits(struct bytes text, size_t max)
{
    return text.len > 0 && text.len <= max && memchr(text.data, '\0', text.len) == NULL;
}

static char *copy_text(const struct allocator *a, struct bytes text)
{
    char *copy = allocator_take(a, text.len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* In no list and no table yet; NULL when there is no memory. */
static struct credential *new_credential(const struct allocator *a,
                                         const struct credential_texts *texts)
{
    bool has_token = texts->token.data != NULL;
    assert(fits(texts->id, SECRET_ID_MAX));
    assert(fits(texts->key, SECRET_KEY_MAX));
    assert(!has_token || fits(texts->token, SECRET_TOKEN_MAX));
    struct credential *c = allocator_take_zeroed(a, sizeof *c + texts->id.len + 1);
    if (c == NULL)
        return NULL;
    memcpy(c->id, texts->id.data, texts->id.len);
    c->key = copy_text(a, texts->key);
    c->token = has_token ? copy_text(a, texts->token) : NULL;
    if (c->key != NULL && (c->token != NULL || !has_token))
        return c;
    forget_secrets(a, c);
    allocator_give(a, c);
    return NULL;
}

static size_t size_of(const struct credential_texts *texts)
{
    return sizeof(struct credential) + texts->id.len + texts->key.len + texts->token.len;
}

static enum registry_err add_credential(struct registry *r, struct namespace *ns,
                                        const struct credential_texts *texts)
{
    struct credential *present = find_credential(r, texts->id);
    struct credential *c = new_credential(&r->host.allocator, texts);
    if (c == NULL)
        return REGISTRY_NO_MEMORY;
    c->was_retired = present != NULL;
    if (present != NULL)
        free_credential(r, present);
    c->owner = ns;
    c->charged = size_of(texts);
    budget_charge(&r->host.budgets.messages, c->charged);
    list_append(&ns->credentials, &c->link);
    table_add(&r->credentials, &c->by_id, hash_of(bytes_of(c->id)));
    return REGISTRY_OK;
}

enum registry_err registry_add_credential(struct registry *r, struct namespace *ns,
                                          const struct credential_texts *texts)
{
    const struct credential *present = find_credential(r, texts->id);
    if (present != NULL && present->owner != NULL)
        return REGISTRY_TAKEN;
    if (!budget_admits(&r->host.budgets.messages, size_of(texts)))
        return REGISTRY_FULL;
    return add_credential(r, ns, texts);
}

const struct credential *registry_issue_credential(struct registry *r, struct namespace *ns)
{
    enum { SIZE = 64 };
    char id[SIZE];
    char key[SIZE];
    struct ids ids = r->ids; /* drawn from r itself only if there is memory */
    /* Secret ids begin with AKID (common 3.1). */
    do {
        snprintf(id, sizeof id, "AKID%019llu",
                 (unsigned long long)ids_number(&ids, ID_MESSAGE));
        /* One after the other: compilers differ in which argument of a call they take first. */
        unsigned long long behind = ids_number(&ids, ID_HANDLE);
        unsigned long long ahead = ids_number(&ids, ID_HANDLE);
        snprintf(key, sizeof key, "%019llu%019llu", ahead, behind);
    } while (find_credential(r, bytes_of(id)) != NULL);
    const struct credential_texts texts = {.id = bytes_of(id), .key = bytes_of(key)};
    /* There is room for it: a namespace is given one pair at the most. */
    if (add_credential(r, ns, &texts) != REGISTRY_OK)
        return NULL;
    r->ids = ids;
    return CONTAINER_OF(ns->credentials.prev, const struct credential, link);
}

static void retire(struct registry *r, struct credential *c)
{
    list_unlink(&c->link);
    list_append(&r->retired, &c->link);
    give_back(r, c);
    forget_secrets(&r->host.allocator, c);
    c->owner = NULL;
    if (++r->retired_count > RETIRED_MAX) {
        struct list_node *oldest = list_first(&r->retired);
        assert(oldest != NULL);
        free_credential(r, CONTAINER_OF(oldest, struct credential, link));
    }
}

/* discarded: only those that had been retired before. */
static void give_up_credentials(struct registry *r, struct namespace *ns, bool discarded)
{
    for (struct list_node *l; (l = list_first(&ns->credentials)) != NULL;) {
        struct credential *c = CONTAINER_OF(l, struct credential, link);
        if (!discarded || c->was_retired)
            retire(r, c);
        else
            free_credential(r, c);
    }
}

void registry_forget_retired(struct registry *r)
{
    for (struct list_node *l; (l = list_first(&r->retired)) != NULL;)
        free_credential(r, CONTAINER_OF(l, struct credential, link));
}

/* Take ns out of the tables and the list, so that it is not found any more. */
static void take_out(struct registry *r, struct namespace *ns)
{
    give_up_credentials(r, ns, false);
    table_remove(&r->names, &ns->by_name);
    list_unlink(&ns->link);
}

void registry_drop(struct registry *r, struct namespace *ns)
{
    assert(ns != r->home);
    r->changes++;
    take_out(r, ns);
    list_append(&r->dropped, &ns->link);
    namespace_drop(ns);
}

void registry_discard(struct registry *r, struct namespace *ns)
{
    give_up_credentials(r, ns, true);
    registry_drop(r, ns);
}

struct namespace *registry_next(const struct registry *r, const struct namespace *ns)
{
    const struct list_node *next = ns == NULL ? r->namespaces.next : ns->link.next;
    return next == &r->namespaces ? NULL : CONTAINER_OF(next, struct namespace, link);
}

static void bound(struct budget *b, size_t most)
{
    b->most = most > 0 ? most : SIZE_MAX;
}

static void init_budgets(struct budgets *b, const struct registry_config *config)
{
    budgets_init(b);
    b->messages.most = (size_t)config->engine.limits.max_bytes;
    b->polls.most = config->engine.limits.max_polls;
    bound(&b->requests, config->max_requests);
    bound(&b->answers, config->max_answers);
    bound(&b->awaits, config->max_awaits);
    bound(&b->journal, config->max_journal);
}

bool registry_init(struct registry *r, const struct registry_config *config, cmq_ms real_now_ms,
                   namespace_deliver_fn *deliver, namespace_push_fn *push, void *context)
{
    *r = (struct registry){
        .config = *config,
        .host = {.allocator = config->engine.allocator,
                 .deliver = deliver,
                 .push = push,
                 .context = context},
    };
    list_init(&r->namespaces);
    list_init(&r->dropped);
    list_init(&r->retired);
    list_init(&r->host.busy);
    graveyard_init(&r->host.graveyard);
    shelf_init(&r->host.shelf, config->engine.allocator, &r->host.budgets.messages,
               &r->host.graveyard);
    init_budgets(&r->host.budgets, config);
    ids_init(&r->ids, config->engine.seed);
    r->host.wakes = wheel_new(&config->engine.allocator, WHEEL_LEVELS, WHEEL_BITS, real_now_ms);
    bool ready = table_init(&r->names, config->engine.allocator);
    ready = table_init(&r->credentials, config->engine.allocator) && ready;
    if (!ready || r->host.wakes == NULL)
        return false;
    struct namespace_spec spec = registry_spec(r);
    snprintf(spec.name, sizeof spec.name, "default");
    return registry_create(r, &spec, real_now_ms, &r->home) == REGISTRY_OK;
}

void registry_fini(struct registry *r)
{
    for (struct namespace *ns; (ns = registry_next(r, NULL)) != NULL;) {
        take_out(r, ns);
        namespace_free(ns);
    }
    for (struct list_node *l; (l = list_first(&r->dropped)) != NULL;)
        namespace_free(CONTAINER_OF(l, struct namespace, link));
    while (!graveyard_is_empty(&r->host.graveyard))
        graveyard_reap(&r->host.graveyard, SIZE_MAX);
    shelf_fini(&r->host.shelf);
    registry_forget_retired(r);
    table_fini(&r->names);
    table_fini(&r->credentials);
    wheel_free(r->host.wakes);
}

/* ---- slices ---- */

void registry_begin_turn(struct registry *r, size_t units)
{
    enum { LEAST = 64 };
    effort_begin(&r->host.effort, units);
    r->host.least = units < LEAST ? units : LEAST;
}

bool registry_is_busy(const struct registry *r)
{
    return !list_empty(&r->host.busy);
}

/* The first of those that are to be carried on; NULL if there is none. */
static struct namespace *first_busy(const struct registry *r)
{
    struct list_node *l = list_first(&r->host.busy);
    return l != NULL ? CONTAINER_OF(l, struct namespace, to_carry_on) : NULL;
}

static size_t count_busy(const struct registry *r)
{
    size_t count = 0;
    for (const struct list_node *l = r->host.busy.next; l != &r->host.busy; l = l->next)
        count++;
    return count;
}

/* Each goes to the end of the list if more is left, so none comes twice. */
void registry_carry_on(struct registry *r, cmq_ms real_now_ms)
{
    struct effort *effort = &r->host.effort;
    size_t bound = effort->bound;
    size_t busy = count_busy(r);
    effort->bound = (bound + 1) / 2;
    for (; busy > 0 && !effort_is_used_up(effort) && registry_is_busy(r); busy--)
        namespace_carry_on(first_busy(r), real_now_ms);
    effort->bound = bound;
}

void registry_end_lines(struct registry *r, enum wait_end how)
{
    for (const struct list_node *l = r->host.busy.next, *next; l != &r->host.busy; l = next) {
        next = l->next;
        namespace_end_line(CONTAINER_OF(l, struct namespace, to_carry_on), how);
    }
}

/* ---- time ---- */

void registry_tick(struct registry *r, cmq_ms real_now_ms)
{
    for (struct wheel_node *n; !effort_is_used_up(&r->host.effort) &&
                               (n = wheel_take(r->host.wakes, real_now_ms)) != NULL;) {
        struct namespace *ns = CONTAINER_OF(n, struct namespace, wake);
        namespace_enter(ns, ENTER_TO_LOOK, real_now_ms);
        namespace_leave(ns);
    }
}

cmq_ms registry_wake_real_ms(const struct registry *r)
{
    return wheel_wake_ms(r->host.wakes);
}

/* The next namespace after ns that may jump; NULL if there is none. */
static struct namespace *next_jumping(const struct registry *r, struct namespace *ns)
{
    if (!r->host.has_auto)
        return NULL;
    while ((ns = registry_next(r, ns)) != NULL && !namespace_may_jump(ns))
        ;
    return ns;
}

bool registry_may_jump(const struct registry *r)
{
    return next_jumping(r, NULL) != NULL;
}

void registry_jump(struct registry *r, cmq_ms real_now_ms)
{
    for (struct namespace *ns = NULL;
         !effort_is_used_up(&r->host.effort) && (ns = next_jumping(r, ns)) != NULL;) {
        namespace_enter(ns, ENTER_TO_LOOK, real_now_ms);
        namespace_jump(ns);
        namespace_leave(ns);
    }
}
