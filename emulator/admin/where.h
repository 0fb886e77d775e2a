/* where.h - which entries of the journal somebody means, as the member "where" of an object (admin
 * 14). */
#ifndef CMQ_ADMIN_WHERE_H
#define CMQ_ADMIN_WHERE_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "base/buffer.h"
#include "namespace/pattern.h"

struct cJSON;

extern const char *const where_apis[], *const where_outcomes[];
extern const struct schema where_schema, code_schema;

/* path: the name of the object in messages. NULL: any entry. */
bool where_read(const struct cJSON *object, const char *path, struct pattern *out,
                struct mistake *m);

/* Append the pattern as a member "where". */
void where_write(struct buffer *b, const struct pattern *p);

#endif
