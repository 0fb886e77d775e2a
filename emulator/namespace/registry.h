/* registry.h - all namespaces of a process: by name, by secret id, and when each has work.
 *
 * "default" always exists and serves every secret id that belongs to nobody. */
#ifndef CMQ_NAMESPACE_WORLD_H
#define CMQ_NAMESPACE_WORLD_H

#include "admin/mistake.h"
#include "admin/spec.h"
#include "namespace/namespace.h"

struct registry_config {
    struct engine_config engine; /* of namespaces that say nothing else; now_ms is of no use */
    size_t max_namespaces;
};

struct registry {
    struct registry_config config;
    struct namespace *home;      /* "default" */
    struct list_node namespaces; /* in order of creation */
    struct list_node dropped;    /* those that still have open requests, or pushes */
    struct list_node buried;     /* engines that are being freed */
    struct table names;
    struct table credentials;
    struct wheel *wakes; /* real time: namespaces whose clock runs */
    struct ids ids;      /* of credentials */
    bool has_auto;       /* a namespace has, or had, an automatic clock */
    namespace_deliver_fn *deliver;
    namespace_push_fn *push;
    void *context; /* of both */
};

/* False when there is no memory; then *r may still be given to registry_fini(). */
bool registry_init(struct registry *r, const struct registry_config *config, cmq_ms real_now_ms,
                   namespace_deliver_fn *deliver, namespace_push_fn *push, void *context);

/* No poll may be parked, no push in flight, no move under way. */
void registry_fini(struct registry *r);

/* What a namespace is made from when nothing else is said. */
struct namespace_spec registry_spec(const struct registry *r);

/* NULL if there is none of that name. */
struct namespace *registry_find(const struct registry *r, struct bytes name);

/* The namespace of a secret id: its owner, or "default". */
struct namespace *registry_of_secret(const struct registry *r, const struct bytes *secret_id);

/* Make a namespace; without a name in the spec it is given one. NULL, with *m, when the name is
 * taken, there are too many, or there is no memory. */
struct namespace *registry_create(struct registry *r, const struct namespace_spec *spec,
                                  cmq_ms real_now_ms, struct mistake *m);

/* Make a namespace that holds nothing what the spec says, but for its name. False, and nothing
 * is changed, when there is no memory. */
bool registry_respecify(struct namespace *ns, const struct namespace_spec *spec,
                        cmq_ms real_now_ms);

/* A new pair of its own; NULL when there is no memory. */
const struct credential *registry_issue_credential(struct registry *r, struct namespace *ns);

/* One that was chosen elsewhere. False, with *m, when the id is taken. */
bool registry_add_credential(struct registry *r, struct namespace *ns, const char *id,
                             const char *key, struct mistake *m);

/* Parked polls hear that their queue is gone. Not for "default", nor while time is moved. */
void registry_drop(struct registry *r, struct namespace *ns);

/* A request of ns is completed, or a push: a dropped namespace goes with its last one. */
void registry_close_request(struct namespace *ns);
void registry_close_push(struct namespace *ns);

/* ---- time ---- */

/* After anything was done with ns: look when it has work by itself. */
void registry_rearm(struct namespace *ns);

void registry_tick(struct registry *r, cmq_ms real_now_ms);
cmq_ms registry_wake_real_ms(const struct registry *r);

/* See namespace_may_jump(): of any namespace; and let all those jump. */
bool registry_may_jump(const struct registry *r);
void registry_jump(struct registry *r);

/* ---- engines that are no longer needed are freed in slices ---- */

void registry_bury(struct registry *r, struct engine *e);
bool registry_has_buried(const struct registry *r);
void registry_reap(struct registry *r, size_t messages);

#endif
