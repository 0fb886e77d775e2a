/* where.h - which entries of the journal somebody means, as arguments of a call or as the member
 * "where" of a JSON object (admin 12). */
#ifndef CMQ_ADMIN_WHERE_H
#define CMQ_ADMIN_WHERE_H

#include "admin/call_arguments.h"
#include "namespace/pattern.h"

/* The members of a pattern as rows of a route's table, in the order of enum pattern_member. */
extern const char *const where_apis[], *const where_outcomes[];
/* clang-format off */
#define WHERE_ROWS                                                                             \
    {"api", ARGUMENT_WORD, where_apis, .help = "which API it spoke"},                          \
    {"action", ARGUMENT_TEXT, .min = 1, .max = 64, .help = "without regard to case"},          \
    {"queue", ARGUMENT_TEXT, .min = 1, .max = 64, .help = "the name that it gave"},            \
    {"topic", ARGUMENT_TEXT, .min = 1, .max = 64, .help = "likewise"},                         \
    {"subscription", ARGUMENT_TEXT, .min = 1, .max = 64, .help = "likewise"},                  \
    {"code", ARGUMENT_CODE, .min = 1, .max = 64, .help = "as it was answered"},                \
    {"msgId", ARGUMENT_TEXT, .min = 1, .max = 64, .help = "the id of a message, of any API"},  \
    {"outcome", ARGUMENT_WORD, where_outcomes, .help = "of a push"}
/* clang-format on */

/* From the values of these rows. */
bool where_of_values(const struct argument_value values[PATTERN_MEMBERS], struct pattern *out,
                     struct mistake *m);

/* From an object, which may lack any of them; path: its name in messages. NULL: any entry. */
bool where_read(const cJSON *object, const char *path, struct pattern *out, struct mistake *m);

/* Append it as such an object. */
void where_write(struct buffer *b, const struct pattern *p);

#endif
