/* config.h - the configuration file: namespaces and what they begin with (admin 4).
 *
 * Its text is the JSON object of "default", as spec.h describes it, and more of them, each with
 * a name, in "namespaces". */
#ifndef CMQ_ADMIN_CONFIG_H
#define CMQ_ADMIN_CONFIG_H

#include "admin/mistake.h"
#include "namespace/registry.h"

/* All are made, or on false some: the process is to end then. *m's message begins with
 * "line:column: ". */
bool config_apply(struct registry *r, const char *text, cmq_ms real_now_ms, struct mistake *m);

#endif
