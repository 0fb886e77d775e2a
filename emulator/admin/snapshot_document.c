/* The document is made in parts: the head, then one queue, message, topic or name after the other, each
 * on a line of its own, until a part is long enough. The snapshot does not change meanwhile, so a
 * pointer to where it is suffices. */
#include "admin/snapshot_document.h"

#include "admin/limits.h"
#include "admin/snapshot_schema.h"
#include "base/instant.h"
#include "base/json.h"
#include "operations/field.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>

enum stage { HEAD, QUEUES, MESSAGES, TOPICS, PUBLICATIONS, NAMES, OVER };
enum { SETS = 3, PART = 16 * 1024 };

struct document {
    struct source source;
    struct snapshot *snapshot; /* held */
    enum stage stage;
    bool first; /* of its list */
    const struct queue *queue;
    const struct order *sets[SETS]; /* of the queue: its messages in the order of sending */
    struct order_cursor at[SETS];
    const struct topic *topic;
    const struct list_node *publication; /* the last one of the topic */
    struct names_cursor name;
};

static const struct engine *engine_of(const struct document *d)
{
    return d->snapshot->engine;
}

/* Begin the next item of a list, on a line of its own. */
static void open_item(struct document *d, struct buffer *b)
{
    buffer_append(b, bytes_of(d->first ? "\n" : ",\n"));
    d->first = false;
    json_open(b, '{');
}

static void open_list(struct document *d, struct buffer *b, const char *key)
{
    json_key(b, key);
    json_open(b, '[');
    d->first = true;
}

/* ---- parts of several ---- */

static void write_flag(struct buffer *b, const char *key, bool value)
{
    json_key(b, key);
    json_literal(b, value ? "true" : "false");
}

static void write_trace(struct buffer *b, enum trace trace)
{
    if (trace != TRACE_UNSET)
        write_flag(b, "trace", trace == TRACE_ON);
}

static void write_tags(struct buffer *b, const struct tags *tags)
{
    if (tags == NULL)
        return;
    json_key(b, "tags");
    json_open(b, '[');
    for (size_t i = 0; i < tags->count; i++) {
        json_open(b, '{');
        json_key_string(b, "key", tags->items[i].key);
        json_key_string(b, "value", tags->items[i].value);
        json_close(b, '}');
    }
    json_close(b, ']');
}

/* What was counted in the present second; what was in an earlier one is forgotten. */
static void write_rate(const struct document *d, struct buffer *b, const char *key,
                       const struct rate *r)
{
    if (r->count > 0 && r->second == engine_now_ms(engine_of(d)) / 1000)
        json_key_int(b, key, r->count);
}

static void write_base64(struct buffer *b, struct bytes body)
{
    size_t len = BASE64_ENCODE_RAW_LENGTH(body.len);
    if (!buffer_reserve(b, len + 2))
        return;
    buffer_append_char(b, '"');
    base64_encode_raw(b->data + b->len, body.len, (const uint8_t *)body.data);
    b->len += len;
    buffer_append_char(b, '"');
}

/* As a string, unless readers of JSON would not get it back as it is. */
static void write_body(struct buffer *b, struct bytes body, struct blob *blob)
{
    bool is_text = memchr(body.data, '\0', body.len) == NULL;
    if (is_text && blob != NULL)
        is_text = blob->utf8;
    else if (is_text)
        escape_length(body, &is_text);
    if (is_text) {
        json_key_body(b, "msgBody", body, blob);
        return;
    }
    json_key(b, "msgBodyBase64");
    if (blob != NULL)
        json_blob(b, blob, LOAN_BASE64);
    else
        write_base64(b, body);
}

static void write_armed(struct buffer *b, const char *key, const struct event *e)
{
    if (event_armed(e))
        json_key_int(b, key, (int64_t)e->node.armed_as);
}

/* ---- the head ---- */

static void write_limits(struct buffer *b, const struct engine_limits *l)
{
    char value[SETTING_VALUE_SIZE];
    json_key(b, "limits");
    json_open(b, '{');
    json_key_text(b, "preset", l->strict ? "strict" : "relaxed");
    for (size_t i = 0; i < LIMITS; i++) {
        if (limit_rows[i].setting.kind == SETTING_NUMBER ||
            limit_rows[i].setting.kind == SETTING_BYTES) {
            json_key_int(b, limit_rows[i].json, limit_get(l, i));
            continue;
        }
        setting_write(&limit_rows[i].setting, limit_get(l, i), value);
        json_key_text(b, limit_rows[i].json, value);
    }
    json_close(b, '}');
}

static void write_counters(struct buffer *b, const struct engine_counters *c)
{
    json_key(b, "ids");
    json_open(b, '{');
    for (int i = 0; i < ID_KINDS; i++)
        json_key_int(b, snapshot_id_names[i], (int64_t)c->ids[i]);
    json_close(b, '}');
    json_key_int(b, "lastSerial", (int64_t)c->last_serial);
    if (c->control > 0)
        json_key_int(b, "controlCalls", c->control);
    json_key(b, "fired");
    json_open(b, '{');
    for (int i = 0; i < EVENT_KINDS; i++)
        if (c->fired[i] > 0)
            json_key_int(b, event_kind_name((enum event_kind)i), (int64_t)c->fired[i]);
    json_close(b, '}');
    json_key(b, "pushed");
    json_open(b, '{');
    for (int i = 0; i < PUSH_RESULTS; i++)
        if (c->pushed[i] > 0)
            json_key_int(b, push_result_name((enum push_result)i), (int64_t)c->pushed[i]);
    json_close(b, '}');
}

static void write_faults(struct buffer *b, const struct faults *faults, uint64_t seed)
{
    if (faults->seed != seed)
        json_key_id(b, "faultSeed", faults->seed);
    json_key_int(b, "lastFault", (int64_t)faults->last_id);
    json_key(b, "faults");
    json_open(b, '[');
    for (const struct fault_rule *r = NULL; (r = faults_next(faults, r)) != NULL;) {
        json_open(b, '{');
        json_key(b, "rule");
        json_open(b, '{');
        buffer_append(b, r->spec.text);
        json_close(b, '}');
        json_key_int(b, "id", (int64_t)r->id);
        json_key_int(b, "matched", (int64_t)r->matched);
        json_key_int(b, "applied", (int64_t)r->applied);
        if (r->spec.sloppy)
            write_flag(b, "sloppy", true);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void write_head(struct document *d, struct buffer *b)
{
    const struct engine *e = engine_of(d);
    const struct engine_counters counters = engine_counters_of(e);
    char now[INSTANT_TEXT_SIZE];
    char seed[24];
    instant_format(engine_now_ms(e), now);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)engine_seed_of(e));
    json_key_text(b, "format", SNAPSHOT_FORMAT);
    json_key_text(b, "name", d->snapshot->name);
    json_key(b, "clock");
    json_open(b, '{');
    json_key_text(b, "mode", clock_mode_names[d->snapshot->mode]);
    json_key_int(b, "nowMs", engine_now_ms(e));
    json_key_text(b, "now", now);
    json_close(b, '}');
    json_key_text(b, "seed", seed);
    json_key_int(b, "uin", engine_account_of(e).uin);
    json_key_int(b, "appId", engine_account_of(e).app_id);
    write_limits(b, engine_limits_of(e));
    write_counters(b, &counters);
    if (faults_exist(&d->snapshot->faults) || d->snapshot->faults.last_id > 0)
        write_faults(b, &d->snapshot->faults, engine_seed_of(e));
    open_list(d, b, "queues");
    d->stage = QUEUES;
}

/* ---- queues ---- */

static void write_policy(struct buffer *b, const struct dead_letter_policy *p)
{
    if (p->target == NULL)
        return;
    json_key(b, "deadLetter");
    json_open(b, '{');
    json_key_text(b, "queue", p->target->name);
    if (p->kind == DEAD_LETTER_BY_AGE)
        json_key_int(b, "maxTimeToLive", p->max_age_ms / 1000);
    else
        json_key_int(b, "maxReceiveCount", p->max_receives);
    json_close(b, '}');
}

static void write_queue(const struct document *d, struct buffer *b, const struct queue *q)
{
    const struct queue_attributes *a = &q->attributes;
    json_key_text(b, "queueName", q->name);
    json_key_text(b, "queueId", q->id);
    json_key_int(b, "maxMsgHeapNum", (int64_t)a->max_heap);
    json_key_int(b, "pollingWaitSeconds", a->polling_wait_ms / 1000);
    json_key_int(b, "visibilityTimeout", a->visibility_ms / 1000);
    json_key_int(b, "maxMsgSize", (int64_t)a->max_msg_size);
    json_key_int(b, "msgRetentionSeconds", a->retention_ms / 1000);
    json_key_int(b, "rewindSeconds", a->rewind_ms / 1000);
    write_policy(b, &q->dead_letter);
    if (a->of_tdmq)
        write_flag(b, "tdmq", true);
    write_trace(b, a->trace);
    if (a->retention_mb > 0)
        json_key_int(b, "retentionSizeInMB", a->retention_mb);
    write_tags(b, q->tags);
    json_key_int(b, "createdMs", q->created_ms);
    json_key_int(b, "modifiedMs", q->modified_ms);
    json_key_int(b, "serial", (int64_t)q->serial);
    json_key_int(b, "lastTurn", (int64_t)q->last_turn);
    json_key_int(b, "lastReceipt", (int64_t)q->last_receipt);
    write_rate(d, b, "sent", &q->sent);
    write_rate(d, b, "received", &q->received);
    write_rate(d, b, "deletes", &q->deletes);
}

static void begin_messages(struct document *d, const struct queue *q)
{
    d->queue = q;
    d->sets[0] = &q->delayed;
    d->sets[1] = &q->unconsumed;
    d->sets[2] = &q->deleted;
    for (size_t i = 0; i < SETS; i++)
        d->at[i] = order_up(d->sets[i]);
    d->stage = MESSAGES;
}

static void next_queue(struct document *d, struct buffer *b)
{
    const struct queue *q = engine_next_queue(engine_of(d), d->queue);
    if (q == NULL) {
        json_close(b, ']');
        buffer_append(b, bytes_of(",\n"));
        open_list(d, b, "topics");
        d->stage = TOPICS;
        return;
    }
    open_item(d, b);
    write_queue(d, b, q);
    open_list(d, b, "messages");
    begin_messages(d, q);
}

/* The one of them all that was sent first. */
static const struct message *next_message(struct document *d)
{
    struct order_node *best = NULL;
    struct order_cursor behind = {NULL, NULL};
    size_t from = 0;
    for (size_t i = 0; i < SETS; i++) {
        struct order_cursor c = d->at[i];
        struct order_node *n = order_next_up(d->sets[i], &c);
        if (n == NULL || (best != NULL && order_rank(n) > order_rank(best)))
            continue;
        best = n;
        behind = c;
        from = i;
    }
    if (best == NULL)
        return NULL;
    d->at[from] = behind;
    return CONTAINER_OF(best, const struct message, age);
}

static void write_message(struct buffer *b, const struct message *m)
{
    json_key_id(b, "msgId", m->id);
    json_key_text(b, "state", message_state_name(m->state));
    write_body(b, message_body(m), message_blob(m));
    json_key_int(b, "enqueueMs", m->sent_ms);
    if (event_armed(&m->wake))
        json_key_int(b, m->state == MESSAGE_ACTIVE ? "deadLetterMs" : "visibleMs",
                     m->wake.node.due_ms);
    if (m->dequeue_count > 0) {
        json_key_int(b, "firstDequeueMs", m->first_dequeue_ms);
        json_key_int(b, "dequeueCount", m->dequeue_count);
        if (m->doubled)
            write_flag(b, "doubled", true);
    }
    if (m->state == MESSAGE_INACTIVE) {
        json_key_id(b, "receiptHandle", m->handle);
        json_key_int(b, "receipt", (int64_t)order_rank(&m->place));
    }
    if (m->turn > 0)
        json_key_int(b, "turn", (int64_t)m->turn);
    write_armed(b, "wakeArmed", &m->wake);
    write_armed(b, "expiryArmed", &m->expiry);
}

static void next_of_queue(struct document *d, struct buffer *b)
{
    const struct message *m = next_message(d);
    if (m != NULL) {
        open_item(d, b);
        write_message(b, m);
        json_close(b, '}');
        return;
    }
    json_close(b, ']');
    json_close(b, '}');
    d->first = false;
    d->stage = QUEUES;
}

/* ---- topics ---- */

static void write_texts(struct buffer *b, const char *key, const struct bytes *texts,
                        size_t count)
{
    if (count == 0)
        return;
    json_key(b, key);
    json_open(b, '[');
    for (size_t i = 0; i < count; i++)
        json_string(b, texts[i]);
    json_close(b, ']');
}

static void write_subscription(struct buffer *b, const struct subscription *s)
{
    const struct filter_request *filter = filter_texts(s->filter);
    json_key_text(b, "subscriptionName", s->name);
    json_key_text(b, "subscriptionId", s->id);
    json_key_text(b, "protocol", field_word(FIELD_PROTOCOL, (int64_t)s->protocol));
    json_key_text(b, "endpoint", s->endpoint);
    json_key_text(b, "notifyStrategy", field_word(FIELD_NOTIFY_STRATEGY, (int64_t)s->strategy));
    json_key_text(b, "notifyContentFormat",
                  field_word(FIELD_NOTIFY_FORMAT, (int64_t)s->format));
    write_texts(b, "filterTag", filter->tags, filter->tag_count);
    write_texts(b, "bindingKey", filter->keys, filter->key_count);
    json_key_int(b, "createdMs", s->created_ms);
    json_key_int(b, "modifiedMs", s->modified_ms);
    json_key_int(b, "serial", (int64_t)s->serial);
}

static void write_topic(const struct document *d, struct buffer *b, const struct topic *t)
{
    json_key_text(b, "topicName", t->name);
    json_key_text(b, "topicId", t->id);
    json_key_int(b, "filterType", t->filter_type);
    json_key_int(b, "maxMsgSize", (int64_t)t->max_msg_size);
    json_key_int(b, "msgRetentionSeconds", t->retention_ms / 1000);
    write_trace(b, t->trace);
    write_tags(b, t->tags);
    json_key_int(b, "createdMs", t->created_ms);
    json_key_int(b, "modifiedMs", t->modified_ms);
    json_key_int(b, "serial", (int64_t)t->serial);
    write_rate(d, b, "published", &t->published);
    json_key(b, "subscriptions");
    json_open(b, '[');
    for (const struct subscription *s = NULL; (s = engine_next_subscription(t, s)) != NULL;) {
        json_open(b, '{');
        write_subscription(b, s);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void next_topic(struct document *d, struct buffer *b)
{
    const struct topic *t = engine_next_topic(engine_of(d), d->topic);
    if (t == NULL) {
        json_close(b, ']');
        buffer_append(b, bytes_of(",\n"));
        open_list(d, b, "names");
        d->stage = NAMES;
        return;
    }
    open_item(d, b);
    write_topic(d, b, t);
    open_list(d, b, "messages");
    d->topic = t;
    d->publication = &t->publications;
    d->stage = PUBLICATIONS;
}

static void write_outcome(struct buffer *b, const struct push_outcome *o)
{
    if (o->status != 0)
        json_key_int(b, "lastStatus", o->status);
    if (o->err != CMQ_OK)
        json_key_text(b, "lastRefusal", cmq_err_name(o->err));
    if (o->error != NULL)
        json_key_text(b, "lastError", o->error);
}

static void write_delivery(struct buffer *b, const struct delivery *p)
{
    json_open(b, '{');
    json_key_text(b, "subscription", p->subscription->name);
    json_key_int(b, "attempts", p->attempts);
    if (p->put_off_by != 0)
        json_key_int(b, "putOff", p->put_off_by);
    if (event_armed(&p->next))
        json_key_int(b, "nextMs", p->next.node.due_ms);
    write_armed(b, "nextArmed", &p->next);
    write_outcome(b, delivery_last(p));
    json_close(b, '}');
}

static void write_publication(struct buffer *b, const struct publication *p)
{
    json_key_id(b, "msgId", p->id);
    write_body(b, p->body, p->blob);
    json_key_int(b, "publishedMs", p->published_ms);
    if (p->tags.len > 0)
        json_key_string(b, "msgTag", p->tags);
    write_armed(b, "expiryArmed", &p->expiry);
    json_key_int(b, "subscribers", (int64_t)p->delivery_count);
    json_key(b, "deliveries");
    json_open(b, '[');
    for (size_t i = 0; i < p->delivery_count; i++)
        if (p->deliveries[i].state != DELIVERY_ENDED)
            write_delivery(b, &p->deliveries[i]);
    json_close(b, ']');
}

static void next_of_topic(struct document *d, struct buffer *b)
{
    d->publication = d->publication->next;
    if (d->publication != &d->topic->publications) {
        open_item(d, b);
        write_publication(b, CONTAINER_OF(d->publication, const struct publication, link));
        json_close(b, '}');
        return;
    }
    json_close(b, ']');
    json_close(b, '}');
    d->first = false;
    d->stage = TOPICS;
}

/* ---- names ---- */

static void next_name(struct document *d, struct buffer *b)
{
    struct cooling_view v;
    if (!engine_walk_cooling(engine_of(d), &d->name, &v)) {
        json_close(b, ']');
        json_close(b, '}');
        buffer_append_char(b, '\n');
        d->stage = OVER;
        return;
    }
    open_item(d, b);
    json_key_text(b, v.of_topic ? "topic" : "queue", v.text);
    json_key_int(b, "freeMs", v.free->node.due_ms);
    write_armed(b, "freeArmed", v.free);
    json_close(b, '}');
}

/* ---- the whole ---- */

static bool next(struct source *source, struct buffer *to)
{
    static void (*const steps[OVER])(struct document * d, struct buffer * b) = {
        [HEAD] = write_head,   [QUEUES] = next_queue,          [MESSAGES] = next_of_queue,
        [TOPICS] = next_topic, [PUBLICATIONS] = next_of_topic, [NAMES] = next_name,
    };
    struct document *d = CONTAINER_OF(source, struct document, source);
    if (d->stage == OVER)
        return false;
    for (size_t until = to->len + PART; d->stage != OVER && to->len < until && !to->failed;)
        steps[d->stage](d, to);
    return true;
}

static void end(struct source *source)
{
    struct document *d = CONTAINER_OF(source, struct document, source);
    snapshot_give(d->snapshot);
    free(d);
}

struct source *snapshot_document(struct snapshot *s)
{
    struct document *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->source = (struct source){.next = next, .end = end};
    d->snapshot = snapshot_hold(s);
    return &d->source;
}
