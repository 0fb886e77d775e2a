/* spec.h - the description of a namespace as JSON: the object of POST /_emulator/namespaces and
 * of the configuration file (admin 4, 5).
 *
 *   name     1 to 64 letters, digits, "-", "_", the first a letter
 *   seed     of its ids
 *   sloppy   the seed of a ready set of faults, 0 for none of them
 *   clock    {"mode":"real|frozen|auto","at":INSTANT}
 *   limits   "relaxed", "strict", or an object: a "preset" of these, and members named as the
 *            options of the program: see engine/limits.def
 *   uin      the account that its queues and topics belong to
 *   appId    the application of that account
 *
 *   credentials  [{"secretId","secretKey","token"}], the token if it has one
 *   queues       [{the parameters of CreateQueue}]
 *   topics       [{the parameters of CreateTopic, "subscriptions":[{those of Subscribe}]}]
 *
 *   faults       [{a rule, see fault_rules.h}]
 *
 * Lists such as filterTag are written as lists. */
#ifndef CMQ_ADMIN_SPEC_H
#define CMQ_ADMIN_SPEC_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "namespace/registry.h"

struct cJSON;

/* The object, without what a file alone has. */
extern const struct schema spec_schema;

/* Overwrite in *spec what the object has. On false *m names the member by its path below
 * prefix: "limits.maxQueues". Members of the file alone are skipped with in_file, otherwise a
 * mistake. */
bool spec_read(const struct cJSON *object, const char *prefix, bool in_file,
               struct namespace_spec *spec, struct mistake *m);

/* How many queues, topics, subscriptions, credentials and rules of faults the object describes, whether or not they
 * can be made. */
size_t spec_things(const struct cJSON *object);

/* Make the namespace. False, with *m, when the name is taken, there are too many namespaces, or
 * no memory. */
bool spec_make(struct registry *r, const struct namespace_spec *spec, cmq_ms real_now_ms,
               struct namespace **out, struct mistake *m);

/* Add the credentials, queues, topics and rules of faults of the object to the namespace made from it. Must be
 * called within the bracket of ns. On false, with *m, some have been added. */
bool spec_fill(const struct cJSON *object, const char *prefix, struct registry *r,
               struct namespace *ns, struct mistake *m);

#endif
