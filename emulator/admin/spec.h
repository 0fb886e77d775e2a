/* spec.h - what a namespace is to be like: the JSON object of POST /_emulator/namespaces and of
 * the configuration file (admin 4, 5).
 *
 *   name     1 to 64 letters, digits, "-", "_", the first a letter
 *   seed     of its ids
 *   clock    {"mode":"real|frozen|auto","at":INSTANT}
 *   limits   "relaxed", "strict", or an object: a "preset" of these, and members named as the
 *            options of the program: see engine/limits.def
 *
 * and in the file alone
 *
 *   credentials  [{"secretId","secretKey"}]
 *   queues       [{the parameters of CreateQueue}]
 *   topics       [{the parameters of CreateTopic, "subscriptions":[{those of Subscribe}]}];
 * lists such as filterTag are written as lists */
#ifndef CMQ_ADMIN_SPEC_H
#define CMQ_ADMIN_SPEC_H

#include "admin/mistake.h"
#include "namespace/registry.h"

struct cJSON;

/* Overwrite in *spec what the object says. On false *m names the member by its path below
 * prefix: "limits.maxQueues". Members of the file are accepted, and not read, only with
 * in_file. */
bool spec_read(const struct cJSON *object, const char *prefix, bool in_file,
               struct namespace_spec *spec, struct mistake *m);

/* Make the namespace; on false *m names the member "name" if that is to blame. */
bool spec_make(struct registry *r, const struct namespace_spec *spec, cmq_ms real_now_ms,
               struct namespace **out, struct mistake *m);

/* Within the bracket of ns: put credentials, queues and topics of the object into the namespace
 * made from it. */
bool spec_fill(const struct cJSON *object, const char *prefix, struct registry *r,
               struct namespace *ns, struct mistake *m);

#endif
