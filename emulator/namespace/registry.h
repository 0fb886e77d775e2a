/* registry.h - all namespaces of a process: by name, by secret id, and when each has work.
 *
 * "default" always exists and serves every secret id that belongs to no namespace (decisions
 * 14, admin 5). Single namespaces are used through namespace.h. */
#ifndef CMQ_NAMESPACE_REGISTRY_H
#define CMQ_NAMESPACE_REGISTRY_H

#include "namespace/namespace.h"

struct registry_config {
    struct engine_config engine; /* for namespaces whose spec says no more; now_ms and
                                    account are unused */
    size_t max_namespaces;
};

enum {
    SECRET_SIZE = 65,
    RETIRED_MAX = 10000, /* secret ids; then the oldest are forgotten */
};

/* Requests with this secret id belong to the namespace. When that is dropped its secret ids are
 * retired: a program left over from an earlier test must not write into "default". */
struct credential {
    struct table_node by_id; /* in registry->credentials */
    struct list_node link;   /* in namespace->credentials, or in registry->retired */
    struct namespace *owner; /* NULL: retired */
    bool was_retired;        /* before it was given to its owner */
    char id[SECRET_SIZE], key[SECRET_SIZE];
};

struct registry {
    struct registry_config config;
    struct namespace_host host;
    struct namespace *home;      /* "default" */
    struct list_node namespaces; /* in order of creation */
    struct list_node dropped;    /* those that still have open requests, or pushes */
    struct table names;
    struct table credentials;
    struct list_node retired; /* credentials, the oldest first */
    size_t retired_count;
    struct ids ids; /* of credentials */
};

/* False when there is no memory; then *r may still be given to registry_fini(). */
bool registry_init(struct registry *r, const struct registry_config *config, cmq_ms real_now_ms,
                   namespace_deliver_fn *deliver, namespace_push_fn *push, void *context);

/* No poll may be parked, no push in flight, and nothing may wait. */
void registry_fini(struct registry *r);

/* The spec of a namespace about which nothing is said. */
struct namespace_spec registry_spec(const struct registry *r);

/* NULL if there is none of that name. */
struct namespace *registry_find(const struct registry *r, struct bytes name);

/* Whose a secret id is. */
enum secret {
    SECRET_NONE, /* there is no id */
    SECRET_OWNED,
    SECRET_UNKNOWN, /* nobody's */
    SECRET_RETIRED, /* of a namespace that is gone */
};
enum secret registry_judge_secret(const struct registry *r, const struct bytes *secret_id);

/* The namespace of a secret id: its owner, or "default". */
struct namespace *registry_of_secret(const struct registry *r, const struct bytes *secret_id);

/* Forget the secret ids that are retired: they are nobody's now. */
void registry_forget_retired(struct registry *r);

enum registry_err { REGISTRY_OK, REGISTRY_TAKEN, REGISTRY_FULL, REGISTRY_NO_MEMORY };

/* Make a namespace; without a name in the spec it is given one. TAKEN: there is one of that
 * name; FULL: there are as many as max_namespaces allows. */
enum registry_err registry_create(struct registry *r, const struct namespace_spec *spec,
                                  cmq_ms real_now_ms, struct namespace **out);

/* Make a new pair of secret id and key for ns; NULL when there is no memory. */
const struct credential *registry_issue_credential(struct registry *r, struct namespace *ns);

/* Add a given pair, both shorter than SECRET_SIZE. TAKEN: the id belongs to a namespace
 * already; a retired one may be used again. */
enum registry_err registry_add_credential(struct registry *r, struct namespace *ns,
                                          const char *id, const char *key);

/* Drop ns, which must not be "default". Must be called within the bracket of ns, which may be
 * freed when that ends. */
void registry_drop(struct registry *r, struct namespace *ns);

/* The same for a namespace about which nobody has been told yet: its secret ids are what they
 * were before, retired or nobody's. */
void registry_discard(struct registry *r, struct namespace *ns);

/* Walk the namespaces in the order of their creation; NULL begins, NULL ends. */
struct namespace *registry_next(const struct registry *r, const struct namespace *ns);

/* ---- time ---- */

/* Let namespaces whose clock runs, and which have work, come to the present. */
void registry_tick(struct registry *r, cmq_ms real_now_ms);

/* When registry_tick() next has work, in real time: perhaps too early, never too late;
 * CMQ_NEVER if there is none. */
cmq_ms registry_wake_real_ms(const struct registry *r);

/* Whether any namespace may jump, see namespace_may_jump(); and let all that may. */
bool registry_may_jump(const struct registry *r);
void registry_jump(struct registry *r, cmq_ms real_now_ms);

#endif
