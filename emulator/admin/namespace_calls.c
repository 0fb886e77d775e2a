/* The calls about namespaces, and health (admin 5).
 *
 * A call is itself within the bracket of the namespace that it is made in; the one that it is
 * about is entered here, and may be the same one. */
#include "admin/handling.h"
#include "admin/listing.h"
#include "admin/snapshots.h"
#include "admin/spec.h"

#include "base/json.h"
#include "base/version.h"

static const struct schema_member namespace_members[] = {
    {"namespace", TYPE_NAME, .help = "its name"},
    {"secretId", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "its first one, if it has any"},
    {"secretKey", TYPE_TEXT, .flags = MEMBER_OPTIONAL, .help = "its key"},
    {"clock", TYPE_OBJECT, .of = &clock_schema},
};
static const struct schema namespace_schema =
    SCHEMA("Namespace", "A namespace.", namespace_members);

static void write_namespace(struct buffer *b, const struct namespace *ns)
{
    struct list_node *first = list_first(&ns->credentials);
    json_key_text(b, "namespace", ns->name);
    if (first != NULL) {
        const struct credential *c = CONTAINER_OF(first, const struct credential, link);
        json_key_text(b, "secretId", c->id);
        json_key_text(b, "secretKey", c->key);
    }
    json_key(b, "clock");
    json_open(b, '{');
    write_clock(b, ns);
    json_close(b, '}');
}

static const struct schema_member list_members[] = {
    {"total", TYPE_NUMBER, .help = "all there are"},
    {"namespaces", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &namespace_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema list_answer =
    SCHEMA("Namespaces", "A page of namespaces.", list_members);
static const struct argument list_arguments[] = {LISTING_OFFSET,
                                                 LISTING_LIMIT(LISTING_MOST, "1000")};

static bool do_namespaces(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct registry *r = h->call->registry;
    struct listing l;
    json_key_int(b, "total", (int64_t)r->names.count);
    listing_begin(&l, b, "namespaces", h->values);
    for (struct namespace *ns = NULL; !listing_is_full(&l);) {
        ns = registry_next(r, ns);
        if (ns == NULL)
            break;
        if (!listing_takes(&l))
            continue;
        namespace_enter(ns, ENTER_TO_LOOK, h->ns->real_now_ms);
        json_open(b, '{');
        write_namespace(b, ns);
        json_close(b, '}');
        namespace_leave(ns);
    }
    listing_end(&l, (int64_t)r->names.count);
    write_time(b, h->ns);
    return true;
}

static const struct argument namespace_argument = {"namespace", ARGUMENT_NAME,
                                                   .help = "the name of a namespace"};

/* Find and enter the namespace that the path names; NULL, with the mistake set, if there is
 * none. */
static struct namespace *enter(struct handling *h)
{
    struct namespace *ns = registry_find(h->call->registry, h->name);
    if (ns == NULL)
        mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-namespace", "",
                    "there is no namespace %.*s", (int)h->name.len, h->name.data);
    else
        namespace_enter(ns, ENTER_TO_LOOK, h->ns->real_now_ms);
    return ns;
}

static bool do_namespace(struct handling *h)
{
    struct namespace *ns = enter(h);
    if (ns == NULL)
        return false;
    write_namespace(h->call->answer, ns);
    namespace_leave(ns);
    return true;
}

/* A namespace has at least one pair. */
static bool has_credential(struct admin_call *c, struct namespace *ns)
{
    return !list_empty(&ns->credentials) ||
           registry_issue_credential(c->registry, ns) != NULL ||
           mistake_set(&c->mistake, STATUS_INTERNAL, "no-memory", "",
                       "no memory for a credential");
}

/* Fill the namespace that was just made. */
static bool fill(struct handling *h, struct namespace *ns)
{
    return spec_fill(h->object, "", h->call->registry, ns, &h->call->mistake) &&
           has_credential(h->call, ns);
}

/* Nobody waits for more than so many to be made. */
static bool is_small_enough(struct handling *h)
{
    enum { THINGS_MAX = 2000 };
    return spec_things(h->object) <= THINGS_MAX ||
           mistake_set(
               &h->call->mistake, STATUS_BAD, "invalid-argument", "",
               "a namespace is made with at most %d queues, topics, subscriptions, "
               "credentials and rules of faults together; a configuration file may have more",
               THINGS_MAX);
}

static bool do_fork(struct handling *h, const cJSON *from);

static bool do_create(struct handling *h)
{
    struct registry *r = h->call->registry;
    struct namespace_spec spec = registry_spec(r);
    struct namespace *ns;
    const cJSON *from = given_take(&h->call->given, "from");
    if (!is_small_enough(h))
        return false;
    if (from != NULL)
        return do_fork(h, from);
    if (!spec_read(h->object, "", false, &spec, &h->call->mistake) ||
        !spec_make(r, &spec, h->ns->real_now_ms, &ns, &h->call->mistake))
        return false;
    namespace_enter(ns, ENTER_STILL, h->ns->real_now_ms);
    bool filled = fill(h, ns);
    if (filled)
        write_namespace(h->call->answer, ns);
    else
        registry_discard(r, ns);
    namespace_leave(ns);
    return filled;
}

/* ---- forks ---- */

/* The snapshot that it is made from has all but the name and credentials. */
static bool has_no_more(struct handling *h)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, h->object) {
        if (strcmp(item->string, "name") != 0 && strcmp(item->string, "credentials") != 0)
            return MISTAKE_INVALID(&h->call->mistake, item->string,
                                   "beside from there may be name and credentials; all else "
                                   "is in the snapshot");
    }
    return true;
}

/* Within the bracket of the new namespace: it is there, or has failed and is given up. */
static bool answer_forked(struct admin_call *c)
{
    struct namespace *ns = c->made;
    enum cmq_err err = ns->copying.err;
    if (err == CMQ_OK && !has_credential(c, ns))
        err = CMQ_INTERNAL;
    if (err == CMQ_OK) {
        write_namespace(c->answer, ns);
        return true;
    }
    registry_discard(c->registry, ns);
    return snapshot_mistake(&c->mistake, err);
}

/* Make the namespace, and let it be restored. */
static bool fork_from(struct handling *h, struct snapshot *s, const struct namespace_spec *spec)
{
    struct admin_call *c = h->call;
    if (!spec_make(c->registry, spec, h->ns->real_now_ms, &c->made, &c->mistake))
        return false;
    struct namespace *ns = c->made;
    namespace_enter(ns, ENTER_STILL, h->ns->real_now_ms);
    bool done = spec_fill(h->object, "", c->registry, ns, &c->mistake);
    if (!done)
        registry_discard(c->registry, ns);
    else
        namespace_restore(ns, s);
    c->rest = answer_forked;
    if (done && namespace_is_copying(ns))
        c->result = ADMIN_PUT_OFF;
    else if (done)
        done = answer_forked(c);
    namespace_leave(ns);
    return done;
}

static bool do_fork(struct handling *h, const cJSON *from)
{
    const struct engine *e;
    struct mistake *m = &h->call->mistake;
    struct namespace_spec spec = registry_spec(h->call->registry);
    const char *name = cJSON_GetStringValue(from);
    if (given_take(&h->call->given, "from") != NULL)
        return MISTAKE_INVALID(m, "from", "from is given twice");
    if (name == NULL)
        return MISTAKE_INVALID(m, "from", "from must be the name of a snapshot");
    struct snapshot *s = snapshot_named(h->ns, bytes_of(name), "from", m);
    if (s == NULL || !has_no_more(h) || !spec_read(h->object, "", false, &spec, m))
        return false;
    e = s->engine;
    spec.seed = engine_seed_of(e);
    spec.limits = *engine_limits_of(e);
    spec.account = engine_account_of(e);
    spec.mode = CLOCK_FROZEN;
    spec.has_at = true;
    spec.at_ms = engine_now_ms(e);
    return fork_from(h, s, &spec);
}

static const struct schema_member dropped_members[] = {
    {"dropped", TYPE_NAME, .help = "its name"},
    {"released", TYPE_NUMBER, .help = "long polls that waited there"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema dropped_answer =
    SCHEMA("DroppedNamespace", "A namespace that was dropped.", dropped_members);

/* The call may be made in the very namespace that is dropped, so the answer has the time of
 * "default". */
static bool do_drop(struct handling *h)
{
    struct registry *r = h->call->registry;
    struct buffer *b = h->call->answer;
    cmq_ms real_now_ms = h->ns->real_now_ms;
    struct namespace *ns = enter(h);
    if (ns == NULL)
        return false;
    if (ns == r->home) {
        namespace_leave(ns);
        return mistake_set(&h->call->mistake, STATUS_CONFLICT, "namespace-needed", "",
                           "the namespace default stays; POST /_emulator/reset empties it");
    }
    json_key_text(b, "dropped", ns->name);
    size_t released = engine_parked_count(ns->engine);
    registry_drop(r, ns);
    namespace_leave(ns);
    namespace_enter(r->home, ENTER_TO_LOOK, real_now_ms);
    json_key_int(b, "released", (int64_t)released);
    write_time(b, r->home);
    namespace_leave(r->home);
    return true;
}

static const struct schema_member health_members[] = {
    {"status", TYPE_WORD, .choices = "ok"},
    {"version", TYPE_TEXT, .help = "of the program"},
    {"uptimeMs", TYPE_NUMBER, .help = "how long it has been running"},
    {"namespaces", TYPE_NUMBER, .help = "how many there are"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema health_answer = SCHEMA("Health", "It is up.", health_members);

static bool do_health(struct handling *h)
{
    struct buffer *b = h->call->answer;
    json_key_text(b, "status", "ok");
    json_key_text(b, "version", cmq_version());
    json_key_int(b, "uptimeMs", h->ns->real_now_ms - h->call->started_real_ms);
    json_key_int(b, "namespaces", (int64_t)h->call->registry->names.count);
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route namespace_routes[] = {
    { "GET",    "/_emulator/health",       NULL, 0, ROUTE_ANY_TIME,      do_health, "says that it is ready", .answer = &health_answer },
    { "GET",    "/_emulator/namespaces",   list_arguments, COUNT(list_arguments), ROUTE_ANY_TIME, do_namespaces, "lists namespaces", .answer = &list_answer },
    { "POST",   "/_emulator/namespaces",   NULL, 0, ROUTE_OWN_ARGUMENTS | ROUTE_ANY_TIME, do_create, "makes a namespace with what is in it", .answer = &namespace_schema, .mistakes = {"namespace-exists", "too-many-namespaces", "credential-exists", "memory-full", "too-many-faults", "no-such-snapshot"}, .takes = &spec_schema },
    { "GET",    "/_emulator/namespaces/*", NULL, 0, ROUTE_ANY_TIME,      do_namespace, "shows a namespace", .answer = &namespace_schema, .named = &namespace_argument },
    { "DELETE", "/_emulator/namespaces/*", NULL, 0, ROUTE_MOVES | ROUTE_OF_NAMED, do_drop, "drops a namespace", .answer = &dropped_answer, .mistakes = {"namespace-needed"}, .named = &namespace_argument },
    { .method = NULL },
};
/* clang-format on */
