#include "admin/message.h"

#include "admin/answer.h"
#include "base/json.h"

static const struct schema_member message_members[] = {
    {"msgId", TYPE_ID, .help = "its id"},
    {"state", TYPE_WORD, .choices = "active|inactive|delayed|deleted"},
    {"msgBody", TYPE_TEXT, .help = "invalid UTF-8 is replaced"},
    {"msgBodyBase64", TYPE_BASE64, .flags = MEMBER_OPTIONAL,
     .help = "the body where it is no UTF-8"},
    BODY_CUT_MEMBER,
    {"enqueueMs", TYPE_MS, .help = "when it was sent"},
    {"firstDequeueMs", TYPE_MS, .flags = MEMBER_OR_NULL, .help = "when it was first received"},
    {"visibleMs", TYPE_MS, .flags = MEMBER_OR_NULL,
     .help = "when it will be active, if it is not"},
    {"expireMs", TYPE_MS, .help = "when it will be gone"},
    {"dequeueCount", TYPE_NUMBER, .help = "how often it was received"},
    {"receiptHandle", TYPE_ID, .flags = MEMBER_OR_NULL, .help = "the current one"},
};
const struct schema message_schema =
    SCHEMA("Message", "A message of a queue.", message_members);

void write_queue_message(struct buffer *b, const struct message *m, size_t most)
{
    bool waits = m->state == MESSAGE_DELAYED || m->state == MESSAGE_INACTIVE;
    json_open(b, '{');
    json_key_id(b, "msgId", m->id);
    json_key_text(b, "state", message_state_name(m->state));
    write_body(b, "msgBody", "msgBodyBase64", message_body(m), message_blob(m), most);
    json_key_int(b, "enqueueMs", m->sent_ms);
    write_ms_or_null(b, "firstDequeueMs", m->dequeue_count > 0, m->first_dequeue_ms);
    write_ms_or_null(b, "visibleMs", waits, m->wake.node.due_ms);
    json_key_int(b, "expireMs", m->expiry.node.due_ms);
    json_key_int(b, "dequeueCount", m->dequeue_count);
    if (m->handle != 0) {
        json_key_id(b, "receiptHandle", m->handle);
    } else {
        json_key(b, "receiptHandle");
        json_literal(b, "null");
    }
    json_close(b, '}');
}
