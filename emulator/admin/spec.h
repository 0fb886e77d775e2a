/* spec.h - what a namespace is to be like: the JSON object of POST /_emulator/namespaces and of
 * the configuration file (design 4.5, 4.6).
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
#include "engine/limits.h"
#include "namespace/clock.h"

struct cJSON;
struct registry;
struct namespace;

struct namespace_spec {
    char name[65]; /* "" when none is given */
    uint64_t seed;
    struct engine_limits limits;
    enum clock_mode mode;
    bool has_at;
    cmq_ms at_ms;
};

/* Overwrite in *spec what the object says. On false *m names the member by its path below
 * prefix: "limits.maxQueues". Members of the file are accepted, and not read, only with
 * in_file. */
bool spec_read(const struct cJSON *object, const char *prefix, bool in_file,
               struct namespace_spec *spec, struct mistake *m);

/* Put credentials, queues and topics of the object into the namespace made from it. */
bool spec_fill(const struct cJSON *object, const char *prefix, struct registry *r,
               struct namespace *ns, struct mistake *m);

/* A configuration file's text: the object of "default", and more of them, each with a name, in
 * "namespaces". All are made, or on false some: the process is to end then. *m's message begins
 * with "line:column: ". */
bool config_apply(struct registry *r, const char *text, cmq_ms real_now_ms, struct mistake *m);

#endif
