/* The text is known to be JSON when the walk begins (json_scan.h), so that can be simple. Lists that may be
 * long are the last members of their objects: what comes before them, the head, is made a tree and
 * read, and then one item of the list after the other. */
#include "admin/snapshot_reader.h"

#include "admin/fault_rules.h"
#include "admin/limits.h"
#include "admin/part.h"
#include "admin/snapshot_document.h"
#include "base/json_read.h"
#include "base/json_walk.h"
#include "engine/making.h"
#include "operations/arguments.h"
#include "operations/endpoint.h"

#include <cjson/cJSON.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PATH_SIZE = MISTAKE_ARGUMENT_SIZE, BODY_MAX = 1048576, LEVELS = 16 };

struct snapshot_reading;

/* Each does some of it, and says what comes next by r->step. False, with the mistake, when the document
 * is wrong. */
typedef bool step_fn(struct snapshot_reading *r);

struct snapshot_reading {
    const struct registry *registry;
    struct namespace *ns;
    struct mistake *m;
    struct json_walk walk;
    size_t text_len;
    step_fn *step; /* NULL: all is read */
    struct json_scan scan;
    struct making *making; /* NULL until the head is read, and at the end */
    struct engine *made;   /* at the end */
    struct faults faults;
    cmq_ms now_ms;
    enum clock_mode mode;
    char name[SNAPSHOT_NAME_MAX + 1];
    size_t list, item, message; /* which of each is being read */
    struct json json;           /* of the part at hand */
    struct buffer room;         /* for what is not in the text as it stands */
    char path[PATH_SIZE];       /* of the part at hand */
    char holder[PATH_SIZE];     /* of the queue or topic whose messages are read */
};

/* ---- parts ---- */

static bool fail(struct snapshot_reading *r, enum cmq_err err)
{
    if (err == CMQ_MEMORY_FULL)
        return mistake_set(r->m, 409, "memory-full", r->path,
                           "%s: there is no more room than --max-memory allows", r->path);
    if (err == CMQ_INTERNAL)
        return mistake_no_memory(r->m, "for the snapshot");
    if (err == CMQ_PARAM_RANGE)
        return MISTAKE_INVALID(r->m, r->path,
                               "%s is not in order: it comes before the last one", r->path);
    return MISTAKE_INVALID(r->m, r->path, "%s: %s", r->path, cmq_err_text(err));
}

static const struct engine_limits *limits_of(const struct snapshot_reading *r)
{
    return engine_limits_of(making_engine(r->making));
}

static bool build(struct snapshot_reading *r, struct bytes text)
{
    static const struct json_bounds bounds = {.values = SIZE_MAX, .levels = LEVELS};
    json_free(&r->json);
    switch (json_read(&r->json, text, &bounds)) {
    case JSON_GOOD:
        return true;
    case JSON_NO_MEMORY:
        return mistake_no_memory(r->m, "for the document");
    case JSON_BAD:
    case JSON_NUL:
    case JSON_TOO_MUCH:
        break;
    }
    return MISTAKE_INVALID(r->m, r->path, "%s has more than %d levels", r->path, LEVELS);
}

/* The value at hand, as a tree. */
static bool take_value(struct snapshot_reading *r)
{
    return build(r, json_walk_value(&r->walk));
}

static size_t find_list(struct bytes name, const char *const *lists)
{
    size_t i = 0;
    while (lists[i] != NULL && !bytes_equal(name, bytes_of(lists[i])))
        i++;
    return i;
}

/* Take the members of the object at hand up to the first of these lists, as a tree; *list is its index, or
 * that of the NULL if there is none. */
static bool take_head(struct snapshot_reading *r, const char *const *lists, size_t *list)
{
    (void)json_walk_peek(&r->walk);
    const char *begin = r->walk.at;
    if (!json_walk_enter(&r->walk, '{'))
        return MISTAKE_INVALID(r->m, r->path, "%s must be an object",
                               r->path[0] != '\0' ? r->path : "a snapshot");
    const char *end = r->walk.at;
    for (struct bytes name;;) {
        name = json_walk_member(&r->walk);
        *list = name.data != NULL ? find_list(name, lists)
                                  : find_list((struct bytes){"", 0}, lists);
        if (name.data == NULL || lists[*list] != NULL)
            break;
        (void)json_walk_value(&r->walk);
        end = r->walk.at;
    }
    buffer_clear(&r->room);
    buffer_append(&r->room, (struct bytes){begin, (size_t)(end - begin)});
    buffer_append_char(&r->room, '}');
    if (r->room.failed)
        return mistake_no_memory(r->m, "for the document");
    return build(r, buffer_bytes(&r->room));
}

/* Behind a list: the next one, which must be a later one, or the end of the object. */
static bool take_next_list(struct snapshot_reading *r, const char *const *lists, size_t *list)
{
    size_t last = *list;
    struct bytes name = json_walk_member(&r->walk);
    *list = find_list(name.data != NULL ? name : (struct bytes){"", 0}, lists);
    if (name.data == NULL || (lists[*list] != NULL && *list > last))
        return true;
    return MISTAKE_INVALID(r->m, r->path, "%.*s must come before %s",
                           (int)(name.len < 64 ? name.len : 64), name.data, lists[last]);
}

/* ---- bodies, tags ---- */

static bool decode(struct snapshot_reading *r, struct bytes text, struct bytes *out)
{
    struct base64_decode_ctx context;
    size_t len = BASE64_DECODE_LENGTH(text.len);
    buffer_clear(&r->room);
    if (!buffer_reserve(&r->room, len + 1))
        return false;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &len, (uint8_t *)r->room.data, text.len, text.data) ||
        !base64_decode_final(&context))
        return false;
    *out = (struct bytes){r->room.data, len};
    return true;
}

static struct bytes read_body(struct snapshot_reading *r, struct part *p)
{
    const char *name = "msgBodyBase64";
    struct bytes body = part_text(p, "msgBody", 1, BODY_MAX);
    if (body.data != NULL || !p->ok)
        return body;
    struct bytes text = part_text(p, name, 1, (size_t)2 * BODY_MAX);
    if (text.data == NULL)
        part_fail(p, "msgBody", "there");
    else if (!decode(r, text, &body) || body.len == 0 || body.len > BODY_MAX)
        part_fail(p, name, "Base64 of 1 to 1048576 bytes");
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
    static const char *const members[] = {"key", "value", NULL};
    enum { TEXT_MAX = 1024 };
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach (item, part_list(p, "tags", RESOURCE_TAGS_MAX)) {
        struct part tag;
        if (!part_begin(&tag, item, p->path, members, p->m)) {
            p->ok = false;
            return 0;
        }
        out[count++] = (struct tag){part_text(&tag, "key", 1, TEXT_MAX),
                                    part_text(&tag, "value", 0, TEXT_MAX)};
        p->ok = tag.ok && (out[count - 1].key.data != NULL || part_fail(&tag, "key", "there"));
        if (!p->ok)
            return 0;
    }
    return count;
}

static struct bytes read_resource_id(struct part *p, const char *name)
{
    struct bytes id = part_text(p, name, 1, RESOURCE_ID_SIZE - 1);
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
static struct resource_part read_resource(struct snapshot_reading *r, struct part *p,
                                          const char *name, const char *id,
                                          struct tag tags[RESOURCE_TAGS_MAX])
{
    struct resource_part out = {
        .name = part_name(p, name), .id = read_resource_id(p, id), .tags = tags};
    out.tag_count = read_tags(p, tags);
    out.created_ms = part_ms(p, "createdMs", r->now_ms);
    out.modified_ms = part_ms(p, "modifiedMs", out.created_ms);
    out.serial = part_count(p, "serial");
    if (out.name.data == NULL)
        part_fail(p, name, "there");
    return out;
}

/* A parameter of CMQ in its own unit. */
static int64_t read_field(struct part *p, enum field f, int64_t otherwise)
{
    const struct field_row *row = &field_rows[f];
    return part_number(p, row->name, row->least, row->greatest, otherwise);
}

static uint32_t read_rate(struct part *p, const char *name)
{
    return (uint32_t)part_number(p, name, 0, UINT32_MAX, 0);
}

/* ---- queues ---- */

static void read_policy(struct snapshot_reading *r, struct part *p, struct queue_part *out)
{
    static const char *const members[] = {"queue", "maxReceiveCount", "maxTimeToLive", NULL};
    char path[PATH_SIZE];
    struct part policy;
    const cJSON *item = part_member(p, "deadLetter");
    if (item == NULL)
        return;
    mistake_path(path, p->path, "deadLetter");
    if (!part_begin(&policy, item, path, members, r->m)) {
        p->ok = false;
        return;
    }
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

static bool read_queue_head(struct snapshot_reading *r)
{
    static const char *const members[] = {"queueName",
                                          "queueId",
                                          "maxMsgHeapNum",
                                          "pollingWaitSeconds",
                                          "visibilityTimeout",
                                          "maxMsgSize",
                                          "msgRetentionSeconds",
                                          "rewindSeconds",
                                          "deadLetter",
                                          "tdmq",
                                          "trace",
                                          "retentionSizeInMB",
                                          "tags",
                                          "createdMs",
                                          "modifiedMs",
                                          "serial",
                                          "lastTurn",
                                          "lastReceipt",
                                          "sent",
                                          "received",
                                          "deletes",
                                          NULL};
    struct queue_attributes a = queue_attributes_default();
    struct tag tags[RESOURCE_TAGS_MAX];
    struct part p;
    if (!part_begin(&p, r->json.root, r->path, members, r->m))
        return false;
    struct queue_part q = {.resource = read_resource(r, &p, "queueName", "queueId", tags)};
    a.max_heap = (size_t)read_field(&p, FIELD_MAX_HEAP, (int64_t)a.max_heap);
    a.polling_wait_ms = read_field(&p, FIELD_POLLING_WAIT, 0) * 1000;
    a.visibility_ms = read_field(&p, FIELD_VISIBILITY, a.visibility_ms / 1000) * 1000;
    a.max_msg_size = (size_t)read_field(&p, FIELD_MAX_MSG_SIZE, (int64_t)a.max_msg_size);
    a.retention_ms = read_field(&p, FIELD_RETENTION, a.retention_ms / 1000) * 1000;
    a.rewind_ms = read_field(&p, FIELD_REWIND, 0) * 1000;
    a.of_tdmq = part_flag(&p, "tdmq", false);
    a.trace = read_trace(&p);
    a.retention_mb = (uint32_t)read_field(&p, FIELD_RETENTION_SIZE, 0);
    q.attributes = a;
    read_policy(r, &p, &q);
    q.last_turn = part_count(&p, "lastTurn");
    q.last_receipt = part_count(&p, "lastReceipt");
    q.sent = read_rate(&p, "sent");
    q.received = read_rate(&p, "received");
    q.deletes = read_rate(&p, "deletes");
    if (a.rewind_ms > a.retention_ms && !a.of_tdmq)
        part_fail(&p, "rewindSeconds", "no more than msgRetentionSeconds");
    else if (q.max_age_ms >= a.retention_ms)
        part_fail(&p, "deadLetter", "of less than msgRetentionSeconds");
    if (!p.ok)
        return false;
    enum cmq_err err = making_queue(r->making, &q);
    return err == CMQ_OK || fail(r, err);
}

static const char *const state_words[] = {"delayed", "active", "inactive", "deleted", NULL};

static bool read_message(struct snapshot_reading *r)
{
    static const char *const members[] = {
        "msgId",        "state",     "msgBody",       "msgBodyBase64",
        "enqueueMs",    "visibleMs", "deadLetterMs",  "firstDequeueMs",
        "dequeueCount", "doubled",   "receiptHandle", "receipt",
        "turn",         "wakeArmed", "expiryArmed",   NULL};
    struct part p;
    if (!take_value(r) || !part_begin(&p, r->json.root, r->path, members, r->m))
        return false;
    struct message_part m = {.body = read_body(r, &p), .id = part_id(&p, "msgId")};
    m.state = (enum message_state)part_word(&p, "state", state_words, MESSAGE_ACTIVE);
    m.sent_ms = part_ms(&p, "enqueueMs", r->now_ms);
    bool is_received = m.state == MESSAGE_INACTIVE || m.state == MESSAGE_DELETED;
    m.dequeue_count =
        (uint32_t)part_number(&p, "dequeueCount", is_received, UINT32_MAX, is_received);
    m.doubled = part_flag(&p, "doubled", false);
    m.first_dequeue_ms = part_ms(&p, "firstDequeueMs", m.dequeue_count > 0 ? m.sent_ms : 0);
    m.wake_ms =
        part_ms(&p, m.state == MESSAGE_ACTIVE ? "deadLetterMs" : "visibleMs", CMQ_NEVER);
    m.handle = part_id(&p, "receiptHandle");
    m.turn = part_count(&p, "turn");
    m.receipt = part_count(&p, "receipt");
    m.wake_armed = part_count(&p, "wakeArmed");
    m.expiry_armed = part_count(&p, "expiryArmed");
    if (m.sent_ms > r->now_ms)
        part_fail(&p, "enqueueMs", "no later than the clock's nowMs");
    if (!p.ok)
        return false;
    enum cmq_err err = making_message(r->making, &m);
    return err == CMQ_OK || fail(r, err);
}

/* ---- topics ---- */

static size_t read_texts(struct part *p, const char *name, size_t most, struct bytes *out)
{
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach (item, part_list(p, name, most)) {
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0') {
            part_fail(p, name, "a list of texts");
            return 0;
        }
        out[count++] = bytes_of(item->valuestring);
    }
    return count;
}

/* Of at most so long texts, and binding keys of at most so many words. */
static void read_filter(struct part *p, struct filter_request *f)
{
    f->tag_count = read_texts(p, "filterTag", TAGS_MAX, f->tags);
    f->key_count = read_texts(p, "bindingKey", BINDING_KEYS_MAX, f->keys);
    for (size_t i = 0; i < f->tag_count; i++)
        if (f->tags[i].len > (size_t)LABEL_CHARACTERS_MAX * 4)
            part_fail(p, "filterTag", "of tags that are shorter");
    for (size_t i = 0; i < f->key_count; i++)
        if (argument_check_key(f->keys[i]) != CMQ_OK)
            part_fail(p, "bindingKey", "of keys with at most 64 bytes and 16 words");
}

static bool read_subscription(struct snapshot_reading *r, const cJSON *json, const char *path)
{
    static const char *const members[] = {
        "subscriptionName", "subscriptionId",      "protocol",  "endpoint",
        "notifyStrategy",   "notifyContentFormat", "filterTag", "bindingKey",
        "createdMs",        "modifiedMs",          "serial",    NULL};
    struct part p;
    if (!part_begin(&p, json, path, members, r->m))
        return false;
    struct subscription_part s = {.id = read_resource_id(&p, "subscriptionId")};
    struct subscription_request *q = &s.request;
    q->name = part_name(&p, "subscriptionName");
    q->protocol = (enum push_protocol)part_word(&p, "protocol", field_words(FIELD_PROTOCOL),
                                                PROTOCOL_HTTP);
    q->endpoint = part_text(&p, "endpoint", 1, ENDPOINT_LENGTH_MAX);
    q->strategy = (enum notify_strategy)part_word(
        &p, "notifyStrategy", field_words(FIELD_NOTIFY_STRATEGY), EXPONENTIAL_DECAY_RETRY);
    q->format = (enum notify_format)part_word(
        &p, "notifyContentFormat", field_words(FIELD_NOTIFY_FORMAT),
        q->protocol == PROTOCOL_HTTP ? FORMAT_JSON : FORMAT_SIMPLIFIED);
    read_filter(&p, &q->filter);
    s.created_ms = part_ms(&p, "createdMs", r->now_ms);
    s.modified_ms = part_ms(&p, "modifiedMs", s.created_ms);
    s.serial = part_count(&p, "serial");
    if (q->name.data == NULL)
        part_fail(&p, "subscriptionName", "there");
    else if (q->endpoint.data == NULL || endpoint_check(q->endpoint, q->protocol) != CMQ_OK)
        part_fail(&p, "endpoint",
                  "an http:// URL, or the name of a queue, as the protocol says");
    if (!p.ok)
        return false;
    enum cmq_err err = making_subscription(r->making, &s);
    if (err == CMQ_OK)
        return true;
    snprintf(r->path, sizeof r->path, "%s", path);
    return fail(r, err);
}

static bool read_subscriptions(struct snapshot_reading *r, struct part *p)
{
    const cJSON *item;
    int i = 0;
    cJSON_ArrayForEach (item, part_list(p, "subscriptions", limits_of(r)->max_subscriptions)) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%.90s.subscriptions[%d]", p->path, i++);
        if (!read_subscription(r, item, path))
            return false;
    }
    return p->ok;
}

static bool read_topic_head(struct snapshot_reading *r)
{
    static const char *const members[] = {
        "topicName", "topicId",   "filterType",    "maxMsgSize", "msgRetentionSeconds",
        "trace",     "tdmq",      "tags",          "createdMs",  "modifiedMs",
        "serial",    "published", "subscriptions", NULL};
    struct tag tags[RESOURCE_TAGS_MAX];
    struct part p;
    if (!part_begin(&p, r->json.root, r->path, members, r->m))
        return false;
    struct topic_part t = {.resource = read_resource(r, &p, "topicName", "topicId", tags)};
    t.request.filter_type = (enum filter_type)part_number(&p, "filterType", FILTER_BY_TAG,
                                                          FILTER_BY_KEY, FILTER_BY_TAG);
    t.request.max_msg_size = (size_t)read_field(&p, FIELD_MAX_MSG_SIZE, 65536);
    t.request.retention_ms =
        read_field(&p, FIELD_TOPIC_RETENTION, TOPIC_RETENTION_MS / 1000) * 1000;
    t.request.trace = read_trace(&p);
    t.request.of_tdmq = part_flag(&p, "tdmq", false);
    t.published = read_rate(&p, "published");
    if (!p.ok)
        return false;
    enum cmq_err err = making_topic(r->making, &t);
    if (err != CMQ_OK)
        return fail(r, err);
    return read_subscriptions(r, &p);
}

static enum cmq_err find_refusal(struct part *p)
{
    struct bytes name = part_text(p, "lastRefusal", 1, 64);
    for (int i = 0; name.data != NULL && i < CMQ_ERR_COUNT; i++)
        if (bytes_equal(name, bytes_of(cmq_err_name((enum cmq_err)i))))
            return (enum cmq_err)i;
    if (name.data != NULL)
        part_fail(p, "lastRefusal", "the name of an error");
    return CMQ_OK;
}

static bool read_delivery(struct snapshot_reading *r, const cJSON *json, const char *path,
                          struct delivery_part *d)
{
    static const char *const members[] = {"subscription", "attempts",   "nextMs",
                                          "nextArmed",    "lastStatus", "lastRefusal",
                                          "lastError",    "putOff",     NULL};
    enum { ATTEMPTS_MAX = 1000, ERROR_MAX = 256 };
    struct part p;
    if (!part_begin(&p, json, path, members, r->m))
        return false;
    d->subscription = part_name(&p, "subscription");
    d->attempts = (uint16_t)part_number(&p, "attempts", 0, ATTEMPTS_MAX, 0);
    d->was_put_off = part_flag(&p, "putOff", false);
    d->next_ms = part_ms(&p, "nextMs", CMQ_NEVER);
    d->next_armed = part_count(&p, "nextArmed");
    d->last.status = (int)part_number(&p, "lastStatus", 0, 999, 0);
    d->last.err = find_refusal(&p);
    struct bytes error = part_text(&p, "lastError", 1, ERROR_MAX);
    if (error.data != NULL && p.ok)
        d->last.error = shelf_text(&r->ns->host->shelf, error);
    if (d->subscription.data == NULL)
        part_fail(&p, "subscription", "there");
    return p.ok;
}

/* What is left to be done with one message; the deliveries are freed by the caller. */
static bool read_publication_parts(struct snapshot_reading *r, struct publication_part *m,
                                   struct delivery_part **deliveries)
{
    static const char *const members[] = {"msgId",       "msgBody",    "msgBodyBase64",
                                          "publishedMs", "msgTag",     "expiryArmed",
                                          "subscribers", "deliveries", NULL};
    enum { TAGS_TEXT_MAX = 4096, SUBSCRIBERS_MAX = 1000000 };
    struct part p;
    const cJSON *item;
    if (!take_value(r) || !part_begin(&p, r->json.root, r->path, members, r->m))
        return false;
    const cJSON *list = part_list(&p, "deliveries", limits_of(r)->max_subscriptions);
    size_t count = list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
    if (count == 0)
        return part_fail(&p, "deliveries", "a list with those that are pending");
    *m = (struct publication_part){.body = read_body(r, &p), .id = part_id(&p, "msgId")};
    m->published_ms = part_ms(&p, "publishedMs", r->now_ms);
    m->tags = part_text(&p, "msgTag", 1, TAGS_TEXT_MAX);
    m->expiry_armed = part_count(&p, "expiryArmed");
    m->subscribers =
        (size_t)part_number(&p, "subscribers", (int64_t)count, SUBSCRIBERS_MAX, (int64_t)count);
    if (!p.ok)
        return false;
    *deliveries = calloc(count, sizeof **deliveries);
    if (*deliveries == NULL)
        return mistake_no_memory(r->m, "for the snapshot");
    m->deliveries = *deliveries;
    cJSON_ArrayForEach (item, list) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%.90s.deliveries[%zu]", r->path, m->delivery_count);
        if (!read_delivery(r, item, path, &(*deliveries)[m->delivery_count++]))
            return false;
    }
    return true;
}

static bool read_publication(struct snapshot_reading *r)
{
    struct publication_part m;
    struct delivery_part *deliveries = NULL;
    bool read = read_publication_parts(r, &m, &deliveries);
    enum cmq_err err = read ? making_publication(r->making, &m) : CMQ_OK;
    free(deliveries);
    return read && (err == CMQ_OK || fail(r, err));
}

/* ---- names ---- */

static bool read_name(struct snapshot_reading *r)
{
    static const char *const members[] = {"queue", "topic", "freeMs", "freeArmed", NULL};
    struct part p;
    if (!take_value(r) || !part_begin(&p, r->json.root, r->path, members, r->m))
        return false;
    struct name_part n = {.text = part_name(&p, "queue")};
    n.of_topic = n.text.data == NULL;
    if (n.of_topic)
        n.text = part_name(&p, "topic");
    n.free_ms = part_ms(&p, "freeMs", r->now_ms);
    n.free_armed = part_count(&p, "freeArmed");
    if (n.text.data == NULL)
        part_fail(&p, "queue", "there, or topic instead");
    if (!p.ok)
        return false;
    enum cmq_err err = making_name(r->making, &n);
    return err == CMQ_OK || fail(r, err);
}

/* ---- the head ---- */

static void read_numbers(struct part *p, const char *name, const char *const *names,
                         uint64_t *out)
{
    struct part of;
    char path[PATH_SIZE];
    const cJSON *item = part_member(p, name);
    if (item == NULL)
        return;
    mistake_path(path, p->path, name);
    if (part_begin(&of, item, path, names, p->m))
        for (size_t i = 0; names[i] != NULL; i++)
            out[i] = part_count(&of, names[i]);
    p->ok = of.ok;
}

static void read_clock(struct snapshot_reading *r, struct part *p)
{
    static const char *const members[] = {"mode", "nowMs", "now", NULL};
    struct part clock;
    const cJSON *item = part_member(p, "clock");
    r->now_ms = engine_now_ms(r->ns->engine);
    r->mode = CLOCK_FROZEN;
    if (item == NULL || !part_begin(&clock, item, "clock", members, r->m)) {
        p->ok = p->ok && item == NULL;
        return;
    }
    r->now_ms = part_ms(&clock, "nowMs", r->now_ms);
    r->mode = (enum clock_mode)part_word(&clock, "mode", clock_mode_names, r->mode);
    p->ok = clock.ok;
}

static uint64_t read_seed(struct part *p, const char *name, uint64_t otherwise)
{
    struct bytes text = part_text(p, name, 1, 20);
    char digits[24];
    char *end;
    if (text.data == NULL)
        return otherwise;
    snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.data);
    uint64_t seed = strtoull(digits, &end, 10);
    if (*end != '\0' || digits[0] < '0' || digits[0] > '9')
        part_fail(p, name, "a text of digits");
    return seed;
}

static void read_limits(struct snapshot_reading *r, struct part *p, struct engine_limits *l)
{
    const cJSON *item = part_member(p, "limits");
    if (item == NULL)
        return;
    *l = r->registry->config.engine.limits;
    if (!limits_read(item, "limits", l, r->m))
        p->ok = false;
}

static bool read_fault(struct snapshot_reading *r, const cJSON *json, const char *path)
{
    static const char *const members[] = {"rule", "id", "matched", "applied", "sloppy", NULL};
    char rule_path[PATH_SIZE];
    struct part p;
    if (!part_begin(&p, json, path, members, r->m))
        return false;
    const cJSON *given = part_member(&p, "rule");
    if (!cJSON_IsObject(given))
        return part_fail(&p, "rule", "an object");
    snprintf(rule_path, sizeof rule_path, "%.100s.rule", path);
    struct fault_rule *rule =
        fault_rule_add(given, rule_path, &r->faults, r->ns->host->fault_words, r->m);
    if (rule == NULL)
        return false;
    rule->id = (uint64_t)part_number(&p, "id", 1, INT32_MAX, (int64_t)rule->id);
    rule->matched = part_count(&p, "matched");
    rule->applied = part_count(&p, "applied");
    rule->spec.sloppy = part_flag(&p, "sloppy", false);
    if (rule->id > r->faults.last_id)
        r->faults.last_id = rule->id;
    return p.ok;
}

static void read_faults(struct snapshot_reading *r, struct part *p, uint64_t seed)
{
    char path[PATH_SIZE];
    const cJSON *item;
    int i = 0;
    r->faults.seed = read_seed(p, "faultSeed", seed);
    cJSON_ArrayForEach (item, part_list(p, "faults", FAULTS_MAX)) {
        snprintf(path, sizeof path, "faults[%d]", i++);
        p->ok = read_fault(r, item, path);
        if (!p->ok)
            return;
    }
    uint64_t last = part_count(p, "lastFault");
    if (last > r->faults.last_id)
        r->faults.last_id = last;
}

static bool begin_making(struct snapshot_reading *r)
{
    static const char *const members[] = {
        "format", "name",       "clock",        "seed",      "uin",       "appId",  "limits",
        "ids",    "lastSerial", "controlCalls", "faultSeed", "lastFault", "faults", "fired",
        "pushed", NULL};
    static const char *const formats[] = {SNAPSHOT_FORMAT, NULL};
    static const char *const results[] = {"delivered", "failed", "dropped", NULL};
    struct engine_config config = r->ns->config;
    struct engine_counters counters = {.control = 0};
    struct part p;
    if (!part_begin(&p, r->json.root, "", members, r->m))
        return false;
    (void)part_word(&p, "format", formats, 0);
    struct bytes name = part_name(&p, "name");
    read_clock(r, &p);
    config.now_ms = r->now_ms;
    config.seed = read_seed(&p, "seed", config.seed);
    config.account.uin = part_number(&p, "uin", 1, ACCOUNT_NUMBER_MAX, config.account.uin);
    config.account.app_id =
        part_number(&p, "appId", 1, ACCOUNT_NUMBER_MAX, config.account.app_id);
    config.watches = NULL;
    read_limits(r, &p, &config.limits);
    read_numbers(&p, "ids", snapshot_id_names, counters.ids);
    counters.last_serial = part_count(&p, "lastSerial");
    counters.control = read_rate(&p, "controlCalls");
    read_numbers(&p, "fired", event_kind_names, counters.fired);
    read_numbers(&p, "pushed", results, counters.pushed);
    read_faults(r, &p, config.seed);
    if (!p.ok)
        return false;
    if (r->name[0] == '\0' && name.data != NULL)
        memcpy(r->name, name.data, name.len);
    r->making = making_begin(&config, &counters);
    return r->making != NULL || mistake_no_memory(r->m, "for the snapshot");
}

/* ---- the whole, step by step ----
 *
 *   scan -> read_top -> begin_list -> next_of_list -+-> next_message -> end_holder -+
 *                           ^            ^   |      +-> end_holder ----------------+|
 *                           +- list over-|---+                                      |
 *                           |            +------------------------------------------+
 *                           +-> end_making -> over */

static const char *const message_lists[] = {"messages", NULL};
static const char *const lists[] = {"queues", "topics", "names", NULL};
enum { QUEUES, TOPICS, NAMES };

static step_fn scan, read_top, begin_list, next_of_list, next_message, end_holder, end_all;

/* What is wrong with the text as a whole. */
static bool refuse_text(struct snapshot_reading *r, enum json_fault fault)
{
    return mistake_set(r->m, 400, "invalid-body", "", "%s, at byte %zu",
                       fault == JSON_NUL ? "a text has a NUL; such a body is msgBodyBase64"
                       : fault == JSON_TOO_MUCH ? "it has too many levels"
                                                : "the document is no JSON",
                       r->scan.at);
}

static bool scan(struct snapshot_reading *r)
{
    enum { PIECE = 16 * 1024, PIECE_EFFORT = 400 };
    size_t left = (size_t)(r->walk.end - r->walk.at);
    size_t len = left < PIECE ? left : PIECE;
    json_scan_add(&r->scan, (struct bytes){r->walk.at, len});
    r->walk.at += len;
    effort_spend(r->ns->config.effort, PIECE_EFFORT);
    if (len < left)
        return true;
    enum json_fault fault = json_scan_end(&r->scan);
    r->walk.at = r->walk.end - r->text_len;
    r->step = read_top;
    return fault == JSON_GOOD || refuse_text(r, fault);
}

static bool read_top(struct snapshot_reading *r)
{
    r->step = begin_list;
    return take_head(r, lists, &r->list) && begin_making(r);
}

/* Of a queue, a topic or the whole; which says where it is. */
static bool enter_list(struct snapshot_reading *r, const char *path)
{
    return json_walk_enter(&r->walk, '[') ||
           MISTAKE_INVALID(r->m, path, "%s must be a list", path);
}

static bool begin_list(struct snapshot_reading *r)
{
    r->item = 0;
    r->step = lists[r->list] != NULL ? next_of_list : end_all;
    return lists[r->list] == NULL || enter_list(r, lists[r->list]);
}

static bool read_holder(struct snapshot_reading *r)
{
    char path[PATH_SIZE];
    size_t list = COUNT(message_lists) - 1;
    snprintf(r->holder, sizeof r->holder, "%s", r->path);
    if (!take_head(r, message_lists, &list) ||
        !(r->list == QUEUES ? read_queue_head(r) : read_topic_head(r)))
        return false;
    r->message = 0;
    r->step = message_lists[list] != NULL ? next_message : end_holder;
    if (message_lists[list] == NULL)
        return true;
    snprintf(path, sizeof path, "%.100s.messages", r->holder);
    return enter_list(r, path);
}

static bool next_of_list(struct snapshot_reading *r)
{
    if (json_walk_item(&r->walk)) {
        snprintf(r->path, sizeof r->path, "%s[%zu]", lists[r->list], r->item++);
        return r->list == NAMES ? read_name(r) : read_holder(r);
    }
    r->path[0] = '\0';
    r->step = begin_list;
    return take_next_list(r, lists, &r->list);
}

static bool next_message(struct snapshot_reading *r)
{
    size_t list = 0;
    if (json_walk_item(&r->walk)) {
        snprintf(r->path, sizeof r->path, "%.90s.messages[%zu]", r->holder, r->message++);
        return r->list == QUEUES ? read_message(r) : read_publication(r);
    }
    snprintf(r->path, sizeof r->path, "%s", r->holder);
    r->step = end_holder;
    return take_next_list(r, message_lists, &list);
}

static bool end_holder(struct snapshot_reading *r)
{
    enum cmq_err err = r->list == QUEUES ? making_end_queue(r->making) : CMQ_OK;
    if (err == CMQ_WAITING)
        return true;
    r->step = next_of_list;
    return err == CMQ_OK || fail(r, err);
}

static bool end_all(struct snapshot_reading *r)
{
    size_t at = 0;
    enum cmq_err err = making_end(r->making, &r->made, &at);
    if (err == CMQ_WAITING)
        return true;
    r->step = NULL;
    if (err == CMQ_OK) {
        r->making = NULL;
        return true;
    }
    snprintf(r->path, sizeof r->path, "queues[%zu].deadLetter", at);
    return fail(r, err);
}

struct snapshot_reading *snapshot_reading_begin(const struct registry *registry,
                                                struct namespace *ns, struct bytes text,
                                                struct bytes name)
{
    static const struct json_bounds bounds = {.values = SIZE_MAX, .levels = LEVELS};
    struct snapshot_reading *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->registry = registry;
    r->ns = ns;
    r->walk.at = text.data;
    r->walk.end = text.data + text.len;
    r->text_len = text.len;
    r->step = scan;
    json_scan_begin(&r->scan, &bounds);
    faults_init(&r->faults, &ns->faults.allocator, ns->faults.budget, 0);
    if (name.data != NULL)
        memcpy(r->name, name.data, name.len);
    return r;
}

/* Parts take effort by their length. */
enum snapshot_read snapshot_reading_go_on(struct snapshot_reading *r, struct mistake *m)
{
    enum { PART = 10, BYTES_OF_A_UNIT = 16 };
    struct effort *effort = r->ns->config.effort;
    r->m = m;
    while (r->step != NULL) {
        const char *from = r->walk.at;
        bool is_scan = r->step == scan;
        if (effort_is_used_up(effort))
            return SNAPSHOT_READ_SOME;
        if (!r->step(r))
            return SNAPSHOT_WRONG;
        if (!is_scan)
            effort_spend(effort, PART + (size_t)(r->walk.at - from) / BYTES_OF_A_UNIT);
    }
    return SNAPSHOT_READ;
}

struct snapshot *snapshot_reading_take(struct snapshot_reading *r, struct mistake *m)
{
    const char *name = r->name[0] != '\0' ? r->name : "restored";
    struct snapshot *s = snapshot_new(&r->ns->host->shelf, bytes_of(name));
    assert(r->made != NULL);
    if (s == NULL) {
        mistake_no_memory(m, "for the snapshot");
        return NULL;
    }
    snapshot_fill(s, r->made, r->mode);
    r->made = NULL;
    faults_move(&s->faults, &r->faults);
    return s;
}

void snapshot_reading_end(struct snapshot_reading *r)
{
    if (r == NULL)
        return;
    if (r->making != NULL)
        r->made = making_give_up(r->making);
    if (r->made != NULL)
        graveyard_bury(&r->ns->host->graveyard, r->made);
    faults_clear(&r->faults);
    json_free(&r->json);
    buffer_free(&r->room);
    free(r);
}

bool snapshot_begin_with(struct registry *registry, struct bytes text, cmq_ms real_now_ms,
                         struct mistake *m)
{
    struct namespace *ns = registry->home;
    struct snapshot_reading *r =
        snapshot_reading_begin(registry, ns, text, (struct bytes){NULL, 0});
    if (r == NULL)
        return mistake_no_memory(m, "for the snapshot");
    struct snapshot *s =
        snapshot_reading_go_on(r, m) == SNAPSHOT_READ ? snapshot_reading_take(r, m) : NULL;
    snapshot_reading_end(r);
    if (s == NULL)
        return false;
    (void)snapshots_put(&ns->snapshots, s);
    namespace_enter(ns, ENTER_STILL, real_now_ms);
    namespace_restore(ns, s);
    namespace_leave(ns);
    if (ns->copying.err == CMQ_OK)
        return true;
    return mistake_set(m, 409, "memory-full", "", "there is no room for it");
}
