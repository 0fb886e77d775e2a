/* resources.h - queues, topics and subscriptions as JSON: made from it, and shown as it (admin
 * 4).
 *
 * Members have CMQ's own names (operations/fields.def). Lists are JSON lists; a number may be
 * given as a number or as a text; deadLetterPolicy as an object or as its text. */
#ifndef CMQ_ADMIN_RESOURCES_H
#define CMQ_ADMIN_RESOURCES_H

#include "admin/mistake.h"
#include "admin/schema.h"
#include "base/buffer.h"
#include "operations/attributes.h"

struct cJSON;

/* What resources_make() takes: an item of each list. */
extern const struct schema queue_setting_schema, topic_setting_schema;

/* What resource_write_attributes() writes. */
extern const struct schema queue_attributes_schema, topic_attributes_schema,
    subscription_attributes_schema;

/* The member for a parameter, as a client may give it: its type and its bounds. */
void resource_describe_parameter(enum field f, struct schema_member *out);

/* Make what the object lists:
 *
 *   queues  [{the parameters of CreateQueue}]
 *   topics  [{the parameters of CreateTopic, "subscriptions": [{those of Subscribe}]}]
 *
 * Values are judged like those of clients; rates do not apply. On false *m names the member by
 * its path below prefix, and what comes before it has been made. */
bool resources_make(const struct cJSON *object, const char *prefix, struct engine *e,
                    struct mistake *m);

/* Append the attributes as members of the open object. */
void resource_write_attributes(struct buffer *b, const struct attributes *a);

#endif
