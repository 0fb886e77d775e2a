#include "admin/snapshot_parts.h"

#include "admin/snapshot_schema.h"
#include "operations/arguments.h"
#include "operations/endpoint.h"
#include "operations/field.h"

#include <cjson/cJSON.h>
#include <nettle/base64.h>

enum { BODY_MAX = 1048576 };

/* ---- what several have ---- */

static bool decode(struct bytes text, struct buffer *room, struct bytes *out)
{
    struct base64_decode_ctx context;
    size_t len = BASE64_DECODE_LENGTH(text.len);
    buffer_clear(room);
    if (!buffer_reserve(room, len + 1))
        return false;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &len, (uint8_t *)room->data, text.len, text.data) ||
        !base64_decode_final(&context))
        return false;
    *out = (struct bytes){room->data, len};
    return true;
}

static struct bytes read_body(struct part *p, struct buffer *room)
{
    struct bytes body = part_text(p, "msgBody");
    if (body.data != NULL || !p->ok)
        return body;
    struct bytes text = part_text(p, "msgBodyBase64");
    if (text.data == NULL)
        part_fail(p, "msgBody", "there");
    else if (!decode(text, room, &body) || body.len == 0 || body.len > BODY_MAX)
        part_fail(p, "msgBodyBase64", "Base64 of 1 to 1048576 bytes");
    return body;
}

static enum trace read_trace(struct part *p)
{
    if (part_member(p, "trace") == NULL)
        return TRACE_UNSET;
    return part_flag(p, "trace", false) ? TRACE_ON : TRACE_OFF;
}

static size_t read_tags(struct part *p, struct tag out[RESOURCE_TAGS_MAX])
{
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach (item, part_list(p, "tags")) {
        struct part tag;
        if (part_begin(&tag, item, p->path, &kept_tag_schema, p->m))
            out[count++] = (struct tag){part_text(&tag, "key"), part_text(&tag, "value")};
        p->ok = tag.ok && (out[count - 1].key.data != NULL || part_fail(&tag, "key", "there"));
        if (!p->ok)
            return 0;
    }
    return count;
}

static struct bytes read_resource_id(struct part *p, const char *name)
{
    struct bytes id = part_text(p, name);
    for (size_t i = 0; i < id.len; i++)
        if (strchr("-_", id.data[i]) == NULL &&
            !((id.data[i] | 32) >= 'a' && (id.data[i] | 32) <= 'z') &&
            !(id.data[i] >= '0' && id.data[i] <= '9')) {
            part_fail(p, name, "letters, digits, - and _");
            break;
        }
    return id;
}

/* What queues and topics have alike; the tags are the caller's. */
static struct resource_part read_resource(struct part *p, const char *name, const char *id,
                                          cmq_ms now_ms, struct tag tags[RESOURCE_TAGS_MAX])
{
    struct resource_part out = {
        .name = part_name(p, name), .id = read_resource_id(p, id), .tags = tags};
    out.tag_count = read_tags(p, tags);
    out.created_ms = part_ms(p, "createdMs", now_ms);
    out.modified_ms = part_ms(p, "modifiedMs", out.created_ms);
    out.serial = part_count(p, "serial");
    if (out.name.data == NULL)
        part_fail(p, name, "there");
    return out;
}

/* A parameter of CMQ in its own unit. */
static int64_t read_field(struct part *p, enum field f, int64_t otherwise)
{
    return part_number(p, field_rows[f].name, otherwise);
}

static uint32_t read_rate(struct part *p, const char *name)
{
    return (uint32_t)part_number(p, name, 0);
}

/* ---- queues ---- */

static void read_policy(struct part *p, struct queue_part *out)
{
    char path[MISTAKE_ARGUMENT_SIZE];
    struct part policy;
    if (!part_enter(&policy, p, "deadLetter", path))
        return;
    out->target = part_name(&policy, "queue");
    out->max_receives = (uint32_t)read_field(&policy, FIELD_MAX_RECEIVES, 0);
    out->max_age_ms = read_field(&policy, FIELD_MAX_AGE, 0) * 1000;
    out->policy = out->max_age_ms > 0 ? DEAD_LETTER_BY_AGE : DEAD_LETTER_BY_RECEIVES;
    if (out->target.data == NULL)
        part_fail(&policy, "queue", "there");
    else if ((out->max_age_ms > 0) == (out->max_receives > 0))
        part_fail(&policy, "maxReceiveCount", "there, or maxTimeToLive instead");
    p->ok = policy.ok;
}

bool queue_part_read(struct part *p, cmq_ms now_ms, struct tag tags[RESOURCE_TAGS_MAX],
                     struct queue_part *out)
{
    struct queue_attributes a = queue_attributes_default();
    *out =
        (struct queue_part){.resource = read_resource(p, "queueName", "queueId", now_ms, tags)};
    a.max_heap = (size_t)read_field(p, FIELD_MAX_HEAP, (int64_t)a.max_heap);
    a.polling_wait_ms = read_field(p, FIELD_POLLING_WAIT, 0) * 1000;
    a.visibility_ms = read_field(p, FIELD_VISIBILITY, a.visibility_ms / 1000) * 1000;
    a.max_msg_size = (size_t)read_field(p, FIELD_MAX_MSG_SIZE, (int64_t)a.max_msg_size);
    a.retention_ms = read_field(p, FIELD_RETENTION, a.retention_ms / 1000) * 1000;
    a.rewind_ms = read_field(p, FIELD_REWIND, 0) * 1000;
    a.of_tdmq = part_flag(p, "tdmq", false);
    a.trace = read_trace(p);
    a.retention_mb = (uint32_t)read_field(p, FIELD_RETENTION_SIZE, 0);
    out->attributes = a;
    read_policy(p, out);
    out->last_turn = part_count(p, "lastTurn");
    out->last_receipt = part_count(p, "lastReceipt");
    out->sent = read_rate(p, "sent");
    out->received = read_rate(p, "received");
    out->deletes = read_rate(p, "deletes");
    if (a.rewind_ms > a.retention_ms && !a.of_tdmq)
        part_fail(p, "rewindSeconds", "no more than msgRetentionSeconds");
    else if (out->max_age_ms >= a.retention_ms)
        part_fail(p, "deadLetter", "of less than msgRetentionSeconds");
    return p->ok;
}

bool message_part_read(struct part *p, cmq_ms now_ms, struct buffer *room,
                       struct message_part *out)
{
    struct message_part m = {.body = read_body(p, room), .id = part_id(p, "msgId")};
    m.state = (enum message_state)part_word(p, "state", MESSAGE_ACTIVE);
    m.sent_ms = part_ms(p, "enqueueMs", now_ms);
    bool is_received = m.state == MESSAGE_INACTIVE || m.state == MESSAGE_DELETED;
    m.dequeue_count = (uint32_t)part_number(p, "dequeueCount", is_received);
    m.doubled = part_flag(p, "doubled", false);
    m.first_dequeue_ms = part_ms(p, "firstDequeueMs", m.dequeue_count > 0 ? m.sent_ms : 0);
    m.wake_ms = part_ms(p, m.state == MESSAGE_ACTIVE ? "deadLetterMs" : "visibleMs", CMQ_NEVER);
    m.handle = part_id(p, "receiptHandle");
    m.turn = part_count(p, "turn");
    m.receipt = part_count(p, "receipt");
    m.wake_armed = part_count(p, "wakeArmed");
    m.expiry_armed = part_count(p, "expiryArmed");
    if (m.sent_ms > now_ms)
        part_fail(p, "enqueueMs", "no later than the clock's nowMs");
    else if (is_received && m.dequeue_count == 0)
        part_fail(p, "dequeueCount", "at least 1 of a message that was received");
    *out = m;
    return p->ok;
}

/* ---- topics ---- */

bool topic_part_read(struct part *p, cmq_ms now_ms, struct tag tags[RESOURCE_TAGS_MAX],
                     struct topic_part *out)
{
    struct topic_part t = {.resource = read_resource(p, "topicName", "topicId", now_ms, tags)};
    t.request.filter_type = (enum filter_type)part_number(p, "filterType", FILTER_BY_TAG);
    t.request.max_msg_size = (size_t)read_field(p, FIELD_MAX_MSG_SIZE, 65536);
    t.request.retention_ms =
        read_field(p, FIELD_TOPIC_RETENTION, TOPIC_RETENTION_MS / 1000) * 1000;
    t.request.trace = read_trace(p);
    t.request.of_tdmq = part_flag(p, "tdmq", false);
    t.published = read_rate(p, "published");
    *out = t;
    return p->ok;
}

/* As Subscribe takes them. */
static void read_filter(struct part *p, struct filter_request *f)
{
    f->tag_count = part_texts(p, "filterTag", f->tags);
    f->key_count = part_texts(p, "bindingKey", f->keys);
    for (size_t i = 0; i < f->tag_count; i++)
        if (!argument_is_tag(f->tags[i], TAG_CHARACTERS_MAX))
            part_fail(p, "filterTag", "of tags with at most 16 characters, none of control");
    for (size_t i = 0; i < f->key_count; i++)
        if (argument_check_key(f->keys[i]) != CMQ_OK)
            part_fail(p, "bindingKey", "of keys with at most 64 bytes and 16 words");
}

bool subscription_part_read(struct part *p, cmq_ms now_ms, struct subscription_part *out)
{
    struct subscription_request q = {.name = part_name(p, "subscriptionName")};
    *out = (struct subscription_part){.id = read_resource_id(p, "subscriptionId")};
    q.protocol = (enum push_protocol)part_word(p, "protocol", PROTOCOL_HTTP);
    q.endpoint = part_text(p, "endpoint");
    q.strategy = (enum notify_strategy)part_word(p, "notifyStrategy", EXPONENTIAL_DECAY_RETRY);
    q.format = (enum notify_format)part_word(p, "notifyContentFormat",
                                             q.protocol == PROTOCOL_HTTP ? FORMAT_JSON
                                                                         : FORMAT_SIMPLIFIED);
    read_filter(p, &q.filter);
    out->request = q;
    out->created_ms = part_ms(p, "createdMs", now_ms);
    out->modified_ms = part_ms(p, "modifiedMs", out->created_ms);
    out->serial = part_count(p, "serial");
    if (q.name.data == NULL)
        part_fail(p, "subscriptionName", "there");
    else if (q.endpoint.data == NULL || endpoint_check(q.endpoint, q.protocol) != CMQ_OK)
        part_fail(p, "endpoint",
                  "an http:// URL, or the name of a queue, as the protocol says");
    return p->ok;
}

bool publication_part_read(struct part *p, cmq_ms now_ms, struct buffer *room,
                           struct publication_part *out)
{
    *out = (struct publication_part){.body = read_body(p, room), .id = part_id(p, "msgId")};
    out->published_ms = part_ms(p, "publishedMs", now_ms);
    out->tags = part_text(p, "msgTag");
    out->expiry_armed = part_count(p, "expiryArmed");
    out->subscribers = (size_t)part_number(p, "subscribers", 0);
    if (out->published_ms > now_ms)
        part_fail(p, "publishedMs", "no later than the clock's nowMs");
    if (!argument_is_tag(out->tags, (size_t)TAGS_MAX * (LABEL_CHARACTERS_MAX + 2)))
        part_fail(p, "msgTag", "five tags at the most, without characters of control");
    return p->ok;
}

static enum cmq_err find_refusal(struct part *p)
{
    struct bytes name = part_text(p, "lastRefusal");
    for (int i = 0; name.data != NULL && i < CMQ_ERR_COUNT; i++)
        if (bytes_equal(name, bytes_of(cmq_err_name((enum cmq_err)i))))
            return (enum cmq_err)i;
    if (name.data != NULL)
        part_fail(p, "lastRefusal", "the name of an error");
    return CMQ_OK;
}

bool delivery_part_read(struct part *p, struct shelf *shelf, struct bytes *subscription,
                        struct delivery_part *out)
{
    *subscription = part_name(p, "subscription");
    out->attempts = (uint16_t)part_number(p, "attempts", 0);
    out->put_off_by = (uint32_t)part_number(p, "putOff", 0);
    out->next_ms = part_ms(p, "nextMs", CMQ_NEVER);
    out->next_armed = part_count(p, "nextArmed");
    out->last.status = (int)part_number(p, "lastStatus", 0);
    out->last.err = find_refusal(p);
    struct bytes error = part_text(p, "lastError");
    if (error.data != NULL && p->ok)
        out->last.error = shelf_text(shelf, error);
    if (subscription->data == NULL)
        part_fail(p, "subscription", "there");
    return p->ok;
}

/* ---- names ---- */

bool name_part_read(struct part *p, cmq_ms now_ms, struct name_part *out)
{
    struct name_part n = {.text = part_name(p, "queue")};
    n.of_topic = n.text.data == NULL;
    if (n.of_topic)
        n.text = part_name(p, "topic");
    n.free_ms = part_ms(p, "freeMs", now_ms);
    n.free_armed = part_count(p, "freeArmed");
    if (n.text.data == NULL)
        part_fail(p, "queue", "there, or topic instead");
    *out = n;
    return p->ok;
}
