/* openapi.h - the whole admin interface as an OpenAPI 3.1 document (admin 12).
 *
 * Made when it is asked for, from the tables by which calls are read and answered: routes and
 * arguments (handling.h), members of objects (schema.h), mistakes (mistake.h). So a call is in the
 * document when it has a row, and the same program gives the same bytes. */
#ifndef CMQ_ADMIN_OPENAPI_H
#define CMQ_ADMIN_OPENAPI_H

#include "admin/schema.h"
#include "base/buffer.h"

extern const struct schema openapi_answer;

/* Append the members of the document to the open object. */
void openapi_write(struct buffer *b);

#endif
