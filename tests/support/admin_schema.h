/* admin_schema.h - answers of the admin interface, held against the tables that its OpenAPI
 * document is made from (admin/schema.h): whatever test makes a call, its answer has to be as the
 * document says.
 *
 * Each thing that is not as described adds a sentence to *complaints: a member without a row, a
 * missing one, a value of another type, a mistake whose code the call does not list. */
#ifndef CMQ_TESTS_ADMIN_SCHEMA_H
#define CMQ_TESTS_ADMIN_SCHEMA_H

#include "admin/schema.h"
#include "base/buffer.h"

struct cJSON;

/* An answer to a call; its path is decoded. Answers without a text, and those to paths that are not
 * below /_emulator, are as they should be. */
void admin_schema_check(struct bytes method, struct bytes path, int status, struct bytes text,
                        struct buffer *complaints);

/* The same for a target as it was sent: encoded, with its query. */
void admin_schema_check_target(struct bytes method, struct bytes target, int status,
                               struct bytes text, struct buffer *complaints);

/* One value; path is its name in complaints. */
void schema_check(const struct schema *s, const struct cJSON *json, const char *path,
                  struct buffer *complaints);

#endif
