/* message.h - a message of a queue, as answers show it (admin 6). */
#ifndef CMQ_ADMIN_MESSAGE_H
#define CMQ_ADMIN_MESSAGE_H

#include "admin/schema.h"
#include "base/buffer.h"
#include "engine/queue.h"

extern const struct schema message_schema;

/* Of a body that is longer than most only the front. */
void write_queue_message(struct buffer *b, const struct message *m, size_t most);

#endif
