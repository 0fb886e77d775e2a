/* config.h - the configuration file: namespaces and what they begin with (admin 4).
 *
 * Its text is a JSON object for "default", as spec.h describes it; its member "namespaces"
 * lists more of them, each with a name. */
#ifndef CMQ_ADMIN_CONFIG_H
#define CMQ_ADMIN_CONFIG_H

#include "admin/mistake.h"
#include "namespace/registry.h"

/* Make all that the file describes. On false some of it has been made, and the process should
 * end; the message in *m begins with "line:column: ". */
bool config_apply(struct registry *r, const char *text, cmq_ms real_now_ms, struct mistake *m);

#endif
