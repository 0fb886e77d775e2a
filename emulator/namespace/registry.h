/* registry.h - all namespaces of a process: by name, by secret id, and when each has work.
 *
 * "default" always exists and serves every secret id that belongs to no namespace (decisions
 * 14, admin 5). Single namespaces are used through namespace.h. */
#ifndef CMQ_NAMESPACE_REGISTRY_H
#define CMQ_NAMESPACE_REGISTRY_H

#include "namespace/namespace.h"

struct registry_config {
    struct engine_config engine; /* for namespaces whose spec says no more; now_ms, account and
                                    budgets are unused. Its bounds of bytes and polls are also
                                    those of all namespaces together */
    uint64_t sloppy;             /* of struct namespace_spec */
    size_t max_namespaces;
    size_t max_requests, max_answers, max_awaits, max_journal; /* of struct budgets; 0:
                                                                  unbounded */
};

enum {
    /* Bytes. Real ids and keys have 32 to 80, tokens of temporary keys up to 4096. */
    SECRET_ID_MAX = 256,
    SECRET_KEY_MAX = 256,
    SECRET_TOKEN_MAX = 4096,

    RETIRED_MAX = 10000, /* secret ids; then the oldest are forgotten */
};

/* Requests with this secret id belong to the namespace. When that is dropped its secret ids are
 * retired: a program left over from an earlier test must not write into "default". Of a retired
 * one the id alone is kept. */
struct credential {
    struct table_node by_id; /* in registry->credentials */
    struct list_node link;   /* in namespace->credentials, or in registry->retired */
    struct namespace *owner; /* NULL: retired */
    bool was_retired;        /* before it was given to its owner */
    size_t charged;          /* to the budget of what is stored; 0: retired */
    char *key;               /* NULL: retired */
    char *token;             /* of a temporary key; NULL for none */
    char id[];
};

struct registry {
    struct registry_config config;
    struct namespace_host host;
    struct namespace *home;      /* "default" */
    struct list_node namespaces; /* in order of creation */
    struct list_node dropped;    /* those that still have open requests, or pushes */
    struct table names;
    uint64_t changes; /* namespaces that were made or dropped */
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

/* All that a secret id tells, by one look-up. */
struct caller {
    enum secret secret;
    struct namespace *namespace;         /* where its calls go: the owner, or "default" */
    const struct credential *credential; /* NULL unless OWNED */
};

/* secret_id: NULL, or empty, when there is none. */
struct caller registry_find_caller(const struct registry *r, const struct bytes *secret_id);

/* The credential of a secret id; NULL unless it belongs to a namespace. */
const struct credential *registry_find_credential(const struct registry *r,
                                                  struct bytes secret_id);

/* Whether a namespace, or any namespace, has credentials. */
static inline bool namespace_has_credentials(const struct namespace *ns)
{
    return !list_empty(&ns->credentials);
}

static inline bool registry_has_credentials(const struct registry *r)
{
    return r->credentials.count > r->retired_count;
}

/* Forget the secret ids that are retired: they are nobody's now. */
void registry_forget_retired(struct registry *r);

enum registry_err { REGISTRY_OK, REGISTRY_TAKEN, REGISTRY_FULL, REGISTRY_NO_MEMORY };

/* Make a namespace; without a name in the spec it is given one. TAKEN: there is one of that
 * name; FULL: there are as many as max_namespaces allows. */
enum registry_err registry_create(struct registry *r, const struct namespace_spec *spec,
                                  cmq_ms real_now_ms, struct namespace **out);

/* Make a new pair of secret id and key for ns; NULL when there is no memory. */
const struct credential *registry_issue_credential(struct registry *r, struct namespace *ns);

/* The texts of a credential: none is empty, has a NUL, or is longer than its SECRET_..._MAX. */
struct credential_texts {
    struct bytes id, key;
    struct bytes token; /* data NULL: none */
};

/* Add a given credential; the texts are copied. TAKEN: the id belongs to a namespace already; a
 * retired one may be used again. FULL: the budget of what is stored has no room for it. */
enum registry_err registry_add_credential(struct registry *r, struct namespace *ns,
                                          const struct credential_texts *texts);

/* Drop ns, which must not be "default". Must be called within the bracket of ns, which may be
 * freed when that ends. */
void registry_drop(struct registry *r, struct namespace *ns);

/* The same for a namespace about which nobody has been told yet: its secret ids are what they
 * were before, retired or nobody's. */
void registry_discard(struct registry *r, struct namespace *ns);

/* Walk the namespaces in the order of their creation; NULL begins, NULL ends. */
struct namespace *registry_next(const struct registry *r, const struct namespace *ns);

/* ---- slices ---- */

/* A turn of the loop begins, in which so much may be done; see base/effort.h. Without this there is
 * no bound, and no namespace is ever busy. */
void registry_begin_turn(struct registry *r, size_t units);

/* Whether a namespace is busy, or somebody stands in line; and carry those on, one slice for each,
 * as far as about half of what may be done in this turn goes: the rest is for others. */
bool registry_is_busy(const struct registry *r);
void registry_carry_on(struct registry *r, cmq_ms real_now_ms);

/* End the waits of all that stand in line. */
void registry_end_lines(struct registry *r, enum wait_end how);

/* ---- time ---- */

/* Let namespaces whose clock runs, and which have work, come to the present; if it is too much for
 * this turn, only some of them. */
void registry_tick(struct registry *r, cmq_ms real_now_ms);

/* When registry_tick() next has work, in real time: perhaps too early, never too late;
 * CMQ_NEVER if there is none. */
cmq_ms registry_wake_real_ms(const struct registry *r);

/* Whether any namespace may jump, see namespace_may_jump(); and let all that may. */
bool registry_may_jump(const struct registry *r);
void registry_jump(struct registry *r, cmq_ms real_now_ms);

#endif
